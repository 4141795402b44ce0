"""Socket options of IP sockets, in any format, have the same results as in the standard library."""

from __future__ import annotations

import socket as stdlib
import struct
import sys
from typing import Any

import pytest

import sockcore

if sys.implementation.name != "cpython":
    pytest.skip("PyPy has other messages", allow_module_level=True)

LINGER = struct.pack("=HH" if sys.platform == "win32" else "=ii", 1, 5)
# The value of SO_RCVTIMEO and SO_SNDTIMEO is a struct timeval, on Windows a number of milliseconds.
TIME = 1500 if sys.platform == "win32" else struct.pack("@ll", 1, 500_000)
GROUP4 = stdlib.inet_aton("224.0.0.251") + stdlib.inet_aton("127.0.0.1")
GROUP6 = stdlib.inet_pton(stdlib.AF_INET6, "ff02::fb") + struct.pack("=I", 0)

# Family, type, level, option, value.
OPTIONS = [
    ("AF_INET", "SOCK_STREAM", "SOL_SOCKET", "SO_LINGER", LINGER),
    ("AF_INET", "SOCK_STREAM", "SOL_SOCKET", "SO_LINGER", LINGER[:1]),
    ("AF_INET", "SOCK_STREAM", "SOL_SOCKET", "SO_RCVTIMEO", TIME),
    ("AF_INET", "SOCK_STREAM", "SOL_SOCKET", "SO_SNDTIMEO", TIME),
    ("AF_INET", "SOCK_STREAM", "SOL_SOCKET", "SO_KEEPALIVE", 1),
    ("AF_INET", "SOCK_STREAM", "SOL_SOCKET", "SO_REUSEADDR", 1),
    ("AF_INET", "SOCK_STREAM", "SOL_SOCKET", "SO_EXCLUSIVEADDRUSE", 1),
    ("AF_INET", "SOCK_STREAM", "SOL_SOCKET", "SO_RCVBUF", 20_000),
    ("AF_INET", "SOCK_STREAM", "IPPROTO_TCP", "TCP_NODELAY", 1),
    ("AF_INET", "SOCK_STREAM", "IPPROTO_TCP", "TCP_KEEPIDLE", 77),
    ("AF_INET", "SOCK_STREAM", "IPPROTO_TCP", "TCP_KEEPINTVL", 7),
    ("AF_INET", "SOCK_STREAM", "IPPROTO_TCP", "TCP_KEEPCNT", 7),
    ("AF_INET", "SOCK_STREAM", "IPPROTO_TCP", "TCP_FASTOPEN", 1),
    ("AF_INET", "SOCK_DGRAM", "SOL_SOCKET", "SO_BROADCAST", 1),
    ("AF_INET", "SOCK_DGRAM", "IPPROTO_IP", "IP_TTL", 33),
    ("AF_INET", "SOCK_DGRAM", "IPPROTO_IP", "IP_TOS", 0x10),
    ("AF_INET", "SOCK_DGRAM", "IPPROTO_IP", "IP_MULTICAST_TTL", 3),
    ("AF_INET", "SOCK_DGRAM", "IPPROTO_IP", "IP_MULTICAST_LOOP", 0),
    ("AF_INET", "SOCK_DGRAM", "IPPROTO_IP", "IP_MULTICAST_IF", GROUP4[4:]),
    ("AF_INET", "SOCK_DGRAM", "IPPROTO_IP", "IP_ADD_MEMBERSHIP", GROUP4),
    ("AF_INET", "SOCK_DGRAM", "IPPROTO_IP", "IP_DROP_MEMBERSHIP", GROUP4),
    ("AF_INET", "SOCK_DGRAM", "IPPROTO_IP", "IP_ADD_MEMBERSHIP", b"abc"),
    ("AF_INET", "SOCK_DGRAM", "IPPROTO_IP", "IP_PKTINFO", 1),
    ("AF_INET", "SOCK_DGRAM", "IPPROTO_IP", "IP_RECVTOS", 1),
    ("AF_INET", "SOCK_DGRAM", "IPPROTO_IP", "IP_RECVDSTADDR", 1),
    ("AF_INET", "SOCK_DGRAM", "IPPROTO_IP", "IP_HDRINCL", 1),
    ("AF_INET6", "SOCK_DGRAM", "IPPROTO_IPV6", "IPV6_V6ONLY", 0),
    ("AF_INET6", "SOCK_DGRAM", "IPPROTO_IPV6", "IPV6_UNICAST_HOPS", 44),
    ("AF_INET6", "SOCK_DGRAM", "IPPROTO_IPV6", "IPV6_MULTICAST_HOPS", 3),
    ("AF_INET6", "SOCK_DGRAM", "IPPROTO_IPV6", "IPV6_MULTICAST_LOOP", 0),
    ("AF_INET6", "SOCK_DGRAM", "IPPROTO_IPV6", "IPV6_MULTICAST_IF", 1),
    ("AF_INET6", "SOCK_DGRAM", "IPPROTO_IPV6", "IPV6_JOIN_GROUP", GROUP6),
    ("AF_INET6", "SOCK_DGRAM", "IPPROTO_IPV6", "IPV6_LEAVE_GROUP", GROUP6),
    ("AF_INET6", "SOCK_DGRAM", "IPPROTO_IPV6", "IPV6_PKTINFO", 1),
    ("AF_INET6", "SOCK_DGRAM", "IPPROTO_IPV6", "IPV6_HOPLIMIT", 1),
    ("AF_INET6", "SOCK_DGRAM", "IPPROTO_IPV6", "IPV6_RECVTCLASS", 1),
    ("AF_INET6", "SOCK_DGRAM", "IPPROTO_IPV6", "IPV6_TCLASS", 8),
    ("AF_INET6", "SOCK_DGRAM", "IPPROTO_IPV6", "IPV6_DONTFRAG", 1),
]


def outcome(call: Any, *arguments: Any) -> Any:
    try:
        return call(*arguments)
    except OSError as exc:
        return type(exc).__name__, exc.args, exc.errno, getattr(exc, "winerror", None)


@pytest.mark.real_kernel
@pytest.mark.parametrize(("family", "sock_type", "level", "option", "value"), OPTIONS)
def test_setsockopt_and_getsockopt_match_stdlib(
    family: str, sock_type: str, level: str, option: str, value: Any, request: pytest.FixtureRequest
) -> None:
    if family == "AF_INET6":
        request.getfixturevalue("ipv6")
    if not hasattr(sockcore, option):
        pytest.skip(f"this system does not support {option}")
    level_and_option = int(getattr(sockcore, level)), int(getattr(sockcore, option))
    outcomes = []
    for module in (sockcore, stdlib):
        with module.socket(getattr(module, family), getattr(module, sock_type)) as sock:
            outcomes.append(
                (
                    outcome(sock.getsockopt, *level_and_option, 64),
                    outcome(sock.setsockopt, *level_and_option, value),
                    outcome(sock.getsockopt, *level_and_option, 64),
                    outcome(sock.getsockopt, *level_and_option),
                )
            )
    assert outcomes[0] == outcomes[1]
