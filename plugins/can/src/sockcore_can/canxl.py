r"""CAN XL frames: pack the data for ``send()``, unpack the data from ``recv()``.

An addition to the standard library. Availability: Linux 6.2. The socket needs the option CAN_RAW_XL_FRAMES, and the
interface an MTU of at least CANXL_MIN_MTU (vcan: ``ip link set vcan0 mtu 2060``)::

    from sockcore_can import canxl, frames

    sock.setsockopt(sockcore.SOL_CAN_RAW, sockcore.CAN_RAW_XL_FRAMES, 1)
    sock.send(canxl.pack(0x123, b"\x01" * 2048, sdt=3))
    data = sock.recv(sockcore.CANXL_MTU)
    frame = canxl.unpack(data) if canxl.is_canxl(data) else frames.unpack(data)

1. Such a socket also receives classic and CAN FD frames. The size of a frame does not show its format: a CAN XL frame
   with 4 bytes of data has 16 bytes, like a classic frame. The flag CANXL_XLF, which :func:`is_canxl` reads, does.
2. A CAN XL frame has a priority of 11 bits for arbitration instead of an identifier, and a separate 32-bit acceptance
   field, which a receiver uses to filter frames. It has 1 to 2048 bytes of data.
3. The option CAN_RAW_XL_VCID_OPTS controls the VCID. Without its flag CAN_RAW_XL_VCID_TX_PASS, the kernel sends VCID 0
   or, with CAN_RAW_XL_VCID_TX_SET, the VCID of the option. Without CAN_RAW_XL_VCID_RX_FILTER, it delivers only frames
   with VCID 0.

Sources: CiA 610-1; <linux/can.h>; networking/can in the kernel documentation. Linux 6.1, VCID Linux 6.9.
"""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import Any, to_bytes, unsigned
from sockcore_can.constants import TABLE
from sockcore_can.structs import CANXL_FRAME

__all__ = ["Frame", "is_canxl", "pack", "unpack"]

_XLF = TABLE.get("CANXL_XLF", 0x80)
_VCID_SHIFT = TABLE.get("CANXL_VCID_OFFSET", 16)
_PRIORITY_BITS = TABLE.get("CANXL_PRIO_BITS", 11)
_PRIORITY_MASK = TABLE.get("CANXL_PRIO_MASK", 0x7FF)
_FLAGS_OFFSET: int = CANXL_FRAME.offsets()["flags"][0]
_HEADER_SIZE, _CAPACITY = CANXL_FRAME.offsets()["data"]


class Frame(NamedTuple):
    """A CAN XL frame. ``pack(*frame)`` returns its bytes."""

    #: The priority in arbitration, 0-2047. A lower number wins.
    priority: int
    #: The content, 1 to 2048 bytes.
    data: bytes
    #: The SDU type: the protocol of the content (CiA 611-1).
    sdt: int = 0
    #: The acceptance field: an address, or another number that receivers filter by. The SDU type defines its meaning.
    af: int = 0
    #: The virtual CAN network identifier, which separates networks on one bus.
    vcid: int = 0
    #: CANXL_XLF, with CANXL_SEC (simple extended content) and CANXL_RRS (remote request substitution).
    flags: int = _XLF


def pack(priority: int, data: Any, sdt: int = 0, af: int = 0, vcid: int = 0, flags: int = _XLF) -> bytes:
    """Return a ``struct canxl_frame`` with the bytes of *data* only.

    Raises ValueError if *data* does not have 1 to 2048 bytes or if *flags* lacks CANXL_XLF. Raises OverflowError for
    a number that does not fit its field, and TypeError for an argument of the wrong type.
    """
    content = to_bytes(data, contiguous=False)
    if not 1 <= len(content) <= _CAPACITY:
        raise ValueError(f"data of a CAN XL frame must have 1 to {_CAPACITY} bytes, not {len(content)}")
    flags = unsigned("flags of a CAN XL frame", flags, 8)
    if not flags & _XLF:
        raise ValueError(f"flags {flags:#x} of a CAN XL frame must contain CANXL_XLF")
    prio = unsigned("priority of a CAN XL frame", priority, _PRIORITY_BITS)
    prio |= unsigned("vcid of a CAN XL frame", vcid, 8) << _VCID_SHIFT
    sdt = unsigned("sdt of a CAN XL frame", sdt, 8)
    af = unsigned("af of a CAN XL frame", af, 32)
    return CANXL_FRAME.pack(prio, flags, sdt, len(content), af, content)[: _HEADER_SIZE + len(content)]


def unpack(frame: bytes) -> Frame:
    """Return the parts of a CAN XL frame.

    Raises ValueError for a classic or CAN FD frame, and if the length field is not the number of bytes of data.
    """
    if not is_canxl(frame):
        raise ValueError(f"not a CAN XL frame: {len(frame)} bytes without CANXL_XLF")
    values: Any = CANXL_FRAME.unpack(frame)
    prio, flags, sdt, size, af, _ = values
    data = bytes(frame[_HEADER_SIZE:])
    if size != len(data) or not 1 <= size <= _CAPACITY:
        raise ValueError(f"the length field of the frame must be 1 to {_CAPACITY} and {len(data)}, not {size}")
    return Frame(prio & _PRIORITY_MASK, data, sdt, af, prio >> _VCID_SHIFT & 0xFF, flags)


def is_canxl(frame: bytes) -> bool:
    """Return True if a received frame is a CAN XL frame, and False if it is a classic or CAN FD frame."""
    return len(frame) > _FLAGS_OFFSET and bool(frame[_FLAGS_OFFSET] & _XLF)
