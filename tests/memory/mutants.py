"""Remove each release and each check from the C code, one at a time, and check that the tests fail.

    python tests/memory/mutants.py [--module sockcore] [--minutes 20] [--seed 1] [--files transfer.c,messages.c]
    python tests/memory/mutants.py --module sockcore_inet

A release is a statement that releases a reference, a buffer, memory or a file descriptor. A check is a condition whose
body leaves the function. The mutant evaluates the condition, but does not execute the body. Each mutant is compiled
into a copy of the package. The operations of this folder or tests of the core must detect it. The order of mutants is
random, so that an incomplete run is a sample. The program prints the mutants that were not detected, and the number of
detected mutants of each file.
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
from collections import Counter
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parents[2]
FLAGS = ["-std=c11", "-O1", "-g0", "-fPIC", "-w", "-D_GNU_SOURCE"]


class Extension(NamedTuple):
    """The extension module of a package, and its tests."""

    sources: Path
    package: Path
    tests: list[str]
    #: Matches the names of the operations that call it.
    operations: str


#: Package -> its extension module. The operations of the core call sockcore-inet for addresses only.
EXTENSIONS = {
    "sockcore": Extension(
        CHECKOUT / "sockcore" / "src" / "native",
        CHECKOUT / "sockcore" / "src" / "sockcore",
        [
            f"tests/core/test_{name}.py"
            for name in ("base_socket", "system_calls", "batches", "messages", "lengths_of_a_lying_kernel",
                         "native_sizes", "receiving_all", "descriptors_received", "opening_sockets", "socket_options",
                         "unopened_sockets", "signals_while_waiting", "codecs_that_fail", "backend_contract",
                         "timeout_values", "sendall", "native_attributes", "native_exceptions", "native_truncation",
                         "reported_lengths", "closed_socket", "audit_events", "subclasses_of_socket",
                         "messages_about_arguments", "receive_buffers", "send_buffers")
        ],
        r"(?!numeric_hosts|lookups|datagrams_)",
    ),
    "sockcore_inet": Extension(
        CHECKOUT / "plugins" / "inet" / "src" / "native",
        CHECKOUT / "plugins" / "inet" / "src" / "sockcore_inet",
        [
            *("tests/inet/datagrams", "tests/inet/test_inet_native.py", "tests/inet/test_quick_conversions.py"),
            *(
                f"tests/inet/test_{name}.py"
                for name in ("address_conversions", "byte_order", "databases", "databases_reentrancy", "getaddrinfo",
                             "getnameinfo", "host_names", "interfaces", "c_library_calls", "inet4_codec", "inet6_codec",
                             "inet_sockets", "resolver_threads")
            ),
        ],
        r"numeric_hosts|lookups|datagrams_|conversions|sendto_|htons|htonl|inet_|get(host|serv|proto|name|addr)",
    ),
}  # fmt: skip
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
    """A copy of the packages. The C code of the package *name* is compiled for each mutant."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self.compiler = shutil.which("gcc") or "cc"
        self.objects = {package: self._compile_package(package) for package in EXTENSIONS}

    def _compile_package(self, name: str) -> dict[str, Path]:
        extension = EXTENSIONS[name]
        ignored = shutil.ignore_patterns("_native*.so", "__pycache__")
        shutil.copytree(extension.package, self.folder / "path" / name, ignore=ignored)
        objects = {path.name: self.folder / f"{name}-{path.stem}.o" for path in sorted(extension.sources.glob("*.c"))}
        for file, target in objects.items():
            self._compile(extension.sources / file, target, extension)
        self._link(name, objects)
        return objects

    def _compile(self, source: Path, target: Path, extension: Extension) -> None:
        include = f"-I{sysconfig.get_paths()['include']}"
        command = [self.compiler, *FLAGS, include, f"-I{extension.sources}", "-c", str(source), "-o", str(target)]
        subprocess.run(command, check=True)

    def _link(self, name: str, objects: dict[str, Path]) -> None:
        library = self.folder / "path" / name / f"_native{sysconfig.get_config_var('EXT_SUFFIX')}"
        library.unlink(missing_ok=True)
        subprocess.run([self.compiler, "-shared", "-o", str(library), *map(str, objects.values())], check=True)

    def build(self, mutant: Mutant) -> None:
        """Compile the module with a mutant."""
        source, target = self.folder / "mutant.c", self.folder / "mutant.o"
        source.write_text(mutant.text, encoding="utf-8")
        self._compile(source, target, EXTENSIONS[self.name])
        self._link(self.name, {**self.objects[self.name], mutant.file: target})

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
        program = str(Path(__file__)), "--module", self.name
        pytest = "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--timeout=60"
        return (
            self.passes(*program, "--check", "repeat", seconds=limit)
            and self.passes(*pytest, *EXTENSIONS[self.name].tests, seconds=limit)
            and self.passes(*program, "--check", "allocations", seconds=limit)
        )


def check_repeated(operations: str) -> None:
    """Repeat the operations of this folder with a matching name. Raises AssertionError for a leak."""
    import warnings

    import test_repeated_operations as repeated
    from operations import OPERATIONS, Scene

    from sockcore._families import family

    family.MOST_KEPT = 8  # a bounded cache must not look like a leak
    repeated.read_limit_in_c()
    for name, (prepare, part) in OPERATIONS.items():
        if not re.match(operations, name):
            continue
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


def check_allocations(operations: str) -> None:
    """Make each allocation of each operation with a matching name fail."""
    import gc
    import warnings

    import allocations

    warnings.simplefilter("ignore")
    gc.disable()
    sys.unraisablehook = lambda unraisable: None
    for name in allocations.OPERATIONS:
        if not re.match(operations, name):
            continue
        for _ in range(3):
            allocations.attempt(name, allocations.MAX_ALLOCATIONS, 0)
        for start in range(1, 400):
            if allocations.attempt(name, start, start + 1) and start > 100:
                break


def main() -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--module", choices=EXTENSIONS, default="sockcore")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", default="")
    parser.add_argument("--check", choices=("repeat", "allocations"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    extension = EXTENSIONS[arguments.module]
    if arguments.check:
        {"repeat": check_repeated, "allocations": check_allocations}[arguments.check](extension.operations)
        return 0
    names = arguments.files.split(",") if arguments.files else None
    chosen = [path for path in sorted(extension.sources.glob("*.c")) if names is None or path.name in names]
    waiting = [mutant for path in chosen for mutant in mutants(path)]
    total = Counter(mutant.file for mutant in waiting)
    random.Random(arguments.seed).shuffle(waiting)
    end = time.monotonic() + 60 * arguments.minutes
    tried: Counter[str] = Counter()
    detected: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        builder = Builder(Path(name), arguments.module)
        start = time.monotonic()
        if not builder.survives(600):
            print("the tests fail without a mutant")
            return 1
        limit = 60 + 3 * (time.monotonic() - start)
        for mutant in waiting:
            if time.monotonic() > end:
                break
            builder.build(mutant)
            tried[mutant.file] += 1
            if builder.survives(limit):
                print(f"not detected: {mutant.file}:{mutant.line}: {mutant.description}", flush=True)
            else:
                detected[mutant.file] += 1
    for file in sorted(tried):
        print(f"{file}: {detected[file]} of {tried[file]} mutants were detected; there are {total[file]}")
    print(f"{sum(detected.values())} of {sum(tried.values())} mutants were detected; there are {len(waiting)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
