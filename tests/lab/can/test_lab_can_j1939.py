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
TO_A_UNIT, TO_ALL = 0xEF00, 0xFEF1  # parameter groups with and without a destination address


@pytest.fixture
def unit(can: Open) -> Open:
    """Return an opener of sockets with new addresses, for one parameter group or all."""

    def open_unit(pgn: int = J1939_NO_PGN, interface: str = "vcan0") -> Any:
        sock = can(CAN_J1939)
        sock.setsockopt(SOL_SOCKET, sockcore.SO_BROADCAST, 1)
        sock.bind((interface, J1939_NO_NAME, pgn, next(ADDRESSES)))
        return sock

    return open_unit


def address_of(sock: Any) -> int:
    address: int = sock.getsockname()[3]
    return address


def unit_address(sock: Any, pgn: int = TO_A_UNIT) -> tuple[str, int, int, int]:
    return "vcan0", J1939_NO_NAME, pgn, address_of(sock)


def broadcast_address(pgn: int = TO_ALL) -> tuple[str, int, int, int]:
    return "vcan0", J1939_NO_NAME, pgn, J1939_NO_ADDR


@pytest.mark.parametrize("size", [1, 8, 9, 100, 1785, 1786, 5000])
def test_j1939_messages_of_all_lengths_are_delivered(unit: Open, size: int) -> None:
    # One frame carries up to 8 bytes, the transport protocol up to 1785, the extended transport protocol more.
    a, b = unit(), unit()
    message = bytes(number % 251 for number in range(size))
    assert a.sendto(message, unit_address(b)) == size
    data, address = b.recvfrom(10_000)
    assert data == message
    # The kernel does not report the interface of a message in several frames.
    assert address == ("vcan0" if size <= 8 else "", J1939_NO_NAME, TO_A_UNIT, address_of(a))
    assert b.sendto(b"thanks", address) == 6
    assert a.recvfrom(100)[0] == b"thanks"


def test_j1939_short_message_is_sent_as_frame(unit: Open, raw: Open) -> None:
    listener = raw()
    a, b = unit(), unit()
    a.sendto(b"frame", unit_address(b))
    can_id, data, _ = frames.unpack(listener.recv(100))
    assert data == b"frame"
    assert can_id == sockcore.CAN_EFF_FLAG | 6 << 26 | TO_A_UNIT << 8 | address_of(b) << 8 | address_of(a)


def test_j1939_getsockname_returns_address(unit: Open, can: Open) -> None:
    a, b = unit(), unit(TO_ALL)
    assert a.getsockname() == ("vcan0", J1939_NO_NAME, J1939_NO_PGN, address_of(a))
    assert b.getsockname() == ("vcan0", J1939_NO_NAME, J1939_NO_PGN, address_of(b))  # without its PGN
    fresh = can(CAN_J1939)
    assert fresh.getsockname() == ("", J1939_NO_NAME, J1939_NO_PGN, J1939_NO_ADDR)
    with pytest.raises(OSError) as caught:
        fresh.getpeername()
    assert caught.value.errno == errno.EADDRNOTAVAIL
    a.connect(unit_address(b))
    assert a.getpeername()[3] == address_of(b)
    assert a.send(b"connected") == 9


@pytest.mark.parametrize(
    ("address", "number"),
    [
        (("vcan0", 0, 0xEF01, 0x20), errno.EINVAL),  # PDU1 format, with the destination in the PGN
        (("", 0, J1939_NO_PGN, 0x20), errno.ENODEV),
        (("lo", 0, J1939_NO_PGN, 0x20), errno.ENODEV),
        (("nosuch0", 0, J1939_NO_PGN, 0x20), errno.ENODEV),
    ],
)
def test_j1939_bind_invalid_address_raises_os_error(can: Open, address: Any, number: int) -> None:
    with pytest.raises(OSError) as caught:
        can(CAN_J1939, address)
    assert caught.value.errno == number


def test_j1939_broadcast_reaches_other_units(unit: Open, can: Open, received: All) -> None:
    a, others = unit(), [unit(), unit()]
    assert a.sendto(b"to all", broadcast_address()) == 6
    for other in others:
        data, messages, _, address = other.recvmsg(100, 100)
        assert (data, address) == (b"to all", ("vcan0", J1939_NO_NAME, TO_ALL, address_of(a)))
        assert dict(ancillary.decode(messages))["SCM_J1939_PRIO"] == 6
    assert received(a) == []
    long = bytes(range(100))  # BAM: an announcement, then data without flow control
    a.sendto(long, broadcast_address())
    assert [other.recv(1000) for other in others] == [long, long]
    without_broadcast = can(CAN_J1939, ("vcan0", J1939_NO_NAME, J1939_NO_PGN, next(ADDRESSES)))
    with pytest.raises(PermissionError):
        without_broadcast.sendto(b"to all", broadcast_address())


def test_j1939_bind_pgn_receives_parameter_group_only(unit: Open, received: All) -> None:
    a, selective, unfiltered = unit(), unit(0xFEF2), unit()
    for number in range(3):
        a.sendto(b"%d" % number, broadcast_address(0xFEF1 + number))
    assert received(selective) == [b"1"]
    assert received(unfiltered) == [b"0", b"1", b"2"]


