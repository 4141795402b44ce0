"""HCI: commands to a controller and events from it, filters, control messages, and channels."""

from __future__ import annotations

import errno
import fcntl
import os
import socket as stdlib
import struct
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from bluetooth_machine import COMMAND_COMPLETE, DEVICES, MESSAGE, manage, open_hci, power
from kit import RequestTests

import sockcore
from sockcore import AF_BLUETOOTH, BTPROTO_HCI, HCI_DEV_NONE, SOL_HCI, ancillary, options

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND, EVENT = 1, 4  # first byte of a packet
UNKNOWN_COMMAND = 0x01  # the error code of a command that the controller does not know
READ_VERSION, READ_ADDRESS, RESET = 0x1001, 0x1009, 0x0C03  # Core Specification, Vol 4 Part E
UNBLOCK_DEVICE, INVALID_PARAMETERS = 0x0027, 0x0D  # doc/mgmt-api.txt of BlueZ
VENDOR = 0xFC00  # the first command of the manufacturer
COMPLETE, STATUS = 0x0E, 0x0F
ANSWERS = 1 << COMPLETE  # the events of connections that end belong to other tests


def command(code: int) -> bytes:
    return struct.pack("<BHB", COMMAND, code, 0)


def return_parameters(event: bytes, code: int) -> bytes:
    """Return the parameters after the status in a command's Command Complete event."""
    packet_type, event_code, _, _, opcode, status = struct.unpack_from("<BBBBHB", event)
    assert (packet_type, event_code, opcode, status) == (EVENT, COMPLETE, code, 0), event
    return event[7:]


class HciTests(RequestTests):
    """Commands that a controller does not know. It answers each with a Command Status event."""

    family, type, proto = "AF_BLUETOOTH", "SOCK_RAW", "BTPROTO_HCI"
    unsupported: Any = {}
    invalid_addresses = (
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
    )

    def request(self, number: int) -> bytes:
        return command(VENDOR + number)

    def response(self, number: int) -> bytes:
        return struct.pack("<BBBBBH", EVENT, STATUS, 4, UNKNOWN_COMMAND, 1, VENDOR + number)


class TestHciRaw(HciTests):
    local_address = 0
    option = ("SOL_HCI", "HCI_DATA_DIR", 1)
    control_message = (("SOL_HCI", "HCI_TIME_STAMP", 1), ("SOL_HCI", "HCI_CMSG_TSTAMP"))
    pair_count = 10

    def prepare(self, sock: Any) -> None:
        options.write(sock, SOL_HCI, sockcore.HCI_FILTER, (1 << EVENT, 1 << STATUS, 0))

    def open_pairs(self, count: int) -> list[tuple[Any, Any]]:
        pairs = super().open_pairs(count)
        for number, (_, sock) in enumerate(pairs):
            # Each socket receives the events of one command.
            options.write(sock, SOL_HCI, sockcore.HCI_FILTER, (1 << EVENT, 1 << STATUS, VENDOR + number))
        return pairs


class TestHciUser(HciTests):
    """The user channel, which one socket at a time can have."""

    local_address = (2, sockcore.HCI_CHANNEL_USER)
    pair_count = 1


class TestHciControl(HciTests):
    """Commands that unblock a device that is not blocked."""

    local_address = (HCI_DEV_NONE, sockcore.HCI_CHANNEL_CONTROL)
    unsupported = {"getsockname": "the channel belongs to no device (EBADFD)"}

    def request(self, number: int) -> bytes:
        return MESSAGE.pack(UNBLOCK_DEVICE, 0, 7) + self.device(number)

    def response(self, number: int) -> bytes:
        parameters = struct.pack("<HB", UNBLOCK_DEVICE, INVALID_PARAMETERS) + self.device(number)
        return MESSAGE.pack(COMMAND_COMPLETE, 0, len(parameters)) + parameters

    def device(self, number: int) -> bytes:
        # The address, which is not zero, and its type.
        return (number + 1).to_bytes(6, "little") + b"\0"


@pytest.fixture
def sock() -> Iterator[sockcore.socket]:
    with open_hci() as hci_sock:
        yield hci_sock


@pytest.fixture
def listening(sock: sockcore.socket) -> sockcore.socket:
    """Return a socket that receives the events of the first controller."""
    options.write(sock, SOL_HCI, sockcore.HCI_FILTER, (1 << EVENT, ANSWERS, 0))
    sock.bind(0)
    return sock


