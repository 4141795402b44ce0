"""Control messages with typed values for :mod:`.initialisers`, as initialisers of C structs and as Python values."""

from __future__ import annotations

from .cases import DARWIN, FREEBSD, LINUX, NETBSD, POSIX, SOCKET, WINDOWS, WINSOCK, Message
from .config import BSD_SYSTEMS

_TIME = "sys/types.h sys/time.h"
_KERNEL_TIME = "linux/time_types.h"
_INET = f"{SOCKET} netinet/in.h"
_QUEUE = f"time.h {_INET} linux/errqueue.h"
_CORE, _IP = "sockcore", "sockcore_inet"
_ERROR = ".ee_errno = 113, .ee_origin = 2, .ee_type = 3, .ee_code = 4, .ee_info = 0x01020304, .ee_data = 6"
_ERROR_VALUE = (113, 2, 3, 4, 0x01020304, 6)
_IPV4 = "NET32(0xC0000207)"
_IPV6 = "{.s6_addr = {0x20, 1, 0xd, 0xb8, [15] = 7}}"
_RCVINFO = (
    ".rcv_sid = 1, .rcv_ssn = 2, .rcv_flags = 3, .rcv_ppid = 4, .rcv_tsn = 5, .rcv_cumtsn = 6, .rcv_context = 7,"
    " .rcv_assoc_id = 8"
)

