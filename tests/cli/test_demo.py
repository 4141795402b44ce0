"""The demonstration: what it says, and its exit status."""

import re

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
