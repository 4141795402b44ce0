"""Calls into the C library through ctypes, on code paths that only other systems or failures take."""

from __future__ import annotations

import ctypes
import errno
import platform
import sys
from typing import Any

import pytest

import sockcore
from sockcore.plugin import errno_before
from sockcore_inet import hostent, reentrant
from sockcore_inet.constants import AF_INET

MUSL = sys.platform == "linux" and platform.libc_ver()[0] != "glibc"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="test_winsock_calls.py tests the functions of Winsock")


@pytest.fixture
def static_lookups() -> tuple[Any, Any]:
    """Return gethostbyname and gethostbyaddr of systems without reentrant functions."""
    names = (("gethostbyname", hostent._BY_NAME_ARGTYPES), ("gethostbyaddr", hostent._BY_ADDRESS_ARGTYPES))
    by_name, by_address = (
        hostent._make_lookup(reentrant.make_static_call(name, argtypes, hostent._hostent, hostent._read_h_errno))
        for name, argtypes in names
    )
    return by_name, by_address


@POSIX
def test_static_lookups_return_same_as_reentrant(static_lookups: Any) -> None:
    by_name, by_address = static_lookups
    packed = b"\x7f\0\0\1"
    assert by_name(AF_INET, b"localhost") == hostent.gethostbyname(b"localhost")
    assert by_address(AF_INET, packed, 4, AF_INET) == hostent.gethostbyaddr(AF_INET, packed)


@POSIX
@pytest.mark.skipif(MUSL, reason="gethostbyaddr() of musl returns the numeric address as the name")
def test_static_lookups_raise_same_as_reentrant(static_lookups: Any) -> None:
    _, by_address = static_lookups
    packed = bytes((192, 0, 2, 1))  # in TEST-NET-1 of RFC 5737, which is not assigned to hosts
    with pytest.raises(sockcore.herror) as expected:
        hostent.gethostbyaddr(AF_INET, packed)
    with pytest.raises(sockcore.herror) as caught:
        by_address(AF_INET, packed, 4, AF_INET)
    assert caught.value.args == expected.value.args


@POSIX
def test_gethostbyname_too_small_buffer_is_enlarged(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = hostent.gethostbyname(b"localhost")
    monkeypatch.setattr(reentrant, "FIRST_SIZE", 4)
    assert hostent.gethostbyname(b"localhost") == expected


def test_gethostbyname_answer_of_other_family_raises() -> None:
    answer = hostent._hostent(h_addrtype=99)
    with pytest.raises(OSError) as caught:
        hostent._make_entry(hostent._copy_hostent(answer), AF_INET)
    assert caught.value.errno == errno.EAFNOSUPPORT


@pytest.mark.skipif(not hasattr(sockcore, "EAI_SYSTEM"), reason="this system does not have EAI_SYSTEM")
def test_resolver_eai_system_raises_oserror_of_errno() -> None:
    from sockcore_inet import resolver_posix

    previous = errno_before()
    ctypes.set_errno(errno.ECONNREFUSED)
    exc = resolver_posix._make_error(sockcore.EAI_SYSTEM, previous)
    assert type(exc) is ConnectionRefusedError
    assert exc.errno == errno.ECONNREFUSED
    assert ctypes.get_errno() == previous


@POSIX
def test_resolver_other_error_raises_gaierror() -> None:
    from sockcore_inet import resolver_posix

    exc = resolver_posix._make_error(sockcore.EAI_NONAME, 0)
    assert type(exc) is sockcore.gaierror
    assert exc.errno == sockcore.EAI_NONAME
    assert exc.strerror


@pytest.mark.parametrize("length", [-1, 0, 3, 5, 16, 2**15 - 1])
def test_gethostbyname_address_of_other_length_raises(length: int) -> None:
    answer = hostent._hostent(h_addrtype=AF_INET, h_length=length)
    with pytest.raises(OSError) as caught:
        hostent._make_entry(hostent._copy_hostent(answer), AF_INET)
    assert caught.value.errno == errno.EAFNOSUPPORT


@pytest.mark.parametrize(("length", "expected"), [(0, 0), (16, 16), (128, 128), (2**31, 128), (2**32 - 1, 128)])
def test_getaddrinfo_sockaddr_length_is_limited(length: int, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from sockcore_inet import addrinfo

    monkeypatch.setattr(addrinfo, "_MAX_SOCKADDR_SIZE", 128)
    memory = ctypes.create_string_buffer(b"\xaa" * 256, 256)
    entry = addrinfo._addrinfo(ai_family=AF_INET, ai_addrlen=length, ai_addr=ctypes.addressof(memory))
    monkeypatch.setattr(addrinfo, "call_getaddrinfo", lambda host, service, hints: ctypes.addressof(entry))
    monkeypatch.setattr(addrinfo, "freeaddrinfo", lambda first: None)
    [(*_, raw)] = addrinfo.getaddrinfo(b"host", None, 0, 0, 0, 0)
    assert raw == b"\xaa" * expected


def test_getaddrinfo_without_sockaddr_returns_empty_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    from sockcore_inet import addrinfo

    entry = addrinfo._addrinfo(ai_family=AF_INET, ai_addrlen=16)
    monkeypatch.setattr(addrinfo, "call_getaddrinfo", lambda host, service, hints: ctypes.addressof(entry))
    monkeypatch.setattr(addrinfo, "freeaddrinfo", lambda first: None)
    [(*_, raw)] = addrinfo.getaddrinfo(b"host", None, 0, 0, 0, 0)
    assert raw == b""


@pytest.mark.parametrize("host", ["a\0b", b"a\0b"])
def test_resolve_nul_raises_value_error(host: str | bytes) -> None:
    from sockcore_inet import resolver

    with pytest.raises(ValueError, match="embedded null byte"):
        resolver.resolve(host, AF_INET)


class Transient(Exception):
    """An exception in place of EMFILE or MemoryError.

    It is raised during the first lookup of a function of the C library.
    """


def test_transient_error_is_not_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    from sockcore import plugin
    from sockcore_inet import hosts, numeric_addresses

    def fail(*arguments: object) -> None:
        raise Transient

    host = "198.51.100.77"
    numeric_addresses.clear_caches()
    hosts.clear_caches()
    with monkeypatch.context() as patch:
        patch.setattr(plugin, "inet_pton", fail)
        patch.setattr(plugin, "inet_ntop", fail)
        patch.setattr(hosts, "lookup", fail)
        patch.setattr(hosts, "_answers_of_numeric_host", lambda *arguments: None)
        for call in (lambda: numeric_addresses.parse_ipv4(host), lambda: numeric_addresses.format_ipv6(bytes(16))):
            with pytest.raises(Transient):
                call()
        with pytest.raises(Transient):
            sockcore.getaddrinfo(host, 80)
    assert numeric_addresses.parse_ipv4(host) == bytes([198, 51, 100, 77])
    assert numeric_addresses.format_ipv6(bytes(16)) == "::"
    assert sockcore.getaddrinfo(host, 80, 0, sockcore.SOCK_STREAM)[0][4] == (host, 80)
