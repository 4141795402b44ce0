r"""CAN and CAN FD frames: pack the data for ``send()``, unpack the data from ``recv()``.

An addition to the standard library. Availability: Linux, NetBSD::

    from sockcore_can import frames

    sock.send(frames.pack(0x123, b"\x01\x02"))
    can_id, data, flags = frames.unpack(sock.recv(sockcore.CANFD_MTU))

1. ``can_id`` is an 11-bit identifier, or a 29-bit identifier with CAN_EFF_FLAG. With CAN_RTR_FLAG it is a remote
   frame, whose data are one zero byte for each requested byte. With CAN_ERR_FLAG it is an error frame (CAN_ERR_*).
2. ``flags`` are the flags of a CAN FD frame, always with CANFD_FDF, and 0 for a classic frame. ``pack`` accepts
   the results of ``unpack``.

The structs are declared in <linux/can.h> and in <netcan/can.h> of NetBSD. For CAN XL frames see
:mod:`sockcore_can.canxl`.
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

# An identifier of more than 11 bits must have one of these flags.
_EXTENDED = TABLE.get("CAN_EFF_FLAG", 0) | TABLE.get("CAN_ERR_FLAG", 0)
_MORE_THAN_11_BITS = TABLE.get("CAN_EFF_MASK", 0) & ~TABLE.get("CAN_SFF_MASK", 0)
_FDF = TABLE.get("CANFD_FDF", 0)


def pack(can_id: int, data: Any = b"", flags: int = 0) -> bytes:
    """Return a ``struct can_frame``, or ``canfd_frame`` if *flags* has CANFD_FDF.

    *data* is bytes-like. A classic frame holds up to 8 bytes, a CAN FD frame up to 64. A CAN FD controller sends 0 to
    8, 12, 16, 20, 24, 32, 48 or 64 bytes.

    Raises ValueError for more data, for flags without CANFD_FDF, and for an identifier of more than 11 bits without
    CAN_EFF_FLAG. Raises OverflowError for an identifier of more than 32 bits, and TypeError for an argument of the
    wrong type.
    """
    content = to_bytes(data, contiguous=False)
    if flags and not flags & _FDF:
        raise ValueError(f"flags {flags:#x} of a CAN FD frame must contain CANFD_FDF")
    if can_id & _MORE_THAN_11_BITS and not can_id & _EXTENDED:
        raise ValueError(f"can_id {can_id:#x} has more than 11 bits: it needs CAN_EFF_FLAG")
    struct = CANFD_FRAME if flags else CAN_FRAME
    _, capacity = struct.offsets()["data"]
    if len(content) > capacity:
        raise ValueError(f"{struct.name} has room for {capacity} bytes of data, not {len(content)}")
    try:
        return struct.pack(can_id, len(content), *((flags,) if flags else ()), content)
    except StructError:
        raise OverflowError(f"{struct.name} cannot hold can_id {can_id:#x}, flags {flags:#x}") from None


def unpack(frame: bytes) -> tuple[int, bytes, int]:
    """Return ``(can_id, data, flags)`` of a frame.

    The flags of a CAN FD frame always contain CANFD_FDF.

    Raises ValueError if *frame* does not have the size of a frame (CAN_MTU or CANFD_MTU), or if its length field
    exceeds the room for data.
    """
    can_id: Any
    size: Any
    data: Any
    flags: Any = 0
    if len(frame) == CAN_FRAME.size:
        can_id, size, data = CAN_FRAME.unpack(frame)
    elif len(frame) == CANFD_FRAME.size and _FDF:
        can_id, size, flags, data = CANFD_FRAME.unpack(frame)
        flags |= _FDF  # older kernels do not set it
    else:
        sizes = f"{CAN_FRAME.size} bytes, or {CANFD_FRAME.size} in CAN FD" if _FDF else f"{CAN_FRAME.size} bytes"
        raise ValueError(f"a frame has {sizes}, not {len(frame)}")
    if size > len(data):
        raise ValueError(f"the length field of the frame must be at most {len(data)}, not {size}")
    return can_id, data[:size], flags
