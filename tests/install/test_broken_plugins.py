"""Installed plugins with errors: each causes a warning with its name, and does not affect other plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GOOD = """
from sockcore.plugin import Family, RawAddress, hookimpl

SOCKCORE_API = 1

class Fam(Family):
    number, name = {number}, {name!r}

    def encode(self, address, context):
        {encode}

    def decode(self, raw, context):
        {decode}

@hookimpl
def sockcore_register(register):
    register.family(Fam())
"""

#: A program that must work despite the broken plugin.
WORKS = """
import sockcore
left, right = sockcore.socketpair()
with left, right:
    left.send(b"works")
    print(right.recv(10), left.family == sockcore.AF_UNIX)
"""

NETLINK, RAW = 16, 3  # supported by every kernel without privileges, and by no plugin of this test


def plugin(number: int = NETLINK, name: str = "AF_TEST", encode: str = "return b''", decode: str = "return ''") -> str:
    return GOOD.format(number=number, name=name, encode=encode, decode=decode)


@pytest.fixture(scope="module")
def beside_unix(with_unix: Any) -> Iterator[tuple[Any, set[str]]]:
    """Return the environment, and the names of plugins this module installed in it."""
    names: set[str] = set()
    yield with_unix, names
    with_unix.uninstall(*names)


@pytest.fixture
def installed(beside_unix: tuple[Any, set[str]], write_wheel: Callable[..., Any]) -> Callable[[str, str], Any]:
    environment, names = beside_unix

    def install(name: str, code: str) -> Any:
        if names - {name}:
            environment.uninstall(*names)
            names.clear()
        environment.install("--force-reinstall", "--no-deps", write_wheel(name, code))
        names.add(name)
        return environment

    return install


BROKEN = {
    "raises at import": ("1 / 0", ("ZeroDivisionError: division by zero",)),
    "has a wrong import": ("import no_such_module", ("No module named 'no_such_module'",)),
    "is not Python": ("def (:", ("SyntaxError",)),
    "has an old version": (
        plugin().replace("SOCKCORE_API = 1", "SOCKCORE_API = 0"),
        ("version 0 of the plugin interface", "this sockcore has version 1"),
    ),
    "has a future version": (plugin().replace("SOCKCORE_API = 1", "SOCKCORE_API = 2"), ("version 2",)),
    "has no version": (plugin().replace("SOCKCORE_API = 1", ""), ("does not define SOCKCORE_API",)),
    "has no hook": ("SOCKCORE_API = 1", ("no function sockcore_register",)),
    "does not mark its hook": (plugin().replace("@hookimpl", ""), ("marked with hookimpl",)),
    "raises in its hook": (plugin() + "    raise LookupError('half way')\n", ("LookupError: half way",)),
    "registers an invalid family": (
        plugin().replace("register.family(Fam())", "register.family(Fam)"),
        ("must be a sockcore.plugin.Family",),
    ),
    "registers a name twice": (
        plugin() + "    register.constants({'AF_TEST': 99})\n",
        ("registers the name AF_TEST twice",),
    ),
}


@pytest.mark.parametrize("error", BROKEN)
def test_broken_plugin_warns_and_others_work(installed: Any, error: str) -> None:
    code, messages = BROKEN[error]
    environment = installed("sockcore-broken", code)
    done = environment.run("-c", WORKS)
    assert done.stdout == "b'works' True\n", done.stderr
    warnings = [line for line in done.stderr.splitlines() if "Warning: " in line]
    assert len(warnings) == 1, done.stderr
    assert "PluginWarning: sockcore plugin 'broken' of the distribution sockcore-broken 7.5 is left out" in warnings[0]
    for message in messages:
        assert message in done.stderr
    # The plugin registers no names, and the list of plugins shows its error.
    assert environment.run("-c", "import sockcore; print(hasattr(sockcore, 'AF_TEST'))").stdout == "False\n"
    listing = environment.run("-m", "sockcore", "plugins")
    assert (listing.returncode, listing.stderr) == (1, "")
    assert "broken" in [line.split()[-1] for line in listing.stdout.splitlines() if line.startswith("broken ")]
    # A blocked plugin causes no warning.
    assert environment.execute(WORKS, SOCKCORE_BLOCK="broken") == "b'works' True\n"


def test_plugin_warning_as_error_keeps_other_plugins(installed: Any) -> None:
    environment = installed("sockcore-broken", "1 / 0")
    code = "import sockcore\ntry: sockcore.AF_UNIX\nexcept RuntimeWarning: print('warned')\n" + WORKS
    done = environment.run("-W", "error", "-c", code)
    assert done.stdout == "warned\nb'works' True\n", done.stderr


CONFLICTS = {
    "the family": (plugin(1, "AF_OTHER"), "the family (1, None)"),
    "a constant": (plugin() + "    register.constants({'SO_PEERCRED': 1})\n", "the name SO_PEERCRED"),
    "a function": (
        plugin() + "    def send_fds(): pass\n    register.functions(send_fds)\n",
        "the name send_fds",
    ),
    "the default": (plugin() + "    register.default_pair_family(16)\n", "the default of socketpair()"),
}


@pytest.mark.parametrize("registration", CONFLICTS)
def test_conflicting_plugin_is_left_out(installed: Any, registration: str) -> None:
    code, message = CONFLICTS[registration]
    environment = installed("sockcore-zrival", code)  # after "unix" in the alphabet, so that unix is loaded
    done = environment.run("-c", WORKS + "print(hasattr(sockcore, 'AF_TEST'), hasattr(sockcore, 'AF_OTHER'))")
    assert done.stdout == "b'works' True\nFalse False\n", done.stderr
    assert f"sockcore-zrival and sockcore-unix both register {message}" in done.stderr
    assert done.stderr.count("PluginWarning") == 1


def test_conflicting_plugin_first_in_alphabet_is_loaded(installed: Any) -> None:
    environment = installed("sockcore-arrival", CONFLICTS["a constant"][0])
    done = environment.run("-c", "import sockcore; print(sockcore.SO_PEERCRED, hasattr(sockcore, 'AF_UNIX'))")
    assert done.stdout == "1 False\n"
    assert "sockcore-unix and sockcore-arrival both register the name SO_PEERCRED" in done.stderr


def test_plugin_constant_of_core_is_left_out(installed: Any) -> None:
    environment = installed("sockcore-broken", plugin() + "    register.constants({'SOL_SOCKET': 77})\n")
    done = environment.run("-c", WORKS + "print(sockcore.SOL_SOCKET != 77)")
    assert done.stdout == "b'works' True\nTrue\n"
    assert "sockcore-broken and sockcore both register the name SOL_SOCKET" in done.stderr


ENCODES = {
    "exception": ("raise KeyError('oops')", "KeyError"),
    "str": ("return 'rubbish'", "TypeError"),
    "None": ("return None", "TypeError"),
    "bytearray": ("return bytearray(12)", "TypeError"),
    "empty": ("return b''", "ValueError"),
    "too long": ("return bytes(4000)", "ValueError"),
}


@pytest.mark.parametrize("result", ENCODES)
def test_codec_encode_invalid_result_raises(installed: Any, result: str) -> None:
    code, expected = ENCODES[result]
    environment = installed("sockcore-rubbish", plugin(encode=code, decode="return RawAddress(raw)"))
    done = environment.run(
        "-c",
        f"""
