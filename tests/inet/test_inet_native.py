"""The native functions: equality with the pure functions, GIL release, locks, and builds of other versions."""

from __future__ import annotations

import inspect
import os
import platform
import shutil
import socket as stdlib
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore._system import backend
from sockcore_inet import backend as inet_backend
from sockcore_inet import conversions, interfaces

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

try:
    from sockcore_inet import _native as IN_C
except ImportError:
    IN_C = None  # type: ignore[assignment]

PUBLIC = ("htonl", "htons", "inet_aton", "inet_ntoa", "inet_ntop", "inet_pton", "ntohl", "ntohs")
INTERFACES = ("if_indextoname", "if_nameindex", "if_nametoindex")
HERE = Path(__file__).parent
SOURCES = HERE.parents[1] / "plugins" / "inet" / "src" / "native"
COMPILER = shutil.which("cc")
GLIBC = sys.platform == "linux" and platform.libc_ver()[0] == "glibc"

needs_c = pytest.mark.skipif(IN_C is None, reason="the native functions were not built")


@needs_c
@pytest.mark.parametrize("name", [*PUBLIC, *INTERFACES, "gethostname"])
def test_native_function_has_docstring_and_signature_of_pure_one(name: str) -> None:
    function, pure_function = getattr(IN_C, name), getattr(conversions, name, None) or getattr(interfaces, name, None)
    if pure_function is None:
        assert inspect.getdoc(function)
        return
    assert inspect.getdoc(function) == inspect.getdoc(pure_function)
    assert list(inspect.signature(function).parameters.values()) == [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in inspect.signature(pure_function).parameters.values()
    ]


@needs_c
@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("if_nametoindex", "no-such-if"), ("if_nametoindex", 5), ("if_nametoindex", "l\0"),
        ("if_nametoindex", "\u00e4"),
        ("if_nametoindex", "a" * 100), ("if_nametoindex", b"no-such-if"), ("if_indextoname", 0), ("if_indextoname", -1),
        ("if_indextoname", 2**32), ("if_indextoname", 2**32 - 1), ("if_indextoname", "1"), ("if_nameindex", 1),
    ],
)  # fmt: skip
def test_native_interface_function_raises_same_as_pure_one(name: str, argument: Any) -> None:
    errors = []
    for module in (IN_C, interfaces):
        with pytest.raises((OSError, TypeError, ValueError, OverflowError)) as caught:
            getattr(module, name)(argument)
        errors.append((type(caught.value), str(caught.value)))
    assert errors[0] == errors[1]


@needs_c
def test_native_interface_functions_return_same_as_pure_ones() -> None:
    pairs = interfaces.if_nameindex()
    assert IN_C.if_nameindex() == pairs
    for index, name in pairs:
        assert IN_C.if_nametoindex(name) == IN_C.if_nametoindex(name.encode()) == index
        assert IN_C.if_indextoname(index) == name


@needs_c
@pytest.mark.parametrize("function", ["entry_of_host", "entry_of_name"])
def test_native_entry_of_other_names_is_left_to_python(function: str) -> None:
    for name in ("", "127.0.0.1", "::1", "fe80::1", "<broadcast>", "a..b", "a" * 64, "\u00e4", "a\0", b"localhost", 5):
        assert getattr(IN_C, function)(name) is None


@needs_c
def test_native_entry_of_plain_name_equals_entry_of_bytes() -> None:
    assert IN_C.entry_of_name("localhost") == sockcore.gethostbyname_ex(b"localhost")
    assert IN_C.entry_of_host("localhost") == sockcore.gethostbyaddr(b"localhost")
    for function in (IN_C.entry_of_name, IN_C.entry_of_host):
        with pytest.raises(sockcore.gaierror):
            function("no-such-host.invalid")


class OtherBuffer(bytes):
    """Bytes whose buffer has other bytes, in memory that is released after each request (Python 3.12)."""

    def __buffer__(self, flags: int) -> memoryview:
        return memoryview(b"x" * len(self))


@needs_c
def test_native_function_of_bytes_does_not_use_their_buffer() -> None:
    sockaddr, numeric = IN_C.encode_inet(("127.0.0.1", 80)), sockcore.NI_NUMERICHOST | sockcore.NI_NUMERICSERV
    assert IN_C.getnameinfo(OtherBuffer(sockaddr), numeric) == ("127.0.0.1", "80")


@needs_c
def test_native_module_has_every_pure_function() -> None:
    assert {name for name in inet_backend.PURE_MODULES if not callable(getattr(IN_C, name, None))} == set()


