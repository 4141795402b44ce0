"""Names of this package, for type checkers: nothing of this exists at run time."""

# Made by tools/stubs: not to be edited.

import sys

from sockcore import AddressFamily
from sockcore import MsgFlag
from sockcore import SocketKind
AF_UNSPEC: AddressFamily
MSG_CTRUNC: MsgFlag
MSG_DONTROUTE: MsgFlag
MSG_OOB: MsgFlag
MSG_PEEK: MsgFlag
MSG_TRUNC: MsgFlag
MSG_WAITALL: MsgFlag
PF_UNSPEC: int
SHUT_RD: int
SHUT_RDWR: int
SHUT_WR: int
SOCK_DGRAM: SocketKind
SOCK_RAW: SocketKind
SOCK_RDM: SocketKind
SOCK_SEQPACKET: SocketKind
SOCK_STREAM: SocketKind
SOL_SOCKET: int
SOMAXCONN: int
SO_ACCEPTCONN: int
SO_BROADCAST: int
SO_DEBUG: int
SO_DONTROUTE: int
SO_ERROR: int
SO_KEEPALIVE: int
SO_LINGER: int
SO_OOBINLINE: int
SO_RCVBUF: int
SO_RCVLOWAT: int
SO_RCVTIMEO: int
SO_REUSEADDR: int
SO_SNDBUF: int
SO_SNDLOWAT: int
SO_SNDTIMEO: int
SO_TYPE: int
if sys.platform != "win32":
    MSG_DONTWAIT: MsgFlag
    MSG_EOR: MsgFlag
    MSG_NOSIGNAL: MsgFlag
    SCM_TIMESTAMP: int
    SO_REUSEPORT: int
    SO_TIMESTAMP: int
if sys.platform != "linux":
    SO_USELOOPBACK: int
if sys.platform != "darwin" and sys.platform != "win32":
    if sys.platform == "linux" or sys.platform.startswith("freebsd") or sys.platform.startswith("netbsd") or sys.platform.startswith("openbsd"):
        MSG_CMSG_CLOEXEC: MsgFlag
        MSG_WAITFORONE: MsgFlag
        SOCK_CLOEXEC: SocketKind
        SOCK_NONBLOCK: SocketKind
if sys.platform != "win32":
    if sys.platform == "linux" or sys.platform == "darwin" or sys.platform.startswith("freebsd"):
        SO_MAX_PACING_RATE: int
if sys.platform != "linux" and sys.platform != "win32":
    if sys.platform == "darwin" or sys.platform.startswith("freebsd") or sys.platform.startswith("netbsd"):
        SO_NOSIGPIPE: int
if sys.platform != "darwin" and sys.platform != "win32":
    if sys.platform == "linux" or sys.platform.startswith("freebsd") or sys.platform.startswith("netbsd"):
        MSG_NOTIFICATION: MsgFlag
if sys.platform != "darwin" and sys.platform != "win32":
    if sys.platform == "linux" or sys.platform.startswith("freebsd") or sys.platform.startswith("openbsd"):
        SO_DOMAIN: int
        SO_PROTOCOL: int
if sys.platform != "linux" and sys.platform != "darwin" and sys.platform != "win32":
    if sys.platform.startswith("freebsd") or sys.platform.startswith("netbsd") or sys.platform.startswith("openbsd"):
        MSG_CMSG_CLOFORK: MsgFlag
        SOCK_CLOFORK: SocketKind
if sys.platform != "linux" and sys.platform != "darwin":
    if sys.platform.startswith("netbsd") or sys.platform.startswith("openbsd") or sys.platform == "win32":
        MSG_BCAST: MsgFlag
        MSG_MCAST: MsgFlag
if sys.platform != "linux" and sys.platform != "win32":
    if sys.platform == "darwin" or sys.platform.startswith("freebsd"):
        MSG_EOF: MsgFlag
        SO_LABEL: int
        SO_PEERLABEL: int
if sys.platform == "linux" or sys.platform == "darwin":
    SO_BINDTODEVICE: int
if sys.platform != "linux" and sys.platform != "darwin" and sys.platform != "win32":
    if sys.platform.startswith("freebsd") or sys.platform.startswith("netbsd"):
        MSG_NBIO: MsgFlag
        SO_ACCEPTFILTER: int
        SO_RERROR: int
if sys.platform != "linux" and sys.platform != "darwin" and sys.platform != "win32":
    if sys.platform.startswith("freebsd") or sys.platform.startswith("openbsd"):
        SO_SPLICE: int
if sys.platform != "darwin" and sys.platform != "win32":
    if sys.platform == "linux" or sys.platform.startswith("netbsd"):
        SOCK_DCCP: SocketKind
