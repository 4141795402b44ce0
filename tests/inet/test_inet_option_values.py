"""Options and control messages of IP as values."""

from __future__ import annotations

import errno
import ipaddress
import struct
import sys
from typing import Any

import pytest

import sockcore
from sockcore import AF_INET, AF_INET6, IPPROTO_IP, IPPROTO_IPV6, SOCK_DGRAM, ancillary, options
from sockcore.plugin import Ancillary, Option, system_name
from sockcore_inet import messages as inet_messages
from sockcore_inet import option_addresses
from sockcore_inet import options as inet_options

LINUX = pytest.mark.skipif(system_name() != "linux", reason="only Linux has the message")
WINDOWS = pytest.mark.skipif(system_name() != "windows", reason="only Windows has the message")
OPTIONS: dict[str, Option] = {option.name: option for option in inet_options.options()}
MESSAGES: dict[str, Ancillary[Any]] = {message.name: message for message in inet_messages.ancillaries()}


def loopback_index() -> int:
    index: int = next(number for number, name in sockcore.if_nameindex() if name.startswith("lo"))
    return index


def receive_values(sock: Any, size: int = 256) -> dict[str, Any]:
    sock.settimeout(60)
    _, messages, _, _ = sock.recvmsg(16, size)
    decoded: Any = ancillary.decode(messages)
    return dict(decoded)


@pytest.mark.real_kernel
@LINUX
def test_recvmsg_returns_packet_info_of_ipv4() -> None:
    with sockcore.socket(AF_INET, SOCK_DGRAM) as one, sockcore.socket(AF_INET, SOCK_DGRAM) as two:
        one.bind(("", 0))
        for name in ("IP_PKTINFO", "IP_RECVTTL", "IP_RECVTOS", "IP_RECVORIGDSTADDR"):
            one.setsockopt(IPPROTO_IP, getattr(sockcore, name), 1)
        two.setsockopt(IPPROTO_IP, sockcore.IP_TTL, 33)
        two.setsockopt(IPPROTO_IP, sockcore.IP_TOS, 0x10)
        port = one.getsockname()[1]
        two.sendto(b"x", ("127.0.0.1", port))
        values = receive_values(one)
    assert values["IP_PKTINFO"] == (loopback_index(), "127.0.0.1", "127.0.0.1")
    assert values["IP_TTL"] == 33
    assert values["IP_TOS"] == 0x10
    assert values["IP_ORIGDSTADDR"] == ("127.0.0.1", port)


@pytest.mark.real_kernel
@pytest.mark.usefixtures("ipv6")
@LINUX
def test_recvmsg_returns_packet_info_of_ipv6() -> None:
    with sockcore.socket(AF_INET6, SOCK_DGRAM) as one, sockcore.socket(AF_INET6, SOCK_DGRAM) as two:
        one.bind(("::", 0))
        for name in ("IPV6_RECVPKTINFO", "IPV6_RECVHOPLIMIT", "IPV6_RECVTCLASS", "IPV6_RECVORIGDSTADDR"):
            one.setsockopt(IPPROTO_IPV6, getattr(sockcore, name), 1)
        two.setsockopt(IPPROTO_IPV6, sockcore.IPV6_UNICAST_HOPS, 44)
        two.setsockopt(IPPROTO_IPV6, sockcore.IPV6_TCLASS, 0x20)
        port = one.getsockname()[1]
        two.sendto(b"x", ("::1", port))
        values = receive_values(one)
    assert values["IPV6_PKTINFO"] == ("::1", loopback_index())
    assert values["IPV6_HOPLIMIT"] == 44
    assert values["IPV6_TCLASS"] == 0x20
    assert values["IPV6_ORIGDSTADDR"] == ("::1", port, 0, 0)


