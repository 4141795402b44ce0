"""The code beside the frozen list: what a first socket needs, in one file, as long as it is what the sources say."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

PLUGIN = """
    from sockcore.plugin import hookimpl
    SOCKCORE_API = 1
    @hookimpl
    def sockcore_register(register):
        register.constants({"ONE": 1})
        def fail():
            "Fail."
            raise RuntimeError("on purpose")
        register.functions(fail)
"""
LOADERS = """
import sys, sockcore, systems
sockcore.ONE
one, two = systems.socketpair()
with one, two:
    one.send(b"data")
    assert two.recv(9) == b"data"
names = ("sockcore", "sockcore._registry.discovery", "sockcore._sockets.socket", "sockcore_a_module")
print(*(type(sys.modules[name].__loader__).__name__ for name in names))
"""
THAWED = "SourceFileLoader Thawing Thawing Thawing"


@pytest.fixture
def frozen(python, install, tmp_path):
    """Return the variable that names a frozen list with its code."""
    if sys.flags.ignore_environment:
        pytest.skip("no other process of this Python would find the plugin")
    install("a", PLUGIN)
    path = tmp_path / "list.txt"
    python("import sys; from sockcore._registry import freezing; freezing.freeze(sys.argv[1])", str(path))
    assert code_of(path).stat().st_size > 100_000
    return {"SOCKCORE_FROZEN": str(path)}


def code_of(path):
    return Path(f"{path}.{sys.implementation.cache_tag}")


def test_modules_come_from_the_file(python, frozen):
    assert python(LOADERS, **frozen).strip() == THAWED


def test_a_module_that_has_changed_is_imported_as_ever(python, frozen, tmp_path):
    path = tmp_path / "installed" / "sockcore_a_module.py"
    path.write_text(path.read_text().replace('"ONE": 1', '"ONE": 1, "TWO": 2'))
    code = LOADERS + "print(sockcore.TWO)"
    assert python(code, **frozen).split() == [*THAWED.split()[:3], "SourceFileLoader", "2"]


def test_a_module_that_is_gone_is_gone(python, frozen, tmp_path):
    os.remove(tmp_path / "installed" / "sockcore_a_module.py")
    done = python("import sockcore; sockcore.ONE", fails=True, warnings="default", **frozen)
    assert "No module named 'sockcore_a_module'" in done.stderr


@pytest.mark.parametrize("content", [b"", b"\0\0\0\0something"])
def test_code_of_another_python_is_not_used(python, frozen, content):
    code_of(frozen["SOCKCORE_FROZEN"]).write_bytes(content)
    assert "Thawing" not in python(LOADERS, **frozen)


def test_without_a_list_there_is_no_code(python, frozen):
    assert "Thawing" not in python(LOADERS, SOCKCORE_FROZEN="")


def test_optimized_code_is_another(python, frozen):
    code = "import subprocess, sys; subprocess.run([sys.executable, '-O', '-c', sys.argv[1]], check=True)"
    assert python(code, LOADERS, **frozen).split() == ["SourceFileLoader"] * 4


def test_sources_and_tracebacks_are_there(python, frozen):
    code = """
        import inspect, sockcore
        print(inspect.getsource(sockcore.fail).split()[:2])
        sockcore.fail()
    """
    done = python(code, fails=True, **frozen)
    assert done.stdout == "['def', 'fail():']\n"
    assert 'raise RuntimeError("on purpose")' in done.stderr


def test_it_goes_with_the_list(python, frozen):
    path = frozen["SOCKCORE_FROZEN"]
    python("import sys; from sockcore._registry import freezing; freezing.unfreeze(sys.argv[1])", path)
    assert not os.path.exists(path)
    assert not code_of(path).exists()
