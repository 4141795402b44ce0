"""AF_TIPC: ``(addr_type, v1, v2, v3[, scope])`` to ``struct sockaddr_tipc`` and back. tipc(7), <linux/tipc.h>.

1. TIPC_ADDR_NAMESEQ is a range of a service: type, lower and upper instance. TIPC_ADDR_NAME is one instance: type,
   instance, 0. TIPC_ADDR_ID is a socket: node, reference, 0. What stands for the 0 is not sent.
2. Without a scope it is TIPC_CLUSTER_SCOPE. The kernel takes a negative one as a wish to unbind.
3. What comes out has five parts; the kernel names every socket by TIPC_ADDR_ID, with scope 0.
"""

from __future__ import annotations

from sockcore.plugin import (
    I8,
    U8,
    U32,
    Ancillary,
    Context,
    Family,
    Field,
    Iterator,
    Option,
    RawAddress,
    Register,
    Struct,
    in_range,
    integer,
    octets,
    padding,
    struct_value,
    unsigned,
    wrong_address_type,
)
from sockcore_linux_misc.constants import TABLE, constant

_HEADER = "<linux/tipc.h>"


def _sockaddr(*arm: tuple[str, Field]) -> Struct:
    # The C struct has a union: each of its arms is a declaration of its own.
    return Struct("struct sockaddr_tipc", _HEADER, ("addrtype", U8), ("scope", I8), *arm, sockaddr=True)


BY_RANGE = _sockaddr(("addr.nameseq.type", U32), ("addr.nameseq.lower", U32), ("addr.nameseq.upper", U32))
BY_NAME = _sockaddr(("addr.name.name.type", U32), ("addr.name.name.instance", U32), ("addr.name.domain", U32))
BY_ID = _sockaddr(("addr.id.ref", U32), ("addr.id.node", U32), ("hole", padding(4)))

#: What TIPC_DESTNAME carries.
SERVICE_RANGE = Struct("struct tipc_service_range", _HEADER, ("type", U32), ("lower", U32), ("upper", U32))

#: TIPC_GROUP_JOIN: the group, one's own identity in it, where to be seen, and TIPC_GROUP_LOOPBACK and others.
GROUP_REQ = Struct("struct tipc_group_req", _HEADER, ("type", U32), ("instance", U32), ("scope", U32), ("flags", U32))

_SUBSCRIPTION = (
    ("seq.type", U32),
    ("seq.lower", U32),
    ("seq.upper", U32),
    ("timeout", U32),
    ("filter", U32),
    ("usr_handle", octets(8)),
)

#: What a program sends to the topology service (TIPC_TOP_SRV), for a timeout in milliseconds.
SUBSCR = Struct("struct tipc_subscr", _HEADER, *_SUBSCRIPTION)

#: What the topology service answers, as often as something comes or goes: with the subscription at its end.
EVENT = Struct(
    "struct tipc_event",
    _HEADER,
    ("event", U32),
    ("found_lower", U32),
    ("found_upper", U32),
    ("port.ref", U32),
    ("port.node", U32),
    *((f"s.{name}", field) for name, field in _SUBSCRIPTION),
)

#: What ``tools/headers`` proves.
STRUCTS = (BY_RANGE, BY_NAME, BY_ID, SERVICE_RANGE, GROUP_REQ, SUBSCR, EVENT)

_CLUSTER, _NODE = constant("TIPC_CLUSTER_SCOPE"), constant("TIPC_NODE_SCOPE")
_PARTS = {
    constant("TIPC_ADDR_NAMESEQ"): ("type", "lower instance", "upper instance"),
    constant("TIPC_ADDR_NAME"): ("type", "instance", "v3"),
    constant("TIPC_ADDR_ID"): ("node", "reference", "v3"),
}


