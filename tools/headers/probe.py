"""What a target's headers say: the value of every name that is wanted, read back from an object file.

Nothing is run: each name becomes a record in the data of one object file, marked so that it is found in any
object format, its value written byte by byte so that it reads the same from any target.
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from . import zig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .targets import Target

_MARK = b"\x01SOCKCORE\x02"
_RECORD = re.compile(re.escape(_MARK) + rb"([^\0]{1,95})\0{1,95}\x03(.{8})", re.DOTALL)
_GUID_RECORD = re.compile(re.escape(_MARK) + rb"([^\0]{1,95})\0{1,95}\x04(.{16})", re.DOTALL)
_PROBE = r"""
#define SOCKCORE_PROBE_(id, x, text) const struct { char mark[10], name[96], start; unsigned char value[8]; } \
  id = {"\001SOCKCORE\002", text, 3, {BYTE(x, 56), BYTE(x, 48), BYTE(x, 40), BYTE(x, 32), \
  BYTE(x, 24), BYTE(x, 16), BYTE(x, 8), BYTE(x, 0)}};
#define BYTE(x, shift) (unsigned long long)(x) >> (shift) & 255
""".replace("BYTE", "SOCKCORE_BYTE_")
_GUID_PROBE = r"""
#define SOCKCORE_GUID_(id, text, ...) const struct { char mark[10], name[96], start; GUID value; } \
  __attribute__((packed)) id = {"\001SOCKCORE\002", text, 4, __VA_ARGS__};
"""


def includes(headers: Iterable[str]) -> str:
    """Return the lines that include *headers*, each only where the target has it."""
    return "".join(f"#if __has_include(<{header}>)\n#include <{header}>\n#endif\n" for header in ("stddef.h", *headers))


def names(preprocessed: str) -> set[str]:
    """Return the names in a preprocessed text that can be constants: plain macros and members of enums."""
    macros = set(re.findall(r"^#define ([A-Za-z]\w*) +\S", preprocessed, re.MULTILINE))
    for body in re.findall(r"\benum\b[^;{}()]*\{([^{}]*)\}", _without_macros(preprocessed)):
        macros.update(re.findall(r"(?:^|,)\s*([A-Za-z]\w*)", body))
    return macros


def guid_initialisers(preprocessed: str) -> dict[str, str]:
    """Return what initialises the GUIDs of a preprocessed text: constants, macros in braces, other names of these."""
    found = dict(re.findall(r"\bconst GUID\b[^;{}=]*?\b(\w+) = (\{[^;]*\});", _without_macros(preprocessed)))
    macros = dict(re.findall(r"^#define ([A-Za-z]\w*) +(\S.*?) *$", preprocessed, re.MULTILINE))
    found.update({name: text for name, text in macros.items() if text.startswith("{")})
    found.update({name: found[text] for name, text in macros.items() if text in found})
    return found


def measure_guids(target: Target, headers: Iterable[str], wanted: Callable[[str], bool]) -> dict[str, str]:
    """Return name and text of each GUID that *headers* define on the target and that is *wanted*."""
    start = includes(headers)
    found = {name: text for name, text in guid_initialisers(zig.preprocess(target, start)).items() if wanted(name)}
    lines = [f'SOCKCORE_GUID_(sockcore_{n}, "{name}", {found[name]})' for n, name in enumerate(found)]
    data, wrong = zig.compile_object(target, start + _GUID_PROBE + "\n".join(lines) + "\n")
    if wrong:
        raise RuntimeError(f"{target.triple}: does not compile: {wrong}")
    # Windows is little-endian on every processor. Its own tools write GUIDs in capitals.
    return {name.decode(): str(uuid.UUID(bytes_le=value)).upper() for name, value in _GUID_RECORD.findall(data)}


def _without_macros(preprocessed: str) -> str:
    return re.sub(r"^#.*$", "", preprocessed, flags=re.MULTILINE)


def evaluate(target: Target, headers: Iterable[str], expressions: Mapping[str, str]) -> dict[str, int]:
    """Return the value of each expression, by its name, that is a constant integer for the target."""
    start = includes(headers) + _PROBE
    left = list(expressions)
    # The second attempt is without what failed to compile in the first; a few errors show only then.
    for _ in range(5):
        first = start.count("\n") + 1
        lines = [f'SOCKCORE_PROBE_(sockcore_{n}, ({expressions[name]}), "{name}")' for n, name in enumerate(left)]
        data, wrong = zig.compile_object(target, start + "\n".join(lines) + "\n")
        if not wrong:
            return read_back(data)
        left = [name for n, name in enumerate(left) if n + first not in wrong]
    raise RuntimeError(f"{target.triple}: does not compile: {wrong}")


def read_back(data: bytes) -> dict[str, int]:
    """Return the values that an object file's records hold."""
    return {name.decode(): int.from_bytes(value, "big", signed=True) for name, value in _RECORD.findall(data)}


def measure(
    target: Target, headers: Iterable[str], known_as: Callable[[str], str], number: Callable[[str], str | None]
) -> dict[str, int]:
    """Return name and value of all that *headers* define on the target, by the name that it is *known_as*.

    *number* tells a name's type in C, None if it is not wanted.
    """
    headers = tuple(headers)
    found = {known_as(name): name for name in sorted(names(zig.preprocess(target, includes(headers))))}
    types = {name: number(name) for name in found}
    return evaluate(target, headers, {name: f"({types[name]})({found[name]})" for name in found if types[name]})
