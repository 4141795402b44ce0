"""Run 64 threads that share sockets under ThreadSanitizer.

    python tests/memory/threads.py [--rounds N]

The C code of sockcore must be compiled with gcc and the sanitizer: ``CFLAGS=-fsanitize=thread SOCKCORE_NATIVE=1
pip install ./sockcore ./plugins/inet ./plugins/can ./plugins/linux_misc``. The sanitizer observes only memory accesses
of this code, because Python itself is not compiled with it, but all locks of the process. On a Python with a GIL, it
detects races between threads that do not hold the GIL. The exit status is 1 if there is a report.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from sanitized import PACKAGES, calls, reports

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAM = Path(__file__).with_name("shared_sockets.py")
LIMIT = 1200  # seconds
#: Two threads increment a variable at the same time without a lock.
RACE = """
#include <pthread.h>
static pthread_barrier_t barrier;
static long number;
void prepare(void) { pthread_barrier_init(&barrier, NULL, 2); }
void add(void) { pthread_barrier_wait(&barrier); for (long i = 0; i < 1000; i++) number++; }
"""
RUN_RACE = """
import ctypes, sys, threading
library = ctypes.CDLL(sys.argv[1])
library.prepare()
threads = [threading.Thread(target=library.add) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
#: Reports with this text are ignored. The program intentionally closes descriptors while other threads make system
#: calls with them, which the kernel allows. The sanitizer treats a descriptor like memory.
ALLOWED = "Location is file descriptor"


def main() -> int:
    """Run the command line; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=500, help="calls of each thread; default: %(default)s")
    arguments = parser.parse_args()
    for package in PACKAGES:
        if not calls(package, b"__tsan_read", b"__tsan_func_entry"):
            print(f"{package}._native was not compiled with -fsanitize=thread")
            return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not detects_race(folder):
            print("the sanitizer does not detect an intentional race")
            return 1
        done = run(folder, str(PROGRAM), str(arguments.rounds))
        race_reports = [report for report in races(folder) if ALLOWED not in report]
    print(*race_reports, sep="\n")
    return 1 if race_reports or done else 0


def run(folder: Path, *arguments: str) -> int:
    """Run Python under the sanitizer, reporting to a folder; return the exit status."""
    (folder / "reports").mkdir(exist_ok=True)
    library = subprocess.run(["gcc", "-print-file-name=libtsan.so"], capture_output=True, text=True, check=True)
    options = f"log_path={folder / 'reports' / 'report'}:exitcode=0:history_size=4"
    environment = {
        **os.environ,
        "LD_PRELOAD": library.stdout.strip(),
        "TSAN_OPTIONS": options,
        "SOCKCORE_BACKEND": "native",
    }
    return subprocess.run(
        [sys.executable, *arguments], cwd=CHECKOUT, env=environment, timeout=LIMIT, check=False
    ).returncode


def races(folder: Path) -> list[str]:
    """Return the reports of the sanitizer."""
    texts = reports(folder / "reports", "WARNING: ThreadSanitizer")
    return [report for text in texts for report in text.split("=" * 18) if "WARNING: ThreadSanitizer" in report]


def detects_race(folder: Path) -> bool:
    """Return whether the sanitizer reports a race in a library."""
    source, library = folder / "race.c", folder / "race.so"
    source.write_text(RACE, encoding="utf-8")
    subprocess.run(["gcc", "-fsanitize=thread", "-shared", "-fPIC", str(source), "-o", str(library)], check=True)
    run(folder, "-c", RUN_RACE, str(library))
    race_reports = races(folder)
    for path in (folder / "reports").iterdir():
        path.unlink()
    return bool(race_reports)


if __name__ == "__main__":
    sys.exit(main())
