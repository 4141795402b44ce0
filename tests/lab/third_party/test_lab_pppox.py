"""AF_PPPOX, by the example examples/pppox: sessions of PPPoE over a veth pair.

The peers are a packet socket of the standard library, and the PPP of the kernel with an interface of its own.
"""

from __future__ import annotations

import errno
import fcntl
import itertools
import os
import socket as stdlib
import struct
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from kit import BUFFER_SIZE, LIMIT, DatagramTests

import sockcore
from sockcore import plugin

sys.path.insert(0, str(Path(__file__).parents[3] / "examples/pppox/src"))
import sockcore_pppox
from sockcore_pppox.discovery import Packet, Tag, pack, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

plugin.load(sockcore_pppox)

LEFT, RIGHT = "pppoe0", "pppoe1"
LEFT_MAC, RIGHT_MAC = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
ETH_P_PPP_DISC, ETH_P_PPP_SES = 0x8863, 0x8864
LCP, IP = b"\xc0\x21", b"\x00\x21"  # protocols of PPP
sessions = itertools.count(1)


@pytest.fixture(scope="module", autouse=True)
def _wire() -> Iterator[None]:
    try:
        stdlib.socket(sockcore_pppox.AF_PPPOX, stdlib.SOCK_STREAM).close()
    except OSError as exc:
        pytest.skip(f"the kernel does not support AF_PPPOX: {exc}")
    command = ["ip", "link", "add", LEFT, "address", LEFT_MAC.hex(":"), "type", "veth"]
    subprocess.run([*command, "peer", "name", RIGHT, "address", RIGHT_MAC.hex(":")], check=True)
    for interface in (LEFT, RIGHT):
        subprocess.run(["ip", "link", "set", interface, "up"], check=True)
    yield
    subprocess.run(["ip", "link", "del", LEFT], check=True)


class TestPppoe(DatagramTests):
    family, type, proto = "AF_PPPOX", "SOCK_STREAM", "PX_PROTO_OE"
    unsupported = {
        "addresses": "a session has one peer",
        "connect": "connect opens a session, and is tested by every test",
        "standard library": "its getsockname cannot decode AF_PPPOX",
    }
    invalid_addresses = (
        (None, TypeError),
        ((1, RIGHT_MAC), TypeError),
        (("1", RIGHT_MAC, LEFT), TypeError),
        ((2**16, RIGHT_MAC, LEFT), OverflowError),
        ((1, RIGHT_MAC[1:], LEFT), ValueError),
        ((1, RIGHT_MAC, "a" * 16), ValueError),
    )

    def payload(self, number: int) -> bytes:
        return LCP + b"message %d" % number

    def open_bound_pair(self) -> tuple[Any, Any]:
        a, b, session = self.open_unbound(), self.open_unbound(), next(sessions)
        a.connect((session, RIGHT_MAC, LEFT))
        b.connect((session, LEFT_MAC, RIGHT))
        return a, b

    def open_bound(self) -> Any:
        return self.open_bound_pair()[0]

    def send(self, a: Any, b: Any, data: bytes) -> None:
        assert a.send(data) == len(data)

    def receive(self, sock: Any, count: int) -> bytes:
        frame: bytes = sock.recv(BUFFER_SIZE)
        return frame

    def expected_sender(self, sender: Any) -> Any:
        return None

    def test_pppoe_names_are_address_of_peer(self) -> None:
        sock = self.open_unbound()
        assert sock.getsockname() == (0, bytes(6), "")
        address = (next(sessions), RIGHT_MAC, LEFT)
        sock.connect(address)
        assert sock.getsockname() == sock.getpeername() == address

    def test_pppoe_connect_again_raises_ebusy(self) -> None:
        a, _ = self.open_bound_pair()
        with pytest.raises(OSError) as caught:
            a.connect((next(sessions), RIGHT_MAC, LEFT))
        assert caught.value.errno == errno.EBUSY
        with pytest.raises(OSError) as caught:  # the session exists
            self.open_unbound().connect(a.getpeername())
        assert caught.value.errno == errno.EALREADY

    def test_pppoe_connect_session_0_ends_session(self) -> None:
        a, b = self.open_bound_pair()
        a.connect((0, bytes(6), ""))
        with pytest.raises(OSError) as caught:
            a.send(LCP + b"x")
        assert caught.value.errno == errno.ENOTCONN
        a.connect((b.getpeername()[0], RIGHT_MAC, LEFT))
        self.send_and_check(a, b, LCP + b"again")

    def test_pppoe_errors_of_kernel(self) -> None:
        a, _ = self.open_bound_pair()
        with pytest.raises(OSError) as caught:
            self.open_unbound().connect((next(sessions), RIGHT_MAC, "no-such-device"))
        assert caught.value.errno == errno.ENODEV
        with pytest.raises(OSError) as caught:
            self.open_unbound().bind((1, RIGHT_MAC, LEFT))
        assert caught.value.errno == errno.EOPNOTSUPP
        with pytest.raises(OSError) as caught:
            a.send(LCP + bytes(1600))
        assert caught.value.errno == errno.EMSGSIZE


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def connect(stack: ExitStack) -> Callable[[int, bytes, str], Any]:
    """Return a function that opens a session."""

    def open_session(session: int, remote: bytes, interface: str) -> Any:
        sock = stack.enter_context(
            sockcore.socket(sockcore.AF_PPPOX, sockcore.SOCK_STREAM, sockcore_pppox.constants.PX_PROTO_OE)
        )
        sock.settimeout(LIMIT)
        sock.connect((session, remote, interface))
        return sock

    return open_session


