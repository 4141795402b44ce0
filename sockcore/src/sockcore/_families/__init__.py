"""The interface of an address family, and the address that every family accepts.

1. ``encode`` converts the address of a program to the whole sockaddr, including the family field.
2. ``decode`` converts the bytes that the kernel wrote to the address in the manual's format: a tuple, a str or bytes.
3. Both receive a context and reach the system only through it, so that literals can test them.
4. Every family accepts and returns a ``RawAddress``, with or without a plugin.
"""

from __future__ import annotations

import errno
from abc import ABC, abstractmethod
from struct import error as StructError

from sockcore._exceptions import from_errno
from sockcore._families.structs import family_of
from sockcore._platform import constants
from sockcore._types import Any, Callable, Protocol, TypeVar

T = TypeVar("T")

#: The exceptions that a codec may raise. The core handles them if a codec fails on received data. Every other exception
#: propagates, and so does TimeoutError. Such an exception comes from a signal handler, from a lack of memory, or from a
#: fault that must not be hidden. An exception of a signal handler that derives from one of the classes below looks like
#: an exception of the codec.
CODEC_ERRORS = (ValueError, TypeError, OverflowError, LookupError, StructError, OSError)


class RawAddress(bytes):
    """A whole sockaddr as the kernel uses it, including the family field.

    Every family accepts it as an address. It is returned for a sockaddr that no plugin can decode. Its size is from 2
    bytes, those of the family field, to the size of ``struct sockaddr_storage`` (128 bytes, 256 on OpenBSD).
    """

    __slots__ = ()
    __module__ = "sockcore"

    @property
    def family(self) -> int:
        """The family field (``sa_family``), or 0 (AF_UNSPEC) for fewer than 2 bytes."""
        return family_of(self)

    def __repr__(self) -> str:
        return f"RawAddress({bytes(self)!r})"

    __str__ = __repr__


class Context(Protocol):
    """The part of a socket and of the system that a codec may use."""

    __slots__ = ()

    @property
    def family(self) -> int:
        """The number of the address family."""

    @property
    def type(self) -> int:
        """The number of the socket type, without flags."""

    @property
    def proto(self) -> int:
        """The number of the protocol."""

    @property
    def operation(self) -> str:
        """The method or function that uses the address: ``'bind'``, ``'sendto'``.

        It is for messages.
        """

    def interface_index(self, name: str) -> int:
        """Return the index of the network interface *name*.

        Raises OSError (ENODEV) if it does not exist.
        """

    def interface_name(self, index: int) -> str:
        """Return the name of the network interface *index*.

        Raises OSError (ENXIO) if it does not exist.
        """

    def resolve(self, host: str | bytes, family: int) -> bytes:
        """Return the first sockaddr of *family* that the resolver returns for *host*.

        Raises gaierror on failure.
        """

    def ioctl(self, request: int, argument: bytearray) -> int:
        """Call ioctl(2) on the socket's descriptor, with *argument* as input and output.

        Raises OSError.
        """


Context.__module__ = "sockcore.plugin"


#: The maximum number of conversions in the cache of a codec.
MOST_KEPT = 16384


def keep(cache: dict[Any, Any], key: object, value: T) -> T:
    """Add a conversion to a cache, and return it. A full cache is cleared first."""
    if len(cache) >= MOST_KEPT:
        cache.clear()
    cache[key] = value
    return value


