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
from sockcore_inet import options as inet_options

LINUX = pytest.mark.skipif(system_name() != "linux", reason="the message is Linux's")
WINDOWS = pytest.mark.skipif(system_name() != "windows", reason="the message is Windows'")
OPTIONS: dict[str, Option] = {option.name: option for option in inet_options.options()}
MESSAGES: dict[str, Ancillary] = {message.name: message for message in inet_options.ancillaries()}


def lo() -> int:
    found: int = next(index for index, name in sockcore.if_nameindex() if name.startswith("lo"))
    return found


def received(sock: Any, size: int = 256) -> dict[str, Any]:
    sock.settimeout(10)
    _, messages, _, _ = sock.recvmsg(16, size)
    decoded: Any = ancillary.decode(messages)
    return dict(decoded)


@pytest.mark.real_kernel
@LINUX
def test_packet_info_of_ipv4() -> None:
    with sockcore.socket(AF_INET, SOCK_DGRAM) as one, sockcore.socket(AF_INET, SOCK_DGRAM) as two:
        one.bind(("", 0))
        for name in ("IP_PKTINFO", "IP_RECVTTL", "IP_RECVTOS", "IP_RECVORIGDSTADDR"):
            one.setsockopt(IPPROTO_IP, getattr(sockcore, name), 1)
        two.setsockopt(IPPROTO_IP, sockcore.IP_TTL, 33)
        two.setsockopt(IPPROTO_IP, sockcore.IP_TOS, 0x10)
        port = one.getsockname()[1]
        two.sendto(b"x", ("127.0.0.1", port))
        found = received(one)
    assert found["IP_PKTINFO"] == (lo(), "127.0.0.1", "127.0.0.1")
    assert found["IP_TTL"] == 33
    assert found["IP_TOS"] == 0x10
    assert found["IP_ORIGDSTADDR"] == ("127.0.0.1", port)


@pytest.mark.real_kernel
@pytest.mark.usefixtures("ipv6")
@LINUX
def test_packet_info_of_ipv6() -> None:
    with sockcore.socket(AF_INET6, SOCK_DGRAM) as one, sockcore.socket(AF_INET6, SOCK_DGRAM) as two:
        one.bind(("::", 0))
        for name in ("IPV6_RECVPKTINFO", "IPV6_RECVHOPLIMIT", "IPV6_RECVTCLASS", "IPV6_RECVORIGDSTADDR"):
            one.setsockopt(IPPROTO_IPV6, getattr(sockcore, name), 1)
        two.setsockopt(IPPROTO_IPV6, sockcore.IPV6_UNICAST_HOPS, 44)
        two.setsockopt(IPPROTO_IPV6, sockcore.IPV6_TCLASS, 0x20)
        port = one.getsockname()[1]
        two.sendto(b"x", ("::1", port))
        found = received(one)
    assert found["IPV6_PKTINFO"] == ("::1", lo())
    assert found["IPV6_HOPLIMIT"] == 44
    assert found["IPV6_TCLASS"] == 0x20
    assert found["IPV6_ORIGDSTADDR"] == ("::1", port, 0, 0)


@WINDOWS
def test_packet_info_of_ipv4_on_windows() -> None:
    with sockcore.socket(AF_INET, SOCK_DGRAM) as one, sockcore.socket(AF_INET, SOCK_DGRAM) as two:
        one.bind(("", 0))
        for name in ("IP_PKTINFO", "IP_RECVTTL", "IP_RECVTOS"):
            one.setsockopt(IPPROTO_IP, getattr(sockcore, name), 1)
        two.setsockopt(IPPROTO_IP, sockcore.IP_TTL, 33)
        two.setsockopt(IPPROTO_IP, sockcore.IP_TOS, 0x10)
        two.sendto(b"x", ("127.0.0.1", one.getsockname()[1]))
        found = received(one)
    assert found["IP_PKTINFO"] == ("127.0.0.1", lo())
    assert found["IP_TTL"] == 33
    # Windows leaves the field to those who manage the machine, and Wine to programs.
    assert found["IP_TOS"] in (0, 0x10)


@WINDOWS
@pytest.mark.usefixtures("ipv6")
def test_packet_info_of_ipv6_on_windows() -> None:
    with sockcore.socket(AF_INET6, SOCK_DGRAM) as one, sockcore.socket(AF_INET6, SOCK_DGRAM) as two:
        one.bind(("::", 0))
        for name in ("IPV6_PKTINFO", "IPV6_HOPLIMIT", "IPV6_RECVTCLASS"):
            one.setsockopt(IPPROTO_IPV6, getattr(sockcore, name), 1)
        two.setsockopt(IPPROTO_IPV6, sockcore.IPV6_UNICAST_HOPS, 44)
        two.sendto(b"x", ("::1", one.getsockname()[1]))
        found = received(one)
    assert found == {"IPV6_PKTINFO": ("::1", lo()), "IPV6_HOPLIMIT": 44, "IPV6_TCLASS": 0}


