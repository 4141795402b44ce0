"""Remove each release and each check from the C code, one at a time, and check that the tests fail.

    python tests/memory/mutants.py [--minutes 20] [--seed 1] [--files transfer.c,messages.c]

A release is a statement that releases a reference, a buffer, memory or a file descriptor. A check is a condition whose
body leaves the function. The mutant evaluates the condition, but does not execute the body. Each mutant is compiled
into a copy of the package. The operations of this folder or tests of the core must detect it. The order of mutants is
random, so that an incomplete run is a sample. The program prints the mutants that were not detected.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parents[2]
NATIVE = CHECKOUT / "sockcore" / "src" / "native"
PACKAGE = CHECKOUT / "sockcore" / "src" / "sockcore"
FLAGS = ["-std=c11", "-O1", "-g0", "-fPIC", "-w", "-D_GNU_SOURCE"]
TESTS = [
    f"tests/core/test_{name}.py"
    for name in ("base_socket", "system_calls", "batches", "messages", "lengths_of_a_lying_kernel", "native_sizes",
                 "receiving_all", "descriptors_received", "opening_sockets", "socket_options", "unopened_sockets",
                 "signals_while_waiting", "codecs_that_fail", "backend_contract", "timeout_values", "sendall")
]  # fmt: skip
RELEASES = re.compile(
    r"^\s*(Py_X?DECREF|Py_CLEAR|PyBuffer_Release|PyMem_(Raw)?Free|PyErr_Clear|release_\w+|close_\w+|close|give_back)"
    r"\(.*\);(?=\s*(/\*.*\*/)?$)"
)
LEAVES = re.compile(r"\s*\{?\s*(return\b|goto\b|break;|continue;)")


class Mutant(NamedTuple):
    """A changed file, and a description of the change."""

    file: str
    line: int
    description: str
    text: str


def mutants(path: Path) -> list[Mutant]:
    """Return the mutants of a file."""
    text = path.read_text(encoding="utf-8")
    return [*_without_releases(path.name, text), *_without_checks(path.name, text)]


def _without_releases(name: str, text: str) -> list[Mutant]:
    lines = text.splitlines(keepends=True)
    releases = []
    for number, line in enumerate(lines):
        match = RELEASES.match(line)
        if match:
            indent = line[: len(line) - len(line.lstrip())]
            changed = [*lines[:number], f"{indent};\n", *lines[number + 1 :]]
            releases.append(Mutant(name, number + 1, line.strip(), "".join(changed)))
    return releases


def _without_checks(name: str, text: str) -> list[Mutant]:
    checks = []
    for match in re.finditer(r"\bif (\()", text):
        end = _closing(text, match.start(1))
        if not LEAVES.match(text, end + 1):
            continue
        condition = text[match.start(1) : end + 1]
        changed = f"{text[: match.start(1)]}(({condition}) && 0){text[end + 1 :]}"
        checks.append(
            Mutant(name, text.count("\n", 0, match.start()) + 1, f"if {' '.join(condition.split())}", changed)
        )
    return checks


def _closing(text: str, start: int) -> int:
    """Return the index of the parenthesis that closes the one at *start*."""
    depth = 0
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place
    raise ValueError("unbalanced")


class Builder:
    """A copy of the package, whose C code is compiled for each mutant."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.package = folder / "path" / "sockcore"
        shutil.copytree(PACKAGE, self.package, ignore=shutil.ignore_patterns("_native*.so", "__pycache__"))
        self.library = self.package / f"_native{sysconfig.get_config_var('EXT_SUFFIX')}"
        self.compiler = shutil.which("gcc") or "cc"
        for path in sorted(NATIVE.glob("*.c")):
            self._compile(path, folder / f"{path.stem}.o")

    def _compile(self, source: Path, target: Path) -> None:
        include = f"-I{sysconfig.get_paths()['include']}"
        command = [self.compiler, *FLAGS, include, f"-I{NATIVE}", "-c", str(source), "-o", str(target)]
        subprocess.run(command, check=True)

    def build(self, mutant: Mutant | None) -> None:
        """Compile the module with a mutant."""
        objects = {path.name: self.folder / f"{path.stem}.o" for path in NATIVE.glob("*.c")}
        if mutant is not None:
            source = self.folder / "mutant.c"
            source.write_text(mutant.text, encoding="utf-8")
            objects[mutant.file] = self.folder / "mutant.o"
            self._compile(source, objects[mutant.file])
        self.library.unlink(missing_ok=True)
        command = [self.compiler, "-shared", "-o", str(self.library), *map(str, objects.values())]
        subprocess.run(command, check=True)

    def passes(self, *command: str, seconds: float) -> bool:
        """Return whether a command succeeds in time."""
        variables = {"PYTHONPATH": str(self.folder / "path"), "SOCKCORE_BACKEND": "native"}
        try:
            done = subprocess.run(
                [sys.executable, *command],
                cwd=CHECKOUT,
                env={**os.environ, **variables, "PYTHONDONTWRITEBYTECODE": "1"},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def survives(self, limit: float) -> bool:
        """Return whether no test detects the mutant."""
        program = str(Path(__file__))
        pytest = "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--timeout=60"
        return (
            self.passes(program, "--check", "repeat", seconds=limit)
            and self.passes(*pytest, *TESTS, seconds=limit)
            and self.passes(program, "--check", "allocations", seconds=limit)
        )


def check_repeated() -> None:
    """Repeat each operation of this folder. Raises AssertionError for a leak."""
    import warnings

    import test_repeated_operations as repeated
    from operations import OPERATIONS, Scene

    from sockcore._families import family

    family.MOST_KEPT = 8  # a bounded cache must not look like a leak
    for name, (prepare, part) in OPERATIONS.items():
        if name == "numeric_hosts":
            continue  # fills caches of sockcore-inet, and calls no C code of the core
        rounds = 60 if part < 0.1 else 250
        scene = Scene()
        with scene.open, warnings.catch_warnings():
            warnings.simplefilter("error")
            run_round = prepare(scene)
            repeated.repeat(run_round, rounds)
            before = repeated.count(scene.watched)
            repeated.repeat(run_round, rounds)
            after = repeated.count(scene.watched)
        minimum = rounds * 3 // 4
        grown = [now - then for then, now in zip(before.references, after.references)]
        assert after.descriptors == before.descriptors, name
        assert max(map(abs, grown)) < minimum, name
        assert after.blocks - before.blocks < minimum, name
        assert after.heap - before.heap < 16 * minimum, name


def check_allocations() -> None:
    """Make each allocation of each operation fail."""
    import gc
    import warnings

    import allocations

    warnings.simplefilter("ignore")
    gc.disable()
    sys.unraisablehook = lambda unraisable: None
    for name in allocations.OPERATIONS:
        for _ in range(3):
            allocations.attempt(name, allocations.MAX_ALLOCATIONS, 0)
        for start in range(1, 400):
            if allocations.attempt(name, start, start + 1) and start > 100:
                break


def main() -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", default="")
    parser.add_argument("--check", choices=("repeat", "allocations"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.check:
        {"repeat": check_repeated, "allocations": check_allocations}[arguments.check]()
        return 0
    chosen = [path for path in sorted(NATIVE.glob("*.c")) if not arguments.files or path.name in arguments.files]
    waiting = [mutant for path in chosen for mutant in mutants(path)]
    random.Random(arguments.seed).shuffle(waiting)
    end = time.monotonic() + 60 * arguments.minutes
    survivors, tried = [], 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        builder = Builder(Path(name))
        builder.build(None)
        start = time.monotonic()
        if not builder.survives(600):
            print("the tests fail without a mutant")
            return 1
        limit = 60 + 3 * (time.monotonic() - start)
        for mutant in waiting:
            if time.monotonic() > end:
                break
            builder.build(mutant)
            tried += 1
            if builder.survives(limit):
                survivors.append(mutant)
                print(f"not detected: {mutant.file}:{mutant.line}: {mutant.description}", flush=True)
    print(f"{tried - len(survivors)} of {tried} mutants were detected; there are {len(waiting)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
