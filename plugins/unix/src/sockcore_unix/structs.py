"""Structs of AF_UNIX addresses and credentials, by system."""

from __future__ import annotations

from sockcore.plugin import I32, U32, Struct, octets, system_name


def structs(system: str) -> tuple[Struct, ...]:
    """Return the structs in the headers of *system* (``'linux'``, ``'openbsd'``...).

    The first is always struct sockaddr_un. The second, if any, contains the credentials of a peer.
    """
    # 4.4BSD stored the length of the struct in one byte, and the struct in a 106-byte mbuf. Linux has the struct of
    # 4.3BSD.
    path = octets(108 if system in ("linux", "windows") else 104)
    declared = [Struct("struct sockaddr_un", "<sys/un.h>", ("sun_path", path), sockaddr=True)]
    if system == "linux":
        declared.append(Struct("struct ucred", "<sys/socket.h>", ("pid", I32), ("uid", U32), ("gid", U32)))
    elif system == "openbsd":
        declared.append(Struct("struct sockpeercred", "<sys/socket.h>", ("uid", U32), ("gid", U32), ("pid", I32)))
    return tuple(declared)


#: The structs of this system. ``tools/headers`` compares them with the headers.
STRUCTS = structs(system_name())

SOCKADDR_UN = STRUCTS[0]

#: struct ucred, or struct sockpeercred on OpenBSD; None on systems without such a struct.
CREDENTIALS = STRUCTS[1] if len(STRUCTS) > 1 else None

#: Bytes before and in sun_path.
PATH_OFFSET, PATH_SIZE = SOCKADDR_UN.offsets()["sun_path"]