class Family(ABC):
    """One address family, or one protocol of it, with everything that the core needs.

    A subclass sets the attributes, on the class or on the instance, and defines the two methods.
    """

    __module__ = "sockcore.plugin"

    #: The number of the family on this system (``AF_...``).
    number: int
    #: Its name in the module: ``'AF_INET'``.
    name: str
    #: The protocol with these addresses, or None for all protocols without a codec of their own.
    proto: int | None = None
    #: The maximum size of a sockaddr from the kernel, in bytes. By default the maximum of all families.
    size: int = constants().get("sockaddr_storage", 128)
    #: True if the codec uses ``Context.ioctl`` or interfaces, which are those of the network namespace of the socket.
    #: Each socket then has a separate context.
    needs_descriptor: bool = False
    #: Caches of conversions that do not depend on the system: address to sockaddr, and sockaddr to address. The codec
    #: fills and bounds them (:func:`keep`), and the native backend reads them. None without a cache.
    encoded: dict[object, bytes] | None = None
    decoded: dict[bytes, object] | None = None
    #: Functions in C, or None: they convert without a context, and return None for values that need one of the methods
    #: below. The native backend calls them first, with the address or the sockaddr. A result has the same value as that
    #: of the method. If :attr:`needs_descriptor` is true, the file descriptor of the socket is a second argument, and
    #: the results are not kept in the caches. The descriptor is -1 for a closed socket.
    quick_encode: Callable[..., bytes | None] | None = None
    quick_decode: Callable[..., object] | None = None
    #: The option levels whose numbers have 64 bits instead of those of an int, such as the level of AF_VSOCK.
    wide_levels: frozenset[int] = frozenset()
    #: Protocols that may fall back to another one (IPPROTO_MPTCP to IPPROTO_TCP). ``socket.proto`` is then read from
    #: the kernel (SO_PROTOCOL).
    may_fall_back: frozenset[int] = frozenset()
    #: (type, proto) of a socket that shows whether the kernel supports the family.
    probe: tuple[int, int] | None = None
    #: False if accept(2) fails when the address of the peer is requested (AF_ALG). accept() then returns None as the
    #: address.
    accept_gives_address: bool = True
    #: True if an address may contain a host name that :meth:`Context.resolve` resolves.
    resolves_names: bool = False
    #: True if :meth:`encode` may wait for something other than the resolution of a host name.
    may_block: bool = False
    #: False if no system call returns the address of a peer.
    has_peer_address: bool = True
    #: The types of sockets that are streams of bytes, and those that send messages without a connection.
    stream_types: frozenset[int] = frozenset({constants().get("SOCK_STREAM", 1)})
    datagram_types: frozenset[int] = frozenset(
        constants()[name] for name in ("SOCK_DGRAM", "SOCK_RAW", "SOCK_RDM") if name in constants()
    )
    #: The Linux kernel module of the family, if it is optional: for the error message of a kernel without it.
    module: str | None = None

    @abstractmethod
    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr of *address*, zero-filled, including the family field.

        Raises TypeError, ValueError or OverflowError for an invalid address. The message begins with
        ``context.operation``, and names the invalid part and the expectation. Raises OSError if an interface or host is
        unknown.
        """

    @abstractmethod
    def decode(self, raw: bytes, context: Context) -> object:
        """Return the address in *raw*, the bytes of a sockaddr that the kernel wrote.

        There is at least one byte, and there may be fewer than the struct has.

        Raises ValueError, TypeError, OverflowError, LookupError, struct.error or OSError for malformed bytes. The
        program then receives a RawAddress and a RuntimeWarning. Any other exception, and TimeoutError, reaches the
        program, and the received data are lost.
        """

    def pair(self, type: int, proto: int) -> tuple[Any, Any]:
        """Return two connected sockets, for a family that socketpair(2) does not support.

        ``socketpair()`` calls it if no family with pairs is available. Raises OSError (EOPNOTSUPP) unless overridden.
        """
        raise from_errno(errno.EOPNOTSUPP)

    def has_error_queue(self, type: int, proto: int) -> bool:
        """Return True if the kernel has an error queue for sockets of this type and protocol (MSG_ERRQUEUE).

        For others, the kernel ignores the flag, and recvmsg(2) returns received data.
        """
        return False

    def __repr__(self) -> str:
        proto = "" if self.proto is None else f", protocol {self.proto}"
        return f"<{type(self).__name__} {self.name} ({self.number}{proto})>"
