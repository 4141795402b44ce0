"""The structs that the pure backends pass to the system, and the symbols of functions, by system."""

from __future__ import annotations

from sockcore._families.structs import CStruct

#: The symbols to which headers redirect a function. The symbol with the function's name is an older version.
SYMBOLS = {"netbsd": {"socket": "__socket30"}}

IOVEC = CStruct(
    "struct iovec",
    "<sys/uio.h>",
    {"*": (("iov_base", "pointer"), ("iov_len", "size"))},
)

MSGHDR = CStruct(
    "struct msghdr",
    "<sys/socket.h>",
    {
        # The struct of the kernel. musl declares an int and padding in place of each size.
        "linux": (
            ("msg_name", "pointer"),
            ("msg_namelen", "socklen"),
            ("msg_iov", "pointer"),
            ("msg_iovlen", "size"),
            ("msg_control", "pointer"),
            ("msg_controllen", "size"),
            ("msg_flags", "int"),
        ),
        "*": (
            ("msg_name", "pointer"),
            ("msg_namelen", "socklen"),
            ("msg_iov", "pointer"),
            ("msg_iovlen", "int"),
            ("msg_control", "pointer"),
            ("msg_controllen", "socklen"),
            ("msg_flags", "int"),
        ),
    },
)

MMSGHDR = CStruct(
    "struct mmsghdr",
    "<sys/socket.h>",
    {
        "freebsd": (("msg_hdr", MSGHDR), ("msg_len", "size")),
        "*": (("msg_hdr", MSGHDR), ("msg_len", "uint")),
    },
)

CMSGHDR = CStruct(
    "struct cmsghdr",
    "<sys/socket.h>",
    {
        "linux": (("cmsg_len", "size"), ("cmsg_level", "int"), ("cmsg_type", "int")),
        "*": (("cmsg_len", "socklen"), ("cmsg_level", "int"), ("cmsg_type", "int")),
    },
)

IF_NAMEINDEX = CStruct(
    "struct if_nameindex",
    "<net/if.h>",
    {"*": (("if_index", "uint"), ("if_name", "text"))},
)

_WINSOCK = "<winsock2.h> <mswsock.h>"

WSABUF = CStruct("WSABUF", _WINSOCK, {"*": (("len", "uint"), ("buf", "pointer"))})

WSAMSG = CStruct(
    "WSAMSG",
    _WINSOCK,
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

#: The description of a socket that one process passes to another.
WSAPROTOCOL_INFOW = CStruct(
    "WSAPROTOCOL_INFOW",
    _WINSOCK,
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

#: The structs that ``tools/headers`` compares with headers.
STRUCTS_BY_SYSTEM = {
    **dict.fromkeys(("linux", "freebsd", "netbsd", "openbsd"), (IOVEC, MSGHDR, CMSGHDR, IF_NAMEINDEX, MMSGHDR)),
    "darwin": (IOVEC, MSGHDR, CMSGHDR, IF_NAMEINDEX),
    "windows": (WSABUF, WSAMSG, WSAPROTOCOL_INFOW),
}
