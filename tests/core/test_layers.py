"""Imports between modules of the core: they point downward and are not circular."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "sockcore/src/sockcore"

TOOL = ROOT / "tools/layers/imports.py"
if not TOOL.exists():
    pytest.skip("needs the sources of the repository", allow_module_level=True)

layers: Any = ModuleType("layers")
exec(compile(TOOL.read_text(encoding="utf-8"), str(TOOL), "exec"), vars(layers))


def test_modules_have_a_layer():
    files = layers.modules(CORE)
    assert len(files) > 40
    assert {layers.layer(module) for module in files} == set(range(len(layers.LAYERS)))


def test_start_up_imports_are_not_circular():
    assert layers.cycles(CORE, with_late=False) == []


def test_imports_point_downward():
    assert set(layers.upward(CORE)) <= set(layers.EXCEPTIONS)


def test_late_imports_are_circular_only_with_reason():
    assert layers.cycles(CORE, without=set(layers.EXCEPTIONS)) == []


def test_layer_exceptions_are_all_needed():
    graph = layers.imports(CORE)
    for module, other in layers.EXCEPTIONS:
        assert other in graph[module][1], f"{module} does not import {other} late"


@pytest.fixture
def package(tmp_path):
    def write(**sources):
        for name, source in sources.items():
            (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
        return tmp_path

    return write


def test_upward_reports_early_late_and_named_imports(package):
    root = package(
        plugin="", _types="import sockcore.plugin\n", _names="def f():\n    from sockcore import plugin\n",
        _faults="import_module('sockcore.plugin')\n", _enums="from sockcore import _types\n",
        _context="if TYPE_CHECKING:\n    import sockcore.plugin\n",
    )  # fmt: skip
    assert sorted(layers.upward(root)) == [("_faults", "plugin"), ("_names", "plugin"), ("_types", "plugin")]


def test_cycles_reports_circular_imports(package):
    root = package(_types="from sockcore._names import x\n", _names="def f():\n    import sockcore._types\n")
    assert layers.cycles(root, with_late=False) == []
    assert layers.cycles(root) == [["_names", "_types"]]


def test_architecture_page_names_existing_modules():
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    names = re.findall(r"`(_\w+/\w+\.py)`", page)
    assert len(names) > 10
    assert [name for name in names if not (CORE / name).exists()] == []
