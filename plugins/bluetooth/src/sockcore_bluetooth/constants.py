"""The constants of Bluetooth on this system, and the constants of the core that its codecs use."""

from __future__ import annotations

from sockcore.plugin import Iterator, Mapping, constants, load_table, system_name

#: Name -> number, from ``tables``. Empty on a system without Bluetooth sockets.
TABLE = load_table("sockcore_bluetooth.tables")

# Families are never negative: the default of a missing constant does not match any of them.
AF_BLUETOOTH = TABLE.get("AF_BLUETOOTH", -1)

#: Protocol -> socket type. All systems have the same types.
TYPES = {
    "L2CAP": constants().get("SOCK_SEQPACKET", -1),
    "RFCOMM": constants().get("SOCK_STREAM", -1),
    "HCI": constants().get("SOCK_RAW", -1),
    "SCO": constants().get("SOCK_SEQPACKET", -1),
    "ISO": constants().get("SOCK_SEQPACKET", -1),
}

#: System -> protocols in its headers that its kernel does not support. Such a protocol has no struct in ``structs``.
_UNSUPPORTED = {"freebsd": ("SCO",)}

#: Special device addresses: any controller, and a loopback that only old kernels supported.
BDADDRS = {"BDADDR_ANY": "00:00:00:00:00:00", "BDADDR_LOCAL": "00:00:00:FF:FF:FF"}


def protocol_numbers() -> dict[str, int]:
    """Return the numbers of the protocols (``'L2CAP'``...) with a codec."""
    unsupported = _UNSUPPORTED.get(system_name(), ())
    names = {name: f"BTPROTO_{name}" for name in TYPES if name not in unsupported}
    return {name: TABLE[constant] for name, constant in names.items() if constant in TABLE}


def public() -> Iterator[Mapping[str, object]]:
    """Yield the constants to register on this system."""
    if not TABLE:
        return
    supported = protocol_numbers()
    # The headers of FreeBSD define BTPROTO_SCO, although its manual states that SCO is not supported.
    unsupported = {f"BTPROTO_{name}" for name in TYPES if name not in supported}.intersection(TABLE)
    yield {name: TABLE[name] for name in TABLE if name not in unsupported} if unsupported else TABLE
    # NetBSD and DragonFly do not define SOL_*: the level of a protocol is its number.
    # ISO, a protocol of Linux only, has no level: its options are at SOL_BLUETOOTH.
    levels = {f"SOL_{name}": number for name, number in supported.items() if name != "ISO"}
    yield {name: number for name, number in levels.items() if name not in TABLE}
    yield BDADDRS
