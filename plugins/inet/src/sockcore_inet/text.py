"""Text from programs, as the C library takes it: hosts by IDNA, other names by UTF-8, none with a null inside.

And the C library's text, for programs.
"""

from __future__ import annotations

import os
import sys

from sockcore.plugin import Any, host_name, ip_text, to_bytes


def argument_type(value: object) -> str:
    """Return the name of a wrong argument's type as the interpreter's messages have it."""
    return "None" if value is None else type(value).__name__


def host_argument(function: str, host: object) -> bytes:
    """Return the host that was passed to *function*: a str by IDNA, bytes and bytearray as they are.

    An address of :mod:`ipaddress` is its text. TypeError for another type or a null inside, InvalidHostName (a gaierror
    and UnicodeError) if IDNA cannot encode it.
    """
    if not isinstance(host, (str, bytes)):
        host = ip_text(host)
    if isinstance(host, str):
        raw = host_name(host)
    elif isinstance(host, (bytes, bytearray)):
        raw = bytes(host)
    else:
        raise TypeError(f"{function}() argument 1 must be str, bytes or bytearray, not {argument_type(host)}")
    if b"\0" in raw:
        raise TypeError(f"{function}() argument 1 must be encoded string without null bytes, not {argument_type(host)}")
    return raw


def str_argument(function: str, position: int, value: object) -> bytes:
    """Return a str argument of *function* in UTF-8.

    TypeError if it is no str, ValueError if it has a null in it, UnicodeEncodeError if it has a surrogate.
    """
    if not isinstance(value, str):
        raise TypeError(f"{function}() argument {position} must be str, not {argument_type(value)}")
    return utf8(value)


def aton_argument(value: object) -> bytes:
    """Return the argument of inet_aton() in UTF-8; errors as for :func:`str_argument`."""
    if not isinstance(value, str):
        raise TypeError(f"inet_aton() argument must be str, not {argument_type(value)}")
    return utf8(value)


def packed_argument(value: Any) -> bytes:
    """Return the bytes of a packed address; TypeError if it is not bytes-like, BufferError if it is not contiguous."""
    return to_bytes(value)


def invalid_text(function: str) -> OSError:
    """Return the error of inet_aton() or inet_pton() for a text that is not an address."""
    return OSError(f"illegal IP address string passed to {function}")


def invalid_length(function: str) -> Exception:
    """Return the error of inet_ntoa() or inet_ntop() for a packed address of a wrong length."""
    if function == "inet_ntoa":
        return OSError("packed IP wrong length for inet_ntoa")
    return ValueError("invalid length of packed IP address string")


def unknown_family(family: int) -> ValueError:
    """Return the error of inet_ntop() for an address family without an address in text."""
    return ValueError(f"unknown address family {family}")


def utf8(value: str) -> bytes:
    """Return *value* in UTF-8; ValueError if it has a null in it."""
    raw = value.encode()
    if b"\0" in raw:
        raise ValueError("embedded null character")
    return raw


def without_null(raw: bytes) -> bytes:
    """Return *raw*, which the C library reads up to a null; ValueError if it has a null in it."""
    if 0 in raw:
        raise ValueError("embedded null byte")
    return raw


if sys.platform == "win32":

    def from_system(raw: bytes) -> str:
        """Return what a function of Winsock's without wide characters takes or gives: it is in the ANSI code page."""
        return raw.decode("mbcs", "replace")

else:

    def from_system(raw: bytes) -> str:
        """Return the C library's text as a str, by the file system's encoding."""
        return os.fsdecode(raw)
