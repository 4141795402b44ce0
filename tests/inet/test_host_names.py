from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

import sockcore

if TYPE_CHECKING:
    from collections.abc import Callable

HOSTS = [
    "127.0.0.1",
    b"127.0.0.1",
    bytearray(b"localhost"),
    "localhost",
    "",
    "<broadcast>",
    "255.255.255.255",
    "0.0.0.0",
    "127.1",
    "::1",
    "fe80::1%1",
    " ",
    "no.such.host.invalid",
    "bücher.invalid",
    b"\xff\xfe.invalid",
]
FUNCTIONS = ["gethostbyname", "gethostbyname_ex", "gethostbyaddr"]


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("host", HOSTS)
def test_parity(same: Any, name: str, host: Any) -> None:
    same(name, host)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("wrong", [1, None, 1.0, memoryview(b"localhost"), ["localhost"]])
def test_a_host_of_a_wrong_type(name: str, wrong: Any) -> None:
    kind = "None" if wrong is None else type(wrong).__name__
    with pytest.raises(TypeError) as caught:
        getattr(sockcore, name)(wrong)
    assert str(caught.value) == f"{name}() argument 1 must be str, bytes or bytearray, not {kind}"


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("wrong", ["a\0b", b"a\0b", bytearray(b"\0"), "é\0"])
def test_a_null_inside(name: str, wrong: Any) -> None:
    with pytest.raises(TypeError) as caught:
        getattr(sockcore, name)(wrong)
    kind = type(wrong).__name__
    assert str(caught.value) == f"{name}() argument 1 must be encoded string without null bytes, not {kind}"


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("wrong", ["a" * 64, "\ud800", "é..x"])
def test_what_idna_cannot_encode(name: str, wrong: str) -> None:
    with pytest.raises(UnicodeError):
        getattr(sockcore, name)(wrong)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_arity(name: str) -> None:
    for args in [(), ("a", "b")]:
        with pytest.raises(TypeError):
            getattr(sockcore, name)(*args)


def test_herror_has_number_and_text() -> None:
    # TEST-NET-1 of RFC 5737 belongs to no host.
    with pytest.raises(sockcore.herror) as caught:
        sockcore.gethostbyaddr("192.0.2.1")
    number, text = caught.value.args
    assert isinstance(number, int)
    assert isinstance(text, str)
    assert issubclass(sockcore.herror, OSError)


@pytest.mark.parametrize("name", ["", "0.0.0.0", "localhost", " localhost ", "127.0.0.1", "no.such.host.invalid"])
def test_getfqdn(same: Any, name: str) -> None:
    same("getfqdn", name)


def test_getfqdn_of_this_host(same: Any) -> None:
    assert same("getfqdn") == sockcore.getfqdn("::") == sockcore.getfqdn("")


@pytest.mark.parametrize(
    ("primary", "aliases", "expected"),
    [
        ("host", [], "host"),
        ("host", ["other"], "host"),
        ("host", ["other", "host.example", "late.example"], "host.example"),
        ("host.example", ["other.example"], "host.example"),
    ],
)
def test_getfqdn_takes_the_first_name_with_a_dot(
    monkeypatch: pytest.MonkeyPatch, primary: str, aliases: list[str], expected: str
) -> None:
    monkeypatch.setattr(sockcore, "gethostbyaddr", lambda name: (primary, list(aliases), ["10.0.0.1"]))
    assert sockcore.getfqdn("anything") == expected


def test_getfqdn_of_an_unknown_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> None:
        raise sockcore.herror(1, "Unknown host")

    monkeypatch.setattr(sockcore, "gethostbyaddr", unknown)
    monkeypatch.setattr(sockcore, "gethostname", lambda: "thishost")
    assert sockcore.getfqdn("given") == "given"
    assert sockcore.getfqdn() == sockcore.getfqdn("0.0.0.0") == sockcore.getfqdn("::") == "thishost"


def test_gethostname(same: Any) -> None:
    name = same("gethostname")
    if sys.platform == "win32":
        # The name of NetBIOS: of the same one, its first 15 characters.
        assert name.upper()[:15] == os.environ["COMPUTERNAME"]
    else:
        assert name == os.uname().nodename


def test_sethostname_where_there_is_none() -> None:
    assert hasattr(sockcore, "sethostname") == (sys.platform != "win32")
    assert ("sethostname" in dir(sockcore)) == (sys.platform != "win32")


POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sethostname")


@POSIX
@pytest.mark.parametrize("wrong", [1, None, bytearray(b"x")])
def test_sethostname_takes_a_name(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"expected str, bytes or os\.PathLike object, not"):
        sockcore.sethostname(wrong)


@POSIX
def test_sethostname_takes_no_null() -> None:
    with pytest.raises(ValueError, match=r"^embedded null byte$"):
        sockcore.sethostname("a\0b")


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of 64 bytes is Linux's")
@pytest.mark.parametrize("name", ["a" * 300, b"a" * 300])
def test_sethostname_refused_by_the_system(same: Any, name: Any) -> None:
    # EINVAL for root, EPERM for others: either way nothing changes.
    before = sockcore.gethostname()
    assert same("sethostname", name)[0] in ("OSError", "PermissionError")
    assert sockcore.gethostname() == before


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can make a host name of a process's own")
def test_sethostname_sets_it(run_python: Callable[..., str]) -> None:
    code = (
        "import ctypes, sockcore\n"
        "if ctypes.CDLL(None, use_errno=True).unshare(0x04000000):\n"  # CLONE_NEWUTS
        "    print('refused')\n"
        "else:\n"
        "    for name in ('frisk.example', b'frosk'):\n"
        "        sockcore.sethostname(name); print(sockcore.gethostname())\n"
    )
    printed = run_python("-c", code)
    if printed == "refused\n":
        pytest.skip("no right to a host name of its own (CAP_SYS_ADMIN)")
    assert printed.split() == ["frisk.example", "frosk"]
