"""The options of SCTP on Linux, and some of FreeBSD and NetBSD. Source: RFC 6458, sctp(7), sctp(4).

The association 0 is the socket itself, or its only association. Times are integers in milliseconds, as in the structs.
"""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import (
    FLAG,
    FLAG_FIELD,
    INT,
    SECONDS,
    UNSIGNED,
    Any,
    Callable,
    FieldKind,
    Iterator,
    Kind,
    Mapping,
    Option,
    Optional,
    OptionTable,
    Struct,
    getsockopt_with_input,
    struct_kind,
    system_name,
)
from sockcore_inet import sctp_option_structs as structs
from sockcore_inet.constants import TABLE
from sockcore_inet.option_addresses import STORAGE_FIELD

__all__ = [
    "SCTP_ADAPTATION_LAYER",
    "SCTP_ASSOCINFO",
    "SCTP_AUTH_SUPPORTED",
    "SCTP_AUTOCLOSE",
    "SCTP_AUTO_ASCONF",
    "SCTP_CONTEXT",
    "SCTP_DEFAULT_PRINFO",
    "SCTP_DEFAULT_SNDINFO",
    "SCTP_DELAYED_SACK",
    "SCTP_DISABLE_FRAGMENTS",
    "SCTP_ENABLE_STREAM_RESET",
    "SCTP_EVENT",
    "SCTP_EVENTS",
    "SCTP_FRAGMENT_INTERLEAVE",
    "SCTP_GET_ASSOC_NUMBER",
    "SCTP_INITMSG",
    "SCTP_I_WANT_MAPPED_V4_ADDR",
    "SCTP_MAXSEG",
    "SCTP_MAX_BURST",
    "SCTP_NODELAY",
    "SCTP_PARTIAL_DELIVERY_POINT",
    "SCTP_PEER_ADDR_PARAMS",
    "SCTP_PR_SUPPORTED",
    "SCTP_RECONFIG_SUPPORTED",
    "SCTP_RECVNXTINFO",
    "SCTP_RECVRCVINFO",
    "SCTP_REUSE_PORT",
    "SCTP_RTOINFO",
    "SCTP_STATUS",
    "SCTP_STREAM_SCHEDULER",
    "AssociationParameters",
    "AssociationValue",
    "DefaultPrInfo",
    "Event",
    "EventSubscriptions",
    "InitMessage",
    "PeerAddressInfo",
    "PeerAddressParameters",
    "RtoInfo",
    "SackInfo",
    "SendInfo",
    "Status",
]


class RtoInfo(NamedTuple):
    """The value of SCTP_RTOINFO: retransmission timeouts in milliseconds."""

    assoc_id: int
    initial: int
    max: int
    min: int


class AssociationParameters(NamedTuple):
    """The value of SCTP_ASSOCINFO. *cookie_life* is in milliseconds."""

    assoc_id: int
    asocmaxrxt: int
    number_peer_destinations: int
    peer_rwnd: int
    local_rwnd: int
    cookie_life: int


class InitMessage(NamedTuple):
    """The value of SCTP_INITMSG: numbers of streams and attempts, and *max_init_timeo* in milliseconds."""

    num_ostreams: int
    max_instreams: int
    max_attempts: int
    max_init_timeo: int


class SackInfo(NamedTuple):
    """The value of SCTP_DELAYED_SACK: a delay in milliseconds, and a number of packets."""

    assoc_id: int
    delay: int
    freq: int


class AssociationValue(NamedTuple):
    """A number for an association, or for the socket if *assoc_id* is 0."""

    assoc_id: int
    value: int


class SendInfo(NamedTuple):
    """The value of SCTP_DEFAULT_SNDINFO."""

    sid: int
    flags: int
    ppid: int
    context: int
    assoc_id: int


class Event(NamedTuple):
    """The value of SCTP_EVENT: a type of notification, and whether it is sent."""

    assoc_id: int
    type: int
    on: bool


class DefaultPrInfo(NamedTuple):
    """The value of SCTP_DEFAULT_PRINFO: a policy (SCTP_PR_SCTP_*) and its value."""

    assoc_id: int
    value: int
    policy: int


class PeerAddressInfo(NamedTuple):
    """The value of SCTP_GET_PEER_ADDR_INFO: an address (host, port). *srtt* and *rto* are in milliseconds."""

    assoc_id: int
    address: Optional[tuple[str, int]]
    state: int = 0
    cwnd: int = 0
    srtt: int = 0
    rto: int = 0
    mtu: int = 0


