"""Constants that every system has, with one value."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "AF_UNSPEC": 0,
    "MSG_DONTROUTE": 0x4,
    "MSG_OOB": 0x1,
    "MSG_PEEK": 0x2,
    "PF_UNSPEC": 0,
    "SHUT_RD": 0,
    "SHUT_RDWR": 2,
    "SHUT_WR": 1,
    "SOCK_RAW": 3,
    "SOCK_RDM": 4,
    "SOCK_SEQPACKET": 5,
    "SO_DEBUG": 1,
}
