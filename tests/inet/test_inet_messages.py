"""Control messages of IP, UDP, TCP and TLS: literals, invalid data, and messages of this kernel."""

from __future__ import annotations

import errno
import ipaddress
import os
import select
import struct
import time
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sockcore
from sockcore import AF_INET, AF_INET6, IPPROTO_IP, IPPROTO_IPV6, SOCK_DGRAM, SOL_SOCKET, ancillary, messages
from sockcore.plugin import Ancillary, system_name
from sockcore_inet import extension_headers, sctp_messages
from sockcore_inet import messages as inet
from sockcore_inet.messages import Ecn, RecordType, TrafficClass

LINUX = pytest.mark.skipif(system_name() != "linux", reason="only Linux has the message")
ALL: dict[str, Ancillary[Any]] = {
    name: value
    for name, value in {**vars(inet), **vars(sctp_messages)}.items()
    # A system without SCTP has no structs for its messages.
    if isinstance(value, Ancillary) and (value.is_available or not name.startswith("SCTP_"))
}
LOOPBACK = ("127.0.0.1", 0)


@pytest.mark.parametrize("name", sorted(ALL))
@given(data=st.binary(max_size=64))
def test_decode_any_bytes_returns_value_or_raises_value_error(name: str, data: bytes) -> None:
    try:
        value = ALL[name].decode(data)
    except ValueError:
        return
    # The value depends on the data alone.
    assert ALL[name].decode(bytes(bytearray(data))) == value


@pytest.mark.parametrize("name", sorted(name for name, codec in ALL.items() if codec.encode is not None))
@given(value=st.one_of(st.none(), st.integers(), st.text(max_size=9), st.binary(max_size=9), st.tuples(), st.floats(),
                       st.tuples(st.integers(), st.text(max_size=9), st.text(max_size=9)), st.lists(st.integers()),
                       st.tuples(st.text(max_size=9), st.integers())))  # fmt: skip
def test_encode_any_value_returns_bytes_or_raises_documented_exception(name: str, value: object) -> None:
    encode = ALL[name].encode
    assert encode is not None
    try:
        data = encode(value)
    except (TypeError, ValueError, OverflowError):
        return
    assert isinstance(data, bytes)


@given(st.lists(st.tuples(st.integers(2, 255), st.binary(max_size=40)), max_size=9))
def test_ipv6_options_round_trip(options: list[tuple[int, bytes]]) -> None:
    data = extension_headers.encode_ipv6_options(options)
    assert len(data) % 8 == 0
    assert extension_headers.decode_ipv6_options(data) == tuple(options)
    with pytest.raises(ValueError, match="bytes"):
        extension_headers.decode_ipv6_options(data[:-1])


@pytest.mark.parametrize(
    ("value", "exc_type", "message"),
    [
        (b"x", TypeError, "iterable of pairs"),
        ([5], TypeError, "pair"),
        ([(1, b"")], OverflowError, "must be 2-255, not 1"),
        ([(256, b"")], OverflowError, "must be 2-255, not 256"),
        ([("5", b"")], TypeError, "the type of an option"),
        ([(5, "text")], TypeError, "the data of an option"),
        ([(5, bytes(256))], OverflowError, "255 bytes or less, not 256"),
        ([(5, bytes(255))] * 9, ValueError, "2048 bytes or less"),
    ],
)
def test_encode_invalid_ipv6_options_raises(value: Any, exc_type: type[Exception], message: str) -> None:
    with pytest.raises(exc_type, match=message):
        extension_headers.encode_ipv6_options(value)


def test_ipv4_options_in_message_are_values() -> None:
    record_route = bytes((7, 11, 8, 192, 0, 2, 1, 0, 0, 0, 0))
    for message in (inet.IP_RECVOPTS, inet.IP_RETOPTS):
        assert message.decode(b"\x01" + record_route + b"\x00\x09") == (
            inet.IP_NOP,
            inet.RecordRoute(("192.0.2.1",), 1),
        )
        for wrong in (b"\x07", b"\x07\x01", b"\x07\x09abc"):
            with pytest.raises(ValueError, match="length"):
                message.decode(wrong)


def test_routing_header_lists_addresses() -> None:
    one, two = (ipaddress.ip_address(text).packed for text in ("2001:db8::1", "2001:db8::2"))
    data = bytes((59, 4, 4, 1, 1, 0, 0, 0)) + one + two
    header = inet.IPV6_RTHDR.decode(data)
    assert (header.type, header.segments_left, header.addresses) == (4, 1, ("2001:db8::1", "2001:db8::2"))
    assert inet.IPV6_RTHDR.encode is not None
    assert inet.IPV6_RTHDR.encode(header)[1:] == data[1:]
    assert extension_headers.RoutingHeader(3, 0, bytes(20)).addresses == ()


