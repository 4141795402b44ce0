"""The rings of AF_PACKET and AF_XDP: the tests of the plugin and of the example, none of them skipped."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
XDP = ROOT / "examples" / "xdp"
#: Tests of the implementation in C, which the guest does not have.
WITHOUT_C = "not native"


@pytest.mark.parametrize("tests", ["tests/linux_misc/test_packet_ring.py", "examples/xdp/tests/test_xdp_rings.py"])
def test_rings_work_on_this_kernel(tests: str) -> None:
    path = os.pathsep.join(filter(None, [str(XDP / "src"), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs", "-k", WITHOUT_C, tests]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"[1-9]\d+ passed", done.stdout)
    skipped = [line for line in done.stdout.splitlines() if line.startswith("SKIPPED")]
    assert [line for line in skipped if "copies" not in line] == []
