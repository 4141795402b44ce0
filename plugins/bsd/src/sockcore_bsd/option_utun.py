"""The options of a tunnel on macOS: an AF_SYSTEM socket connected to the control "com.apple.net.utun_control".

Source: <net/if_utun.h> and bsd/net/if_utun.c of XNU. The options of channels, rings and pools must be set before the
socket is connected.
"""

from __future__ import annotations

from enum import IntFlag, auto
from typing import NamedTuple

from sockcore.plugin import (
    FLAG,
    INT,
    UNSIGNED,
    Any,
    Kind,
    Mapping,
    Option,
    OptionTable,
    enum_kind,
    struct_kind,
    text_kind,
)
from sockcore_bsd.constants import TABLE
from sockcore_bsd.structs import UTUN_STATS_PARAM

TYPE_CHECKING = False

__all__ = [
    "UTUN_OPT_ATTACH_FLOWSWITCH",
    "UTUN_OPT_CHANNEL_BIND_PID",
    "UTUN_OPT_CHANNEL_BIND_UUID",
    "UTUN_OPT_ENABLE_CHANNEL",
    "UTUN_OPT_ENABLE_FLOWSWITCH",
    "UTUN_OPT_ENABLE_NETIF",
    "UTUN_OPT_EXT_IFDATA_STATS",
    "UTUN_OPT_FLAGS",
    "UTUN_OPT_GET_CHANNEL_UUID",
    "UTUN_OPT_IFNAME",
    "UTUN_OPT_INC_IFDATA_STATS_IN",
    "UTUN_OPT_INC_IFDATA_STATS_OUT",
    "UTUN_OPT_KPIPE_RX_RING_SIZE",
    "UTUN_OPT_KPIPE_TX_RING_SIZE",
    "UTUN_OPT_LOW_POWER_WAKE",
    "UTUN_OPT_MAX_PENDING_PACKETS",
    "UTUN_OPT_NETIF_RING_SIZE",
    "UTUN_OPT_RX_FLOW_STEERING_AUTO",
    "UTUN_OPT_RX_FSW_RING_SIZE",
    "UTUN_OPT_SET_DELEGATE_INTERFACE",
    "UTUN_OPT_SLOT_SIZE",
    "UTUN_OPT_TX_FSW_RING_SIZE",
    "UTUN_OPT_USER_PACKET_POOL",
    "TunnelFlags",
    "TunnelStatistics",
]

_NAME_SIZE = 16  # IFNAMSIZ of XNU
_UUID_SIZE = 16

if TYPE_CHECKING:

    class TunnelFlags(IntFlag):
        """Flags of UTUN_OPT_FLAGS: UTUN_FLAGS_* without the prefix."""

        NO_OUTPUT = auto()
        NO_INPUT = auto()
        ENABLE_PROC_UUID = auto()

else:
    _PREFIX = "UTUN_FLAGS_"
    _FLAGS = {name[len(_PREFIX) :]: number for name, number in TABLE.items() if name.startswith(_PREFIX)}
    TunnelFlags = IntFlag("TunnelFlags", _FLAGS or {"NONE": 0}, module=__name__)
    TunnelFlags.__doc__ = "Flags of UTUN_OPT_FLAGS: UTUN_FLAGS_* without the prefix."


class TunnelStatistics(NamedTuple):
    """The value of UTUN_OPT_INC_IFDATA_STATS_IN and _OUT: packets, bytes and errors to add to the statistics."""

    packets: int
    bytes: int
    errors: int


def _decode_uuid(data: bytes) -> str:
    text = data[:_UUID_SIZE].ljust(_UUID_SIZE, b"\0").hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _encode_uuid(label: str, value: Any) -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"{label} must be a UUID in text, not {type(value).__name__}")
    try:
        data = bytes.fromhex(value.replace("-", ""))
    except ValueError:
        data = b""
    if len(data) != _UUID_SIZE or _decode_uuid(data) != value.lower():
        raise ValueError(f"{label} must be a UUID in text, not {value!r}")
    return data


_NAME: Kind[str] = text_kind(_NAME_SIZE, "interface name")
_UUID: Kind[str] = Kind("UUID", _UUID_SIZE, _decode_uuid, _encode_uuid)
_STATISTICS: Kind[TunnelStatistics] = struct_kind(TunnelStatistics, UTUN_STATS_PARAM)

