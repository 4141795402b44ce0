"""The socket options of Bluetooth, for sockcore.options.

``from sockcore_bluetooth.options import BT_SECURITY`` imports an option, and the names of its values.

All options are registered with the family AF_BLUETOOTH, because the levels have the same numbers as IP protocols
(SOL_HCI is 0, SOL_L2CAP is 6).
"""

from __future__ import annotations

from sockcore.plugin import (  # noqa: F401  # the fields of Codec are sequences
    FLAG,
    INT,
    NUMBER8,
    NUMBER16,
    UNSIGNED,
    Any,
    Iterator,
    Kind,
    Option,
    OptionTable,
    Sequence,
    bytes_kind,
    enum_field,
    enum_kind,
    struct_kind,
    system_name,
    to_bool,
)
from sockcore_bluetooth import structs
from sockcore_bluetooth.constants import AF_BLUETOOTH, TABLE
from sockcore_bluetooth.iso import IoQos, IsoQos
from sockcore_bluetooth.option_values import (
    CODECS,
    ISO_QOS,
    ChannelPolicy,
    Codec,
    ConnectionInfo,
    HciFilter,
    L2capOptions,
    LinkMode,
    Mode,
    Phy,
    Security,
    SecurityLevel,
    VoiceSetting,
    conninfo,
)
from sockcore_bluetooth.option_values import HCI_FILTER as HCI_FILTER_KIND

__all__ = [
    "BT_CHANNEL_POLICY",
    "BT_CODEC",
    "BT_DEFER_SETUP",
    "BT_FLUSHABLE",
    "BT_ISO_BASE",
    "BT_ISO_QOS",
    "BT_MODE",
    "BT_PHY",
    "BT_PKT_STATUS",
    "BT_POWER",
    "BT_RCVMTU",
    "BT_SECURITY",
    "BT_SNDMTU",
    "BT_VOICE",
    "HCI_DATA_DIR",
    "HCI_FILTER",
    "HCI_TIME_STAMP",
    "L2CAP_CONNINFO",
    "L2CAP_LM",
    "L2CAP_OPTIONS",
    "RFCOMM_CONNINFO",
    "RFCOMM_LM",
    "SCO_CONNINFO",
    "SCO_OPTIONS",
    "SO_BTH_AUTHENTICATE",
    "SO_BTH_ENCRYPT",
    "SO_BTH_MTU",
    "SO_BTH_MTU_MAX",
    "SO_BTH_MTU_MIN",
    "SO_HCI_DIRECTION",
    "SO_HCI_RAW_DIRECTION",
    "SO_L2CAP_FLUSH",
    "SO_L2CAP_IMTU",
    "SO_L2CAP_LM",
    "SO_L2CAP_OMTU",
    "SO_RFCOMM_LM",
    "SO_RFCOMM_MTU",
    "SO_SCO_HANDLE",
    "SO_SCO_MTU",
    "ChannelPolicy",
    "Codec",
    "ConnectionInfo",
    "HciFilter",
    "IoQos",
    "IsoQos",
    "L2capOptions",
    "LinkMode",
    "Mode",
    "Phy",
    "Security",
    "SecurityLevel",
    "VoiceSetting",
]

#: A bool in one byte.
_FLAG8: Kind[bool] = NUMBER8.map("bool", bool, lambda label, value: to_bool(label, value))
#: The levels of protocols: on NetBSD, they are the numbers of the protocols.
_LEVELS: dict[str, str] = {
    name: f"BTPROTO_{name}" if system_name() == "netbsd" else f"SOL_{name}"
    for name in ("HCI", "L2CAP", "RFCOMM", "SCO")
}
_table = OptionTable(TABLE, AF_BLUETOOTH)


def _row(name: str, level: str, kind: Kind[Any], access: str = "rw") -> Any:
    return _table(name, level, kind, access)


BT_CHANNEL_POLICY: Option[ChannelPolicy] = _row("BT_CHANNEL_POLICY", "SOL_BLUETOOTH", enum_kind(ChannelPolicy))
BT_CODEC: Option[list[Codec]] = _row("BT_CODEC", "SOL_BLUETOOTH", CODECS)
BT_DEFER_SETUP: Option[bool] = _row("BT_DEFER_SETUP", "SOL_BLUETOOTH", FLAG)
BT_FLUSHABLE: Option[bool] = _row("BT_FLUSHABLE", "SOL_BLUETOOTH", FLAG)
BT_ISO_BASE: Option[bytes] = _row("BT_ISO_BASE", "SOL_BLUETOOTH", bytes_kind(248))
BT_ISO_QOS: Option[IsoQos] = _row("BT_ISO_QOS", "SOL_BLUETOOTH", ISO_QOS)
BT_MODE: Option[Mode] = _row("BT_MODE", "SOL_BLUETOOTH", enum_kind(Mode, NUMBER8))
BT_PHY: Option[Phy] = _row("BT_PHY", "SOL_BLUETOOTH", enum_kind(Phy))
BT_PKT_STATUS: Option[bool] = _row("BT_PKT_STATUS", "SOL_BLUETOOTH", FLAG)
BT_POWER: Option[bool] = _row("BT_POWER", "SOL_BLUETOOTH", _FLAG8)
BT_RCVMTU: Option[int] = _row("BT_RCVMTU", "SOL_BLUETOOTH", NUMBER16)
BT_SECURITY: Option[Security] = _row(
    "BT_SECURITY", "SOL_BLUETOOTH", struct_kind(Security, structs.BT_SECURITY, {"level": enum_field(SecurityLevel)})
)
BT_SNDMTU: Option[int] = _row("BT_SNDMTU", "SOL_BLUETOOTH", NUMBER16, "r")
BT_VOICE: Option[VoiceSetting] = _row("BT_VOICE", "SOL_BLUETOOTH", enum_kind(VoiceSetting, NUMBER16))

