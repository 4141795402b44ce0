"""Lookups in databases whose answers do not fit into the first buffer.

A library for LD_PRELOAD replaces the functions of the C library.
"""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

try:
    from sockcore_inet import _native as IN_C
except ImportError:
    IN_C = None  # type: ignore[assignment]

if sys.platform != "linux" or platform.libc_ver()[0] != "glibc":
    pytest.skip("the library has the function signatures of glibc", allow_module_level=True)
if "libasan" in os.environ.get("LD_PRELOAD", ""):
    pytest.skip("the sanitizer replaces these functions itself", allow_module_level=True)
COMPILER = shutil.which("gcc") or shutil.which("cc")
SOURCE = Path(__file__).with_name("large_answers.c")

#: The largest buffer, in bytes.
MOST = 4 << 20

PREPARE = """
import ctypes
import sockcore as s

need = ctypes.CDLL(None).need
need.argtypes = [ctypes.c_size_t]
CALLS = [
    (s.gethostbyname_ex, ("localhost",), ("localhost", ["localhost"], ["192.0.2.7"])),
    (s.gethostbyaddr, ("127.0.0.1",), ("host", ["host"], ["127.0.0.1"])),
    (s.getservbyname, ("name", "tcp"), 4242),
    (s.getservbyport, (4242, "tcp"), "service"),
    (s.getprotobyname, ("name",), 77),
]
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the library for LD_PRELOAD."""
    if COMPILER is None:
        pytest.skip("no C compiler here")
    library = tmp_path_factory.mktemp("large") / "answers.so"
    subprocess.run([COMPILER, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"], check=True)
    try:
        ctypes.CDLL(str(library))
    except OSError as exc:  # wrong ELF class, or another machine
        pytest.skip(f"the compiler is not for this interpreter: {exc}")
    return library


def run(library: Path, backend: str, code: str) -> None:
    """Run code with the library, in a process with one of the backends."""
    if backend == "native" and IN_C is None:
        pytest.skip("the native functions were not built")
    done = subprocess.run(
        [sys.executable, "-c", PREPARE + code],
        env={**os.environ, "LD_PRELOAD": str(library), "SOCKCORE_BACKEND": backend},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr[-3000:]


@pytest.mark.parametrize("backend", ["native", "pure"])
def test_lookup_with_large_answer_returns_it(library: Path, backend: str) -> None:
    code = f"""
for size in (1024, 1025, 100_000, {MOST}):
    need(size)
    for call, arguments, expected in CALLS:
        assert call(*arguments) == expected, (size, call)
print("done")
"""
    run(library, backend, code)


@pytest.mark.parametrize("backend", ["native", "pure"])
def test_lookup_with_too_large_answer_raises(library: Path, backend: str) -> None:
    code = f"""
need({MOST} + 1)
for call, arguments, _ in CALLS:
    try:
        call(*arguments)
    except OSError:
        continue
    raise AssertionError(call)
print("done")
"""
    run(library, backend, code)


def test_native_lookup_with_large_answer_frees_smaller_buffers(library: Path) -> None:
    code = """
import tracemalloc
tracemalloc.start()
need(100_000)
for call, arguments, _ in CALLS:
    call(*arguments)
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(10):
        call(*arguments)
    after, _ = tracemalloc.get_traced_memory()
    assert after - before < 10_000, (call, after - before)
print("done")
"""
    run(library, "native", code)


@pytest.mark.parametrize("backend", ["native", "pure"])
def test_gethostbyaddr_of_name_with_ipv6_address_returns_it(library: Path, backend: str) -> None:
    run(library, backend, 'assert s.gethostbyaddr("six") == ("host", ["host"], ["::1"])\nprint("done")')
