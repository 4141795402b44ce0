"""Run the tests on genuine Windows Pythons, under Wine: what the wheels install there.

    python tests/wine/run.py [--pythons 3.9,3.13] [--junit FOLDER] [-- PYTEST ARGUMENTS]

Needs Debian's wine, wine64 and gcc-mingw-w64-x86-64, and Pythons of the same versions on this machine, whose ``test``
packages are run on the Windows ones. All else is fetched, and kept (tests/wine/machine tells where). With arguments
for pytest these are run, and nothing else. The exit status is 1 if a test failed, 2 if a Python did not start.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(CHECKOUT)]

from machine import CannotStart, layer, layouts, mingw, needed  # noqa: E402
from tools.pythons import found, target  # noqa: E402

PYTHONS = ("3.9", "3.13")
LIMIT = 1500  # seconds for one run of pytest
#: Of the interpreter's own tests.
SUITES = ("test_socket", "test_timeout", "test_selectors", "test_socketserver")
#: Those of asyncio that have sockets. They ask whether there is AF_UNIX, and try it, which Wine has not.
ASYNCIO = tuple(
    f"test_asyncio.test_{name}"
    for name in (
        "base_events", "buffered_proto", "events", "proactor_events", "selector_events", "sendfile", "server",
        "sock_lowlevel", "streams", "windows_events",
    )
)  # fmt: skip
ASYNCIO_ON = ("3.13",)


class Part(NamedTuple):
    """Tests that one pytest runs."""

    name: str
    tests: tuple[str, ...]
    options: tuple[str, ...] = ()
    lookalike: bool = False  # on the look-alike of Winsock


FAMILIES = ("inet", "unix", "bluetooth", "can", "linux_misc", "bsd", "windows", "stdlib", "cli", "wine")
#: Modules that start an interpreter for each test, which takes Wine a second. Their subject is the same on all systems.
SLOW = (
    "core/discovery/test_blocked_families.py",
    "core/discovery/test_discovery_interrupted.py",
    "core/discovery/test_environment_variables.py",
    "core/discovery/test_import_is_lazy.py",
    "core/discovery/test_missing_names.py",
    "core/discovery/test_plugins_by_module.py",
    "core/discovery/test_startup_cache_code.py",
    "cli/test_run_like_python.py",
)


def parts(version: str) -> tuple[Part, ...]:
    """Return the tests to run on a Python.

    The core is in Python, which differs between versions. Plugins make the same calls into Winsock on all of them, so
    the newest alone runs their tests.
    """
    if version != PYTHONS[-1]:
        return (Part("core", ("tests/core", "--ignore", "tests/core/discovery"), ("-n", "4")),)
    slow = tuple(f"--ignore=tests/{module}" for module in SLOW)
    return (
        Part("core", ("tests/core", *slow), ("-n", "4")),
        Part("families", (*(f"tests/{folder}" for folder in FAMILIES), *slow), ("-n", "3")),
        # By one process: all of a Windows share the names that are bound on it.
        Part("lookalike", ("tests/wine", "tests/unix"), lookalike=True),
        Part("parity", ("tests/parity",), ("-n", "2")),
    )


class Built(NamedTuple):
    """What the host has made for all Pythons."""

    wheels: list[Path]
    lookalike: Path
    layouts: Path
    certificate: list[Path]  # and its key


class Outcome(NamedTuple):
    """What came of one Python."""

    python: str
    status: int  # 0 passed, 1 failed, 2 did not start
    words: str


_printing = threading.Lock()


def build(folder: Path) -> Built:
    """Make what all Pythons need in *folder*."""
    certificate = [folder / "certificate.pem", folder / "key.pem"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command = [needed("openssl", "openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run(
        [*command, "-out", str(certificate[0]), "-keyout", str(certificate[1])], check=True, capture_output=True
    )
    return Built(layer.wheels(folder), mingw.lookalike(folder), layouts.program(folder), certificate)


def run(version: str, built: Built, junit: Path | None, arguments: list[str]) -> Outcome:
    """Make a Windows with Python *version*, and run the tests there."""
    began = time.monotonic()
    failed = []
    try:
        with layer.made(version, built.wheels) as windows:
            variables = prepared(windows, built)
            lookalike = any("lookalike" in word for word in arguments)
            asked = (Part("tests", tuple(arguments), lookalike=lookalike),)
            for part in asked if arguments else parts(version):
                words = pytest(windows, part, variables, junit)
                if words:
                    failed.append(f"{part.name}: {words}")
            if not arguments:
                failed += conformance(windows, variables, junit)
    except (CannotStart, RuntimeError, subprocess.SubprocessError) as error:
        return Outcome(version, 2, f"did not start: {error}")
    words = ", ".join(failed) or "passed"
    return Outcome(version, int(bool(failed)), f"{words} ({round(time.monotonic() - began)} s)")


def prepared(windows: layer.Layer, built: Built) -> dict[str, str]:
    """Variables for the tests, after what has to be done before."""
    told = windows.folder / "layouts.txt"
    command = [*windows.command()[:1], str(built.layouts)]
    done = subprocess.run(
        command, env=windows.environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
    )
    if done.returncode or not done.stdout:
        raise CannotStart(f"{built.layouts.name} ended with status {done.returncode}: {done.stderr[-500:]!r}")
    told.write_bytes(done.stdout)
    (windows.python.parent / "Lib" / "test").symlink_to(its_tests(windows.version))
    projects = [target.project(folder) for folder in target.distributions()]
    return {
        "WINE_LAYOUTS": on_windows(told),
        "WINE_LOOKALIKE": on_windows(built.lookalike),
        "WINE_DISTRIBUTIONS": ",".join(projects),
        "TEST_CERTIFICATE": ";".join(map(on_windows, built.certificate)),
        "HYPOTHESIS_PROFILE": "slow",
    }


def its_tests(version: str) -> Path:
    """The ``test`` package, which the Windows Python lacks, of this machine's Python *version*: of another release."""
    host = found.python(version)
    if host is None:
        raise CannotStart(f"no Python {version} on this machine, whose test package could be taken")
    ask = "import os, test; print(os.path.dirname(test.__file__))"
    return Path(subprocess.run([str(host), "-c", ask], capture_output=True, text=True, check=True).stdout.strip())


