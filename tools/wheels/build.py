"""The wheels: ``hatch_build.py`` of each project, run by this Python with compiler, headers and names of another."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tools.headers.zig import executable
from tools.pythons import headers, make

from .targets import TARGETS

CHECKOUT = Path(__file__).resolve().parents[2]
#: The projects with C code.
PROJECTS = (CHECKOUT / "sockcore", CHECKOUT / "plugins" / "inet")


class Python(NamedTuple):
    """What the Python of the target says of itself."""

    version: str
    platform: str
    suffix: str

    @property
    def tag(self) -> str:
        """The first two parts of a wheel's tag."""
        name = f"cp{self.version.replace('.', '')}"
        return f"{name}-{name}"


def described(launcher: Path) -> Python:
    """Ask the Python that *launcher* starts."""
    what = "s.get_python_version(), s.get_platform(), s.get_config_var('EXT_SUFFIX')"
    code = f"import json, sysconfig as s; print(json.dumps([{what}]))"
    done = subprocess.run([str(launcher), "-c", code], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise make.CannotMake(f"{launcher} does not run: {done.stderr}")
    return Python(*json.loads(done.stdout))


def wheels(arch: str, version: str, out: Path) -> list[Path]:
    """Build the wheels with C code for Python *version* of *arch* in *out*; return their paths, the core's first.

    Raises CannotMake.
    """
    if arch not in TARGETS:
        raise make.CannotMake(f"{arch} is none of {', '.join(TARGETS)}")
    target = TARGETS[arch]
    python = described(make.make(arch, version, headers.SUITE))
    include = headers.folders(arch, version, python.version)
    _, _, machine = python.platform.partition("-")
    variables = {
        "SOCKCORE_TAG": f"{python.tag}-{target.platform(machine)}",
        "SETUPTOOLS_EXT_SUFFIX": python.suffix,
        "CC": shlex.join([executable(), *target.compiler]),
        "CFLAGS": shlex.join(["-s", *(f"-I{folder}" for folder in include)]),
        # Its own parts of glibc are compiled once for each target.
        "ZIG_GLOBAL_CACHE_DIR": str(make.cache() / "zig"),
    }
    return [built(project, out, **variables) for project in PROJECTS]


def built(project: Path, out: Path, **environment: str) -> Path:
    """Build the wheel of a project in *out*, by its own build system, and return its path."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--python", sys.executable]
        command += ["--out-dir", name, str(project)]
        subprocess.run(command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, check=True)
        [made] = Path(name).glob("*.whl")
        return Path(shutil.copy(made, out))
