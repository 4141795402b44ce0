"""Programs of can-utils as peers: candump, cansend, isotpsend, isotprecv, j1939cat, testj1939."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from can_programs import run, running

import sockcore
from sockcore import CAN_ISOTP, CAN_J1939, J1939_NO_NAME, J1939_NO_PGN
from sockcore_can import bcm, frames

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Open = Callable[..., Any]

EFF, FDF = sockcore.CAN_EFF_FLAG, sockcore.CANFD_FDF

pytestmark = pytest.mark.skipif(shutil.which("candump") is None, reason="can-utils are not installed")


# ---------------------------------------------------------------------------------------------------- frames

FRAMES = [
    ("123#DEADBEEF", (0x123, b"\xde\xad\xbe\xef", 0)),
    ("7FF#", (0x7FF, b"", 0)),
    ("18DAF110#0102030405060708", (EFF | 0x18DAF110, bytes(range(1, 9)), 0)),
    ("00000123#11", (EFF | 0x123, b"\x11", 0)),
    ("123#R", (sockcore.CAN_RTR_FLAG | 0x123, b"", 0)),
    ("123##1112233", (0x123, b"\x11\x22\x33", FDF | sockcore.CANFD_BRS)),
]


@pytest.mark.parametrize(("text", "parts"), FRAMES)
def test_recv_from_cansend_returns_frame(raw: Open, text: str, parts: Any) -> None:
    receiver = raw(FD_FRAMES=1)
    run("cansend", "vcan0", text)
    data, address = receiver.recvfrom(100)
    assert frames.unpack(data) == parts
    assert address == ("vcan0",)


@pytest.mark.parametrize(("text", "parts"), FRAMES)
def test_send_reaches_candump(raw: Open, text: str, parts: Any) -> None:
    sender = raw(FD_FRAMES=1)
    text = text.replace("##1", "##5")  # candump prints all flags, including CANFD_FDF
    with running("candump", "-L", "-n", "1", "vcan0") as dump:
        sender.send(frames.pack(*parts))
        line, _ = dump.communicate(timeout=60)
    assert line.split()[1:3] == [b"vcan0", text.encode()]


def test_send_on_two_interfaces_reaches_candump(raw: Open) -> None:
    with running("candump", "-L", "-n", "2", "any") as dump:
        for interface in ("vcan0", "vcan1"):
            raw(interface).send(frames.pack(0x123, b"\x01"))
        lines, _ = dump.communicate(timeout=60)
    assert [line.split()[1:3] for line in lines.splitlines()] == [[b"vcan0", b"123#01"], [b"vcan1", b"123#01"]]


def test_bcm_periodic_frames_reach_candump(can: Open) -> None:
    manager = can(sockcore.CAN_BCM)
    manager.connect(("vcan0",))
    with running("candump", "-L", "-n", "5", "vcan0") as dump:
        frame = frames.pack(0x456, b"\x2a")
        flags = sockcore.CAN_BCM_SETTIMER | sockcore.CAN_BCM_STARTTIMER
        manager.send(bcm.pack(sockcore.CAN_BCM_TX_SETUP, 0x456, [frame], flags, ival2=0.01))
        lines, _ = dump.communicate(timeout=60)
    assert [line.split()[1:3] for line in lines.splitlines()] == [[b"vcan0", b"456#2A"]] * 5


# ---------------------------------------------------------------------------------------------------- ISO-TP


def to_hexadecimal(message: bytes) -> bytes:
    return " ".join(f"{byte:02X}" for byte in message).encode()


@pytest.mark.parametrize(("rx", "tx"), [("321", "123"), ("18DA10F1", "18DAF110")])
@pytest.mark.parametrize("size", [5, 500, 4095])
def test_recv_from_isotpsend_returns_message(can: Open, rx: str, tx: str, size: int) -> None:
    flag = EFF if len(rx) > 3 else 0
    receiver = can(CAN_ISOTP, ("vcan0", flag | int(tx, 16), flag | int(rx, 16)))
    message = bytes(number % 256 for number in range(size))
    run("isotpsend", "-s", tx, "-d", rx, "vcan0", data=to_hexadecimal(message))
    assert receiver.recv(5000) == message


@pytest.mark.parametrize(("rx", "tx"), [("322", "124"), ("18DA20F1", "18DAF120")])
@pytest.mark.parametrize("size", [5, 500, 4095])
def test_send_reaches_isotprecv(can: Open, rx: str, tx: str, size: int) -> None:
    flag = EFF if len(rx) > 3 else 0
    message = bytes(number % 256 for number in range(size))
    with running("isotprecv", "-s", tx, "-d", rx, "vcan0") as receiver:
        sender = can(CAN_ISOTP, ("vcan0", flag | int(tx, 16), flag | int(rx, 16)))
        sender.send(message)
        printed, _ = receiver.communicate(timeout=60)
    assert printed.split() == to_hexadecimal(message).split()


# ---------------------------------------------------------------------------------------------------- J1939


def test_recv_from_j1939cat_returns_message(can: Open, tmp_path: Path) -> None:
    receiver = can(CAN_J1939, ("vcan0", J1939_NO_NAME, J1939_NO_PGN, 0x90))
    path = tmp_path / "message"
    path.write_bytes(b"from another program, in several frames")
    # The exit status is 1, because the progress reports of this kernel are longer than the program expects.
    command = ["j1939cat", "-i", str(path), "vcan0:0x80", ":0x90,0x12300"]
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    data, address = receiver.recvfrom(1000)
    assert data == b"from another program, in several frames"
    assert address[1:] == (J1939_NO_NAME, 0x12300, 0x80)


@pytest.mark.parametrize("size", [8, 20, 100])
def test_recv_from_testj1939_returns_message(can: Open, size: int) -> None:
    receiver = can(CAN_J1939, ("vcan0", J1939_NO_NAME, J1939_NO_PGN, 0x93))
    run("testj1939", f"-s{size}", "vcan0:0x83", ":0x93,0x12300")
    data, address = receiver.recvfrom(1000)
    assert (len(data), address[1:]) == (size, (J1939_NO_NAME, 0x12300, 0x83))


def test_sendto_reaches_j1939cat(can: Open) -> None:
    sender = can(CAN_J1939, ("vcan0", J1939_NO_NAME, J1939_NO_PGN, 0x81))
    with running("j1939cat", "vcan0:0x91", "-r") as receiver:
        message = b"to another program, in several frames"
        sender.sendto(message, ("vcan0", J1939_NO_NAME, 0x12300, 0x91))
        assert receiver.stdout is not None
        assert os.read(receiver.stdout.fileno(), 1000) == message


def test_sendto_testj1939_returns_echo(can: Open) -> None:
    sock = can(CAN_J1939, ("vcan0", J1939_NO_NAME, J1939_NO_PGN, 0x82))
    with running("testj1939", "-e", "vcan0:0x92"):
        for message in (b"short", b"a message in several frames"):
            sock.sendto(message, ("vcan0", J1939_NO_NAME, 0x12300, 0x92))
            data, address = sock.recvfrom(1000)
            assert data == message
            assert address[1:] == (J1939_NO_NAME, 0x12300, 0x92)
