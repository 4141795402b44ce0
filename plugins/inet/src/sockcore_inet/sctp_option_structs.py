"""The structs of the options of SCTP on Linux. ``tools/headers`` compares them with <linux/sctp.h>."""

from __future__ import annotations

from sockcore.plugin import I32, U8, U16, U32, CStruct, Field, Struct, octets, padding

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

#: System -> its structs.
STRUCTS_BY_SYSTEM: dict[str, tuple[Struct, ...]] = {
    "linux": (
        *(RTOINFO, ASSOCPARAMS, INITMSG, EVENT_SUBSCRIBE, SACK_INFO, ASSOC_VALUE, SNDINFO, PADDRINFO, STATUS),
        *(PADDRPARAMS, EVENT, DEFAULT_PRINFO),
    )
}
