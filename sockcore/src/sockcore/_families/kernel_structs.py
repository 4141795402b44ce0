"""The structs in control messages of the level SOL_SOCKET, and in messages of error queues, by system."""

from __future__ import annotations

from sockcore._families.structs import I64, U8, U32, U64, CStruct, Struct, octets, padding

_TIME_TYPES = "<linux/time_types.h>"

#: SO_TIMESTAMP_OLD on Linux: the seconds are a C long, also in programs whose time_t is wider.
OLD_TIMEVAL = CStruct(
    "struct __kernel_old_timeval",
    _TIME_TYPES,
    {
        "sparc 64bit": (("tv_sec", "long"), ("tv_usec", "int")),
        "*": (("tv_sec", "long"), ("tv_usec", "long")),
    },
)

#: SO_TIMESTAMPNS_OLD on Linux, and an item of the array in SO_TIMESTAMPING_OLD.
OLD_TIMESPEC = CStruct("struct __kernel_old_timespec", _TIME_TYPES, {"*": (("tv_sec", "long"), ("tv_nsec", "long"))})

#: SO_TIMESTAMP_NEW on Linux.
NEW_TIMEVAL = Struct("struct __kernel_sock_timeval", _TIME_TYPES, ("tv_sec", I64), ("tv_usec", I64))

#: SO_TIMESTAMPNS_NEW on Linux, and an item of the array in SO_TIMESTAMPING_NEW.
NEW_TIMESPEC = Struct("struct __kernel_timespec", _TIME_TYPES, ("tv_sec", I64), ("tv_nsec", I64))

#: The error in a message of an error queue. The address of the sender of the error may follow.
SOCK_EXTENDED_ERR = Struct(
    "struct sock_extended_err",
    "<time.h> <linux/errqueue.h>",
    ("ee_errno", U32),
    ("ee_origin", U8),
    ("ee_type", U8),
    ("ee_code", U8),
    ("ee_pad", padding(1)),
    ("ee_info", U32),
    ("ee_data", U32),
)

#: SCM_TIMESTAMPING_PKTINFO.
SCM_TS_PKTINFO = Struct(
    "struct scm_ts_pktinfo",
    "<linux/net_tstamp.h>",
    ("if_index", U32),
    ("pkt_length", U32),
    ("reserved", padding(8)),
)

#: SCM_DEVMEM_LINEAR and SCM_DEVMEM_DMABUF.
DMABUF_CMSG = Struct(
    "struct dmabuf_cmsg",
    "<linux/uio.h>",
    ("frag_offset", U64),
    ("frag_size", U32),
    ("frag_token", U32),
    ("dmabuf_id", U32),
    ("flags", U32),
)

#: SCM_TIMESTAMP on macOS and the BSDs.
TIMEVAL = CStruct(
    "struct timeval",
    "<sys/time.h>",
    {
        "darwin": (("tv_sec", "long"), ("tv_usec", "int")),
        "freebsd x86": (("tv_sec", "long"), ("tv_usec", "long")),
        "netbsd": (("tv_sec", I64), ("tv_usec", "int")),
        "*": (("tv_sec", I64), ("tv_usec", "long")),
    },
)

#: SCM_REALTIME and SCM_MONOTONIC on FreeBSD.
TIMESPEC = CStruct(
    "struct timespec",
    "<sys/time.h>",
    {
        "freebsd x86": (("tv_sec", "long"), ("tv_nsec", "long")),
        "*": (("tv_sec", I64), ("tv_nsec", "long")),
    },
)

#: SCM_BINTIME on FreeBSD. The fraction is in units of 2**-64 seconds.
BINTIME = CStruct(
    "struct bintime",
    "<sys/time.h>",
    {
        "freebsd x86": (("sec", "long"), ("frac", "u64")),
        "*": (("sec", I64), ("frac", "u64")),
    },
)

#: SCM_TIME_INFO on FreeBSD.
SOCK_TIMESTAMP_INFO = Struct(
    "struct sock_timestamp_info",
    "<sys/socket.h>",
    ("st_info_flags", U32),
    ("st_info_pad0", padding(4)),
    ("st_info_rsv", octets(56)),
)

#: A number of 64 bits: SCM_TXTIME.
UINT64 = Struct("uint64_t", "<stdint.h>", ("value", U64))

#: The structs that ``tools/headers`` compares with the headers.
STRUCTS_BY_SYSTEM = {
    "linux": (OLD_TIMEVAL, OLD_TIMESPEC, NEW_TIMEVAL, NEW_TIMESPEC, SOCK_EXTENDED_ERR, SCM_TS_PKTINFO, DMABUF_CMSG),
    "darwin": (TIMEVAL,),
    "freebsd": (TIMEVAL, TIMESPEC, BINTIME, SOCK_TIMESTAMP_INFO),
    "netbsd": (TIMEVAL,),
    "openbsd": (TIMEVAL,),
}
