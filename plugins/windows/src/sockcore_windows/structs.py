"""The structs of Winsock that this plugin uses. Windows is little-endian on every processor."""

from __future__ import annotations

from sockcore.plugin import U8, U16, U32, U64, CStruct, Struct, octets

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

#: SIO_TCP_INFO. Version 0 of the struct ends with SynRetrans.
TCP_INFO_V1 = CStruct(
    "TCP_INFO_v1",
    "<winsock2.h> <mstcpip.h>",
    {
        "*": (
            *(("State", U32), ("Mss", U32), ("ConnectionTimeMs", U64), ("TimestampsEnabled", U8)),
            *((name, U32) for name in ("RttUs", "MinRttUs", "BytesInFlight", "Cwnd", "SndWnd", "RcvWnd", "RcvBuf")),
            *(("BytesOut", U64), ("BytesIn", U64), ("BytesReordered", U32), ("BytesRetrans", U32)),
            *(("FastRetrans", U32), ("DupAcksIn", U32), ("TimeoutEpisodes", U32), ("SynRetrans", U8)),
            *(
                (f"SndLim{name}{limit}", field)
                for limit in ("Rwin", "Cwnd", "Snd")
                for name, field in (("Trans", U32), ("Time", U32), ("Bytes", U64))
            ),
        )
    },
)


def structs(system: str) -> tuple[Struct, ...]:
    """Return the structs in the headers of *system*.

    ``tools/headers`` compares them with the headers.
    """
    return (SOCKADDR_HV, TCP_KEEPALIVE, TCP_INFO_V1) if system == "windows" else ()
