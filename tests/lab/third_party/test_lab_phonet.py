"""AF_PHONET: datagrams within this machine, and with a program at a tun device. examples/phonet is the plugin."""

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
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from kit import BUFFER_SIZE, LIMIT, ConnectedTests, DatagramTests

import sockcore
from sockcore import options, testing
from sockcore.plugin import interface_index

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "examples/phonet/src"))

import sockcore_phonet
from sockcore_phonet import options as phonet_options

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE, THERE = 0x6C, 0x10  # device addresses: of this machine, and of the peer
PROTOCOL = b"\0\xf5"  # ETH_P_PHONET
TUNSETIFF, IFF_TUN = 0x400454CA, 1  # <linux/if_tun.h>
# <linux/rtnetlink.h>, <linux/netlink.h>, <linux/if_addr.h>
RTM_NEWADDR, NLM_F_REQUEST, NLM_F_ACK, IFA_LOCAL = 20, 1, 4, 2
PN_PIPE = 0xD9  # the resource of pipes, <net/phonet/pep.h>
ports, handles = itertools.count(0x100), itertools.count(1)


def add_device_address(interface: str, device: int) -> None:
    """Give an interface a device address, by rtnetlink. The command ip cannot do it."""
    body = struct.pack("=BBBBI", sockcore_phonet.AF_PHONET, 0, 0, 0, interface_index(interface))
    body += struct.pack("=HHBxxx", 5, IFA_LOCAL, device)
    message = struct.pack("=IHHII", 16 + len(body), RTM_NEWADDR, NLM_F_REQUEST | NLM_F_ACK, 1, 0) + body
    with stdlib.socket(stdlib.AF_NETLINK, stdlib.SOCK_RAW, stdlib.NETLINK_ROUTE) as netlink:
        netlink.settimeout(LIMIT)
        netlink.sendto(message, (0, 0))
        [number] = struct.unpack_from("=i", netlink.recv(BUFFER_SIZE), 16)
    if number:
        raise OSError(-number, os.strerror(-number))


@pytest.fixture(scope="module", autouse=True)
def tun() -> Iterator[int]:
    """Load the plugin, create an interface with a device address, and return the file descriptor of its other end.

    The frames of Ethernet cannot have the protocol of Phonet, because numbers below 1536 are lengths there.
    """
    try:
        stdlib.socket(sockcore_phonet.AF_PHONET, stdlib.SOCK_DGRAM).close()
    except OSError as exc:
        pytest.skip(f"the kernel does not support AF_PHONET: {exc}")
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("=16sH22x", b"phonet0", IFF_TUN))
        subprocess.run(["ip", "link", "set", "phonet0", "up"], check=True)
        add_device_address("phonet0", HERE)
        with testing.IsolatedRegistry() as registry:
            registry.load(sockcore_phonet)
            yield fd
    finally:
        os.close(fd)


def read_packet(fd: int) -> bytes:
    """Return the next Phonet packet that the kernel sends, without struct tun_pi."""
    packet = b""
    while packet[2:4] != PROTOCOL:  # the kernel also sends packets of IPv6
        ready, _, _ = select.select([fd], [], [], LIMIT)
        assert ready, "no packet"
        packet = os.read(fd, BUFFER_SIZE)
    return packet[4:]


class TestPhonetDatagrams(DatagramTests):
    family, type, proto = "AF_PHONET", "SOCK_DGRAM", "PN_PROTO_PHONET"
    option = ("SOL_SOCKET", "SO_BROADCAST", 1)
    pair_count = 10
    invalid_addresses = (
        (None, TypeError),
        ((HERE,), TypeError),
        ((HERE, "1"), TypeError),
        ((HERE, 1024), OverflowError),
        ((HERE + 1, 1), ValueError),
    )
    unsupported = {
        "connect": "the kernel connects only pipes",
        "getpeername": "the kernel connects only pipes",
        "standard library": "it does not support AF_PHONET",
    }

    def free_address(self) -> Any:
        return HERE, next(ports)