def test_send_command_returns_event_of_controller(listening: sockcore.socket) -> None:
    listening.send(command(READ_ADDRESS))
    bdaddr = return_parameters(listening.recv(260), READ_ADDRESS)
    assert ":".join(f"{octet:02X}" for octet in reversed(bdaddr)) == DEVICES[0].address
    listening.sendall(command(READ_VERSION))
    data, address = listening.recvfrom(260)
    assert len(return_parameters(data, READ_VERSION)) == 8
    assert address is None


@pytest.mark.parametrize("written", [1, (1,), (1, sockcore.HCI_CHANNEL_RAW)])
def test_bind_hci_address_forms_return_device(sock: sockcore.socket, written: Any) -> None:
    sock.bind(written)
    assert sock.getsockname() == 1
    with sockcore.socket(fileno=os.dup(sock.fileno())) as opened:
        assert (opened.family, opened.type, opened.proto) == (AF_BLUETOOTH, sockcore.SOCK_RAW, BTPROTO_HCI)
        assert opened.getsockname() == 1


def test_hci_unsupported_calls_raise(sock: sockcore.socket) -> None:
    with pytest.raises(OSError) as caught:
        sock.bind((9,))
    assert caught.value.errno == errno.ENODEV
    with pytest.raises(OSError) as caught:
        sock.getsockname()
    assert caught.value.errno == errno.EBADFD
    with pytest.raises(OSError) as caught:
        sock.bind((0, 99))  # no such channel
    assert caught.value.errno == errno.EINVAL
    with pytest.raises(OSError) as caught:
        sock.connect(0)
    assert caught.value.errno == errno.EOPNOTSUPP


def test_hci_filter_passes_selected_events(sock: sockcore.socket) -> None:
    sock.bind((0,))
    assert options.read(sock, SOL_HCI, sockcore.HCI_FILTER) == (0, 0, 0)
    sock.settimeout(0.2)
    sock.send(command(READ_VERSION))
    with pytest.raises(TimeoutError):  # an empty filter passes no packet
        sock.recv(260)
    for filter, comes in (
        ((1 << EVENT, 1 << COMPLETE, READ_ADDRESS), READ_ADDRESS),
        ((1 << EVENT, 1 << COMPLETE, READ_VERSION), READ_VERSION),
    ):
        options.write(sock, SOL_HCI, sockcore.HCI_FILTER, filter)
        assert options.read(sock, SOL_HCI, sockcore.HCI_FILTER) == filter
        for code in (READ_VERSION, READ_ADDRESS):
            sock.send(command(code))
        sock.settimeout(60)
        return_parameters(sock.recv(260), comes)
        sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            sock.recv(260)
    # Event 62, in the upper half of the mask. The controller does not send it.
    options.write(sock, SOL_HCI, sockcore.HCI_FILTER, (1 << EVENT, 1 << 62, 0))
    sock.send(command(READ_VERSION))
    with pytest.raises(TimeoutError):
        sock.recv(260)


def test_recvmsg_returns_direction_and_time_stamp(listening: sockcore.socket) -> None:
    with open_hci() as other:
        options.write(other, SOL_HCI, sockcore.HCI_FILTER, (1 << COMMAND | 1 << EVENT, ANSWERS, 0))
        other.bind(0)
        for option in (sockcore.HCI_DATA_DIR, sockcore.HCI_TIME_STAMP):
            assert other.getsockopt(SOL_HCI, option) == 0
            other.setsockopt(SOL_HCI, option, 1)
            assert other.getsockopt(SOL_HCI, option) == 1
        listening.send(command(READ_VERSION))
        for packet_type, incoming in ((COMMAND, 0), (EVENT, 1)):
            data, messages, flags, address = other.recvmsg(260, 200)
            assert (data[0], flags, address) == (packet_type, 0, None)
            assert [message[:2] for message in messages] == [
                (SOL_HCI, sockcore.HCI_CMSG_DIR),
                (SOL_HCI, sockcore.HCI_CMSG_TSTAMP),
            ]
            values: dict[Any, Any] = dict(ancillary.decode(messages, AF_BLUETOOTH))  # type: ignore[arg-type]
            assert values["HCI_CMSG_DIR"] == incoming
            stamp = values["HCI_CMSG_TSTAMP"]
            assert abs(stamp.time_ns / 1e9 - time.time()) < 60
            assert 0 <= stamp.nanoseconds < 1_000_000_000


# ---------------------------------------------------------------------- channels


