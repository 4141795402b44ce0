"""AF_TIPC, Transparent Inter Process Communication: ``(addr_type, v1, v2, v3[, scope])``. tipc(7), <linux/tipc.h>.

1. TIPC_ADDR_NAMESEQ is a range of instances of a service: type, lower instance, upper instance. TIPC_ADDR_NAME is one
   instance: type, instance, 0. TIPC_ADDR_ID is a socket: node, reference, 0. The codec does not use the value in
   the place of the 0.
2. The default of *scope* is TIPC_CLUSTER_SCOPE. bind(2) with a negative scope removes the binding.
3. Decoding returns five parts. The kernel returns the address of a socket as TIPC_ADDR_ID with scope 0.
"""

from __future__ import annotations

from sockcore.plugin import (
    I8,
    U8,
    U32,
    Context,
    Family,
    Field,
    RawAddress,
    Struct,
    in_range,
    integer,
    octets,
    padding,
    unsigned,
    wrong_address_type,
)
from sockcore_linux_misc.constants import TABLE, constant

_HEADER = "<linux/tipc.h>"


def _sockaddr(*member: tuple[str, Field]) -> Struct:
    # The C struct contains a union. Each member of the union is declared as a separate struct.
    return Struct("struct sockaddr_tipc", _HEADER, ("addrtype", U8), ("scope", I8), *member, sockaddr=True)


SOCKADDR_TIPC_NAMESEQ = _sockaddr(("addr.nameseq.type", U32), ("addr.nameseq.lower", U32), ("addr.nameseq.upper", U32))
SOCKADDR_TIPC_NAME = _sockaddr(
    ("addr.name.name.type", U32), ("addr.name.name.instance", U32), ("addr.name.domain", U32)
)
SOCKADDR_TIPC_ID = _sockaddr(("addr.id.ref", U32), ("addr.id.node", U32), ("hole", padding(4)))

#: TIPC_DESTNAME.
SERVICE_RANGE = Struct("struct tipc_service_range", _HEADER, ("type", U32), ("lower", U32), ("upper", U32))

#: TIPC_GROUP_JOIN: the group, the identity of the member, its scope, and flags (TIPC_GROUP_LOOPBACK...).
GROUP_REQ = Struct("struct tipc_group_req", _HEADER, ("type", U32), ("instance", U32), ("scope", U32), ("flags", U32))

_SUBSCRIPTION = (
    ("seq.type", U32),
    ("seq.lower", U32),
    ("seq.upper", U32),
    ("timeout", U32),
    ("filter", U32),
    ("usr_handle", octets(8)),
)

#: A subscription: a message to the topology service (TIPC_TOP_SRV). The timeout is in milliseconds.
SUBSCR = Struct("struct tipc_subscr", _HEADER, *_SUBSCRIPTION)

#: An event: the topology service sends one for each change of the subscribed services. It ends with the subscription.
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

#: The structs that ``tools/headers`` compares with the headers.
STRUCTS = (SOCKADDR_TIPC_NAMESEQ, SOCKADDR_TIPC_NAME, SOCKADDR_TIPC_ID, SERVICE_RANGE, GROUP_REQ, SUBSCR, EVENT)

_CLUSTER, _NODE = constant("TIPC_CLUSTER_SCOPE"), constant("TIPC_NODE_SCOPE")
_PART_NAMES = {
    constant("TIPC_ADDR_NAMESEQ"): ("type", "lower instance", "upper instance"),
    constant("TIPC_ADDR_NAME"): ("type", "instance", "v3"),
    constant("TIPC_ADDR_ID"): ("node", "reference", "v3"),
}


class Tipc(Family):
    """AF_TIPC: ``(addr_type, v1, v2, v3[, scope])``. Decoding returns all five parts."""

    number: int = constant("AF_TIPC")
    name = "AF_TIPC"
    module: str | None = "tipc"
    size: int = SOCKADDR_TIPC_NAMESEQ.size
    probe: tuple[int, int] | None = (constant("SOCK_RDM"), 0)

    def encode(self, address: object, context: Context) -> bytes:
        """Return the ``sockaddr_tipc`` of a tuple (addr_type, v1, v2, v3[, scope]).

        Raises TypeError for another type or length, a part that is not an integer, or an unknown addr_type. Raises
        OverflowError for a value not in 0-4294967295, and ValueError for an unknown scope.
        """
        if not isinstance(address, tuple):
            raise wrong_address_type(f"{context.operation}()", self.name, address)
        if not 4 <= len(address) <= 5:
            raise TypeError("AF_TIPC address must be a tuple (addr_type, v1, v2, v3[, scope])")
        addr_type, *values = [integer(part) for part in address]
        if addr_type not in _PART_NAMES:
            raise TypeError("Invalid address type")
        first, second, third = (
            in_range(context, f"AF_TIPC {part}", value, 32) for value, part in zip(values, _PART_NAMES[addr_type])
        )
        scope = values[3] if len(values) > 3 else _CLUSTER
        if not -_NODE <= scope <= _NODE:
            scopes = "TIPC_ZONE_SCOPE, TIPC_CLUSTER_SCOPE or TIPC_NODE_SCOPE"
            message = f"AF_TIPC scope must be {scopes}, or one of them negative to unbind, not {scope}"
            raise ValueError(f"{context.operation}(): {message}")
        if addr_type == TABLE["TIPC_ADDR_NAMESEQ"]:
            return SOCKADDR_TIPC_NAMESEQ.pack(self.number, addr_type, scope, first, second, third)
        if addr_type == TABLE["TIPC_ADDR_NAME"]:
            return SOCKADDR_TIPC_NAME.pack(self.number, addr_type, scope, first, second, 0)
        return SOCKADDR_TIPC_ID.pack(self.number, addr_type, scope, second, first)

    def decode(self, sockaddr: bytes, context: Context) -> object:
        """Return (addr_type, v1, v2, v3, scope).

        Returns a RawAddress if addr_type is unknown.
        """
        addr_type, scope, first, second, third = SOCKADDR_TIPC_NAMESEQ.unpack(sockaddr)
        if addr_type == TABLE["TIPC_ADDR_NAMESEQ"]:
            return addr_type, first, second, third, scope
        if addr_type == TABLE["TIPC_ADDR_NAME"]:
            _, _, service, instance, _ = SOCKADDR_TIPC_NAME.unpack(sockaddr)
            return addr_type, service, instance, 0, scope
        if addr_type == TABLE["TIPC_ADDR_ID"]:
            _, _, reference, node = SOCKADDR_TIPC_ID.unpack(sockaddr)
            return addr_type, node, reference, 0, scope
        return RawAddress(sockaddr)


def encode_group_req(label: str, group: object) -> bytes:
    """Return the ``tipc_group_req`` of a tuple (type, instance[, scope[, flags]]).

    The default of *scope* is TIPC_CLUSTER_SCOPE, the default of *flags* is 0. Raises TypeError for another type or
    length or a part that is not an integer, and OverflowError for a part not in 0-4294967295.
    """
    if not isinstance(group, tuple) or not 2 <= len(group) <= 4:
        raise TypeError(f"{label} must be a tuple (type, instance[, scope[, flags]]), not {group!r}")
    parts = (*group, *(_CLUSTER, 0)[len(group) - 2 :])
    names = ("type", "instance", "scope", "flags")
    return GROUP_REQ.pack(*(unsigned(f"{label} {name}", part, 32) for part, name in zip(parts, names)))
