"""The pair of connected sockets that the standard module makes where there is no socketpair(2)."""

from __future__ import annotations

import sockcore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sockcore import socket as Socket

LOCALHOST = "127.0.0.1"
LOCALHOST_V6 = "::1"


def socketpair(family: int | None = None, type: int | None = None, proto: int = 0) -> tuple[Socket, Socket]:
    """Return two connected TCP sockets of *family*, AF_INET (the default) or AF_INET6, as their plugin makes them.

    ValueError for another family, a type other than SOCK_STREAM, or a protocol.
    """
    from sockcore._plugins.discovery import registry

    family = sockcore.AF_INET if family is None else family
    if family not in (sockcore.AF_INET, sockcore.AF_INET6):
        raise ValueError("Only AF_INET and AF_INET6 socket address families are supported")
    kind = sockcore.SOCK_STREAM if type is None else type
    return registry().family(int(family), proto).pair(int(kind), proto)
