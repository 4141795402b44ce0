"""The codecs of the socket options and control messages of CAN, tested with literals and invalid values."""

from __future__ import annotations

import struct

import pytest

import sockcore
from sockcore import ancillary, options
from sockcore.plugin import system_name
from sockcore_can import messages as can_messages
from sockcore_can import options as can_options
from sockcore_can.constants import TABLE

LINUX = pytest.mark.skipif(system_name() != "linux", reason="NetBSD supports CAN_RAW_FILTER only")
OPTIONS = {option.name: option for option in can_options.options()}
MESSAGES = {codec.name: codec for codec in can_messages.ancillaries()}
INVERTED, EFF = TABLE["CAN_INV_FILTER"], TABLE["CAN_EFF_FLAG"]


def j1939_filter(*values: int) -> bytes:
    return struct.pack("@QQIIBB0Q", *values)


VALUES = [
    ("CAN_RAW_FILTER", [], b""),
    ("CAN_RAW_FILTER", [(0x123, 0x7FF)], struct.pack("=II", 0x123, 0x7FF)),
    (
        "CAN_RAW_FILTER",
        [(INVERTED | 0x100, 0x700), (EFF | 0x18DAF110, 2**32 - 1)],
        struct.pack("=4I", INVERTED | 0x100, 0x700, EFF | 0x18DAF110, 2**32 - 1),
    ),
    pytest.param("CAN_RAW_XL_VCID_OPTS", (7, 1, 2, 255), bytes((7, 1, 2, 255)), marks=LINUX),
    pytest.param(
        "CAN_ISOTP_OPTS",
        (0x404, 50_000, 1, 0xCC, 0xDD, 2),
        struct.pack("=IIBBBB", 0x404, 50_000, 1, 0xCC, 0xDD, 2),
        marks=LINUX,
    ),
    pytest.param(
        "CAN_ISOTP_OPTS", (0, 2**32 - 1, 0, 0, 0, 0), struct.pack("=IIBBBB", 0, 2**32 - 1, 0, 0, 0, 0), marks=LINUX
    ),
    pytest.param("CAN_ISOTP_RECV_FC", (8, 0xF9, 0), b"\x08\xf9\x00", marks=LINUX),
    pytest.param("CAN_ISOTP_LL_OPTS", (72, 64, 1), b"\x48\x40\x01", marks=LINUX),
    pytest.param("CAN_ISOTP_TX_STMIN", 3_000_000_000, struct.pack("=I", 3_000_000_000), marks=LINUX),
    pytest.param("CAN_ISOTP_RX_STMIN", 0, bytes(4), marks=LINUX),
    pytest.param("SO_J1939_FILTER", [], b"", marks=LINUX),
    pytest.param(
        "SO_J1939_FILTER",
        [(0xA00C81045A20021B, 2**64 - 1, 0xEE00, 0x3FF00, 0x20, 0xFF), (0, 0, 0xFEF1, 0x3FFFF, 0, 0)],
        j1939_filter(0xA00C81045A20021B, 2**64 - 1, 0xEE00, 0x3FF00, 0x20, 0xFF)
        + j1939_filter(0, 0, 0xFEF1, 0x3FFFF, 0, 0),
        marks=LINUX,
    ),
]


@pytest.mark.parametrize(("name", "value", "data"), VALUES)
def test_option_value_is_encoded_and_decoded(name, value, data):
    option = OPTIONS[name]
    assert option.encode(value) == data
    assert option.decode(data) == value
    assert type(option.encode(value)) is bytes
    assert 0 < option.size <= 1024
    assert len(data) <= option.size


def test_encode_accepts_any_iterable_of_filters():
    encode = OPTIONS["CAN_RAW_FILTER"].encode
    assert encode(iter([(1, 2)])) == encode(((1, 2),)) == encode([(True, 2)]) == struct.pack("=II", 1, 2)


