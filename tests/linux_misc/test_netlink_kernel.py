"""AF_NETLINK on this machine's kernel, which has it wherever there is Linux: beside the standard library."""

from __future__ import annotations

import errno
import os
import socket as stdlib
import struct
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore import options
from sockcore.plugin import interface_list

if TYPE_CHECKING:
    from contextlib import ExitStack

pytestmark = pytest.mark.skipif("EMULATED_ARCHITECTURE" in os.environ, reason="the emulator passes few of its messages")

HEADER, LINK = struct.Struct("=IHHII"), struct.Struct("=BxHiII")
RTM_NEWLINK, RTM_GETLINK = 16, 18  # <linux/rtnetlink.h>
NETLINK, RAW = 16, sockcore.SOCK_RAW


@pytest.fixture
def opened(closing: ExitStack) -> Any:
    def open_socket(protocol: str = "NETLINK_ROUTE", module: Any = sockcore, address: object = (0, 0)) -> Any:
        sock = closing.enter_context(module.socket(NETLINK, RAW, getattr(sockcore, protocol)))
        sock.settimeout(10)
        sock.bind(address)
        return sock

    return open_socket


def test_the_kernel_chooses_a_port(opened: Any) -> None:
    one, two = opened(), opened()
    assert one.getsockname()[0] != two.getsockname()[0] != 0
    with stdlib.socket(fileno=os.dup(one.fileno())) as same:
        assert same.getsockname() == one.getsockname()
    assert "AF_NETLINK" in repr(one.family)


@pytest.mark.parametrize("module", [sockcore, stdlib])
def test_interfaces_are_listed(opened: Any, module: Any) -> None:
    sock = opened(module=module)
    flags = sockcore.NLM_F_REQUEST | sockcore.NLM_F_DUMP
    sock.sendto(HEADER.pack(HEADER.size + LINK.size, RTM_GETLINK, flags, 1, 0) + LINK.pack(0, 0, 0, 0, 0), (0, 0))
    found = set()
    done = False
    while not done:
        data, address = sock.recvfrom(65536)
        assert address == (0, 0)
        while data:
            length, kind, *_ = HEADER.unpack_from(data)
            done = done or kind == sockcore.NLMSG_DONE
            if kind == RTM_NEWLINK:
                found.add(LINK.unpack_from(data, HEADER.size)[2])
            data = data[length + -length % 4 :]
    assert found == {index for index, _ in interface_list()}


def test_two_programs_talk(opened: Any) -> None:
    one, two = opened("NETLINK_USERSOCK"), opened("NETLINK_USERSOCK", stdlib)
    try:
        assert one.sendto(b"question", two.getsockname()) == 8
    except OSError as refusal:
        if refusal.errno not in (errno.EPERM, errno.ECONNREFUSED):
            raise
        pytest.skip(f"not on this machine: {refusal}")
    data, address = two.recvfrom(100)
    assert (data, address) == (b"question", one.getsockname())
    two.sendto(b"answer", address)
    assert one.recvmsg(100) == (b"answer", [], 0, two.getsockname())
    one.connect(two.getsockname())
    assert one.getpeername() == two.getsockname()
    one.send(b"connected")
    assert two.recv(100) == b"connected"


def test_groups(opened: Any) -> None:
    sock = opened(address=(0, sockcore.RTMGRP_LINK))
    assert sock.getsockname()[1] == sockcore.RTMGRP_LINK
    name = (sockcore.SOL_NETLINK, sockcore.NETLINK_LIST_MEMBERSHIPS)
    assert options.read(sock, *name) == (sockcore.RTNLGRP_LINK,)
    sock.setsockopt(sockcore.SOL_NETLINK, sockcore.NETLINK_ADD_MEMBERSHIP, sockcore.RTNLGRP_NSID)
    assert options.read(sock, *name) == (sockcore.RTNLGRP_LINK, sockcore.RTNLGRP_NSID)


def test_all_groups_as_programs_write_them(opened: Any) -> None:
    sock = opened("NETLINK_KOBJECT_UEVENT", address=(os.getpid(), -1))
    assert sock.getsockname() == (os.getpid(), 0xFFFFFFFF)


@pytest.mark.parametrize("timeout", [0, 0.02])
def test_nothing_comes(opened: Any, timeout: float) -> None:
    sock = opened("NETLINK_USERSOCK")
    sock.settimeout(timeout)
    with pytest.raises(sockcore.timeout if timeout else BlockingIOError):
        sock.recvfrom(100)


def test_raw_addresses_of_a_family_that_has_a_plugin(opened: Any) -> None:
    sock = opened("NETLINK_USERSOCK")
    other = sockcore.socket(NETLINK, RAW, sockcore.NETLINK_USERSOCK)
    with other:
        other.bind(sockcore.RawAddress(struct.pack("=HHII", NETLINK, 0, sock.getsockname()[0] ^ 0x40000000, 0)))
        assert other.getsockname()[0] == sock.getsockname()[0] ^ 0x40000000
