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

#: What ``tools/headers`` proves.
C_STRUCTS_BY_SYSTEM = {"windows": (WSABUF, WSAMSG)}

#: sizeof(WSAPROTOCOL_INFOW): what one process tells another of a socket.
PROTOCOL_INFO_SIZE = 628
