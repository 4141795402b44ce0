"""Run the tests under emulated Pythons of other architectures: big-endian, 32-bit, with other values of constants.

    python tests/arch/run.py [s390x armhf mips64el ...] [--junit FOLDER] [-- PYTEST ARGUMENTS]

ARCH is the Debian name of an architecture. tools.pythons downloads its Python, and prints the names of missing
packages. PYTHONPATH has the checkout, pytest and hypothesis. The exit status is 1 if a test failed, 2 if an emulated
Python could not be started.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
sys.path.insert(0, str(CHECKOUT))

from tools.pythons import found, make, target  # noqa: E402

ARCHITECTURES = ("s390x", "armhf", "mips64el")
TESTS = (
    "tests/core",
    "tests/inet",
    "tests/unix",
    "tests/can",
    "tests/bluetooth",
    "tests/linux_misc",
    "tests/parity",
    "tests/arch",
)
FEWER = {
    # native.py runs the tests of inet and unix, whose codecs are the same on both backends.
    "armhf": tuple(folder for folder in TESTS if folder not in {"tests/inet", "tests/unix"}),
    # Little-endian with 64-bit pointers, like this machine. Only constants and error numbers differ.
    "mips64el": (
        "tests/core",
        "tests/parity/test_parity_options.py",
        "tests/parity/test_parity_methods.py",
        "tests/arch",
    ),
}
NEEDS = ("pytest", "pytest-timeout", "hypothesis<6.150")  # newer versions are not pure Python
LIMIT = 2100  # seconds for one architecture
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "slow_machine")

_compiling = threading.Lock()
_compiled: set[str] = set()  # versions of Python with the bytecode of all tests


class Outcome(NamedTuple):
    """Result of the tests on one architecture."""

    arch: str
    status: int  # 0 passed, 1 failed, 2 did not start
    message: str
    output: str


def run(arch: str, junit: Path | None, arguments: list[str]) -> Outcome:
    """Run the tests of the checkout under the Python of *arch*."""
    launcher, version = python(arch)
    site = target.site(version, NEEDS)
    compile_tests(version, site)
    tests = arguments or [folder for folder in FEWER.get(arch, TESTS) if (CHECKOUT / folder).is_dir()]
    return emulated(arch, launcher, [site], tests, junit and junit / f"arch-{arch}.xml")


def compile_tests(version: str, site: Path) -> None:
    """Write the bytecode of the tests and of the modules that they import, with this machine's Python of *version*.

    The files of bytecode do not depend on the processor. An emulated Python takes ten times as long to write them. It
    writes the missing ones, all of them if this machine has no Python of that version.
    """
    with _compiling:
        native = found.python(version)
        if native is None or version in _compiled:
            return
        _compiled.add(version)
        command = [str(native), *PYTEST, "--collect-only", *TESTS]
        environment = variables_of(native, [site])
        subprocess.run(command, cwd=CHECKOUT, env=environment, stdin=subprocess.DEVNULL, capture_output=True)


def variables_of(launcher: Path, path: list[Path]) -> dict[str, str]:
    """Return the environment variables of a Python that runs the tests, with *path* as PYTHONPATH."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SOCKCORE_"))}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, [*path, HERE]))
    environment["EMULATED_PYTHON"] = str(launcher)
    environment["HYPOTHESIS_PROFILE"] = "emulated"
    return environment


def python(arch: str, asked: str = "") -> tuple[Path, str]:
    """Return the launcher and version of *arch*'s Python; download it if necessary.

    *asked* is a version, or empty for that of the Debian release.
    """
    launcher = make.make(arch, asked)
    version = found.read_version(launcher)
    if not version:
        raise make.CannotMake(f"{launcher} does not run")
    return launcher, version


def emulated(
    arch: str, launcher: Path, path: list[Path], tests: list[str], junit: Path | None, **variables: str
) -> Outcome:
    """Run pytest under the Python of *arch*, with *path* as PYTHONPATH.

    The variable EMULATED_ARCHITECTURE is set only if qemu runs the Python. For musl, it may be the processor itself.
    """
    environment = variables_of(launcher, path)
    if make.is_emulated(arch):
        environment["EMULATED_ARCHITECTURE"] = arch
    environment.update(variables)
    command = [str(launcher), *PYTEST, "--timeout=300", "--timeout-method=thread"]
    if junit:
        command.append(f"--junitxml={junit}")
    command += tests
    # In a new session, so that all its processes can be killed.
    process = subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=LIMIT)
        message = "passed" if process.returncode == 0 else f"pytest ended with status {process.returncode}"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        message = f"not finished after {LIMIT} seconds"
    return Outcome(arch, int(message != "passed"), message, output)


def main(
    run: Callable[[str, Path | None, list[str]], Outcome], architectures: tuple[str, ...], description: str | None
) -> int:
    """Run the command line with *run* for each architecture; return the exit status."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("architectures", nargs="*", default=architectures, metavar="ARCH")
    parser.add_argument("--junit", type=Path, metavar="FOLDER", help="write one file per architecture to this folder")
    words = sys.argv[1:]
    split = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:split])

    def outcome_of(arch: str) -> Outcome:
        began = time.monotonic()
        try:
            outcome = run(arch, options.junit, words[split + 1 :])
        except (ImportError, RuntimeError, subprocess.CalledProcessError) as exc:
            outcome = Outcome(arch, 2, f"did not start: {exc}", "")
        return outcome._replace(message=f"{outcome.message} ({round(time.monotonic() - began)} s)")

    outcomes = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for outcome in pool.map(outcome_of, options.architectures):
            print(f"== {outcome.arch}\n{outcome.output}", flush=True)
            outcomes.append(outcome)
    for outcome in outcomes:
        print(f"{outcome.arch:10} {outcome.message}")
    return max(outcome.status for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main(run, ARCHITECTURES, __doc__))
