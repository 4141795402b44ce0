"""Code in the startup cache: used only if it is that of the distributions."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap

import pytest
from installed_tree import PLUGIN, Tree

pytestmark = pytest.mark.skipif(sys.flags.ignore_environment, reason="another process cannot find the folder")

LOADERS = """
import sys, sockcore, systems
sockcore.ONE
one, two = systems.socketpair()
with one, two:
    one.send(b"data")
    assert two.recv(9) == b"data"
names = ("sockcore", "sockcore._plugins.discovery", "sockcore._sockets.socket", "sockcore_a_module")
print(*(type(sys.modules[name].__loader__).__name__ for name in names))
"""
CACHED = "SourceFileLoader CachedLoader CachedLoader CachedLoader"
UNCACHED = "SourceFileLoader SourceFileLoader SourceFileLoader SourceFileLoader"
PLUGIN_UNCACHED = "SourceFileLoader CachedLoader CachedLoader SourceFileLoader"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    tree = Tree(tmp_path_factory.mktemp("template") / "tree")
    tree.install("a")
    return tree


@pytest.fixture(scope="module")
def frozen_template(template, tmp_path_factory):
    tree = Tree(tmp_path_factory.mktemp("frozen") / "tree", template)
    tree.freeze()
    assert tree.code().stat().st_size > 100_000
    return tree


@pytest.fixture
def empty(tmp_path, template):
    """Return a tree with sockcore and a plugin, and no startup cache."""
    return Tree(tmp_path / "tree", template)


@pytest.fixture
def tree(tmp_path, frozen_template):
    """Return a tree with a startup cache."""
    return Tree(tmp_path / "tree", frozen_template)


def loaders(tree, **keywords):
    return tree.run(LOADERS, **keywords).strip()


def keep_time(path, write):
    """Change a file, but not its modification time."""
    before = path.stat()
    write()
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_code_of_unchanged_modules_is_used(tree):
    assert loaders(tree) == CACHED


def test_code_in_the_package_is_used(empty):
    empty.python("-m", "sockcore", "freeze")
    environment = {"SOCKCORE_FROZEN": ""}
    assert loaders(empty, **environment) == UNCACHED
    assert empty.python("-c", LOADERS).stdout.strip() == CACHED


def test_code_of_module_with_another_size_is_not_used(tree):
    tree.site.joinpath("sockcore_a_module.py").write_text(
        tree.site.joinpath("sockcore_a_module.py").read_text().replace('"ONE": 1', '"ONE": 1, "TWO": 2')
    )
    assert tree.run(LOADERS + "print(sockcore.TWO)").split() == [*PLUGIN_UNCACHED.split(), "2"]


def test_code_of_module_with_equal_size_and_another_time_is_not_used(tree):
    path = tree.site / "sockcore_a_module.py"
    changed = path.stat().st_mtime_ns
    path.write_text(path.read_text().replace('"ONE": 1', '"ONE": 7'))
    os.utime(path, ns=(changed + 10**9, changed + 10**9))
    assert tree.run(LOADERS + "print(sockcore.ONE)").split() == [*PLUGIN_UNCACHED.split(), "7"]


def test_code_of_removed_module_is_not_used(tree):
    (tree.site / "sockcore_a_module.py").unlink()
    done = tree.python("-c", "import sockcore; sockcore.ONE", status=1, SOCKCORE_FROZEN=str(tree.cache))
    assert "No module named 'sockcore_a_module'" in done.stderr


def test_code_of_upgraded_plugin_with_equal_times_and_sizes_is_not_used(tree):
    path = tree.site / "sockcore_a_module.py"
    source = PLUGIN.replace('"ONE": 1', '"ONE": 9')
    keep_time(path, lambda: tree.install("a", source, version="1.1"))
    assert tree.run(LOADERS + "print(sockcore.ONE)").split() == [*PLUGIN_UNCACHED.split(), "9"]


def test_code_of_rebuilt_plugin_with_equal_version_and_times_is_not_used(tree):
    path = tree.site / "sockcore_a_module.py"
    source = PLUGIN.replace('"ONE": 1', '"ONE": 9')
    keep_time(path, lambda: tree.install("a", source))
    assert tree.run(LOADERS + "print(sockcore.ONE)").split() == [*PLUGIN_UNCACHED.split(), "9"]


def test_code_of_rebuilt_core_with_equal_version_and_times_is_not_used(tree):
    path = tree.site / "sockcore" / "_exceptions.py"
    source = path.read_text()
    old, new = '"""', "'''"
    assert source.startswith(old)
    shutil.rmtree(path.parent / "__pycache__")  # Python would use its bytecode: the source has equal times and size
    keep_time(path, lambda: path.write_text(f"{new}X{source[4:].replace(old, new, 1)}"))
    tree.record("sockcore", sockcore_version(tree), "sockcore")
    code = LOADERS + "import sockcore._exceptions as e; print(e.__doc__[0])"
    assert tree.run(code).split() == [*UNCACHED.split(), "X"]


