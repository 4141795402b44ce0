"""HCI: commands to a controller and events from it, filters, control messages, and the channels of the kernel."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import socket as stdlib
import struct
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from bluetooth_machine import DEVICES, MESSAGE, hci, manage, power
from kit import audited

import sockcore
from sockcore import AF_BLUETOOTH, BTPROTO_HCI, HCI_DEV_NONE, SOL_HCI, ancillary, options

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND, EVENT = 1, 4  # the first byte of a packet
READ_VERSION, READ_ADDRESS, RESET = 0x1001, 0x1009, 0x0C03  # Core Specification, Vol 4 Part E
COMPLETE = 0x0E
ANSWERS = 1 << COMPLETE  # other events, of connections that end, are of other tests


def command(code: int) -> bytes:
    return struct.pack("<BHB", COMMAND, code, 0)


def answered(event: bytes, code: int) -> bytes:
    """The parameters that a command returns, behind the status, from the event that says that it is complete."""
    kind, name, _, _, of, status = struct.unpack_from("<BBBBHB", event)
    assert (kind, name, of, status) == (EVENT, COMPLETE, code, 0), event
    return event[7:]


@pytest.fixture
def sock() -> Iterator[sockcore.socket]:
    with hci() as found:
        yield found


@pytest.fixture
def listening(sock: sockcore.socket) -> sockcore.socket:
    """A socket that gets the first controller's events."""
    options.write(sock, SOL_HCI, sockcore.HCI_FILTER, (1 << EVENT, ANSWERS, 0))
    sock.bind(0)
    return sock


def test_the_controller_answers(listening: sockcore.socket) -> None:
    listening.send(command(READ_ADDRESS))
    raw = answered(listening.recv(260), READ_ADDRESS)
    assert ":".join(f"{octet:02X}" for octet in reversed(raw)) == DEVICES[0].address
    listening.sendall(command(READ_VERSION))
    data, address = listening.recvfrom(260)
    assert len(answered(data, READ_VERSION)) == 8
    assert address is None


@pytest.mark.parametrize("written", [1, (1,), (1, sockcore.HCI_CHANNEL_RAW)])
def test_a_device_in_every_form(sock: sockcore.socket, written: Any) -> None:
    sock.bind(written)
    assert sock.getsockname() == 1
    with sockcore.socket(fileno=os.dup(sock.fileno())) as found:
        assert (found.family, found.type, found.proto) == (AF_BLUETOOTH, sockcore.SOCK_RAW, BTPROTO_HCI)
        assert found.getsockname() == 1


def test_no_device(sock: sockcore.socket) -> None:
    with pytest.raises(OSError) as refusal:
        sock.bind((9,))
    assert refusal.value.errno == errno.ENODEV
    with pytest.raises(OSError) as refusal:
        sock.getsockname()
    assert refusal.value.errno == errno.EBADFD
    with pytest.raises(OSError) as refusal:
        sock.bind((0, 99))  # no such channel
    assert refusal.value.errno == errno.EINVAL
    with pytest.raises(OSError) as refusal:
        sock.connect(0)
    assert refusal.value.errno == errno.EOPNOTSUPP


@pytest.mark.parametrize(
    ("address", "exception"),
    [
        ((), OSError),
        ((0, 0, 0), OSError),
        ("0", OSError),
        (None, OSError),
        (0.0, OSError),
        ((0, "0"), OSError),
        (-1, OverflowError),
        (65536, OverflowError),
        ((0, -1), OverflowError),
        ((0, 65536), OverflowError),
    ],
)
def test_wrong_addresses_reach_no_system_call(sock: sockcore.socket, address: Any, exception: type[Exception]) -> None:
    for call in (sock.bind, sock.connect, sock.connect_ex, lambda address: sock.sendto(b"x", address)):
        with audited() as events, pytest.raises(exception) as refusal:
            call(address)
        assert events == []
        assert "must be" in str(refusal.value) or "wrong format" in str(refusal.value)
    with pytest.raises(OSError):
        sock.getsockname()


