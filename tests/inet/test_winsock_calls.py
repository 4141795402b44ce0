"""Calls of Winsock and related libraries, beyond the tests that compare with the standard library."""

from __future__ import annotations

import ctypes
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import sockcore

if sys.platform != "win32":
    pytest.skip("only Windows has Winsock", allow_module_level=True)

from sockcore_inet import arguments, aton, hostent, resolver
from sockcore_inet.constants import AF_INET


def test_resolver_errors_have_same_text() -> None:
    for host, port, hints in [
        (b"no.such.host.invalid", None, ()),
        (b"127.0.0.1", b"no-such-service", ()),
        (b"127.0.0.1", b"80", (99,)),
        (b"127.0.0.1", b"80", (0, 99)),
        (None, None, ()),
    ]:
        with pytest.raises(sockcore.gaierror, match=r"^\[Errno -?\d+\] getaddrinfo failed$") as caught:
            resolver.lookup(host, port, *hints)
        assert caught.value.errno == caught.value.args[0] != 0
        assert caught.value.winerror is None
    with pytest.raises(sockcore.gaierror, match=r"getaddrinfo failed$"):
        resolver.lookup_names(b"\x4d\0" + bytes(14), 0)


def test_eai_constants_have_winsock_values() -> None:
    assert (sockcore.EAI_NONAME, sockcore.EAI_SERVICE, sockcore.EAI_FAMILY) == (11001, 10109, 10047)
    assert not hasattr(sockcore, "EAI_SYSTEM")


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("127.0.0.1\0x", 80),
        (b"127.0.0.1\0x", 80),
        ("127.0.0.1", "80\0x"),
        ("127.0.0.1", b"80\0x"),
        (b"\xe9.invalid", b"\xff"),
        ("127.0.0.1", "9" * 10_000),
        (".".join(["a" * 60] * 200), 80),
        ("127.0.0.1", " 80"),
        ("127.0.0.1", "0x50"),
        ("fe80::1%0", 80),
        ("fe80::1%4294967295", 80),
        ("fe80::1%4294967296", 80),
        ("fe80::1%", 80),
        ("fe80::1%no-such-interface", 80),
        ("[::1]", 80),
    ],
)
def test_getaddrinfo_unusual_arguments_match_stdlib(same: Any, host: Any, port: Any) -> None:
    if any("\0" in part for part in map(_text, (host, port))):
        with pytest.raises(ValueError, match="null"):  # the standard library uses the part before the null
            sockcore.getaddrinfo(host, port)
        return
    same("getaddrinfo", host, port)
    same("getaddrinfo", host, port, 0, sockcore.SOCK_STREAM, 0, sockcore.AI_NUMERICHOST)


def _text(part: Any) -> str:
    return part.decode("latin-1") if isinstance(part, bytes) else str(part)


@pytest.mark.parametrize("flags", ["AI_ALL", "AI_ADDRCONFIG", "AI_V4MAPPED", "AI_CANONNAME", "AI_NUMERICSERV"])
def test_getaddrinfo_flags_match_stdlib(same: Any, flags: str) -> None:
    for host in ("127.0.0.1", "::1", "localhost", None):
        for port in (80, "http"):
            same("getaddrinfo", host, port, 0, sockcore.SOCK_STREAM, 0, getattr(sockcore, flags))


def test_from_system_decodes_ansi_code_page() -> None:
    assert arguments.from_system("vertrauter-name".encode("mbcs")) == "vertrauter-name"
    page = ctypes.WinDLL("kernel32").GetACP()
    raw = "é".encode(f"cp{page}", "replace")
    assert arguments.from_system(raw) == raw.decode(f"cp{page}")
    assert arguments.from_system(b"\x81\x8d\xff")  # bytes that are not defined in every code page


def test_gethostbyname_in_several_threads_returns_own_answers() -> None:
    def ask(number: int) -> bool:
        host = f"127.0.0.{number % 250 + 1}"
        return hostent.gethostbyname(host.encode())[2] == [host]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(1, 401)))


def test_gethostbyaddr_error_keeps_last_error() -> None:
    ctypes.set_last_error(4711)
    with pytest.raises(sockcore.herror, match=r"^\[Errno 11001\] host not found$") as caught:
        hostent.gethostbyaddr(AF_INET, bytes((192, 0, 2, 1)))  # in TEST-NET-1 of RFC 5737
    assert caught.value.args == (11001, "host not found")
    assert ctypes.get_last_error() == 4711


@pytest.mark.parametrize("raw", [b"255.255.255.255", b"0.0.0.0"])
def test_aton_broadcast_address_is_not_an_error(raw: bytes) -> None:
    assert aton.aton(raw) == bytes(int(part) for part in raw.split(b"."))
    assert aton.aton(b"4294967295") is None


def test_inet_pton_unknown_family_raises_wsaeafnosupport() -> None:
    # The standard library raises OSError(0, 'Error'), because it reads errno, which Winsock does not set.
    for family in (0, 1, 99, -1):
        with pytest.raises(OSError) as caught:
            sockcore.inet_pton(family, "1.2.3.4")
        assert caught.value.winerror == 10047


def test_if_nameindex_returns_ndis_names() -> None:
    interfaces = sockcore.if_nameindex()
    assert interfaces
    assert all(re.fullmatch(r"[a-z0-9]+_\d+", name) for _, name in interfaces)
    assert len({index for index, _ in interfaces}) == len(interfaces)


def test_if_nametoindex_long_name_raises_oserror() -> None:
    for size in (255, 256, 257, 100_000):
        with pytest.raises(OSError, match=r"^no interface with this name$"):
            sockcore.if_nametoindex("x" * size)


def test_if_nameindex_frees_table() -> None:
    from sockcore._system import winsock_interfaces

    expected = winsock_interfaces.if_nameindex()
    for _ in range(200):
        assert winsock_interfaces.if_nameindex() == expected


def test_interfaces_returned_error_code_raises() -> None:
    from sockcore._system import winsock_interfaces

    with pytest.raises(PermissionError) as caught:
        winsock_interfaces._check(5)
    assert caught.value.winerror == 5


def test_create_server_sets_exclusiveaddruse() -> None:
    with sockcore.create_server(("127.0.0.1", 0)) as server:
        assert not server.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_REUSEADDR)
        assert server.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_EXCLUSIVEADDRUSE)
        for sets_reuseaddr in (False, True):
            with sockcore.socket() as other:
                if sets_reuseaddr:
                    other.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_REUSEADDR, 1)
                with pytest.raises(OSError) as caught:
                    other.bind(server.getsockname())
            assert caught.value.winerror in (10048, 10013)
