"""Rows of real programs, in `benchmarks.programs`: run with the plain interpreter, and with ``python -m sockcore run``.

The value of a row is the processor time of all threads of the process, without its start-up.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.rows.row import Skip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.rows.row import Net, Work

FOLDER = Path(__file__).resolve().parents[1] / "programs"

#: Program -> its title, how often it repeats its work, and the modules that it needs.
PROGRAMS: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "asyncio_echo": ("asyncio streams, request and echo of 64 B", 2000, ()),
    "asyncio_connections": ("asyncio streams, a connection with a request", 400, ()),
    "asyncio_sock_calls": ("asyncio sock_sendall and sock_recv of 64 B", 2000, ()),
    "asyncio_datagrams": ("asyncio datagrams, request and echo of 64 B", 2000, ()),
    "http_server": ("http.server and urllib, a connection for each request", 150, ()),
    "threaded_server": ("socketserver with threads, request and echo of 64 B", 3000, ()),
    "tls": ("ssl, request and echo of 64 B", 2000, ("ssl",)),
    "httpcore_get": ("httpcore and http.server, a kept connection", 200, ("httpcore",)),
}


def program(net: Net, name: str) -> Iterator[Work]:
    _, count, modules = PROGRAMS[name]
    for module in modules:
        if find_spec(module) is None:
            raise Skip(f"needs the module {module}")
    run = ["-m", "sockcore", "run"] if net.__name__ == "sockcore" else []
    command = [sys.executable, *run, str(FOLDER / f"{name}.py"), str(count)]
    with tempfile.TemporaryDirectory() as folder:

        def once() -> float:
            done = subprocess.run(
                command, cwd=folder, env=os.environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                check=True, timeout=120,
            )  # fmt: skip
            return float(done.stdout) / count

        def work(repetitions: int) -> float:
            return sum(once() for _ in range(repetitions))

        yield work