@WINDOWS
def test_recvmsg_on_windows_returns_packet_info_of_ipv4() -> None:
    with sockcore.socket(AF_INET, SOCK_DGRAM) as one, sockcore.socket(AF_INET, SOCK_DGRAM) as two:
        one.bind(("", 0))
        for name in ("IP_PKTINFO", "IP_RECVTTL", "IP_RECVTOS"):
            one.setsockopt(IPPROTO_IP, getattr(sockcore, name), 1)
        two.setsockopt(IPPROTO_IP, sockcore.IP_TTL, 33)
        two.setsockopt(IPPROTO_IP, sockcore.IP_TOS, 0x10)
        two.sendto(b"x", ("127.0.0.1", one.getsockname()[1]))
        values = receive_values(one)
    assert values["IP_PKTINFO"] == ("127.0.0.1", loopback_index())
    assert values["IP_TTL"] == 33
    # On Windows only administrators can set the field. On Wine programs can set it.
    assert values["IP_TOS"] in (0, 0x10)


@WINDOWS
@pytest.mark.usefixtures("ipv6")
def test_recvmsg_on_windows_returns_packet_info_of_ipv6() -> None:
    with sockcore.socket(AF_INET6, SOCK_DGRAM) as one, sockcore.socket(AF_INET6, SOCK_DGRAM) as two:
        one.bind(("::", 0))
        for name in ("IPV6_PKTINFO", "IPV6_HOPLIMIT", "IPV6_RECVTCLASS"):
            one.setsockopt(IPPROTO_IPV6, getattr(sockcore, name), 1)
        two.setsockopt(IPPROTO_IPV6, sockcore.IPV6_UNICAST_HOPS, 44)
        two.sendto(b"x", ("::1", one.getsockname()[1]))
        values = receive_values(one)
    assert values == {"IPV6_PKTINFO": ("::1", loopback_index()), "IPV6_HOPLIMIT": 44, "IPV6_TCLASS": 0}


@WINDOWS
def test_sendmsg_on_windows_accepts_packet_info() -> None:
    with sockcore.socket(AF_INET, SOCK_DGRAM) as one, sockcore.socket(AF_INET, SOCK_DGRAM) as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("", 0))
        message = ancillary.encode("IP_PKTINFO", ("127.0.0.1", loopback_index()))
        assert two.sendmsg([b"x"], [message], 0, one.getsockname()) == 1
        one.settimeout(60)
        assert one.recvfrom(16) == (b"x", ("127.0.0.1", two.getsockname()[1]))


@pytest.mark.real_kernel
@LINUX
def test_sendmsg_packet_info_selects_source_address() -> None:
    with sockcore.socket(AF_INET, SOCK_DGRAM) as one, sockcore.socket(AF_INET, SOCK_DGRAM) as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("", 0))
        message = ancillary.encode("IP_PKTINFO", (loopback_index(), "127.0.0.9", "0.0.0.0"))
        two.sendmsg([b"x"], [message], 0, one.getsockname())
        one.settimeout(60)
        assert one.recvfrom(16)[1][0] == "127.0.0.9"


#: A value for each message that is not a number.
VALUES: dict[str, Any] = {
    "IP_PKTINFO": ("1.2.3.4", 3) if len(inet_messages.PacketInfo._fields) == 2 else (3, "1.2.3.4", "5.6.7.8"),
    "IPV6_PKTINFO": ("::1", 3),
    "IPV6_2292PKTINFO": ("::1", 3),
    "IP_RECVDSTADDR": "1.2.3.4",
    "IP_RETOPTS": (inet_messages.IP_NOP, inet_messages.RecordRoute(("1.2.3.4",), 2)),
    "IPV6_HOPOPTS": ((5, b"\0\0"), (30, b"abcde")),
    "IPV6_DSTOPTS": ((30, b"x" * 255),),
    "IPV6_RTHDRDSTOPTS": (),
    "IPV6_RTHDR": (4, 1, b"abcd" + bytes(16)),
}


@pytest.mark.parametrize("name", sorted(name for name, message in MESSAGES.items() if message.encode is not None))
def test_ancillary_codec_round_trip(name: str) -> None:
    message = MESSAGES[name]
    value = VALUES.get(name, 7)
    assert message.encode is not None
    assert message.decode(message.encode(value)) == value


def test_decode_int_accepts_any_size() -> None:
    decode = MESSAGES["IPV6_HOPLIMIT"].decode
    assert decode(struct.pack("=i", 64)) == decode(struct.pack("=B", 64)) == 64


