r"""Frames of CAN_RAW as values: what ``send`` takes and ``recv`` gives, packed and unpacked.

An addition to the standard library::

    from sockcore_can import frames

    sock.send(frames.pack(0x123, b"\x01\x02"))
    can_id, data, flags = frames.unpack(sock.recv(sockcore.CANFD_MTU))

1. ``can_id`` is an identifier of 11 bits; of 29 bits with CAN_EFF_FLAG; with CAN_RTR_FLAG the frame asks for data,
   and has as many zeros as it asks for; with CAN_ERR_FLAG it tells of errors, by CAN_ERR_*.
2. ``flags`` are those of a CAN FD frame, CANFD_FDF among them, and 0 for a classic frame. What ``unpack`` gives,
   ``pack`` takes.

The structs are those of <linux/can.h> and NetBSD's <netcan/can.h>; frames of CAN XL are none of them.
"""

from __future__ import annotations

from struct import error as StructError

from sockcore.plugin import (
    Any,
    to_bytes,
)
from sockcore_can.constants import TABLE
from sockcore_can.structs import CAN_FRAME, CANFD_FRAME

__all__ = ["pack", "unpack"]

# An identifier of more than 11 bits has one of these flags with it.
_LONG = TABLE.get("CAN_EFF_FLAG", 0) | TABLE.get("CAN_ERR_FLAG", 0)
_MORE_THAN_11_BITS = TABLE.get("CAN_EFF_MASK", 0) & ~TABLE.get("CAN_SFF_MASK", 0)
_FDF = TABLE.get("CANFD_FDF", 0)


def pack(can_id: int, data: Any = b"", flags: int = 0) -> bytes:
    """Return a frame of *data* (bytes-like): a struct can_frame, or, if *flags* has CANFD_FDF, a struct canfd_frame.

    A classic frame has up to 8 bytes of data; one of CAN FD has up to 64, and a controller sends 0 to 8, 12, 16, 20,
    24, 32, 48 or 64. ValueError for more, for flags on a classic frame, and for an identifier of more than 11 bits
    without CAN_EFF_FLAG; OverflowError for one of more than 32 bits; TypeError for what is no number or no bytes.
    """
    content = to_bytes(data, contiguous=False)
    if flags and not flags & _FDF:
        raise ValueError(f"flags {flags:#x} are not those of a CAN FD frame: that has CANFD_FDF")
    if can_id & _MORE_THAN_11_BITS and not can_id & _LONG:
        raise ValueError(f"can_id {can_id:#x} has more than 11 bits: it needs CAN_EFF_FLAG")
    struct = CANFD_FRAME if flags else CAN_FRAME
    _, most = struct.offsets()["data"]
    if len(content) > most:
        raise ValueError(f"{struct.name} has room for {most} bytes of data, not {len(content)}")
    try:
        return struct.pack(can_id, len(content), *((flags,) if flags else ()), content)
    except StructError:
        raise OverflowError(f"{struct.name} cannot hold can_id {can_id:#x}, flags {flags:#x}") from None


def unpack(frame: bytes) -> tuple[int, bytes, int]:
    """Return ``(can_id, data, flags)`` of a frame, CANFD_FDF being set in one of CAN FD.

    ValueError if *frame* is not as long as one (CAN_MTU, CANFD_MTU), or says that it has more data than it can have.
    """
    can_id: Any
    size: Any
    data: Any
    flags: Any = 0
    if len(frame) == CAN_FRAME.size:
        can_id, size, data = CAN_FRAME.unpack(frame)
    elif len(frame) == CANFD_FRAME.size and _FDF:
        can_id, size, flags, data = CANFD_FRAME.unpack(frame)
        flags |= _FDF  # older kernels leave it out
    else:
        sizes = f"{CAN_FRAME.size} bytes, or {CANFD_FRAME.size} in CAN FD" if _FDF else f"{CAN_FRAME.size} bytes"
        raise ValueError(f"a frame has {sizes}, not {len(frame)}")
    if size > len(data):
        raise ValueError(f"the frame says that it has {size} bytes of data, and has room for {len(data)}")
    return can_id, data[:size], flags
