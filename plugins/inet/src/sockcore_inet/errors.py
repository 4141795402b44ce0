"""Reports from the error queues of IPv4 and IPv6 sockets, for sockcore.errors. Source: ip(7), RFC 792, RFC 4443."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import Any

from sockcore.plugin import Entry, ExtendedError, QueuedError, constants, fields_of, queued_error

_C = constants()
_ORIGINS = {_C[name]: version for name, version in (("SO_EE_ORIGIN_ICMP", 4), ("SO_EE_ORIGIN_ICMP6", 6)) if name in _C}
_LOCAL: int | None = _C.get("SO_EE_ORIGIN_LOCAL")

#: (version of IP, type of the ICMP message) of the classes below. Sources: RFC 792, RFC 4443.
_UNREACHABLE = ((4, 3), (6, 1))
_TIME_EXCEEDED = ((4, 11), (6, 3))


@dataclass(frozen=True)
class IcmpError(QueuedError):
    """An ICMP message that a packet of this socket caused.

    *offender* is the address of the sender of the message, as text. *type* and *code* are those of the message, and
    *version* is 4 for ICMP and 6 for ICMPv6.
    """

    offender: str | None = None
    version: int = 4
    type: int = 0
    code: int = 0


@dataclass(frozen=True)
class DestinationUnreachable(IcmpError):
    """A host, network or port that cannot be reached. The attribute ``errno`` distinguishes them."""


@dataclass(frozen=True)
class TimeExceeded(IcmpError):
    """A packet whose hop limit has reached 0, as traceroute uses it, or whose fragments did not all arrive."""


@dataclass(frozen=True)
class PacketTooBig(QueuedError):
    """A packet that is larger than the MTU of the path.

    *mtu* is the maximum size of a packet with its IP header, in bytes. *offender* is the router that reported it, or
    None if this machine knew the MTU.
    """

    mtu: int = 0
    offender: str | None = None


def to_error(cause: ExtendedError, entry: Entry) -> QueuedError:
    """Return the report for IP_RECVERR or IPV6_RECVERR."""
    base: dict[str, Any] = {**fields_of(entry), "cause": cause}
    version = _ORIGINS.get(cause.origin)
    if cause.errno == errno.EMSGSIZE and (version is not None or cause.origin == _LOCAL):
        return PacketTooBig(**base, mtu=cause.info, offender=cause.offender)
    if version is None:
        return queued_error(cause, entry)
    kind = version, cause.type
    cls = IcmpError
    if kind in _UNREACHABLE:
        cls = DestinationUnreachable
    elif kind in _TIME_EXCEEDED:
        cls = TimeExceeded
    return cls(**base, offender=cause.offender, version=version, type=cause.type, code=cause.code)
