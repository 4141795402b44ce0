"""Run the tests under Pythons of other architectures, emulated: big-endian, 32-bit, numbers of their own.

    python tests/arch/run.py [s390x armhf mips64el ...] [--junit FOLDER] [-- PYTEST ARGUMENTS]

An architecture is Debian's name of it. Its Python is fetched by tools.pythons (which tells what the machine
needs); the checkout, pytest and hypothesis come by PYTHONPATH. The exit status is 1 if a test failed, 2 if an
emulated Python could not be had.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
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
    # native.py runs those of inet and unix, whose codecs are the same on both backends.
    "armhf": tuple(folder for folder in TESTS if folder not in {"tests/inet", "tests/unix"}),
    # Little-endian with pointers of 64 bits, like this machine: the numbers of constants and errors alone differ.
    "mips64el": (
        "tests/core",
        "tests/parity/test_parity_options.py",
        "tests/parity/test_parity_methods.py",
        "tests/arch",
    ),
}
NEEDS = ("pytest", "pytest-timeout", "hypothesis<6.150")  # the last that is pure Python
LIMIT = 2100  # seconds for one architecture


class Outcome(NamedTuple):
    """What came of one architecture."""

    arch: str
    status: int  # 0 passed, 1 failed, 2 did not start
    words: str
    printed: str


def run(arch: str, junit: Path | None, arguments: list[str]) -> Outcome:
    """Run the tests of the checkout under the Python of *arch*."""
    launcher, version = python(arch)
    tests = arguments or [folder for folder in FEWER.get(arch, TESTS) if (CHECKOUT / folder).is_dir()]
    return emulated(arch, launcher, [target.site(version, NEEDS)], tests, junit and junit / f"arch-{arch}.xml")


def python(arch: str) -> tuple[Path, str]:
    """The launcher of the Python of *arch*, fetched if need be, and its version."""
    launcher = make.make(arch)
    version = found.read_version(launcher)
    if not version:
        raise make.CannotMake(f"{launcher} does not run")
    return launcher, version


def emulated(
    arch: str, launcher: Path, path: list[Path], tests: list[str], junit: Path | None, **variables: str
) -> Outcome:
    """Run pytest with the folders *path* for all imports, under the Python of *arch*."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SOCKCORE_"))}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, [*path, HERE]))
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    environment["EMULATED_ARCHITECTURE"] = arch
    environment["EMULATED_PYTHON"] = str(launcher)
    environment["HYPOTHESIS_PROFILE"] = "emulated"
    environment.update(variables)
    command = [str(launcher), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "slow_machine"]
    command += ["--timeout=120", "--timeout-method=thread"]
    if junit:
        command.append(f"--junitxml={junit}")
    command += tests
    # A session of its own, so that its end is the end of all that it started.
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
        printed, _ = process.communicate(timeout=LIMIT)
        words = "passed" if process.returncode == 0 else f"pytest ended with status {process.returncode}"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        printed, _ = process.communicate()
        words = f"not finished after {LIMIT} seconds"
    return Outcome(arch, int(words != "passed"), words, printed)


def main(
    run: Callable[[str, Path | None, list[str]], Outcome], architectures: tuple[str, ...], description: str | None
) -> int:
    """Run the command line, by *run* for each architecture; the exit status."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("architectures", nargs="*", default=architectures, metavar="ARCH")
    parser.add_argument("--junit", type=Path, metavar="FOLDER", help="write a file for each architecture there")
    words = sys.argv[1:]
    split = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:split])

    def outcome_of(arch: str) -> Outcome:
        began = time.monotonic()
        try:
            outcome = run(arch, options.junit, words[split + 1 :])
        except (ImportError, RuntimeError, subprocess.CalledProcessError) as error:
            outcome = Outcome(arch, 2, f"did not start: {error}", "")
        return outcome._replace(words=f"{outcome.words} ({round(time.monotonic() - began)} s)")

    outcomes = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for outcome in pool.map(outcome_of, options.architectures):
            print(f"== {outcome.arch}\n{outcome.printed}", flush=True)
            outcomes.append(outcome)
    for outcome in outcomes:
        print(f"{outcome.arch:10} {outcome.words}")
    return max(outcome.status for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main(run, ARCHITECTURES, __doc__))
