"""The structs of AF_UNIX: addresses and credentials, by system."""

from __future__ import annotations

from sockcore.plugin import I32, U32, Struct, octets, system_name


def structs(system: str) -> tuple[Struct, ...]:
    """Return the structs that *system* (``'linux'``, ``'openbsd'``...) has, as its headers declare them.

    The first is always struct sockaddr_un.
    """
    # 4.4BSD kept the length of the struct in one byte and the struct in a 106-byte mbuf; Linux kept 4.3BSD's.
    path = octets(108 if system in ("linux", "windows") else 104)
    found = [Struct("struct sockaddr_un", "<sys/un.h>", ("sun_path", path), sockaddr=True)]
    if system == "linux":
        found.append(Struct("struct ucred", "<sys/socket.h>", ("pid", I32), ("uid", U32), ("gid", U32)))
    elif system == "openbsd":
        found.append(Struct("struct sockpeercred", "<sys/socket.h>", ("uid", U32), ("gid", U32), ("pid", I32)))
    return tuple(found)


#: What ``tools/headers`` proves.
STRUCTS = structs(system_name())

SOCKADDR_UN = STRUCTS[0]

#: struct ucred or what the system has in its place, None where it has nothing of the kind.
CREDENTIALS = STRUCTS[1] if len(STRUCTS) > 1 else None

#: Bytes before and in sun_path.
PATH_OFFSET, PATH_SIZE = SOCKADDR_UN.offsets()["sun_path"]
