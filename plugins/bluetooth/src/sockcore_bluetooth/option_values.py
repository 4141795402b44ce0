"""The values of Bluetooth options: structs, enums and flags."""

from __future__ import annotations

import struct
from enum import IntFlag
from typing import NamedTuple

from sockcore.plugin import Any, FieldKind, Kind, OpenEnum, Sequence, Struct, check_range, struct_kind
from sockcore_bluetooth import structs
from sockcore_bluetooth.constants import TABLE
from sockcore_bluetooth.iso import IsoQos, decode_qos, encode_qos


class SecurityLevel(OpenEnum):
    """The levels of BT_SECURITY."""

    SDP = TABLE.get("BT_SECURITY_SDP", -101)
    LOW = TABLE.get("BT_SECURITY_LOW", -102)
    MEDIUM = TABLE.get("BT_SECURITY_MEDIUM", -103)
    HIGH = TABLE.get("BT_SECURITY_HIGH", -104)
    FIPS = TABLE.get("BT_SECURITY_FIPS", -105)


class ChannelPolicy(OpenEnum):
    """The values of BT_CHANNEL_POLICY."""

    BREDR_ONLY = TABLE.get("BT_CHANNEL_POLICY_BREDR_ONLY", -101)
    BREDR_PREFERRED = TABLE.get("BT_CHANNEL_POLICY_BREDR_PREFERRED", -102)
    AMP_PREFERRED = TABLE.get("BT_CHANNEL_POLICY_AMP_PREFERRED", -103)


class Mode(OpenEnum):
    """The values of BT_MODE."""

    BASIC = TABLE.get("BT_MODE_BASIC", -101)
    ERTM = TABLE.get("BT_MODE_ERTM", -102)
    STREAMING = TABLE.get("BT_MODE_STREAMING", -103)
    LE_FLOWCTL = TABLE.get("BT_MODE_LE_FLOWCTL", -104)
    EXT_FLOWCTL = TABLE.get("BT_MODE_EXT_FLOWCTL", -105)


class VoiceSetting(OpenEnum):
    """The values of BT_VOICE."""

    CVSD_16BIT = TABLE.get("BT_VOICE_CVSD_16BIT", -101)
    TRANSPARENT = TABLE.get("BT_VOICE_TRANSPARENT", -102)
    TRANSPARENT_16BIT = TABLE.get("BT_VOICE_TRANSPARENT_16BIT", -103)


class Phy(IntFlag):
    """The flags of BT_PHY."""

    BR_1M_1SLOT = TABLE.get("BT_PHY_BR_1M_1SLOT", 1 << 16)
    BR_1M_3SLOT = TABLE.get("BT_PHY_BR_1M_3SLOT", 1 << 17)
    BR_1M_5SLOT = TABLE.get("BT_PHY_BR_1M_5SLOT", 1 << 18)
    EDR_2M_1SLOT = TABLE.get("BT_PHY_EDR_2M_1SLOT", 1 << 19)
    EDR_2M_3SLOT = TABLE.get("BT_PHY_EDR_2M_3SLOT", 1 << 20)
    EDR_2M_5SLOT = TABLE.get("BT_PHY_EDR_2M_5SLOT", 1 << 21)
    EDR_3M_1SLOT = TABLE.get("BT_PHY_EDR_3M_1SLOT", 1 << 22)
    EDR_3M_3SLOT = TABLE.get("BT_PHY_EDR_3M_3SLOT", 1 << 23)
    EDR_3M_5SLOT = TABLE.get("BT_PHY_EDR_3M_5SLOT", 1 << 24)
    LE_1M_TX = TABLE.get("BT_PHY_LE_1M_TX", 1 << 25)
    LE_1M_RX = TABLE.get("BT_PHY_LE_1M_RX", 1 << 26)
    LE_2M_TX = TABLE.get("BT_PHY_LE_2M_TX", 1 << 27)
    LE_2M_RX = TABLE.get("BT_PHY_LE_2M_RX", 1 << 28)
    LE_CODED_TX = TABLE.get("BT_PHY_LE_CODED_TX", 1 << 29)
    LE_CODED_RX = TABLE.get("BT_PHY_LE_CODED_RX", 1 << 30)


class LinkMode(IntFlag):
    """The flags of L2CAP_LM and RFCOMM_LM, on NetBSD of SO_L2CAP_LM and SO_RFCOMM_LM."""

    MASTER = TABLE.get("L2CAP_LM_MASTER", 1 << 16)
    AUTH = TABLE.get("L2CAP_LM_AUTH", 1 << 17)
    ENCRYPT = TABLE.get("L2CAP_LM_ENCRYPT", 1 << 18)
    TRUSTED = TABLE.get("L2CAP_LM_TRUSTED", 1 << 19)
    RELIABLE = TABLE.get("L2CAP_LM_RELIABLE", 1 << 20)
    SECURE = TABLE.get("L2CAP_LM_SECURE", 1 << 21)


