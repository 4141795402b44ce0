"""AF_INET and AF_INET6: TCP, UDP, UDPLITE, and protocols that few kernels support: SCTP, MPTCP, DCCP."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from kit import ConnectedTests, DatagramTests

import sockcore

if TYPE_CHECKING:
    import kit

DCCP_SOCKOPT_SERVICE, SERVICE = 2, struct.pack("!I", 42)  # <linux/dccp.h>
NOT_RESOLVED = {"asyncio connect": "asyncio calls getaddrinfo, which does not support the protocol"}
HOSTS = {int(sockcore.AF_INET): "127.0.0.1", int(sockcore.AF_INET6): "::1"}


class Internet:
    """Sockets and addresses of all internet protocols."""

    family: int = int(sockcore.AF_INET)
    type: int = int(sockcore.SOCK_STREAM)
    proto = 0
    invalid_addresses = (
        (("127.0.0.1",), TypeError),
        ("127.0.0.1", TypeError),
        (("127.0.0.1", "80"), TypeError),
        (("127.0.0.1", 2**16), OverflowError),
        (("127.0.0.1", -1), OverflowError),
        (("127.0.0.1\0", 80), (TypeError, ValueError)),
        (None, TypeError),
    )

    def open_bound(self: Any, port: int = 0) -> kit.Sock:
        sock: kit.Sock = self.open(self.family, self.type, self.proto)
        self.set_required_options(sock)
        sock.bind((HOSTS[self.family], port))
        return sock

    def set_required_options(self, sock: kit.Sock) -> None:
        """Set the options that the protocol requires before bind and connect."""

    def open_server(self) -> kit.Sock:
        sock = self.open_bound()
        sock.listen()
        return sock

    def open_client(self: Any) -> kit.Sock:
        sock: kit.Sock = self.open(self.family, self.type, self.proto)
        self.set_required_options(sock)
        return sock

    def open_bound_pair(self) -> tuple[kit.Sock, kit.Sock]:
        return self.open_bound(), self.open_bound()


class TestTcp(Internet, ConnectedTests):
    proto = int(sockcore.IPPROTO_TCP)
    option = (int(sockcore.IPPROTO_TCP), int(sockcore.TCP_NODELAY), 1)


class TestTcp6(TestTcp):
    family = int(sockcore.AF_INET6)
    invalid_addresses = ((("::1",), TypeError), (("::1", 80, 2**20), OverflowError), ("::1", TypeError))


class TestMptcp(Internet, ConnectedTests):
    proto = int(sockcore.IPPROTO_MPTCP)
    unsupported = NOT_RESOLVED


class TestSctp(Internet, ConnectedTests):
    proto = int(sockcore.IPPROTO_SCTP)
    unsupported = {**NOT_RESOLVED, "half close": "SCTP has no half-closed state"}

    def expected_sender(self, sender: kit.Sock) -> kit.Address:
        """Each message has the address of the peer, as on a one-to-many socket."""
        return sender.getsockname()


class TestSctpMessages(Internet, DatagramTests):
    """One-to-many sockets, with associations to several peers."""

    type = int(sockcore.SOCK_SEQPACKET)
    proto = int(sockcore.IPPROTO_SCTP)
    unsupported = {"connect": "messages need an address also after connect, which creates an association"}

    def open_bound_pair(self) -> tuple[kit.Sock, kit.Sock]:
        return self.open_server(), self.open_server()


class TestDccp(Internet, ConnectedTests):
    type = int(sockcore.SOCK_DCCP)
    proto = int(sockcore.IPPROTO_DCCP)
    option = (int(sockcore.SOL_DCCP), DCCP_SOCKOPT_SERVICE, SERVICE)
    unsupported = {**NOT_RESOLVED, "half close": "DCCP does not inform the peer of shutdown"}

    def set_required_options(self, sock: kit.Sock) -> None:
        sock.setsockopt(sockcore.SOL_DCCP, DCCP_SOCKOPT_SERVICE, SERVICE)


class TestUdp(Internet, DatagramTests):
    type = int(sockcore.SOCK_DGRAM)
    proto = int(sockcore.IPPROTO_UDP)


class TestUdp6(TestUdp):
    family = int(sockcore.AF_INET6)
    invalid_addresses = TestTcp6.invalid_addresses


class TestUdplite(Internet, DatagramTests):
    type = int(sockcore.SOCK_DGRAM)
    proto = int(sockcore.IPPROTO_UDPLITE)
    option = (int(sockcore.IPPROTO_UDPLITE), int(sockcore.UDPLITE_SEND_CSCOV), 20)


def test_if_nameindex_contains_interfaces_of_guest() -> None:
    assert {"lo", "vcan0", "vcan1"} <= {name for _, name in sockcore.if_nameindex()}