#: All fields of a value are compared. A timestamp has nanoseconds.
TYPED_MESSAGES: tuple[Message, ...] = (
    Message("SCM_TIMESTAMP", POSIX, _TIME, "struct timeval", ".tv_sec = 0x01020304, .tv_usec = 5", _CORE,
            (0x01020304, 5000)),
    Message("SCM_TIMESTAMPNS", LINUX, f"{_TIME} time.h", "struct timespec", ".tv_sec = 0x01020304, .tv_nsec = 5", _CORE,
            (0x01020304, 5)),
    Message("SO_TIMESTAMP_OLD", LINUX, _KERNEL_TIME, "struct __kernel_old_timeval", ".tv_sec = 258, .tv_usec = 5",
            _CORE, (258, 5000)),
    Message("SO_TIMESTAMP_NEW", LINUX, _KERNEL_TIME, "struct __kernel_sock_timeval",
            ".tv_sec = 1LL << 40, .tv_usec = 5",
            _CORE, (1 << 40, 5000)),
    Message("SO_TIMESTAMPNS_NEW", LINUX, _KERNEL_TIME, "struct __kernel_timespec", ".tv_sec = 1LL << 40, .tv_nsec = 5",
            _CORE, (1 << 40, 5)),
    Message("SO_TIMESTAMPING_OLD", LINUX, _KERNEL_TIME, "struct { struct __kernel_old_timespec ts[3]; }",
            ".ts = {{1, 2}, {0, 0}, {3, 4}}", _CORE, ((1, 2), (3, 4))),
    Message("SO_TIMESTAMPING_NEW", LINUX, "time.h linux/errqueue.h", "struct scm_timestamping64",
            ".ts = {{1, 2}, {0, 0}, {3, 4}}", _CORE, ((1, 2), (3, 4))),
    Message("SCM_TIMESTAMPING_PKTINFO", LINUX, "linux/net_tstamp.h", "struct scm_ts_pktinfo",
            ".if_index = 258, .pkt_length = 1500", _CORE, (258, 1500)),
    Message("SCM_TXTIME", LINUX, "stdint.h", "uint64_t", "0x0102030405060708", _CORE, 0x0102030405060708),
    Message("SCM_DEVMEM_DMABUF", LINUX, "linux/uio.h", "struct dmabuf_cmsg",
            ".frag_offset = 1ULL << 40, .frag_size = 258, .frag_token = 3, .dmabuf_id = 4, .flags = 5", _CORE,
            (1 << 40, 258, 3, 4, 5)),
    Message("SO_RXQ_OVFL", LINUX, "stdint.h", "uint32_t", "0x01020304", _CORE, 0x01020304),
    Message("SCM_BINTIME", FREEBSD, _TIME, "struct bintime", ".sec = 258, .frac = 0x8000000000000000", _CORE,
            (258, 500_000_000)),
    Message("SCM_REALTIME", FREEBSD, f"{_TIME} time.h", "struct timespec", ".tv_sec = 258, .tv_nsec = 5", _CORE,
            (258, 5)),
    Message("SCM_TIME_INFO", FREEBSD, SOCKET, "struct sock_timestamp_info", ".st_info_flags = 258", _CORE, 258),
    Message("IP_PKTINFO", LINUX + DARWIN, _INET, "struct in_pktinfo",
            f".ipi_ifindex = 258, .ipi_spec_dst.s_addr = {_IPV4}, .ipi_addr.s_addr = NET32(0x7F000001)", _IP,
            (258, "192.0.2.7", "127.0.0.1")),
    Message("IP_PKTINFO", NETBSD, _INET, "struct in_pktinfo", f".ipi_ifindex = 258, .ipi_addr.s_addr = {_IPV4}", _IP,
            ("192.0.2.7", 258)),
    Message("IP_PKTINFO", WINDOWS, WINSOCK, "struct in_pktinfo",
            f".ipi_ifindex = 258, .ipi_addr.S_un.S_addr = {_IPV4}", _IP, ("192.0.2.7", 258)),
    Message("IPV6_PKTINFO", POSIX, _INET, "struct in6_pktinfo", f".ipi6_ifindex = 258, .ipi6_addr = {_IPV6}", _IP,
            ("2001:db8::7", 258)),
    Message("IPV6_HOPLIMIT", POSIX, SOCKET, "int", "64", _IP, 64),
    Message("IPV6_TCLASS", POSIX, SOCKET, "int", "0xB9", _IP, 0xB9),
    Message("IP_TTL", LINUX, SOCKET, "int", "64", _IP, 64),
    Message("IP_RECVTTL", BSD_SYSTEMS, SOCKET, "unsigned char", "64", _IP, 64),
    Message("IP_RECVDSTADDR", BSD_SYSTEMS, _INET, "struct in_addr", f".s_addr = {_IPV4}", _IP, "192.0.2.7"),
    Message("IP_ORIGDSTADDR", LINUX, _INET, "struct sockaddr_in",
            f".sin_family = AF_INET, .sin_port = NET16(258), .sin_addr.s_addr = {_IPV4}", _IP, ("192.0.2.7", 258)),
    Message("IPV6_PATHMTU", POSIX, _INET, "struct ip6_mtuinfo",
            f".ip6m_addr = {{.sin6_family = AF_INET6, .sin6_addr = {_IPV6}}}, .ip6m_mtu = 1280", _IP,
            (("2001:db8::7", 0, 0, 0), 1280)),
    Message("IP_RECVERR", LINUX, _QUEUE, "struct { struct sock_extended_err error; struct sockaddr_in sender; }",
            f".error = {{{_ERROR}}}, .sender = {{.sin_family = AF_INET, .sin_addr.s_addr = {_IPV4}}}", _IP,
            (*_ERROR_VALUE, "192.0.2.7")),
    Message("IPV6_RECVERR", LINUX, _QUEUE, "struct { struct sock_extended_err error; struct sockaddr_in6 sender; }",
            f".error = {{{_ERROR}}}, .sender = {{.sin6_family = AF_INET6, .sin6_scope_id = 3, .sin6_addr = {_IPV6}}}",
            _IP, (*_ERROR_VALUE, "2001:db8::7%3")),
    Message("UDP_SEGMENT", LINUX, "stdint.h", "uint16_t", "1200", _IP, 1200),
    Message("SCTP_RCVINFO", LINUX, "stdint.h sys/socket.h linux/sctp.h", "struct sctp_rcvinfo", _RCVINFO, _IP,
            (1, 2, 3, 4, 5, 6, 7, 8)),
    Message("SCTP_RCVINFO", FREEBSD, f"{SOCKET} netinet/sctp.h netinet/sctp_uio.h", "struct sctp_rcvinfo", _RCVINFO,
            _IP, (1, 2, 3, 4, 5, 6, 7, 8)),
    Message("PACKET_AUXDATA", LINUX, "linux/if_packet.h", "struct tpacket_auxdata",
            ".tp_status = TP_STATUS_USER | TP_STATUS_VLAN_VALID, .tp_len = 1500, .tp_snaplen = 60, .tp_mac = 0,"
            " .tp_net = 14, .tp_vlan_tci = 0x3064, .tp_vlan_tpid = 0x8100",
            "sockcore_linux_misc", (17, 1500, 60, 0, 14, 0x3064, 0x8100)),
    Message("RDS_CMSG_RDMA_STATUS", LINUX, "linux/rds.h", "struct rds_rdma_notify", ".user_token = 1LL << 40,"
            " .status = RDS_RDMA_CANCELED", "sockcore_linux_misc", (1 << 40, 2)),
    Message("RDS_CMSG_RXPATH_LATENCY", LINUX, "linux/rds.h", "struct rds_cmsg_rx_trace",
            ".rx_traces = 2, .rx_trace_pos = {1, 2}, .rx_trace = {1000, 2000}", "sockcore_linux_misc",
            {1: 1000, 2: 2000}),
    Message("TIPC_DESTNAME", LINUX, "linux/tipc.h", "struct tipc_service_range", ".type = 258, .lower = 1, .upper = 2",
            "sockcore_linux_misc", (258, 1, 2)),
    Message("SCM_J1939_ERRQUEUE", LINUX, _QUEUE, "struct sock_extended_err", _ERROR, "sockcore_can",
            (*_ERROR_VALUE, None)),
    Message("SCM_J1939_DEST_NAME", LINUX, "stdint.h", "uint64_t", "0x0102030405060708", "sockcore_can",
            0x0102030405060708),
    Message("BT_SCM_ERROR", LINUX, _QUEUE, "struct sock_extended_err", _ERROR, "sockcore_bluetooth",
            (*_ERROR_VALUE, None)),
    Message("UDP_COALESCED_INFO", WINDOWS, WINSOCK, "DWORD", "1200", _IP, 1200),
    Message("HCI_CMSG_TSTAMP", LINUX, _KERNEL_TIME, "struct __kernel_old_timeval", ".tv_sec = 258, .tv_usec = 5",
            "sockcore_bluetooth", (258, 5000)),
)  # fmt: skip
