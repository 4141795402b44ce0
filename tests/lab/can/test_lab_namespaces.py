"""Network namespaces: a socket uses the interfaces of the namespace in which it was created."""

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
except OSError as exc:
    print(exc.errno, exc.strerror)
later.close()
sock.close()
"""


@pytest.mark.parametrize("module", ["socket", "sockcore"])
def test_bind_after_unshare_uses_namespace_of_socket(module: str) -> None:
    command = [sys.executable, "-c", CODE, module]
    done = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("('vcan0',)\n19 No such device\n", "")
