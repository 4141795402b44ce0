"""The contract of an address family, and the address that every family understands.

1. ``encode`` turns what a program writes into the whole sockaddr, family field included.
2. ``decode`` turns exactly the bytes that the kernel wrote into what the manual says: tuples, str, bytes.
3. Both get a context and reach the system only through it, so that literals are enough to test them.
4. ``RawAddress`` passes both ways for every family, with or without a plugin.
"""

from __future__ import annotations

import errno
import sys
from abc import ABC, abstractmethod

from sockcore._errors import from_errno
from sockcore._platform import constants
from sockcore._registry.contract import Context
from sockcore._types import Any, TypeVar

T = TypeVar("T")


class RawAddress(bytes):
    """A whole sockaddr as the kernel has it, family field included.

    Accepted wherever an address is, for every family, and what comes out where no plugin knows the format.
    Size: from 2 bytes, of the family field, to those of ``struct sockaddr_storage`` (128, OpenBSD 256).
    """

    __slots__ = ()

    @property
    def family(self) -> int:
        """The number in the family field (``sa_family``), 0 (AF_UNSPEC) if the bytes are too few for one."""
        return family_of(self)

    def __repr__(self) -> str:
        return f"RawAddress({bytes(self)!r})"

    __str__ = __repr__


# 4.4BSD put a length before the family and made both one byte; Linux and Windows kept 4.3BSD's short.
HAS_SA_LEN = not sys.platform.startswith(("linux", "win32"))


def family_of(raw: bytes) -> int:
    """Return the family field of a sockaddr's bytes, 0 if they are too few for one."""
    if len(raw) < 2:
        return 0
    return raw[1] if HAS_SA_LEN else int.from_bytes(raw[:2], sys.byteorder)


def sockaddr_header(family: int, size: int) -> bytes:
    """Return the first two bytes of a sockaddr of *size* bytes: its family, after its length where there is one."""
    if HAS_SA_LEN:
        return bytes((size, family))
    return family.to_bytes(2, sys.byteorder)


def host_text(host: object) -> str | bytes:
    """Return a host of an address as ASCII text, or as bytes if it is neither ASCII nor a str: :meth:`Context.resolve`
    takes either.

    TypeError if it is no str, bytes or bytearray, has a null in it, or IDNA cannot encode it.
    """
    if isinstance(host, str):
        text: str | bytes = host if host.isascii() else _idna(host)
    elif isinstance(host, (bytes, bytearray)):
        raw = bytes(host)
        text = raw.decode("ascii") if raw.isascii() else raw
    else:
        raise TypeError(f"str, bytes or bytearray expected, not {type(host).__name__}")
    if ("\0" if isinstance(text, str) else b"\0") in text:  # type: ignore[operator]
        raise TypeError("host name must not contain null character")
    return text


def _idna(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise TypeError("encoding of hostname failed") from error


#: How many conversions a codec keeps.
MOST_KEPT = 16384


def keep(kept: dict[Any, Any], key: object, value: T) -> T:
    """Keep a conversion for the next time, and return it. When there are too many, all are forgotten."""
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[key] = value
    return value


class Family(ABC):
    """One address family, or one protocol of it: everything that the core needs to know.

    A subclass sets the attributes, on the class or on the instance, and writes the two methods.
    """

    #: The number of the family on this system (``AF_...``).
    number: int
    #: Its name in the module: ``'AF_INET'``.
    name: str
    #: The protocol whose addresses these are, or None for all that have no entry of their own.
    proto: int | None = None
    #: The largest sockaddr that the kernel may write, in bytes; by default the largest that there is.
    size: int = constants().get("sockaddr_storage", 128)
    #: True if the codec uses ``Context.ioctl``, or asks for interfaces, which are those of the socket's own network
    #: namespace: each socket then has a context of its own.
    needs_descriptor: bool = False
    #: Conversions that asked nothing of the system, for a codec to keep and the native backend to take: address to
    #: sockaddr, and sockaddr to address. Made and bounded by the codec (:func:`keep`); None where it keeps none.
    encoded: dict[object, bytes] | None = None
    decoded: dict[bytes, object] | None = None
    #: The levels of getsockopt(2) whose numbers have 64 bits instead of an int's (AF_VSOCK's own).
    wide_levels: frozenset[int] = frozenset()
    #: The type to probe with when asked whether the kernel opens this family: (type, proto).
    probe: tuple[int, int] | None = None
    #: False where accept(2) fails if it is asked for the peer's address (AF_ALG): it then gives None.
    accept_gives_address: bool = True
    #: The module of Linux that has the family, where it need not be there: for the error of a kernel without.
    module: str | None = None

    @abstractmethod
    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr of *address*, zero-filled, family field included.

        Raises TypeError, ValueError, OverflowError for an *address* that is none, naming what was wrong
        and what was expected, with ``context.operation`` in front; OSError if an interface or host is unknown.
        """

    @abstractmethod
    def decode(self, raw: bytes, context: Context) -> object:
        """Return the address in *raw*, the bytes that the kernel wrote.

        They are never none, and sometimes fewer than the struct has.
        """

    def pair(self, type: int, proto: int) -> tuple[Any, Any]:
        """Return two connected sockets, of a family for which the system's socketpair(2) makes none.

        Asked for by ``socketpair()`` where no family with pairs is there. OSError (EOPNOTSUPP) unless overridden.
        """
        raise from_errno(errno.EOPNOTSUPP)

    def __repr__(self) -> str:
        proto = "" if self.proto is None else f", protocol {self.proto}"
        return f"<{type(self).__name__} {self.name} ({self.number}{proto})>"
