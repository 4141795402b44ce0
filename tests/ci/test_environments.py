"""The environments of tox: they run all folders of tests, and show their progress."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
#: Folders with a separate runner.
RUNNERS = {"lab": "lab/run.py", "wine": "wine/run.py"}


def test_tox_runs_every_folder_of_tests() -> None:
    settings = (ROOT / "tox.ini").read_text(encoding="utf-8")
    commands = "\n".join(line for line in settings.splitlines() if not line.lstrip().startswith("#"))
    for folder in {path.parent for path in ROOT.glob("tests/*/test_*.py")} | {ROOT / "tests/types"}:
        assert re.search(rf"tests/{RUNNERS.get(folder.name, folder.name)}\b", commands), f"{folder} is not in tox.ini"


def test_ci_environments_exist_in_tox() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    settings = (ROOT / "tox.ini").read_text(encoding="utf-8")
    names = re.findall(r'"\$\{tox\[@\]\}" -e (\S+)', script)
    assert {"lab", "wine", "arch", "cross", "headers", "conformance", "sanitized"} <= set(names)
    for name in names:
        is_section = re.search(rf"^\[testenv:.*\b{name}\b.*\]$", settings, re.MULTILINE)
        assert is_section or re.fullmatch(r"py\w+-(core|alone|all)", name), f"no environment {name}"


def test_workflow_environments_exist_in_tox() -> None:
    settings = (ROOT / "tox.ini").read_text(encoding="utf-8")
    workflows = {path.name: path.read_text(encoding="utf-8") for path in ROOT.glob(".github/workflows/*.yml")}
    used = {
        name
        for text in workflows.values()
        for names in re.findall(r"\btox -e (\S+)", text)
        for name in names.split(",")
    }
    assert {"py-core", "py-all", "native", "docs", "lint", "type"} <= used
    plain = {name for name in used if not re.fullmatch(r"py-(core|all)", name)}  # factors of [testenv]
    assert plain == {name for name in plain if re.search(rf"^\[testenv:\{{?{name}\b", settings, re.MULTILINE)}


@pytest.fixture
def toxfile(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return toxfile.py as a module, with a placeholder for tox."""
    plugin = ModuleType("tox.plugin")
    plugin.impl = lambda function: function  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tox", ModuleType("tox"))
    monkeypatch.setitem(sys.modules, "tox.plugin", plugin)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in ("PATH", "UV_PYTHON_DOWNLOADS", "SOCKCORE_OLDEST", "SOCKCORE_NEWEST"):
        monkeypatch.setenv(name, "")
        if name != "PATH":
            monkeypatch.delenv(name)
    spec = importlib.util.spec_from_file_location("toxfile_under_test", ROOT / "toxfile.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_tox_environment_start_prints_position(toxfile: Any, capsys: pytest.CaptureFixture[str]) -> None:
    envs = SimpleNamespace(iter=lambda: iter(["lint", "type", "py39-core"]))
    toxfile.tox_add_core_config(None, SimpleNamespace(envs=envs))
    for name in ("type", "py39-core", ".pkg"):
        toxfile.tox_before_run_commands(SimpleNamespace(conf=SimpleNamespace(name=name)))
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(",")[0] for line in lines] == ["[2 of 3] type", "[3 of 3] py39-core"]
