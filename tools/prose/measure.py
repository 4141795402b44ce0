"""Figures of each folder, and their comparison with the limits."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from .extract import READERS, blocks
from .habits import HABITS

ROOT = Path(__file__).parents[2]
LIMITS = Path(__file__).with_name("limits.txt")
#: Folders that contain generated files, or copies.
SKIPPED = {"__pycache__", "build", "dist", "node_modules", "tables"}
#: A folder with fewer words counts as one with this number: a single match is not a habit.
LEAST_WORDS = 1000

Limits = dict[str, dict[str, float]]


class Figures:
    """A folder's number of words, and each habit's places, as (path, line, text)."""

    def __init__(self) -> None:
        self.words = 0
        self.places: dict[str, list[tuple[str, int, str]]] = {habit: [] for habit in HABITS}

    def add(self, path: Path) -> None:
        """Count the text of a file."""
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        for block in blocks(path):
            self.words += len(re.findall(r"[A-Za-z']+", block.text))
            for habit, expression in HABITS.items():
                for match in expression.finditer(block.text):
                    line = block.line + block.text.count("\n", 0, match.end())
                    self.places[habit].append((_relative(path), line, lines[line - 1].strip()))

    def rate(self, habit: str) -> float:
        """Return the number of places per 1,000 words."""
        return 1000 * len(self.places[habit]) / max(self.words, LEAST_WORDS)

    def worst(self, habit: str, count: int) -> list[tuple[str, int, str]]:
        """Return *count* lines with the habit, most matches of all habits first."""
        every = [place[:2] for places in self.places.values() for place in places]
        return sorted(dict.fromkeys(self.places[habit]), key=lambda place: -every.count(place[:2]))[:count]


def measure(paths: Iterable[Path]) -> dict[str, Figures]:
    """Return the figures of each folder that has files in *paths*."""
    figures: dict[str, Figures] = {}
    for path in paths:
        for file in _files(path):
            figures.setdefault(folder_of(_relative(file)), Figures()).add(file)
    return dict(sorted(figures.items()))


def folder_of(path: str) -> str:
    """Return the folder whose figures include a file.

    It is the folder of a distribution, a kind of test or a tool, or the root.
    """
    parts = path.split("/")[:-1]
    depth = 2 if parts[:1] in (["plugins"], ["tests"], ["tools"]) else 1
    if parts[:2] == ["sockcore", "src"]:
        depth = 4 if parts[3:4] in (["_cli"], ["stdlib"]) else 3
    return "/".join(parts[:depth]) or "."


def read_limits(path: Path = LIMITS) -> Limits:
    """Return folder -> habit -> limit; "default" stands for folders not listed."""
    limits: Limits = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            folder, *values = line.split()
            limits[folder] = dict(zip(HABITS, map(float, values)))
    return limits


def exceeded(figures: dict[str, Figures], limits: Limits) -> list[tuple[str, str, float]]:
    """Return (folder, habit, limit) for each figure above its limit."""
    return [
        (folder, habit, limit)
        for folder, figure in figures.items()
        for habit, limit in limits.get(folder, limits["default"]).items()
        if figure.rate(habit) > limit
    ]


def lowered(figures: dict[str, Figures], limits: Limits) -> Limits:
    """Return limits that the figures meet, rounded up, but at most the present ones."""
    default = limits["default"]
    result = {"default": default}
    for folder, present in limits.items():
        if folder in figures:
            values = {
                habit: min(limit, _rounded_up(figures[folder].rate(habit), default[habit]))
                for habit, limit in present.items()
            }
            if values != default:
                result[folder] = values
    return result


def _rounded_up(rate: float, default: float) -> float:
    return default if rate <= default else math.ceil(rate)


def write_limits(limits: Limits, path: Path = LIMITS) -> None:
    """Write the table of limits below the comment that the file has."""
    comment = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    rows = [
        f"{folder:28}" + "".join(f"{value:10.1f}" for value in values.values()) for folder, values in limits.items()
    ]
    path.write_text("\n".join([*comment, *rows, ""]), encoding="utf-8")


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in SKIPPED)
        yield from (Path(folder, name) for name in sorted(names) if Path(name).suffix in READERS)


def _relative(path: Path) -> str:
    return Path(os.path.relpath(path, ROOT)).as_posix()
