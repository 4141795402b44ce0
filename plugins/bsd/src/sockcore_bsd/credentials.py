"""Who is at the other end of AF_UNIX: what options and control messages of macOS, FreeBSD and NetBSD say. unix(4).

1. A control message gives ``(pid, uid, euid, gid, egid, groups)``, None for a process id that the system does not say.
   LOCAL_PEERCRED gives ``(pid, uid, gid, groups)``, LOCAL_PEEREID ``(pid, uid, gid)``, all of them effective ids.
2. FreeBSD has two structs for SCM_CREDS: that of LOCAL_CREDS, and that of a sender who asked the kernel to fill in its
   own, by ``ancillary.encode("SCM_CREDS", None)``. Their lengths tell them apart, but for 16 groups: then it is the
   latter's.
"""

from __future__ import annotations

import sys
from struct import calcsize, unpack

from sockcore.plugin import Any, Callable, Optional, Struct
from sockcore_bsd.structs import CMSGCRED, SOCKCRED, XUCRED

Ids = tuple[Optional[int], int, int, int, int, tuple[int, ...]]

_INT = 4


def _groups(raw: bytes, at: int, count: int) -> tuple[int, ...]:
    """Return *count* group ids, or as many as there are."""
    there = min(max(count, 0), max(len(raw) - at, 0) // _INT)
    return unpack(f"={there}I", raw[at : at + there * _INT])


def sockcred(layout: Struct) -> Callable[[bytes], Ids]:
    """Return the decoder of one of the structs with groups behind them."""
    names = [name.partition("_")[2] for name in layout.offsets()]
    groups_at, _ = layout.offsets()["sc_groups"]

    def decode(raw: bytes) -> Ids:
        found: dict[str, Any] = dict(zip(names, layout.unpack(raw)))
        groups = _groups(raw, groups_at, found["ngroups"])
        return found.get("pid"), found["uid"], found["euid"], found["gid"], found["egid"], groups

    return decode


_without_pid = sockcred(SOCKCRED)
_GROUPS_AT, _ = CMSGCRED.offsets()["cmcred_groups"]


def own_or_filled_in(raw: bytes) -> Ids:
    """Return what SCM_CREDS of FreeBSD says; a ``struct cmsgcred`` has the effective group first of its groups."""
    if len(raw) != CMSGCRED.size:
        return _without_pid(raw)
    pid, uid, euid, gid, count, _ = CMSGCRED.unpack(raw)
    groups = _groups(raw, _GROUPS_AT, int(count))
    return int(pid), int(uid), int(euid), int(gid), groups[0] if groups else int(gid), groups


def to_fill_in(value: object) -> bytes:
    """Return a ``struct cmsgcred`` for the kernel to fill in: TypeError for anything but None."""
    if value is not None:
        raise TypeError("SCM_CREDS takes None: the kernel fills in who the sender is")
    return bytes(CMSGCRED.size)


_PEER_GROUPS_AT, _ = XUCRED.offsets()["cr_groups"]


def peer(raw: bytes) -> tuple[int | None, int, int | None, tuple[int, ...]]:
    """Return what LOCAL_PEERCRED of macOS says."""
    _, uid, count, _ = XUCRED.unpack(raw)
    groups = _groups(raw, _PEER_GROUPS_AT, int(count))
    return None, int(uid), groups[0] if groups else None, groups


# A pointer's alignment, which is that of the union.
_PEER_PID_AT = -(-XUCRED.size // calcsize("P")) * calcsize("P")


def peer_with_pid(raw: bytes) -> tuple[int, int, int | None, tuple[int, ...]]:
    """Return what LOCAL_PEERCRED of FreeBSD says."""
    return int.from_bytes(raw[_PEER_PID_AT : _PEER_PID_AT + _INT], sys.byteorder), *peer(raw)[1:]
