"""The repetition of failed tests in CI, by ``tests/conftest.py``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
TESTS = """
import pytest

runs = []

@pytest.fixture
def prepared():
    runs.append("prepared")
    yield len(runs)
    runs.append("released")

def test_fails_once(prepared):
    assert prepared == 3, "the first run"

def test_fixture_was_released():
    assert runs == ["prepared", "released", "prepared", "released"]

def test_fails_twice():
    raise ValueError(len(runs))

def test_skips():
    pytest.skip("not here")

def test_passes():
    runs.append("passed")
"""


def outcomes(folder: Path, *arguments: str, ci: str) -> tuple[dict[str, str], dict[str, str], str]:
    """Run `TESTS`; return the outcomes and the first failures by test, and the output."""
    shutil.copy(CONFTEST, folder)
    (folder / "test_sample.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--junitxml=report.xml", *arguments]
    environment = {**os.environ, "CI": ci}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    found, failures = {}, {}
    for case in ElementTree.parse(folder / "report.xml").iter("testcase"):
        name = case.get("name", "")
        found[name] = ([child.tag for child in case if child.tag != "properties"] or ["passed"])[0]
        for element in case.findall("properties/property[@name='repeated']"):
            failures[name] = element.get("value", "")
    return found, failures, done.stdout


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["one process", "xdist"])
def test_failed_test_is_repeated_once_in_ci(tmp_path: Path, workers: tuple[str, ...]) -> None:
    found, failures, output = outcomes(tmp_path, *workers, ci="true")
    assert found == {
        "test_fails_once": "passed",
        "test_fixture_was_released": "passed",
        "test_fails_twice": "failure",
        "test_skips": "skipped",
        "test_passes": "passed",
    }
    assert failures.keys() == {"test_fails_once", "test_fails_twice"}
    assert "AssertionError: the first run" in failures["test_fails_once"]
    assert "passed when it was repeated: test_sample.py::test_fails_once\n" in output
    assert "1 failed, 3 passed, 1 skipped" in output


def test_failed_test_is_not_repeated_outside_ci(tmp_path: Path) -> None:
    found, failures, output = outcomes(tmp_path, ci="")
    assert found["test_fails_once"] == found["test_fixture_was_released"] == "failure"
    assert failures == {}
    assert "3 failed, 1 passed, 1 skipped" in output
