"""The structs of TCP, MPTCP and UDP options. ``tools/headers`` compares them with the headers of every system.

The name of a field is "" if it consists of bit-fields, which have no offset in C.
"""

from __future__ import annotations

from sockcore.plugin import BE32, I32, U8, U16, U32, U64, CStruct, Field, Struct, octets, padding

_LINUX_TCP = "<linux/tcp.h>"
_TCP = "<sys/socket.h> <netinet/in.h> <netinet/tcp.h>"


def _each(field: Field, names: str) -> tuple[tuple[str, Field], ...]:
    return tuple((f"tcpi_{name}", field) for name in names.split())


#: TCP_INFO of Linux. Kernels append fields.
TCP_INFO = Struct(
    "struct tcp_info",
    _LINUX_TCP,
    *_each(U8, "state ca_state retransmits probes backoff options"),
    ("", U8),
    ("", U8),
    *_each(U32, "rto ato snd_mss rcv_mss unacked sacked lost retrans fackets"),
    *_each(U32, "last_data_sent last_ack_sent last_data_recv last_ack_recv"),
    *_each(U32, "pmtu rcv_ssthresh rtt rttvar snd_ssthresh snd_cwnd advmss reordering rcv_rtt rcv_space total_retrans"),
    *_each(U64, "pacing_rate max_pacing_rate bytes_acked bytes_received"),
    *_each(U32, "segs_out segs_in notsent_bytes min_rtt data_segs_in data_segs_out"),
    *_each(U64, "delivery_rate busy_time rwnd_limited sndbuf_limited"),
    *_each(U32, "delivered delivered_ce"),
    *_each(U64, "bytes_sent bytes_retrans"),
    *_each(U32, "dsack_dups reord_seen rcv_ooopack snd_wnd rcv_wnd rehash"),
    *_each(U16, "total_rto total_rto_recoveries"),
    *_each(U32, "total_rto_time received_ce delivered_e1_bytes delivered_e0_bytes delivered_ce_bytes"),
    *_each(U32, "received_e1_bytes received_e0_bytes received_ce_bytes"),
    ("", U32),
)

_UNUSED8 = (("__tcpi_ca_state", U8), ("__tcpi_retransmits", U8), ("__tcpi_probes", U8), ("__tcpi_backoff", U8))
_BSD_HEAD = (
    ("tcpi_rto", U32),
    ("__tcpi_ato", U32),
    *_each(U32, "snd_mss rcv_mss"),
    *((f"__tcpi_{name}", U32) for name in ("unacked", "sacked", "lost", "retrans", "fackets")),
)
_BSD_METRICS = (
    ("__tcpi_pmtu", U32),
    ("__tcpi_rcv_ssthresh", U32),
    *_each(U32, "rtt rttvar snd_ssthresh snd_cwnd"),
    ("__tcpi_advmss", U32),
    ("__tcpi_reordering", U32),
    ("__tcpi_rcv_rtt", U32),
    ("tcpi_rcv_space", U32),
)
_BSD_TIMES = (
    ("__tcpi_last_data_sent", U32),
    ("__tcpi_last_ack_sent", U32),
    ("tcpi_last_data_recv", U32),
    ("__tcpi_last_ack_recv", U32),
)
_COMMON = (
    *_each(U8, "state"), *_UNUSED8, *_each(U8, "options"), ("", U8), *_BSD_HEAD, *_BSD_TIMES, *_BSD_METRICS,
    *_each(U32, "snd_wnd snd_bwnd snd_nxt rcv_nxt toe_tid snd_rexmitpack rcv_ooopack snd_zerowin"),
)  # fmt: skip

