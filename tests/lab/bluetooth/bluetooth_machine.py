"""Three Bluetooth controllers, emulated by btvirt of BlueZ, and functions to configure them.

The first two are powered and connectable, and support Low Energy. The second advertises. The third is down, for tests
of the user channel of HCI, which needs exclusive access to a controller.
"""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import sockcore
from sockcore import AF_BLUETOOTH, BTPROTO_HCI, BTPROTO_L2CAP, SOCK_RAW, SOCK_SEQPACKET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COUNT = 3
LIMIT = 60.0  # seconds
LINK_TIMEOUT = 5.0  # seconds, longer than the kernel keeps an idle link

# Commands and their response events, from doc/mgmt-api.txt of BlueZ.
SET_POWERED, SET_CONNECTABLE, SET_LE, SET_ADVERTISING = 0x0005, 0x0007, 0x000D, 0x0029
COMMAND_COMPLETE, COMMAND_STATUS = 0x0001, 0x0002
MESSAGE = struct.Struct("<HHH")  # command or event, controller, length of the parameters
ON, CONNECTABLY = b"\x01", b"\x02"

DEV_INFO = struct.Struct("=H8s6sIB8s3xIIIHHHH40x")  # struct hci_dev_info of <bluetooth/hci.h>
DEV_REQ = struct.Struct("=H2xI")  # struct hci_dev_req
CONN_LIST_REQ = struct.Struct("=HH")  # struct hci_conn_list_req, followed by entries of struct hci_conn_info
CONN_INFO = struct.Struct("=H6sBBHI")
VOICE_LINKS = (0, 2)  # SCO_LINK and ESCO_LINK of <bluetooth/hci.h>
ISCAN_AND_PSCAN = 3


class Device(NamedTuple):
    """A controller: index, address, and number of SCO packets that its buffers hold."""

    number: int
    address: str
    sco_packets: int


#: The controllers, while the block of `controllers` runs.
DEVICES: list[Device] = []


def open_hci() -> sockcore.socket:
    sock = sockcore.socket(AF_BLUETOOTH, SOCK_RAW, BTPROTO_HCI)
    sock.settimeout(LIMIT)
    return sock


def get_device(sock: sockcore.socket, number: int) -> Device:
    """Return a controller. Raises OSError (ENODEV) if it does not exist."""
    argument = bytearray(DEV_INFO.pack(number, b"", b"", 0, 0, b"", *[0] * 7))
    fcntl.ioctl(sock, sockcore.HCIGETDEVINFO, argument)
    fields = DEV_INFO.unpack(argument)
    return Device(number, ":".join(f"{octet:02X}" for octet in reversed(fields[2])), fields[-1])


def has_voice_channel(sock: sockcore.socket, number: int) -> bool:
    """Return whether a controller has a voice channel, including one that is being closed."""
    most = 8
    argument = bytearray(CONN_LIST_REQ.pack(number, most) + bytes(most * CONN_INFO.size))
    fcntl.ioctl(sock, sockcore.HCIGETCONNLIST, argument)
    _, count = CONN_LIST_REQ.unpack_from(argument)
    entries = CONN_INFO.iter_unpack(argument[CONN_LIST_REQ.size :][: count * CONN_INFO.size])
    return any(entry[2] in VOICE_LINKS for entry in entries)


def wait_until_no_voice_channel() -> None:
    """Wait until the first two controllers have closed their channel. Until then, the kernel loses a request."""
    end = time.monotonic() + LIMIT
    with open_hci() as sock:
        while any(has_voice_channel(sock, device.number) for device in DEVICES[:2]):
            assert time.monotonic() < end, f"a voice channel is still open after {LIMIT} seconds"
            time.sleep(0.01)


def power(sock: sockcore.socket, number: int, on: bool) -> None:
    try:
        fcntl.ioctl(sock, sockcore.HCIDEVUP if on else sockcore.HCIDEVDOWN, number)
    except OSError as exc:
        if exc.errno != 114:  # EALREADY: already in that state
            raise


