"""The socket options of AF_HYPERV, and SIO_TCP_INFO, for sockcore.options.

The options of AF_HYPERV are registered with this family, because their level HV_PROTOCOL_RAW equals IPPROTO_ICMP.
(HVSOCKET_ADDRESS_FLAG_PASSTHRU is not an option, but a flag in the description of a partition.)
"""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import (
    FLAG,
    Any,
    FieldKind,
    Iterator,
    Kind,
    OpenEnum,
    Option,
    Optional,
    OptionTable,
    backend_function,
    number_kind,
    partial_struct_kind,
)
from sockcore_windows.constants import AF_HYPERV, TABLE
from sockcore_windows.structs import TCP_INFO_V1, ULONG

#: The version of the struct that SIO_TCP_INFO returns, and that of older systems.
_NEWEST, _OLDEST = 1, 0


class TcpState(OpenEnum):
    """The state of a connection: TCPSTATE_* of <mstcpip.h>."""

    CLOSED = TABLE.get("TCPSTATE_CLOSED", -101)
    LISTEN = TABLE.get("TCPSTATE_LISTEN", -102)
    SYN_SENT = TABLE.get("TCPSTATE_SYN_SENT", -103)
    SYN_RCVD = TABLE.get("TCPSTATE_SYN_RCVD", -104)
    ESTABLISHED = TABLE.get("TCPSTATE_ESTABLISHED", -105)
    FIN_WAIT_1 = TABLE.get("TCPSTATE_FIN_WAIT_1", -106)
    FIN_WAIT_2 = TABLE.get("TCPSTATE_FIN_WAIT_2", -107)
    CLOSE_WAIT = TABLE.get("TCPSTATE_CLOSE_WAIT", -108)
    CLOSING = TABLE.get("TCPSTATE_CLOSING", -109)
    LAST_ACK = TABLE.get("TCPSTATE_LAST_ACK", -110)
    TIME_WAIT = TABLE.get("TCPSTATE_TIME_WAIT", -111)


class TcpInfo(NamedTuple):
    """The value of SIO_TCP_INFO. The names are those of the struct. An older system omits the last ones."""

    State: TcpState
    Mss: int
    ConnectionTimeMs: int
    TimestampsEnabled: bool
    RttUs: int
    MinRttUs: int
    BytesInFlight: int
    Cwnd: int
    SndWnd: int
    RcvWnd: int
    RcvBuf: int
    BytesOut: int
    BytesIn: int
    BytesReordered: int
    BytesRetrans: int
    FastRetrans: int
    DupAcksIn: int
    TimeoutEpisodes: int
    SynRetrans: int
    SndLimTransRwin: Optional[int] = None
    SndLimTimeRwin: Optional[int] = None
    SndLimBytesRwin: Optional[int] = None
    SndLimTransCwnd: Optional[int] = None
    SndLimTimeCwnd: Optional[int] = None
    SndLimBytesCwnd: Optional[int] = None
    SndLimTransSnd: Optional[int] = None
    SndLimTimeSnd: Optional[int] = None
    SndLimBytesSnd: Optional[int] = None


def _read_tcp_info(fd: int, level: int, control: int) -> bytes:
    """Call WSAIoctl with the newest version of the struct, or with the oldest one on Windows before 1809."""
    call = backend_function("wsa_ioctl")
    assert call is not None
    code = control & 0xFFFFFFFF
    try:
        data: bytes = call(fd, code, ULONG.pack(_NEWEST), TCP_INFO_V1.size)
    except OSError:
        data = call(fd, code, ULONG.pack(_OLDEST), TCP_INFO_V1.size)
    return data


def _read_only(label: str, value: object, fd: int) -> object:
    raise NotImplementedError


_kind: Kind[TcpInfo] = partial_struct_kind(
    TcpInfo,
    TCP_INFO_V1,
    {"State": FieldKind(TcpState, _read_only), "TimestampsEnabled": FieldKind(bool, _read_only)},
)
_TCP_INFO: Kind[TcpInfo] = Kind(_kind.type_name, _kind.size, _kind.decode, reader=_read_tcp_info)

_table = OptionTable(TABLE, AF_HYPERV)
_tcp_table = OptionTable({**TABLE, "IPPROTO_TCP": TABLE["ipproto_tcp"]} if "ipproto_tcp" in TABLE else {})

HVSOCKET_CONNECT_TIMEOUT: Option[int] = _table(
    "HVSOCKET_CONNECT_TIMEOUT", "HV_PROTOCOL_RAW", number_kind("=I", "milliseconds (int)")
)
HVSOCKET_CONTAINER_PASSTHRU: Option[bool] = _table("HVSOCKET_CONTAINER_PASSTHRU", "HV_PROTOCOL_RAW", FLAG)
HVSOCKET_CONNECTED_SUSPEND: Option[bool] = _table("HVSOCKET_CONNECTED_SUSPEND", "HV_PROTOCOL_RAW", FLAG)

#: The state of a TCP connection, from Windows 10 1703. It is a control of WSAIoctl, which options.get calls.
SIO_TCP_INFO: Option[TcpInfo] = _tcp_table("SIO_TCP_INFO", "IPPROTO_TCP", _TCP_INFO, "r")


def options() -> Iterator[Option[Any]]:
    """Yield the codecs of the socket options on this system."""
    yield from _table.options()
    yield from _tcp_table.options()
