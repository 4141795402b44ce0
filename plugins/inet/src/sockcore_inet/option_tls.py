"""TLS in the kernel of FreeBSD: TCP_TXTLS_ENABLE, TCP_RXTLS_ENABLE and the modes. Source: ktls(4), <sys/ktls.h>."""

from __future__ import annotations

from array import array
from typing import NamedTuple

from sockcore.plugin import Any, Kind, OpenEnum, PinnedBytes, check_range, enum_kind, to_bytes
from sockcore_inet.constants import TABLE
from sockcore_inet.tcp_structs import TLS_ENABLE


class TlsMode(OpenEnum):
    """Where the kernel encrypts: TCP_TLS_MODE_* without the prefix."""

    NONE = TABLE.get("TCP_TLS_MODE_NONE", 0)
    SW = TABLE.get("TCP_TLS_MODE_SW", -102)
    IFNET = TABLE.get("TCP_TLS_MODE_IFNET", -103)
    TOE = TABLE.get("TCP_TLS_MODE_TOE", -104)


class TlsEnable(NamedTuple):
    """The value of TCP_TXTLS_ENABLE and TCP_RXTLS_ENABLE: keys, algorithms (CRYPTO_*), and the version of TLS.

    *iv* is the implicit initialization vector, *auth_key* the key of a MAC. *version* is (3, 3) for TLS 1.2 and (3, 4)
    for TLS 1.3. *rec_seq* is the sequence number of the next record.
    """

    cipher_algorithm: int
    cipher_key: bytes
    iv: bytes
    version: tuple[int, int]
    rec_seq: bytes = bytes(8)
    auth_algorithm: int = 0
    auth_key: bytes = b""
    flags: int = 0


def _encode(label: str, value: Any) -> bytes:
    names = TlsEnable._fields
    if not isinstance(value, tuple) or not 4 <= len(value) <= len(names):
        raise TypeError(f"{label} must be a tuple ({', '.join(names)}), not {value!r}")
    items = TlsEnable(*value)
    keys = [
        to_bytes(getattr(items, name), f"{label} {name}", contiguous=False) for name in ("cipher_key", "iv", "auth_key")
    ]
    sequence = to_bytes(items.rec_seq, f"{label} rec_seq", contiguous=False)
    if len(sequence) != 8:
        raise ValueError(f"{label} rec_seq must be 8 bytes, not {len(sequence)}")
    version: Any = items.version
    if not isinstance(version, tuple) or len(version) != 2:
        raise TypeError(f"{label} version must be a tuple (major, minor), not {version!r}")
    major, minor = (check_range(f"{label} version", number, 0, 255) for number in version)
    cipher, auth, flags = (
        check_range(f"{label} {name}", getattr(items, name), -(1 << 31), (1 << 31) - 1)
        for name in ("cipher_algorithm", "auth_algorithm", "flags")
    )
    # An empty array has no address.
    memory = array("B", b"".join(keys) + b"\0")
    address = memory.buffer_info()[0]
    starts = [address, address + len(keys[0]), address + len(keys[0]) + len(keys[1])]
    pointers = [start if key else 0 for start, key in zip(starts, keys)]
    sizes = [len(key) for key in keys]
    pinned = PinnedBytes(
        TLS_ENABLE.pack(*pointers, cipher, sizes[0], sizes[1], auth, sizes[2], flags, major, minor, sequence)
    )
    pinned.memory = memory
    return pinned


def _decode(data: bytes) -> TlsEnable:
    # The keys are behind pointers, and not part of the data.
    values: Any = TLS_ENABLE.unpack(data)
    cipher, _, _, auth, _, flags, major, minor, sequence = values[3:]
    return TlsEnable(cipher, b"", b"", (major, minor), sequence, auth, b"", flags)


ENABLE: Kind[TlsEnable] = Kind("TlsEnable", TLS_ENABLE.size, _decode, _encode)
MODE: Kind[TlsMode] = enum_kind(TlsMode)
