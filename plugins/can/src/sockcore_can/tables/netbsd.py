"""Constants of NetBSD, beside those in everywhere."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "AF_CAN": 35,
    "CAN_RAW_LOOPBACK": 4,
    "CAN_RAW_RECV_OWN_MSGS": 5,
    "PF_CAN": 35,
    "SOL_CAN_RAW": 1,
}

VARIANTS: dict[str, dict[str, int | None]] = {}
