"""Docstrings of everything that authors of plugins and programs see."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from enum import EnumMeta
from pathlib import Path

import pytest

import sockcore
import sockcore.plugin
from sockcore._plugins import hooks
from sockcore._plugins.registrations import Register

VALUES = {"API_VERSION", "GLOBAL_DEFAULT_TIMEOUT", "HAS_SA_LEN"} | {
    f"{kind}{size}" for kind in ("U", "I", "BE") for size in (8, 16, 32, 64) if (kind, size) != ("BE", 8)
}  # other values have a comment at their definition
FOLDER = Path(sockcore.__file__).parent
#: Modules with a higher limit of lines. A class is one file: BaseSocket has the methods of seven C files.
LONGER = {"_sockets/base.py": 1080}


def test_plugin_module_has_all_names_of_its_all():
    assert sorted(sockcore.plugin.__all__) == sorted(set(sockcore.plugin.__all__))
    assert not [name for name in sockcore.plugin.__all__ if not hasattr(sockcore.plugin, name)]


@pytest.mark.parametrize("name", sorted({*sockcore.plugin.__all__} - VALUES))
def test_plugin_module_name_is_documented(name):
    value = getattr(sockcore.plugin, name)
    if not value.__module__.startswith("sockcore"):
        return  # a type of the interpreter
    assert vars(value).get("__doc__") if isinstance(value, type) else value.__doc__


def test_hook_is_documented_and_takes_register():
    assert hooks.SPECIFICATIONS
    for hook in hooks.SPECIFICATIONS:
        assert len(hook.__doc__) > 100
        assert [*inspect.signature(hook).parameters] == ["register"]


def test_hook_specification_fits_on_one_screen():
    assert len(inspect.getsource(hooks).splitlines()) <= 60


def methods(cls):
    for base in cls.__mro__:
        if base.__module__.startswith("sockcore"):
            for name, value in vars(base).items():
                if not name.startswith("_") and (callable(value) or isinstance(value, property)):
                    yield name, value


@pytest.mark.parametrize("cls", [Register, sockcore.plugin.Family, sockcore.plugin.Struct, sockcore.socket,
                                 sockcore.SocketIO, sockcore.RawAddress], ids=lambda cls: cls.__name__)  # fmt: skip
def test_public_methods_are_documented(cls):
    result = dict(methods(cls))
    assert result
    assert [name for name, value in result.items() if not value.__doc__] == []


def test_public_functions_are_documented():
    functions = [getattr(sockcore, name) for name in sockcore.__all__]
    lacking = [f.__name__ for f in functions if callable(f) and not isinstance(f, EnumMeta) and not f.__doc__]
    assert lacking == []


def sources():
    for module in pkgutil.walk_packages(sockcore.__path__, "sockcore."):
        if module.name.endswith("._native"):
            continue  # C
        path = FOLDER.joinpath(*module.name.split(".")[1:])
        yield path / "__init__.py" if module.ispkg else path.with_suffix(".py")


@pytest.mark.parametrize("path", sorted(sources()), ids=lambda path: str(path.relative_to(FOLDER)))
def test_module_has_docstring_and_limited_length(path):
    source = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(source))
    if "tables" not in path.parts:
        assert len(source.splitlines()) <= LONGER.get(path.relative_to(FOLDER).as_posix(), 400)


def test_core_does_not_import_the_standard_module():
    guilty = []
    for path in sources():
        if "stdlib" in path.parts or "_cli" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            guilty += [(path.name, name) for name in names if name.split(".")[0] in ("socket", "_socket")]
    assert guilty == []