#: TCP_INFO of the BSDs. Fields that begin with two underscores are not used there.
BSD_TCP_INFO = CStruct(
    "struct tcp_info",
    _TCP,
    {
        "freebsd": (
            *_COMMON,
            *_each(U32, "delivered_ce received_ce"),
            *((f"__tcpi_{name}_bytes", U32) for name in ("delivered_e1", "delivered_e0", "delivered_ce")),
            *((f"__tcpi_{name}_bytes", U32) for name in ("received_e1", "received_e0", "received_ce")),
            *_each(U32, "total_tlp"),
            *_each(U64, "total_tlp_bytes"),
            *_each(U32, "snd_una snd_max rcv_numsacks rcv_adv dupacks rttmin"),
            ("__tcpi_pad", octets(56)),
        ),
        "netbsd": (*_COMMON, ("__tcpi_pad", octets(104))),
        "openbsd": (
            *_each(U8, "state"),
            *_UNUSED8,
            *_each(U8, "options snd_wscale rcv_wscale"),
            *_BSD_HEAD,
            *_each(U32, "last_data_sent last_ack_sent last_data_recv last_ack_recv"),
            *_BSD_METRICS,
            *_each(U32, "snd_wnd snd_nxt rcv_nxt toe_tid snd_rexmitpack rcv_ooopack snd_zerowin"),
            *_each(U32, "rttmin max_sndwnd rcv_adv rcv_up snd_una snd_up snd_wl1 snd_wl2 snd_max ts_recent"),
            *_each(U32, "ts_recent_age rfbuf_cnt rfbuf_ts so_rcv_sb_cc so_rcv_sb_hiwat so_rcv_sb_lowat so_rcv_sb_wat"),
            *_each(U32, "so_snd_sb_cc so_snd_sb_hiwat so_snd_sb_lowat so_snd_sb_wat"),
        ),
        "*": (),
    },
)

#: TCP_CONNECTION_INFO of macOS.
TCP_CONNECTION_INFO = Struct(
    "struct tcp_connection_info",
    _TCP,
    *_each(U8, "state snd_wscale rcv_wscale"),
    ("__pad1", U8),
    *_each(U32, "options flags rto maxseg snd_ssthresh snd_cwnd snd_wnd snd_sbbytes rcv_wnd rttcur srtt rttvar"),
    ("", U32),
    *_each(U64, "txpackets txbytes txretransmitbytes rxpackets rxbytes rxoutoforderbytes txretransmitpackets"),
)

#: TCP_MD5SIG and TCP_MD5SIG_EXT of Linux.
TCP_MD5SIG = Struct(
    "struct tcp_md5sig",
    _LINUX_TCP,
    ("tcpm_addr", octets(128)),
    ("tcpm_flags", U8),
    ("tcpm_prefixlen", U8),
    ("tcpm_keylen", U16),
    ("tcpm_ifindex", I32),
    ("tcpm_key", octets(80)),
)

TCP_REPAIR_WINDOW = Struct(
    "struct tcp_repair_window",
    _LINUX_TCP,
    *((name, U32) for name in ("snd_wl1", "snd_wnd", "max_window", "rcv_wnd", "rcv_wup")),
)

TCP_REPAIR_OPT = Struct("struct tcp_repair_opt", _LINUX_TCP, ("opt_code", U32), ("opt_val", U32))

TCP_ZEROCOPY_RECEIVE = Struct(
    "struct tcp_zerocopy_receive",
    _LINUX_TCP,
    ("address", U64),
    ("length", U32),
    ("recv_skip_hint", U32),
    ("inq", U32),
    ("err", I32),
    ("copybuf_address", U64),
    ("copybuf_len", I32),
    ("flags", U32),
    ("msg_control", U64),
    ("msg_controllen", U64),
    ("msg_flags", U32),
    ("reserved", U32),
)

