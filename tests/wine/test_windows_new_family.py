"""A distribution of `new-family` on Windows: its tests pass, and its plugin is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FIELDS = ("--field", "node:u32", "--field", "port:be16", "--field", "mac:6")


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_new_family_on_windows_passes_its_tests(tmp_path: Path) -> None:
    done = run(tmp_path, "-m", "sockcore", "new-family", "AF_EXAMPLE", "--number", "17001", *FIELDS)
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "sockcore-example"
    assert b"\r" not in (folder / "pyproject.toml").read_bytes()
    variables = {"PYTHONPATH": str(folder / "src"), "SOCKCORE_PLUGINS": "sockcore_example"}
    # The tests of the layout need a C compiler, and those of the sockets a kernel with the family.
    done = run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the kernel does not support AF_EXAMPLE" in done.stdout
    done = run(folder, "-c", "import sockcore, sockcore_example; print(int(sockcore.AF_EXAMPLE))", **variables)
    assert (done.stdout, done.stderr) == ("17001\n", "")
