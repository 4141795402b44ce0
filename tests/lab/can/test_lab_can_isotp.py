"""CAN_ISOTP: long messages, identifiers, options, and the frames on the bus."""

from __future__ import annotations

import errno
import itertools
import socket as stdlib
import time
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore import CAN_ISOTP, SOL_CAN_ISOTP, options
from sockcore_can import frames

if TYPE_CHECKING:
    from collections.abc import Callable

    Open = Callable[..., Any]
    All = Callable[[Any], list[bytes]]

EFF, RTR, ERR = sockcore.CAN_EFF_FLAG, sockcore.CAN_RTR_FLAG, sockcore.CAN_ERR_FLAG
IDENTIFIERS = itertools.count(0x400, 2)


@pytest.fixture
def pair(can: Open) -> Open:
    """Return a function that opens two sockets that are peers, with the same options."""

    def open_pair(rx_addr: int = 0, tx_addr: int = 0, interface: str = "vcan0", **values: Any) -> tuple[Any, Any]:
        rx_addr = rx_addr or next(IDENTIFIERS)
        tx_addr = tx_addr or rx_addr + 1
        sockets = can(CAN_ISOTP), can(CAN_ISOTP)
        for sock, rx, tx in ((sockets[0], rx_addr, tx_addr), (sockets[1], tx_addr, rx_addr)):
            for name, value in values.items():
                options.write(sock, SOL_CAN_ISOTP, getattr(sockcore, f"CAN_ISOTP_{name}"), value)
            sock.bind((interface, rx, tx))
        return sockets

    return open_pair


@pytest.mark.parametrize("size", [1, 7, 8, 62, 63, 100, 4095])
@pytest.mark.parametrize(
    ("rx_addr", "tx_addr"), [(0, 0), (EFF | 0x18DA10F1, EFF | 0x18DAF110), (EFF | 1, 1), (0x7FF, 1)]
)
def test_isotp_messages_of_all_lengths_are_delivered(pair: Open, rx_addr: int, tx_addr: int, size: int) -> None:
    a, b = pair(rx_addr, tx_addr)
    message = bytes(number % 251 for number in range(size))
    assert a.send(message) == size
    assert b.recv(5000) == message
    assert b.send(message[::-1]) == size
    assert a.recv(5000) == message[::-1]


def test_isotp_getsockname_returns_identifiers(pair: Open, can: Open) -> None:
    a, b = pair(0x123, EFF | 0x123)
    assert a.getsockname() == ("vcan0", 0x123, EFF | 0x123)
    assert b.getsockname() == ("vcan0", EFF | 0x123, 0x123)
    assert can(CAN_ISOTP).getsockname() == ("", 0, 0)
    assert "laddr=('vcan0', 291," in repr(a)


@pytest.mark.parametrize(
    ("address", "number"),
    [
        (("vcan0", 0x800, 0x100), errno.EINVAL),  # 12 bits without CAN_EFF_FLAG
        (("vcan0", 0x100, 0x12345), errno.EINVAL),
        (("vcan0", RTR | 0x100, 0x101), errno.EINVAL),
        (("vcan0", 0x100, ERR | 0x101), errno.EINVAL),
        (("vcan0", 0x100, 0x100), errno.EADDRNOTAVAIL),
        (("vcan0", 2**32 - 1, 1), errno.EINVAL),
        (("", 0x100, 0x101), errno.ENODEV),
        (("lo", 0x100, 0x101), errno.ENODEV),
        (("nosuch0", 0x100, 0x101), errno.ENODEV),
    ],
)
def test_isotp_bind_invalid_address_raises_os_error(address: Any, number: int) -> None:
    for module in (stdlib, sockcore):
        if not hasattr(module, "CAN_ISOTP"):
            continue
        with module.socket(module.AF_CAN, module.SOCK_DGRAM, module.CAN_ISOTP) as sock:
            with pytest.raises(OSError) as caught:
                sock.bind(address)
            assert caught.value.errno in (number, errno.EADDRNOTAVAIL)


def test_isotp_long_message_is_sent_in_segments(pair: Open, raw: Open, received: All) -> None:
    listener = raw()
    a, b = pair(0x3A0, 0x3A1)
    a.send(b"0123456789")
    assert b.recv(100) == b"0123456789"
    # ISO 15765-2: a first frame with the length, flow control from the receiver, consecutive frames.
    assert [frames.unpack(frame)[:2] for frame in received(listener)] == [
        (0x3A1, b"\x10\x0a012345"),
        (0x3A0, b"\x30\x00\x00"),
        (0x3A1, b"\x216789"),
    ]
    a.send(b"short")
    assert b.recv(100) == b"short"
    assert frames.unpack(listener.recv(100))[:2] == (0x3A1, b"\x05short")


