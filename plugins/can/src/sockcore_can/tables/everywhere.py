"""Constants that every system has, with one value."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "CAN_EFF_FLAG": 2147483648,
    "CAN_EFF_MASK": 536870911,
    "CAN_ERR_FLAG": 536870912,
    "CAN_ERR_MASK": 536870911,
    "CAN_INV_FILTER": 536870912,
    "CAN_MAX_DLC": 8,
    "CAN_MAX_DLEN": 8,
    "CAN_MTU": 16,
    "CAN_RAW": 1,
    "CAN_RAW_FILTER": 1,
    "CAN_RTR_FLAG": 1073741824,
    "CAN_SFF_MASK": 2047,
}
