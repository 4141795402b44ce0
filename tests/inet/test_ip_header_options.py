"""IP_OPTIONS, and the options for extension headers of IPv6, as values: against bytes of RFC 791, and on Linux."""

from __future__ import annotations

import errno
import os
import struct
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore import AF_INET, SOCK_DGRAM, ancillary, options
from sockcore_inet import option_ip
from sockcore_inet import options as inet
from sockcore_inet.ipv4_options import decode_ipv4_options, encode_ipv4_options
from sockcore_inet.options import (
    IP_NOP,
    IpOption,
    IpTimestamp,
    IpTimestamps,
    RecordRoute,
    RouterAlert,
    RoutingHeader,
    SourceRoute,
    TimestampFlag,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the behaviour is that of Linux")
A, B = "192.0.2.1", "192.0.2.2"
BYTES = bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2))
TIME = b"\1\2\3\4"

#: Options and their bytes. The positions in RFC 791 start with 1.
LISTS: list[tuple[tuple[Any, ...], bytes]] = [
    ((), b""),
    ((IP_NOP, IP_NOP), b"\1\1"),
    ((RecordRoute((), 2),), bytes((7, 11, 4)) + bytes(8)),
    ((RecordRoute((A,), 1),), bytes((7, 11, 8)) + BYTES[0] + bytes(4)),
    ((RecordRoute((A, B), 0),), bytes((7, 11, 12)) + BYTES[0] + BYTES[1]),
    ((IP_NOP, SourceRoute((A, B))), b"\1" + bytes((131, 11, 4)) + BYTES[0] + BYTES[1]),
    ((SourceRoute((A, B), True, 1),), bytes((137, 11, 8)) + BYTES[0] + BYTES[1]),
    ((SourceRoute(()),), bytes((131, 3, 4))),
    ((IpTimestamps((), 1),), bytes((68, 8, 5, 0)) + bytes(4)),
    ((IpTimestamps((IpTimestamp(None, 0x01020304),), 1, overflow=15),), bytes((68, 12, 9, 0xF0)) + TIME + bytes(4)),
    (
        (IpTimestamps((IpTimestamp(A, 0x01020304),), 1, TimestampFlag.TSANDADDR),),
        bytes((68, 20, 13, 1)) + BYTES[0] + TIME + bytes(8),
    ),
    (
        (IpTimestamps((IpTimestamp(A, 0x01020304), IpTimestamp(B)), 0, TimestampFlag.PRESPEC, 2),),
        bytes((68, 20, 13, 0x23)) + BYTES[0] + TIME + BYTES[1] + bytes(4),
    ),
    ((RouterAlert(258), IpOption(130, b"abc")), bytes((148, 4, 1, 2, 130, 5)) + b"abc"),
    # Options whose fields are inconsistent: a pointer between places, before and behind them, and other lengths.
    ((IpOption(7, bytes((5, 1, 2, 3, 4))),), bytes((7, 7, 5, 1, 2, 3, 4))),
    ((IpOption(7, bytes((0, 1, 2, 3, 4))),), bytes((7, 7, 0, 1, 2, 3, 4))),
    ((IpOption(131, bytes((12, 1, 2, 3, 4))),), bytes((131, 7, 12, 1, 2, 3, 4))),
    ((IpOption(137, b"\4\1"),), bytes((137, 4, 4, 1))),
    ((IpOption(68, b"\5\2"),), bytes((68, 4, 5, 2))),
    ((IpOption(68, b"\5\1" + TIME),), bytes((68, 8, 5, 1)) + TIME),
    ((IpOption(68, b""), IpOption(7, b""), IpOption(148, b"")), bytes((68, 2, 7, 2, 148, 2))),
]


@pytest.mark.parametrize(("value", "data"), LISTS)
def test_options_are_those_of_rfc_791(value: tuple[Any, ...], data: bytes) -> None:
    assert encode_ipv4_options("x", value) == data
    decoded = decode_ipv4_options(data)
    assert decoded == value
    assert [type(option) for option in decoded] == [type(option) for option in value]
    assert decode_ipv4_options(data + b"\0\7\7") == value  # behind the end of the list


def test_plain_pair_is_encoded() -> None:
    assert encode_ipv4_options("x", [(1, b""), (200, bytearray(b"ab"))]) == b"\1" + bytes((200, 4)) + b"ab"


