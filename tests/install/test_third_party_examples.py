"""The tests of the distributions in examples, each in a process with its plugin."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(path.parent for path in ROOT.glob("examples/*/pyproject.toml"))


@pytest.mark.parametrize("example", EXAMPLES, ids=[path.name for path in EXAMPLES])
def test_example_passes_its_tests(example: Path) -> None:
    path = os.pathsep.join((str(example / "src"), *filter(None, [os.environ.get("PYTHONPATH")])))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(example / "tests")]
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=example, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


@pytest.mark.parametrize("example", EXAMPLES, ids=[path.name for path in EXAMPLES])
def test_example_imports_only_sockcore_plugin(example: Path) -> None:
    package = f"sockcore_{example.name}"
    lines = [line.split() for file in example.glob("src/**/*.py") for line in file.read_text().splitlines()]
    imported = {words[1] for words in lines if words[:1] in (["from"], ["import"]) and words[1].startswith("sockcore")}
    assert {name for name in imported if name.partition(".")[0] != package} == {"sockcore.plugin"}
