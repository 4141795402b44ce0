"""Socket options as values: an addition to the manual, by the codecs that plugins registered.

``options.read(sock, SOL_SOCKET, SO_PEERCRED)`` gives ``(pid, uid, gid)`` where ``getsockopt`` gives bytes.
"""

from __future__ import annotations

from sockcore._object.socket import socket
from sockcore._registry.codecs import Option
from sockcore._registry.discovery import with_codecs


def known() -> list[str]:
    """Return the names of the options that plugins here can read as values."""
    return sorted(option.name for option in with_codecs().options.values())


def read(sock: socket, level: int, optname: int) -> object:
    """Return the value of an option; LookupError if no plugin knows its format, OSError by getsockopt(2)."""
    option = _option(sock, level, optname)
    return option.decode(sock.getsockopt(level, optname, option.size))


def write(sock: socket, level: int, optname: int, value: object) -> None:
    """Set an option to a value; LookupError if no plugin knows its format, ValueError if it is read-only."""
    option = _option(sock, level, optname)
    if option.encode is None:
        raise ValueError(f"the option {option.name} is read-only")
    sock.setsockopt(level, optname, option.encode(value))


def _option(sock: socket, level: int, optname: int) -> Option:
    options = with_codecs().options
    option = options.get((level, optname, sock.family)) or options.get((level, optname))
    if option is None:
        raise LookupError(f"no plugin here knows the format of option {optname} of level {level}")
    return option
