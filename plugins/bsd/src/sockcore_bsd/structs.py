"""The structs of macOS and the BSDs, by system.

1. The groups of a ``struct sockcred`` go on behind it: its array of one is the beginning of an array of any length.
2. So does the data of a ``struct sockaddr_dl``, which the systems declare in their own sizes.
"""

from __future__ import annotations

from sockcore.plugin import I16, I32, U8, U16, U32, CStruct, Struct, octets, padding, system_name
from sockcore.plugin import SOCKADDR_IN as IPV4

_GID = 4
#: Groups in a ``struct cmsgcred`` and in a ``struct xucred``: CMGROUP_MAX and XU_NGROUPS, or NGROUPS of macOS.
MOST_GROUPS = 16

#: A kernel control of macOS, and the reserved words behind it.
SOCKADDR_CTL = Struct(
    "struct sockaddr_ctl",
    "<sys/kern_control.h>",
    ("ss_sysaddr", U16),
    ("sc_id", U32),
    ("sc_unit", U32),
    ("sc_reserved", padding(20)),
    sockaddr=True,
)

#: CTLIOCGINFO: the name of a kernel control in, its identifier out.
CTL_INFO = Struct("struct ctl_info", "<sys/kern_control.h>", ("ctl_id", U32), ("ctl_name", octets(96)))

#: AF_DIVERT's address: an IP address, a rule of the firewall as the port, and the name of an interface.
SOCKADDR_IN = Struct(IPV4.name, IPV4.header, *IPV4.fields[:2], ("sin_zero", octets(8)), sockaddr=True)

_LINK_DATA = {"darwin": 12, "freebsd": 46, "netbsd": 24, "openbsd": 24}


def sockaddr_dl(system: str) -> Struct:
    """Return the struct of an address of the link layer."""
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


#: SCM_CREDS of FreeBSD, which the kernel fills in for a sender who asks for it.
CMSGCRED = Struct(
    "struct cmsgcred",
    "<sys/socket.h>",
    ("cmcred_pid", I32),
    ("cmcred_uid", U32),
    ("cmcred_euid", U32),
    ("cmcred_gid", U32),
    ("cmcred_ngroups", I16),
    ("pad", padding(2)),
    ("cmcred_groups", octets(_GID * MOST_GROUPS)),
)

_IDS = (
    ("sc_uid", U32),
    ("sc_euid", U32),
    ("sc_gid", U32),
    ("sc_egid", U32),
    ("sc_ngroups", I32),
    ("sc_groups", octets(_GID)),
)

#: LOCAL_CREDS of FreeBSD.
SOCKCRED = Struct("struct sockcred", "<sys/socket.h>", *_IDS)

#: LOCAL_CREDS of NetBSD.
SOCKCRED_PID = Struct("struct sockcred", "<sys/socket.h>", ("sc_pid", I32), *_IDS)

#: LOCAL_CREDS_PERSISTENT of FreeBSD.
SOCKCRED2 = Struct("struct sockcred2", "<sys/socket.h>", ("sc_version", I32), ("sc_pid", I32), *_IDS)

#: LOCAL_PEEREID of NetBSD.
UNPCBID = Struct("struct unpcbid", "<sys/un.h>", ("unp_pid", I32), ("unp_euid", U32), ("unp_egid", U32))

#: LOCAL_PEERCRED of macOS.
XUCRED = Struct(
    "struct xucred",
    "<sys/param.h> <sys/ucred.h>",
    ("cr_version", U32),
    ("cr_uid", U32),
    ("cr_ngroups", I16),
    ("pad", padding(2)),
    ("cr_groups", octets(_GID * MOST_GROUPS)),
)

#: LOCAL_PEERCRED of FreeBSD: the same, and a process id in a union with the pointer that was there before.
XUCRED_PID = CStruct(
    "struct xucred",
    XUCRED.header,
    {
        "*": (
            ("cr_version", "uint"),
            ("cr_uid", "uint"),
            ("cr_ngroups", "short"),
            ("cr_groups", CStruct("gid_t", "", {"*": tuple((f"_{n}", "uint") for n in range(MOST_GROUPS))})),
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
    """Return the structs that *system* has, as its headers declare them: none on Linux and Windows."""
    if system not in _LINK_DATA:
        return ()
    return (sockaddr_dl(system), *_OTHERS.get(system, ()))


#: What ``tools/headers`` proves.
STRUCTS = structs(system_name())
STRUCTS_BY_SYSTEM = {"freebsd": (XUCRED_PID,)}
