"""The C structs of macOS and the BSDs.

1. The groups of a ``struct sockcred`` are an array of any length. The struct declares one element, and the others
   follow the struct.
2. The data of a ``struct sockaddr_dl`` may extend beyond the struct, too. The declared size depends on the system.
"""

from __future__ import annotations

from sockcore.plugin import I16, I32, U8, U16, U32, U64, CStruct, Struct, octets, padding, system_name
from sockcore.plugin import SOCKADDR_IN as IPV4

_GID_SIZE = 4
#: The maximum number of groups in a ``struct cmsgcred`` (CMGROUP_MAX) and in a ``struct xucred`` (XU_NGROUPS, on macOS
#: NGROUPS).
MAX_GROUPS = 16

#: The address of a kernel control on macOS.
SOCKADDR_CTL = Struct(
    "struct sockaddr_ctl",
    "<sys/kern_control.h>",
    ("ss_sysaddr", U16),
    ("sc_id", U32),
    ("sc_unit", U32),
    ("sc_reserved", padding(20)),
    sockaddr=True,
)

#: CTLIOCGINFO: the kernel fills in the id of the kernel control with this name.
CTL_INFO = Struct("struct ctl_info", "<sys/kern_control.h>", ("ctl_id", U32), ("ctl_name", octets(96)))

#: UTUN_OPT_INC_IFDATA_STATS_IN and UTUN_OPT_INC_IFDATA_STATS_OUT.
UTUN_STATS_PARAM = Struct(
    "struct utun_stats_param",
    "<net/if_utun.h>",
    *((f"utsp_{name}", U64) for name in ("packets", "bytes", "errors")),
)

#: The address of AF_DIVERT. sin_port is a firewall rule or divert port, sin_zero the name of an interface.
SOCKADDR_IN = Struct(IPV4.name, IPV4.header, *IPV4.fields[:2], ("sin_zero", octets(8)), sockaddr=True)

_LINK_DATA = {"darwin": 12, "freebsd": 46, "netbsd": 24, "openbsd": 24}


def sockaddr_dl(system: str) -> Struct:
    """Return the struct of a link-layer address on *system*."""
    return Struct(
        "struct sockaddr_dl",
        "<sys/socket.h> <net/if_dl.h>",
        ("sdl_index", U16),
        ("sdl_type", U8),
        ("sdl_nlen", U8),
        ("sdl_alen", U8),
        ("sdl_slen", U8),
        ("sdl_data", octets(_LINK_DATA[system])),
        sockaddr=True,
    )


#: SCM_CREDS on FreeBSD if the sender passed this control message. The kernel fills it in.
CMSGCRED = Struct(
    "struct cmsgcred",
    "<sys/socket.h>",
    ("cmcred_pid", I32),
    ("cmcred_uid", U32),
    ("cmcred_euid", U32),
    ("cmcred_gid", U32),
    ("cmcred_ngroups", I16),
    ("pad", padding(2)),
    ("cmcred_groups", octets(_GID_SIZE * MAX_GROUPS)),
)

_IDS = (
    ("sc_uid", U32),
    ("sc_euid", U32),
    ("sc_gid", U32),
    ("sc_egid", U32),
    ("sc_ngroups", I32),
    ("sc_groups", octets(_GID_SIZE)),
)

#: SCM_CREDS on FreeBSD if the receiver set LOCAL_CREDS.
SOCKCRED = Struct("struct sockcred", "<sys/socket.h>", *_IDS)

#: SCM_CREDS on NetBSD if the receiver set LOCAL_CREDS.
SOCKCRED_PID = Struct("struct sockcred", "<sys/socket.h>", ("sc_pid", I32), *_IDS)

#: SCM_CREDS2 on FreeBSD if the receiver set LOCAL_CREDS_PERSISTENT.
SOCKCRED2 = Struct("struct sockcred2", "<sys/socket.h>", ("sc_version", I32), ("sc_pid", I32), *_IDS)

#: LOCAL_PEEREID on NetBSD.
UNPCBID = Struct("struct unpcbid", "<sys/un.h>", ("unp_pid", I32), ("unp_euid", U32), ("unp_egid", U32))

#: LOCAL_PEERCRED on macOS.
XUCRED = Struct(
    "struct xucred",
    "<sys/param.h> <sys/ucred.h>",
    ("cr_version", U32),
    ("cr_uid", U32),
    ("cr_ngroups", I16),
    ("pad", padding(2)),
    ("cr_groups", octets(_GID_SIZE * MAX_GROUPS)),
)

#: LOCAL_PEERCRED on FreeBSD. It ends with a union of the process id and a pointer of older versions.
XUCRED_PID = CStruct(
    "struct xucred",
    XUCRED.header,
    {
        "*": (
            ("cr_version", "uint"),
            ("cr_uid", "uint"),
            ("cr_ngroups", "short"),
            ("cr_groups", CStruct("gid_t", "", {"*": tuple((f"_{n}", "uint") for n in range(MAX_GROUPS))})),
            ("_cr_unused1", "pointer"),
        )
    },
)

_OTHERS: dict[str, tuple[Struct, ...]] = {
    "darwin": (SOCKADDR_CTL, CTL_INFO, XUCRED),
    "freebsd": (SOCKADDR_IN, CMSGCRED, SOCKCRED, SOCKCRED2),
    "netbsd": (SOCKCRED_PID, UNPCBID),
}


def structs(system: str) -> tuple[Struct, ...]:
    """Return the structs in *system*'s headers: an empty tuple on Linux and Windows."""
    if system not in _LINK_DATA:
        return ()
    return (sockaddr_dl(system), *_OTHERS.get(system, ()))


#: The structs that ``tools/headers`` compares with the headers.
STRUCTS = structs(system_name())
STRUCTS_BY_SYSTEM: dict[str, tuple[Struct, ...]] = {"freebsd": (XUCRED_PID,), "darwin": (UTUN_STATS_PARAM,)}
