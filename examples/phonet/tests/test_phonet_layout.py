"""The structs, compared with the C headers of this machine. Skipped without a compiler or the header."""

from __future__ import annotations

import subprocess
import sys

import pytest


def test_structs_match_headers() -> None:
    command = [sys.executable, "-m", "sockcore", "check-layout", "--native", "sockcore_phonet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "compiler" in done.stderr:
        pytest.skip(done.stderr)
    if ": on 0 of " in done.stdout:
        pytest.skip(f"no header: {done.stdout}")
    assert done.returncode == 0, done.stdout + done.stderr
