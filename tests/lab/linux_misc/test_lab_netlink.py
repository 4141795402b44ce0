"""AF_NETLINK: messages between programs, and messages of the kernel when ip(8) changes an interface."""

from __future__ import annotations

import itertools
import os
import socket as stdlib
import struct
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from kit import LIMIT, DatagramTests

import sockcore
from sockcore import ancillary, options
from sockcore.plugin import interface_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    import kit

NETLINK, RAW = sockcore.AF_NETLINK, sockcore.SOCK_RAW
ROUTE, USERSOCK = sockcore.NETLINK_ROUTE, sockcore.NETLINK_USERSOCK
SOL_NETLINK = sockcore.SOL_NETLINK
RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, IFLA_IFNAME = 16, 17, 18, 3  # <linux/rtnetlink.h>
HEADER, LINK, ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=BxHiII"), struct.Struct("=HH")


class TestUsersock(DatagramTests):
    """Messages between ports that the kernel has assigned."""

    family, type, proto = "AF_NETLINK", "SOCK_RAW", "NETLINK_USERSOCK"
    local_address: kit.Address = (0, 0)
    invalid_addresses = (
        ((2**32, 0), OverflowError),
        ((0, -(2**31) - 1), OverflowError),
        ((0,), TypeError),
        (("0", 0), TypeError),
        ([0, 0], TypeError),
    )
    option = ("SOL_NETLINK", "NETLINK_EXT_ACK", 1)


class TestUsersockDatagrams(TestUsersock):
    """The same with SOCK_DGRAM and ports that the program has chosen."""

    type = "SOCK_DGRAM"
    local_address = None
    ports = itertools.count(70_000)

    def free_address(self) -> tuple[int, int]:
        return next(self.ports), 0

    def test_netlink_getsockname_returns_bound_port(self) -> None:
        sock, address = self.open_unbound(), self.free_address()
        sock.bind(address)
        assert sock.getsockname() == address


@pytest.fixture
def open_netlink() -> Iterator[Any]:
    socks = []

    def open_socket(module: Any = sockcore, protocol: int = ROUTE, address: Any = (0, 0)) -> Any:
        sock = module.socket(NETLINK, RAW, protocol)
        socks.append(sock)
        sock.settimeout(LIMIT)
        sock.bind(address)
        return sock

    yield open_socket
    for sock in socks:
        sock.close()


