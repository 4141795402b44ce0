"""Control messages of IP, UDP, TCP, SCTP and SOL_SOCKET that a kernel sends or accepts.

``test_message_inventory.py`` lists the tests of all messages. This file runs in the guest of ``tests/lab`` too, whose
kernel has SCTP, TLS and Mobile IPv6.
"""

from __future__ import annotations

import errno
import os
import select
import struct
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore import AF_INET, AF_INET6, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM, ancillary, errors, options
from sockcore.plugin import Option, system_name
from sockcore_inet import options as inet

if TYPE_CHECKING:
    from collections.abc import Iterator

    Pair = tuple[sockcore.socket, sockcore.socket]

if system_name() != "linux":
    pytest.skip("the messages of Linux", allow_module_level=True)

pytestmark = pytest.mark.real_kernel

LOOPBACK = ("127.0.0.1", 0)
#: Of fragments. Another process that runs these tests has another one.
IDENTIFICATION = os.getpid() & 0xFFFF
#: A number of a protocol for experiments (RFC 3692).
EXPERIMENTAL = 253
#: Errors of a kernel that lacks an option or a protocol, and of a user without the privilege.
MISSING = (errno.ENOPROTOOPT, errno.EPERM, errno.EACCES, errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT, errno.ENOENT,
           errno.EOPNOTSUPP)  # fmt: skip


