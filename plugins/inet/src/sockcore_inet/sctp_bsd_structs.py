"""The structs of the options of SCTP on FreeBSD and NetBSD. ``tools/headers`` compares them with the headers.

1. FreeBSD has other orders of fields than Linux, and puts an address first. NetBSD has the structs of an older
   draft, without gaps.
2. :class:`BsdStruct` has the names of the fields in the NamedTuple of the option, in the order of the struct.
"""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import BE16, I32, U8, U16, U32, U64, CStruct, Field, Struct, octets, padding

_HEADERS = "<sys/types.h> <sys/socket.h> <netinet/sctp.h> <netinet/sctp_uio.h>"
_STORAGE = octets(128)
_Fields = tuple[tuple[str, Field], ...]


class BsdStruct(NamedTuple):
    """A struct, and the names of its fields in the value of the option. "" is the order of Linux.

    *constants* has the fields that the value lacks. Other fields that the value lacks are 0.
    """

    layout: Struct
    order: str = ""
    constants: tuple[tuple[str, int], ...] = ()


def _fields(prefix: str, *groups: tuple[Field, str]) -> _Fields:
    return tuple((prefix + name, field_type) for field_type, names in groups for name in names.split())


def _struct(name: str, *fields: tuple[str, Field], end: int = 0) -> CStruct:
    """Return a struct of FreeBSD. *end* is its padding, which aligns an address to 8 bytes, except on i386."""
    if not end:
        return CStruct(f"struct {name}", _HEADERS, {"*": fields})
    layouts = {"*": (*fields, ("", padding(end)))}
    if end % 4:
        layouts["freebsd x86 32bit"] = (*fields, ("", padding(end % 4)))
    elif end >= 4:
        layouts["freebsd x86 32bit"] = fields
    return CStruct(f"struct {name}", _HEADERS, layouts)


_SNDRCV = _fields(
    "sinfo_", (U16, "stream ssn flags"), (U32, "ppid context timetolive tsn cumtsn assoc_id")
)  # fmt: skip
_PADDRINFO = (
    ("spinfo_address", _STORAGE),
    *_fields("spinfo_", (U32, "assoc_id"), (I32, "state"), (U32, "cwnd srtt rto mtu")),
)
_PADDRINFO_ORDER = "address assoc_id state cwnd srtt rto mtu"
_STATUS = _fields(
    "sstat_", (U32, "assoc_id"), (I32, "state"), (U32, "rwnd"), (U16, "unackdata penddata instrms outstrms"),
    (U32, "fragmentation_point"),
)  # fmt: skip
_STATUS_ORDER = "assoc_id state rwnd unackdata penddata instrms outstrms fragmentation_point "
_EVENTS = "data_io association address send_failure peer_error shutdown partial_delivery"
_EVENTS_OF_FREEBSD = f"{_EVENTS} adaptation_layer authentication sender_dry stream_reset"

FREEBSD: tuple[BsdStruct, ...] = (
    BsdStruct(_struct("sctp_rtoinfo", *_fields("srto_", (U32, "assoc_id initial max min")))),
    BsdStruct(
        _struct(
            "sctp_assocparams",
            *_fields("sasoc_", (U32, "assoc_id peer_rwnd local_rwnd cookie_life")),
            *_fields("sasoc_", (U16, "asocmaxrxt number_peer_destinations")),
        ),
        "assoc_id peer_rwnd local_rwnd cookie_life asocmaxrxt number_peer_destinations",
    ),
    BsdStruct(
        _struct("sctp_initmsg", *_fields("sinit_", (U16, "num_ostreams max_instreams max_attempts max_init_timeo")))
    ),
    BsdStruct(
        _struct("sctp_event_subscribe", *((f"sctp_{name}_event", U8) for name in _EVENTS_OF_FREEBSD.split())),
        _EVENTS_OF_FREEBSD,
    ),
    BsdStruct(_struct("sctp_sack_info", *_fields("sack_", (U32, "assoc_id delay freq")))),
    BsdStruct(_struct("sctp_assoc_value", *_fields("assoc_", (U32, "id value")))),
    BsdStruct(_struct("sctp_sndinfo", *_fields("snd_", (U16, "sid flags"), (U32, "ppid context assoc_id")))),
    BsdStruct(_struct("sctp_event", *_fields("se_", (U32, "assoc_id"), (U16, "type"), (U8, "on")))),
    BsdStruct(
        _struct("sctp_default_prinfo", *_fields("pr_", (U16, "policy"), (U32, "value assoc_id"))),
        "policy value assoc_id",
    ),
    BsdStruct(
        _struct(
            "sctp_paddrparams",
            ("spp_address", _STORAGE),
            *_fields("spp_", (U32, "assoc_id hbinterval pathmtu flags ipv6_flowlabel"), (U16, "pathmaxrxt")),
            ("spp_dscp", U8),
            ("", padding(1)),
        ),
        "address assoc_id hbinterval pathmtu flags ipv6_flowlabel pathmaxrxt dscp",
    ),
    # sctp_setopt() requires the largest number as the threshold that is not implemented.
    BsdStruct(
        _struct(
            "sctp_paddrthlds",
            ("spt_address", _STORAGE),
            *_fields("spt_", (U32, "assoc_id"), (U16, "pathmaxrxt pathpfthld pathcpthld")),
            end=6,
        ),
        "address assoc_id pathmaxrxt pathpfthld pathcpthld",
        (("pathcpthld", 0xFFFF),),
    ),
    BsdStruct(_struct("sctp_paddrinfo", *_PADDRINFO), _PADDRINFO_ORDER),
    BsdStruct(
        _struct("sctp_status", *_STATUS, *((f"sstat_primary.{name}", kind) for name, kind in _PADDRINFO)),
        _STATUS_ORDER + " ".join(f"primary_{name}" for name in _PADDRINFO_ORDER.split()),
    ),
    BsdStruct(
        _struct("sctp_setprim", ("ssp_addr", _STORAGE), ("ssp_assoc_id", U32), ("ssp_padding", padding(4))),
        "address assoc_id",
    ),
    BsdStruct(
        _struct("sctp_setpeerprim", ("sspp_addr", _STORAGE), ("sspp_assoc_id", U32), ("sspp_padding", padding(4))),
        "address assoc_id",
    ),
    BsdStruct(
        _struct("sctp_udpencaps", ("sue_address", _STORAGE), ("sue_assoc_id", U32), ("sue_port", BE16), end=2),
        "address assoc_id port",
    ),
    BsdStruct(
        _struct(
            "sctp_prstatus",
            *_fields("sprstat_", (U32, "assoc_id"), (U16, "sid policy"), (U64, "abandoned_unsent abandoned_sent")),
        )
    ),
    BsdStruct(_struct("sctp_stream_value", ("assoc_id", U32), ("stream_id", U16), ("stream_value", U16))),
    BsdStruct(_struct("sctp_add_streams", *_fields("sas_", (U32, "assoc_id"), (U16, "instrms outstrms")))),
    BsdStruct(_struct("sctp_authkeyid", *_fields("scact_", (U32, "assoc_id"), (U16, "keynumber")))),
    BsdStruct(
        _struct(
            "sctp_timeouts", *_fields("stimo_", (U32, "assoc_id init data sack shutdown heartbeat cookie shutdownack"))
        )
    ),
    # The number of a key, and room for the kernel, follow.
    BsdStruct(_struct("sctp_sndrcvinfo", *_SNDRCV, ("", padding(96)))),
)


