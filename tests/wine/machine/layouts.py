"""A program that prints structs, constants and GUIDs from the headers of mingw-w64.

It is compiled on this machine and runs on the Windows of a test. Its source is generated from the declarations of
sockcore: each struct with its fields, each constant that a table may contain, each GUID. It prints a line for each of
them with its type, name and numbers. Declarations that the headers lack are removed after compiler errors.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from . import CHECKOUT, CannotStart, find_program, mingw

if TYPE_CHECKING:
    from pathlib import Path

SYSTEM, TRIPLE = "windows", "x86_64-windows-gnu"
ATTEMPTS = 6
BEGIN = """
#include <stdio.h>
static void guid(const char *name, const GUID *value)
{
    const unsigned char *bytes = (const unsigned char *)value;
    int i;
    printf("guid %s ", name);
    for (i = 0; i < (int)sizeof *value; i++)
        printf("%02x", bytes[i]);
    printf("\\n");
}
#define CONSTANT(name, value) printf("constant %s %lld\\n", name, (long long)(value))
#define STRUCT(name, type) printf("struct %s %d\\n", name, (int)sizeof(type))
#define FIELD(name, type, field) \\
    printf("field %s %d %d\\n", name "." #field, (int)offsetof(type, field), (int)sizeof(((type *)0)->field))
#define GUID_(name, value) do { GUID copy = value; guid(name, &copy); } while (0)
int main(void)
{
"""
END = "    return 0;\n}\n"


def program(folder: Path) -> Path:
    """Build the program in *folder*; return its path."""
    source, executable = folder / "layouts.c", folder / "layouts.exe"
    start, lines = _source()
    first = (start + BEGIN).count("\n") + 1
    for _ in range(ATTEMPTS):
        source.write_text(start + BEGIN + "\n".join(lines) + "\n" + END, encoding="ascii")
        errors = _compile(source, executable)
        if not errors:
            return executable
        invalid = {int(number) - first for number in re.findall(rf"{source.name}:(\d+):\d+: error:", errors)}
        if not invalid:
            raise CannotStart(f"{executable.name} does not compile: {errors[-4000:]}")
        lines = [line for number, line in enumerate(lines) if number not in invalid]
    raise CannotStart(f"{executable.name} does not compile in {ATTEMPTS} attempts: {errors[-4000:]}")


def _compile(source: Path, executable: Path) -> str:
    compiler = find_program(mingw.COMPILER, mingw.PACKAGE)
    command = [
        compiler,
        "-std=gnu11",
        "-Werror=implicit-function-declaration",
        "-fmax-errors=0",
        "-o",
        str(executable),
        str(source),
        "-lws2_32",
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


def _source() -> tuple[str, list[str]]:
    """Return the #include lines, and the lines that print."""
    sys.path[:0] = [str(path) for path in (CHECKOUT / "sockcore/src", *CHECKOUT.glob("plugins/*/src"))]
    from tools.headers import config, layouts, probe, sources, targets

    target = targets.target(TRIPLE)
    structs = layouts.declared(target)
    headers = [*sources.UNITS[SYSTEM][0]]
    for struct in structs:
        for header in layouts.included_for(struct.header, target):
            if header.strip("<>") not in headers:
                headers.append(header.strip("<>"))
    start = "#include <initguid.h>\n" + probe.includes(headers)
    lines = []
    for struct in structs:
        lines.append(f'STRUCT("{_word(struct.name)}", {struct.name});')
        lines += [f'FIELD("{_word(struct.name)}", {struct.name}, {field});' for field in struct.fields]
    for name in sorted(probe.names(_preprocessed(start))):
        known = sources.public_name(name, headers)
        owner = config.owner(known, SYSTEM)
        if owner is not None:
            lines.append(f'CONSTANT("{known}", ({owner.type_of(known)})({name}));')
    for distribution in config.DISTRIBUTIONS:
        if SYSTEM in distribution.on():
            expressions = {name: by.get(SYSTEM, by.get("*")) for name, by in distribution.facts}
            lines += [f'CONSTANT("{name}", {text});' for name, text in expressions.items() if text]
            tables = import_module(distribution.folder.partition("/src/")[2].replace("/", ".") + f".{SYSTEM}")
            lines += [f'GUID_("{name}", {name});' for name in getattr(tables, "GUIDS", {})]
    return start, lines


def _word(name: str) -> str:
    """Return the name of a struct without spaces."""
    return name.replace(" ", "~")


def _preprocessed(start: str) -> str:
    command = [find_program(mingw.COMPILER, mingw.PACKAGE), "-E", "-dD", "-P", "-x", "c", "-"]
    done = subprocess.run(command, input=start, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStart(f"the headers of mingw-w64 cannot be preprocessed: {done.stderr[-2000:]}")
    return done.stdout
