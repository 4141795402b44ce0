"""The TOS field of IPv4 and the traffic class of IPv6, for options and messages. Sources: RFC 2474, RFC 3168."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Ecn", "TrafficClass"]


class Ecn(IntEnum):
    """The explicit congestion notification in an IP header: RFC 3168."""

    NOT_ECT = 0
    ECT_1 = 1
    ECT_0 = 2
    CE = 3


class TrafficClass(int):
    """The TOS field of IPv4, or the traffic class of IPv6: an int with two parts."""

    __slots__ = ()

    @property
    def ecn(self) -> Ecn:
        """The explicit congestion notification."""
        return Ecn(self & 3)

    @property
    def dscp(self) -> int:
        """The differentiated services codepoint: RFC 2474."""
        return int(self) >> 2


Ecn.__module__ = TrafficClass.__module__ = "sockcore_inet.messages"
