"""The keys of TCP-AO on Linux: RFC 5925. Source: Documentation/networking/tcp_ao.rst in the kernel.

1. A key belongs to an address or a prefix of the peer. *prefixlen* None is the whole address.
2. An algorithm has its name in the kernel: "hmac(sha1)", "cmac(aes128)".
3. A number of a key that is None is not set, or not known to the kernel.
"""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import (
    Any,
    Kind,
    Mapping,
    Optional,
    Struct,
    check_range,
    family_of,
    getsockopt_with_input,
    struct_kind,
    to_bool,
    to_bytes,
    to_interface,
)
from sockcore_inet.constants import AF_INET6, TABLE
from sockcore_inet.option_addresses import pack_storage, unpack_storage
from sockcore_inet.option_tcp_info import join_bits, split_bits
from sockcore_inet.tcp_structs import TCP_AO_ADD, TCP_AO_DEL, TCP_AO_GETSOCKOPT, TCP_AO_INFO_OPT, TCP_AO_REPAIR

#: The bit-fields of the structs, in their order.
_ADD_BITS = (("set_current", 1), ("set_rnext", 1), ("reserved", 30))
_DEL_BITS = (("set_current", 1), ("set_rnext", 1), ("del_async", 1), ("reserved", 29))
_INFO_BITS = (
    *(("set_current", 1), ("set_rnext", 1), ("ao_required", 1), ("set_counters", 1), ("accept_icmps", 1)),
    ("reserved", 27),
)
_GET_BITS = (("is_current", 1), ("is_rnext", 1), ("get_all", 1), ("reserved", 13))

#: The number of keys for which TCP_AO_GET_KEYS has room.
_MOST = 128
_IFINDEX: int = TABLE.get("TCP_AO_KEYF_IFINDEX", 0)
_KEY_SIZE: int = TCP_AO_ADD.offsets()["key"][1]
_NAME_SIZE: int = TCP_AO_ADD.offsets()["alg_name"][1]


class TcpAoKey(NamedTuple):
    """The value of TCP_AO_ADD_KEY: a key for a peer, and the numbers of the key in sent and received segments.

    *maclen* is the length of the authentication code in bytes, 0 for 12. *keyflags* are TCP_AO_KEYF_*. An interface
    sets its flag.
    """

    address: str
    algorithm: str
    key: bytes
    sndid: int
    rcvid: int
    prefixlen: Optional[int] = None
    maclen: int = 0
    keyflags: int = 0
    interface: Any = 0
    set_current: bool = False
    set_rnext: bool = False


class TcpAoDeletion(NamedTuple):
    """The value of TCP_AO_DEL_KEY: the key to delete, and the numbers of the keys to use from then on.

    *del_async* deletes without waiting, which is possible for a listening socket only.
    """

    address: str
    sndid: int
    rcvid: int
    prefixlen: Optional[int] = None
    keyflags: int = 0
    interface: Any = 0
    current_key: Optional[int] = None
    rnext: Optional[int] = None
    del_async: bool = False


class TcpAoInfo(NamedTuple):
    """The value of TCP_AO_INFO: the keys in use, settings, and counters of segments.

    To change the counters, *set_counters* must be true.
    """

    current_key: Optional[int] = None
    rnext: Optional[int] = None
    ao_required: bool = False
    accept_icmps: bool = False
    pkt_good: int = 0
    pkt_bad: int = 0
    pkt_key_not_found: int = 0
    pkt_ao_required: int = 0
    pkt_dropped_icmp: int = 0
    set_counters: bool = False


class TcpAoKeyState(NamedTuple):
    """A key in TCP_AO_GET_KEYS, with counters of segments."""

    address: str
    algorithm: str
    key: bytes
    sndid: int
    rcvid: int
    prefixlen: int
    maclen: int
    keyflags: int
    interface: int
    is_current: bool
    is_rnext: bool
    pkt_good: int
    pkt_bad: int


class TcpAoRepair(NamedTuple):
    """The value of TCP_AO_REPAIR: initial sequence numbers, and their extensions, of a connection in repair mode."""

    snt_isn: int
    rcv_isn: int
    snd_sne: int
    rcv_sne: int


