"""Instructions of a few rows, counted by callgrind, compared with the standard module. No load affects the counts.

    python -m benchmarks instructions [--check] [--list]

A process for each module prepares and repeats all rows. callgrind counts the instructions of the repetitions only, and
not those of the kernel. The rows "first socket" are whole processes with one UDP socket. With --check, the exit status
is 1 if a ratio is above its limit in `LIMITS` or `FIRST_SOCKET_LIMITS`.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULES = ("socket", "sockcore")
WARM, REPETITIONS = 100, 2000

#: Row -> the highest ratio of sockcore's instructions to those of the standard module, on the native backend. About a
#: tenth above the measured ratios of CPython 3.15, which are higher than those of 3.13.
LIMITS = {
    "streams unix timeout": 0.70,
    "datagrams one peer": 0.62,
    "opening create": 0.72,
    "messages without descriptor": 0.76,
    "call .getsockopt": 0.84,
    "call inet_pton": 0.78,
}

#: Value of SOCKCORE_PLUGINS, None for all plugins -> the highest ratio of the instructions of a whole process.
FIRST_SOCKET_LIMITS = {"inet": 1.32, None: 1.55}


class NoCount(Exception):
    """callgrind is not available, or the program failed. The message has the reason."""


def main(words: list[str]) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser("python -m benchmarks instructions", description=__doc__.split("\n\n")[0])
    parser.add_argument("--check", action="store_true", help="compare with the limits")
    parser.add_argument("--list", action="store_true", help="print the limits, and count nothing")
    chosen = parser.parse_args(words)
    if chosen.list:
        print("\n".join(f"{name:36}{limit:8.2f}" for name, limit in limits().items()))
        return 0
    try:
        counts = count()
    except NoCount as exc:
        print(f"python -m benchmarks instructions: {exc}", file=sys.stderr)
        return 2
    above = 0
    print(f"{'instructions of one repetition':36}{'standard':>12}{'sockcore':>12}{'ratio':>8}{'limit':>8}")
    for name, limit in limits().items():
        standard, ours = counts["socket", name], counts["sockcore", name]
        is_above = ours > limit * standard
        above += is_above
        mark = "  above the limit" if is_above else ""
        print(f"{name:36}{standard:12,.0f}{ours:12,.0f}{ours / standard:8.2f}{limit:8.2f}{mark}")
    return int(chosen.check and above > 0)


def limits() -> dict[str, float]:
    """Return the limit of each row."""
    return LIMITS | {first_socket_row(plugins): limit for plugins, limit in FIRST_SOCKET_LIMITS.items()}


def first_socket_row(plugins: str | None) -> str:
    """Return the name of the row of a whole process."""
    return f"first socket, {plugins or 'all plugins'}"


def count() -> dict[tuple[str, str], float]:
    """Return the instructions of one repetition, by module and row."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(count_module, MODULES))
    return {(module, name): value for module, values in zip(MODULES, found) for name, value in values.items()}


def count_module(module: str) -> dict[str, float]:
    """Return the instructions of one repetition of each row with a module."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            "valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={folder}/counts",
            sys.executable, "-m", "benchmarks.instructions", module,
        ]  # fmt: skip
        environment = {**os.environ, "PYTHONHASHSEED": "0", "SOCKCORE_BACKEND": "native"}
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
            )
        except FileNotFoundError as exc:
            raise NoCount("needs valgrind") from exc
        if done.returncode:
            raise NoCount(f"{module}: {done.stderr[-2000:]}")
        counts = {}
        for path in sorted(Path(folder).glob("counts.*")):
            text = path.read_text(encoding="utf-8")
            row = re.search(r"^desc: Trigger: dump (.+)$", text, re.MULTILINE)
            total = re.search(r"^totals: (\d+)$", text, re.MULTILINE)
            if row and total:
                counts[row[1]] = int(total[1]) / REPETITIONS
        missing = LIMITS.keys() - counts.keys()
        if missing:
            raise NoCount(f"{module}: callgrind has no counts of {', '.join(sorted(missing))}")
        return counts | {first_socket_row(plugins): count_process(module, plugins) for plugins in FIRST_SOCKET_LIMITS}


def count_process(module: str, plugins: str | None) -> float:
    """Return the instructions of a process that opens one UDP socket, with compiled modules."""
    program = f"import {module} as socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()"
    environment = {**os.environ, "PYTHONHASHSEED": "0", "SOCKCORE_BACKEND": "native", "SOCKCORE_FROZEN": ""}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if plugins is not None:
        environment["SOCKCORE_PLUGINS"] = plugins
    command = [sys.executable, "-c", program]
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    with tempfile.TemporaryDirectory() as folder:
        environment["PYTHONPYCACHEPREFIX"] = folder
        subprocess.run(command, check=True, env=environment)  # writes the compiled modules
        done = subprocess.run([*valgrind, *command], env=environment, capture_output=True, text=True)
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or collected is None:
        raise NoCount(f"{module}: {done.stderr[-2000:]}")
    return int(collected[1])


def run(module: str) -> None:
    """Repeat each row. callgrind counts the repetitions only."""
    from importlib import import_module

    from benchmarks import rows

    net = import_module(module)
    for name in LIMITS:
        row = rows.named(name)
        made = row.make(net, **row.arguments)
        work = next(made)
        work(WARM)
        control("--instr=on")
        work(REPETITIONS)
        control("--instr=off")
        control(f"--dump={name}")
        made.close()


def control(option: str) -> None:
    """Send a command to the callgrind that runs this process."""
    subprocess.run(["callgrind_control", option, str(os.getpid())], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    run(*sys.argv[1:])
