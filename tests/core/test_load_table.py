"""load_table(): the table of a package for this machine."""

from __future__ import annotations

import sys
import zipfile
from itertools import count

import pytest

from sockcore.plugin import load_table, system_name

TABLE = """
NAMES = '''
AF_TEST
test_size
TEST_OLD
'''
VALUES = (71, 16, 1)
VARIANTS = {"little-endian": ("TEST_OLD TEST_ORDER", (None, 2)), "big-endian": ("TEST_OLD TEST_ORDER", (None, 3))}
FACTS = "test_size"
"""
NUMBERS = count()


@pytest.fixture
def name(tmp_path, monkeypatch):
    """Return a name that no module has. Modules of this name can be written to the folder *tmp_path*."""
    name = f"sockcore_table_{next(NUMBERS)}"
    monkeypatch.syspath_prepend(str(tmp_path))
    yield name
    for module in [module for module in sys.modules if module.partition(".")[0] == name]:
        del sys.modules[module]


@pytest.fixture
def package(tmp_path, name):
    """Return a function that writes a package with a table for a system, and imports it."""

    def write(table=TABLE, system=None):
        folder = tmp_path / name / "tables"
        folder.mkdir(parents=True)
        (tmp_path / name / "__init__.py").write_text("")
        (folder / "__init__.py").write_text("")
        (folder / f"{system or system_name()}.py").write_text(table)
        __import__(name)
        return f"{name}.tables"

    return write


def check(table, package):
    order = 2 if sys.byteorder == "little" else 3
    assert dict(table) == {"AF_TEST": 71, "test_size": 16, "TEST_ORDER": order}
    assert (list(table.facts), table.package) == (["test_size"], package)


def test_table_is_read_without_imports(package):
    tables = package()
    check(load_table(tables), tables)
    assert not [module for module in sys.modules if module.startswith(tables)]


def test_table_is_read_once(package):
    tables = package()
    assert load_table(tables) is load_table(tables)


def test_bytecode_of_table_is_kept(package, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    tables = package()
    load_table(tables)
    assert [path.name.partition(".")[0] for path in tmp_path.glob("*/tables/__pycache__/*.pyc")] == [system_name()]


def test_table_of_package_in_archive_is_imported(tmp_path, name, monkeypatch):
    archive = tmp_path / "archive.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path, text in {"__init__": "", "tables/__init__": "", f"tables/{system_name()}": TABLE}.items():
            file.writestr(f"{name}/{path}.py", text)
    monkeypatch.syspath_prepend(str(archive))
    __import__(name)
    check(load_table(f"{name}.tables"), f"{name}.tables")


def test_table_of_package_that_is_not_imported(package, name):
    tables = package()
    del sys.modules[name]
    check(load_table(tables), tables)


def test_package_without_table_for_this_system(package):
    assert load_table(package(system="another_system")) == {}


def test_folder_beside_module_is_not_its_table(tmp_path, name):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / f"{system_name()}.py").write_text(TABLE)
    (tmp_path / f"{name}.py").write_text("")
    __import__(name)
    with pytest.raises(ModuleNotFoundError, match=f"{name}.tables"):
        load_table(f"{name}.tables")


def test_missing_package(name):
    with pytest.raises(ModuleNotFoundError, match=f"No module named '{name}'"):
        load_table(f"{name}.tables")


def test_exception_of_table_is_not_hidden(package):
    with pytest.raises(ZeroDivisionError):
        load_table(package("1 / 0"))