if sys.platform == "linux" or sys.platform == "win32":
    MSG_ERRQUEUE: MsgFlag
if sys.platform == "darwin":
    MSG_FLUSH: MsgFlag
    MSG_HAVEMORE: MsgFlag
    MSG_HOLD: MsgFlag
    MSG_NEEDSA: MsgFlag
    MSG_RCVMORE: MsgFlag
    MSG_SEND: MsgFlag
    MSG_WAITSTREAM: MsgFlag
    SCM_TIMESTAMP_MONOTONIC: int
    SO_DONTTRUNC: int
    SO_LINGER_SEC: int
    SO_NETSVC_MARKING_LEVEL: int
    SO_NET_SERVICE_TYPE: int
    SO_NKE: int
    SO_NOADDRERR: int
    SO_NOTIFYCONFLICT: int
    SO_NP_EXTENSIONS: int
    SO_NREAD: int
    SO_NUMRCVPKT: int
    SO_NWRITE: int
    SO_RANDOMPORT: int
    SO_RESOLVER_SIGNATURE: int
    SO_REUSESHAREUID: int
    SO_TIMESTAMP_MONOTONIC: int
    SO_UPCALLCLOSEWAIT: int
    SO_WANTMORE: int
    SO_WANTOOBFLAG: int
if sys.platform != "linux" and sys.platform != "darwin" and sys.platform != "win32":
    if sys.platform.startswith("freebsd"):
        MSG_COMPAT: MsgFlag
        SCM_BINTIME: int
        SCM_MONOTONIC: int
        SCM_REALTIME: int
        SCM_TIME_INFO: int
        SO_BINTIME: int
        SO_FIB: int
        SO_LISTENINCQLEN: int
        SO_LISTENQLEN: int
        SO_LISTENQLIMIT: int
        SO_NO_DDP: int
        SO_NO_OFFLOAD: int
        SO_PROTOTYPE: int
        SO_REUSEPORT_LB: int
        SO_SETFIB: int
        SO_TS_BINTIME: int
        SO_TS_CLOCK: int
        SO_TS_CLOCK_MAX: int
        SO_TS_DEFAULT: int
        SO_TS_MONOTONIC: int
        SO_TS_REALTIME: int
        SO_TS_REALTIME_MICRO: int
        SO_USER_COOKIE: int
