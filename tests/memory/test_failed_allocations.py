"""An allocation that fails raises MemoryError, and leaves no file descriptor open, wherever it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("_testcapi", reason="this Python cannot let allocations fail")
if sys.platform != "linux":
    pytest.skip("counts in /proc", allow_module_level=True)

import allocations
from allocations import ENDS, OPERATIONS

from sockcore._backend.chosen import backend

if not hasattr(allocations._testcapi, "set_nomemory"):
    pytest.skip("this Python cannot let allocations fail", allow_module_level=True)
if backend.NAME != "native":
    pytest.skip("about functions in C: ctypes itself may ignore a MemoryError", allow_module_level=True)


#: In these, Python functions fail. CPython 3.11 to 3.13 lose the exception if there is no memory for its traceback, and
#: a debug build then ends the process.
IN_PYTHON = {*ENDS, "sendmmsg_unusual"}
DEBUG = hasattr(sys, "gettotalrefcount") and sys.version_info >= (3, 11)


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_without_memory_raises_memory_error_and_leaves_no_descriptor(name: str) -> None:
    if DEBUG and name in IN_PYTHON:
        pytest.skip("the interpreter itself loses an exception")
    program = Path(allocations.__file__)
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(program), name],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{done.returncode}: {done.stderr[-3000:]}"
    assert done.stdout.strip().isdigit()