class PeerAddressParameters(NamedTuple):
    """The value of SCTP_PEER_ADDR_PARAMS. *hbinterval* and *sackdelay* are in milliseconds."""

    assoc_id: int
    address: str
    hbinterval: int
    pathmaxrxt: int
    pathmtu: int
    sackdelay: int
    flags: int
    ipv6_flowlabel: int
    dscp: int


class Status(NamedTuple):
    """The value of SCTP_STATUS, with the primary address of the peer."""

    assoc_id: int
    state: int
    rwnd: int
    unackdata: int
    penddata: int
    instrms: int
    outstrms: int
    fragmentation_point: int
    primary_assoc_id: int
    primary_address: str
    primary_state: int
    primary_cwnd: int
    primary_srtt: int
    primary_rto: int
    primary_mtu: int


class EventSubscriptions(NamedTuple):
    """The value of SCTP_EVENTS: which notifications the socket receives."""

    data_io: bool = False
    association: bool = False
    address: bool = False
    send_failure: bool = False
    peer_error: bool = False
    shutdown: bool = False
    partial_delivery: bool = False
    adaptation_layer: bool = False
    authentication: bool = False
    sender_dry: bool = False
    stream_reset: bool = False
    assoc_reset: bool = False
    stream_change: bool = False
    send_failure_event: bool = False


def _kind(cls: Callable[..., Any], layout: Struct, fields: Mapping[str, FieldKind]) -> Kind[Any]:
    """Return the kind of a struct. The kernel reads the association from the buffer of getsockopt(2)."""
    kind: Kind[Any] = struct_kind(cls, layout, fields)

    def read(fd: int, level: int, optname: int) -> bytes:
        return getsockopt_with_input(fd, level, optname, bytes(layout.size))

    return Kind(kind.type_name, kind.size, kind.decode, kind.encode, kind.needs_descriptor, read)


_NONE: dict[str, FieldKind] = {}
RTOINFO: Kind[RtoInfo] = _kind(RtoInfo, structs.RTOINFO, _NONE)
ASSOCIATIONPARAMETERS: Kind[AssociationParameters] = _kind(AssociationParameters, structs.ASSOCPARAMS, _NONE)
INITMESSAGE: Kind[InitMessage] = _kind(InitMessage, structs.INITMSG, _NONE)
SACKINFO: Kind[SackInfo] = _kind(SackInfo, structs.SACK_INFO, _NONE)
ASSOCIATIONVALUE: Kind[AssociationValue] = _kind(AssociationValue, structs.ASSOC_VALUE, _NONE)
SENDINFO: Kind[SendInfo] = _kind(SendInfo, structs.SNDINFO, _NONE)
EVENT: Kind[Event] = _kind(Event, structs.EVENT, {"on": FLAG_FIELD})
DEFAULTPRINFO: Kind[DefaultPrInfo] = _kind(DefaultPrInfo, structs.DEFAULT_PRINFO, _NONE)
PEERADDRESSPARAMETERS: Kind[PeerAddressParameters] = _kind(
    PeerAddressParameters, structs.PADDRPARAMS, {"address": STORAGE_FIELD}
)
STATUS: Kind[Status] = _kind(Status, structs.STATUS, {"primary_address": STORAGE_FIELD})
EVENTSUBSCRIPTIONS: Kind[EventSubscriptions] = _kind(
    EventSubscriptions, structs.EVENT_SUBSCRIBE, dict.fromkeys(EventSubscriptions._fields, FLAG_FIELD)
)

_SYSTEM = system_name()
_table = OptionTable(TABLE)
#: The options whose struct is another one on this system.
_other_table = OptionTable({})
#: The kinds that are the same on all systems with SCTP, and on Linux and FreeBSD.
_COMMON = (FLAG, INT, SECONDS, UNSIGNED)
_ON_FREEBSD = (RTOINFO, INITMESSAGE, SACKINFO, ASSOCIATIONVALUE, SENDINFO, EVENT)


def _row(name: str, kind: Kind[Any], access: str = "rw") -> Any:
    is_same = _SYSTEM == "linux" or kind in _COMMON or (_SYSTEM == "freebsd" and kind in _ON_FREEBSD)
    return (_table if is_same else _other_table)(name, "IPPROTO_SCTP", kind, access)