def sockcore_version(tree):
    return tree.info("sockcore").name.split("-")[1].rpartition(".")[0]


def test_code_of_module_behind_another_one_on_path_is_not_used(tree, tmp_path):
    front = tmp_path / "front"
    front.mkdir()
    (front / "sockcore_a_module.py").write_text("from sockcore.plugin import hookimpl\nSOCKCORE_API = 1\n")
    with open(front / "sockcore_a_module.py", "a") as file:
        file.write('@hookimpl\ndef sockcore_register(register):\n    register.constants({"ONE": 3})\n')
    assert tree.run(LOADERS + "print(sockcore.ONE)", in_front=front).split()[-2:] == ["SourceFileLoader", "3"]


@pytest.mark.parametrize("times", ["equal", "different"])
def test_code_after_moving_the_installation_is_used(empty, tmp_path, times):
    """The cache is in the package's folder, as in an image that was built elsewhere."""
    empty.python("-m", "sockcore", "freeze")
    files = [empty.default_cache, empty.code(empty.default_cache)]
    assert not any(os.fsencode(str(tmp_path)) in file.read_bytes() for file in files)
    os.rename(empty.folder, tmp_path / "elsewhere")
    empty.folder = tmp_path / "elsewhere"
    empty.site = empty.folder / "site"
    for number, path in enumerate(sorted(empty.site.rglob("*"))):
        when = 1_000_000_000 + (number if times == "different" else 0)
        os.utime(path, (when, when))
    assert empty.python("-c", LOADERS).stdout.strip() == CACHED
    done = empty.python("-c", "import sockcore; sockcore.fail()", status=1)
    assert f'File "{empty.site / "sockcore_a_module.py"}", line 9, in fail' in done.stderr


