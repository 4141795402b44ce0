"""The address codecs of Bluetooth on Linux, tested with literals. No system calls are made."""

from __future__ import annotations

import struct

import pytest
from bluetooth_literals import ALL, ANY, DEVICE, INVALID_DEVICES, RAW_DEVICE, codecs, to_sockaddr

from sockcore.testing import FakeContext, FamilyTests
from sockcore_bluetooth import address
from sockcore_bluetooth.constants import TABLE

LINUX = codecs("linux")
BAD = "bad bluetooth address"
WRONG = "connect(): wrong format: "
# The codecs need the constants BDADDR_BREDR and HCI_CHANNEL_RAW.
NEEDS_TABLE = pytest.mark.skipif("HCI_CHANNEL_RAW" not in TABLE, reason="only Linux has the constants")


def l2(psm: int, device: bytes, cid: int = 0, bdaddr_type: int = 0) -> bytes:
    return to_sockaddr(struct.pack("<H6sHBx", psm, device, cid, bdaddr_type))


class Index:  # any object with __index__()
    def __index__(self) -> int:
        return 5


@NEEDS_TABLE
class TestL2cap(FamilyTests):
    family = LINUX["L2CAP"]
    pairs = (
        ((DEVICE, 0x1001), l2(0x1001, RAW_DEVICE)),
        ((ANY, 0), l2(0, bytes(6))),
        ((ALL, 65535), l2(65535, b"\xff" * 6)),
        # psm and cid are little-endian on every machine.
        ((DEVICE, 0x0102), to_sockaddr(b"\x02\x01" + RAW_DEVICE + bytes(4))),
        ((DEVICE, 0, 4), to_sockaddr(b"\0\0" + RAW_DEVICE + b"\x04\0\0\0")),
        ((DEVICE, 0, 0x1234), to_sockaddr(b"\0\0" + RAW_DEVICE + b"\x34\x12\0\0")),
        ((DEVICE, 0x80, 0, 1), l2(0x80, RAW_DEVICE, 0, 1)),
        ((DEVICE, 0, 4, 2), l2(0, RAW_DEVICE, 4, 2)),
        ((DEVICE, 1, 65535, 255), l2(1, RAW_DEVICE, 65535, 255)),
    )
    encoded = (
        ((DEVICE.lower(), 1), l2(1, RAW_DEVICE)),
        (("0:1A:7D:DA:71:F", 1), l2(1, RAW_DEVICE)),
        ((DEVICE, True), l2(1, RAW_DEVICE)),
        ((DEVICE, Index(), Index(), Index()), l2(5, RAW_DEVICE, 5, 5)),
        # Parts with default values are omitted in the decoded address.
        ((DEVICE, 1, 0), l2(1, RAW_DEVICE)),
        ((DEVICE, 1, 0, 0), l2(1, RAW_DEVICE)),
        ((DEVICE, 1, 4), l2(1, RAW_DEVICE, 4)),
        ((DEVICE, 1, 4, 0), l2(1, RAW_DEVICE, 4)),
    )
    decoded = (
        # The cid of a connection is omitted if there is a psm.
        (l2(0x1001, RAW_DEVICE, 64), (DEVICE, 0x1001)),
        (to_sockaddr(b"\x01\x10"), (ANY, 0x1001)),
        (l2(1, RAW_DEVICE, 4, 1) + b"more", (DEVICE, 1, 4, 1)),
    )
    wrong = (
        *(((text, 1), OSError, BAD) for text, _ in INVALID_DEVICES),
        (("00:11:22:33:44:55\0", 1), OSError, WRONG),
        (("00:11\0:22:33:44:55", 1), OSError, WRONG),
        (("\ud800", 1), OSError, WRONG),
        ((DEVICE.encode(), 1), OSError, WRONG),
        ((bytearray(DEVICE.encode()), 1), OSError, WRONG),
        ((None, 1), OSError, WRONG),
        ((5, 1), OSError, WRONG),
        (((DEVICE,), 1), OSError, WRONG),
        (DEVICE, OSError, WRONG + "an L2CAP address is (bdaddr, psm[, cid[, bdaddr_type]])"),
        ([DEVICE, 1], OSError, WRONG),
        ({}, OSError, WRONG),
        (None, OSError, WRONG),
        (5, OSError, WRONG),
        (b"", OSError, WRONG),
        ((), OSError, WRONG),
        ((DEVICE,), OSError, WRONG),
        ((DEVICE, 1, 2, 1, 0), OSError, WRONG),
        ((DEVICE, "1"), OSError, WRONG),
        ((DEVICE, 1.0), OSError, WRONG),
        ((DEVICE, None), OSError, WRONG),
        ((DEVICE, 1, "0"), OSError, WRONG),
        ((DEVICE, 1, 0, "0"), OSError, WRONG),
        ((DEVICE, 1, 0, None), OSError, WRONG),
        ((DEVICE, -1), OverflowError, "connect(): psm must be 0-65535."),
        ((DEVICE, 65536), OverflowError, "connect(): psm must be 0-65535."),
        ((DEVICE, 1 << 80), OverflowError, "connect(): psm must be 0-65535."),
        ((DEVICE, 1, -1), OverflowError, "connect(): cid must be 0-65535."),
        ((DEVICE, 1, 65536), OverflowError, "connect(): cid must be 0-65535."),
        ((DEVICE, 1, 1 << 80), OverflowError, "connect(): cid must be 0-65535."),
        ((DEVICE, 1, 0, -1), OverflowError, "connect(): bdaddr_type must be 0-255."),
        ((DEVICE, 1, 0, 256), OverflowError, "connect(): bdaddr_type must be 0-255."),
        ((DEVICE, 1, 0, 1 << 80), OverflowError, "connect(): bdaddr_type must be 0-255."),
        # The device is checked before the ranges of the numbers.
        (("x", 65536), OSError, BAD),
    )


