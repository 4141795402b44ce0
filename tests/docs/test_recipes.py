"""Recipes for Yocto, Buildroot, OpenWrt and Alpine agree with the metadata of the distributions.

BitBake, make, a parser of Kconfig and sh evaluate the recipes, with placeholders for the rules of the distribution.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from blocks import ROOT, blocks

sys.path.insert(0, str(ROOT))
try:
    from tools.release import versions
finally:
    sys.path.remove(str(ROOT))

CORE = versions.CORE.read_text(encoding="utf-8")
BUILD = re.findall(r'"([a-z-]+)', re.search(r"^requires = \[(.*)\]$", CORE, re.MULTILINE)[1])  # type: ignore[index]
HATCHLING = re.search(r'"hatchling>=([0-9.]+)"', CORE)[1]  # type: ignore[index]
LICENSE = re.search(r'^license = "(.*)"$', CORE, re.MULTILINE)[1]  # type: ignore[index]
LICENSE_MD5 = hashlib.md5((ROOT / "LICENSE").read_bytes(), usedforsecurity=False).hexdigest()
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")

BUILDROOT = """\
define github
https://github.com/$(1)/$(2)/archive/$(3)
endef
python-package = $(info evaluated)
TARGET_DIR = target
PYTHON3_VERSION_MAJOR = 3.13
include %s
$(foreach name,$(filter PYTHON_SOCKCORE_%%,$(.VARIABLES)),$(info $(name)=$($(name))))
all:
"""
OPENWRT = {
    "rules.mk": "INCLUDE_DIR = $(TOPDIR)\n",
    "package.mk": "",
    "feeds/packages/lang/python/python3-package.mk": (
        "define Py3Package\n$$(info Py3Package $(1))\nendef\ndefine BuildPackage\n$$(info BuildPackage $(1))\nendef\n"
    ),
}


def recipes(system: str) -> list[str]:
    """Return the code blocks of a page."""
    return [block.text for block in blocks(ROOT / "docs" / "how-to" / f"{system}.md")]


def evaluate(*command: str | Path) -> dict[str, str]:
    """Return the lines ``NAME=VALUE`` in the output of a command. Other lines have an empty value."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return {name: value for name, _, value in (line.partition("=") for line in done.stdout.splitlines())}


def test_core_has_known_requirements() -> None:
    assert BUILD == ["hatchling", "setuptools"]
    assert re.findall(r'^    "([a-z-]+)[^"]*",$', CORE.partition("dependencies = [")[2].partition("]")[0], re.M) == [
        "pluggy",
        "importlib-metadata",  # for Python 3.9
    ]


