"""The compiler: ``zig cc`` of the ``ziglang`` wheel, for any target."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import tempfile
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from . import bluez

if TYPE_CHECKING:
    from .targets import Target

# All errors are wanted, each line that does not compile being one; warnings are not.
_FLAGS = ("-w", "-ferror-limit=0", "-fno-color-diagnostics", "-g0")
# All that a system has to offer. On macOS the IPV6_ names of RFC 3542 are hidden without the third. The last keeps
# what is no part of Winsock out of it: the constants of input methods, say, are called NI_ too.
_DEFINED = ("-D_GNU_SOURCE", "-D_DARWIN_C_SOURCE", "-D__APPLE_USE_RFC_3542", "-DWIN32_LEAN_AND_MEAN", "-DNOIME")

# The folder of this run: sources, objects, zig's own cache. It goes away with the process.
_FOLDER = tempfile.mkdtemp(prefix="headers-")
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)


def executable() -> str:
    """Return the path of ``zig``; ImportError without the wheel."""
    wheel = find_spec("ziglang")
    if wheel is None or not wheel.submodule_search_locations:
        raise ImportError("the headers and their compiler are in ziglang: see tools/headers/requirements.txt")
    return str(Path(wheel.submodule_search_locations[0], "zig"))


def version() -> str:
    """Return the version of the wheel."""
    return metadata.version("ziglang")


def _run(
    target: Target, source: str, *arguments: str, flags: tuple[str, ...] = (*_FLAGS, *_DEFINED)
) -> subprocess.CompletedProcess[str]:
    folder = _FOLDER
    Path(folder, f"{target.triple}.c").write_text(source)
    cache = {f"ZIG_{kind}_CACHE_DIR": folder for kind in ("GLOBAL", "LOCAL")}
    command = [executable(), "cc", "-target", target.triple, *flags, *_folders(target)]
    return subprocess.run(
        [*command, *arguments, f"{target.triple}.c"],
        cwd=folder,
        env={**os.environ, **cache},
        capture_output=True,
        text=True,
        check=False,
    )


def _folders(target: Target) -> list[str]:
    if not target.headers:
        return ["-isystem", str(bluez.folder())] if target.system == "linux" else []
    lib = Path(executable()).parent / "lib"
    folders = [lib / "include", *(lib / "libc" / "include" / name for name in target.headers), bluez.folder()]
    return ["-nostdinc", *(part for folder in folders for part in ("-isystem", str(folder)))]


def preprocess(target: Target, source: str) -> str:
    """Return the text that the preprocessor makes, with the definitions of macros left in it."""
    done = _run(target, source, "-E", "-dD", "-P")
    if done.returncode:
        raise RuntimeError(f"{target.triple}: {done.stderr[:2000]}")
    return done.stdout


def assembly(target: Target, source: str) -> str:
    """Return the assembly text of *source*; RuntimeError if it does not compile."""
    done = _run(target, source, "-S", "-o", f"{target.triple}.s")
    if done.returncode:
        raise RuntimeError(f"{target.triple}: {done.stderr[:2000]}")
    return Path(_FOLDER, f"{target.triple}.s").read_text()


def complaints(target: Target, source: str, *arguments: str) -> str:
    """Return what the compiler says of *source*, errors and warnings, where nothing is defined but by *arguments*."""
    done = _run(target, source, *arguments, "-c", "-o", f"{target.triple}.o", flags=("-fno-color-diagnostics", "-g0"))
    return done.stderr


def compile_object(target: Target, source: str) -> tuple[bytes, dict[int, str]]:
    """Return the object file, and what is wrong by line of *source*; there is no object if anything is."""
    done = _run(target, source, "-c", "-o", f"{target.triple}.o")
    if done.returncode == 0:
        return Path(_FOLDER, f"{target.triple}.o").read_bytes(), {}
    wrong: dict[int, str] = {}
    # An error inside a macro is reported where the macro is used; one inside a header has another file's name.
    mistake = rf"^{re.escape(target.triple)}\.c:(\d+):\d+: error: (.*)$"
    for line, message in re.findall(mistake, done.stderr, re.MULTILINE):
        wrong.setdefault(int(line), message)
    if not wrong:
        raise RuntimeError(f"{target.triple}: {done.stderr[:2000]}")
    return b"", wrong
