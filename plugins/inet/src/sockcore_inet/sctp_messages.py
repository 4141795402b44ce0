"""Control messages of SCTP on Linux and FreeBSD as values, for sockcore.ancillary. Source: RFC 6458, section 5.3.

The items of a tuple are in the order of the struct. *ppid* and *context* are passed as they are: the protocol
identifier is in network byte order by convention.
"""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import (
    Ancillary,
    Any,
    Callable,
    Iterator,
    available_messages,
    declare_message,
    named_integer,
    struct_decoder,
    system_name,
    tuple_bytes,
)
from sockcore_inet.constants import TABLE
from sockcore_inet.sctp_structs import message_structs

_STRUCTS = message_structs(system_name())


class InitMessage(NamedTuple):
    """SCTP_INIT: the streams and attempts of a new association. *max_init_timeo* is in milliseconds."""

    num_ostreams: int
    max_instreams: int
    max_attempts: int
    max_init_timeo: int


class SendReceiveInfo(NamedTuple):
    """SCTP_SNDRCV: the older message for sending and receiving, on Linux. *timetolive* is in milliseconds."""

    stream: int
    ssn: int
    flags: int
    ppid: int
    context: int
    timetolive: int
    tsn: int
    cumtsn: int
    assoc_id: int


class SendInfo(NamedTuple):
    """SCTP_SNDINFO: the stream and the options of a message to send."""

    sid: int
    flags: int
    ppid: int
    context: int
    assoc_id: int


class ReceiveInfo(NamedTuple):
    """SCTP_RCVINFO: the stream and the numbers of a received message."""

    sid: int
    ssn: int
    flags: int
    ppid: int
    tsn: int
    cumtsn: int
    context: int
    assoc_id: int


class NextInfo(NamedTuple):
    """SCTP_NXTINFO: the message that follows the received one. Its *length* is in bytes."""

    sid: int
    flags: int
    ppid: int
    length: int
    assoc_id: int


class PartialReliability(NamedTuple):
    """SCTP_PRINFO: when the sender gives a message up: SCTP_PR_SCTP_*, and its parameter."""

    policy: int
    value: int


class AuthInfo(NamedTuple):
    """SCTP_AUTHINFO: the key that authenticates a message."""

    keynumber: int


def _declare(name: str, make: Callable[..., Any]) -> Ancillary[Any]:
    struct = _STRUCTS.get(name)
    if struct is None:
        return declare_message({}, name, "IPPROTO_SCTP", make)
    labels = [f"{name} {field}" for field in struct.offsets()]

    def pack(*values: Any) -> bytes:
        assert struct is not None
        return struct.pack(*map(named_integer, labels, values))

    encode = tuple_bytes(name, struct.offsets(), pack)
    if len(labels) == 1:  # tuple_bytes() takes a single value without a tuple

        def encode_single(value: Any) -> bytes:
            if not isinstance(value, tuple) or len(value) != 1:
                raise TypeError(f"{name} must be a tuple of one item, not {value!r}")
            return encode(value[0])

        return declare_message(TABLE, name, "IPPROTO_SCTP", struct_decoder(struct, make), encode_single)
    return declare_message(TABLE, name, "IPPROTO_SCTP", struct_decoder(struct, make), encode)


SCTP_INIT: Ancillary[InitMessage] = _declare("SCTP_INIT", InitMessage)
SCTP_SNDRCV: Ancillary[SendReceiveInfo] = _declare("SCTP_SNDRCV", SendReceiveInfo)
SCTP_SNDINFO: Ancillary[SendInfo] = _declare("SCTP_SNDINFO", SendInfo)
SCTP_RCVINFO: Ancillary[ReceiveInfo] = _declare("SCTP_RCVINFO", ReceiveInfo)
SCTP_NXTINFO: Ancillary[NextInfo] = _declare("SCTP_NXTINFO", NextInfo)
SCTP_PRINFO: Ancillary[PartialReliability] = _declare("SCTP_PRINFO", PartialReliability)
SCTP_AUTHINFO: Ancillary[AuthInfo] = _declare("SCTP_AUTHINFO", AuthInfo)


def ancillaries() -> Iterator[Ancillary[Any]]:
    """Yield the codecs of the control messages that this system supports."""
    yield from available_messages(globals())
