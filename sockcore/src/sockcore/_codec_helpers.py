"""Helpers for the codecs of plugins: type checks, numbers, bytes, hosts and interfaces in addresses.

Error messages match those of the standard library where a program can see them there.
"""

from __future__ import annotations

import errno
import sys

from sockcore import _context as contexts
from sockcore import _system
from sockcore._arguments import readable_buffer
from sockcore._exceptions import check_type, named_integer
from sockcore._families import Context
from sockcore._families.structs import BE16, BE32, U32, Struct, octets, padding
from sockcore._names import import_module
from sockcore._plugins.discovery import registry
from sockcore._types import Any

#: The socket addresses of IP, which several families use.
SOCKADDR_IN = Struct(
    "struct sockaddr_in",
    "<netinet/in.h>",
    ("sin_port", BE16),
    ("sin_addr", octets(4)),
    ("sin_zero", padding(8)),
    sockaddr=True,
)
SOCKADDR_IN6 = Struct(
    "struct sockaddr_in6",
    "<netinet/in.h>",
    ("sin6_port", BE16),
    ("sin6_flowinfo", BE32),
    ("sin6_addr", octets(16)),
    ("sin6_scope_id", U32),
    sockaddr=True,
)

#: The module that has inet_pton() and inet_ntop(). The one in Python imports ctypes.
NUMERIC = "_native" if _system.native else "_system.inet"


def wrong_address_type(operation: str, name: str, address: object) -> TypeError:
    """Return the TypeError for an address that is not a tuple.

    *name* is the name of the family, and *operation* the call, such as ``"bind()"``.
    """
    return TypeError(f"{operation}: {name} address must be tuple, not {type(address).__name__}")


def to_bytes(value: Any, name: str = "", contiguous: bool = True) -> bytes:
    """Return the bytes of a bytes-like object.

    Raises TypeError for any other object. The message contains *name* if there is one. Raises BufferError for an object
    that is not contiguous, unless *contiguous* is False.
    """
    if isinstance(value, bytes):
        return bytes(value)
    try:
        return bytes(readable_buffer(value)) if contiguous else memoryview(value).tobytes()
    except TypeError:
        if not name:
            raise TypeError(f"a bytes-like object is required, not {type(value).__name__!r}") from None
        raise TypeError(f"{name} must be a bytes-like object, not {type(value).__name__!r}") from None


def in_range(context: Context, what: str, number: int, bits: int) -> int:
    """Return *number*, a part of an address.

    Raises OverflowError if it is negative or has more than *bits* bits. *what* is its description in the message. The
    standard library truncates most of these numbers, so that 2**32 + 5 becomes identifier 5.
    """
    if not 0 <= number < 1 << bits:
        raise OverflowError(f"{context.operation}(): {what} must be 0-{(1 << bits) - 1}.")
    return number


def host_text(host: object) -> str | bytes:
    """Return the host of an address as ASCII text, or as bytes if it is not ASCII.

    Both are valid arguments of :meth:`Context.resolve`. An address of :mod:`ipaddress` is converted to its text.

    Raises TypeError if the host is not a str, bytes or bytearray, or contains a null character. Raises InvalidHostName,
    which is a gaierror and a UnicodeError, if a label cannot be encoded. For a name that is not ASCII the exception is
    a TypeError as well.
    """
    if isinstance(host, str):
        if host.isascii():
            if "\0" in host:
                raise _null_in_host()
            # The same tests as in _is_plain(). The call would add 6 % to the encoding of an AF_INET6 address.
            if len(host) > 63 or ".." in host or host[:1] == ".":
                host_name(host)
            return host
        encoded = _encode_host(host, "InvalidHostInAddress")
    elif isinstance(host, (bytes, bytearray)):
        encoded = bytes(host)
    else:
        text = ip_text(host)
        if isinstance(text, str):
            return text
        raise TypeError(f"str, bytes or bytearray expected, not {type(host).__name__}")
    if 0 in encoded:
        raise _null_in_host()
    return encoded.decode("ascii") if encoded.isascii() else encoded