def test_bytes_in_free_places_are_ignored() -> None:
    assert decode_ipv4_options(bytes((7, 7, 4, 1, 2, 3, 4))) == (RecordRoute((), 1),)


@pytest.mark.parametrize("data", [b"\x07", b"\x07\x01", b"\x07\x09abc"])
def test_option_that_is_longer_than_the_data(data: bytes) -> None:
    with pytest.raises(ValueError, match="length"):
        decode_ipv4_options(data)
    assert decode_ipv4_options(data, is_complete=False) == (IpOption(7, data[2:]),)


@pytest.mark.parametrize(
    ("value", "exc_type", "message"),
    [
        (b"\1", TypeError, r"^OPT must be an iterable of IP options, not b'\\x01'$"),
        (5, TypeError, r"^OPT must be an iterable of IP options, not 5$"),
        ([5], TypeError, r"^OPT\[0\] must be an IP option or a pair \(type, data\), not 5$"),
        (RecordRoute(), TypeError, r"^OPT\[0\] must be an IP option"),
        ([(0, b"")], OverflowError, r"^OPT\[0\] type must be 1 to 255, not 0$"),
        ([(256, b"")], OverflowError, r"^OPT\[0\] type must be 1 to 255, not 256$"),
        ([(1, b"x")], ValueError, r"^OPT\[0\] data must be empty"),
        ([(130, "x")], TypeError, r"^OPT\[0\] data"),
        ([(130, bytes(39))], ValueError, r"^OPT\[0\] data must be 0 to 38 bytes, not 39$"),
        ([(130, bytes(38)), IP_NOP], ValueError, r"^OPT must be 0 to 40 bytes, not 41$"),
        ([IP_NOP, RecordRoute((A, "::1"))], ValueError, r"^OPT\[1\] addresses\[1\] must be an IPv4 address"),
        ([RecordRoute(A)], TypeError, r"^OPT\[0\] addresses must be a tuple"),  # type: ignore[arg-type]
        ([RecordRoute((A,))], ValueError, r"^OPT\[0\] must have 0 to 9 places, not 10$"),
        ([RecordRoute((), 10)], OverflowError, r"^OPT\[0\] free must be 0 to 9, not 10$"),
        ([SourceRoute((A,) * 10)], ValueError, r"^OPT\[0\] must have 0 to 9 places, not 10$"),
        ([SourceRoute((A,), False, 2)], OverflowError, r"^OPT\[0\] visited must be 0 to 1, not 2$"),
        ([SourceRoute((A,), 2)], OverflowError, r"^OPT\[0\] is_strict must be True or False"),  # type: ignore[arg-type]
        ([RouterAlert(65536)], OverflowError, r"^OPT\[0\] value must be 0 to 65535, not 65536$"),
        ([IpTimestamps(flag=2)], ValueError, r"^OPT\[0\] flag must be a TimestampFlag, not 2$"),  # type: ignore[arg-type]
        ([IpTimestamps(overflow=16)], OverflowError, r"^OPT\[0\] overflow must be 0 to 15, not 16$"),
        ([IpTimestamps(free=10)], OverflowError, r"^OPT\[0\] free must be 0 to 9, not 10$"),
        ([IpTimestamps((), 1, TimestampFlag.PRESPEC)], OverflowError, r"^OPT\[0\] free must be 0 to 0, not 1$"),
        ([IpTimestamps((), 5, TimestampFlag.TSANDADDR)], OverflowError, r"^OPT\[0\] free must be 0 to 4, not 5$"),
        ([IpTimestamps((IpTimestamp(A, 1),))], ValueError, r"^OPT\[0\] entries\[0\] address must be None"),
        ([IpTimestamps((IpTimestamp(None),))], TypeError, r"^OPT\[0\] entries\[0\] time must be an integer"),
        ([IpTimestamps((IpTimestamp(None, 1 << 32),))], OverflowError, r"^OPT\[0\] entries\[0\] time must be 0 to"),
        ([IpTimestamps((5,))], TypeError, r"^OPT\[0\] entries\[0\] must be a tuple"),  # type: ignore[arg-type]
        (
            [IpTimestamps((IpTimestamp(A), IpTimestamp(B, 1)), 0, TimestampFlag.PRESPEC)],
            ValueError,
            r"^OPT\[0\] entries\[1\] time must be None",
        ),
    ],
)
def test_encode_invalid_options_names_field_and_range(value: Any, exc_type: type[Exception], message: str) -> None:
    with pytest.raises(exc_type, match=message) as caught:
        encode_ipv4_options("OPT", value)
    assert type(caught.value) is exc_type


