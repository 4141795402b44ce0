"""TCP_INFO, TCP_CC_INFO, TCP_CONNECTION_INFO and MPTCP_INFO: the state of a connection.

1. The names of fields are those of the header without ``tcpi_``. A field that the kernel did not write is None, because
   each kernel knows the fields of its version.
2. Numbers are those of the kernel. On Linux, ``rto``, ``ato``, ``rtt``, ``rttvar``, ``rcv_rtt``, ``min_rtt``,
   ``busy_time``, ``rwnd_limited`` and ``sndbuf_limited`` are in microseconds, ``last_*`` and ``total_rto_time`` in
   milliseconds, rates in bytes per second, windows and ``*_mss`` in bytes. ``snd_cwnd``, ``snd_ssthresh``, ``unacked``,
   ``lost`` and ``retrans`` are numbers of segments.
3. On the BSDs, ``rto``, ``rtt``, ``rttvar`` and ``last_*`` are in microseconds. On macOS, ``rto``, ``rttcur``,
   ``srtt`` and ``rttvar`` are in milliseconds. There, ``snd_cwnd`` and ``snd_ssthresh`` are in bytes.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

from sockcore.plugin import (
    Any,
    Callable,
    Kind,
    Mapping,
    OpenEnum,
    Optional,
    Struct,
    Union,
    getsockopt_with_input,
    partial_values,
    struct_kind,
)
from sockcore_inet.constants import TABLE
from sockcore_inet.tcp_structs import (
    BSD_TCP_INFO,
    MPTCP_INFO,
    TCP_BBR_INFO,
    TCP_CONNECTION_INFO,
    TCP_DCTCP_INFO,
    TCP_INFO,
    TCPVEGAS_INFO,
)


class TcpState(OpenEnum):
    """The state of a connection on Linux: TCP_* of <netinet/tcp.h>."""

    ESTABLISHED = TABLE.get("TCP_ESTABLISHED", -101)
    SYN_SENT = TABLE.get("TCP_SYN_SENT", -102)
    SYN_RECV = TABLE.get("TCP_SYN_RECV", -103)
    FIN_WAIT1 = TABLE.get("TCP_FIN_WAIT1", -104)
    FIN_WAIT2 = TABLE.get("TCP_FIN_WAIT2", -105)
    TIME_WAIT = TABLE.get("TCP_TIME_WAIT", -106)
    CLOSE = TABLE.get("TCP_CLOSE", -107)
    CLOSE_WAIT = TABLE.get("TCP_CLOSE_WAIT", -108)
    LAST_ACK = TABLE.get("TCP_LAST_ACK", -109)
    LISTEN = TABLE.get("TCP_LISTEN", -110)
    CLOSING = TABLE.get("TCP_CLOSING", -111)


if sys.platform == "linux":

    class TcpInfo(NamedTuple):
        """The value of TCP_INFO on Linux."""

        state: TcpState
        ca_state: int
        retransmits: int
        probes: int
        backoff: int
        options: int
        snd_wscale: int
        rcv_wscale: int
        delivery_rate_app_limited: bool
        fastopen_client_fail: int
        rto: int
        ato: int
        snd_mss: int
        rcv_mss: int
        unacked: int
        sacked: int
        lost: int
        retrans: int
        fackets: int
        last_data_sent: int
        last_ack_sent: int
        last_data_recv: int
        last_ack_recv: int
        pmtu: int
        rcv_ssthresh: int
        rtt: int
        rttvar: int
        snd_ssthresh: int
        snd_cwnd: int
        advmss: int
        reordering: int
        rcv_rtt: int
        rcv_space: int
        total_retrans: int
        pacing_rate: Optional[int] = None
        max_pacing_rate: Optional[int] = None
        bytes_acked: Optional[int] = None
        bytes_received: Optional[int] = None
        segs_out: Optional[int] = None
        segs_in: Optional[int] = None
        notsent_bytes: Optional[int] = None
        min_rtt: Optional[int] = None
        data_segs_in: Optional[int] = None
        data_segs_out: Optional[int] = None
        delivery_rate: Optional[int] = None
        busy_time: Optional[int] = None
        rwnd_limited: Optional[int] = None
        sndbuf_limited: Optional[int] = None
        delivered: Optional[int] = None
        delivered_ce: Optional[int] = None
        bytes_sent: Optional[int] = None
        bytes_retrans: Optional[int] = None
        dsack_dups: Optional[int] = None
        reord_seen: Optional[int] = None
        rcv_ooopack: Optional[int] = None
        snd_wnd: Optional[int] = None
        rcv_wnd: Optional[int] = None
        rehash: Optional[int] = None
        total_rto: Optional[int] = None
        total_rto_recoveries: Optional[int] = None
        total_rto_time: Optional[int] = None
        received_ce: Optional[int] = None
        delivered_e1_bytes: Optional[int] = None
        delivered_e0_bytes: Optional[int] = None
        delivered_ce_bytes: Optional[int] = None
        received_e1_bytes: Optional[int] = None
        received_e0_bytes: Optional[int] = None
        received_ce_bytes: Optional[int] = None
        ecn_mode: Optional[int] = None
        accecn_opt_seen: Optional[int] = None
        accecn_fail_mode: Optional[int] = None
        options2: Optional[int] = None
else:

    class TcpInfo(NamedTuple):
        """The value of TCP_INFO on the BSDs. A field that the system does not have is None."""

        state: int
        options: int
        snd_wscale: int
        rcv_wscale: int
        rto: int
        snd_mss: int
        rcv_mss: int
        last_data_recv: int
        rtt: int
        rttvar: int
        snd_ssthresh: int
        snd_cwnd: int
        rcv_space: int
        snd_wnd: int
        snd_nxt: int
        rcv_nxt: int
        toe_tid: int
        snd_rexmitpack: int
        rcv_ooopack: int
        snd_zerowin: int
        snd_bwnd: Optional[int] = None
        delivered_ce: Optional[int] = None
        received_ce: Optional[int] = None
        total_tlp: Optional[int] = None
        total_tlp_bytes: Optional[int] = None
        snd_una: Optional[int] = None
        snd_max: Optional[int] = None
        rcv_numsacks: Optional[int] = None
        rcv_adv: Optional[int] = None
        dupacks: Optional[int] = None
        rttmin: Optional[int] = None
        last_data_sent: Optional[int] = None
        last_ack_sent: Optional[int] = None
        last_ack_recv: Optional[int] = None
        max_sndwnd: Optional[int] = None
        rcv_up: Optional[int] = None
        snd_up: Optional[int] = None
        snd_wl1: Optional[int] = None
        snd_wl2: Optional[int] = None
        ts_recent: Optional[int] = None
        ts_recent_age: Optional[int] = None
        rfbuf_cnt: Optional[int] = None
        rfbuf_ts: Optional[int] = None
        so_rcv_sb_cc: Optional[int] = None
        so_rcv_sb_hiwat: Optional[int] = None
        so_rcv_sb_lowat: Optional[int] = None
        so_rcv_sb_wat: Optional[int] = None
        so_snd_sb_cc: Optional[int] = None
        so_snd_sb_hiwat: Optional[int] = None
        so_snd_sb_lowat: Optional[int] = None
        so_snd_sb_wat: Optional[int] = None


class TcpConnectionInfo(NamedTuple):
    """The value of TCP_CONNECTION_INFO on macOS. *tfo* has the bits ``tcpi_tfo_*`` of the header, in order."""

    state: int
    snd_wscale: int
    rcv_wscale: int
    options: int
    flags: int
    rto: int
    maxseg: int
    snd_ssthresh: int
    snd_cwnd: int
    snd_wnd: int
    snd_sbbytes: int
    rcv_wnd: int
    rttcur: int
    srtt: int
    rttvar: int
    tfo: int
    txpackets: int
    txbytes: int
    txretransmitbytes: int
    rxpackets: int
    rxbytes: int
    rxoutoforderbytes: int
    txretransmitpackets: int


class MptcpInfo(NamedTuple):
    """The value of MPTCP_INFO."""

    subflows: int
    add_addr_signal: int
    add_addr_accepted: int
    subflows_max: int
    add_addr_signal_max: int
    add_addr_accepted_max: int
    flags: int
    token: int
    write_seq: int
    snd_una: int
    rcv_nxt: int
    local_addr_used: Optional[int] = None
    local_addr_max: Optional[int] = None
    csum_enabled: Optional[bool] = None
    retransmits: Optional[int] = None
    bytes_retrans: Optional[int] = None
    bytes_sent: Optional[int] = None
    bytes_received: Optional[int] = None
    bytes_acked: Optional[int] = None
    subflows_total: Optional[int] = None
    endp_laminar_max: Optional[int] = None
    endp_fullmesh_max: Optional[int] = None
    last_data_sent: Optional[int] = None
    last_data_recv: Optional[int] = None
    last_ack_recv: Optional[int] = None


class VegasInfo(NamedTuple):
    """The value of TCP_CC_INFO for the algorithms vegas, yeah, veno, illinois and westwood: times in microseconds."""

    enabled: int
    rttcnt: int
    rtt: int
    minrtt: int


class DctcpInfo(NamedTuple):
    """The value of TCP_CC_INFO for dctcp."""

    enabled: int
    ce_state: int
    alpha: int
    ab_ecn: int
    ab_tot: int


class BbrInfo(NamedTuple):
    """The value of TCP_CC_INFO for bbr: the bandwidth in two halves, in bytes per second, and gains times 256."""

    bw_lo: int
    bw_hi: int
    min_rtt: int
    pacing_gain: int
    cwnd_gain: int


CcInfo = Optional[Union[BbrInfo, DctcpInfo, VegasInfo]]

#: The bit-fields of each unit: (name, width) in the order of the header.
_Bits = tuple[tuple[str, int], ...]
_WSCALE: _Bits = (("snd_wscale", 4), ("rcv_wscale", 4))
_LINUX_BITS: tuple[_Bits, ...] = (
    _WSCALE,
    (("delivery_rate_app_limited", 1), ("fastopen_client_fail", 2)),
    (("ecn_mode", 2), ("accecn_opt_seen", 2), ("accecn_fail_mode", 4), ("options2", 24)),
)


def split_bits(number: int, unit: int, bits: _Bits, byteorder: str = sys.byteorder) -> dict[str, int]:
    """Return the values of bit-fields in a unit of *unit* bits.

    A compiler for big-endian machines begins with the highest bit.
    """
    values, position = {}, 0
    for name, width in bits:
        shift = position if byteorder == "little" else unit - position - width
        values[name] = number >> shift & ((1 << width) - 1)
        position += width
    return values


def join_bits(values: Mapping[str, int], unit: int, bits: _Bits, byteorder: str = sys.byteorder) -> int:
    """Return the unit of *unit* bits with these values of bit-fields. See :func:`split_bits`."""
    number, position = 0, 0
    for name, width in bits:
        shift = position if byteorder == "little" else unit - position - width
        number |= values.get(name, 0) << shift
        position += width
    return number


def info_decoder(
    cls: Callable[..., Any],
    layout: Struct,
    prefix: str,
    units: tuple[_Bits, ...],
    kinds: dict[str, Callable[[Any], Any]],
) -> Callable[[bytes], Any]:
    """Return the decoder of a struct whose fields begin with *prefix*, and contain *units* of bit-fields."""
    names: tuple[str, ...] = cls._fields  # type: ignore[attr-defined]

    def decode(data: bytes) -> Any:
        values: dict[str, Any] = {}
        remaining = iter(units)
        for (field, field_type), value in zip(layout.fields, partial_values(layout, data)):
            if field:
                values[field.removeprefix(prefix)] = value
            elif bits := next(remaining, ()):
                unit = {"B": 8, "I": 32}[field_type.format]
                values.update(dict.fromkeys(dict(bits)) if value is None else split_bits(value, unit, bits))
        return cls(*(_convert(kinds.get(name), values.get(name)) for name in names))

    return decode


def _convert(convert: Callable[[Any], Any] | None, value: Any) -> Any:
    return value if value is None or convert is None else convert(value)


def _read_cc_info(fd: int, level: int, optname: int) -> bytes:
    # The struct depends on the algorithm. Its name stands before the struct.
    name = getsockopt_with_input(fd, level, TABLE["TCP_CONGESTION"], bytes(16))
    return name.ljust(16, b"\0") + getsockopt_with_input(fd, level, optname, bytes(TCP_BBR_INFO.size))


_BBR = struct_kind(BbrInfo, TCP_BBR_INFO)
_DCTCP = struct_kind(DctcpInfo, TCP_DCTCP_INFO)
_VEGAS = struct_kind(VegasInfo, TCPVEGAS_INFO)


def _decode_cc_info(data: bytes) -> CcInfo:
    name, info = data[:16].rstrip(b"\0"), data[16:]
    if not info:
        return None
    if name.startswith(b"bbr"):
        return _BBR.decode(info)
    return _DCTCP.decode(info) if name.startswith(b"dctcp") else _VEGAS.decode(info)


_IS_LINUX = sys.platform == "linux"
_LAYOUT: Struct = TCP_INFO if _IS_LINUX else BSD_TCP_INFO
TCP_INFO_KIND: Kind[TcpInfo] = Kind(
    "TcpInfo",
    _LAYOUT.size,
    info_decoder(
        TcpInfo,
        _LAYOUT,
        "tcpi_",
        _LINUX_BITS if _IS_LINUX else (_WSCALE,),
        {"state": TcpState, "delivery_rate_app_limited": bool} if _IS_LINUX else {},
    ),
)
CONNECTION_INFO: Kind[TcpConnectionInfo] = Kind(
    "TcpConnectionInfo",
    TCP_CONNECTION_INFO.size,
    info_decoder(TcpConnectionInfo, TCP_CONNECTION_INFO, "tcpi_", ((("tfo", 32),),), {}),
)
MPTCP_INFO_KIND: Kind[MptcpInfo] = Kind(
    "MptcpInfo", MPTCP_INFO.size, info_decoder(MptcpInfo, MPTCP_INFO, "mptcpi_", (), {"csum_enabled": bool})
)
CC_INFO: Kind[CcInfo] = Kind("BbrInfo, DctcpInfo, VegasInfo or None", 36, _decode_cc_info, reader=_read_cc_info)
