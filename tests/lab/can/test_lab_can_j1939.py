"""CAN_J1939: long messages, broadcasts, filters, priorities, names that claim an address, and the error queue."""

from __future__ import annotations

import errno
import itertools
import select
import struct
import time
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore import (
    CAN_J1939,
    J1939_NO_ADDR,
    J1939_NO_NAME,
    J1939_NO_PGN,
    SOL_CAN_J1939,
    SOL_SOCKET,
    ancillary,
    options,
)
from sockcore_can import frames

if TYPE_CHECKING:
    from collections.abc import Callable

    Open = Callable[..., Any]
    All = Callable[[Any], list[bytes]]

ADDRESSES = itertools.cycle(range(1, 0xF0))
TO_A_UNIT, TO_ALL = 0xEF00, 0xFEF1  # groups of parameters, with a destination and without


@pytest.fixture
def unit(can: Open) -> Open:
    """A unit with an address, at which it hears a group of parameters or all of them."""

    def opened(pgn: int = J1939_NO_PGN, interface: str = "vcan0") -> Any:
        sock = can(CAN_J1939)
        sock.setsockopt(SOL_SOCKET, sockcore.SO_BROADCAST, 1)
        sock.bind((interface, J1939_NO_NAME, pgn, next(ADDRESSES)))
        return sock

    return opened


def address_of(sock: Any) -> int:
    address: int = sock.getsockname()[3]
    return address


def to(sock: Any, pgn: int = TO_A_UNIT) -> tuple[str, int, int, int]:
    return "vcan0", J1939_NO_NAME, pgn, address_of(sock)


def everybody(pgn: int = TO_ALL) -> tuple[str, int, int, int]:
    return "vcan0", J1939_NO_NAME, pgn, J1939_NO_ADDR


@pytest.mark.parametrize("size", [1, 8, 9, 100, 1785, 1786, 5000])
def test_messages_of_all_lengths(unit: Open, size: int) -> None:
    # Up to 8 bytes are a frame, up to 1785 go by the transport protocol, more by the extended one.
    a, b = unit(), unit()
    message = bytes(number % 251 for number in range(size))
    assert a.sendto(message, to(b)) == size
    data, address = b.recvfrom(10_000)
    assert data == message
    # Of a message in several frames the kernel leaves the interface out.
    assert address == ("vcan0" if size <= 8 else "", J1939_NO_NAME, TO_A_UNIT, address_of(a))
    assert b.sendto(b"thanks", address) == 6  # as it came
    assert a.recvfrom(100)[0] == b"thanks"


def test_a_message_is_a_frame_on_the_bus(unit: Open, raw: Open) -> None:
    listener = raw()
    a, b = unit(), unit()
    a.sendto(b"frame", to(b))
    can_id, data, _ = frames.unpack(listener.recv(100))
    assert data == b"frame"
    assert can_id == sockcore.CAN_EFF_FLAG | 6 << 26 | TO_A_UNIT << 8 | address_of(b) << 8 | address_of(a)


def test_names(unit: Open, can: Open) -> None:
    a, b = unit(), unit(TO_ALL)
    assert a.getsockname() == ("vcan0", J1939_NO_NAME, J1939_NO_PGN, address_of(a))
    assert b.getsockname() == ("vcan0", J1939_NO_NAME, J1939_NO_PGN, address_of(b))  # not what it hears
    fresh = can(CAN_J1939)
    assert fresh.getsockname() == ("", J1939_NO_NAME, J1939_NO_PGN, J1939_NO_ADDR)
    with pytest.raises(OSError) as caught:
        fresh.getpeername()
    assert caught.value.errno == errno.EADDRNOTAVAIL
    a.connect(to(b))
    assert a.getpeername()[3] == address_of(b)
    assert a.send(b"connected") == 9


@pytest.mark.parametrize(
    ("address", "number"),
    [
        (("vcan0", 0, 0xEF01, 0x20), errno.EINVAL),  # a PDU1 format with the destination in its number
        (("", 0, J1939_NO_PGN, 0x20), errno.ENODEV),
        (("lo", 0, J1939_NO_PGN, 0x20), errno.ENODEV),
        (("nosuch0", 0, J1939_NO_PGN, 0x20), errno.ENODEV),
    ],
)
def test_addresses_that_the_kernel_refuses(can: Open, address: Any, number: int) -> None:
    with pytest.raises(OSError) as caught:
        can(CAN_J1939, address)
    assert caught.value.errno == number


def test_a_broadcast(unit: Open, can: Open, received: All) -> None:
    a, others = unit(), [unit(), unit()]
    assert a.sendto(b"to all", everybody()) == 6
    for other in others:
        data, messages, _, address = other.recvmsg(100, 100)
        assert (data, address) == (b"to all", ("vcan0", J1939_NO_NAME, TO_ALL, address_of(a)))
        assert dict(ancillary.decode(messages))["SCM_J1939_PRIO"] == 6
    assert received(a) == []
    long = bytes(range(100))  # BAM: announced, and then sent at its own pace
    a.sendto(long, everybody())
    assert [other.recv(1000) for other in others] == [long, long]
    shy = can(CAN_J1939, ("vcan0", J1939_NO_NAME, J1939_NO_PGN, next(ADDRESSES)))
    with pytest.raises(PermissionError):
        shy.sendto(b"to all", everybody())  # SO_BROADCAST was not set


def test_a_group_of_parameters(unit: Open, received: All) -> None:
    a, one, all_of_them = unit(), unit(0xFEF2), unit()
    for number in range(3):
        a.sendto(b"%d" % number, everybody(0xFEF1 + number))
    assert received(one) == [b"1"]
    assert received(all_of_them) == [b"0", b"1", b"2"]


