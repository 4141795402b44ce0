"""CAN XL on CAN_RAW sockets: frames of all sizes, mixed traffic, filters, and the VCID. Linux 6.1, VCID Linux 6.9."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore import SOL_CAN_RAW, options
from sockcore_can import canxl, frames

if TYPE_CHECKING:
    from collections.abc import Callable

    Open = Callable[..., Any]
    All = Callable[[Any], list[bytes]]

FDF = sockcore.CANFD_FDF
VCID_OPTS = sockcore.CAN_RAW_XL_VCID_OPTS
TX_SET, TX_PASS = sockcore.CAN_RAW_XL_VCID_TX_SET, sockcore.CAN_RAW_XL_VCID_TX_PASS
RX_FILTER = sockcore.CAN_RAW_XL_VCID_RX_FILTER

pytestmark = pytest.mark.usefixtures("vcan_xl")


@pytest.mark.parametrize("size", [1, 4, 8, 60, 64, 65, 1024, 2047, 2048])
def test_canxl_frames_of_all_lengths_are_delivered(xl: Open, size: int) -> None:
    sender, receiver = xl(), xl()
    assert sender.getsockopt(SOL_CAN_RAW, sockcore.CAN_RAW_XL_FRAMES) == 1
    frame = canxl.Frame(0x7FF, bytes(i & 0xFF for i in range(size)), sdt=3, af=0xFEDCBA98)
    assert sender.send(canxl.pack(*frame)) == size + sockcore.CANXL_HDR_SIZE
    data, address = receiver.recvfrom(sockcore.CANXL_MTU)
    assert address == ("vcanxl",)
    assert canxl.is_canxl(data)
    assert canxl.unpack(data) == frame


def test_canxl_flags_are_delivered(xl: Open) -> None:
    sender, receiver = xl(), xl()
    flags = sockcore.CANXL_XLF | sockcore.CANXL_SEC | sockcore.CANXL_RRS
    sender.send(canxl.pack(0, b"flags", flags=flags))
    assert canxl.unpack(receiver.recv(5000)) == (0, b"flags", 0, 0, 0, flags)


def test_mixed_frames_reach_sockets_that_enabled_them(raw: Open, xl: Open, received: All) -> None:
    classic, fd, both = raw("vcanxl"), raw("vcanxl", FD_FRAMES=1), xl()
    sender = xl(FD_FRAMES=1)
    sent = [
        frames.pack(0x101, b"1234"),
        canxl.pack(0x102, b"1234"),  # as many bytes as the classic frame
        frames.pack(0x103, b"f" * 64, FDF),
        canxl.pack(0x104, b"x" * 60),  # as many bytes as the CAN FD frame
        frames.pack(0x105, b""),
        canxl.pack(0x106, b"x" * 2048),
    ]
    for frame in sent:
        assert sender.send(frame) == len(frame)
    assert [len(frame) for frame in sent] == [16, 16, 72, 72, 16, 2060]
    assert received(both) == sent  # CAN XL includes CAN FD
    assert received(fd) == [sent[0], sent[2], sent[4]]
    assert received(classic) == [sent[0], sent[4]]
    assert [canxl.is_canxl(frame) for frame in sent] == [False, True] * 3


def test_can_raw_filter_selects_canxl_priority(xl: Open, received: All) -> None:
    sender, receiver = xl(), xl(FILTER=[(0x120, 0x7F0)])
    for priority in (0x11F, 0x120, 0x12F, 0x130):
        sender.send(canxl.pack(priority, b"%d" % priority))
    assert [canxl.unpack(frame).priority for frame in received(receiver)] == [0x120, 0x12F]


def test_canxl_own_frames_are_marked(xl: Open) -> None:
    sender = xl(RECV_OWN_MSGS=1)
    frame = canxl.pack(0x123, b"mine" * 500)
    assert sender.sendmsg([frame[:12], frame[12:]]) == len(frame)
    data, _, flags, address = sender.recvmsg(5000)
    assert (data, address) == (frame, ("vcanxl",))
    assert flags & sockcore.MSG_CONFIRM


@pytest.mark.parametrize(
    "frame",
    [
        canxl.pack(1, b"x" * 100)[:-1],
        canxl.pack(1, b"x" * 100) + b"x",
        canxl.pack(1, b"x" * 2048) + b"x",
        canxl.pack(1, b"x")[:-1],
    ],
)
def test_send_invalid_canxl_frame_raises_einval(xl: Open, frame: bytes) -> None:
    with pytest.raises(OSError) as caught:
        xl().send(frame)
    assert caught.value.errno == errno.EINVAL


def test_send_canxl_without_option_or_mtu_raises_einval(raw: Open, xl: Open) -> None:
    for sock in (raw("vcanxl", FD_FRAMES=1), xl("vcan0")):
        with pytest.raises(OSError) as caught:
            sock.send(canxl.pack(1, b"x" * 100))
        assert caught.value.errno == errno.EINVAL


# ---------------------------------------------------------------------------------------------------- VCID


def test_vcid_without_options_is_zero(xl: Open) -> None:
    sender, receiver = xl(), xl(vcid=(RX_FILTER, 0, 0, 0))  # mask 0: any VCID
    sender.send(canxl.pack(0x123, b"x", vcid=0x42))
    assert canxl.unpack(receiver.recv(5000)).vcid == 0


def test_vcid_tx_set_and_tx_pass_select_sent_vcid(xl: Open, received: All) -> None:
    receiver = xl(vcid=(RX_FILTER, 0, 0, 0))
    values = (TX_SET, 0x17, 0, 0), (TX_PASS, 0, 0, 0), (TX_SET | TX_PASS, 0x17, 0, 0)
    for value in values:
        sender = xl(vcid=value)
        assert options.read(sender, SOL_CAN_RAW, VCID_OPTS) == value
        sender.send(canxl.pack(0x123, b"x", vcid=0x42))
    assert [canxl.unpack(frame)[:5] for frame in received(receiver)] == [
        (0x123, b"x", 0, 0, 0x17),
        (0x123, b"x", 0, 0, 0x42),
        (0x123, b"x", 0, 0, 0x17),
    ]


def test_vcid_rx_filter_selects_received_frames(xl: Open, received: All) -> None:
    sender = xl(vcid=(TX_PASS, 0, 0, 0))
    default, one, upper = xl(), xl(vcid=(RX_FILTER, 0, 0x42, 0xFF)), xl(vcid=(RX_FILTER, 0, 0x40, 0xF0))
    for vcid in (0, 0x41, 0x42, 0x52):
        sender.send(canxl.pack(0x123, b"x", vcid=vcid))
    for sock, expected in ((default, [0]), (one, [0x42]), (upper, [0x41, 0x42])):
        assert [canxl.unpack(frame).vcid for frame in received(sock)] == expected


def test_vcid_options_are_read_back(xl: Open) -> None:
    sock = xl(vcid=(TX_SET | RX_FILTER, 1, 2, 0xFE))
    assert options.read(sock, SOL_CAN_RAW, VCID_OPTS) == (TX_SET | RX_FILTER, 1, 2, 0xFE)
    with pytest.raises(OverflowError):
        options.write(sock, SOL_CAN_RAW, VCID_OPTS, (TX_SET, 256, 0, 0))
    with pytest.raises(OSError) as caught:
        sock.setsockopt(SOL_CAN_RAW, VCID_OPTS, bytes(3))
    assert caught.value.errno == errno.EINVAL
