"""ISO sockets: the address codec and the options, tested with literals. No system calls are made."""

from __future__ import annotations

import struct
import sys

import pytest
from bluetooth_literals import ANY, DEVICE, INVALID_DEVICES, RAW_DEVICE, codecs, to_sockaddr
from hypothesis import given
from hypothesis import strategies as st

from sockcore.testing import FakeContext, FamilyTests
from sockcore_bluetooth import iso
from sockcore_bluetooth import options as bluetooth_options
from sockcore_bluetooth.constants import TABLE
from sockcore_bluetooth.iso import IoQos, IsoQos

ISO = codecs("linux")["ISO"]
BAD = "bad bluetooth address"
WRONG = "connect(): wrong format: "
SOURCE = "66:55:44:33:22:11"
RAW_SOURCE = bytes.fromhex("112233445566")


def broadcast(device: bytes, device_type: int, source: bytes, source_type: int, sid: int, bis: bytes) -> bytes:
    """Return a sockaddr_iso with its array, which begins at an odd offset."""
    body = struct.pack("=6sB6sBBB31sx", device, device_type, source, source_type, sid, len(bis), bis)
    return to_sockaddr(body)


class TestIso(FamilyTests):
    family = ISO
    pairs = (
        ((DEVICE, 1), to_sockaddr(RAW_DEVICE + b"\x01\0")),
        ((ANY, 0), to_sockaddr(bytes(8))),
        ((DEVICE, 255), to_sockaddr(RAW_DEVICE + b"\xff\0")),
        (
            (DEVICE, 1, (SOURCE, 2, 5, [1, 2, 31])),
            broadcast(RAW_DEVICE, 1, RAW_SOURCE, 2, 5, b"\x01\x02\x1f"),
        ),
        ((ANY, 1, (SOURCE, 1, 255, [])), broadcast(bytes(6), 1, RAW_SOURCE, 1, 255, b"")),
        (
            (DEVICE, 1, (ANY, 1, 0, list(range(1, 32)))),
            broadcast(RAW_DEVICE, 1, bytes(6), 1, 0, bytes(range(1, 32))),
        ),
    )
    encoded = (
        ((DEVICE.lower(), True), to_sockaddr(RAW_DEVICE + b"\x01\0")),
        ((DEVICE, 1, (SOURCE, 2, 5, (1, 2))), broadcast(RAW_DEVICE, 1, RAW_SOURCE, 2, 5, b"\x01\x02")),
    )
    decoded = (
        (to_sockaddr(RAW_DEVICE), (DEVICE, 0)),
        (to_sockaddr(RAW_DEVICE + b"\x02"), (DEVICE, 2)),
        # A number of streams that the array does not have.
        (
            to_sockaddr(RAW_DEVICE + b"\x01" + RAW_SOURCE + b"\x02\x03\xff\x07"),
            (DEVICE, 1, (SOURCE, 2, 3, [7, *[0] * 30])),
        ),
    )
    wrong = (
        *(((text, 1), OSError, BAD) for text, _ in INVALID_DEVICES),
        *(((DEVICE, 1, (text, 1, 0, [])), OSError, BAD) for text, _ in INVALID_DEVICES),
        ((DEVICE,), OSError, WRONG + "an ISO address is (bdaddr, bdaddr_type[, (bc_bdaddr, bc_bdaddr_type, bc_sid"),
        (DEVICE, OSError, WRONG),
        ([DEVICE, 1], OSError, WRONG),
        (None, OSError, WRONG),
        ((), OSError, WRONG),
        ((None, 1), OSError, WRONG),
        ((DEVICE.encode(), 1), OSError, WRONG),
        (("00:11:22:33:44:55\0", 1), OSError, WRONG),
        (("\ud800", 1), OSError, WRONG),
        ((DEVICE, "1"), OSError, WRONG),
        ((DEVICE, 1, SOURCE), OSError, WRONG),
        ((DEVICE, 1, None), OSError, WRONG),
        ((DEVICE, 1, (SOURCE, 1, 0)), OSError, WRONG),
        ((DEVICE, 1, (SOURCE, 1, 0, [], 0)), OSError, WRONG),
        ((DEVICE, 1, (SOURCE, 1, 0, 5)), OSError, WRONG),
        ((DEVICE, 1, (SOURCE, 1, 0, b"\1")), OSError, WRONG),
        ((DEVICE, 1, (SOURCE, 1, 0, ["1"])), OSError, WRONG),
        ((DEVICE, 1, (SOURCE, "1", 0, [])), OSError, WRONG),
        ((DEVICE, 1, (SOURCE, 1, None, [])), OSError, WRONG),
        ((DEVICE, 1, (None, 1, 0, [])), OSError, WRONG),
        ((DEVICE, 1, ("\0", 1, 0, [])), OSError, WRONG),
        ((DEVICE, 1, ("\ud800", 1, 0, [])), OSError, WRONG),
        ((DEVICE, 1, (SOURCE, 1, 0, []), 0), OSError, WRONG),
        ((DEVICE, -1), OverflowError, "connect(): bdaddr_type must be 0-255."),
        ((DEVICE, 256), OverflowError, "connect(): bdaddr_type must be 0-255."),
        ((DEVICE, 1, (SOURCE, 256, 0, [])), OverflowError, "connect(): bc_bdaddr_type must be 0-255."),
        ((DEVICE, 1, (SOURCE, 1, -1, [])), OverflowError, "connect(): bc_sid must be 0-255."),
        ((DEVICE, 1, (SOURCE, 1, 0, [1, 256])), OverflowError, "connect(): bis must be 0-255."),
        ((DEVICE, 1, (SOURCE, 1, 0, [1] * 32)), ValueError, "connect(): at most 31 bis, not 32"),
    )


