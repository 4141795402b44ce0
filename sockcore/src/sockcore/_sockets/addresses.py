"""Addresses of a socket: the codec of its family converts them between a program's values and sockaddr bytes.

1. A sockaddr for the system is checked before any system call: bytes, with a family field, at most as long as
   ``struct sockaddr_storage``.
2. A sockaddr that a codec cannot decode is returned as a RawAddress, with a warning: nothing from the system is lost.
   Only the exceptions in ``CODEC_ERRORS`` count as that. All others, such as those of signal handlers, propagate.

Both implementations of BaseSocket call these functions.
"""

from __future__ import annotations

import errno
import os
import sys
from _warnings import warn
from types import FrameType

from sockcore._families.family import CODEC_ERRORS, Context, Family, RawAddress
from sockcore._platform import constants, system_name
from sockcore._plugins import discovery
from sockcore._sockets.context import Contexts, contexts
from sockcore._types import Any, NoReturn

#: Bytes of struct sockaddr_storage.
STORAGE: int = constants().get("sockaddr_storage", 128)

_HAS_MODULES = system_name() == "linux"  # that have a family, and can be loaded


class _Unspecified(Family):
    """AF_UNSPEC, the family of a socket object that was never opened: the system refuses every call with EBADF."""

    number = 0
    name = "AF_UNSPEC"

    def encode(self, address: object, context: Context) -> bytes:
        raise OSError(f"{context.operation}(): bad family")

    def decode(self, raw: bytes, context: Context) -> object:
        return RawAddress(raw)


UNSPECIFIED = _Unspecified()


def codec_for(family: int, proto: int) -> Family:
    """Return the codec for the addresses of a family and protocol. Loads the plugins.

    Raises OSError (EAFNOSUPPORT) if SOCKCORE_BLOCK names the family.
    """
    if not family:
        return UNSPECIFIED
    registry = discovery.registry()
    registry.refuse_blocked(family)
    return registry.family(family, proto)


def contexts_for(family: int, type: int, proto: int, fd: int | None = None) -> Contexts:
    """Return the contexts of a codec, by operation: with *fd* those of one socket, else those that sockets share."""
    return contexts(family, type, proto) if fd is None else Contexts(family, type, proto, fd)


def default_family(function: str = "socket") -> int:
    """Return the family of ``socket()`` or ``socketpair()`` without one; OSError if no plugin registers it."""
    family: int | None = discovery.registry().singles.get(function)
    if family is None:
        raise OSError(f"{function}() without a family opens one that sockcore-inet has: pip install sockcore-inet")
    return family


def raise_open_error(number: int, family: int, proto: int) -> NoReturn:
    """Raise the OSError of a failed socket(2). If the kernel lacks the family, it names the module that has it."""
    message = os.strerror(number)
    codec = codec_for(family, proto)
    if number == errno.EAFNOSUPPORT and codec.module is not None and _HAS_MODULES:
        message += f": {codec.name}: this kernel lacks it (modprobe {codec.module})"
    raise OSError(number, message) from None


def encode(codec: Family, contexts: Any, operation: str, address: Any) -> bytes:
    """Return the sockaddr of an address that a program passed to *operation*."""
    if isinstance(address, RawAddress):
        sockaddr: bytes = address
    else:
        sockaddr = codec.encode(address, contexts[operation])
        if type(sockaddr) is not bytes:
            raise TypeError(f"{operation}(): the plugin of {codec!r} encoded {address!r} to {sockaddr!r}, not to bytes")
    if not 2 <= len(sockaddr) <= STORAGE:
        raise ValueError(f"{operation}(): a sockaddr has 2 to {STORAGE} bytes, not {len(sockaddr)}: {sockaddr!r}")
    return sockaddr


def decode(codec: Family, contexts: Any, operation: str, sockaddr: bytes) -> Any:
    """Return the address in a sockaddr that the system wrote; None if it wrote nothing."""
    if not sockaddr:
        return None
    try:
        return codec.decode(sockaddr, contexts[operation])
    except TimeoutError:
        raise  # from a signal handler: a codec does not wait
    except CODEC_ERRORS as exc:
        message = f"{operation}(): the plugin of {codec!r} could not decode {sockaddr!r} ({exc!r}): it is passed raw"
        warn(message, RuntimeWarning, stacklevel=_caller_stack_level())
        return RawAddress(sockaddr)


def _caller_stack_level() -> int:
    """Return the stack level, for a warning of the calling function, of the code outside this package."""
    level = 1
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__")).startswith("sockcore."):
        frame = frame.f_back
        level += 1
    return level
