"""The test kit on sockets of AF_INET and AF_INET6 of this kernel."""

from __future__ import annotations

import sys

from sockcore.testing import ConnectedTests, DatagramTests


class TestTcp(ConnectedTests):
    family, type, proto = "AF_INET", "SOCK_STREAM", "IPPROTO_TCP"
    local_address = ("127.0.0.1", 0)
    option = ("IPPROTO_TCP", "TCP_NODELAY", 1)
    invalid_addresses = (
        (("127.0.0.1",), TypeError),
        ("127.0.0.1", TypeError),
        (("127.0.0.1", "80"), TypeError),
        (("127.0.0.1", 2**16), OverflowError),
        (("127.0.0.1", -1), OverflowError),
        (("127.0.0.1\0", 80), (TypeError, ValueError)),
        (None, TypeError),
    )
    # Only Linux has SO_DOMAIN and SO_PROTOCOL.
    unsupported = {} if sys.platform == "linux" else {"detection": "this system does not report the protocol"}


class TestTcp6(TestTcp):
    family = "AF_INET6"
    local_address = ("::1", 0)
    invalid_addresses = ((("::1",), TypeError), (("::1", 80, 2**20), OverflowError), ("::1", TypeError))


class TestUdp(DatagramTests):
    family, type, proto = "AF_INET", "SOCK_DGRAM", "IPPROTO_UDP"
    local_address = ("127.0.0.1", 0)
    option = ("SOL_SOCKET", "SO_BROADCAST", 1)
    invalid_addresses = TestTcp.invalid_addresses
    unsupported = TestTcp.unsupported
    control_message = (("IPPROTO_IP", "IP_RECVTTL", 1), ("IPPROTO_IP", "IP_TTL")) if sys.platform == "linux" else None


class TestUdp6(TestUdp):
    family = "AF_INET6"
    local_address = ("::1", 0)
    invalid_addresses = TestTcp6.invalid_addresses
    control_message = (("IPPROTO_IPV6", "IPV6_RECVPKTINFO", 1), ("IPPROTO_IPV6", "IPV6_PKTINFO"))