L2CAP_CONNINFO: Option[ConnectionInfo] = _row("L2CAP_CONNINFO", "SOL_L2CAP", conninfo(structs.L2CAP_CONNINFO), "r")
L2CAP_LM: Option[LinkMode] = _row("L2CAP_LM", "SOL_L2CAP", enum_kind(LinkMode))
L2CAP_OPTIONS: Option[L2capOptions] = _row(
    "L2CAP_OPTIONS", "SOL_L2CAP", struct_kind(L2capOptions, structs.L2CAP_OPTIONS)
)

RFCOMM_CONNINFO: Option[ConnectionInfo] = _row("RFCOMM_CONNINFO", "SOL_RFCOMM", conninfo(structs.RFCOMM_CONNINFO), "r")
RFCOMM_LM: Option[LinkMode] = _row("RFCOMM_LM", "SOL_RFCOMM", enum_kind(LinkMode))

SCO_CONNINFO: Option[ConnectionInfo] = _row("SCO_CONNINFO", "SOL_SCO", conninfo(structs.SCO_CONNINFO), "r")
SCO_OPTIONS: Option[int] = _row("SCO_OPTIONS", "SOL_SCO", NUMBER16, "r")

HCI_DATA_DIR: Option[bool] = _row("HCI_DATA_DIR", "SOL_HCI", FLAG)
HCI_FILTER: Option[HciFilter] = _row("HCI_FILTER", "SOL_HCI", HCI_FILTER_KIND)
HCI_TIME_STAMP: Option[bool] = _row("HCI_TIME_STAMP", "SOL_HCI", FLAG)

# FreeBSD, NetBSD and Windows.
SO_L2CAP_FLUSH: Option[int] = _row("SO_L2CAP_FLUSH", _LEVELS["L2CAP"], NUMBER16)
SO_L2CAP_IMTU: Option[int] = _row("SO_L2CAP_IMTU", _LEVELS["L2CAP"], NUMBER16)
SO_L2CAP_LM: Option[LinkMode] = _row("SO_L2CAP_LM", _LEVELS["L2CAP"], enum_kind(LinkMode))
SO_L2CAP_OMTU: Option[int] = _row("SO_L2CAP_OMTU", _LEVELS["L2CAP"], NUMBER16)
SO_RFCOMM_LM: Option[LinkMode] = _row("SO_RFCOMM_LM", _LEVELS["RFCOMM"], enum_kind(LinkMode))
SO_RFCOMM_MTU: Option[int] = _row("SO_RFCOMM_MTU", _LEVELS["RFCOMM"], NUMBER16)
SO_SCO_HANDLE: Option[int] = _row("SO_SCO_HANDLE", _LEVELS["SCO"], NUMBER16)
SO_SCO_MTU: Option[int] = _row("SO_SCO_MTU", _LEVELS["SCO"], NUMBER16)
SO_HCI_DIRECTION: Option[bool] = _row("SO_HCI_DIRECTION", _LEVELS["HCI"], FLAG)
SO_HCI_RAW_DIRECTION: Option[bool] = _row("SO_HCI_RAW_DIRECTION", _LEVELS["HCI"], FLAG)
SO_BTH_AUTHENTICATE: Option[bool] = _row("SO_BTH_AUTHENTICATE", _LEVELS["RFCOMM"], FLAG)
SO_BTH_ENCRYPT: Option[bool] = _row("SO_BTH_ENCRYPT", _LEVELS["RFCOMM"], FLAG)
SO_BTH_MTU: Option[int] = _row("SO_BTH_MTU", _LEVELS["RFCOMM"], UNSIGNED)
SO_BTH_MTU_MAX: Option[int] = _row("SO_BTH_MTU_MAX", _LEVELS["RFCOMM"], UNSIGNED)
SO_BTH_MTU_MIN: Option[int] = _row("SO_BTH_MTU_MIN", _LEVELS["RFCOMM"], UNSIGNED)


def options() -> Iterator[Option[Any]]:
    """Yield the codecs of the socket options on this system."""
    return _table.options()


for _value in __all__:
    if isinstance(globals()[_value], type) and _value not in ("IoQos", "IsoQos"):  # of a public module
        globals()[_value].__module__ = __name__
