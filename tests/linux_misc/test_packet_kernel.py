"""AF_PACKET sockets on the interface lo of this machine, compared with the standard library.

The tests are skipped if the kernel does not support the family, or if the user may not open its sockets.
"""

from __future__ import annotations

import errno
import os
import platform
import socket as stdlib
import struct
from typing import TYPE_CHECKING, Any

import pytest
from ether_types import ETHER_TYPES

import sockcore
from sockcore import options
from sockcore.plugin import interface_index
from sockcore_linux_misc import option_packet as packet_options

if TYPE_CHECKING:
    from contextlib import ExitStack

PACKET, RAW, DGRAM = 17, stdlib.SOCK_RAW, stdlib.SOCK_DGRAM
PROTO, LOOPBACK = ETHER_TYPES[0], 772  # ARPHRD_LOOPBACK
#: The id is the same in all processes of xdist.
CLAIMED = pytest.param(PROTO, id="claimed")
NULL_MAC = bytes(6)


def skip_reason() -> str:
    try:
        stdlib.socket(PACKET, RAW, 0).close()
    except OSError as exc:
        return f"this user cannot open AF_PACKET sockets on this kernel: {exc}"
    return ""


CPYTHON = pytest.mark.skipif(
    platform.python_implementation() != "CPython", reason="the socket module of PyPy accepts other addresses"
)
pytestmark = [
    pytest.mark.skipif("EMULATED_ARCHITECTURE" in os.environ, reason="the emulator does not support its options"),
    pytest.mark.skipif(bool(skip_reason()), reason=skip_reason() or "unused"),
]


@pytest.fixture
def opened(closing: ExitStack) -> Any:
    def open_socket(type: int = DGRAM, protocol: int = PROTO, module: Any = sockcore) -> Any:
        sock = closing.enter_context(module.socket(PACKET, type, 0))
        sock.settimeout(60)
        sock.bind(("lo", protocol))
        return sock

    return open_socket


@pytest.mark.parametrize("protocol", [0, 1, 0x0800, CLAIMED, 0xFFFF])
def test_getsockname_equals_standard_library(opened: Any, protocol: int) -> None:
    sock, standard = opened(RAW, protocol), opened(RAW, protocol, stdlib)
    assert sock.getsockname() == standard.getsockname() == ("lo", protocol, 0, LOOPBACK, NULL_MAC)


@pytest.mark.parametrize(
    ("sender", "receiver"),
    [(sockcore, stdlib), pytest.param(stdlib, sockcore, marks=CPYTHON), (sockcore, sockcore)],
)
def test_sendto_and_recvfrom_transfer_datagram(opened: Any, sender: Any, receiver: Any) -> None:
    one, two = opened(protocol=0, module=sender), opened(module=receiver)
    assert one.sendto(b"datagram", ("lo", PROTO, 0, 0, NULL_MAC)) == 8
    assert two.recvfrom(100) == (b"datagram", ("lo", PROTO, sockcore.PACKET_HOST, LOOPBACK, NULL_MAC))


@pytest.mark.parametrize("module", [sockcore, stdlib])
def test_recvfrom_on_all_protocols_returns_outgoing_and_incoming_frame(opened: Any, module: Any) -> None:
    sniffer, sender = opened(RAW, sockcore.ETH_P_ALL, module), opened(RAW)
    frame = NULL_MAC + NULL_MAC + struct.pack("!H", PROTO) + b"frame"
    sender.send(frame)
    addresses = []
    while len(addresses) < 2:
        data, address = sniffer.recvfrom(2000)
        if data == frame:
            addresses.append(address)
    pkttypes = sockcore.PACKET_OUTGOING, sockcore.PACKET_HOST
    assert addresses == [("lo", PROTO, pkttype, LOOPBACK, NULL_MAC) for pkttype in pkttypes]


def test_recvmsg_and_recvfrom_into_return_same_address(opened: Any) -> None:
    one, two = opened(protocol=0), opened()
    expected = ("lo", PROTO, 0, LOOPBACK, NULL_MAC)
    for _ in range(2):
        one.sendmsg([b"data", b"gram"], [], 0, ("lo", PROTO))
    assert two.recvmsg(100) == (b"datagram", [], 0, expected)
    buffer = bytearray(20)
    assert two.recvfrom_into(buffer) == (8, expected)


def test_options_write_membership_and_read_statistics(opened: Any) -> None:
    sock = opened()
    value = (interface_index("lo"), sockcore.PACKET_MR_ALLMULTI)
    options.write(sock, sockcore.SOL_PACKET, sockcore.PACKET_ADD_MEMBERSHIP, value)
    options.write(sock, sockcore.SOL_PACKET, sockcore.PACKET_DROP_MEMBERSHIP, value)
    with pytest.raises(OSError) as exc_info:
        options.write(sock, sockcore.SOL_PACKET, sockcore.PACKET_ADD_MEMBERSHIP, (2**31 - 1, value[1]))
    assert exc_info.value.errno == errno.ENODEV
    opened(protocol=0).sendto(b"x", ("lo", PROTO))
    sock.recv(10)
    assert options.read(sock, sockcore.SOL_PACKET, sockcore.PACKET_STATISTICS) == (1, 0, None)


@CPYTHON
@pytest.mark.parametrize("name", ["nosuch0", "lo-and-more-than-fits-into-a-name", "\u00e9"])
def test_bind_and_sendto_unknown_interface_raise_error_of_standard_library(name: str) -> None:
    errors = []
    for module in (sockcore, stdlib):
        with module.socket(PACKET, DGRAM, 0) as sock:
            for call in (sock.bind, lambda address, sock=sock: sock.sendto(b"x", address)):
                with pytest.raises(OSError) as exc_info:
                    call((name, PROTO))
                errors.append((type(exc_info.value), exc_info.value.errno, exc_info.value.strerror))
    assert len(set(errors)) == 1


@pytest.mark.parametrize("protocol", [CLAIMED, sockcore.ETH_P_ALL, 0])
def test_bind_with_empty_name_binds_to_all_interfaces(closing: ExitStack, protocol: int) -> None:
    sock = closing.enter_context(sockcore.socket(PACKET, DGRAM, 0))
    sock.settimeout(60)
    sock.bind(("", protocol))
    assert sock.getsockname()[:2] == ("", protocol)
    if protocol == PROTO:
        sender = closing.enter_context(sockcore.socket(PACKET, DGRAM, 0))
        sender.sendto(b"datagram", ("lo", PROTO))
        assert sock.recvfrom(100) == (b"datagram", ("lo", PROTO, sockcore.PACKET_HOST, LOOPBACK, NULL_MAC))


def test_options_write_membership_accepts_interface_name(opened: Any) -> None:
    sock = opened()
    membership = sockcore.PACKET_MR_ALLMULTI
    options.write(sock, sockcore.SOL_PACKET, sockcore.PACKET_ADD_MEMBERSHIP, ("lo", membership))
    index = interface_index("lo")
    options.write(sock, sockcore.SOL_PACKET, sockcore.PACKET_DROP_MEMBERSHIP, (index, membership))
    encode = packet_options.encode_membership
    assert encode("", ("lo", membership), sock.fileno()) == encode("", (index, membership))
