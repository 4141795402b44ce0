"""The demo: its output and its exit status."""

import os
import re
import time
from pathlib import Path

import pytest

from sockcore._cli import demo

pytestmark = pytest.mark.timeout(600)  # longer than that of the commands, whose output the failure then has
ENDLESS = "import time\nwhile True: time.sleep(60)"


def outcomes(done):
    found = re.findall(r"^(ok|failed|skipped) +((?:TCP|UDP|UNIX|HTTP) \w+) ", done.stdout, re.MULTILINE)
    return {scenario: outcome for outcome, scenario in found}


@pytest.fixture
def unix(sockcore):
    """Return the expected outcome of the AF_UNIX scenario.

    Wine, and some versions of Windows, lack the family.
    """
    opens = re.search(r"^AF_UNIX .* yes +SOCK_STREAM$", sockcore("families").stdout, re.MULTILINE)
    return "ok" if opens else "skipped"


def test_demo_with_all_families_runs_all_scenarios(sockcore, unix):
    done = sockcore("demo")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert outcomes(done) == {"TCP echo": "ok", "UDP exchange": "ok", "UNIX echo": unix, "HTTP fetch": "ok"}
    assert ("this kernel cannot open an AF_UNIX socket: " in done.stdout) == (unix != "ok")
    assert re.search(r"^AF_INET .* yes +SOCK_STREAM$", done.stdout, re.MULTILINE)


def test_demo_shows_the_result_before_the_families(sockcore, unix):
    output = sockcore("demo").stdout
    result = "Result: 4 ok\n" if unix == "ok" else "Result: 3 ok, 1 skipped\n"
    assert output.index("Exchanging data") < output.index("HTTP fetch") < output.index(result)
    assert output.index(result) < output.index("FAMILY ")


def test_demo_without_a_family_skips_its_scenarios(sockcore, unix):
    done = sockcore("demo", SOCKCORE_BLOCK="inet")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert outcomes(done) == {
        "TCP echo": "skipped",
        "UDP exchange": "skipped",
        "UNIX echo": unix,
        "HTTP fetch": "skipped",
    }
    assert "AF_INET is not installed: pip install sockcore-inet" in done.stdout


def test_demo_without_plugins_skips_all_scenarios(sockcore):
    done = sockcore("demo", SOCKCORE_PLUGINS="")
    assert (done.returncode, done.stderr) == (0, "")
    assert set(outcomes(done).values()) == {"skipped"}
    assert "Result: 4 skipped\n" in done.stdout
    assert "pip install 'sockcore[all]'" in done.stdout


def test_demo_with_a_failed_scenario_shows_the_error_and_is_status_1(sockcore, unix, tmp_path):
    # The name of this folder leaves no room for the path of a socket: the child cannot bind.
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    if unix != "ok":
        pytest.skip("AF_UNIX is not available, and its scenario is the one to fail")
    done = sockcore("demo", TMPDIR=str(folder), TEMP=str(folder))
    assert done.returncode == 1
    assert done.stderr == ""
    assert outcomes(done) == {"TCP echo": "ok", "UDP exchange": "ok", "UNIX echo": "failed", "HTTP fetch": "ok"}
    assert "path too long" in done.stdout


def test_modules_in_the_current_folder_do_not_replace_those_of_the_processes(python, unix, tmp_path):
    """Neither the standard library's nor sockcore's.

    The demonstration itself is started without the folder.
    """
    for name in ("socket", "http", "random", "sockcore", "sockcore_inet", "sockcore_unix", "urllib", "runpy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(f'{__name__} of the current folder')")
    code = "import sys; sys.path.remove(''); from sockcore._cli import main; sys.exit(main(['demo']))"
    done = python("-c", code, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert outcomes(done) == {"TCP echo": "ok", "UDP exchange": "ok", "UNIX echo": unix, "HTTP fetch": "ok"}


def test_processes_find_sockcore_by_the_path_of_the_demonstration(python, unix, tmp_path):
    """Here sys.path has the folder of sockcore; nothing that a process inherits does."""
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


def test_demo_with_a_process_that_does_not_start_shows_the_limit(monkeypatch, tmp_path):
    monkeypatch.setattr(demo, "LAUNCH", ENDLESS)
    monkeypatch.setattr(demo, "PROCESS_TIMEOUT", 0.25)
    scenario = demo.DatagramExchange("UDP exchange", str(tmp_path))
    began = time.monotonic()
    message = f"RuntimeError: process {scenario.process.pid} did not start within 0.25 seconds"
    assert demo.run_scenario(scenario) == ("failed", message)
    assert time.monotonic() - began >= 0.24


def test_demo_with_a_client_that_does_not_end_shows_the_limit(monkeypatch, tmp_path):
    scenario = demo.WebFetch("HTTP fetch", str(tmp_path))
    monkeypatch.setattr(scenario.process, "read_line", lambda: "Serving HTTP on 127.0.0.1 port 1 (http://...) ...")
    monkeypatch.setattr(demo, "FETCH", ENDLESS)
    monkeypatch.setattr(demo, "PROCESS_TIMEOUT", 0.25)
    message = "RuntimeError: the process of urllib did not end within 0.25 seconds"
    assert demo.run_scenario(scenario) == ("failed", message)


@pytest.mark.skipif(os.name == "nt", reason="a process cannot refuse to end")
def test_demo_with_a_process_that_does_not_end_shows_the_limit(monkeypatch, tmp_path):
    ignore = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True)"
    monkeypatch.setattr(demo, "LAUNCH", f"{ignore}\n{ENDLESS}")
    scenario = demo.DatagramExchange("UDP exchange", str(tmp_path))

    def run():
        line = scenario.process.read_line()
        monkeypatch.setattr(demo, "PROCESS_TIMEOUT", 0.25)
        return line

    monkeypatch.setattr(scenario, "run", run)
    message = f"RuntimeError: process {scenario.process.pid} did not end within 0.25 seconds"
    assert demo.run_scenario(scenario) == ("failed", message)