def packet_socket(stack: ExitStack, interface: str, protocol: int) -> stdlib.socket:
    """Return a packet socket of the standard library."""
    sock = stack.enter_context(stdlib.socket(stdlib.AF_PACKET, stdlib.SOCK_DGRAM, stdlib.htons(protocol)))
    sock.bind((interface, protocol))
    sock.settimeout(LIMIT)
    return sock


def test_pppoe_frames_of_packet_socket(stack: ExitStack, connect: Any) -> None:
    session = next(sessions)
    sock, peer = connect(session, RIGHT_MAC, LEFT), packet_socket(stack, RIGHT, ETH_P_PPP_SES)
    sock.send(LCP + b"hello")
    data, (_, protocol, _, _, source) = peer.recvfrom(BUFFER_SIZE)
    assert (protocol, source) == (ETH_P_PPP_SES, LEFT_MAC)
    assert data == struct.pack(">BBHH", 0x11, 0, session, 7) + LCP + b"hello"
    answer = struct.pack(">BBHH", 0x11, 0, session, 8) + LCP + b"answer" + b"padding"
    peer.sendto(answer, (RIGHT, ETH_P_PPP_SES, 0, 0, LEFT_MAC))
    assert sock.recv(BUFFER_SIZE) == LCP + b"answer"
    # A frame of another session is not received.
    other = struct.pack(">BBHH", 0x11, 0, session + 1000, 3) + LCP + b"x"
    peer.sendto(other, (RIGHT, ETH_P_PPP_SES, 0, 0, LEFT_MAC))
    sock.setblocking(False)
    with pytest.raises(BlockingIOError):
        sock.recv(BUFFER_SIZE)
    line = f"{struct.unpack('=H', struct.pack('>H', session))[0]:08X} {RIGHT_MAC.hex(':')} {LEFT:>8}"
    assert line in Path("/proc/net/pppoe").read_text().splitlines()


