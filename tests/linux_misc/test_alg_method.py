"""socket.sendmsg_afalg: arguments, exceptions compared with the standard library, and sent messages.

The socket objects have the family AF_ALG, but their descriptors are AF_UNIX. AF_UNIX ignores control messages of other
levels.
"""

from __future__ import annotations

import os
import socket as stdlib
import struct
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sockcore
from sockcore import ancillary
from sockcore_linux_misc import sendmsg_afalg
from sockcore_linux_misc.constants import TABLE

if TYPE_CHECKING:
    from contextlib import ExitStack

AF_UNIX, SEQPACKET, AF_ALG, SOL_ALG = 1, 5, TABLE["AF_ALG"], TABLE["SOL_ALG"]
SET_OP, SET_IV, SET_ASSOCLEN = TABLE["ALG_SET_OP"], TABLE["ALG_SET_IV"], TABLE["ALG_SET_AEAD_ASSOCLEN"]
ENCRYPT, DECRYPT = TABLE["ALG_OP_ENCRYPT"], TABLE["ALG_OP_DECRYPT"]
NOT_ALG = "algset is only supported for AF_ALG"
OP = "Invalid or missing argument 'op'"


class RecordingSocket(sockcore.socket):
    """A socket that records the arguments of sendmsg()."""

    __slots__ = ("sent",)

    def sendmsg(self, *arguments: Any) -> int:
        self.sent = arguments
        return super().sendmsg(*arguments)


@pytest.fixture
def alg_pair(closing: ExitStack) -> Any:
    """Return two connected AF_UNIX sockets.

    The first socket object has the family AF_ALG.
    """
    one, two = stdlib.socketpair(AF_UNIX, SEQPACKET)
    closing.enter_context(two)
    return closing.enter_context(RecordingSocket(AF_ALG, SEQPACKET, 0, fileno=one.detach())), two


def number(value: int) -> bytes:
    return struct.pack("=I", value)


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        ({"op": ENCRYPT}, [(SET_OP, number(ENCRYPT))]),
        ({"op": DECRYPT, "iv": b"12"}, [(SET_OP, number(DECRYPT)), (SET_IV, number(2) + b"12")]),
        ({"op": ENCRYPT, "iv": b""}, [(SET_OP, number(ENCRYPT)), (SET_IV, number(0))]),
        ({"op": ENCRYPT, "assoclen": 0}, [(SET_OP, number(ENCRYPT)), (SET_ASSOCLEN, number(0))]),
        (
            {"op": 7, "iv": bytearray(b"iv"), "assoclen": 2**31 - 1},
            [(SET_OP, number(7)), (SET_IV, number(2) + b"iv"), (SET_ASSOCLEN, number(2**31 - 1))],
        ),
        ({"op": True, "iv": memoryview(b"abcd")}, [(SET_OP, number(1)), (SET_IV, number(4) + b"abcd")]),
    ],
)
def test_sendmsg_afalg_sends_control_messages(
    alg_pair: Any, arguments: dict[str, Any], messages: list[tuple[int, bytes]]
) -> None:
    sock, peer = alg_pair
    assert sock.sendmsg_afalg([b"da", bytearray(b"ta")], **arguments) == 4
    assert sock.sent == ([b"da", bytearray(b"ta")], [(SOL_ALG, cmsg_type, data) for cmsg_type, data in messages], 0)
    assert peer.recv(10) == b"data"


def test_sendmsg_afalg_accepts_msg_as_keyword_or_omitted(alg_pair: Any) -> None:
    sock, peer = alg_pair
    assert sock.sendmsg_afalg(msg=(part for part in (b"a", b"b")), op=ENCRYPT) == 2
    assert peer.recv(10) == b"ab"
    assert sock.sendmsg_afalg(op=ENCRYPT) == 0
    assert sock.sent[0] == ()


def test_sendmsg_afalg_passes_flags(alg_pair: Any) -> None:
    sock, peer = alg_pair
    assert sock.sendmsg_afalg([b"x"], op=ENCRYPT, flags=sockcore.MSG_MORE) == 1
    assert sock.sent[2] == sockcore.MSG_MORE
    assert peer.recv(10) == b"x"


def test_sendmsg_afalg_respects_timeout(alg_pair: Any) -> None:
    sock, _ = alg_pair
    sock.settimeout(0.01)

    def fill() -> None:
        while True:
            sock.sendmsg_afalg([bytes(1000)], op=ENCRYPT)

    with pytest.raises(sockcore.timeout, match=r"^timed out$"):
        fill()
    sock.settimeout(0)
    with pytest.raises(BlockingIOError):
        sock.sendmsg_afalg([bytes(1000)], op=ENCRYPT)


class Index:
    def __index__(self) -> int:
        return 0


