"""The frozen list: plugins without a scan of package metadata, and without pluggy."""

from __future__ import annotations

import sys

import pytest

PLUGIN = """
    from sockcore.plugin import hookimpl
    SOCKCORE_API = 1
    @hookimpl
    def sockcore_register(register):
        register.constants({"%s": 1})
"""
SLOW = "{'pluggy', 'importlib.metadata', 'importlib_metadata', 'socket', '_socket'}"


@pytest.fixture
def frozen(tmp_path):
    def write(*lines):
        path = tmp_path / "list.txt"
        path.write_text("".join(line + "\n" for line in lines))
        return str(path)

    return write


def test_plugins_of_the_list_are_loaded_without_slow_modules(python, install, frozen):
    install("a", PLUGIN % "ONE")
    install("b", PLUGIN % "TWO")
    path = frozen("# a comment", "", "a sockcore_a_module sockcore-a 1.0")
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


def test_empty_variable_means_to_look_for_plugins(python, install):
    install("a", PLUGIN % "ONE")
    assert python("import sockcore; print(sockcore.ONE)", SOCKCORE_FROZEN="") == "1\n"


def test_selecting_and_blocking_go_for_the_list_too(python, install, frozen):
    for name in "abc":
        install(name, PLUGIN % name.upper())
    path = frozen(*(f"{name} sockcore_{name}_module sockcore-{name} 1.0" for name in "abc"))
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
def test_a_broken_plugin_of_the_list_costs_a_warning(python, install, frozen, source, words):
    install("bad", source)
    install("good", PLUGIN % "GOOD")
    path = frozen("bad sockcore_bad_module sockcore-bad 1.0", "good sockcore_good_module sockcore-good 1.0")
    done = python("import sockcore; print(sockcore.GOOD)", fails=True, warnings="default", SOCKCORE_FROZEN=path)
    assert done.stdout == "1\n"
    assert "PluginWarning: sockcore plugin 'bad' of the distribution sockcore-bad 1.0 is left out: " in done.stderr
    assert words in done.stderr


def test_a_plugin_that_is_gone_costs_a_warning(python, frozen):
    path = frozen("gone sockcore_gone_module sockcore-gone 1.0")
    done = python(
        "import sockcore; print(int(sockcore.AF_UNSPEC))", fails=True, warnings="default", SOCKCORE_FROZEN=path
    )
    assert done.stdout == "0\n"
    assert "'gone' of the distribution sockcore-gone 1.0 is left out: ModuleNotFoundError" in done.stderr


@pytest.mark.parametrize("line", ["a", "a module dist", "a module dist 1.0 more"])
def test_a_line_that_is_none_is_shown(python, frozen, line):
    path = frozen("# first", line)
    done = python("import sockcore; sockcore.socket", fails=True, SOCKCORE_FROZEN=path)
    assert f"ValueError: {path}, line 2: expected name, module, distribution and version: '{line}" in done.stderr


def test_a_list_that_is_not_there(python, tmp_path):
    done = python("import sockcore; sockcore.socket", fails=True, SOCKCORE_FROZEN=str(tmp_path / "none"))
    assert "FileNotFoundError" in done.stderr


def test_writing_and_removing_the_list(python, install, tmp_path):
    if sys.flags.ignore_environment:
        pytest.skip("no other process of this Python would find the plugin")
    install("a", PLUGIN % "ONE", version="3.1")
    path = str(tmp_path / "written.txt")
    code = """
        import sys, os
        from sockcore._registry import freezing, frozen
        assert freezing.freeze(sys.argv[1]) == sys.argv[1]
        print([p.__getattribute__(n) for p in frozen.read_frozen(sys.argv[1]) if p.name == "a"
               for n in ("name", "module", "distribution", "version", "state")])
        freezing.unfreeze(sys.argv[1])
        freezing.unfreeze(sys.argv[1])
        print(os.path.exists(sys.argv[1]))
    """
    assert python(code, path) == "['a', 'sockcore_a_module', 'sockcore-a', '3.1', 'found']\nFalse\n"
