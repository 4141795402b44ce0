"""Functions that compare a call on sockcore with the same call on the standard library."""

from __future__ import annotations

import socket as standard
from typing import TYPE_CHECKING, Any

import sockcore

if TYPE_CHECKING:
    from collections.abc import Callable

#: The compared modules, the expected one first.
MODULES: tuple[Any, Any] = (standard, sockcore)


class Index:
    """An integer of another type than int."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __index__(self) -> int:
        return self.number


class Broken:
    """An object whose __index__() raises."""

    def __index__(self) -> int:
        raise ZeroDivisionError("broken")


def outcome(call: Callable[..., object], *arguments: object) -> tuple[Any, ...]:
    """Return the type and value of the result, or the attributes of the exception."""
    try:
        result = call(*arguments)
    except Exception as exc:
        return type(exc), str(exc), exc.args, getattr(exc, "errno", None), getattr(exc, "winerror", None)
    return type(result), result


def assert_same(call: Callable[[Any], object]) -> Any:
    """Return the outcome of *call*. Fail if it differs between the modules."""
    expected, actual = (outcome(call, module) for module in MODULES)
    assert actual == expected
    return actual
