"""Conversion of addresses: the codec of the family converts between values and sockaddr bytes.

1. A sockaddr for the system is checked before any system call. It is bytes with a family field, not longer than
   ``struct sockaddr_storage``.
2. A sockaddr that a codec cannot decode is returned as a RawAddress, with a warning, so that received data are not
   lost. Only the exceptions in ``CODEC_ERRORS`` are handled. All others, such as those of signal handlers, propagate.

Both implementations of BaseSocket call these functions.
"""

from __future__ import annotations

import errno
import os
import sys
from _warnings import warn
from types import FrameType

from sockcore._context import Contexts, contexts
from sockcore._families import CODEC_ERRORS, Context, Family, RawAddress
from sockcore._platform import constants, system_name
from sockcore._plugins import discovery
from sockcore._types import Any, NoReturn

#: The size of struct sockaddr_storage, in bytes.
STORAGE: int = constants().get("sockaddr_storage", 128)

_HAS_MODULES = system_name() == "linux"  # kernel modules for families


class _Unspecified(Family):
    """AF_UNSPEC, the family of a socket object that was never opened.

    The system rejects every call with EBADF.
    """

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
    """Return the contexts of a codec, by operation.

    With *fd*, they belong to the socket with this descriptor. Otherwise, sockets share them.
    """
    return contexts(family, type, proto) if fd is None else Contexts(family, type, proto, fd)


def default_family(function: str = "socket") -> int:
    """Return the family of ``socket()`` or ``socketpair()`` without arguments.

    Raises OSError if no plugin registers it.
    """
    family: int | None = discovery.registry().singles.get(function)
    if family is None:
        raise OSError(f"{function}() without a family opens one that sockcore-inet has: pip install sockcore-inet")
    return family


def raise_open_error(number: int, family: int, proto: int) -> NoReturn:
    """Raise the OSError of a failed socket(2).

    If the kernel lacks the family, the message names its kernel module.
    """
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
    """Return the address in a sockaddr from the system, or None if it is empty."""
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
    """Return the stack level of the code outside this package, for a warning."""
    level = 1
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__")).startswith("sockcore."):
        frame = frame.f_back
        level += 1
    return level
