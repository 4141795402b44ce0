"""The demonstration: what it says, and its exit status."""

import re


def outcomes(done):
    found = re.findall(r"^(ok|FAILED|left out) +((?:TCP|UDP|UNIX|HTTP) \w+) ", done.stdout, re.MULTILINE)
    return {act: outcome for outcome, act in found}


def test_everything_works(sockcore):
    done = sockcore("demo")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert outcomes(done) == {"TCP echo": "ok", "UDP exchange": "ok", "UNIX echo": "ok", "HTTP fetch": "ok"}
    assert re.search(r"^AF_INET .* yes +SOCK_STREAM$", done.stdout, re.MULTILINE)


def test_a_family_that_is_not_installed_is_named_and_no_failure(sockcore):
    done = sockcore("demo", SOCKCORE_BLOCK="inet")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert outcomes(done) == {
        "TCP echo": "left out",
        "UDP exchange": "left out",
        "UNIX echo": "ok",
        "HTTP fetch": "left out",
    }
    assert "no plugin here brings AF_INET (pip install sockcore-inet)" in done.stdout


def test_nothing_installed(sockcore):
    done = sockcore("demo", SOCKCORE_PLUGINS="")
    assert (done.returncode, done.stderr) == (0, "")
    assert set(outcomes(done).values()) == {"left out"}
    assert "pip install 'sockcore[all]'" in done.stdout


def test_a_failure_is_told_and_is_status_1(sockcore, tmp_path):
    # A folder whose name leaves no room for a socket's path: the peer cannot bind.
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    done = sockcore("demo", TMPDIR=str(folder))
    assert done.returncode == 1
    assert done.stderr == ""
    assert outcomes(done) == {"TCP echo": "ok", "UDP exchange": "ok", "UNIX echo": "FAILED", "HTTP fetch": "ok"}
    assert "path too long" in done.stdout
