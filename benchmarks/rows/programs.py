"""Rows of real programs, in `benchmarks.programs`: run with the plain interpreter, and with ``python -m sockcore run``.

The value of a row is the processor time of all threads of the process, without its start-up. If the system counts that
in ticks (User-Mode Linux, Wine), it is the wall-clock time, which some programs print as a second number.

The programs of other projects need the distributions in ``benchmarks/requirements.txt``.
"""

from __future__ import annotations

import os
import socket as plain
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.measuring import COARSE, resolution
from benchmarks.rows.row import Skip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.rows.row import Net, Work

FOLDER = Path(__file__).resolve().parents[1] / "programs"


class Program(NamedTuple):
    """A program in `FOLDER`."""

    title: str
    count: int  # how often it repeats its work
    module: str = ""  # that it imports, apart from those that every Python has
    needs: tuple[str, ...] = ("AF_INET",)  # names that both socket modules must have
    interface: str = ""  # a network interface that must exist


#: Name of the file -> program.
PROGRAMS = {
    "asyncio_echo": Program("asyncio streams, request and echo of 64 B", 2000),
    "asyncio_connections": Program("asyncio streams, a connection with a request", 400),
    "asyncio_sock_calls": Program("asyncio sock_sendall and sock_recv of 64 B", 2000),
    "asyncio_datagrams": Program("asyncio datagrams, request and echo of 64 B", 2000),
    "http_server": Program("http.server and urllib, a connection for each request", 150),
    "threaded_server": Program("socketserver with threads, request and echo of 64 B", 3000),
    "tls": Program("ssl, request and echo of 64 B", 2000, "ssl"),
    "httpcore_get": Program("httpcore and http.server, a kept connection", 50, "httpcore"),
    "python_can": Program("python-can, send and recv of a frame on vcan0", 2000, "can", ("AF_CAN",), "vcan0"),
    "pyroute2_links": Program(
        "pyroute2, an interface and its addresses by netlink", 200, "pyroute2", ("AF_NETLINK",), "lo"
    ),
}


def program(net: Net, name: str) -> Iterator[Work]:
    _, count, module, _, interface = PROGRAMS[name]
    if module and find_spec(module) is None:
        raise Skip(f"needs the module {module}")
    if interface and interface not in [existing for _, existing in plain.if_nameindex()]:
        raise Skip(f"needs the network interface {interface}")
    is_coarse = resolution(process_time) >= COARSE
    run = ["-m", "sockcore", "run"] if net.__name__ == "sockcore" else []
    command = [sys.executable, *run, str(FOLDER / f"{name}.py"), str(count)]
    with tempfile.TemporaryDirectory() as folder:

        def once() -> float:
            done = subprocess.run(
                command, cwd=folder, env=os.environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                check=True, timeout=120,
            )  # fmt: skip
            return float(done.stdout.split()[-1 if is_coarse else 0]) / count

        def work(repetitions: int) -> float:
            return sum(once() for _ in range(repetitions))

        yield work
