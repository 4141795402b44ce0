"""Find Pythons: those of pyenv, the fetched ones, and those on PATH.

pyenv's versions are looked up by folder. Its shims exist for every version, and fail for those that are not selected.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from . import make

VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
#: Without a GIL. tox names them in environments such as ``py313t-native``.
FREE_THREADED = ("3.13t", "3.14t", "3.15t")


def folders() -> list[Path]:
    """Return folders with Pythons that may not be on PATH.

    Those of pyenv are first, from the newest release to the oldest. The fetched ones follow.
    """
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    released = [path for path in root.glob("versions/*") if re.fullmatch(r"[0-9.]+t?", path.name)]
    released.sort(key=lambda path: [int(number) for number in path.name.rstrip("t").split(".")], reverse=True)
    pyenv = [path / "bin" for path in released]
    return [path for path in [*pyenv, make.cache() / "bin"] if path.is_dir()]


def python(version: str) -> Path | None:
    """Return a working interpreter of CPython *version* (``"3.13"``, or ``"3.13t"`` without a GIL), or None."""
    path = [Path(folder) for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder]
    for folder in [*folders(), *path]:
        candidate = folder / f"python{version}"
        if candidate.exists() and read_version(candidate) == version:
            return candidate
    return None


def read_version(interpreter: Path | str) -> str:
    """Return the version of *interpreter*, or an empty string if it does not run.

    The version of a Python without a GIL ends in ``t``.
    """
    code = "import sys; print('%d.%d' % sys.version_info[:2] + 't' * ('t' in getattr(sys, 'abiflags', '')))"
    try:
        done = subprocess.run(
            [str(interpreter), "-c", code], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
