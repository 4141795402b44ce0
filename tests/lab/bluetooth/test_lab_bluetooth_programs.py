"""Bluetooth programs for the standard module, on Pythons that were built without Bluetooth."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "programs" / "local_version.py"


@pytest.mark.parametrize("variables", [{}, {"SOCKCORE_PLUGINS": "bluetooth"}], ids=["all plugins", "bluetooth alone"])
def test_sockcore_run_bluetooth_program_prints_version(variables: dict[str, str]) -> None:
    command = [sys.executable, "-W", "error", "-m", "sockcore", "run", str(PROGRAM)]
    environment = {**os.environ, **variables}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "event 0x0e, opcode 0x1001, status 0, version True\n"
