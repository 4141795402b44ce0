"""Conversion of text arguments to bytes for the C library, and of its results to str.

Host names are encoded with IDNA, other names in UTF-8. A null character in a name raises an exception, because the C
library would read only the part before it.
"""

from __future__ import annotations

import os
import sys

from sockcore.plugin import Any, host_name, ip_text, to_bytes


def type_name(value: object) -> str:
    """Return the type name of a wrong argument, as messages of CPython write it."""
    return "None" if value is None else type(value).__name__


def to_host_bytes(function: str, host: object) -> bytes:
    """Convert the host argument of *function* to bytes.

    A str is converted by IDNA, bytes and bytearray are unchanged.

    An address of :mod:`ipaddress` is converted to its text. Raises TypeError for other types and for a null character,
    and InvalidHostName (a gaierror and UnicodeError) if IDNA cannot encode the name.
    """
    if not isinstance(host, (str, bytes)):
        host = ip_text(host)
    if isinstance(host, str):
        encoded = host_name(host)
    elif isinstance(host, (bytes, bytearray)):
        encoded = bytes(host)
    else:
        raise TypeError(f"{function}() argument 1 must be str, bytes or bytearray, not {type_name(host)}")
    if 0 in encoded:
        raise TypeError(f"{function}() argument 1 must be encoded string without null bytes, not {type_name(host)}")
    return encoded


def to_utf8_argument(function: str, position: int, value: object) -> bytes:
    """Convert a str argument of *function* to UTF-8.

    Raises TypeError if it is not a str, ValueError if it contains a null character, and UnicodeEncodeError if it
    contains a surrogate.
    """
    if not isinstance(value, str):
        raise TypeError(f"{function}() argument {position} must be str, not {type_name(value)}")
    return to_utf8(value)


def to_aton_bytes(value: object) -> bytes:
    """Convert the argument of inet_aton() to UTF-8.

    Raises the same exceptions as :func:`to_utf8_argument`.
    """
    if not isinstance(value, str):
        raise TypeError(f"inet_aton() argument must be str, not {type_name(value)}")
    return to_utf8(value)


def to_packed_bytes(value: Any) -> bytes:
    """Convert a packed address to bytes.

    Raises TypeError if *value* is not bytes-like, and BufferError if it is not contiguous.
    """
    return to_bytes(value)


def invalid_text_error(function: str) -> OSError:
    """Return the exception of inet_aton() or inet_pton() for text that is no address."""
    return OSError(f"illegal IP address string passed to {function}")


def invalid_length_error(function: str) -> Exception:
    """Return the inet_ntoa() or inet_ntop() exception for a wrong packed length."""
    if function == "inet_ntoa":
        return OSError("packed IP wrong length for inet_ntoa")
    return ValueError("invalid length of packed IP address string")


def unknown_family_error(family: int) -> ValueError:
    """Return the exception of inet_ntop() for families but AF_INET and AF_INET6."""
    return ValueError(f"unknown address family {family}")


def to_utf8(value: str) -> bytes:
    """Convert *value* to UTF-8; ValueError if it contains a null character."""
    encoded = value.encode()
    if 0 in encoded:
        raise ValueError("embedded null character")
    return encoded


def require_no_null(value: bytes) -> bytes:
    """Return *value* unchanged; ValueError if it contains a null byte."""
    if 0 in value:
        raise ValueError("embedded null byte")
    return value


if sys.platform == "win32":

    def from_system(raw: bytes) -> str:
        """Convert text in the ANSI code page to str, from a Winsock function without W."""
        return raw.decode("mbcs", "replace")

else:

    def from_system(raw: bytes) -> str:
        """Convert text of the C library to str, in the file system encoding."""
        return os.fsdecode(raw)