def test_bsd_returns_first_gateway_before_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """BSDs remove the first address of a source route, and return it in ``ip_dst`` of struct ip_opts."""
    monkeypatch.setattr(option_ip, "_HAS_FIRST_HOP", True)
    data = BYTES[0] + b"\1" + bytes((131, 7, 4)) + BYTES[1]
    assert inet.IP_OPTIONS.decode(data) == (IP_NOP, SourceRoute((A, B)))
    assert inet.IP_OPTIONS.decode(bytes(4) + bytes((148, 4, 0, 0))) == (RouterAlert(),)
    assert [inet.IP_OPTIONS.decode(bytes(size)) for size in range(5)] == [()] * 5


def test_sticky_headers_are_those_of_messages() -> None:
    header = b"\0\0\x05\2\0\0\1\0"
    for option in (inet.IPV6_HOPOPTS, inet.IPV6_DSTOPTS, inet.IPV6_RTHDRDSTOPTS):
        assert option.encode is not None
        assert option.decode(header) == (IpOption(5, b"\0\0"),)
        assert option.encode([(5, b"\0\0")]) == header
        assert (option.decode(b""), option.encode(()), option.encode([])) == ((), b"", b"")
        # Linux does not check the options in a header that setsockopt() stores as bytes.
        assert option.decode(b"\0\0\x05\xffabcd") == (IpOption(5, b"abcd"),)
        assert option.decode(b"\0\0\1\3\0\0\0\x05") == (IpOption(5, b""),)
        with pytest.raises(OverflowError, match=rf"^{option.name}: the type of an option must be 2-255, not 1$"):
            option.encode([(1, b"")])


def test_sticky_routing_header_is_none_or_that_of_messages() -> None:
    option = inet.IPV6_RTHDR
    header = RoutingHeader(4, 0, bytes(19) + b"\1")
    assert option.encode is not None
    assert option.decode(b"\0" + option.encode(header)[1:]) == header
    assert (option.decode(b""), option.encode(None)) == (None, b"")
    with pytest.raises(ValueError, match=r"^IPV6_RTHDR: the data of a routing header must be 8n \+ 4 bytes, not 1$"):
        option.encode((4, 0, b"x"))


@contextmanager
def skip_if_missing(*numbers: int) -> Iterator[None]:
    """Skip the test if the kernel or the user cannot do it."""
    try:
        yield
    except OSError as exc:
        if exc.errno not in (errno.EPERM, errno.EACCES, errno.ENOPROTOOPT, *numbers):
            raise
        pytest.skip(f"this kernel or user cannot: {exc}")


@pytest.fixture
def pair() -> Iterator[tuple[sockcore.socket, sockcore.socket]]:
    """Yield a bound UDP socket that receives IP options, and a UDP socket."""
    with sockcore.socket(AF_INET, SOCK_DGRAM) as receiver, sockcore.socket(AF_INET, SOCK_DGRAM) as sender:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(60)
        options.set(receiver, inet.IP_RECVOPTS, True)
        yield receiver, sender


#: Lists that Linux returns as they were set. It completes them to a multiple of 4 bytes.
KEPT: list[tuple[Any, ...]] = [
    (RecordRoute((), 3),),
    (RecordRoute((A,), 2),),
    (IP_NOP, SourceRoute(("127.0.0.2", "127.0.0.3"))),
    (SourceRoute(("127.0.0.2",), True),),
    (IpTimestamps((), 2),),
    (IpTimestamps((IpTimestamp(None, 5),), 1),),
    (IpTimestamps((), 2, TimestampFlag.TSANDADDR),),
    (IpTimestamps((IpTimestamp("127.0.0.1"), IpTimestamp("10.0.0.1")), 0, TimestampFlag.PRESPEC),),
    (RouterAlert(), IP_NOP, RecordRoute((), 1)),
    (IP_NOP, IP_NOP, IP_NOP),
]


