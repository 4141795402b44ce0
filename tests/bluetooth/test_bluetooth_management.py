"""The management interface: messages as literals, and responses on a socket pair."""

from __future__ import annotations

import errno
import socket as standard
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockcore_bluetooth import management

if TYPE_CHECKING:
    from collections.abc import Iterator

NONE = b"\xff\xff"
ISO = bytes.fromhex("3ee0b4fdddd685986a49e00588f1ba6f")  # the UUID in reverse order
OTHER = bytes(range(16))
OTHER_TEXT = "0f0e0d0c-0b0a-0908-0706-050403020100"


def test_pack_and_unpack_management_message_return_literals() -> None:
    assert management.pack(0x0102) == b"\x02\x01" + NONE + b"\0\0"
    assert management.pack(5, 0x0304, bytearray(b"\x01")) == b"\x05\0\x04\x03\x01\0\x01"
    assert management.unpack(b"\x05\0\x04\x03\x01\0\x01") == (5, 0x0304, b"\x01")
    assert management.unpack(b"\x02\x01" + NONE + b"\0\0").parameters == b""


@pytest.mark.parametrize(
    ("arguments", "expected", "message"),
    [
        ((65536,), OverflowError, "command must be 0-65535, not 65536"),
        ((1, -1), OverflowError, "index must be 0-65535, not -1"),
        ((1, 0, bytes(65536)), ValueError, "parameters must have at most 65535 bytes, not 65536"),
        ((1, 0, "text"), TypeError, "parameters must be a bytes-like object, not 'str'"),
        ((None,), TypeError, "command must be an integer, not NoneType"),
    ],
)
def test_pack_invalid_management_message_raises(
    arguments: tuple[object, ...], expected: type[Exception], message: str
) -> None:
    with pytest.raises(expected) as caught:
        management.pack(*arguments)  # type: ignore[arg-type]
    assert message in str(caught.value)


@given(st.binary(max_size=40))
def test_unpack_any_bytes_returns_message_or_raises(data: bytes) -> None:
    try:
        message = management.unpack(data)
    except ValueError:
        return
    assert management.pack(*message) == data


# ---------------------------------------------------------------------- requests


class Kernel:
    """The other end of a socket, with responses that are sent before the command."""

    def __init__(self) -> None:
        self.sock, self.peer = standard.socketpair(standard.AF_UNIX, standard.SOCK_SEQPACKET)
        self.sock.settimeout(60)
        self.peer.settimeout(60)

    def answer(self, event: int, index: int, content: bytes) -> None:
        self.peer.send(management.pack(event, index, content))

    def complete(self, command: int, content: bytes, index: int = 0xFFFF, status: int = 0) -> None:
        self.answer(management.COMMAND_COMPLETE, index, command.to_bytes(2, "little") + bytes((status,)) + content)


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    if not hasattr(standard, "AF_UNIX") or not hasattr(standard, "SOCK_SEQPACKET"):
        pytest.skip("this system has no pairs of packet sockets")
    try:
        pair = Kernel()
    except OSError as exc:
        pytest.skip(f"this system has no pairs of packet sockets: {exc}")
    with pair.sock, pair.peer:
        yield pair


def test_request_discards_other_events(kernel: Kernel) -> None:
    kernel.answer(0x0006, 1, b"\x01\0\0\0")  # New Settings
    kernel.complete(4, b"other command", 1)
    kernel.complete(5, b"other controller", 2)
    kernel.answer(management.COMMAND_COMPLETE, 1, b"\x05")  # too short
    kernel.complete(5, b"done", 1)
    assert management.request(kernel.sock, 5, 1, b"\x01") == b"done"
    assert kernel.peer.recv(100) == b"\x05\0\x01\0\x01\0\x01"


