"""Constants of macOS, beside those in everywhere."""

# Made by tools/headers (the headers in ziglang 0.17.1): not to be edited.

from __future__ import annotations

NAMES: dict[str, int] = {
    "AF_ROUTE": 17,
    "AF_SYSTEM": 32,
    "CTLIOCGCOUNT": 1074023938,
    "CTLIOCGINFO": 3227799043,
    "ETHERTYPE_ARP": 2054,
    "ETHERTYPE_IP": 2048,
    "ETHERTYPE_IPV6": 34525,
    "ETHERTYPE_VLAN": 33024,
    "PF_SYSTEM": 32,
    "SYSPROTO_CONTROL": 2,
    "SYSPROTO_EVENT": 1,
    "UTUN_FLAGS_ENABLE_PROC_UUID": 4,
    "UTUN_FLAGS_NO_INPUT": 2,
    "UTUN_FLAGS_NO_OUTPUT": 1,
    "UTUN_OPT_ATTACH_FLOWSWITCH": 27,
    "UTUN_OPT_CHANNEL_BIND_PID": 29,
    "UTUN_OPT_CHANNEL_BIND_UUID": 28,
    "UTUN_OPT_ENABLE_CHANNEL": 17,
    "UTUN_OPT_ENABLE_FLOWSWITCH": 19,
    "UTUN_OPT_ENABLE_NETIF": 20,
    "UTUN_OPT_EXT_IFDATA_STATS": 3,
    "UTUN_OPT_FLAGS": 1,
    "UTUN_OPT_GET_CHANNEL_UUID": 18,
    "UTUN_OPT_IFNAME": 2,
    "UTUN_OPT_INC_IFDATA_STATS_IN": 4,
    "UTUN_OPT_INC_IFDATA_STATS_OUT": 5,
    "UTUN_OPT_KPIPE_RX_RING_SIZE": 26,
    "UTUN_OPT_KPIPE_TX_RING_SIZE": 25,
    "UTUN_OPT_LOW_POWER_WAKE": 32,
    "UTUN_OPT_MAX_PENDING_PACKETS": 16,
    "UTUN_OPT_NETIF_RING_SIZE": 22,
    "UTUN_OPT_RX_FLOW_STEERING_AUTO": 31,
    "UTUN_OPT_RX_FSW_RING_SIZE": 24,
    "UTUN_OPT_SET_DELEGATE_INTERFACE": 15,
    "UTUN_OPT_SLOT_SIZE": 21,
    "UTUN_OPT_TX_FSW_RING_SIZE": 23,
    "UTUN_OPT_USER_PACKET_POOL": 30,
    "af_sys_control": 2,
    "ip_recvif": 20,
    "local_peercred": 1,
    "sol_local": 0,
}

VARIANTS: dict[str, dict[str, int | None]] = {}