class TestRfcomm(FamilyTests):
    family = LINUX["RFCOMM"]
    pairs = (
        ((DEVICE, 1), to_sockaddr(RAW_DEVICE + b"\x01\0")),
        ((ANY, 0), to_sockaddr(bytes(8))),
        ((ALL, 255), to_sockaddr(b"\xff" * 7 + b"\0")),
        ((DEVICE, 30), to_sockaddr(RAW_DEVICE + b"\x1e\0")),
    )
    encoded = (((DEVICE.lower(), Index()), to_sockaddr(RAW_DEVICE + b"\x05\0")),)
    decoded = ((to_sockaddr(RAW_DEVICE), (DEVICE, 0)), (to_sockaddr(RAW_DEVICE + b"\x07"), (DEVICE, 7)))
    wrong = (
        *(((text, 1), OSError, BAD) for text, _ in INVALID_DEVICES),
        (("00:11:22:33:44:55\0", 1), OSError, WRONG),
        (("\ud800", 1), OSError, WRONG),
        ((DEVICE.encode(), 1), OSError, WRONG),
        ((None, 1), OSError, WRONG),
        (DEVICE, OSError, WRONG + "an RFCOMM address is (bdaddr, channel)"),
        ([DEVICE, 1], OSError, WRONG),
        (None, OSError, WRONG),
        (1, OSError, WRONG),
        ((), OSError, WRONG),
        ((DEVICE,), OSError, WRONG),
        ((DEVICE, 1, 0), OSError, WRONG),
        ((DEVICE, "1"), OSError, WRONG),
        ((DEVICE, 1.5), OSError, WRONG),
        ((DEVICE, -1), OverflowError, "connect(): channel must be 0-255."),
        ((DEVICE, 256), OverflowError, "connect(): channel must be 0-255."),
        ((DEVICE, 1 << 80), OverflowError, "connect(): channel must be 0-255."),
    )


@NEEDS_TABLE
class TestHci(FamilyTests):
    family = LINUX["HCI"]
    pairs = (
        (0, to_sockaddr(struct.pack("=HH", 0, 0))),
        (1, to_sockaddr(struct.pack("=HH", 1, 0))),
        (65535, to_sockaddr(struct.pack("=HH", 65535, 0))),
        ((0x0102, 1), to_sockaddr(struct.pack("=HH", 0x0102, 1))),
        ((65535, 2), to_sockaddr(struct.pack("=HH", 65535, 2))),
        ((65535, 65535), to_sockaddr(struct.pack("=HH", 65535, 65535))),
    )
    encoded = (
        ((3,), to_sockaddr(struct.pack("=HH", 3, 0))),
        ((3, 0), to_sockaddr(struct.pack("=HH", 3, 0))),
        (True, to_sockaddr(struct.pack("=HH", 1, 0))),
        (Index(), to_sockaddr(struct.pack("=HH", 5, 0))),
        ((Index(), Index()), to_sockaddr(struct.pack("=HH", 5, 5))),
    )
    # Old kernels did not write the channel.
    decoded = ((to_sockaddr(struct.pack("=H", 7)), 7),)
    wrong = (
        ((), OSError, WRONG + "an HCI address is device_id or (device_id[, channel])"),
        ((0, 0, 0), OSError, WRONG),
        ([0], OSError, WRONG),
        ([0, 1], OSError, WRONG),
        ("0", OSError, WRONG),
        ("hci0", OSError, WRONG),
        (b"0", OSError, WRONG),
        (DEVICE, OSError, WRONG),
        ((DEVICE,), OSError, WRONG),
        (None, OSError, WRONG),
        (1.0, OSError, WRONG),
        (("0",), OSError, WRONG),
        ((0, "1"), OSError, WRONG),
        ((0, None), OSError, WRONG),
        (-1, OverflowError, "connect(): dev must be 0-65535."),
        ((-1,), OverflowError, "connect(): dev must be 0-65535."),
        (65536, OverflowError, "connect(): dev must be 0-65535."),
        ((65536, 0), OverflowError, "connect(): dev must be 0-65535."),
        (1 << 80, OverflowError, "connect(): dev must be 0-65535."),
        ((0, -1), OverflowError, "connect(): channel must be 0-65535."),
        ((0, 65536), OverflowError, "connect(): channel must be 0-65535."),
        ((0, 1 << 80), OverflowError, "connect(): channel must be 0-65535."),
    )