SCTP_RTOINFO: Option[RtoInfo] = _row("SCTP_RTOINFO", RTOINFO)
SCTP_ASSOCINFO: Option[AssociationParameters] = _row("SCTP_ASSOCINFO", ASSOCIATIONPARAMETERS)
SCTP_INITMSG: Option[InitMessage] = _row("SCTP_INITMSG", INITMESSAGE)
SCTP_DELAYED_SACK: Option[SackInfo] = _row("SCTP_DELAYED_SACK", SACKINFO)
SCTP_DEFAULT_SNDINFO: Option[SendInfo] = _row("SCTP_DEFAULT_SNDINFO", SENDINFO)
SCTP_EVENT: Option[Event] = _row("SCTP_EVENT", EVENT)
SCTP_EVENTS: Option[EventSubscriptions] = _row("SCTP_EVENTS", EVENTSUBSCRIPTIONS)
SCTP_DEFAULT_PRINFO: Option[DefaultPrInfo] = _row("SCTP_DEFAULT_PRINFO", DEFAULTPRINFO)
SCTP_PEER_ADDR_PARAMS: Option[PeerAddressParameters] = _row("SCTP_PEER_ADDR_PARAMS", PEERADDRESSPARAMETERS)
SCTP_STATUS: Option[Status] = _row("SCTP_STATUS", STATUS, "r")
SCTP_MAXSEG: Option[AssociationValue] = _row("SCTP_MAXSEG", ASSOCIATIONVALUE)
SCTP_MAX_BURST: Option[AssociationValue] = _row("SCTP_MAX_BURST", ASSOCIATIONVALUE)
SCTP_CONTEXT: Option[AssociationValue] = _row("SCTP_CONTEXT", ASSOCIATIONVALUE)
SCTP_PR_SUPPORTED: Option[AssociationValue] = _row("SCTP_PR_SUPPORTED", ASSOCIATIONVALUE)
SCTP_RECONFIG_SUPPORTED: Option[AssociationValue] = _row("SCTP_RECONFIG_SUPPORTED", ASSOCIATIONVALUE)
SCTP_STREAM_SCHEDULER: Option[AssociationValue] = _row("SCTP_STREAM_SCHEDULER", ASSOCIATIONVALUE)
SCTP_AUTH_SUPPORTED: Option[AssociationValue] = _row("SCTP_AUTH_SUPPORTED", ASSOCIATIONVALUE)
SCTP_ENABLE_STREAM_RESET: Option[AssociationValue] = _row("SCTP_ENABLE_STREAM_RESET", ASSOCIATIONVALUE)
SCTP_NODELAY: Option[bool] = _row("SCTP_NODELAY", FLAG)
SCTP_DISABLE_FRAGMENTS: Option[bool] = _row("SCTP_DISABLE_FRAGMENTS", FLAG)
SCTP_I_WANT_MAPPED_V4_ADDR: Option[bool] = _row("SCTP_I_WANT_MAPPED_V4_ADDR", FLAG)
SCTP_AUTO_ASCONF: Option[bool] = _row("SCTP_AUTO_ASCONF", FLAG)
SCTP_RECVRCVINFO: Option[bool] = _row("SCTP_RECVRCVINFO", FLAG)
SCTP_RECVNXTINFO: Option[bool] = _row("SCTP_RECVNXTINFO", FLAG)
SCTP_REUSE_PORT: Option[bool] = _row("SCTP_REUSE_PORT", FLAG)
SCTP_FRAGMENT_INTERLEAVE: Option[int] = _row("SCTP_FRAGMENT_INTERLEAVE", INT)
SCTP_AUTOCLOSE: Option[int] = _row("SCTP_AUTOCLOSE", SECONDS)
SCTP_PARTIAL_DELIVERY_POINT: Option[int] = _row("SCTP_PARTIAL_DELIVERY_POINT", INT)
SCTP_ADAPTATION_LAYER: Option[int] = _row("SCTP_ADAPTATION_LAYER", UNSIGNED)
SCTP_GET_ASSOC_NUMBER: Option[int] = _row("SCTP_GET_ASSOC_NUMBER", INT, "r")


def options() -> Iterator[Option[Any]]:
    """Yield the codecs of the socket options on this system."""
    return _table.options()
