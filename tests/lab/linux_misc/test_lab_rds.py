"""AF_RDS: reliable datagrams between addresses of this machine, of IPv4 and IPv6."""

from __future__ import annotations

import errno
import itertools
import os
import socket as stdlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from kit import LIMIT, ROOM, DatagramTests, outcome, recvfrom, recvmsg

import sockcore
from sockcore import ancillary
from sockcore.plugin import RawAddress

if TYPE_CHECKING:
    from collections.abc import Iterator

    import kit

ports = itertools.count(4000)


class Rds(DatagramTests):
    wrong: kit.Wrong = (
        (None, TypeError),
        (["127.0.0.1", 1], TypeError),
        (("127.0.0.1",), TypeError),
        ((1, 1), TypeError),
        (("127.0.0.1", "1"), TypeError),
        (("127.0.0.1", 65536), OverflowError),
    )
    option = (int(sockcore.SOL_RDS), int(sockcore.RDS_RECVERR), 1)
    lacks = {
        "detection": "the family is found out from the address of a descriptor, which is one of IP",
        "standard library": "it finds the family out likewise; below it is told",
    }

    def test_a_descriptor_whose_family_is_told(self) -> None:
        a, b = self.pair()
        same = self.keep(sockcore.socket(sockcore.AF_RDS, fileno=os.dup(b.fileno())))
        assert (same.family, same.type, same.proto) == (b.family, b.type, b.proto)
        self.deliver(a, same, b"hello")

    def pair(self) -> tuple[kit.Sock, kit.Sock]:
        return self.bound(), self.bound()

    def new(self) -> kit.Sock:
        sock = self.open(sockcore.AF_RDS, sockcore.SOCK_SEQPACKET)
        # Without this a socket looks readable whenever any port of any peer is free again.
        sock.setsockopt(sockcore.SOL_RDS, sockcore.RDS_CONG_MONITOR, 1)
        return sock

    def at(self, port: int) -> kit.Address:
        return "127.0.0.1", port

    def bound(self) -> kit.Sock:
        sock = self.new()
        address = self.at(next(ports))
        sock.bind(address)
        assert sock.getsockname() == address
        return sock

    def test_the_family_of_what_the_kernel_writes(self) -> None:
        a, _ = self.pair()
        assert self.raw(a, a.getsockname()).family != sockcore.AF_RDS

    def test_a_port_of_the_kernels_choice(self) -> None:
        sock = self.new()
        sock.bind(self.at(0))
        assert sock.getsockname()[0] == self.at(0)[0]
        assert 0 < sock.getsockname()[1] < 65536

    def test_a_port_in_use(self) -> None:
        a = self.bound()
        with pytest.raises(OSError) as caught:
            self.new().bind(a.getsockname())
        assert caught.value.errno == errno.EADDRINUSE

    def test_messages_of_any_size(self) -> None:
        a, b = self.pair()
        for size in (1, 1000, 100_000):
            a.sendto(bytes(size), b.getsockname())
            assert b.recvfrom(1 << 20) == (bytes(size), a.getsockname())

    def test_who_sends_must_be_bound(self) -> None:
        b = self.bound()
        with pytest.raises(OSError) as caught:
            self.new().sendto(b"hello", b.getsockname())
        assert caught.value.errno == errno.ENOTCONN

    def test_the_transport(self) -> None:
        sock = self.new()
        level, option = sockcore.SOL_RDS, sockcore.SO_RDS_TRANSPORT
        assert sock.getsockopt(level, option) == sockcore.RDS_TRANS_NONE
        sock.setsockopt(level, option, sockcore.RDS_TRANS_TCP)
        sock.bind(self.at(next(ports)))
        assert sock.getsockopt(level, option) == sockcore.RDS_TRANS_TCP
        b = self.bound()
        sock.sendto(b"hello", b.getsockname())
        assert b.recvfrom(ROOM) == (b"hello", sock.getsockname())

    def test_a_message_that_is_cut(self) -> None:
        a, b = self.pair()
        a.sendto(b"a long message", b.getsockname())
        data, _, flags, sender = b.recvmsg(6)
        assert (data, bool(flags & sockcore.MSG_TRUNC), sender) == (b"a long", True, a.getsockname())


class TestRdsOfIPv4(Rds):
    def test_the_standard_library_knows_the_same_addresses(self) -> None:
        a, b = self.pair()
        with stdlib.socket(stdlib.AF_RDS, stdlib.SOCK_SEQPACKET, 0, os.dup(b.fileno())) as same:
            same.settimeout(LIMIT)
            assert same.getsockname() == b.getsockname()
            assert outcome(same.getpeername) == outcome(b.getpeername) == ("OSError", errno.ENOTCONN)
            for receive in (recvfrom, recvmsg):
                self.send(a, b, b"hello")
                self.send(a, b, b"hello")
                assert receive(b) == receive(same)  # type: ignore[arg-type]


