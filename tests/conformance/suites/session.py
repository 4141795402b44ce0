"""Runs of the worker until every test of a module has an outcome.

If a test hangs, its worker prints the tracebacks of all threads and exits after a time limit. A test may also crash its
worker. In both cases, another worker runs the remaining tests.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from . import modules

if TYPE_CHECKING:
    from collections.abc import Collection

WORKER = Path(__file__).with_name("worker.py")
TEST_LIMIT = 60  # seconds for one test; the longest takes about 20
MODULE_LIMIT = 1200  # seconds for one worker
MOST_WORKERS = 25  # per module; then its remaining tests are not run


@dataclass
class Outcome:
    """Outcome of one test, and its message.

    The outcome is pass, xfail, skip, unexpected, fail, error, hang or crash.
    """

    outcome: str
    detail: str = ""


@dataclass
class Results:
    """Results of a module by test id."""

    tests: dict[str, Outcome] = field(default_factory=dict)
    subtests: dict[str, str] = field(default_factory=dict)
    fixtures: dict[str, Outcome] = field(default_factory=dict)  # failed or skipped fixtures of classes and modules

    def update(self, other: Results) -> None:
        """Add the results of *other*."""
        self.tests.update(other.tests)
        self.subtests.update(other.subtests)
        self.fixtures.update(other.fixtures)


@dataclass(frozen=True)
class Interpreter:
    """An interpreter under test."""

    path: Path
    version: str  # "3.13"
    package: Path  # folder of its tests
    identity: str  # different for each build of an interpreter
    site: Path | None = None  # site-packages with sockcore, or None to use PYTHONPATH
    system: str = "posix"
    variables: dict[str, str] = field(default_factory=dict)  # environment variables for runs on sockcore

    @classmethod
    def from_description(cls, description: Path) -> Interpreter:
        """Return the interpreter that a JSON file describes."""
        fields = json.loads(description.read_text(encoding="utf-8"))
        paths = {name: Path(fields.pop(name)) for name in ("path", "package", "site")}
        return cls(**paths, **fields)

    @classmethod
    def from_path(cls, path: Path) -> Interpreter:
        """Return the interpreter at *path*. Raises LookupError if it has no tests."""
        code = (
            "import json, sys, test, os; p = os.path.dirname(test.__file__); "
            "assert os.path.exists(os.path.join(p, 'test_socket.py')), 'no test_socket'; "
            "print(json.dumps(['%d.%d' % sys.version_info[:2], p, sys.version + sys.executable]))"
        )
        try:
            done = subprocess.run([str(path), "-c", code], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        except OSError as exc:
            raise LookupError(str(exc)) from exc
        if done.returncode:
            raise LookupError(f"{path}: no test package: {done.stderr.strip().splitlines()[-1:]}")
        version, package, identity = json.loads(done.stdout)
        return cls(path, version, Path(package), identity)


def run_module(
    interpreter: Interpreter, module: str, site: Path | None, only: Collection[str] | None = None
) -> Results:
    """Run *module*, or only the tests in *only*.

    They run on the standard library, or on sockcore from *site*.
    """
    results = Results()
    suite = module.split(".")[1]
    with tempfile.TemporaryDirectory(prefix="suite") as name:
        folder = Path(name)
        job = {
            "module": module,
            "stand_in": site is not None,
            "out": str(folder / "out"),
            "resources": modules.resources(suite),
            "limit": TEST_LIMIT,
            "leave_out": modules.LEAVE_OUT,
            "only": None if only is None else sorted(only),
        }
        for _ in range(MOST_WORKERS):
            job["done"] = sorted(results.tests)
            (folder / "job").write_text(json.dumps(job), encoding="utf-8")
            (folder / "out").write_text("", encoding="utf-8")
            output = _run_worker(interpreter, folder, site)
            lines = (folder / "out").read_text(encoding="utf-8", errors="replace").splitlines()
            if read(lines, output, results, expect_sockcore=site is not None):
                break
    return results


def _run_worker(interpreter: Interpreter, folder: Path, site: Path | None) -> str:
    """Run one worker; return the end of its output."""
    work = folder / "work"
    work.mkdir(exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SOCKCORE_"))}
    if interpreter.system == "posix":
        environment["TMPDIR"] = str(folder)
    if site is not None:
        environment.update(interpreter.variables)
    if site is not None and interpreter.site is None:
        environment["PYTHONPATH"] = str(site)
        environment["SOCKCORE_BACKEND"] = "native" if [*site.glob("sockcore/_native.*")] else "pure"
    with open(folder / "printed", "w+b") as output_file:
        worker = subprocess.Popen(
            [str(interpreter.path), str(WORKER), str(folder / "job")],
            cwd=work,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output_file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            worker.wait(MODULE_LIMIT)
        except subprocess.TimeoutExpired:
            pass
        finally:
            try:
                os.killpg(worker.pid, signal.SIGKILL)  # with all processes that tests have left running
            except ProcessLookupError:
                pass
            status = worker.wait()
        output_file.seek(0)
        text = output_file.read().decode("utf-8", "replace")[-4000:]
    return f"{text}\n[worker ended with status {status}]"


def read(lines: list[str], output: str, results: Results, expect_sockcore: bool) -> bool:
    """Add the events of a worker to *results*; return whether the module is finished.

    *output* is the message for a crashed worker. Raises RuntimeError if the worker has tested the wrong socket module.
    """
    running = ""
    tracebacks: list[str] = []
    started = False
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:  # tracebacks of a hanging test
            tracebacks.append(line)
            continue
        event_type = event.pop("event")
        if event_type == "start":
            running = event["id"]
        elif event_type == "end":
            running = ""
            results.tests[event["id"]] = _worse(
                results.tests.get(event["id"]), Outcome(event["outcome"], event["detail"])
            )
        elif event_type == "subtest":
            results.subtests[event["part"]] = event["outcome"]
        elif event_type == "fixture":
            results.fixtures[event["id"]] = Outcome(event["outcome"], event["detail"])
        elif event_type == "socket":
            started = True
            if event["name"].startswith("sockcore") != expect_sockcore:
                raise RuntimeError(f"the wrong module was tested: {event['class_']}")
        elif event_type == "complete":
            return True
    if running:
        results.tests[running] = Outcome("hang", "\n".join(tracebacks)) if tracebacks else Outcome("crash", output)
        return False
    if not started:
        results.fixtures["(start)"] = Outcome("error", output)
        return True
    results.fixtures["(end)"] = Outcome("error", output)
    return True


def _worse(one: Outcome | None, other: Outcome) -> Outcome:
    """Return the worse outcome of a test that ran twice.

    It runs twice for example as a member of two classes.
    """
    return one if one is not None and one.outcome not in ("pass", "xfail") else other
