"""The types of option and message values: public names, and hints that can be evaluated on every Python."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any, get_type_hints

import pytest

PLUGINS = [
    name
    for name in ("inet", "unix", "can", "bluetooth", "linux_misc", "bsd", "windows")
    if find_spec(f"sockcore_{name}") is not None
]
#: The public modules with values.
MODULES = (
    *("sockcore.options", "sockcore.messages"),
    *(f"sockcore_{name}.options" for name in PLUGINS),
    *(f"sockcore_{name}.messages" for name in PLUGINS if name != "windows"),
    "sockcore_inet.sctp_messages",
)


def value_types(name: str) -> list[Any]:
    """Return the NamedTuples in a module, with those that other public modules define."""
    return [
        value
        for value in vars(import_module(name)).values()
        if isinstance(value, type) and issubclass(value, tuple) and hasattr(value, "_fields")
    ]


@pytest.mark.parametrize("name", MODULES)
def test_types_are_in_their_public_module(name: str) -> None:
    for cls in value_types(name):
        assert "._" not in cls.__module__, cls
        assert getattr(sys.modules[cls.__module__], cls.__name__) is cls
        assert cls.__doc__, cls
        assert not cls.__doc__.startswith(f"{cls.__name__}("), cls


@pytest.mark.parametrize("name", MODULES)
def test_hints_are_evaluated(name: str) -> None:
    for cls in value_types(name):
        hints = get_type_hints(cls)
        assert list(hints) == list(cls._fields), cls