def test_j1939_filter_selects_messages(unit: Open, received: All) -> None:
    a, other, receiver = unit(), unit(), unit()
    by_pgn = (0, 0, 0xFEF2, sockcore.J1939_PGN_MAX, 0, 0)
    by_source = (0, 0, 0, 0, address_of(other), 0xFF)
    options.write(receiver, SOL_CAN_J1939, sockcore.SO_J1939_FILTER, [by_pgn, by_source])
    for pgn in (0xFEF1, 0xFEF2, 0xFEF3):
        a.sendto(b"a%x" % pgn, broadcast_address(pgn))
        other.sendto(b"b%x" % pgn, broadcast_address(pgn))
    assert received(receiver) == [b"bfef1", b"afef2", b"bfef2", b"bfef3"]
    options.write(receiver, SOL_CAN_J1939, sockcore.SO_J1939_FILTER, [])
    a.sendto(b"all", broadcast_address())
    assert received(receiver) == [b"all"]
    with pytest.raises(OSError):  # the kernel does not return the filters
        options.read(receiver, SOL_CAN_J1939, sockcore.SO_J1939_FILTER)


@pytest.mark.parametrize("priority", [0, 3, 6, 7])
def test_j1939_send_prio_sets_priority(unit: Open, raw: Open, priority: int) -> None:
    listener = raw()
    a, b = unit(), unit()
    a.setsockopt(SOL_CAN_J1939, sockcore.SO_J1939_SEND_PRIO, priority)
    assert a.getsockopt(SOL_CAN_J1939, sockcore.SO_J1939_SEND_PRIO) == priority
    a.sendto(b"urgent?", unit_address(b))
    assert frames.unpack(listener.recv(100))[0] >> 26 & 7 == priority
    data, messages, flags, _ = b.recvmsg(100, 100)
    assert (data, flags & sockcore.MSG_CTRUNC) == (b"urgent?", 0)
    assert (SOL_CAN_J1939, sockcore.SCM_J1939_PRIO, bytes((priority,))) in messages
    assert dict(ancillary.decode(messages)) == {
        "SCM_J1939_DEST_ADDR": address_of(b),
        "SCM_J1939_PRIO": priority,
    }


def test_j1939_promisc_receives_messages_to_others(unit: Open, can: Open) -> None:
    a, b = unit(), unit()
    listener = can(CAN_J1939)
    listener.setsockopt(SOL_CAN_J1939, sockcore.SO_J1939_PROMISC, 1)
    listener.bind(("vcan0", J1939_NO_NAME, J1939_NO_PGN, J1939_NO_ADDR))
    a.sendto(b"to b", unit_address(b))
    assert listener.recvfrom(100) == (b"to b", ("vcan0", J1939_NO_NAME, TO_A_UNIT, address_of(a)))


def try_send_to_name(sock: Any, name: int) -> bool:
    """Send to the unit with a name; return False if the kernel has no address for it."""
    try:
        sock.sendto(b"to a name", ("vcan0", name, TO_A_UNIT, J1939_NO_ADDR))
    except OSError as exc:
        if exc.errno != errno.EADDRNOTAVAIL:
            raise
        return False
    return True


def test_j1939_address_claim_makes_name_reachable(can: Open, unit: Open) -> None:
    name, address = 0xA00C81045A20021B, next(ADDRESSES)
    named = can(CAN_J1939)
    named.setsockopt(SOL_SOCKET, sockcore.SO_BROADCAST, 1)
    named.bind(("vcan0", name, J1939_NO_PGN, address))
    assert named.getsockname() == ("vcan0", name, J1939_NO_PGN, address)
    claim = broadcast_address(sockcore.J1939_PGN_ADDRESS_CLAIMED)
    named.sendto(struct.pack("<Q", name), claim)
    other = unit()
    # The claim takes effect after a quarter of a second.
    deadline = time.monotonic() + 60
    while not try_send_to_name(other, name):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    data, messages, _, source = named.recvmsg(100, 100)
    assert data == b"to a name"
    assert source[3] == address_of(other)
    assert dict(ancillary.decode(messages))["SCM_J1939_DEST_NAME"] == name
    named.sendto(b"from a name", unit_address(other))
    assert other.recvfrom(100) == (b"from a name", ("", name, TO_A_UNIT, address))


def test_j1939_errqueue_reports_failed_transmission(unit: Open) -> None:
    a = unit()
    a.setsockopt(SOL_CAN_J1939, sockcore.SO_J1939_ERRQUEUE, 1)
    # SOF_TIMESTAMPING_TX_SCHED, _TX_ACK, _SOFTWARE, _OPT_CMSG, _OPT_STATS, _OPT_TSONLY, _OPT_ID
    flags = 1 << 8 | 1 << 9 | 1 << 4 | 1 << 10 | 1 << 12 | 1 << 11 | 1 << 7
    a.setsockopt(SOL_SOCKET, sockcore.SO_TIMESTAMPING, flags)
    unused = next(ADDRESSES)
    a.sendto(bytes(100), ("vcan0", J1939_NO_NAME, TO_A_UNIT, unused))  # needs flow control from the receiver
    values: list[Any] = []
    poller = select.poll()
    poller.register(a, 0)  # poll always reports POLLERR
    # The kernel reports progress with ENOMSG, and then the result.
    while not values or values[-1][0] == errno.ENOMSG:
        assert poller.poll(60_000)
        _, messages, _, _ = a.recvmsg(100, 500, sockcore.MSG_ERRQUEUE)
        values += [message[1] for message in ancillary.decode(messages) if message[0] == "SCM_J1939_ERRQUEUE"]
    number, origin, _, _, info, _, _ = values[-1]
    assert (number, origin) == (errno.EHOSTUNREACH, 1)  # SO_EE_ORIGIN_LOCAL
    assert info == sockcore.J1939_EE_INFO_TX_ABORT
