"""Measuring in the laboratory's guest, whose kernel has families that few kernels have.

There it is this program again, with the same interpreter and the same files: its table comes out as it goes on, and
its results at the end.
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

KINDS = guest.KINDS
PATTERNS = ("can *", "netlink *")  # of the rows that are measured if none are asked for
FILE = "results.json"


def run(kind: str, subject: Subject, words: Iterable[str]) -> Run:
    """Run ``python -m benchmarks`` with *words* in a guest; `CannotMeasure` if nothing comes of it."""
    try:
        machine = guest.prepare(kind)
    except subprocess.CalledProcessError as error:  # which has said why
        raise CannotMeasure("the guest's kernel could not be made") from error
    # The distributions that an interpreter without sockcore got: the guest has no network to install them.
    found = next(iter(subject.environments.values())).get("PYTHONPATH")
    measuring.stay_on_cpu()  # the guest too: its kernel and its processes are processes here, which wait for each other
    with TemporaryDirectory(prefix="lab") as out:
        command = [subject.command, "-m", "benchmarks", *words, "--json", str(guest.OUT / FILE)]
        booted = guest.start(machine, command, {"PYTHONPATH": found} if found else {}, out)
        try:
            status = booted.wait()
        except BaseException:
            guest.end(booted)
            raise
        if status == guest.NO_GUEST:
            raise CannotMeasure("no guest")
        try:
            return results.read(Path(out, FILE))
        except FileNotFoundError:
            raise CannotMeasure(f"the run in the guest ended with status {status}, without results") from None