class TestRdsOfIPv6(Rds):
    # The standard module has room for the 16 bytes of a sockaddr_in, and gives what these happen to say.
    wrong = ((("::1", 65536, 0, 0), OverflowError), (("::1", 1, 2**20, 0), OverflowError))

    def at(self, port: int) -> kit.Address:
        return "::1", port, 0, 0


def test_a_socket_that_is_not_bound() -> None:
    with sockcore.socket(sockcore.AF_RDS, sockcore.SOCK_SEQPACKET) as sock:
        found = sock.getsockname()
        assert type(found) is RawAddress
        assert (found.family, bytes(found)) == (0, bytes(16))
        sock.connect(("127.0.0.1", 4000))
        assert sock.getsockname() == ("0.0.0.0", 0)
        assert sock.getpeername() == ("127.0.0.1", 4000)


def test_addresses_that_are_none_to_bind_to() -> None:
    for host in ("", "<broadcast>", "224.0.0.1"):
        with sockcore.socket(sockcore.AF_RDS, sockcore.SOCK_SEQPACKET) as sock:
            with pytest.raises(OSError) as caught:
                sock.bind((host, 4000))
            assert caught.value.errno == errno.EINVAL


def test_a_name_is_resolved() -> None:
    # By sockcore-inet, which is installed in the laboratory.
    with sockcore.socket(sockcore.AF_RDS, sockcore.SOCK_SEQPACKET) as sock:
        sock.settimeout(LIMIT)
        sock.bind(("localhost", next(ports)))
        assert sock.getsockname()[0] == "127.0.0.1"


# ---------------------------------------------------------------------- over TCP, to another network namespace

# With a standard library's socket likewise: the kernel is busy for ever once the first message is on its way.
not_in_uml = pytest.mark.skipif(
    "User Mode Linux" in Path("/proc/cpuinfo").read_text(encoding="ascii"),
    reason="RDS over TCP hangs a kernel of User-Mode Linux: run.py --machine qemu",
)

HERE, THERE = "10.99.0.1", "10.99.0.2"
ECHO = f"""
import sockcore
with sockcore.socket(sockcore.AF_RDS, sockcore.SOCK_SEQPACKET) as sock:
    sock.bind(({THERE!r}, 4000))
    print("ready", flush=True)
    while True:
        data, sender = sock.recvfrom(1 << 20)
        sock.sendto(data.upper(), sender)
"""


@pytest.fixture(scope="module")
def there() -> Iterator[kit.Address]:
    """The address of a process that answers in capitals, in a network namespace of its own, behind a veth."""
    in_there = ["ip", "netns", "exec", "rds"]
    for command in (
        "ip netns add rds",
        "ip link add rds0 type veth peer name rds1 netns rds",
        f"ip address add {HERE}/24 dev rds0",
        "ip link set rds0 up",
        f"ip -n rds address add {THERE}/24 dev rds1",
        "ip -n rds link set rds1 up",
        "ip -n rds link set lo up",
    ):
        subprocess.run(command.split(), check=True, timeout=LIMIT)
    with subprocess.Popen([*in_there, sys.executable, "-c", ECHO], stdout=subprocess.PIPE) as peer:
        assert peer.stdout is not None
        assert peer.stdout.readline() == b"ready\n"
        yield THERE, 4000
        peer.kill()
    subprocess.run(["ip", "netns", "delete", "rds"], check=True, timeout=LIMIT)


@pytest.fixture
def sock() -> Iterator[kit.Sock]:
    with sockcore.socket(sockcore.AF_RDS, sockcore.SOCK_SEQPACKET) as sock:
        sock.settimeout(LIMIT)
        sock.bind((HERE, next(ports)))
        assert sock.getsockopt(sockcore.SOL_RDS, sockcore.SO_RDS_TRANSPORT) == sockcore.RDS_TRANS_TCP
        yield sock


@not_in_uml
def test_over_tcp(sock: kit.Sock, there: kit.Address) -> None:
    for data in (b"hello", bytes(50_000) + b"end"):
        sock.sendto(data, there)
        assert sock.recvfrom(1 << 20) == (data.upper(), there)
    sock.connect(there)
    sock.sendall(b"connected")
    assert sock.recv(100) == b"CONNECTED"


@not_in_uml
def test_memory_that_is_not_copied(sock: kit.Sock, there: kit.Address) -> None:
    sock.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_ZEROCOPY, 1)
    for cookie in (7, 2**32 - 1):
        message = ancillary.encode("RDS_CMSG_ZCOPY_COOKIE", cookie)
        sock.sendmsg([b"hello" * 1000], [message], sockcore.MSG_ZEROCOPY, there)
        found: list[object] = []
        answered = False
        while not (answered and found):
            data, messages, _, _ = sock.recvmsg(ROOM, 100)
            found += ancillary.decode(messages)
            answered = answered or data == b"HELLO" * 1000
        assert found == [("RDS_CMSG_ZCOPY_COMPLETION", (cookie,))]
