"""Run tests on the native backend under emulated Pythons of other architectures, from wheels that are cross-built here.

    python tests/arch/native.py [arm64 armhf ...] [--junit FOLDER] [-- PYTEST ARGUMENTS]

tools.wheels builds the core and inet. Their wheels and that of unix are installed by the pip of the emulated Python,
which takes none whose tag is not its machine's; nothing of sockcore comes from the checkout. The rest, and the exit
status, is as in run.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from run import CHECKOUT, NEEDS, Outcome, emulated, main, python
from tools.pythons.make import CannotMake
from tools.wheels import build

ARCHITECTURES = ("arm64", "armhf")
TESTS = ["tests/core", "tests/inet", "tests/unix"]
#: Like this machine, arm64 is little-endian and has pointers of 64 bits: the wheel is tested, and that sockets work.
FEWER = {"arm64": ["tests/inet", "tests/unix"]}
#: What must be true of the wheel, and which backend it is that runs: part of every run.
WHEEL = "tests/arch/from_wheel.py"


def run(arch: str, junit: Path | None, arguments: list[str]) -> Outcome:
    """Build the wheels, install them for the Python of *arch*, and run the tests on them."""
    launcher, version = python(arch)
    with tempfile.TemporaryDirectory() as name:
        compiled = build.wheels(arch, "", Path(name))
        unix = build.build(CHECKOUT / "plugins" / "unix", Path(name))
        site, needs = Path(name, "site"), Path(name, "needs")
        _install(launcher, [*compiled, unix], site)
        uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", str(needs)]
        uv += ["--python", sys.executable, "--python-version", version, *NEEDS, "pyelftools"]
        subprocess.run(uv, check=True, stdin=subprocess.DEVNULL)
        outcome = emulated(
            arch,
            launcher,
            [site, needs],
            [WHEEL, *(arguments or FEWER.get(arch, TESTS))],
            junit and junit / f"cross-{arch}.xml",
            SOCKCORE_BACKEND="native",
            EMULATED_WHEELS=os.pathsep.join(map(str, compiled)),
            EMULATED_SITE=str(site),
        )
    return outcome._replace(printed="\n".join([*(wheel.name for wheel in compiled), outcome.printed]))


def _install(launcher: Path, wheels: list[Path], site: Path) -> None:
    """By the pip that came with the emulated Python."""
    [pip] = launcher.parent.glob("root/usr/share/python-wheels/pip-*.whl")
    command = [str(launcher), "-m", "pip", "--isolated", "install", "--quiet", "--root-user-action=ignore"]
    command += ["--no-index", "--no-deps", "--no-compile", "--target", str(site), *map(str, wheels)]
    environment = {**os.environ, "PYTHONPATH": str(pip)}
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise CannotMake(f"the emulated pip refused: {done.stderr}")


if __name__ == "__main__":
    sys.exit(main(run, ARCHITECTURES, __doc__))