@WINDOWS
def test_packet_info_is_sent_on_windows() -> None:
    with sockcore.socket(AF_INET, SOCK_DGRAM) as one, sockcore.socket(AF_INET, SOCK_DGRAM) as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("", 0))
        message = ancillary.encode("IP_PKTINFO", ("127.0.0.1", lo()))
        assert two.sendmsg([b"x"], [message], 0, one.getsockname()) == 1
        one.settimeout(10)
        assert one.recvfrom(16) == (b"x", ("127.0.0.1", two.getsockname()[1]))


@pytest.mark.real_kernel
@LINUX
def test_a_source_address_is_chosen_by_packet_info() -> None:
    with sockcore.socket(AF_INET, SOCK_DGRAM) as one, sockcore.socket(AF_INET, SOCK_DGRAM) as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("", 0))
        message = ancillary.encode("IP_PKTINFO", (lo(), "127.0.0.9", "0.0.0.0"))
        two.sendmsg([b"x"], [message], 0, one.getsockname())
        one.settimeout(10)
        assert one.recvfrom(16)[1][0] == "127.0.0.9"


@pytest.mark.parametrize("name", sorted(set(MESSAGES) - {"IP_ORIGDSTADDR", "IPV6_ORIGDSTADDR"}))
def test_messages_come_back(name: str) -> None:
    message = MESSAGES[name]
    packet_info = ("1.2.3.4", 3) if system_name() == "windows" else (3, "1.2.3.4", "5.6.7.8")
    value = {"IP_PKTINFO": packet_info, "IPV6_PKTINFO": ("::1", 3), "IP_RECVDSTADDR": "1.2.3.4"}.get(name, 7)
    assert message.encode is not None
    assert message.decode(message.encode(value)) == value


def test_ints_of_any_size() -> None:
    decode = MESSAGES["IPV6_HOPLIMIT"].decode
    assert decode(struct.pack("=i", 64)) == decode(struct.pack("=B", 64)) == 64


@pytest.mark.parametrize("wrong", [None, 3, "::1", ("::1",), ("::1", 1, 2), ["::1", 1]])
def test_wrong_shapes(wrong: object) -> None:
    encode = MESSAGES["IPV6_PKTINFO"].encode
    assert encode is not None
    with pytest.raises(TypeError, match=r"struct in6_pktinfo must be a tuple \(ipi6_addr, ipi6_ifindex\)"):
        encode(wrong)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [(("x", 1), ValueError), ((1, 1), TypeError), (("::1", "lo"), TypeError), (("::1", -1), OverflowError)],
)
def test_wrong_parts(wrong: object, error: type[Exception]) -> None:
    encode = MESSAGES["IPV6_PKTINFO"].encode
    assert encode is not None
    with pytest.raises(error):
        encode(wrong)


@pytest.mark.real_kernel
def test_multicast_membership_and_interface() -> None:
    with sockcore.socket(AF_INET, SOCK_DGRAM) as one, sockcore.socket(AF_INET, SOCK_DGRAM) as two:
        one.bind(("", 0))
        one.settimeout(10)
        options.write(one, IPPROTO_IP, sockcore.IP_ADD_MEMBERSHIP, ("224.0.0.251", "127.0.0.1"))
        options.write(two, IPPROTO_IP, sockcore.IP_MULTICAST_IF, "127.0.0.1")
        assert options.read(two, IPPROTO_IP, sockcore.IP_MULTICAST_IF) == "127.0.0.1"
        two.sendto(b"group", ("224.0.0.251", one.getsockname()[1]))
        assert one.recv(16) == b"group"
        options.write(one, IPPROTO_IP, sockcore.IP_DROP_MEMBERSHIP, ("224.0.0.251", "127.0.0.1"))


@pytest.mark.usefixtures("ipv6")
def test_multicast_membership_of_ipv6() -> None:
    with sockcore.socket(AF_INET6, SOCK_DGRAM) as sock:
        options.write(sock, IPPROTO_IPV6, sockcore.IPV6_JOIN_GROUP, ("ff02::fb", lo()))
        with pytest.raises(OSError):  # a group is joined once
            options.write(sock, IPPROTO_IPV6, sockcore.IPV6_JOIN_GROUP, ("ff02::fb", lo()))
        options.write(sock, IPPROTO_IPV6, sockcore.IPV6_LEAVE_GROUP, ("ff02::fb", lo()))