@pytest.mark.parametrize(
    ("status", "number", "meaning"),
    [
        (0x11, errno.ENODEV, "invalid index (status 0x11)"),
        (0x14, errno.EPERM, "permission denied (status 0x14)"),
        (0x0C, errno.EOPNOTSUPP, "not supported (status 0x0c)"),
        (0x77, errno.EIO, "unknown status (status 0x77)"),
    ],
)
@pytest.mark.parametrize("event", [management.COMMAND_COMPLETE, management.COMMAND_STATUS])
def test_request_failed_raises_os_error(kernel: Kernel, event: int, status: int, number: int, meaning: str) -> None:
    kernel.answer(event, 7, b"\x05\0" + bytes((status,)))
    with pytest.raises(OSError, match="management command 0x0005 of controller 7") as caught:
        management.request(kernel.sock, 5, 7)
    assert caught.value.errno == number
    assert str(caught.value).endswith(meaning)


def test_read_index_list_returns_indexes(kernel: Kernel) -> None:
    kernel.complete(3, b"\x02\0\x00\0\x02\x01")
    assert management.read_index_list(kernel.sock) == [0, 0x102]
    kernel.complete(3, b"\x02\0\x00\0")
    with pytest.raises(OSError, match="the response to management command 0x0003 has 4 bytes, not 6") as caught:
        management.read_index_list(kernel.sock)
    assert caught.value.errno == errno.EPROTO


def test_read_info_returns_fields(kernel: Kernel) -> None:
    content = bytes.fromhex("0f71da7d1a00 09 3412 04030201 08070605 030201") + b"name".ljust(249, b"\0")
    kernel.complete(4, content + b"short".ljust(11, b"\0"), 3)
    info = management.read_info(kernel.sock, 3)
    assert info == ("00:1A:7D:DA:71:0F", 9, 0x1234, 0x01020304, 0x05060708, 0x010203, "name", "short")
    assert kernel.peer.recv(100) == b"\x04\0\x03\0\0\0"


def test_set_mode_returns_settings(kernel: Kernel) -> None:
    kernel.complete(management.SET_POWERED, b"\x01\x02\0\0", 0)
    assert management.set_mode(kernel.sock, management.SET_POWERED, 0, 1) == 0x0201
    assert kernel.peer.recv(100) == b"\x05\0\0\0\x01\0\x01"
    with pytest.raises(OverflowError, match="value must be 0-255, not 256"):
        management.set_mode(kernel.sock, management.SET_POWERED, 0, 256)


def test_experimental_features_are_read_and_set(kernel: Kernel) -> None:
    kernel.complete(0x49, b"\x02\0" + OTHER + b"\x03\0\0\0" + ISO + bytes(4))
    assert management.read_experimental_features(kernel.sock) == {OTHER_TEXT: 3, management.ISO_SOCKET: 0}
    assert kernel.peer.recv(100) == b"\x49\0" + NONE + b"\0\0"
    kernel.complete(0x4A, OTHER + b"\x01\0\0\0", 4)
    assert management.set_experimental_feature(kernel.sock, OTHER_TEXT.upper(), True, 4) == 1
    assert kernel.peer.recv(100) == b"\x4a\0\x04\0\x11\0" + OTHER + b"\x01"


@pytest.mark.parametrize(
    "uuid", ["", "6fbaf188", "6fbaf188-05e0-496a-9885-d6ddfdb4e03g", "6fbaf18805e0496a9885d6ddfdb4e03e"]
)
def test_set_experimental_feature_invalid_uuid_raises_value_error(kernel: Kernel, uuid: str) -> None:
    with pytest.raises(ValueError, match="is not a UUID"):
        management.set_experimental_feature(kernel.sock, uuid, True)
    with pytest.raises(TypeError, match="uuid must be a str, not bytes"):
        management.set_experimental_feature(kernel.sock, uuid.encode(), True)  # type: ignore[arg-type]


def test_enable_iso_changes_feature_once(kernel: Kernel) -> None:
    kernel.complete(0x49, b"\x01\0" + ISO + bytes(4))
    kernel.complete(0x4A, ISO + b"\x01\0\0\0")
    assert management.enable_iso(kernel.sock)
    assert kernel.peer.recv(100) == b"\x49\0" + NONE + b"\0\0"
    assert kernel.peer.recv(100) == b"\x4a\0" + NONE + b"\x11\0" + ISO + b"\x01"
    kernel.complete(0x49, b"\x01\0" + ISO + b"\x01\0\0\0")
    assert not management.enable_iso(kernel.sock)
