"""gethostname and sethostname: what this machine calls itself."""

from __future__ import annotations

import os
import sys

from sockcore.plugin import Union
from sockcore_inet.calls import system

Name = Union[str, bytes, os.PathLike[str], os.PathLike[bytes]]

_gethostname = system.gethostname


def gethostname() -> str:
    """Return this machine's host name, not always a fully qualified one: for that there is :func:`getfqdn`.

    Audited as ``socket.gethostname``. Source: gethostname(2), on Windows GetComputerNameExW.
    """
    sys.audit("socket.gethostname")
    name: str = _gethostname()
    return name


if sys.platform != "win32":
    _sethostname = system.sethostname

    def sethostname(name: Name, /) -> None:
        """Set this machine's host name. OSError without the right to (EPERM), or if it is too long (EINVAL).

        Audited as ``socket.sethostname``, the name in bytes. Availability: Unix. Source: sethostname(2).
        """
        raw = os.fsencode(name)
        if not isinstance(name, bytes) and b"\0" in raw:
            raise ValueError("embedded null byte")
        sys.audit("socket.sethostname", raw)
        _sethostname(raw)
