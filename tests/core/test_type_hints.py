"""Annotations at run time: type hints and evaluated signatures."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import typing
from enum import EnumMeta
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore._plugins.placeholders import DeferredMethod

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(sys.version_info < (3, 10), reason="annotations use X | Y, which Python 3.9 lacks")

PLUGINS = ("inet", "unix", "can", "bluetooth", "linux_misc", "windows", "bsd")
MODULES = [
    "sockcore",
    *(
        f"sockcore.{name}"
        for name in (
            "addresses",
            "ancillary",
            "backends",
            "errors",
            "messages",
            "options",
            "plugin",
            "stdlib",
            "testing",
        )
    ),
    *(f"sockcore_{name}" for name in PLUGINS if importlib.util.find_spec(f"sockcore_{name}")),
]


def is_ours(value: Any) -> bool:
    return (getattr(value, "__module__", None) or "").startswith("sockcore")


def public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield functions, classes and methods with their names."""
    names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
    for name in names:
        value = getattr(module, name)
        if isinstance(value, EnumMeta) or not is_ours(value):
            continue
        if isinstance(value, type):
            yield name, value
            for base in value.__mro__:
                if is_ours(base):
                    yield from ((f"{name}: {base.__name__}.{member}", f) for member, f in methods(base))
        elif callable(value):
            yield name, value


def methods(cls: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, value in vars(cls).items():
        if name.startswith("_") and name not in ("__init__", "__new__", "__enter__", "__exit__", "__reduce_ex__"):
            continue
        if isinstance(value, property):
            value = value.fget
        elif isinstance(value, DeferredMethod):
            value = value.get()
        value = getattr(value, "__func__", value)
        # The interpreter creates __new__ of a NamedTuple, on some versions without the names of the module.
        is_created = name == "__new__" and hasattr(cls, "_fields")
        if callable(value) and not isinstance(value, type) and not is_created:
            yield name, value


@pytest.mark.parametrize("name", MODULES)
def test_type_hints_of_public_names_resolve(name: str) -> None:
    values = dict(public(importlib.import_module(name)))
    assert values
    failures = {}
    for label, value in values.items():
        try:
            typing.get_type_hints(value)
        except Exception as exc:
            failures[label] = exc
    assert failures == {}


@pytest.mark.parametrize("name", MODULES)
def test_signatures_of_public_functions_evaluate(name: str) -> None:
    failures = {}
    for label, value in public(importlib.import_module(name)):
        try:
            if not isinstance(value, type):
                inspect.signature(value, eval_str=True)
        except Exception as exc:
            failures[label] = exc
    assert failures == {}


def test_signatures_of_overloaded_methods_accept_each_form() -> None:
    sendto, setsockopt = (inspect.signature(getattr(sockcore.socket, name)) for name in ("sendto", "setsockopt"))
    sock = object()
    for arguments in ((b"data", "address"), (b"data", 0, "address")):
        sendto.bind(sock, *arguments)
    for arguments in ((1, 2, b""), (1, 2, 3), (1, 2, None, 8)):
        setsockopt.bind(sock, *arguments)


def test_type_hints_have_useful_types() -> None:
    hints = typing.get_type_hints(sockcore.socketpair)
    assert hints["return"] == tuple[sockcore.socket, sockcore.socket]
    plugin = importlib.import_module("sockcore.plugin")
    assert typing.get_type_hints(plugin.Family.encode) == {
        "address": object,
        "context": plugin.Context,
        "return": bytes,
    }
    hints = typing.get_type_hints(sockcore.fromfd)
    assert isinstance(5, hints["fd"])
    assert not isinstance("5", hints["fd"])


def test_contexts_are_instances_of_the_type_in_annotations() -> None:
    from sockcore.plugin import Context, context
    from sockcore.testing import FakeContext

    for instance in (context(1), FakeContext(1)):
        assert isinstance(instance, Context)
    assert not hasattr(context(1), "__dict__")


def test_type_hints_need_no_typing_at_the_first_socket(python: Callable[..., str]) -> None:
    code = """
        import sys, sockcore, sockcore.plugin
        sockcore.socket
        print("typing" in sys.modules)
        import typing
        print(len(typing.get_type_hints(sockcore.socket.sendfile)))
    """
    assert python(code) == "False\n4\n"