def _packed(name: str, *fields: tuple[str, Field]) -> Struct:
    return Struct(f"struct {name}", _HEADERS, *fields)


_OLD_PADDRINFO = (
    ("spinfo_assoc_id", U32),
    ("spinfo_address", _STORAGE),
    *_fields("spinfo_", (I32, "state"), (U32, "cwnd srtt rto mtu")),
)

NETBSD: tuple[BsdStruct, ...] = (
    BsdStruct(_packed("sctp_rtoinfo", *_fields("srto_", (U32, "assoc_id initial max min")))),
    BsdStruct(
        _packed(
            "sctp_assocparams",
            *_fields("sasoc_", (U32, "assoc_id"), (U16, "asocmaxrxt number_peer_destinations")),
            *_fields("sasoc_", (U32, "peer_rwnd local_rwnd cookie_life")),
        )
    ),
    BsdStruct(
        _packed(
            "sctp_initmsg",
            *_fields("sinit_", (U32, "num_ostreams max_instreams"), (U16, "max_attempts max_init_timeo")),
        )
    ),
    BsdStruct(
        _packed(
            "sctp_event_subscribe",
            *((f"sctp_{name}_event", U8) for name in (*_EVENTS.split(), "adaption_layer")),
            ("sctp_stream_reset_events", U8),
        ),
        f"{_EVENTS} adaptation_layer stream_reset",
    ),
    BsdStruct(
        _packed(
            "sctp_paddrparams",
            ("spp_assoc_id", U32),
            ("spp_address", _STORAGE),
            *_fields("spp_", (U32, "hbinterval"), (U16, "pathmaxrxt"), (U32, "pathmtu flags ipv6_flowlabel")),
            ("spp_dscp", U8),
        ),
        "assoc_id address hbinterval pathmaxrxt pathmtu flags ipv6_flowlabel dscp",
    ),
    BsdStruct(_packed("sctp_paddrinfo", *_OLD_PADDRINFO)),
    BsdStruct(
        _packed("sctp_status", *_STATUS, *((f"sstat_primary.{name}", kind) for name, kind in _OLD_PADDRINFO)),
    ),
    BsdStruct(_packed("sctp_setprim", ("ssp_assoc_id", U32), ("ssp_addr", _STORAGE))),
    BsdStruct(_packed("sctp_setpeerprim", ("sspp_assoc_id", U32), ("sspp_addr", _STORAGE))),
    BsdStruct(_packed("sctp_sndrcvinfo", *_SNDRCV)),
)

#: System -> its structs.
BSD_STRUCTS: dict[str, tuple[BsdStruct, ...]] = {"freebsd": FREEBSD, "netbsd": NETBSD}
#: The structs that ``tools/headers`` compares with the headers.
STRUCTS_BY_SYSTEM: dict[str, tuple[Struct, ...]] = {
    system: tuple(struct.layout for struct in structs) for system, structs in BSD_STRUCTS.items()
}
