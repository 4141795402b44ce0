"""AF_INET and AF_INET6: TCP, UDP and UDPLITE, and the protocols that few machines have: SCTP, MPTCP, DCCP."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from kit import ConnectedTests, DatagramTests

import sockcore

if TYPE_CHECKING:
    import kit

DCCP_SOCKOPT_SERVICE, SERVICE = 2, struct.pack("!I", 42)  # <linux/dccp.h>
NOT_RESOLVED = {"asyncio connect": "asyncio asks getaddrinfo about the address, which does not know the protocol"}
HOSTS = {int(sockcore.AF_INET): "127.0.0.1", int(sockcore.AF_INET6): "::1"}


class Internet:
    """What the protocols of the internet have in common."""

    family: int = int(sockcore.AF_INET)
    type: int = int(sockcore.SOCK_STREAM)
    proto = 0
    wrong = (
        (("127.0.0.1",), TypeError),
        ("127.0.0.1", TypeError),
        (("127.0.0.1", "80"), TypeError),
        (("127.0.0.1", 2**16), OverflowError),
        (("127.0.0.1", -1), OverflowError),
        (("127.0.0.1\0", 80), (TypeError, ValueError)),
        (None, TypeError),
    )

    def one(self: Any, port: int = 0) -> kit.Sock:
        sock: kit.Sock = self.open(self.family, self.type, self.proto)
        self.prepare(sock)
        sock.bind((HOSTS[self.family], port))
        return sock

    def prepare(self, sock: kit.Sock) -> None:
        """What a protocol wants before all else."""

    def server(self) -> kit.Sock:
        sock = self.one()
        sock.listen()
        return sock

    def client(self: Any) -> kit.Sock:
        sock: kit.Sock = self.open(self.family, self.type, self.proto)
        self.prepare(sock)
        return sock

    def pair(self) -> tuple[kit.Sock, kit.Sock]:
        return self.one(), self.one()


class TestTcp(Internet, ConnectedTests):
    proto = int(sockcore.IPPROTO_TCP)
    option = (int(sockcore.IPPROTO_TCP), int(sockcore.TCP_NODELAY), 1)


class TestTcp6(TestTcp):
    family = int(sockcore.AF_INET6)
    wrong = ((("::1",), TypeError), (("::1", 80, 2**20), OverflowError), ("::1", TypeError))


class TestMptcp(Internet, ConnectedTests):
    proto = int(sockcore.IPPROTO_MPTCP)
    lacks = NOT_RESOLVED


class TestSctp(Internet, ConnectedTests):
    proto = int(sockcore.IPPROTO_SCTP)
    lacks = {**NOT_RESOLVED, "half close": "SCTP has no half-closed state"}

    def expected_sender(self, sender: kit.Sock) -> kit.Address:
        """Each message comes with the address of the association's other end, as on the one-to-many socket."""
        return sender.getsockname()


class TestSctpMessages(Internet, DatagramTests):
    """One socket, and associations with many peers."""

    type = int(sockcore.SOCK_SEQPACKET)
    proto = int(sockcore.IPPROTO_SCTP)
    lacks = {"connect": "connect makes an association, and a message still has to say which of them it is for"}

    def pair(self) -> tuple[kit.Sock, kit.Sock]:
        return self.server(), self.server()


class TestDccp(Internet, ConnectedTests):
    type = int(sockcore.SOCK_DCCP)
    proto = int(sockcore.IPPROTO_DCCP)
    option = (int(sockcore.SOL_DCCP), DCCP_SOCKOPT_SERVICE, SERVICE)
    lacks = {**NOT_RESOLVED, "half close": "shutdown tells the other end of DCCP nothing"}

    def prepare(self, sock: kit.Sock) -> None:
        sock.setsockopt(sockcore.SOL_DCCP, DCCP_SOCKOPT_SERVICE, SERVICE)


class TestUdp(Internet, DatagramTests):
    type = int(sockcore.SOCK_DGRAM)
    proto = int(sockcore.IPPROTO_UDP)


class TestUdp6(TestUdp):
    family = int(sockcore.AF_INET6)
    wrong = TestTcp6.wrong


class TestUdplite(Internet, DatagramTests):
    type = int(sockcore.SOCK_DGRAM)
    proto = int(sockcore.IPPROTO_UDPLITE)
    option = (int(sockcore.IPPROTO_UDPLITE), int(sockcore.UDPLITE_SEND_CSCOV), 20)


def test_the_guest_has_the_interfaces_that_the_other_tests_need() -> None:
    assert {"lo", "vcan0", "vcan1"} <= {name for _, name in sockcore.if_nameindex()}
