"""The list in the startup cache: plugins without metadata search and pluggy."""

from __future__ import annotations

import os
import sys

import pytest
from installed_tree import PLUGIN as TREE_PLUGIN
from installed_tree import Tree

PLUGIN = """
    from sockcore.plugin import hookimpl
    SOCKCORE_API = 1
    @hookimpl
    def sockcore_register(register):
        register.constants({"%s": 1})
"""
SLOW = "{'pluggy', 'importlib.metadata', 'importlib_metadata', 'socket', '_socket'}"
NAMES = """
import sys, sockcore
print([n for n in ("ONE", "TWO") if hasattr(sockcore, n)])
cache = sys.modules.get("sockcore._startup_cache")
print(bool(cache and cache.list_in_use))
"""

needs_environment = pytest.mark.skipif(sys.flags.ignore_environment, reason="another process cannot find the folder")


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a list without freeze."""

    def write(*lines):
        path = tmp_path / "list.txt"
        path.write_text("".join(line + "\n" for line in lines))
        path.chmod(0o644)
        return str(path)

    return write


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    tree = Tree(tmp_path_factory.mktemp("template") / "tree")
    tree.install("a")
    tree.install("b", TREE_PLUGIN.replace("ONE", "TWO").replace("fail", "miss"))
    tree.freeze()
    tree.code().unlink()
    return tree


@pytest.fixture
def tree(tmp_path, template):
    """Return a tree with two plugins, and a list of them without code."""
    return Tree(tmp_path / "tree", template)


def test_list_loads_plugins_without_slow_modules(python, install, written):
    install("a", PLUGIN % "ONE")
    install("b", PLUGIN % "TWO")
    path = written("# a comment", "", "a sockcore_a_module sockcore-a 1.0")
    code = f"""
        import sys, sockcore, systems
        print(hasattr(sockcore, "ONE"), hasattr(sockcore, "TWO"))
        one, two = systems.socketpair()
        with one, two:
            one.send(b"12")
            print(two.recv(5))
        print(sorted({SLOW} & set(sys.modules)))
    """
    assert python(code, SOCKCORE_FROZEN=path).splitlines() == ["True False", "b'12'", "[]"]


def test_sockcore_frozen_if_empty_runs_the_discovery(python, install):
    install("a", PLUGIN % "ONE")
    assert python("import sockcore; print(sockcore.ONE)", SOCKCORE_FROZEN="") == "1\n"


def test_list_with_environment_variables_selects_and_blocks(python, install, written):
    for name in "abc":
        install(name, PLUGIN % name.upper())
    path = written(*(f"{name} sockcore_{name}_module sockcore-{name} 1.0" for name in "abc"))
    code = "import sockcore; print([n for n in 'ABC' if hasattr(sockcore, n)])"
    assert python(code, SOCKCORE_FROZEN=path) == "['A', 'B', 'C']\n"
    assert python(code, SOCKCORE_FROZEN=path, SOCKCORE_PLUGINS="a,c", SOCKCORE_BLOCK="c") == "['A']\n"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("SOCKCORE_API = 0", "it is for version 0"),
        ("SOCKCORE_API = 1\ndef sockcore_register(register): pass", "marked with hookimpl"),
        (PLUGIN % "AF_UNSPEC", "sockcore-bad and sockcore both register the name AF_UNSPEC"),
    ],
)
def test_list_with_broken_plugin_warns(python, install, written, source, words):
    install("bad", source)
    install("good", PLUGIN % "GOOD")
    path = written("bad sockcore_bad_module sockcore-bad 1.0", "good sockcore_good_module sockcore-good 1.0")
    done = python("import sockcore; print(sockcore.GOOD)", fails=True, warnings="default", SOCKCORE_FROZEN=path)
    assert done.stdout == "1\n"
    assert "PluginWarning: sockcore plugin 'bad' of the distribution sockcore-bad 1.0 is left out: " in done.stderr
    assert words in done.stderr


def test_handwritten_list_with_missing_plugin_warns(python, written):
    path = written("gone sockcore_gone_module sockcore-gone 1.0")
    done = python(
        "import sockcore; print(int(sockcore.AF_UNSPEC))", fails=True, warnings="default", SOCKCORE_FROZEN=path
    )
    assert done.stdout == "0\n"
    assert "'gone' of the distribution sockcore-gone 1.0 is left out: ModuleNotFoundError" in done.stderr


@pytest.mark.parametrize("line", ["a", "a module dist", "a module dist 1.0 more"])
def test_list_with_invalid_line_warns_with_the_line(python, install, written, line):
    install("a", PLUGIN % "ONE")
    path = written("# first", line)
    done = python("import sockcore; print(sockcore.ONE)", fails=True, warnings="default", SOCKCORE_FROZEN=path)
    assert done.stdout == "1\n"
    assert f"PluginWarning: the startup cache {path} is not used: " in done.stderr
    assert f"ValueError: {path}, line 2: expected name, module, distribution and version: '{line}" in done.stderr


def test_list_that_does_not_exist_warns(python, install, tmp_path):
    install("a", PLUGIN % "ONE")
    path = str(tmp_path / "none")
    done = python("import sockcore; print(sockcore.ONE)", fails=True, warnings="default", SOCKCORE_FROZEN=path)
    assert done.stdout == "1\n"
    assert f"PluginWarning: the startup cache {path} is not used: FileNotFoundError" in done.stderr


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# a comment\n", b"\0\0\0\0", b"\xff\xfe\0binary", b"a b c d\0\n"])
def test_list_with_foreign_content_is_not_used(python, install, tmp_path, content):
    install("a", PLUGIN % "ONE")
    path = tmp_path / "list.txt"
    path.write_bytes(content)
    path.chmod(0o644)
    assert python("import sockcore; print(sockcore.ONE)", SOCKCORE_FROZEN=str(path)) == "1\n"


@needs_environment
def test_list_if_truncated_or_damaged_is_not_used(tree):
    code = """
        import sys, sockcore
        from sockcore import _startup_cache as cache
        path = sys.argv[1]
        content = cache._content(path)
        def read(content):
            try:
                plugins = cache._parse(path, content)
            except ValueError as exc:
                return str(exc)
            return plugins and [(p.name, p.module, p.distribution, p.version) for p in plugins]
        right = read(content)
        print(len(right))
        # The line feed at the end does not matter.
        print([length for length in range(len(content) - 1) if read(content[:length]) is not None])
        for at in range(len(content) - 1):
            for bit in (1, 4, 32, 128):
                damaged = bytearray(content)
                damaged[at] ^= bit
                found = read(bytes(damaged))
                if found is not None:
                    print(at, bit, found)
    """
    assert tree.run(code, tree.cache, SOCKCORE_FROZEN="") == "2\n[]\n"


@needs_environment
def test_list_if_truncated_runs_the_discovery(tree):
    assert tree.run(NAMES) == "['ONE', 'TWO']\nTrue\n"
    content = tree.cache.read_bytes()
    for length in (0, 10, 60, len(content) // 2, len(content) - 10):
        tree.cache.write_bytes(content[:length])
        assert tree.run(NAMES) == "['ONE', 'TWO']\nFalse\n"


@needs_environment
def test_list_with_plugin_of_another_version_is_not_used(tree):
    tree.install("a", TREE_PLUGIN, version="1.1")
    assert tree.run(NAMES) == "['ONE', 'TWO']\nFalse\n"


@needs_environment
def test_list_with_rebuilt_plugin_is_not_used(tree):
    tree.install("a", TREE_PLUGIN + "\n")
    assert tree.run(NAMES) == "['ONE', 'TWO']\nFalse\n"


@needs_environment
def test_list_with_uninstalled_plugin_is_not_used(tree):
    tree.uninstall("b")
    assert tree.run(NAMES) == "['ONE']\nFalse\n"


@needs_environment
@pytest.mark.parametrize("change", ["version", "content"])
def test_list_of_another_core_is_not_used(tree, change):
    if change == "version":
        path = tree.site / "sockcore" / "__init__.py"
        version = tree.info("sockcore").name.split("-")[1].rpartition(".")[0]
        path.write_text(path.read_text().replace(f'__version__ = "{version}"', '__version__ = "9.9"'))
        tree.record("sockcore", "9.9", "sockcore")
    else:
        with open(tree.info("sockcore") / "RECORD", "a") as file:
            file.write("sockcore/more.py,,\n")
    assert tree.run(NAMES) == "['ONE', 'TWO']\nFalse\n"


@needs_environment
def test_list_with_plugin_behind_another_version_on_path_is_not_used(tree, tmp_path):
    """This happens if a user installs another version beside the one of the system."""
    front = Tree(tmp_path / "front")
    front.install("a", TREE_PLUGIN.replace("ONE", "TWO"), version="2.0")
    tree.uninstall("b")
    tree.freeze()
    for path in (front.site / "sockcore").rglob("*.py"):
        path.unlink()
    assert tree.run(NAMES, in_front=front.site) == "['TWO']\nFalse\n"


@needs_environment
@pytest.mark.parametrize("record", ["RECORD", "METADATA"])
def test_list_of_editable_installs_is_used_until_they_change(tree, tmp_path, record):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in "ab":
        os.rename(tree.site / f"sockcore_{name}_module.py", elsewhere / f"sockcore_{name}_module.py")
        if record == "METADATA":
            (tree.info(f"sockcore-{name}") / "RECORD").unlink()
    tree.freeze(in_front=elsewhere)
    assert tree.run(NAMES, in_front=elsewhere) == "['ONE', 'TWO']\nTrue\n"
    with open(tree.info("sockcore-a") / record, "a") as file:
        file.write("more,,\n")
    assert tree.run(NAMES, in_front=elsewhere) == "['ONE', 'TWO']\nFalse\n"


@needs_environment
def test_plugin_installed_after_freeze_is_loaded_after_next_freeze(tree):
    tree.install("c", TREE_PLUGIN.replace("ONE", "THREE").replace("fail", "other"))
    code = "import sockcore; print(hasattr(sockcore, 'THREE'))"
    assert tree.run(code) == "False\n"
    tree.freeze()
    assert tree.run(code) == "True\n"


@needs_environment
def test_list_with_deleted_line_excludes_the_plugin(tree):
    lines = tree.cache.read_text().splitlines(True)
    tree.cache.write_text("".join(line for line in lines if not line.startswith("b ")))
    assert tree.run(NAMES) == "['ONE']\nTrue\n"


@needs_environment
def test_list_after_transient_error_is_used(tree):
    """EMFILE does not make the list invalid."""
    code = """
        import errno, os, sockcore
        from sockcore import _startup_cache
        real = os.open
        def fail(path, *rest, **keywords):
            raise OSError(errno.EMFILE, "Too many open files", path)
        os.open = fail
        try:
            sockcore.ONE
        except OSError as exc:
            print(exc.errno == errno.EMFILE)
        os.open = real
        print(sockcore.ONE, bool(_startup_cache.list_in_use))
    """
    assert tree.run(code) == "True\n1 True\n"


@needs_environment
def test_write_and_remove_return_their_results(python, install, tmp_path):
    install("a", PLUGIN % "ONE", version="3.1")
    path = str(tmp_path / "written.txt")
    code = """
        import sys, os
        from sockcore import _startup_cache as cache
        from sockcore._startup_cache import writer
        written = writer.write(sys.argv[1])
        assert written.path == sys.argv[1]
        print([p.__getattribute__(n) for p in cache.read_plugins(sys.argv[1], []) if p.name == "a"
               for n in ("name", "module", "distribution", "version", "state")])
        assert [p.name for p in written.plugins if p.name == "a"] == ["a"]
        print(writer.remove(sys.argv[1])[0] == sys.argv[1])
        print(writer.remove(sys.argv[1]))
        print(os.path.exists(sys.argv[1]))
    """
    expected = "['a', 'sockcore_a_module', 'sockcore-a', '3.1', 'found']\nTrue\n[]\nFalse\n"
    assert python(code, path) == expected
