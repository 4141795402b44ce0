"""Values of constants in the headers of a target, read from an object file.

No compiled code runs. Each name becomes a record in the data of one object file. Marks make the records easy to find in
any object format. The bytes of a value are in big-endian order on all targets.
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
    """Return lines that include those of *headers* that the target has."""
    return "".join(f"#if __has_include(<{header}>)\n#include <{header}>\n#endif\n" for header in ("stddef.h", *headers))


def names(preprocessed: str) -> set[str]:
    """Return possible constants in preprocessed text.

    These are object-like macros and enum members.
    """
    macros = set(re.findall(r"^#define ([A-Za-z]\w*) +\S", preprocessed, re.MULTILINE))
    for body in re.findall(r"\benum\b[^;{}()]*\{([^{}]*)\}", _without_macros(preprocessed)):
        macros.update(re.findall(r"(?:^|,)\s*([A-Za-z]\w*)", body))
    return macros


def guid_initialisers(preprocessed: str) -> dict[str, str]:
    """Return the initialisers of GUIDs in preprocessed text.

    These are constants, macros with braces, and aliases of these.
    """
    initialisers = dict(re.findall(r"\bconst GUID\b[^;{}=]*?\b(\w+) = (\{[^;]*\});", _without_macros(preprocessed)))
    macros = dict(re.findall(r"^#define ([A-Za-z]\w*) +(\S.*?) *$", preprocessed, re.MULTILINE))
    initialisers.update({name: text for name, text in macros.items() if text.startswith("{")})
    initialisers.update({name: initialisers[text] for name, text in macros.items() if text in initialisers})
    return initialisers


def measure_guids(target: Target, headers: Iterable[str], wanted: Callable[[str], bool]) -> dict[str, str]:
    """Return name and text of each *wanted* GUID in *headers* on the target.

    *wanted* returns True for the name of such a GUID.
    """
    start = includes(headers)
    guids = {name: text for name, text in guid_initialisers(zig.preprocess(target, start)).items() if wanted(name)}
    lines = [f'SOCKCORE_GUID_(sockcore_{n}, "{name}", {guids[name]})' for n, name in enumerate(guids)]
    data, errors = zig.compile_object(target, start + _GUID_PROBE + "\n".join(lines) + "\n")
    if errors:
        raise RuntimeError(f"{target.triple}: does not compile: {errors}")
    # Windows is little-endian on every processor. Its tools write GUIDs in upper case.
    return {name.decode(): str(uuid.UUID(bytes_le=value)).upper() for name, value in _GUID_RECORD.findall(data)}


def _without_macros(preprocessed: str) -> str:
    return re.sub(r"^#.*$", "", preprocessed, flags=re.MULTILINE)


def evaluate(target: Target, headers: Iterable[str], expressions: Mapping[str, str]) -> dict[str, int]:
    """Return the value of each expression that is a constant integer on the target."""
    start = includes(headers) + _PROBE
    left = list(expressions)
    # Each attempt omits the expressions that did not compile before. A few errors appear only in later attempts.
    for _ in range(5):
        first = start.count("\n") + 1
        lines = [f'SOCKCORE_PROBE_(sockcore_{n}, ({expressions[name]}), "{name}")' for n, name in enumerate(left)]
        data, errors = zig.compile_object(target, start + "\n".join(lines) + "\n")
        if not errors:
            return read_back(data)
        left = [name for n, name in enumerate(left) if n + first not in errors]
    raise RuntimeError(f"{target.triple}: does not compile: {errors}")


def read_back(data: bytes) -> dict[str, int]:
    """Return the values in the records of an object file."""
    return {name.decode(): int.from_bytes(value, "big", signed=True) for name, value in _RECORD.findall(data)}


def measure(
    target: Target, headers: Iterable[str], public_name: Callable[[str], str], number: Callable[[str], str | None]
) -> dict[str, int]:
    """Return all names' values in *headers* on the target, by their *public_name*.

    *number* returns the C type for a name, or None to leave it out.
    """
    headers = tuple(headers)
    header_names = {public_name(name): name for name in sorted(names(zig.preprocess(target, includes(headers))))}
    types = {name: number(name) for name in header_names}
    casts = {name: f"({types[name]})({header_names[name]})" for name in header_names if types[name]}
    return evaluate(target, headers, casts)
