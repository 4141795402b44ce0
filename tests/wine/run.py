"""Run the tests on genuine Windows Pythons under Wine, with sockcore from wheels.

    python tests/wine/run.py [--pythons 3.9,3.13] [--wine RELEASE] [--junit FOLDER] [-- PYTEST ARGUMENTS]

RELEASE is a Debian release, such as trixie, whose Wine is fetched. The default is the installed Wine.

Needs the Debian packages wine, wine64 and gcc-mingw-w64-x86-64, and Pythons of the same versions on this machine, for
their ``test`` packages. A RELEASE needs patchelf instead of Wine. Everything else is downloaded and cached (see
tests/wine/machine). With arguments for pytest, only these tests run. The exit status is 1 if a test failed, 2 if a
Python did not start.
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

from machine import CannotStart, find_program, installation, layer, layouts, mingw  # noqa: E402
from tools.pythons import found, target  # noqa: E402

PYTHONS = ("3.9", "3.13")
LIMIT = 1500  # seconds for one run of pytest
#: Test modules of CPython.
SUITES = ("test_socket", "test_timeout", "test_selectors", "test_socketserver")
#: Test modules of asyncio that use sockets. They use AF_UNIX, which Wine lacks, if the socket module has it.
ASYNCIO = tuple(
    f"test_asyncio.test_{name}"
    for name in (
        "base_events", "buffered_proto", "events", "proactor_events", "selector_events", "sendfile", "server",
        "sock_lowlevel", "streams", "windows_events",
    )
)  # fmt: skip
ASYNCIO_ON = ("3.13",)


class Part(NamedTuple):
    """Tests of one run of pytest."""

    name: str
    tests: tuple[str, ...]
    options: tuple[str, ...] = ()
    simulated_winsock: bool = False  # use the simulated Winsock


FAMILIES = ("inet", "unix", "bluetooth", "can", "linux_misc", "bsd", "windows", "stdlib", "cli", "wine")
#: Modules that start an interpreter per test, which takes a second under Wine. They do not depend on the system.
SLOW = (
    "core/discovery/test_blocked_families.py",
    "core/discovery/test_discovery_interrupted.py",
    "core/discovery/test_environment_variables.py",
    "core/discovery/test_import_is_lazy.py",
    "core/discovery/test_missing_names.py",
    "core/discovery/test_plugins_by_module.py",
    "core/discovery/test_startup_cache_code.py",
    "core/discovery/test_startup_cache_registrations.py",
    "core/test_finalizers_at_exit.py",
    "cli/test_run_like_python.py",
)


def parts(version: str) -> tuple[Part, ...]:
    """Return the tests to run on a Python.

    The core depends on the version of Python. The plugins make the same Winsock calls on all versions, so their tests
    run on the newest version only.
    """
    slow = tuple(f"--ignore=tests/{module}" for module in SLOW)
    if version != PYTHONS[-1]:
        return (Part("core", ("tests/core", "--ignore", "tests/core/discovery", *slow), ("-n", "4")),)
    return (
        Part("core", ("tests/core", *slow), ("-n", "4")),
        Part("families", (*(f"tests/{folder}" for folder in FAMILIES), *slow), ("-n", "3")),
        # In one process: all processes share the bound names.
        Part("simulated-winsock", ("tests/wine", "tests/unix"), simulated_winsock=True),
        Part("parity", ("tests/parity",), ("-n", "2")),
    )


class Built(NamedTuple):
    """Files that the host builds for all Pythons."""

    wheels: list[Path]
    simulated_winsock: Path
    layouts: Path
    certificate: list[Path]  # certificate and key


class Outcome(NamedTuple):
    """Result of the tests on one Python."""

    python: str
    status: int  # 0 passed, 1 failed, 2 did not start
    message: str


_printing = threading.Lock()


def build(folder: Path) -> Built:
    """Build the files for all Pythons in *folder*."""
    certificate = [folder / "certificate.pem", folder / "key.pem"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command = [
        find_program("openssl", "openssl"),
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        *names,
    ]
    subprocess.run(
        [*command, "-out", str(certificate[0]), "-keyout", str(certificate[1])], check=True, capture_output=True
    )
    return Built(layer.wheels(folder), mingw.simulated_winsock(folder), layouts.program(folder), certificate)


def run(version: str, wine: installation.Wine, built: Built, junit: Path | None, arguments: list[str]) -> Outcome:
    """Create a Wine prefix with Python *version*, and run the tests in it."""
    began = time.monotonic()
    failed = []
    try:
        with layer.running_layer(version, wine, built.wheels) as windows:
            variables = prepare(windows, built)
            needs_simulation = any("simulated_winsock" in argument for argument in arguments)
            selected = (Part("tests", tuple(arguments), simulated_winsock=needs_simulation),)
            for part in selected if arguments else parts(version):
                message = pytest(windows, part, variables, junit)
                if message:
                    failed.append(f"{part.name}: {message}")
            if not arguments:
                failed += conformance(windows, variables, junit)
    except (CannotStart, RuntimeError, subprocess.SubprocessError) as exc:
        return Outcome(version, 2, f"did not start: {exc}")
    message = ", ".join(failed) or "passed"
    return Outcome(version, int(bool(failed)), f"{message} ({round(time.monotonic() - began)} s)")


def prepare(windows: layer.Layer, built: Built) -> dict[str, str]:
    """Prepare the files that the tests need; return their environment variables."""
    measured = windows.folder / "layouts.txt"
    command = [*windows.command()[:1], str(built.layouts)]
    done = subprocess.run(
        command, env=windows.environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
    )
    if done.returncode or not done.stdout:
        raise CannotStart(f"{built.layouts.name} ended with status {done.returncode}: {done.stderr[-500:]!r}")
    measured.write_bytes(done.stdout)
    (windows.python.parent / "Lib" / "test").symlink_to(find_test_package(windows.version))
    projects = [target.project(folder) for folder in target.distributions()]
    return {
        "WINE_LAYOUTS": to_windows_path(measured),
        "WINE_SIMULATED_WINSOCK": to_windows_path(built.simulated_winsock),
        "WINE_DISTRIBUTIONS": ",".join(projects),
        "TEST_CERTIFICATE": ";".join(map(to_windows_path, built.certificate)),
        "HYPOTHESIS_PROFILE": "slow",
    }


def find_test_package(version: str) -> Path:
    """Return the ``test`` package from Python *version* of this machine.

    The Windows Python lacks it.
    It may belong to another release of the same version.
    """
    host = found.python(version)
    if host is None:
        raise CannotStart(f"Python {version} is not installed on this machine; its test package is needed")
    code = "import os, test; print(os.path.dirname(test.__file__))"
    return Path(subprocess.run([str(host), "-c", code], capture_output=True, text=True, check=True).stdout.strip())


def to_windows_path(path: Path) -> str:
    """Return the Windows path of a file of this machine."""
    return "Z:" + str(path).replace("/", "\\")


def report_name(windows: layer.Layer, part: str) -> str:
    """Return the name of the JUnit file of a part."""
    release = "" if windows.wine.name == installation.INSTALLED else f"{windows.wine.name}-"
    return f"wine-{release}{windows.version}-{part}.xml"


def pytest(windows: layer.Layer, part: Part, variables: dict[str, str], junit: Path | None) -> str:
    """Run the tests of a part; return an error message, or ``""``."""
    environment = {**windows.environment, **variables}
    if part.simulated_winsock:
        environment["SOCKCORE_WINSOCK"] = variables["WINE_SIMULATED_WINSOCK"]
    command = windows.command("-m", "pytest", "-q", "-p", "no:cacheprovider")
    command += ["--timeout=300", "--timeout-method=thread", *part.options]
    if junit:
        command.append(f"--junitxml={to_windows_path(junit.resolve() / report_name(windows, part.name))}")
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
        output, _ = process.communicate(timeout=LIMIT)
        message = "" if process.returncode == 0 else f"pytest ended with status {process.returncode}"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        message = f"not finished after {LIMIT} seconds"
    with _printing:
        print(f"== Windows Python {windows.version}, {part.name}\n{output.decode('utf-8', 'replace')}", flush=True)
        return message


def conformance(windows: layer.Layer, variables: dict[str, str], junit: Path | None) -> list[str]:
    """Run CPython's tests with tests/conformance; return the names of failed runs."""
    package = find_test_package(windows.version)
    interpreter = {
        "path": str(windows.launcher),
        "version": windows.version,
        "package": str(package),
        "identity": f"{windows.identity} {package}",
        "site": str(windows.python.parent / "Lib" / "site-packages"),
        "system": "windows",
    }
    runs = {"conformance": (SUITES, {})}
    if windows.version in ASYNCIO_ON:
        runs["asyncio"] = (ASYNCIO, {"SOCKCORE_WINSOCK": variables["WINE_SIMULATED_WINSOCK"]})
    return [
        name
        for name, (suites, variables_of_run) in runs.items()
        if _conformance(windows, name, suites, {**interpreter, "variables": variables_of_run}, junit)
    ]


