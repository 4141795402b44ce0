"""Ancillary data: packing, unpacking, invalid data, and codecs of plugins."""

from __future__ import annotations

import struct

import pytest
from systems import WINDOWS

import sockcore
from sockcore import ancillary
from sockcore._platform import constants
from sockcore.plugin import Ancillary

ALIGN, HEADER = constants()["cmsg_align"], constants()["cmsg_header"]
LEN = "I" if constants()["cmsg_len_size"] == 4 else "Q"
WARNING = "^received malformed or improperly-truncated ancillary data$"


def cmsg(level, cmsg_type, data, length=None, pad=True):
    """Return one control message, built from its description in cmsg(3)."""
    header = struct.pack(f"={LEN}ii", HEADER + len(data) if length is None else length, level, cmsg_type)
    raw = header.ljust(HEADER, b"\0") + data
    return raw + bytes(-len(raw) % ALIGN) if pad else raw


@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 7, 8, 9, 16, 1000])
def test_cmsg_len_and_cmsg_space_return_sizes(size):
    assert sockcore.CMSG_LEN(size) == HEADER + size
    assert sockcore.CMSG_SPACE(size) == len(cmsg(1, 1, bytes(size)))
    assert sockcore.CMSG_SPACE(size) % ALIGN == 0


@pytest.mark.parametrize("name", ["CMSG_LEN", "CMSG_SPACE"])
@pytest.mark.parametrize(
    ("size", "exc_type"), [(-1, OverflowError), (0x7FFFFFFF, OverflowError), (1 << 80, OverflowError), (1.0, TypeError),
                       ("1", TypeError), (None, TypeError)],
)  # fmt: skip
def test_cmsg_len_of_invalid_length_raises(name, size, exc_type):
    with pytest.raises(exc_type):
        getattr(sockcore, name)(size)


@pytest.mark.parametrize(
    "messages",
    [[], [(1, 2, b"")], [(1, 2, b"abc")], [(41, 50, b"12345678"), (1, 2, b"x"), (-5, 0x7FFFFFFF, b"last")]],
)
def test_pack_and_unpack_are_inverse(messages):
    packed = b"".join(cmsg(*message) for message in messages)
    assert ancillary.pack(messages) == packed
    assert ancillary.pack(iter(messages)) == packed
    assert ancillary.unpack(packed) == messages
    assert ancillary.split(packed) == (messages, False)


@pytest.mark.parametrize("form", [bytearray, memoryview, lambda data: memoryview(data).cast("H")])
def test_pack_accepts_any_buffer(form):
    assert ancillary.pack([(1, 2, form(b"abcd"))]) == cmsg(1, 2, b"abcd")


def test_unpack_without_final_padding_returns_all_messages():
    raw = cmsg(1, 2, b"abc") + cmsg(1, 3, b"x", pad=False)
    assert ancillary.unpack(raw) == [(1, 2, b"abc"), (1, 3, b"x")]


@pytest.mark.parametrize(
    ("raw", "messages"),
    [
        (cmsg(1, 2, b"abcd", length=HEADER + 9, pad=False), [(1, 2, b"abcd")]),
        (cmsg(1, 2, b"", length=0), []),
        (cmsg(1, 2, b"", length=HEADER - 1), []),
        (cmsg(1, 2, b"good") + cmsg(1, 3, b"", length=3), [(1, 2, b"good")]),
        (
            cmsg(1, 2, b"good") + cmsg(1, 3, b"bad", length=1 << 30),
            [(1, 2, b"good"), (1, 3, cmsg(1, 3, b"bad")[HEADER:])],
        ),
    ],
)
def test_unpack_of_malformed_cmsg_warns_and_keeps_valid_messages(raw, messages):
    with pytest.warns(RuntimeWarning, match=WARNING):
        assert ancillary.unpack(raw) == messages


@pytest.mark.parametrize("size", range(20))
def test_unpack_with_trailing_bytes_keeps_the_first_message(size, recwarn):
    whole = cmsg(1, 2, b"good")
    result = ancillary.unpack(whole + b"\xff" * size)
    assert result[0] == (1, 2, b"good")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (5, r"sendmsg\(\) argument 2 must be an iterable"),
        (None, r"sendmsg\(\) argument 2 must be an iterable"),
        ([5], "3-item sequence, not int"),
        ([(1, 2)], "sequence of length 3, not 2"),
        ([(1, 2, b"", 4)], "sequence of length 3, not 4"),
        ([("1", 2, b"")], "str"),
        ([(1, 2.0, b"")], "float"),
        ([(1, 2, "text")], "bytes-like"),
        ([(1, 2, 5)], "bytes-like"),
        ([(1, 2, None)], "bytes-like"),
    ],
)
def test_sendmsg_with_invalid_ancdata_raises(pair, wrong, words):
    one, two = pair(timeout=0)
    with pytest.raises(TypeError, match=words):
        one.sendmsg([b"data"], wrong)
    with pytest.raises(BlockingIOError):
        two.recv(1)