@pytest.mark.parametrize(
    ("value", "exc_type"),
    [(5, TypeError), ((1, 2), TypeError), ((256, 0, bytes(4)), OverflowError), ((0, -1, bytes(4)), OverflowError),
     ((0, 0, bytes(5)), ValueError), ((0, 0, bytes(2052)), ValueError), ((0, 0, "x"), TypeError)],
)  # fmt: skip
def test_encode_invalid_routing_header_raises(value: Any, exc_type: type[Exception]) -> None:
    with pytest.raises(exc_type):
        extension_headers.encode_routing_header(value)


def test_traffic_class_has_ecn_and_dscp() -> None:
    value = inet.IPV6_TCLASS.decode(struct.pack("=i", 46 << 2 | 3))
    assert (value, value.ecn, value.dscp) == (0xBB, Ecn.CE, 46)
    assert isinstance(value, int)
    assert [TrafficClass(number).ecn.name for number in range(4)] == ["NOT_ECT", "ECT_1", "ECT_0", "CE"]


def test_record_type_is_enum_or_number() -> None:
    assert inet.TLS_GET_RECORD_TYPE.decode(b"\x15") is RecordType.ALERT
    assert inet.TLS_GET_RECORD_TYPE.decode(b"\x07") == 7


@LINUX
def test_sctp_messages_round_trip() -> None:
    for codec, value in (
        (sctp_messages.SCTP_SNDINFO, (1, 2, 3, 4, -5)),
        (sctp_messages.SCTP_RCVINFO, (1, 2, 3, 4, 5, 6, 7, 8)),
        (sctp_messages.SCTP_AUTHINFO, (9,)),
        (sctp_messages.SCTP_PRINFO, (0x10, 500)),
    ):
        level, number, data = ancillary.encode(codec, value)
        assert ancillary.decode([(level, number, data)]) == [(codec.name, value)]
    with pytest.raises(TypeError, match="SCTP_SNDINFO must be a tuple"):
        ancillary.encode("SCTP_SNDINFO", (1, 2))
    with pytest.raises(OverflowError, match="SCTP_SNDINFO"):
        ancillary.encode("SCTP_SNDINFO", (1 << 16, 0, 0, 0, 0))


def test_path_mtu_is_decoded() -> None:
    sockaddr = sockcore.addresses.encode(AF_INET6, ("2001:db8::1", 0, 0, 0))
    assert inet.IPV6_PATHMTU.decode(sockaddr + struct.pack("=I", 1280)) == (("2001:db8::1", 0, 0, 0), 1280)


@LINUX
def test_extended_error_has_offender() -> None:
    error = struct.pack("=IBBBxII", 113, 2, 3, 1, 1280, 0)
    sockaddr = sockcore.addresses.encode(AF_INET, ("192.0.2.1", 0))
    assert inet.IP_RECVERR.decode(error + sockaddr) == (113, 2, 3, 1, 1280, 0, "192.0.2.1")
    assert inet.IP_RECVERR.decode(error + bytes(16)).offender is None
    scoped = sockcore.addresses.encode(AF_INET6, ("fe80::1", 0, 0, 3))
    assert inet.IPV6_RECVERR.decode(error + scoped).offender == "fe80::1%3"
    assert inet.IPV6_RECVERR.decode(error + scoped[:-1]).offender is None


def receive(sock: sockcore.socket, size: int = 512) -> dict[str, Any]:
    sock.settimeout(60)
    _, received, flags, _ = sock.recvmsg(4096, size)
    assert not flags & sockcore.MSG_CTRUNC
    values: dict[str, Any] = {}
    for item in ancillary.decode(received, sock):
        assert len(item) == 2, item
        values[item[0]] = item[1]
    return values


@pytest.fixture
def pair() -> Any:
    """Return a bound UDP socket, and a UDP socket."""
    with sockcore.socket(AF_INET, SOCK_DGRAM) as one, sockcore.socket(AF_INET, SOCK_DGRAM) as two:
        one.bind(LOOPBACK)
        yield one, two


@pytest.fixture
def pair6(ipv6: Any) -> Any:
    with sockcore.socket(AF_INET6, SOCK_DGRAM) as one, sockcore.socket(AF_INET6, SOCK_DGRAM) as two:
        one.bind(("::1", 0))
        yield one, two


