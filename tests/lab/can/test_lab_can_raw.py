"""CAN_RAW: filters, loopback, error frames, CAN FD, interfaces, and the flags of messages."""

from __future__ import annotations

import errno
import socket as stdlib
import struct
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore import CAN_RAW, MSG_CONFIRM, MSG_DONTROUTE, MSG_TRUNC, SOL_CAN_RAW, options
from sockcore_can import frames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Open = Callable[..., Any]
    All = Callable[[Any], list[bytes]]

EFF, RTR, ERR, INVERTED = sockcore.CAN_EFF_FLAG, sockcore.CAN_RTR_FLAG, sockcore.CAN_ERR_FLAG, sockcore.CAN_INV_FILTER
SFF_MASK, EFF_MASK = sockcore.CAN_SFF_MASK, sockcore.CAN_EFF_MASK
FDF = sockcore.CANFD_FDF


def identifiers(received: list[bytes]) -> list[int]:
    return [frames.unpack(frame)[0] for frame in received]


# ---------------------------------------------------------------------------------------------------- filters

SENT = [0x100, 0x101, 0x123, 0x200, 0x7FF, RTR | 0x123, EFF | 0x123, EFF | 0x18DAF110]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([(0, 0)], SENT),
        ([], []),
        ([(0x123, SFF_MASK)], [0x123, RTR | 0x123, EFF | 0x123]),
        ([(0x123, SFF_MASK | EFF | RTR)], [0x123]),
        ([(RTR | 0x123, SFF_MASK | EFF | RTR)], [RTR | 0x123]),
        ([(EFF | 0x18DAF110, EFF_MASK | EFF)], [EFF | 0x18DAF110]),
        ([(0x100, 0x700)], [0x100, 0x101, 0x123, RTR | 0x123, EFF | 0x123, EFF | 0x18DAF110]),
        ([(0x101, SFF_MASK), (0x7FF, SFF_MASK)], [0x101, 0x7FF]),
        ([(INVERTED | 0x123, SFF_MASK)], [0x100, 0x101, 0x200, 0x7FF, EFF | 0x18DAF110]),
    ],
)
def test_can_raw_filter_selects_frames(
    raw: Open, received: All, filters: list[tuple[int, int]], expected: list[int]
) -> None:
    sender, receiver = raw(), raw(FILTER=filters)
    for can_id in SENT:
        sender.send(frames.pack(can_id, b"x" if not can_id & RTR else b""))
    assert identifiers(received(receiver)) == expected
    # The kernel returns the filters as they were set. For a single identifier it keeps only significant bits.
    assert options.read(receiver, SOL_CAN_RAW, sockcore.CAN_RAW_FILTER) == filters


@pytest.mark.parametrize(("join", "expected"), [(0, [0x101, 0x105, 0x201, 0x1F1]), (1, [0x101, 0x1F1])])
def test_can_raw_join_filters_requires_all_matches(raw: Open, received: All, join: int, expected: list[int]) -> None:
    sender = raw()
    receiver = raw(FILTER=[(0x100, 0x700), (0x001, 0x00F)], JOIN_FILTERS=join)
    assert receiver.getsockopt(SOL_CAN_RAW, sockcore.CAN_RAW_JOIN_FILTERS) == join
    for can_id in (0x101, 0x105, 0x201, 0x202, 0x1F1):
        sender.send(frames.pack(can_id))
    received_ids = identifiers(received(receiver))
    assert sorted(set(received_ids)) == sorted(expected)
    assert len(received_ids) == len(expected)


def test_can_raw_filter_packed_bytes_select_frames(raw: Open, received: All) -> None:
    sender, receiver = raw(), raw()
    packed = struct.pack("=IIII", 0x100, SFF_MASK, 0x200, SFF_MASK)
    receiver.setsockopt(SOL_CAN_RAW, sockcore.CAN_RAW_FILTER, packed)
    assert receiver.getsockopt(SOL_CAN_RAW, sockcore.CAN_RAW_FILTER, 100) == packed
    for can_id in (0x100, 0x150, 0x200):
        sender.send(frames.pack(can_id))
    assert identifiers(received(receiver)) == [0x100, 0x200]
    with pytest.raises(OSError) as caught:
        receiver.setsockopt(SOL_CAN_RAW, sockcore.CAN_RAW_FILTER, packed[:-1])
    assert caught.value.errno == errno.EINVAL