def _conformance(
    windows: layer.Layer, name: str, suites: tuple[str, ...], interpreter: dict[str, object], junit: Path | None
) -> int:
    """Run *suites* on an interpreter; return the exit status of pytest."""
    description = windows.folder / f"{name}-{windows.version}.json"
    description.write_text(json.dumps(interpreter), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--pythons={description}"]
    command.append(f"--suites={','.join(suites)}")
    if junit:
        command.append(f"--junitxml={junit.resolve() / report_name(windows, name)}")
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
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pythons", default=",".join(PYTHONS), help="versions, separated by commas")
    parser.add_argument("--wine", default=installation.INSTALLED, metavar="RELEASE", help="a Debian release")
    parser.add_argument(
        "--junit", type=Path, metavar="FOLDER", help="write wine-[RELEASE-]PYTHON-PART.xml to this folder"
    )
    words = sys.argv[1:]
    split = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:split])
    if options.junit:
        options.junit.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="wine"))
    try:
        try:
            built = build(folder)
            wine = installation.wine(options.wine)
            layer.build_template(wine)
        except (CannotStart, subprocess.SubprocessError) as exc:
            print(f"the Wine prefix could not be created: {exc}")
            return 2
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            versions = options.pythons.split(",")
            outcomes = list(pool.map(lambda v: run(v, wine, built, options.junit, words[split + 1 :]), versions))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for outcome in outcomes:
        print(f"{outcome.python:6} {outcome.message}")
    return max(outcome.status for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main())