@pytest.mark.real_kernel
@LINUX
@pytest.mark.parametrize(
    ("option", "name"),
    [("SO_TIMESTAMP_OLD", "SCM_TIMESTAMP"), ("SO_TIMESTAMPNS_OLD", "SCM_TIMESTAMPNS"),
     ("SO_TIMESTAMP_NEW", "SO_TIMESTAMP_NEW"), ("SO_TIMESTAMPNS_NEW", "SO_TIMESTAMPNS_NEW")],
)  # fmt: skip
def test_arrival_time_is_near_clock(pair: Any, option: str, name: str) -> None:
    receiver, sender = pair
    receiver.setsockopt(SOL_SOCKET, getattr(sockcore, option), 1)
    start = time.time_ns()
    sender.sendto(b"x", receiver.getsockname())
    [(_, value)] = receive(receiver).items()
    assert start - 10**9 < value.time_ns < time.time_ns() + 10**9
    assert 0 <= value.nanoseconds < 10**9
    # The unit of SO_TIMESTAMP is a microsecond.
    if "NS" not in option:
        assert value.nanoseconds % 1000 == 0


@pytest.mark.real_kernel
@LINUX
@pytest.mark.parametrize("option", ["SO_TIMESTAMPING_OLD", "SO_TIMESTAMPING_NEW"])
def test_timestamping_has_software_time(pair: Any, option: str) -> None:
    receiver, sender = pair
    flags = sockcore.SOF_TIMESTAMPING_RX_SOFTWARE | sockcore.SOF_TIMESTAMPING_SOFTWARE
    receiver.setsockopt(SOL_SOCKET, getattr(sockcore, option), flags)
    received: dict[str, Any] = {}
    deadline = time.monotonic() + 60
    while not received:  # the kernel stamps packets from some time after the first socket has asked for it
        assert time.monotonic() < deadline
        sender.sendto(b"x", receiver.getsockname())
        received = receive(receiver)
    [stamps] = received.values()
    assert abs(stamps.software.time_ns - time.time_ns()) < 60 * 10**9
    assert stamps.hardware is None


@pytest.mark.real_kernel
@LINUX
def test_timestamping_of_one_packet_is_requested_by_message(pair: Any) -> None:
    receiver, sender = pair
    sender.setsockopt(SOL_SOCKET, sockcore.SO_TIMESTAMPING, sockcore.SOF_TIMESTAMPING_SOFTWARE)
    request = ancillary.encode(messages.SCM_TIMESTAMPING, sockcore.SOF_TIMESTAMPING_TX_SOFTWARE)
    sender.sendmsg([b"with"], [request], 0, receiver.getsockname())
    sender.sendto(b"without", receiver.getsockname())
    poller = select.poll()
    poller.register(sender, 0)
    assert poller.poll(60_000), "no report"
    time.sleep(0.05)  # time for a second report
    [report] = sockcore.errors.errors(sender)
    assert report.data.endswith(b"with")


@pytest.mark.real_kernel
@LINUX
def test_mark_and_overflow_counter_are_received(pair: Any) -> None:
    receiver, sender = pair
    receiver.setsockopt(SOL_SOCKET, sockcore.SO_RXQ_OVFL, 1)
    receiver.setsockopt(SOL_SOCKET, sockcore.SO_RCVBUF, 1)
    for _ in range(50):
        sender.sendto(bytes(1000), receiver.getsockname())
    receiver.settimeout(60)
    receiver.recv(1000)
    while True:
        try:
            receiver.recv(1000, sockcore.MSG_DONTWAIT)
        except (BlockingIOError, TimeoutError):
            break
        receiver.settimeout(0)
    sender.sendto(b"x", receiver.getsockname())
    assert receive(receiver)["SO_RXQ_OVFL"] > 0


@pytest.mark.real_kernel
@LINUX
def test_priority_and_ttl_and_tos_are_sent(pair: Any) -> None:
    receiver, sender = pair
    for name in ("IP_RECVTTL", "IP_RECVTOS"):
        receiver.setsockopt(IPPROTO_IP, getattr(sockcore, name), 1)
    sent = [ancillary.encode(inet.IP_TTL, 33), ancillary.encode("IP_TOS", 0x28 | Ecn.CE)]
    sender.sendmsg([b"x"], sent, 0, receiver.getsockname())
    values = receive(receiver)
    assert values == {"IP_TTL": 33, "IP_TOS": 0x2B}
    assert values["IP_TOS"].ecn is Ecn.CE