def test_backend_unknown_attribute_raises_attribute_error() -> None:
    for name in ("no_such", "getaddrinfo"):
        with pytest.raises(AttributeError):
            getattr(inet_backend, name)
    with pytest.raises(AttributeError):
        inet_backend.pure.no_such  # noqa: B018


@needs_c
@pytest.mark.parametrize(
    ("name", "arguments", "exception"),
    [
        ("aton", ("text",), TypeError),
        ("aton", (b"a\0",), ValueError),
        ("getaddrinfo", ("host", None, 0, 0, 0, 0), TypeError),
        ("getaddrinfo", (b"a\0", None, 0, 0, 0, 0), ValueError),
        ("getaddrinfo", (b"a", None, 0, 0, 0), TypeError),
        ("getaddrinfo", (b"a", None, 0, 0, 0, 1 << 40), OverflowError),
        ("getnameinfo", (bytes(1000), 0), ValueError),
        ("getnameinfo", ("text", 0), TypeError),
        ("gai_error", ("text",), TypeError),
        ("gethostbyname", ("text",), TypeError),
        ("gethostbyaddr", (2, b"abc"), ValueError),
        ("gethostbyaddr", (99, b"abcd"), ValueError),
        ("gethostbyaddr", (2, "text"), TypeError),
        ("getservbyname", ("text", None), TypeError),
        ("getservbyport", (1 << 40, None), OverflowError),
        ("getprotobyname", ("text",), TypeError),
        ("sethostname", ("text",), TypeError),
        ("inet_pton", (2,), TypeError),
        ("inet_ntop", (2, b"abcd", 1), TypeError),
        ("inet_aton", (), TypeError),
    ],
)
def test_native_function_checks_arguments(name: str, arguments: tuple[Any, ...], exception: type[Exception]) -> None:
    with pytest.raises(exception) as caught:
        getattr(IN_C, name)(*arguments)
    assert caught.type is exception


COUNTS = [((), {}), ((1,), {}), ((1, 2), {}), ((1, 2, 3), {}), ((), {"x": 1}), ((1,), {"x": 1}), ((1, 2), {"x": 1})]


@needs_c
@pytest.mark.parametrize(("arguments", "keywords"), COUNTS)
@pytest.mark.parametrize("name", PUBLIC)
def test_native_function_wrong_number_of_arguments_has_stdlib_message(
    name: str, arguments: tuple[int, ...], keywords: dict[str, int]
) -> None:
    if not keywords and len(arguments) == len(inspect.signature(getattr(IN_C, name)).parameters):
        pytest.skip("this number of arguments is correct")
    messages = []
    for module in (IN_C, stdlib):
        with pytest.raises(TypeError) as caught:
            getattr(module, name)(*arguments, **keywords)
        # Some versions of the standard library write "_socket.htons()" for "htons()", and "1" for "one".
        messages.append(str(caught.value).replace("_socket.", "").replace("exactly 1 ", "exactly one "))
    assert messages[0] == messages[1]


