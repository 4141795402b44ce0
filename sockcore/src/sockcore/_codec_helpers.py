"""Helpers for the codecs of plugins: type checks, numbers, bytes, hosts and interfaces in addresses.

Messages of errors are those of the standard library where a program can see them there.
"""

from __future__ import annotations

import errno
import sys

from sockcore._arguments import readable_buffer
from sockcore._exceptions import InvalidHostInAddress, InvalidHostName, named_integer
from sockcore._families.family import Context
from sockcore._families.structs import BE16, BE32, U32, Struct, octets, padding
from sockcore._names import import_module
from sockcore._plugins.discovery import registry
from sockcore._sockets import context as contexts
from sockcore._system import selection
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
NUMERIC = "_native" if selection.native else "_system.inet"


def wrong_address_type(operation: str, name: str, address: object) -> TypeError:
    """Return the error of an address of the family *name* that is not a tuple; *operation* is as in ``"bind()"``."""
    return TypeError(f"{operation}: {name} address must be tuple, not {type(address).__name__}")


def to_bytes(value: Any, name: str = "", contiguous: bool = True) -> bytes:
    """Return the bytes of a bytes-like object.

    TypeError, with the *name* of the value if there is one, for any other object. BufferError for an object that is not
    *contiguous*.
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
    """Return a *number* of an address: OverflowError, which says *what* it is, if so many *bits* do not hold it.

    The standard library cuts most of these, so that 2**32 + 5 is the identifier 5.
    """
    if not 0 <= number < 1 << bits:
        raise OverflowError(f"{context.operation}(): {what} must be 0-{(1 << bits) - 1}.")
    return number


def host_text(host: object) -> str | bytes:
    """Return a host of an address as ASCII text, or as bytes if it is neither ASCII nor a str: :meth:`Context.resolve`
    takes either. An address of :mod:`ipaddress` is its text.

    TypeError if it is not a str, bytes or bytearray, or has a null in it. InvalidHostName, a gaierror and UnicodeError,
    if a label cannot be encoded; for a name that is not ASCII it is a TypeError as well.
    """
    if isinstance(host, str):
        if host.isascii():
            if "\0" in host:
                raise _null_in_host()
            # Tested here again: the call of _is_plain() costs 6 % of encoding an address of AF_INET6.
            if len(host) > 63 or ".." in host or host[:1] == ".":
                host_name(host)
            return host
        encoded = host_name(host, InvalidHostInAddress)
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
    """Return True for a short name of ASCII labels, which is its own encoding: no label is empty or too long.

    Measured: the import of the codec costs several milliseconds.
    """
    return host.isascii() and len(host) < 64 and ".." not in host and not host.startswith(".")


def ip_text(host: object) -> object:
    """Return the text of an IPv4Address or IPv6Address of :mod:`ipaddress`, everything else as it is.

    An object of a module that nobody has imported does not exist: ipaddress is never imported here.
    """
    module = sys.modules.get("ipaddress")
    # Another thread may be importing it.
    if isinstance(host, (getattr(module, "IPv4Address", ()), getattr(module, "IPv6Address", ()))):
        # An interface is an address with the length of its network behind it.
        return str(getattr(host, "ip", host))
    return host


def host_name(host: str, failure: type[InvalidHostName] = InvalidHostName) -> bytes:
    """Return a host name as the DNS has it, by the codec ``'idna'``; *failure* if a label cannot be encoded."""
    if _is_plain(host):
        return host.encode("ascii")
    try:
        return host.encode("idna")
    except UnicodeError as exc:
        # The number is a constant of the plugin that resolves names.
        number = registry().names.get("EAI_NONAME", 0)
        raise failure(number, f"encoding of hostname failed: {exc}") from exc


def interface_number(what: str, interface: object, fd: int) -> int:
    """Return the index of an interface that a value names, or has as a number; *what* is the field's name.

    The name is one of the network namespace of the socket that has the descriptor *fd*. ValueError if no interface has
    the name, TypeError for a value that is neither a name nor an integer. The range of a number is not checked.
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
    """Return the 4 bytes of an IPv4 host, a result of :func:`host_text`; *family* is the number of AF_INET.

    The context resolves a name: gaierror if it is unknown, OSError if no plugin resolves names.
    """
    if not host:
        return bytes(4)
    if host in _BROADCAST:
        return b"\xff" * 4
    packed: Any = _parse_ip(family, 4, host)
    if packed is None:
        _, packed = SOCKADDR_IN.unpack(context.resolve(host, family))
    found: bytes = packed
    return found


def ipv6_bytes(host: str | bytes, context: Context, family: int) -> tuple[bytes, int]:
    """Return the 16 bytes of an IPv6 host, and its scope, 0 if it has none; otherwise as :func:`ipv4_bytes`."""
    if not host:
        return bytes(16), 0
    packed = _parse_ip(family, 16, host)
    if packed is not None:
        return packed, 0
    address: Any
    scope: Any
    _, _, address, scope = SOCKADDR_IN6.unpack(context.resolve(host, family))
    return address, scope
