"""Constants of FreeBSD, beside those in everywhere."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "AF_DIVERT": 44,
    "AF_ROUTE": 17,
    "ETHERTYPE_ARP": 2054,
    "ETHERTYPE_IP": 2048,
    "ETHERTYPE_IPV6": 34525,
    "ETHERTYPE_VLAN": 33024,
    "LOCAL_CREDS": 2,
    "LOCAL_CREDS_PERSISTENT": 3,
    "PF_DIVERT": 44,
    "SCM_CREDS2": 8,
    "ip_recvif": 20,
    "local_peercred": 1,
    "scm_creds": 3,
    "sol_local": 0,
}

VARIANTS: dict[str, dict[str, int | None]] = {}
