"""The structs of Winsock that the backend itself uses."""

from __future__ import annotations

from sockcore._platform.cstruct import CStruct

_HEADERS = "<winsock2.h> <mswsock.h>"

WSABUF = CStruct("WSABUF", _HEADERS, {"*": (("len", "uint"), ("buf", "pointer"))})

WSAMSG = CStruct(
    "WSAMSG",
    _HEADERS,
    {
        "*": (
            ("name", "pointer"),
            ("namelen", "int"),
            ("lpBuffers", "pointer"),
            ("dwBufferCount", "uint"),
            ("Control", WSABUF),
            ("dwFlags", "uint"),
        ),
    },
)

#: What one process tells another of a socket.
WSAPROTOCOL_INFOW = CStruct(
    "WSAPROTOCOL_INFOW",
    _HEADERS,
    {
        "*": (
            ("dwServiceFlags1", "uint"),
            ("dwServiceFlags2", "uint"),
            ("dwServiceFlags3", "uint"),
            ("dwServiceFlags4", "uint"),
            ("dwProviderFlags", "uint"),
            ("ProviderId", 16),
            ("dwCatalogEntryId", "uint"),
            ("ProtocolChain", 32),
            ("iVersion", "int"),
            ("iAddressFamily", "int"),
            ("iMaxSockAddr", "int"),
            ("iMinSockAddr", "int"),
            ("iSocketType", "int"),
            ("iProtocol", "int"),
            ("iProtocolMaxOffset", "int"),
            ("iNetworkByteOrder", "int"),
            ("iSecurityScheme", "int"),
            ("dwMessageSize", "uint"),
            ("dwProviderReserved", "uint"),
            ("szProtocol", 512),
        ),
    },
)

#: What ``tools/headers`` proves.
C_STRUCTS_BY_SYSTEM = {"windows": (WSABUF, WSAMSG, WSAPROTOCOL_INFOW)}
