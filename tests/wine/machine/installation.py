"""Wine itself: the one of the machine, or one of another Debian release, unpacked in the cache.

1. Nothing is installed. apt downloads the packages of the release, and they are unpacked in the cache.
2. ``patchelf`` sets the loader and the library path of the programs, because Wine needs the C library of its release.
3. The packages of a display, of sound and of .NET are left out. Programs of a console do not need them.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from tools.pythons import make

from . import CannotStart, cache, find_program, move_into_place

#: The name of the installed Wine on the command line.
INSTALLED = "installed"
PACKAGES = ("libc6", "libgcc-s1", "liblzma5", "libunwind8", "libwine", "libz-mingw-w64", "wine64")
_LAYOUT = "1"  # must change when `_unpack` changes


class Wine(NamedTuple):
    """The programs of a Wine."""

    name: str  # "installed", or the Debian release
    loader: str  # runs a Windows program
    server: str
    libraries: tuple[Path, ...] = ()  # DLLs of other projects, which a new prefix must have

    def version(self) -> str:
        """Return the version, such as ``"wine-8.0 (Debian 8.0~repack-4)"``."""
        done = subprocess.run([self.loader, "--version"], capture_output=True, text=True, check=False)
        return done.stdout.strip()


def wine(name: str) -> Wine:
    """Return the installed Wine, or that of a Debian release (``"trixie"``), which is fetched if it is not cached.

    Raises `CannotStart` if it is not installed, or cannot be fetched.
    """
    if name == INSTALLED:
        return Wine(name, find_program("wine", "wine wine64"), find_program("wineserver", "wine wine64"))
    folder = cache() / f"wine-{name}-{_LAYOUT}"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="making-") as scratch:
            unfinished = Path(scratch, "wine")
            _download(name, Path(scratch, "apt"))
            _unpack(Path(scratch, "apt"), unfinished, folder)
            move_into_place(unfinished, folder)
    programs = folder / "usr/lib/wine"
    libraries = tuple(folder.glob("usr/x86_64-w64-mingw32/lib/*.dll"))
    fetched = Wine(name, str(programs / "wine64"), str(programs / "wineserver"), libraries)
    if not fetched.version().startswith("wine-"):
        raise CannotStart(f"the Wine of {name} in {folder} does not run")
    return fetched


def _download(suite: str, folder: Path) -> None:
    """Download the packages of a Debian release to *folder*."""
    folder.mkdir()
    try:
        settings = make.settings("amd64", suite, suite, folder)
    except make.CannotMake as exc:
        raise CannotStart(str(exc)) from exc
    apt = find_program("apt-get", "apt")
    for command in ("update", "download"):
        packages = PACKAGES if command == "download" else ()
        done = subprocess.run(
            [apt, "-qq", *settings, command, *packages],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise CannotStart(f"Wine of Debian {suite} could not be downloaded: {done.stderr[-2000:]}")


def _unpack(packages: Path, folder: Path, final: Path) -> None:
    """Unpack packages to *folder*, with programs that run after it is renamed to *final*."""
    folder.mkdir()
    for package in packages.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(package), str(folder)], check=True, capture_output=True)
    programs = folder / "usr/lib/wine"
    # wineserver is a script with the path of an installed package.
    programs.joinpath("wineserver64").replace(programs / "wineserver")
    libraries = "usr/lib/x86_64-linux-gnu"
    patch = [find_program("patchelf", "patchelf"), "--set-interpreter", f"{final}/{libraries}/ld-linux-x86-64.so.2"]
    patch += ["--force-rpath", "--set-rpath", f"{final}/{libraries}"]
    for program in ("wine64", "wineserver"):
        subprocess.run([*patch, str(programs / program)], check=True, capture_output=True)
