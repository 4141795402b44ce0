"""Public functions, classes, methods and data of all distributions in this process, with signatures and sources."""

from __future__ import annotations

import inspect
import re
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]

#: Modules of the core, each a page.
MODULES = (
    "sockcore",
    "options",
    "ancillary",
    "messages",
    "errors",
    "addresses",
    "backends",
    "stdlib",
    "plugin",
    "testing",
)
#: Public modules of plugins. The names of a module without ``__all__`` are listed.
PLUGIN_MODULES: dict[str, tuple[str, ...]] = {
    "sockcore_inet": (),
    "sockcore_inet.datagrams": (),
    "sockcore_inet.messages": (),
    "sockcore_inet.sctp_messages": (),
    "sockcore_inet.errors": (),
    "sockcore_unix": (),
    "sockcore_unix.messages": (),
    "sockcore_can": (),
    "sockcore_can.errors": (),
    "sockcore_can.frames": (),
    "sockcore_can.canxl": (),
    "sockcore_can.bcm": (),
    "sockcore_bluetooth": (),
    "sockcore_bluetooth.iso": (),
    "sockcore_bluetooth.management": (),
    "sockcore_bluetooth.messages": (),
    "sockcore_linux_misc": (),
    "sockcore_linux_misc.messages": (),
    "sockcore_linux_misc.packet_ring": (),
    "sockcore_linux_misc.tipc": ("SUBSCR", "EVENT"),
    "sockcore_linux_misc.qipcrtr": ("CTRL_SERVER",),
    "sockcore_windows": (),
    "sockcore_bsd": (),
    "sockcore_bsd.messages": (),
}
#: Modules whose classes sockcore.plugin has too.
ALSO_IN_PLUGIN = ("sockcore.errors", "sockcore.messages", "sockcore.options")
#: Names in ``sockcore.plugin`` that are those of ``typing``, for annotations.
TYPING = {"Any", "Callable", "Iterable", "Iterator", "Mapping", "Optional", "Sequence", "SupportsIndex", "Union"}


class Text(str):
    """Text that a signature contains without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def collect(registers: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a dictionary for each public object.

    *registers* maps a distribution to its registrations. The key ``path`` is the full name, and ``page`` the module
    whose page has the object.
    """
    for name in MODULES:
        full_name = "sockcore" if name == "sockcore" else f"sockcore.{name}"
        module = import_module(full_name)
        yield _record(full_name, full_name, module, "module", "sockcore")
        public = _core_names() if name == "sockcore" else _names(module)
        for public_name in public:
            yield from _objects(full_name, public_name, getattr(module, public_name), "sockcore")
    for owner, register in registers.items():
        for name, value in register.names.items():
            if callable(value):
                yield from _objects("sockcore", name, value, owner)
        for name, function in register.socket_methods.items():
            record = _record("sockcore", f"sockcore.socket.{name}", function, "method", owner)
            yield {**record, "signature": signature(function, drop=1)}
    for module_name, names in PLUGIN_MODULES.items():
        owner = module_name.partition(".")[0].replace("_", "-")
        if owner in registers and (registers[owner].names or "." not in module_name):
            module = import_module(module_name)
            yield _record(module_name, module_name, module, "module", owner)
            for public_name in names or _names(module):
                yield from _objects(module_name, public_name, getattr(module, public_name), owner)


def _core_names() -> list[str]:
    names: Any = import_module("sockcore._names")
    home = [name for name in names.HOME if name[0] != "_" and name not in ("SocketType", "timeout", "error")]
    return [*home, *names.UNLISTED, *names.ENUMS]


def _names(module: ModuleType) -> list[str]:
    public = getattr(module, "__all__", None)
    if public is None:
        public = [name for name, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__]
    return sorted(name for name in public if name[0] != "_" and name not in TYPING)


def _objects(page: str, name: str, value: Any, owner: str) -> Iterator[dict[str, Any]]:
    path = f"{page}.{name}"
    home = getattr(value, "__module__", None)
    if page == "sockcore.plugin" and isinstance(value, type) and home in ALSO_IN_PLUGIN:
        yield {**_record(page, path, value, "data", owner), "doc": f"The same as :py:obj:`{home}.{name}`."}
    elif page == "sockcore.plugin" and getattr(import_module("sockcore"), name, None) is value:
        yield {**_record(page, path, value, "data", owner), "doc": f"The same as :py:obj:`sockcore.{name}`."}
    elif isinstance(value, type):
        members = getattr(value, "__members__", None)
        if page == "sockcore" and members is not None:
            record = _record(page, path, value, "class", owner)
            made_by = source(import_module("sockcore._enums").enum)
            yield {**record, "signature": "", "doc": _describe_enum(members), "source": made_by}
            return
        if members is not None:
            record = _record(page, path, value, "class", owner)
            yield {**record, "signature": "", "doc": _with_members(record["doc"], members)}
            return
        kind = "exception" if issubclass(value, BaseException) else "class"
        yield _record(page, path, value, kind, owner)
        if kind == "class":
            yield from _members(page, path, value, owner)
    elif callable(value):
        yield _record(page, path, value, "function", owner)
    else:
        yield {**_record(page, path, value, "data", owner), "doc": _describe(value)}


def _describe_enum(members: Mapping[str, int]) -> str:
    """Return the documentation of an enum of constants."""
    prefix = next(iter(members)).partition("_")[0]
    return f"An enum of integers. Its members are the constants with the prefix ``{prefix}_``, of all plugins."


