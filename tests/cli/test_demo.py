"""The demonstration: what it says, and its exit status."""

import re
from pathlib import Path

import pytest


def outcomes(done):
    found = re.findall(r"^(ok|FAILED|left out) +((?:TCP|UDP|UNIX|HTTP) \w+) ", done.stdout, re.MULTILINE)
    return {act: outcome for outcome, act in found}


@pytest.fixture
def unix(sockcore):
    """What the act over AF_UNIX comes to: not every Windows has the family, and Wine has not."""
    opens = re.search(r"^AF_UNIX .* yes +SOCK_STREAM$", sockcore("families").stdout, re.MULTILINE)
    return "ok" if opens else "left out"


def test_everything_works(sockcore, unix):
    done = sockcore("demo")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert outcomes(done) == {"TCP echo": "ok", "UDP exchange": "ok", "UNIX echo": unix, "HTTP fetch": "ok"}
    assert ("this kernel opens no AF_UNIX (" in done.stdout) == (unix != "ok")
    assert re.search(r"^AF_INET .* yes +SOCK_STREAM$", done.stdout, re.MULTILINE)


def test_a_family_that_is_not_installed_is_named_and_no_failure(sockcore, unix):
    done = sockcore("demo", SOCKCORE_BLOCK="inet")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert outcomes(done) == {
        "TCP echo": "left out",
        "UDP exchange": "left out",
        "UNIX echo": unix,
        "HTTP fetch": "left out",
    }
    assert "no plugin here brings AF_INET (pip install sockcore-inet)" in done.stdout


def test_nothing_installed(sockcore):
    done = sockcore("demo", SOCKCORE_PLUGINS="")
    assert (done.returncode, done.stderr) == (0, "")
    assert set(outcomes(done).values()) == {"left out"}
    assert "pip install 'sockcore[all]'" in done.stdout


def test_a_failure_is_told_and_is_status_1(sockcore, unix, tmp_path):
    # A folder whose name leaves no room for a socket's path: the peer cannot bind.
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    if unix != "ok":
        pytest.skip("no AF_UNIX here, whose act could fail")
    done = sockcore("demo", TMPDIR=str(folder), TEMP=str(folder))
    assert done.returncode == 1
    assert done.stderr == ""
    assert outcomes(done) == {"TCP echo": "ok", "UDP exchange": "ok", "UNIX echo": "FAILED", "HTTP fetch": "ok"}
    assert "path too long" in done.stdout


def test_modules_in_the_current_folder_do_not_replace_those_of_the_processes(python, unix, tmp_path):
    """Neither the standard library's nor sockcore's. The demonstration itself is started without the folder."""
    for name in ("socket", "http", "random", "sockcore", "sockcore_inet", "sockcore_unix", "urllib", "runpy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(f'{__name__} of the current folder')")
    code = "import sys; sys.path.remove(''); from sockcore._cli import main; sys.exit(main(['demo']))"
    done = python("-c", code, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert outcomes(done) == {"TCP echo": "ok", "UDP exchange": "ok", "UNIX echo": unix, "HTTP fetch": "ok"}


def test_processes_find_sockcore_by_the_path_of_the_demonstration(python, unix, tmp_path):
    """Here sys.path has the folder of sockcore, and nothing that a process inherits has it."""
    packages = [pytest.importorskip(name) for name in ("sockcore", "sockcore_inet", "sockcore_unix")]
    folders = [str(Path(package.__path__[0]).parent) for package in packages]
    code = f"""
import sys
sys.path += {folders}
import os
os.environ.pop("PYTHONPATH", None)
from sockcore._cli import main
sys.exit(main(["demo"]))
"""
    done = python("-S", "-c", code, cwd=tmp_path, SOCKCORE_PLUGINS="sockcore_inet,sockcore_unix")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert outcomes(done) == {"TCP echo": "ok", "UDP exchange": "ok", "UNIX echo": unix, "HTTP fetch": "ok"}


def test_processes_of_an_isolated_demonstration_are_isolated(python, unix, tmp_path):
    for name in ("socket", "http", "random", "urllib"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(f'{__name__} of PYTHONPATH')")
    done = python("-I", "-m", "sockcore", "demo", cwd=tmp_path, PYTHONPATH=str(tmp_path), PYTHONSTARTUP="nonsense")
    if "No module named sockcore" in done.stderr:
        pytest.skip("sockcore is found by PYTHONPATH alone")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert outcomes(done) == {"TCP echo": "ok", "UDP exchange": "ok", "UNIX echo": unix, "HTTP fetch": "ok"}