def test_monitor_channel_receives_commands_and_events(sock: sockcore.socket, listening: sockcore.socket) -> None:
    with open_hci() as monitor:
        monitor.bind((HCI_DEV_NONE, sockcore.HCI_CHANNEL_MONITOR))
        listening.send(command(READ_ADDRESS))
        return_parameters(listening.recv(260), READ_ADDRESS)
        monitor.settimeout(60)
        seen = []
        while (2, 0) not in seen or (3, 0) not in seen:  # HCI_MON_COMMAND_PKT, HCI_MON_EVENT_PKT
            packet = monitor.recv(4096)
            packet_type, device, size = MESSAGE.unpack_from(packet)
            assert len(packet) == MESSAGE.size + size
            seen.append((packet_type, device))
        with pytest.raises(OSError) as caught:
            monitor.getsockname()  # it is not bound to a device
        assert caught.value.errno == errno.EBADFD


def test_control_channel_returns_controller_information(sock: sockcore.socket) -> None:
    sock.bind((HCI_DEV_NONE, sockcore.HCI_CHANNEL_CONTROL))
    version, _ = struct.unpack("<BH", manage(sock, 0x0001, HCI_DEV_NONE, b""))
    assert version == 1
    bdaddr = manage(sock, 0x0004, 1, b"")[:6]  # Read Controller Information
    assert ":".join(f"{octet:02X}" for octet in reversed(bdaddr)) == DEVICES[1].address


@pytest.mark.parametrize("index", [HCI_DEV_NONE, 77])
def test_control_channel_refused_command_is_sent_once(sock: sockcore.socket, index: int) -> None:
    sock.bind((HCI_DEV_NONE, sockcore.HCI_CHANNEL_CONTROL))
    unknown = MESSAGE.pack(0x7FFF, index, 0)
    assert sock.send(unknown) == 0  # the kernel has put the response in the queue
    response = sock.recv(100)
    with pytest.raises(OSError) as caught:
        sock.sendall(unknown)
    assert caught.value.errno == errno.EIO
    assert getattr(caught.value, "characters_written", None) == 0
    with sock.makefile("wb", buffering=0) as file, pytest.raises(OSError) as caught:
        file.write(unknown)
    assert caught.value.errno == errno.EIO
    assert [sock.recv(100), sock.recv(100)] == [response] * 2
    sock.setblocking(False)
    with pytest.raises(BlockingIOError):
        sock.recv(100)


def test_logging_channel_message_reaches_monitor(sock: sockcore.socket) -> None:
    with open_hci() as monitor:
        monitor.bind((HCI_DEV_NONE, sockcore.HCI_CHANNEL_MONITOR))
        sock.bind((HCI_DEV_NONE, sockcore.HCI_CHANNEL_LOGGING))
        text = b"\x06\x09sockcore\0log message\0"
        sock.send(MESSAGE.pack(0, HCI_DEV_NONE, len(text)) + text)
        while True:
            packet = monitor.recv(4096)
            if MESSAGE.unpack_from(packet)[0] == 13:  # HCI_MON_USER_LOGGING
                break
        assert packet[MESSAGE.size :] == text


def test_user_channel_bound_twice_raises_ebusy(sock: sockcore.socket) -> None:
    sock.bind((2, sockcore.HCI_CHANNEL_USER))
    assert sock.getsockname() == (2, sockcore.HCI_CHANNEL_USER)
    sock.send(command(RESET))
    return_parameters(sock.recv(260), RESET)
    with open_hci() as second, pytest.raises(OSError) as caught:
        second.bind((2, sockcore.HCI_CHANNEL_USER))
    assert caught.value.errno == errno.EBUSY
    if sys.version_info >= (3, 14) and hasattr(stdlib, "AF_BLUETOOTH"):
        with stdlib.socket(fileno=os.dup(sock.fileno())) as stdlib_sock:
            assert stdlib_sock.getsockname() == sock.getsockname()


def test_user_channel_of_running_controller_raises_ebusy(sock: sockcore.socket) -> None:
    with pytest.raises(OSError) as caught:
        sock.bind((0, sockcore.HCI_CHANNEL_USER))
    assert caught.value.errno == errno.EBUSY


# ---------------------------------------------------------------------- file descriptor


def test_hcigetdevlist_returns_all_devices(sock: sockcore.socket) -> None:
    """HCIGETDEVLIST returns the number of devices, and the index and flags of each."""
    argument = bytearray(struct.pack("=H2x", 16) + bytes(16 * 8))
    fcntl.ioctl(sock, sockcore.HCIGETDEVLIST, argument)
    (count,) = struct.unpack_from("=H", argument)
    numbers = sorted(struct.unpack_from("=H", argument, 4 + 8 * i)[0] for i in range(count))
    assert numbers == [device.number for device in DEVICES]
    power(sock, 2, True)
    power(sock, 2, False)
