"""The CAN example of the Python manual, with ``import sockcore as socket`` and with ``python -m sockcore run``."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore_can import bcm, frames

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Open = Callable[..., Any]

RAW = """\
import socket
import struct


# CAN frame packing/unpacking (see 'struct can_frame' in <linux/can.h>)

can_frame_fmt = "=IB3x8s"
can_frame_size = struct.calcsize(can_frame_fmt)

def build_can_frame(can_id, data):
    can_dlc = len(data)
    data = data.ljust(8, b'\\x00')
    return struct.pack(can_frame_fmt, can_id, can_dlc, data)

def dissect_can_frame(frame):
    can_id, can_dlc, data = struct.unpack(can_frame_fmt, frame)
    return (can_id, can_dlc, data[:can_dlc])


# create a raw socket and bind it to the 'vcan0' interface
s = socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
s.bind(('vcan0',))

while True:
    cf, addr = s.recvfrom(can_frame_size)

    print('Received: can_id=%x, can_dlc=%x, data=%s' % dissect_can_frame(cf))

    try:
        s.send(cf)
    except OSError:
        print('Error sending CAN frame')

    try:
        s.send(build_can_frame(0x01, b'\\x01\\x02\\x03'))
    except OSError:
        print('Error sending CAN frame')
"""

# "To use CAN with the broadcast manager protocol instead, open a socket with ... After binding (CAN_RAW) or
# connecting (CAN_BCM) the socket, you can use send and recv on the socket object as usual."
BCM = """\
import socket
import struct

s = socket.socket(socket.AF_CAN, socket.SOCK_DGRAM, socket.CAN_BCM)
s.connect(('vcan0',))
head = struct.Struct('@IIIqqqqII')
s.send(head.pack(socket.CAN_BCM_RX_SETUP, socket.CAN_BCM_RX_FILTER_ID, 0, 0, 0, 0, 0, 0x321, 0))
print('ready', flush=True)
message = s.recv(1000)
opcode, *rest = head.unpack_from(message)
print(opcode == socket.CAN_BCM_RX_CHANGED, message[head.size:].hex())
s.send(head.pack(socket.CAN_BCM_TX_SEND, 0, 0, 0, 0, 0, 0, 0x322, 1) + message[head.size:])
"""


@pytest.fixture(params=["import sockcore as socket", "python -m sockcore run"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], subprocess.Popen[str]]:
    def start_program(program: str) -> subprocess.Popen[str]:
        path = tmp_path / "program.py"
        options = ["-u"]
        if request.param == "python -m sockcore run":
            options += ["-m", "sockcore", "run"]
        else:
            program = program.replace("import socket\n", "import sockcore as socket\n")
            assert "sockcore" in program
        path.write_text(program)
        return subprocess.Popen(
            [sys.executable, *options, str(path)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    return start_program


def test_manual_program_raw_sends_frames(start: Callable[[str], subprocess.Popen[str]], raw: Open) -> None:
    peer = raw()
    with start(RAW) as program:
        try:
            assert program.stdout is not None
            request = frames.pack(0x123, b"hello")
            peer.settimeout(0.1)
            for _ in range(600):  # until the program receives
                peer.send(request)
                try:
                    assert peer.recv(100) == request
                    break
                except TimeoutError:
                    assert program.poll() is None, program.stdout.read()
            peer.settimeout(60)
            assert frames.unpack(peer.recv(100)) == (1, b"\x01\x02\x03", 0)
            assert program.stdout.readline() == "Received: can_id=123, can_dlc=5, data=b'hello'\n"
        finally:
            program.kill()


def test_manual_program_bcm_sends_received_frame(start: Callable[[str], subprocess.Popen[str]], raw: Open) -> None:
    peer = raw(FILTER=[(0x321, sockcore.CAN_SFF_MASK), (0x322, sockcore.CAN_SFF_MASK)])
    with start(BCM) as program:
        try:
            assert program.stdout is not None
            assert program.stdout.readline() == "ready\n"
            frame = frames.pack(0x321, b"bcm")
            peer.send(frame)
            # The program sends the frame that the broadcast manager has reported.
            assert peer.recv(100) == frame
            assert program.stdout.readline() == f"True {frame.hex()}\n"
            assert program.wait(60) == 0
        finally:
            program.kill()
    assert len(bcm.pack(1, 1)) == 56  # the size of the struct in the program