def test_filters(unit: Open, received: All) -> None:
    a, other, receiver = unit(), unit(), unit()
    by_pgn = (0, 0, 0xFEF2, sockcore.J1939_PGN_MAX, 0, 0)
    by_source = (0, 0, 0, 0, address_of(other), 0xFF)
    options.write(receiver, SOL_CAN_J1939, sockcore.SO_J1939_FILTER, [by_pgn, by_source])
    for pgn in (0xFEF1, 0xFEF2, 0xFEF3):
        a.sendto(b"a%x" % pgn, everybody(pgn))
        other.sendto(b"b%x" % pgn, everybody(pgn))
    assert received(receiver) == [b"bfef1", b"afef2", b"bfef2", b"bfef3"]
    options.write(receiver, SOL_CAN_J1939, sockcore.SO_J1939_FILTER, [])
    a.sendto(b"all", everybody())
    assert received(receiver) == [b"all"]
    with pytest.raises(OSError):  # the kernel has them, and does not tell
        options.read(receiver, SOL_CAN_J1939, sockcore.SO_J1939_FILTER)


@pytest.mark.parametrize("priority", [0, 3, 6, 7])
def test_priorities(unit: Open, raw: Open, priority: int) -> None:
    listener = raw()
    a, b = unit(), unit()
    a.setsockopt(SOL_CAN_J1939, sockcore.SO_J1939_SEND_PRIO, priority)
    assert a.getsockopt(SOL_CAN_J1939, sockcore.SO_J1939_SEND_PRIO) == priority
    a.sendto(b"urgent?", to(b))
    assert frames.unpack(listener.recv(100))[0] >> 26 & 7 == priority
    data, messages, flags, _ = b.recvmsg(100, 100)
    assert (data, flags & sockcore.MSG_CTRUNC) == (b"urgent?", 0)
    assert (SOL_CAN_J1939, sockcore.SCM_J1939_PRIO, bytes((priority,))) in messages
    assert dict(ancillary.decode(messages)) == {
        "SCM_J1939_DEST_ADDR": address_of(b),
        "SCM_J1939_PRIO": priority,
    }


def test_a_listener_to_everything(unit: Open, can: Open) -> None:
    a, b = unit(), unit()
    listener = can(CAN_J1939)
    listener.setsockopt(SOL_CAN_J1939, sockcore.SO_J1939_PROMISC, 1)
    listener.bind(("vcan0", J1939_NO_NAME, J1939_NO_PGN, J1939_NO_ADDR))
    a.sendto(b"to b", to(b))
    assert listener.recvfrom(100) == (b"to b", ("vcan0", J1939_NO_NAME, TO_A_UNIT, address_of(a)))


def claimed(sock: Any, name: int) -> bool:
    """Send to the unit of a name; False if no address is known for it."""
    try:
        sock.sendto(b"to a name", ("vcan0", name, TO_A_UNIT, J1939_NO_ADDR))
    except OSError as problem:
        if problem.errno != errno.EADDRNOTAVAIL:
            raise
        return False
    return True


def test_names_claim_an_address(can: Open, unit: Open) -> None:
    name, address = 0xA00C81045A20021B, next(ADDRESSES)
    named = can(CAN_J1939)
    named.setsockopt(SOL_SOCKET, sockcore.SO_BROADCAST, 1)
    named.bind(("vcan0", name, J1939_NO_PGN, address))
    assert named.getsockname() == ("vcan0", name, J1939_NO_PGN, address)
    claim = everybody(sockcore.J1939_PGN_ADDRESS_CLAIMED)
    named.sendto(struct.pack("<Q", name), claim)
    other = unit()
    # The claim holds after a quarter of a second: until then nobody can be reached by name.
    deadline = time.monotonic() + 10
    while not claimed(other, name):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    data, messages, _, source = named.recvmsg(100, 100)
    assert data == b"to a name"
    assert source[3] == address_of(other)
    assert dict(ancillary.decode(messages))["SCM_J1939_DEST_NAME"] == name
    named.sendto(b"from a name", to(other))
    assert other.recvfrom(100) == (b"from a name", ("", name, TO_A_UNIT, address))


def test_the_error_queue(unit: Open) -> None:
    a = unit()
    a.setsockopt(SOL_CAN_J1939, sockcore.SO_J1939_ERRQUEUE, 1)
    # SOF_TIMESTAMPING_TX_SCHED, _TX_ACK, _SOFTWARE, _OPT_CMSG, _OPT_STATS, _OPT_TSONLY, _OPT_ID
    flags = 1 << 8 | 1 << 9 | 1 << 4 | 1 << 10 | 1 << 12 | 1 << 11 | 1 << 7
    a.setsockopt(SOL_SOCKET, sockcore.SO_TIMESTAMPING, flags)
    nobody = next(ADDRESSES)
    a.sendto(bytes(100), ("vcan0", J1939_NO_NAME, TO_A_UNIT, nobody))  # who would have to take it piece by piece
    values: list[Any] = []
    poller = select.poll()
    poller.register(a, 0)  # POLLERR is always told
    # Progress is told by ENOMSG; then comes the end.
    while not values or values[-1][0] == errno.ENOMSG:
        assert poller.poll(10_000)
        _, messages, _, _ = a.recvmsg(100, 500, sockcore.MSG_ERRQUEUE)
        values += [message[1] for message in ancillary.decode(messages) if message[0] == "SCM_J1939_ERRQUEUE"]
    number, origin, _, _, info, _ = values[-1]
    assert (number, origin) == (errno.EHOSTUNREACH, 1)  # SO_EE_ORIGIN_LOCAL
    assert info == sockcore.J1939_EE_INFO_TX_ABORT