def test_decode_truncated_list_ignores_last_filter():
    assert OPTIONS["CAN_RAW_FILTER"].decode(struct.pack("=3I", 1, 2, 3)) == [(1, 2)]


@pytest.mark.parametrize(
    ("name", "value", "expected", "message"),
    [
        ("CAN_RAW_FILTER", (0x123, 0x7FF), TypeError, "CAN_RAW_FILTER[0] must be a tuple (can_id, can_mask), not 291"),
        ("CAN_RAW_FILTER", [0x123], TypeError, "CAN_RAW_FILTER[0] must be a tuple (can_id, can_mask)"),
        ("CAN_RAW_FILTER", [(1,)], TypeError, "(can_id, can_mask), not (1,)"),
        ("CAN_RAW_FILTER", [(1, 2, 3)], TypeError, "(can_id, can_mask), not (1, 2, 3)"),
        ("CAN_RAW_FILTER", [[1, 2]], TypeError, "must be a tuple"),
        ("CAN_RAW_FILTER", 5, TypeError, "CAN_RAW_FILTER must be a list of CanFilter, not 5"),
        ("CAN_RAW_FILTER", [("1", 2)], TypeError, "integer"),
        ("CAN_RAW_FILTER", [(1.0, 2)], TypeError, "integer"),
        ("CAN_RAW_FILTER", [(1, None)], TypeError, "integer"),
        ("CAN_RAW_FILTER", [(2**32, 0)], OverflowError, "CAN_RAW_FILTER[0] can_id must be 0 to 4294967295"),
        (
            "CAN_RAW_FILTER",
            [(1, 2), (-1, 0)],
            OverflowError,
            "CAN_RAW_FILTER[1] can_id must be 0 to 4294967295, not -1",
        ),
        pytest.param("CAN_ISOTP_OPTS", (0,) * 5, TypeError, "CAN_ISOTP_OPTS must be a tuple", marks=LINUX),
        pytest.param("CAN_ISOTP_OPTS", [0] * 6, TypeError, "(flags, frame_txtime, ext_address,", marks=LINUX),
        pytest.param(
            "CAN_ISOTP_OPTS", (0, 0, 256, 0, 0, 0), OverflowError, "ext_address must be 0 to 255", marks=LINUX
        ),
        pytest.param(
            "CAN_ISOTP_RECV_FC", (256, 0, 0), OverflowError, "CAN_ISOTP_RECV_FC bs must be 0 to 255", marks=LINUX
        ),
        pytest.param("CAN_ISOTP_LL_OPTS", b"\x48\x40\x00", TypeError, "(mtu, tx_dl, tx_flags)", marks=LINUX),
        pytest.param("CAN_ISOTP_TX_STMIN", -1, OverflowError, "must be 0 to 4294967295, not -1", marks=LINUX),
        pytest.param("CAN_ISOTP_RX_STMIN", 2**32, OverflowError, "must be 0 to 4294967295", marks=LINUX),
        pytest.param("CAN_ISOTP_RX_STMIN", "1", TypeError, "integer", marks=LINUX),
        pytest.param("SO_J1939_FILTER", [(0, 0, 0, 0, 0)], TypeError, "SO_J1939_FILTER[0] must be", marks=LINUX),
        pytest.param(
            "SO_J1939_FILTER",
            [(2**64, 0, 0, 0, 0, 0)],
            OverflowError,
            "SO_J1939_FILTER[0] name must be 0 to",
            marks=LINUX,
        ),
        pytest.param("SO_J1939_FILTER", [(0, 0, 0, 0, 256, 0)], OverflowError, "addr must be 0 to 255", marks=LINUX),
        pytest.param("SO_J1939_FILTER", [(0, 0, -1, 0, 0, 0)], OverflowError, "pgn must be 0 to", marks=LINUX),
    ],
)
def test_encode_invalid_value_raises(name, value, expected, message):
    with pytest.raises(expected) as exc_info:
        OPTIONS[name].encode(value)
    assert message in str(exc_info.value)


