"""Datagrams between hosts in network namespaces: source addresses, ECN marks, and the MTU of a path."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("hosts_in_namespaces.py")

if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("ip") is None:
    pytest.skip("needs root on Linux, and ip(8)", allow_module_level=True)

pytestmark = pytest.mark.real_kernel


FUNCTIONS = (
    "reply_from_requested_address", "ecn_marks_survive", "path_mtu_by_probing", "full_buffer", "cancelled_send",
)  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS)
def test_datagrams_between_hosts(functions, function):
    module = functions.__name__.rpartition(".")[2]
    done = subprocess.run(
        [sys.executable, str(PROGRAM), module, f"test_{function}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode == 77:
        pytest.skip(f"network namespaces are not permitted: {done.stdout}")
    assert done.returncode == 0, done.stderr[-3000:]
