"""gethostname and sethostname: what this machine calls itself."""

from __future__ import annotations

import os
import sys
from ctypes import byref, c_char, c_char_p, c_int, c_size_t, c_uint32, c_void_p, c_wchar

from sockcore.plugin import Union, errno_before, failure, libc_function

Name = Union[str, bytes, os.PathLike[str], os.PathLike[bytes]]

_SIZE = 1024  # a name in the DNS has at most 255 bytes

if sys.platform == "win32":
    _GetComputerNameExW = libc_function("GetComputerNameExW", c_int, c_int, c_void_p, c_void_p, library="kernel32")
    # Of enum COMPUTER_NAME_FORMAT, <sysinfoapi.h>: of this machine, whatever cluster it belongs to.
    _PHYSICAL_DNS_HOSTNAME = 5

    def _name() -> str:
        name = (c_wchar * _SIZE)()
        previous = errno_before()
        if not _GetComputerNameExW(_PHYSICAL_DNS_HOSTNAME, name, byref(c_uint32(_SIZE))):
            raise failure(previous)
        return name.value

else:
    _gethostname = libc_function("gethostname", c_int, c_void_p, c_size_t)

    def _name() -> str:
        name = (c_char * _SIZE)()
        previous = errno_before()
        if _gethostname(name, _SIZE - 1) < 0:
            raise failure(previous)
        return os.fsdecode(name.value)


def gethostname() -> str:
    """Return this machine's host name, not always a fully qualified one: for that there is :func:`getfqdn`.

    Audited as ``socket.gethostname``. Source: gethostname(2), on Windows GetComputerNameExW.
    """
    sys.audit("socket.gethostname")
    return _name()


if sys.platform != "win32":
    _sethostname = libc_function("sethostname", c_int, c_char_p, c_size_t)

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
