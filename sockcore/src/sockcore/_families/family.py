"""The contract of an address family, and the address that every family understands.

1. ``encode`` turns what a program writes into the whole sockaddr, family field included.
2. ``decode`` turns exactly the bytes that the kernel wrote into what the manual says: tuples, str, bytes.
3. Both get a context and reach the system only through it, so that literals are enough to test them.
4. ``RawAddress`` passes both ways for every family, with or without a plugin.
"""

from __future__ import annotations

import errno
from abc import ABC, abstractmethod
from struct import error as StructError

from sockcore._exceptions import from_errno
from sockcore._families.structs import family_of
from sockcore._platform import constants
from sockcore._types import Any, Protocol, TypeVar

T = TypeVar("T")

#: The exceptions that a codec may raise. The core handles these where a codec fails on received data. Every other
#: exception, and TimeoutError, propagates: it comes from a signal handler, from a lack of memory, or from a fault that
#: must not be hidden. A handler's own exception cannot be told from a codec's if it derives from one of these.
CODEC_ERRORS = (ValueError, TypeError, OverflowError, LookupError, StructError, OSError)


class RawAddress(bytes):
    """A whole sockaddr as the kernel has it, family field included.

    Accepted wherever an address is, for every family, and what comes out where no plugin knows the format.
    Size: from 2 bytes, of the family field, to those of ``struct sockaddr_storage`` (128, OpenBSD 256).
    """

    __slots__ = ()
    __module__ = "sockcore"

    @property
    def family(self) -> int:
        """The number in the family field (``sa_family``), 0 (AF_UNSPEC) if the bytes are too few for one."""
        return family_of(self)

    def __repr__(self) -> str:
        return f"RawAddress({bytes(self)!r})"

    __str__ = __repr__


class Context(Protocol):
    """The part of a socket and of the system that a codec may use."""

    __slots__ = ()

    @property
    def family(self) -> int:
        """The address family's number."""

    @property
    def type(self) -> int:
        """The socket type's number, without flags."""

    @property
    def proto(self) -> int:
        """The protocol's number."""

    @property
    def operation(self) -> str:
        """The method or function that needs the address, for messages: ``'bind'``, ``'sendto'``."""

    def interface_index(self, name: str) -> int:
        """Return the index of the network interface *name*; OSError (ENODEV) if it does not exist."""

    def interface_name(self, index: int) -> str:
        """Return the name of the network interface *index*; OSError (ENXIO) if it does not exist."""

    def resolve(self, host: str | bytes, family: int) -> bytes:
        """Return the first sockaddr of *family* that the resolver returns for *host*; gaierror on failure."""

    def ioctl(self, request: int, argument: bytearray) -> int:
        """Perform ioctl(2) on the socket's descriptor, *argument* in and out; OSError with errno."""


Context.__module__ = "sockcore.plugin"


#: How many conversions a codec keeps.
MOST_KEPT = 16384


def keep(cache: dict[Any, Any], key: object, value: T) -> T:
    """Keep a conversion for the next time, and return it. When there are too many, all are forgotten."""
    if len(cache) >= MOST_KEPT:
        cache.clear()
    cache[key] = value
    return value


class Family(ABC):
    """One address family, or one protocol of it: everything that the core needs to know.

    A subclass sets the attributes, on the class or on the instance, and writes the two methods.
    """

    __module__ = "sockcore.plugin"

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
    #: Protocols that may fall back to another one (IPPROTO_MPTCP to IPPROTO_TCP): ``socket.proto`` is then the kernel's
    #: answer (SO_PROTOCOL).
    may_fall_back: frozenset[int] = frozenset()
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

        Raises ValueError, TypeError, OverflowError, LookupError, struct.error or OSError for malformed bytes: the
        program then gets a RawAddress and a RuntimeWarning. Any other exception, and TimeoutError, reaches the program,
        and the received data are lost.
        """

    def pair(self, type: int, proto: int) -> tuple[Any, Any]:
        """Return two connected sockets, of a family for which the system's socketpair(2) makes none.

        Asked for by ``socketpair()`` where no family with pairs is there. OSError (EOPNOTSUPP) unless overridden.
        """
        raise from_errno(errno.EOPNOTSUPP)

    def __repr__(self) -> str:
        proto = "" if self.proto is None else f", protocol {self.proto}"
        return f"<{type(self).__name__} {self.name} ({self.number}{proto})>"
