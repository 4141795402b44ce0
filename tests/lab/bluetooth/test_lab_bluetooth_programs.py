"""A program for Bluetooth that was written for the standard module runs on Pythons that were built without it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "programs" / "local_version.py"


@pytest.mark.parametrize("variables", [{}, {"SOCKCORE_PLUGINS": "bluetooth"}], ids=["all plugins", "bluetooth alone"])
def test_a_program_runs_unchanged(variables: dict[str, str]) -> None:
    command = [sys.executable, "-W", "error", "-m", "sockcore", "run", str(PROGRAM)]
    environment = {**os.environ, **variables}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "event 0x0e, opcode 0x1001, status 0, version True\n"
