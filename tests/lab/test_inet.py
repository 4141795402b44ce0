"""AF_INET and AF_INET6: TCP, UDP, UDPLITE, and protocols that few kernels support: SCTP, MPTCP, DCCP."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from kit import ConnectedTests, DatagramTests

import sockcore

if TYPE_CHECKING:
    import kit

DCCP_SOCKOPT_SERVICE, SERVICE = 2, struct.pack("!I", 42)  # <linux/dccp.h>
NOT_RESOLVED = {"asyncio connect": "asyncio calls getaddrinfo, which does not support the protocol"}


class Internet:
    """The description of all protocols over IPv4."""

    family = "AF_INET"
    local_address: kit.Address = ("127.0.0.1", 0)
    invalid_addresses: kit.InvalidAddresses = (
        (("127.0.0.1",), TypeError),
        ("127.0.0.1", TypeError),
        (("127.0.0.1", "80"), TypeError),
        (("127.0.0.1", 2**16), OverflowError),
        (("127.0.0.1", -1), OverflowError),
        (("127.0.0.1\0", 80), (TypeError, ValueError)),
        (None, TypeError),
    )


class Internet6:
    """The description of all protocols over IPv6."""

    family = "AF_INET6"
    local_address: kit.Address = ("::1", 0)
    invalid_addresses: kit.InvalidAddresses = (
        (("::1",), TypeError),
        (("::1", 80, 2**20), OverflowError),
        ("::1", TypeError),
    )


class Tcp(ConnectedTests):
    type, proto = "SOCK_STREAM", "IPPROTO_TCP"
    option = ("IPPROTO_TCP", "TCP_NODELAY", 1)


class TestTcp(Internet, Tcp):
    pass


class TestTcp6(Internet6, Tcp):
    pass


class TestMptcp(Internet, ConnectedTests):
    type, proto = "SOCK_STREAM", "IPPROTO_MPTCP"
    unsupported = NOT_RESOLVED


class TestSctp(Internet, ConnectedTests):
    type, proto = "SOCK_STREAM", "IPPROTO_SCTP"
    unsupported = {**NOT_RESOLVED, "half close": "SCTP has no half-closed state"}

    def expected_sender(self, sender: kit.Sock) -> kit.Address:
        """Each message has the address of the peer, as on a one-to-many socket."""
        return sender.getsockname()


class TestSctpMessages(Internet, DatagramTests):
    """One-to-many sockets, with associations to several peers."""

    type, proto = "SOCK_SEQPACKET", "IPPROTO_SCTP"
    unsupported = {"connect": "messages need an address also after connect, which creates an association"}

    def open_bound(self) -> kit.Sock:
        sock: kit.Sock = super().open_bound()
        sock.listen()
        return sock


class TestDccp(Internet, ConnectedTests):
    type, proto = "SOCK_DCCP", "IPPROTO_DCCP"
    option = ("SOL_DCCP", DCCP_SOCKOPT_SERVICE, SERVICE)
    unsupported = {**NOT_RESOLVED, "half close": "DCCP does not inform the peer of shutdown"}

    def prepare(self, sock: kit.Sock) -> None:
        sock.setsockopt(sockcore.SOL_DCCP, DCCP_SOCKOPT_SERVICE, SERVICE)


class Udp(DatagramTests):
    type, proto = "SOCK_DGRAM", "IPPROTO_UDP"


class TestUdp(Internet, Udp):
    control_message = (("IPPROTO_IP", "IP_RECVTTL", 1), ("IPPROTO_IP", "IP_TTL"))


class TestUdp6(Internet6, Udp):
    control_message = (("IPPROTO_IPV6", "IPV6_RECVPKTINFO", 1), ("IPPROTO_IPV6", "IPV6_PKTINFO"))


class TestUdplite(Internet, DatagramTests):
    type, proto = "SOCK_DGRAM", "IPPROTO_UDPLITE"
    option = ("IPPROTO_UDPLITE", "UDPLITE_SEND_CSCOV", 20)


def test_if_nameindex_contains_interfaces_of_guest() -> None:
    assert {"lo", "vcan0", "vcan1"} <= {name for _, name in sockcore.if_nameindex()}
