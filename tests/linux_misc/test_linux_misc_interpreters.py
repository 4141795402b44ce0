"""The extension module of sockcore-linux-misc in several interpreters, and its data."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sockcore_linux_misc.region import native_module

pytestmark = [
    pytest.mark.skipif(sys.implementation.name != "cpython", reason="PyPy does not support subinterpreters"),
    pytest.mark.skipif(native_module() is None, reason="this process does not use the C code"),
]

CODE = """
import threading
try:
    import _interpreters as interpreters
except ImportError:
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        import _xxinterpreters as interpreters

USE = '''
import mmap
from sockcore_linux_misc import _native
memory = mmap.mmap(-1, 4096)
for number in range(500):
    region = _native.Region(memory, 0, 64)
    region.store(4, number)
    assert region.load(4) == number
    with region.view(4, 4) as view:
        assert region.exports == 1
    region.release()
    address = ("", number, 1, 772, bytes([number % 256]))
    assert _native.decode_packet(_native.encode_packet(address, 0), 0) == address
memory.close()
'''

def create(isolated):
    try:
        return interpreters.create("isolated" if isolated else "legacy")
    except (TypeError, ValueError):
        return interpreters.create(isolated=isolated)


def run(interpreter):
    call = getattr(interpreters, "exec", None) or interpreters.run_string
    failure = call(interpreter, USE + "print('done')")
    if failure is not None:
        print("FAILURE", getattr(failure, "formatted", failure))


from sockcore_linux_misc import _native
for isolated in (True, False):
    other = create(isolated)
    run(other)
    thread = threading.Thread(target=run, args=(other,))
    thread.start()
    exec(USE)
    thread.join()
    interpreters.destroy(other)
exec(USE)
assert type(_native.Region) is type and _native.Region.__module__ == "sockcore_linux_misc._native"
"""


def test_native_module_works_in_several_interpreters() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CODE],
        env={**os.environ, "SOCKCORE_BACKEND": "native"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert done.stdout.split() == ["done"] * 4
