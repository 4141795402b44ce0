"""inet_aton, inet_ntoa, inet_pton, inet_ntop: between the text and the packed form of an IP address.

What counts as a valid text is the C library's to say: inet(3), inet_pton(3), inet_ntop(3).
"""

from __future__ import annotations

import ctypes
from ctypes import c_char_p, c_int, c_uint32, c_void_p
from functools import lru_cache

from sockcore.plugin import c_int as as_c_int
from sockcore.plugin import errno_before, failure, libc_function
from sockcore_inet.constants import AF_INET, AF_INET6
from sockcore_inet.text import argument_type, str_argument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import SupportsIndex, Union

    Packed = Union[bytes, bytearray, memoryview]

_aton = libc_function("inet_aton", c_int, c_char_p, c_void_p)
_pton = libc_function("inet_pton", c_int, c_int, c_char_p, c_void_p)
_ntop = libc_function("inet_ntop", c_void_p, c_int, c_char_p, c_void_p, c_uint32)

_SIZES = {AF_INET: 4, AF_INET6: 16}
_Text = ctypes.c_char * 64  # INET6_ADDRSTRLEN is 46
_Address = ctypes.c_char * 16


@lru_cache(maxsize=1024)
def packed4(host: str) -> bytes | None:
    """Return the 4 bytes of a dotted quad, or None if *host* is none: a host name, or one of the shorter forms."""
    # A program sends to the same few addresses again and again: the C library is asked once for each.
    return _packed(AF_INET, host)


@lru_cache(maxsize=1024)
def packed6(host: str) -> bytes | None:
    """Return the 16 bytes of an IPv6 address in text, without a zone, or None if *host* is none."""
    return _packed(AF_INET6, host)


def _packed(family: int, host: str) -> bytes | None:
    if not host.isascii() or "\0" in host:
        return None
    address = _Address()
    if _pton(family, host.encode("ascii"), address) != 1:
        return None
    return address.raw[: _SIZES[family]]


def text4(packed: bytes) -> str:
    """Return the dotted quad of 4 bytes."""
    return f"{packed[0]}.{packed[1]}.{packed[2]}.{packed[3]}"


@lru_cache(maxsize=1024)
def text6(packed: bytes) -> str:
    """Return the text of the 16 bytes of an IPv6 address, as inet_ntop(3) writes it."""
    text = _Text()
    previous = errno_before()
    if not _ntop(AF_INET6, packed, text, len(text)):
        raise failure(previous)
    return text.value.decode("ascii")


_packed_by = {AF_INET: packed4, AF_INET6: packed6}


def _contiguous(packed: Packed) -> bytes:
    if isinstance(packed, bytes):
        return packed
    try:
        view = memoryview(packed)
    except TypeError:
        raise TypeError(f"a bytes-like object is required, not {type(packed).__name__!r}") from None
    if not view.c_contiguous:
        raise BufferError("memoryview: underlying buffer is not C-contiguous")
    return view.tobytes()


def inet_aton(ip_string: str, /) -> bytes:
    """Convert an IPv4 address from text (``'123.45.67.89'``, or with fewer dots, inet(3)) to 4 bytes.

    TypeError if it is no str, ValueError if it has a null in it, OSError if it is no address.
    """
    if not isinstance(ip_string, str):
        raise TypeError(f"inet_aton() argument must be str, not {argument_type(ip_string)}")
    address = _Address()
    if not _aton(str_argument("inet_aton", 1, ip_string), address):
        raise OSError("illegal IP address string passed to inet_aton")
    return address.raw[:4]


def inet_ntoa(packed_ip: Packed, /) -> str:
    """Convert an IPv4 address from a bytes-like object of 4 bytes to text. OSError if it has not 4 bytes."""
    packed = _contiguous(packed_ip)
    if len(packed) != 4:
        raise OSError("packed IP wrong length for inet_ntoa")
    return text4(packed)


def inet_pton(address_family: SupportsIndex, ip_string: str, /) -> bytes:
    """Convert an IP address of AF_INET or AF_INET6 from text to its 4 or 16 bytes.

    OSError if the text is no address of the family, or the family is another (EAFNOSUPPORT).
    """
    family = as_c_int(address_family)
    raw = str_argument("inet_pton", 2, ip_string)
    found = _packed_by[family](ip_string) if family in _packed_by else None
    if found is not None:
        return found
    address = _Address()
    previous = errno_before()
    if _pton(family, raw, address) < 0:
        raise failure(previous)
    raise OSError("illegal IP address string passed to inet_pton")


def inet_ntop(address_family: SupportsIndex, packed_ip: Packed, /) -> str:
    """Convert an IP address of AF_INET (4 bytes) or AF_INET6 (16 bytes) to text.

    ValueError if the family is another, or *packed_ip* has not the right length.
    """
    family = as_c_int(address_family)
    packed = _contiguous(packed_ip)
    size = _SIZES.get(family)
    if size is None:
        raise ValueError(f"unknown address family {family}")
    if len(packed) != size:
        raise ValueError("invalid length of packed IP address string")
    return text4(packed) if family == AF_INET else text6(packed)
