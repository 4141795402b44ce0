"""A Windows to test on: genuine Windows Pythons, run by Wine.

- `prefix`: Wine's folder of Windows' files and registry, and what keeps it running
- `pythons`: the Windows Pythons, which are CPython's own build for embedding, laid out as one that is installed
- `layer`: a copy of both for one run, with sockcore's wheels and what the tests need
- `mingw`: the look-alike of Winsock, and the program that tells layouts, built by the cross-compiler

What does not change is kept in ``$XDG_CACHE_HOME/sockcore/wine``.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]


class CannotStart(RuntimeError):
    """Something on the machine is missing, or did not work. The text says what."""


def cache() -> Path:
    """Where prefix, Pythons and their needs are kept."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = Path(home) / "sockcore" / "wine"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def needed(program: str, package: str) -> str:
    """The path of *program*; CannotStart if the machine lacks it."""
    found = shutil.which(program)
    if found is None:
        raise CannotStart(f"{program} is needed: apt-get install --no-install-recommends {package}")
    return found


def settled(unfinished: Path, folder: Path) -> None:
    """Put *unfinished* in its place, unless another run has been first."""
    try:
        unfinished.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def linked(source: Path, copy: Path) -> None:
    """Make *copy* of a tree whose files are the same files: nothing writes into them."""
    shutil.copytree(source, copy, symlinks=True, copy_function=os.link, dirs_exist_ok=True)
