"""The checkout's distributions and their needs, installed in a folder for ``PYTHONPATH``.

So an interpreter that has no pip, or that is too slow to run it, gets them with their metadata (without which no
plugin is discovered). The folder is kept under a hash of the sources; everything in it is pure Python.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

from . import make

CHECKOUT = Path(__file__).resolve().parents[2]
DISTRIBUTIONS = ("sockcore", "plugins/inet", "plugins/unix")


def site(version: str, also: tuple[str, ...] = ()) -> Path:
    """A folder with all distributions for Python *version* (``"3.9"``), and the requirements *also*."""
    folder = make.cache() / "targets" / f"{version}-{_digest(version, also)}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        unfinished = Path(name, "site")
        command = [str(_uv()), "pip", "install", "--quiet", "--python", sys.executable, "--python-version", version]
        sources = [str(CHECKOUT / name) for name in DISTRIBUTIONS]
        subprocess.run(
            [*command, "--target", str(unfinished), "--reinstall-package", "sockcore", *sources, *also],
            check=True,
            stdin=subprocess.DEVNULL,
        )
        compiled = [str(path) for path in unfinished.rglob("*.so")]
        if compiled:
            raise RuntimeError(f"only pure Python can be shared between architectures: {compiled}")
        try:
            unfinished.rename(folder)
        except OSError:  # another run was first
            if not folder.is_dir():
                raise
    return folder


def _uv() -> Path:
    """uv: of this environment, from PATH, or else installed in an environment of its own in the cache."""
    own = Path(sysconfig.get_path("scripts"), "uv")
    elsewhere = shutil.which("uv")
    if own.exists() or elsewhere:
        return own if own.exists() else Path(str(elsewhere))
    kept = make.cache() / "uv" / "bin"
    if not kept.joinpath("uv").exists():
        venv.create(kept.parent, with_pip=True)
        subprocess.run([kept / "python", "-m", "pip", "install", "--quiet", "uv"], check=True)
    return kept / "uv"


def _digest(version: str, also: tuple[str, ...]) -> str:
    digest = hashlib.sha256("\0".join((version, *also)).encode())
    for name in DISTRIBUTIONS:
        for path in sorted((CHECKOUT / name).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and ".egg-info" not in str(path):
                digest.update(f"\0{path.relative_to(CHECKOUT)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