def test_isotp_options_values_are_read_back(can: Open) -> None:
    sock = can(CAN_ISOTP)
    fresh = (0, sockcore.CAN_ISOTP_DEFAULT_FRAME_TXTIME, 0, 0xCC, 0xCC, 0)
    assert options.read(sock, SOL_CAN_ISOTP, sockcore.CAN_ISOTP_OPTS) == fresh
    flags = sockcore.CAN_ISOTP_TX_PADDING | sockcore.CAN_ISOTP_RX_EXT_ADDR
    for number, value in (
        (sockcore.CAN_ISOTP_OPTS, (flags, 20_000, 1, 0xAA, 0xBB, 2)),
        (sockcore.CAN_ISOTP_RECV_FC, (8, 0xF5, 2)),
        (sockcore.CAN_ISOTP_LL_OPTS, (sockcore.CANFD_MTU, 32, sockcore.CANFD_BRS)),
        (sockcore.CAN_ISOTP_TX_STMIN, 3_000_000_000),
        (sockcore.CAN_ISOTP_RX_STMIN, 5),
    ):
        options.write(sock, SOL_CAN_ISOTP, number, value)
        assert options.read(sock, SOL_CAN_ISOTP, number) == value
    with pytest.raises(OSError, match="Invalid argument"):
        options.write(sock, SOL_CAN_ISOTP, sockcore.CAN_ISOTP_LL_OPTS, (17, 8, 0))
    sock.bind(("vcan0", 0x3B0, 0x3B1))
    with pytest.raises(OSError) as caught:  # these options must be set before bind
        options.write(sock, SOL_CAN_ISOTP, sockcore.CAN_ISOTP_RECV_FC, (0, 0, 0))
    assert caught.value.errno == errno.EISCONN


def test_isotp_recv_fc_limits_sender(pair: Open, raw: Open, received: All) -> None:
    listener = raw()
    a, b = pair(0x3C0, 0x3C1, RECV_FC=(2, 5, 0))  # flow control after two frames, 5 ms between frames
    began = time.monotonic()
    a.send(bytes(40))
    assert b.recv(100) == bytes(40)
    assert time.monotonic() - began >= 0.009  # consecutive frames in groups of two, two and one
    control = [frame for frame in map(frames.unpack, received(listener)) if frame[0] == 0x3C0]
    assert [data for _, data, _ in control] == [b"\x30\x02\x05"] * 3


def test_isotp_tx_padding_fills_frame(pair: Open, raw: Open) -> None:
    listener = raw()
    a, b = pair(0x3D0, 0x3D1, OPTS=(sockcore.CAN_ISOTP_TX_PADDING, 0, 0, 0xAA, 0, 0))
    a.send(b"ab")
    assert b.recv(100) == b"ab"
    assert frames.unpack(listener.recv(100))[1] == b"\x02ab" + b"\xaa" * 5


def test_isotp_extend_addr_adds_address_byte(pair: Open, raw: Open) -> None:
    # The first byte of each frame is an address, here the same in both directions.
    listener = raw()
    a, b = pair(0x3E0, 0x3E1, OPTS=(sockcore.CAN_ISOTP_EXTEND_ADDR, 0, 0xF1, 0, 0, 0))
    a.send(b"ab")
    assert b.recv(100) == b"ab"
    assert frames.unpack(listener.recv(100))[1] == b"\xf1\x02ab"


def test_isotp_ll_opts_sends_can_fd_frames(pair: Open, raw: Open) -> None:
    listener = raw(FD_FRAMES=1)
    a, b = pair(EFF | 0x3F0, EFF | 0x3F1, LL_OPTS=(sockcore.CANFD_MTU, 64, sockcore.CANFD_BRS))
    message = bytes(range(200))
    a.send(message)
    assert b.recv(1000) == message
    frame = listener.recv(100)
    assert len(frame) == sockcore.CANFD_MTU
    can_id, data, _ = frames.unpack(frame)
    assert (can_id, data) == (EFF | 0x3F1, b"\x10\xc8" + message[:62])


def test_isotp_broadcast_reaches_all_units(can: Open) -> None:
    # A broadcast in a single frame, without flow control and without an address to receive from.
    broadcaster = can(CAN_ISOTP)
    options.write(broadcaster, SOL_CAN_ISOTP, sockcore.CAN_ISOTP_OPTS, (sockcore.CAN_ISOTP_SF_BROADCAST, 0, 0, 0, 0, 0))
    broadcaster.bind(("vcan0", 0, 0x7DF))
    units = [can(CAN_ISOTP, ("vcan0", 0x7DF, 0x7E8 + number)) for number in range(2)]
    broadcaster.send(b"\x02\x01\x00")
    assert [unit.recv(100) for unit in units] == [b"\x02\x01\x00"] * 2


def test_isotp_send_without_flow_control_raises(can: Open) -> None:
    sock = can(CAN_ISOTP)
    options.write(sock, SOL_CAN_ISOTP, sockcore.CAN_ISOTP_OPTS, (sockcore.CAN_ISOTP_WAIT_TX_DONE, 0, 0, 0, 0, 0))
    sock.bind(("vcan0", 0x3F8, 0x3F9))
    assert sock.send(b"short") == 5  # needs no answer
    sock.settimeout(None)
    with pytest.raises(OSError) as caught:
        sock.send(bytes(100))  # needs flow control, and waits a second for it
    assert caught.value.errno in (errno.ECOMM, errno.ETIMEDOUT)


def test_isotp_interfaces_are_separate_buses(pair: Open) -> None:
    first, second = pair(0x700, 0x701), pair(0x700, 0x701, "vcan1")
    first[0].send(b"on the first")
    second[0].send(b"on the second")
    assert first[1].recvfrom(100) == (b"on the first", ("vcan0", 0, 0))
    assert second[1].recvfrom(100) == (b"on the second", ("vcan1", 0, 0))
