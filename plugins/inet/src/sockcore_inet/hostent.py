"""gethostbyname(3) and gethostbyaddr(3), through ctypes, on bytes.

1. An error is an herror with *h_errno* and the text of hstrerror(3). Other threads run while the resolver works.
2. Winsock has a place for the answer of each thread, so that no lock is needed, and its last error instead of h_errno.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from ctypes import c_char_p, c_int, c_uint32, c_void_p, string_at

from sockcore.plugin import Any, Callable, errno_before, herror, last_errno, libc_function, system_name
from sockcore_inet.answers import Call, best_call
from sockcore_inet.constants import AF_INET, AF_INET6
from sockcore_inet.numeric import SIZES, text4, text6
from sockcore_inet.pointers import each
from sockcore_inet.structs import HOSTENT
from sockcore_inet.text import from_system

#: Name, aliases, addresses.
Entry = tuple[str, list[str], list[str]]

_hostent = HOSTENT.build()
_TEXT: dict[int, Callable[[bytes], str]] = {AF_INET: text4, AF_INET6: text6}
_BY_NAME = (c_char_p,)
_BY_ADDRESS = (c_char_p, c_uint32, c_int)
# The function that says where h_errno is, by <netdb.h>; a variable elsewhere. glibc has a variable of NetBSD's name.
_H_ERRNO = {"linux": "__h_errno_location", "netbsd": "__h_errno", "freebsd": "__h_errno"}


def _copy(answer: Any) -> tuple[int, int, bytes, list[bytes], list[bytes]] | None:
    """Return family, length of an address, name, aliases and addresses."""
    if answer is None:
        return None
    family, length = answer.h_addrtype, answer.h_length
    # An address of another length would be read beyond its end.
    addresses = [string_at(at, length) for at in each(answer.h_addr_list)] if length == SIZES.get(family) else []
    return family, length, answer.h_name, [string_at(at) for at in each(answer.h_aliases)], addresses


def _entry(copied: Any, family: int) -> Entry:
    found, length, name, aliases, addresses = copied
    if found != family or length != SIZES[family]:
        raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
    return from_system(name), list(map(from_system, aliases)), list(map(_TEXT[family], addresses))


def _error(number: int) -> OSError:
    try:
        text = libc_function("hstrerror", c_char_p, c_int)(number)
    except AttributeError:
        return herror(number, "host not found")
    return herror(number, os.fsdecode(text))


def _call(call: Call) -> Callable[..., Entry]:
    def function(family: int, *arguments: object) -> Entry:
        copied, number = call(_copy, *arguments)
        if copied is None:
            raise _error(number)
        return _entry(copied, family)

    return function


def _of_each_thread(name: str, argtypes: tuple[Any, ...]) -> Callable[..., Entry]:
    function = libc_function(name, c_void_p, *argtypes)

    def call(family: int, *arguments: object) -> Entry:
        previous = errno_before()
        found = function(*arguments)
        if not found:
            raise _error(last_errno(previous))
        return _entry(_copy(_hostent.from_address(found)), family)

    return call


def _h_errno() -> int:
    place = _H_ERRNO.get(system_name())
    if place is None:
        return c_int.in_dll(ctypes.CDLL(None), "h_errno").value
    return c_int.from_address(libc_function(place, c_void_p)()).value


def _best(name: str, argtypes: tuple[Any, ...]) -> Callable[..., Entry]:
    if sys.platform == "win32":
        return _of_each_thread(name, argtypes)
    return _call(best_call(name, argtypes, _hostent, _h_errno))


_by_name = _best("gethostbyname", _BY_NAME)
_by_address = _best("gethostbyaddr", _BY_ADDRESS)


def gethostbyname(host: bytes) -> Entry:
    """Return name, aliases and IPv4 addresses of a host name; herror if it has none."""
    return _by_name(AF_INET, host)


def gethostbyaddr(family: int, packed: bytes) -> Entry:
    """Return name, aliases and addresses of the host that has the address *packed*; herror if it has none."""
    return _by_address(family, packed, len(packed), family)
