"""The structs of Winsock that this plugin uses. Windows is little-endian on every processor."""

from __future__ import annotations

from sockcore.plugin import U16, U32, Struct, octets

#: The size of a GUID in bytes.
GUID_SIZE = 16

SOCKADDR_HV = Struct(
    "SOCKADDR_HV",
    "<winsock2.h> <hvsocket.h>",
    ("Reserved", U16),
    ("VmId", octets(GUID_SIZE)),
    ("ServiceId", octets(GUID_SIZE)),
    sockaddr=True,
)

#: The type of most socket options and ioctl arguments.
ULONG = Struct("ULONG", "<winsock2.h>", ("", U32))

#: SIO_KEEPALIVE_VALS.
TCP_KEEPALIVE = Struct(
    "struct tcp_keepalive",
    "<winsock2.h> <mstcpip.h>",
    ("onoff", U32),
    ("keepalivetime", U32),
    ("keepaliveinterval", U32),
)


def structs(system: str) -> tuple[Struct, ...]:
    """Return the structs in the headers of *system*.

    ``tools/headers`` compares them with the headers.
    """
    return (SOCKADDR_HV, TCP_KEEPALIVE) if system == "windows" else ()
