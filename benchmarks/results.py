"""Results, and their JSON file, which also contains the machine, the Python and the commit."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.measuring import Spread

if TYPE_CHECKING:
    from benchmarks.subject import Subject

FORMAT = 1
CHECKOUT = Path(__file__).resolve().parents[1]


class Measured(NamedTuple):
    """The time or memory of one backend, and its ratio to the standard module."""

    value: Spread
    ratio: Spread


class Result(NamedTuple):
    """The result of one row."""

    name: str
    what: str
    unit: str
    standard: Spread | None
    backends: dict[str, Measured]
    skipped: dict[str, str]  # by backend
    failed: dict[str, str]
    pinned: bool


class Run(NamedTuple):
    """Results, with a description of the machine and the software."""

    about: dict[str, Any]
    results: list[Result]


def about(subject: Subject, rounds: int, seconds: float) -> dict[str, Any]:
    """Return a description of the machine and the software."""
    return {
        "commit": git("rev-parse", "HEAD") or "unknown",
        "changed": bool(git("status", "--porcelain", "--", "sockcore", "plugins", "benchmarks")),
        "python": subject.python,
        "plugins": subject.plugins,
        "editable": subject.editable,
        "backends": list(subject.environments),
        "machine": {
            "processor": processor(),
            "processors": os.cpu_count(),
            "architecture": platform.machine(),
            "system": f"{platform.system()} {platform.release()}",
            "load": [round(load, 2) for load in os.getloadavg()],
        },
        "rounds": rounds,
        "seconds": seconds,
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def git(*arguments: str) -> str:
    """Return git's output in the checkout, or an empty string without a repository."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=CHECKOUT, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def processor() -> str:
    """Return the system's name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model"))]
    return names[0] if names else platform.processor() or "unknown"


def write(run: Run, path: Path) -> None:
    """Write *run* to a file."""
    rows = [
        {
            **result._asdict(),
            "standard": result.standard and result.standard._asdict(),
            "backends": {
                name: {"value": measured.value._asdict(), "ratio": measured.ratio._asdict()}
                for name, measured in result.backends.items()
            },
        }
        for result in run.results
    ]
    content = {"format": FORMAT, "about": run.about, "rows": rows}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def combined(kept: Run, new: Run) -> Run:
    """Return *kept* with the rows of *new*, a later run of other rows or of some of them again.

    The description of *kept* gets the origins of these rows: the time and the commit.
    """
    names = [result.name for result in new.results]
    origin = (new.about["when"], new.about["commit"])
    origins = {**kept.about.get("origins", {}), **dict.fromkeys(names, origin)}
    results = [*(result for result in kept.results if result.name not in names), *new.results]
    return Run({**kept.about, "origins": origins}, results)


def read(path: Path) -> Run:
    """Read a file that `write` has written. Raises ValueError for other files."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError:
        content = None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"{path} is not a file of results, or of another version of this program")
    results = []
    for row in content["rows"]:
        row["standard"] = row["standard"] and Spread(**row["standard"])
        row["backends"] = {
            name: Measured(Spread(**measured["value"]), Spread(**measured["ratio"]))
            for name, measured in row["backends"].items()
        }
        results.append(Result(**row))
    return Run(content["about"], results)
