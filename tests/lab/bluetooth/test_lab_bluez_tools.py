"""Tools of BlueZ as peers, and as observers of sockets."""

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
from bluetooth_machine import DEVICES, open_hci

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

LIMIT = 60.0  # seconds
SIZE = 64  # bytes per packet of l2test and rctest
FRAMES = 5


def test_bluez_tools_are_installed() -> None:
    for name in ("l2test", "rctest", "l2ping", "hcitool", "hciconfig", "btmgmt", "stdbuf"):
        assert shutil.which(name), name


class Tool:
    """A running tool and its output."""

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

    def output(self) -> str:
        return self.path.read_text(errors="replace")

    def wait_for(self, pattern: str, times: int = 1) -> str:
        """Wait until the output has *pattern* that many times; return the output."""
        end = time.monotonic() + LIMIT
        while len(re.findall(pattern, self.output())) < times:
            assert time.monotonic() < end, f"no {pattern!r} in the output of the tool:\n{self.output()}"
            time.sleep(0.02)
        return self.output()

    def end(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, 9)  # with the child process that handles the connection
        self.process.wait()


@pytest.fixture
def tool(tmp_path: Path) -> Iterator[Any]:
    running: list[Tool] = []

    def start(*command: object) -> Tool:
        running.append(Tool(tmp_path / str(len(running)), command))
        return running[-1]

    yield start
    for started in running:
        started.end()
        print(started.process.args, started.output(), sep="\n")  # pytest shows it if the test failed


def run(*command: object) -> str:
    done = subprocess.run(
        list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT, check=True
    )
    return done.stdout + done.stderr


class Transport(NamedTuple):
    """A transport protocol, with the program and options of BlueZ that use it."""

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


TRANSPORTS = {
    "packets": Transport("l2test", int(SOCK_SEQPACKET), BTPROTO_L2CAP, itertools.count(0x1E01, 2)),
    "stream": Transport("l2test", int(SOCK_STREAM), BTPROTO_L2CAP, itertools.count(0x1E11, 2), (), ("-U",)),
    "low energy": Transport(
        "l2test",
        int(SOCK_SEQPACKET),
        BTPROTO_L2CAP,
        itertools.count(0xF0),
        (0, BDADDR_LE_PUBLIC),
        ("-V", "le_public"),
    ),
    "rfcomm": Transport("rctest", int(SOCK_STREAM), BTPROTO_RFCOMM, itertools.count(20)),
}


def frame(number: int) -> bytes:
    """Return a frame as the tools send and expect it: number, length, padding."""
    return struct.pack("<IH", number, SIZE).ljust(SIZE, b"\x7f")


@pytest.mark.parametrize("transport", TRANSPORTS.values(), ids=TRANSPORTS)
def test_recv_from_bluez_tool_returns_frames(tool: Any, transport: Transport) -> None:
    port = next(transport.ports)
    with transport.open(port, 1) as server:
        server.listen()
        assert server.getsockname() == transport.address(1, port)
        where = ("-i", "hci0", "-P", port)
        command = (transport.program, "-s", *where, "-b", SIZE, "-N", FRAMES, *transport.options)
        # A pause after each frame: accept() does not return connections that are closed already.
        sender = tool(*command, "-C", 1, "-D", 200, DEVICES[1].address)
        connection, address = server.accept()
        with connection:
            connection.settimeout(LIMIT)
            assert address[:2] == (DEVICES[0].address, port)
            assert address[3:] == transport.rest[1:]
            received = b""
            while len(received) < FRAMES * SIZE:
                received += connection.recv(4096)
        assert received == b"".join(map(frame, range(FRAMES)))
        sender.wait_for("Connected")