def ip(*arguments: str) -> None:
    subprocess.run(["ip", "link", *arguments], check=True)


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and body of each message."""
    while data:
        length, message_type, _, _, _ = HEADER.unpack_from(data)
        yield message_type, data[HEADER.size : length]
        data = data[length + -length % 4 :]


def parse_name(body: bytes) -> str:
    data = body[LINK.size :]
    while data:
        length, attribute = ATTRIBUTE.unpack_from(data)
        if attribute == IFLA_IFNAME:
            return data[ATTRIBUTE.size : length].rstrip(b"\0").decode()
        data = data[length + -length % 4 :]
    raise AssertionError("the link has no name")


def dump_links(sock: Any) -> dict[int, str]:
    request = HEADER.pack(
        HEADER.size + LINK.size, RTM_GETLINK, sockcore.NLM_F_REQUEST | sockcore.NLM_F_DUMP, 1, 0
    ) + LINK.pack(0, 0, 0, 0, 0)
    assert sock.sendto(request, (0, 0)) == len(request)
    links = {}
    while True:
        data, address = sock.recvfrom(65536)
        assert address == (0, 0)  # the kernel
        for message_type, body in messages(data):
            if message_type == sockcore.NLMSG_DONE:
                return links
            assert message_type == RTM_NEWLINK
            links[LINK.unpack_from(body)[2]] = parse_name(body)


def test_netlink_dump_of_links_matches_interface_list(open_netlink: Any) -> None:
    links = dump_links(open_netlink())
    assert links == dict(interface_list())
    assert links == dump_links(open_netlink(stdlib))
    assert {"lo", "vcan0"} <= set(links.values())


def test_netlink_send_connected_returns_acknowledgement(open_netlink: Any) -> None:
    sock = open_netlink()
    sock.connect((0, 0))
    assert sock.getpeername() == (0, 0)
    sock.send(HEADER.pack(HEADER.size, sockcore.NLMSG_NOOP, sockcore.NLM_F_REQUEST | sockcore.NLM_F_ACK, 7, 0))
    ((message_type, body),) = messages(sock.recv(1000))
    assert message_type == sockcore.NLMSG_ERROR
    assert struct.unpack_from("=i", body) == (0,)  # an acknowledgement is an error of 0


@pytest.mark.parametrize("groups", [sockcore.RTMGRP_LINK, -1])
def test_netlink_link_group_receives_new_interface(open_netlink: Any, groups: int) -> None:
    sockcore_sock, stdlib_sock = open_netlink(address=(0, groups)), open_netlink(stdlib, address=(0, groups))
    assert sockcore_sock.getsockname()[1] == stdlib_sock.getsockname()[1] == groups & 0xFFFFFFFF
    ip("add", "group0", "type", "vcan")
    try:
        for sock in (sockcore_sock, stdlib_sock):
            while True:
                data, address = sock.recvfrom(65536)
                (message_type, body), *_ = messages(data)
                if message_type == RTM_NEWLINK and parse_name(body) == "group0":
                    assert address == (0, sockcore.RTMGRP_LINK)
                    break
    finally:
        ip("del", "group0")


def test_netlink_kobject_uevent_receives_new_interface(open_netlink: Any) -> None:
    # Programs that wait for devices use their pid as port, and all groups.
    sock = open_netlink(protocol=sockcore.NETLINK_KOBJECT_UEVENT, address=(os.getpid(), -1))
    assert sock.getsockname() == (os.getpid(), 0xFFFFFFFF)
    ip("add", "event0", "type", "vcan")
    try:
        data, address = sock.recvfrom(65536)
        assert address == (0, 1)
        assert data.split(b"\0")[0] == b"add@/devices/virtual/net/event0"
    finally:
        ip("del", "event0")


def test_netlink_memberships_are_read_back(open_netlink: Any) -> None:
    sock = open_netlink()
    assert options.read(sock, SOL_NETLINK, sockcore.NETLINK_LIST_MEMBERSHIPS) == ()
    for group in (sockcore.RTNLGRP_LINK, sockcore.RTNLGRP_NSID, sockcore.RTNLGRP_TUNNEL):
        sock.setsockopt(SOL_NETLINK, sockcore.NETLINK_ADD_MEMBERSHIP, group)
    # RTNLGRP_NSID and RTNLGRP_TUNNEL are beyond the 32 groups that an address can contain.
    expected = (sockcore.RTNLGRP_LINK, sockcore.RTNLGRP_NSID, sockcore.RTNLGRP_TUNNEL)
    assert options.read(sock, SOL_NETLINK, sockcore.NETLINK_LIST_MEMBERSHIPS) == expected
    sock.setsockopt(SOL_NETLINK, sockcore.NETLINK_DROP_MEMBERSHIP, sockcore.RTNLGRP_NSID)
    expected = (sockcore.RTNLGRP_LINK, sockcore.RTNLGRP_TUNNEL)
    assert options.read(sock, SOL_NETLINK, sockcore.NETLINK_LIST_MEMBERSHIPS) == expected
    sock.setsockopt(SOL_NETLINK, sockcore.NETLINK_PKTINFO, 1)
    ip("add", "group1", "type", "vcan")
    try:
        _, control, _, address = sock.recvmsg(65536, 100)
        assert ancillary.decode(control) == [("NETLINK_PKTINFO", sockcore.RTNLGRP_LINK)]
        assert address == (0, sockcore.RTMGRP_LINK)
    finally:
        ip("del", "group1")


def test_netlink_sendto_port_and_group_reaches_both(open_netlink: Any) -> None:
    listener, other, unsubscribed, sender = (
        open_netlink(protocol=USERSOCK, address=(0, mask)) for mask in (0b10, 0, 0b101, 0)
    )
    port = sender.getsockname()[0]
    assert sender.sendto(b"to both", (other.getsockname()[0], 0b10)) == 7
    assert listener.recvfrom(100) == (b"to both", (port, 0b10))
    assert other.recvfrom(100) == (b"to both", (port, 0b10))
    unsubscribed.setblocking(False)
    with pytest.raises(BlockingIOError):
        unsubscribed.recv(100)


def test_netlink_bind_used_port_matches_standard_library(open_netlink: Any) -> None:
    port = open_netlink(protocol=USERSOCK).getsockname()[0]
    outcomes = []
    for module in (sockcore, stdlib):
        with pytest.raises(OSError) as caught:
            open_netlink(module, USERSOCK, (port, 0))
        outcomes.append((type(caught.value), caught.value.args))
    assert outcomes[0] == outcomes[1]


def test_netlink_unsupported_protocol_raises() -> None:
    for module in (sockcore, stdlib):
        with pytest.raises(OSError) as caught:
            module.socket(NETLINK, RAW, 31)
        assert caught.value.strerror == "Protocol not supported"
