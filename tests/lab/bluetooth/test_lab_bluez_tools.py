"""Foreign peers: BlueZ's own tools at one end, or as witnesses of what a socket did."""

from __future__ import annotations

import itertools
import os
import pty
import re
import shutil
import struct
import subprocess
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from bluetooth_machine import DEVICES, hci

import sockcore
from sockcore import (
    AF_BLUETOOTH,
    BDADDR_LE_PUBLIC,
    BTPROTO_L2CAP,
    BTPROTO_RFCOMM,
    HCI_DEV_NONE,
    SOCK_DGRAM,
    SOCK_SEQPACKET,
    SOCK_STREAM,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("rfcomm_session")

LIMIT = 20.0  # seconds
SIZE = 64  # bytes of each of l2test's and rctest's packets
FRAMES = 5


def test_the_tools_are_here() -> None:
    for name in ("l2test", "rctest", "l2ping", "hcitool", "hciconfig", "btmgmt", "stdbuf"):
        assert shutil.which(name), name


class Tool:
    """A tool that runs, and what it has said so far."""

    def __init__(self, path: Path, command: tuple[object, ...]) -> None:
        self.path = path
        with path.open("w") as output:
            self.process = subprocess.Popen(
                ["stdbuf", "-oL", *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        return self.path.read_text(errors="replace")

    def says(self, pattern: str, times: int = 1) -> str:
        """Wait until it has said *pattern* so often; all that it said."""
        end = time.monotonic() + LIMIT
        while len(re.findall(pattern, self.said())) < times:
            assert time.monotonic() < end, f"no {pattern!r} in what the tool says:\n{self.said()}"
            time.sleep(0.02)
        return self.said()

    def end(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, 9)  # with the child that has the connection
        self.process.wait()


@pytest.fixture
def tool(tmp_path: Path) -> Iterator[Any]:
    running: list[Tool] = []

    def start(*command: object) -> Tool:
        running.append(Tool(tmp_path / str(len(running)), command))
        return running[-1]

    yield start
    for each in running:
        each.end()
        print(each.process.args, each.said(), sep="\n")  # pytest shows it if the test failed


def run(*command: object) -> str:
    done = subprocess.run(
        list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT, check=True
    )
    return done.stdout + done.stderr


class Kind(NamedTuple):
    """A kind of connection, and how the tool is told of it."""

    program: str
    type: int
    proto: int
    ports: Iterator[int]
    rest: tuple[int, ...] = ()
    options: tuple[str, ...] = ()

    def address(self, number: int, port: int) -> tuple[Any, ...]:
        return (DEVICES[number].address, port, *self.rest)

    def open(self, port: int, number: int) -> sockcore.socket:
        sock = sockcore.socket(AF_BLUETOOTH, self.type, self.proto)
        sock.settimeout(LIMIT)
        sock.bind(self.address(number, port))
        return sock


KINDS = {
    "packets": Kind("l2test", int(SOCK_SEQPACKET), BTPROTO_L2CAP, itertools.count(0x1E01, 2)),
    "stream": Kind("l2test", int(SOCK_STREAM), BTPROTO_L2CAP, itertools.count(0x1E11, 2), (), ("-U",)),
    "low energy": Kind(
        "l2test",
        int(SOCK_SEQPACKET),
        BTPROTO_L2CAP,
        itertools.count(0xF0),
        (0, BDADDR_LE_PUBLIC),
        ("-V", "le_public"),
    ),
    "rfcomm": Kind("rctest", int(SOCK_STREAM), BTPROTO_RFCOMM, itertools.count(20)),
}


def frame(number: int) -> bytes:
    """What the tools send and expect: a number, a length, and a filling."""
    return struct.pack("<IH", number, SIZE).ljust(SIZE, b"\x7f")


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_tool_sends(tool: Any, kind: Kind) -> None:
    port = next(kind.ports)
    with kind.open(port, 1) as server:
        server.listen()
        assert server.getsockname() == kind.address(1, port)
        sending = (kind.program, "-s", "-i", "hci0", "-P", port, "-b", SIZE, "-N", FRAMES, *kind.options)
        # A pause after each frame: what is closed by the time of accept() is none of its connections any more.
        sender = tool(*sending, "-C", 1, "-D", 200, DEVICES[1].address)
        connection, address = server.accept()
        with connection:
            connection.settimeout(LIMIT)
            assert address[:2] == (DEVICES[0].address, port)
            assert address[3:] == kind.rest[1:]
            received = b""
            while len(received) < FRAMES * SIZE:
                received += connection.recv(4096)
        assert received == b"".join(map(frame, range(FRAMES)))
        sender.says("Connected")


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_tool_receives(tool: Any, kind: Kind) -> None:
    """It complains of each packet that is not the next one, or not whole."""
    port = next(kind.ports)
    receiver = tool(kind.program, "-r", "-i", "hci1", "-P", port, "-b", SIZE, *kind.options)
    receiver.says("Waiting for connection")
    with kind.open(0, 0) as client:
        client.connect(kind.address(1, port))
        for number in range(FRAMES):
            client.sendall(frame(number))
        said = receiver.says(rf"{SIZE} bytes in", FRAMES)
    assert re.search(f"Connect(ed to|ion from| from) {DEVICES[0].address}", said), said
    assert "mis" not in said.lower(), said


def test_l2test_dumps_a_datagram(tool: Any) -> None:
    """Without a connection: the tool writes down what came, in hexadecimal."""
    psm = 0x1E21
    receiver = tool("l2test", "-d", "-G", "-i", "hci1", "-P", psm)
    receiver.says("Receiving")
    with sockcore.socket(AF_BLUETOOTH, SOCK_DGRAM, BTPROTO_L2CAP) as client:
        client.settimeout(LIMIT)
        client.bind((DEVICES[0].address, 0))
        client.connect((DEVICES[1].address, psm))
        client.send(b"datagram")
        receiver.says("Received 8 bytes")
        receiver.says(b"datagram".hex(" "))


def test_l2ping_and_a_raw_socket_ask_the_same() -> None:
    said = run("l2ping", "-i", "hci0", "-c", 2, "-s", 20, DEVICES[1].address)
    assert "2 sent, 2 received, 0% loss" in said


def test_hcitool_and_the_monitor_channel() -> None:
    """What a tool commands is seen, and what the controller answers is what the tool prints."""
    with hci() as monitor:
        monitor.bind((HCI_DEV_NONE, sockcore.HCI_CHANNEL_MONITOR))
        said = run("hcitool", "-i", "hci1", "cmd", "0x04", "0x0009")  # Read BD_ADDR
        while True:
            packet = monitor.recv(4096)
            if packet[:4] == struct.pack("<HH", 3, 1) and b"\x09\x10" in packet:  # an event of the second controller
                break
    printed = re.findall(r"^  ((?:[0-9A-F]{2} )+)", said, re.MULTILINE)[-1]
    assert bytes.fromhex(printed) == packet[8:]
    assert ":".join(f"{octet:02X}" for octet in reversed(packet[-6:])) == DEVICES[1].address


def test_hciconfig_has_the_same_devices() -> None:
    said = run("hciconfig", "-a")
    for device in DEVICES:
        block = said.partition(f"hci{device.number}:")[2]
        assert device.address in block.partition("hci")[0]


def test_hcitool_lists_a_connection() -> None:
    with sockcore.socket(AF_BLUETOOTH, SOCK_STREAM, BTPROTO_RFCOMM) as server:
        server.bind((DEVICES[1].address, 0))
        server.listen()
        with sockcore.socket(AF_BLUETOOTH, SOCK_STREAM, BTPROTO_RFCOMM) as client:
            client.settimeout(LIMIT)
            client.bind((DEVICES[0].address, 0))
            client.connect(server.getsockname())
            handle, _ = sockcore.options.read(client, sockcore.SOL_RFCOMM, sockcore.RFCOMM_CONNINFO)  # type: ignore[misc]
            said = run("hcitool", "-i", "hci0", "con")
            assert re.search(rf"ACL {DEVICES[1].address} handle {handle} ", said), said


def test_btmgmt_sees_the_low_energy_that_was_switched_on() -> None:
    terminal, other = pty.openpty()  # without one it says nothing
    with subprocess.Popen(["btmgmt", "--index", "1", "info"], stdin=other, stdout=other, stderr=other) as process:
        os.close(other)
        process.wait(LIMIT)
    said = os.read(terminal, 65536).decode(errors="replace")
    os.close(terminal)
    current = said.partition("current settings:")[2].partition("\n")[0].split()
    assert {"powered", "connectable", "le", "advertising"} <= set(current), said
