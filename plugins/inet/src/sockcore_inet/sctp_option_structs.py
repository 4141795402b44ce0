"""The structs of the options of SCTP on Linux. ``tools/headers`` compares them with the headers.

:mod:`sockcore_inet.sctp_bsd_structs` has those of FreeBSD and NetBSD.
"""

from __future__ import annotations

from sockcore.plugin import BE16, I32, U8, U16, U32, U64, CStruct, Field, Struct, octets, padding

_HEADER = "<stdint.h> <sys/socket.h> <linux/sctp.h>"


def _struct(name: str, prefix: str, *fields: tuple[str, Field]) -> Struct:
    return Struct(f"struct {name}", _HEADER, *((f"{prefix}{field}", field_type) for field, field_type in fields))


RTOINFO = _struct("sctp_rtoinfo", "srto_", ("assoc_id", I32), ("initial", U32), ("max", U32), ("min", U32))
ASSOCPARAMS = _struct(
    "sctp_assocparams",
    "sasoc_",
    ("assoc_id", I32),
    ("asocmaxrxt", U16),
    ("number_peer_destinations", U16),
    ("peer_rwnd", U32),
    ("local_rwnd", U32),
    ("cookie_life", U32),
)
INITMSG = _struct(
    "sctp_initmsg",
    "sinit_",
    ("num_ostreams", U16),
    ("max_instreams", U16),
    ("max_attempts", U16),
    ("max_init_timeo", U16),
)
EVENT_NAMES = (
    *("data_io", "association", "address", "send_failure", "peer_error", "shutdown", "partial_delivery"),
    *("adaptation_layer", "authentication", "sender_dry", "stream_reset", "assoc_reset", "stream_change"),
    "send_failure_event",
)
EVENT_SUBSCRIBE = _struct("sctp_event_subscribe", "sctp_", *((f"{name}_event", U8) for name in EVENT_NAMES))
SACK_INFO = _struct("sctp_sack_info", "sack_", ("assoc_id", I32), ("delay", U32), ("freq", U32))
ASSOC_VALUE = _struct("sctp_assoc_value", "assoc_", ("id", I32), ("value", U32))
SNDINFO = _struct(
    "sctp_sndinfo", "snd_", ("sid", U16), ("flags", U16), ("ppid", U32), ("context", U32), ("assoc_id", I32)
)
_PADDRINFO = (
    ("assoc_id", I32),
    ("address", octets(128)),
    ("state", I32),
    ("cwnd", U32),
    ("srtt", U32),
    ("rto", U32),
    ("mtu", U32),
)
PADDRINFO = _struct("sctp_paddrinfo", "spinfo_", *_PADDRINFO)
STATUS = _struct(
    "sctp_status",
    "sstat_",
    ("assoc_id", I32),
    ("state", I32),
    ("rwnd", U32),
    ("unackdata", U16),
    ("penddata", U16),
    ("instrms", U16),
    ("outstrms", U16),
    ("fragmentation_point", U32),
    *((f"primary.spinfo_{name}", field_type) for name, field_type in _PADDRINFO),
)
PADDRPARAMS = _struct(
    "sctp_paddrparams",
    "spp_",
    ("assoc_id", I32),
    ("address", octets(128)),
    ("hbinterval", U32),
    ("pathmaxrxt", U16),
    ("pathmtu", U32),
    ("sackdelay", U32),
    ("flags", U32),
    ("ipv6_flowlabel", U32),
    ("dscp", U8),
    ("gap", padding(1)),
)
EVENT = CStruct("struct sctp_event", _HEADER, {"*": (("se_assoc_id", "int"), ("se_type", U16), ("se_on", "u8"))})
DEFAULT_PRINFO = CStruct(
    "struct sctp_default_prinfo", _HEADER, {"*": (("pr_assoc_id", "int"), ("pr_value", "uint"), ("pr_policy", U16))}
)

#: A struct sockaddr_storage has the alignment of a long.
_GAP = ("", padding(4))