_AO_PEER = (("addr", octets(128)), ("alg_name", octets(64)))
_AO_COUNTERS = (("pkt_good", U64), ("pkt_bad", U64))
#: The structs of TCP-AO on Linux: RFC 5925. The fields without a name are bit-fields.
TCP_AO_ADD = Struct(
    "struct tcp_ao_add",
    _LINUX_TCP,
    *_AO_PEER,
    ("ifindex", I32),
    ("", U32),
    ("reserved2", U16),
    *((name, U8) for name in ("prefix", "sndid", "rcvid", "maclen", "keyflags", "keylen")),
    ("key", octets(80)),
)
TCP_AO_DEL = Struct(
    "struct tcp_ao_del",
    _LINUX_TCP,
    _AO_PEER[0],
    ("ifindex", I32),
    ("", U32),
    ("reserved2", U16),
    *((name, U8) for name in ("prefix", "sndid", "rcvid", "current_key", "rnext", "keyflags")),
)
TCP_AO_INFO_OPT = Struct(
    "struct tcp_ao_info_opt",
    _LINUX_TCP,
    ("", U32),
    ("reserved2", U16),
    ("current_key", U8),
    ("rnext", U8),
    *_AO_COUNTERS,
    *((name, U64) for name in ("pkt_key_not_found", "pkt_ao_required", "pkt_dropped_icmp")),
)
TCP_AO_GETSOCKOPT = Struct(
    "struct tcp_ao_getsockopt",
    _LINUX_TCP,
    *_AO_PEER,
    ("key", octets(80)),
    ("nkeys", U32),
    ("", U16),
    *((name, U8) for name in ("sndid", "rcvid", "prefix", "maclen", "keyflags", "keylen")),
    ("ifindex", I32),
    *_AO_COUNTERS,
)
TCP_AO_REPAIR = Struct(
    "struct tcp_ao_repair",
    _LINUX_TCP,
    *(("snt_isn", BE32), ("rcv_isn", BE32), ("snd_sne", U32), ("rcv_sne", U32)),
)

#: TCP_TXTLS_ENABLE and TCP_RXTLS_ENABLE of FreeBSD.
TLS_ENABLE = CStruct(
    "struct tls_enable",
    "<stdint.h> <sys/ktls.h>",
    {
        "*": (
            *((name, "pointer") for name in ("cipher_key", "iv", "auth_key")),
            *(
                (name, "int")
                for name in ("cipher_algorithm", "cipher_key_len", "iv_len", "auth_algorithm", "auth_key_len", "flags")
            ),
            *(("tls_vmajor", U8), ("tls_vminor", U8), ("rec_seq", octets(8))),
        )
    },
)

_DIAG = "<linux/inet_diag.h>"
#: The arms of TCP_CC_INFO.
TCPVEGAS_INFO = Struct(
    "struct tcpvegas_info", _DIAG, *((f"tcpv_{name}", U32) for name in ("enabled", "rttcnt", "rtt", "minrtt"))
)
TCP_DCTCP_INFO = Struct(
    "struct tcp_dctcp_info",
    _DIAG,
    ("dctcp_enabled", U16),
    ("dctcp_ce_state", U16),
    ("dctcp_alpha", U32),
    ("dctcp_ab_ecn", U32),
    ("dctcp_ab_tot", U32),
)
TCP_BBR_INFO = Struct(
    "struct tcp_bbr_info",
    _DIAG,
    *((f"bbr_{name}", U32) for name in ("bw_lo", "bw_hi", "min_rtt", "pacing_gain", "cwnd_gain")),
)

_U8 = ("subflows", "add_addr_signal", "add_addr_accepted", "subflows_max", "add_addr_signal_max")
#: MPTCP_INFO. Kernels append fields.
MPTCP_INFO = CStruct(
    "struct mptcp_info",
    "<linux/mptcp.h>",
    {
        "*": tuple(
            (name if name == "reserved" else f"mptcpi_{name}", field)
            for field, names in (
                (U8, (*_U8, "add_addr_accepted_max")),
                (U32, ("flags", "token")),
                (U64, ("write_seq", "snd_una", "rcv_nxt")),
                (U8, ("local_addr_used", "local_addr_max", "csum_enabled")),
                (U32, ("retransmits",)),
                (U64, ("bytes_retrans", "bytes_sent", "bytes_received", "bytes_acked")),
                (U8, ("subflows_total", "endp_laminar_max", "endp_fullmesh_max", "reserved")),
                (U32, ("last_data_sent", "last_data_recv", "last_ack_recv")),
            )
            for name in names
        )
    },
)

#: The header of MPTCP_TCPINFO and MPTCP_SUBFLOW_ADDRS. An element for each subflow follows.
MPTCP_SUBFLOW_DATA = CStruct(
    "struct mptcp_subflow_data",
    "<linux/mptcp.h>",
    {"*": (("size_subflow_data", "uint"), ("num_subflows", "uint"), ("size_kernel", "uint"), ("size_user", "uint"))},
    align=8,
)

