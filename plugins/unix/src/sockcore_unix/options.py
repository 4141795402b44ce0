"""Socket options of AF_UNIX as values: peer credentials, groups, security labels, pidfds.

:mod:`sockcore.options` uses these codecs. The standard library returns the same data as
bytes. Source: unix(7), socket(7).
"""

from __future__ import annotations

import os

from sockcore.plugin import Iterator, Option
from sockcore_unix.constants import SOL_SOCKET, TABLE
from sockcore_unix.descriptors import decode_rights
from sockcore_unix.structs import CREDENTIALS

# The order of the tuple, regardless of the order of the fields in the struct.
CREDENTIALS_ORDER = ("pid", "uid", "gid")

_GID_SIZE = 4
# If the list is longer, the kernel fails with ERANGE and returns no part of it. The option is then read again into a
# larger buffer.
_FIRST_BUFFER_SIZE = 1024


def decode_credentials(raw: bytes) -> tuple[int, ...]:
    """Return the credentials of a process as (pid, uid, gid)."""
    assert CREDENTIALS is not None
    values = dict(zip(CREDENTIALS.offsets(), CREDENTIALS.unpack(raw)))
    return tuple(int(values[name]) for name in CREDENTIALS_ORDER)


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