@LINUX
@pytest.mark.real_kernel
@pytest.mark.parametrize("value", KEPT)
def test_options_of_socket_are_set_read_and_removed(value: tuple[Any, ...]) -> None:
    with sockcore.socket(AF_INET, SOCK_DGRAM) as sock:
        assert options.get(sock, inet.IP_OPTIONS) == ()
        options.set(sock, inet.IP_OPTIONS, value)
        assert options.get(sock, inet.IP_OPTIONS) == value
        assert len(sock.getsockopt(sockcore.IPPROTO_IP, inet.IP_OPTIONS, 40)) % 4 == 0
        options.set(sock, inet.IP_OPTIONS, ())
        assert options.get(sock, inet.IP_OPTIONS) == ()


@LINUX
@pytest.mark.real_kernel
def test_option_without_a_type_of_its_own_is_set_by_root() -> None:
    with sockcore.socket(AF_INET, SOCK_DGRAM) as sock:
        with skip_if_missing(errno.EINVAL):
            options.set(sock, inet.IP_OPTIONS, [IpOption(130, b"abc")])
        assert options.get(sock, inet.IP_OPTIONS) == (IpOption(130, b"abc"),)


@LINUX
@pytest.mark.real_kernel
def test_sent_options_are_received_with_entries_of_kernel(pair: Any) -> None:
    receiver, sender = pair
    local = "127.0.0.1"
    options.set(sender, inet.IP_OPTIONS, [RecordRoute((), 3)])
    # The sender and the receiver are hops of one host.
    assert received(receiver, sender) == {"IP_RECVOPTS": (RecordRoute((local, local), 1),)}
    options.set(sender, inet.IP_OPTIONS, [IpTimestamps((), 3, TimestampFlag.TSANDADDR)])
    ((entries, free, flag, overflow),) = received(receiver, sender)["IP_RECVOPTS"]
    assert [entry.address for entry in entries] == [local, local]
    assert all(0 <= entry.time < 86_400_000 for entry in entries)
    assert (free, flag, overflow) == (1, TimestampFlag.TSANDADDR, 0)
    places = IpTimestamp(local), IpTimestamp("10.0.0.1")
    options.set(sender, inet.IP_OPTIONS, [IpTimestamps(places, 0, TimestampFlag.PRESPEC)])
    ((entries, *_),) = received(receiver, sender)["IP_RECVOPTS"]
    assert entries[0].time is not None
    assert entries[1] == places[1]
    options.set(sender, inet.IP_OPTIONS, [IP_NOP, RouterAlert()])
    assert received(receiver, sender) == {"IP_RECVOPTS": (IP_NOP, RouterAlert())}


@LINUX
@pytest.mark.real_kernel
def test_options_in_message_are_sent_and_prepared_for_reply(pair: Any) -> None:
    receiver, sender = pair
    options.set(receiver, inet.IP_RETOPTS, True)
    message = ancillary.encode("IP_RETOPTS", [RecordRoute((), 3)])
    values = received(receiver, sender, message)
    assert values["IP_RECVOPTS"] == (RecordRoute(("127.0.0.1", "127.0.0.1"), 1),)
    # The options for a reply go back to the sender of the packet.
    assert received(receiver, sender, ancillary.encode("IP_RETOPTS", values["IP_RETOPTS"])) is not None
    assert options.get(sender, inet.IP_OPTIONS) == ()


def received(receiver: sockcore.socket, sender: sockcore.socket, *messages: tuple[int, int, bytes]) -> Any:
    """Send a datagram, and return the control messages of the receiver by name."""
    sender.sendmsg([b"x"], messages, 0, receiver.getsockname())
    return dict(ancillary.decode(receiver.recvmsg(9, 500)[1]))


#: Calls unshare(2) in a child, so that the settings of a network namespace are not those of this machine.
CLONE_NEWNET = 0x40000000


def source_routed() -> Any:
    """Return the options that a receiver gets through a loose source route over 127.0.0.2.

    Changes settings of the network namespace.
    """
    # Packets on the loopback interface have addresses that the kernel otherwise refuses when it routes them.
    for setting in ("accept_source_route", "accept_local", "route_localnet"):
        for interface in ("all", "lo"):
            Path(f"/proc/sys/net/ipv4/conf/{interface}/{setting}").write_text("1", encoding="ascii")
    with sockcore.socket(AF_INET, SOCK_DGRAM) as receiver, sockcore.socket(AF_INET, SOCK_DGRAM) as sender:
        receiver.bind(("127.0.0.3", 0))
        receiver.settimeout(60)
        options.set(receiver, inet.IP_RECVOPTS, True)
        options.set(sender, inet.IP_OPTIONS, [SourceRoute(("127.0.0.2",))])
        return received(receiver, sender)["IP_RECVOPTS"]


