"""CAN_BCM: cyclic transmission, changes of content, timeouts, and frames of CAN FD."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore import CAN_BCM
from sockcore_can import bcm, frames

if TYPE_CHECKING:
    from collections.abc import Callable

    Open = Callable[..., Any]
    All = Callable[[Any], list[bytes]]

START = sockcore.CAN_BCM_SETTIMER | sockcore.CAN_BCM_STARTTIMER
FDF = sockcore.CANFD_FDF


@pytest.fixture
def manager(can: Open) -> Open:
    def open_manager(interface: str = "vcan0") -> Any:
        sock = can(CAN_BCM)
        sock.connect((interface,))
        return sock

    return open_manager


def send_command(sock: Any, opcode: int, can_id: int, *parts: Any, **fields: Any) -> None:
    message = bcm.pack(opcode, can_id, *parts, **fields)
    assert sock.send(message) == len(message)


def test_bcm_tx_setup_sends_frame_periodically(manager: Open, raw: Open, received: All) -> None:
    sock, listener = manager(), raw()
    frame = frames.pack(0x111, b"tick")
    began = time.monotonic()
    send_command(sock, sockcore.CAN_BCM_TX_SETUP, 0x111, [frame], START, ival2=0.02)
    for _ in range(5):
        assert listener.recvfrom(100) == (frame, ("vcan0",))
    assert time.monotonic() - began >= 0.06
    # Change the data, but not the timer.
    changed = frames.pack(0x111, b"tock")
    send_command(sock, sockcore.CAN_BCM_TX_SETUP, 0x111, [changed])
    while listener.recv(100) == frame:
        pass
    assert listener.recv(100) == changed
    send_command(sock, sockcore.CAN_BCM_TX_DELETE, 0x111)
    received(listener)
    time.sleep(0.1)
    assert received(listener) == []


def test_bcm_tx_setup_repeats_sequence_of_frames(manager: Open, raw: Open) -> None:
    sock, listener = manager(), raw()
    sequence = [frames.pack(0x112, bytes([number])) for number in range(3)]
    send_command(sock, sockcore.CAN_BCM_TX_SETUP, 0x112, sequence, START, ival2=0.005)
    received_frames = [listener.recv(100) for _ in range(6)]
    assert sorted(received_frames) == sorted(sequence * 2)
    start = sequence.index(received_frames[0])
    assert received_frames == [sequence[(start + number) % 3] for number in range(6)]


def test_bcm_tx_countevt_reports_last_frame(manager: Open, raw: Open, received: All) -> None:
    sock, listener = manager(), raw()
    frame = frames.pack(0x113, b"x")
    flags = START | sockcore.CAN_BCM_TX_COUNTEVT
    send_command(sock, sockcore.CAN_BCM_TX_SETUP, 0x113, [frame], flags, count=3, ival1=0.01)
    opcode, can_id, *_ = bcm.unpack(sock.recv(1000))
    assert (opcode, can_id) == (sockcore.CAN_BCM_TX_EXPIRED, 0x113)
    time.sleep(0.05)
    assert received(listener) == [frame] * 3


def test_bcm_tx_read_returns_task(manager: Open) -> None:
    sock = manager()
    frame = frames.pack(0x114, b"status")
    send_command(
        sock, sockcore.CAN_BCM_TX_SETUP, 0x114, [frame], sockcore.CAN_BCM_SETTIMER, count=7, ival1=0.25, ival2=1.5
    )
    send_command(sock, sockcore.CAN_BCM_TX_READ, 0x114)
    message = bcm.unpack(sock.recv(1000))
    assert message[:3] == (sockcore.CAN_BCM_TX_STATUS, 0x114, [frame])
    assert message[4:] == (7, 0.25, 1.5)
    with pytest.raises(OSError, match="Invalid argument"):
        send_command(sock, sockcore.CAN_BCM_TX_READ, 0x115)


def test_bcm_rx_setup_with_mask_reports_changes_only(manager: Open, raw: Open, received: All) -> None:
    sock, sender = manager(), raw()
    # The mask selects the bits of the first byte.
    send_command(sock, sockcore.CAN_BCM_RX_SETUP, 0x221, [frames.pack(0x221, b"\xff")])
    contents = [b"\x01a", b"\x01b", b"\x02b", b"\x02c", b"\x01c"]
    for content in contents:
        sender.send(frames.pack(0x221, content))
        sender.send(frames.pack(0x222, content))
    changes = [bcm.unpack(message) for message in received(sock)]
    assert [(message[0], message[1]) for message in changes] == [(sockcore.CAN_BCM_RX_CHANGED, 0x221)] * 3
    assert [frames.unpack(message[2][0])[1] for message in changes] == [b"\x01a", b"\x02b", b"\x01c"]


def test_bcm_rx_filter_id_reports_every_frame(manager: Open, raw: Open) -> None:
    sock, sender = manager(), raw()
    send_command(sock, sockcore.CAN_BCM_RX_SETUP, 0x223, flags=sockcore.CAN_BCM_RX_FILTER_ID)
    for _ in range(2):
        sender.send(frames.pack(0x223, b"same"))
        data, address = sock.recvfrom(1000)
        opcode, can_id, received_frames, *_ = bcm.unpack(data)
        assert (opcode, can_id, received_frames) == (sockcore.CAN_BCM_RX_CHANGED, 0x223, [frames.pack(0x223, b"same")])
        assert address == ("vcan0",)
    send_command(sock, sockcore.CAN_BCM_RX_DELETE, 0x223)
    sender.send(frames.pack(0x223, b"same"))
    sock.settimeout(0.05)
    with pytest.raises(TimeoutError):
        sock.recv(1000)


def test_bcm_rx_setup_reports_missing_frame(manager: Open, raw: Open) -> None:
    sock, sender = manager(), raw()
    flags = START | sockcore.CAN_BCM_RX_FILTER_ID
    send_command(sock, sockcore.CAN_BCM_RX_SETUP, 0x224, flags=flags, ival1=0.05)
    opcode, can_id, received_frames, *_ = bcm.unpack(sock.recv(1000))
    assert (opcode, can_id, received_frames) == (sockcore.CAN_BCM_RX_TIMEOUT, 0x224, [])
    sender.send(frames.pack(0x224, b"late"))
    assert bcm.unpack(sock.recv(1000))[0] == sockcore.CAN_BCM_RX_CHANGED


def test_bcm_rx_rtr_frame_answers_remote_request(manager: Open, raw: Open) -> None:
    sock, requester = manager(), raw()
    answer = frames.pack(0x225, b"answer")
    send_command(
        sock, sockcore.CAN_BCM_RX_SETUP, sockcore.CAN_RTR_FLAG | 0x225, [answer], sockcore.CAN_BCM_RX_RTR_FRAME
    )
    requester.send(frames.pack(sockcore.CAN_RTR_FLAG | 0x225))
    assert requester.recv(100) == answer


def test_bcm_sends_and_receives_can_fd_frames(manager: Open, raw: Open) -> None:
    sock, subscriber, listener = manager(), manager(), raw(FD_FRAMES=1)
    frame = frames.pack(0x226, b"f" * 64, FDF)
    flags = sockcore.CAN_BCM_RX_FILTER_ID | sockcore.CAN_BCM_CAN_FD_FRAME
    send_command(subscriber, sockcore.CAN_BCM_RX_SETUP, 0x226, flags=flags)
    send_command(sock, sockcore.CAN_BCM_TX_SEND, 0x226, [frame])
    assert frames.unpack(listener.recv(100)) == (0x226, b"f" * 64, FDF)
    opcode, can_id, (received_frames,), flags, *_ = bcm.unpack(subscriber.recv(1000))
    assert (opcode, can_id) == (sockcore.CAN_BCM_RX_CHANGED, 0x226)
    assert flags & sockcore.CAN_BCM_CAN_FD_FRAME
    assert frames.unpack(received_frames) == (0x226, b"f" * 64, FDF)


def test_bcm_sendto_selects_interface(manager: Open, raw: Open) -> None:
    sock = manager("")
    for interface in ("vcan0", "vcan1"):
        listener = raw(interface)
        frame = frames.pack(0x227, interface.encode())
        message = bcm.pack(sockcore.CAN_BCM_TX_SEND, 0x227, [frame])
        assert sock.sendto(message, (interface,)) == len(message)
        assert listener.recvfrom(100) == (frame, (interface,))


def test_bcm_invalid_message_raises_os_error(manager: Open, can: Open) -> None:
    sock = manager()
    for message in (b"", b"x" * 10, bcm.pack(0, 0), bcm.pack(99, 0), bcm.pack(sockcore.CAN_BCM_TX_SEND, 1)):
        with pytest.raises(OSError, match="Invalid argument"):
            sock.send(message)
    with pytest.raises(OSError, match="not connected"):
        can(CAN_BCM).send(bcm.pack(sockcore.CAN_BCM_TX_READ, 1))
    with pytest.raises(OSError, match="already connected"):
        sock.connect(("vcan0",))
