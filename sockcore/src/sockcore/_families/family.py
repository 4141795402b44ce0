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
from struct import error as StructError

from sockcore._exceptions import InvalidHostInAddress, InvalidHostName, from_errno
from sockcore._families.contract import Context
from sockcore._platform import constants
from sockcore._types import Any, TypeVar

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
        raw = host_name(host, InvalidHostInAddress)
    elif isinstance(host, (bytes, bytearray)):
        raw = bytes(host)
    else:
        text = ip_text(host)
        if isinstance(text, str):
            return text
        raise TypeError(f"str, bytes or bytearray expected, not {type(host).__name__}")
    if 0 in raw:
        raise _null_in_host()
    return raw.decode("ascii") if raw.isascii() else raw


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
        from sockcore._plugins.discovery import registry

        # The number is a constant of the plugin that resolves names.
        number = registry().names.get("EAI_NONAME", 0)
        raise failure(number, f"encoding of hostname failed: {exc}") from exc


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
