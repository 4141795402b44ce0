"""Socket options as values, by the codecs that plugins register: an addition to the manual.

``options.get(sock, SO_LINGER)`` returns ``Linger(onoff=True, linger=5)``, where ``getsockopt`` returns bytes.

1. An option is an :class:`~sockcore.plugin.Option`, an int with a name. This module has those of SOL_SOCKET. Those of a
   family are in the module ``options`` of its plugin: ``from sockcore_inet.options import TCP_INFO``.
2. :func:`get` and :func:`set` also accept a name. :func:`read` and :func:`write` take the numbers of level and option.
3. An invalid value raises TypeError, ValueError or OverflowError before any system call. The message names the option,
   the field and the range.
4. If the kernel lacks an option, the OSError names it.
"""

from __future__ import annotations

import errno
import os
from enum import Enum
from struct import error as StructError

from sockcore import _names
from sockcore._exceptions import check_socket, check_type, named_integer
from sockcore._families.options import Option
from sockcore._options.sol_socket import *  # noqa: F403
from sockcore._plugins.discovery import with_codecs
from sockcore._sockets.socket import socket
from sockcore._types import Any, Optional, TypeVar, overload  # noqa: F401  # the fields of MemInfo are Optional

Value = TypeVar("Value")

#: Errors for a buffer that is too small for the value. RDS_INFO_* options use ENOSPC.
_TOO_SMALL = (errno.ERANGE, errno.ENOSPC)
#: The maximum size of a buffer, in bytes. The 65536 groups that Linux allows need 256 KiB.
_LARGEST = 1 << 24


def known() -> list[str]:
    """Return the names of the options that can be read or written as values."""
    return sorted(option.name for option in with_codecs().options.values())


@overload
def get(sock: socket, option: Option[Value]) -> Value: ...
@overload
def get(sock: socket, option: str) -> Any: ...
def get(sock: socket, option: Option[Any] | str) -> Any:
    """Return the value of an option, which is given as an object or by its name.

    A value that does not fit the usual buffer is read into a larger one, of up to 16 MiB.

    Raises LookupError for an unknown name, TypeError for arguments of other types, ValueError for an option that cannot
    be read, and OSError, with the name of the option, if getsockopt(2) fails.
    """
    found = _checked("get", sock, option)
    if not found.readable:
        raise ValueError(f"the option {found.name} is write-only")
    try:
        return _get(sock, found)
    except OSError as exc:
        raise _named(exc, found.name) from exc


def set(sock: socket, option: Option[Any] | str, value: Any) -> None:
    """Set an option, which is given as an object or by its name, to a value.

    Raises LookupError for an unknown name, ValueError for a read-only option, TypeError, ValueError or OverflowError
    for an invalid value, and OSError, with the name of the option, if setsockopt(2) fails.
    """
    _set(sock, _checked("set", sock, option), value)


def all(sock: socket) -> dict[str, Any]:
    """Return the values of all options that can be read, by name.

    An option is left out if getsockopt(2) fails for it, or changes the socket: SO_ERROR resets the error.

    Raises TypeError if *sock* is not a socket, and OSError (EBADF) if it is closed.
    """
    check_socket("options.all", sock)
    if sock.fileno() < 0:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    values = {}
    for option in sorted(with_codecs().options.values(), key=lambda option: option.name):
        if option.readable and option.is_passive and option.family in (None, sock.family):
            try:
                values[option.name] = _get(sock, option)
            except OSError:
                continue
    return values


def to_json(sock: socket, indent: int | None = None) -> str:
    """Return the result of :func:`all` as JSON.

    A struct is an object with its fields. Bytes are hexadecimal digits. A member of an enum is its name. Raises the
    exceptions of :func:`all`, and TypeError if *indent* is neither an integer nor None.
    """
    check_socket("options.to_json", sock)
    if indent is not None:
        indent = named_integer("options.to_json(): indent", indent)
    text: str = _names.import_module("json").dumps(_to_json({**all(sock)}), indent=indent)
    return text


def read(sock: socket, level: int, optname: int) -> Any:
    """Return the value of an option. Otherwise like :func:`get`.

    Raises LookupError if no plugin has a codec for the option.
    """
    return get(sock, _option("read", sock, level, optname))


def write(sock: socket, level: int, optname: int, value: object) -> None:
    """Set an option to a value. Otherwise like :func:`set`.

    Raises LookupError if no plugin has a codec for the option.
    """
    _set(sock, _option("write", sock, level, optname), value)


def _get(sock: socket, option: Option[Any]) -> Any:
    if option.reader is not None:
        return option.decode(option.reader(sock.fileno()))
    size = option.size
    while True:
        try:
            return option.decode(sock.getsockopt(option.level, option.number, size))
        except OSError as exc:
            if exc.errno not in _TOO_SMALL or size >= _LARGEST:
                raise
        size = min(size * 4, _LARGEST)


def _set(sock: socket, option: Option[Any], value: object) -> None:
    if option.encode is None:
        raise ValueError(f"the option {option.name} is read-only")
    try:
        data = option.encode(value, sock.fileno()) if option.needs_descriptor else option.encode(value)
    except StructError as exc:
        raise OverflowError(f"{option.name} cannot hold {value!r}: {exc}") from None
    try:
        if isinstance(data, int):
            sock.setsockopt(option.level, option.number, None, data)
        else:
            sock.setsockopt(option.level, option.number, data)
    except OSError as exc:
        raise _named(exc, option.name) from exc


def _named(exc: OSError, name: str) -> OSError:
    """Return an exception with the same number, whose message ends with the name of the option."""
    text = f"{exc.strerror}: {name}"
    winerror: int | None = getattr(exc, "winerror", None)
    if winerror is not None:
        return OSError(0, text, None, winerror, None)
    return OSError(exc.errno, text)


def _checked(function: str, sock: socket, option: Option[Any] | str) -> Option[Any]:
    """Return the option, if the system and the family of the socket have it."""
    check_socket(f"options.{function}", sock)
    found = _by_name(sock, option) if isinstance(option, str) else option
    check_type(f"options.{function}(): option", found, Option, "a sockcore.plugin.Option or its name")
    if not found.is_available or found.family not in (None, sock.family):
        where = "this address family" if found.is_available else "this system"
        text = f"{os.strerror(errno.ENOPROTOOPT)}: {found.name} is not an option of {where}"
        raise OSError(errno.ENOPROTOOPT, text)
    return found


def _by_name(sock: socket, name: str) -> Option[Any]:
    options = [option for option in with_codecs().options.values() if option.name == name]
    if not options:
        raise LookupError(f"no plugin here knows an option {name!r}")
    # Two families may use one name.
    return next((option for option in options if option.family == sock.family), options[0])


def _option(function: str, sock: socket, level: int, optname: int) -> Option[Any]:
    check_socket(f"options.{function}", sock)
    level = named_integer(f"options.{function}(): level", level)
    optname = named_integer(f"options.{function}(): optname", optname)
    options = with_codecs().options
    option = options.get((level, optname, sock.family), options.get((level, optname)))
    if option is None:
        raise LookupError(f"no plugin here knows the format of option {optname} of level {level}")
    return option


def _to_json(value: Any) -> Any:
    if isinstance(value, Enum):
        # Flags without a name, and combinations, have no name before Python 3.11.
        return value.name or int(value.value)
    if hasattr(value, "_fields"):
        return {name: _to_json(item) for name, item in zip(value._fields, value)}
    if isinstance(value, dict):
        return {name: _to_json(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_to_json(item) for item in value]
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
