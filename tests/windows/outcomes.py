"""The same call on sockcore and on the standard library."""

from __future__ import annotations

import socket as standard
from typing import TYPE_CHECKING, Any

import sockcore

if TYPE_CHECKING:
    from collections.abc import Callable

#: Two sides.
MODULES: tuple[Any, Any] = (standard, sockcore)


class Index:
    """An integer by its __index__ alone."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __index__(self) -> int:
        return self.number


class Broken:
    """No integer, though it looks like one."""

    def __index__(self) -> int:
        raise ZeroDivisionError("broken")


def outcome(call: Callable[..., object], *arguments: object) -> tuple[Any, ...]:
    """Return what a call returns, or what is to be seen of what it raises."""
    try:
        result = call(*arguments)
    except Exception as error:
        return type(error), str(error), error.args, getattr(error, "errno", None), getattr(error, "winerror", None)
    return type(result), result


def same(call: Callable[[Any], object]) -> Any:
    """Return the outcome of *call*; fail unless it is the same on both modules."""
    theirs, ours = (outcome(call, module) for module in MODULES)
    assert ours == theirs
    return ours
