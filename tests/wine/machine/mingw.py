"""The simulated Winsock, built with the cross-compiler ``x86_64-w64-mingw32-gcc``."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from . import CannotStart, find_program

COMPILER = "x86_64-w64-mingw32-gcc"
PACKAGE = "gcc-mingw-w64-x86-64"
SIMULATED_WINSOCK = Path(__file__).resolve().parents[1] / "simulated_winsock"
FLAGS = ("-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-static-libgcc")


def simulated_winsock(folder: Path) -> Path:
    """Build the simulation of ``ws2_32.dll`` in *folder*; return its path."""
    target, exports = folder / "simulated_winsock.dll", folder / "simulated_winsock.def"
    sources = sorted(SIMULATED_WINSOCK.glob("*.c"))
    defined = [name for source in sources for name in re.findall(r"^EXPORTED [\w ]*?(\w+)\(", source.read_text(), re.M)]
    exports.write_text("\n".join(["LIBRARY simulated_winsock", "EXPORTS", *_exports(defined)]) + "\n", encoding="ascii")
    compile_c([*sources, exports], target, "-shared")
    return target


def compile_c(sources: list[Path], target: Path, *options: str) -> None:
    """Compile and link *sources* to *target*.

    Raises `CannotStart` with the messages of the compiler.
    """
    command = [find_program(COMPILER, PACKAGE), *FLAGS, *options, "-o", str(target), *map(str, sources), "-lws2_32"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStart(f"{target.name} does not compile: {done.stderr[-4000:]}")


def _exports(defined: list[str]) -> list[str]:
    """Return the lines of a .def file.

    It exports the functions *defined*, with ``simulated_X`` as X, and forwards all other functions to ws2_32.
    """
    replaced = {name[len("simulated_") :] for name in defined if name.startswith("simulated_")}
    lines = [name for name in defined if not name.startswith("simulated_")] + [
        f"{name} = simulated_{name}" for name in replaced
    ]
    return lines + [f"{name} = ws2_32.{name}" for name in sorted(_functions_of_ws2_32() - replaced)]


def _functions_of_ws2_32() -> set[str]:
    """Return the functions of ``ws2_32.dll`` from the import library of the compiler."""
    compiler = find_program(COMPILER, PACKAGE)
    library = subprocess.run(
        [compiler, "-print-file-name=libws2_32.a"], capture_output=True, text=True, check=True
    ).stdout.strip()
    tool = compiler[: -len("gcc")] + "nm"
    symbols = subprocess.run([tool, library], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r" I __imp_(\w+)$", symbols, re.MULTILINE))
