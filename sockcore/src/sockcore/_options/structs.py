"""The structs of the options of SOL_SOCKET. ``tools/headers`` compares them with the headers of every system."""

from __future__ import annotations

from sockcore._families.structs import I32, I64, U8, U16, U32, CStruct, Struct

_SOCKET = "<sys/socket.h>"

#: SO_LINGER.
LINGER = CStruct(
    "struct linger",
    _SOCKET,
    {"windows": (("l_onoff", U16), ("l_linger", U16)), "*": (("l_onoff", "int"), ("l_linger", "int"))},
)

_TIME64 = (("tv_sec", I64), ("tv_usec", I64))
_TIME_INT = (("tv_sec", I64), ("tv_usec", "int"))

#: SO_RCVTIMEO and SO_SNDTIMEO, except on Windows.
TIMEVAL = CStruct(
    "struct timeval",
    "<sys/time.h>",
    {
        "linux musl": _TIME64,
        "linux sparc 64bit glibc": (("tv_sec", "long"), ("tv_usec", "int")),
        "darwin": (("tv_sec", "long"), ("tv_usec", "int")),
        "netbsd": _TIME_INT,
        "openbsd": (("tv_sec", I64), ("tv_usec", "long")),
        "freebsd": (("tv_sec", I64), ("tv_usec", "long")),
        "freebsd x86 32bit": (("tv_sec", "long"), ("tv_usec", "long")),
        "*": (("tv_sec", "long"), ("tv_usec", "long")),
    },
)

#: SO_RCVTIMEO_NEW and SO_SNDTIMEO_NEW of Linux.
TIMEVAL64 = Struct("struct __kernel_sock_timeval", "<linux/time_types.h>", ("tv_sec", I64), ("tv_usec", I64))

#: SO_NP_EXTENSIONS of macOS.
SO_NP_EXTENSIONS = Struct("struct so_np_extensions", _SOCKET, ("npx_flags", U32), ("npx_mask", U32))

#: An instruction of a filter: classic BPF.
SOCK_FILTER = Struct("struct sock_filter", "<linux/filter.h>", ("code", U16), ("jt", U8), ("jf", U8), ("k", U32))

#: SO_ATTACH_FILTER: the number of instructions, and a pointer to them.
SOCK_FPROG = CStruct("struct sock_fprog", "<linux/filter.h>", {"*": (("len", U16), ("filter", "pointer"))})

#: SO_TXTIME: the clock (CLOCK_TAI...) and flags.
SOCK_TXTIME = Struct("struct sock_txtime", "<linux/net_tstamp.h>", ("clockid", I32), ("flags", U32))

#: SO_TIMESTAMPING, with the hardware clock to which the timestamps are bound.
SO_TIMESTAMPING = CStruct(
    "struct so_timestamping", "<linux/net_tstamp.h>", {"*": (("flags", "int"), ("bind_phc", "int"))}
)

#: SO_ACCEPTFILTER of FreeBSD and NetBSD.
ACCEPT_FILTER_ARG = CStruct("struct accept_filter_arg", _SOCKET, {"*": (("af_name", 16), ("af_arg", 240))})

#: An element of the array in SO_DEVMEM_DONTNEED.
DMABUF_TOKEN = Struct("struct dmabuf_token", "<linux/uio.h>", ("token_start", U32), ("token_count", U32))

#: SO_SPLICE of FreeBSD and OpenBSD.
SPLICE = CStruct("struct splice", _SOCKET, {"*": (("sp_fd", "int"), ("sp_max", I64), ("sp_idle", TIMEVAL))})

#: The structs that ``tools/headers`` compares with headers.
STRUCTS_BY_SYSTEM = {
    "linux": (LINGER, TIMEVAL, TIMEVAL64, SOCK_FILTER, SOCK_FPROG, SOCK_TXTIME, SO_TIMESTAMPING, DMABUF_TOKEN),
    "freebsd": (LINGER, TIMEVAL, ACCEPT_FILTER_ARG, SPLICE),
    "netbsd": (LINGER, TIMEVAL, ACCEPT_FILTER_ARG),
    "openbsd": (LINGER, TIMEVAL, SPLICE),
    "darwin": (LINGER, TIMEVAL, SO_NP_EXTENSIONS),
    "windows": (LINGER,),
}
