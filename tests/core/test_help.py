"""help(sockcore), dir(sockcore), and the docstrings of both implementations."""

from __future__ import annotations

import inspect
import pydoc
import re
from typing import Any

import pytest
from implementations import BOTH, IN_C, IN_PYTHON

import sockcore

#: The methods of the core, without those of plugins.
METHODS = sorted(
    name
    for name, value in vars(IN_PYTHON).items()
    if name[0] != "_" and callable(value) and value.__module__ == "sockcore._sockets.base"
)
#: Methods without arguments that never raise an exception, and return at most one value.
SIMPLE = {"close", "detach", "fileno", "getblocking", "gettimeout"}


def help_text(thing: object) -> str:
    return pydoc.render_doc(thing, renderer=pydoc.plaintext)


def test_help_of_the_module_fits_on_one_screen() -> None:
    lines = help_text(sockcore).splitlines()
    assert 24 <= len(lines) <= 70  # with one line for each module
    assert max(map(len, lines)) <= 130


def test_help_of_the_module_names_public_modules() -> None:
    text = help_text(sockcore)
    assert all(f"sockcore.{name} " in text for name in sockcore._names.MODULES)


def test_help_of_the_module_leaves_it_unchanged(python: Any) -> None:
    code = """
        import pkgutil, pydoc, sockcore
        def state():
            modules = sorted(module.name for module in pkgutil.walk_packages(sockcore.__path__))
            return modules, sorted(sockcore.__all__), [*sockcore.__path__], len(sockcore.__path__)
        before = state()
        pydoc.render_doc(sockcore)
        assert state() == before
        assert len(before[0]) > 10
        import sockcore.testing
        from sockcore import *
        print(socket.__name__)
    """
    assert python(code) == "socket\n"


def test_dir_of_the_module_has_public_names_only() -> None:
    sockcore.socket  # noqa: B018
    names = dir(sockcore)
    assert [name for name in names if name.startswith("_")] == []
    assert {*names} == {*sockcore.__all__, *sockcore._names.UNLISTED, *sockcore._names.MODULES}
    assert not {"os", "sys", "annotations", "TYPE_CHECKING", "HOME"} & {*names}


@pytest.mark.parametrize("implementation", BOTH)
@pytest.mark.parametrize("name", METHODS)
def test_help_of_a_method_explains_arguments_result_and_errors(implementation: Any, name: str) -> None:
    method = vars(implementation)[name]
    text = inspect.getdoc(method)
    assert text is not None
    summary, *body = text.split("\n\n")
    assert len(summary.splitlines()) == 1
    assert summary.endswith(".")
    if name not in SIMPLE:
        assert "Raises" in text
        assert body, "a reference to the manual page is not an explanation"
        names = [parameter for parameter in inspect.signature(vars(IN_PYTHON)[name]).parameters if parameter != "self"]
        names = [parameter for parameter in names if parameter not in ("arguments", "flags_and_address")]
        assert [parameter for parameter in names if not re.search(rf"\b{parameter}\b", text)] == []


@pytest.mark.parametrize("name", ["accept", "dup", "makefile", "sendfile", "close", "detach", "set_inheritable"])
def test_help_of_a_method_of_the_public_class_explains_it(name: str) -> None:
    text = inspect.getdoc(getattr(sockcore.socket, name))
    assert text is not None
    assert len(text.split("\n\n")) > 1


@pytest.mark.skipif(IN_C is None, reason="the native backend was not built")
@pytest.mark.parametrize("name", METHODS)
def test_help_of_a_method_is_equal_on_both_implementations(name: str) -> None:
    texts = {inspect.getdoc(vars(implementation)[name]) for implementation in (IN_C, IN_PYTHON)}
    assert len(texts) == 1, texts
