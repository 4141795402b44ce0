"""Docstrings of everything that authors of plugins and programs see."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import pkgutil
import re
from enum import EnumMeta
from pathlib import Path

import pytest

import sockcore
import sockcore.plugin
from sockcore import _plugins
from sockcore._plugins.registrations import Register

VALUES = {"API_VERSION", "GLOBAL_DEFAULT_TIMEOUT", "HAS_SA_LEN"} | {
    f"{kind}{size}" for kind in ("U", "I", "BE") for size in (8, 16, 32, 64) if (kind, size) != ("BE", 8)
}  # other values have a comment at their definition
FOLDER = Path(sockcore.__file__).parent
#: Modules with a higher limit of lines. A class is one file: BaseSocket has the methods of seven C files. plugin.py is
#: a list of names.
LONGER = {"_sockets/base.py": 1100, "plugin.py": 460}


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
    assert _plugins.SPECIFICATIONS
    for hook in _plugins.SPECIFICATIONS:
        assert len(hook.__doc__) > 100
        assert [*inspect.signature(hook).parameters] == ["register"]


def test_hook_specification_fits_on_one_screen():
    assert len(inspect.getsource(_plugins).splitlines()) <= 60


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


#: Public functions and methods that raise no exception of their own for arguments of the documented types.
RAISE_NOTHING = {
    "sockcore": (
        "getdefaulttimeout", "socket.detach", "socket.fileno", "socket.getblocking",
        "socket.gettimeout",
    ),
    "sockcore.ancillary": ("known", "split", "warn_truncated"),
    "sockcore.backends": ("available",),
    "sockcore.errors": (
        "LocalError.to_exception", "QueuedError.to_exception", "TransmitTimeError.to_exception",
        "TransmitTimestamp.to_exception", "ZeroCopyCompletion.to_exception", "fields_of", "queued_error",
    ),
    "sockcore.messages": ("ancillaries",),
    "sockcore.options": ("known",),
    "sockcore.plugin": (
        "CStruct.fields_on", "CStruct.format", "CStruct.offsets", "CStruct.unpack", "CUnion.format", "CUnion.size",
        "Family.has_error_queue",
        "Kind.map", "LocalError.to_exception", "QueuedError.to_exception", "available_messages", "declare_message",
        "fields_of", "queued_error",
        "OptionTable.options", "OptionTable.rows", "Struct.fields_on", "Struct.format", "Struct.offsets",
        "Struct.unpack", "as_address_info", "as_family", "backend_function", "constants",
        "extension_module", "failure", "family_of", "follows_interpreter", "hookimpl", "ip_text", "keep",
        "last_errno", "new_buffer", "octets", "padding", "partial_values", "read_buffer", "read_string", "struct_value",
        "system_name", "timed_out", "wrong_address_type",
    ),
    "sockcore.stdlib": ("enable_multiprocessing", "is_replaced", "restore"),
}  # fmt: skip


def members(value):
    """Yield a function, or the public methods of a class of sockcore."""
    if not isinstance(value, type):
        yield value.__qualname__.replace("BaseSocket", "socket"), value
    elif not issubclass(value, Register):  # the class says which exception all its methods raise
        for base in value.__mro__:
            if base.__module__.startswith("sockcore"):
                for name in vars(base):
                    if not name.startswith("_") and inspect.isroutine(getattr(base, name)):
                        yield f"{value.__name__}.{name}", getattr(base, name)


def public_functions(module_name):
    """Return the public functions and methods of a module: name -> docstring."""
    module = importlib.import_module(module_name)
    names = getattr(module, "__all__", None)
    if names is None:
        names = [name for name, value in vars(module).items() if getattr(value, "__module__", None) == module_name]
    values = [getattr(module, name) for name in names if not name.startswith("_")]
    if module is not sockcore:
        values = [value for value in values if not hasattr(sockcore, getattr(value, "__name__", ""))]
    return {
        name: inspect.getdoc(function) or ""
        for value in values
        if callable(value) and not isinstance(value, EnumMeta) and value.__module__.startswith("sockcore")
        for name, function in members(value)
    }


#: Endings of functions that return a codec. They raise nothing, and their classes name the exceptions of codecs.
MAKERS = ("_kind", "_field", "_decoder", "_encoder")
NAMES_EXCEPTIONS = re.compile(r"\b[Rr]ais(e|es|ed|ing)\b|exceptions (of|are)")
PUBLIC_MODULES = [
    *("sockcore", *(f"sockcore.{name}" for name in ("ancillary", "backends", "options", "plugin", "stdlib"))),
    *(f"sockcore.{name}" for name in ("addresses", "errors", "messages")),
    *(f"sockcore_{name}" for name in ("can.frames", "can.bcm")),
]


@pytest.mark.parametrize("module", PUBLIC_MODULES)
def test_public_functions_name_their_exceptions(module):
    if not importlib.util.find_spec(module.partition(".")[0]):
        pytest.skip(f"{module} is not installed")
    docstrings = public_functions(module)
    assert docstrings
    silent = {name for name, text in docstrings.items() if not NAMES_EXCEPTIONS.search(text)}
    silent = {name for name in silent if not name.endswith(MAKERS)}
    assert sorted(silent - {*RAISE_NOTHING.get(module, ())}) == []
    assert sorted({*RAISE_NOTHING.get(module, ())} - silent) == [], "these are documented, or do not exist"
