"""AF_PACKET: frames on lo and between two veth interfaces, all parts of addresses, and the kernel as the peer."""

from __future__ import annotations

import errno
import itertools
import os
import socket as stdlib
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from kit import LIMIT, DatagramTests

import sockcore
from sockcore import ancillary, options
from sockcore.plugin import interface_index

if TYPE_CHECKING:
    from collections.abc import Iterator

    import kit

PACKET, RAW, DGRAM = sockcore.AF_PACKET, sockcore.SOCK_RAW, sockcore.SOCK_DGRAM
SOL_PACKET = sockcore.SOL_PACKET
ETHER, LOOPBACK = sockcore.ARPHRD_ETHER, sockcore.ARPHRD_LOOPBACK
HOST, OUTGOING = sockcore.PACKET_HOST, sockcore.PACKET_OUTGOING
FIRST, SECOND = b"\x02\0\0\0\0\x01", b"\x02\0\0\0\0\x02"
PROTO = 0x88B5  # for experiments
IFF_PROMISC = 0x100


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


@pytest.fixture(scope="module", autouse=True)
def _veth_pair() -> Iterator[None]:
    """Create two connected interfaces: first0 and second0."""
    first, second = FIRST.hex(":"), SECOND.hex(":")
    ip("link", "add", "first0", "address", first, "type", "veth", "peer", "name", "second0", "address", second)
    for name in ("first0", "second0"):
        ip("link", "set", name, "up")
    yield
    ip("link", "del", "first0")


class TestLoopback(DatagramTests):
    """Datagrams on lo, with a different protocol for each socket."""

    family, type = "AF_PACKET", "SOCK_DGRAM"
    interface, peer, hatype, address = "lo", "lo", LOOPBACK, bytes(6)
    protocols = itertools.cycle(range(0x9000, 0xA000))
    unsupported = {"connect": "AF_PACKET has no connect", "getpeername": "AF_PACKET has no connect"}
    invalid_addresses = (
        (("nosuch0", PROTO), OSError),
        (("a-name-that-is-too-long", PROTO), OSError),
        (("lo", 65536), OverflowError),
        (("lo", -1), OverflowError),
        (("lo", PROTO, 256), OverflowError),
        (("lo", PROTO, 0, -1), OverflowError),
        (("lo", PROTO, 0, 0, bytes(9)), ValueError),
        (("l\0o", PROTO), ValueError),
        (("lo",), TypeError),
        ("lo", TypeError),
    )
    option = (SOL_PACKET, sockcore.PACKET_ORIGDEV, 1)

    def free_address(self) -> kit.Address:
        return self.interface, next(self.protocols)

    def open_peer(self) -> kit.Sock:
        sock: kit.Sock = self.open_unbound()
        sock.bind((self.peer, next(self.protocols)))
        return sock

    def open_bound_pair(self) -> tuple[kit.Sock, kit.Sock]:
        pair = self.open_bound(), self.open_peer()
        self.partners = {**getattr(self, "partners", {}), pair[0]: pair[1], pair[1]: pair[0]}
        return pair

    def address_of(self, sock: kit.Sock) -> kit.Address:
        name = self.partners[sock].getsockname()[0]
        return name, sock.getsockname()[1], HOST, 0, sock.getsockname()[4]

    def expected_sender(self, sender: kit.Sock) -> kit.Address:
        # The address has the protocol and the interface of the receiving socket.
        name, protocol, *_ = self.partners[sender].getsockname()
        return name, protocol, HOST, self.hatype, sender.getsockname()[4]


class TestVeth(TestLoopback):
    """Datagrams between two veth interfaces."""

    interface, peer, hatype = "first0", "second0", ETHER


@pytest.fixture
def open_packet() -> Iterator[Any]:
    socks = []

    def open_socket(interface: str, type: int = RAW, protocol: int = PROTO, module: Any = sockcore) -> Any:
        sock = module.socket(PACKET, type, 0)
        socks.append(sock)
        sock.settimeout(LIMIT)
        sock.bind((interface, protocol))
        return sock

    yield open_socket
    for sock in socks:
        sock.close()


