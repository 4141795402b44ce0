"""AF_MCTP, by the example examples/mctp: endpoints on lo, and a device on a serial line.

The peer on the serial line is this test. It writes and reads the frames of DMTF DSP0253.
"""

from __future__ import annotations

import errno
import fcntl
import itertools
import os
import select
import socket as stdlib
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from kit import BUFFER_SIZE, LIMIT, DatagramTests

import sockcore
from sockcore import options, plugin

sys.path.insert(0, str(Path(__file__).parents[3] / "examples/mctp/src"))
import sockcore_mctp
from sockcore_mctp.options import MCTP_OPT_ADDR_EXT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

plugin.load(sockcore_mctp)

NETWORK, TYPE = 1, 5  # the kernel gives new devices the network 1
FIRST_EID = 8  # the source of all messages: the first address of lo
EIDS = range(9, 180)
SERIAL_EID, PEER_EID = 200, 201
RTM_SETLINK, IFLA_AF_SPEC, IFLA_MCTP_NET, NLA_F_NESTED = 19, 26, 1, 0x8000
RTM_NEWADDR, RTM_NEWROUTE, IFA_LOCAL, RTA_DST, RTA_OIF, N_MCTP = 20, 24, 2, 1, 4, 28
OWNER = 8


def change(message_type: int, body: bytes, *attributes: tuple[int, bytes]) -> None:
    """Send a request to rtnetlink by the standard library. Ignore that the object exists."""
    for number, value in attributes:
        body += struct.pack("=HH", 4 + len(value), number) + value.ljust((len(value) + 3) & ~3, b"\0")
    with stdlib.socket(stdlib.AF_NETLINK, stdlib.SOCK_RAW) as sock:
        sock.send(struct.pack("=IHHII", 16 + len(body), message_type, 0x405, 1, 0) + body)
        [number] = struct.unpack_from("=i", sock.recv(4096), 16)
    if number not in (0, -errno.EEXIST):
        raise OSError(-number, os.strerror(-number))


def set_network(interface: str, network: int) -> None:
    index = stdlib.if_nametoindex(interface)
    link = struct.pack("=HHI", 8, IFLA_MCTP_NET, network)
    family = struct.pack("=HH", 4 + len(link), NLA_F_NESTED | sockcore_mctp.AF_MCTP) + link
    change(RTM_SETLINK, struct.pack("=BxHiII", 0, 0, index, 0, 0), (NLA_F_NESTED | IFLA_AF_SPEC, family))


def add_eid(interface: str, eid: int) -> None:
    index = stdlib.if_nametoindex(interface)
    change(RTM_NEWADDR, struct.pack("=BBBBI", sockcore_mctp.AF_MCTP, 0, 0, 0, index), (IFA_LOCAL, bytes([eid])))


def add_route(interface: str, eid: int) -> None:
    index = struct.pack("=I", stdlib.if_nametoindex(interface))
    header = struct.pack("=BBBBBBBBI", sockcore_mctp.AF_MCTP, 0, 0, 0, 0, 4, 0, 1, 0)  # static, unicast
    change(RTM_NEWROUTE, header, (RTA_DST, bytes([eid])), (RTA_OIF, index))


@pytest.fixture(scope="module", autouse=True)
def _endpoints() -> None:
    try:
        sockcore.socket(sockcore.AF_MCTP, sockcore.SOCK_DGRAM).close()
    except OSError as exc:
        pytest.skip(f"the kernel does not support AF_MCTP: {exc}")
    for eid in (FIRST_EID, *EIDS):
        add_eid("lo", eid)


class TestMctp(DatagramTests):
    family, type = "AF_MCTP", "SOCK_DGRAM"
    unsupported = {
        "connect": "AF_MCTP of Linux 6.12 has no connect",
        "getsockname": "AF_MCTP has no getsockname",
        "standard library": "its getsockname cannot decode AF_MCTP",
    }
    invalid_addresses = (
        (None, TypeError),
        ((1, 8, 5), TypeError),
        (("1", 8, 5, 0), TypeError),
        ((1, 256, 5, 0), OverflowError),
        ((1, 8, 5, 0, "lo", bytes(33)), ValueError),
        ((1, 8, 5, 0, "no-such-device", b""), OSError),
    )
    eids = itertools.cycle(EIDS)

    @pytest.fixture(autouse=True)
    def _reset_addresses(self) -> None:
        self.eids_of: dict[Any, int] = {}
        self.tags: dict[Any, int] = {}

    def open_bound(self) -> Any:
        sock, eid = self.open_unbound(), next(self.eids)
        sock.bind((NETWORK, eid, TYPE, 0))
        self.eids_of[sock] = eid
        return sock

    def open_bound_pair(self) -> tuple[Any, Any]:
        # A message takes one of eight tags until the answer: a reserved tag is for any number of messages.
        a, b = self.open_bound(), self.open_bound()
        for sender, receiver in ((a, b), (b, a)):
            self.tags[receiver] = sender.mctp_allocate_tag(self.eids_of[receiver])
        return a, b

    def address_of(self, sock: Any) -> Any:
        return NETWORK, self.eids_of[sock], TYPE, self.tags[sock]

    def expected_sender(self, sender: Any) -> Any:
        [tag] = {tag for sock, tag in self.tags.items() if sock is not sender}
        return NETWORK, FIRST_EID, TYPE, tag & ~sockcore.MCTP_TAG_PREALLOC