def _null_in_host() -> TypeError:
    return TypeError("host name must not contain null character")


def _is_plain(host: str) -> bool:
    """Return True for a short name of ASCII labels, which IDNA encodes as it is.

    No label is empty or too long. This avoids the import of the codec, which takes several milliseconds.
    """
    return host.isascii() and len(host) < 64 and ".." not in host and not host.startswith(".")


def ip_text(host: object) -> object:
    """Return the text of an IPv4Address or IPv6Address, any other object as it is.

    This module never imports :mod:`ipaddress`: its objects exist only if the program has imported it.
    """
    module = sys.modules.get("ipaddress")
    # Another thread may be importing it.
    if isinstance(host, (getattr(module, "IPv4Address", ()), getattr(module, "IPv6Address", ()))):
        # An IPv4Interface has the prefix length at the end of its text.
        return str(getattr(host, "ip", host))
    return host


def host_name(host: str) -> bytes:
    """Return a host name as the DNS needs it, encoded by the codec ``'idna'``.

    Raises InvalidHostName, which is a gaierror and a UnicodeError, if a label cannot be encoded.
    """
    check_type("host", host, str, "a str")
    return _encode_host(host, "InvalidHostName")


def _encode_host(host: str, exception: str) -> bytes:
    if _is_plain(host):
        return host.encode("ascii")
    try:
        return host.encode("idna")
    except UnicodeError as exc:
        # EAI_NONAME is a constant of the plugin that resolves names.
        number = registry().names.get("EAI_NONAME", 0)
        failure = getattr(import_module("sockcore._invalid_hosts"), exception)
        raise failure(number, f"encoding of hostname failed: {exc}") from exc


def interface_number(what: str, interface: object, fd: int) -> int:
    """Return the index of an interface that is given by its name or its index.

    *what* is the field in messages.

    A name is looked up in the network namespace of the socket with the descriptor *fd*. The range of an index is not
    checked.

    Raises ValueError if no interface has the name, and TypeError if the value is neither a name nor an integer.
    """
    if not isinstance(interface, (str, bytes)):
        return named_integer(f"{what}, a name or an index,", interface)
    try:
        return contexts.interface_index(interface, fd)  # type: ignore[arg-type]
    except OSError as exc:
        if exc.errno not in (errno.ENODEV, errno.ENXIO):
            raise
        raise ValueError(f"{what}: no interface is called {interface!r}") from None


_BROADCAST = ("<broadcast>", "255.255.255.255")


def _parse_ip(family: int, size: int, host: str | bytes) -> bytes | None:
    encoded = host.encode("ascii") if isinstance(host, str) else host
    packed: bytes | None = import_module(f"sockcore.{NUMERIC}").inet_pton(family, encoded, size)
    return packed


def ipv4_bytes(host: str | bytes, context: Context, family: int) -> bytes:
    """Return the 4 bytes of an IPv4 host, a result of :func:`host_text`.

    *family* is the number of AF_INET.

    The context resolves names. Raises gaierror if a name is unknown, and OSError if no plugin resolves names.
    """
    if not host:
        return bytes(4)
    if isinstance(host, str) and host in _BROADCAST:
        return b"\xff" * 4
    packed: Any = _parse_ip(family, 4, host)
    if packed is None:
        _, packed = SOCKADDR_IN.unpack(context.resolve(host, family))
    found: bytes = packed
    return found


def ipv6_bytes(host: str | bytes, context: Context, family: int) -> tuple[bytes, int]:
    """Return the 16 bytes of an IPv6 host and its scope, 0 without one.

    The arguments and exceptions are those of :func:`ipv4_bytes`.
    """
    if not host:
        return bytes(16), 0
    packed = _parse_ip(family, 16, host)
    if packed is not None:
        return packed, 0
    address: Any
    scope: Any
    _, _, address, scope = SOCKADDR_IN6.unpack(context.resolve(host, family))
    return address, scope
