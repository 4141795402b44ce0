"""The codecs of the socket options and control messages of Bluetooth, tested with literals."""

from __future__ import annotations

import struct
from typing import Any

import pytest

import sockcore_bluetooth
from sockcore.plugin import Ancillary, Option, system_name
from sockcore.testing import registered_by
from sockcore_bluetooth import messages as bluetooth_messages
from sockcore_bluetooth import options as bluetooth_options
from sockcore_bluetooth import structs
from sockcore_bluetooth.constants import AF_BLUETOOTH, TABLE

pytestmark = pytest.mark.skipif(system_name() != "linux", reason="only Linux has the structs")

OPTIONS: dict[str, Option] = {option.name: option for option in bluetooth_options.options()}
ANCILLARIES: dict[str, Ancillary[Any]] = {ancillary.name: ancillary for ancillary in bluetooth_messages.ancillaries()}

# Name, value, bytes. Bytes after the last field of a struct are padding.
VALUES: tuple[tuple[str, Any, bytes], ...] = (
    ("BT_SECURITY", (3, 16), b"\x03\x10"),
    ("BT_POWER", True, b"\x01"),
    ("BT_VOICE", 0x0060, struct.pack("=H", 0x0060)),
    ("BT_SNDMTU", 0x0102, struct.pack("=H", 0x0102)),
    ("BT_RCVMTU", 65535, struct.pack("=H", 65535)),
    ("BT_MODE", 3, b"\x03"),
    ("L2CAP_OPTIONS", (672, 1024, 65535, 3, 1, 4, 63), struct.pack("=HHHBBBxH", 672, 1024, 65535, 3, 1, 4, 63)),
    ("L2CAP_CONNINFO", (42, 0x5A020C), struct.pack("=H", 42) + b"\x0c\x02\x5a\0"),
    ("RFCOMM_CONNINFO", (1, 1), struct.pack("=H", 1) + b"\x01\0\0\0"),
    ("SCO_OPTIONS", 72, struct.pack("=H", 72)),
    ("SCO_CONNINFO", (256, 0xFFFFFF), struct.pack("=H", 256) + b"\xff\xff\xff\0"),
    ("HCI_FILTER", (0x12, 0x0102030405060708, 0x1001), struct.pack("=IIIHxx", 0x12, 0x05060708, 0x01020304, 0x1001)),
    ("BT_DEFER_SETUP", True, struct.pack("=I", 1)),
    ("BT_FLUSHABLE", False, bytes(4)),
    ("BT_PKT_STATUS", True, struct.pack("=I", 1)),
    ("BT_CHANNEL_POLICY", 2, struct.pack("=I", 2)),
    ("BT_PHY", 0x1FF, struct.pack("=I", 0x1FF)),
    ("L2CAP_LM", 0x06, struct.pack("=I", 6)),
    ("RFCOMM_LM", 0x20, struct.pack("=I", 0x20)),
    ("HCI_DATA_DIR", True, struct.pack("=I", 1)),
    ("HCI_TIME_STAMP", False, bytes(4)),
    ("HCI_FILTER", (2**32 - 1, 2**64 - 1, 2**16 - 1), b"\xff" * 14 + b"\0\0"),
)


def test_options_and_ancillaries_are_complete() -> None:
    others = {"BT_CODEC", "BT_ISO_BASE", "BT_ISO_QOS"}  # those of ISO are in test_bluetooth_iso.py
    assert {name for name, _, _ in VALUES} | others == set(OPTIONS)
    assert set(ANCILLARIES) == {"HCI_CMSG_DIR", "HCI_CMSG_TSTAMP", "BT_SCM_PKT_STATUS", "BT_SCM_ERROR"}


@pytest.mark.parametrize(("name", "value", "data"), VALUES, ids=[name for name, _, _ in VALUES])
def test_option_value_is_encoded_and_decoded(name: str, value: Any, data: bytes) -> None:
    option = OPTIONS[name]
    assert option.size == len(data)
    assert option.decode(data) == value
    if option.encode is not None:
        assert option.encode(value) == data
    # The kernel may write fewer bytes, and the buffer may be longer.
    assert isinstance(option.decode(data[:1]), type(value))
    assert option.decode(data + b"more") == value


def test_read_only_codecs_have_no_encoder() -> None:
    assert {name for name, option in OPTIONS.items() if option.encode is None} == {
        "BT_SNDMTU",
        "L2CAP_CONNINFO",
        "RFCOMM_CONNINFO",
        "SCO_CONNINFO",
        "SCO_OPTIONS",
    }
    assert all(ancillary.encode is None for ancillary in ANCILLARIES.values())


