"""Fixtures of the inet tests: comparison with the standard library, audit events, IPv6 support."""

from __future__ import annotations

import errno
import os
import socket as stdlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import sockcore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Outcome = tuple[str, Any]

#: True if messages must match. PyPy has other messages, and CPython 3.9 has others for integers.
COMPARES_MESSAGES = sys.implementation.name == "cpython" and sys.version_info >= (3, 10)


WINDOWS = sys.platform == "win32"

try:
    from sockcore_inet import _native as IN_C
except ImportError:
    IN_C = None

#: Files whose tests run with both implementations, with the ids c and py.
ON_BOTH = {
    "test_byte_order",
    "test_databases",
    "test_getaddrinfo",
    "test_getnameinfo",
    "test_host_names",
    "test_inet_audit",
    "test_resolver_threads",
    "test_address_conversions",
}
#: Module of the plugin -> attribute -> the function of an implementation that the attribute refers to.
REFERENCES = {
    "resolver": {"gai_error": "gai_error", "lookup_names": "getnameinfo", "_getaddrinfo": "getaddrinfo"},
    "hosts": {
        "gai_error": "gai_error", "lookup_names": "getnameinfo", "_names_of_tuple": "names_of_tuple",
        "_answers_of_numeric_host": "answers_of_numeric_host",
    },
    "hostnames": {
        "_lookup_by_name": "gethostbyname", "_lookup_by_address": "gethostbyaddr", "_gethostname": "gethostname",
        "_text_of_ipv4_host": "text_of_ipv4_host",
    },
    "databases": {
        "_getservbyname": "getservbyname", "_getservbyport": "getservbyport", "_getprotobyname": "getprotobyname",
        "_port_of_service": "port_of_service", "_service_of_port": "service_of_port",
        "_number_of_protocol": "number_of_protocol",
    },
    "conversions": {"aton": "aton"},
}  # fmt: skip
PUBLIC = ("htonl", "htons", "inet_aton", "inet_ntoa", "inet_ntop", "inet_pton", "ntohl", "ntohs")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of some files with both implementations."""
    if Path(str(metafunc.module.__file__)).stem in ON_BOTH:
        not_built = pytest.mark.skipif(IN_C is None, reason="the native functions were not built")
        both = [pytest.param("c", id="c", marks=not_built), pytest.param("py", id="py")]
        metafunc.parametrize("implementation", both, indirect=True)


@pytest.fixture(autouse=True)
def implementation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Use the native or the pure functions, if the test runs with both; return them."""
    name = getattr(request, "param", None)
    if name is None:
        yield None
        return
    from sockcore import plugin
    from sockcore._system import inet
    from sockcore_inet import backend, hosts, numeric_addresses

    if name == "c":
        from sockcore import _native

        core_functions, functions = _native, IN_C
    else:
        core_functions, functions = inet, backend.pure

    def clear_caches() -> None:
        numeric_addresses.clear_caches()
        hosts.clear_caches()

    with monkeypatch.context() as patch:
        for module, attributes in REFERENCES.items():
            for attribute, function in attributes.items():
                patch.setattr(f"sockcore_inet.{module}.{attribute}", getattr(functions, function))
        for function in PUBLIC:
            patch.setattr(sockcore, function, getattr(functions, function))
        for function in ("inet_ntop", "inet_pton"):
            patch.setattr(plugin, function, getattr(core_functions, function))
        patch.setattr("sockcore_inet.conversions.system_inet_pton", core_functions.inet_pton)
        clear_caches()
        yield functions
    clear_caches()


def _is_wine() -> bool:
    if sys.platform != "win32":
        return False
    import ctypes

    return hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")


#: True under Wine, which replaces Windows in these tests and differs in some functions.
WINE = _is_wine()

#: True under qemu user mode, which supports few IP options and control messages. The standard library fails there too.
EMULATED = "EMULATED_ARCHITECTURE" in os.environ


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests that an emulated machine does not support."""
    for item in items:
        if EMULATED and item.get_closest_marker("real_kernel"):
            item.add_marker(pytest.mark.skip(reason="the emulator does not pass this to the kernel"))


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker of this folder."""
    config.addinivalue_line("markers", "real_kernel: uses features that emulators do not pass to the kernel")


@pytest.fixture
def run_python() -> Callable[..., str]:
    """Return a function that runs this Python with arguments and returns its output."""

    def run(*arguments: str) -> str:
        try:
            done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60)
        except OSError as exc:
            if exc.errno != errno.ENOEXEC:
                raise
            pytest.skip("this Python is emulated and cannot start itself")
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def outcome(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Outcome:
    """Return ("returned", value), or the name and the arguments of the exception."""
    try:
        return "returned", call(*args, **kwargs)
    except Exception as exc:
        # The herror of the standard library contains the h_errno of an earlier call. It reads the wrong variable.
        if type(exc).__name__ != "herror" and (COMPARES_MESSAGES or isinstance(exc, OSError)):
            return type(exc).__name__, exc.args
        return type(exc).__name__, None


@pytest.fixture
def same() -> Callable[..., Any]:
    """Return a function that compares a call on sockcore with the standard library.

    The function returns the value, or the outcome if the call raised an exception. On PyPy the outcomes are not
    compared. Its standard module lacks names, does not accept bytes, and raises other types.
    """

    def compare(name: str, *args: Any, **kwargs: Any) -> Any:
        result = outcome(getattr(sockcore, name), *args, **kwargs)
        if sys.implementation.name == "cpython":
            assert result == outcome(getattr(stdlib, name), *args, **kwargs), (name, args)
        return result[1] if result[0] == "returned" else result

    return compare


_events: list[tuple[str, tuple[Any, ...]]] | None = None


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if _events is not None and event.startswith("socket."):
        _events.append((event, args))


@pytest.fixture(scope="session")
def _audit_hook() -> None:
    sys.addaudithook(_hook)


@pytest.fixture
def audited(_audit_hook: None) -> Iterator[list[tuple[str, tuple[Any, ...]]]]:
    """Yield the list of the audit events of sockets."""
    global _events
    _events = []
    try:
        yield _events
    finally:
        _events = None


@pytest.fixture
def ipv6() -> None:
    """Skip the test on a machine without an IPv6 loopback address."""
    try:
        with sockcore.socket(sockcore.AF_INET6, sockcore.SOCK_DGRAM) as sock:
            sock.bind(("::1", 0))
    except OSError as exc:
        pytest.skip(f"the loopback interface does not support IPv6: {exc}")