class Security(NamedTuple):
    """The value of BT_SECURITY: a level, and the size of the key in bytes."""

    level: SecurityLevel
    key_size: int


class L2capOptions(NamedTuple):
    """The value of L2CAP_OPTIONS: MTUs in bytes, the flush timeout in milliseconds, and modes."""

    omtu: int
    imtu: int
    flush_to: int
    mode: int
    fcs: int
    max_tx: int
    txwin_size: int


class ConnectionInfo(NamedTuple):
    """The handle of a connection, and the class of the device as a number."""

    hci_handle: int
    dev_class: int


class HciFilter(NamedTuple):
    """The value of HCI_FILTER: a mask of packet types, a mask of 64 events, and the code of a command."""

    type_mask: int
    event_mask: int
    opcode: int


class Codec(NamedTuple):
    """A codec of BT_CODEC: its identifier, those of a vendor, the data path, and its capabilities."""

    id: int
    cid: int
    vid: int
    data_path: int
    capabilities: Sequence[bytes] = ()


_EVENT_MASK = struct.Struct("=2I")
_CODEC = struct.Struct("=BHHBB")


def _decode_mask(raw: bytes) -> int:
    # Two numbers of 32 bits, the lower one first.
    low, high = _EVENT_MASK.unpack(raw)
    return int(high << 32 | low)


def _encode_mask(label: str, value: object, fd: int) -> bytes:
    number = check_range(label, value, 0, (1 << 64) - 1)
    return _EVENT_MASK.pack(number & 0xFFFFFFFF, number >> 32)


def conninfo(layout: Struct) -> Kind[ConnectionInfo]:
    """Return the kind of a struct with the handle of a connection and the class of a device."""
    device_class = FieldKind(lambda raw: int.from_bytes(raw, "little"), lambda label, value, fd: value)
    return struct_kind(ConnectionInfo, layout, {"dev_class": device_class})


def _decode_codecs(data: bytes) -> list[Codec]:
    codecs, position = [], 1
    for _ in range(data[0] if data else 0):
        if position + _CODEC.size > len(data):
            break
        codec_id, cid, vid, data_path, count = _CODEC.unpack_from(data, position)
        position += _CODEC.size
        capabilities = []
        for _ in range(count):
            length = data[position] if position < len(data) else 0
            capabilities.append(data[position + 1 : position + 1 + length])
            position += 1 + length
        codecs.append(Codec(codec_id, cid, vid, data_path, capabilities))
    return codecs


def _encode_codecs(label: str, value: Any) -> bytes:
    if not isinstance(value, (list, tuple)) or len(value) > 255:
        raise TypeError(f"{label} must be a list of 0 to 255 codecs, not {value!r}")
    return bytes([len(value)]) + b"".join(_encode_codec(f"{label}[{i}]", item) for i, item in enumerate(value))


def _encode_codec(label: str, value: Any) -> bytes:
    if not isinstance(value, tuple) or not 4 <= len(value) <= 5:
        raise TypeError(f"{label} must be a tuple ({', '.join(Codec._fields)}), not {value!r}")
    limits = (255, 65535, 65535, 255)
    numbers = [
        check_range(f"{label} {name}", item, 0, limit) for name, item, limit in zip(Codec._fields, value, limits)
    ]
    capabilities = value[4] if len(value) == 5 else ()
    if not isinstance(capabilities, (list, tuple)) or not all(isinstance(item, bytes) for item in capabilities):
        raise TypeError(f"{label} capabilities must be a list of bytes, not {capabilities!r}")
    if len(capabilities) > 255 or any(len(item) > 255 for item in capabilities):
        raise ValueError(f"{label} capabilities must be 0 to 255 items of 0 to 255 bytes")
    return _CODEC.pack(*numbers, len(capabilities)) + b"".join(bytes([len(item)]) + item for item in capabilities)


HCI_FILTER: Kind[HciFilter] = struct_kind(
    HciFilter, structs.HCI_FILTER, {"event_mask": FieldKind(_decode_mask, _encode_mask)}
)
ISO_QOS: Kind[IsoQos] = Kind("IsoQos", structs.BT_ISO_QOS.packer().size, decode_qos, encode_qos)
CODECS: Kind[list[Codec]] = Kind("list of Codec", 1024, _decode_codecs, _encode_codecs)
