"""gethostbyname(3) and gethostbyaddr(3), on bytes: the reentrant ones where the system has them, or under a lock.

1. An error is an herror with *h_errno* and the text of hstrerror(3). Other threads run while the resolver works.
2. Winsock has a place for each thread's answer, so that nothing is locked, and its last error in the place of h_errno.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from ctypes import byref, c_char_p, c_int, c_size_t, c_uint32, c_void_p, string_at
from threading import Lock

from sockcore.plugin import Any, Callable, errno_before, herror, last_errno, libc_function, system_name
from sockcore_inet.constants import AF_INET, AF_INET6
from sockcore_inet.layouts import HOSTENT
from sockcore_inet.numeric import SIZES, text4, text6
from sockcore_inet.pointers import each
from sockcore_inet.text import from_system

#: Name, aliases, addresses.
Entry = tuple[str, list[str], list[str]]

_hostent = HOSTENT.build()
_TEXT: dict[int, Callable[[bytes], str]] = {AF_INET: text4, AF_INET6: text6}
_BY_NAME = (c_char_p,)
_BY_ADDRESS = (c_char_p, c_uint32, c_int)
# The function that says where h_errno is, by <netdb.h>; a variable elsewhere. glibc has a variable of NetBSD's name.
_H_ERRNO = {"linux": "__h_errno_location", "netbsd": "__h_errno", "freebsd": "__h_errno"}
# The systems whose headers declare the reentrant functions, and with these parameters: NetBSD's library has others.
_REENTRANT = ("linux", "freebsd")
_FIRST_SIZE, _LAST_SIZE = 1 << 10, 1 << 20
_lock = Lock()


def _entry(found: Any, family: int) -> Entry:
    # An address of another length would be read beyond its end.
    if found.h_addrtype != family or found.h_length != SIZES[family]:
        raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
    aliases = [from_system(string_at(at)) for at in each(found.h_aliases)]
    addresses = [_TEXT[family](string_at(at, SIZES[family])) for at in each(found.h_addr_list)]
    return from_system(found.h_name), aliases, addresses


def _error(number: int) -> OSError:
    try:
        text = libc_function("hstrerror", c_char_p, c_int)(number)
    except AttributeError:
        return herror(number, "host not found")
    return herror(number, os.fsdecode(text))


def _reentrant(name: str, argtypes: tuple[Any, ...]) -> Callable[..., Entry]:
    function = libc_function(name, c_int, *argtypes, c_void_p, c_void_p, c_size_t, c_void_p, c_void_p)

    def call(family: int, *arguments: object) -> Entry:
        found, result, number = _hostent(), c_void_p(), c_int()
        size = _FIRST_SIZE
        while True:
            buffer = ctypes.create_string_buffer(size)
            code: int = function(*arguments, byref(found), buffer, size, byref(result), byref(number))
            if code != errno.ERANGE or size > _LAST_SIZE:
                break
            size *= 4
        if not result:
            raise _error(number.value)
        return _entry(found, family)

    return call


def _locked(name: str, argtypes: tuple[Any, ...]) -> Callable[..., Entry]:
    function = libc_function(name, c_void_p, *argtypes)

    def call(family: int, *arguments: object) -> Entry:
        with _lock:
            found = function(*arguments)
            if not found:
                raise _error(_h_errno())
            return _entry(_hostent.from_address(found), family)

    return call


def _of_each_thread(name: str, argtypes: tuple[Any, ...]) -> Callable[..., Entry]:
    function = libc_function(name, c_void_p, *argtypes)

    def call(family: int, *arguments: object) -> Entry:
        previous = errno_before()
        found = function(*arguments)
        if not found:
            raise _error(last_errno(previous))
        return _entry(_hostent.from_address(found), family)

    return call


def _h_errno() -> int:
    place = _H_ERRNO.get(system_name())
    if place is None:
        return c_int.in_dll(ctypes.CDLL(None), "h_errno").value
    return c_int.from_address(libc_function(place, c_void_p)()).value


def _best(name: str, argtypes: tuple[Any, ...]) -> Callable[..., Entry]:
    if sys.platform == "win32":
        return _of_each_thread(name, argtypes)
    return _reentrant(name + "_r", argtypes) if system_name() in _REENTRANT else _locked(name, argtypes)


_by_name = _best("gethostbyname", _BY_NAME)
_by_address = _best("gethostbyaddr", _BY_ADDRESS)


def gethostbyname(host: bytes) -> Entry:
    """Return name, aliases and IPv4 addresses of a host name; herror if it has none."""
    return _by_name(AF_INET, host)


def gethostbyaddr(family: int, packed: bytes) -> Entry:
    """Return name, aliases and addresses of the host that has the address *packed*; herror if it has none."""
    return _by_address(family, packed, len(packed), family)