def _values(layout: Struct, data: bytes, bits: tuple[tuple[str, int], ...], unit: int) -> dict[str, Any]:
    """Return the fields and bit-fields of a struct by name."""
    values: dict[str, Any] = {}
    for (name, _), value in zip(layout.fields, layout.unpack(data)):
        values.update({name: value} if name else split_bits(int(value), unit, bits))
    return values


def _packed(layout: Struct, values: Mapping[str, Any], bits: tuple[tuple[str, int], ...], unit: int) -> bytes:
    """Return the bytes of a struct. A field that *values* lacks is 0."""
    return layout.pack(
        *(values.get(name, 0) if name else join_bits(values, unit, bits) for name, _ in layout.fields),
    )


def _fields(label: str, value: Any, cls: Any, required: int) -> dict[str, Any]:
    """Return the items of a tuple by the names of *cls*, with its defaults. The first *required* must be there."""
    names = cls._fields
    if not isinstance(value, tuple) or not required <= len(value) <= len(names):
        raise TypeError(f"{label} must be a tuple ({', '.join(names)}), not {value!r}")
    return {**cls._field_defaults, **dict(zip(names, value))}


def _flag(label: str, items: Mapping[str, Any], name: str) -> int:
    return to_bool(f"{label} {name}", items[name])


def _number(label: str, items: Mapping[str, Any], name: str) -> int:
    return check_range(f"{label} {name}", items[name], 0, 255)


def _optional(label: str, items: Mapping[str, Any], name: str, flag: str) -> dict[str, int]:
    """Return the number of a key, and the flag that it is set."""
    return {} if items[name] is None else {name: _number(label, items, name), flag: 1}


def _peer(label: str, items: Mapping[str, Any], fd: int) -> dict[str, Any]:
    """Return the fields that select keys in all requests."""
    address = pack_storage(f"{label} address", items["address"])
    whole = 128 if family_of(address) == AF_INET6 else 32
    prefix = whole if items["prefixlen"] is None else check_range(f"{label} prefixlen", items["prefixlen"], 0, whole)
    index = to_interface(f"{label} interface", items["interface"], fd)
    flags = _number(label, items, "keyflags") | (_IFINDEX if index else 0)
    values = {name: _number(label, items, name) for name in ("sndid", "rcvid")}
    return {**values, "addr": address, "prefix": prefix, "ifindex": index, "keyflags": flags}


def _encode_key(label: str, value: Any, fd: int = -1) -> bytes:
    items = _fields(label, value, TcpAoKey, 5)
    algorithm, key = items["algorithm"], to_bytes(items["key"], f"{label} key", contiguous=False)
    if not isinstance(algorithm, str):
        raise TypeError(f"{label} algorithm must be a str, not {type(algorithm).__name__}")
    if not (algorithm.isascii() and "\0" not in algorithm and len(algorithm) < _NAME_SIZE):
        raise ValueError(f"{label} algorithm must be 0 to {_NAME_SIZE - 1} ASCII characters, not {algorithm!r}")
    if len(key) > _KEY_SIZE:
        raise ValueError(f"{label} key must be 0 to {_KEY_SIZE} bytes, not {len(key)}")
    flags = {name: _flag(label, items, name) for name in ("set_current", "set_rnext")}
    values = {**_peer(label, items, fd), **flags, "alg_name": algorithm.encode(), "key": key, "keylen": len(key)}
    return _packed(TCP_AO_ADD, {**values, "maclen": _number(label, items, "maclen")}, _ADD_BITS, 32)


def _decode_key(data: bytes) -> TcpAoKey:
    values = _values(TCP_AO_ADD, data, _ADD_BITS, 32)
    return TcpAoKey(
        **_to_peer(values),
        **_to_secret(values),
        maclen=values["maclen"],
        set_current=bool(values["set_current"]),
        set_rnext=bool(values["set_rnext"]),
    )