def test_iso_sockaddrs_have_sizes_of_kernel() -> None:
    context = FakeContext(31, proto=8)
    assert len(ISO.encode((DEVICE, 1), context)) == 10
    assert len(ISO.encode((DEVICE, 1, (SOURCE, 1, 0, [1])), context)) == 50
    assert ISO.size == 50


@given(st.binary(min_size=2, max_size=80))
def test_decode_iso_accepts_any_bytes(sockaddr: bytes) -> None:
    context = FakeContext(31, proto=8)
    address = ISO.decode(sockaddr, context)
    assert isinstance(address, tuple)
    assert len(address) == (3 if len(sockaddr) > 10 else 2)
    assert ISO.decode(ISO.encode(address, context), context) == address


# ---------------------------------------------------------------------- options

LINUX = pytest.mark.skipif("BT_ISO_QOS" not in TABLE, reason="only Linux has these options")
#: Offsets by the C compiler: in 8, out 20, encryption 32, bcode 33, options 49, skip 50, timeout 56; 60 bytes.
LAYOUT = "=5B3xIHHBB2xIHHBB2xB16sBHHBBH2x"
CODE = bytes(range(16))
QOS = IsoQos(
    1,
    2,
    3,
    1,
    1,
    IoQos(10_000, 10, 40, 2, 3),
    IoQos(2**32 - 1, 65535, 65534, 255, 254),
    1,
    CODE,
    7,
    0x102,
    0x304,
    5,
    6,
    0x506,
)
PACKED_QOS = struct.pack(
    LAYOUT,
    1,
    2,
    3,
    1,
    1,
    10_000,
    10,
    40,
    2,
    3,
    2**32 - 1,
    65535,
    65534,
    255,
    254,
    1,
    CODE,
    7,
    0x102,
    0x304,
    5,
    6,
    0x506,
)


def codec(name: str):  # type: ignore[no-untyped-def]
    [option] = [option for option in bluetooth_options.options() if option.name == name]
    return option


@LINUX
def test_bt_iso_qos_is_encoded_and_decoded() -> None:
    option = codec("BT_ISO_QOS")
    assert option.size == len(PACKED_QOS) == 60
    assert option.encode(QOS) == option.encode(tuple(QOS)) == PACKED_QOS
    assert option.decode(PACKED_QOS) == QOS
    assert type(option.decode(PACKED_QOS)) is IsoQos
    assert type(option.decode(PACKED_QOS).in_) is IoQos
    assert option.encode(IsoQos()) == b"\xff\xff" + bytes(58)


@LINUX
def test_bt_iso_qos_big_endian_numbers_have_order_of_machine() -> None:
    """The literal of a machine with the other byte order is another value."""
    other = struct.pack(LAYOUT.replace("=", "<" if sys.byteorder == "big" else ">"), *struct.unpack(LAYOUT, PACKED_QOS))
    assert codec("BT_ISO_QOS").decode(other).in_.interval == 0x10270000
    assert codec("BT_ISO_QOS").decode(other).bcode == CODE


@LINUX
@pytest.mark.parametrize(
    ("value", "expected", "message"),
    [
        (None, TypeError, "BT_ISO_QOS must be a tuple (cig, cis, sca,"),
        ((1, 2), TypeError, "BT_ISO_QOS must be a tuple"),
        (QOS._replace(cig=256), OverflowError, "BT_ISO_QOS cig must be 0-255, not 256"),
        (QOS._replace(timeout=65536), OverflowError, "BT_ISO_QOS timeout must be 0-65535"),
        (QOS._replace(cis=-1), OverflowError, "BT_ISO_QOS cis must be 0-255"),
        (QOS._replace(cis="1"), TypeError, "BT_ISO_QOS cis must be an integer, not str"),
        (QOS._replace(in_=5), TypeError, "BT_ISO_QOS in must be a tuple (interval, latency, sdu, phy, rtn), not 5"),
        (QOS._replace(out=IoQos(2**32)), OverflowError, "BT_ISO_QOS out.interval must be 0-4294967295"),
        (QOS._replace(out=IoQos(0, 0, 0, 0, 256)), OverflowError, "BT_ISO_QOS out.rtn must be 0-255"),
        (QOS._replace(bcode="code"), TypeError, "BT_ISO_QOS bcode must be a bytes-like object, not 'str'"),
        (QOS._replace(bcode=bytes(17)), ValueError, "BT_ISO_QOS bcode must have at most 16 bytes, not 17"),
    ],
)
def test_bt_iso_qos_invalid_value_raises(value: object, expected: type[Exception], message: str) -> None:
    with pytest.raises(expected) as caught:
        codec("BT_ISO_QOS").encode(value)
    assert message in str(caught.value)


@LINUX
@given(st.binary(max_size=70))
def test_bt_iso_qos_decodes_any_bytes(data: bytes) -> None:
    option = codec("BT_ISO_QOS")
    value = option.decode(data)
    assert option.decode(option.encode(value)) == value


@LINUX
def test_bt_iso_base_is_bytes_of_limited_length() -> None:
    option = codec("BT_ISO_BASE")
    assert option.encode(bytearray(b"base")) == option.decode(b"base") == b"base"
    assert option.encode(bytes(248)) == bytes(248)
    with pytest.raises(ValueError, match="BT_ISO_BASE must be 0 to 248 bytes, not 249"):
        option.encode(bytes(249))
    with pytest.raises(TypeError, match="BT_ISO_BASE must be a bytes-like object, not int"):
        option.encode(5)


def test_iso_module_lists_public_names() -> None:
    assert iso.__all__ == ["IoQos", "IsoQos"]
    assert iso.IsoQos.__module__ == "sockcore_bluetooth.iso"
