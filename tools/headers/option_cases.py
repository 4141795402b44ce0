"""Socket options for :mod:`.initialisers`, as initialisers of C structs and as Python values.

They are structs with bit-fields, unions or nested structs, whose order the check of offsets does not cover.
"""

from __future__ import annotations

from typing import NamedTuple

from .cases import DARWIN, FREEBSD, LINUX, NETBSD, SOCKET, WINDOWS


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
_OPENBSD = ("openbsd",)
#: The headers of macOS that zig has do not contain netinet/ip6.h.
_WITH_IP6_HEADER = LINUX + FREEBSD + NETBSD + _OPENBSD
_TLS = "stdint.h linux/tls.h"
_SECRETS = ".iv = {1, [7] = 2}, .key = {3, [15] = 4}, .salt = {5, [3] = 6}, .rec_seq = {7, [7] = 8}"
_SECRET_VALUES = (
    *(b"\x01" + bytes(6) + b"\x02", b"\x03" + bytes(14) + b"\x04"),
    *(b"\x05\0\0\x06", b"\x07" + bytes(6) + b"\x08"),
)
#: A NOP, and a loose source route with one address. The BSDs have the first address in the field before the options.
_ROUTE = "1, 131, 7, 4, 192, 0, 2, 8"
_BSD_ROUTE_VALUE = ((1, b""), (("192.0.2.7", "192.0.2.8"), False, 0))
#: struct in6_addr, in a struct ip6_rthdr0 or ip6_rthdr and addresses.
_IPV6 = "{.s6_addr = {0x20, 1, 0xd, 0xb8, [15] = 7}}"
_IPV6_BYTES = b"\x20\x01\x0d\xb8" + bytes(11) + b"\x07"