@pytest.mark.parametrize("module", [sockcore, stdlib])
@pytest.mark.parametrize(
    ("destination", "pkttype"),
    [
        (SECOND, sockcore.PACKET_HOST),
        (b"\xff" * 6, sockcore.PACKET_BROADCAST),
        (b"\x01\0\x5e\0\0\x01", sockcore.PACKET_MULTICAST),
        (b"\x02\0\0\0\0\x77", sockcore.PACKET_OTHERHOST),
    ],
)
def test_recvfrom_packet_address_has_all_parts(open_packet: Any, module: Any, destination: bytes, pkttype: int) -> None:
    sender = open_packet("first0")
    receivers = open_packet("second0", RAW, PROTO, module), open_packet("second0", DGRAM, PROTO, module)
    frame = destination + FIRST + struct.pack("!H", PROTO) + b"data"
    assert sender.send(frame) == len(frame)  # a bound socket needs no address
    for receiver, expected in zip(receivers, (frame, b"data")):
        data, address = receiver.recvfrom(2000)
        assert data == expected
        assert address == ("second0", PROTO, pkttype, ETHER, FIRST)
        assert [type(part) for part in address] == [str, int, int, int, bytes]


def test_eth_p_all_receives_outgoing_frames(open_packet: Any) -> None:
    sockcore_sock, stdlib_sock = (
        open_packet("first0", RAW, sockcore.ETH_P_ALL, module) for module in (sockcore, stdlib)
    )
    frame = SECOND + FIRST + struct.pack("!H", PROTO) + b"out"
    open_packet("first0").send(frame)
    for sock in (sockcore_sock, stdlib_sock):
        data, address = sock.recvfrom(2000)
        while data != frame:
            data, address = sock.recvfrom(2000)
        assert address == ("first0", PROTO, OUTGOING, ETHER, FIRST)


@pytest.mark.parametrize(
    ("interface", "hatype", "size"), [("lo", LOOPBACK, 6), ("first0", ETHER, 6), ("vcan0", 280, 0), ("wpan0", 804, 8)]
)
def test_packet_getsockname_matches_standard_library(open_packet: Any, interface: str, hatype: int, size: int) -> None:
    sockcore_sock, stdlib_sock = (open_packet(interface, RAW, PROTO, module) for module in (sockcore, stdlib))
    assert sockcore_sock.getsockname() == stdlib_sock.getsockname()
    assert sockcore_sock.getsockname()[:4] == (interface, PROTO, HOST, hatype)
    assert sockcore_sock.getsockname()[4].hex(":") == Path(f"/sys/class/net/{interface}/address").read_text().strip()
    assert len(sockcore_sock.getsockname()[4]) == size


def test_packet_getsockname_unbound_is_empty() -> None:
    with sockcore.socket(PACKET, RAW, 0) as sockcore_sock, stdlib.socket(PACKET, RAW, 0) as stdlib_sock:
        assert sockcore_sock.getsockname() == stdlib_sock.getsockname() == ("", 0, 0, 0, b"")


def test_sendto_received_packet_address_reaches_sender(open_packet: Any) -> None:
    one, responder = open_packet("first0", DGRAM), open_packet("second0", DGRAM)
    one.sendto(b"question", ("first0", PROTO, HOST, ETHER, SECOND))
    data, address = responder.recvfrom(100)
    assert data == b"question"
    responder.sendto(b"answer", address)
    assert one.recvfrom(100) == (b"answer", ("first0", PROTO, HOST, ETHER, SECOND))


ECHO = """
import socket, sys
with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as sock:
    sock.bind(("away1", int(sys.argv[1])))
    print("ready", flush=True)
    data, address = sock.recvfrom(100)
    sock.sendto(data[::-1], address)
    print(address, flush=True)
    sys.stdin.read()  # the interfaces exist as long as this namespace
"""


