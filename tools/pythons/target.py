"""Install the distributions of the checkout, with their requirements, into a folder for ``PYTHONPATH``.

This is for interpreters that lack pip, or are too slow to run it. The folder contains the metadata, which the discovery
of plugins needs. The name of the folder contains a hash of the sources. The code is pure Python, unless the native
backend is requested.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

from . import found, make

CHECKOUT = Path(__file__).resolve().parents[2]
PURE = {**os.environ, "SOCKCORE_NATIVE": "0"}


def distributions() -> list[str]:
    """Return the folders of the distributions: the core and all plugins."""
    return ["sockcore", *(f"plugins/{path.parent.name}" for path in sorted(CHECKOUT.glob("plugins/*/pyproject.toml")))]


def site(version: str, also: tuple[str, ...] = (), native: Path | None = None) -> Path:
    """Return a folder with all distributions for Python *version* (``"3.9"``).

    The folder also contains the requirements *also*.

    If *native* is the path of an interpreter, the folder contains the native backend for it.
    """
    digest = _digest(version, (*also, str(native)) if native else also)
    folder = make.cache() / "targets" / f"{'native-' if native else ''}{version}-{digest}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        unfinished = Path(name, "site")
        command = [str(uv_path()), "pip", "install", "--quiet", "--target", str(unfinished), "--python"]
        command += [str(native)] if native else [sys.executable, "--python-version", version]
        for name in distributions():  # otherwise uv uses its cache of earlier builds
            command += [str(CHECKOUT / name), "--reinstall-package", project(name)]
        variables = {**PURE, "SOCKCORE_NATIVE": "1", "UV_NO_CACHE": "1"} if native else PURE
        subprocess.run([*command, *also], env=variables, check=True, stdin=subprocess.DEVNULL)
        compiled = [str(path) for path in unfinished.rglob("*.so")]
        if compiled and not native:
            raise RuntimeError(f"only pure Python can be shared between architectures: {compiled}")
        _compile(unfinished, native or found.python(version))
        try:
            unfinished.rename(folder)
        except OSError:  # another process has created it
            if not folder.is_dir():
                raise
    return folder


def _compile(folder: Path, python: Path | None) -> None:
    """Write the bytecode of a folder, which is the same on all processors.

    Without these files, each emulated process would compile the modules that it imports.
    """
    if python is not None:
        command = [str(python), "-m", "compileall", "-q", "-x", "pygments", str(folder)]
        subprocess.run(command, stdin=subprocess.DEVNULL, check=False)


def device(python: Path, version: str, folders: tuple[str, ...]) -> Path:
    """Return the interpreter of a virtual environment of *python*.

    The environment has only the wheels of *folders*.
    """
    folder = make.cache() / "targets" / f"device-{version}-{_digest(version, folders)}"
    made = folder / "bin" / "python"
    if made.exists():
        return made
    folder.parent.mkdir(parents=True, exist_ok=True)
    uv = str(uv_path())
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        build = ("build", "--quiet", "--wheel", "--out-dir", name)
        for project_folder in folders:
            subprocess.run([uv, *build, str(CHECKOUT / project_folder)], env=PURE, check=True, stdin=subprocess.DEVNULL)
        wheels = [str(path) for path in Path(name).glob("*.whl")]
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([uv, "venv", "--quiet", "--python", str(python), str(folder)], check=True)
        try:
            install = ("pip", "install", "--quiet", "--python", str(made))
            subprocess.run([uv, *install, *wheels], check=True, stdin=subprocess.DEVNULL)
        except subprocess.CalledProcessError:
            shutil.rmtree(folder)
            raise
    return made


def uv_path() -> Path:
    """Return the path of uv.

    It is in this environment, on PATH, or installed in an environment in the cache.
    """
    own = Path(sysconfig.get_path("scripts"), "uv")
    elsewhere = shutil.which("uv")
    if own.exists() or elsewhere:
        return own if own.exists() else Path(str(elsewhere))
    kept = make.cache() / "uv" / "bin"
    if not kept.joinpath("uv").exists():
        venv.create(kept.parent, with_pip=True)
        subprocess.run([kept / "python", "-m", "pip", "install", "--quiet", "uv"], check=True)
    return kept / "uv"


def project(folder: str) -> str:
    """Return the name of the distribution in *folder*."""
    matched = re.search(r'^name = "(.+)"$', (CHECKOUT / folder / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    if matched is None:
        raise RuntimeError(f"{folder}: pyproject.toml has no name")
    return matched[1]


def _digest(version: str, also: tuple[str, ...]) -> str:
    digest = hashlib.sha256("\0".join((version, *also)).encode())
    for name in distributions():
        for path in sorted((CHECKOUT / name).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and ".egg-info" not in str(path):
                digest.update(f"\0{path.relative_to(CHECKOUT)}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
