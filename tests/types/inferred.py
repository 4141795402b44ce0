"""Types that type checkers and editors infer. mypy and pyright check this module, but it is never run."""

import io
import sys
from typing import Any

from typing_extensions import assert_type

import sockcore
from sockcore import options
from sockcore_bluetooth.options import BT_SECURITY, Security
from sockcore_can.options import CAN_RAW_FILTER, CanFilter
from sockcore_inet.options import IP_MTU_DISCOVER, TCP_INFO, PathMtuDiscovery, TcpInfo
from sockcore_linux_misc.options import PACKET_STATISTICS, PacketStatistics
from sockcore_unix.options import SO_PEERCRED, PeerCredentials


def constructor() -> None:
    assert_type(sockcore.socket(), sockcore.socket)
    assert_type(sockcore.socket(sockcore.AF_INET, sockcore.SOCK_DGRAM), sockcore.socket)
    assert_type(sockcore.SocketType(), sockcore.socket)
    with sockcore.socket() as sock:
        assert_type(sock, sockcore.socket)


class Subclass(sockcore.socket):
    """A subclass in a program."""


def subclass() -> None:
    assert_type(Subclass(fileno=5), Subclass)
    assert_type(Subclass().dup(), Subclass)
    with Subclass() as sock:
        assert_type(sock, Subclass)


def functions() -> None:
    assert_type(sockcore.create_connection(("localhost", 80)), sockcore.socket)
    with sockcore.create_connection(("localhost", 80), 5) as sock:
        assert_type(sock, sockcore.socket)
    with sockcore.create_server(("", 0)) as server:
        assert_type(server, sockcore.socket)
        assert_type(server.accept(), tuple[sockcore.socket, Any])
        connection, _ = server.accept()
        assert_type(connection, sockcore.socket)
    assert_type(sockcore.socketpair(), tuple[sockcore.socket, sockcore.socket])
    assert_type(sockcore.fromfd(5, sockcore.AF_INET, sockcore.SOCK_STREAM), sockcore.socket)


def methods(sock: sockcore.socket) -> None:
    assert_type(sock.dup(), sockcore.socket)
    assert_type(sock.recv(5), bytes)
    assert_type(sock.recvfrom(5), tuple[bytes, Any])
    assert_type(sock.getsockopt(1, 2), int)
    assert_type(sock.getsockopt(1, 2, 8), bytes)
    assert_type(sock.detach(), int)
    assert_type(sock.gettimeout(), float | None)
    assert_type(sock.family, sockcore.AddressFamily)
    assert_type(sock.type, sockcore.SocketKind)
    sock.sendto(b"data", ("localhost", 80))
    sock.sendto(bytearray(5), sockcore.MSG_PEEK, ("localhost", 80))
    sock.sendto("text", ("localhost", 80))  # type: ignore[call-overload]


def files(sock: sockcore.socket) -> None:
    assert_type(sock.makefile(), io.TextIOWrapper)
    assert_type(sock.makefile("rw"), io.TextIOWrapper)
    assert_type(sock.makefile("rb", 0), sockcore.SocketIO)
    assert_type(sock.makefile("rb"), io.BufferedReader)
    assert_type(sock.makefile("wb"), io.BufferedWriter)
    assert_type(sock.makefile("rwb", buffering=-1), io.BufferedRWPair)
    assert_type(sock.makefile("rb", 512), io.IOBase)
    sock.makefile("a")  # type: ignore[call-overload]


def addresses() -> None:
    for family, sock_type, proto, name, address in sockcore.getaddrinfo("localhost", 80):
        assert_type(family, sockcore.AddressFamily)
        assert_type(sock_type, sockcore.SocketKind)
        assert_type((proto, name), tuple[int, str])
        assert_type(address, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes])
        sockcore.create_connection(("localhost", 80), source_address=address)
    if sys.platform != "win32":
        with sockcore.create_server("/run/example", family=sockcore.AF_UNIX) as server:
            assert_type(server, sockcore.socket)


def typed_options(sock: sockcore.socket) -> None:
    assert_type(options.get(sock, options.SO_LINGER), options.Linger)
    assert_type(options.get(sock, options.SO_LINGER).linger, int)
    assert_type(options.get(sock, options.SO_RCVTIMEO), float)
    assert_type(options.get(sock, options.SO_KEEPALIVE), bool)
    assert_type(options.get(sock, options.SO_ATTACH_FILTER), list[options.FilterInstruction])
    assert_type(options.get(sock, "SO_LINGER"), Any)
    assert_type(options.read(sock, 1, 2), Any)
    assert_type(options.all(sock), dict[str, Any])
    assert_type(options.to_json(sock), str)
    assert_type(options.get(sock, TCP_INFO), TcpInfo)
    assert_type(options.get(sock, TCP_INFO).rtt, int)
    assert_type(options.get(sock, IP_MTU_DISCOVER), PathMtuDiscovery)
    assert_type(options.get(sock, SO_PEERCRED), PeerCredentials)
    assert_type(options.get(sock, CAN_RAW_FILTER), list[CanFilter])
    assert_type(options.get(sock, PACKET_STATISTICS), PacketStatistics)
    assert_type(options.get(sock, BT_SECURITY), Security)
    options.set(sock, options.SO_LINGER, options.Linger(True, 5))
    assert_type(sock.getsockopt(6, TCP_INFO, TCP_INFO.size), bytes)
    number: int = TCP_INFO
    print(number)
