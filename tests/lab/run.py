"""Run the tests of all Linux families on several Pythons, in a guest whose kernel supports the families.

    python tests/lab/run.py [--pythons 3.9,3.15] [--machine uml|qemu] [--junit FOLDER] [-- PYTEST ARGUMENTS]

tests/lab/machine/prepare builds the kernel of the guest once, and prints the names of missing packages. The guest uses
the files of this machine. PYTHONPATH has the distributions of the checkout and pytest. The exit status is 1 if a test
failed, 2 if a guest or a Python did not start.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
sys.path.insert(0, str(CHECKOUT))

import guest  # noqa: E402
from tools.pythons import found, target  # noqa: E402

PYTHONS = ("3.9", "3.15")
NEEDS = ("pytest", "pytest-timeout")
DEVICE = ("sockcore", "plugins/can")  # the distributions on an embedded device
#: Tests of sockets that few machines can open: SCTP, TCP-AO, TLS, and all options.
OTHER_TESTS = (
    *("tests/inet/test_message_round_trips.py", "tests/inet/test_option_witnesses.py"),
    *("tests/inet/test_round_trips.py", "tests/inet/test_sctp_options.py", "tests/inet/test_tcp_ao.py"),
    "tests/inet/test_kernel_tls.py",
)
LIMIT = 1700  # seconds for one guest
GUESTS = 2  # running at the same time


class Outcome(NamedTuple):
    """Result of the tests on one Python."""

    python: str
    status: int  # 0 passed, 1 failed, 2 did not start
    message: str
    output: str


def run(machine: Path, version: str, junit: Path | None, arguments: list[str]) -> Outcome:
    """Boot a guest and run the tests in it with Python *version*."""
    began = time.monotonic()
    python = found.python(version)
    if python is None:
        return Outcome(version, 2, f"did not start: Python {version} not found", "")
    try:
        site = target.site(version, NEEDS)
        device = target.device(python, version, DEVICE)
    except (RuntimeError, subprocess.CalledProcessError) as exc:
        return Outcome(version, 2, f"did not start: {exc}", "")
    with tempfile.TemporaryDirectory(prefix="lab") as name:
        variables = {"PYTHONPATH": str(site), "LAB_DEVICE_PYTHON": str(device)}
        command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout=300"]
        command += [f"--junitxml={guest.OUT}/lab-{version}.xml", *(arguments or ("tests/lab", *OTHER_TESTS))]
        booted = guest.start(machine, command, variables, name, subprocess.PIPE, subprocess.STDOUT)
        try:
            output, _ = booted.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            output = guest.end(booted)
            status, message = 1, f"not finished after {LIMIT} seconds"
        else:
            status, message = describe(booted.returncode)
        if junit:
            junit.mkdir(parents=True, exist_ok=True)
            for path in Path(name).glob("*.xml"):
                junit.joinpath(path.name).write_bytes(path.read_bytes())
    return Outcome(version, status, f"{message} ({round(time.monotonic() - began)} s)", output)


def describe(status: int) -> tuple[int, str]:
    """Return the exit status of this command and a message, for that of one guest."""
    if status == 0:
        return 0, "passed"
    if status == guest.NO_GUEST:
        return 2, "the guest did not start"
    return 1, f"pytest ended with status {status}"


def main() -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pythons", default=",".join(PYTHONS), help="versions, separated by commas")
    parser.add_argument("--machine", default="uml", choices=guest.BACKENDS, help="User-Mode Linux or qemu")
    parser.add_argument("--junit", type=Path, metavar="FOLDER", help="write lab-PYTHON.xml to this folder")
    words = sys.argv[1:]
    split = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:split])
    try:
        machine = guest.prepare(options.machine)
    except subprocess.CalledProcessError as exc:
        print(f"the kernel of the guest could not be built: {exc}")
        return 2
    outcomes = []
    with ThreadPoolExecutor(GUESTS) as pool:
        arguments = words[split + 1 :]
        versions = options.pythons.split(",")
        for outcome in pool.map(lambda version: run(machine, version, options.junit, arguments), versions):
            print(f"== Python {outcome.python} on {machine.name}\n{outcome.output}", flush=True)
            outcomes.append(outcome)
    for outcome in outcomes:
        print(f"{outcome.python:6} {outcome.message}")
    return max(outcome.status for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main())
