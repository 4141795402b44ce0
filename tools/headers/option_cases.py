"""Socket options for :mod:`.initialisers`, as initialisers of C structs and as Python values.

They are structs with bit-fields, unions or nested structs, whose order the check of offsets does not cover.
"""

from __future__ import annotations

from typing import NamedTuple

from .cases import DARWIN, FREEBSD, LINUX, WINDOWS


class OptionCase(NamedTuple):
    """The value of a socket option in C and in Python."""

    name: str
    systems: tuple[str, ...]
    headers: str
    struct: str
    fields: str
    plugin: str
    #: The decoded value.
    value: object
    #: True if the value is encoded to the same bytes.
    is_set: bool = True


_TCP = "stddef.h netinet/in.h linux/tcp.h"
_RDS = "netinet/in.h linux/rds.h"
_IP, _MISC = "sockcore_inet", "sockcore_linux_misc"
_PEER = "NET32(0xC0000207)"

OPTIONS: tuple[OptionCase, ...] = (
    OptionCase(
        "TCP_AO_INFO",
        LINUX,
        _TCP,
        "struct tcp_ao_info_opt",
        ".set_current = 1, .ao_required = 1, .accept_icmps = 1, .current_key = 7, .pkt_good = 258,"
        " .pkt_dropped_icmp = 5",
        _IP,
        (7, None, True, True, 258, 0, 0, 0, 5, False),
    ),
    OptionCase(
        "TCP_AO_INFO",
        LINUX,
        f"{_TCP} stdint.h",
        "struct { struct tcp_ao_info_opt ao; }",
        ".ao = {.set_rnext = 1, .set_counters = 1, .rnext = 9, .pkt_bad = 1ULL << 40}",
        _IP,
        (None, 9, False, False, 0, 1 << 40, 0, 0, 0, True),
    ),
    OptionCase(
        "TCP_AO_ADD_KEY",
        LINUX,
        _TCP,
        "struct tcp_ao_add",
        '.alg_name = "cmac(aes128)", .ifindex = 258, .set_rnext = 1, .prefix = 24, .sndid = 1, .rcvid = 2,'
        ' .maclen = 12, .keyflags = TCP_AO_KEYF_IFINDEX, .keylen = 3, .key = "abc"',
        _IP,
        ("", "cmac(aes128)", b"abc", 1, 2, 24, 12, 1, 258, False, True),
        is_set=False,
    ),
    OptionCase(
        "TCP_AO_DEL_KEY",
        LINUX,
        _TCP,
        "struct tcp_ao_del",
        ".set_current = 1, .del_async = 1, .prefix = 24, .sndid = 1, .rcvid = 2, .current_key = 3",
        _IP,
        ("", 1, 2, 24, 0, 0, 3, None, True),
        is_set=False,
    ),
    OptionCase(
        "TCP_AO_GET_KEYS",
        LINUX,
        _TCP,
        "struct tcp_ao_getsockopt",
        '.alg_name = "hmac(sha1)", .key = "abc", .nkeys = 1, .is_rnext = 1, .sndid = 1, .rcvid = 2, .prefix = 24,'
        " .maclen = 12, .keylen = 3, .ifindex = 258, .pkt_good = 5, .pkt_bad = 6",
        _IP,
        [("", "hmac(sha1)", b"abc", 1, 2, 24, 12, 0, 258, False, True, 5, 6)],
        is_set=False,
    ),
    OptionCase(
        "TCP_AO_REPAIR",
        LINUX,
        _TCP,
        "struct tcp_ao_repair",
        ".snt_isn = NET32(0x01020304), .rcv_isn = NET32(5), .snd_sne = 258, .rcv_sne = 7",
        _IP,
        (0x01020304, 5, 258, 7),
    ),
    OptionCase(
        "SO_DEVMEM_DONTNEED",
        LINUX,
        "linux/uio.h",
        "struct { struct dmabuf_token tokens[2]; }",
        ".tokens = {{1, 2}, {258, 3}}",
        "sockcore",
        [(1, 2), (258, 3)],
    ),
    OptionCase(
        "RDS_INFO_CONNECTIONS",
        LINUX,
        _RDS,
        "struct rds_info_connection",
        f'.next_tx_seq = 1, .next_rx_seq = 258, .laddr = {_PEER}, .faddr = NET32(1), .transport = "tcp", .flags = 4,'
        " .tos = 8",
        _MISC,
        [(1, 258, "192.0.2.7", "0.0.0.1", "tcp", 4, 8)],
        is_set=False,
    ),
    OptionCase(
        "RDS_INFO_SEND_MESSAGES",
        LINUX,
        _RDS,
        "struct rds_info_message",
        f".seq = 258, .len = 5, .laddr = {_PEER}, .faddr = NET32(1), .lport = NET16(258), .fport = NET16(80),"
        " .flags = 1, .tos = 2",
        _MISC,
        [(258, 5, ("192.0.2.7", 258), ("0.0.0.1", 80), 1, 2)],
        is_set=False,
    ),
    OptionCase(
        "RDS_INFO_TCP_SOCKETS",
        LINUX,
        _RDS,
        "struct rds_info_tcp_socket",
        f".local_addr = {_PEER}, .local_port = NET16(258), .peer_addr = NET32(1), .peer_port = NET16(80),"
        " .hdr_rem = 1, .data_rem = 258, .last_sent_nxt = 2, .last_expected_una = 3, .last_seen_una = 4, .tos = 5",
        _MISC,
        [(("192.0.2.7", 258), ("0.0.0.1", 80), 1, 258, 2, 3, 4, 5)],
        is_set=False,
    ),
    OptionCase(
        "RDS_INFO_IB_CONNECTIONS",
        LINUX,
        _RDS,
        "struct rds_info_rdma_connection",
        f".src_addr = {_PEER}, .dst_addr = NET32(1), .src_gid = {{1}}, .dst_gid = {{2}}, .max_send_wr = 258,"
        " .rdma_mr_size = 3, .tos = 4, .sl = 5, .cache_allocs = 6",
        _MISC,
        [("192.0.2.7", "0.0.0.1", b"\x01" + bytes(15), b"\x02" + bytes(15), 258, 0, 0, 0, 3, 4, 5, 6)],
        is_set=False,
    ),
    OptionCase(
        "UTUN_OPT_INC_IFDATA_STATS_IN",
        DARWIN,
        "sys/types.h net/if_utun.h",
        "struct utun_stats_param",
        ".utsp_packets = 1, .utsp_bytes = 1ULL << 40, .utsp_errors = 2",
        "sockcore_bsd",
        (1, 1 << 40, 2),
    ),
    OptionCase(
        "SIO_TCP_INFO",
        WINDOWS,
        "winsock2.h mstcpip.h",
        "TCP_INFO_v0",
        ".State = TCPSTATE_ESTABLISHED, .Mss = 1460, .ConnectionTimeMs = 1ULL << 40, .TimestampsEnabled = 1,"
        " .RttUs = 258, .BytesOut = 1ULL << 33, .TimeoutEpisodes = 2, .SynRetrans = 3",
        "sockcore_windows",
        (4, 1460, 1 << 40, True, 258, 0, 0, 0, 0, 0, 0, 1 << 33, 0, 0, 0, 0, 0, 2, 3, *(None,) * 9),
        is_set=False,
    ),
    OptionCase(
        "TCP_RXTLS_ENABLE",
        FREEBSD,
        "stdint.h sys/types.h sys/ktls.h",
        "struct tls_enable",
        ".cipher_algorithm = 25, .flags = 2, .tls_vmajor = 3, .tls_vminor = 4, .rec_seq = {1, [7] = 2}",
        _IP,
        (25, b"", b"", (3, 4), b"\x01" + bytes(6) + b"\x02", 0, b"", 2),
    ),
)
