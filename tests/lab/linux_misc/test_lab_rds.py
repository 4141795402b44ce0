"""AF_RDS: reliable datagrams between IPv4 and IPv6 addresses of this machine."""

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
from kit import BUFFER_SIZE, LIMIT, DatagramTests, outcome, recvfrom, recvmsg

import sockcore
from sockcore import ancillary
from sockcore.plugin import RawAddress

if TYPE_CHECKING:
    from collections.abc import Iterator

    import kit

ports = itertools.count(4000)


class Rds(DatagramTests):
    family, type = "AF_RDS", "SOCK_SEQPACKET"
    invalid_addresses: kit.InvalidAddresses = (
        (None, TypeError),
        (["127.0.0.1", 1], TypeError),
        (("127.0.0.1",), TypeError),
        ((1, 1), TypeError),
        (("127.0.0.1", "1"), TypeError),
        (("127.0.0.1", 65536), OverflowError),
    )
    option = ("SOL_RDS", "RDS_RECVERR", 1)
    unsupported = {
        "detection": "the family is taken from the address of the descriptor, which is an IP address",
        "standard library": "it has the same problem; test_rds_addresses_match_standard_library passes the family",
    }

    def test_socket_from_fd_with_family_receives_data(self) -> None:
        a, b = self.open_bound_pair()
        duplicate = self.close_at_end(sockcore.socket(sockcore.AF_RDS, fileno=os.dup(b.fileno())))
        assert (duplicate.family, duplicate.type, duplicate.proto) == (b.family, b.type, b.proto)
        self.send_and_check(a, duplicate, b"hello")

    def prepare(self, sock: kit.Sock) -> None:
        # Without this option a socket becomes readable whenever a congested port of any peer becomes free.
        sock.setsockopt(sockcore.SOL_RDS, sockcore.RDS_CONG_MONITOR, 1)

    def host_address(self, port: int) -> kit.Address:
        return "127.0.0.1", port

    def free_address(self) -> kit.Address:
        return self.host_address(next(ports))

    def test_rds_getsockname_returns_bound_address(self) -> None:
        sock, address = self.open_unbound(), self.free_address()
        sock.bind(address)
        assert sock.getsockname() == address

    def test_rds_sockaddr_has_ip_family(self) -> None:
        a, _ = self.open_bound_pair()
        assert self.raw_address(a, a.getsockname()).family != sockcore.AF_RDS

    def test_rds_bind_port_zero_gets_port(self) -> None:
        sock = self.open_unbound()
        sock.bind(self.host_address(0))
        assert sock.getsockname()[0] == self.host_address(0)[0]
        assert 0 < sock.getsockname()[1] < 65536

    def test_rds_bind_used_port_raises_eaddrinuse(self) -> None:
        a = self.open_bound()
        with pytest.raises(OSError) as caught:
            self.open_unbound().bind(a.getsockname())
        assert caught.value.errno == errno.EADDRINUSE

    def test_rds_messages_of_all_sizes_are_delivered(self) -> None:
        a, b = self.open_bound_pair()
        for size in (1, 1000, 100_000):
            a.sendto(bytes(size), b.getsockname())
            assert b.recvfrom(1 << 20) == (bytes(size), a.getsockname())

    def test_rds_sendto_unbound_raises_enotconn(self) -> None:
        b = self.open_bound()
        with pytest.raises(OSError) as caught:
            self.open_unbound().sendto(b"hello", b.getsockname())
        assert caught.value.errno == errno.ENOTCONN

    def test_rds_transport_option_selects_tcp(self) -> None:
        sock = self.open_unbound()
        level, option = sockcore.SOL_RDS, sockcore.SO_RDS_TRANSPORT
        assert sock.getsockopt(level, option) == sockcore.RDS_TRANS_NONE
        sock.setsockopt(level, option, sockcore.RDS_TRANS_TCP)
        sock.bind(self.host_address(next(ports)))
        assert sock.getsockopt(level, option) == sockcore.RDS_TRANS_TCP
        b = self.open_bound()
        sock.sendto(b"hello", b.getsockname())
        assert b.recvfrom(BUFFER_SIZE) == (b"hello", sock.getsockname())

    def test_rds_recvmsg_short_buffer_sets_msg_trunc(self) -> None:
        a, b = self.open_bound_pair()
        a.sendto(b"a long message", b.getsockname())
        data, _, flags, sender = b.recvmsg(6)
        assert (data, bool(flags & sockcore.MSG_TRUNC), sender) == (b"a long", True, a.getsockname())


class TestRdsOfIPv4(Rds):
    def test_rds_addresses_match_standard_library(self) -> None:
        a, b = self.open_bound_pair()
        with stdlib.socket(stdlib.AF_RDS, stdlib.SOCK_SEQPACKET, 0, os.dup(b.fileno())) as duplicate:
            duplicate.settimeout(LIMIT)
            assert duplicate.getsockname() == b.getsockname()
            assert outcome(duplicate.getpeername) == outcome(b.getpeername) == ("OSError", errno.ENOTCONN)
            for receive in (recvfrom, recvmsg):
                self.send(a, b, b"hello")
                self.send(a, b, b"hello")
                assert receive(b) == receive(duplicate)  # type: ignore[arg-type]