@pytest.mark.parametrize("wrong", [None, 3, "::1", ("::1",), ("::1", 1, 2), ["::1", 1]])
def test_encode_packet_info_wrong_shape_raises_type_error(wrong: object) -> None:
    encode = MESSAGES["IPV6_PKTINFO"].encode
    assert encode is not None
    with pytest.raises(TypeError, match=r"struct in6_pktinfo must be a tuple \(ipi6_addr, ipi6_ifindex\)"):
        encode(wrong)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [(("x", 1), ValueError), ((1, 1), TypeError), (("::1", "lo"), TypeError), (("::1", -1), OverflowError)],
)
def test_encode_packet_info_wrong_item_raises(wrong: object, expected: type[Exception]) -> None:
    encode = MESSAGES["IPV6_PKTINFO"].encode
    assert encode is not None
    with pytest.raises(expected):
        encode(wrong)


@pytest.mark.real_kernel
def test_options_write_ipv4_membership_and_interface() -> None:
    with sockcore.socket(AF_INET, SOCK_DGRAM) as one, sockcore.socket(AF_INET, SOCK_DGRAM) as two:
        one.bind(("", 0))
        one.settimeout(60)
        options.write(one, IPPROTO_IP, sockcore.IP_ADD_MEMBERSHIP, ("224.0.0.251", "127.0.0.1"))
        options.write(two, IPPROTO_IP, sockcore.IP_MULTICAST_IF, "127.0.0.1")
        assert options.read(two, IPPROTO_IP, sockcore.IP_MULTICAST_IF) == "127.0.0.1"
        two.sendto(b"group", ("224.0.0.251", one.getsockname()[1]))
        assert one.recv(16) == b"group"
        options.write(one, IPPROTO_IP, sockcore.IP_DROP_MEMBERSHIP, ("224.0.0.251", "127.0.0.1"))


@pytest.mark.usefixtures("ipv6")
def test_options_write_ipv6_membership() -> None:
    with sockcore.socket(AF_INET6, SOCK_DGRAM) as sock:
        options.write(sock, IPPROTO_IPV6, sockcore.IPV6_JOIN_GROUP, ("ff02::fb", loopback_index()))
        with pytest.raises(OSError):  # a socket can join a group only once
            options.write(sock, IPPROTO_IPV6, sockcore.IPV6_JOIN_GROUP, ("ff02::fb", loopback_index()))
        options.write(sock, IPPROTO_IPV6, sockcore.IPV6_LEAVE_GROUP, ("ff02::fb", loopback_index()))


@pytest.mark.usefixtures("ipv6")
def test_options_write_join_group_accepts_interface_name() -> None:
    name = sockcore.if_indextoname(loopback_index())
    with sockcore.socket(AF_INET6, SOCK_DGRAM) as sock:
        options.write(sock, IPPROTO_IPV6, sockcore.IPV6_JOIN_GROUP, ("ff02::fb", name))
        with pytest.raises(OSError):  # a socket can join a group only once
            options.write(sock, IPPROTO_IPV6, sockcore.IPV6_JOIN_GROUP, ("ff02::fb", loopback_index()))
        options.write(sock, IPPROTO_IPV6, sockcore.IPV6_LEAVE_GROUP, (ipaddress.ip_address("ff02::fb"), name))


@pytest.mark.real_kernel
@pytest.mark.skipif(sys.platform == "win32", reason="Wine does not accept an interface index for an IPv4 group")
def test_options_write_add_membership_accepts_interface_name() -> None:
    name = sockcore.if_indextoname(loopback_index())
    with sockcore.socket(AF_INET, SOCK_DGRAM) as sock:
        options.write(sock, IPPROTO_IP, sockcore.IP_ADD_MEMBERSHIP, ("224.0.0.251", name))
        with pytest.raises(OSError):  # a socket can join a group only once
            options.write(sock, IPPROTO_IP, sockcore.IP_ADD_MEMBERSHIP, ("224.0.0.251", loopback_index()))
        options.write(sock, IPPROTO_IP, sockcore.IP_DROP_MEMBERSHIP, ("224.0.0.251", name))
        options.write(sock, IPPROTO_IP, sockcore.IP_ADD_MEMBERSHIP, ("224.0.0.251", loopback_index()))
        options.write(sock, IPPROTO_IP, sockcore.IP_DROP_MEMBERSHIP, ("224.0.0.251", "127.0.0.1"))