INVALID: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {}),
    (([b"abc"],), {}),
    ((), {"iv": b"x"}),
    ((), {"op": -1}),
    ((), {"op": 2**31}),
    ((), {"op": 2**70}),
    ((), {"op": "x"}),
    ((), {"op": None}),
    ((), {"op": 1.5}),
    ((), {"op": Index()}),
    ((5,), {"op": 0}),
    ((None,), {"op": 0}),
    ((b"abc",), {"op": 0}),
    (([5],), {"op": 0}),
    ((["x"],), {"op": 0}),
    ((), {"op": 0, "iv": "x"}),
    ((), {"op": 0, "iv": None}),
    ((), {"op": 0, "iv": 5}),
    ((), {"op": 0, "iv": [1]}),
    ((), {"op": 0, "assoclen": -1}),
    ((), {"op": 0, "assoclen": 2**31}),
    ((), {"op": 0, "assoclen": 2**32}),
    ((), {"op": 0, "assoclen": -(2**40)}),
    ((), {"op": 0, "assoclen": 2**70}),
    ((), {"op": 0, "assoclen": "x"}),
    ((), {"op": 0, "assoclen": None}),
    ((), {"op": 0, "assoclen": Index()}),
    ((), {"op": 0, "flags": "x"}),
    ((), {"op": 0, "flags": 2**31}),
    ((), {"op": 0, "flags": None}),
    # With several invalid arguments: the order of the checks.
    ((), {"op": -1, "iv": 5}),
    ((), {"op": "x", "assoclen": -1}),
    ((), {"op": -5, "assoclen": -1}),
    ((), {"op": -1, "assoclen": "x"}),
    ((), {"op": -1, "flags": "x"}),
    ((), {"iv": 5}),
    ((5,), {"op": -1}),
    ((5,), {"op": 0, "iv": "x"}),
    ((5,), {"op": 0, "assoclen": -1}),
    ((), {"op": 0, "assoclen": -1, "iv": "x"}),
]


@pytest.mark.parametrize(("arguments", "keywords"), INVALID)
def test_sendmsg_afalg_invalid_arguments_raises_error_of_standard_library(
    both_errors: Any, arguments: Any, keywords: Any
) -> None:
    actual, expected = both_errors("AF_ALG", lambda sock: sock.sendmsg_afalg(*arguments, **keywords))
    assert actual == expected


@pytest.mark.parametrize(
    ("keywords", "expected", "message"),
    [
        ({}, TypeError, OP),
        ({"op": -1}, TypeError, OP),
        ({"op": 2**31}, TypeError, OP),
        ({"op": "x"}, TypeError, "sendmsg_afalg() argument 2 must be int, not str"),
        ({"op": None}, TypeError, "sendmsg_afalg() argument 2 must be int, not None"),
        ({"op": 0, "iv": 5}, TypeError, "a bytes-like object is required, not 'int'"),
        ({"op": 0, "iv": memoryview(b"abcd")[::2]}, BufferError, "memoryview: underlying buffer is not C-contiguous"),
        ({"op": 0, "assoclen": -1}, TypeError, "assoclen must be positive"),
        ({"op": 0, "assoclen": 2**31}, OverflowError, "Python int too large to convert to C int"),
        ({"op": 0, "assoclen": "x"}, TypeError, "sendmsg_afalg() argument 4 must be int, not str"),
    ],
)
def test_sendmsg_afalg_invalid_argument_raises_and_sends_nothing(
    alg_pair: Any, keywords: Any, expected: type[Exception], message: str
) -> None:
    sock, peer = alg_pair
    with pytest.raises(expected) as exc_info:
        sock.sendmsg_afalg([b"data"], **keywords)
    assert str(exc_info.value) == message
    assert not hasattr(sock, "sent")
    peer.setblocking(False)
    with pytest.raises(BlockingIOError):
        peer.recv(1)


@pytest.mark.parametrize("keywords", [{"op": ENCRYPT}, {"op": -1}, {}])
def test_sendmsg_afalg_other_family_raises_os_error(closing: ExitStack, keywords: dict[str, int]) -> None:
    sock = closing.enter_context(sockcore.socket(AF_UNIX, SEQPACKET))
    with pytest.raises(OSError) as exc_info:
        sock.sendmsg_afalg([b"x"], **keywords)
    assert exc_info.value.args == (NOT_ALG,)


def test_sendmsg_afalg_closed_socket_raises_os_error(alg_pair: Any) -> None:
    sock, _ = alg_pair
    sock.close()
    with pytest.raises(OSError) as exc_info:
        sock.sendmsg_afalg([b"x"], op=ENCRYPT)
    assert os.strerror(exc_info.value.errno or 0) == exc_info.value.strerror


def test_sendmsg_afalg_invalid_signature_raises_type_error(alg_pair: Any) -> None:
    sock, _ = alg_pair
    for arguments, keywords in (((), {"wrong": 1}), (([], 1), {}), (([],), {"msg": []})):
        with pytest.raises(TypeError, match=r"sendmsg_afalg\(\)"):
            sock.sendmsg_afalg(*arguments, op=ENCRYPT, **keywords)


def test_control_messages_are_encoded_and_decoded_by_name() -> None:
    assert ancillary.encode("ALG_SET_OP", DECRYPT) == (SOL_ALG, SET_OP, number(DECRYPT))
    assert ancillary.encode("ALG_SET_IV", b"123") == (SOL_ALG, SET_IV, number(3) + b"123")
    assert ancillary.encode("ALG_SET_AEAD_ASSOCLEN", 8) == (SOL_ALG, SET_ASSOCLEN, number(8))
    messages = [(SOL_ALG, SET_IV, number(2) + b"iv"), (SOL_ALG, SET_OP, number(1))]
    assert ancillary.decode(messages) == [("ALG_SET_IV", b"iv"), ("ALG_SET_OP", 1)]


@pytest.mark.parametrize(("value", "expected"), [(-1, OverflowError), (2**32, OverflowError), ("x", TypeError)])
def test_ancillary_encode_invalid_number_raises(value: Any, expected: type[Exception]) -> None:
    with pytest.raises(expected):
        ancillary.encode("ALG_SET_OP", value)


@given(st.binary(max_size=64), st.binary(max_size=8))
def test_iv_round_trips(iv: bytes, trailing: bytes) -> None:
    data = sendmsg_afalg.encode_iv(iv)
    assert sendmsg_afalg.decode_iv(data + trailing) == iv
    assert sendmsg_afalg.encode_iv(bytearray(iv)) == data
