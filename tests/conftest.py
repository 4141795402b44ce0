"""Selection of tests for ``pytest`` without arguments, and repetition of failed tests in CI.

Some tests need another kernel, another machine, compilers, packages from an index, or much time. Each folder of such
tests has an environment of tox. pytest collects the folder only if the command line contains its path.

If the variable ``CI`` is set, a failed test runs a second time, as in the interpreter's own test runner. It passes if
the second run passes. Both the output of pytest and that of ``.ci/summary`` have the failure of the first run, and
``.ci/summary`` accepts only few of them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _pytest.runner import runtestprotocol

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
#: Path in this folder -> environment of tox that runs it.
LEFT_OUT = {
    "conformance/test_conformance.py": "conformance",
    "docs": "docs",
    "headers": "headers",
    "install": "install",
    "lab": "lab",
    "wine": "wine",
}
#: The property of a test that was repeated. Its value is the failure of the first run.
REPEATED = "repeated"
#: Seconds. A test that failed after this time is not repeated: it hangs.
LONGEST_REPEATED = 100

try:
    from hypothesis import HealthCheck, settings
except ImportError:  # on a device
    pass
else:
    # A loaded or an emulated machine must not make a test fail.
    settings.register_profile("without limits of time", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("without limits of time")


def named_paths(config: pytest.Config) -> list[Path]:
    """Return the paths of the command line, or of the setting ``testpaths``."""
    folder = Path(config.invocation_params.dir)
    return [(folder / argument.partition("::")[0]).resolve() for argument in config.args]


def is_left_out(name: str, named: list[Path]) -> bool:
    """Return False if the command line has the folder of *name*, or a path in it."""
    folder = HERE / name.partition("/")[0]
    return not any(folder == path or folder in path.parents for path in named)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    for name in LEFT_OUT:
        if collection_path == HERE / name and is_left_out(name, named_paths(config)):
            return True
    return None


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test, and run it again if it fails. Report the last run."""
    if not os.environ.get("CI"):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    failures = [report for report in reports if report.failed]
    if failures and sum(report.duration for report in reports) < LONGEST_REPEATED:
        item.user_properties.append((REPEATED, failures[0].longreprtext[-4000:]))
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> Iterator[None]:
    yield  # print these lines below the skipped tests
    for report in terminalreporter.stats.get("passed", []):
        for name, failure in report.user_properties:
            if name == REPEATED:
                terminalreporter.write_line(f"passed when it was repeated: {report.nodeid}\n{failure}\n")
    named = named_paths(config)
    left_out = [
        f"tests/{name} (tox -e {environment})"
        for name, environment in LEFT_OUT.items()
        if is_left_out(name, named) and any(path in (HERE / name).parents for path in named)
    ]
    if left_out:
        terminalreporter.write_line(f"left out: {', '.join(left_out)}")
