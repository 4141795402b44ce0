"""The prose checker: the text it reads, the habits it finds, and its limits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
try:
    from tools.prose import __main__ as command
    from tools.prose import measure
    from tools.prose.habits import HABITS
finally:
    sys.path.remove(str(ROOT))

FINAL = {"headless": 1.7, "none": 0.7, "tells": 1.5, "private": 0.3}


def places(path: Path, text: str) -> dict[str, list[int]]:
    """Return habit -> the lines of *text* that have it."""
    path.write_text(text, encoding="utf-8")
    figures = measure.Figures()
    figures.add(path)
    return {
        habit: [line for _, line, _ in lines_by_habit]
        for habit, lines_by_habit in figures.places.items()
        if lines_by_habit
    }


@pytest.mark.parametrize(
    ("habit", "text"),
    [
        ("headless", "Return what was received."),
        ("headless", "Whoever has it closes it."),
        ("headless", "Depends on the work of\nwho opened it."),
        ("headless", "Who has it closes it."),
        ("none", "The index is no integer."),
        ("none", "There are\nnone."),
        ("tells", "The function says it."),
        ("tells", "It is told by the kernel."),
        ("private", "This was proved on Linux."),
        ("private", "A stranger's plugin."),
        ("private", "Each act starts a process."),
        ("private", "It has a file of its own."),
    ],
)
def test_measure_sentence_with_habit_is_found(tmp_path: Path, habit: str, text: str) -> None:
    assert habit in places(tmp_path / "page.md", text)


@pytest.mark.parametrize(
    "text",
    [
        "Return the received data.",
        "A reader who knows the manual.",
        "What?",
        'The word "what" is an example.',
        "The option `--what` is code.",
        "There is not an index.",
        "It acts on the file, and faces the network.",
        "See tests/conformance/proof.py and proof.txt.",
    ],
)
def test_measure_plain_sentence_has_no_habit(tmp_path: Path, text: str) -> None:
    assert places(tmp_path / "page.md", text) == {}


PYTHON = '''"""Says one thing."""
VALUE = "says nothing"  # says two
def function():
    """Return.

    It says three.
    """
    # Comments
    # that say four
    return "what"
'''
C = """/* Says one
 * and what follows. */
static const char *text = "says nothing";
#define DOC_recv \\
    "recv($self)\\n--\\n\\n" \\
    "It says two."
"""
MARKDOWN = """# It says one

```sh
echo what it says
```

It says two, `says` nothing.
"""


@pytest.mark.parametrize(
    ("suffix", "text", "expected"),
    [
        (".py", PYTHON, {"tells": [1, 2, 6, 9]}),
        (".c", C, {"tells": [1, 6], "headless": [2]}),
        (".md", MARKDOWN, {"tells": [1, 7]}),
    ],
)
def test_blocks_have_line_numbers_in_each_language(
    tmp_path: Path, suffix: str, text: str, expected: dict[str, list[int]]
) -> None:
    lines_by_habit = places(tmp_path / f"file{suffix}", text)
    assert {habit: sorted(lines) for habit, lines in lines_by_habit.items()} == expected


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("README.md", "."),
        ("docs/testing.md", "docs"),
        ("plugins/inet/src/sockcore_inet/address.py", "plugins/inet"),
        ("sockcore/src/sockcore/_plugins/registry.py", "sockcore/src/sockcore"),
        ("sockcore/src/sockcore/_cli/demo.py", "sockcore/src/sockcore/_cli"),
        ("tests/core/discovery/test_x.py", "tests/core"),
        ("tests/conftest.py", "tests"),
    ],
)
def test_folder_of_returns_measured_folder(path: str, folder: str) -> None:
    assert measure.folder_of(path) == folder


def figures_of(words: int, hits: int) -> measure.Figures:
    figures = measure.Figures()
    figures.words = words
    figures.places["tells"] = [("a.py", line, "It says.") for line in range(hits)]
    return figures


LIMITS = {"default": FINAL, "docs": {**FINAL, "tells": 4.0}, "tests/core": {**FINAL, "tells": 4.0}}


def test_exceeded_uses_limit_of_folder_or_default() -> None:
    figures = {"docs": figures_of(2000, 8), "tests/core": figures_of(2000, 9), "tests/new": figures_of(2000, 4)}
    assert measure.exceeded(figures, LIMITS) == [("tests/core", "tells", 4.0), ("tests/new", "tells", 1.5)]


def test_exceeded_ignores_single_place_in_small_folder() -> None:
    assert measure.exceeded({"tests/new": figures_of(50, 1)}, LIMITS) == []
    assert measure.exceeded({"tests/new": figures_of(50, 2)}, LIMITS) == [("tests/new", "tells", 1.5)]


def test_lowered_only_lowers_limits_and_removes_rows() -> None:
    figures = {"docs": figures_of(2000, 2), "tests/core": figures_of(2000, 20), "tests/new": figures_of(2000, 20)}
    assert measure.lowered(figures, LIMITS) == {"default": FINAL, "tests/core": {**FINAL, "tells": 4.0}}
    figures["tests/core"] = figures_of(2000, 5)
    assert measure.lowered(figures, LIMITS)["tests/core"] == {**FINAL, "tells": 3.0}


def test_lowered_figure_below_default_uses_default() -> None:
    assert measure.lowered({"docs": figures_of(10000, 11)}, LIMITS) == {"default": FINAL}


def test_write_limits_keeps_comment_and_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "limits.txt"
    path.write_text("# The comment.\n")
    measure.write_limits(LIMITS, path)
    assert path.read_text().startswith("# The comment.\n")
    assert measure.read_limits(path) == LIMITS


def test_limits_default_is_final() -> None:
    limits = measure.read_limits()
    assert limits["default"] == FINAL
    assert all([*row] == [*HABITS] and all(row[habit] >= FINAL[habit] for habit in row) for row in limits.values())


def test_check_file_with_habits_fails_and_names_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text("It says what it says, and what it tells.\n")
    assert command.main(["--check", str(page)]) == 1
    output = capsys.readouterr().out
    assert "headless: 2.0 per 1,000 words, the limit is 1.7" in output
    assert "page.md:1: It says what" in output
    page.write_text("It returns the data.\n")
    assert command.main(["--check", str(page)]) == 0


def test_check_of_repository_passes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.prose", "--check"],
        cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_tox_lint_runs_prose_check() -> None:
    lint = (ROOT / "tox.ini").read_text(encoding="utf-8").partition("[testenv:lint]")[2].partition("\n[")[0]
    assert "python -m tools.prose --check" in lint