@pytest.mark.parametrize("transport", TRANSPORTS.values(), ids=TRANSPORTS)
def test_sendall_to_bluez_tool_delivers_frames(tool: Any, transport: Transport) -> None:
    """Expect no line with "mis" from the tool.

    The tool prints one for each packet that is out of order or incomplete.
    """
    port = next(transport.ports)
    receiver = tool(transport.program, "-r", "-i", "hci1", "-P", port, "-b", SIZE, *transport.options)
    receiver.wait_for("Waiting for connection")
    with transport.open(0, 0) as client:
        client.connect(transport.address(1, port))
        for number in range(FRAMES):
            client.sendall(frame(number))
        output = receiver.wait_for(rf"{SIZE} bytes in", FRAMES)
    assert re.search(f"Connect(ed to|ion from| from) {DEVICES[0].address}", output), output
    assert "mis" not in output.lower(), output


def test_send_datagram_reaches_l2test(tool: Any) -> None:
    """The tool prints connectionless datagrams in hexadecimal."""
    psm = 0x1E21
    receiver = tool("l2test", "-d", "-G", "-i", "hci1", "-P", psm)
    receiver.wait_for("Receiving")
    with sockcore.socket(AF_BLUETOOTH, SOCK_DGRAM, BTPROTO_L2CAP) as client:
        client.settimeout(LIMIT)
        client.bind((DEVICES[0].address, 0))
        client.connect((DEVICES[1].address, psm))
        client.send(b"datagram")
        receiver.wait_for("Received 8 bytes")
        receiver.wait_for(b"datagram".hex(" "))


def test_l2ping_between_controllers_loses_no_packet() -> None:
    output = run("l2ping", "-i", "hci0", "-c", 2, "-s", 20, DEVICES[1].address)
    assert "2 sent, 2 received, 0% loss" in output


def test_monitor_channel_receives_event_of_hcitool() -> None:
    """The monitor channel gets the event that the tool prints."""
    with open_hci() as monitor:
        monitor.bind((HCI_DEV_NONE, sockcore.HCI_CHANNEL_MONITOR))
        output = run("hcitool", "-i", "hci1", "cmd", "0x04", "0x0009")  # Read BD_ADDR
        while True:
            packet = monitor.recv(4096)
            if packet[:4] == struct.pack("<HH", 3, 1) and b"\x09\x10" in packet:  # an event of the second controller
                break
    printed = re.findall(r"^  ((?:[0-9A-F]{2} )+)", output, re.MULTILINE)[-1]
    assert bytes.fromhex(printed) == packet[8:]
    assert ":".join(f"{octet:02X}" for octet in reversed(packet[-6:])) == DEVICES[1].address


def test_hcigetdevinfo_addresses_match_hciconfig() -> None:
    output = run("hciconfig", "-a")
    for device in DEVICES:
        block = output.partition(f"hci{device.number}:")[2]
        assert device.address in block.partition("hci")[0]


def test_rfcomm_conninfo_handle_matches_hcitool() -> None:
    with sockcore.socket(AF_BLUETOOTH, SOCK_STREAM, BTPROTO_RFCOMM) as server:
        server.bind((DEVICES[1].address, 0))
        server.listen()
        with sockcore.socket(AF_BLUETOOTH, SOCK_STREAM, BTPROTO_RFCOMM) as client:
            client.settimeout(LIMIT)
            client.bind((DEVICES[0].address, 0))
            client.connect(server.getsockname())
            handle, _ = sockcore.options.read(client, sockcore.SOL_RFCOMM, sockcore.RFCOMM_CONNINFO)  # type: ignore[misc]
            output = run("hcitool", "-i", "hci0", "con")
            assert re.search(rf"ACL {DEVICES[1].address} handle {handle} ", output), output


def test_management_commands_settings_match_btmgmt() -> None:
    terminal, other = pty.openpty()  # btmgmt prints nothing without a terminal
    with subprocess.Popen(["btmgmt", "--index", "1", "info"], stdin=other, stdout=other, stderr=other) as process:
        os.close(other)
        process.wait(LIMIT)
    output = os.read(terminal, 65536).decode(errors="replace")
    os.close(terminal)
    current = output.partition("current settings:")[2].partition("\n")[0].split()
    assert {"powered", "connectable", "le", "advertising"} <= set(current), output
