"""What to install for a name or a family that no plugin here has brought: words for messages, nothing else.

The one place where the core mentions families; nothing but the texts of errors depends on it.
"""

from __future__ import annotations

from sockcore._names import imported
from sockcore._platform import SYSTEMS, system_name

#: Distribution -> beginnings of the names that it brings. The longest beginning that fits wins.
BRINGS: dict[str, tuple[str, ...]] = {
    "sockcore-inet": (
        "AF_INET", "AI_", "EAI_", "INADDR_", "INET", "IP", "MCAST_", "MPTCP_", "NI_", "SCTP_", "SOL_IP", "SOL_MPTCP",
        "SOL_SCTP", "SOL_TCP", "SOL_UDP", "TCP_", "UDP", "create_connection", "create_server", "get", "has_dualstack",
        "hton", "if_", "inet_", "ntoh", "sethostname",
    ),
    "sockcore-unix": (
        "AF_UNIX", "PF_UNIX", "SCM_CREDENTIALS", "SCM_CREDS", "SCM_RIGHTS", "SO_PASSCRED",
        "SO_PEERCRED", "recv_fds", "send_fds",
    ),
    "sockcore-can": ("AF_CAN", "CAN_", "J1939_", "PF_CAN", "SCM_J1939", "SOL_CAN"),
    "sockcore-bluetooth": ("AF_BLUETOOTH", "BDADDR_", "BTPROTO_", "BT_", "HCI_", "L2CAP_", "RFCOMM_", "SOL_BLUETOOTH",
                           "SOL_HCI", "SOL_L2CAP", "SOL_RFCOMM", "SOL_SCO"),
    "sockcore-linux-misc": (
        "AF_ALG", "AF_NETLINK", "AF_PACKET", "AF_QIPCRTR", "AF_RDS", "AF_TIPC", "AF_VSOCK", "ALG_", "ARPHRD_",
        "ETHERTYPE_", "ETH_P_", "IOCTL_VM", "NETLINK_", "NLMSG_", "NLM_F_", "PACKET_", "PF_PACKET", "PF_RDS", "QRTR_",
        "RDS_", "RTMGRP_", "RTNLGRP_", "SOL_ALG", "SOL_NETLINK", "SOL_PACKET", "SOL_RDS", "SOL_TIPC", "SOL_VSOCK",
        "SO_RDS_", "SO_VM_", "TIPC_", "VMADDR_", "VM_SOCKETS", "VSOCK_",
    ),
    "sockcore-windows": ("AF_HYPERV", "HVSOCKET_", "HV_", "RCVALL_", "SIO_", "fromshare"),
    "sockcore-bsd": (
        "AF_DIVERT", "AF_LINK", "AF_SYSTEM", "CTLIOCGINFO", "LOCAL_CREDS", "PF_DIVERT", "PF_SYSTEM",
        "SCM_CREDS2", "SYSPROTO_", "UTUN_OPT_",
    ),
}  # fmt: skip


def distribution_of(name: str) -> str | None:
    """Return the distribution that brings *name* where its system has it, None if none is known to."""
    found: tuple[int, str | None] = (0, None)
    for distribution, beginnings in BRINGS.items():
        for beginning in beginnings:
            if name.startswith(beginning):
                found = max(found, (len(beginning), distribution), key=lambda pair: pair[0])
    return found[1]


def missing_name(name: str, is_blocked: bool = False) -> str:
    """Return the sentence for a name of the module that is not there."""
    text = f"module 'sockcore' has no attribute {name!r}"
    if is_blocked:
        return f"{text}: SOCKCORE_BLOCK names it"
    distribution = distribution_of(name)
    if distribution:
        text += f": it comes with {distribution}, where the system has it (pip install {distribution})"
    return text


def families(system: str) -> dict[int, str]:
    """Return the families in the headers of a system by number, empty if there is no table of it."""
    module = f"sockcore._platform.tables.families_{system}"
    try:
        names: dict[int, str] = imported(module).NAMES
    except ModuleNotFoundError as missing:
        if missing.name != module:
            raise
        return {}
    return names


def family_name(number: int) -> str | None:
    """Return the name of a family on this system (``'AF_CAN'``), None if the headers know none."""
    return families(system_name()).get(number)


def family_numbers() -> dict[str, int]:
    """Return the families in this system's headers by name."""
    return {name: number for number, name in families(system_name()).items()}


def is_family(name: str) -> bool:
    """Return whether any system has a family of this name."""
    return any(name in families(system).values() for system in SYSTEMS.values())


def missing_family(number: int) -> str:
    """Return the rest of a sentence about a family without a plugin: its name and what to install."""
    name = family_name(number)
    if name is None:
        return ""
    distribution = distribution_of(name)
    return f" ({number} is {name}: pip install {distribution})" if distribution else f" ({number} is {name})"