class TestSco(FamilyTests):
    family = LINUX["SCO"]
    pairs = ((DEVICE, to_sockaddr(RAW_DEVICE)), (ANY, to_sockaddr(bytes(6))), (ALL, to_sockaddr(b"\xff" * 6)))
    encoded = (
        (DEVICE.encode(), to_sockaddr(RAW_DEVICE)),
        (DEVICE.lower(), to_sockaddr(RAW_DEVICE)),
        (b"0:1a:7d:da:71:f", to_sockaddr(RAW_DEVICE)),
    )
    decoded = ((to_sockaddr(RAW_DEVICE[:3]), "00:00:00:DA:71:0F"),)
    wrong = (
        *((text, OSError, BAD) for text, _ in INVALID_DEVICES),
        *((text.encode(), OSError, BAD) for text, _ in INVALID_DEVICES),
        (b"\xff\xfe", OSError, BAD),
        (DEVICE + "\0", ValueError, "embedded null character"),
        (DEVICE.encode() + b"\0", ValueError, "embedded null byte"),
        ("\ud800", UnicodeEncodeError, "surrogates not allowed"),
        (bytearray(DEVICE.encode()), OSError, WRONG + "an SCO address is a bdaddr, str or bytes"),
        (memoryview(DEVICE.encode()), OSError, WRONG),
        ((DEVICE,), OSError, WRONG),
        ((DEVICE.encode(),), OSError, WRONG),
        ([DEVICE], OSError, WRONG),
        ((), OSError, WRONG),
        (None, OSError, WRONG),
        (5, OSError, WRONG),
    )


@pytest.mark.parametrize(("text", "reason"), INVALID_DEVICES)
def test_parse_bdaddr_invalid_text_raises_without_errno(text: str, reason: str) -> None:
    with pytest.raises(OSError, match=r"^bad bluetooth address$") as exc_info:
        address.parse_bdaddr(text.encode())
    assert exc_info.value.errno is None, reason


@pytest.mark.parametrize("system", ["linux", "freebsd", "netbsd", "dragonfly6"])
def test_encode_and_decode_make_no_lookups(system: str) -> None:
    for name, codec in codecs(system).items():
        value = {"L2CAP": (DEVICE, 1), "RFCOMM": (DEVICE, 1), "SCO": DEVICE, "ISO": (DEVICE, 1)}.get(name, 0)
        if name == "HCI" and system not in ("linux", "freebsd"):
            value = DEVICE
        context = FakeContext(codec.number, proto=codec.proto or 0)
        codec.decode(codec.encode(value, context), context)
        assert context.asked == []


@pytest.mark.parametrize("operation", ["bind", "connect", "connect_ex", "sendto", "sendmsg"])
def test_error_message_contains_operation(operation: str) -> None:
    for codec, invalid, out_of_range in (
        (LINUX["L2CAP"], (DEVICE,), (DEVICE, -1)),
        (LINUX["RFCOMM"], (DEVICE,), (DEVICE, 256)),
        (LINUX["HCI"], "x", -1),
    ):
        context = FakeContext(codec.number, operation=operation)
        with pytest.raises(OSError, match=rf"^{operation}\(\): wrong format"):
            codec.encode(invalid, context)
        with pytest.raises(OverflowError, match=rf"^{operation}\(\): "):
            codec.encode(out_of_range, context)


@pytest.mark.parametrize("protocol", ["L2CAP", "RFCOMM", "HCI"])
def test_encode_exception_of_index_method_is_propagated(protocol: str) -> None:
    class Broken:
        def __index__(self) -> int:
            raise KeyError("index")

    value = Broken() if protocol == "HCI" else (DEVICE, Broken())
    with pytest.raises(KeyError):
        LINUX[protocol].encode(value, FakeContext())


def test_encode_accepts_subclasses_of_str_and_tuple() -> None:
    class Device(str):
        __slots__ = ()

    class Pair(tuple):  # type: ignore[type-arg]
        __slots__ = ()

    assert LINUX["RFCOMM"].encode(Pair((Device(DEVICE), 1)), FakeContext()) == to_sockaddr(RAW_DEVICE + b"\x01\0")
    assert LINUX["SCO"].encode(Device(DEVICE), FakeContext()) == to_sockaddr(RAW_DEVICE)
