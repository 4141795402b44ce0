"""Values of C expressions on the target of a compiler, read from an object file.

Each expression becomes a record in the data of the object file: a mark, the position of the expression, and its value.
The mark makes the records easy to find in any object format. The bytes are in big-endian order on all targets.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from sockcore._scaffold import ScaffoldError
from sockcore._scaffold.compilers import Compiler
from sockcore._scaffold.processes import CompilerFault

_MARK = b"\x01SOCKCORE\x02"
_RECORD = re.compile(re.escape(_MARK) + b"(.{4})(.{8})", re.DOTALL)
_MACROS = r"""
#define SOCKCORE_BYTE_(x, shift) (unsigned char)((unsigned long long)(x) >> (shift) & 255)
#define SOCKCORE_RECORD_(n, x) const struct { unsigned char mark[10], position[4], value[8]; } sockcore_record_##n = { \
  {1, 'S', 'O', 'C', 'K', 'C', 'O', 'R', 'E', 2}, {(n) >> 24 & 255, (n) >> 16 & 255, (n) >> 8 & 255, (n) & 255}, \
  {SOCKCORE_BYTE_(x, 56), SOCKCORE_BYTE_(x, 48), SOCKCORE_BYTE_(x, 40), SOCKCORE_BYTE_(x, 32), SOCKCORE_BYTE_(x, 24), \
  SOCKCORE_BYTE_(x, 16), SOCKCORE_BYTE_(x, 8), SOCKCORE_BYTE_(x, 0)}};
"""


def include_lines(headers: str, system: str) -> str:
    """Return lines that include *headers*, such as ``"<sys/socket.h> <linux/can.h>"``.

    The header that declares the integer types of the system is first.
    """
    first = "<winsock2.h>" if system == "windows" else "<sys/types.h>"
    return "".join(f"#include {header}\n" for header in (first, "<stddef.h>", *headers.split()))


def missing_header(compiler: Compiler, headers: str) -> str:
    """Return the first of *headers* that the target does not have, or an empty string."""
    names = headers.split()
    lines = "".join(
        f"#if __has_include({name})\n#else\nconst unsigned char sockcore_missing_{number}[] = \"SOCKCORE {number}!\";\n"
        "#endif\n" for number, name in enumerate(names)
    )  # fmt: skip
    data, errors = compiler.compile_object(lines)
    if errors:
        raise ScaffoldError(f"{compiler.target.triple}: {next(iter(errors.values()))}")
    numbers = sorted(int(number) for number in re.findall(rb"SOCKCORE (\d+)!", data))
    return names[numbers[0]] if numbers else ""


def evaluate(compiler: Compiler, headers: str, expressions: Sequence[str]) -> list[int | None]:
    """Return the value of each expression, or None if it is not a constant integer on the target.

    Raises ScaffoldError if the headers do not compile.
    """
    start = include_lines(headers, compiler.target.system) + _MACROS
    first = start.count("\n") + 1
    left = list(range(len(expressions)))
    values: list[int | None] = [None] * len(expressions)
    # Each attempt omits the expressions that did not compile before. Some errors appear only in later attempts.
    while left:
        lines = [f"SOCKCORE_RECORD_({number}, ({expressions[number]}))\n" for number in left]
        data, errors = compiler.compile_object(start + "".join(lines))
        if not errors:
            found = {int.from_bytes(at, "big"): value for at, value in _RECORD.findall(data)}
            if found.keys() != {*left}:  # for example with -flto
                raise CompilerFault(f"the object file has no readable data: {shlex.join(compiler.command)}")
            for at, value in found.items():
                values[at] = int.from_bytes(value, "big", signed=True)
            break
        if min(errors) < first:
            raise ScaffoldError(f"{headers} does not compile ({compiler.target.triple}): {errors[min(errors)]}")
        left = [number for at, number in enumerate(left) if at + first not in errors]
    return values
