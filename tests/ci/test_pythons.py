"""All lists of supported Pythons agree with `VERSIONS` and `FREE_THREADED` of tools.pythons.found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tools.pythons import found, make
from tools.release import versions

ROOT = Path(__file__).parents[2]
MINORS = [version.partition(".")[2] for version in found.VERSIONS]
FACTORS = [f"py3{minor}" for minor in MINORS]
OLDEST, NEWEST = found.VERSIONS[0], found.VERSIONS[-1]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", versions.projects(), ids=lambda path: path.parent.name)
def test_classifiers_list_all_pythons(path: Path) -> None:
    listed = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', path.read_text(encoding="utf-8"))
    assert tuple(listed) == found.VERSIONS


def test_workflow_lists_all_pythons() -> None:
    [row] = re.findall(r"^        python: \[(.*pypy.*)\]$", read(".github/workflows/tests.yml"), re.MULTILINE)
    assert tuple(re.findall(r'"(3\.\d+)(?:-dev)?"', row)) == found.VERSIONS


def test_native_workflow_lists_free_threaded_pythons() -> None:
    rows = re.findall(r"^        python: \[(.*)\]$", read(".github/workflows/tests.yml"), re.MULTILINE)
    [listed] = [names for row in rows if (names := re.findall(r'"(3\.\d+t)"', row))]
    assert tuple(listed) == found.FREE_THREADED


def test_label_of_tox_lists_all_pythons() -> None:
    [row] = re.findall(r"^    all = .*py\{(.*?), py3\}", read("tox.ini"), re.MULTILINE)
    assert [f"py{factor}" for factor in row.split(", ")] == FACTORS


def test_native_environments_of_tox_are_for_all_pythons() -> None:
    [row] = re.findall(r"^\[testenv:\{(native,.*)\}\]$", read("tox.ini"), re.MULTILINE)
    assert [name[: -len("-native")] for name in row.split(",") if re.fullmatch(r"py\d+-native", name)] == FACTORS


def test_template_of_tox_lists_all_pythons() -> None:
    text = read("sockcore/src/sockcore/_scaffold/templates/tox.ini.txt")
    [row] = re.findall(r"^    py3\{(.*?)\}-", text, re.MULTILINE)
    assert row.split(",") == MINORS


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("README.md", f"CPython {OLDEST} to {NEWEST}"),
        ("docs/index.md", f"CPython {OLDEST} to {NEWEST}"),
        ("docs/how-to/new-family.md", f"Pythons {OLDEST} to {NEWEST}"),
        ("docs/testing.md", f"{FACTORS[0]} to {FACTORS[-1]}"),
        (".ci/run", f"expected=({FACTORS[0]}-core {FACTORS[-1]}-{{core,all}}"),
        (".ci/run", f"-e {FACTORS[-1]}-native\n"),
        (".ci/run", f"-e conformance -- --pythons {OLDEST},{NEWEST} "),
        ("tests/lab/run.py", f'PYTHONS = ("{OLDEST}", "{NEWEST}")'),
    ],
)
def test_oldest_and_newest_python_are_named(name: str, text: str) -> None:
    assert text in read(name)


def test_pythons_of_this_machine_and_musl_run_without_emulator() -> None:
    own = make.native()
    other = "s390x" if own != "s390x" else "amd64"
    assert [make.is_emulated(arch) for arch in (own, f"{own}-musl", make.DEBUG)] == [False, False, False]
    assert [make.is_emulated(arch) for arch in (other, f"{other}-musl")] == [True, True]
