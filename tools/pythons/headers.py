"""The C headers of a Python that tools.pythons fetched.

They are those of Debian's ``libpython3.x-dev``, of the same architecture and suite.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from . import make


def folders(arch: str, asked: str, version: str) -> list[Path]:
    """Return the folders with ``Python.h`` and ``pyconfig.h`` of *version*.

    *asked* is the requested version, empty for the python3 of the release. The folders are cached beside the launcher.
    Raises CannotMake.
    """
    kept = make.launcher(arch, asked).with_name("headers")
    if not kept.is_dir():
        with tempfile.TemporaryDirectory(dir=kept.parent) as name:
            _unpack(_download(arch, asked, f"libpython{version}-dev", Path(name)), Path(name, "root"))
            Path(name, "root", "usr", "include").rename(kept)
    # Debian's pyconfig.h includes the one of the architecture, relative to the second folder.
    return [kept / f"python{version}", kept]


def place(launcher: Path, arch: str, version: str) -> None:
    """Copy the headers of a Python to its include folder, to build extensions.

    The Python must have the architecture of this machine.
    """
    include = launcher.with_name("root") / "usr" / "include" / f"python{version}"
    if include.is_dir():
        return
    plain, all_of_them = folders(arch, version, version)
    shutil.copytree(plain, include)
    # Debian's pyconfig.h includes the one of the architecture, by a path that exists on a complete system only.
    [settings] = all_of_them.glob(f"*/python{version}/pyconfig.h")
    shutil.copy(settings, include / "pyconfig.h")


def _download(arch: str, asked: str, package: str, folder: Path) -> Path:
    settings = make.settings(arch, asked, make.SUITE, folder)
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