def test_can_raw_filter_too_many_raises_einval(raw: Open) -> None:
    filters = [(number, SFF_MASK) for number in range(sockcore.CAN_RAW_FILTER_MAX)]
    receiver = raw(FILTER=filters)
    assert options.read(receiver, SOL_CAN_RAW, sockcore.CAN_RAW_FILTER) == filters  # enlarges its buffer on ERANGE
    options.write(receiver, SOL_CAN_RAW, sockcore.CAN_RAW_FILTER, filters[:128])
    assert options.read(receiver, SOL_CAN_RAW, sockcore.CAN_RAW_FILTER) == filters[:128]
    with pytest.raises(OSError) as caught:
        options.write(receiver, SOL_CAN_RAW, sockcore.CAN_RAW_FILTER, [*filters, (0, 0)])
    assert caught.value.errno == errno.EINVAL


# ---------------------------------------------------------------------------------------------------- loopback


@pytest.mark.parametrize("loopback", [0, 1])
@pytest.mark.parametrize("own", [0, 1])
def test_can_raw_loopback_selects_receivers(raw: Open, received: All, loopback: int, own: int) -> None:
    sender, other = raw(LOOPBACK=loopback, RECV_OWN_MSGS=own), raw()
    assert sender.getsockopt(SOL_CAN_RAW, sockcore.CAN_RAW_LOOPBACK) == loopback
    assert sender.getsockopt(SOL_CAN_RAW, sockcore.CAN_RAW_RECV_OWN_MSGS) == own
    sender.send(frames.pack(0x123, b"mine"))
    assert len(received(other)) == loopback
    assert len(received(sender)) == (own and loopback)


def test_recvmsg_flags_mark_own_frames(raw: Open) -> None:
    sender, other = raw(RECV_OWN_MSGS=1), raw()
    frame = frames.pack(0x123, b"mine")
    sender.send(frame)
    data, messages, flags, address = sender.recvmsg(100, 100)
    assert (data, messages, address) == (frame, [], ("vcan0",))
    assert flags & (MSG_DONTROUTE | MSG_CONFIRM) == MSG_DONTROUTE | MSG_CONFIRM  # sent by this socket
    data, _, flags, _ = other.recvmsg(100, 100)
    assert data == frame
    assert flags & (MSG_DONTROUTE | MSG_CONFIRM) == MSG_DONTROUTE  # sent by this host


def test_recvmsg_short_buffer_sets_msg_trunc(raw: Open) -> None:
    sender, receiver = raw(), raw()
    sender.send(frames.pack(0x123, b"12345678"))
    data, _, flags, _ = receiver.recvmsg(10)
    assert data == frames.pack(0x123, b"12345678")[:10]
    assert flags & MSG_TRUNC


# ---------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (0, []),
        (sockcore.CAN_ERR_MASK, [sockcore.CAN_ERR_BUSOFF, sockcore.CAN_ERR_CRTL, sockcore.CAN_ERR_ACK]),
        (sockcore.CAN_ERR_BUSOFF | sockcore.CAN_ERR_ACK, [sockcore.CAN_ERR_BUSOFF, sockcore.CAN_ERR_ACK]),
    ],
)
def test_can_raw_err_filter_selects_error_frames(raw: Open, received: All, mask: int, expected: list[int]) -> None:
    sender, receiver = raw(), raw(ERR_FILTER=mask)
    assert receiver.getsockopt(SOL_CAN_RAW, sockcore.CAN_RAW_ERR_FILTER) == mask
    for error_class in (sockcore.CAN_ERR_BUSOFF, sockcore.CAN_ERR_CRTL, sockcore.CAN_ERR_ACK):
        sender.send(frames.pack(ERR | error_class, bytes(sockcore.CAN_ERR_DLC)))
    assert identifiers(received(receiver)) == [ERR | error_class for error_class in expected]