def test_the_filter_says_what_comes(sock: sockcore.socket) -> None:
    sock.bind((0,))
    assert options.read(sock, SOL_HCI, sockcore.HCI_FILTER) == (0, 0, 0)
    sock.settimeout(0.2)
    sock.send(command(READ_VERSION))
    with pytest.raises(TimeoutError):  # nothing gets past an empty filter
        sock.recv(260)
    for filter, comes in (
        ((1 << EVENT, 1 << COMPLETE, READ_ADDRESS), READ_ADDRESS),
        ((1 << EVENT, 1 << COMPLETE, READ_VERSION), READ_VERSION),
    ):
        options.write(sock, SOL_HCI, sockcore.HCI_FILTER, filter)
        assert options.read(sock, SOL_HCI, sockcore.HCI_FILTER) == filter
        for code in (READ_VERSION, READ_ADDRESS):
            sock.send(command(code))
        sock.settimeout(10)
        answered(sock.recv(260), comes)
        sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            sock.recv(260)
    # An event of the upper half of the mask: none of these is one.
    options.write(sock, SOL_HCI, sockcore.HCI_FILTER, (1 << EVENT, 1 << 62, 0))
    sock.send(command(READ_VERSION))
    with pytest.raises(TimeoutError):
        sock.recv(260)


def test_direction_and_time(listening: sockcore.socket) -> None:
    with hci() as other:
        options.write(other, SOL_HCI, sockcore.HCI_FILTER, (1 << COMMAND | 1 << EVENT, ANSWERS, 0))
        other.bind(0)
        for option in (sockcore.HCI_DATA_DIR, sockcore.HCI_TIME_STAMP):
            assert other.getsockopt(SOL_HCI, option) == 0
            other.setsockopt(SOL_HCI, option, 1)
            assert other.getsockopt(SOL_HCI, option) == 1
        listening.send(command(READ_VERSION))
        for kind, incoming in ((COMMAND, 0), (EVENT, 1)):
            data, messages, flags, address = other.recvmsg(260, 200)
            assert (data[0], flags, address) == (kind, 0, None)
            assert [message[:2] for message in messages] == [
                (SOL_HCI, sockcore.HCI_CMSG_DIR),
                (SOL_HCI, sockcore.HCI_CMSG_TSTAMP),
            ]
            values: dict[Any, Any] = dict(ancillary.decode(messages, AF_BLUETOOTH))  # type: ignore[arg-type]
            assert values["HCI_CMSG_DIR"] == incoming
            seconds, microseconds = values["HCI_CMSG_TSTAMP"]
            assert abs(seconds + microseconds / 1e6 - time.time()) < 60
            assert 0 <= microseconds < 1_000_000


def test_asyncio_asks_the_controller(listening: sockcore.socket) -> None:
    listening.setblocking(False)

    async def ask() -> bytes:
        loop: Any = asyncio.get_running_loop()
        await loop.sock_sendall(listening, command(READ_ADDRESS))
        return await asyncio.wait_for(loop.sock_recv(listening, 260), 10)

    assert len(answered(asyncio.run(ask()), READ_ADDRESS)) == 6


# ---------------------------------------------------------------------- the channels


def test_the_monitor_channel_sees_all_traffic(sock: sockcore.socket, listening: sockcore.socket) -> None:
    with hci() as monitor:
        monitor.bind((HCI_DEV_NONE, sockcore.HCI_CHANNEL_MONITOR))
        listening.send(command(READ_ADDRESS))
        answered(listening.recv(260), READ_ADDRESS)
        monitor.settimeout(10)
        seen = []
        while (2, 0) not in seen or (3, 0) not in seen:  # HCI_MON_COMMAND_PKT, HCI_MON_EVENT_PKT
            packet = monitor.recv(4096)
            kind, device, size = MESSAGE.unpack_from(packet)
            assert len(packet) == MESSAGE.size + size
            seen.append((kind, device))
        with pytest.raises(OSError) as refusal:
            monitor.getsockname()  # it has no device
        assert refusal.value.errno == errno.EBADFD


