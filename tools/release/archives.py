"""The archives of all distributions: a source archive and a pure wheel of each.

The wheel is built from the source archive, as on a user's machine, and without a compiler. Wheels with C code are built
on each system by cibuildwheel (``.github/workflows/wheels.yml``), or for other machines by ``tools.wheels``.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .versions import projects


def build(out: Path) -> list[Path]:
    """Build the source archive and the wheel of each distribution in *out*; return their paths.

    Raises subprocess.CalledProcessError if a build fails.
    """
    out.mkdir(parents=True, exist_ok=True)
    before = set(out.iterdir())
    with tempfile.TemporaryDirectory() as no_programs:
        # No compiler is on this PATH.
        environment = {**os.environ, "PATH": no_programs, "SOCKCORE_NATIVE": "auto"}
        environment.pop("CC", None)
        for project in projects():
            command = [sys.executable, "-m", "uv", "build", "--quiet", "--python", sys.executable]
            command += ["--out-dir", str(out), str(project.parent)]
            subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=True)
    return sorted(path for path in set(out.iterdir()) - before if path.name.startswith("sockcore"))


def problems(archives: list[Path]) -> list[str]:
    """Return a line for each problem that twine, check-wheel-contents or a second build finds."""
    wheels = [path for path in archives if path.suffix == ".whl"]
    found = [f"{path.name} is not a pure wheel" for path in wheels if not path.name.endswith("-py3-none-any.whl")]
    if len(archives) != 2 * len(projects()):
        found.append(f"{len(archives)} archives were built, not {2 * len(projects())}")
    for tool, *arguments in (
        ("twine", "check", "--strict", *map(str, archives)),
        # W004: PyInstaller requires the name hook-sockcore.py, which cannot be imported.
        *(("check_wheel_contents", *(["--ignore=W004"] if is_core(path) else []), str(path)) for path in wheels),
    ):
        done = subprocess.run([sys.executable, "-m", tool, *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            found.append(f"{tool}: {done.stdout}{done.stderr}")
    with tempfile.TemporaryDirectory() as name:
        again = {path.name: digest(path) for path in build(Path(name))}
    found += [f"{path.name} differs in a second build" for path in archives if again.get(path.name) != digest(path)]
    return found


def is_core(wheel: Path) -> bool:
    """Return whether a wheel is that of the core."""
    return wheel.name.startswith("sockcore-")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