def _to_peer(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the items of a value that select keys."""
    return {
        "address": unpack_storage(values["addr"]),
        "sndid": values["sndid"],
        "rcvid": values["rcvid"],
        "prefixlen": values["prefix"],
        "keyflags": values["keyflags"],
        "interface": values["ifindex"],
    }


def _to_secret(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "algorithm": values["alg_name"].partition(b"\0")[0].decode("ascii", "replace"),
        "key": values["key"][: values["keylen"]],
    }


def _encode_deletion(label: str, value: Any, fd: int = -1) -> bytes:
    items = _fields(label, value, TcpAoDeletion, 3)
    numbers = {
        **_optional(label, items, "current_key", "set_current"),
        **_optional(label, items, "rnext", "set_rnext"),
    }
    values = {**_peer(label, items, fd), **numbers, "del_async": _flag(label, items, "del_async")}
    return _packed(TCP_AO_DEL, values, _DEL_BITS, 32)


def _decode_deletion(data: bytes) -> TcpAoDeletion:
    values = _values(TCP_AO_DEL, data, _DEL_BITS, 32)
    return TcpAoDeletion(**_to_peer(values), **_to_numbers(values), del_async=bool(values["del_async"]))


def _to_numbers(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numbers of the keys in use, or None for a number that is not set."""
    return {
        "current_key": values["current_key"] if values["set_current"] else None,
        "rnext": values["rnext"] if values["set_rnext"] else None,
    }


_COUNTERS = ("pkt_good", "pkt_bad", "pkt_key_not_found", "pkt_ao_required", "pkt_dropped_icmp")


def _encode_info(label: str, value: Any) -> bytes:
    items = _fields(label, value, TcpAoInfo, 0)
    values = {
        **_optional(label, items, "current_key", "set_current"),
        **_optional(label, items, "rnext", "set_rnext"),
        **{name: _flag(label, items, name) for name in ("ao_required", "accept_icmps", "set_counters")},
        **{name: check_range(f"{label} {name}", items[name], 0, (1 << 64) - 1) for name in _COUNTERS},
    }
    return _packed(TCP_AO_INFO_OPT, values, _INFO_BITS, 32)


def _decode_info(data: bytes) -> TcpAoInfo:
    values = _values(TCP_AO_INFO_OPT, data, _INFO_BITS, 32)
    flags = {name: bool(values[name]) for name in ("ao_required", "accept_icmps", "set_counters")}
    return TcpAoInfo(**_to_numbers(values), **flags, **{name: values[name] for name in _COUNTERS})


def _read_info(fd: int, level: int, optname: int) -> bytes:
    # The kernel requires that reserved bits of the buffer are 0.
    return getsockopt_with_input(fd, level, optname, bytes(TCP_AO_INFO_OPT.size))


def _read_keys(fd: int, level: int, optname: int) -> bytes:
    # The length is that of one element. The first element has the number of elements, and the wanted keys: all.
    request = _packed(TCP_AO_GETSOCKOPT, {"nkeys": _MOST, "get_all": 1, "addr": b"", "alg_name": b"", "key": b""},
                      _GET_BITS, 16)  # fmt: skip
    return getsockopt_with_input(fd, level, optname, request.ljust(_MOST * len(request), b"\0"), _MOST)


def _decode_keys(data: bytes) -> list[TcpAoKeyState]:
    size = TCP_AO_GETSOCKOPT.size
    # The kernel writes the number of all keys, of which the buffer may have no more than its size.
    count = min(_values(TCP_AO_GETSOCKOPT, data, _GET_BITS, 16)["nkeys"], len(data) // size)
    return [_decode_key_state(data[i * size : (i + 1) * size]) for i in range(count)]


def _decode_key_state(data: bytes) -> TcpAoKeyState:
    values = _values(TCP_AO_GETSOCKOPT, data, _GET_BITS, 16)
    return TcpAoKeyState(
        **_to_peer(values),
        **_to_secret(values),
        **{name: values[name] for name in ("maclen", "pkt_good", "pkt_bad")},
        is_current=bool(values["is_current"]),
        is_rnext=bool(values["is_rnext"]),
    )


ADD_KEY: Kind[TcpAoKey] = Kind("TcpAoKey", TCP_AO_ADD.size, _decode_key, _encode_key, needs_descriptor=True)
DEL_KEY: Kind[TcpAoDeletion] = Kind(
    "TcpAoDeletion", TCP_AO_DEL.size, _decode_deletion, _encode_deletion, needs_descriptor=True
)
INFO: Kind[TcpAoInfo] = Kind("TcpAoInfo", TCP_AO_INFO_OPT.size, _decode_info, _encode_info, reader=_read_info)
KEYS: Kind[list[TcpAoKeyState]] = Kind("list of TcpAoKeyState", TCP_AO_GETSOCKOPT.size, _decode_keys, reader=_read_keys)
REPAIR: Kind[TcpAoRepair] = struct_kind(TcpAoRepair, TCP_AO_REPAIR)
