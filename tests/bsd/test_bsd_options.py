"""Credentials of macOS, FreeBSD and NetBSD, with literals of their structs."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from bsd_systems import SYSTEMS, table

from sockcore._plugins.registry import Register, Registry
from sockcore.plugin import Struct
from sockcore_bsd import options as bsd_options
from sockcore_bsd.structs import XUCRED_PID, structs

IDS = (1001, 1002, 1003, 1004)


def groups(*numbers: int) -> bytes:
    return struct.pack(f"={len(numbers)}I", *numbers)


def message(system: str, name: str = "SCM_CREDS") -> Any:
    (found,) = (each for each in bsd_options.ancillaries(system, table(system)) if each.name == name)
    return found


def option(system: str, name: str) -> Any:
    (found,) = (each for each in bsd_options.options(system, table(system)) if each.name == name)
    return found


def test_what_each_system_has() -> None:
    assert {
        system: (
            [each.name for each in bsd_options.options(system, table(system))],
            [each.name for each in bsd_options.ancillaries(system, table(system))],
        )
        for system in SYSTEMS
    } == {
        "darwin": (["LOCAL_PEERCRED"], ["IP_RECVIF"]),
        "freebsd": (
            ["LOCAL_CREDS", "LOCAL_CREDS_PERSISTENT", "LOCAL_PEERCRED"],
            ["SCM_CREDS", "SCM_CREDS2", "IP_RECVIF"],
        ),
        "netbsd": (["LOCAL_CREDS", "LOCAL_PEEREID"], ["SCM_CREDS", "IP_RECVIF"]),
        "openbsd": ([], ["IP_RECVIF"]),
    }


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_registry_takes_them(system: str) -> None:
    register = Register("tested")
    for each in bsd_options.options(system, table(system)):
        assert each.family == 1  # their level is that of IP
        register.option(each)
    for kind in bsd_options.ancillaries(system, table(system)):
        register.ancillary(kind)
    Registry().add(register)


def test_linux_and_windows_have_none() -> None:
    for system in ("linux", "windows", "plan9"):
        assert list(bsd_options.options(system, {})) == list(bsd_options.ancillaries(system, {})) == []
        assert structs(system) == ()


def test_sockcred2() -> None:
    codec = message("freebsd", "SCM_CREDS2")
    fixed = struct.pack("=iiIIII", 0, 77, *IDS)
    assert codec.number == 8
    assert codec.encode is None
    assert codec.decode(fixed + struct.pack("=i", 2) + groups(5, 0xFFFFFFFF)) == (77, *IDS, (5, 0xFFFFFFFF))
    # A struct of one group that has none, and one that is cut within its groups.
    assert codec.decode(fixed + struct.pack("=i", 0) + groups(9)) == (77, *IDS, ())
    assert codec.decode(fixed + struct.pack("=i", 3) + groups(5, 6)[:-1]) == (77, *IDS, (5,))
    assert codec.decode(fixed + struct.pack("=i", -1)) == (77, *IDS, ())
    assert codec.decode(fixed[:8]) == (77, 0, 0, 0, 0, ())
    assert codec.decode(fixed + struct.pack("=i", 0x7FFFFFFF) + groups(5)) == (77, *IDS, (5,))


def test_sockcred_of_netbsd() -> None:
    codec = message("netbsd")
    assert codec.number == 16
    assert codec.encode is None
    assert codec.decode(struct.pack("=iIIIIi", 77, *IDS, 1) + groups(5)) == (77, *IDS, (5,))


def test_both_structs_of_freebsd() -> None:
    codec = message("freebsd")
    own = struct.pack("=IIIIi", *IDS, 3) + groups(5, 6, 7)
    assert codec.decode(own) == (None, *IDS, (5, 6, 7))
    filled = struct.pack("=iIIIh2x", 77, 1001, 1002, 1003, 2) + groups(1004, 5).ljust(64, b"\0")
    assert len(filled) == 84
    assert codec.decode(filled) == (77, *IDS, (1004, 5))
    without = struct.pack("=iIIIh2x", 77, 1001, 1002, 1003, 0) + bytes(64)
    assert codec.decode(without) == (77, 1001, 1002, 1003, 1003, ())


def test_a_sender_asks_the_kernel_to_fill_it_in() -> None:
    codec = message("freebsd")
    assert codec.encode(None) == bytes(84)
    for value in ((1, 2, 3), 0, b""):
        with pytest.raises(TypeError, match="SCM_CREDS takes None"):
            codec.encode(value)


def xucred(count: int, *numbers: int) -> bytes:
    return struct.pack("=IIh2x", 0, 1002, count) + groups(*numbers).ljust(64, b"\0")


def test_peercred_of_macos() -> None:
    codec = option("darwin", "LOCAL_PEERCRED")
    assert (codec.level, codec.number, codec.size, codec.encode) == (0, 1, 76, None)
    assert codec.decode(xucred(3, 20, 12, 61)) == (None, 1002, 20, (20, 12, 61))
    assert codec.decode(xucred(0)) == (None, 1002, None, ())
    assert codec.decode(b"") == (None, 0, None, ())


def test_peercred_of_freebsd() -> None:
    codec = option("freebsd", "LOCAL_PEERCRED")
    gap = b"" if struct.calcsize("P") == 4 else bytes(4)
    end = struct.pack("=i", 77).ljust(struct.calcsize("P"), b"\0")
    whole = xucred(2, 1004, 5) + gap + end
    assert codec.size == len(whole) == XUCRED_PID.packer().size
    assert codec.decode(whole) == (77, 1002, 1004, (1004, 5))


def test_peereid_of_netbsd() -> None:
    codec = option("netbsd", "LOCAL_PEEREID")
    assert (codec.number, codec.size) == (3, 12)
    assert codec.decode(struct.pack("=iII", 77, 1002, 1004)) == (77, 1002, 1004)


@pytest.mark.parametrize(
    ("system", "name", "number"),
    [("freebsd", "LOCAL_CREDS", 2), ("freebsd", "LOCAL_CREDS_PERSISTENT", 3), ("netbsd", "LOCAL_CREDS", 4)],
)
def test_flags(system: str, name: str, number: int) -> None:
    codec = option(system, name)
    assert (codec.number, codec.size) == (number, 4)
    assert codec.decode(struct.pack("=i", 0)) is False
    assert codec.decode(struct.pack("=i", 4)) is True
    assert codec.encode(True) == codec.encode(7) == struct.pack("=i", 1)
    assert codec.encode(False) == struct.pack("=i", 0)


def test_the_interface_of_a_datagram() -> None:
    for system in SYSTEMS:
        (codec,) = (each for each in bsd_options.ancillaries(system, table(system)) if each.name == "IP_RECVIF")
        assert (codec.level, codec.number, codec.family) == (0, 30 if system == "openbsd" else 20, 2)
        raw = b"\x36\x12" + struct.pack("=HBBBB", 258, 6, 3, 0, 0) + b"em0"
        assert codec.decode(raw) == (258, 6, "em0", b"")


def test_structs_are_declared_for_their_system() -> None:
    names = {system: [each.name for each in structs(system) if isinstance(each, Struct)] for system in SYSTEMS}
    assert all("struct sockaddr_dl" in found for found in names.values())
    assert "struct sockaddr_ctl" in names["darwin"]
    assert "struct sockcred2" in names["freebsd"]
