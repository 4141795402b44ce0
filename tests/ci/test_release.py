"""The common version of all distributions: ``python -m tools.release version``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tools.release import versions
from tools.release.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN = """[project]
name = "sockcore-inet"
version = "0.1.0"
dependencies = ["sockcore>=0.1.0,<0.2", "exceptiongroup>=1.0; python_version < '3.11'"]
"""
CORE = '[project]\nname = "sockcore"\nversion = "0.1.0"\ninet = ["sockcore-inet"]\n'


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the pyproject.toml of a core and a plugin."""
    for folder, text in (("sockcore", CORE), ("plugins/inet", PLUGIN)):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "pyproject.toml").write_text(text)
    monkeypatch.setattr(versions, "CHECKOUT", tmp_path)
    monkeypatch.setattr(versions, "CORE", tmp_path / "sockcore" / "pyproject.toml")
    return tmp_path


def test_all_distributions_have_the_version_of_the_core() -> None:
    assert len(versions.projects()) == 8
    assert versions.differences() == []


def test_version_is_written_to_all_distributions(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version", "1.2.3rc1"]) == 0
    core, plugin = (path.read_text() for path in versions.projects())
    assert core == CORE.replace("0.1.0", "1.2.3rc1")
    assert plugin == PLUGIN.replace(">=0.1.0,<0.2", ">=1.2.3rc1,<1.3").replace("0.1.0", "1.2.3rc1")
    assert main(["version"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1.2.3rc1"


@pytest.mark.parametrize("version", ["1", "1.2", "v1.2.3", "1.2.3 ", '1.2.3"', ""])
def test_invalid_version_changes_nothing(checkout: Path, version: str) -> None:
    with pytest.raises(ValueError, match="must look like"):
        versions.change_version(version)
    assert [path.read_text() for path in versions.projects()] == [CORE, PLUGIN]


def test_plugin_that_differs_is_reported(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = checkout / "plugins" / "inet" / "pyproject.toml"
    path.write_text(PLUGIN.replace("<0.2", "<0.3"))
    assert main(["version"]) == 1
    assert "plugins/inet/pyproject.toml does not have" in capsys.readouterr().out


def test_plugin_without_the_core_is_an_error(checkout: Path) -> None:
    (checkout / "plugins" / "inet" / "pyproject.toml").write_text('[project]\nversion = "0.1.0"\ndependencies = []\n')
    with pytest.raises(ValueError, match="requires the core 0 times"):
        versions.change_version("0.2.0")
    assert versions.CORE.read_text() == CORE
