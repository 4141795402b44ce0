"""Constants of OpenBSD."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES = """
AF_APPLETALK
AF_DECnet
AF_IPX
AF_KEY
AF_LINK
AF_ROUTE
AF_SNA
PF_LINK
af_inet
af_unix
ip_recvif
ipproto_ip
"""

VALUES: tuple[int, ...] = (
    16,  # AF_APPLETALK
    12,  # AF_DECnet
    23,  # AF_IPX
    30,  # AF_KEY
    18,  # AF_LINK
    17,  # AF_ROUTE
    11,  # AF_SNA
    18,  # PF_LINK
    2,  # af_inet
    1,  # af_unix
    30,  # ip_recvif
    0,  # ipproto_ip
)

VARIANTS: dict[str, tuple[str, tuple[int | None, ...]]] = {}

FACTS = """
af_inet
af_unix
ip_recvif
ipproto_ip
"""