@pytest.mark.parametrize("frame", [b"", b"x" * 15, b"x" * 17, struct.pack("=IB3x8s", 1, 9, b""), b"x" * 72])
def test_send_invalid_can_frame_raises_einval(raw: Open, frame: bytes) -> None:
    sender = raw()
    with pytest.raises(OSError) as caught:
        sender.send(frame)
    assert caught.value.errno == errno.EINVAL


def test_can_raw_errqueue_reports_time_stamp(raw: Open) -> None:
    # SOF_TIMESTAMPING_TX_SCHED, and SOF_TIMESTAMPING_SOFTWARE: a frame is reported when it is handed to the device.
    sender = raw()
    sender.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_TIMESTAMPING, 1 << 8 | 1 << 4)
    sender.send(frames.pack(0x123, b"when"))
    _, messages, flags, _ = sender.recvmsg(100, 300, sockcore.MSG_ERRQUEUE)
    assert flags & sockcore.MSG_ERRQUEUE
    decoded = sockcore.ancillary.decode(messages)
    [value] = [message[1] for message in decoded if message[0] == "SCM_CAN_RAW_ERRQUEUE"]
    assert value[0] == errno.ENOMSG
    assert value[1] == 4  # SO_EE_ORIGIN_TIMESTAMPING


# ---------------------------------------------------------------------------------------------------- CAN FD


def test_can_raw_fd_frames_enables_can_fd(raw: Open, received: All) -> None:
    plain, fd = raw(), raw(FD_FRAMES=1)
    assert plain.getsockopt(SOL_CAN_RAW, sockcore.CAN_RAW_FD_FRAMES) == 0
    long = frames.pack(0x123, b"f" * 64, FDF)
    with pytest.raises(OSError) as caught:
        plain.send(long)
    assert caught.value.errno == errno.EINVAL
    fd.send(long)
    fd.send(frames.pack(0x124, b"classic"))
    assert identifiers(received(plain)) == [0x124]
    # A socket with CAN_RAW_FD_FRAMES receives both CAN FD and classic frames.
    plain.send(frames.pack(0x125, b"classic"))
    another = raw(FD_FRAMES=1)
    fd.send(long)
    plain.send(frames.pack(0x126, b"classic"))
    assert [frames.unpack(frame) for frame in received(another)] == [
        (0x123, b"f" * 64, FDF),
        (0x126, b"classic", 0),
    ]


@pytest.mark.parametrize("size", [0, 1, 8, 9, 12, 16, 48, 63, 64])
def test_can_fd_frames_of_all_lengths_are_delivered(raw: Open, size: int) -> None:
    sender, receiver = raw(FD_FRAMES=1), raw(FD_FRAMES=1)
    sender.send(frames.pack(EFF | 0x1FFFFFFF, b"f" * size, FDF | sockcore.CANFD_BRS))
    frame = receiver.recv(100)
    assert len(frame) == sockcore.CANFD_MTU
    can_id, data, flags = frames.unpack(frame)
    assert (can_id, data, flags & sockcore.CANFD_BRS) == (EFF | 0x1FFFFFFF, b"f" * size, sockcore.CANFD_BRS)


# ---------------------------------------------------------------------------------------------------- interfaces


def test_bind_empty_interface_receives_from_all(raw: Open) -> None:
    everywhere, first, second = raw(""), raw("vcan0"), raw("vcan1")
    assert everywhere.getsockname() == ("",)
    assert first.getsockname() == ("vcan0",)
    first.send(frames.pack(0x100, b"first"))
    second.send(frames.pack(0x101, b"second"))
    assert everywhere.recvfrom(100) == (frames.pack(0x100, b"first"), ("vcan0",))
    assert everywhere.recvfrom(100) == (frames.pack(0x101, b"second"), ("vcan1",))


