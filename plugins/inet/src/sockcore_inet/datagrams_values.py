"""The values that :mod:`sockcore_inet.datagrams` takes and returns.

The C code builds :class:`Datagram` and :class:`Block` and reads :class:`Send`, by the order of their fields.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

#: Without a GIL, CPython counts the views of one buffer without a lock (its issue 127716). If several threads release
#: parts of a block, the memory may be freed too early. There, each part is a copy.
_COPIES_PARTS = not getattr(sys, "_is_gil_enabled", lambda: True)()
_PUBLIC_MODULE = "sockcore_inet.datagrams"


class Features(NamedTuple):
    """The features that the system enabled for a socket."""

    #: Datagrams have a destination and an interface, and a source address can be selected for each sent datagram.
    packet_info: bool
    #: Datagrams have ECN bits.
    ecn: bool
    #: Datagrams have a TTL or hop limit.
    ttl: bool
    #: Datagrams have the time at which the kernel received them.
    timestamps: bool
    #: The kernel joins received datagrams (UDP_GRO).
    gro: bool
    #: The kernel splits a buffer into datagrams (UDP_SEGMENT).
    gso: bool
    #: Sent datagrams are not fragmented.
    dont_fragment: bool


class Datagram(NamedTuple):
    """A received datagram. A field that the system did not report is None."""

    #: The payload, read-only. It does not change while a view of it exists.
    data: memoryview
    #: The address of the sender, as recvfrom() of the socket returns it.
    source: Any
    #: The local IP address to which the datagram was sent, as text.
    destination: str | None = None
    #: The index of the interface that received it.
    interface: int | None = None
    #: The ECN bits: 0 (not ECN-capable), 1 (ECT(1)), 2 (ECT(0)) or 3 (congestion experienced). Source: RFC 3168.
    ecn: int | None = None
    #: The TTL or hop limit on arrival.
    ttl: int | None = None
    #: The time at which the kernel received it, in nanoseconds since the epoch. After UDP_GRO, the joined datagrams
    #: have the time of the first one.
    time_ns: int | None = None


class Block(NamedTuple):
    """Consecutive received datagrams with the same source, destination, interface, ECN bits and TTL, in one buffer."""

    #: The payloads, one after the other, read-only.
    data: memoryview
    #: The size of each datagram in bytes. The last one may be shorter.
    stride: int
    #: The other fields are those of a Datagram. The time is that of the first datagram.
    source: Any
    destination: str | None = None
    interface: int | None = None
    ecn: int | None = None
    ttl: int | None = None
    #: In nanoseconds since the epoch.
    time_ns: int | None = None

    @property
    def segments(self) -> int:
        """The number of datagrams."""
        return max(-(-len(self.data) // self.stride), 1) if self.stride > 0 else 1

    def split(self) -> list[memoryview]:
        """Return the payload of each datagram.

        They are copies on a Python without a GIL.
        """
        data, stride = self.data, self.stride
        if stride <= 0 or len(data) <= stride:
            return [data]
        parts = [data[start : start + stride] for start in range(0, len(data), stride)]
        return [memoryview(bytes(part)) for part in parts] if _COPIES_PARTS else parts


class Send(NamedTuple):
    """A datagram to send."""

    #: The payload, a bytes-like object.
    data: Any
    #: The address of the receiver. None on a connected socket.
    to: Any = None
    #: The local IP address to send from, as text or of :mod:`ipaddress`. None if the system selects it.
    source: Any = None
    #: The ECN bits, 0-3. None for those of the socket.
    ecn: int | None = None
    #: The TTL or hop limit, 1-255. None for that of the socket.
    ttl: int | None = None


class Failure(NamedTuple):
    """A datagram that the system refused, and the error."""

    send: Send
    error: OSError


class Sent(NamedTuple):
    """The result of sending datagrams. Each one is counted, in *unsent* or in *failures*."""

    #: The number of datagrams that the system accepted.
    accepted: int
    #: Datagrams that were not sent because the socket would block, its timeout passed, or it was closed, in order.
    unsent: list[Send]
    #: Datagrams that the system refused.
    failures: list[Failure]


for _public in (Features, Datagram, Block, Send, Failure, Sent):
    _public.__module__ = _PUBLIC_MODULE
