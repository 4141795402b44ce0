"""The files of a new distribution, from templates, and their directory.

A template is a file in the folder ``templates``, with names in double braces. The directory is written under a
temporary name beside its place, and renamed when it is complete.
"""

from __future__ import annotations

import keyword
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import NamedTuple

from sockcore._scaffold import ScaffoldError
from sockcore._scaffold.layout import Layout
from sockcore._scaffold.source import Declaration, Item

#: SPDX identifiers of the licences whose text the scaffold has.
LICENSES = ("MIT", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "ISC")
#: Longest literal of bytes in the generated tests; longer ones are calculated.
_LONGEST_LITERAL = 16
_INDENT = "    "


class Project(NamedTuple):
    """A distribution for one address family."""

    family: str
    number: int
    short: str
    system: str
    socket_type: str
    proto: int
    layout: Layout
    declaration: Declaration
    constants: Mapping[str, int]
    #: True if the layout was read from a header, and can be compared with it.
    is_read: bool
    license: str
    author: str
    email: str
    kernel_module: str
    #: The version of this sockcore, the oldest that the plugin supports.
    core: str

    @property
    def distribution(self) -> str:
        """The name of the distribution."""
        return f"sockcore-{self.short.replace('_', '-')}"

    @property
    def package(self) -> str:
        """The name of the package."""
        return f"sockcore_{self.short}"

    @property
    def class_name(self) -> str:
        """The name of the subclass of Family."""
        name = "".join(part.capitalize() for part in self.short.split("_"))
        if name[0].isdecimal():
            return f"Family{name}"
        is_taken = name in ("Any", "Context", "Family", "Register") or keyword.iskeyword(name)
        return f"{name}Family" if is_taken else name

    @property
    def struct_variable(self) -> str:
        """The name of the Struct."""
        return self.layout.name.rpartition(" ")[2].upper()


def new_directory(directory: str) -> str:
    """Return the absolute path of a directory. Raises ScaffoldError if it exists."""
    try:
        path = os.path.abspath(directory)
    except OSError as exc:
        raise ScaffoldError(f"cannot write {directory}: the current directory has no path ({exc.strerror})") from None
    if os.path.lexists(path):
        raise ScaffoldError(f"{path} exists already: --directory selects another one")
    return path


def write(project: Project, directory: str) -> None:
    """Write the files of a project to a new directory.

    Raises ScaffoldError if the directory exists or cannot be written. After any exception, nothing is left of it.
    """
    directory = new_directory(directory)
    contents = contents_of(project)
    parent, name = os.path.split(directory)
    temporary = ""
    try:
        temporary = tempfile.mkdtemp(prefix=f".{name}-", dir=parent)
        for path, text in contents.items():
            target = os.path.join(temporary, *path.split("/"))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
        # mkdtemp() makes a directory for one user only.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o777 & ~mask)
        os.rename(temporary, directory)
    except OSError as exc:
        raise ScaffoldError(f"cannot write {directory}: {exc.strerror}") from exc
    finally:
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)


def contents_of(project: Project) -> dict[str, str]:
    """Return path -> text of all files of a project."""
    values = _values(project)
    package, short = f"src/{project.package}", project.short
    paths = {
        "pyproject.toml": "pyproject.toml",
        "README.md": "README.md",
        "LICENSE": f"licenses/{project.license}",
        ".gitignore": "gitignore",
        "tox.ini": "tox.ini",
        f"{package}/__init__.py": "__init__.py",
        f"{package}/address.py": "address.py",
        f"{package}/constants.py": "constants.py",
        f"{package}/structs.py": "structs.py",
        f"{package}/support.py": "support.py",
        f"tests/test_{short}_family.py": "test_family.py",
        f"tests/test_{short}_sockets.py": "test_sockets.py",
    }
    if project.is_read:
        paths[f"tests/test_{short}_layout.py"] = "test_layout.py"
    contents = {path: _render(template, values) for path, template in paths.items()}
    contents[f"{package}/py.typed"] = ""
    return contents


def _template(name: str) -> str:
    return files("sockcore._scaffold").joinpath("templates", *f"{name}.txt".split("/")).read_text(encoding="utf-8")


def _render(template: str, values: Mapping[str, str]) -> str:
    text = _template(template)
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value)
    return text.rstrip("\n") + "\n"


