"""The command freeze: later starts load the listed plugins, and freeze never changes a file that it did not write."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import sys
opened = []
sys.addaudithook(lambda event, arguments: event == "open" and opened.append(str(arguments[0])))
import sockcore
sockcore.AF_UNIX
from sockcore._plugins import discovery
print(*(f"{p.name}:{p.state}" for p in discovery.plugins()))
slow = [name for name in ("importlib.metadata", "importlib_metadata", "pluggy") if name in sys.modules]
print(*slow, *{"metadata" for path in opened if path.endswith("entry_points.txt")})
"""


@pytest.fixture
def folder(tmp_path):
    """Return a folder that only its owner can write."""
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    return folder


def files(folder):
    """Return name -> type and content of each entry of a folder."""
    return {
        path.name: ("link", os.readlink(path)) if path.is_symlink() else path.is_dir() or path.read_bytes()
        for path in folder.iterdir()
    }


def test_freeze_writes_a_list_that_later_starts_use(sockcore, python, folder):
    path = folder / "list.txt"
    done = sockcore("freeze", "--output", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Wrote {path}: ")
    assert {"inet", "unix"} <= set(done.stdout.partition("\n")[0].rpartition(": ")[2].split(", "))

    found, scanned = python("-c", PROGRAM).stdout.splitlines()
    listed, unscanned = python("-c", PROGRAM, SOCKCORE_FROZEN=str(path)).stdout.splitlines()
    # The cache replaces plugins, except those of editable installs.
    assert listed.replace(":cached", ":loaded") == found
    # If the standard library is an archive, it is searched for metadata too.
    archive = any(os.path.isfile(entry) for entry in sys.path)
    assert scanned.split()[archive:] == ["metadata"]
    assert unscanned == ""

    done = sockcore("plugins", SOCKCORE_FROZEN=str(path))
    assert f"Startup cache: only the plugins in {path} are loaded." in done.stdout


def test_freeze_list_without_a_plugin_does_not_load_it(sockcore, python, folder):
    path = folder / "list.txt"
    sockcore("freeze", "--output", path)
    path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("unix")))
    done = python("-c", "import sockcore; print(hasattr(sockcore, 'AF_UNIX'))", SOCKCORE_FROZEN=str(path))
    assert done.stdout == "False\n"


def test_freeze_and_undo_leave_files_with_the_same_beginning_of_their_names(sockcore, folder):
    names = ["app.py", "app.db", "app.conf.bak", "application.py", f"app.{sys.implementation.cache_tag}.bak"]
    if os.name != "nt":  # where "app." is another name of "app"
        names.append("app.")
    for name in names:
        (folder / name).write_text("the user's\n")
    (folder / "app.d").mkdir()
    before = files(folder)
    assert sockcore("freeze", "--output", folder / "app").returncode == 0
    after = files(folder)
    assert {name: after[name] for name in before} == before
    assert {*after} - {*before} <= {"app", f"app.{sys.implementation.cache_tag}"}
    assert sockcore("freeze", "--output", folder / "app").returncode == 0
    assert sockcore("freeze", "--undo", "--output", folder / "app").returncode == 0
    assert files(folder) == before


FOREIGN_FILES = {
    "text": lambda path: path.write_text("the user's\n"),
    "empty": lambda path: path.write_bytes(b""),
    "list by hand": lambda path: path.write_text("unix sockcore_unix sockcore-unix 0\n"),
    "like ours": lambda path: path.write_text("# Written by `python -m sockcore freeze` and me\n"),
    "folder": lambda path: path.mkdir(),
    "link to nothing": lambda path: path.symlink_to("nothing"),
    "link to a file": lambda path: (path.with_name("file").write_text("x"), path.symlink_to("file")),
}


