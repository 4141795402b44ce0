from __future__ import annotations

import ipaddress
import platform
import sys
from typing import Any

import pytest

import sockcore

NUMERIC = sockcore.NI_NUMERICHOST | sockcore.NI_NUMERICSERV
HOST = "127.0.0.1"
MUSL = sys.platform == "linux" and platform.libc_ver()[0] != "glibc"


@pytest.mark.parametrize(
    "address",
    [
        (HOST, 80),
        (HOST, 0),
        (HOST, 65535),
        ("::1", 80),
        ("::1", 80, 1),
        ("::1", 80, 0, 1),
        ("fe80::1", 80, 0, 1),
        ("fe80::1", 80, 0, 4294967295),
        ("fe80::1%1", 80),
        ("", 80),
        ("127.1", 80),
        ("localhost", 80),
        ("no.such.host.invalid", 80),
        ("é", 80),
    ],
)
def test_getnameinfo_numeric_matches_stdlib(same: Any, address: Any) -> None:
    same("getnameinfo", address, NUMERIC)


def test_getnameinfo_numeric_ipv4_does_not_call_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    from sockcore_inet import hosts

    # The function in C calls the system.
    monkeypatch.setattr(hosts, "_names_of_tuple", lambda *arguments: None)
    monkeypatch.setattr(hosts, "lookup_names", None)
    assert sockcore.getnameinfo((HOST, 65535), NUMERIC) == (HOST, "65535")


@pytest.mark.parametrize("flags", [0, sockcore.NI_NUMERICHOST, sockcore.NI_NUMERICSERV, NUMERIC | sockcore.NI_DGRAM])
def test_getnameinfo_names_match_stdlib(same: Any, flags: int) -> None:
    same("getnameinfo", (HOST, 80), int(flags))


@pytest.mark.parametrize("flags", [NUMERIC | sockcore.NI_NAMEREQD, 1 << 30])
def test_getnameinfo_unusable_flags_raise_gaierror(same: Any, flags: int) -> None:
    failed = same("getnameinfo", (HOST, 80), int(flags))[0] == "gaierror"
    # Windows does not document unknown flags. musl ignores them.
    assert failed or (flags == 1 << 30 and (sys.platform == "win32" or MUSL))


@pytest.mark.parametrize(
    "address",
    [
        3,
        None,
        HOST,
        [HOST, 80],
        (),
        (HOST,),
        (HOST, 80, 0),
        (HOST, 80, 0, 0),
        (HOST, 80, 0, 0, 0),
        (None, 80),
        (1, 80),
        (b"127.0.0.1", 80),
        (HOST, "80"),
        (HOST, None),
        (HOST, 80.0),
        (HOST, 1 << 40),
        ("a\0", 80),
        ("::1", 80, 1 << 20),
        ("::1", 80, -1),
        ("::1", 80, "x"),
        ("::1", 80, 0, "x"),
    ],
)
def test_getnameinfo_invalid_address_matches_stdlib(same: Any, address: Any) -> None:
    assert same("getnameinfo", address, NUMERIC)[0].endswith("Error")


@pytest.mark.parametrize("port", [65536, -1, 70000, 2**31 - 1, -(2**31), 2**40])
@pytest.mark.parametrize("host", [HOST, "::1"])
def test_getnameinfo_port_out_of_range_raises_overflow_error(host: str, port: int) -> None:
    with pytest.raises(OverflowError):
        sockcore.getnameinfo((host, port), NUMERIC)


@pytest.mark.parametrize("host", ["127.0.0.1\0", "127.0.0.1\0.example", "\0"])
def test_getnameinfo_nul_in_host_raises_value_error(host: str) -> None:
    with pytest.raises(ValueError, match="embedded null"):
        sockcore.getnameinfo((host, 80), NUMERIC)


def test_getnameinfo_accepts_ipaddress_objects() -> None:
    address: Any = (ipaddress.ip_address(HOST), 80)
    assert sockcore.getnameinfo(address, NUMERIC) == (HOST, "80")


@pytest.mark.parametrize("flags", ["x", None, 1.0, 1 << 40])
def test_getnameinfo_invalid_flags_match_stdlib(same: Any, flags: Any) -> None:
    same("getnameinfo", (HOST, 80), flags)
    same("getnameinfo", 3, flags)