ERROR = struct.pack("=IBBBxII", 70, 5, 1, 2, 3, 4)


@LINUX
@pytest.mark.parametrize(
    ("name", "level", "data", "value"),
    [
        ("SCM_J1939_DEST_ADDR", "SOL_CAN_J1939", b"\x30", 0x30),
        ("SCM_J1939_DEST_NAME", "SOL_CAN_J1939", struct.pack("=Q", 0xA00C81045A20021B), 0xA00C81045A20021B),
        ("SCM_J1939_PRIO", "SOL_CAN_J1939", b"\x06", 6),
        ("SCM_J1939_ERRQUEUE", "SOL_CAN_J1939", ERROR, (70, 5, 1, 2, 3, 4, None)),
        ("SCM_CAN_RAW_ERRQUEUE", "SOL_CAN_RAW", ERROR, (70, 5, 1, 2, 3, 4, None)),
    ],
)
def test_control_message_is_decoded_and_read_only(name, level, data, value):
    assert MESSAGES[name].decode(data) == value
    assert ancillary.decode([(TABLE[level], TABLE[name], data)]) == [(name, value)]
    # The kernel does not accept these control messages.
    with pytest.raises(ValueError, match="received, never sent"):
        ancillary.encode(name, value)


@LINUX
def test_decode_truncated_control_message_raises():
    with pytest.raises(ValueError, match=r"^1 bytes are needed, not 0$"):
        MESSAGES["SCM_J1939_PRIO"].decode(b"")
    with pytest.raises(ValueError, match=r"^16 bytes are needed, not 15$"):
        MESSAGES["SCM_J1939_ERRQUEUE"].decode(ERROR[:15])


@LINUX
def test_options_lists_all_options():
    assert set(OPTIONS) >= {
        "CAN_RAW_FILTER", "CAN_RAW_XL_VCID_OPTS", "CAN_ISOTP_OPTS", "CAN_ISOTP_RECV_FC", "CAN_ISOTP_LL_OPTS",
        "CAN_ISOTP_TX_STMIN", "CAN_ISOTP_RX_STMIN", "SO_J1939_FILTER", "CAN_RAW_FD_FRAMES", "SO_J1939_SEND_PRIO",
    }  # fmt: skip
    assert set(OPTIONS) <= set(options.known())
    assert all(codec.discard is None for codec in MESSAGES.values())


def test_write_and_read_use_encoded_bytes():
    calls = []

    class Recorder:
        family = sockcore.AF_CAN

        def setsockopt(self, *arguments):
            calls.append(arguments)

        def getsockopt(self, level, number, size):
            assert calls[-1][:2] == (level, number)
            return calls[-1][2][:size]

    sock, key = Recorder(), (TABLE["SOL_CAN_RAW"], TABLE["CAN_RAW_FILTER"])
    options.write(sock, *key, [(0x123, 0x7FF), (0x200, 0x700)])
    assert calls == [(*key, struct.pack("=4I", 0x123, 0x7FF, 0x200, 0x700))]
    assert options.read(sock, *key) == [(0x123, 0x7FF), (0x200, 0x700)]


@LINUX
def test_error_filter_is_flags() -> None:
    option, classes = can_options.CAN_RAW_ERR_FILTER, can_options.CanErrorClass
    assert option.encode is not None
    data = option.encode(classes.BUSOFF | classes.TX_TIMEOUT)
    assert data == struct.pack("=I", 0x41)
    assert option.decode(data) == classes.BUSOFF | classes.TX_TIMEOUT
    # All classes, also those without a name.
    assert option.decode(option.encode(sockcore.CAN_ERR_MASK)) == sockcore.CAN_ERR_MASK == 0x1FFFFFFF
    with pytest.raises(OverflowError, match=r"^CAN_RAW_ERR_FILTER must be 0 to 4294967295, not -1$"):
        option.encode(-1)