@pytest.fixture
def sockets() -> Iterator[Callable[[], Any]]:
    opened: list[Any] = []

    def open_socket() -> Any:
        opened.append(sockcore.socket(sockcore.AF_MCTP, sockcore.SOCK_DGRAM))
        opened[-1].settimeout(LIMIT)
        return opened[-1]

    yield open_socket
    for sock in opened:
        sock.close()


def test_mctp_answer_reaches_owner_of_tag(sockets: Any) -> None:
    server, client = sockets(), sockets()
    server.bind((sockcore.MCTP_NET_ANY, sockcore.MCTP_ADDR_ANY, 6, 0))
    for number in range(20):  # more than the eight tags: the answer releases one
        client.sendto(b"request %d" % number, (NETWORK, FIRST_EID, 6, OWNER))
        data, (network, eid, message_type, tag) = server.recvfrom(BUFFER_SIZE)
        assert (data, network, eid, message_type) == (b"request %d" % number, NETWORK, FIRST_EID, 6)
        assert tag & sockcore.MCTP_TAG_OWNER
        server.sendto(b"answer %d" % number, (network, eid, message_type, tag & ~OWNER))
        assert client.recvfrom(BUFFER_SIZE) == (b"answer %d" % number, (NETWORK, eid, 6, tag & ~OWNER))


def test_mctp_allocate_tag_until_none_is_free(sockets: Any) -> None:
    sock = sockets()
    tags = [sock.mctp_allocate_tag(250) for _ in range(8)]
    assert sorted(tags) == [sockcore.MCTP_TAG_OWNER | sockcore.MCTP_TAG_PREALLOC | number for number in range(8)]
    with pytest.raises(OSError) as caught:
        sock.mctp_allocate_tag(250)
    assert caught.value.errno == errno.EBUSY
    sock.mctp_release_tag(250, tags[3])
    assert sock.mctp_allocate_tag(250) == tags[3]
    with pytest.raises(OSError):
        sockets().mctp_release_tag(250, 0)


def test_mctp_sendto_without_route_raises(sockets: Any) -> None:
    with pytest.raises(OSError) as caught:
        sockets().sendto(b"x", (NETWORK, 251, 6, OWNER))
    assert caught.value.errno == errno.EHOSTUNREACH


def test_mctp_option_extended_address_returns_six_items(sockets: Any) -> None:
    server, client = sockets(), sockets()
    server.bind((NETWORK, FIRST_EID, 7, 0))
    assert options.get(server, MCTP_OPT_ADDR_EXT) is False
    options.set(server, MCTP_OPT_ADDR_EXT, True)
    assert options.get(server, MCTP_OPT_ADDR_EXT) is True
    with pytest.raises(TypeError, match="MCTP_OPT_ADDR_EXT"):
        options.set(server, MCTP_OPT_ADDR_EXT, "yes")  # type: ignore[arg-type]
    client.sendto(b"hello", (NETWORK, FIRST_EID, 7, OWNER))
    data, (network, eid, message_type, tag, interface, hwaddr) = server.recvfrom(BUFFER_SIZE)
    assert (data, network, eid, message_type) == (b"hello", NETWORK, FIRST_EID, 7)
    assert tag & OWNER
    assert (interface, hwaddr) == ("", b"")  # a message of this machine comes from no interface


