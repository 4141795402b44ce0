"""Constants that every system has, with one value."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "AF_APPLETALK": 16,
    "AF_DECnet": 12,
    "AF_IPX": 23,
    "AF_LINK": 18,
    "AF_SNA": 11,
    "PF_LINK": 18,
    "af_inet": 2,
    "af_unix": 1,
    "ipproto_ip": 0,
}
