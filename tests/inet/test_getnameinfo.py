from __future__ import annotations

import sys
from typing import Any

import pytest

import sockcore

NUMERIC = sockcore.NI_NUMERICHOST | sockcore.NI_NUMERICSERV
HOST = "127.0.0.1"


@pytest.mark.parametrize(
    "address",
    [
        (HOST, 80),
        (HOST, 0),
        (HOST, 65535),
        (HOST, 65536),
        (HOST, -1),
        ("::1", 80),
        ("::1", 80, 1),
        ("::1", 80, 0, 1),
        ("fe80::1", 80, 0, 1),
        ("fe80::1", 80, 0, 4294967295),
        ("fe80::1%1", 80),
        ("", 80),
        ("localhost", 80),
        ("no.such.host.invalid", 80),
        ("é", 80),
    ],
)
def test_numbers(same: Any, address: Any) -> None:
    same("getnameinfo", address, NUMERIC)


@pytest.mark.parametrize("flags", [0, sockcore.NI_NUMERICHOST, sockcore.NI_NUMERICSERV, NUMERIC | sockcore.NI_DGRAM])
def test_names(same: Any, flags: int) -> None:
    same("getnameinfo", (HOST, 80), int(flags))


@pytest.mark.parametrize("flags", [NUMERIC | sockcore.NI_NAMEREQD, 1 << 30])
def test_flags_that_fail(same: Any, flags: int) -> None:
    failed = same("getnameinfo", (HOST, 80), int(flags))[0] == "gaierror"
    assert failed or (sys.platform == "win32" and flags == 1 << 30)  # which does not say what flags it knows


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
def test_what_is_no_address(same: Any, address: Any) -> None:
    assert same("getnameinfo", address, NUMERIC)[0].endswith("Error")


@pytest.mark.parametrize("flags", ["x", None, 1.0, 1 << 40])
def test_what_are_no_flags(same: Any, flags: Any) -> None:
    same("getnameinfo", (HOST, 80), flags)
    same("getnameinfo", 3, flags)
