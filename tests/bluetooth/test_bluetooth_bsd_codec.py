"""The address codecs of Bluetooth on FreeBSD, NetBSD and DragonFly, tested with literals on any system."""

from __future__ import annotations

import struct

import pytest
from bluetooth_literals import ALL, ANY, DEVICE, INVALID_DEVICES, RAW_DEVICE, codecs, to_sockaddr

from sockcore.testing import FamilyTests
from sockcore_bluetooth.constants import TABLE
from sockcore_bluetooth.structs import SOCKADDR_BT, sockaddrs, structs

FREEBSD, NETBSD, DRAGONFLY = codecs("freebsd"), codecs("netbsd"), codecs("dragonfly6")
BAD = "bad bluetooth address"
WRONG = "connect(): wrong format: "


def bt(device: bytes = bytes(6), psm: int = 0, channel: int = 0) -> bytes:
    """Return a struct sockaddr_bt. The psm has the byte order of the machine."""
    return to_sockaddr(struct.pack("=6sHB5x", device, psm, channel))


def node(name: bytes) -> bytes:
    return to_sockaddr(name.ljust(32, b"\0"))


@pytest.mark.skipif("BDADDR_BREDR" not in TABLE, reason="this system does not define BDADDR_BREDR")
class TestFreebsdL2cap(FamilyTests):
    """ng_btsocket.h: psm and cid are little-endian, as on Linux."""

    family = FREEBSD["L2CAP"]
    pairs = (
        ((DEVICE, 0x0102), to_sockaddr(b"\x02\x01" + RAW_DEVICE + bytes(4))),
        ((DEVICE, 0x80, 0x0304, 1), to_sockaddr(b"\x80\0" + RAW_DEVICE + b"\x04\x03\x01\0")),
        ((ANY, 0), to_sockaddr(bytes(12))),
    )
    # The struct of older FreeBSD without a cid: sockaddr_l2cap_compat.
    decoded = ((to_sockaddr(b"\x02\x01" + RAW_DEVICE), (DEVICE, 0x0102)),)
    wrong = (
        ((DEVICE,), OSError, WRONG + "an L2CAP address is (bdaddr, psm[, cid[, bdaddr_type]])"),
        ((DEVICE, 65536), OverflowError, "psm must be 0-65535."),
        ((DEVICE, 1, 0, 256), OverflowError, "bdaddr_type must be 0-255."),
        (("x", 1), OSError, BAD),
    )


class TestFreebsdRfcomm(FamilyTests):
    family = FREEBSD["RFCOMM"]
    pairs = (
        ((DEVICE, 1), to_sockaddr(RAW_DEVICE + b"\x01")),
        ((ANY, 0), to_sockaddr(bytes(7))),
        ((ALL, 255), to_sockaddr(b"\xff" * 7)),
    )
    wrong = (
        ((DEVICE, 256), OverflowError, "channel must be 0-255."),
        ((DEVICE, -1), OverflowError, "channel must be 0-255."),
        (DEVICE, OSError, WRONG),
    )


class TestFreebsdHci(FamilyTests):
    """A controller is a netgraph node. A number stands for a node."""

    family = FREEBSD["HCI"]
    pairs = (("ubt0hci", node(b"ubt0hci")), ("n" * 31, node(b"n" * 31)), ("", node(b"")))
    encoded = (
        (0, node(b"ubt0hci")),
        ((0,), node(b"ubt0hci")),
        (12, node(b"ubt12hci")),
        (("ubt1hci",), node(b"ubt1hci")),
    )
    decoded = ((node(b"n" * 32), "n" * 32), (to_sockaddr(b"ubt"), "ubt"))
    wrong = (
        ("n" * 32, ValueError, "connect(): node too long"),
        (10**30, ValueError, "connect(): node too long"),
        (-1, OverflowError, "connect(): device_id must not be negative."),
        ((-1,), OverflowError, "connect(): device_id must not be negative."),
        ("ubt0hci\0", OSError, WRONG),
        ((), OSError, WRONG + "an HCI address is device_id or (device_id,), a number or the name of a node"),
        ((0, 0), OSError, WRONG),
        ([0], OSError, WRONG),
        (b"ubt0hci", OSError, WRONG),
        (1.0, OSError, WRONG),
        (None, OSError, WRONG),
    )


class TestNetbsdL2cap(FamilyTests):
    family = NETBSD["L2CAP"]
    pairs = (((DEVICE, 0x0102), bt(RAW_DEVICE, 0x0102)), ((ANY, 0), bt()), ((ALL, 65535), bt(b"\xff" * 6, 65535)))
    decoded = ((bt(RAW_DEVICE, 5, 9), (DEVICE, 5)),)
    wrong = (
        ((DEVICE, 65536), OverflowError, "psm must be 0-65535."),
        ((DEVICE, 1, 4), OSError, WRONG + "an L2CAP address is (bdaddr, psm)"),
        ((DEVICE, 1, 4, 1), OSError, WRONG),
        *(((text, 1), OSError, BAD) for text, _ in INVALID_DEVICES),
    )