def manage(sock: sockcore.socket, command: int, number: int, parameters: bytes) -> bytes:
    """Send a management interface command; return the parameters of its response."""
    sock.send(MESSAGE.pack(command, number, len(parameters)) + parameters)
    while True:
        message = sock.recv(1024)
        event, controller, _ = MESSAGE.unpack_from(message)
        if controller == number and event in (COMMAND_COMPLETE, COMMAND_STATUS):
            completed, status = struct.unpack_from("<HB", message, MESSAGE.size)
            if completed == command:
                assert status == 0, f"command {command:#x} of controller {number}: status {status}"
                return message[MESSAGE.size + 3 :]


@contextmanager
def connected_pair(client_address: tuple[Any, ...], server_address: tuple[Any, ...]) -> Iterator[None]:
    """Keep an L2CAP connection open during the block. Both addresses have the same service.

    Connect again if the kernel loses the request, because it ends the previous link at that moment.
    """
    address, _, *rest = client_address
    with ExitStack() as stack:
        server = stack.enter_context(sockcore.socket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_L2CAP))
        server.settimeout(LIMIT)
        server.bind(server_address)
        server.listen()
        for attempts_left in (2, 1, 0):
            client = stack.enter_context(sockcore.socket(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_L2CAP))
            client.settimeout(LINK_TIMEOUT)
            client.bind((address, 0, *rest))
            try:
                client.connect(server_address)
                break
            except OSError:
                client.close()
                if not attempts_left:
                    raise
        stack.enter_context(server.accept()[0])
        yield


def _wait_for_controllers(sock: sockcore.socket, program: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + LIMIT
    for number in range(COUNT):
        while True:
            try:
                if get_device(sock, number).address.strip("0:"):
                    break
            except OSError:  # btvirt has not created it yet
                pass
            assert time.monotonic() < end, f"no controller {number} after {LIMIT} seconds"
            assert program.poll() is None, f"btvirt ended with status {program.poll()}"
            time.sleep(0.05)


class Controllers:
    """btvirt with its controllers, and connections between them that stay open."""

    def __init__(self) -> None:
        self._programs = ExitStack()
        self._program = self._programs.enter_context(_btvirt())
        self._connections = ExitStack()
        self._connect: Callable[[ExitStack], object] | None = None

    def start_again_if_ended(self) -> None:
        """Start btvirt again if it has crashed, as it has after a broadcast, once in many runs on a busy machine."""
        if self._program.poll() is not None:
            self._connections.close()  # the new controllers get the same numbers when no socket uses the old ones
            self._program = self._programs.enter_context(_btvirt())
            if self._connect:
                self._connect(self._connections)

    @contextmanager
    def keep_open(self, connect: Callable[[ExitStack], object]) -> Iterator[None]:
        """Keep the connections that *connect* adds to an ExitStack open during the block."""
        self.start_again_if_ended()
        with self._connections:
            connect(self._connections)
            self._connect = connect
            yield
            self._connect = None

    def stop(self) -> None:
        """Stop btvirt."""
        self._programs.close()


@contextmanager
def controllers() -> Iterator[Controllers]:
    """Run btvirt with its controllers until the block ends."""
    running = Controllers()
    try:
        yield running
    finally:
        running.stop()


@contextmanager
def _btvirt() -> Iterator[subprocess.Popen[bytes]]:
    """Run btvirt and configure its controllers, until the block ends."""
    program = subprocess.Popen(
        [os.environ.get("LAB_BTVIRT", "btvirt"), f"-l{COUNT}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # the guest ends when all copies of its output are closed
    )
    try:
        with open_hci() as sock, open_hci() as control:
            control.bind((sockcore.HCI_DEV_NONE, sockcore.HCI_CHANNEL_CONTROL))
            _wait_for_controllers(sock, program)
            for number in range(2):
                power(sock, number, True)
                fcntl.ioctl(sock, sockcore.HCISETSCAN, DEV_REQ.pack(number, ISCAN_AND_PSCAN))
                for command in (SET_POWERED, SET_CONNECTABLE, SET_LE):
                    manage(control, command, number, ON)
            manage(control, SET_ADVERTISING, 1, CONNECTABLY)
            power(sock, 2, False)
            DEVICES[:] = [get_device(sock, number) for number in range(COUNT)]
        yield program
    finally:
        DEVICES.clear()
        program.terminate()
        program.wait(LIMIT)
