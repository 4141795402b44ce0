"""CAN XL with an independent peer: a C program that is compiled with the kernel's headers (canxl_peer.c).

The can-utils of Debian 12, 13 and sid (2023.03) do not support CAN XL.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from can_programs import run, running

import sockcore
from sockcore_can import canxl

if TYPE_CHECKING:
    from collections.abc import Callable

    Open = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("vcan_xl")

SEC = sockcore.CANXL_XLF | sockcore.CANXL_SEC
FRAMES = [
    canxl.Frame(0, b"x"),
    canxl.Frame(0x7FF, bytes(range(256)) * 8, sdt=0xFF, af=0xFFFFFFFF, flags=SEC),
    canxl.Frame(0x123, b"four", sdt=3, af=0x01020304),
    canxl.Frame(0x456, bytes(65), sdt=1, af=1),
]


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Compile the peer. Return its path."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("gcc is not installed")
    program = tmp_path_factory.mktemp("canxl") / "canxl_peer"
    source = Path(__file__).with_name("canxl_peer.c")
    command = [compiler, "-std=gnu11", "-Wall", "-Werror", "-o", str(program), str(source)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if "no CAN XL in these headers" in done.stderr:
        pytest.skip("the kernel's headers do not have CAN XL (Linux 6.1)")
    assert done.returncode == 0, done.stderr
    return str(program)


def to_line(frame: canxl.Frame) -> str:
    """Return the line that the peer prints for a frame."""
    size = len(frame.data)
    numbers = (frame.priority, frame.vcid, frame.flags, frame.sdt)
    text = " ".join(f"{number:#x}" if number else "0" for number in numbers)
    return f"{size + 12} {text} {size} {f'{frame.af:#x}' if frame.af else '0'} {frame.data.hex()}"


@pytest.mark.parametrize("receiver", ["raw", "packet"])
def test_send_canxl_reaches_c_program(xl: Open, peer: str, receiver: str) -> None:
    sock = xl()
    with running(peer, receiver, "vcanxl", str(len(FRAMES))) as process:
        for frame in FRAMES:
            sock.send(canxl.pack(*frame))
        lines, _ = process.communicate(timeout=60)
    assert lines.decode().splitlines() == [to_line(frame) for frame in FRAMES]


def test_vcid_of_sent_canxl_reaches_c_program(xl: Open, peer: str) -> None:
    frame = canxl.Frame(0x123, b"x", vcid=0xA5)
    passes, sets = (
        xl(vcid=(sockcore.CAN_RAW_XL_VCID_TX_PASS, 0, 0, 0)),
        xl(vcid=(sockcore.CAN_RAW_XL_VCID_TX_SET, 0x5A, 0, 0)),
    )
    with running(peer, "packet", "vcanxl", "3") as process:
        for sock in (passes, sets, xl()):
            sock.send(canxl.pack(*frame))
        lines, _ = process.communicate(timeout=60)
    assert lines.decode().splitlines() == [to_line(frame._replace(vcid=vcid)) for vcid in (0xA5, 0x5A, 0)]


@pytest.mark.parametrize("size", [1, 8, 65, 2048])
def test_recv_canxl_from_c_program_returns_frame(xl: Open, peer: str, size: int) -> None:
    sock = xl()
    run(peer, "raw", "vcanxl", "0x7ee", hex(SEC), "0x42", "0xfedcba98", str(size))
    frame = canxl.unpack(sock.recv(5000))
    data = bytes(i * 7 & 0xFF for i in range(size))
    assert frame == canxl.Frame(0x7EE, data, sdt=0x42, af=0xFEDCBA98, flags=SEC)


def test_vcid_of_c_program_is_received(xl: Open, peer: str, received: Any) -> None:
    # vcan does not deliver frames of packet sockets; a pair of vxcan interfaces does.
    for command in ("add vxcan0 type vxcan peer name vxcan1", "set vxcan0 mtu 2060 up", "set vxcan1 mtu 2060 up"):
        subprocess.run(["ip", "link", *command.split()], check=True, capture_output=True)
    try:
        matching = xl("vxcan1", vcid=(sockcore.CAN_RAW_XL_VCID_RX_FILTER, 0, 0xA5, 0xFF))
        default = xl("vxcan1")
        for prio in ("0xa50123", "0xa60124", "0x125"):
            run(peer, "packet", "vxcan0", prio, hex(sockcore.CANXL_XLF), "0", "0", "2")
        assert [canxl.unpack(frame)[:5] for frame in received(matching)] == [(0x123, b"\0\7", 0, 0, 0xA5)]
        assert [canxl.unpack(frame)[:5] for frame in received(default)] == [(0x125, b"\0\7", 0, 0, 0)]
    finally:
        subprocess.run(["ip", "link", "del", "vxcan0"], check=True, capture_output=True)
