"""What the calls into the C library do where this machine's own takes another path."""

from __future__ import annotations

import ctypes
import errno
import sys
from typing import Any

import pytest

import sockcore
from sockcore.plugin import errno_before
from sockcore_inet import hostent, reentrant
from sockcore_inet.constants import AF_INET

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Winsock's functions are others: see test_winsock_calls")


@pytest.fixture
def locked() -> tuple[Any, Any]:
    """Return the calls as systems without the reentrant functions have them."""
    names = (("gethostbyname", hostent._BY_NAME_ARGTYPES), ("gethostbyaddr", hostent._BY_ADDRESS_ARGTYPES))
    by_name, by_address = (
        hostent._make_lookup(reentrant.make_static_call(name, argtypes, hostent._hostent, hostent._read_h_errno))
        for name, argtypes in names
    )
    return by_name, by_address


@POSIX
def test_without_reentrant_functions(locked: Any) -> None:
    by_name, by_address = locked
    packed = b"\x7f\0\0\1"
    assert by_name(AF_INET, b"localhost") == hostent.gethostbyname(b"localhost")
    assert by_address(AF_INET, packed, 4, AF_INET) == hostent.gethostbyaddr(AF_INET, packed)


@POSIX
def test_errors_without_reentrant_functions(locked: Any) -> None:
    _, by_address = locked
    packed = bytes((192, 0, 2, 1))  # TEST-NET-1 of RFC 5737 belongs to no host
    with pytest.raises(sockcore.herror) as theirs:
        hostent.gethostbyaddr(AF_INET, packed)
    with pytest.raises(sockcore.herror) as ours:
        by_address(AF_INET, packed, 4, AF_INET)
    assert ours.value.args == theirs.value.args


@POSIX
def test_a_buffer_too_small_is_made_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = hostent.gethostbyname(b"localhost")
    monkeypatch.setattr(reentrant, "FIRST_SIZE", 4)
    assert hostent.gethostbyname(b"localhost") == expected


def test_an_answer_of_another_family_is_refused() -> None:
    found = hostent._hostent(h_addrtype=99)
    with pytest.raises(OSError) as caught:
        hostent._make_entry(hostent._copy_hostent(found), AF_INET)
    assert caught.value.errno == errno.EAFNOSUPPORT


@pytest.mark.skipif(not hasattr(sockcore, "EAI_SYSTEM"), reason="the system's resolver has no EAI_SYSTEM")
def test_a_system_error_of_the_resolver_is_the_oserror_of_errno() -> None:
    from sockcore_inet import resolver_posix

    previous = errno_before()
    ctypes.set_errno(errno.ECONNREFUSED)
    error = resolver_posix._make_error(sockcore.EAI_SYSTEM, previous)
    assert type(error) is ConnectionRefusedError
    assert error.errno == errno.ECONNREFUSED
    assert ctypes.get_errno() == previous


@POSIX
def test_any_other_error_of_the_resolver_is_a_gaierror() -> None:
    from sockcore_inet import resolver_posix

    error = resolver_posix._make_error(sockcore.EAI_NONAME, 0)
    assert type(error) is sockcore.gaierror
    assert error.errno == sockcore.EAI_NONAME
    assert error.strerror


@pytest.mark.parametrize("length", [-1, 0, 3, 5, 16, 2**15 - 1])
def test_gethostbyname_address_of_another_length_is_refused(length: int) -> None:
    found = hostent._hostent(h_addrtype=AF_INET, h_length=length)
    with pytest.raises(OSError) as caught:
        hostent._make_entry(hostent._copy_hostent(found), AF_INET)
    assert caught.value.errno == errno.EAFNOSUPPORT


@pytest.mark.parametrize(("length", "expected"), [(0, 0), (16, 16), (128, 128), (2**31, 128), (2**32 - 1, 128)])
def test_getaddrinfo_length_of_an_answer_is_clamped(
    length: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sockcore_inet import addrinfo

    monkeypatch.setattr(addrinfo, "_MAX_SOCKADDR_SIZE", 128)
    memory = ctypes.create_string_buffer(b"\xaa" * 256, 256)
    entry = addrinfo._addrinfo(ai_family=AF_INET, ai_addrlen=length, ai_addr=ctypes.addressof(memory))
    monkeypatch.setattr(addrinfo, "call_getaddrinfo", lambda host, service, hints: ctypes.addressof(entry))
    monkeypatch.setattr(addrinfo, "freeaddrinfo", lambda first: None)
    [(*_, raw)] = addrinfo.getaddrinfo(b"host", None, 0, 0, 0, 0)
    assert raw == b"\xaa" * expected


def test_getaddrinfo_answer_without_an_address_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
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
    """As EMFILE or MemoryError while the C library's functions are first looked up."""


def test_transient_error_at_first_use_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    from sockcore import plugin
    from sockcore_inet import hosts, numeric_addresses

    def fail(*arguments: object) -> None:
        raise Transient

    host = "198.51.100.77"
    numeric_addresses.clear_caches()
    hosts._query_cached.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(plugin, "inet_pton", fail)
        patch.setattr(plugin, "inet_ntop", fail)
        patch.setattr(hosts, "lookup", fail)
        for call in (lambda: numeric_addresses.parse_ipv4(host), lambda: numeric_addresses.format_ipv6(bytes(16))):
            with pytest.raises(Transient):
                call()
        with pytest.raises(Transient):
            sockcore.getaddrinfo(host, 80)
    assert numeric_addresses.parse_ipv4(host) == bytes([198, 51, 100, 77])
    assert numeric_addresses.format_ipv6(bytes(16)) == "::"
    assert sockcore.getaddrinfo(host, 80, 0, sockcore.SOCK_STREAM)[0][4] == (host, 80)
