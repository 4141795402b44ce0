"""AF_NETLINK: messages between programs, and from the kernel, on a change that ip(8) makes too."""

from __future__ import annotations

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
SOL = sockcore.SOL_NETLINK
RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, IFLA_IFNAME = 16, 17, 18, 3  # <linux/rtnetlink.h>
HEADER, LINK, ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=BxHiII"), struct.Struct("=HH")


class TestUsersock(DatagramTests):
    """Two programs, by the ports that the kernel gave them."""

    wrong = (
        ((2**32, 0), OverflowError),
        ((0, -(2**31) - 1), OverflowError),
        ((0,), TypeError),
        (("0", 0), TypeError),
        ([0, 0], TypeError),
    )
    option = (SOL, sockcore.NETLINK_EXT_ACK, 1)

    def pair(self) -> tuple[kit.Sock, kit.Sock]:
        return self.one(), self.one()

    def one(self) -> kit.Sock:
        sock = self.open(NETLINK, RAW, USERSOCK)
        sock.bind((0, 0))
        return sock


class TestUsersockDatagrams(TestUsersock):
    """The same of the other type, by ports that the program chose."""

    ports = iter(range(70_000, 10_000_000))

    def one(self) -> kit.Sock:
        sock = self.open(NETLINK, sockcore.SOCK_DGRAM, USERSOCK)
        port = next(self.ports)
        sock.bind((port, 0))
        assert sock.getsockname() == (port, 0)
        return sock


@pytest.fixture
def opened() -> Iterator[Any]:
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
        length, kind, _, _, _ = HEADER.unpack_from(data)
        yield kind, data[HEADER.size : length]
        data = data[length + -length % 4 :]


def name_in(body: bytes) -> str:
    data = body[LINK.size :]
    while data:
        length, kind = ATTRIBUTE.unpack_from(data)
        if kind == IFLA_IFNAME:
            return data[ATTRIBUTE.size : length].rstrip(b"\0").decode()
        data = data[length + -length % 4 :]
    raise AssertionError("a link without a name")


def dump(sock: Any) -> dict[int, str]:
    request = HEADER.pack(
        HEADER.size + LINK.size, RTM_GETLINK, sockcore.NLM_F_REQUEST | sockcore.NLM_F_DUMP, 1, 0
    ) + LINK.pack(0, 0, 0, 0, 0)
    assert sock.sendto(request, (0, 0)) == len(request)
    found = {}
    while True:
        data, address = sock.recvfrom(65536)
        assert address == (0, 0)  # the kernel
        for kind, body in messages(data):
            if kind == sockcore.NLMSG_DONE:
                return found
            assert kind == RTM_NEWLINK
            found[LINK.unpack_from(body)[2]] = name_in(body)


def test_links_are_dumped(opened: Any) -> None:
    found = dump(opened())
    assert found == dict(interface_list())
    assert found == dump(opened(stdlib))
    assert {"lo", "vcan0"} <= set(found.values())


def test_a_connected_socket_needs_no_address(opened: Any) -> None:
    sock = opened()
    sock.connect((0, 0))
    assert sock.getpeername() == (0, 0)
    sock.send(HEADER.pack(HEADER.size, sockcore.NLMSG_NOOP, sockcore.NLM_F_REQUEST | sockcore.NLM_F_ACK, 7, 0))
    ((kind, body),) = messages(sock.recv(1000))
    assert kind == sockcore.NLMSG_ERROR
    assert struct.unpack_from("=i", body) == (0,)  # an acknowledgement is an error of 0