@pytest.mark.parametrize("bound", [True, False])
def test_sendto_interface_selects_bus(can: Open, raw: Open, received: All, bound: bool) -> None:
    sender = can(CAN_RAW, ("",) if bound else None)
    first, second = raw("vcan0"), raw("vcan1")
    assert sender.sendto(frames.pack(0x100), ("vcan0",)) == 16
    assert sender.sendto(frames.pack(0x101), 0, ("vcan1",)) == 16
    assert sender.sendmsg([frames.pack(0x102)], [], 0, ("vcan1",)) == 16
    assert identifiers(received(first)) == [0x100]
    assert identifiers(received(second)) == [0x101, 0x102]
    for call in (lambda: sender.send(frames.pack(1)), lambda: sender.sendto(frames.pack(1), ("",))):
        with pytest.raises(OSError) as caught:  # without an interface
            call()
        assert caught.value.errno == errno.ENXIO


def test_sendto_received_address_reaches_sender(raw: Open) -> None:
    everywhere, other = raw(""), raw("vcan1")
    other.send(frames.pack(0x100, b"ask"))
    _, address = everywhere.recvfrom(100)
    everywhere.sendto(frames.pack(0x101, b"answer"), address)
    assert other.recvfrom(100) == (frames.pack(0x101, b"answer"), ("vcan1",))


@pytest.mark.parametrize("address", [("lo",), ("nosuch0",), ("x" * 15,), ("x" * 16,), (b"vcan0",), ("vcan0\0",), ("",)])
def test_can_raw_bind_matches_standard_library(address: Any) -> None:
    outcomes = []
    for module in (stdlib, sockcore):
        with module.socket(module.AF_CAN, module.SOCK_RAW, module.CAN_RAW) as sock:
            try:
                outcomes.append(sock.bind(address) or sock.getsockname())
            except Exception as exc:
                outcomes.append((type(exc), str(exc), exc.args))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("proto", [3, 4, 5, 8, 99])
def test_socket_unsupported_can_protocol_raises(proto: int) -> None:
    with pytest.raises(OSError) as caught:
        sockcore.socket(sockcore.AF_CAN, sockcore.SOCK_RAW, proto)
    assert caught.value.errno in (errno.EPROTONOSUPPORT, errno.EINVAL)


@pytest.fixture
def vcan9() -> Iterator[Callable[..., None]]:
    """Create an interface; return a function that runs ip-link(8)."""

    def link(*words: str) -> None:
        subprocess.run(["ip", "link", *words], check=True, capture_output=True)

    link("add", "vcan9", "type", "vcan")
    link("set", "vcan9", "up")
    yield link
    subprocess.run(["ip", "link", "del", "vcan9"], check=False, capture_output=True)


def test_interface_down_raises_enetdown(raw: Open, vcan9: Callable[..., None]) -> None:
    sock = raw("vcan9")
    vcan9("set", "vcan9", "down")
    for call in (lambda: sock.recv(100), lambda: sock.send(frames.pack(1))):
        with pytest.raises(OSError) as caught:
            call()
        assert caught.value.errno == errno.ENETDOWN
    vcan9("set", "vcan9", "up")
    raw("vcan9").send(frames.pack(0x123))
    assert sock.recvfrom(100) == (frames.pack(0x123), ("vcan9",))


def test_interface_removed_raises_and_keeps_queue(raw: Open, vcan9: Callable[..., None]) -> None:
    sock, everywhere = raw("vcan9"), raw("")
    raw("vcan9").send(frames.pack(0x123))
    vcan9("del", "vcan9")
    # The frame is still in the queue, but the kernel cannot report its interface.
    assert everywhere.recvfrom(100) == (frames.pack(0x123), ("",))
    with pytest.raises(OSError) as caught:
        sock.recv(100)
    assert caught.value.errno in (errno.ENODEV, errno.ENETDOWN)
    assert sock.getsockname() in (("",), ("vcan9",))
