"""The constants that Bluetooth brings on this system, and those of the core that its families are used with."""

from __future__ import annotations

from sockcore.plugin import constants, load_table, system_name
from sockcore_bluetooth.structs import sockaddrs

#: Name to number, from ``tables``; empty on a system that has no such sockets.
TABLE = load_table("sockcore_bluetooth.tables")

# No family has a negative number: one that the system lacks equals none.
AF_BLUETOOTH = TABLE.get("AF_BLUETOOTH", -1)

#: The type that a socket of each protocol has with every system.
TYPES = {
    "L2CAP": constants().get("SOCK_SEQPACKET", -1),
    "RFCOMM": constants().get("SOCK_STREAM", -1),
    "HCI": constants().get("SOCK_RAW", -1),
    "SCO": constants().get("SOCK_SEQPACKET", -1),
}

#: Addresses with a meaning of their own: any controller, and a loopback that old kernels had.
BDADDRS = {"BDADDR_ANY": "00:00:00:00:00:00", "BDADDR_LOCAL": "00:00:00:FF:FF:FF"}


def protocols() -> dict[str, int]:
    """Return protocol (``'L2CAP'``...) to number, of those whose addresses are known on this system."""
    names = {name: f"BTPROTO_{name}" for name in sockaddrs(system_name())}
    return {name: TABLE[constant] for name, constant in names.items() if constant in TABLE}


def public() -> dict[str, object]:
    """Return the names of the module, those that this system has."""
    if not TABLE:
        return {}
    known = protocols()
    # Headers have a protocol's name also where the manual says that the protocol is not supported: SCO of FreeBSD.
    absent = {f"BTPROTO_{name}" for name in TYPES if name not in known}
    found: dict[str, object] = {name: value for name, value in TABLE.items() if name not in absent}
    # netbt has no names for the levels of options: each is its protocol's number.
    for name, number in known.items():
        found.setdefault(f"SOL_{name}", number)
    return {**found, **BDADDRS}
