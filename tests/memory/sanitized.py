"""Run the tests of the native backend under AddressSanitizer and UndefinedBehaviorSanitizer.

    python tests/memory/sanitized.py [--junit FOLDER] [-- PYTEST ARGUMENTS]

The C code of sockcore must be compiled with gcc and sanitizers: ``CFLAGS="-fsanitize=address,undefined
-fno-sanitize-recover=all" SOCKCORE_NATIVE=1 pip install ./sockcore ./plugins/inet ./plugins/can ./plugins/linux_misc``.
Python allocates with malloc(3), so that the sanitizer detects uses of freed memory. A report ends the process. It is
printed, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
CAN = "can/test_can_native.py"
PACKET = tuple(f"linux_misc/test_{name}.py" for name in ("packet_native", "region", "packet_frames", "packet_ring"))
TESTS = ("core", "inet", CAN, *PACKET, "unix", "parity", "memory")  # the other families are in Python
#: These tests run no C code of sockcore.
IGNORED = (
    "core/discovery",
    "inet/test_encoders_of_all_plugins.py",
    "inet/test_message_codecs.py",
    "inet/test_option_codecs.py",
)
#: Tests of the codecs of messages, which are in Python.
DESELECTED = tuple(
    f"inet/test_inet_messages.py::test_{name}"
    for name in (
        "decode_any_bytes_returns_value_or_raises_value_error",
        "encode_any_value_returns_bytes_or_raises_documented_exception",
    )
)
PACKAGES = ("sockcore", "sockcore_inet", "sockcore_can", "sockcore_linux_misc")
LIMIT = 3600  # seconds
ERRORS = ("ERROR: ", "runtime error: ")
#: Reads beyond the end of a heap block. Only the library of the sanitizer detects this.
OVERRUN = """
import ctypes
malloc = ctypes.CDLL(None).malloc
malloc.restype = ctypes.c_void_p
ctypes.string_at(malloc(8), 64)
"""


def main() -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--junit", type=Path, metavar="FOLDER", help="write sanitized.xml to this folder")
    arguments, tests = parser.parse_known_args()
    tests = [argument for argument in tests if argument != "--"] or [f"tests/{folder}" for folder in TESTS]
    for package in PACKAGES:
        if not calls(package, b"__asan_report", b"__ubsan_handle"):
            print(f"{package}._native was not compiled with -fsanitize=address,undefined")
            return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not detects_overrun(folder):
            print("the sanitizer does not detect an intentional error")
            return 1
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout=300"]
        command += [f"--ignore=tests/{path}" for path in IGNORED]
        command += [f"--deselect=tests/{test}" for test in DESELECTED]
        if arguments.junit:
            command.append(f"--junitxml={arguments.junit.resolve() / 'sanitized.xml'}")
        done = subprocess.run([*command, *tests], cwd=CHECKOUT, env=environment(folder), timeout=LIMIT, check=False)
        errors = reports(folder)
    print(*errors, sep="\n")
    return 1 if errors or done.returncode else 0


def calls(package: str, *functions: bytes) -> bool:
    """Return whether a package's extension module contains all *functions* by name."""
    spec = find_spec(package)  # not of the extension module, which would import the package without the sanitizers
    paths = [*Path(spec.origin or "").parent.glob("_native.*.so")] if spec else []
    compiled = b"".join(path.read_bytes() for path in paths)
    return all(function in compiled for function in functions)


def environment(folder: Path) -> dict[str, str]:
    """Return environment variables for Python with sanitizers reporting to *folder*."""
    libraries = [
        subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True).stdout.strip()
        for name in ("libasan.so", "libubsan.so")
    ]
    # Python does not free all memory at exit, and tests allocate more memory than available.
    return {
        "HYPOTHESIS_PROFILE": "slow",
        "SOCKCORE_OPERATIONS": "12000",  # the environments memory and native find leaks
        **os.environ,
        "LD_PRELOAD": " ".join(libraries),
        "ASAN_OPTIONS": f"detect_leaks=0:allocator_may_return_null=1:log_path={folder / 'report'}",
        "UBSAN_OPTIONS": f"print_stacktrace=1:log_path={folder / 'report'}",
        "PYTHONMALLOC": "malloc",
        "SOCKCORE_BACKEND": "native",
    }


def detects_overrun(folder: Path) -> bool:
    """Return whether an invalid read ends Python with a report."""
    done = subprocess.run([sys.executable, "-c", OVERRUN], env=environment(folder), check=False)
    errors = reports(folder)
    for path in folder.iterdir():
        path.unlink()
    return done.returncode != 0 and any("heap-buffer-overflow" in report for report in errors)


def reports(folder: Path, *signs: str) -> list[str]:
    """Return the reports that contain one of *signs*.

    Warnings about failed allocations are left out.
    """
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in folder.iterdir())
    return [text for text in texts if any(sign in text for sign in signs or ERRORS)]


if __name__ == "__main__":
    sys.exit(main())