class TestNetbsdRfcomm(FamilyTests):
    family = NETBSD["RFCOMM"]
    pairs = (((DEVICE, 1), bt(RAW_DEVICE, 0, 1)), ((ANY, 0), bt()), ((ALL, 255), bt(b"\xff" * 6, 0, 255)))
    wrong = (((DEVICE, 256), OverflowError, "channel must be 0-255."), ((DEVICE,), OSError, WRONG))


class TestNetbsdHci(FamilyTests):
    """The address of a controller instead of a number.

    According to the manual, NetBSD and DragonFly expect it.
    """

    family = NETBSD["HCI"]
    pairs = ((DEVICE, bt(RAW_DEVICE)), (ANY, bt()))
    encoded = (
        ((DEVICE,), bt(RAW_DEVICE)),
        (DEVICE.encode(), bt(RAW_DEVICE)),
        ((DEVICE.encode(),), bt(RAW_DEVICE)),
    )
    wrong = (
        (0, OSError, WRONG + "an HCI address is a bdaddr or (bdaddr,), str or bytes"),
        ((0,), OSError, WRONG),
        ((DEVICE, 0), OSError, WRONG),
        ((), OSError, WRONG),
        (None, OSError, WRONG),
        (DEVICE + "\0", OSError, WRONG),
        ((DEVICE.encode() + b"\0",), OSError, WRONG),
        *((text, OSError, BAD) for text, _ in INVALID_DEVICES),
    )


class TestNetbsdSco(FamilyTests):
    family = NETBSD["SCO"]
    pairs = ((DEVICE, bt(RAW_DEVICE)), (ALL, bt(b"\xff" * 6)))
    encoded = ((DEVICE.encode(), bt(RAW_DEVICE)),)
    wrong = (((DEVICE,), OSError, WRONG), ("x", OSError, BAD), (5, OSError, WRONG))


def test_codecs_on_dragonfly_equal_codecs_on_netbsd() -> None:
    assert {name: (type(codec), codec.size) for name, codec in DRAGONFLY.items()} == {
        name: (type(codec), codec.size) for name, codec in NETBSD.items()
    }
    assert DRAGONFLY["L2CAP"].struct is SOCKADDR_BT


def test_codecs_on_freebsd_omit_sco() -> None:
    assert set(FREEBSD) == {"L2CAP", "RFCOMM", "HCI"}
    assert set(NETBSD) == {"L2CAP", "RFCOMM", "HCI", "SCO"}


@pytest.mark.parametrize("system", ["darwin", "openbsd", "plan9", ""])
def test_structs_on_system_without_bluetooth_is_empty(system: str) -> None:
    assert sockaddrs(system) == {}
    assert structs(system) == ()


@pytest.mark.parametrize(
    ("system", "name", "size", "offsets"),
    [
        ("linux", "L2CAP", 14, {"l2_psm": 2, "l2_bdaddr": 4, "l2_cid": 10, "l2_bdaddr_type": 12}),
        ("linux", "RFCOMM", 10, {"rc_bdaddr": 2, "rc_channel": 8}),
        ("linux", "HCI", 6, {"hci_dev": 2, "hci_channel": 4}),
        ("linux", "SCO", 8, {"sco_bdaddr": 2}),
        ("freebsd", "L2CAP", 14, {"l2cap_psm": 2, "l2cap_bdaddr": 4, "l2cap_cid": 10, "l2cap_bdaddr_type": 12}),
        ("freebsd", "RFCOMM", 9, {"rfcomm_bdaddr": 2, "rfcomm_channel": 8}),
        ("freebsd", "HCI", 34, {"hci_node": 2}),
        ("windows", "RFCOMM", 30, {"btAddr": 2, "serviceClassId": 10, "port": 26}),
        ("netbsd", "L2CAP", 16, {"bt_bdaddr": 2, "bt_psm": 8, "bt_channel": 10}),
    ],
)
def test_sockaddrs_have_size_and_offsets_of_system(system: str, name: str, size: int, offsets: dict[str, int]) -> None:
    # tools/headers compares them with the headers of each system.
    struct = sockaddrs(system)[name]
    assert struct.size == size
    assert {field: offset for field, (offset, _) in struct.offsets().items()} == offsets


def test_structs_contains_each_struct_once() -> None:
    for system in ("linux", "freebsd", "netbsd", "windows"):
        names = [struct.name for struct in structs(system)]
        assert len(names) == len(set(names))
        declared = {sockaddr.name for sockaddr in sockaddrs(system).values()}
        assert declared - {"struct sockaddr_iso"} <= set(names)  # no exported header declares this struct