class TestPhonetPipes(ConnectedTests):
    family, type, proto = "AF_PHONET", "SOCK_SEQPACKET", "PN_PROTO_PIPE"
    option = ("SOL_PNPIPE", "PNPIPE_HANDLE", 7)
    pair_count = 10
    invalid_addresses = TestPhonetDatagrams.invalid_addresses
    unsupported = {
        "accepted address": "the kernel returns (0, 0, 0)",
        "getpeername": "the kernel returns (0, 0, 0)",
        "standard library": "it does not support AF_PHONET",
        "detection": "the kernel reports the type 0 of an accepted socket",
        "half close": "the kernel does not support shutdown",
        "end of file": "the kernel does not report the end of a pipe within this machine",
    }
    # These tests send without MSG_EOR. test_phonet_pipe_sends_any_buffer_with_msg_eor replaces the first one.
    test_send_methods_deliver_any_buffer: Any = None
    test_makefile_transfers_line: Any = None
    test_asyncio_connect_and_accept_transfer_data: Any = None

    def test_phonet_pipe_sends_any_buffer_with_msg_eor(self) -> None:
        a, b = self.open_pair()
        for form in (bytes, bytearray, memoryview):
            a.sendall(form(b"hello"), sockcore.MSG_EOR)
            assert b.recv(BUFFER_SIZE) == b"hello"
            a.sendmsg([form(b"he"), form(b"llo")], [], sockcore.MSG_EOR)
            assert b.recv(BUFFER_SIZE) == b"hello"
        with pytest.raises(OSError) as caught:
            a.send(b"hello")
        assert caught.value.errno == errno.EOPNOTSUPP

    def free_address(self) -> Any:
        return HERE, next(ports), PN_PIPE

    def server_address(self, server: Any) -> Any:
        return (*server.getsockname()[:2], PN_PIPE)

    def open_client(self) -> Any:
        sock = self.open_unbound()
        sock.bind((HERE, 0))
        sock.setsockopt(sockcore.SOL_PNPIPE, sockcore.PNPIPE_HANDLE, next(handles) % 255)
        sock.setsockopt(sockcore.SOL_PNPIPE, sockcore.PNPIPE_INITSTATE, 1)
        return sock

    def send(self, a: Any, b: Any, data: bytes) -> None:
        # The kernel rejects messages of pipes without MSG_EOR.
        assert a.send(data, sockcore.MSG_EOR) == len(data)


def open_bound(port: int = 0, resource: int = 0) -> Any:
    sock = sockcore.socket(sockcore.AF_PHONET, sockcore.SOCK_DGRAM)
    sock.settimeout(LIMIT)
    sock.bind((HERE, port, resource))
    return sock


def test_phonet_sender_has_resource_of_message() -> None:
    with open_bound() as a, open_bound() as b:
        device, port, resource = b.getsockname()
        assert (device, resource) == (HERE, 0)
        a.sendto(b"hello", (HERE, port, 0x1B))
        assert b.recvfrom(BUFFER_SIZE) == (b"hello", (*a.getsockname()[:2], 0x1B))


def test_phonet_resource_receives_messages_without_port() -> None:
    with open_bound() as a, open_bound() as b, open_bound() as c:
        b.phonet_add_resource(0x1B)
        with pytest.raises(OSError) as caught:
            c.phonet_add_resource(0x1B)
        assert caught.value.errno == errno.EADDRINUSE
        a.sendto(b"hello", (0, 0, 0x1B))
        assert b.recvfrom(BUFFER_SIZE) == (b"hello", (*a.getsockname()[:2], 0x1B))
        b.phonet_remove_resource(0x1B)
        with pytest.raises(OSError) as caught:
            b.phonet_remove_resource(0x1B)
        assert caught.value.errno == errno.ENOENT
        c.phonet_add_resource(0x1B)
        a.sendto(b"again", (0, 0, 0x1B))
        assert c.recv(BUFFER_SIZE) == b"again"


def test_phonet_program_at_tun_exchanges_datagrams(tun: int) -> None:
    with open_bound(0x2FE) as sock:
        sock.sendto(b"hello", (THERE, 0x142, 0x1B))
        # struct phonethdr: receiver, sender, resource, length with the next two bytes, and the low bits of the ports
        header = struct.pack("!BBBHBB", THERE | 1, HERE | 2, 0x1B, 7, 0x42, 0xFE)
        assert read_packet(tun) == header + b"hello"
        answer = struct.pack("!BBBHBB", HERE | 2, THERE | 1, 0x1B, 8, 0xFE, 0x42) + b"answer"
        os.write(tun, bytes(2) + PROTOCOL + answer)
        assert sock.recvfrom(BUFFER_SIZE) == (b"answer", (THERE, 0x142, 0x1B))


def test_phonet_pipe_options_have_values_of_kernel() -> None:
    with sockcore.socket(sockcore.AF_PHONET, sockcore.SOCK_SEQPACKET, sockcore.PN_PROTO_PIPE) as pipe:
        assert options.get(pipe, phonet_options.PNPIPE_ENCAP) == sockcore.PNPIPE_ENCAP_NONE
        assert options.get(pipe, phonet_options.PNPIPE_IFINDEX) == 0
        for option, value in ((phonet_options.PNPIPE_HANDLE, 254), (phonet_options.PNPIPE_INITSTATE, True)):
            options.set(pipe, option, value)
            assert options.get(pipe, option) == value


def test_phonet_bind_other_device_raises_eaddrnotavail() -> None:
    with sockcore.socket(sockcore.AF_PHONET, sockcore.SOCK_DGRAM) as sock:
        with pytest.raises(OSError) as caught:
            sock.bind((THERE, 0))
        assert caught.value.errno == errno.EADDRNOTAVAIL
