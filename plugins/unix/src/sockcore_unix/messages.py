"""Control messages of AF_UNIX as values: descriptors, credentials, security labels, pidfds.

:mod:`sockcore.ancillary` uses these codecs. The standard library returns the same data as bytes. Source: unix(7),
socket(7).
"""

from __future__ import annotations

from sockcore.plugin import Ancillary, Any, Iterator, named_integer
from sockcore_unix.constants import SOL_SOCKET, TABLE
from sockcore_unix.descriptors import SCM_RIGHTS, close_rights, decode_rights, encode_rights
from sockcore_unix.options import CREDENTIALS_ORDER, decode_credentials, decode_label, decode_pidfd
from sockcore_unix.structs import CREDENTIALS


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


def ancillaries() -> Iterator[Ancillary[Any]]:
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
