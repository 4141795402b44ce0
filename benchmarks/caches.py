"""Memory of the caches of address conversions, when they are full, for each family that has them.

    python -m benchmarks.caches [--page]

A figure is the growth of the memory that Python has allocated (tracemalloc), at its peak, while as many different
addresses are converted as the larger cache can hold. Each backend is measured in a separate process. ``--page`` writes
the table to docs/performance.md.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tracemalloc
from datetime import date
from typing import TYPE_CHECKING

import sockcore as socket
from benchmarks.page import PAGE, ROOT, replaced
from sockcore import backends
from sockcore._families import MOST_KEPT

if TYPE_CHECKING:
    from typing import Callable

#: The number of addresses: as many as the cache of a codec holds at most.
COUNT = MOST_KEPT
#: The marks around the table in docs/performance.md.
BEGIN, END = "<!-- caches: written by python -m benchmarks.caches --page -->", "<!-- end of caches -->"


def connect(family: str, kind: int, address: Callable[[int], object]) -> None:
    """Convert addresses to sockaddrs by connect(), and back by getpeername(). Datagram sockets send nothing for it."""
    with socket.socket(getattr(socket, family), kind) as sock:
        for number in range(COUNT):
            sock.connect(address(number))
            sock.getpeername()


def bind() -> None:
    """Convert abstract names of AF_UNIX by bind(), and back by getsockname(). connect() would need a peer for each."""
    for number in range(COUNT):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.bind(b"\0sockcore-%d-%d" % (os.getpid(), number))
            sock.getsockname()


#: The family of a row -> a function that fills its caches.
FILL_CACHES: dict[str, Callable[[], None]] = {
    "AF_INET": lambda: connect("AF_INET", socket.SOCK_DGRAM, lambda number: (f"127.1.{number >> 8}.{number & 255}", 9)),
    "AF_INET6": lambda: connect("AF_INET6", socket.SOCK_DGRAM, lambda number: ("::1", 1 + number, 0, 0)),
    "AF_UNIX": bind,
    "AF_NETLINK": lambda: connect("AF_NETLINK", socket.SOCK_RAW, lambda number: (1 + number, 0)),
}
#: Other families with such addresses. Their caches are separate.
SIMILAR_FAMILIES = {"AF_NETLINK": ("AF_VSOCK", "AF_QIPCRTR")}


def measure(family: str) -> int:
    """Return the bytes of the caches of a family."""
    with socket.socket(getattr(socket, family), socket.SOCK_DGRAM):
        pass  # the code for a socket is not counted
    tracemalloc.start()
    FILL_CACHES[family]()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def figures(backend: str) -> dict[str, str]:
    """Return the kilobytes of each family in a new process with a backend."""
    command = [sys.executable, "-m", "benchmarks.caches", "--measure"]
    environment = {**os.environ, "SOCKCORE_BACKEND": backend}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True
    )
    return dict(line.split() for line in done.stdout.splitlines())


def table() -> list[str]:
    """Return the lines of the table: families by backends."""
    columns = {backend: figures(backend) for backend in backends.available()}
    lines = ["| kB | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for family in FILL_CACHES:
        names = ", ".join([family, *SIMILAR_FAMILIES.get(family, ())])
        lines.append(f"| {names} | " + " | ".join(column[family] for column in columns.values()) + " |")
    return lines


def main() -> None:
    """Print the table, or write it to the page."""
    if sys.argv[1:] == ["--measure"]:
        for family in FILL_CACHES:
            print(family, round(measure(family) / 1000))
    elif sys.argv[1:] == ["--page"]:
        system = f"{platform.system()} {platform.machine()}"
        about = f"Python {platform.python_version()}, {system}, {date.today().isoformat()}:"
        text = "\n".join([about, "", *table()]) + "\n"
        PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), text, BEGIN, END), encoding="utf-8")
    else:
        print("\n".join(table()))


if __name__ == "__main__":
    main()