@pytest.mark.parametrize(
    ("system", "raw"),
    [
        ("linux", bytes([224, 0, 0, 1, 0, 0, 0, 0]) + struct.pack("=i", 7)),
        ("freebsd", bytes([224, 0, 0, 1, 0, 0, 0, 0]) + struct.pack("=i", 7)),
        ("windows", bytes([224, 0, 0, 1, 0, 0, 0, 7])),
        ("darwin", bytes([224, 0, 0, 1, 0, 0, 0, 7])),
    ],
)
def test_encode_add_membership_by_index_uses_struct_of_system(
    system: str, raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(option_addresses, "system_name", lambda: system)
    encode: Any = OPTIONS["IP_ADD_MEMBERSHIP"].encode
    assert encode(("224.0.0.1", 7), -1) == raw
    assert encode(("224.0.0.1", "10.0.0.1"), -1) == bytes([224, 0, 0, 1, 10, 0, 0, 1])
    with pytest.raises(OverflowError):
        encode(("224.0.0.1", 2**31), -1)


@pytest.mark.parametrize("name", ["IP_ADD_MEMBERSHIP", "IPV6_JOIN_GROUP"])
def test_options_write_looks_up_names_in_namespace_of_socket(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from sockcore import _context

    looked_up: list[tuple[Any, int]] = []

    def interface_index(interface: Any, fd: int) -> int:
        looked_up.append((interface, fd))
        raise OSError(errno.ENODEV, "no such device")

    monkeypatch.setattr(_context, "interface_index", interface_index)
    group, level = ("224.0.0.1", IPPROTO_IP) if name.startswith("IP_") else ("ff02::1", IPPROTO_IPV6)
    with sockcore.socket(AF_INET, SOCK_DGRAM) as sock:
        with pytest.raises(ValueError, match="no interface is called 'veth0'"):
            options.write(sock, level, getattr(sockcore, name), (group, "veth0"))
        assert looked_up == [("veth0", sock.fileno())]


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOMEM])
def test_options_write_system_error_raises_oserror(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from sockcore import _context

    def interface_index(interface: Any, fd: int) -> int:
        raise OSError(number, "out of resources")

    monkeypatch.setattr(_context, "interface_index", interface_index)
    with sockcore.socket(AF_INET, SOCK_DGRAM) as sock, pytest.raises(OSError, match="out of resources") as caught:
        options.write(sock, IPPROTO_IP, sockcore.IP_ADD_MEMBERSHIP, ("224.0.0.1", "eth0"))
    assert caught.value.errno == number


@pytest.mark.real_kernel
@LINUX
def test_options_read_and_write_congestion_control() -> None:
    with sockcore.socket() as sock:
        name = options.read(sock, sockcore.IPPROTO_TCP, sockcore.TCP_CONGESTION)
        assert isinstance(name, str)
        assert name.isidentifier() or "-" in name
        options.write(sock, sockcore.IPPROTO_TCP, sockcore.TCP_CONGESTION, name)
        with pytest.raises(FileNotFoundError):
            options.write(sock, sockcore.IPPROTO_TCP, sockcore.TCP_CONGESTION, "no-such")


def test_options_have_sufficient_buffer_sizes() -> None:
    # A struct of one byte, and a number of two bytes.
    smaller = {"SCTP_AUTH_CHUNK", "TLS_TX_MAX_PAYLOAD_LEN"}
    assert {name for name, option in OPTIONS.items() if option.size < 4} <= smaller
    assert {"IP_MULTICAST_IF", "IPV6_JOIN_GROUP", "IP_ADD_MEMBERSHIP"} <= set(OPTIONS)


@LINUX
def test_encode_md5sig_converts_prefix_length_before_it_sets_a_flag() -> None:
    class Zero:
        def __index__(self) -> int:
            return 0

    option = OPTIONS["TCP_MD5SIG_EXT"]
    assert option.encode is not None
    values = [("127.0.0.1", b"key", prefix) for prefix in (0, Zero())]
    one, two = [option.encode(value, -1) for value in values]
    assert one == two
