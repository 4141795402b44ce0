"""Constants of Windows, beside those in everywhere."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "AF_BLUETOOTH": 32,
    "BTPROTO_RFCOMM": 3,
    "BT_PORT_ANY": 4294967295,
    "BT_PORT_DYN_FIRST": 4097,
    "BT_PORT_MAX": 65535,
    "BT_PORT_MIN": 1,
    "PF_BLUETOOTH": 32,
    "RFCOMM_MAX_MTU": 1011,
    "RFCOMM_MIN_MTU": 23,
    "SOL_RFCOMM": 3,
    "SO_BTH_AUTHENTICATE": -2147483647,
    "SO_BTH_ENCRYPT": 2,
    "SO_BTH_MTU": -2147483641,
    "SO_BTH_MTU_MAX": -2147483640,
    "SO_BTH_MTU_MIN": -2147483638,
}

VARIANTS: dict[str, dict[str, int | None]] = {}