def test_the_control_channel_manages(sock: sockcore.socket) -> None:
    sock.bind((HCI_DEV_NONE, sockcore.HCI_CHANNEL_CONTROL))
    version, _ = struct.unpack("<BH", manage(sock, 0x0001, HCI_DEV_NONE, b""))
    assert version == 1
    raw = manage(sock, 0x0004, 1, b"")[:6]  # what the kernel knows of a controller
    assert ":".join(f"{octet:02X}" for octet in reversed(raw)) == DEVICES[1].address


def test_the_logging_channel_is_heard_by_the_monitor(sock: sockcore.socket) -> None:
    with hci() as monitor:
        monitor.bind((HCI_DEV_NONE, sockcore.HCI_CHANNEL_MONITOR))
        sock.bind((HCI_DEV_NONE, sockcore.HCI_CHANNEL_LOGGING))
        text = b"\x06\x09sockcore\0a word of ours\0"
        sock.send(MESSAGE.pack(0, HCI_DEV_NONE, len(text)) + text)
        while True:
            packet = monitor.recv(4096)
            if MESSAGE.unpack_from(packet)[0] == 13:  # HCI_MON_USER_LOGGING
                break
        assert packet[MESSAGE.size :] == text


def test_the_user_channel_has_the_controller_alone(sock: sockcore.socket) -> None:
    sock.bind((2, sockcore.HCI_CHANNEL_USER))
    assert sock.getsockname() == (2, sockcore.HCI_CHANNEL_USER)
    sock.send(command(RESET))
    answered(sock.recv(260), RESET)
    with hci() as second, pytest.raises(OSError) as refusal:
        second.bind((2, sockcore.HCI_CHANNEL_USER))
    assert refusal.value.errno == errno.EBUSY
    if sys.version_info >= (3, 14) and hasattr(stdlib, "AF_BLUETOOTH"):
        with stdlib.socket(fileno=os.dup(sock.fileno())) as same:
            assert same.getsockname() == sock.getsockname()


def test_the_user_channel_wants_a_controller_that_is_down(sock: sockcore.socket) -> None:
    with pytest.raises(OSError) as refusal:
        sock.bind((0, sockcore.HCI_CHANNEL_USER))
    assert refusal.value.errno == errno.EBUSY


# ---------------------------------------------------------------------- the descriptor


def test_ioctl_on_the_descriptor(sock: sockcore.socket) -> None:
    """HCIGETDEVLIST: a number of devices, and each with its flags."""
    argument = bytearray(struct.pack("=H2x", 16) + bytes(16 * 8))
    fcntl.ioctl(sock, sockcore.HCIGETDEVLIST, argument)
    (count,) = struct.unpack_from("=H", argument)
    numbers = sorted(struct.unpack_from("=H", argument, 4 + 8 * i)[0] for i in range(count))
    assert numbers == [device.number for device in DEVICES]
    power(sock, 2, True)
    power(sock, 2, False)


def test_the_standard_library_has_the_same_addresses(listening: sockcore.socket) -> None:
    if not hasattr(stdlib, "AF_BLUETOOTH"):
        pytest.skip("this Python's socket module has no AF_BLUETOOTH")
    with stdlib.socket(fileno=os.dup(listening.fileno())) as same:
        assert (same.family, same.type, same.proto) == (listening.family, listening.type, listening.proto)
        assert same.getsockname() == listening.getsockname()
        same.settimeout(listening.gettimeout())  # the descriptor is non-blocking: without this nobody waits
        for side in (same, listening):
            listening.send(command(READ_ADDRESS))
            data, address = side.recvfrom(260)
            assert address is None
            answered(data, READ_ADDRESS)
            listening.send(command(READ_ADDRESS))
            assert side.recvmsg(260, 100)[1:] == ([], 0, None)
