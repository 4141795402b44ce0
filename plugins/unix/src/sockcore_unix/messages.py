"""Control messages of AF_UNIX as values: descriptors, credentials, security labels, pidfds.

:mod:`sockcore.ancillary` uses these codecs. The standard library returns the same data as bytes. Source: unix(7),
socket(7).
"""

from __future__ import annotations

from typing import NamedTuple

from sockcore.plugin import (
    Ancillary,
    Any,
    Iterator,
    available_messages,
    declare_message,
    named_integer,
    require_size,
    to_integer,
)
from sockcore_unix.constants import SOL_SOCKET, TABLE
from sockcore_unix.descriptors import close_rights, decode_rights, encode_rights
from sockcore_unix.options import CREDENTIALS_ORDER, decode_credentials, decode_label
from sockcore_unix.structs import CREDENTIALS

_TABLE = {**TABLE, "SOL_SOCKET": SOL_SOCKET}
_LEVEL = "SOL_SOCKET"


class Credentials(NamedTuple):
    """The credentials of a process: SCM_CREDENTIALS."""

    pid: int
    uid: int
    gid: int


def _decode_credentials(data: bytes) -> Credentials:
    assert CREDENTIALS is not None
    return Credentials(*decode_credentials(require_size(data, CREDENTIALS.size)))


def _decode_pidfd(data: bytes) -> int:
    return to_integer(data, signed=True)


def encode_credentials(credentials: object) -> bytes:
    """Return the struct of (pid, uid, gid).

    Raises TypeError for other values, OverflowError for numbers out of range.
    """
    assert CREDENTIALS is not None
    if not isinstance(credentials, tuple) or len(credentials) != len(CREDENTIALS_ORDER):
        raise TypeError("credentials must be a tuple (pid, uid, gid)")
    values = {name: named_integer(f"credentials' {name}", value) for name, value in zip(CREDENTIALS_ORDER, credentials)}
    for name, value in values.items():
        smallest, largest = (-(2**31), 2**31 - 1) if name == "pid" else (0, 2**32 - 1)
        if not smallest <= value <= largest:
            raise OverflowError(f"{name} must be {smallest}-{largest}")
    return CREDENTIALS.pack(*(values[name] for name in CREDENTIALS.offsets()))


#: File descriptors. The receiver owns them.
SCM_RIGHTS: Ancillary[list[int]] = declare_message(
    _TABLE, "SCM_RIGHTS", _LEVEL, decode_rights, encode_rights, close_rights
)
#: The credentials of the sender, which the kernel checks.
SCM_CREDENTIALS: Ancillary[Credentials] = declare_message(
    _TABLE if CREDENTIALS else {}, "SCM_CREDENTIALS", _LEVEL, _decode_credentials, encode_credentials
)
#: A descriptor of the process of the sender. It is negative if the process no longer exists.
SCM_PIDFD: Ancillary[int] = declare_message(_TABLE, "SCM_PIDFD", _LEVEL, _decode_pidfd, discard=close_rights)
#: The security label of the sender.
SCM_SECURITY: Ancillary[str] = declare_message(_TABLE, "SCM_SECURITY", _LEVEL, decode_label)


def ancillaries() -> Iterator[Ancillary[Any]]:
    """Yield the codecs of the control messages that this system supports."""
    yield from available_messages(globals())
