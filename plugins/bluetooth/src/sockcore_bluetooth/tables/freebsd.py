"""Constants of FreeBSD, beside those in everywhere."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "AF_BLUETOOTH": 36,
    "BDADDR_BREDR": 0,
    "BDADDR_LE_PUBLIC": 1,
    "BDADDR_LE_RANDOM": 2,
    "BTPROTO_HCI": 134,
    "BTPROTO_L2CAP": 135,
    "BTPROTO_RFCOMM": 136,
    "BTPROTO_SCO": 137,
    "HCI_FILTER": 1,
    "PF_BLUETOOTH": 36,
    "SCM_HCI_RAW_DIRECTION": 2,
    "SOL_HCI": 2050,
    "SOL_L2CAP": 0x1609,
    "SOL_RFCOMM": 2070,
    "SOL_SCO": 521,
    "SO_HCI_RAW_DIRECTION": 2,
    "SO_L2CAP_ENCRYPTED": 6,
    "SO_L2CAP_FLUSH": 5,
    "SO_L2CAP_IFLOW": 3,
    "SO_L2CAP_IMTU": 1,
    "SO_L2CAP_OFLOW": 4,
    "SO_L2CAP_OMTU": 2,
    "SO_RFCOMM_FC_INFO": 2,
    "SO_RFCOMM_MTU": 1,
    "SO_SCO_CONNINFO": 2,
    "SO_SCO_MTU": 1,
}

VARIANTS: dict[str, dict[str, int | None]] = {}