class SerialLine:
    """The other end of an MCTP device on a serial line, with the frames of DSP0253."""

    def __init__(self) -> None:
        before = set(os.listdir("/sys/class/net"))
        self.data = b""
        self.master, self.slave = os.openpty()
        settings = termios.tcgetattr(self.slave)
        settings[0] = settings[1] = settings[3] = 0
        termios.tcsetattr(self.slave, termios.TCSANOW, settings)
        fcntl.ioctl(self.slave, termios.TIOCSETD, struct.pack("=i", N_MCTP))
        [self.interface] = set(os.listdir("/sys/class/net")) - before

    def close(self) -> None:
        os.close(self.slave)
        os.close(self.master)

    def read_packet(self) -> bytes:
        """Return the MCTP packet of the next frame."""
        while self.data.count(b"\x7e") < 2:
            assert select.select([self.master], [], [], LIMIT)[0], f"no frame, only {self.data!r}"
            self.data += os.read(self.master, 4096)
        _, frame, self.data = self.data.split(b"\x7e", 2)
        frame = frame.replace(b"\x7d\x5e", b"\x7e").replace(b"\x7d\x5d", b"\x7d")
        revision, length, packet, check = frame[0], frame[1], frame[2:-2], frame[-2:]
        assert (revision, length) == (1, len(packet))
        assert check == frame_check(frame[:-2])
        return packet

    def write_packet(self, packet: bytes) -> None:
        frame = bytes((1, len(packet))) + packet
        frame += frame_check(frame)
        os.write(self.master, b"\x7e" + frame.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e") + b"\x7e")


def frame_check(data: bytes) -> bytes:
    """Return the FCS of RFC 1662, which DSP0253 uses."""
    check = 0xFFFF
    for byte in data:
        check ^= byte
        for _ in range(8):
            check = check >> 1 ^ (0x8408 if check & 1 else 0)
    return struct.pack(">H", check)


@pytest.fixture
def line() -> Iterator[SerialLine]:
    try:
        line = SerialLine()
    except OSError as exc:
        pytest.skip(f"the kernel has no MCTP on serial lines: {exc}")
    subprocess.run(["ip", "link", "set", line.interface, "up"], check=True)
    add_eid(line.interface, SERIAL_EID)
    yield line
    line.close()


def test_mctp_serial_peer_receives_request_and_answers(sockets: Any, line: SerialLine) -> None:
    add_route(line.interface, PEER_EID)
    sock = sockets()
    sock.sendto(b"a ~}frame", (NETWORK, PEER_EID, TYPE, OWNER))  # with characters that are escaped
    version, destination, source, flags, *message = line.read_packet()
    assert (version & 15, destination, source, bytes(message)) == (1, PEER_EID, SERIAL_EID, b"\x05a ~}frame")
    assert flags & 0xC8 == 0xC8  # first and last packet, owner of the tag
    line.write_packet(bytes((1, SERIAL_EID, PEER_EID, 0xC0 | flags & 7, TYPE)) + b"answer ~}")
    assert sock.recvfrom(BUFFER_SIZE) == (b"answer ~}", (NETWORK, PEER_EID, TYPE, flags & 7))


def test_mctp_serial_extended_address_needs_no_route(sockets: Any, line: SerialLine) -> None:
    sock = sockets()
    options.set(sock, MCTP_OPT_ADDR_EXT, True)
    sock.sendto(b"hello", (NETWORK, 0, TYPE, OWNER, line.interface, b""))
    version, destination, source, _, *message = line.read_packet()
    assert (version & 15, destination, source, bytes(message)) == (1, 0, SERIAL_EID, b"\x05hello")
    server = sockets()
    options.set(server, MCTP_OPT_ADDR_EXT, True)
    server.bind((NETWORK, SERIAL_EID, 9, 0))
    line.write_packet(bytes((1, SERIAL_EID, PEER_EID, 0xC0 | OWNER | 2, 9)) + b"event")
    assert server.recvfrom(BUFFER_SIZE) == (b"event", (NETWORK, PEER_EID, 9, OWNER | 2, line.interface, b""))


def test_mctp_serial_long_message_is_fragmented(sockets: Any, line: SerialLine) -> None:
    add_route(line.interface, PEER_EID)
    sock, data = sockets(), bytes(range(97, 122)) * 20
    sock.sendto(data, (NETWORK, PEER_EID, TYPE, OWNER))
    received, sequence = b"", 0
    while True:
        packet = line.read_packet()
        received += packet[4:]
        assert packet[3] >> 4 & 3 == sequence % 4
        sequence += 1
        if packet[3] & 0x40:
            break
    assert received == bytes([TYPE]) + data


def test_mctp_tag_of_other_network_is_kept(sockets: Any, line: SerialLine) -> None:
    network = 7
    set_network(line.interface, network)
    add_route(line.interface, PEER_EID)
    sock = sockets()
    try:
        tag = sock.mctp_allocate_tag(PEER_EID, network)
    except OSError as exc:
        if exc.errno != errno.EINVAL:
            raise
        pytest.skip("the kernel has no SIOCMCTPALLOCTAG2")
    for _ in range(10):  # more than the eight tags
        sock.sendto(b"request", (network, PEER_EID, TYPE, tag))
        packet = line.read_packet()
        assert packet[3] & 0xF == tag & 0xF
        line.write_packet(bytes((1, SERIAL_EID, PEER_EID, 0xC0 | tag & 7, TYPE)) + b"answer")
        assert sock.recvfrom(BUFFER_SIZE) == (b"answer", (network, PEER_EID, TYPE, tag & 7))
    with pytest.raises(OSError) as caught:  # the tag is not one of the default network
        sock.mctp_release_tag(PEER_EID, tag)
    assert caught.value.errno == errno.EINVAL
    sock.mctp_release_tag(PEER_EID, tag, network)
    with pytest.raises(OSError):
        sock.sendto(b"request", (network, PEER_EID, TYPE, tag))
