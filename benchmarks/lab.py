"""Measurements in the guest of the laboratory, whose kernel has all families.

The guest runs this program with the same interpreter and files. It prints the rows one by one, and returns the results
at the end. In qemu, a nanosecond is an executed instruction, of the kernel too. The results then do not depend on the
load of the machine, and all rounds have almost the same.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks import measuring, results
from benchmarks.subject import CHECKOUT, CannotMeasure

sys.path.append(str(CHECKOUT / "tests" / "lab"))

import guest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.results import Run
    from benchmarks.subject import Subject

BACKENDS = guest.BACKENDS
PATTERNS = ("can *", "netlink *", "program python_can", "program pyroute2_links")  # the default rows
FILE = "results.json"


def run(kind: str, subject: Subject, words: Iterable[str]) -> Run:
    """Run ``python -m benchmarks`` with the arguments *words* in a guest.

    Raises `CannotMeasure` if the run fails.
    """
    try:
        machine = guest.prepare(kind)
    except subprocess.CalledProcessError as exc:  # it has printed the reason
        raise CannotMeasure("the kernel of the guest could not be built") from exc
    # The path of the distributions, if sockcore is not installed for the interpreter. The guest has no network, so it
    # cannot install them.
    found = next(iter(subject.environments.values())).get("PYTHONPATH")
    measuring.stay_on_cpu()  # the guest too, because it consists of processes of this machine
    with TemporaryDirectory(prefix="lab") as out:
        command = [subject.command, "-m", "benchmarks", *words, "--json", str(guest.OUT / FILE)]
        variables = {"LAB_COUNTED": "1", **({"PYTHONPATH": found} if found else {})}
        booted = guest.start(machine, command, variables, out)
        try:
            status = booted.wait()
        except BaseException:
            guest.end(booted)
            raise
        if status == guest.NO_GUEST:
            raise CannotMeasure("the guest did not start")
        try:
            measured = results.read(Path(out, FILE))
        except FileNotFoundError:
            raise CannotMeasure(f"the run in the guest ended with status {status}, without results") from None
    return measured._replace(about={**measured.about, "guest": kind})