def test_code_if_truncated_is_not_used(tree):
    """All lengths up to the start of the code, and some longer ones."""
    code = """
        import sys
        from sockcore import _startup_cache as cache
        content = cache._content(sys.argv[1])
        assert cache._read_code(content) is not None
        start = len(cache.CODE_HEADER)
        lengths = {*range(start + 40), *range(start + 40, len(content), 9973), len(content) - 1}
        print([length for length in lengths if cache._read_code(content[:length]) is not None])
    """
    assert tree.run(code, tree.code(), SOCKCORE_FROZEN="") == "[]\n"
    content = tree.code().read_bytes()
    for length in (0, 30, len(content) // 2):
        tree.code().write_bytes(content[:length])
        assert loaders(tree) == UNCACHED


def test_code_if_damaged_is_not_used(tree):
    code = """
        import sys
        from sockcore import _startup_cache as cache
        content = cache._content(sys.argv[1])
        start = len(cache.CODE_HEADER)
        for at in {*range(start + 40), *range(start + 40, len(content), 9973), len(content) - 1}:
            damaged = bytearray(content)
            damaged[at] ^= 1
            if cache._read_code(bytes(damaged)) is not None:
                print(at)
        print(cache._read_code(content + b"x"))
    """
    assert tree.run(code, tree.code(), SOCKCORE_FROZEN="") == "None\n"
    content = bytearray(tree.code().read_bytes())
    content[len(content) // 2] ^= 1
    tree.code().write_bytes(content)
    assert loaders(tree) == UNCACHED


@pytest.mark.parametrize("content", [b"", b"\0\0\0\0something"])
def test_code_in_another_format_is_not_used(tree, content):
    tree.code().write_bytes(content)
    assert loaders(tree) == UNCACHED


def test_code_of_another_python_is_not_used(tree):
    content = tree.code().read_bytes()
    start = content.index(b"\n") + 1
    tree.code().write_bytes(content[:start] + bytes([content[start] ^ 1]) + content[start + 1 :])
    assert loaders(tree) == UNCACHED


def test_code_of_another_sockcore_version_is_not_unmarshalled(tree):
    """The checksum is correct, but the format after RECORD may be different."""
    code = """
        import sys
        from sockcore import _startup_cache as cache
        parts = b"sockcore-0.0.dist-info/RECORD", b"a,,\\n"
        rest = b"".join(len(part).to_bytes(8, "little") + part for part in parts) + b"not marshalled"
        with open(sys.argv[1], "wb") as file:
            file.write(cache.CODE_HEADER + len(rest).to_bytes(8, "little") + cache.checksum(rest) + rest)
    """
    tree.run(code, tree.code(), SOCKCORE_FROZEN="")
    assert loaders(tree) == UNCACHED


def test_code_with_empty_sockcore_frozen_is_not_used(tree):
    assert loaders(tree, SOCKCORE_FROZEN="") == UNCACHED


def test_no_cache_with_file_in_current_folder_named_like_code_prints_nothing(tree):
    (tree.folder / f".{sys.implementation.cache_tag}").write_text("")
    assert loaders(tree, SOCKCORE_FROZEN="") == UNCACHED


def test_reload_of_sockcore_uses_the_code_once(tree):
    code = """
        import importlib, sys
        import sockcore
        before = list(sys.meta_path)
        importlib.reload(sockcore)
        print(sys.meta_path == before, sockcore.ONE)
    """
    assert tree.run(code) == "True 1\n"


def test_code_verified_by_two_threads_is_used(tree):
    # The discovery of another thread removes the entry after this one has found it.
    code = """
        import sys
        import sockcore
        import sockcore._startup_cache as cache
        class Removed(set):
            def __contains__(self, item):
                found = super().__contains__(item)
                self.discard(item)
                return found
        cache.verified = Removed()
        print(sockcore.ONE)
    """
    assert tree.run(code) == "1\n"


def test_code_under_optimizing_python_is_not_used(tree):
    done = tree.python("-O", "-c", LOADERS, SOCKCORE_FROZEN=str(tree.cache))
    assert done.stdout.strip() == UNCACHED


def test_freeze_under_optimizing_python_keeps_assert_statements(empty):
    empty.install("a", PLUGIN.replace("def fail():", "def fail():\n            assert False, 'checked'"))
    empty.freeze(PYTHONOPTIMIZE="2")
    assert loaders(empty) == CACHED
    done = empty.python("-c", "import sockcore; sockcore.fail()", status=1, SOCKCORE_FROZEN=str(empty.cache))
    assert "AssertionError: checked" in done.stderr


def test_freeze_with_outdated_compiled_files_compiles_the_sources(empty):
    path = empty.site / "sockcore_a_module.py"
    compiled = "import py_compile, sys; py_compile.compile(sys.argv[1], doraise=True)"
    empty.python("-c", compiled, path)
    keep_time(path, lambda: empty.install("a", PLUGIN.replace('"ONE": 1', '"ONE": 5')))
    empty.freeze()
    assert empty.run(LOADERS + "print(sockcore.ONE)").split() == [*CACHED.split(), "5"]


def test_cached_code_has_source_and_tracebacks(tree):
    code = """
        import inspect, sockcore
        print(inspect.getsource(sockcore.fail).split()[:2])
        sockcore.fail()
    """
    done = tree.python("-c", textwrap.dedent(code), status=1, SOCKCORE_FROZEN=str(tree.cache))
    assert done.stdout == "['def', 'fail():']\n"
    assert 'raise RuntimeError("on purpose")' in done.stderr


def test_cached_module_can_be_reloaded(tree):
    code = """
        import importlib.util, sockcore, sys
        sockcore.ONE
        module = sys.modules["sockcore_a_module"]
        assert importlib.reload(module) is module
        print(module.SOCKCORE_API, importlib.util.find_spec("sockcore_a_module").origin == module.__file__)
    """
    assert tree.run(code) == "1 True\n"


def test_freeze_of_editable_install_writes_no_code_for_it(empty):
    (empty.info("sockcore-a") / "direct_url.json").write_text('{"url": "file:///x", "dir_info": {"editable": true}}')
    done = empty.freeze()
    assert "Without the code of sockcore-a: it is an editable install" in done.stdout
    assert loaders(empty) == PLUGIN_UNCACHED


def test_freeze_of_plugin_without_record_writes_no_code_for_it(empty):
    (empty.info("sockcore-a") / "RECORD").unlink()
    done = empty.freeze()
    assert "Without the code of sockcore-a: it has no RECORD of its files" in done.stdout
    assert loaders(empty) == PLUGIN_UNCACHED


def test_freeze_of_modules_elsewhere_writes_no_code_for_them(empty, tmp_path):
    """Some editable installs have metadata and modules in different folders."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    os.rename(empty.site / "sockcore_a_module.py", elsewhere / "sockcore_a_module.py")
    done = empty.freeze(in_front=elsewhere)
    assert "Without the code of sockcore-a: its modules are not in its folder" in done.stdout
    assert loaders(empty, in_front=elsewhere) == PLUGIN_UNCACHED


def test_freeze_of_edited_module_writes_no_code_for_its_distribution(empty):
    path = empty.site / "sockcore_a_module.py"
    keep_time(path, lambda: path.write_text(path.read_text().replace('"ONE": 1', '"ONE": 4')))
    done = empty.freeze()
    assert "Without the code of sockcore-a: sockcore_a_module.py has not the digest in RECORD" in done.stdout
    assert empty.run(LOADERS + "print(sockcore.ONE)").split() == [*PLUGIN_UNCACHED.split(), "4"]


def test_freeze_of_editable_core_removes_previous_code(tree):
    (tree.info("sockcore") / "direct_url.json").write_text('{"dir_info": {"editable": true}}')
    done = tree.freeze()
    assert "Without the code of sockcore: it is an editable install" in done.stdout
    assert not tree.code().exists()
    assert loaders(tree) == UNCACHED


def test_freeze_undo_removes_list_and_code(tree):
    assert tree.freeze("--undo").stdout == f"Removed {tree.cache}\nRemoved {tree.code()}\n"
    assert sorted(path.name for path in tree.folder.iterdir()) == ["site"]


def test_freeze_undo_removes_truncated_files(tree):
    for path in (tree.cache, tree.code()):
        path.write_bytes(path.read_bytes()[:60])
    tree.freeze("--undo", SOCKCORE_FROZEN=str(tree.cache))
    assert sorted(path.name for path in tree.folder.iterdir()) == ["site"]


@pytest.mark.parametrize("length", [0, 1, 20, 60])
def test_freeze_undo_removes_truncated_files_in_the_package(empty, length):
    empty.python("-m", "sockcore", "freeze")
    for path in (empty.default_cache, empty.code(empty.default_cache)):
        path.write_bytes(path.read_bytes()[:length])
    assert empty.python("-c", LOADERS).stdout.strip() == UNCACHED
    empty.python("-m", "sockcore", "freeze", "--undo")
    assert not [*empty.default_cache.parent.glob("startup-cache*")]


def test_freeze_with_foreign_file_at_the_code_path_changes_nothing(empty):
    empty.code().write_text("the user's\n")
    done = empty.freeze(status=1)
    assert f"{empty.code()} exists and is not a startup cache" in done.stderr
    assert sorted(path.name for path in empty.folder.iterdir()) == [empty.code().name, "site"]
    assert empty.code().read_text() == "the user's\n"


def test_freeze_if_it_fails_keeps_the_previous_cache(tree):
    tree.install(
        "b",
        "import os\nos._exit(3) if 'STOP' in os.environ else 0\n"
        + "\n".join(line[4:] for line in PLUGIN.replace("ONE", "TWO").replace("fail", "miss").split("\n")),
    )
    before = {path.name: path.read_bytes() for path in tree.folder.iterdir() if path.is_file()}
    done = tree.freeze(status=1, STOP="1")
    assert "exit status 3" in done.stderr
    assert {path.name: path.read_bytes() for path in tree.folder.iterdir() if path.is_file()} == before
    assert tree.freeze().stdout.startswith(f"Wrote {tree.cache}: a, b\n")
    assert tree.run(LOADERS + "print(sockcore.TWO)").split()[-1] == "1"


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX file modes")
@pytest.mark.parametrize(("umask", "mode"), [(0, 0o644), (0o022, 0o644), (0o002, 0o644), (0o077, 0o600)])
def test_freeze_writes_files_with_restricted_mode(empty, umask, mode):
    empty.freeze(umask=umask)
    assert [path.stat().st_mode & 0o7777 for path in (empty.cache, empty.code())] == [mode, mode]
    assert loaders(empty) == CACHED


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot replace an open file")
def test_freeze_from_several_processes_leaves_one_cache(empty):
    code = """
        import subprocess, sys
        command = [sys.executable, "-S", "-m", "sockcore", "freeze", "--output", sys.argv[1]]
        running = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(3)]
        print([process.wait() for process in running])
    """
    assert empty.run(code, empty.cache, SOCKCORE_FROZEN="") == "[0, 0, 0]\n"
    assert sorted(path.name for path in empty.folder.iterdir()) == [empty.cache.name, empty.code().name, "site"]
    assert loaders(empty) == CACHED


def test_freeze_does_not_import_modules_of_the_current_folder(empty):
    for name in ("struct", "enum", "ctypes", "sockcore"):
        (empty.folder / f"{name}.py").write_text("raise SystemExit(f'{__name__} of the current folder')")
    code = "import sys; sys.path.remove(''); from sockcore._cli import main; main(['freeze', '--output', sys.argv[1]])"
    empty.python("-c", code, empty.cache)
    for path in empty.folder.glob("*.py"):
        path.unlink()
    assert loaders(empty) == CACHED
