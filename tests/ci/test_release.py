"""The common version and address of all distributions: ``python -m tools.release version`` and ``address``."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from tools.release import address, versions
from tools.release.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN = """[project]
name = "sockcore-inet"
version = "0.1.0"
dependencies = ["sockcore>=0.1.0,<0.2", "exceptiongroup>=1.0; python_version < '3.11'"]
"""
#: File -> a line with the version.
REPEATED = {
    "sockcore/src/sockcore/__init__.py": '__version__ = "0.1.0"\n',
    "docs/how-to/alpine.md": "pkgver=0.1.0\n",
    "docs/how-to/openwrt.md": "PKG_VERSION:=0.1.0\n",
    "docs/wheels.md": "The wheels are `dist/sockcore-0.1.0-cp311-cp311-manylinux_2_17_aarch64.whl`\n",
}
THIRD_PARTY = 'dependencies = ["sockcore>=0.1.0,<0.2"]\nentry = ["sockcore.plugin"]\n'
CORE = '[project]\nname = "sockcore"\nversion = "0.1.0"\ninet = ["sockcore-inet"]\n'


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the pyproject.toml of a core and a plugin, and other files with the version."""
    files = {"sockcore/pyproject.toml": CORE, "plugins/inet/pyproject.toml": PLUGIN, **REPEATED}
    files["docs/writing-a-family.md"] = THIRD_PARTY
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
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
    for name, text in REPEATED.items():
        assert (checkout / name).read_text() == text.replace("0.1.0", "1.2.3rc1")
    page = (checkout / "docs/writing-a-family.md").read_text()
    assert page == THIRD_PARTY.replace(">=0.1.0,<0.2", ">=1.2.3rc1,<1.3")
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


def test_module_that_differs_is_reported(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / "sockcore/src/sockcore/__init__.py").write_text('__version__ = "0.0.9"\n')
    assert main(["version"]) == 1
    assert "sockcore/src/sockcore/__init__.py does not have" in capsys.readouterr().out


def test_file_without_the_version_is_an_error(checkout: Path) -> None:
    (checkout / "docs/wheels.md").write_text("no version\n")
    with pytest.raises(ValueError, match=r"docs/wheels\.md has no version"):
        versions.change_version("0.2.0")
    assert versions.CORE.read_text() == CORE


def test_page_without_requirement_of_the_core_is_an_error(checkout: Path) -> None:
    (checkout / "docs/writing-a-family.md").write_text('dependencies = ["sockcore-inet"]\n')
    with pytest.raises(ValueError, match=r"writing-a-family\.md does not require the core"):
        versions.change_version("0.2.0")
    assert versions.CORE.read_text() == CORE


def test_plugin_without_the_core_is_an_error(checkout: Path) -> None:
    (checkout / "plugins" / "inet" / "pyproject.toml").write_text('[project]\nversion = "0.1.0"\ndependencies = []\n')
    with pytest.raises(ValueError, match="requires the core 0 times"):
        versions.change_version("0.2.0")
    assert versions.CORE.read_text() == CORE


def test_all_files_have_the_address_of_the_core(capsys: pytest.CaptureFixture[str]) -> None:
    assert address.differences() == []
    texts = {path.relative_to(versions.CHECKOUT).as_posix(): path.read_text("utf-8") for path in address.files()}
    repeating = {name for name, text in texts.items() if address.read().partition("://")[2] in text}
    assert len([name for name in repeating if name.endswith("pyproject.toml")]) == 8
    assert {"docs/how-to/yocto.md", ".github/ISSUE_TEMPLATE/config.yml"} < repeating
    assert main(["address"]) == 0
    assert capsys.readouterr().out == f"{address.read()}\n"


def test_no_other_file_has_the_address() -> None:
    done = subprocess.run(
        ["git", "grep", "-lF", address.read().partition("://")[2]],
        cwd=versions.CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode > 1:
        pytest.skip("not a checkout of git")
    others = {*done.stdout.split()} - {path.relative_to(versions.CHECKOUT).as_posix() for path in address.files()}
    assert others == set()


@pytest.fixture
def repeated(checkout: Path) -> Path:
    """Return a file with the address, in a checkout with the address in the core."""
    with versions.CORE.open("a") as core:
        core.write('Homepage = "https://host.example/owner/sockcore"\n')
    path = checkout / "README.md"
    path.write_text("git://host.example/owner/sockcore.git https://host.example/owner/sockcore/docs host.example\n")
    return path


def test_address_is_written_to_all_files(repeated: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["address", "https://forge.example/a/group/sockcore"]) == 0
    assert repeated.read_text() == (
        "git://forge.example/a/group/sockcore.git https://forge.example/a/group/sockcore/docs host.example\n"
    )
    assert address.read() == "https://forge.example/a/group/sockcore"
    assert main(["address"]) == 0
    assert "README.md: written" in capsys.readouterr().out


def test_other_address_is_reported(repeated: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repeated.write_text("https://host.example/someone/sockcore/docs https://pypi.org/project/sockcore\n")
    assert main(["address"]) == 1
    assert capsys.readouterr().out == (
        "README.md has the address host.example/someone/sockcore instead of host.example/owner/sockcore\n"
    )


@pytest.mark.parametrize("new", ["github.com/a/b", "https://github.com", 'https://a/b"', "https://a/b/"])
def test_invalid_address_changes_nothing(repeated: Path, new: str) -> None:
    before = repeated.read_text()
    with pytest.raises(ValueError, match="must look like"):
        address.change(new)
    assert repeated.read_text() == before