@pytest.fixture(scope="module")
def run_waiting(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., None]:
    """Return a function that runs code in a process.

    Lookups in this process wait for a byte from a pipe.
    """
    if COMPILER is None or not GLIBC:
        pytest.skip("needs a C compiler and the function signatures of glibc")
    library = tmp_path_factory.mktemp("waiting") / "waiting.so"
    subprocess.run([COMPILER, "-shared", "-fPIC", "-o", str(library), str(HERE / "waiting.c")], check=True)

    def run(code: str, *arguments: str) -> None:
        preloaded = " ".join(filter(None, [os.environ.get("LD_PRELOAD", ""), str(library)]))
        done = subprocess.run(
            [sys.executable, "-X", "faulthandler", "-c", PIPES + code, *arguments],
            env={**os.environ, "LD_PRELOAD": preloaded},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr[-3000:]

    return run


PIPES = """
import os, sys, threading
waiting, is_waiting = os.pipe()
wait_for, byte_to = os.pipe()
os.environ["IS_WAITING"], os.environ["WAIT_FOR"] = str(is_waiting), str(wait_for)  # also for getenv() of C
"""

WAITS = """
import sockcore as s
from sockcore_inet import databases, hostnames, hosts

def release():
    while os.read(waiting, 1):
        os.write(byte_to, b"x")

thread = threading.Thread(target=release, daemon=True)
thread.start()
sys.setswitchinterval(1000)  # a thread runs until it releases the GIL
for call, *arguments in (
    (s.getaddrinfo, "name.invalid", 80), (s.getnameinfo, ("127.1", 80), 0), (s.getservbyname, "name"),
    (hostnames._lookup_by_name, b"name.invalid"), (hostnames._lookup_by_address, 2, b"abcd"), (s.getservbyport, 80),
    (s.getprotobyname, "name"),
):
    try:
        call(*arguments)
    except OSError:
        pass
print("done")
"""


def test_blocking_lookup_releases_gil(run_waiting: Callable[..., None]) -> None:
    run_waiting(WAITS)


@pytest.fixture(scope="module")
def locked_module(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """Compile the module for systems without reentrant functions, and return it."""
    include = sysconfig.get_paths()["include"]
    other_libc = sys.platform == "linux" and not GLIBC  # the compiler of this machine may be for glibc
    is_installed = Path(include, "Python.h").exists() and SOURCES.exists()
    if COMPILER is None or other_libc or not is_installed or IN_C is None:
        pytest.skip("needs a C compiler, the headers of Python and the sources")
    from importlib.machinery import ExtensionFileLoader
    from importlib.util import module_from_spec, spec_from_loader

    library = tmp_path_factory.mktemp("locked") / "_native.so"
    flags = ["-std=c11", "-D_GNU_SOURCE", "-DSOCKCORE_LOCKED", "-DPyInit__native=PyInit_locked", "-shared", "-fPIC"]
    sources = sorted(map(str, SOURCES.glob("*.c")))
    subprocess.run([COMPILER, *flags, f"-I{include}", *sources, "-o", str(library)], check=True)
    loader = ExtensionFileLoader("locked", str(library))
    spec = spec_from_loader("locked", loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("gethostbyname", (b"localhost",)),
        ("gethostbyname", (b"127.0.0.1",)),
        ("gethostbyname", (b"name.invalid",)),
        ("gethostbyaddr", (2, b"\x7f\0\0\1")),
        ("gethostbyaddr", (2, bytes((192, 0, 2, 1)))),
        ("getservbyname", (b"http", b"tcp")),
        ("getservbyname", (b"no-such-service", None)),
        ("getservbyport", (80, b"tcp")),
        ("getservbyport", (64999, None)),
        ("getprotobyname", (b"tcp",)),
        ("getprotobyname", (b"no-such-protocol",)),
    ],
)
def test_locked_function_returns_same_as_reentrant(locked_module: Any, name: str, arguments: tuple[Any, ...]) -> None:
    def outcome(module: Any) -> Any:
        try:
            return getattr(module, name)(*arguments)
        except OSError as exc:
            return type(exc), exc.args

    assert outcome(locked_module) == outcome(IN_C)


def test_locked_function_in_several_threads_returns_own_answers(locked_module: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def ask(number: int) -> bool:
        host = f"127.0.0.{number % 250 + 1}"
        return bool(locked_module.gethostbyname(host.encode())[2] == [host])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(1, 401)))


FORKS = """
import signal
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_loader
import sockcore_inet.backend
loader = ExtensionFileLoader("locked", sys.argv[1])
module = module_from_spec(spec_from_loader("locked", loader))
loader.exec_module(module)
os.register_at_fork(after_in_child=module.reset_lock)
thread = threading.Thread(target=module.getprotobyname, args=(b"tcp",))
thread.start()
os.read(waiting, 1)  # the thread holds the lock
child = os.fork()
if not child:
    signal.alarm(60)
    module.getprotobyname(b"tcp")
    os._exit(0)
os.read(waiting, 1)
os.write(byte_to, b"xx")
thread.join()
assert os.waitpid(child, 0)[1] == 0
print("done")
"""


def test_lock_held_at_fork_is_unlocked_in_child(run_waiting: Callable[..., None], locked_module: Any) -> None:
    run_waiting(FORKS, locked_module.__spec__.origin)


@needs_c
def test_native_module_of_other_version_is_not_used() -> None:
    code = """
import sys, types
sys.modules["sockcore_inet._native"] = module = types.ModuleType("_native")
module.CONTRACT = -1
import sockcore
print(sockcore.backends.current(), sockcore.htons.__module__)
"""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SOCKCORE_")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split()[1:] == ["sockcore_inet.conversions"]


def test_backend_is_native_if_core_backend_is_native() -> None:
    assert (inet_backend.native is not None) == (backend.NAME == "native" and IN_C is not None)