def _values(project: Project) -> dict[str, str]:
    """Return the values for the names in templates."""
    items = project.declaration.items
    names = [item.name for item in items]
    tuple_of = f"({', '.join(names)}{',' * (len(names) == 1)})"
    integers = [item for item in items if not item.is_bytes]
    helpers = ["integer_item"] * bool(integers) + ["bytes_item"] * (len(integers) < len(items))
    uses_sys = "sys.maxsize" in "".join(item.most for item in integers)
    address_imports = {"Any", "Context", "Family", "constants", "wrong_address_type"}
    address_imports |= {"named_integer"} if integers else set()
    address_imports |= {"to_bytes"} if len(integers) < len(items) else set()
    imported = ["CONSTANTS", project.family]
    values = {
        "family": project.family,
        "number": str(project.number),
        "short": project.short,
        "distribution": project.distribution,
        "package": project.package,
        "class": project.class_name,
        "system": project.system,
        "socket_type": project.socket_type,
        "proto": str(project.proto),
        "proto_argument": f", {project.proto}" if project.proto else "",
        "license": project.license,
        "core": project.core,
        "core_limit": _next_minor_version(project.core),
        "year": time.strftime("%Y"),
        "author": project.author or f"The {project.distribution} authors",
        "authors": _authors(project),
        "struct": project.layout.name,
        "struct_variable": project.struct_variable,
        "struct_text": project.declaration.text.replace("DECLARED", project.struct_variable, 1),
        "struct_imports": _imported(project.declaration.imports),
        "address": tuple_of,
        "unpacked_address": tuple_of if len(names) == 1 else ", ".join(names),
        "unpacked_values": _unpacked(project, names),
        "count": str(len(items)),
        "types": ", ".join("bytes" if item.is_bytes else "int" for item in items),
        "errors": _errors(items),
        "items": "\n".join(f"{_INDENT}- ``{item.name}``: {_described(item)}" for item in items),
        "packed_items": "\n".join(f"{_INDENT * 3}{_packed(item)}," for item in items),
        "helpers": "\n".join(_template(name).rstrip("\n") for name in helpers),
        "kernel_module": f"{_INDENT}#: The kernel module, for the error message of a kernel without the family.\n"
        f'{_INDENT}module: str | None = "{project.kernel_module}"\n' if project.kernel_module else "",
        "import_sys": "\nimport sys\n" if uses_sys else "",
        "test_sys": "import sys\n" if uses_sys else "",
        "address_imports": _imported(address_imports),
        "imported_constants": _imported(set(imported)),
        "all": "\n" + "".join(
            f'{_INDENT}"{name}",\n'
            for name in sorted([*imported, "SOCKCORE_API", project.class_name, "sockcore_register"], key=_import_key)
        ),
        "constants": "".join(f"{name}: int = {value}\n" for name, value in project.constants.items()),
        "table": "\n" + "".join(f'{_INDENT}"{name}": {name},\n' for name in project.constants)
        if project.constants else "",
        "support": f'"{project.system}": "headers"' if project.is_read else "",
        "rows": "\n".join(f"| `{item.name}` | {_described(item)} |" for item in items),
        "example": _tuple(_sample(item, 1, number) for number, item in enumerate(items, 1)),
        "quoted_example": _tuple(_sample(item, 1, number) for number, item in enumerate(items, 1))
        .replace("\\", "\\\\")
        .replace('"', '\\"'),
        "short_address": _tuple(_sample(item, 1) for item in items[1:]),
        "socket_tests": "ConnectedTests"
        if project.socket_type in ("SOCK_STREAM", "SOCK_SEQPACKET")
        else "DatagramTests",
    }  # fmt: skip
    return {**values, **_test_values(project)}


