"""Socket options as values: an addition to the manual, by the codecs that plugins registered.

``options.read(sock, SOL_SOCKET, SO_PEERCRED)`` gives ``(pid, uid, gid)`` where ``getsockopt`` gives bytes.
"""

from __future__ import annotations

import errno
from struct import error as StructError

from sockcore._families.options import Option
from sockcore._plugins.discovery import with_codecs
from sockcore._sockets.socket import socket

#: The errors by which a system says that the buffer is too small for the value: ENOSPC is that of RDS_INFO_*.
_TOO_SMALL = (errno.ERANGE, errno.ENOSPC)
#: The largest buffer that is tried, in bytes. The 65536 groups that Linux allows need 256 KiB.
_LARGEST = 1 << 24


def known() -> list[str]:
    """Return the names of the options that plugins here can read as values."""
    return sorted(option.name for option in with_codecs().options.values())


def read(sock: socket, level: int, optname: int) -> object:
    """Return the value of an option; LookupError if no plugin knows its format, OSError by getsockopt(2).

    A value that does not fit into the usual buffer is read into larger ones, of up to 16 MiB.
    """
    option = _option(sock, level, optname)
    size = option.size
    while True:
        try:
            data = sock.getsockopt(level, optname, size)
        except OSError as exc:
            if exc.errno not in _TOO_SMALL or size >= _LARGEST:
                raise
        else:
            return option.decode(data)
        size = min(size * 4, _LARGEST)


def write(sock: socket, level: int, optname: int, value: object) -> None:
    """Set an option to a value; LookupError if no plugin knows its format, ValueError if it is read-only.

    TypeError, ValueError or OverflowError for a wrong value, OSError by setsockopt(2).
    """
    option = _option(sock, level, optname)
    if option.encode is None:
        raise ValueError(f"the option {option.name} is read-only")
    try:
        data = option.encode(value, sock.fileno()) if option.needs_descriptor else option.encode(value)
    except StructError as exc:
        raise OverflowError(f"{option.name} cannot hold {value!r}: {exc}") from None
    sock.setsockopt(level, optname, data)


def _option(sock: socket, level: int, optname: int) -> Option:
    options = with_codecs().options
    option = options.get((level, optname, sock.family)) or options.get((level, optname))
    if option is None:
        raise LookupError(f"no plugin here knows the format of option {optname} of level {level}")
    return option
