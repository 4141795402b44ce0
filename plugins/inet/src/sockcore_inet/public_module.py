"""The public module ``sockcore``, for functions that call other public functions."""

from __future__ import annotations

import sys

import sockcore
from sockcore.plugin import Any


def public_module() -> Any:
    """Return the module ``sockcore``, to look up a public name at the time of a call.

    Programs, and above all tests, replace names in the module (``socket.getaddrinfo = ...``). They expect other
    functions of the module to call the replacement, as in the standard library.
    """
    return sys.modules.get("sockcore") or sockcore  # at exit, sys.modules is empty
