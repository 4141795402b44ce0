"""Trust in the startup cache: its owner, its mode, and those of its folder."""

from __future__ import annotations

import os
import sys

import pytest
from installed_tree import Tree

pytestmark = [
    pytest.mark.skipif(sys.flags.ignore_environment, reason="another process cannot find the folder"),
    pytest.mark.skipif(not hasattr(os, "geteuid"), reason="this system has no POSIX file owners"),
]
needs_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")

STATE = """
import sys, sockcore
sockcore.ONE
cache = sys.modules.get("sockcore._startup_cache")
print(bool(cache and cache.list_in_use), type(sys.modules["sockcore_a_module"].__loader__).__name__)
"""
USED = "True CachedLoader\n"
NOBODY = 65534


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    tree = Tree(tmp_path_factory.mktemp("template") / "tree")
    tree.install("a")
    tree.freeze()
    assert tree.run(STATE) == USED
    return tree


@pytest.fixture
def tree(tmp_path, template):
    return Tree(tmp_path / "tree", template)


def check_not_used(tree, used, words, **keywords):
    """Check which parts are used, and that a warning names the reason."""
    keywords.setdefault("SOCKCORE_FROZEN", str(tree.cache))
    done = tree.python("-c", STATE, status=None, warnings="default", **keywords)
    assert (done.returncode, done.stdout) == (0, used), done.stderr
    assert "PluginWarning: the startup cache " in done.stderr
    assert words in done.stderr
    assert done.stderr.count("PluginWarning") == 1


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_cache_files_writable_by_others_are_not_used(tree, mode):
    tree.cache.chmod(mode)
    tree.code().chmod(mode)
    check_not_used(tree, "False SourceFileLoader\n", f"{tree.cache} can be written by other users (mode {mode:04o})")


def test_code_file_writable_by_others_is_not_used(tree):
    tree.code().chmod(0o646)
    check_not_used(
        tree,
        "True SourceFileLoader\n",
        f"used without its code: {tree.code()} can be written by other users (mode 0646)",
    )


def test_list_file_writable_by_others_is_not_used(tree):
    tree.cache.chmod(0o646)
    check_not_used(tree, "False CachedLoader\n", f"{tree.cache} can be written by other users (mode 0646)")


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o1777])
def test_cache_files_in_folder_writable_by_others_are_not_used(tree, mode):
    tree.folder.chmod(mode)
    check_not_used(tree, "False SourceFileLoader\n", f"{tree.folder} can be written by other users (mode {mode:04o})")


@needs_root
def test_cache_files_of_root_are_used_by_another_user(tree):
    assert tree.run(f"import os\nos.geteuid = lambda: {NOBODY}\n{STATE}") == USED


@needs_root
def test_cache_files_of_another_user_are_not_used(tree):
    for path in (tree.cache, tree.code()):
        os.chown(path, NOBODY, NOBODY)
    check_not_used(tree, "False SourceFileLoader\n", f"{tree.cache} belongs to user {NOBODY}")


@needs_root
def test_code_file_of_another_user_in_package_is_not_used(tree):
    tree.python("-m", "sockcore", "freeze")
    assert tree.python("-c", STATE).stdout == USED
    os.chown(tree.code(tree.default_cache), NOBODY, NOBODY)
    done = tree.python("-c", STATE, warnings="default", status=None)
    assert done.stdout == "True SourceFileLoader\n"
    assert f"{tree.code(tree.default_cache)} belongs to user {NOBODY}" in done.stderr


@needs_root
def test_cache_files_in_folder_of_another_user_are_not_used(tree):
    os.chown(tree.folder, NOBODY, NOBODY)
    check_not_used(tree, "False SourceFileLoader\n", f"{tree.folder} belongs to user {NOBODY}")


def test_cache_symlinks_into_folder_writable_by_others_are_not_used(tree, tmp_path):
    links = tmp_path / "links"
    links.mkdir(mode=0o700)
    for path in (tree.cache, tree.code()):
        (links / path.name).symlink_to(path)
    assert tree.run(STATE, SOCKCORE_FROZEN=str(links / tree.cache.name)) == USED
    tree.folder.chmod(0o1777)
    link = str(links / tree.cache.name)
    check_not_used(tree, "False SourceFileLoader\n", f"{tree.folder} can be written", SOCKCORE_FROZEN=link)


def test_cache_in_group_writable_package_folder_is_used(tree):
    """Umask 002 makes all installed files group-writable.

    It is common on systems with one group for each user.
    """
    tree.python("-m", "sockcore", "freeze")
    tree.default_cache.parent.chmod(0o775)
    assert tree.python("-c", STATE).stdout == USED


@pytest.mark.parametrize("path", ["cache.txt", "./cache.txt"])
def test_cache_path_if_relative_is_not_used(tree, path):
    check_not_used(tree, "False SourceFileLoader\n", f"'{path}' is not an absolute path", SOCKCORE_FROZEN=path)


def test_cache_path_of_fifo_is_not_used(tree):
    tree.cache.unlink()
    os.mkfifo(tree.cache, 0o644)
    check_not_used(tree, "False CachedLoader\n", f"{tree.cache} is not a regular file")


def test_cache_path_of_device_is_not_used(tree):
    check_not_used(tree, "False SourceFileLoader\n", "/dev/null", SOCKCORE_FROZEN="/dev/null")


def test_cache_path_of_folder_is_not_used(tree):
    tree.cache.unlink()
    tree.cache.mkdir()
    check_not_used(tree, "False CachedLoader\n", str(tree.cache))


def test_freeze_to_untrusted_path_reports_it(tree):
    tree.folder.chmod(0o1777)
    done = tree.freeze(status=None)
    assert done.returncode == 0
    assert done.stdout.startswith(f"Wrote {tree.cache}: a\n")
    assert f"would not use the startup cache: {tree.folder} can be written by other users (mode 1777)" in done.stderr


def test_plugins_command_with_untrusted_cache_shows_the_reason(tree):
    listing = tree.python("-m", "sockcore", "plugins", SOCKCORE_FROZEN=str(tree.cache)).stdout
    assert f"Startup cache: only the plugins in {tree.cache} are loaded." in listing
    tree.cache.chmod(0o666)
    listing = tree.python("-m", "sockcore", "plugins", SOCKCORE_FROZEN=str(tree.cache)).stdout
    assert f"The startup cache {tree.cache} is not used: {tree.cache} can be written" in listing
    tree.cache.chmod(0o644)
    tree.install("a", version="2.0")
    listing = tree.python("-m", "sockcore", "plugins", SOCKCORE_FROZEN=str(tree.cache)).stdout
    assert f"The startup cache {tree.cache} is not used: it is out of date or damaged" in listing
