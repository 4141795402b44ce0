"""The descriptor of a socket: how it is opened, taken over, told about, handed out and closed."""

from __future__ import annotations

import errno
import sys
from _warnings import warn

from sockcore import _errors, _timeout
from sockcore._backend.chosen import backend, native
from sockcore._object.context import Contexts, contexts
from sockcore._object.state import State
from sockcore._platform import constants, system_name
from sockcore._registry import discovery
from sockcore._registry.family import family_of
from sockcore._types import Any, SupportsIndex

_C = constants()
SOL_SOCKET: int = _C.get("SOL_SOCKET", 1)
_SO_TYPE: int | None = _C.get("SO_TYPE")
_SO_PROTOCOL: int | None = _C.get("SO_PROTOCOL")
_STORAGE: int = _C.get("sockaddr_storage", 128)
_SOCK_STREAM: int = _C.get("SOCK_STREAM", 1)
_SOCK_NONBLOCK: int = _C.get("SOCK_NONBLOCK", 0)
_SMALL = system_name() != "windows"  # descriptors: there a handle may look negative
#: On Windows a socket is opened by bytes too, those by which another process shares it: what reads and takes them.
_protocol_of: Any = getattr(backend, "protocol_of", None)
_from_protocol_info: Any = getattr(backend, "from_protocol_info", None)
_HAS_MODULES = system_name() == "linux"  # with the names that families give
_SOCK_FLAGS: int = _SOCK_NONBLOCK | _C.get("SOCK_CLOEXEC", 0)


