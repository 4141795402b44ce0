"""Names of this package, for type checkers: nothing of this exists at run time."""

# Made by tools/stubs: not to be edited.

import sys

from sockcore import AddressFamily
if sys.platform != "linux" and sys.platform != "win32":
    if sys.platform == "darwin" or sys.platform.startswith("freebsd") or sys.platform.startswith("netbsd") or sys.platform.startswith("openbsd"):
        AF_APPLETALK: AddressFamily
        AF_DECnet: int
        AF_IPX: AddressFamily
        AF_LINK: AddressFamily
        AF_ROUTE: AddressFamily
        AF_SNA: AddressFamily
        PF_LINK: int
if sys.platform != "linux" and sys.platform != "win32":
    if sys.platform == "darwin" or sys.platform.startswith("freebsd"):
        ETHERTYPE_ARP: int
        ETHERTYPE_IP: int
        ETHERTYPE_IPV6: int
        ETHERTYPE_VLAN: int
if sys.platform != "linux" and sys.platform != "darwin" and sys.platform != "win32":
    if sys.platform.startswith("freebsd") or sys.platform.startswith("netbsd"):
        LOCAL_CREDS: int
if sys.platform == "darwin":
    AF_SYSTEM: AddressFamily
    CTLIOCGCOUNT: int
    CTLIOCGINFO: int
    PF_SYSTEM: int
    SYSPROTO_CONTROL: int
    SYSPROTO_EVENT: int
    UTUN_FLAGS_ENABLE_PROC_UUID: int
    UTUN_FLAGS_NO_INPUT: int
    UTUN_FLAGS_NO_OUTPUT: int
    UTUN_OPT_ATTACH_FLOWSWITCH: int
    UTUN_OPT_CHANNEL_BIND_PID: int
    UTUN_OPT_CHANNEL_BIND_UUID: int
    UTUN_OPT_ENABLE_CHANNEL: int
    UTUN_OPT_ENABLE_FLOWSWITCH: int
    UTUN_OPT_ENABLE_NETIF: int
    UTUN_OPT_EXT_IFDATA_STATS: int
    UTUN_OPT_FLAGS: int
    UTUN_OPT_GET_CHANNEL_UUID: int
    UTUN_OPT_IFNAME: int
    UTUN_OPT_INC_IFDATA_STATS_IN: int
    UTUN_OPT_INC_IFDATA_STATS_OUT: int
    UTUN_OPT_KPIPE_RX_RING_SIZE: int
    UTUN_OPT_KPIPE_TX_RING_SIZE: int
    UTUN_OPT_LOW_POWER_WAKE: int
    UTUN_OPT_MAX_PENDING_PACKETS: int
    UTUN_OPT_NETIF_RING_SIZE: int
    UTUN_OPT_RX_FLOW_STEERING_AUTO: int
    UTUN_OPT_RX_FSW_RING_SIZE: int
    UTUN_OPT_SET_DELEGATE_INTERFACE: int
    UTUN_OPT_SLOT_SIZE: int
    UTUN_OPT_TX_FSW_RING_SIZE: int
    UTUN_OPT_USER_PACKET_POOL: int
if sys.platform != "linux" and sys.platform != "darwin" and sys.platform != "win32":
    if sys.platform.startswith("freebsd"):
        AF_DIVERT: AddressFamily
        LOCAL_CREDS_PERSISTENT: int
        PF_DIVERT: int
        SCM_CREDS2: int
if sys.platform != "linux" and sys.platform != "darwin" and sys.platform != "win32":
    if sys.platform.startswith("openbsd"):
        AF_KEY: AddressFamily
