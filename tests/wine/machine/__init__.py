"""Windows environments for tests: genuine Windows Pythons, run by Wine.

- `installation`: the Wine of the machine, or of another Debian release
- `prefix`: Wine prefixes, which contain the files and the registry of Windows, and the daemons of Wine
- `pythons`: Windows Pythons from the embeddable packages of CPython, with the layout of an installed Python
- `layer`: a copy of both for one run, with the wheels of sockcore and the requirements of the tests
- `mingw`: the simulated Winsock, built by the cross-compiler
- `layouts`: a program that measures structs and constants, built by the cross-compiler

Files that do not change are cached in ``$XDG_CACHE_HOME/sockcore/wine``.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]


class CannotStart(RuntimeError):
    """A program of the machine is missing or has failed."""


def cache() -> Path:
    """Return the cache folder for prefixes, Pythons and requirements."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = Path(home) / "sockcore" / "wine"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def find_program(program: str, package: str) -> str:
    """Return the path of *program*. Raises `CannotStart` if it is not installed."""
    path = shutil.which(program)
    if path is None:
        raise CannotStart(f"{program} is needed: apt-get install --no-install-recommends {package}")
    return path


def move_into_place(unfinished: Path, folder: Path) -> None:
    """Rename *unfinished* to *folder*, unless another run has created it already."""
    try:
        unfinished.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def link_tree(source: Path, copy: Path) -> None:
    """Copy a tree with hard links to its files, which must not be written to."""
    shutil.copytree(source, copy, symlinks=True, copy_function=os.link, dirs_exist_ok=True)