def _test_values(project: Project) -> dict[str, str]:
    """Return the values for the names in the template of the tests."""
    items, declaration = project.declaration.items, project.declaration
    parameters = ", ".join(f"{item.name}: {'bytes' if item.is_bytes else 'int'}" for item in items)
    arguments = ", ".join(
        f'{item.name}.to_bytes({item.size}, "{item.byteorder}")' if item.byteorder else item.name for item in items
    )
    if declaration.is_aligned:
        value = f'struct.pack("{declaration.format}", {project.package}.{project.family}, {arguments})'
        if "align=" in declaration.text:
            value += f'.ljust({project.package}.structs.{project.struct_variable}.size, b"\\0")'
    else:
        header = f"sockaddr_header({project.package}.{project.family}, {project.layout.size})"
        value = f'{header} + struct.pack("{declaration.format}", {arguments})'
    samples = [[_sample(item, round, index) for index, item in enumerate(items, 1)] for round in range(3)]
    pairs = [f"({_tuple(sample)}, raw({', '.join(sample)}))," for sample in samples]
    usual = samples[1]
    wrong = [
        f'("address", TypeError, "connect(): {project.family} address must be tuple, not str"),',
        f'({_tuple(usual[1:])}, TypeError, "connect(): {project.family} address must be ("),',
    ]
    encoded = ""
    for index, item in enumerate(items):
        start, end = usual[:index], usual[index + 1 :]
        kind = "a bytes-like object" if item.is_bytes else "an integer"
        wrong.append(f'({_tuple([*start, "None", *end])}, TypeError, "connect(): {item.name} must be {kind}"),')
        if item.is_bytes:
            long = f"bytes({item.size + 1})"
            wrong.append(f'({_tuple([*start, long, *end])}, ValueError, "connect(): {item.name} must have at most"),')
            empty = [*start, 'b""', *end]
            encoded += f"({_tuple(empty)}, raw({', '.join(empty)})), "
        else:
            for number in (item.above, "-1" if item.least == "0" else f"{item.least} - 1"):
                text = f'({_tuple([*start, number, *end])}, OverflowError, "connect(): {item.name} must be "),'
                wrong.append(text)
    return {
        "raw_parameters": parameters,
        "raw_value": value,
        "pairs": "\n".join(_INDENT * 2 + line for line in pairs),
        "encoded": encoded.rstrip(" "),
        "wrong": "\n".join(_INDENT * 2 + line for line in wrong),
        "sockaddr_header": "" if declaration.is_aligned else "from sockcore.plugin import sockaddr_header\n",
    }


def _next_minor_version(version: str) -> str:
    """Return the first version that may change the interface of plugins: ``0.2`` for ``0.1.0``."""
    major, minor = version.split(".")[:2]
    return f"{major}.{int(minor) + 1}"


def _authors(project: Project) -> str:
    parts = {"name": project.author, "email": project.email}
    text = ", ".join(f"{name} = {_toml(value)}" for name, value in parts.items() if value)
    return f"{{ {text} }}" if text else f'{{ name = "The {project.distribution} authors" }}'


def _toml(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _import_key(name: str) -> tuple[object, ...]:
    """Return the key for the order of ruff and isort: constants, classes, functions, and numbers by value."""
    parts = [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]
    return 0 if name.isupper() else 1 if name[0].isupper() else 2, parts


def _imported(names: Iterable[str]) -> str:
    """Return names for an import statement, with a line for each if there are many."""
    listed = sorted(names, key=_import_key)
    line = ", ".join(listed)
    return line if len(line) < 70 else "(\n" + "".join(f"{_INDENT}{name},\n" for name in listed) + ")"


def _tuple(values: Iterable[str]) -> str:
    texts = list(values)
    return f"({', '.join(texts)}{',' * (len(texts) == 1)})"


def _unpacked(project: Project, names: list[str]) -> str:
    # A CStruct has the family among its values.
    targets = ["_", *names] if project.declaration.is_aligned else names
    return f"({targets[0]},)" if len(targets) == 1 else ", ".join(targets)


def _packed(item: Item) -> str:
    if item.is_bytes:
        return f'bytes_item(context, "{item.name}", {item.name}, {item.size})'
    return f'integer_item(context, "{item.name}", {item.name}, {item.least}, {item.most})'


def _described(item: Item) -> str:
    comment = f" ({item.comment})" if item.comment else ""
    if item.is_bytes:
        return f"bytes, at most {item.size}{comment}"
    return f"int from {item.least} to {item.most}{comment}"


def _errors(items: tuple[Item, ...]) -> str:
    names = {"ValueError" if item.is_bytes else "OverflowError" for item in items}
    return " or ".join(sorted(names))


def _sample(item: Item, round: int, position: int = 1) -> str:
    """Return a value of an item as source text: zero, its *position*, or the largest."""
    if not item.is_bytes:
        return ("0", str(position), item.most)[round]
    if item.size > _LONGEST_LITERAL:
        return (f"bytes({item.size})", f"bytes(range({item.size}))", f'b"\\xff" * {item.size}')[round]
    data = (bytes(item.size), bytes(range(1, item.size + 1)), b"\xff" * item.size)[round]
    return '"'.join(["b", "".join(f"\\x{byte:02x}" for byte in data), ""])
