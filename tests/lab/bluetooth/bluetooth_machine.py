"""Three controllers that BlueZ's btvirt plays, and what the tests of Bluetooth do with them.

The first two are powered, connectable, and speak Low Energy too; the second advertises. The third is down, for who
wants one for himself (the user channel of HCI).
"""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import sockcore
from sockcore import AF_BLUETOOTH, BTPROTO_HCI, SOCK_RAW

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNT = 3
LIMIT = 20.0  # seconds

# Of BlueZ's doc/mgmt-api.txt: commands, and the events that answer them.
SET_POWERED, SET_CONNECTABLE, SET_LE, SET_ADVERTISING = 0x0005, 0x0007, 0x000D, 0x0029
COMMAND_COMPLETE, COMMAND_STATUS = 0x0001, 0x0002
MESSAGE = struct.Struct("<HHH")  # command or event, controller, length of what follows
ON, CONNECTABLY = b"\x01", b"\x02"

DEV_INFO = struct.Struct("=H8s6sIB8s3xIIIHHHH40x")  # struct hci_dev_info of <bluetooth/hci.h>
DEV_REQ = struct.Struct("=H2xI")  # struct hci_dev_req
ISCAN_AND_PSCAN = 3


class Device(NamedTuple):
    """A controller: its number, its address, and how many packets of SCO it takes."""

    number: int
    address: str
    sco_packets: int


#: Filled when the session begins.
DEVICES: list[Device] = []


def hci() -> sockcore.socket:
    sock = sockcore.socket(AF_BLUETOOTH, SOCK_RAW, BTPROTO_HCI)
    sock.settimeout(LIMIT)
    return sock


def information(sock: sockcore.socket, number: int) -> Device:
    """What the kernel says of a controller; OSError (ENODEV) if there is none."""
    argument = bytearray(DEV_INFO.pack(number, b"", b"", 0, 0, b"", *[0] * 7))
    fcntl.ioctl(sock, sockcore.HCIGETDEVINFO, argument)
    found = DEV_INFO.unpack(argument)
    return Device(number, ":".join(f"{octet:02X}" for octet in reversed(found[2])), found[-1])


def power(sock: sockcore.socket, number: int, on: bool) -> None:
    try:
        fcntl.ioctl(sock, sockcore.HCIDEVUP if on else sockcore.HCIDEVDOWN, number)
    except OSError as error:
        if error.errno != 114:  # EALREADY: the kernel was first
            raise


def manage(sock: sockcore.socket, command: int, number: int, parameters: bytes) -> bytes:
    """Send a command of the management interface and return its answer's parameters."""
    sock.sendall(MESSAGE.pack(command, number, len(parameters)) + parameters)
    while True:
        message = sock.recv(1024)
        event, of, _ = MESSAGE.unpack_from(message)
        if of == number and event in (COMMAND_COMPLETE, COMMAND_STATUS):
            answered, status = struct.unpack_from("<HB", message, MESSAGE.size)
            if answered == command:
                assert status == 0, f"command {command:#x} of controller {number}: status {status}"
                return message[MESSAGE.size + 3 :]


def _appear(sock: sockcore.socket, program: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + LIMIT
    for number in range(COUNT):
        while True:
            try:
                if information(sock, number).address.strip("0:"):
                    break
            except OSError:  # not yet there
                pass
            assert time.monotonic() < end, f"no controller {number} after {LIMIT} seconds"
            assert program.poll() is None, f"btvirt ended with status {program.poll()}"
            time.sleep(0.05)


@contextmanager
def controllers() -> Iterator[None]:
    """Have the controllers, as long as the block runs."""
    program = subprocess.Popen(
        [os.environ.get("LAB_BTVIRT", "btvirt"), f"-l{COUNT}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # the guest ends when nobody has its output any more
    )
    try:
        with hci() as sock, hci() as control:
            control.bind((sockcore.HCI_DEV_NONE, sockcore.HCI_CHANNEL_CONTROL))
            _appear(sock, program)
            for number in range(2):
                power(sock, number, True)
                fcntl.ioctl(sock, sockcore.HCISETSCAN, DEV_REQ.pack(number, ISCAN_AND_PSCAN))
                for command in (SET_POWERED, SET_CONNECTABLE, SET_LE):
                    manage(control, command, number, ON)
            manage(control, SET_ADVERTISING, 1, CONNECTABLY)
            power(sock, 2, False)
            DEVICES[:] = [information(sock, number) for number in range(COUNT)]
        yield
    finally:
        DEVICES.clear()
        program.terminate()
        program.wait(LIMIT)