@pytest.mark.parametrize(
    ("name", "value", "expected", "message"),
    [
        ("BT_SECURITY", 3, TypeError, r"BT_SECURITY must be a tuple \(level, key_size\), not 3"),
        ("BT_SECURITY", (3,), TypeError, "must be a tuple"),
        ("BT_SECURITY", (3, 0, 0), TypeError, "must be a tuple"),
        ("BT_SECURITY", [3, 0], TypeError, "must be a tuple"),
        ("BT_SECURITY", None, TypeError, "must be a tuple"),
        ("BT_SECURITY", ("3", 0), TypeError, "integer"),
        ("BT_SECURITY", (256, 0), OverflowError, "BT_SECURITY level must be 0 to 255, not 256"),
        ("BT_SECURITY", (0, -1), OverflowError, "must be 0 to "),
        ("BT_POWER", "on", TypeError, "must be True or False"),
        ("BT_POWER", 256, OverflowError, "must be True or False, not 256"),
        ("BT_VOICE", 65536, OverflowError, "must be 0 to "),
        ("BT_VOICE", -1, OverflowError, "must be 0 to "),
        ("BT_VOICE", 1.0, TypeError, "integer"),
        ("BT_RCVMTU", 65536, OverflowError, "must be 0 to "),
        ("BT_MODE", 256, OverflowError, "must be 0 to "),
        ("L2CAP_OPTIONS", (1, 2, 3), TypeError, "omtu, imtu, flush_to, mode, fcs, max_tx, txwin_size"),
        ("L2CAP_OPTIONS", (65536, 0, 0, 0, 0, 0, 0), OverflowError, "must be 0 to "),
        ("L2CAP_OPTIONS", (0, 0, 0, 256, 0, 0, 0), OverflowError, "must be 0 to "),
        ("HCI_FILTER", b"\0" * 16, TypeError, "type_mask, event_mask, opcode"),
        ("HCI_FILTER", (2**32, 0, 0), OverflowError, "must be 0 to "),
        ("HCI_FILTER", (0, 2**64, 0), OverflowError, "must be 0 to "),
        ("HCI_FILTER", (0, -1, 0), OverflowError, "must be 0 to "),
        ("HCI_FILTER", (0, 0, 2**16), OverflowError, "must be 0 to "),
        ("HCI_FILTER", (0, b"\xff" * 8, 0), TypeError, "integer"),
    ],
)
def test_encode_invalid_value_raises(name: str, value: Any, expected: type[Exception], message: str) -> None:
    encode = OPTIONS[name].encode
    assert encode is not None
    with pytest.raises(expected, match=message):
        encode(value)


def test_encode_event_mask_sets_bit_of_event() -> None:
    """The kernel tests bit *n* of an array: two 32-bit numbers in native byte order."""
    encode = OPTIONS["HCI_FILTER"].encode
    assert encode is not None
    for event in range(64):
        halves = struct.unpack("=IIIHxx", encode((0, 1 << event, 0)))[1:3]
        assert halves[event >> 5] == 1 << (event & 31)
        assert halves[1 - (event >> 5)] == 0


@pytest.mark.parametrize("name", ["HCI_CMSG_DIR", "BT_SCM_PKT_STATUS"])
def test_decode_accepts_integer_of_any_size(name: str) -> None:
    decode = ANCILLARIES[name].decode
    assert decode(struct.pack("=i", 1)) == 1
    assert decode(b"\x03") == 3
    with pytest.raises(ValueError, match=r"bytes are needed, not 0$"):
        decode(b"")


def test_decode_direction_and_status_return_enum_members() -> None:
    assert ANCILLARIES["HCI_CMSG_DIR"].decode(struct.pack("=i", 1)) is bluetooth_messages.Direction.IN
    assert ANCILLARIES["BT_SCM_PKT_STATUS"].decode(b"\x03") is bluetooth_messages.PacketStatus.PARTIALLY_LOST
    assert ANCILLARIES["BT_SCM_PKT_STATUS"].decode(b"\xff") == 255


def test_decode_time_returns_timestamp() -> None:
    decode = ANCILLARIES["HCI_CMSG_TSTAMP"].decode
    seconds = 2**31 - 1
    wide = struct.calcsize("l") == 8
    # On sparc64 the microseconds are the upper 32 bits.
    data = struct.pack("@ll", seconds, 999_999)
    assert decode(data) == (seconds, 999_999_000)
    assert decode(data + b"more") == (seconds, 999_999_000)
    with pytest.raises(ValueError, match=r"bytes are needed, not 0$"):
        decode(b"")
    assert len(data) == (16 if wide else 8)


def test_codecs_are_registered_with_family() -> None:
    """SOL_HCI is also IPPROTO_IP, SOL_L2CAP IPPROTO_TCP, and SOL_SCO IPPROTO_UDP."""
    register = registered_by(sockcore_bluetooth)
    assert {key[2] for key in (*register.options, *register.ancillaries)} == {AF_BLUETOOTH}
    assert (TABLE["SOL_HCI"], TABLE["HCI_CMSG_DIR"], AF_BLUETOOTH) in register.ancillaries


def test_struct_sizes_equal_sizes_of_kernel() -> None:
    # tools/headers compares them with the headers of BlueZ.
    sizes = {struct.name: struct.size for struct in structs.structs("linux")}
    assert sizes["struct l2cap_options"] == 12
    assert sizes["struct hci_filter"] == 16
    assert sizes["struct l2cap_conninfo"] == sizes["struct rfcomm_conninfo"] == sizes["struct sco_conninfo"] == 6
    assert sizes["struct bt_security"] == 2


def test_codecs_are_encoded_and_decoded() -> None:
    codecs = OPTIONS["BT_CODEC"]
    data = b"\x02" + struct.pack("=BHHBB", 2, 0, 0, 1, 0) + struct.pack("=BHHBB", 5, 7, 9, 0, 2) + b"\x01a\x00"
    value = [(2, 0, 0, 1, []), (5, 7, 9, 0, [b"a", b""])]
    assert codecs.decode(data) == value
    assert codecs.encode is not None
    assert codecs.encode(value) == data
    assert codecs.decode(data[:5]) == codecs.decode(b"") == []
    for wrong, expected in ((1, TypeError), ([(1, 2)], TypeError), ([(256, 0, 0, 0)], OverflowError)):
        with pytest.raises(expected, match="BT_CODEC"):
            codecs.encode(wrong)