def test_pppoe_discovery_opens_session_and_padt_ends_it(stack: ExitStack, connect: Any) -> None:
    host, server = packet_socket(stack, LEFT, ETH_P_PPP_DISC), packet_socket(stack, RIGHT, ETH_P_PPP_DISC)
    session = next(sessions)

    def exchange(sender: stdlib.socket, receiver: stdlib.socket, interface: str, to: bytes, packet: Packet) -> bytes:
        sender.sendto(pack(packet), (interface, ETH_P_PPP_DISC, 0, 0, to))
        while True:
            data, (_, _, direction, _, source) = receiver.recvfrom(BUFFER_SIZE)
            if direction != stdlib.PACKET_OUTGOING:
                assert unpack(data) == packet
                return bytes(source)

    service, name, unique = {Tag.SERVICE_NAME: b""}, {Tag.AC_NAME: b"lab"}, {Tag.HOST_UNIQ: b"\x01\x02"}
    broadcast = b"\xff" * 6
    host_mac = exchange(host, server, LEFT, broadcast, Packet(sockcore.PADI_CODE, 0, {**service, **unique}))
    offer = Packet(sockcore.PADO_CODE, 0, {**service, **name, **unique})
    server_mac = exchange(server, host, RIGHT, host_mac, offer)
    assert (host_mac, server_mac) == (LEFT_MAC, RIGHT_MAC)
    exchange(host, server, LEFT, server_mac, Packet(sockcore.PADR_CODE, 0, {**service, **unique}))
    exchange(server, host, RIGHT, host_mac, Packet(sockcore.PADS_CODE, session, {**service, **unique}))
    a, b = connect(session, server_mac, LEFT), connect(session, host_mac, RIGHT)
    a.send(LCP + b"hello")
    assert b.recv(BUFFER_SIZE) == LCP + b"hello"
    exchange(server, host, RIGHT, host_mac, Packet(sockcore.PADT_CODE, session, {}))
    deadline = time.monotonic() + LIMIT
    while a.connect_ex((session, server_mac, LEFT)) == errno.EBUSY:  # the kernel ends it in a worker thread
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_pppoe_exchanges_ip_packets_with_kernel_ppp(stack: ExitStack, connect: Any) -> None:
    session = next(sessions)
    a, b = connect(session, RIGHT_MAC, LEFT), connect(session, LEFT_MAC, RIGHT)
    try:
        channel, unit = (os.open("/dev/ppp", os.O_RDWR) for _ in range(2))
    except OSError as exc:
        pytest.skip(f"the kernel has no PPP: {exc}")
    stack.callback(os.close, channel)
    stack.callback(os.close, unit)
    # Connect the session of a to a new interface: PPPIOCGCHAN, PPPIOCATTCHAN, PPPIOCNEWUNIT, PPPIOCCONNECT.
    number = fcntl.ioctl(a.fileno(), 0x80047437, bytes(4))
    fcntl.ioctl(channel, 0x40047438, number)
    number = fcntl.ioctl(unit, 0xC004743E, struct.pack("=i", -1))
    fcntl.ioctl(channel, 0x4004743A, number)
    interface = f"ppp{struct.unpack('=i', number)[0]}"
    subprocess.run(["ip", "addr", "add", "10.99.0.1", "peer", "10.99.0.2", "dev", interface], check=True)
    subprocess.run(["ip", "link", "set", interface, "up"], check=True)
    with stdlib.socket(stdlib.AF_INET, stdlib.SOCK_DGRAM) as udp:
        udp.settimeout(LIMIT)
        udp.bind(("10.99.0.1", 0))
        udp.sendto(b"hello", ("10.99.0.2", 4000))
        frame = b""
        while frame[:2] != IP:  # IPv6 sends packets too
            frame = b.recv(BUFFER_SIZE)
        assert (frame[14:22], frame[30:]) == (stdlib.inet_aton("10.99.0.1") + stdlib.inet_aton("10.99.0.2"), b"hello")
        # Send the packet back, with addresses and ports swapped: the check sums do not change.
        ports = frame[24:26] + frame[22:24]
        b.send(frame[:14] + frame[18:22] + frame[14:18] + ports + frame[26:])
        assert udp.recvfrom(BUFFER_SIZE) == (b"hello", ("10.99.0.2", 4000))
