"""What stands for ``_socket``: the lower level of the module, with numbers instead of enums."""

from __future__ import annotations

from types import ModuleType

from sockcore import _exceptions
from sockcore._platform import constants
from sockcore._plugins.discovery import registry
from sockcore._sockets import addresses
from sockcore._sockets.implementation import BaseSocket as Endpoint
from sockcore._system.chosen import backend

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SOCK_STREAM: int = constants().get("SOCK_STREAM", 1)


def build(sockcore: ModuleType, socket: ModuleType, lower: ModuleType) -> ModuleType:
    """Return the stand-in, from *sockcore* and the two standard modules.

    It has all that *sockcore* has but what the standard library too has at the upper level only.
    """
    stand_in = ModuleType("_socket", sockcore.__doc__)
    stand_in.__spec__ = lower.__spec__
    contents: dict[str, Any] = vars(stand_in)
    for name in sockcore.__all__:
        if hasattr(socket, name) and not hasattr(lower, name):
            continue
        value = getattr(sockcore, name)
        # A flag or an enum member is an int; has_ipv6 is to stay a bool.
        contents[name] = int(value) if isinstance(value, int) and not isinstance(value, bool) else value
    contents.update(socket=Endpoint, SocketType=Endpoint, timeout=_exceptions.timeout)
    if hasattr(lower, "socketpair"):
        contents["socketpair"] = _socketpair
    if hasattr(lower, "CAPI"):
        # C code that is imported later asks here for the real type; nothing else can serve it.
        contents["CAPI"] = lower.CAPI
    return stand_in


def _socketpair(family: int | None = None, type: int = _SOCK_STREAM, proto: int = 0) -> tuple[Endpoint, Endpoint]:
    """Return a pair of connected sockets of the lower level. Programs may replace the function of the upper level."""
    number = addresses.default_family("socketpair") if family is None else int(family)
    registry().refuse_blocked(number)
    assert backend.socketpair is not None
    first, second = backend.socketpair(number, int(type), int(proto))
    try:
        one = Endpoint(number, type, proto, first)
    except BaseException:
        backend.close(first)
        backend.close(second)
        raise
    try:
        return one, Endpoint(number, type, proto, second)
    except BaseException:
        one.close()
        backend.close(second)
        raise