@contextmanager
def skip_if_missing(*errors_of_old_kernels: int) -> Iterator[None]:
    """Skip the test if the block fails because of this kernel or user."""
    try:
        yield
    except OSError as exc:
        if exc.errno not in (*MISSING, *errors_of_old_kernels):
            raise
        pytest.skip(f"this kernel or user cannot do it: {exc}")


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Yield a bound UDP socket, and a UDP socket."""
    with sockcore.socket(AF_INET, SOCK_DGRAM) as receiver, sockcore.socket(AF_INET, SOCK_DGRAM) as sender:
        receiver.bind(LOOPBACK)
        receiver.settimeout(60)
        yield receiver, sender


@pytest.fixture
def pair6(ipv6: None) -> Iterator[Pair]:
    with sockcore.socket(AF_INET6, SOCK_DGRAM) as receiver, sockcore.socket(AF_INET6, SOCK_DGRAM) as sender:
        receiver.bind(("::1", 0))
        receiver.settimeout(60)
        yield receiver, sender


def values(sock: sockcore.socket, size: int = 9000) -> dict[str, Any]:
    """Receive a message, and return its control messages by name."""
    _, received, flags, _ = sock.recvmsg(size, 1000)
    assert not flags & sockcore.MSG_CTRUNC
    named: dict[str, Any] = {}
    for item in ancillary.decode(received, sock):
        assert len(item) == 2, item
        named[item[0]] = item[1]
    return named


def report_of(sock: sockcore.socket) -> Any:
    """Wait for the first message in the error queue."""
    poller = select.poll()
    poller.register(sock, 0)
    assert poller.poll(60_000), "no report"
    return next(iter(errors.errors(sock)))


def test_mark_of_message_is_received(pair: Pair) -> None:
    receiver, sender = pair
    with skip_if_missing():
        options.set(receiver, options.SO_RCVMARK, True)
        sender.sendmsg([b"x"], [ancillary.encode("SO_MARK", 2**32 - 7)], 0, receiver.getsockname())
    assert values(receiver) == {"SO_MARK": 2**32 - 7}


def test_priority_of_message_is_received(pair: Pair) -> None:
    receiver, sender = pair
    with skip_if_missing():
        options.set(receiver, options.SO_RCVPRIORITY, True)
    sender.sendmsg([b"x"], [ancillary.encode("SO_PRIORITY", 5)], 0, receiver.getsockname())
    assert values(receiver) == {"SO_PRIORITY": 5}


def test_time_of_transmission_is_accepted(pair: Pair) -> None:
    receiver, sender = pair
    message = ancillary.encode("SCM_TXTIME", time.monotonic_ns())
    # Without the option, the kernel rejects the message.
    with pytest.raises(OSError) as caught:
        sender.sendmsg([b"x"], [message], 0, receiver.getsockname())
    assert caught.value.errno == errno.EINVAL
    options.set(sender, options.SO_TXTIME, (time.CLOCK_MONOTONIC, 0))
    sender.sendmsg([b"x"], [message], 0, receiver.getsockname())
    assert receiver.recv(9) == b"x"


def test_id_of_timestamp_is_that_of_message(pair: Pair) -> None:
    receiver, sender = pair
    flags = options.TimestampingFlags
    options.set(sender, options.SO_TIMESTAMPING, flags.SOFTWARE | flags.TX_SOFTWARE | flags.OPT_ID)
    with skip_if_missing(errno.EINVAL):  # Linux before 6.13
        sender.sendmsg([b"x"], [ancillary.encode("SCM_TS_OPT_ID", 4_000_000_000)], 0, receiver.getsockname())
    report = report_of(sender)
    assert isinstance(report, errors.TransmitTimestamp)
    assert report.id == 4_000_000_000


def test_remaining_bytes_of_unix_stream_are_received() -> None:
    pytest.importorskip("sockcore_unix")
    left, right = sockcore.socketpair()
    with left, right:
        with skip_if_missing():
            options.set(left, options.SO_INQ, True)
        right.sendall(b"0123456789")
        assert values(left, 4) == {"SCM_INQ": 6}


def test_statistics_of_connection_are_in_timestamp() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(sockcore.create_server(LOOPBACK))
        client = stack.enter_context(sockcore.create_connection(server.getsockname()))
        peer = stack.enter_context(server.accept()[0])
        flags = options.TimestampingFlags
        wanted = flags.TX_ACK | flags.SOFTWARE | flags.OPT_ID | flags.OPT_TSONLY | flags.OPT_STATS
        options.set(client, options.SO_TIMESTAMPING, wanted)
        client.sendall(b"x" * 100)
        assert len(peer.recv(100)) == 100
        report = report_of(client)
    statistics = report.values["SCM_TIMESTAMPING_OPT_STATS"]
    # TCP_NLA_DATA_SEGS_OUT and TCP_NLA_BYTES_SENT of <linux/tcp.h>.
    assert statistics[4] == 1
    assert statistics[18] == 100


def test_options_for_reply_are_received(pair: Pair) -> None:
    receiver, sender = pair
    options.set(receiver, inet.IP_RETOPTS, True)
    options.set(sender, inet.IP_OPTIONS, [inet.RecordRoute((), 2)])
    sender.sendto(b"x", receiver.getsockname())
    assert values(receiver)["IP_RETOPTS"] == (inet.RecordRoute(("127.0.0.1", "127.0.0.1"), 0),)


def test_original_destination_is_received(pair: Pair) -> None:
    receiver, sender = pair
    options.set(receiver, inet.IP_RECVORIGDSTADDR, True)
    sender.sendto(b"x", receiver.getsockname())
    assert values(receiver) == {"IP_ORIGDSTADDR": receiver.getsockname()}


def test_original_destination_of_ipv6_is_received(pair6: Pair) -> None:
    receiver, sender = pair6
    options.set(receiver, inet.IPV6_RECVORIGDSTADDR, True)
    sender.sendto(b"x", receiver.getsockname())
    assert values(receiver) == {"IPV6_ORIGDSTADDR": receiver.getsockname()}


def test_packet_info_of_ipv4_is_received_and_sent(pair: Pair) -> None:
    receiver, sender = pair
    options.set(receiver, inet.IP_PKTINFO, True)
    source = ancillary.encode("IP_PKTINFO", (0, "127.0.0.3", "0.0.0.0"))
    sender.sendmsg([b"x"], [source], 0, receiver.getsockname())
    _, received, _, address = receiver.recvmsg(9, 100)
    [(name, info)] = ancillary.decode(received)  # type: ignore[misc]
    assert (name, info.destination, address[0]) == ("IP_PKTINFO", "127.0.0.1", "127.0.0.3")


def test_packet_info_of_ipv6_is_received_and_sent(pair6: Pair) -> None:
    receiver, sender = pair6
    options.set(receiver, inet.IPV6_RECVPKTINFO, True)
    index = sockcore.if_nametoindex("lo")
    sender.sendmsg([b"x"], [ancillary.encode("IPV6_PKTINFO", ("::1", index))], 0, receiver.getsockname())
    assert values(receiver) == {"IPV6_PKTINFO": ("::1", index)}
    with pytest.raises(OSError) as caught:
        sender.sendmsg([b"x"], [ancillary.encode("IPV6_PKTINFO", ("2001:db8::7", 0))], 0, receiver.getsockname())
    assert caught.value.errno == errno.EINVAL


def test_older_messages_of_ipv6_are_received_and_sent(pair6: Pair) -> None:
    receiver, sender = pair6
    options.set(receiver, inet.IPV6_2292PKTINFO, True)
    options.set(receiver, inet.IPV6_2292HOPLIMIT, True)
    index = sockcore.if_nametoindex("lo")
    sent = [ancillary.encode("IPV6_2292PKTINFO", ("::1", index)), ancillary.encode("IPV6_2292HOPLIMIT", 9)]
    sender.sendmsg([b"x"], sent, 0, receiver.getsockname())
    assert values(receiver) == {"IPV6_2292PKTINFO": ("::1", index), "IPV6_2292HOPLIMIT": 9}


def test_largest_fragment_of_ipv4_is_received(pair: Pair) -> None:
    receiver, _ = pair
    options.set(receiver, inet.IP_RECVFRAGSIZE, True)
    with skip_if_missing():
        raw = sockcore.socket(AF_INET, SOCK_RAW, sockcore.IPPROTO_RAW)
    host, port = receiver.getsockname()
    packed = sockcore.inet_aton(host)
    datagram = struct.pack("!HHHH", 9, port, 8 + 1000, 0) + bytes(1000)  # without a checksum
    with raw:
        for start, end, more in ((0, 600, 0x2000), (600, len(datagram), 0)):
            # Version, type of service, length, identification, fragment, TTL, protocol, checksum (by the kernel).
            head = (0x45, 0, 20 + end - start, IDENTIFICATION, more | start // 8, 64, sockcore.IPPROTO_UDP, 0)
            raw.sendto(struct.pack("!BBHHHBBH", *head) + packed * 2 + datagram[start:end], (host, 0))
    assert values(receiver) == {"IP_RECVFRAGSIZE": 620}


def udp6(port: int, data: bytes) -> bytes:
    """Return a UDP datagram from ::1 to ::1, with its checksum (RFC 8200, 8.1)."""
    packed, length = sockcore.inet_pton(AF_INET6, "::1"), 8 + len(data)
    pseudo = packed * 2 + struct.pack("!II", length, sockcore.IPPROTO_UDP)
    summed = pseudo + struct.pack("!HHHH", 9, port, length, 0) + data + bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(summed) // 2}H", summed))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!HHHH", 9, port, length, ~total & 0xFFFF) + data


def send_packet6(next_header: int, payload: bytes) -> None:
    """Send an IPv6 packet from ::1 to ::1 on a raw socket, and skip the test without the privilege."""
    packed = sockcore.inet_pton(AF_INET6, "::1")
    with skip_if_missing():
        raw = sockcore.socket(AF_INET6, SOCK_RAW, sockcore.IPPROTO_RAW)
    with raw:
        header = struct.pack("!IHBB", 6 << 28, len(payload), next_header, 64)
        raw.sendto(header + packed * 2 + payload, ("::1", 0, 0, 0))


def test_largest_fragment_of_ipv6_is_received(pair6: Pair) -> None:
    receiver, _ = pair6
    options.set(receiver, inet.IPV6_RECVFRAGSIZE, True)
    datagram = udp6(receiver.getsockname()[1], bytes(1000))
    for start, end, more in ((0, 600, 1), (600, len(datagram), 0)):
        fragment = struct.pack("!BBHI", sockcore.IPPROTO_UDP, 0, start | more, IDENTIFICATION)
        send_packet6(sockcore.IPPROTO_FRAGMENT, fragment + datagram[start:end])
    # The headers of IPv6 and of the fragment, and its data.
    assert values(receiver) == {"IPV6_RECVFRAGSIZE": 40 + 8 + 600}


def test_hop_by_hop_options_are_sent_and_received(pair6: Pair) -> None:
    receiver, sender = pair6
    options.set(receiver, inet.IPV6_RECVHOPOPTS, True)
    option = (30, b"\1\2\3")  # for experiments: RFC 4727
    with skip_if_missing():
        sender.sendmsg([b"x"], [ancillary.encode("IPV6_HOPOPTS", [option])], 0, receiver.getsockname())
    assert values(receiver) == {"IPV6_HOPOPTS": (option,)}


def test_destination_options_are_sent_and_received(pair6: Pair) -> None:
    receiver, sender = pair6
    options.set(receiver, inet.IPV6_RECVDSTOPTS, True)
    option = (30, b"\1\2\3")
    with skip_if_missing():
        sender.sendmsg([b"x"], [ancillary.encode("IPV6_DSTOPTS", [option])], 0, receiver.getsockname())
    assert values(receiver) == {"IPV6_DSTOPTS": (option,)}


def test_destination_options_before_routing_header_are_accepted(pair6: Pair) -> None:
    receiver, sender = pair6
    with skip_if_missing():
        sender.sendmsg([b"x"], [ancillary.encode("IPV6_RTHDRDSTOPTS", [(30, b"\1")])], 0, receiver.getsockname())
    # Without a routing header, the kernel does not send them. It checks the length in their header.
    assert receiver.recv(9) == b"x"
    level, number, data = ancillary.encode("IPV6_RTHDRDSTOPTS", [(30, b"\1")])
    with pytest.raises(OSError) as caught:
        sender.sendmsg([b"x"], [(level, number, data[:1] + b"\1" + data[2:])], 0, receiver.getsockname())
    assert caught.value.errno == errno.EINVAL


def test_routing_header_is_received(pair6: Pair) -> None:
    receiver, _ = pair6
    options.set(receiver, inet.IPV6_RECVRTHDR, True)
    body = bytes(range(12))
    # Next header, length in units of 8 bytes after the first, type for experiments (RFC 4727), segments left.
    header = bytes((sockcore.IPPROTO_UDP, 1, 253, 0)) + body
    send_packet6(sockcore.IPPROTO_ROUTING, header + udp6(receiver.getsockname()[1], b"x"))
    routing = values(receiver)["IPV6_RTHDR"]
    assert (routing.type, routing.segments_left, routing.data) == (253, 0, body)


def test_routing_header_is_sent(pair6: Pair) -> None:
    receiver, sender = pair6
    # Type 2, of Mobile IPv6: a reserved word, and the home address.
    home = bytes(4) + sockcore.inet_pton(AF_INET6, "::1")
    level, number, data = ancillary.encode("IPV6_RTHDR", (2, 1, home))
    with skip_if_missing(errno.EINVAL):  # without CONFIG_IPV6_MIP6
        sender.sendmsg([b"x"], [(level, number, data)], 0, receiver.getsockname())
    # The kernel accepts one address only.
    wrong = ancillary.encode("IPV6_RTHDR", (2, 2, home + home[4:]))
    with pytest.raises(OSError) as caught:
        sender.sendmsg([b"x"], [wrong], 0, receiver.getsockname())
    assert caught.value.errno == errno.EINVAL


def test_datagram_is_not_fragmented_if_message_forbids_it(pair6: Pair) -> None:
    receiver, sender = pair6
    options.set(sender, inet.IPV6_MTU, 1280)
    with pytest.raises(OSError) as caught:
        sender.sendmsg([bytes(3000)], [ancillary.encode("IPV6_DONTFRAG", 1)], 0, receiver.getsockname())
    assert caught.value.errno == errno.EMSGSIZE
    sender.sendmsg([bytes(3000)], [ancillary.encode("IPV6_DONTFRAG", 0)], 0, receiver.getsockname())
    assert len(receiver.recv(9000)) == 3000


def test_protocol_of_packet_is_checked_by_the_kernel() -> None:
    with skip_if_missing():
        sock = sockcore.socket(AF_INET, sockcore.SOCK_RAW, EXPERIMENTAL)
    with sock:
        sock.settimeout(60)
        with skip_if_missing(errno.EINVAL):  # before Linux 6.4
            sock.sendmsg([b"data"], [ancillary.encode("IP_PROTOCOL", EXPERIMENTAL)], 0, ("127.0.0.1", 0))
        assert sock.recv(100).endswith(b"data")
        for number in (0, 256):
            with pytest.raises(OSError, match="Invalid argument"):
                sock.sendmsg([b"data"], [ancillary.encode("IP_PROTOCOL", number)], 0, ("127.0.0.1", 0))


def test_flow_label_is_sent_and_received(pair6: Pair) -> None:
    receiver, sender = pair6
    options.set(receiver, inet.IPV6_FLOWINFO, True)
    sender.sendmsg([b"x"], [ancillary.encode("IPV6_FLOWINFO", 0x12345)], 0, receiver.getsockname())
    assert values(receiver)["IPV6_FLOWINFO"] & 0xFFFFF == 0x12345


def open_tls(sock: sockcore.socket, direction: Option[inet.TlsCryptoInfo]) -> None:
    """Encrypt one direction of a connection with a fixed key."""
    options.set(sock, inet.TCP_ULP, "tls")
    cipher = inet.TlsCipher.AES_GCM_128
    value = inet.TlsCryptoInfo(inet.TlsVersion.TLS_1_2, cipher, bytes(8), bytes(16), bytes(4), bytes(8))
    options.set(sock, direction, value)


def test_record_type_is_sent_and_received() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(sockcore.create_server(LOOPBACK))
        client = stack.enter_context(sockcore.create_connection(server.getsockname()))
        peer = stack.enter_context(server.accept()[0])
        with skip_if_missing():
            open_tls(client, inet.TLS_TX)
        open_tls(peer, inet.TLS_RX)
        peer.settimeout(60)
        client.sendmsg([b"\1\0"], [ancillary.encode("TLS_SET_RECORD_TYPE", 21)])
        data, received, _, _ = peer.recvmsg(100, 100)
    assert data == b"\1\0"
    assert ancillary.decode(received) == [("TLS_GET_RECORD_TYPE", 21)]


@pytest.fixture
def associated() -> Iterator[Pair]:
    """Yield two connected sockets of SCTP."""
    with ExitStack() as stack:
        with skip_if_missing():
            server = stack.enter_context(sockcore.socket(AF_INET, SOCK_STREAM, sockcore.IPPROTO_SCTP))
        server.bind(LOOPBACK)
        server.listen()
        client = stack.enter_context(sockcore.socket(AF_INET, SOCK_STREAM, sockcore.IPPROTO_SCTP))
        client.connect(server.getsockname())
        peer = stack.enter_context(server.accept()[0])
        peer.settimeout(60)
        yield client, peer


def test_sctp_send_and_receive_info(associated: Pair) -> None:
    client, peer = associated
    options.set(peer, inet.SCTP_RECVRCVINFO, True)
    options.set(peer, inet.SCTP_RECVNXTINFO, True)
    client.sendmsg([b"first"], [ancillary.encode("SCTP_SNDINFO", (3, 0, 0x01020304, 77, 0))])
    second = [ancillary.encode("SCTP_SNDINFO", (4, sockcore.SCTP_UNORDERED, 9, 0, 0)),
              ancillary.encode("SCTP_PRINFO", (sockcore.SCTP_PR_SCTP_TTL, 60_000))]  # fmt: skip
    client.sendmsg([b"second!"], second)
    while options.get(client, inet.SCTP_STATUS).unackdata:  # both messages must have arrived
        time.sleep(0.01)
    received = values(peer)
    info = received["SCTP_RCVINFO"]
    assert (info.sid, info.ssn, info.flags & sockcore.SCTP_UNORDERED, info.ppid) == (3, 0, 0, 0x01020304)
    following = received["SCTP_NXTINFO"]
    assert (following.sid, following.ppid, following.length) == (4, 9, len(b"second!"))
    assert following.flags & sockcore.SCTP_UNORDERED
    info = values(peer)["SCTP_RCVINFO"]
    assert (info.sid, info.flags & sockcore.SCTP_UNORDERED) == (4, sockcore.SCTP_UNORDERED)


def test_sctp_older_info_is_sent_and_received(associated: Pair) -> None:
    client, peer = associated
    options.set(peer, inet.SCTP_EVENTS, (True, *(False,) * 13))
    client.sendmsg([b"x"], [ancillary.encode("SCTP_SNDRCV", (2, 0, 0, 5, 0, 0, 0, 0, 0))])
    info = values(peer)["SCTP_SNDRCV"]
    assert (info.stream, info.ssn, info.ppid) == (2, 0, 5)


def test_sctp_init_message_sets_streams() -> None:
    with ExitStack() as stack:
        with skip_if_missing():
            server = stack.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_SEQPACKET, sockcore.IPPROTO_SCTP))
        server.bind(LOOPBACK)
        server.listen()
        client = stack.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_SEQPACKET, sockcore.IPPROTO_SCTP))
        client.sendmsg([b"x"], [ancillary.encode("SCTP_INIT", (3, 5, 2, 1000))], 0, server.getsockname())
        server.settimeout(60)
        assert server.recv(9) == b"x"
        (association,) = options.get(client, inet.SCTP_GET_ASSOC_ID_LIST)
        request = inet.Status(association, *(0,) * 8, "", *(0,) * 5)
        status = inet.get_sctp_option(client, inet.SCTP_STATUS, request)
        assert status.outstrms == 3


def test_sctp_key_of_message_is_checked() -> None:
    with ExitStack() as stack:
        with skip_if_missing():
            server = stack.enter_context(sockcore.socket(AF_INET, SOCK_STREAM, sockcore.IPPROTO_SCTP))
        client = stack.enter_context(sockcore.socket(AF_INET, SOCK_STREAM, sockcore.IPPROTO_SCTP))
        for sock in (server, client):
            options.set(sock, inet.SCTP_AUTH_SUPPORTED, (0, 1))
            options.set(sock, inet.SCTP_AUTH_CHUNK, 0)
            options.set(sock, inet.SCTP_AUTH_KEY, (0, 5, b"secret"))
        server.bind(LOOPBACK)
        server.listen()
        client.connect(server.getsockname())
        peer = stack.enter_context(server.accept()[0])
        peer.settimeout(60)
        client.sendmsg([b"signed"], [ancillary.encode("SCTP_AUTHINFO", (5,))])
        assert peer.recv(9) == b"signed"
        with pytest.raises(OSError) as caught:
            client.sendmsg([b"x"], [ancillary.encode("SCTP_AUTHINFO", (6,))])
        assert caught.value.errno == errno.EINVAL
        # Data chunks are signed: chunk type 0.
        assert options.get(client, inet.SCTP_PEER_AUTH_CHUNKS) == [0]
