"""Run tests of the native backend under emulated Pythons of other architectures, with cross-compiled wheels.

    python tests/arch/native.py [arm64 armhf amd64-musl ...] [--junit FOLDER] [-- PYTEST ARGUMENTS]

tools.wheels builds the core, inet, can and linux_misc. The pip of the emulated Python installs these wheels and that of
unix, and checks their tags. sockcore is not imported from the checkout. Everything else, including the exit status, is
as in run.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "memory"))

from run import CHECKOUT, NEEDS, Outcome, emulated, main, python
from sanitized import CAN, DESELECTED, IGNORED, PACKET
from tools.pythons import found
from tools.pythons.make import CannotMake
from tools.wheels import build

ARCHITECTURES = ("arm64", "armhf")
TESTS = ["tests/core", "tests/inet", "tests/can", "tests/linux_misc", "tests/unix"]
#: The C code of can and linux_misc. The codecs in Python have no other results here than in run.py.
IN_C = [f"tests/{path}" for path in (CAN, *PACKET)]
#: These are little-endian with 64-bit pointers like this machine, so that the tests of C code are enough.
WITHOUT = [*(f"--ignore=tests/{path}" for path in IGNORED), *(f"--deselect=tests/{test}" for test in DESELECTED)]
LIKE_THIS_MACHINE = ["tests/inet", *IN_C, "tests/unix", *WITHOUT]
FEWER = {
    "armhf": ["tests/core", "tests/inet", *IN_C, "tests/unix"],
    "arm64": LIKE_THIS_MACHINE,
    "riscv64": LIKE_THIS_MACHINE,
}
#: The Debian release may lack an architecture. Its Python is then of this version, from sid.
VERSIONS = {"riscv64": "3.14"}
#: Tests of the wheels and of the backend in use, which are part of every run.
WHEEL = "tests/arch/from_wheel.py"


def run(arch: str, junit: Path | None, arguments: list[str]) -> Outcome:
    """Build the wheels, install them for *arch*'s Python, and run the tests on them."""
    asked = VERSIONS.get(arch, "")
    launcher, version = _musl_python(arch) if arch.endswith("-musl") else python(arch, asked)
    with tempfile.TemporaryDirectory() as name:
        compiled = build.wheels(arch, asked, Path(name))
        unix = build.build(CHECKOUT / "plugins" / "unix", Path(name))
        site, needs = Path(name, "site"), Path(name, "needs")
        _install(launcher, [*compiled, unix], site)
        uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", str(needs)]
        native = found.python(version)  # bytecode does not depend on the processor
        compiler = [str(native), "--compile-bytecode"] if native else [sys.executable, "--python-version", version]
        uv += ["--python", *compiler, *NEEDS, "pyelftools"]
        subprocess.run(uv, check=True, stdin=subprocess.DEVNULL)
        outcome = emulated(
            arch,
            launcher,
            [site, needs],
            [WHEEL, *(arguments or FEWER.get(arch, TESTS))],
            junit and junit / f"cross-{arch}.xml",
            SOCKCORE_BACKEND="native",
            WHEEL_ARCHITECTURE=arch,
            EMULATED_WHEELS=os.pathsep.join(map(str, compiled)),
            EMULATED_SITE=str(site),
        )
    return outcome._replace(output="\n".join([*(wheel.name for wheel in compiled), outcome.output]))


def _musl_python(arch: str) -> tuple[Path, str]:
    """Return the path and version of the Python for musl in SOCKCORE_MUSL_PYTHON, or of a built one."""
    if "SOCKCORE_MUSL_PYTHON" not in os.environ:
        return python(arch)
    launcher = Path(os.environ["SOCKCORE_MUSL_PYTHON"])
    version = found.read_version(launcher) if launcher.is_file() else ""
    if not version:
        raise CannotMake("SOCKCORE_MUSL_PYTHON is not the path of a Python for musl (docs/testing.md)")
    return launcher, version


def _install(launcher: Path, wheels: list[Path], site: Path) -> None:
    """Install wheels with the pip of the emulated Python."""
    [pip] = [*launcher.parent.glob("root/usr/share/python-wheels/pip-*.whl")] or _bundled(launcher)
    command = [str(launcher), "-m", "pip", "--isolated", "install", "--quiet", "--root-user-action=ignore"]
    command += ["--no-index", "--no-deps", "--no-compile", "--target", str(site), *map(str, wheels)]
    environment = {**os.environ, "PYTHONPATH": str(pip)}
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise CannotMake(f"the emulated pip failed: {done.stderr}")


def _bundled(launcher: Path) -> list[Path]:
    """Return the wheel of pip that CPython contains, unless Debian has removed it."""
    code = "import ensurepip, pathlib; print(pathlib.Path(ensurepip.__file__).parent)"
    done = subprocess.run([str(launcher), "-c", code], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return [*Path(done.stdout.strip()).glob("_bundled/pip-*.whl")] if done.returncode == 0 else []


if __name__ == "__main__":
    sys.exit(main(run, ARCHITECTURES, __doc__))
