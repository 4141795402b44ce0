"""Constants of FreeBSD."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES = """
AF_APPLETALK
AF_DECnet
AF_DIVERT
AF_IPX
AF_LINK
AF_ROUTE
AF_SNA
ETHERTYPE_ARP
ETHERTYPE_IP
ETHERTYPE_IPV6
ETHERTYPE_VLAN
LOCAL_CREDS
LOCAL_CREDS_PERSISTENT
PF_DIVERT
PF_LINK
SCM_CREDS2
af_inet
af_unix
ip_recvif
ipproto_ip
local_peercred
scm_creds
sol_local
"""

VALUES: tuple[int, ...] = (
    16,  # AF_APPLETALK
    12,  # AF_DECnet
    44,  # AF_DIVERT
    23,  # AF_IPX
    18,  # AF_LINK
    17,  # AF_ROUTE
    11,  # AF_SNA
    2054,  # ETHERTYPE_ARP
    2048,  # ETHERTYPE_IP
    34525,  # ETHERTYPE_IPV6
    33024,  # ETHERTYPE_VLAN
    2,  # LOCAL_CREDS
    3,  # LOCAL_CREDS_PERSISTENT
    44,  # PF_DIVERT
    18,  # PF_LINK
    8,  # SCM_CREDS2
    2,  # af_inet
    1,  # af_unix
    20,  # ip_recvif
    0,  # ipproto_ip
    1,  # local_peercred
    3,  # scm_creds
    0,  # sol_local
)

VARIANTS: dict[str, tuple[str, tuple[int | None, ...]]] = {}

FACTS = """
af_inet
af_unix
ip_recvif
ipproto_ip
local_peercred
scm_creds
sol_local
"""