#: Option -> kind and access.
KINDS: dict[str, tuple[Kind[Any], str]] = {
    "UTUN_OPT_FLAGS": (enum_kind(TunnelFlags, UNSIGNED), "rw"),
    "UTUN_OPT_IFNAME": (_NAME, "r"),
    "UTUN_OPT_EXT_IFDATA_STATS": (FLAG, "rw"),
    "UTUN_OPT_INC_IFDATA_STATS_IN": (_STATISTICS, "w"),
    "UTUN_OPT_INC_IFDATA_STATS_OUT": (_STATISTICS, "w"),
    "UTUN_OPT_SET_DELEGATE_INTERFACE": (_NAME, "w"),
    "UTUN_OPT_MAX_PENDING_PACKETS": (UNSIGNED, "rw"),
    "UTUN_OPT_ENABLE_CHANNEL": (FLAG, "rw"),
    "UTUN_OPT_GET_CHANNEL_UUID": (_UUID, "r"),
    "UTUN_OPT_ENABLE_FLOWSWITCH": (FLAG, "rw"),
    "UTUN_OPT_ENABLE_NETIF": (FLAG, "rw"),
    "UTUN_OPT_SLOT_SIZE": (UNSIGNED, "rw"),
    "UTUN_OPT_NETIF_RING_SIZE": (UNSIGNED, "rw"),
    "UTUN_OPT_TX_FSW_RING_SIZE": (UNSIGNED, "rw"),
    "UTUN_OPT_RX_FSW_RING_SIZE": (UNSIGNED, "rw"),
    "UTUN_OPT_KPIPE_TX_RING_SIZE": (UNSIGNED, "rw"),
    "UTUN_OPT_KPIPE_RX_RING_SIZE": (UNSIGNED, "rw"),
    "UTUN_OPT_ATTACH_FLOWSWITCH": (FLAG, "rw"),
    "UTUN_OPT_CHANNEL_BIND_UUID": (_UUID, "w"),
    "UTUN_OPT_CHANNEL_BIND_PID": (INT, "w"),
    "UTUN_OPT_USER_PACKET_POOL": (FLAG, "rw"),
    "UTUN_OPT_RX_FLOW_STEERING_AUTO": (FLAG, "rw"),
    "UTUN_OPT_LOW_POWER_WAKE": (FLAG, "rw"),
}


def table_of(table: Mapping[str, int]) -> OptionTable:
    """Return the options on the system with these constants. Their level is SYSPROTO_CONTROL."""
    rows = OptionTable(table, table.get("AF_SYSTEM"))
    for name, (kind, access) in KINDS.items():
        rows(name, "SYSPROTO_CONTROL", kind, access)
    return rows


_own: Mapping[str, Any] = {option.name: option for option in table_of(TABLE).rows()}

UTUN_OPT_FLAGS: Option[TunnelFlags] = _own["UTUN_OPT_FLAGS"]
UTUN_OPT_IFNAME: Option[str] = _own["UTUN_OPT_IFNAME"]
UTUN_OPT_EXT_IFDATA_STATS: Option[bool] = _own["UTUN_OPT_EXT_IFDATA_STATS"]
UTUN_OPT_INC_IFDATA_STATS_IN: Option[TunnelStatistics] = _own["UTUN_OPT_INC_IFDATA_STATS_IN"]
UTUN_OPT_INC_IFDATA_STATS_OUT: Option[TunnelStatistics] = _own["UTUN_OPT_INC_IFDATA_STATS_OUT"]
UTUN_OPT_SET_DELEGATE_INTERFACE: Option[str] = _own["UTUN_OPT_SET_DELEGATE_INTERFACE"]
UTUN_OPT_MAX_PENDING_PACKETS: Option[int] = _own["UTUN_OPT_MAX_PENDING_PACKETS"]
UTUN_OPT_ENABLE_CHANNEL: Option[bool] = _own["UTUN_OPT_ENABLE_CHANNEL"]
UTUN_OPT_GET_CHANNEL_UUID: Option[str] = _own["UTUN_OPT_GET_CHANNEL_UUID"]
UTUN_OPT_ENABLE_FLOWSWITCH: Option[bool] = _own["UTUN_OPT_ENABLE_FLOWSWITCH"]
UTUN_OPT_ENABLE_NETIF: Option[bool] = _own["UTUN_OPT_ENABLE_NETIF"]
UTUN_OPT_SLOT_SIZE: Option[int] = _own["UTUN_OPT_SLOT_SIZE"]
UTUN_OPT_NETIF_RING_SIZE: Option[int] = _own["UTUN_OPT_NETIF_RING_SIZE"]
UTUN_OPT_TX_FSW_RING_SIZE: Option[int] = _own["UTUN_OPT_TX_FSW_RING_SIZE"]
UTUN_OPT_RX_FSW_RING_SIZE: Option[int] = _own["UTUN_OPT_RX_FSW_RING_SIZE"]
UTUN_OPT_KPIPE_TX_RING_SIZE: Option[int] = _own["UTUN_OPT_KPIPE_TX_RING_SIZE"]
UTUN_OPT_KPIPE_RX_RING_SIZE: Option[int] = _own["UTUN_OPT_KPIPE_RX_RING_SIZE"]
UTUN_OPT_ATTACH_FLOWSWITCH: Option[bool] = _own["UTUN_OPT_ATTACH_FLOWSWITCH"]
UTUN_OPT_CHANNEL_BIND_UUID: Option[str] = _own["UTUN_OPT_CHANNEL_BIND_UUID"]
UTUN_OPT_CHANNEL_BIND_PID: Option[int] = _own["UTUN_OPT_CHANNEL_BIND_PID"]
UTUN_OPT_USER_PACKET_POOL: Option[bool] = _own["UTUN_OPT_USER_PACKET_POOL"]
UTUN_OPT_RX_FLOW_STEERING_AUTO: Option[bool] = _own["UTUN_OPT_RX_FLOW_STEERING_AUTO"]
UTUN_OPT_LOW_POWER_WAKE: Option[bool] = _own["UTUN_OPT_LOW_POWER_WAKE"]
