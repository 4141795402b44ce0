"""Socket options and control messages of AF_UNIX as values: peer credentials, groups, security labels, pidfds.

:mod:`sockcore.options` and :mod:`sockcore.ancillary` use these codecs. The standard library returns the same data as
bytes. Source: unix(7), socket(7).
"""

from __future__ import annotations

import os

from sockcore.plugin import Ancillary, Iterator, Option, named_integer
from sockcore_unix.constants import SOL_SOCKET, TABLE
from sockcore_unix.descriptors import SCM_RIGHTS, close_rights, decode_rights, encode_rights
from sockcore_unix.structs import CREDENTIALS

# The order of the tuple, regardless of the order of the fields in the struct.
_CREDENTIALS_ORDER = ("pid", "uid", "gid")

_GID_SIZE = 4
# If the list is longer, the kernel fails with ERANGE and returns no part of it. The option is then read again into a
# larger buffer.
_FIRST_BUFFER_SIZE = 1024


def decode_credentials(raw: bytes) -> tuple[int, ...]:
    """Return the credentials of a process as (pid, uid, gid)."""
    assert CREDENTIALS is not None
    values = dict(zip(CREDENTIALS.offsets(), CREDENTIALS.unpack(raw)))
    return tuple(int(values[name]) for name in _CREDENTIALS_ORDER)


def encode_credentials(credentials: object) -> bytes:
    """Return the struct of (pid, uid, gid).

    Raises TypeError for other values, OverflowError for numbers out of range.
    """
    assert CREDENTIALS is not None
    if not isinstance(credentials, tuple) or len(credentials) != len(_CREDENTIALS_ORDER):
        raise TypeError("credentials must be a tuple (pid, uid, gid)")
    values = {
        name: named_integer(f"credentials' {name}", value) for name, value in zip(_CREDENTIALS_ORDER, credentials)
    }
    for name, value in values.items():
        smallest, largest = (-(2**31), 2**31 - 1) if name == "pid" else (0, 2**32 - 1)
        if not smallest <= value <= largest:
            raise OverflowError(f"{name} must be {smallest}-{largest}")
    return CREDENTIALS.pack(*(values[name] for name in CREDENTIALS.offsets()))


def decode_groups(raw: bytes) -> tuple[int, ...]:
    """Return the supplementary group ids in an array of ``gid_t``."""
    return tuple(memoryview(raw[: len(raw) - len(raw) % _GID_SIZE]).cast("I"))


def decode_label(raw: bytes) -> str:
    """Return a security label without its final NUL."""
    return os.fsdecode(raw.rstrip(b"\0"))


def decode_pidfd(raw: bytes) -> int:
    """Return the pidfd in the data of SCM_PIDFD or SO_PEERPIDFD.

    Returns a negative number if the process no longer exists.
    """
    fds = decode_rights(raw)
    return fds[0] if fds else -1


def options() -> Iterator[Option]:
    """Yield the codecs of the socket options that this system supports."""
    if CREDENTIALS and "SO_PEERCRED" in TABLE:
        yield Option("SO_PEERCRED", SOL_SOCKET, TABLE["SO_PEERCRED"], CREDENTIALS.size, decode_credentials)
    if "SO_PEERGROUPS" in TABLE:
        yield Option("SO_PEERGROUPS", SOL_SOCKET, TABLE["SO_PEERGROUPS"], _FIRST_BUFFER_SIZE, decode_groups)
    if "SO_PEERSEC" in TABLE:
        yield Option("SO_PEERSEC", SOL_SOCKET, TABLE["SO_PEERSEC"], _FIRST_BUFFER_SIZE, decode_label)
    if "SO_PEERPIDFD" in TABLE:
        yield Option("SO_PEERPIDFD", SOL_SOCKET, TABLE["SO_PEERPIDFD"], 4, decode_pidfd)


def ancillaries() -> Iterator[Ancillary]:
    """Yield the codecs of the control messages that this system supports."""
    if SCM_RIGHTS is not None:
        yield Ancillary("SCM_RIGHTS", SOL_SOCKET, SCM_RIGHTS, decode_rights, encode_rights, close_rights)
    if CREDENTIALS and "SCM_CREDENTIALS" in TABLE:
        number = TABLE["SCM_CREDENTIALS"]
        yield Ancillary("SCM_CREDENTIALS", SOL_SOCKET, number, decode_credentials, encode_credentials)
    if "SCM_PIDFD" in TABLE:
        yield Ancillary("SCM_PIDFD", SOL_SOCKET, TABLE["SCM_PIDFD"], decode_pidfd, discard=close_rights)
    if "SCM_SECURITY" in TABLE:
        yield Ancillary("SCM_SECURITY", SOL_SOCKET, TABLE["SCM_SECURITY"], decode_label)
