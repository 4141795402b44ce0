"""Messages of CAN_BCM, the broadcast manager: pack the data for ``send()``, unpack the data from ``recv()``.

An addition to the standard library. Availability: Linux::

    from sockcore_can import bcm, frames

    sock = sockcore.socket(sockcore.AF_CAN, sockcore.SOCK_DGRAM, sockcore.CAN_BCM)
    sock.connect(("vcan0",))
    every = sockcore.CAN_BCM_SETTIMER | sockcore.CAN_BCM_STARTTIMER
    sock.send(bcm.pack(sockcore.CAN_BCM_TX_SETUP, 0x123, [frames.pack(0x123, b"tick")], flags=every, ival2=0.1))

From then on the kernel sends the frame ten times a second. The layout of the struct depends on the processor, because
it contains C longs. Sources: networking/can.rst in the kernel documentation, <linux/can/bcm.h>.
"""

from __future__ import annotations

from _operator import index
from struct import error as StructError

from sockcore.plugin import Iterable
from sockcore_can.constants import TABLE
from sockcore_can.structs import BCM_MSG_HEAD, CAN_FRAME, CANFD_FRAME

__all__ = ["pack", "unpack"]

_HEAD = BCM_MSG_HEAD.packer()
_FD = TABLE.get("CAN_BCM_CAN_FD_FRAME", 0)


def pack(
    opcode: int,
    can_id: int,
    frames: Iterable[bytes] = (),
    flags: int = 0,
    count: int = 0,
    ival1: float = 0.0,
    ival2: float = 0.0,
) -> bytes:
    """Return a message with *opcode* (CAN_BCM_TX_SETUP...) for *can_id*.

    `frames.pack` makes the frames.

    The kernel sends *count* frames at intervals of *ival1* seconds, and the following ones at intervals of *ival2*
    seconds. Intervals are rounded to microseconds. *flags* are CAN_BCM_SETTIMER and others. CAN_BCM_CAN_FD_FRAME is
    set automatically for CAN FD frames.

    Raises ValueError if classic and CAN FD frames are mixed, if the frames contradict CAN_BCM_CAN_FD_FRAME, or if an
    interval is negative. Raises OverflowError for a number that does not fit its field, and TypeError for an argument
    of the wrong type.
    """
    packed = [memoryview(frame).tobytes() for frame in frames]
    sizes = {len(frame) for frame in packed}
    if len(sizes) > 1 or not sizes <= {CAN_FRAME.size, CANFD_FRAME.size}:
        raise ValueError(f"frames must all have {CAN_FRAME.size} bytes, or all {CANFD_FRAME.size}, not {sorted(sizes)}")
    if CANFD_FRAME.size in sizes:
        flags |= _FD
    elif packed and flags & _FD:
        raise ValueError(f"with CAN_BCM_CAN_FD_FRAME frames must have {CANFD_FRAME.size} bytes, not {CAN_FRAME.size}")
    # Not in the call below, where PyPy would raise TypeError with another message.
    numbers = tuple(map(index, (opcode, flags, count)))
    times = (*_timeval(ival1), *_timeval(ival2))
    try:
        head = _HEAD.pack(*numbers, *times, index(can_id), len(packed))
    except StructError as exc:
        raise OverflowError(f"{BCM_MSG_HEAD.name}: {exc}") from None
    return b"".join((head, *packed))


def unpack(message: bytes) -> tuple[int, int, list[bytes], int, int, float, float]:
    """Return the parameters of :func:`pack`.

    They are ``(opcode, can_id, frames, flags, count, ival1, ival2)``.

    Raises ValueError if *message* is shorter than its header and its frames.
    """
    if len(message) < _HEAD.size:
        raise ValueError(f"{BCM_MSG_HEAD.name} has {_HEAD.size} bytes, not {len(message)}")
    opcode, flags, count, sec1, usec1, sec2, usec2, can_id, number = _HEAD.unpack_from(message)
    size = CANFD_FRAME.size if flags & _FD else CAN_FRAME.size
    end = _HEAD.size + number * size
    if len(message) < end:
        raise ValueError(f"a message of {number} frames has {end} bytes, not {len(message)}")
    frames = [message[start : start + size] for start in range(_HEAD.size, end, size)]
    return opcode, can_id, frames, flags, count, sec1 + usec1 / 1e6, sec2 + usec2 / 1e6


def _timeval(seconds: float) -> tuple[int, int]:
    microseconds = round(seconds * 1_000_000)
    if microseconds < 0:
        raise ValueError(f"an interval must not be negative, not {seconds!r}")
    return divmod(microseconds, 1_000_000)
