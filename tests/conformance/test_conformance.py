"""The interpreter's own tests: nothing that passes on the standard library may fail on sockcore."""

from __future__ import annotations

import os
import sys
from functools import cache

import pytest
import run
from suites import compare, modules, proof


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "suite" in metafunc.fixturenames:
        pythons = metafunc.config.getoption("pythons") or sys._base_executable  # type: ignore[attr-defined]
        suites = metafunc.config.getoption("suites") or ",".join(modules.SUITES)
        metafunc.parametrize("suite", suites.split(","))
        metafunc.parametrize("backend", metafunc.config.getoption("backends").split(","), scope="module")
        metafunc.parametrize("python", pythons.split(","), ids=os.path.basename, scope="module")


@cache
def proofs(python: str, suites: tuple[str, ...], use_cache: bool, backend: str) -> dict[str, proof.SuiteProof]:
    """Run *suites* of an interpreter at once, which uses the processors well."""
    under_test = run.interpreter(python)
    site = run.site_of(under_test, backend)
    accepted = compare.entries(run.LISTS[under_test.system])
    jobs = os.cpu_count() or 1
    return {one.suite: one for one in proof.prove(under_test, suites, site, accepted, use_cache=use_cache, jobs=jobs)}


def selected_suites(session: pytest.Session, python: str, backend: str) -> tuple[str, ...]:
    """Return the suites of this interpreter and backend that pytest was asked to run."""
    found = []
    for item in session.items:
        values = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        if values.get("python") == python and values.get("backend") == backend:
            found.append(values["suite"])
    return tuple(found)


def test_suite(python: str, backend: str, suite: str, request: pytest.FixtureRequest) -> None:
    pytestconfig = request.config
    use_cache = not pytestconfig.getoption("no_baseline_cache")
    one = proofs(python, selected_suites(request.session, python, backend), use_cache, backend)[suite]
    rows = pytestconfig.__dict__.setdefault("conformance_rows", [])
    version, *rest = one.row
    rows.append([f"{version} {backend}", *rest])
    told = [f"{found.id}: {found.outcome}\n{found.detail[-1500:]}" for found in one.regressions]
    assert not told, "\n".join([f"{len(told)} regressions", *told])
    assert not one.stale, f"take out of the list: {one.stale}"
    assert one.passed_before, "nothing passes with the standard library: there is nothing to compare"


@pytest.mark.parametrize("system", run.LISTS)
def test_every_entry_of_a_list_has_a_reason(system: str) -> None:
    for entry in compare.entries(run.LISTS[system]):
        assert len(entry.reason.split()) > 3, entry
