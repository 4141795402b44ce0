"""The options of ISO sockets (isochronous channels of Low Energy Audio), as values.

An addition to the standard library. Availability: Linux 6.0::

    from sockcore import options
    from sockcore_bluetooth.iso import IoQos, IsoQos

    stream = IoQos(interval=10_000, latency=10, sdu=40, phy=2, rtn=2)
    options.write(sock, sockcore.SOL_BLUETOOTH, sockcore.BT_ISO_QOS, IsoQos(in_=stream, out=stream))

1. BT_ISO_QOS is an :class:`IsoQos`. The kernel has one struct for both kinds of channels. For a broadcast, the fields
   *cig*, *cis* and *sca* are the BIG, the BIS and the sync factor. The fields after *out* are used for broadcasts only.
2. BT_ISO_BASE is the Broadcast Audio Source Endpoint (BASE) of a broadcast, as bytes: the service data of Basic Audio
   Profile, section 3.7.2.2.

The kernel creates ISO sockets only if :func:`sockcore_bluetooth.management.enable_iso` was called after it started.
Source: include/net/bluetooth/bluetooth.h of Linux. Linux 6.0.
"""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import Any, to_bytes, unsigned
from sockcore_bluetooth.constants import TABLE
from sockcore_bluetooth.structs import BT_ISO_QOS

__all__ = ["IoQos", "IsoQos"]

_UNSET = TABLE.get("BT_ISO_QOS_CIG_UNSET", 0xFF)
_PACKER = BT_ISO_QOS.packer()
_BCODE_SIZE = 16


class IoQos(NamedTuple):
    """The quality of one direction of a channel. All zeros mean that the direction is not used."""

    #: Microseconds between two SDUs.
    interval: int = 0
    #: Milliseconds from sending to delivery.
    latency: int = 0
    #: The maximum size of an SDU in bytes.
    sdu: int = 0
    #: The physical layers as bits: 1 for 1M, 2 for 2M, 4 for Coded.
    phy: int = 0
    #: The number of retransmissions.
    rtn: int = 0


class IsoQos(NamedTuple):
    """The value of BT_ISO_QOS."""

    #: The group: CIG, or BIG of a broadcast. 0xFF lets the kernel choose.
    cig: int = _UNSET
    #: The stream in the group: CIS, or BIS of a broadcast. 0xFF lets the kernel choose.
    cis: int = _UNSET
    #: The sleep clock accuracy, or the sync factor of a broadcast.
    sca: int = 0
    #: 0 for sequential, 1 for interleaved streams of a group.
    packing: int = 0
    #: 0 for unframed, 1 for framed SDUs.
    framing: int = 0
    #: The received direction.
    in_: IoQos = IoQos()
    #: The sent direction.
    out: IoQos = IoQos()
    #: 1 for an encrypted broadcast.
    encryption: int = 0
    #: The Broadcast_Code, up to 16 bytes.
    bcode: bytes = bytes(_BCODE_SIZE)
    #: The filter policy of the synchronization with a broadcast source.
    options: int = 0
    #: The number of periodic advertising packets that a receiver may skip.
    skip: int = 0
    #: The timeout of the periodic advertising, in units of 10 ms.
    sync_timeout: int = 0
    #: The constant tone extensions to ignore.
    sync_cte_type: int = 0
    #: The maximum number of subevents. 0 lets the controller choose.
    mse: int = 0
    #: The timeout of the BIG, in units of 10 ms.
    timeout: int = 0


_BITS = {
    "interval": 32,
    "latency": 16,
    "sdu": 16,
    "skip": 16,
    "sync_timeout": 16,
    "timeout": 16,
}


def decode_qos(data: bytes) -> IsoQos:
    """Return the value of BT_ISO_QOS in a struct. Missing bytes read as zeros."""
    values: Any = _PACKER.unpack(data[: _PACKER.size].ljust(_PACKER.size, b"\0"))
    return IsoQos._make((*values[:5], IoQos(*values[5:10]), IoQos(*values[10:15]), *values[15:]))


def encode_qos(label: str, value: Any) -> bytes:
    """Return the struct of an IsoQos, or of a tuple of such values.

    Raises TypeError for another type or length, OverflowError for a number that does not fit its field, and ValueError
    for a Broadcast_Code that is too long.
    """
    values = _members(value, label, IsoQos._fields)
    numbers: list[int | bytes] = []
    for name, member in zip(IsoQos._fields, values):
        if name in ("in_", "out"):
            direction = f"{label} {name.rstrip('_')}"
            quality = _members(member, direction, IoQos._fields)
            numbers += [
                unsigned(f"{direction}.{field}", number, _BITS.get(field, 8))
                for field, number in zip(IoQos._fields, quality)
            ]
        elif name == "bcode":
            code = to_bytes(member, f"{label} bcode")
            if len(code) > _BCODE_SIZE:
                raise ValueError(f"{label} bcode must have at most {_BCODE_SIZE} bytes, not {len(code)}")
            numbers.append(code)
        else:
            numbers.append(unsigned(f"{label} {name}", member, _BITS.get(name, 8)))
    return _PACKER.pack(*numbers)


def _members(value: Any, label: str, names: tuple[str, ...]) -> tuple[Any, ...]:
    if not isinstance(value, tuple) or len(value) != len(names):
        raise TypeError(f"{label} must be a tuple ({', '.join(names)}), not {value!r}")
    return value
