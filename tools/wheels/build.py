"""Building of wheels.

``hatch_build.py`` of each project runs with the compiler, the headers and the tag of the target.
"""

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
PROJECTS = (CHECKOUT / "sockcore", *(CHECKOUT / "plugins" / name for name in ("inet", "can", "linux_misc")))


class Python(NamedTuple):
    """Properties of the Python of the target."""

    version: str
    platform: str
    suffix: str

    @property
    def tag(self) -> str:
        """Return the first two parts of the tag of a wheel."""
        name = f"cp{self.version.replace('.', '')}"
        return f"{name}-{name}"


def describe(launcher: Path) -> Python:
    """Return the properties of the Python that *launcher* starts."""
    expressions = "s.get_python_version(), s.get_platform(), s.get_config_var('EXT_SUFFIX')"
    code = f"import json, sysconfig as s; print(json.dumps([{expressions}]))"
    done = subprocess.run([str(launcher), "-c", code], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise make.CannotMake(f"{launcher} does not run: {done.stderr}")
    return Python(*json.loads(done.stdout))


def wheels(arch: str, version: str, out: Path) -> list[Path]:
    """Build the wheels with C code for Python *version* of *arch* in *out*.

    Returns the paths, with the core first.

    Raises CannotMake if the architecture or the Python is not available.
    """
    if arch not in TARGETS:
        raise make.CannotMake(f"unknown architecture {arch}; known are {', '.join(TARGETS)}")
    target = TARGETS[arch]
    debian = target.python or arch
    python = describe(make.make(debian, version, make.SUITE))
    include = headers.folders(debian, version, python.version)
    _, _, machine = python.platform.partition("-")
    variables = {
        "SOCKCORE_TAG": f"{python.tag}-{target.platform(machine)}",
        "SETUPTOOLS_EXT_SUFFIX": target.suffix(python.suffix),
        "CC": shlex.join([executable(), *target.compiler]),
        "CFLAGS": shlex.join(["-s", *(f"-I{folder}" for folder in include)]),
        # zig compiles parts of glibc once per target.
        "ZIG_GLOBAL_CACHE_DIR": str(make.cache() / "zig"),
    }
    return [build(project, out, **variables) for project in PROJECTS]


def build(project: Path, out: Path, **environment: str) -> Path:
    """Build the wheel of a project in *out* with its build system; return its path."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--python", sys.executable]
        command += ["--out-dir", name, str(project)]
        subprocess.run(command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, check=True)
        [wheel] = Path(name).glob("*.whl")
        return Path(shutil.copy(wheel, out))