if sys.platform == "linux":
    MSG_BATCH: MsgFlag
    MSG_CONFIRM: MsgFlag
    MSG_FASTOPEN: MsgFlag
    MSG_FIN: MsgFlag
    MSG_MORE: MsgFlag
    MSG_PROXY: MsgFlag
    MSG_RST: MsgFlag
    MSG_SOCK_DEVMEM: MsgFlag
    MSG_SYN: MsgFlag
    MSG_TRYHARD: MsgFlag
    MSG_ZEROCOPY: MsgFlag
    SCM_DEVMEM_DMABUF: int
    SCM_DEVMEM_LINEAR: int
    SCM_INQ: int
    SCM_TIMESTAMPING: int
    SCM_TIMESTAMPING_OPT_STATS: int
    SCM_TIMESTAMPING_PKTINFO: int
    SCM_TIMESTAMPNS: int
    SCM_TSTAMP_ACK: int
    SCM_TSTAMP_COMPLETION: int
    SCM_TSTAMP_SCHED: int
    SCM_TSTAMP_SND: int
    SCM_TS_OPT_ID: int
    SCM_TXTIME: int
    SCM_WIFI_STATUS: int
    SOCK_PACKET: SocketKind
    SOF_TIMESTAMPING_BIND_PHC: int
    SOF_TIMESTAMPING_OPT_CMSG: int
    SOF_TIMESTAMPING_OPT_ID: int
    SOF_TIMESTAMPING_OPT_ID_TCP: int
    SOF_TIMESTAMPING_OPT_PKTINFO: int
    SOF_TIMESTAMPING_OPT_RX_FILTER: int
    SOF_TIMESTAMPING_OPT_STATS: int
    SOF_TIMESTAMPING_OPT_TSONLY: int
    SOF_TIMESTAMPING_OPT_TX_SWHW: int
    SOF_TIMESTAMPING_RAW_HARDWARE: int
    SOF_TIMESTAMPING_RX_HARDWARE: int
    SOF_TIMESTAMPING_RX_SOFTWARE: int
    SOF_TIMESTAMPING_SOFTWARE: int
    SOF_TIMESTAMPING_SYS_HARDWARE: int
    SOF_TIMESTAMPING_TX_ACK: int
    SOF_TIMESTAMPING_TX_COMPLETION: int
    SOF_TIMESTAMPING_TX_HARDWARE: int
    SOF_TIMESTAMPING_TX_SCHED: int
    SOF_TIMESTAMPING_TX_SOFTWARE: int
    SOF_TXTIME_DEADLINE_MODE: int
    SOF_TXTIME_REPORT_ERRORS: int
    SO_ATTACH_BPF: int
    SO_ATTACH_FILTER: int
    SO_ATTACH_REUSEPORT_CBPF: int
    SO_ATTACH_REUSEPORT_EBPF: int
    SO_BINDTOIFINDEX: int
    SO_BPF_EXTENSIONS: int
    SO_BSDCOMPAT: int
    SO_BUF_LOCK: int
    SO_BUSY_POLL: int
    SO_BUSY_POLL_BUDGET: int
    SO_CNX_ADVICE: int
    SO_COOKIE: int
    SO_DETACH_BPF: int
    SO_DETACH_FILTER: int
    SO_DETACH_REUSEPORT_BPF: int
    SO_DEVMEM_DMABUF: int
    SO_DEVMEM_DONTNEED: int
    SO_DEVMEM_LINEAR: int
    SO_EE_CODE_TXTIME_INVALID_PARAM: int
    SO_EE_CODE_TXTIME_MISSED: int
    SO_EE_CODE_ZEROCOPY_COPIED: int
    SO_EE_ORIGIN_ICMP: int
    SO_EE_ORIGIN_ICMP6: int
    SO_EE_ORIGIN_LOCAL: int
    SO_EE_ORIGIN_NONE: int
    SO_EE_ORIGIN_TIMESTAMPING: int
    SO_EE_ORIGIN_TXSTATUS: int
    SO_EE_ORIGIN_TXTIME: int
    SO_EE_ORIGIN_ZEROCOPY: int
    SO_EE_RFC4884_FLAG_INVALID: int
    SO_GET_FILTER: int
    SO_INCOMING_CPU: int
    SO_INCOMING_NAPI_ID: int
    SO_INQ: int
    SO_LOCK_FILTER: int
    SO_MARK: int
    SO_MEMINFO: int
    SO_NETNS_COOKIE: int
    SO_NOFCS: int
    SO_NO_CHECK: int
    SO_PEEK_OFF: int
    SO_PEERNAME: int
    SO_PREFER_BUSY_POLL: int
    SO_PRIORITY: int
    SO_RCVBUFFORCE: int
    SO_RCVMARK: int
    SO_RCVPRIORITY: int
    SO_RCVTIMEO_NEW: int
    SO_RCVTIMEO_OLD: int
    SO_RESERVE_MEM: int
    SO_RXQ_OVFL: int
    SO_SECURITY_AUTHENTICATION: int
    SO_SECURITY_ENCRYPTION_NETWORK: int
    SO_SECURITY_ENCRYPTION_TRANSPORT: int
    SO_SELECT_ERR_QUEUE: int
    SO_SNDBUFFORCE: int
    SO_SNDTIMEO_NEW: int
    SO_SNDTIMEO_OLD: int
    SO_STYLE: int
    SO_TIMESTAMPING: int
    SO_TIMESTAMPING_NEW: int
    SO_TIMESTAMPING_OLD: int
    SO_TIMESTAMPNS: int
    SO_TIMESTAMPNS_NEW: int
    SO_TIMESTAMPNS_OLD: int
    SO_TIMESTAMP_NEW: int
    SO_TIMESTAMP_OLD: int
    SO_TXREHASH: int
    SO_TXTIME: int
    SO_WIFI_STATUS: int
    SO_ZEROCOPY: int
if sys.platform != "linux" and sys.platform != "darwin" and sys.platform != "win32":
    if sys.platform.startswith("netbsd"):
        SOCK_CONN_DGRAM: SocketKind
        SOCK_NOSIGPIPE: SocketKind
        SO_NOHEADER: int
        SO_OVERFLOWED: int
if sys.platform != "linux" and sys.platform != "darwin" and sys.platform != "win32":
    if sys.platform.startswith("openbsd"):
        SOCK_DNS: SocketKind
        SO_BINDANY: int
        SO_RTABLE: int
        SO_ZEROIZE: int
if sys.platform == "win32":
    MSG_PARTIAL: MsgFlag
    MSG_PUSH_IMMEDIATE: MsgFlag
    SO_CONDITIONAL_ACCEPT: int
    SO_CONNECT_TIME: int
    SO_DONTLINGER: int
    SO_EXCLUSIVEADDRUSE: int
    SO_MAX_MSG_SIZE: int
    SO_UPDATE_ACCEPT_CONTEXT: int
    SO_UPDATE_CONNECT_CONTEXT: int