def on_windows(path: Path) -> str:
    """What Windows calls a file of this machine."""
    return "Z:" + str(path).replace("/", "\\")


def pytest(windows: layer.Layer, part: Part, variables: dict[str, str], junit: Path | None) -> str:
    """Run the tests of a part; what is wrong, empty if nothing is."""
    environment = {**windows.environment, **variables}
    if part.lookalike:
        environment["SOCKCORE_WINSOCK"] = variables["WINE_LOOKALIKE"]
    command = windows.command("-m", "pytest", "-q", "-p", "no:cacheprovider")
    command += ["--timeout=120", "--timeout-method=thread", *part.options]
    if junit:
        command.append(f"--junitxml={on_windows(junit.resolve() / f'wine-{windows.version}-{part.name}.xml')}")
    process = subprocess.Popen(
        [*command, *part.tests],
        cwd=CHECKOUT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        printed, _ = process.communicate(timeout=LIMIT)
        words = "" if process.returncode == 0 else f"pytest ended with status {process.returncode}"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        printed, _ = process.communicate()
        words = f"not finished after {LIMIT} seconds"
    with _printing:
        print(f"== Windows Python {windows.version}, {part.name}\n{printed.decode('utf-8', 'replace')}", flush=True)
    return words


def conformance(windows: layer.Layer, variables: dict[str, str], junit: Path | None) -> list[str]:
    """Run the interpreter's own tests by tests/conformance; what is wrong."""
    package = its_tests(windows.version)
    told = {
        "path": str(windows.launcher),
        "version": windows.version,
        "package": str(package),
        "identity": f"{windows.identity} {package}",
        "site": str(windows.python.parent / "Lib" / "site-packages"),
        "system": "windows",
    }
    runs = {"conformance": (SUITES, {})}
    if windows.version in ASYNCIO_ON:
        runs["asyncio"] = (ASYNCIO, {"SOCKCORE_WINSOCK": variables["WINE_LOOKALIKE"]})
    return [
        name
        for name, (suites, more) in runs.items()
        if _conformance(windows, name, suites, {**told, "variables": more}, junit)
    ]


def _conformance(
    windows: layer.Layer, name: str, suites: tuple[str, ...], told: dict[str, object], junit: Path | None
) -> int:
    """Run *suites* on the interpreter that *told* describes; pytest's status."""
    description = windows.folder / f"{name}-{windows.version}.json"
    description.write_text(json.dumps(told), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--pythons={description}"]
    command.append(f"--suites={','.join(suites)}")
    if junit:
        command.append(f"--junitxml={junit.resolve()}/wine-{windows.version}-{name}.xml")
    done = subprocess.run(
        [*command, "tests/conformance/test_conformance.py"],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    with _printing:
        print(f"== Windows Python {windows.version}, {name}\n{done.stdout}", flush=True)
    return done.returncode


def main() -> int:
    """Run the command line; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pythons", default=",".join(PYTHONS), help="versions, with commas between")
    parser.add_argument("--junit", type=Path, metavar="FOLDER", help="write wine-PYTHON-PART.xml there")
    words = sys.argv[1:]
    split = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:split])
    if options.junit:
        options.junit.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="wine"))
    try:
        try:
            built = build(folder)
            layer.ready()
        except (CannotStart, subprocess.SubprocessError) as error:
            print(f"the Windows to test on could not be made: {error}")
            return 2
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            versions = options.pythons.split(",")
            outcomes = list(pool.map(lambda v: run(v, built, options.junit, words[split + 1 :]), versions))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for outcome in outcomes:
        print(f"{outcome.python:6} {outcome.words}")
    return max(outcome.status for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main())
