"""Data over the loopback interface with TCP and UDP, IPv4 and IPv6."""

from __future__ import annotations

import os
from typing import Any

import pytest

import sockcore
from sockcore import AF_INET, AF_INET6, SOCK_DGRAM, SOCK_STREAM

BOTH = pytest.mark.parametrize(("family", "host"), [(AF_INET, "127.0.0.1"), (AF_INET6, "::1")], ids=["IPv4", "IPv6"])


@pytest.fixture(autouse=True)
def _ipv6_where_needed(request: pytest.FixtureRequest) -> None:
    if request.node.callspec.params.get("family", AF_INET6) == AF_INET6 if hasattr(request.node, "callspec") else False:
        request.getfixturevalue("ipv6")


@BOTH
def test_tcp_transfers_data_in_both_directions(family: int, host: str) -> None:
    data = os.urandom(1 << 18)
    with sockcore.socket(family, SOCK_STREAM) as listener:
        listener.bind((host, 0))
        listener.listen()
        with sockcore.socket(family, SOCK_STREAM) as client:
            client.connect(listener.getsockname())
            peer, address = listener.accept()
            with peer:
                assert address == client.getsockname() == peer.getpeername()
                assert client.getpeername() == listener.getsockname()
                client.settimeout(60)
                peer.settimeout(60)
                sent, received = 0, bytearray()
                while len(received) < len(data):
                    if sent < len(data):
                        sent += client.send(data[sent : sent + 16384])
                    received += peer.recv(65536)
                assert received == data
                client.shutdown(sockcore.SHUT_WR)
                assert peer.recv(1) == b""


@BOTH
def test_udp_transfers_datagrams(family: int, host: str) -> None:
    with sockcore.socket(family, SOCK_DGRAM) as one, sockcore.socket(family, SOCK_DGRAM) as two:
        one.bind((host, 0))
        two.bind((host, 0))
        one.settimeout(60)
        two.settimeout(60)
        for size in (0, 1, 1000):
            assert one.sendto(b"x" * size, two.getsockname()) == size
            assert two.recvfrom(2000) == (b"x" * size, one.getsockname())
        buffer = bytearray(10)
        one.sendto(b"abc", two.getsockname()[:2])
        assert two.recvfrom_into(buffer) == (3, one.getsockname())
        assert buffer[:3] == b"abc"


@BOTH
def test_udp_sendto_host_name(family: int, host: str) -> None:
    with sockcore.socket(family, SOCK_DGRAM) as one:
        one.bind((host, 0))
        one.settimeout(60)
        with sockcore.socket(family, SOCK_DGRAM) as two:
            try:
                two.sendto(b"hello", ("localhost", one.getsockname()[1]))
            except sockcore.gaierror as exc:
                pytest.skip(f"localhost does not have an address of this family: {exc}")
        assert one.recv(16) == b"hello"


@BOTH
def test_bind_empty_host_is_wildcard_address(family: int, host: str) -> None:
    with sockcore.socket(family, SOCK_DGRAM) as one, sockcore.socket(family, SOCK_DGRAM) as two:
        one.bind(("", 0))
        assert one.getsockname()[0] in ("0.0.0.0", "::")
        one.settimeout(60)
        two.sendto(b"hello", (host, one.getsockname()[1]))
        data, address = one.recvfrom(16)
        assert data == b"hello"
        assert address[0] == host


@BOTH
@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("bind", lambda sock, address: sock.bind(address)),
        ("connect", lambda sock, address: sock.connect(address)),
        ("connect_ex", lambda sock, address: sock.connect_ex(address)),
        ("sendto", lambda sock, address: sock.sendto(b"x", address)),
        ("sendto", lambda sock, address: sock.sendto(b"x", 0, address)),
        ("sendmsg", lambda sock, address: sock.sendmsg([b"x"], [], 0, address)),
    ],
)
def test_wrong_address_message_names_operation(family: int, host: str, operation: str, call: Any) -> None:
    name = "AF_INET" if family == AF_INET else "AF_INET6"
    with sockcore.socket(family, SOCK_DGRAM) as sock:
        with pytest.raises(TypeError, match=rf"^{operation}\(\): {name} address must be tuple, not int$"):
            call(sock, 3)
        with pytest.raises(OverflowError, match=rf"^{operation}\(\): port must be 0-65535\.$"):
            call(sock, (host, 65536))


