"""Tests of CPython: a test that passes with the standard library must pass on sockcore."""

from __future__ import annotations

import os
import sys
from functools import cache

import pytest
import run
from suites import compare, modules, suite_run


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "suite" in metafunc.fixturenames:
        pythons = metafunc.config.getoption("pythons") or sys._base_executable  # type: ignore[attr-defined]
        suites = metafunc.config.getoption("suites") or ",".join(modules.SUITES)
        metafunc.parametrize("suite", suites.split(","))
        metafunc.parametrize("backend", metafunc.config.getoption("backends").split(","), scope="module")
        metafunc.parametrize("python", pythons.split(","), ids=os.path.basename, scope="module")


@cache
def run_all(python: str, suites: tuple[str, ...], use_cache: bool, backend: str) -> dict[str, suite_run.SuiteRun]:
    """Run *suites* of an interpreter together, which uses all processors."""
    under_test = run.interpreter(python)
    site = run.site_of(under_test, backend)
    accepted = compare.entries(run.LISTS[under_test.system], backend)
    jobs = os.cpu_count() or 1
    runs = suite_run.run_suites(under_test, suites, site, accepted, use_cache=use_cache, jobs=jobs)
    return {suite_result.suite: suite_result for suite_result in runs}


def selected_suites(session: pytest.Session, python: str, backend: str) -> tuple[str, ...]:
    """Return the selected suites of an interpreter and a backend."""
    suites = []
    for item in session.items:
        values = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        if values.get("python") == python and values.get("backend") == backend:
            suites.append(values["suite"])
    return tuple(suites)


def test_suite(python: str, backend: str, suite: str, request: pytest.FixtureRequest) -> None:
    pytestconfig = request.config
    use_cache = not pytestconfig.getoption("no_baseline_cache")
    result = run_all(python, selected_suites(request.session, python, backend), use_cache, backend)[suite]
    rows = pytestconfig.__dict__.setdefault("conformance_rows", [])
    version, *rest = result.row
    rows.append([f"{version} {backend}", *rest])
    messages = [f"{test.id}: {test.outcome}\n{test.detail[-1500:]}" for test in result.regressions]
    assert not messages, "\n".join([f"{len(messages)} regressions", *messages])
    assert not result.stale, f"remove from the list: {result.stale}"
    assert result.passed_before, "no test passes with the standard library"


@pytest.mark.parametrize("system", run.LISTS)
def test_list_entries_have_reason(system: str) -> None:
    for entry in compare.entries(run.LISTS[system]):
        assert len(entry.reason.split()) > 3, entry
