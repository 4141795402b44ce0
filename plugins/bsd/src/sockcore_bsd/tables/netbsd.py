"""Constants of NetBSD."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES = """
AF_APPLETALK
AF_DECnet
AF_IPX
AF_LINK
AF_ROUTE
AF_SNA
LOCAL_CREDS
PF_LINK
af_inet
af_unix
ip_recvif
ipproto_ip
local_peereid
scm_creds
sol_local
"""

VALUES: tuple[int, ...] = (
    16,  # AF_APPLETALK
    12,  # AF_DECnet
    23,  # AF_IPX
    18,  # AF_LINK
    34,  # AF_ROUTE
    11,  # AF_SNA
    4,  # LOCAL_CREDS
    18,  # PF_LINK
    2,  # af_inet
    1,  # af_unix
    20,  # ip_recvif
    0,  # ipproto_ip
    3,  # local_peereid
    16,  # scm_creds
    0,  # sol_local
)

VARIANTS: dict[str, tuple[str, tuple[int | None, ...]]] = {}

FACTS = """
af_inet
af_unix
ip_recvif
ipproto_ip
local_peereid
scm_creds
sol_local
"""
