"""docs/performance.md: its tables are those of the kept files of results."""

from __future__ import annotations

import pytest
from benchmarks import page, results

RUNS = sorted(map(results.read, page.KEPT.glob("*.json")), key=page.order)


def test_page_has_the_tables_of_the_kept_results() -> None:
    written = page.PAGE.read_text(encoding="utf-8")
    assert page.replaced(written, page.text(RUNS)) == written


def test_table_has_a_dash_for_a_row_without_result() -> None:
    run = RUNS[0]._replace(results=[])
    assert page.table(["a row"], [run]) == [f"| row | {page.short_version(run)} |", "|---|---|", "| a row | - |"]


@pytest.mark.parametrize(
    ("python", "guest", "title"),
    [
        ("CPython 3.13.0", {}, "3.13"),
        ("PyPy 3.9.16", {}, "PyPy 3.9"),
        ("CPython 3.13.2 for Windows, under Wine", {}, "Windows 3.13"),
        ("CPython 3.13.0", {"guest": "qemu"}, "3.13 in qemu"),
    ],
)
def test_short_version_names_implementation_system_and_guest(python: str, guest: dict[str, str], title: str) -> None:
    about = {key: value for key, value in RUNS[0].about.items() if key != "guest"}
    assert page.short_version(results.Run({**about, "python": python, **guest}, [])) == title


def test_order_has_cpython_first_and_guests_last() -> None:
    about = [
        {"python": "CPython 3.13.0", "guest": "qemu"},
        {"python": "CPython 3.13.2 for Windows, under Wine"},
        {"python": "PyPy 3.9.16"},
        {"python": "CPython 3.15.0"},
        {"python": "CPython 3.9.18"},
    ]
    runs = [results.Run(description, []) for description in about]
    assert [run.about for run in sorted(runs, key=page.order)] == about[::-1]


def test_text_has_a_table_of_its_own_for_a_guest() -> None:
    guest = results.Run({**RUNS[0].about, "guest": "qemu"}, RUNS[0].results[:1])
    lines = page.text([RUNS[0], guest]).splitlines()
    assert "| row | 3.11 in qemu |" in lines[lines.index("### CAN and netlink") :]


def test_replaced_refuses_a_page_without_markers() -> None:
    with pytest.raises(ValueError, match="needs the lines"):
        page.replaced("text", "table")


def test_replaced_keeps_the_text_around_the_markers() -> None:
    once = page.replaced(f"before {page.BEGIN} old {page.END} after", "new")
    assert once == f"before {page.BEGIN}\n\nnew\n{page.END} after"
    assert page.replaced(once, "new") == once


def test_added_rows_replace_those_of_the_same_name() -> None:
    kept, name = RUNS[0], RUNS[0].results[3].name
    later = results.Run(
        {**kept.about, "when": "2030-01-02T03:04:05Z", "commit": "f" * 40}, [kept.results[3]._replace(what="new")]
    )
    run = results.combined(kept, later)
    assert sorted(result.name for result in run.results) == sorted(result.name for result in kept.results)
    assert [result.what for result in run.results if result.name == name] == ["new"]
    assert page.describe(run) == f"{page.describe(kept)}; 1 rows: 2030-01-02, commit {'f' * 12}"