def _aligned(name: str, prefix: str, *fields: tuple[str, Field], end: int = 0) -> CStruct:
    """Return a struct with an association, an address, and *fields*. *end* is its padding on a 64-bit machine."""
    start, address = (f"{prefix}assoc_id", I32), (f"{prefix}address", octets(128))
    others = tuple((f"{prefix}{field}", field_type) for field, field_type in fields)
    gap = (("", padding(end)),) if end else ()
    return CStruct(
        f"struct {name}",
        _HEADER,
        {"64bit": (start, _GAP, address, *others, *gap), "*": (start, address, *others)},
    )


PRIM = _struct("sctp_prim", "ssp_", ("assoc_id", I32), ("addr", octets(128)))
SETPEERPRIM = _struct("sctp_setpeerprim", "sspp_", ("assoc_id", I32), ("addr", octets(128)))
PADDRTHLDS = _aligned("sctp_paddrthlds", "spt_", ("pathmaxrxt", U16), ("pathpfthld", U16), end=4)
PADDRTHLDS_V2 = _aligned(
    "sctp_paddrthlds_v2", "spt_", ("pathmaxrxt", U16), ("pathpfthld", U16), ("pathcpthld", U16), end=2
)
UDPENCAPS = _aligned("sctp_udpencaps", "sue_", ("port", BE16), end=6)
PROBEINTERVAL = _aligned("sctp_probeinterval", "spi_", ("interval", U32), end=4)
PRSTATUS = _struct(
    "sctp_prstatus",
    "sprstat_",
    *(("assoc_id", I32), ("sid", U16), ("policy", U16), ("abandoned_unsent", U64), ("abandoned_sent", U64)),
)
STREAM_VALUE = _struct("sctp_stream_value", "", ("assoc_id", I32), ("stream_id", U16), ("stream_value", U16))
ADD_STREAMS = _struct("sctp_add_streams", "sas_", ("assoc_id", I32), ("instrms", U16), ("outstrms", U16))
AUTHKEYID = CStruct("struct sctp_authkeyid", _HEADER, {"*": (("scact_assoc_id", "int"), ("scact_keynumber", U16))})
SNDRCVINFO = CStruct(
    "struct sctp_sndrcvinfo",
    _HEADER,
    {
        "*": (
            *((f"sinfo_{name}", U16) for name in ("stream", "ssn", "flags")),
            *((f"sinfo_{name}", U32) for name in ("ppid", "context", "timetolive", "tsn", "cumtsn")),
            ("sinfo_assoc_id", "int"),
        )
    },
)
#: Of FreeBSD alone.
TIMEOUTS = _struct(
    "sctp_timeouts",
    "stimo_",
    *((name, U32) for name in ("assoc_id", "init", "data", "sack", "shutdown", "heartbeat", "cookie", "shutdownack")),
)
_COUNTERS = tuple(
    (f"sas_{name}", U64)
    for name in (
        *("maxrto", "isacks", "osacks", "opackets", "ipackets", "rtxchunks", "outofseqtsns", "idupchunks", "gapcnt"),
        *("ouodchunks", "iuodchunks", "oodchunks", "iodchunks", "octrlchunks", "ictrlchunks"),
    )
)
_OBSERVED = (("sas_assoc_id", I32), ("sas_obs_rto_ipaddr", octets(128)), *_COUNTERS)
ASSOC_STATS = CStruct(
    "struct sctp_assoc_stats", _HEADER, {"64bit": (_OBSERVED[0], _GAP, *_OBSERVED[1:]), "*": _OBSERVED}
)

#: System -> its structs.
STRUCTS_BY_SYSTEM: dict[str, tuple[Struct, ...]] = {
    "linux": (
        *(RTOINFO, ASSOCPARAMS, INITMSG, EVENT_SUBSCRIBE, SACK_INFO, ASSOC_VALUE, SNDINFO, PADDRINFO, STATUS),
        *(PADDRPARAMS, EVENT, DEFAULT_PRINFO, PRIM, SETPEERPRIM, PADDRTHLDS, PADDRTHLDS_V2, UDPENCAPS, PROBEINTERVAL),
        *(PRSTATUS, STREAM_VALUE, ADD_STREAMS, AUTHKEYID, SNDRCVINFO, ASSOC_STATS),
    ),
}