def test_yocto_recipes_match_metadata() -> None:
    core, plugin = (
        dict(re.findall(r'^(?:export )?([\w:${}]+) \+?= "(.*)"$', text, re.MULTILINE)) for text in recipes("yocto")[:2]
    )
    for recipe, folder in ((core, "sockcore"), (plugin, "plugins/can")):
        assert recipe["LICENSE"] == LICENSE
        assert recipe["LIC_FILES_CHKSUM"] == f"file://LICENSE;md5={LICENSE_MD5}"
        assert (ROOT / folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
        assert recipe["S"] == f"${{UNPACKDIR}}/git/{folder}"
        assert recipe["SRC_URI"].startswith(recipe["HOMEPAGE"].replace("https", "git") + ".git;")
        # The class python_hatchling depends on hatchling. Without the variable, the hook would compile for the host.
        assert recipe["DEPENDS"] == "python3-setuptools-native"
        assert recipe["SOCKCORE_NATIVE"] == "0"
    assert {"python3-ctypes", "python3-pluggy"} <= {*core["RDEPENDS:${PN}"].split()}
    assert plugin["RDEPENDS:${PN}"] == "python3-sockcore"


@pytest.fixture(scope="module")
def yocto(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """Return the values that BitBake reads in both recipes. It unpacks a repository with the projects."""
    pytest.importorskip("bb", reason="bitbake-setup is not installed")
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    folder = tmp_path_factory.mktemp("yocto")
    repository, layer, work = folder / "repository", folder / "layer", folder / "work"
    for project in ("sockcore", "plugins/can"):
        (repository / project).mkdir(parents=True)
        for name in ("LICENSE", "pyproject.toml"):
            shutil.copy(ROOT / project / name, repository / project / name)
    git = ("git", "-c", "user.name=Test", "-c", "user.email=test@example.org", "-C", str(repository))
    for arguments in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "Add the projects")):
        subprocess.run([*git, *arguments], check=True)
    layer.mkdir()
    work.mkdir()
    paths = [layer / f"{name}_git.bb" for name in ("python3-sockcore", "python3-sockcore-can")]
    for path, text in zip(paths, recipes("yocto")):
        path.write_text(text)
    script = Path(__file__).with_name("bitbake.py")
    command = [sys.executable, str(script), str(work), str(repository), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    values: list[dict[str, str]] = json.loads(done.stdout.splitlines()[-1])  # the other lines are those of git
    return values


@pytest.mark.parametrize(("number", "project"), [(0, "sockcore"), (1, "plugins/can")])
def test_yocto_recipe_finds_its_project(yocto: list[dict[str, str]], number: int, project: str) -> None:
    values = yocto[number]
    for name in ("LICENSE", "pyproject.toml"):
        assert values[f"text of {name}"] == (ROOT / project / name).read_text(encoding="utf-8")
    assert "python3-hatchling-native" in values["DEPENDS"].split()  # by inherit


def test_yocto_recipes_have_names_of_each_other(yocto: list[dict[str, str]]) -> None:
    core, plugin = yocto
    assert plugin["RDEPENDS:python3-sockcore-can"].split() == [core["PN"]]
    assert f'IMAGE_INSTALL:append = " {plugin["PN"]}"' in (ROOT / "docs/how-to/yocto.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("system", ["yocto", "buildroot", "openwrt", "alpine"])
def test_page_names_required_hatchling(system: str) -> None:
    text = " ".join((ROOT / "docs" / "how-to" / f"{system}.md").read_text(encoding="utf-8").split())
    assert f"hatchling {HATCHLING} or newer" in text


def test_buildroot_option_selects_requirements(tmp_path: Path) -> None:
    kconfiglib: Any = pytest.importorskip("kconfiglib", reason="kconfiglib is not installed")
    names = ("LIBFFI", "PYTHON_PLUGGY", "PYTHON3")
    (tmp_path / "Config.in").write_text(recipes("buildroot")[0])
    others = "".join(f'config BR2_PACKAGE_{name}\n\tbool "{name}"\n' for name in names)
    (tmp_path / "Kconfig").write_text(f'{others}source "{tmp_path / "Config.in"}"\n')
    options = kconfiglib.Kconfig(str(tmp_path / "Kconfig"), warn_to_stderr=False)
    assert options.warnings == []
    symbols = {name: options.syms[f"BR2_PACKAGE_{name}"] for name in (*names, "PYTHON_SOCKCORE")}
    symbols["PYTHON_SOCKCORE"].set_value(2)
    assert symbols["PYTHON_SOCKCORE"].str_value == "n"  # needs Python
    symbols["PYTHON3"].set_value(2)
    assert {name: symbol.str_value for name, symbol in symbols.items()} == dict.fromkeys(symbols, "y")


@needs_make
def test_buildroot_package_is_evaluated(tmp_path: Path) -> None:
    config, package = recipes("buildroot")[:2]
    (tmp_path / "package.mk").write_text(package)
    (tmp_path / "Makefile").write_text(BUILDROOT % (tmp_path / "package.mk"))
    values = evaluate("make", "-n", "-f", tmp_path / "Makefile")
    assert "evaluated" in values
    assert {name: values[f"PYTHON_SOCKCORE_{name}"] for name in ("SUBDIR", "SETUP_TYPE", "LICENSE", "ENV")} == {
        "SUBDIR": "sockcore",
        "SETUP_TYPE": "pep517",
        "LICENSE": LICENSE,
        "ENV": "SOCKCORE_NATIVE=0",
    }
    assert (ROOT / values["PYTHON_SOCKCORE_LICENSE_FILES"]).is_file()
    assert values["PYTHON_SOCKCORE_DEPENDENCIES"].split() == [f"host-python-{name}" for name in BUILD]
    [folder] = re.findall(r"\$\(@D\)/(\S+)", package)
    assert (ROOT / folder / "__init__.py").is_file()
    assert "select BR2_PACKAGE_PYTHON_PLUGGY" in config
    assert "config BR2_PACKAGE_PYTHON_SOCKCORE\n" in config


@needs_make
def test_openwrt_makefile_is_evaluated(tmp_path: Path) -> None:
    for name, text in OPENWRT.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    show = "$(foreach name,$(filter PKG_% PYTHON3_%,$(.VARIABLES)),$(info $(name)=$($(name))))\nall:\n"
    (tmp_path / "Makefile").write_text(recipes("openwrt")[0] + show)
    values = evaluate("make", "-n", "-f", tmp_path / "Makefile", f"TOPDIR={tmp_path}")
    assert {"Py3Package python3-sockcore", "BuildPackage python3-sockcore"} <= values.keys()
    assert values["PKG_VERSION"] == versions.version()
    assert values["PKG_LICENSE"] == LICENSE
    assert (ROOT / values["PKG_LICENSE_FILES"]).is_file()
    assert values["PKG_BUILD_DEPENDS"].split() == [f"python-{name}/host" for name in BUILD]
    assert values["PYTHON3_PKG_BUILD_PATH"] == values["PYTHON3_PKG_WHEEL_NAME"] == "sockcore"
    assert values["PYTHON3_PKG_BUILD_VARS"] == "SOCKCORE_NATIVE=0"


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no shell")
def test_apkbuild_is_evaluated(tmp_path: Path) -> None:
    [text] = (text for text in recipes("alpine") if "pkgname=" in text)
    path = tmp_path / "APKBUILD"
    path.write_text(text)
    names = ("pkgname", "pkgver", "license", "depends", "makedepends", "source", "builddir")
    show = "".join(f'echo "{name}=${name}"; ' for name in names)
    values = evaluate("sh", "-euc", f"srcdir=/src; . {path}; {show} command -V build check package >/dev/null")
    assert (values["pkgname"], values["pkgver"]) == ("py3-sockcore", versions.version())
    assert values["license"] == LICENSE
    assert values["depends"].split() == ["python3", "py3-pluggy"]
    assert {f"py3-{name}" for name in BUILD} < {*values["makedepends"].split()}
    assert values["builddir"] == f"/src/sockcore-{versions.version()}/sockcore"
    # A forge's archive of a tag has a folder without the letter v.
    assert values["source"].endswith(f"/archive/v{versions.version()}.tar.gz")
