"""An interface is one of the network namespace that the socket is in, wherever its process has gone meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

CODE = """
import ctypes, sys
module = __import__(sys.argv[1])
sock = module.socket(module.AF_CAN, module.SOCK_RAW, module.CAN_RAW)
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x40000000):  # CLONE_NEWNET
    raise OSError(ctypes.get_errno(), "unshare")
sock.bind(("vcan0",))
print(sock.getsockname())
later = module.socket(module.AF_CAN, module.SOCK_RAW, module.CAN_RAW)
try:
    later.bind(("vcan0",))
except OSError as refusal:
    print(refusal.errno, refusal.strerror)
later.close()
sock.close()
"""


@pytest.mark.parametrize("module", ["socket", "sockcore"])
def test_a_socket_of_another_namespace(module: str) -> None:
    command = [sys.executable, "-c", CODE, module]
    done = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("('vcan0',)\n19 No such device\n", "")
