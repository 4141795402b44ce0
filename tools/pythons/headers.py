"""The C headers of a Python that tools.pythons fetched: Debian's ``libpython3.x-dev`` of its architecture and suite."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from . import make

SUITE = "sid"  # where tools.pythons takes versions from that are not the release's own


def folders(arch: str, asked: str, version: str) -> list[Path]:
    """The folders with ``Python.h`` and ``pyconfig.h`` of *version*, which was *asked* for, or else is the release's.

    Kept beside the launcher. Raises CannotMake.
    """
    kept = make.launcher(arch, asked).with_name("headers")
    if not kept.is_dir():
        with tempfile.TemporaryDirectory(dir=kept.parent) as name:
            _unpack(_download(arch, asked, f"libpython{version}-dev", Path(name)), Path(name, "root"))
            Path(name, "root", "usr", "include").rename(kept)
    # Debian's pyconfig.h includes that of the architecture, by a path from the second.
    return [kept / f"python{version}", kept]


def place(launcher: Path, arch: str, version: str) -> None:
    """Put the headers of a Python of this machine's architecture where it looks for them itself, for extensions."""
    include = launcher.with_name("root") / "usr" / "include" / f"python{version}"
    if include.is_dir():
        return
    plain, all_of_them = folders(arch, version, version)
    shutil.copytree(plain, include)
    # Debian's own includes that of the architecture, by a path that only the whole system has.
    [settings] = all_of_them.glob(f"*/python{version}/pyconfig.h")
    shutil.copy(settings, include / "pyconfig.h")


def _download(arch: str, asked: str, package: str, folder: Path) -> Path:
    settings = make.settings(arch, asked, SUITE, folder)
    for _ in range(make.TRIES):
        subprocess.run(["apt-get", "-qq", *settings, "update"], capture_output=True, check=False)
        done = subprocess.run(
            ["apt-get", "-qq", *settings, "download", package], cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            [file] = folder.glob("*.deb")
            return file
    raise make.CannotMake(f"no {package} of {arch}: {done.stderr[-2000:]}")


def _unpack(package: Path, root: Path) -> None:
    subprocess.run(["dpkg-deb", "-x", str(package), str(root)], check=True, capture_output=True)
