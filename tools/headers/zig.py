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

# No warnings, but all errors: each expression that does not compile must be reported.
_FLAGS = ("-w", "-ferror-limit=0", "-fno-color-diagnostics", "-g0")
# Define all constants of a system. The third macro reveals the IPV6_ names of RFC 3542 on macOS. The last two exclude
# parts of Windows other than Winsock: the constants of input methods also start with NI_.
_DEFINED = ("-D_GNU_SOURCE", "-D_DARWIN_C_SOURCE", "-D__APPLE_USE_RFC_3542", "-DWIN32_LEAN_AND_MEAN", "-DNOIME")

# Folder for sources, objects and the cache of zig. It is deleted when the process ends.
_FOLDER = tempfile.mkdtemp(prefix="headers-")
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)


def executable() -> str:
    """Return the path of ``zig``. Raises ImportError if the wheel is not installed."""
    wheel = find_spec("ziglang")
    if wheel is None or not wheel.submodule_search_locations:
        raise ImportError("ziglang is not installed: see tools/headers/requirements.txt")
    return str(Path(wheel.submodule_search_locations[0], "zig"))


def version() -> str:
    """Return the version of the wheel."""
    return metadata.version("ziglang")


def _run(
    target: Target, source: str, *arguments: str, flags: tuple[str, ...] = (*_FLAGS, *_DEFINED)
) -> subprocess.CompletedProcess[str]:
    folder = _FOLDER
    Path(folder, f"{target.triple}.c").write_text(source)
    cache = {f"ZIG_{scope}_CACHE_DIR": folder for scope in ("GLOBAL", "LOCAL")}
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
    """Return the output of the preprocessor, with the definitions of macros."""
    done = _run(target, source, "-E", "-dD", "-P")
    if done.returncode:
        raise RuntimeError(f"{target.triple}: {done.stderr[:2000]}")
    return done.stdout


def assembly(target: Target, source: str) -> str:
    """Return the assembly text of *source*.

    Raises RuntimeError if it does not compile.
    """
    done = _run(target, source, "-S", "-o", f"{target.triple}.s")
    if done.returncode:
        raise RuntimeError(f"{target.triple}: {done.stderr[:2000]}")
    return Path(_FOLDER, f"{target.triple}.s").read_text()


def diagnostics(target: Target, source: str, *arguments: str) -> str:
    """Return the errors and warnings for *source*.

    The source is compiled with only the macros in *arguments*.
    """
    done = _run(target, source, *arguments, "-c", "-o", f"{target.triple}.o", flags=("-fno-color-diagnostics", "-g0"))
    return done.stderr


def compile_object(target: Target, source: str) -> tuple[bytes, dict[int, str]]:
    """Return the object file, and error messages by line of *source*.

    If there are errors, the object file is empty.
    """
    done = _run(target, source, "-c", "-o", f"{target.triple}.o")
    if done.returncode == 0:
        return Path(_FOLDER, f"{target.triple}.o").read_bytes(), {}
    errors: dict[int, str] = {}
    # An error inside a macro is reported where the macro is used. An error inside a header has the name of the header.
    pattern = rf"^{re.escape(target.triple)}\.c:(\d+):\d+: error: (.*)$"
    for line, message in re.findall(pattern, done.stderr, re.MULTILINE):
        errors.setdefault(int(line), message)
    if not errors:
        raise RuntimeError(f"{target.triple}: {done.stderr[:2000]}")
    return b"", errors