def test_sendto_broadcast_without_option_raises_permission_error() -> None:
    with sockcore.socket(AF_INET, SOCK_DGRAM) as sock:
        with pytest.raises(PermissionError):
            sock.sendto(b"x", ("<broadcast>", 9))


@pytest.mark.usefixtures("ipv6")
def test_dualstack_socket_uses_ipv4_mapped_addresses() -> None:
    if not sockcore.has_dualstack_ipv6():
        pytest.skip("this platform does not support dual-stack sockets")
    with sockcore.socket(AF_INET6, SOCK_DGRAM) as six, sockcore.socket(AF_INET, SOCK_DGRAM) as four:
        six.setsockopt(sockcore.IPPROTO_IPV6, sockcore.IPV6_V6ONLY, 0)
        six.bind(("::", 0))
        four.bind(("127.0.0.1", 0))
        six.settimeout(60)
        four.settimeout(60)
        four.sendto(b"to six", ("127.0.0.1", six.getsockname()[1]))
        port = four.getsockname()[1]
        assert six.recvfrom(16) == (b"to six", ("::ffff:127.0.0.1", port, 0, 0))
        six.sendto(b"to four", ("::ffff:127.0.0.1", port))
        assert four.recvfrom(16) == (b"to four", ("127.0.0.1", six.getsockname()[1]))


@pytest.mark.real_kernel
@pytest.mark.usefixtures("ipv6")
def test_bind_link_local_address_with_zone() -> None:
    """The kernel binds a link-local address only with the zone of its interface."""
    for index, name in sockcore.if_nameindex():
        for address in link_local(name):
            with sockcore.socket(AF_INET6, SOCK_DGRAM) as sock:
                sock.bind((f"{address}%{name}", 0))
                host, _, flowinfo, scope = sock.getsockname()
                assert (host, flowinfo, scope) == (address, 0, index)
                host, *_, scope = sock.getsockname()
                assert (host, scope) == (address, index)
            with sockcore.socket(AF_INET6, SOCK_DGRAM) as sock:
                sock.bind((address, 0, 0, index))
                assert sock.getsockname()[3] == index
            return
    pytest.skip("this machine does not have a link-local address")


def link_local(name: str) -> list[str]:
    # Linux: address, index, prefix length, scope (20: link), flags, name.
    try:
        with open("/proc/net/if_inet6", encoding="ascii") as file:
            lines = [line.split() for line in file]
    except OSError:
        return []
    return [
        sockcore.inet_ntop(AF_INET6, bytes.fromhex(address))
        for address, _, _, scope, _, device in lines
        if scope == "20" and device == name
    ]


@BOTH
def test_proto_of_accepted_socket_after_fallback_is_tcp(family: int, host: str) -> None:
    """A connection with a peer without MPTCP is TCP (RFC 8684, section 3.7)."""
    mptcp = 262  # IPPROTO_MPTCP on Linux
    try:
        listener = sockcore.socket(family, SOCK_STREAM, mptcp)
    except OSError:
        pytest.skip("this system does not support MPTCP")
    with listener:
        listener.bind((host, 0))
        listener.listen()
        with sockcore.socket(family, SOCK_STREAM) as client:
            client.connect(listener.getsockname())
            peer, _ = listener.accept()
            with peer:
                assert peer.proto == sockcore.IPPROTO_TCP
        with sockcore.socket(family, SOCK_STREAM, mptcp) as client:
            client.connect(listener.getsockname())
            peer, _ = listener.accept()
            with peer:
                assert peer.proto == client.proto == listener.proto