@pytest.mark.real_kernel
@LINUX
def test_ipv4_options_of_packet_are_received(pair: Any) -> None:
    receiver, sender = pair
    receiver.setsockopt(IPPROTO_IP, sockcore.IP_RECVOPTS, 1)
    route = bytes((7, 11, 4)) + bytes(8)  # record route, RFC 791
    sender.setsockopt(IPPROTO_IP, sockcore.IP_OPTIONS, route + b"\x00")
    sender.sendto(b"x", receiver.getsockname())
    assert receive(receiver)["IP_RECVOPTS"] == (inet.RecordRoute(("127.0.0.1", "127.0.0.1"), 0),)


@pytest.mark.real_kernel
@LINUX
def test_checksum_is_received(pair: Any) -> None:
    receiver, sender = pair
    receiver.setsockopt(IPPROTO_IP, sockcore.IP_CHECKSUM, 1)
    sender.sendto(b"xyz", receiver.getsockname())
    received = receiver.recvmsg(100, 100)[1]
    assert ancillary.get(received, inet.IP_CHECKSUM) is not None or received == []


@pytest.mark.real_kernel
@LINUX
def test_extension_headers_are_sent_and_received(pair6: Any) -> None:
    receiver, sender = pair6
    for name in ("IPV6_RECVHOPOPTS", "IPV6_RECVDSTOPTS", "IPV6_FLOWINFO", "IPV6_RECVHOPLIMIT", "IPV6_RECVTCLASS"):
        receiver.setsockopt(IPPROTO_IPV6, getattr(sockcore, name), 1)
    option = 30, b"\1\2\3"  # for experiments: RFC 4727, skipped by receivers that do not know it
    sent = [ancillary.encode(inet.IPV6_DSTOPTS, [option]), ancillary.encode(inet.IPV6_HOPLIMIT, 7),
            ancillary.encode(inet.IPV6_TCLASS, 0xB9)]  # fmt: skip
    sender.sendmsg([b"x"], sent, 0, receiver.getsockname())
    values = receive(receiver)
    assert values["IPV6_DSTOPTS"] == (option,)
    assert values["IPV6_HOPLIMIT"] == 7
    assert values["IPV6_TCLASS"] == 0xB9
    assert values["IPV6_FLOWINFO"] >> 20 == 0xB9


@pytest.mark.real_kernel
@LINUX
def test_path_mtu_change_is_received(pair6: Any) -> None:
    _, sender = pair6
    sender.setsockopt(IPPROTO_IPV6, sockcore.IPV6_RECVPATHMTU, 1)
    sender.setsockopt(IPPROTO_IPV6, sockcore.IPV6_DONTFRAG, 1)
    sender.setsockopt(IPPROTO_IPV6, sockcore.IPV6_MTU, 1280)
    with pytest.raises(OSError, match=os.strerror(errno.EMSGSIZE)):  # the text depends on the C library
        sender.sendto(bytes(3000), ("::1", 9))
    address, mtu = receive(sender)["IPV6_PATHMTU"]
    assert (address[0], mtu) == ("::1", 1280)


@pytest.mark.real_kernel
@LINUX
def test_remaining_bytes_of_stream_are_received() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(sockcore.create_server(LOOPBACK))
        client = stack.enter_context(sockcore.create_connection(server.getsockname()))
        peer = stack.enter_context(server.accept()[0])
        peer.setsockopt(sockcore.IPPROTO_TCP, sockcore.TCP_INQ, 1)
        client.sendall(bytes(10))
        peer.settimeout(60)
        peer.recv(10, sockcore.MSG_PEEK | sockcore.MSG_WAITALL)
        _, received, _, _ = peer.recvmsg(4, 100)
        assert ancillary.get(received, inet.TCP_CM_INQ) == 6


@pytest.mark.real_kernel
@LINUX
def test_get_returns_typed_value_and_default(pair: Any) -> None:
    receiver, sender = pair
    receiver.setsockopt(IPPROTO_IP, sockcore.IP_PKTINFO, 1)
    sender.sendto(b"x", receiver.getsockname())
    received = receiver.recvmsg(100, 100)[1]
    info = ancillary.get(received, inet.IP_PKTINFO)
    assert info is not None
    assert (info.local, info.destination) == ("127.0.0.1", "127.0.0.1")
    assert ancillary.get(received, inet.IP_TTL) is None
    assert ancillary.get(received, inet.IP_TTL, 64) == 64


def test_encode_of_missing_message_raises() -> None:
    missing: Ancillary[int] = Ancillary("IP_NOTHING", 0, -1, len, bytes)
    with pytest.raises(ValueError, match=r"^this system has no control messages of the kind IP_NOTHING$"):
        ancillary.encode(missing, 1)
