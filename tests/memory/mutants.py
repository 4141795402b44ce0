"""Remove each release and each check from the C code, one at a time, and check that the tests fail.

    python tests/memory/mutants.py [--module sockcore_inet] [--minutes 20] [--files transfer.c,options.c:63]

1. A release is a statement that releases a reference, a buffer, memory or a file descriptor. A check is a condition
   whose body leaves the function. The mutant evaluates the condition, but does not execute the body.
2. One build in a copy of the package contains all mutants. A variable selects one of them. The build also records the
   mutants that a test reaches. A check is reached if its condition is true, and a release if its argument is not NULL,
   since the mutant only differs then.
3. ``mutant_checks.py`` runs the tests of `EXTENSIONS` and the operations of this folder once. Then it forks a process
   for each mutant, which runs those that reach it, the fast ones first, until one fails. That one must then pass
   without the mutant. Operations run first for a release, and tests for a check.
4. A mutant whose tests take more than ``--seconds`` is undecided.
5. The order of mutants is random, so that an incomplete run is a sample. The program prints the mutants that survive,
   those that nothing reaches, and figures for each file.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parents[2]
#: A variable that a mutant does not initialise is zero: file descriptor 0, which tests detect.
FLAGS = ["-std=c11", "-O1", "-g0", "-fPIC", "-w", "-D_GNU_SOURCE", "-ftrivial-auto-var-init=zero"]
RELEASES = re.compile(
    r"^\s*((?:Py_X?DECREF|Py_CLEAR|PyBuffer_Release|PyMem_(?:Raw)?Free|PyErr_Clear|release_\w+|close_\w+|close|give_back)"
    r"\(.*\);)(?=\s*(/\*.*\*/)?$)",
    re.MULTILINE,
)
#: Releases of a variable that may be NULL.
OPTIONAL = re.compile(r"(?:Py_XDECREF|Py_CLEAR|PyMem_(?:Raw)?Free)\(([\w>.\[\]*-]+)\);")
LEAVES = re.compile(r"\s*\{?\s*(return\b|goto\b|break;|continue;)")

HEADER = """
extern int mutant_selected;
extern unsigned char *mutants_reached;
static inline int
runs_original(int number)
{
    mutants_reached[number] = 1;
    return mutant_selected != number;
}
"""
#: The file of reached mutants is shared with the processes that a test starts.
SWITCH = """
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
static unsigned char unshared[4096];
int mutant_selected = -1;
unsigned char *mutants_reached = unshared;
__attribute__((constructor)) static void
read_environment(void)
{
    const char *number = getenv("MUTANT_SELECTED"), *path = getenv("MUTANTS_REACHED");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (number)
        mutant_selected = atoi(number);
    if (fd < 0)
        return;
    void *shared = mmap(NULL, sizeof(unshared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared != MAP_FAILED)
        mutants_reached = shared;
    close(fd);
}
"""


class Extension(NamedTuple):
    """The extension module of a package, and its tests."""

    sources: Path
    package: Path
    tests: list[str]
    #: Matches the names of the operations of this folder that call it.
    operations: str


def _tests(folder: str, *names: str) -> list[str]:
    return [f"tests/{folder}/test_{name}.py" for name in names]


#: Package -> its extension module.
EXTENSIONS = {
    "sockcore": Extension(
        CHECKOUT / "sockcore" / "src" / "native",
        CHECKOUT / "sockcore" / "src" / "sockcore",
        [
            *_tests(
                "core",
                *("base_socket", "system_calls", "batches", "messages", "lengths_of_a_lying_kernel"),
                *("native_sizes", "receiving_all", "descriptors_received", "opening_sockets", "socket_options"),
                *("unopened_sockets", "signals_while_waiting", "codecs_that_fail", "backend_contract"),
                *("timeout_values", "sendall", "native_attributes", "native_exceptions", "native_truncation"),
                *("reported_lengths", "closed_socket", "audit_events", "subclasses_of_socket"),
                *("messages_about_arguments", "send_buffers", "address_functions", "control_messages"),
                *("descriptors_do_not_leak", "extension_modules", "file_objects", "native_after_clear"),
                *("opening_and_closing", "receive_buffers", "socket_object", "send_without_progress"),
                *("sendfile", "signal_handlers_that_fail", "signals_while_connecting"),
                *("timeout_changed_by_threads", "timeout_of_connect", "timeout_tries_first", "timeout_waits"),
                *("replaced_system_functions", "quick_conversions_of_codecs", "native_rules"),
            ),
            *_tests("inet", "inet_caches"),
            *_tests("unix", "unix_descriptors"),
            "tests/memory/test_failed_allocations.py::test_close_of_descriptor_needs_no_memory",
        ],
        r"(?!numeric_hosts|lookups|datagrams_)",
    ),
    "sockcore_inet": Extension(
        CHECKOUT / "plugins" / "inet" / "src" / "native",
        CHECKOUT / "plugins" / "inet" / "src" / "sockcore_inet",
        [
            "tests/inet/datagrams",
            *_tests(
                *("inet", "inet_native", "quick_conversions", "address_conversions", "byte_order", "databases"),
                *("databases_reentrancy", "getaddrinfo", "getnameinfo", "host_names", "interfaces", "inet4_codec"),
                *("inet6_codec", "inet_sockets", "large_answers", "resolver_threads"),
            ),
        ],
        r"numeric_hosts|lookups|datagrams_|conversions|interfaces|sendto_|htons|htonl|inet_|get(host|serv|proto|name|addr)",
    ),
}


class Mutant(NamedTuple):
    """A part of a file that a mutant does not run."""

    file: str
    line: int
    description: str

    def is_in(self, names: list[str]) -> bool:
        """Return whether the names include the file or the line."""
        return self.file in names or f"{self.file}:{self.line}" in names


def instrument(file: str, text: str, first: int) -> tuple[str, list[Mutant]]:
    """Return the text with all its mutants, which have the numbers from *first* on."""
    edits: list[tuple[int, int, str, str]] = []
    for match in RELEASES.finditer(text):
        optional = OPTIONAL.fullmatch(match.group(1))
        condition = f"!({optional.group(1)}) || " if optional else ""
        edits.append((*match.span(1), f"{{{{ if ({condition}runs_original({{}})) {{{{ {{}} }}}} }}}}", match.group(1)))
    for match in re.finditer(r"\bif (\()", text):
        end = _closing(text, match.start(1)) + 1
        if LEAVES.match(text, end):
            condition = text[match.start(1) : end]
            edits.append((match.start(1), end, "({1} && runs_original({0}))", condition))
    mutants, parts, position = [], [], 0
    for start, end, template, original in sorted(edits):
        parts += [text[position:start], template.format(first + len(mutants), original)]
        mutants.append(Mutant(file, text.count("\n", 0, start) + 1, " ".join(original.split())))
        position = end
    return "".join([*parts, text[position:]]), mutants


def _closing(text: str, start: int) -> int:
    """Return the index of the parenthesis that closes the one at *start*."""
    depth = 0
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place
    raise ValueError("unbalanced")


def build(folder: Path, name: str, has_mutants: bool) -> list[Mutant]:
    """Compile a copy of a package in *folder*/path, and return its mutants."""
    extension = EXTENSIONS[name]
    ignored = shutil.ignore_patterns("_native*.so", "__pycache__")
    shutil.copytree(extension.package, folder / "path" / name, ignore=ignored)
    sources = folder / f"{name}-sources"
    shutil.copytree(extension.sources, sources)
    mutants: list[Mutant] = []
    options = [f"-I{sysconfig.get_paths()['include']}"]
    if has_mutants:
        for path in sorted(sources.glob("*.c")):
            text, added = instrument(path.name, path.read_text(encoding="utf-8"), len(mutants))
            path.write_text(text, encoding="utf-8")
            mutants += added
        (sources / "mutants.h").write_text(HEADER, encoding="utf-8")
        (sources / "mutant_switch.c").write_text(SWITCH, encoding="utf-8")
        options += ["-include", str(sources / "mutants.h")]
    library = folder / "path" / name / f"_native{sysconfig.get_config_var('EXT_SUFFIX')}"
    files = map(str, sorted(sources.glob("*.c")))
    subprocess.run([shutil.which("gcc") or "cc", *FLAGS, *options, "-shared", "-o", str(library), *files], check=True)
    return mutants


def main() -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--module", choices=EXTENSIONS, default="sockcore")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", default="", help="names of files, and of lines: transfer.c,options.c:63")
    parser.add_argument("--measured", default="", help="a file for the durations of the tests: a later run reads it")
    parser.add_argument("--tests", default="", help="tests that replace those of EXTENSIONS")
    parser.add_argument("--operations", default="", help="a pattern that replaces that of EXTENSIONS")
    parser.add_argument("--seconds", type=float, default=60, help="the most for one mutant")
    arguments = parser.parse_args()
    extension = EXTENSIONS[arguments.module]
    names = arguments.files.split(",") if arguments.files else None
    with tempfile.TemporaryDirectory(prefix="mutants-") as directory:
        folder = Path(directory)
        mutants: list[Mutant] = []
        for name in EXTENSIONS:
            mutants += build(folder, name, has_mutants=name == arguments.module)
        numbers = [number for number, mutant in enumerate(mutants) if names is None or mutant.is_in(names)]
        random.Random(arguments.seed).shuffle(numbers)
        if names is not None:
            numbers.sort(key=lambda number: [mutants[number].is_in([name]) for name in names], reverse=True)
        reached = folder / "reached"
        reached.write_bytes(bytes(4096))
        plan = {
            "module": arguments.module,
            "mutants": mutants,
            "numbers": numbers,
            "minutes": arguments.minutes,
            "seconds": arguments.seconds,
            "measured": arguments.measured and str(Path(arguments.measured).resolve()),
            "tests": arguments.tests.split(",") if arguments.tests else extension.tests,
            "operations": arguments.operations or extension.operations,
            "reached": str(reached),
        }
        variables = {"PYTHONPATH": str(folder / "path"), "SOCKCORE_BACKEND": "native", "MUTANTS_REACHED": str(reached)}
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("mutant_checks.py"))],
            input=json.dumps(plan),
            text=True,
            cwd=CHECKOUT,
            env={**os.environ, **variables, "PYTHONDONTWRITEBYTECODE": "1"},
        )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
