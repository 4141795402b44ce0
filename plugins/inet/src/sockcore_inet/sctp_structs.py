"""Structs of the control messages of SCTP on Linux and FreeBSD. Source: RFC 6458, section 5.3."""

from __future__ import annotations

from sockcore.plugin import I32, U16, U32, CStruct, Field, Struct

_HEADERS = {
    "linux": "<stdint.h> <sys/socket.h> <linux/sctp.h>",
    "freebsd": "<sys/types.h> <sys/socket.h> <netinet/sctp.h> <netinet/sctp_uio.h>",
}
#: The identifier of an association is signed on Linux.
_ASSOCIATION = {"linux": I32, "freebsd": U32}


def _fields(prefix: str, short: str, long: str = "", association: Field | None = None) -> tuple[tuple[str, Field], ...]:
    """Return the fields with these names, of 16 and of 32 bits."""
    return (
        *((f"{prefix}_{name}", U16) for name in short.split()),
        *((f"{prefix}_{name}", U32) for name in long.split()),
        *(() if association is None else ((f"{prefix}_assoc_id", association),)),
    )


def message_structs(system: str) -> dict[str, Struct]:
    """Return the structs of *system* by the name of the control message. Empty for other systems."""
    if system not in _HEADERS:
        return {}
    association = _ASSOCIATION[system]
    layouts = {
        "INIT": ("initmsg", _fields("sinit", "num_ostreams max_instreams max_attempts max_init_timeo")),
        "SNDINFO": ("sndinfo", _fields("snd", "sid flags", "ppid context", association)),
        "RCVINFO": ("rcvinfo", _fields("rcv", "sid ssn flags", "ppid tsn cumtsn context", association)),
        "NXTINFO": ("nxtinfo", _fields("nxt", "sid flags", "ppid length", association)),
        "PRINFO": ("prinfo", _fields("pr", "policy", "value")),
        "AUTHINFO": ("authinfo", _fields("auth", "keynumber")),
    }
    if system == "linux":  # FreeBSD adds 96 bytes for the kernel
        long = "ppid context timetolive tsn cumtsn"
        layouts["SNDRCV"] = "sndrcvinfo", _fields("sinfo", "stream ssn flags", long, association)
    return {
        f"SCTP_{name}": CStruct(f"struct sctp_{tag}", _HEADERS[system], {"*": fields})
        for name, (tag, fields) in layouts.items()
    }


#: The structs that ``tools/headers`` compares with the headers.
STRUCTS_BY_SYSTEM: dict[str, tuple[Struct, ...]] = {
    system: tuple(message_structs(system).values()) for system in _HEADERS
}
