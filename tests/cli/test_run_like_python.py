"""The command run: a program has the same environment and outcome as under Python itself."""

import subprocess
import sys
import zipfile

import pytest

SHOW = """
import os, sys
print(__name__, sys.argv, sys.modules["__main__"].__dict__ is globals())
print(os.path.realpath(sys.path[0] or "."), repr(sys.path[0]) if not sys.path[0] else "")
print(globals().get("__file__"), __package__, getattr(__spec__, "name", None), type(__loader__).__name__)
print(sys.stdin.read())
"""
PYPY = sys.implementation.name == "pypy"
WINDOWS = sys.platform == "win32"
ARGUMENTS = ["-m", "--help", "a b", ""]


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a script, a package, a directory and an archive to run."""
    (tmp_path / "script.py").write_text(SHOW)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "target.py").write_text(SHOW)
    try:
        (tmp_path / "link.py").symlink_to(tmp_path / "sub" / "target.py")
    except OSError:  # on Windows, not every user is allowed to
        pass
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("import sys\nprint('package sees', sys.argv)\n")
    (tmp_path / "package" / "__main__.py").write_text(SHOW)
    (tmp_path / "package" / "part.py").write_text(SHOW + "from . import part\n")
    (tmp_path / "directory").mkdir()
    (tmp_path / "directory" / "__main__.py").write_text(SHOW)
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.writestr("__main__.py", SHOW)
    return tmp_path


@pytest.fixture
def both_ways(python, folder):
    """Return a function that runs a program both ways, and returns both outcomes.

    The program runs under Python and under `run`.
    """

    def run(*arguments, options=(), **more):
        more = {"cwd": folder, "warnings": None, **more}
        return python(*options, *arguments, **more), python(*options, "-m", "sockcore", "run", *arguments, **more)

    return run


def assert_same(outcomes):
    expected, got = outcomes
    assert (got.returncode, got.stdout, got.stderr) == (expected.returncode, expected.stdout, expected.stderr)
    return got


@pytest.mark.parametrize(
    "program",
    [
        ["script.py"],
        ["./script.py"],
        ["sub/target.py"],
        ["link.py"],
        ["directory"],
        ["archive.zip"],
        ["-m", "script"],
        ["-m", "package"],
        ["-m", "package.part"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("options", [(), ("-I",), ("-P",)], ids=str)
def test_run_gives_a_program_the_environment_of_python(both_ways, python, folder, program, options):
    if options == ("-P",) and sys.version_info < (3, 11):
        pytest.skip("-P is new in Python 3.11")
    if python(*options, "-c", "import sockcore").returncode:
        pytest.skip(f"with {options[0]}, this Python cannot import sockcore, which is on PYTHONPATH")
    if program == ["link.py"] and not (folder / "link.py").is_file():
        pytest.skip("there are no symbolic links")
    if PYPY and program == ["./script.py"]:
        pytest.skip("PyPy removes the dot from the path")
    got = assert_same(both_ways(*program, *ARGUMENTS, options=options, input="standard input"))
    found = not ((options or sys.flags.isolated) and program[0] == "-m")
    assert got.returncode == (0 if found else 1)
    assert ("standard input" in got.stdout) == found


def test_run_with_code_gives_it_the_environment_of_python(both_ways):
    code = SHOW.replace("type(__loader__).__name__", "__builtins__")
    got = assert_same(both_ways("-c", code, *ARGUMENTS, input="standard input"))
    assert "standard input" in got.stdout


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("", 0),
        ("raise SystemExit", 0),
        ("raise SystemExit(None)", 0),
        ("import sys; sys.exit(7)", 7),
        ("raise SystemExit('last words')", 1),
        ("import os; os._exit(9)", 9),
        ("import atexit, sys; atexit.register(print, 'at exit', __name__); sys.exit(3)", 3),
    ],
)
def test_run_returns_the_exit_status_of_the_program(both_ways, ending, status):
    assert assert_same(both_ways("-c", ending)).returncode == status


def test_run_returns_the_status_of_a_program_that_a_signal_ends(both_ways):
    got = assert_same(both_ways("-c", "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"))
    assert got.returncode == (15 if WINDOWS else -15)


def test_run_prints_the_traceback_of_an_exception_and_returns_1(both_ways):
    expected, got = both_ways("-c", "def f(): raise KeyError('gone')\nf()")
    assert (expected.returncode, got.returncode) == (1, 1)
    assert got.stderr.splitlines()[-1] == "KeyError: 'gone'"


@pytest.mark.parametrize(
    ("missing", "status"),
    [(["nothing.py"], 2), (["-m", "nothing"], 1), (["-m", "package.nothing"], 1), (["sub"], 1)],
    ids=str,
)
def test_run_without_the_program_prints_the_message_of_python(both_ways, missing, status):
    expected, got = both_ways(*missing)
    assert (expected.returncode, got.returncode) == (status, status)
    actual, expected_line = got.stderr.splitlines()[-1], expected.stderr.splitlines()[-1]
    if PYPY:  # it prints the path without quotes
        actual, expected_line = actual.replace("'", ""), expected_line.replace("'", "")
    if WINDOWS and sys.version_info < (3, 10):  # it prints single backslashes
        actual, expected_line = actual.replace("\\\\", "\\"), expected_line.replace("\\\\", "\\")
    assert actual == expected_line


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ([], "SCRIPT, -m MODULE or -c CODE expected"),
        (["-m"], "argument for -m expected"),
        (["-c"], "argument for -c expected"),
        (["-x"], "SCRIPT, -m MODULE or -c CODE expected, not -x"),
        (["--nonsense", "script.py"], "SCRIPT, -m MODULE or -c CODE expected, not --nonsense"),
    ],
    ids=str,
)
def test_run_with_wrong_usage_prints_the_expectation_and_returns_2(sockcore, wrong, message):
    done = sockcore("run", *wrong)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: python -m sockcore run")
    assert done.stderr.endswith(f"\npython -m sockcore run: {message}\n")


def test_run_keeps_main_for_threads_and_pickles_after_the_program(both_ways):
    code = """
import pickle, threading, time
class Thing: pass
def later():
    time.sleep(0.1)
    print(type(pickle.loads(pickle.dumps(Thing()))) is Thing)
threading.Thread(target=later).start()
"""
    assert assert_same(both_ways("-c", code)).stdout == "True\n"


def test_run_replaces_socket_and_does_not_import_argparse(sockcore):
    done = sockcore("run", "-c", "import socket, sys; print(socket.__name__, 'argparse' in sys.modules)")
    assert done.stdout == "sockcore False\n"


@pytest.mark.skipif(WINDOWS, reason="Windows interrupts all processes of a console")
def test_run_passes_an_interrupt_to_the_program():
    code = """
import time
try:
    print("ready", flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    print("interrupted")
"""
    import signal

    # A shell starts background jobs with SIGINT ignored, which child processes inherit.
    process = subprocess.Popen(
        [sys.executable, "-m", "sockcore", "run", "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[0] == "interrupted\n"
    assert process.returncode == 0


def test_run_loads_the_modules_that_are_usually_delayed():
    code = "import sys, socket; print('sockcore_inet.resolver' in sys.modules, 'SocketIO' in vars(socket))"
    command = [sys.executable, "-m", "sockcore", "run", "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "True True\n"