class Tipc(Family):
    """AF_TIPC: tuples of four or five ints in, of five out."""

    number = constant("AF_TIPC")
    name = "AF_TIPC"
    module = "tipc"
    size = BY_RANGE.size
    probe = (constant("SOCK_RDM"), 0)

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_tipc`` of a tuple (addr_type, v1, v2, v3[, scope]).

        TypeError for another type or length, a part that is no integer, or an addr_type that is none; OverflowError
        for one of the values not in 0-4294967295; ValueError for a scope that TIPC does not have.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", self.name, address)
        if not 4 <= len(address) <= 5:
            raise TypeError("AF_TIPC address must be a tuple (addr_type, v1, v2, v3[, scope])")
        kind, *values = [integer(part) for part in address]
        if kind not in _PARTS:
            raise TypeError("Invalid address type")
        first, second, third = (
            in_range(context, f"AF_TIPC {part}", value, 32) for value, part in zip(values, _PARTS[kind])
        )
        scope = values[3] if len(values) > 3 else _CLUSTER
        if not -_NODE <= scope <= _NODE:
            scopes = "TIPC_ZONE_SCOPE, TIPC_CLUSTER_SCOPE or TIPC_NODE_SCOPE"
            words = f"AF_TIPC scope must be {scopes}, or one of them negative to unbind, not {scope}"
            raise ValueError(f"{context.operation}(): {words}")
        if kind == TABLE["TIPC_ADDR_NAMESEQ"]:
            return BY_RANGE.pack(self.number, kind, scope, first, second, third)
        if kind == TABLE["TIPC_ADDR_NAME"]:
            return BY_NAME.pack(self.number, kind, scope, first, second, 0)
        return BY_ID.pack(self.number, kind, scope, second, first)

    def decode(self, raw: bytes, context: Context) -> object:
        """Return (addr_type, v1, v2, v3, scope); a RawAddress where addr_type is none that is known."""
        kind, scope, first, second, third = BY_RANGE.unpack(raw)
        if kind == TABLE["TIPC_ADDR_NAMESEQ"]:
            return kind, first, second, third, scope
        if kind == TABLE["TIPC_ADDR_NAME"]:
            _, _, service, instance, _ = BY_NAME.unpack(raw)
            return kind, service, instance, 0, scope
        if kind == TABLE["TIPC_ADDR_ID"]:
            _, _, reference, node = BY_ID.unpack(raw)
            return kind, node, reference, 0, scope
        return RawAddress(raw)


def encode_group(group: object) -> bytes:
    """Return the ``tipc_group_req`` of a tuple (type, instance[, scope[, flags]]).

    Without a scope it is TIPC_CLUSTER_SCOPE, without flags none is set. TypeError for anything else, OverflowError for
    a part not in 0-4294967295.
    """
    if not isinstance(group, tuple) or not 2 <= len(group) <= 4:
        raise TypeError(f"a TIPC group must be a tuple (type, instance[, scope[, flags]]), not {group!r}")
    parts = (*group, *(_CLUSTER, 0)[len(group) - 2 :])
    names = ("type", "instance", "scope", "flags")
    return GROUP_REQ.pack(*(unsigned(f"a TIPC group's {name}", part, 32) for part, name in zip(parts, names)))


def decode_group(raw: bytes) -> int:
    """Return the type of the group that a socket is in, 0 for none: all that the kernel tells."""
    return int(GROUP_REQ.unpack(raw)[0])


def decode_error(raw: bytes) -> tuple[int, ...]:
    """Return (error, length): why a message came back, as TIPC_ERR_NO_NAME and others, and how many bytes it had."""
    return tuple(memoryview(raw[: len(raw) - len(raw) % 4]).cast("I"))


def ancillaries() -> Iterator[Ancillary]:
    """Yield the codecs of the control messages, all of which are only received."""
    level = TABLE["SOL_TIPC"]
    yield Ancillary("TIPC_ERRINFO", level, TABLE["TIPC_ERRINFO"], decode_error)
    yield Ancillary("TIPC_RETDATA", level, TABLE["TIPC_RETDATA"], bytes)
    yield Ancillary("TIPC_DESTNAME", level, TABLE["TIPC_DESTNAME"], struct_value(SERVICE_RANGE))


def bring(register: Register) -> None:
    """Bring AF_TIPC, joining a group as an option, and the codecs of its control messages."""
    register.family(Tipc())
    join = TABLE["TIPC_GROUP_JOIN"]
    register.option(Option("TIPC_GROUP_JOIN", TABLE["SOL_TIPC"], join, GROUP_REQ.size, decode_group, encode_group))
    for ancillary in ancillaries():
        register.ancillary(ancillary)
