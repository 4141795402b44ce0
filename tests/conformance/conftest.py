"""Options and imports of the conformance tests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

HERE = Path(__file__).resolve().parent
for folder in (str(HERE.parents[1]), str(HERE)):
    if folder not in sys.path:
        sys.path.insert(0, folder)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance")
    group.addoption(
        "--pythons", default="", help="versions or interpreters, separated by commas; default: the running one"
    )
    group.addoption("--suites", default="", help="names of suites, separated by commas; default: all")
    group.addoption("--backends", default="pure", help="pure, native, or both, separated by a comma")
    group.addoption("--no-baseline-cache", action="store_true", help="ignore cached outcomes of the standard library")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    rows = getattr(config, "conformance_rows", None)
    if rows:
        import run
        from suites import suite_run

        terminalreporter.write_sep("-", "the interpreter's own tests on sockcore")
        terminalreporter.write_line(run.table([suite_run.HEADER, *rows]))