@pytest.mark.parametrize("numbers", [(1 << 31, 0), (0, 1 << 31), (-(1 << 31) - 1, 0), (1 << 80, 0)])
def test_sendmsg_with_cmsg_number_out_of_range_raises_overflow_error(pair, numbers):
    with pytest.raises(OverflowError):
        pair()[0].sendmsg([b"data"], [(*numbers, b"")])


def test_sendmsg_with_oversized_ancdata_raises_os_error(pair, monkeypatch):
    # The limit of socklen_t is lowered here, to avoid filling two gigabytes.
    monkeypatch.setattr(ancillary, "LIMIT", 3000)
    one, two = pair(timeout=0)
    with pytest.raises(OSError, match=r"^ancillary data item too large$"):
        one.sendmsg([b"x"], [(1, 1, bytes(3001))])
    with pytest.raises(OSError, match=r"^too much ancillary data$"):
        one.sendmsg([b"x"], [(1, 1, bytes(900))] * 4)
    with pytest.raises(BlockingIOError):
        two.recv(1)


needs_refusal = pytest.mark.skipif(WINDOWS, reason="Wine accepts unknown control messages, and Windows was not tested")


@needs_refusal
def test_sendmsg_with_more_ancdata_than_the_kernel_accepts_raises(pair):
    one, _ = pair()
    with pytest.raises(OSError) as refusal:
        one.sendmsg([b"x"], [(sockcore.SOL_SOCKET, 1, bytes(1 << 22))])
    assert refusal.value.errno


@needs_refusal
def test_sendmsg_with_unknown_cmsg_type_raises_einval(pair):
    one, _ = pair()
    with pytest.raises(OSError, match="Invalid argument"):
        one.sendmsg([b"x"], [(sockcore.SOL_SOCKET, 9999, b"1234")])


@pytest.fixture
def number(add_registration):
    add_registration("ancillaries", (900, 1), Ancillary("SCM_NUMBER", 900, 1, int, lambda value: b"%d" % value))
    add_registration("ancillaries", (900, 2), Ancillary("SCM_ONLY_READ", 900, 2, bytes.hex))


@pytest.mark.usefixtures("number")
def test_decode_and_encode_convert_values():
    assert ancillary.encode("SCM_NUMBER", 42) == (900, 1, b"42")
    assert ancillary.decode([(900, 1, b"42"), (7, 7, b"raw"), (900, 2, b"\x0f")]) == [
        ("SCM_NUMBER", 42), (7, 7, b"raw"), ("SCM_ONLY_READ", "0f"),
    ]  # fmt: skip
    with pytest.raises(ValueError):
        ancillary.decode([(900, 1, b"none")])


@pytest.mark.usefixtures("number")
def test_decode_with_level_of_two_families_uses_family(add_registration):
    add_registration("ancillaries", (900, 1, 77), Ancillary("SCM_OF_77", 900, 1, bytes.hex, bytes.fromhex, family=77))
    add_registration("ancillaries", (900, 3, 77), Ancillary("SCM_OF_77_ALONE", 900, 3, len, family=77))
    received = [(900, 1, b"42"), (900, 2, b"\x0f"), (900, 3, b"abc")]
    assert ancillary.decode(received) == [("SCM_NUMBER", 42), ("SCM_ONLY_READ", "0f"), (900, 3, b"abc")]
    assert ancillary.decode(received, 1) == ancillary.decode(received)
    assert ancillary.decode(received, 77) == [("SCM_OF_77", "3432"), ("SCM_ONLY_READ", "0f"), ("SCM_OF_77_ALONE", 3)]
    assert ancillary.encode("SCM_OF_77", "3432") == received[0]
    ancillary.discard(received)


@pytest.mark.usefixtures("number")
def test_encode_of_receive_only_or_unknown_type_raises():
    with pytest.raises(ValueError, match="SCM_ONLY_READ are received, never sent"):
        ancillary.encode("SCM_ONLY_READ", b"")
    with pytest.raises(ValueError, match="no plugin here knows control messages of the kind 'SCM_NONE'"):
        ancillary.encode("SCM_NONE", 1)