class Descriptor(State):
    """What a socket is to the system: a descriptor, three numbers, a timeout, and who codes its addresses."""

    __slots__ = ()

    def __init__(
        self,
        family: SupportsIndex = -1,
        type: SupportsIndex = -1,
        proto: SupportsIndex = -1,
        fileno: SupportsIndex | bytes | None = None,
    ) -> None:
        asked = (
            int(_errors.c_int(family, _errors.ONE_ARGUMENT)),
            int(_errors.c_int(type, _errors.ONE_ARGUMENT)),
            int(_errors.c_int(proto, _errors.ONE_ARGUMENT)),
        )
        number, kind, protocol = asked
        if fileno is None:
            number = default_family("socket") if number == -1 else number
            kind = _SOCK_STREAM if kind == -1 else kind
            protocol = 0 if protocol == -1 else protocol
        elif isinstance(fileno, bytes) and _protocol_of:
            number, kind, protocol = _protocol_of(fileno)
        sys.audit("socket.__new__", self, number, kind, protocol)
        discovery.registry()  # may raise: before there is a descriptor to lose
        if fileno is None:
            self._adopt(open_socket(number, kind, protocol), number, kind, protocol)
            if native and not (kind & _SOCK_FLAGS or self._codec.needs_descriptor):
                # The next of the kind takes what this one had to find out.
                discovery.registry().kinds[asked] = native.kind_of(self)
        elif isinstance(fileno, bytes) and _protocol_of:
            self._adopt(_from_protocol_info(fileno), number, kind, protocol)
        else:
            self._take(number, kind, protocol, fileno)

    def _take(self, family: int, type: int, proto: int, fileno: object) -> None:
        fd = _errors.descriptor(fileno)
        if fd == -1 or (fd < 0 and _SMALL):
            raise ValueError("negative file descriptor")
        try:
            address = backend.getsockname(fd, _STORAGE)
        except OSError as problem:
            # AF_ALG has no getsockname: only a family that has to be found out needs it.
            if family == -1 or problem.errno in (errno.EBADF, errno.ENOTSOCK):
                raise
        else:
            if family == -1:
                family = family_of(address)
        if type == -1:
            type = _SOCK_STREAM if _SO_TYPE is None else backend.getsockopt_int(fd, SOL_SOCKET, _SO_TYPE)
        if proto == -1:
            proto = 0 if _SO_PROTOCOL is None else backend.getsockopt_int(fd, SOL_SOCKET, _SO_PROTOCOL)
        self._adopt(fd, family, type, proto)

    def _adopt(self, fd: int, family: int, type: int, proto: int) -> None:
        """Become the owner of *fd*; *type* may have the flags of socket(2) in it."""
        codec = discovery.registry().family(family, proto)
        self._family, self._type, self._proto = family, type & ~_SOCK_FLAGS, proto
        self._codec = codec
        self._contexts = (
            Contexts(family, self._type, proto, fd) if codec.needs_descriptor else contexts(family, self._type, proto)
        )
        self._fd = fd
        self._timeout = None
        if type & _SOCK_NONBLOCK:
            self._timeout = 0.0
        elif _timeout.getdefaulttimeout() is not None:
            self._timeout = _timeout.getdefaulttimeout()
            backend.set_blocking(fd, False)

    @property
    def family(self) -> int:
        """The address family's number."""
        return self._family

    @property
    def type(self) -> int:
        """The socket type's number, without SOCK_NONBLOCK and SOCK_CLOEXEC."""
        return self._type

    @property
    def proto(self) -> int:
        """The protocol's number."""
        return self._proto

    @property
    def timeout(self) -> float | None:
        """The timeout in seconds; 0.0 is non-blocking mode and None blocking mode."""
        return self._timeout

    def fileno(self) -> int:
        """Return the descriptor, -1 once it is closed or detached."""
        return self._fd

    def close(self) -> None:
        """Close the descriptor, see close(2). Closing twice does nothing."""
        fd = self._fd
        if fd != -1:
            self._let_go()
            backend.close(fd)

    def _let_go(self) -> None:
        self._fd = -1
        if self._codec.needs_descriptor:  # no ioctl(2) on whatever has the number next
            self._contexts = Contexts(self._family, self._type, self._proto)

    def detach(self) -> int:
        """Give the descriptor away: return it, open, and be closed from now on."""
        fd = self._fd
        if fd != -1:
            self._let_go()
        return fd

    def setblocking(self, flag: object, /) -> None:
        """Set blocking mode (*flag* true: no timeout) or non-blocking mode (a timeout of 0)."""
        self._timeout = None if flag else 0.0
        backend.set_blocking(self._fd, bool(flag))

    def getblocking(self) -> bool:
        """Return whether the socket is in blocking or timeout mode."""
        return self._timeout is None or self._timeout > 0

    def settimeout(self, value: float | None, /) -> None:
        """Set the timeout in seconds of every operation; None is blocking mode and 0 non-blocking mode.

        Raises TypeError, ValueError (negative, not a number) or OverflowError (more than 292 years).
        """
        timeout = _timeout.parse(value)
        self._timeout = timeout
        backend.set_blocking(self._fd, timeout is None)

    def gettimeout(self) -> float | None:
        """Return the timeout in seconds, None in blocking mode."""
        return self._timeout

    def __repr__(self) -> str:
        return f"<socket object, fd={self._fd}, family={self._family}, type={self._type}, proto={self._proto}>"

    def _unclosed(self, warn: Any = warn, stacklevel: int = 2) -> None:
        """Close a socket that nobody has closed, and say so."""
        try:
            warn(f"unclosed {self!r}", ResourceWarning, stacklevel=stacklevel, source=self)
        finally:
            Descriptor.close(self)


def open_socket(family: int, type: int, proto: int) -> int:
    """socket(2): return a descriptor. Where the kernel lacks the family, the error names the module that has it."""
    try:
        return backend.socket(family, type, proto)
    except OSError as problem:
        codec = discovery.registry().family(family, proto)
        if problem.errno != errno.EAFNOSUPPORT or codec.module is None or not _HAS_MODULES:
            raise
        text = f"{problem.strerror}: {codec.name}: this kernel lacks it (modprobe {codec.module})"
        raise OSError(problem.errno, text) from None


def default_family(of: str) -> int:
    """Return the family of ``socket()`` or ``socketpair()`` without one; OSError if no plugin brings it."""
    found: int | None = discovery.registry().singles.get(of)
    if found is None:
        raise OSError(f"{of}() without a family opens the one that sockcore-inet brings: pip install sockcore-inet")
    return found