class TestRdsOfIPv6(Rds):
    # The standard module reads only the 16 bytes of a sockaddr_in, and returns an incorrect address.
    invalid_addresses = ((("::1", 65536, 0, 0), OverflowError), (("::1", 1, 2**20, 0), OverflowError))

    def host_address(self, port: int) -> kit.Address:
        return "::1", port, 0, 0


def test_rds_getsockname_unbound_returns_raw_address() -> None:
    with sockcore.socket(sockcore.AF_RDS, sockcore.SOCK_SEQPACKET) as sock:
        address = sock.getsockname()
        assert type(address) is RawAddress
        assert (address.family, bytes(address)) == (0, bytes(16))
        sock.connect(("127.0.0.1", 4000))
        assert sock.getsockname() == ("0.0.0.0", 0)
        assert sock.getpeername() == ("127.0.0.1", 4000)


def test_rds_bind_invalid_host_raises_einval() -> None:
    for host in ("", "<broadcast>", "224.0.0.1"):
        with sockcore.socket(sockcore.AF_RDS, sockcore.SOCK_SEQPACKET) as sock:
            with pytest.raises(OSError) as caught:
                sock.bind((host, 4000))
            assert caught.value.errno == errno.EINVAL


def test_rds_bind_resolves_host_name() -> None:
    # sockcore-inet resolves the name.
    with sockcore.socket(sockcore.AF_RDS, sockcore.SOCK_SEQPACKET) as sock:
        sock.settimeout(LIMIT)
        sock.bind(("localhost", next(ports)))
        assert sock.getsockname()[0] == "127.0.0.1"


# ---------------------------------------------------------------------- over TCP, to another network namespace

# The kernel loops after the first message, also with a socket of the standard library.
skip_in_uml = pytest.mark.skipif(
    "User Mode Linux" in Path("/proc/cpuinfo").read_text(encoding="ascii"),
    reason="RDS over TCP hangs User-Mode Linux; use run.py --machine qemu",
)

LOCAL_HOST, REMOTE_HOST = "10.99.0.1", "10.99.0.2"
ECHO = f"""
import sockcore
with sockcore.socket(sockcore.AF_RDS, sockcore.SOCK_SEQPACKET) as sock:
    sock.bind(({REMOTE_HOST!r}, 4000))
    print("ready", flush=True)
    while True:
        data, sender = sock.recvfrom(1 << 20)
        sock.sendto(data.upper(), sender)
"""


@pytest.fixture(scope="module")
def remote_address() -> Iterator[kit.Address]:
    """Return the address of a process in another network namespace.

    The process replies with upper-case data.
    """
    in_namespace = ["ip", "netns", "exec", "rds"]
    for command in (
        "ip netns add rds",
        "ip link add rds0 type veth peer name rds1 netns rds",
        f"ip address add {LOCAL_HOST}/24 dev rds0",
        "ip link set rds0 up",
        f"ip -n rds address add {REMOTE_HOST}/24 dev rds1",
        "ip -n rds link set rds1 up",
        "ip -n rds link set lo up",
    ):
        subprocess.run(command.split(), check=True, timeout=LIMIT)
    with subprocess.Popen([*in_namespace, sys.executable, "-c", ECHO], stdout=subprocess.PIPE) as peer:
        assert peer.stdout is not None
        assert peer.stdout.readline() == b"ready\n"
        yield REMOTE_HOST, 4000
        peer.kill()
    subprocess.run(["ip", "netns", "delete", "rds"], check=True, timeout=LIMIT)


@pytest.fixture
def sock() -> Iterator[kit.Sock]:
    with sockcore.socket(sockcore.AF_RDS, sockcore.SOCK_SEQPACKET) as sock:
        sock.settimeout(LIMIT)
        sock.bind((LOCAL_HOST, next(ports)))
        assert sock.getsockopt(sockcore.SOL_RDS, sockcore.SO_RDS_TRANSPORT) == sockcore.RDS_TRANS_TCP
        yield sock


@skip_in_uml
def test_rds_over_tcp_delivers_to_namespace(sock: kit.Sock, remote_address: kit.Address) -> None:
    for data in (b"hello", bytes(50_000) + b"end"):
        sock.sendto(data, remote_address)
        assert sock.recvfrom(1 << 20) == (data.upper(), remote_address)
    sock.connect(remote_address)
    sock.sendall(b"connected")
    assert sock.recv(100) == b"CONNECTED"


@skip_in_uml
def test_rds_msg_zerocopy_reports_completion(sock: kit.Sock, remote_address: kit.Address) -> None:
    sock.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_ZEROCOPY, 1)
    for cookie in (7, 2**32 - 1):
        message = ancillary.encode("RDS_CMSG_ZCOPY_COOKIE", cookie)
        sock.sendmsg([b"hello" * 1000], [message], sockcore.MSG_ZEROCOPY, remote_address)
        completions: list[object] = []
        answered = False
        while not (answered and completions):
            data, messages, _, _ = sock.recvmsg(BUFFER_SIZE, 100)
            completions += ancillary.decode(messages)
            answered = answered or data == b"HELLO" * 1000
        assert completions == [("RDS_CMSG_ZCOPY_COMPLETION", (cookie,))]
