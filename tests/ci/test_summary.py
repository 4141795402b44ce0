""".ci/summary, which adds up all test runs and decides whether CI passes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SUMMARY = Path(__file__).parents[2] / ".ci" / "summary"
PASSED, FAILED = (
    "<testcase classname='a' name='b'/>",
    "<testcase classname='a' name='c'><failure message='no'/></testcase>",
)
SKIPPED = "<testcase classname='a' name='d'><skipped message='not here'/></testcase>"
REPEATED = (
    "<testcase classname='a' name='e'><properties>"
    "<property name='repeated' value='first line&#10;E  assert 1 == 2'/></properties></testcase>"
)


def summary(folder: Path, *arguments: str, **runs: str) -> tuple[int, list[str]]:
    """Write JUnit files and add them up; return the exit status and output lines."""
    for name, cases in runs.items():
        (folder / f"{name}.xml").write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    command = [sys.executable, str(SUMMARY), str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_summary_passed_and_skipped_tests_succeeds(tmp_path: Path) -> None:
    status, lines = summary(tmp_path, "--expect", "one", "two", "--failed", one=PASSED * 2, two=PASSED + SKIPPED)
    assert (status, lines[-1]) == (0, "3 passed, 0 failed, 1 skipped")
    assert "SKIPPED two: 1 x not here" in lines


def test_summary_failed_test_fails_and_names_test(tmp_path: Path) -> None:
    status, lines = summary(tmp_path, one=PASSED + FAILED)
    assert (status, lines[-1]) == (1, "1 passed, 1 failed, 0 skipped")
    assert "FAILED  one: a.c" in lines


def test_summary_missing_expected_run_fails_and_names_run(tmp_path: Path) -> None:
    status, lines = summary(tmp_path, "--expect", "one", "lab-3.9", one=PASSED)
    assert (status, lines[-1]) == (1, "1 passed, 1 failed, 0 skipped")
    assert "FAILED  run without tests: lab-3.9" in lines


def test_summary_failed_step_without_failed_tests_fails(tmp_path: Path) -> None:
    status, lines = summary(tmp_path, "--failed", "kernel", one=PASSED)
    assert (status, lines[-1]) == (1, "1 passed, 1 failed, 0 skipped")
    assert "FAILED  step: kernel" in lines


@pytest.mark.parametrize("text", ["<testsuites><testsuite>", "<testsuites><testsuite></testsuite></testsuites>"])
def test_summary_incomplete_or_empty_file_fails(tmp_path: Path, text: str) -> None:
    (tmp_path / "cut.xml").write_text(text)
    status, lines = summary(tmp_path, one=PASSED)
    assert (status, lines[-1]) == (1, "1 passed, 1 failed, 0 skipped")


def test_summary_prints_tests_that_were_repeated(tmp_path: Path) -> None:
    status, lines = summary(tmp_path, one=PASSED + REPEATED * 3)
    assert (status, lines[-1]) == (0, "4 passed, 0 failed, 0 skipped")
    start = lines.index("PASSED ONLY WHEN REPEATED  one: a.e")
    assert lines[start + 1 : start + 3] == ["first line", "E  assert 1 == 2"]


def test_summary_many_repeated_tests_fail(tmp_path: Path) -> None:
    status, lines = summary(tmp_path, one=PASSED + REPEATED * 2, two=REPEATED * 2)
    assert (status, lines[-1]) == (1, "1 passed, 4 failed, 0 skipped")
    assert "FAILED  4 tests passed only when they were repeated, at most 3 may" in lines


def test_summary_without_tests_fails(tmp_path: Path) -> None:
    assert summary(tmp_path) == (1, ["0 passed, 0 failed, 0 skipped"])
