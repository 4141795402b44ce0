"""Socket options of AF_UNIX as values: peer credentials, groups, security labels, pidfds.

``from sockcore_unix.options import SO_PEERCRED`` imports an option. The standard library returns the same data as
bytes. Source: unix(7) and socket(7) of Linux, unix(4) of macOS and the BSDs. The options LOCAL_PEERCRED and LOCAL_CREDS
are in sockcore-bsd.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from sockcore.plugin import FLAG, INT, Any, Iterator, Kind, Option, OptionTable, constants
from sockcore_unix.constants import TABLE
from sockcore_unix.descriptors import decode_rights
from sockcore_unix.structs import CREDENTIALS

# The order of the tuple, regardless of the order of the fields in the struct.
CREDENTIALS_ORDER = ("pid", "uid", "gid")

_GID_SIZE = 4
# If the list is longer, the kernel fails with ERANGE and returns no part of it. The option is then read again into a
# larger buffer.
_FIRST_BUFFER_SIZE = 1024


class PeerCredentials(NamedTuple):
    """The process at the other end, and its effective ids."""

    pid: int
    uid: int
    gid: int


def decode_credentials(raw: bytes) -> PeerCredentials:
    """Return the credentials of a process as (pid, uid, gid)."""
    assert CREDENTIALS is not None
    values = dict(zip(CREDENTIALS.offsets(), CREDENTIALS.unpack(raw)))
    return PeerCredentials(*(int(values[name]) for name in CREDENTIALS_ORDER))


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


def decode_uuid(raw: bytes) -> str:
    """Return the text of a UUID in network byte order."""
    digits = raw[:16].ljust(16, b"\0").hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def decode_token(raw: bytes) -> tuple[int, ...]:
    """Return the eight numbers of an audit token."""
    return tuple(memoryview(raw[: len(raw) - len(raw) % 4]).cast("I"))


_CREDENTIALS: Kind[PeerCredentials] = Kind(
    "PeerCredentials", CREDENTIALS.size if CREDENTIALS else 0, decode_credentials
)
_GROUPS: Kind[tuple[int, ...]] = Kind("tuple of group ids", _FIRST_BUFFER_SIZE, decode_groups)
_LABEL: Kind[str] = Kind("str", _FIRST_BUFFER_SIZE, decode_label)
_PIDFD: Kind[int] = Kind("file descriptor", 4, decode_pidfd)
_UUID: Kind[str] = Kind("UUID (str)", 16, decode_uuid)
_TOKEN: Kind[tuple[int, ...]] = Kind("tuple of int", 32, decode_token)

_table = OptionTable({**constants(), **TABLE})
# SOL_LOCAL is 0 like IPPROTO_IP.
_local_table = OptionTable(TABLE, TABLE.get("AF_UNIX"))


def _row(name: str, kind: Kind[Any], access: str = "rw", is_passive: bool = True) -> Any:
    return _table(name, "SOL_SOCKET", kind, access, is_passive)


def _local(name: str, kind: Kind[Any], access: str = "r") -> Any:
    return _local_table(name, "SOL_LOCAL", kind, access)


SO_PASSCRED: Option[bool] = _row("SO_PASSCRED", FLAG)
SO_PASSPIDFD: Option[bool] = _row("SO_PASSPIDFD", FLAG)
SO_PASSRIGHTS: Option[bool] = _row("SO_PASSRIGHTS", FLAG)
SO_PASSSEC: Option[bool] = _row("SO_PASSSEC", FLAG)
SO_PEERCRED: Option[PeerCredentials] = _row("SO_PEERCRED", _CREDENTIALS, "r")
SO_PEERGROUPS: Option[tuple[int, ...]] = _row("SO_PEERGROUPS", _GROUPS, "r")
SO_PEERPIDFD: Option[int] = _row("SO_PEERPIDFD", _PIDFD, "r", is_passive=False)
SO_PEERSEC: Option[str] = _row("SO_PEERSEC", _LABEL, "r")

# macOS and NetBSD.
LOCAL_CONNWAIT: Option[bool] = _local("LOCAL_CONNWAIT", FLAG, "rw")
LOCAL_PEEREPID: Option[int] = _local("LOCAL_PEEREPID", INT)
LOCAL_PEEREUUID: Option[str] = _local("LOCAL_PEEREUUID", _UUID)
LOCAL_PEERPID: Option[int] = _local("LOCAL_PEERPID", INT)
LOCAL_PEERTOKEN: Option[tuple[int, ...]] = _local("LOCAL_PEERTOKEN", _TOKEN)
LOCAL_PEERUUID: Option[str] = _local("LOCAL_PEERUUID", _UUID)


def options() -> Iterator[Option[Any]]:
    """Yield the codecs of the socket options that this system supports."""
    yield from _table.options()
    yield from _local_table.options()
