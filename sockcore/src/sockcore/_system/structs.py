"""The structs that the POSIX backend passes to the system, by system."""

from __future__ import annotations

from sockcore._platform.cstruct import CStruct

IOVEC = CStruct(
    "struct iovec",
    "<sys/uio.h>",
    {"*": (("iov_base", "pointer"), ("iov_len", "size"))},
)

MSGHDR = CStruct(
    "struct msghdr",
    "<sys/socket.h>",
    {
        # The kernel's own: musl declares an int and padding in the place of each size.
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

#: What ``tools/headers`` proves.
C_STRUCTS = (IOVEC, MSGHDR, CMSGHDR, IF_NAMEINDEX)
C_STRUCTS_BY_SYSTEM = dict.fromkeys(("linux", "freebsd", "netbsd", "openbsd"), (MMSGHDR,))
