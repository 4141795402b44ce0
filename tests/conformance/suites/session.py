"""Run the worker until every test of a module has an outcome.

A test that hangs ends its worker, with the tracebacks of all threads, when its time is up; a test may also take
the worker with it by crashing. Either costs that one test: another worker goes on with those that are left.
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
MOST_DEATHS = 25  # then what is left of the module is given up


@dataclass
class Outcome:
    """What came of one test: pass, xfail, skip, unexpected, fail, error, hang or crash; and the words for it."""

    outcome: str
    detail: str = ""


@dataclass
class Results:
    """What came of a module, by test id."""

    tests: dict[str, Outcome] = field(default_factory=dict)
    subtests: dict[str, str] = field(default_factory=dict)
    fixtures: dict[str, Outcome] = field(default_factory=dict)  # set-up of a class or module that failed or skipped

    def update(self, other: Results) -> None:
        """Take over what *other* knows."""
        self.tests.update(other.tests)
        self.subtests.update(other.subtests)
        self.fixtures.update(other.fixtures)


@dataclass(frozen=True)
class Interpreter:
    """An interpreter under test."""

    path: Path
    version: str  # "3.13"
    package: Path  # folder of its tests
    identity: str  # changes when the interpreter does
    site: Path | None = None  # where sockcore is installed in it; without, it is given it
    system: str = "posix"
    variables: dict[str, str] = field(default_factory=dict)  # for sockcore

    @classmethod
    def read(cls, description: Path) -> Interpreter:
        """An interpreter that cannot be asked all this, as a file of JSON describes it."""
        told = json.loads(description.read_text(encoding="utf-8"))
        paths = {name: Path(told.pop(name)) for name in ("path", "package", "site")}
        return cls(**paths, **told)

    @classmethod
    def ask(cls, path: Path) -> Interpreter:
        """Ask the interpreter at *path* about itself. LookupError if it has no tests."""
        code = (
            "import json, sys, test, os; p = os.path.dirname(test.__file__); "
            "assert os.path.exists(os.path.join(p, 'test_socket.py')), 'no test_socket'; "
            "print(json.dumps(['%d.%d' % sys.version_info[:2], p, sys.version + sys.executable]))"
        )
        try:
            done = subprocess.run([str(path), "-c", code], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        except OSError as error:
            raise LookupError(str(error)) from error
        if done.returncode:
            raise LookupError(f"{path}: no test package: {done.stderr.strip().splitlines()[-1:]}")
        version, package, identity = json.loads(done.stdout)
        return cls(path, version, Path(package), identity)


def run_module(
    interpreter: Interpreter, module: str, site: Path | None, only: Collection[str] | None = None
) -> Results:
    """Run *module* (all of it, or the ids in *only*), on the standard library, or on sockcore from *site*."""
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
        for _ in range(MOST_DEATHS):
            job["done"] = sorted(results.tests)
            (folder / "job").write_text(json.dumps(job), encoding="utf-8")
            (folder / "out").write_text("", encoding="utf-8")
            words = _work(interpreter, folder, site)
            lines = (folder / "out").read_text(encoding="utf-8", errors="replace").splitlines()
            if read(lines, words, results, expect_sockcore=site is not None):
                break
    return results


def _work(interpreter: Interpreter, folder: Path, site: Path | None) -> str:
    """Run one worker to its end; the end of what it printed."""
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
    with open(folder / "printed", "w+b") as printed:
        worker = subprocess.Popen(
            [str(interpreter.path), str(WORKER), str(folder / "job")],
            cwd=work,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            worker.wait(MODULE_LIMIT)
        except subprocess.TimeoutExpired:
            pass
        finally:
            try:
                os.killpg(worker.pid, signal.SIGKILL)  # with all that tests have left behind
            except ProcessLookupError:
                pass
            status = worker.wait()
        printed.seek(0)
        text = printed.read().decode("utf-8", "replace")[-4000:]
    return f"{text}\n[worker ended with status {status}]"


def read(lines: list[str], words: str, results: Results, expect_sockcore: bool) -> bool:
    """Add what a worker has written to *results*; whether it has come to its end.

    *words* explain the end of a worker that has not. RuntimeError if the wrong socket module was tested, or if
    the module could not be loaded.
    """
    running = ""
    rest: list[str] = []
    began = False
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:  # the tracebacks of a test that hangs
            rest.append(line)
            continue
        kind = event.pop("event")
        if kind == "start":
            running = event["id"]
        elif kind == "end":
            running = ""
            results.tests[event["id"]] = _worse(
                results.tests.get(event["id"]), Outcome(event["outcome"], event["detail"])
            )
        elif kind == "subtest":
            results.subtests[event["part"]] = event["outcome"]
        elif kind == "fixture":
            results.fixtures[event["id"]] = Outcome(event["outcome"], event["detail"])
        elif kind == "socket":
            began = True
            if event["name"].startswith("sockcore") != expect_sockcore:
                raise RuntimeError(f"the wrong module was tested: {event['class_']}")
        elif kind == "complete":
            return True
    if running:
        results.tests[running] = Outcome("hang", "\n".join(rest)) if rest else Outcome("crash", words)
        return False
    if not began:
        results.fixtures["(start)"] = Outcome("error", words)
        return True
    results.fixtures["(end)"] = Outcome("error", words)
    return True


def _worse(one: Outcome | None, other: Outcome) -> Outcome:
    """A test that ran twice, as a member of two classes say, is as good as the worse of its runs."""
    return one if one is not None and one.outcome not in ("pass", "xfail") else other