def _crypto_info(cipher: str, number: int, key: int = 16) -> OptionCase:
    """Return the value of TLS_TX for a cipher with a key of *key* bytes."""
    name = cipher.rpartition("TLS_CIPHER_")[2].lower()
    fields = f".info = {{TLS_1_2_VERSION, {cipher}}}, {_SECRETS}"
    iv, secret, salt, rec_seq = _SECRET_VALUES
    value = (0x0303, number, iv, secret.ljust(key, b"\0"), salt, rec_seq)
    return OptionCase("TLS_TX", LINUX, _TLS, f"struct tls12_crypto_info_{name}", fields, _IP, value)


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
    _crypto_info("TLS_CIPHER_AES_GCM_128", 51),
    _crypto_info("TLS_CIPHER_AES_GCM_256", 52, 32),
    _crypto_info("TLS_CIPHER_AES_CCM_128", 53),
    _crypto_info("TLS_CIPHER_SM4_GCM", 55),
    _crypto_info("TLS_CIPHER_SM4_CCM", 56),
    _crypto_info("TLS_CIPHER_ARIA_GCM_128", 57),
    _crypto_info("TLS_CIPHER_ARIA_GCM_256", 58, 32),
    OptionCase(
        "TLS_RX",
        LINUX,
        _TLS,
        "struct tls12_crypto_info_chacha20_poly1305",
        ".info = {TLS_1_3_VERSION, TLS_CIPHER_CHACHA20_POLY1305}, .iv = {1, [11] = 2}, .key = {3, [31] = 4},"
        " .rec_seq = {5, [7] = 6}",
        _IP,
        (0x0304, 54, b"\x01" + bytes(10) + b"\x02", b"\x03" + bytes(30) + b"\x04", b"", b"\x05" + bytes(6) + b"\x06"),
    ),
    OptionCase("TLS_TX_MAX_PAYLOAD_LEN", LINUX, "stdint.h", "uint16_t", "0x0102", _IP, 0x0102),
    OptionCase(
        "IP_OPTIONS",
        DARWIN + NETBSD + _OPENBSD,
        f"{SOCKET} netinet/in.h",
        "struct ip_opts",
        f".ip_dst.s_addr = {_PEER}, .ip_opts = {{{_ROUTE}}}",
        _IP,
        _BSD_ROUTE_VALUE,
        is_set=False,
    ),
    OptionCase(
        "IP_OPTIONS",
        FREEBSD,
        f"{SOCKET} netinet/in.h netinet/ip_var.h",
        "struct ipoption",
        f".ipopt_dst.s_addr = {_PEER}, .ipopt_list = {{{_ROUTE}}}",
        _IP,
        _BSD_ROUTE_VALUE,
        is_set=False,
    ),
    # The numbers of options and flags, and the pointers, are those of each header.
    OptionCase(
        "IP_OPTIONS",
        LINUX,
        "stdint.h linux/ip.h",
        "struct { uint8_t nop; uint8_t types[3][4]; uint8_t time[8]; }",
        ".nop = IPOPT_NOOP, .types = {{IPOPT_RR, 3, IPOPT_MINOFF, IPOPT_NOOP}, {IPOPT_SSRR, 3, IPOPT_MINOFF,"
        " IPOPT_NOOP}, {IPOPT_RA, 4, 1, 2}}, .time = {IPOPT_TS, 8, 5, IPOPT_TS_TSONLY}",
        _IP,
        ((1, b""), ((), 0), (1, b""), ((), True, 0), (1, b""), (258,), ((), 1, 0, 0)),
        is_set=False,
    ),
    OptionCase(
        "IP_OPTIONS",
        LINUX,
        "stdint.h linux/ip.h",
        "struct { uint8_t route[4]; uint8_t own[4]; uint8_t time[14]; }",
        ".route = {IPOPT_LSRR, 3, IPOPT_MINOFF, IPOPT_NOOP}, .own = {200, 3, 9, IPOPT_NOOP}, .time = {IPOPT_TS, 12, 13,"
        " IPOPT_TS_PRESPEC, 192, 0, 2, 7, 1, 2, 3, 4, IPOPT_NOOP, IPOPT_END}",
        _IP,
        (((), False, 0), (1, b""), (200, b"\x09"), (1, b""), ((("192.0.2.7", 0x01020304),), 0, 3, 0), (1, b"")),
        is_set=False,
    ),
    OptionCase(
        "IPV6_HOPOPTS",
        _WITH_IP6_HEADER,
        f"{SOCKET} netinet/in.h netinet/ip6.h",
        "struct { struct ip6_hbh header; struct ip6_opt option; unsigned char data[2]; struct ip6_opt pad; }",
        ".option = {5, 2}, .data = {1, 2}, .pad = {IP6OPT_PADN, 0}",
        _IP,
        ((5, b"\x01\x02"),),
    ),
    OptionCase(
        "IPV6_DSTOPTS",
        _WITH_IP6_HEADER,
        f"{SOCKET} netinet/in.h netinet/ip6.h",
        "struct { struct ip6_dest header; struct ip6_opt option; unsigned char data[11]; unsigned char pad; }",
        ".header = {0, 1}, .option = {30, 11}, .data = {1, [10] = 2}, .pad = IP6OPT_PAD1",
        _IP,
        ((30, b"\x01" + bytes(9) + b"\x02"),),
    ),
    OptionCase(
        "IPV6_RTHDR",
        _WITH_IP6_HEADER,
        f"{SOCKET} netinet/in.h netinet/ip6.h",
        "struct { struct ip6_rthdr header; unsigned char reserved[4]; struct in6_addr address; }",
        f".header = {{0, 2, 2, 1}}, .address = {_IPV6}",
        _IP,
        (2, 1, bytes(4) + _IPV6_BYTES),
    ),
    OptionCase(
        "IPV6_FLOWLABEL_MGR",
        LINUX,
        "stdint.h netinet/in.h linux/in6.h",
        "struct in6_flowlabel_req",
        f".flr_dst = {_IPV6}, .flr_label = NET32(0x12345), .flr_action = IPV6_FL_A_PUT, .flr_share = IPV6_FL_S_ANY,"
        " .flr_flags = 258, .flr_expires = 20, .flr_linger = 6",
        _IP,
        ("2001:db8::7", 0x12345, 1, 255, 258, 20, 6, 0),
    ),
    OptionCase("SO_BUF_LOCK", LINUX, "linux/socket.h", "int", "SOCK_SNDBUF_LOCK", "sockcore", 1),
    OptionCase(
        "SO_BUF_LOCK",
        LINUX,
        "linux/socket.h",
        "struct { int locks; }",
        ".locks = SOCK_SNDBUF_LOCK | SOCK_RCVBUF_LOCK",
        "sockcore",
        3,
    ),
    OptionCase("SO_TXREHASH", LINUX, "linux/socket.h", "int", "SOCK_TXREHASH_ENABLED", "sockcore", 1),
    OptionCase(
        "SO_TXREHASH",
        LINUX,
        "linux/socket.h",
        "struct { int mode; }",
        ".mode = SOCK_TXREHASH_DEFAULT",
        "sockcore",
        -1,
        is_set=False,
    ),
    OptionCase("SO_NET_SERVICE_TYPE", DARWIN, SOCKET, "int", "NET_SERVICE_TYPE_RD", "sockcore", 8),
    OptionCase(
        "SO_NETSVC_MARKING_LEVEL",
        DARWIN,
        SOCKET,
        "int",
        "NETSVC_MRKNG_LVL_L3L2_BK",
        "sockcore",
        3,
        is_set=False,
    ),
    OptionCase(
        "IP_PROTECTION_LEVEL",
        WINDOWS,
        "winsock2.h ws2tcpip.h",
        "int",
        "PROTECTION_LEVEL_RESTRICTED",
        _IP,
        30,
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
