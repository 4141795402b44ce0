"""The module as programs see it."""

from __future__ import annotations

import sys

from sockcore.plugin import Any


def public() -> Any:
    """Return the public module, to look a name up in when it is needed.

    Programs, and tests above all, replace names of the module (``socket.getaddrinfo = ...``) and expect the
    functions that are made of others to use what they put there, as in the standard module.
    """
    return sys.modules["sockcore"]
