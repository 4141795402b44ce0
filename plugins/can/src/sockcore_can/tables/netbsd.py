"""Constants of NetBSD."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES = """
AF_CAN
CAN_EFF_FLAG
CAN_EFF_MASK
CAN_ERR_FLAG
CAN_ERR_MASK
CAN_INV_FILTER
CAN_MAX_DLC
CAN_MAX_DLEN
CAN_MTU
CAN_RAW
CAN_RAW_FILTER
CAN_RAW_LOOPBACK
CAN_RAW_RECV_OWN_MSGS
CAN_RTR_FLAG
CAN_SFF_MASK
PF_CAN
SOL_CAN_RAW
"""

VALUES: tuple[int, ...] = (
    35,  # AF_CAN
    2147483648,  # CAN_EFF_FLAG
    536870911,  # CAN_EFF_MASK
    536870912,  # CAN_ERR_FLAG
    536870911,  # CAN_ERR_MASK
    536870912,  # CAN_INV_FILTER
    8,  # CAN_MAX_DLC
    8,  # CAN_MAX_DLEN
    16,  # CAN_MTU
    1,  # CAN_RAW
    1,  # CAN_RAW_FILTER
    4,  # CAN_RAW_LOOPBACK
    5,  # CAN_RAW_RECV_OWN_MSGS
    1073741824,  # CAN_RTR_FLAG
    2047,  # CAN_SFF_MASK
    35,  # PF_CAN
    1,  # SOL_CAN_RAW
)

VARIANTS: dict[str, tuple[str, tuple[int | None, ...]]] = {}

FACTS = """
"""