@pytest.mark.parametrize("groups", [sockcore.RTMGRP_LINK, -1])
def test_the_kernel_tells_a_group_of_a_new_interface(opened: Any, groups: int) -> None:
    ours, theirs = opened(address=(0, groups)), opened(stdlib, address=(0, groups))
    assert ours.getsockname()[1] == theirs.getsockname()[1] == groups & 0xFFFFFFFF
    ip("add", "group0", "type", "vcan")
    try:
        for sock in (ours, theirs):
            while True:
                data, address = sock.recvfrom(65536)
                found = list(messages(data))
                if found[0][0] == RTM_NEWLINK and name_in(found[0][1]) == "group0":
                    assert address == (0, sockcore.RTMGRP_LINK)
                    break
    finally:
        ip("del", "group0")


def test_a_new_interface_is_an_event_of_the_kernels_objects(opened: Any) -> None:
    # As programs are that wait for devices: a port of their own, and all groups.
    sock = opened(protocol=sockcore.NETLINK_KOBJECT_UEVENT, address=(os.getpid(), -1))
    assert sock.getsockname() == (os.getpid(), 0xFFFFFFFF)
    ip("add", "event0", "type", "vcan")
    try:
        data, address = sock.recvfrom(65536)
        assert address == (0, 1)
        assert data.split(b"\0")[0] == b"add@/devices/virtual/net/event0"
    finally:
        ip("del", "event0")


def test_memberships_and_the_group_of_a_message(opened: Any) -> None:
    sock = opened()
    assert options.read(sock, SOL, sockcore.NETLINK_LIST_MEMBERSHIPS) == ()
    for group in (sockcore.RTNLGRP_LINK, sockcore.RTNLGRP_NSID, sockcore.RTNLGRP_TUNNEL):
        sock.setsockopt(SOL, sockcore.NETLINK_ADD_MEMBERSHIP, group)
    # Groups beyond the 32 that an address can name.
    expected = (sockcore.RTNLGRP_LINK, sockcore.RTNLGRP_NSID, sockcore.RTNLGRP_TUNNEL)
    assert options.read(sock, SOL, sockcore.NETLINK_LIST_MEMBERSHIPS) == expected
    sock.setsockopt(SOL, sockcore.NETLINK_DROP_MEMBERSHIP, sockcore.RTNLGRP_NSID)
    expected = (sockcore.RTNLGRP_LINK, sockcore.RTNLGRP_TUNNEL)
    assert options.read(sock, SOL, sockcore.NETLINK_LIST_MEMBERSHIPS) == expected
    sock.setsockopt(SOL, sockcore.NETLINK_PKTINFO, 1)
    ip("add", "group1", "type", "vcan")
    try:
        _, control, _, address = sock.recvmsg(65536, 100)
        assert ancillary.decode(control) == [("NETLINK_PKTINFO", sockcore.RTNLGRP_LINK)]
        assert address == (0, sockcore.RTMGRP_LINK)
    finally:
        ip("del", "group1")


def test_a_message_to_a_port_and_a_group_reaches_both(opened: Any) -> None:
    listener, other, deaf, sender = (opened(protocol=USERSOCK, address=(0, mask)) for mask in (0b10, 0, 0b101, 0))
    port = sender.getsockname()[0]
    assert sender.sendto(b"to both", (other.getsockname()[0], 0b10)) == 7
    assert listener.recvfrom(100) == (b"to both", (port, 0b10))
    assert other.recvfrom(100) == (b"to both", (port, 0b10))
    deaf.setblocking(False)
    with pytest.raises(BlockingIOError):
        deaf.recv(100)


def test_a_port_that_is_taken(opened: Any) -> None:
    port = opened(protocol=USERSOCK).getsockname()[0]
    outcomes = []
    for module in (sockcore, stdlib):
        with pytest.raises(OSError) as refusal:
            opened(module, USERSOCK, (port, 0))
        outcomes.append((type(refusal.value), refusal.value.args))
    assert outcomes[0] == outcomes[1]


def test_a_protocol_that_nobody_serves() -> None:
    for module in (sockcore, stdlib):
        with pytest.raises(OSError) as refusal:
            module.socket(NETLINK, RAW, 31)
        assert refusal.value.strerror == "Protocol not supported"
