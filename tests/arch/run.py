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
from typing import NamedTuple

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
NEEDS = ("pytest", "pytest-timeout", "hypothesis<6.150")  # the last that is pure Python
LIMIT = 1500  # seconds for one architecture


class Outcome(NamedTuple):
    """What came of one architecture."""

    arch: str
    status: int  # 0 passed, 1 failed, 2 did not start
    words: str
    printed: str


def run(arch: str, junit: Path | None, arguments: list[str]) -> Outcome:
    """Fetch the Python of *arch* if need be, and run the tests under it."""
    began = time.monotonic()
    try:
        launcher = make.make(arch)
        version = found.says(launcher)
        if not version:
            raise RuntimeError(f"{launcher} does not run")
        site = target.site(version, NEEDS)
    except (make.CannotMake, RuntimeError, subprocess.CalledProcessError) as error:
        return Outcome(arch, 2, f"did not start: {error}", "")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SOCKCORE_"))}
    environment["PYTHONPATH"] = os.pathsep.join([str(site), str(HERE)])
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    environment["EMULATED_ARCHITECTURE"] = arch
    environment["EMULATED_PYTHON"] = str(launcher)
    environment["HYPOTHESIS_PROFILE"] = "emulated"
    command = [str(launcher), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "slow_machine"]
    command += ["--timeout=120", "--timeout-method=thread"]
    if junit:
        command.append(f"--junitxml={junit / f'arch-{arch}.xml'}")
    command += arguments or [folder for folder in TESTS if (CHECKOUT / folder).is_dir()]
    # A session of its own, so that its end is the end of all that it started.
    emulated = subprocess.Popen(
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
        printed, _ = emulated.communicate(timeout=LIMIT)
        words = "passed" if emulated.returncode == 0 else f"pytest ended with status {emulated.returncode}"
    except subprocess.TimeoutExpired:
        os.killpg(emulated.pid, signal.SIGKILL)
        printed, _ = emulated.communicate()
        words = f"not finished after {LIMIT} seconds"
    seconds = round(time.monotonic() - began)
    return Outcome(arch, int(words != "passed"), f"{words} ({seconds} s)", printed)


def main() -> int:
    """Run the command line; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("architectures", nargs="*", default=ARCHITECTURES, metavar="ARCH")
    parser.add_argument("--junit", type=Path, metavar="FOLDER", help="write arch-ARCH.xml there")
    words = sys.argv[1:]
    split = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:split])
    outcomes = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for outcome in pool.map(lambda arch: run(arch, options.junit, words[split + 1 :]), options.architectures):
            print(f"== {outcome.arch}\n{outcome.printed}", flush=True)
            outcomes.append(outcome)
    for outcome in outcomes:
        print(f"{outcome.arch:10} {outcome.words}")
    return max(outcome.status for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main())
