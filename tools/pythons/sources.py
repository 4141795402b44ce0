"""Download and build the sources of Debian's packages, without Debian's patches."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from . import make


def update(settings: list[str], folder: Path) -> None:
    """Download the indexes of packages and of their sources, with the options *settings* of apt.

    *folder* has the list of package sources that *settings* names. Raises CannotMake.
    """
    listed = folder / "sources.list"
    line = listed.read_text(encoding="ascii")
    listed.write_text(f"{line}{line.replace('deb ', 'deb-src ', 1)}", encoding="ascii")
    run(["apt-get", "-qq", *settings, "update"], folder)


def download(settings: list[str], names: list[str], work: Path) -> None:
    """Download the sources of the packages *names* to *work*. Raises CannotMake."""
    run(["apt-get", "-qq", *settings, "source", "--download-only", *names], work)


def unpack(name: str, work: Path) -> Path:
    """Unpack the source of the package *name* in *work*; return its folder."""
    archives = [path for path in work.glob(f"{name}_*.orig.tar.*") if path.suffix != ".asc"]  # not the signature
    shutil.unpack_archive(archives[0], work / name)
    return next((work / name).iterdir())


def install(python: Path, root: Path, version: str) -> Path:
    """Copy the interpreter *version* that was built in *python*, and its modules, to *root*; return the interpreter.

    ``make install`` would also compile all modules, for minutes.
    """
    library = root / "lib" / f"python{version}"
    shutil.copytree(python / "Lib", library)
    built = python / (python / "pybuilddir.txt").read_text(encoding="ascii")
    shutil.copytree(built, library / "lib-dynload")
    for settings in built.glob("_sysconfigdata*.py"):
        shutil.copy(settings, library)
    interpreter = root / "bin" / f"python{version}"
    interpreter.parent.mkdir()
    shutil.copy(python / "python", interpreter)
    return interpreter


def run(command: list[str], folder: Path, variables: dict[str, str] | None = None) -> None:
    """Run a command in *folder*. Raises CannotMake with its last lines if it fails."""
    done = subprocess.run(
        command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
    )
    if done.returncode:
        sys.stderr.write(done.stdout[-2000:] + done.stderr[-2000:])
        raise make.CannotMake(f"{command[0]} in {folder.name} ended with status {done.returncode}")
