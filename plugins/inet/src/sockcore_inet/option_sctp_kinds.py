"""Kinds of the options of SCTP whose structs differ between systems.

1. A value has the same fields on all systems, in the order of Linux. A field that the system lacks is 0, and must be 0
   to set it.
2. The kernel reads the association from the buffer of getsockopt(2).
"""

from __future__ import annotations

from collections import namedtuple

from sockcore.plugin import (
    Any,
    Callable,
    FieldKind,
    Iterator,
    Kind,
    Mapping,
    Option,
    OptionTable,
    Struct,
    getsockopt_with_input,
    struct_kind,
    system_name,
)
from sockcore_inet.constants import TABLE
from sockcore_inet.sctp_bsd_structs import BSD_STRUCTS, BsdStruct

_SYSTEM = system_name()
#: The structs of this system by the tags of Linux.
_BSD: dict[str, BsdStruct] = {
    struct.layout.name.replace("sctp_setprim", "sctp_prim"): struct for struct in BSD_STRUCTS.get(_SYSTEM, ())
}
#: The kinds whose struct this system does not have, or has in an unknown format.
_unknown_kinds: list[Kind[Any]] = []
#: The kinds by the number of the option, for get_sctp_option().
kinds: dict[int, Kind[Any]] = {}
NO_FIELDS: dict[str, FieldKind] = {}


def sctp_kind(
    cls: Callable[..., Any], layout: Struct, fields: Mapping[str, FieldKind] = NO_FIELDS, is_read: bool = True
) -> Kind[Any]:
    """Return the kind of a struct whose values are instances of the NamedTuple *cls*.

    *layout* is the struct of Linux. That of FreeBSD or NetBSD replaces it there. The kernel reads the struct before it
    writes it, unless *is_read* is False.
    """
    struct = _BSD.get(layout.name, BsdStruct(layout))
    kind, size = reordered_kind(cls, struct, fields), struct.layout.size

    def read(fd: int, level: int, optname: int) -> bytes:
        return getsockopt_with_input(fd, level, optname, bytes(size))

    reader = read if is_read else None
    complete = Kind(kind.type_name, size, kind.decode, kind.encode, kind.needs_descriptor, reader)
    if _SYSTEM != "linux" and layout.name not in _BSD:
        _unknown_kinds.append(complete)
    return complete


def reordered_kind(cls: Callable[..., Any], struct: BsdStruct, fields: Mapping[str, FieldKind]) -> Kind[Any]:
    """Return the kind of a struct whose fields have another order than those of *cls*, or lack some of them."""
    if not struct.order:
        return struct_kind(cls, struct.layout, fields)
    names: tuple[str, ...] = cls._fields  # type: ignore[attr-defined]
    in_struct = tuple(struct.order.split())
    missing = [name for name in names if name not in in_struct]
    raw_kind = struct_kind(
        namedtuple(cls.__name__, in_struct),  # noqa: PYI024  # the names depend on the system
        struct.layout,
        {name: kind for name, kind in fields.items() if name in in_struct},
    )
    encode_raw = raw_kind.encode
    assert encode_raw is not None

    def decode(data: bytes) -> Any:
        values = dict(zip(in_struct, raw_kind.decode(data)))
        return cls(*(values[name] if name in values else _absent(fields.get(name)) for name in names))

    def encode(label: str, value: Any, *fd: int) -> bytes:
        if not isinstance(value, tuple) or len(value) != len(names):
            raise TypeError(f"{label} must be a tuple ({', '.join(names)}), not {value!r}")
        items = {**dict(zip(names, value)), **dict(struct.constants)}
        for name in missing:
            if items[name]:
                raise ValueError(f"{label} {name} must be 0 on this system, not {items[name]!r}")
        data: bytes = encode_raw(label, tuple(items[name] for name in in_struct), *fd)
        return data

    return Kind(raw_kind.type_name, raw_kind.size, decode, encode, raw_kind.needs_descriptor)


def _absent(kind: FieldKind | None) -> Any:
    return 0 if kind is None else kind.decode(0)


class SctpTable:
    """The options of SCTP. An option whose struct is not known on this system is not available."""

    def __init__(self) -> None:
        self._known = OptionTable(TABLE)
        self._unknown = OptionTable({})

    def __call__(self, name: str, kind: Kind[Any], access: str = "rw", is_passive: bool = True) -> Any:
        """Add an option. The arguments are those of :class:`sockcore.plugin.OptionTable`, without the level."""
        table = self._unknown if any(kind is other for other in _unknown_kinds) else self._known
        option = table(name, "IPPROTO_SCTP", kind, access, is_passive)
        if option.is_available:
            kinds[option.number] = kind
        return option

    def options(self) -> Iterator[Option[Any]]:
        """Yield the options on this system."""
        return self._known.options()
