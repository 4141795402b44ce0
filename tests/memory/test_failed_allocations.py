"""A failed memory allocation raises MemoryError, and leaks no file descriptor."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("_testcapi", reason="needs _testcapi.set_nomemory")
if sys.platform != "linux":
    pytest.skip("needs /proc", allow_module_level=True)

import allocations
from allocations import ENDS, OPERATIONS

from sockcore._system import backend

if not hasattr(allocations._testcapi, "set_nomemory"):
    pytest.skip("needs _testcapi.set_nomemory", allow_module_level=True)
if backend.NAME != "native":
    pytest.skip("tests C code; ctypes may ignore a MemoryError", allow_module_level=True)


#: Operation -> its marks.
MARKS: dict[str, list[pytest.MarkDecorator]] = {}
if hasattr(sys, "gettotalrefcount") and sys.version_info >= (3, 11):
    # See allocations.is_fault_of_interpreter().
    reason = "a debug build aborts if the interpreter loses the exception of the operation"
    MARKS.update({name: [pytest.mark.skip(reason=reason)] for name in ENDS})


@pytest.mark.parametrize("name", [pytest.param(name, marks=MARKS.get(name, [])) for name in OPERATIONS])
def test_operation_with_failed_allocation_raises_memory_error(name: str) -> None:
    program = Path(allocations.__file__)
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(program), name],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{done.returncode}: {done.stderr[-3000:]}"
    assert int(done.stdout) >= 1


@pytest.mark.skipif(sys.version_info < (3, 11), reason="older Pythons allocate memory for the call of a function")
def test_close_of_descriptor_needs_no_memory() -> None:
    one, two = os.pipe()
    code = """
import _testcapi, sockcore
def close_without_memory(fd, close=sockcore.close, fail=_testcapi.set_nomemory, restore=_testcapi.remove_mem_hooks):
    fail(0, 1000)
    close(fd)
    restore()
close_without_memory({fd})
"""
    try:
        subprocess.run([sys.executable, "-c", code.format(fd=one)], pass_fds=[one], timeout=120, check=True)
    finally:
        os.close(one)
        os.close(two)