@pytest.mark.parametrize("foreign", FOREIGN_FILES)
@pytest.mark.parametrize("option", [(), ("--undo",)], ids=["write", "undo"])
def test_freeze_with_a_foreign_file_at_the_path_changes_nothing(sockcore, folder, foreign, option):
    path = folder / "app"
    if os.name == "nt" and foreign.startswith("link"):
        pytest.skip("not every user can create symbolic links")
    try:
        FOREIGN_FILES[foreign](path)
    except OSError:
        pytest.skip("this user cannot create symbolic links")
    before = files(folder)
    done = sockcore("freeze", *option, "--output", path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (f"python -m sockcore freeze: {path} exists and is not a startup cache: it stays as it is\n")
    assert files(folder) == before


def test_freeze_with_a_link_to_a_cache_at_the_path_changes_nothing(sockcore, folder):
    if os.name == "nt":
        pytest.skip("not every user can create symbolic links")
    sockcore("freeze", "--output", folder / "cache")
    (folder / "link").symlink_to("cache")
    before = files(folder)
    assert sockcore("freeze", "--output", folder / "link").returncode == 1
    assert sockcore("freeze", "--undo", "--output", folder / "link").returncode == 1
    assert files(folder) == before


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
@pytest.mark.parametrize(("umask", "mode"), [(0, 0o644), (0o002, 0o644), (0o077, 0o600)])
def test_freeze_writes_files_that_others_cannot_write(sockcore, folder, umask, mode):
    before = os.umask(umask)
    try:
        assert sockcore("freeze", "--output", folder / "cache").returncode == 0
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o7777 for path in folder.iterdir()} == {mode}


def test_freeze_with_a_relative_path_shows_the_absolute_one(sockcore, folder):
    done = sockcore("freeze", "--output", "cache", cwd=folder)
    assert done.stdout.startswith(f"Wrote {os.path.realpath(folder / 'cache')}: ")
    assert (folder / "cache").exists()


def test_freeze_undo_removes_the_list(sockcore, folder):
    path = folder / "list.txt"
    sockcore("freeze", "--output", path)
    done = sockcore("freeze", "--undo", "--output", path)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, f"Removed {path}")
    assert files(folder) == {}
    done = sockcore("freeze", "--undo", "--output", path)
    assert (done.returncode, done.stdout) == (0, f"There is no startup cache at {path}\n")


def test_freeze_undo_removes_the_code_of_other_pythons_and_temporary_files(sockcore, folder):
    sockcore("freeze", "--output", folder / "cache")
    content = (folder / "cache").read_bytes()
    for name in ("cache.cpython-32", "cache.12-ab.tmp"):
        (folder / name).write_bytes(content)
    (folder / "cache.mine").write_text("the user's")
    sockcore("freeze", "--undo", "--output", folder / "cache")
    assert [*files(folder)] == ["cache.mine"]


def test_freeze_to_a_missing_folder_is_status_1(sockcore, tmp_path):
    done = sockcore("freeze", "--output", tmp_path / "no" / "such" / "folder")
    assert (done.returncode, done.stdout) == (1, "")
    assert "No such file or directory" in done.stderr


def test_freeze_that_fails_keeps_the_cache_and_leaves_no_file(sockcore, python, folder):
    """The disk is full."""
    path = folder / "cache"
    sockcore("freeze", "--output", path)
    before = files(folder)
    code = """
import errno, os, sys
def fail(fd):
    raise OSError(errno.ENOSPC, "No space left on device")
os.fsync = fail
from sockcore._cli import main
sys.exit(main(["freeze", "--output", sys.argv[1]]))
"""
    done = python("-c", code, path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "No space left on device" in done.stderr
    assert files(folder) == before


def test_freeze_inside_an_archive_needs_a_path(tmp_path):
    """The default path is not in a folder."""
    import zipfile

    import sockcore

    archive = tmp_path / "sockcore.zip"
    [package] = sockcore.__path__
    with zipfile.ZipFile(archive, "w") as file:
        for folder, _, names in os.walk(package):
            for name in names:
                if name.endswith(".py"):
                    source = os.path.join(folder, name)
                    file.write(source, os.path.join("sockcore", os.path.relpath(source, package)))
    if sys.flags.ignore_environment:
        pytest.skip("this Python ignores PYTHONPATH")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SOCKCORE_")}
    environment["PYTHONPATH"] = os.pathsep.join([str(archive), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", "sockcore", "freeze"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("python -m sockcore freeze: ")
    output = tmp_path / "cache"
    done = subprocess.run([*command, "--output", output], env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Without the code of sockcore: " in done.stdout
