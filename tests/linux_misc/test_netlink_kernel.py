"""AF_NETLINK sockets on the kernel of this machine, compared with the standard library."""

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

pytestmark = pytest.mark.skipif(
    "EMULATED_ARCHITECTURE" in os.environ, reason="the emulator supports few netlink messages"
)

HEADER, LINK = struct.Struct("=IHHII"), struct.Struct("=BxHiII")
RTM_NEWLINK, RTM_GETLINK = 16, 18  # <linux/rtnetlink.h>
NETLINK, RAW = 16, sockcore.SOCK_RAW


@pytest.fixture
def opened(closing: ExitStack) -> Any:
    def open_socket(protocol: str = "NETLINK_ROUTE", module: Any = sockcore, address: object = (0, 0)) -> Any:
        sock = closing.enter_context(module.socket(NETLINK, RAW, getattr(sockcore, protocol)))
        sock.settimeout(60)
        sock.bind(address)
        return sock

    return open_socket


def test_bind_to_port_zero_chooses_port(opened: Any) -> None:
    one, two = opened(), opened()
    assert one.getsockname()[0] != two.getsockname()[0] != 0
    with stdlib.socket(fileno=os.dup(one.fileno())) as standard:
        assert standard.getsockname() == one.getsockname()
    assert "AF_NETLINK" in repr(one.family)


@pytest.mark.parametrize("module", [sockcore, stdlib])
def test_getlink_dump_lists_all_interfaces(opened: Any, module: Any) -> None:
    sock = opened(module=module)
    flags = sockcore.NLM_F_REQUEST | sockcore.NLM_F_DUMP
    sock.sendto(HEADER.pack(HEADER.size + LINK.size, RTM_GETLINK, flags, 1, 0) + LINK.pack(0, 0, 0, 0, 0), (0, 0))
    indexes = set()
    done = False
    while not done:
        data, address = sock.recvfrom(65536)
        assert address == (0, 0)
        while data:
            length, message_type, *_ = HEADER.unpack_from(data)
            done = done or message_type == sockcore.NLMSG_DONE
            if message_type == RTM_NEWLINK:
                indexes.add(LINK.unpack_from(data, HEADER.size)[2])
            data = data[length + -length % 4 :]
    assert indexes == {index for index, _ in interface_list()}


def test_messages_between_two_sockets_arrive(opened: Any) -> None:
    one, two = opened("NETLINK_USERSOCK"), opened("NETLINK_USERSOCK", stdlib)
    try:
        assert one.sendto(b"question", two.getsockname()) == 8
    except OSError as exc:
        if exc.errno not in (errno.EPERM, errno.ECONNREFUSED):
            raise
        pytest.skip(f"not permitted on this machine: {exc}")
    data, address = two.recvfrom(100)
    assert (data, address) == (b"question", one.getsockname())
    two.sendto(b"answer", address)
    assert one.recvmsg(100) == (b"answer", [], 0, two.getsockname())
    one.connect(two.getsockname())
    assert one.getpeername() == two.getsockname()
    one.send(b"connected")
    assert two.recv(100) == b"connected"


def test_options_read_list_memberships_returns_joined_groups(opened: Any) -> None:
    sock = opened(address=(0, sockcore.RTMGRP_LINK))
    assert sock.getsockname()[1] == sockcore.RTMGRP_LINK
    name = (sockcore.SOL_NETLINK, sockcore.NETLINK_LIST_MEMBERSHIPS)
    assert options.read(sock, *name) == (sockcore.RTNLGRP_LINK,)
    sock.setsockopt(sockcore.SOL_NETLINK, sockcore.NETLINK_ADD_MEMBERSHIP, sockcore.RTNLGRP_NSID)
    assert options.read(sock, *name) == (sockcore.RTNLGRP_LINK, sockcore.RTNLGRP_NSID)


def test_bind_with_minus_one_joins_all_groups(opened: Any) -> None:
    sock = opened("NETLINK_KOBJECT_UEVENT", address=(os.getpid(), -1))
    assert sock.getsockname() == (os.getpid(), 0xFFFFFFFF)


@pytest.mark.parametrize("timeout", [0, 0.02])
def test_recvfrom_without_message_times_out_or_blocks(opened: Any, timeout: float) -> None:
    sock = opened("NETLINK_USERSOCK")
    sock.settimeout(timeout)
    with pytest.raises(sockcore.timeout if timeout else BlockingIOError):
        sock.recvfrom(100)


def test_bind_accepts_raw_address(opened: Any) -> None:
    sock = opened("NETLINK_USERSOCK")
    other = sockcore.socket(NETLINK, RAW, sockcore.NETLINK_USERSOCK)
    with other:
        other.bind(sockcore.RawAddress(struct.pack("=HHII", NETLINK, 0, sock.getsockname()[0] ^ 0x40000000, 0)))
        assert other.getsockname()[0] == sock.getsockname()[0] ^ 0x40000000
