"""The credentials of the peer of an AF_UNIX socket on macOS, FreeBSD and NetBSD. unix(4).

1. A control message is decoded to ``(pid, uid, euid, gid, egid, groups)``. Systems that do not report the process id
   have None as *pid*.
2. LOCAL_PEERCRED is decoded to ``(pid, uid, gid, groups)``, LOCAL_PEEREID to ``(pid, uid, gid)``. All ids are effective
   ids.
3. FreeBSD has two structs for SCM_CREDS: ``struct sockcred`` for LOCAL_CREDS, and ``struct cmsgcred`` if the sender
   passed ``ancillary.encode("SCM_CREDS", None)``, which the kernel fills in. The length distinguishes the structs.
   With 16 groups the lengths are equal, and the data are decoded as a ``struct cmsgcred``.
"""

from __future__ import annotations

import sys
from struct import calcsize, unpack
from typing import NamedTuple

from sockcore.plugin import Any, Callable, Optional, Struct
from sockcore_bsd.structs import CMSGCRED, SOCKCRED, XUCRED


class Credentials(NamedTuple):
    """The credentials of the sender of a message. *pid* is None if the system does not report it."""

    pid: Optional[int]
    uid: int
    euid: int
    gid: int
    egid: int
    groups: tuple[int, ...]


_INT_SIZE = 4


def _unpack_groups(data: bytes, offset: int, count: int) -> tuple[int, ...]:
    """Return *count* group ids, or fewer if *data* is truncated."""
    available = min(max(count, 0), max(len(data) - offset, 0) // _INT_SIZE)
    return unpack(f"={available}I", data[offset : offset + available * _INT_SIZE])


def sockcred_decoder(layout: Struct) -> Callable[[bytes], Credentials]:
    """Return the decoder of a ``struct sockcred``.

    Its groups extend beyond the end of *layout*.
    """
    names = [name.partition("_")[2] for name in layout.offsets()]
    groups_offset, _ = layout.offsets()["sc_groups"]

    def decode(data: bytes) -> Credentials:
        fields: dict[str, Any] = dict(zip(names, layout.unpack(data)))
        groups = _unpack_groups(data, groups_offset, fields["ngroups"])
        return Credentials(fields.get("pid"), fields["uid"], fields["euid"], fields["gid"], fields["egid"], groups)

    return decode


_decode_sockcred = sockcred_decoder(SOCKCRED)
_GROUPS_OFFSET: int = CMSGCRED.offsets()["cmcred_groups"][0]


def decode_freebsd_creds(data: bytes) -> Credentials:
    """Return the credentials in SCM_CREDS on FreeBSD.

    In a ``struct cmsgcred``, the first group is the effective group.
    """
    if len(data) != CMSGCRED.size:
        return _decode_sockcred(data)
    pid, uid, euid, gid, count, _ = CMSGCRED.unpack(data)
    groups = _unpack_groups(data, _GROUPS_OFFSET, int(count))
    return Credentials(int(pid), int(uid), int(euid), int(gid), groups[0] if groups else int(gid), groups)


def encode_empty_cmsgcred(value: object) -> bytes:
    """Return an empty ``struct cmsgcred``, which the kernel fills in.

    Raises TypeError if *value* is not None.
    """
    if value is not None:
        raise TypeError("SCM_CREDS must be None: the kernel fills in the credentials of the sender")
    return bytes(CMSGCRED.size)


_PEER_GROUPS_OFFSET = XUCRED.offsets()["cr_groups"][0]


def decode_peercred(data: bytes) -> tuple[int | None, int, int | None, tuple[int, ...]]:
    """Return the credentials in LOCAL_PEERCRED on macOS, without a process id.

    macOS does not report the process id there.
    """
    _, uid, count, _ = XUCRED.unpack(data)
    groups = _unpack_groups(data, _PEER_GROUPS_OFFSET, int(count))
    return None, int(uid), groups[0] if groups else None, groups


# The process id is in a union with a pointer, and aligned like a pointer.
_PEER_PID_OFFSET = -(-XUCRED.size // calcsize("P")) * calcsize("P")


def decode_peercred_with_pid(data: bytes) -> tuple[int, int, int | None, tuple[int, ...]]:
    """Return the credentials in LOCAL_PEERCRED on FreeBSD."""
    pid = int.from_bytes(data[_PEER_PID_OFFSET : _PEER_PID_OFFSET + _INT_SIZE], sys.byteorder)
    return pid, *decode_peercred(data)[1:]
