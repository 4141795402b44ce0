"""Collected and omitted tests of pytest without arguments."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.skipif(sys.implementation.name != "cpython", reason="slow, and the same on all Pythons"),
    pytest.mark.timeout(1000),  # it collects thousands of tests
]
ROOT = Path(__file__).parents[2]


def collect(*arguments: str) -> list[str]:
    """Collect the tests of the checkout; return the lines of the output."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    return done.stdout.splitlines()


def test_pytest_without_arguments_names_omitted_folders() -> None:
    lines = collect()
    folders = {line.split("/")[1] for line in lines if "::" in line}
    assert {"core", "inet", "cli", "parity", "memory", "arch", "conformance"} <= folders
    assert not {"lab", "wine", "headers", "install"} & folders
    [line] = [line for line in lines if line.startswith("left out: ")]
    for folder in ("conformance/test_conformance.py", "headers", "install", "lab", "wine"):
        assert f"tests/{folder} (tox -e {folder.partition('/')[0]})" in line


@pytest.mark.parametrize(
    ("path", "collected"),
    [
        ("tests/install/test_licenses.py", "tests/install/test_licenses.py"),
        ("tests/conformance", "tests/conformance/test_conformance.py"),
    ],
)
def test_pytest_with_path_collects_path(path: str, collected: str) -> None:
    lines = collect(path)
    assert any(line.startswith(collected) for line in lines)
    assert not any(line.startswith("left out: ") for line in lines)
