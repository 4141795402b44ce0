"""gethostname and sethostname: what this machine calls itself."""

from __future__ import annotations

import ctypes
import os
import sys
from ctypes import c_char_p, c_int, c_size_t, c_void_p

from sockcore.plugin import errno_before, failure, libc_function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    Name = Union[str, bytes, os.PathLike[str], os.PathLike[bytes]]

_gethostname = libc_function("gethostname", c_int, c_void_p, c_size_t)
_sethostname = libc_function("sethostname", c_int, c_char_p, c_size_t)

_Buffer = ctypes.c_char * 1024


def gethostname() -> str:
    """Return this machine's host name, not always a fully qualified one: for that there is :func:`getfqdn`.

    Audited as ``socket.gethostname``. Source: gethostname(2).
    """
    sys.audit("socket.gethostname")
    buffer = _Buffer()
    previous = errno_before()
    if _gethostname(buffer, len(buffer) - 1) < 0:
        raise failure(previous)
    return os.fsdecode(buffer.value)


def sethostname(name: Name, /) -> None:
    """Set this machine's host name. OSError without the right to (EPERM), or if it is too long (EINVAL).

    Audited as ``socket.sethostname``, the name in bytes. Availability: Unix. Source: sethostname(2).
    """
    raw = os.fsencode(name)
    if not isinstance(name, bytes) and b"\0" in raw:
        raise ValueError("embedded null byte")
    sys.audit("socket.sethostname", raw)
    previous = errno_before()
    if _sethostname(raw, len(raw)) < 0:
        raise failure(previous)
