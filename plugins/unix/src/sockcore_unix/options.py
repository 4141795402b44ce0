"""Who is at the other end: the options and control messages that carry process ids, users, groups and labels.

All are additions to the manual, where these come as plain bytes: they are what :mod:`sockcore.options` and
:mod:`sockcore.ancillary` give. unix(7), socket(7).
"""

from __future__ import annotations

import os

from sockcore.plugin import Ancillary, Iterator, Option, named_integer
from sockcore_unix.constants import SOL_SOCKET, TABLE
from sockcore_unix.descriptors import SCM_RIGHTS, close_rights, decode_rights, encode_rights
from sockcore_unix.structs import CREDENTIALS

# The order in which a program gets them, whatever that of the struct's fields.
_ORDER = ("pid", "uid", "gid")

_GID_SIZE = 4
_USUAL = 1024  # a longer list is ERANGE, since the kernel gives no part of it: it is read again, into a larger buffer


def decode_credentials(raw: bytes) -> tuple[int, ...]:
    """Return (pid, uid, gid)."""
    assert CREDENTIALS is not None
    values = dict(zip(CREDENTIALS.offsets(), CREDENTIALS.unpack(raw)))
    return tuple(int(values[name]) for name in _ORDER)


def encode_credentials(credentials: object) -> bytes:
    """Return the struct of (pid, uid, gid); TypeError for anything else, OverflowError out of range."""
    assert CREDENTIALS is not None
    if not isinstance(credentials, tuple) or len(credentials) != len(_ORDER):
        raise TypeError("credentials must be a tuple (pid, uid, gid)")
    values = {name: named_integer(f"credentials' {name}", value) for name, value in zip(_ORDER, credentials)}
    for name, value in values.items():
        smallest, largest = (-(2**31), 2**31 - 1) if name == "pid" else (0, 2**32 - 1)
        if not smallest <= value <= largest:
            raise OverflowError(f"{name} must be {smallest}-{largest}")
    return CREDENTIALS.pack(*(values[name] for name in CREDENTIALS.offsets()))


def decode_groups(raw: bytes) -> tuple[int, ...]:
    """Return the supplementary group ids in an array of ``gid_t``."""
    return tuple(memoryview(raw[: len(raw) - len(raw) % _GID_SIZE]).cast("I"))


def decode_label(raw: bytes) -> str:
    """Return a security label, without the NUL behind it."""
    return os.fsdecode(raw.rstrip(b"\0"))


def decode_descriptor(raw: bytes) -> int:
    """Return the one descriptor that SCM_PIDFD and SO_PEERPIDFD carry; -1 or less if the process is gone."""
    fds = decode_rights(raw)
    return fds[0] if fds else -1


def options() -> Iterator[Option]:
    """Yield the codecs of the socket options that this system has."""
    if CREDENTIALS and "SO_PEERCRED" in TABLE:
        yield Option("SO_PEERCRED", SOL_SOCKET, TABLE["SO_PEERCRED"], CREDENTIALS.size, decode_credentials)
    if "SO_PEERGROUPS" in TABLE:
        yield Option("SO_PEERGROUPS", SOL_SOCKET, TABLE["SO_PEERGROUPS"], _USUAL, decode_groups)
    if "SO_PEERSEC" in TABLE:
        yield Option("SO_PEERSEC", SOL_SOCKET, TABLE["SO_PEERSEC"], _USUAL, decode_label)
    if "SO_PEERPIDFD" in TABLE:
        yield Option("SO_PEERPIDFD", SOL_SOCKET, TABLE["SO_PEERPIDFD"], 4, decode_descriptor)


def ancillaries() -> Iterator[Ancillary]:
    """Yield the codecs of the control messages that this system has."""
    if SCM_RIGHTS is not None:
        yield Ancillary("SCM_RIGHTS", SOL_SOCKET, SCM_RIGHTS, decode_rights, encode_rights, close_rights)
    if CREDENTIALS and "SCM_CREDENTIALS" in TABLE:
        number = TABLE["SCM_CREDENTIALS"]
        yield Ancillary("SCM_CREDENTIALS", SOL_SOCKET, number, decode_credentials, encode_credentials)
    if "SCM_PIDFD" in TABLE:
        yield Ancillary("SCM_PIDFD", SOL_SOCKET, TABLE["SCM_PIDFD"], decode_descriptor, discard=close_rights)
    if "SCM_SECURITY" in TABLE:
        yield Ancillary("SCM_SECURITY", SOL_SOCKET, TABLE["SCM_SECURITY"], decode_label)
