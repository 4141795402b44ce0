"""64 threads that share sockets: no crash, no unexpected exception, no hang. Most useful on a Python without a GIL."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sockcore_inet")
pytest.importorskip("sockcore_unix")
if sys.platform == "win32":
    pytest.skip("the program uses AF_UNIX", allow_module_level=True)

PROGRAM = Path(__file__).with_name("shared_sockets.py")
WITHOUT_GIL = "t" in getattr(sys, "abiflags", "")


def test_threads_share_sockets():
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "1000" if WITHOUT_GIL else "300"],
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "PYTHON_GIL": "0"} if WITHOUT_GIL else None,
    )
    assert (done.returncode, done.stderr) == (0, "")


USE_ALL = """
import sys
import sockcore
sockcore.socket(sockcore.AF_INET).close()
import sockcore_inet.datagrams
print(sys._is_gil_enabled())
"""


@pytest.mark.skipif(not WITHOUT_GIL, reason="this Python has a GIL")
def test_import_does_not_enable_the_gil():
    done = subprocess.run([sys.executable, "-c", USE_ALL], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("False\n", "")
