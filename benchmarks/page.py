"""The tables of docs/performance.md, and its picture, from files of results.

    python -m benchmarks page [FILE.json ...]

By default it reads the files in benchmarks/kept. It replaces the text between the two markers of the page. The picture
shows the newest Python. The tables name the machine, the date and the commit of each file.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import chart, results

if TYPE_CHECKING:
    from benchmarks.results import Result, Run

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "benchmarks" / "kept"
PAGE = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "performance.svg"
BEGIN, END = "<!-- results: written by python -m benchmarks page -->", "<!-- end of results -->"


def main(words: list[str]) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser("python -m benchmarks page", description=__doc__.split("\n\n")[0])
    parser.add_argument("files", nargs="*", type=Path, help="default: those in benchmarks/kept")
    files = parser.parse_args(words).files or sorted(KEPT.glob("*.json"))
    runs = sorted(map(results.read, files), key=order)
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(replaced(page, text(runs)), encoding="utf-8")
    chart.write(pictured([run for run in runs if order(run)[0] == order(runs[0])[0]][-1]), PICTURE)
    return 0


def replaced(page: str, written: str, begin: str = BEGIN, end: str = END) -> str:
    """Return *page* with *written* between the markers.

    Raises ValueError if a marker is missing.
    """
    before, found, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise ValueError(f"{PAGE.name} needs the lines {begin!r} and {end!r}")
    return f"{before}{begin}\n\n{written}\n{end}{after}"


def text(runs: list[Run]) -> str:
    """Return the tables: one for single calls, one for all other rows, and one for the rows that ran in a guest."""
    about = "\n".join(f"- {describe(run)}" for run in runs)
    guests = [run for run in runs if is_guest(run)]
    runs = [run for run in runs if not is_guest(run)]
    others = table([row for row in rows(runs) if not row.startswith("call ")], runs)
    calls = table([row for row in rows(runs) if row.startswith("call ")], runs)
    tables = [about, "", "![the ratios of the newest Python](performance.svg)", "", *others]
    if len(calls) > 2:
        tables += ["", "### Single calls", "", *calls]
    if guests:
        tables += ["", "### CAN and netlink", "", *table(rows(guests), guests)]
    return "\n".join(tables) + "\n"


def describe(run: Run) -> str:
    """Return the Python, the machine, the date and the commit of a run, and those of rows that were added later."""
    about, machine = run.about, run.about["machine"]
    added = Counter((when[:10], commit[:12]) for when, commit in about.get("origins", {}).values())
    later = "".join(f"; {number} rows: {when}, commit {commit}" for (when, commit), number in added.items())
    return (
        f"{about['python']}: {machine['processor']}, {machine['processors']} processors, {machine['system']}, "
        f"{about['when'][:10]}, commit {about['commit'][:12]}, {len(about['plugins'])} plugins{later}"
    )


def rows(runs: list[Run]) -> list[str]:
    """Return the names of all rows that have a value in a run, in their order."""
    return list(dict.fromkeys(result.name for run in runs for result in run.results if result.backends))


def table(names: list[str], runs: list[Run]) -> list[str]:
    """Return the lines of a table with a row for each name and a column for each run.

    A cell contains the ratios of the backends.
    """
    lines = ["| row | " + " | ".join(map(short_version, runs)) + " |", "|---|" + "---|" * len(runs)]
    for name in names:
        cells = [cell({result.name: result for result in run.results}.get(name)) for run in runs]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def cell(result: Result | None) -> str:
    """Return the ratios, native before pure."""
    backends = result.backends if result else {}
    return " / ".join(f"{backends[name].ratio.median:.2f}" for name in ("native", "pure") if name in backends) or "-"


def order(run: Run) -> tuple[int, tuple[int, ...]]:
    """Return a key to sort runs: CPython by version, then PyPy, then Windows, then guests."""
    python = run.about["python"]
    group = 3 if is_guest(run) else 2 if "Windows" in python else 0 if python.startswith("CPython") else 1
    return group, tuple(map(int, re.findall(r"\d+", python)))


def is_guest(run: Run) -> bool:
    """Return True for a run in the guest of the laboratory."""
    return "guest" in run.about


def short_version(run: Run) -> str:
    """Return a column title: ``3.13``, or ``PyPy 3.11``, ``Windows 3.13``, ``3.13 in qemu``."""
    name, number, *system = run.about["python"].split()
    short = ".".join(number.split(".")[:2])
    if is_guest(run):
        return f"{short} in {run.about['guest']}"
    if "Windows," in system:
        return f"Windows {short}"
    return short if name == "CPython" else f"{name} {short}"


def pictured(run: Run) -> Run:
    """Return the run without single calls, of which there are too many for a picture."""
    return run._replace(results=[result for result in run.results if not result.name.startswith("call ")])