def _with_members(doc: str, members: Mapping[str, int]) -> str:
    """Return the docstring of an enum with a fixed list of members, and the list."""
    if not members:
        return doc
    return f"{doc}\n\nMembers: {', '.join(f'``{name}`` ({int(value)})' for name, value in members.items())}."


def _describe(value: Any) -> str:
    """Return the documentation of a constant or a struct."""
    if hasattr(value, "offsets"):
        fields = ", ".join(f"*{field}*" for field in value.offsets())
        return f"``{value.name}`` of ``{value.header}``. It has {value.size} bytes. Its fields are {fields}."
    if isinstance(value, (int, str)):
        return f"The value here is ``{value!r}``."
    if hasattr(value, "format"):
        order = {">": ", in network byte order", "<": ", little-endian"}.get(value.order, "")
        return f"The type of a field: the format ``{value.format}`` of :mod:`struct`{order}."
    return ""


def _members(page: str, path: str, cls: type, owner: str) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for ancestor in cls.__mro__:
        if not ancestor.__module__.startswith("sockcore"):
            continue
        for name, value in vars(ancestor).items():
            if name[0] == "_" or name in seen:
                continue
            seen.add(name)
            if getattr(value, "__module__", "").startswith("sockcore_") and path == "sockcore.socket":
                continue  # a method of a plugin
            function = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
            if isinstance(value, property):
                yield _record(page, f"{path}.{name}", value.fget, "property", owner)
            elif isinstance(function, FunctionType):
                kind = {classmethod: "classmethod", staticmethod: "staticmethod"}.get(type(value), "method")
                yield _record(page, f"{path}.{name}", function, kind, owner)


def _record(page: str, path: str, value: Any, kind: str, owner: str) -> dict[str, Any]:
    return {
        "page": page,
        "path": path,
        "kind": kind,
        "owner": owner,
        "signature": "" if kind in ("module", "data", "exception", "property") else signature(value),
        "doc": _doc(value, kind),
        "source": source(value),
        "bases": [base.__name__ for base in value.__bases__] if kind == "exception" else [],
    }


def _doc(value: Any, kind: str) -> str:
    """Return the docstring, with a list of the fields of a class that have a comment (``#:``)."""
    doc = inspect.getdoc(value) or "" if kind != "data" else ""
    place = source(value) if kind == "class" else None
    if place is None:
        return doc
    lines = (ROOT / place[0]).read_text(encoding="utf-8").splitlines()[place[1] :]
    comment: list[str] = []
    fields: list[str] = []
    for line in lines:
        if re.match(r"\S", line):
            break  # the end of the class
        field = re.match(r"    (\w+): ", line)
        if field and comment:
            fields.append(f"- *{field[1]}*: {' '.join(comment)}")
        comment = [*comment, line[6:].strip()] if line.startswith("    #:") else []
    return "\n\n".join([doc, "\n".join(fields)]) if fields else doc


def signature(value: Any, drop: int = 0) -> str:
    """Return the signature with annotations as they are written, without *self*.

    The first *drop* parameters are left out. Returns "" for an object without a signature.
    """
    try:
        original = inspect.signature(value)
    except (TypeError, ValueError):
        return ""
    parameters = [
        parameter.replace(annotation=_annotation(parameter.annotation), default=_default(parameter.default))
        for parameter in original.parameters.values()
        if parameter.name not in ("self", "cls")
    ][drop:]
    return str(original.replace(parameters=parameters, return_annotation=_annotation(original.return_annotation)))


def _annotation(annotation: Any) -> Any:
    annotation = getattr(annotation, "__forward_arg__", annotation)  # of a field of a NamedTuple
    if not isinstance(annotation, str):
        return annotation
    # Sphinx would link the plain name to an attribute of this name.
    return Text(re.sub(r"(?<![.\w])type(?=\[|$| \|)", "builtins.type", annotation.strip("'\"")))


def _default(default: Any) -> Any:
    if default is inspect.Parameter.empty:
        return default
    text = getattr(default, "name", None) if isinstance(default, int) and not isinstance(default, bool) else None
    return Text(text or ("..." if repr(default).startswith("<") else repr(default)))


def source(value: Any) -> tuple[str, int] | None:
    """Return the path in the repository and the line of an object."""
    if isinstance(value, type):
        places = _classes().get(value.__name__, [])
        module = value.__module__
        packages = [f"/{module.replace('.', '/')}.py", f"/{module.partition('.')[0]}/", ""]
        return next((place for package in packages for place in places if package in place[0]), None)
    try:
        path = Path(inspect.getsourcefile(inspect.unwrap(value)) or "")
        line = 0 if isinstance(value, ModuleType) else inspect.getsourcelines(value)[1]
        return path.resolve().relative_to(ROOT).as_posix(), line
    except (OSError, TypeError, ValueError):
        return None


@cache
def _classes() -> dict[str, list[tuple[str, int]]]:
    """Return the name of each class -> paths and lines of all classes with this name.

    Public classes have the public module as their ``__module__``, so that :mod:`inspect` does not find them.
    """
    places: dict[str, list[tuple[str, int]]] = {}
    for path in sorted([*ROOT.glob("sockcore/src/**/*.py"), *ROOT.glob("plugins/*/src/*/*.py")]):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = re.match(r"(?:    )?class (\w+)", line)  # one in an if statement too
            if match:
                places.setdefault(match.group(1), []).append((path.relative_to(ROOT).as_posix(), number))
    return places
