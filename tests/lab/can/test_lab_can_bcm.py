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
    def opened(interface: str = "vcan0") -> Any:
        sock = can(CAN_BCM)
        sock.connect((interface,))
        return sock

    return opened


def tell(sock: Any, opcode: int, can_id: int, *parts: Any, **more: Any) -> None:
    message = bcm.pack(opcode, can_id, *parts, **more)
    assert sock.send(message) == len(message)


def test_a_frame_is_sent_again_and_again(manager: Open, raw: Open, received: All) -> None:
    sock, listener = manager(), raw()
    frame = frames.pack(0x111, b"tick")
    began = time.monotonic()
    tell(sock, sockcore.CAN_BCM_TX_SETUP, 0x111, [frame], START, ival2=0.02)
    for _ in range(5):
        assert listener.recvfrom(100) == (frame, ("vcan0",))
    assert time.monotonic() - began >= 0.06
    # Another content, without a change of the timer.
    changed = frames.pack(0x111, b"tock")
    tell(sock, sockcore.CAN_BCM_TX_SETUP, 0x111, [changed])
    while listener.recv(100) == frame:
        pass
    assert listener.recv(100) == changed
    tell(sock, sockcore.CAN_BCM_TX_DELETE, 0x111)
    received(listener)
    time.sleep(0.1)
    assert received(listener) == []


def test_a_sequence_of_frames(manager: Open, raw: Open) -> None:
    sock, listener = manager(), raw()
    sequence = [frames.pack(0x112, bytes([number])) for number in range(3)]
    tell(sock, sockcore.CAN_BCM_TX_SETUP, 0x112, sequence, START, ival2=0.005)
    found = [listener.recv(100) for _ in range(6)]
    assert sorted(found) == sorted(sequence * 2)
    start = sequence.index(found[0])
    assert found == [sequence[(start + number) % 3] for number in range(6)]


def test_the_end_of_a_count_is_told(manager: Open, raw: Open, received: All) -> None:
    sock, listener = manager(), raw()
    frame = frames.pack(0x113, b"x")
    flags = START | sockcore.CAN_BCM_TX_COUNTEVT
    tell(sock, sockcore.CAN_BCM_TX_SETUP, 0x113, [frame], flags, count=3, ival1=0.01)
    opcode, can_id, *_ = bcm.unpack(sock.recv(1000))
    assert (opcode, can_id) == (sockcore.CAN_BCM_TX_EXPIRED, 0x113)
    time.sleep(0.05)
    assert received(listener) == [frame] * 3


def test_a_task_is_read_back(manager: Open) -> None:
    sock = manager()
    frame = frames.pack(0x114, b"status")
    tell(sock, sockcore.CAN_BCM_TX_SETUP, 0x114, [frame], sockcore.CAN_BCM_SETTIMER, count=7, ival1=0.25, ival2=1.5)
    tell(sock, sockcore.CAN_BCM_TX_READ, 0x114)
    message = bcm.unpack(sock.recv(1000))
    assert message[:3] == (sockcore.CAN_BCM_TX_STATUS, 0x114, [frame])
    assert message[4:] == (7, 0.25, 1.5)
    with pytest.raises(OSError, match="Invalid argument"):
        tell(sock, sockcore.CAN_BCM_TX_READ, 0x115)


def test_only_changes_are_told(manager: Open, raw: Open, received: All) -> None:
    sock, sender = manager(), raw()
    # The bits of the first byte count.
    tell(sock, sockcore.CAN_BCM_RX_SETUP, 0x221, [frames.pack(0x221, b"\xff")])
    contents = [b"\x01a", b"\x01b", b"\x02b", b"\x02c", b"\x01c"]
    for content in contents:
        sender.send(frames.pack(0x221, content))
        sender.send(frames.pack(0x222, content))
    told = [bcm.unpack(message) for message in received(sock)]
    assert [(message[0], message[1]) for message in told] == [(sockcore.CAN_BCM_RX_CHANGED, 0x221)] * 3
    assert [frames.unpack(message[2][0])[1] for message in told] == [b"\x01a", b"\x02b", b"\x01c"]


