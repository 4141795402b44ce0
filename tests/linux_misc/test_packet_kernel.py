"""AF_PACKET on this machine's lo, where the kernel and the user's rights allow it: beside the standard library."""

from __future__ import annotations

import errno
import os
import platform
import socket as stdlib
import struct
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore import options
from sockcore.plugin import interface_index
from sockcore_linux_misc import options as packet_options

if TYPE_CHECKING:
    from contextlib import ExitStack

PACKET, RAW, DGRAM = 17, stdlib.SOCK_RAW, stdlib.SOCK_DGRAM
PROTO, LOOPBACK = 0x88B6, 772  # for experiments; ARPHRD_LOOPBACK
NOWHERE = bytes(6)


def problem() -> str:
    try:
        stdlib.socket(PACKET, RAW, 0).close()
    except OSError as refusal:
        return f"this kernel does not open AF_PACKET for this user: {refusal}"
    return ""


CPYTHON = pytest.mark.skipif(
    platform.python_implementation() != "CPython", reason="PyPy's own module takes and refuses other addresses"
)
pytestmark = [
    pytest.mark.skipif("EMULATED_ARCHITECTURE" in os.environ, reason="the emulator does not pass its options"),
    pytest.mark.skipif(bool(problem()), reason=problem() or "none"),
]


@pytest.fixture
def opened(closing: ExitStack) -> Any:
    def open_socket(type: int = DGRAM, protocol: int = PROTO, module: Any = sockcore) -> Any:
        sock = closing.enter_context(module.socket(PACKET, type, 0))
        sock.settimeout(10)
        sock.bind(("lo", protocol))
        return sock

    return open_socket


@pytest.mark.parametrize("protocol", [0, 1, 0x0800, PROTO, 0xFFFF])
def test_its_own_address(opened: Any, protocol: int) -> None:
    ours, theirs = opened(RAW, protocol), opened(RAW, protocol, stdlib)
    assert ours.getsockname() == theirs.getsockname() == ("lo", protocol, 0, LOOPBACK, NOWHERE)


@pytest.mark.parametrize(
    ("sender", "receiver"),
    [(sockcore, stdlib), pytest.param(stdlib, sockcore, marks=CPYTHON), (sockcore, sockcore)],
)
def test_a_datagram(opened: Any, sender: Any, receiver: Any) -> None:
    one, two = opened(protocol=0, module=sender), opened(module=receiver)
    assert one.sendto(b"datagram", ("lo", PROTO, 0, 0, NOWHERE)) == 8
    assert two.recvfrom(100) == (b"datagram", ("lo", PROTO, sockcore.PACKET_HOST, LOOPBACK, NOWHERE))


@pytest.mark.parametrize("module", [sockcore, stdlib])
def test_a_frame_in_both_directions(opened: Any, module: Any) -> None:
    sniffer, sender = opened(RAW, sockcore.ETH_P_ALL, module), opened(RAW)
    frame = NOWHERE + NOWHERE + struct.pack("!H", PROTO) + b"frame"
    sender.send(frame)
    found = []
    while len(found) < 2:
        data, address = sniffer.recvfrom(2000)
        if data == frame:
            found.append(address)
    both = sockcore.PACKET_OUTGOING, sockcore.PACKET_HOST
    assert found == [("lo", PROTO, kind, LOOPBACK, NOWHERE) for kind in both]


def test_recvmsg_and_recvfrom_into_tell_the_same(opened: Any) -> None:
    one, two = opened(protocol=0), opened()
    expected = ("lo", PROTO, 0, LOOPBACK, NOWHERE)
    for _ in range(2):
        one.sendmsg([b"data", b"gram"], [], 0, ("lo", PROTO))
    assert two.recvmsg(100) == (b"datagram", [], 0, expected)
    buffer = bytearray(20)
    assert two.recvfrom_into(buffer) == (8, expected)


def test_options(opened: Any) -> None:
    sock = opened()
    value = (interface_index("lo"), sockcore.PACKET_MR_ALLMULTI)
    options.write(sock, sockcore.SOL_PACKET, sockcore.PACKET_ADD_MEMBERSHIP, value)
    options.write(sock, sockcore.SOL_PACKET, sockcore.PACKET_DROP_MEMBERSHIP, value)
    with pytest.raises(OSError) as refusal:
        options.write(sock, sockcore.SOL_PACKET, sockcore.PACKET_ADD_MEMBERSHIP, (2**31 - 1, value[1]))
    assert refusal.value.errno == errno.ENODEV
    opened(protocol=0).sendto(b"x", ("lo", PROTO))
    sock.recv(10)
    assert options.read(sock, sockcore.SOL_PACKET, sockcore.PACKET_STATISTICS) == (1, 0)


@CPYTHON
@pytest.mark.parametrize("name", ["nosuch0", "lo-and-more-than-fits-into-a-name", "\u00e9"])
def test_no_such_interface(name: str) -> None:
    found = []
    for module in (sockcore, stdlib):
        with module.socket(PACKET, DGRAM, 0) as sock:
            for call in (sock.bind, lambda address, sock=sock: sock.sendto(b"x", address)):
                with pytest.raises(OSError) as refusal:
                    call((name, PROTO))
                found.append((type(refusal.value), refusal.value.errno, refusal.value.strerror))
    assert len(set(found)) == 1


@pytest.mark.parametrize("protocol", [PROTO, sockcore.ETH_P_ALL, 0])
def test_bind_without_a_name_is_to_all_interfaces(closing: ExitStack, protocol: int) -> None:
    sock = closing.enter_context(sockcore.socket(PACKET, DGRAM, 0))
    sock.settimeout(10)
    sock.bind(("", protocol))
    assert sock.getsockname()[:2] == ("", protocol)
    if protocol == PROTO:
        sender = closing.enter_context(sockcore.socket(PACKET, DGRAM, 0))
        sender.sendto(b"datagram", ("lo", PROTO))
        assert sock.recvfrom(100) == (b"datagram", ("lo", PROTO, sockcore.PACKET_HOST, LOOPBACK, NOWHERE))


def test_options_write_membership_by_name_is_that_by_index(opened: Any) -> None:
    sock = opened()
    kind = sockcore.PACKET_MR_ALLMULTI
    options.write(sock, sockcore.SOL_PACKET, sockcore.PACKET_ADD_MEMBERSHIP, ("lo", kind))
    index = interface_index("lo")
    options.write(sock, sockcore.SOL_PACKET, sockcore.PACKET_DROP_MEMBERSHIP, (index, kind))
    encode = packet_options.encode_membership
    assert encode(("lo", kind), sock.fileno()) == encode((index, kind))