import sockcore
with sockcore.socket({NETLINK}, {RAW}) as sock:
    for call in (sock.bind, sock.connect, sock.connect_ex, lambda a: sock.sendto(b"", a)):
        try:
            call((0, 0))
        except Exception as error:
            print(type(error).__name__, "AF_TEST" in str(error) or "oops" in str(error) or "sockaddr" in str(error))
    sock.bind(sockcore.RawAddress(bytes.fromhex("1000") + bytes(10)))
    print(len(sock.getsockname()))
"""
        + WORKS,
    )
    assert done.stdout == f"{expected} True\n" * 4 + "12\nb'works' True\n", done.stderr
    assert done.stderr == ""


def test_codec_decode_error_warns_and_returns_raw_address(installed: Any) -> None:
    code = plugin(encode="return bytes.fromhex('1000') + bytes(10)", decode="raise KeyError('oops')")
    environment = installed("sockcore-rubbish", code)
    done = environment.run(
        "-c",
        f"""
import sockcore, warnings
with sockcore.socket({NETLINK}, {RAW}) as sock, warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    sock.bind("anything")
    address = sock.getsockname()
    print(type(address).__name__, address.family, len(address))
    [warning] = caught
    print(warning.category.__name__, warning.message)
"""
        + WORKS,
    )
    address, warning, works = done.stdout.splitlines()
    assert (address, works) == ("RawAddress 16 12", "b'works' True"), done.stderr
    assert warning.startswith("RuntimeWarning getsockname(): the plugin of <Fam AF_TEST (16)> could not decode b")
    assert "KeyError('oops')" in warning
    assert done.stderr == ""
