"""Rows about memory: of an open socket, measured with many sockets, and of the import and first socket of a process."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.rows import kit
from benchmarks.rows.kit import compiled_modules
from benchmarks.rows.row import Skip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from benchmarks.rows.row import Net, Work

MOST = 50_000
SPARE = 200  # descriptors for everything else
FIRST = 100  # sockets that are not counted, because they load modules and fill caches


def each_socket(net: Net, by: str) -> Iterator[Work]:
    if by == "tracemalloc" and find_spec("_tracemalloc") is None:
        raise Skip("this Python does not have tracemalloc")
    if by == "RSS" and sys.platform != "linux":
        raise Skip("needs /proc/self/statm of Linux")
    code = f"from benchmarks.rows import memory; memory.hold({net.__name__!r}, {by!r})"

    yield lambda count: printed_number(code, cwd=Path(__file__).parents[2]) * count


def printed_number(code: str, **options: Any) -> float:
    """Return the number that a new process prints. The options are those of subprocess.run()."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True, **options)
    return float(done.stdout)


def imported(net: Net) -> Iterator[Work]:
    code = IMPORT.format(module=net.__name__)
    if sys.platform != "linux" or not Path("/proc/self/smaps_rollup").exists():
        raise Skip("needs /proc/self/smaps_rollup of Linux")
    with compiled_modules() as environment:
        yield lambda count: printed_number(code, env=environment) * count


#: Prints the growth of the memory that belongs to the process alone, without shared pages of files.
IMPORT = """
def private():
    with open("/proc/self/smaps_rollup") as lines:
        return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Private_"))
private()
before = private()
import {module} as socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print(private() - before)
"""


def hold(module: str, by: str) -> None:
    """Open the maximum number of UDP sockets, print the bytes for each, and end."""
    net = import_module(module)
    number = kit.descriptors(MOST + SPARE) - SPARE
    kept: list[Any] = [net.socket(net.AF_INET, net.SOCK_DGRAM) for _ in range(FIRST)]
    kept += [None] * (number - FIRST)  # so that growing the list is not counted
    if by == "tracemalloc":
        import tracemalloc

        tracemalloc.start()
    used = traced if by == "tracemalloc" else resident
    gc.collect()
    before = used()
    for place in range(FIRST, number):
        kept[place] = net.socket(net.AF_INET, net.SOCK_DGRAM)
    gc.collect()
    print((used() - before) / (number - FIRST), flush=True)
    os._exit(0)  # closing the sockets would take time


def traced() -> int:
    """Return the bytes that Python has allocated since the start of tracing.

    Only Python's allocators are counted.
    """
    import tracemalloc

    return tracemalloc.get_traced_memory()[0]


def resident() -> int:
    """Return the resident bytes of the process."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