def test_packet_standard_library_peer_in_namespace_answers(open_packet: Any) -> None:
    ip("link", "add", "away0", "type", "veth", "peer", "name", "away1")
    for name, address in (("away0", FIRST), ("away1", SECOND)):
        ip("link", "set", name, "address", address.hex(":"))
    # The interface away1 is moved to the namespace and set up before the program starts.
    script = f'read go; ip link set away1 up; exec {sys.executable} -c "$0" {PROTO}'
    command = ["unshare", "-n", "sh", "-c", script, ECHO]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as peer:
        assert peer.stdin is not None
        assert peer.stdout is not None
        while os.readlink(f"/proc/{peer.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            time.sleep(0.01)
        ip("link", "set", "away1", "netns", str(peer.pid))
        ip("link", "set", "away0", "up")
        sock = open_packet("away0", DGRAM)
        peer.stdin.write("go\n")
        peer.stdin.flush()
        assert peer.stdout.readline() == "ready\n"
        sock.sendto(b"over there", ("away0", PROTO, 0, 0, SECOND))
        assert sock.recvfrom(100) == (b"ereht revo", ("away0", PROTO, HOST, ETHER, SECOND))
        assert peer.stdout.readline() == f"{('away1', PROTO, HOST, ETHER, FIRST)!r}\n"


def test_packet_arp_request_gets_reply_from_kernel(open_packet: Any) -> None:
    ip("addr", "add", "192.0.2.1/24", "dev", "second0")
    sock = open_packet("first0", DGRAM, sockcore.ETH_P_ARP)
    request = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, FIRST, bytes(4), bytes(6), bytes((192, 0, 2, 1)))
    sock.sendto(request, ("first0", sockcore.ETH_P_ARP, 0, 0, b"\xff" * 6))
    answer, address = sock.recvfrom(2000)
    assert address == ("first0", sockcore.ETH_P_ARP, HOST, ETHER, SECOND)
    assert struct.unpack_from("!HHBBH6s4s", answer)[4:] == (2, SECOND, bytes((192, 0, 2, 1)))


