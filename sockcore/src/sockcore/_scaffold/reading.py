"""The facts for a new family: its struct, its number and its constants, from headers or by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import PurePath

from sockcore import plugin
from sockcore._plugins import discovery
from sockcore._plugins.hints import family_numbers
from sockcore._scaffold import ScaffoldError
from sockcore._scaffold.checking import check
from sockcore._scaffold.compilers import Compiler
from sockcore._scaffold.layout import Layout, Part, header_names, read_layout
from sockcore._scaffold.probe import evaluate, include_lines, missing_header
from sockcore._scaffold.processes import CompilerFault, map_in_threads
from sockcore._scaffold.source import Declaration, declare, depends_on_machine

#: The types of --field. A number stands for an array of so many bytes.
FIELD_TYPES = ("u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "be16", "be32", "be64", "le16", "le32", "le64")
#: No sockaddr is larger.
_LARGEST = 256
_MACRO = re.compile(r"#define ([A-Z][A-Z0-9_]*) +\S")
_MARKER = re.compile(r'# (?:\d+|line \d+) "([^"]*)"')


def similar_compilers(first: Compiler, others: Iterable[Compiler]) -> list[Compiler]:
    """Return *first*, and one of *others* for each kind of machine with the same system.

    The layouts of a kernel do not depend on the C library.
    """
    found = {first.target.words - {"glibc", "musl"}: first}
    for compiler in others:
        if compiler.target.system == first.target.system:
            found.setdefault(compiler.target.words - {"glibc", "musl"}, compiler)
    return list(found.values())


def read_declaration(compilers: Sequence[Compiler], headers: str, struct: str) -> tuple[Layout, Declaration]:
    """Return the layout of a struct for the target of the first compiler, and its declaration for all targets.

    Raises ScaffoldError if no declaration has the layout of the header on all targets.
    """
    first = compilers[0]
    layout = read_layout(first, headers, struct)
    problems = []
    for is_aligned in (False, True) if not depends_on_machine(layout) else (True,):
        declaration = declare(layout, "DECLARED", is_aligned)
        namespace: dict[str, object] = {name: getattr(plugin, name) for name in declaration.imports}
        exec(declaration.text, namespace)
        declared = namespace["DECLARED"]
        assert isinstance(declared, plugin.Struct)
        reports = map_in_threads(partial(check, structs=[declared]), compilers)
        problems = [str(difference) for report in reports for difference in report.differences]
        if not problems:
            _check_size(layout)
            return layout, declaration
    raise ScaffoldError(
        f"{layout.name} cannot be declared, because its layout differs between targets or is packed:\n  "
        + "\n  ".join(problems[:5])
    )


def declaration_by_hand(short: str, header: str, fields: Iterable[str]) -> tuple[Layout, Declaration]:
    """Return the layout and the declaration of a struct with *fields*, each ``NAME:TYPE``, after the family.

    Raises ScaffoldError for a wrong field.
    """
    has_length = plugin.HAS_SA_LEN
    parts = [Part("len", 0, 1, "U8"), Part("family", 1, 1, "U8")] if has_length else [Part("family", 0, 2, "U16")]
    position, widest, names = 2, 2, {"len", "family"}
    for field in fields:
        name, _, text = field.partition(":")
        if not name.isidentifier():
            raise ScaffoldError(f"--field {field}: {name!r} is not an identifier")
        if name in names:
            raise ScaffoldError(f"--field {field}: there are two fields {name}")
        names.add(name)
        if text.isdecimal() and 0 < int(text) <= _LARGEST:
            size, alignment, field_type = int(text), 1, f"octets({int(text)})"
        elif text in FIELD_TYPES:
            size = alignment = int(text.lstrip("uible")) // 8
            field_type = text.upper()
        else:
            raise ScaffoldError(
                f"--field {field}: the type must be one of {', '.join(FIELD_TYPES)}, or a number of bytes"
            )
        position += -position % alignment
        widest = max(widest, alignment)
        parts.append(Part(name, position, size, field_type))
        position += size
    headers = header_names(header or f"linux/{short}.h")
    layout = Layout(f"struct sockaddr_{short}", headers, position + -position % widest, widest, tuple(parts))
    _check_size(layout)
    return layout, declare(layout, "DECLARED", depends_on_machine(layout))


def _check_size(layout: Layout) -> None:
    if layout.size > _LARGEST:
        raise ScaffoldError(f"{layout.name} has {layout.size} bytes, and a socket address has at most {_LARGEST}")


def read_number(compiler: Compiler | None, headers: str, family: str) -> int | None:
    """Return the number of a family on this system, or None if no header has it.

    Raises CompilerFault if the compiler cannot be used.
    """
    if compiler:
        first = "" if missing_header(compiler, "<sys/socket.h>") else "<sys/socket.h>"
        try:
            [number] = evaluate(compiler, f"{first} {headers}", [family])
        except CompilerFault:
            raise
        except ScaffoldError:
            number = None
        if number is not None:
            return number
    return family_numbers().get(family)


def read_constants(compilers: Sequence[Compiler], headers: str, pattern: str) -> tuple[dict[str, int], list[str]]:
    """Return the integer constants that *headers* define, and reasons for names that were left out.

    A name is left out if it differs between targets, or if a plugin or the core has registered it.
    """
    first = compilers[0]
    names = [name for name in _defined_names(first, headers) if fnmatchcase(name, pattern)]
    found = {name: value for name, value in zip(names, evaluate(first, headers, names)) if value is not None}
    omitted = []
    taken = discovery.all_loaded().names
    for name in [name for name in found if name in taken]:
        omitted.append(f"{name} is registered by an installed plugin or the core")
        del found[name]
    names = list(found)

    def values_on(compiler: Compiler) -> list[int | None]:
        return [] if missing_header(compiler, headers) else evaluate(compiler, headers, names)

    results = map_in_threads(values_on, compilers[1:])
    for compiler, values in zip(compilers[1:], results):
        for name, value in zip(names, values):
            if name in found and value not in (None, found[name]):
                omitted.append(f"{name} is {found[name]} here, but {value} on {compiler.target.triple}")
                del found[name]
    return found, omitted


def _defined_names(compiler: Compiler, headers: str) -> list[str]:
    """Return the names of macros and enum members in the files *headers*, without headers that these include."""
    endings = [PurePath(name.strip('<>"')).parts for name in headers.split()]
    names: list[str] = []
    inside, text = False, ""
    for line in compiler.preprocess(include_lines(headers, compiler.target.system)).splitlines():
        marker = _MARKER.match(line)
        if marker:
            parts = PurePath(marker.group(1)).parts
            inside = any(parts[-len(ending) :] == ending for ending in endings)
        elif inside:
            macro = _MACRO.match(line)
            if macro:
                names.append(macro.group(1))
            elif not line.startswith("#"):
                text += line + "\n"
    for body in re.findall(r"\benum\b[^;{}()]*\{([^{}]*)\}", text):
        names += re.findall(r"(?:^|,)\s*([A-Z][A-Z0-9_]*)", body)
    return list(dict.fromkeys(names))