#: An element of MPTCP_SUBFLOW_ADDRS: two struct sockaddr_storage.
MPTCP_SUBFLOW_ADDRS = Struct(
    "struct mptcp_subflow_addrs", "<linux/mptcp.h>", ("ss_local", octets(128)), ("ss_remote", octets(128))
)

#: Two struct sockaddr_storage, which have the alignment of a long.
_ADDRESSES = (("addrs.ss_local", octets(128)), ("addrs.ss_remote", octets(128)))

#: An element of the first array of MPTCP_FULL_INFO.
MPTCP_SUBFLOW_INFO = CStruct(
    "struct mptcp_subflow_info",
    "<linux/mptcp.h>",
    {"64bit": (("id", U32), ("", padding(4)), *_ADDRESSES), "*": (("id", U32), *_ADDRESSES)},
)

#: MPTCP_FULL_INFO: the sizes of the elements and arrays, the addresses of two arrays, and a struct mptcp_info.
MPTCP_FULL_INFO = CStruct(
    "struct mptcp_full_info",
    "<linux/mptcp.h>",
    {
        "*": (
            *(("size_tcpinfo_kernel", U32), ("size_tcpinfo_user", U32)),
            *(("size_sfinfo_kernel", U32), ("size_sfinfo_user", U32)),
            *(("num_subflows", U32), ("size_arrays_user", U32), ("subflow_info", U64), ("tcp_info", U64)),
            ("mptcp_info", MPTCP_INFO),
        )
    },
    align=8,
)

#: The header of the value of TLS_TX and TLS_RX.
TLS_CRYPTO_INFO = Struct("struct tls_crypto_info", "<linux/tls.h>", ("version", U16), ("cipher_type", U16))


def _crypto_info(cipher: str, iv: int, key: int, salt: int) -> Struct:
    """Return the struct of a cipher, with the sizes of its secrets in bytes."""
    sizes = (("iv", iv), ("key", key), ("salt", salt), ("rec_seq", 8))
    return Struct(
        f"struct tls12_crypto_info_{cipher.lower()}",
        "<linux/tls.h>",
        ("info", TLS_CRYPTO_INFO),
        *((name, octets(size)) for name, size in sizes if size),
    )


#: Cipher, TLS_CIPHER_* without the prefix -> the value of TLS_TX and TLS_RX.
TLS_CRYPTO_INFOS: dict[str, Struct] = {
    cipher: _crypto_info(cipher, *sizes)
    for cipher, sizes in {
        "AES_GCM_128": (8, 16, 4),
        "AES_GCM_256": (8, 32, 4),
        "AES_CCM_128": (8, 16, 4),
        "CHACHA20_POLY1305": (12, 32, 0),
        "SM4_GCM": (8, 16, 4),
        "SM4_CCM": (8, 16, 4),
        "ARIA_GCM_128": (8, 16, 4),
        "ARIA_GCM_256": (8, 32, 4),
    }.items()
}

#: System -> its structs.
STRUCTS_BY_SYSTEM: dict[str, tuple[Struct, ...]] = {
    "linux": (
        *(TCP_INFO, TCP_MD5SIG, TCP_REPAIR_WINDOW, TCP_REPAIR_OPT, TCP_ZEROCOPY_RECEIVE),
        *(TCPVEGAS_INFO, TCP_DCTCP_INFO, TCP_BBR_INFO, MPTCP_INFO),
        *(MPTCP_SUBFLOW_DATA, MPTCP_SUBFLOW_ADDRS, MPTCP_SUBFLOW_INFO, MPTCP_FULL_INFO),
        *(TCP_AO_ADD, TCP_AO_DEL, TCP_AO_INFO_OPT, TCP_AO_GETSOCKOPT, TCP_AO_REPAIR),
        *(TLS_CRYPTO_INFO, *TLS_CRYPTO_INFOS.values()),
    ),
    "freebsd": (BSD_TCP_INFO, TLS_ENABLE),
    "netbsd": (BSD_TCP_INFO,),
    "openbsd": (BSD_TCP_INFO,),
    "darwin": (TCP_CONNECTION_INFO,),
}