@LINUX
@pytest.mark.real_kernel
@pytest.mark.skipif(not hasattr(os, "unshare"), reason="Python before 3.12 has no unshare()")
def test_source_route_of_packet_ends_with_its_destination() -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.unshare(CLONE_NEWNET)
            request = struct.pack("16sh22x", b"lo", 1)  # IFF_UP
            import fcntl

            with sockcore.socket(AF_INET, SOCK_DGRAM) as sock:
                fcntl.ioctl(sock.fileno(), 0x8914, request)  # SIOCSIFFLAGS
            os.write(writer, repr(source_routed()).encode())
        except OSError as exc:
            os.write(writer, f"OSError {exc.errno} {exc}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    text = os.read(reader, 4096).decode()
    os.close(reader)
    if text.startswith(("OSError 1 ", "OSError 13 ", "OSError 30 ")):
        pytest.skip(f"this user cannot create a network namespace: {text}")
    # The gateway is in the header, and the destination in the list. No router has changed the list: the host has both.
    assert text == repr((SourceRoute(("127.0.0.3",), False, 0),)), text


@LINUX
@pytest.mark.real_kernel
@pytest.mark.usefixtures("ipv6")
def test_headers_of_socket_are_set_read_and_removed() -> None:
    values = [(IpOption(5, b"\0\0"),), (IpOption(30, b"abc"), IpOption(30, bytes(200)))]
    with sockcore.socket(sockcore.AF_INET6, SOCK_DGRAM) as sock:
        for option in (inet.IPV6_HOPOPTS, inet.IPV6_DSTOPTS, inet.IPV6_RTHDRDSTOPTS):
            assert options.get(sock, option) == ()
            for value in values:
                with skip_if_missing():
                    options.set(sock, option, value)
                assert options.get(sock, option) == value
            options.set(sock, option, ())
            assert options.get(sock, option) == ()


@LINUX
@pytest.mark.real_kernel
@pytest.mark.usefixtures("ipv6")
def test_headers_of_socket_are_those_of_its_packets() -> None:
    with sockcore.socket(sockcore.AF_INET6, SOCK_DGRAM) as receiver:
        receiver.bind(("::1", 0))
        receiver.settimeout(60)
        for option in (inet.IPV6_RECVHOPOPTS, inet.IPV6_RECVDSTOPTS):
            options.set(receiver, option, True)
        with sockcore.socket(sockcore.AF_INET6, SOCK_DGRAM) as sender:
            value = [(30, b"\1\2\3")]  # for experiments: RFC 4727
            for option in (inet.IPV6_HOPOPTS, inet.IPV6_DSTOPTS):
                with skip_if_missing():
                    options.set(sender, option, value)
            assert received(receiver, sender) == {"IPV6_HOPOPTS": tuple(value), "IPV6_DSTOPTS": tuple(value)}


@LINUX
@pytest.mark.real_kernel
@pytest.mark.usefixtures("ipv6")
def test_routing_header_of_socket_is_set_read_and_removed() -> None:
    # A segment routing header (RFC 8754): last entry, flags, tag, and one segment.
    header = RoutingHeader(4, 0, bytes(4) + sockcore.inet_pton(sockcore.AF_INET6, "2001:db8::1"))
    with sockcore.socket(sockcore.AF_INET6, SOCK_DGRAM) as sock:
        assert options.get(sock, inet.IPV6_RTHDR) is None
        options.set(sock, inet.IPV6_RTHDR, header)
        value = options.get(sock, inet.IPV6_RTHDR)
        assert value is not None
        assert (value, value.addresses) == (header, ("2001:db8::1",))
        options.set(sock, inet.IPV6_RTHDR, None)
        assert options.get(sock, inet.IPV6_RTHDR) is None


@LINUX
@pytest.mark.real_kernel
@pytest.mark.usefixtures("ipv6")
def test_flow_label_of_connection_is_read() -> None:
    with sockcore.socket(sockcore.AF_INET6, SOCK_DGRAM) as receiver:
        receiver.bind(("::1", 0))
        with sockcore.socket(sockcore.AF_INET6, SOCK_DGRAM) as sock:
            with pytest.raises(OSError, match="IPV6_FLOWLABEL_MGR"):
                options.get(sock, inet.IPV6_FLOWLABEL_MGR)
            # Create the label, for all users.
            create, share = sockcore.IPV6_FL_F_CREATE, sockcore.IPV6_FL_S_ANY
            request = inet.FlowLabelRequest("::1", 0x12345, sockcore.IPV6_FL_A_GET, share, create, 20, 6)
            with skip_if_missing():
                options.set(sock, inet.IPV6_FLOWLABEL_MGR, request)
            options.set(sock, inet.IPV6_FLOWINFO_SEND, True)
            assert options.get(sock, inet.IPV6_FLOWINFO_SEND) is True
            sock.connect(("::1", receiver.getsockname()[1], 0x12345, 0))
            value = options.get(sock, inet.IPV6_FLOWLABEL_MGR)
            assert value._replace(expires=0) == ("::1", 0x12345, 0, share, 0, 0, 6, 0)
            assert 0 < value.expires <= 20


@LINUX
@pytest.mark.real_kernel
@pytest.mark.usefixtures("ipv6")
def test_flow_label_that_the_kernel_selects_is_returned_and_received() -> None:
    create, share = sockcore.IPV6_FL_F_CREATE, sockcore.IPV6_FL_S_ANY
    request = inet.FlowLabelRequest("::1", 0, sockcore.IPV6_FL_A_GET, share, create, 20, 6)
    with sockcore.create_server(("::1", 0), family=sockcore.AF_INET6) as server:
        with sockcore.socket(sockcore.AF_INET6, sockcore.SOCK_STREAM) as client:
            with skip_if_missing():
                label = inet.request_flow_label(client, request)
            assert 0 < label < 1 << 20
            options.set(client, inet.IPV6_FLOWINFO_SEND, True)
            client.connect((*server.getsockname()[:2], label, 0))
            assert options.get(client, inet.IPV6_FLOWLABEL_MGR).label == label
            peer, _ = server.accept()
            with peer:
                assert inet.get_remote_flow_label(peer) == label
            with pytest.raises(OSError, match="Invalid argument: IPV6_FLOWLABEL_MGR"):
                inet.request_flow_label(client, request._replace(action=9))
            with pytest.raises(OverflowError, match=r"^IPV6_FLOWLABEL_MGR share must be 0 to 255, not 256$"):
                inet.request_flow_label(client, request._replace(share=256))


def test_time_to_live_is_checked_as_the_system_does() -> None:
    encode = inet.IP_TTL.encode
    assert encode is not None
    assert [encode(number) for number in (-1, 1, 255)] == [struct.pack("=i", number) for number in (-1, 1, 255)]
    for number in (-2, 256):
        with pytest.raises(OverflowError, match=rf"^IP_TTL must be -1 to 255, not {number}$"):
            encode(number)
    if sys.platform.startswith(("linux", "openbsd")):
        with pytest.raises(ValueError, match=r"^IP_TTL must be -1 or 1 to 255, not 0$"):
            encode(0)
    else:
        assert encode(0) == bytes(4)


@LINUX
@pytest.mark.real_kernel
def test_kernel_refuses_time_to_live_0() -> None:
    with sockcore.socket(AF_INET, SOCK_DGRAM) as sock:
        with pytest.raises(OSError) as caught:
            sock.setsockopt(sockcore.IPPROTO_IP, sockcore.IP_TTL, 0)
        assert caught.value.errno == errno.EINVAL


def test_traffic_class_has_its_two_parts() -> None:
    for option in (inet.IP_TOS, inet.IPV6_TCLASS):
        value = option.decode(struct.pack("=i", 0xB9))
        assert (value, value.ecn, value.dscp) == (0xB9, inet.Ecn.ECT_1, 46)
        assert option.encode is not None
        assert option.encode(value) == struct.pack("=i", 0xB9)


def test_functions_of_flow_labels_need_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inet.IPV6_FLOWLABEL_MGR, "is_available", False)
    with sockcore.socket(AF_INET, SOCK_DGRAM) as sock:
        for call in (
            lambda: inet.get_remote_flow_label(sock),
            lambda: inet.request_flow_label(sock, inet.FlowLabelRequest("::1", 0, 0, 0, 0, 0, 0)),
        ):
            with pytest.raises(OSError, match="IPV6_FLOWLABEL_MGR") as caught:
                call()
            assert caught.value.errno == errno.ENOPROTOOPT