def test_packet_eth_p_ip_receives_udp_datagram(open_packet: Any) -> None:
    sniffer = open_packet("lo", DGRAM, sockcore.ETH_P_IP)
    with stdlib.socket(stdlib.AF_INET, stdlib.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.sendto(b"seen", udp.getsockname())
        data, address = sniffer.recvfrom(2000)
    assert data.endswith(b"seen")
    assert data[12:20] == bytes((127, 0, 0, 1)) * 2
    assert address == ("lo", sockcore.ETH_P_IP, HOST, LOOPBACK, bytes(6))


def test_packet_auxdata_describes_frame(open_packet: Any) -> None:
    receiver = open_packet("second0")
    receiver.setsockopt(SOL_PACKET, sockcore.PACKET_AUXDATA, 1)
    frame = SECOND + FIRST + struct.pack("!H", PROTO) + bytes(50)
    open_packet("first0").send(frame)
    data, control, _, _ = receiver.recvmsg(20, 100)
    ((name, (status, length, captured, mac, net, tci, tpid)),) = ancillary.decode(control)
    assert (name, data) == ("PACKET_AUXDATA", frame[:20])
    assert (length, captured, mac, net, tci, tpid) == (64, 64, 0, 14, 0, 0)
    assert status & 1  # TP_STATUS_USER


def test_packet_statistics_counts_frames(open_packet: Any) -> None:
    receiver, sender = open_packet("second0"), open_packet("first0")
    options.read(receiver, SOL_PACKET, sockcore.PACKET_STATISTICS)
    for _ in range(3):
        sender.send(SECOND + FIRST + struct.pack("!H", PROTO))
        receiver.recv(100)
    assert options.read(receiver, SOL_PACKET, sockcore.PACKET_STATISTICS) == (3, 0, None)
    assert options.read(receiver, SOL_PACKET, sockcore.PACKET_STATISTICS) == (0, 0, None)  # reading resets the counters
    receiver.setsockopt(SOL_PACKET, sockcore.PACKET_VERSION, 2)  # TPACKET_V3
    assert options.read(receiver, SOL_PACKET, sockcore.PACKET_STATISTICS) == (0, 0, 0)


def is_promiscuous() -> bool:
    return bool(int(Path("/sys/class/net/second0/flags").read_text(), 16) & IFF_PROMISC)


def test_packet_membership_sets_promiscuous_mode(open_packet: Any) -> None:
    sock = open_packet("second0")
    assert not is_promiscuous()
    value = (interface_index("second0"), sockcore.PACKET_MR_PROMISC)
    options.write(sock, SOL_PACKET, sockcore.PACKET_ADD_MEMBERSHIP, value)
    assert is_promiscuous()
    options.write(sock, SOL_PACKET, sockcore.PACKET_DROP_MEMBERSHIP, value)
    assert not is_promiscuous()
    options.write(sock, SOL_PACKET, sockcore.PACKET_ADD_MEMBERSHIP, value)
    sock.close()
    assert not is_promiscuous()


def test_packet_membership_adds_multicast_address(open_packet: Any) -> None:
    sock = open_packet("second0")
    group = b"\x01\0\x5e\x7f\0\x05"
    value = (interface_index("second0"), sockcore.PACKET_MR_MULTICAST, group)
    options.write(sock, SOL_PACKET, sockcore.PACKET_ADD_MEMBERSHIP, value)
    assert group.hex() in Path("/proc/net/dev_mcast").read_text()
    with pytest.raises(OSError) as caught:
        options.write(sock, SOL_PACKET, sockcore.PACKET_ADD_MEMBERSHIP, (2**31 - 1, sockcore.PACKET_MR_PROMISC))
    assert caught.value.errno == errno.ENODEV


def test_packet_fanout_distributes_frames(open_packet: Any) -> None:
    members = open_packet("second0"), open_packet("second0")
    for sock in members:
        options.write(sock, SOL_PACKET, sockcore.PACKET_FANOUT, (77, sockcore.PACKET_FANOUT_LB))
        assert options.read(sock, SOL_PACKET, sockcore.PACKET_FANOUT) == (77, sockcore.PACKET_FANOUT_LB)
    sender = open_packet("first0")
    for _ in range(4):
        sender.send(SECOND + FIRST + struct.pack("!H", PROTO))
    for sock in members:
        assert len([sock.recv(100) for _ in range(2)]) == 2
        sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            sock.recv(100)


def test_packet_interface_removed_raises_enetdown(open_packet: Any) -> None:
    ip("link", "add", "gone0", "type", "veth", "peer", "name", "gone1")
    for name in ("gone0", "gone1"):
        ip("link", "set", name, "up")
    sockcore_sock, stdlib_sock = (open_packet("gone0", RAW, PROTO, module) for module in (sockcore, stdlib))
    ip("link", "del", "gone0")
    for sock in (sockcore_sock, stdlib_sock):
        with pytest.raises(OSError) as caught:
            sock.recv(100)
        assert caught.value.errno == errno.ENETDOWN
    assert sockcore_sock.getsockname() == stdlib_sock.getsockname()
    assert sockcore_sock.getsockname()[0] == ""


def test_packet_bind_empty_interface_means_all(open_packet: Any) -> None:
    assert open_packet("").getsockname()[:2] == ("", PROTO)  # the standard module raises OSError (ENODEV)


@pytest.mark.parametrize("name", ["nosuch0", "first0-and-more-than-fits", "\u00e9"])
def test_packet_bind_missing_interface_raises_enodev(open_packet: Any, name: str) -> None:
    numbers = []
    for module in (sockcore, stdlib):
        with pytest.raises(OSError) as caught:
            open_packet(name, RAW, PROTO, module)
        numbers.append((type(caught.value), caught.value.errno, caught.value.strerror))
    assert numbers[0] == numbers[1] == (OSError, errno.ENODEV, "No such device")


def test_packet_bind_long_name_is_not_truncated(open_packet: Any) -> None:
    # The standard library truncates the name, and binds to this interface.
    ip("link", "add", "fifteen-letters", "type", "vcan")
    try:
        assert open_packet("fifteen-letters").getsockname()[0] == "fifteen-letters"
        with pytest.raises(OSError) as caught:
            open_packet("fifteen-letters-and-more")
        assert caught.value.errno == errno.ENODEV
    finally:
        ip("link", "del", "fifteen-letters")


def test_packet_unsupported_calls_raise_os_error(open_packet: Any) -> None:
    for module in (sockcore, stdlib):
        sock = open_packet("first0", DGRAM, PROTO, module)
        for call in (lambda s: s.listen(), lambda s: s.getpeername()):
            with pytest.raises(OSError) as caught:
                call(sock)
            assert caught.value.errno == errno.EOPNOTSUPP
        with pytest.raises(OSError) as caught:
            sock.sendto(bytes(2000), ("first0", PROTO))
        assert caught.value.errno in (errno.EMSGSIZE, errno.EINVAL)
