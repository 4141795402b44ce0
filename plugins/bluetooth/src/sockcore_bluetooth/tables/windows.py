"""Constants of Windows."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES = """
AF_BLUETOOTH
BTPROTO_RFCOMM
BT_PORT_ANY
BT_PORT_DYN_FIRST
BT_PORT_MAX
BT_PORT_MIN
PF_BLUETOOTH
RFCOMM_MAX_MTU
RFCOMM_MIN_MTU
SOL_RFCOMM
SO_BTH_AUTHENTICATE
SO_BTH_ENCRYPT
SO_BTH_MTU
SO_BTH_MTU_MAX
SO_BTH_MTU_MIN
"""

VALUES: tuple[int, ...] = (
    32,  # AF_BLUETOOTH
    3,  # BTPROTO_RFCOMM
    4294967295,  # BT_PORT_ANY
    4097,  # BT_PORT_DYN_FIRST
    65535,  # BT_PORT_MAX
    1,  # BT_PORT_MIN
    32,  # PF_BLUETOOTH
    1011,  # RFCOMM_MAX_MTU
    23,  # RFCOMM_MIN_MTU
    3,  # SOL_RFCOMM
    -2147483647,  # SO_BTH_AUTHENTICATE
    2,  # SO_BTH_ENCRYPT
    -2147483641,  # SO_BTH_MTU
    -2147483640,  # SO_BTH_MTU_MAX
    -2147483638,  # SO_BTH_MTU_MIN
)

VARIANTS: dict[str, tuple[str, tuple[int | None, ...]]] = {}

FACTS = """
"""