def test_every_frame_of_an_identifier_is_told(manager: Open, raw: Open) -> None:
    sock, sender = manager(), raw()
    tell(sock, sockcore.CAN_BCM_RX_SETUP, 0x223, flags=sockcore.CAN_BCM_RX_FILTER_ID)
    for _ in range(2):
        sender.send(frames.pack(0x223, b"same"))
        data, address = sock.recvfrom(1000)
        opcode, can_id, found, *_ = bcm.unpack(data)
        assert (opcode, can_id, found) == (sockcore.CAN_BCM_RX_CHANGED, 0x223, [frames.pack(0x223, b"same")])
        assert address == ("vcan0",)
    tell(sock, sockcore.CAN_BCM_RX_DELETE, 0x223)
    sender.send(frames.pack(0x223, b"same"))
    sock.settimeout(0.05)
    with pytest.raises(TimeoutError):
        sock.recv(1000)


def test_a_frame_that_does_not_come(manager: Open, raw: Open) -> None:
    sock, sender = manager(), raw()
    flags = START | sockcore.CAN_BCM_RX_FILTER_ID
    tell(sock, sockcore.CAN_BCM_RX_SETUP, 0x224, flags=flags, ival1=0.05)
    opcode, can_id, found, *_ = bcm.unpack(sock.recv(1000))
    assert (opcode, can_id, found) == (sockcore.CAN_BCM_RX_TIMEOUT, 0x224, [])
    sender.send(frames.pack(0x224, b"late"))
    assert bcm.unpack(sock.recv(1000))[0] == sockcore.CAN_BCM_RX_CHANGED


def test_an_answer_to_a_request(manager: Open, raw: Open) -> None:
    sock, asker = manager(), raw()
    answer = frames.pack(0x225, b"answer")
    tell(sock, sockcore.CAN_BCM_RX_SETUP, sockcore.CAN_RTR_FLAG | 0x225, [answer], sockcore.CAN_BCM_RX_RTR_FRAME)
    asker.send(frames.pack(sockcore.CAN_RTR_FLAG | 0x225))
    assert asker.recv(100) == answer


def test_frames_of_can_fd(manager: Open, raw: Open) -> None:
    sock, hearing, listener = manager(), manager(), raw(FD_FRAMES=1)
    frame = frames.pack(0x226, b"f" * 64, FDF)
    flags = sockcore.CAN_BCM_RX_FILTER_ID | sockcore.CAN_BCM_CAN_FD_FRAME
    tell(hearing, sockcore.CAN_BCM_RX_SETUP, 0x226, flags=flags)
    tell(sock, sockcore.CAN_BCM_TX_SEND, 0x226, [frame])
    assert frames.unpack(listener.recv(100)) == (0x226, b"f" * 64, FDF)
    opcode, can_id, (found,), flags, *_ = bcm.unpack(hearing.recv(1000))
    assert (opcode, can_id) == (sockcore.CAN_BCM_RX_CHANGED, 0x226)
    assert flags & sockcore.CAN_BCM_CAN_FD_FRAME
    assert frames.unpack(found) == (0x226, b"f" * 64, FDF)


def test_an_interface_for_each_message(manager: Open, raw: Open) -> None:
    sock = manager("")
    for interface in ("vcan0", "vcan1"):
        listener = raw(interface)
        frame = frames.pack(0x227, interface.encode())
        message = bcm.pack(sockcore.CAN_BCM_TX_SEND, 0x227, [frame])
        assert sock.sendto(message, (interface,)) == len(message)
        assert listener.recvfrom(100) == (frame, (interface,))


def test_what_is_no_message(manager: Open, can: Open) -> None:
    sock = manager()
    for message in (b"", b"x" * 10, bcm.pack(0, 0), bcm.pack(99, 0), bcm.pack(sockcore.CAN_BCM_TX_SEND, 1)):
        with pytest.raises(OSError, match="Invalid argument"):
            sock.send(message)
    with pytest.raises(OSError, match="not connected"):
        can(CAN_BCM).send(bcm.pack(sockcore.CAN_BCM_TX_READ, 1))
    with pytest.raises(OSError, match="already connected"):
        sock.connect(("vcan0",))