@pytest.mark.usefixtures("ipv6")
def test_options_write_join_group_by_name_is_that_by_index() -> None:
    name = sockcore.if_indextoname(lo())
    with sockcore.socket(AF_INET6, SOCK_DGRAM) as sock:
        options.write(sock, IPPROTO_IPV6, sockcore.IPV6_JOIN_GROUP, ("ff02::fb", name))
        with pytest.raises(OSError):  # a group is joined once
            options.write(sock, IPPROTO_IPV6, sockcore.IPV6_JOIN_GROUP, ("ff02::fb", lo()))
        options.write(sock, IPPROTO_IPV6, sockcore.IPV6_LEAVE_GROUP, (ipaddress.ip_address("ff02::fb"), name))


@pytest.mark.real_kernel
@pytest.mark.skipif(sys.platform == "win32", reason="Wine takes no index of an interface for a group of IPv4")
def test_options_write_add_membership_by_name_is_that_by_index() -> None:
    name = sockcore.if_indextoname(lo())
    with sockcore.socket(AF_INET, SOCK_DGRAM) as sock:
        options.write(sock, IPPROTO_IP, sockcore.IP_ADD_MEMBERSHIP, ("224.0.0.251", name))
        with pytest.raises(OSError):  # a group is joined once
            options.write(sock, IPPROTO_IP, sockcore.IP_ADD_MEMBERSHIP, ("224.0.0.251", lo()))
        options.write(sock, IPPROTO_IP, sockcore.IP_DROP_MEMBERSHIP, ("224.0.0.251", name))
        options.write(sock, IPPROTO_IP, sockcore.IP_ADD_MEMBERSHIP, ("224.0.0.251", lo()))
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
def test_add_membership_by_index_is_the_struct_of_each_system(
    system: str, raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inet_options, "system_name", lambda: system)
    encode: Any = OPTIONS["IP_ADD_MEMBERSHIP"].encode
    assert encode(("224.0.0.1", 7), -1) == raw
    assert encode(("224.0.0.1", "10.0.0.1"), -1) == bytes([224, 0, 0, 1, 10, 0, 0, 1])
    with pytest.raises(OverflowError):
        encode(("224.0.0.1", 2**31), -1)


@pytest.mark.parametrize("name", ["IP_ADD_MEMBERSHIP", "IPV6_JOIN_GROUP"])
def test_options_write_looks_up_names_in_the_namespace_of_the_socket(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sockcore._sockets import context

    asked: list[tuple[Any, int]] = []

    def interface_index(interface: Any, fd: int) -> int:
        asked.append((interface, fd))
        raise OSError(errno.ENODEV, "no such device")

    monkeypatch.setattr(context, "interface_index", interface_index)
    group, level = ("224.0.0.1", IPPROTO_IP) if name.startswith("IP_") else ("ff02::1", IPPROTO_IPV6)
    with sockcore.socket(AF_INET, SOCK_DGRAM) as sock:
        with pytest.raises(ValueError, match="no interface is called 'veth0'"):
            options.write(sock, level, getattr(sockcore, name), (group, "veth0"))
        assert asked == [("veth0", sock.fileno())]


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOMEM])
def test_options_write_error_of_the_system_stays_an_oserror(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from sockcore._sockets import context

    def interface_index(interface: Any, fd: int) -> int:
        raise OSError(number, "too little of it")

    monkeypatch.setattr(context, "interface_index", interface_index)
    with sockcore.socket(AF_INET, SOCK_DGRAM) as sock, pytest.raises(OSError, match="too little of it") as caught:
        options.write(sock, IPPROTO_IP, sockcore.IP_ADD_MEMBERSHIP, ("224.0.0.1", "eth0"))
    assert caught.value.errno == number


@pytest.mark.real_kernel
@LINUX
def test_congestion_control_by_name() -> None:
    with sockcore.socket() as sock:
        name = options.read(sock, sockcore.IPPROTO_TCP, sockcore.TCP_CONGESTION)
        assert isinstance(name, str)
        assert name.isidentifier() or "-" in name
        options.write(sock, sockcore.IPPROTO_TCP, sockcore.TCP_CONGESTION, name)
        with pytest.raises(FileNotFoundError):
            options.write(sock, sockcore.IPPROTO_TCP, sockcore.TCP_CONGESTION, "no-such")


def test_options_are_read_into_enough_room() -> None:
    assert all(option.size >= 4 for option in OPTIONS.values())
    assert {"IP_MULTICAST_IF", "IPV6_JOIN_GROUP", "IP_ADD_MEMBERSHIP"} <= set(OPTIONS)
