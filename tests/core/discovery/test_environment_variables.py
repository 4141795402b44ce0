"""Environment variables under python -E and -I: only SOCKCORE_BLOCK is used."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from installed_tree import PLUGIN, Tree

import sockcore

pytestmark = pytest.mark.skipif(sys.flags.ignore_environment, reason="another process cannot find the folder")

#: The variables of sockcore. SOCKCORE_BLOCK can only exclude plugins. The others select code or files.
NAMES = ("BACKEND", "BLOCK", "FROZEN", "PLUGINS", "PREFER", "WINSOCK")
VARIABLES = {f"SOCKCORE_{name}" for name in NAMES}
OPTIONS = ["-I", "-E"]


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    tree = Tree(tmp_path_factory.mktemp("template") / "tree")
    tree.install("a")
    tree.install("b", PLUGIN.replace("ONE", "TWO").replace("fail", "miss"))
    tree.freeze()
    return tree


@pytest.fixture
def tree(tmp_path, template):
    return Tree(tmp_path / "tree", template)


def isolated(tree, option, code, **variables):
    """Run code with an option that makes Python ignore its own variables."""
    start = f"import sys; sys.path[:0] = [{str(tree.site)!r}]\n"
    return tree.python(option, "-c", start + code, **variables).stdout


@pytest.mark.parametrize("option", OPTIONS)
def test_sockcore_frozen_under_isolated_python_is_ignored(tree, option):
    code = """
import sockcore
print(sockcore.ONE, sockcore.TWO, "sockcore._startup_cache" in sys.modules)
"""
    assert isolated(tree, option, code, SOCKCORE_FROZEN=str(tree.cache)) == "1 1 False\n"
    assert isolated(tree, option, code, SOCKCORE_FROZEN=str(tree.folder / "none")) == "1 1 False\n"


@pytest.mark.parametrize("option", OPTIONS)
def test_startup_code_under_isolated_python_is_not_executed(tree, option):
    """An attacker could name a file with marshalled code in the variable."""
    tree.code().write_bytes(b"not code, and not even opened")
    code = """
opened = []
sys.addaudithook(lambda event, about: event == "open" and opened.append(str(about[0])))
import sockcore
sockcore.ONE
print([path for path in opened if "cache.txt" in path])
"""
    assert isolated(tree, option, code, SOCKCORE_FROZEN=str(tree.cache)) == "[]\n"


@pytest.mark.parametrize("option", OPTIONS)
def test_startup_cache_in_package_under_isolated_python_is_used(tree, option):
    tree.python("-m", "sockcore", "freeze")
    code = """
import sockcore
sockcore.ONE
print(type(sys.modules["sockcore_a_module"].__loader__).__name__)
"""
    assert isolated(tree, option, code, SOCKCORE_FROZEN="") == "CachedLoader\n"


@pytest.mark.parametrize("option", OPTIONS)
def test_sockcore_plugins_under_isolated_python_is_ignored_but_not_block(tree, option):
    code = "import sockcore; print(hasattr(sockcore, 'ONE'), hasattr(sockcore, 'TWO'))"
    assert isolated(tree, option, code, SOCKCORE_PLUGINS="b") == "True True\n"
    assert isolated(tree, option, code, SOCKCORE_BLOCK="a") == "False True\n"
    assert isolated(tree, option, code, SOCKCORE_PLUGINS="a", SOCKCORE_BLOCK="a") == "False True\n"


@pytest.mark.parametrize("option", OPTIONS)
def test_sockcore_prefer_under_isolated_python_is_ignored(tree, option):
    code = """
import sockcore
from sockcore._plugins import preference
sockcore.ONE
print(preference.preferred_names())
"""
    assert isolated(tree, option, code, SOCKCORE_PREFER="nowhere") == "[]\n"


@pytest.mark.parametrize("option", OPTIONS)
def test_sockcore_backend_under_isolated_python_is_ignored(tree, option):
    code = "import sockcore; print(sockcore.backends.current() == sockcore.backends.available()[0])"
    assert isolated(tree, option, code, SOCKCORE_BACKEND="pure") == "True\n"
    assert isolated(tree, option, code, SOCKCORE_BACKEND="nonsense") == "True\n"


@pytest.mark.parametrize("option", OPTIONS)
def test_backends_choose_under_isolated_python_selects_the_backend(tree, option):
    code = 'import sockcore; sockcore.backends.choose("pure"); print(sockcore.backends.current())'
    assert isolated(tree, option, code, SOCKCORE_BACKEND="nonsense") == "pure\n"


def test_freeze_under_isolated_python_passes_its_options(tree):
    """The process that lists the modules has the same options."""
    code = """
from sockcore._startup_cache import writer
import subprocess
def run(command, **keywords):
    print(command[1:-3])
    raise subprocess.CalledProcessError(7, command)
writer.subprocess.run = run
try:
    writer.write(sys.argv[1])
except subprocess.CalledProcessError as exc:
    print(exc.returncode)
"""
    done = tree.python(
        "-I",
        "-c",
        f"import sys; sys.path[:0] = [{str(tree.site)!r}]\n{code}",
        tree.folder / "isolated.txt",
    )
    assert done.stdout == "['-I', '-E', '-s', '-S']\n7\n"


def reads_of_the_environment():
    """Yield the file of each use of os.environ or os.getenv in the core."""
    [package] = sockcore.__path__
    for path in sorted(Path(package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv", "getenvb"):
                yield path.relative_to(package).as_posix()


def test_environment_variables_are_read_in_allowed_modules_only():
    """Only _names.environment() implements -E and -I.

    The other modules read SOCKCORE_BLOCK, set a variable, or copy the environment for a child process.
    """
    allowed = {
        "_names.py",
        "_plugins/discovery.py",
        "backends.py",
        "_scaffold/compilers.py",
        "_startup_cache/writer.py",
        "testing/_namespaces.py",
    }
    assert {*reads_of_the_environment()} <= allowed


def test_environment_variables_in_the_source_are_the_known_ones():
    [package] = sockcore.__path__
    result = set()
    for path in Path(package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("SOCKCORE_"):
                result.add(node.value)
    assert {name for name in result if name.isupper() and name.isidentifier()} - {"SOCKCORE_API"} == VARIABLES


def test_isolated_python_sets_ignore_environment():
    code = "import sys; print(sys.flags.ignore_environment)"
    for option in OPTIONS:
        done = subprocess.run([sys.executable, option, "-c", code], capture_output=True, text=True, env={**os.environ})
        assert done.stdout == "1\n"
