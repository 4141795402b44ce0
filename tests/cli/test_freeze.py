"""The frozen list: what freeze writes is what later starts load, and nothing is looked for."""

import os
import sys

ASK = """
import sys
looked = []
sys.addaudithook(lambda event, about: event == "open" and looked.append(str(about[0])))
import sockcore
sockcore.AF_UNIX
from sockcore._registry import discovery
print(*(f"{p.name}:{p.state}" for p in discovery.plugins()))
slow = [name for name in ("importlib.metadata", "importlib_metadata", "pluggy") if name in sys.modules]
print(*slow, *{"metadata" for path in looked if path.endswith("entry_points.txt")})
"""


def test_the_list_is_written_and_used(sockcore, python, tmp_path):
    path = tmp_path / "list.txt"
    done = sockcore("freeze", "--output", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Wrote {path}: ")
    assert {"inet", "unix"} <= set(done.stdout.strip().rpartition(": ")[2].split(", "))

    looked, scanned = python("-c", ASK).stdout.splitlines()
    frozen, unscanned = python("-c", ASK, SOCKCORE_FROZEN=str(path)).stdout.splitlines()
    assert frozen == looked
    # Where the library is an archive, it is asked for what is in it.
    archive = any(os.path.isfile(entry) for entry in sys.path)
    assert scanned.split()[archive:] == ["metadata"]
    assert unscanned == ""

    done = sockcore("plugins", SOCKCORE_FROZEN=str(path))
    assert f"Frozen: only the plugins in {path} are loaded." in done.stdout


def test_a_plugin_taken_from_the_list_is_not_loaded(sockcore, python, tmp_path):
    path = tmp_path / "list.txt"
    sockcore("freeze", "--output", path)
    path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("unix")))
    done = python("-c", "import sockcore; print(hasattr(sockcore, 'AF_UNIX'))", SOCKCORE_FROZEN=str(path))
    assert done.stdout == "False\n"


def test_undo_removes_the_list(sockcore, tmp_path):
    path = tmp_path / "list.txt"
    sockcore("freeze", "--output", path)
    done = sockcore("freeze", "--undo", "--output", path)
    assert (done.returncode, done.stdout) == (0, f"Removed {path}\n")
    assert not os.path.exists(path)
    assert sockcore("freeze", "--undo", "--output", path).returncode == 0


def test_a_place_that_cannot_be_written(sockcore, tmp_path):
    done = sockcore("freeze", "--output", tmp_path / "no" / "such" / "folder")
    assert (done.returncode, done.stdout) == (1, "")
    assert "No such file or directory" in done.stderr
