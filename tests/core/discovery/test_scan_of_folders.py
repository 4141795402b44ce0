"""The scan of folders for plugins.

It has the same results as importlib.metadata, without importing it.
"""

from __future__ import annotations

import sys
import zipfile

import pytest

from sockcore._plugins.entrypoints import are_folders, scan, scan_folders, scan_metadata

ENTRY = "[sockcore]\n{0} = sockcore_{0}\n"
AMONG_OTHERS = """
[console_scripts]
x = x:main

[sockcore]
# a comment
 some  =  sockcore_some

[other]
y = y"""
#: Some Pythons have their library in an archive.
FOLDERS = [entry for entry in sys.path if not entry.endswith(".zip")]
EGG = {"entry_points": ENTRY.format("old"), "metadata": "PKG-INFO"}


@pytest.fixture
def distribution(tmp_path, monkeypatch):
    """Return a function that creates the metadata of a distribution.

    It adds the folder of the metadata to the start of sys.path.
    """
    monkeypatch.setattr(sys, "path", FOLDERS)

    def make(name, entry_points="", version="1.0", folder="one", metadata="METADATA", info=""):
        place = tmp_path / folder
        if str(place) not in sys.path:
            monkeypatch.setattr(sys, "path", [str(place), *sys.path])
        path = place / (info or f"{name.replace('-', '_')}-{version}.dist-info")
        path.mkdir(parents=True)
        path.joinpath(metadata).write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nName: no\n")
        if entry_points:
            path.joinpath("entry_points.txt").write_text(entry_points)

    return make


def to_tuples(plugins):
    return sorted((plugin.name, plugin.module, plugin.distribution, plugin.version) for plugin in plugins)


CASES = {
    "one": [("sockcore-some", {"entry_points": ENTRY.format("some")})],
    "two of one distribution": [("sockcore-some", {"entry_points": "[sockcore]\na = a_module\nb = b_module\n"})],
    "among other groups": [("sockcore-some", {"entry_points": AMONG_OTHERS})],
    "no group of ours": [("other", {"entry_points": "[console_scripts]\nsockcore = x:main\n"})],
    "no entry points": [("other", {})],
    "a group whose name begins like ours": [("other", {"entry_points": "[sockcore.more]\nx = x\n"})],
    "an attribute of a module": [("sockcore-some", {"entry_points": "[sockcore]\nsome = package.module:plugin\n"})],
    "egg-info": [("sockcore-old", {**EGG, "info": "sockcore_old.egg-info"})],
    "egg-info with a version": [
        ("sockcore-old", {**EGG, "info": "sockcore_old-1.0-py3.9.egg-info"}),
    ],
    "the first on the path hides another": [
        ("sockcore-some", {"entry_points": ENTRY.format("some"), "version": "1.0", "folder": "two"}),
        ("sockcore-some", {"entry_points": ENTRY.format("other"), "version": "2.0", "folder": "one"}),
    ],
    "a name in capitals, with a dot": [
        ("Sockcore.Some", {"entry_points": ENTRY.format("some"), "info": "Sockcore.Some-1.0.dist-info"}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_scan_folders_returns_the_plugins_of_scan_metadata(distribution, case):
    for name, keywords in CASES[case]:
        distribution(name, **keywords)
    assert are_folders()
    assert to_tuples(scan_folders()) == to_tuples(scan_metadata())


def test_scan_folders_with_missing_folder_on_path_skips_it(distribution, monkeypatch, tmp_path):
    distribution("sockcore-some", ENTRY.format("some"))
    monkeypatch.setattr(sys, "path", [str(tmp_path / "gone"), "", *sys.path])
    assert ("some", "sockcore_some", "sockcore-some", "1.0") in to_tuples(scan_folders())


def test_scan_folders_without_metadata_file_returns_unknown_distribution(distribution, tmp_path):
    distribution("sockcore-some", ENTRY.format("some"))
    tmp_path.joinpath("one", "sockcore_some-1.0.dist-info", "METADATA").unlink()
    assert ("some", "sockcore_some", "?", "?") in to_tuples(scan_folders())


def test_scan_with_archive_on_path_uses_scan_metadata(monkeypatch, tmp_path):
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "sockcore_zipped-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: sockcore-zipped\nVersion: 1.0\n"
        )
        archive.writestr("sockcore_zipped-1.0.dist-info/entry_points.txt", ENTRY.format("zipped"))
    monkeypatch.setattr(sys, "path", [*sys.path, str(path)])
    assert not are_folders()
    assert ("zipped", "sockcore_zipped", "sockcore-zipped", "1.0") in to_tuples(scan())


def test_are_folders_with_foreign_finder_returns_false(monkeypatch):
    class Finder:
        def find_spec(self, *_):
            return None

        def find_distributions(self, *_):
            return iter(())

    monkeypatch.setattr(sys, "path", FOLDERS)
    assert are_folders()
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])
    assert not are_folders()
