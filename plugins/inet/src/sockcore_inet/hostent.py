"""gethostbyname(3) and gethostbyaddr(3) through ctypes.

1. Errors are raised as herror with *h_errno* and the text of hstrerror(3). Other threads run while the resolver works.
2. Winsock has static data for each thread, so no lock is necessary. The error number is its last error
   (WSAGetLastError), not h_errno.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from ctypes import c_char_p, c_int, c_uint32, c_void_p, string_at

from sockcore.plugin import Any, Callable, Iterator, errno_before, herror, last_errno, libc_function, system_name
from sockcore_inet.arguments import from_system
from sockcore_inet.constants import AF_INET, AF_INET6
from sockcore_inet.numeric_addresses import ADDRESS_SIZES, format_ipv4, format_ipv6
from sockcore_inet.reentrant import Call, make_call
from sockcore_inet.structs import HOSTENT

#: Name, aliases, addresses.
Entry = tuple[str, list[str], list[str]]

_hostent = HOSTENT.build()
_FORMATTERS: dict[int, Callable[[bytes], str]] = {AF_INET: format_ipv4, AF_INET6: format_ipv6}
_BY_NAME_ARGTYPES = (c_char_p,)
_BY_ADDRESS_ARGTYPES = (c_char_p, c_uint32, c_int)
_POINTER_SIZE = ctypes.sizeof(c_void_p)
# The function in <netdb.h> that returns a pointer to h_errno. On other systems h_errno is a variable. A search by name
# alone would be wrong, because glibc has a variable with the name of the NetBSD function.
_H_ERRNO_FUNCTIONS = {"linux": "__h_errno_location", "netbsd": "__h_errno", "freebsd": "__h_errno"}


def iterate_pointers(array: int | None) -> Iterator[int]:
    """Yield the pointers of a NULL-terminated array.

    *array* may be NULL, which is the same as an empty array.
    """
    while array:
        pointer = c_void_p.from_address(array).value
        if not pointer:
            return
        yield pointer
        array += _POINTER_SIZE


def _copy_hostent(answer: Any) -> tuple[int, int, bytes, list[bytes], list[bytes]] | None:
    """Return family, address length, name, aliases and addresses."""
    if answer is None:
        return None
    family, length = answer.h_addrtype, answer.h_length
    aliases = [string_at(pointer) for pointer in iterate_pointers(answer.h_aliases)]
    addresses = []
    if length == ADDRESS_SIZES.get(family):  # with another length the copy could read beyond the end of an address
        addresses = [string_at(pointer, length) for pointer in iterate_pointers(answer.h_addr_list)]
    return family, length, answer.h_name, aliases, addresses


def _make_entry(copied: Any, family: int) -> Entry:
    copied_family, length, name, aliases, addresses = copied
    if copied_family != family or length != ADDRESS_SIZES[family]:
        raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
    return from_system(name), list(map(from_system, aliases)), list(map(_FORMATTERS[family], addresses))


def _make_error(number: int) -> OSError:
    try:
        text = libc_function("hstrerror", c_char_p, c_int)(number)
    except AttributeError:
        return herror(number, "host not found")
    return herror(number, os.fsdecode(text))


def _make_lookup(call: Call) -> Callable[..., Entry]:
    def lookup(family: int, *arguments: object) -> Entry:
        copied, number = call(_copy_hostent, *arguments)
        if copied is None:
            raise _make_error(number)
        return _make_entry(copied, family)

    return lookup


def _make_winsock_lookup(name: str, argtypes: tuple[Any, ...]) -> Callable[..., Entry]:
    function = libc_function(name, c_void_p, *argtypes)

    def lookup(family: int, *arguments: object) -> Entry:
        previous = errno_before()
        address = function(*arguments)
        if not address:
            raise _make_error(last_errno(previous))
        return _make_entry(_copy_hostent(_hostent.from_address(address)), family)

    return lookup


def _read_h_errno() -> int:
    function = _H_ERRNO_FUNCTIONS.get(system_name())
    if function is None:
        return c_int.in_dll(ctypes.CDLL(None), "h_errno").value
    return c_int.from_address(libc_function(function, c_void_p)()).value


def _make_system_lookup(name: str, argtypes: tuple[Any, ...]) -> Callable[..., Entry]:
    if sys.platform == "win32":
        return _make_winsock_lookup(name, argtypes)
    return _make_lookup(make_call(name, argtypes, _hostent, _read_h_errno))


_lookup_by_name = _make_system_lookup("gethostbyname", _BY_NAME_ARGTYPES)
_lookup_by_address = _make_system_lookup("gethostbyaddr", _BY_ADDRESS_ARGTYPES)


def gethostbyname(host: bytes) -> Entry:
    """Return the name, aliases and IPv4 addresses of a host name.

    Raises herror if the host is not found.
    """
    return _lookup_by_name(AF_INET, host)


def gethostbyaddr(family: int, packed: bytes) -> Entry:
    """Return the name, aliases and addresses of the host with the address *packed*.

    Raises herror if the host is not found.
    """
    return _lookup_by_address(family, packed, len(packed), family)
