"""Rows about start-up: import and the first UDP socket of a fresh process.

The figures of "startup" are taken within the process, and do not include the start of the interpreter. Those of
"process" are the whole process, from its start to its end. All are processor time (wall-clock time if the system counts
processor time in ticks), with files in the system's cache: a
first start after boot takes longer. The rows differ in the environment of the process, which is the same for the
standard module.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

from benchmarks.measuring import COARSE, resolution
from benchmarks.rows import kit
from benchmarks.rows.row import Skip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.rows.row import Net, Work

CODE = """
from time import {clock} as clock
began = clock()
import {module} as socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print(clock() - began)
"""
# Files of most distributions. The entry points belong to another group, but discovery must read them.
METADATA = "Metadata-Version: 2.1\nName: unrelated-{number}\nVersion: 1.{number}\n"
ENTRY_POINTS = "[console_scripts]\nunrelated{number} = unrelated{number}:main\n"


def first_socket(
    net: Net, frozen: bool, plugins: int | None = None, distributions: int = 0, whole: bool = False
) -> Iterator[Work]:
    if whole and kit.resource is None:
        raise Skip("needs getrusage(2)")
    with tempfile.TemporaryDirectory() as name, kit.compiled_modules() as environment:
        environment["SOCKCORE_FROZEN"] = ""  # disables the startup cache, so plugins are discovered
        if plugins:
            environment["SOCKCORE_PLUGINS"] = ",".join(some(plugins))
        if distributions:
            unrelated = Path(name, "unrelated")
            install(unrelated, distributions)
            paths = [os.environ.get("PYTHONPATH"), str(unrelated)]
            environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
        if frozen:
            frozen_list = str(Path(name, "plugins.txt"))
            run(["-m", "sockcore", "freeze", "--output", frozen_list], environment, name)
            environment["SOCKCORE_FROZEN"] = frozen_list
        clock = "perf_counter" if resolution(process_time) >= COARSE else "process_time"
        code = CODE.format(module=net.__name__, clock=clock)

        def work(count: int) -> float:
            before = children_time() if whole else 0.0
            inner = sum(float(run(["-c", code], environment, name)) for _ in range(count))
            return children_time() - before if whole else inner

        yield work


def children_time() -> float:
    """Return the processor time of all processes that have ended, in seconds."""
    usage = kit.resource.getrusage(kit.resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run(arguments: list[str], environment: dict[str, str], folder: str) -> str:
    """Return the output of a fresh interpreter in *folder*.

    The folder must not contain modules, because the current folder is on the import path.
    """
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def some(number: int) -> list[str]:
    """Return the names of *number* plugins, with inet."""
    from sockcore._plugins.discovery import plugins

    names = sorted((plugin.name for plugin in plugins()), key=lambda name: (name not in ("inet", "unix"), name))
    if len(names) < number:
        raise Skip(f"needs {number} plugins, and {len(names)} are installed")
    return names[:number]


def install(folder: Path, number: int) -> None:
    """Create the metadata of *number* distributions in *folder*."""
    for each in range(number):
        metadata = folder / f"unrelated_{each}-1.{each}.dist-info"
        metadata.mkdir(parents=True)
        metadata.joinpath("METADATA").write_text(METADATA.format(number=each), encoding="utf-8")
        metadata.joinpath("entry_points.txt").write_text(ENTRY_POINTS.format(number=each), encoding="utf-8")
