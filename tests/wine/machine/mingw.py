"""What the cross-compiler ``x86_64-w64-mingw32-gcc`` builds for the tests from C."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from . import CannotStart, needed

COMPILER = "x86_64-w64-mingw32-gcc"
PACKAGE = "gcc-mingw-w64-x86-64"
LOOKALIKE = Path(__file__).resolve().parents[1] / "lookalike"
FLAGS = ("-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-static-libgcc")


def lookalike(folder: Path) -> Path:
    """The look-alike of ``ws2_32.dll``, built in *folder*."""
    made, exports = folder / "lookalike.dll", folder / "lookalike.def"
    sources = sorted(LOOKALIKE.glob("*.c"))
    own = [name for source in sources for name in re.findall(r"^EXPORTED [\w ]*?(\w+)\(", source.read_text(), re.M)]
    exports.write_text("\n".join(["LIBRARY lookalike", "EXPORTS", *_exports(own)]) + "\n", encoding="ascii")
    compiled([*sources, exports], made, "-shared")
    return made


def compiled(sources: list[Path], made: Path, *options: str) -> None:
    """Compile and link *sources* to *made*; CannotStart with the compiler's words."""
    command = [needed(COMPILER, PACKAGE), *FLAGS, *options, "-o", str(made), *map(str, sources), "-lws2_32"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStart(f"{made.name} does not compile: {done.stderr[-4000:]}")


def _exports(own: list[str]) -> list[str]:
    """Lines of a .def file: the functions *own*, ``like_X`` as X, and all others of ws2_32, forwarded to it."""
    replaced = {name[len("like_") :] for name in own if name.startswith("like_")}
    lines = [name for name in own if not name.startswith("like_")] + [f"{name} = like_{name}" for name in replaced]
    return lines + [f"{name} = ws2_32.{name}" for name in sorted(_of_ws2_32() - replaced)]


def _of_ws2_32() -> set[str]:
    """The functions that ``ws2_32.dll`` has, as the compiler's library of it tells."""
    compiler = needed(COMPILER, PACKAGE)
    library = subprocess.run(
        [compiler, "-print-file-name=libws2_32.a"], capture_output=True, text=True, check=True
    ).stdout.strip()
    tool = compiler[: -len("gcc")] + "nm"
    listed = subprocess.run([tool, library], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r" I __imp_(\w+)$", listed, re.MULTILINE))
