"""The options of SCTP on Linux, FreeBSD and NetBSD. Source: RFC 6458, sctp(7), sctp(4).

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
    FieldKind,
    Iterator,
    Kind,
    Option,
    Optional,
)
from sockcore_inet import sctp_option_structs as structs
from sockcore_inet.option_addresses import pack_storage, unpack_storage
from sockcore_inet.option_sctp_kinds import SctpTable, sctp_kind

__all__ = [
    "SCTP_ACCEPT_ZERO_CHECKSUM",
    "SCTP_ADAPTATION_LAYER",
    "SCTP_ASCONF_SUPPORTED",
    "SCTP_ASSOCINFO",
    "SCTP_AUTH_SUPPORTED",
    "SCTP_AUTOCLOSE",
    "SCTP_AUTO_ASCONF",
    "SCTP_CONTEXT",
    "SCTP_DEFAULT_PRINFO",
    "SCTP_DEFAULT_SNDINFO",
    "SCTP_DELAYED_SACK",
    "SCTP_DISABLE_FRAGMENTS",
    "SCTP_ECN_SUPPORTED",
    "SCTP_ENABLE_STREAM_RESET",
    "SCTP_EVENT",
    "SCTP_EVENTS",
    "SCTP_EXPLICIT_EOR",
    "SCTP_FRAGMENT_INTERLEAVE",
    "SCTP_GET_ASSOC_NUMBER",
    "SCTP_INITMSG",
    "SCTP_I_WANT_MAPPED_V4_ADDR",
    "SCTP_MAXSEG",
    "SCTP_MAX_BURST",
    "SCTP_NODELAY",
    "SCTP_NRSACK_SUPPORTED",
    "SCTP_PARTIAL_DELIVERY_POINT",
    "SCTP_PEER_ADDR_PARAMS",
    "SCTP_PKTDROP_SUPPORTED",
    "SCTP_PLUGGABLE_CC",
    "SCTP_PR_SUPPORTED",
    "SCTP_RECONFIG_SUPPORTED",
    "SCTP_RECVNXTINFO",
    "SCTP_RECVRCVINFO",
    "SCTP_REUSE_PORT",
    "SCTP_RTOINFO",
    "SCTP_STATUS",
    "SCTP_STREAM_SCHEDULER",
    "SCTP_TIMEOUTS",
    "SCTP_USE_EXT_RCVINFO",
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
    "Timeouts",
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
    """The value of SCTP_PEER_ADDR_PARAMS. *hbinterval* and *sackdelay* are in milliseconds.

    *address* "" stands for all addresses of the association. *pathmtu* is in bytes.
    """

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


class Timeouts(NamedTuple):
    """The value of SCTP_TIMEOUTS: how often each timer of an association expired, on FreeBSD."""

    assoc_id: int
    init: int
    data: int
    sack: int
    shutdown: int
    heartbeat: int
    cookie: int
    shutdownack: int


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


#: An address, or "" for all addresses.
_HOST = FieldKind(
    unpack_storage, lambda label, value, fd: pack_storage(label, value) if value or not isinstance(value, str) else b""
)
RTOINFO: Kind[RtoInfo] = sctp_kind(RtoInfo, structs.RTOINFO)
ASSOCIATIONPARAMETERS: Kind[AssociationParameters] = sctp_kind(AssociationParameters, structs.ASSOCPARAMS)
INITMESSAGE: Kind[InitMessage] = sctp_kind(InitMessage, structs.INITMSG)
SACKINFO: Kind[SackInfo] = sctp_kind(SackInfo, structs.SACK_INFO)
ASSOCIATIONVALUE: Kind[AssociationValue] = sctp_kind(AssociationValue, structs.ASSOC_VALUE)
SENDINFO: Kind[SendInfo] = sctp_kind(SendInfo, structs.SNDINFO)
EVENT: Kind[Event] = sctp_kind(Event, structs.EVENT, {"on": FLAG_FIELD})
DEFAULTPRINFO: Kind[DefaultPrInfo] = sctp_kind(DefaultPrInfo, structs.DEFAULT_PRINFO)
PEERADDRESSPARAMETERS: Kind[PeerAddressParameters] = sctp_kind(
    PeerAddressParameters, structs.PADDRPARAMS, {"address": _HOST}
)
STATUS: Kind[Status] = sctp_kind(Status, structs.STATUS, {"primary_address": _HOST})
TIMEOUTS: Kind[Timeouts] = sctp_kind(Timeouts, structs.TIMEOUTS)
EVENTSUBSCRIPTIONS: Kind[EventSubscriptions] = sctp_kind(
    EventSubscriptions, structs.EVENT_SUBSCRIBE, dict.fromkeys(EventSubscriptions._fields, FLAG_FIELD)
)

_row = SctpTable()

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
SCTP_ASCONF_SUPPORTED: Option[AssociationValue] = _row("SCTP_ASCONF_SUPPORTED", ASSOCIATIONVALUE)
SCTP_ECN_SUPPORTED: Option[AssociationValue] = _row("SCTP_ECN_SUPPORTED", ASSOCIATIONVALUE)
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

# FreeBSD.
SCTP_ACCEPT_ZERO_CHECKSUM: Option[AssociationValue] = _row("SCTP_ACCEPT_ZERO_CHECKSUM", ASSOCIATIONVALUE)
SCTP_EXPLICIT_EOR: Option[bool] = _row("SCTP_EXPLICIT_EOR", FLAG)
SCTP_NRSACK_SUPPORTED: Option[AssociationValue] = _row("SCTP_NRSACK_SUPPORTED", ASSOCIATIONVALUE)
SCTP_PKTDROP_SUPPORTED: Option[AssociationValue] = _row("SCTP_PKTDROP_SUPPORTED", ASSOCIATIONVALUE)
SCTP_PLUGGABLE_CC: Option[AssociationValue] = _row("SCTP_PLUGGABLE_CC", ASSOCIATIONVALUE)
SCTP_TIMEOUTS: Option[Timeouts] = _row("SCTP_TIMEOUTS", TIMEOUTS, "r")
SCTP_USE_EXT_RCVINFO: Option[bool] = _row("SCTP_USE_EXT_RCVINFO", FLAG)


def options() -> Iterator[Option[Any]]:
    """Yield the codecs of the socket options on this system."""
    return _row.options()
