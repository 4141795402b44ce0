"""The commands new-family and check-layout with compilers that fail, and with a machine that does not let them write.

Each fault is one line that names the cause. The exit status is 1, and no file is written.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

COMMAND = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
COMMANDS = ("new-family", "check-layout")
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the compilers are shell scripts, and processes are in /proc"),
    pytest.mark.skipif(sys.flags.ignore_environment, reason="this Python ignores PYTHONPATH"),
]
needs_compiler = pytest.mark.skipif(COMMAND is None, reason="needs a C compiler")

PLUGIN = """
from sockcore.plugin import U32, Struct
FAULTY = Struct("struct sockaddr_faulty", "<faulty.h>", ("node", U32), sockaddr=True)
"""
#: A compiler that hangs, with a child that ignores SIGINT and keeps the output open.
HANGS = """
sleep 600 &
echo $! >> "$FOLDER/children"
wait
"""
#: Name -> script of a compiler, and a part of the message.
FAULTY = {
    "signal": ("kill -SEGV $$", "SIGSEGV ended the compiler: "),
    "garbage": ("printf '\\001\\002\\377 \\033[31mgarbage'", "is not a C compiler that defines __SIZEOF_POINTER__"),
    "garbage and status": ("printf '\\001\\377\\n\\033[31mgarb\\nage' >&2; exit 3", "failed with status 3: "),
    "status without message": ("exit 4", "failed with status 4: it printed no message"),
    "long message": ("head -c 99999 /dev/zero | tr '\\0' x >&2; exit 1", "xxx..."),
    "no object file": ('case "$*" in *" -c "*) exit 0;; esac; exec $CC "$@"', "the compiler wrote no object file: "),
    "garbage as object file": (
        'case "$*" in *" -c "*) echo garbage > source.o; exit 0;; esac; exec $CC "$@"',
        "the object file has no readable data: ",
    ),
}


@pytest.fixture
def work(tmp_path):
    """Return an empty folder. Beside it are a header, a module with its struct, and later a compiler."""
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "faulty.h").write_text(
        "struct sockaddr_faulty { unsigned short family; unsigned node __attribute__((packed)); };\n"
    )
    (tmp_path / "faulty.py").write_text(PLUGIN)
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def arguments(command, work, compiler):
    """Return the arguments of a command that reads faulty.h."""
    first = ("faulty",)
    if command == "new-family":
        first = ("AF_FAULTY", "--header", "faulty.h", "--struct", "sockaddr_faulty", "--number", "17001")
    return [command, *first, "--compiler", str(compiler), "--include", str(work.parent / "include")]


@pytest.fixture
def run(sockcore, work):
    """Return a function that runs a command in the folder *work*."""
    path = os.pathsep.join(filter(None, [str(work.parent), os.environ.get("PYTHONPATH")]))

    def run_command(command, compiler=COMMAND, **options):
        return sockcore(*arguments(command, work, compiler), cwd=work, PYTHONPATH=path, **options)

    return run_command


@pytest.fixture
def compiler(work):
    """Return a function that writes a script in place of a compiler. $CC is the real one."""

    def write(script):
        path = work.parent / "faulty-cc"
        path.write_text(f"#!/bin/sh\nCC={COMMAND}\nFOLDER={shlex.quote(str(work.parent))}\n{script}\n")
        path.chmod(0o755)
        return path

    return write


def check_error(done, command, message, work):
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert done.stderr.startswith(f"python -m sockcore {command}: error: ")
    assert message in done.stderr
    [line] = done.stderr.splitlines()
    assert line.isprintable()
    assert len(line) < 1000
    assert list(work.iterdir()) == []


@needs_compiler
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("fault", FAULTY)
def test_faulty_compiler_is_named_in_one_line(run, compiler, work, command, fault):
    script, message = FAULTY[fault]
    check_error(run(command, compiler(script)), command, message, work)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("not-executable", "#!/bin/sh\n", "not-executable is not executable"),
        ("include", None, "include is a folder, not a program"),
        ("missing", None, "missing was not found"),
        ("no-interpreter", "#!/no/such/program\n", "cannot run the compiler "),
        ("no-program", "\177ELF?", "cannot run the compiler "),
    ],
)
def test_file_that_is_not_a_compiler_is_an_error(run, work, command, name, text, message):
    path = work.parent / name
    if text:
        path.write_text(text)
        path.chmod(0o644 if name == "not-executable" else 0o755)
    check_error(run(command, path), command, message, work)


def wait_for(path, count):
    """Return the first *count* lines of a file that a script writes."""
    deadline = time.monotonic() + 60
    while not path.exists() or len(path.read_text().splitlines()) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return path.read_text().split()


def is_running(process_id):
    try:
        return Path("/proc", process_id, "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for_end(process_ids):
    deadline = time.monotonic() + 60
    while any(map(is_running, process_ids)):
        assert time.monotonic() < deadline, "the compiler still runs"
        time.sleep(0.02)


@pytest.mark.parametrize("command", COMMANDS)
def test_compiler_that_hangs_is_ended(compiler, work, monkeypatch, capsys, command):
    from sockcore import _cli
    from sockcore._scaffold import processes

    monkeypatch.setattr(processes, "TIME_LIMIT", 5.0)
    monkeypatch.syspath_prepend(str(work.parent))
    monkeypatch.chdir(work)
    assert _cli.main(arguments(command, work, compiler(HANGS))) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert f"{command}: error: the compiler did not end within 5 seconds: " in output.err
    wait_for_end(wait_for(work.parent / "children", 1))
    assert list(work.iterdir()) == []


#: A compiler with -m32 that hangs at the first comparison, on two targets at the same time.
HANGS_IN_THREADS = f"""
case "$*" in *" -c "*) if grep -q sockcore_missing source.c; then {HANGS} fi;; esac
for word; do
    shift
    case $word in -m32) set -- "$@" -U__SIZEOF_POINTER__ -D__SIZEOF_POINTER__=4;; *) set -- "$@" "$word";; esac
done
exec $CC "$@"
"""


@needs_compiler
@pytest.mark.parametrize(
    ("command", "script", "count", "message"),
    [
        ("new-family", HANGS, 1, "interrupted, nothing was written"),
        ("check-layout", HANGS, 1, "interrupted"),
        ("check-layout", HANGS_IN_THREADS, 2 if (os.cpu_count() or 1) > 1 else 1, "interrupted"),
    ],
    ids=["new-family", "check-layout", "check-layout in threads"],
)
def test_interrupt_ends_compiler_that_hangs(compiler, work, command, script, count, message):
    path = os.pathsep.join(filter(None, [str(work.parent), os.environ.get("PYTHONPATH")]))
    pipe = subprocess.PIPE
    # A shell that starts the tests in the background makes them ignore the signal.
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(
        [sys.executable, "-m", "sockcore", *arguments(command, work, compiler(script))],
        cwd=work, env={**os.environ, "PYTHONPATH": path}, stdout=pipe, stderr=pipe, text=True,
        start_new_session=True, preexec_fn=heed,
    ) as process:  # fmt: skip
        children = wait_for(work.parent / "children", count)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert errors.strip().splitlines() == [f"python -m sockcore {command}: {message}"]
    wait_for_end(children)
    assert list(work.iterdir()) == []


@needs_compiler
@pytest.mark.parametrize("command", COMMANDS)
def test_temporary_folder_that_cannot_be_written_is_an_error(run, work, command):
    missing = work.parent / "faulty.py" / "tmp"  # below a file
    code = "import sys, tempfile; tempfile.tempdir = sys.argv.pop(1); from sockcore._cli import main; sys.exit(main())"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(work.parent), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, "-c", code, str(missing), *arguments(command, work, COMMAND)],
        cwd=work, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    check_error(done, command, "cannot write a temporary folder for the compiler: Not a directory", work)


@pytest.mark.parametrize("command", COMMANDS)
def test_folder_of_headers_that_does_not_exist_is_an_error(run, work, command):
    shutil.rmtree(work.parent / "include")
    message = f"--include must be a folder with headers: {work.parent / 'include'} does not exist or is not a folder"
    check_error(run(command, sys.executable), command, message, work)


BY_HAND = ("new-family", "AF_BY_HAND", "--number", "17001", "--field", "node:u32")


@pytest.mark.parametrize(
    ("directory", "message"),
    [
        ("../faulty.py/made", "Not a directory"),  # root ignores permissions
        ("/proc/made", "No such file or directory"),
        ("x" * 300, "File name too long"),
    ],
)
def test_directory_that_cannot_be_written_is_an_error(sockcore, work, directory, message):
    done = sockcore(*BY_HAND, "--directory", directory, cwd=work)
    check_error(done, "new-family", f": {message}", work)
    assert "cannot write " in done.stderr
    assert not os.path.lexists(work / directory)


def test_disk_that_becomes_full_leaves_nothing(work):
    # A file of the distribution has more than 512 bytes.
    code = (
        "import resource, signal, sys; from sockcore._cli import main; "
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512)); sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, *BY_HAND], cwd=work, capture_output=True, text=True, check=False
    )
    check_error(done, "new-family", "sockcore-by-hand: File too large", work)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("options", [[], ["-u"]], ids=["buffered", "unbuffered"])
def test_output_to_full_disk_is_an_error(work, options):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, *options, "-m", "sockcore", *BY_HAND],
            cwd=work, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "sockcore-by-hand was created",
        "python -m sockcore new-family: error: cannot write the output: No space left on device",
    ]
    assert (work / "sockcore-by-hand" / "pyproject.toml").exists()


def test_output_to_closed_pipe_is_no_message(work):
    command = [sys.executable, "-m", "sockcore", *BY_HAND]
    with subprocess.Popen(command, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        errors = process.stderr.read()
    assert errors == ""
    assert (work / "sockcore-by-hand" / "pyproject.toml").exists()


def test_directory_that_was_removed_is_an_error(work):
    code = "import os, sys; os.rmdir(os.getcwd()); from sockcore._cli import main; sys.exit(main())"
    (work / "removed").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code, *BY_HAND], cwd=work / "removed", capture_output=True, text=True, check=False
    )
    check_error(done, "new-family", "the current directory has no path (No such file or directory)", work)


def test_data_of_object_file_has_32_bit_positions(work):
    if COMMAND is None:
        pytest.skip("needs a C compiler")
    from sockcore._scaffold import compilers, probe

    compiler = compilers.native_compiler((COMMAND,))
    # The last of 70,000 expressions, without the others, which take seconds.
    source = probe.include_lines("", "linux") + probe._MACROS + "SOCKCORE_RECORD_(70000, (5))\n"
    data, errors = compiler.compile_object(source)
    assert errors == {}
    assert probe._RECORD.findall(data) == [((70000).to_bytes(4, "big"), (5).to_bytes(8, "big"))]


@needs_compiler
def test_header_with_a_million_lines_is_read(run, work):
    with open(work.parent / "include" / "faulty.h", "a") as header:
        for number in range(10_000):
            header.write("/*\n" + " * A long header, in many lines.\n" * 98 + f" */ struct node_{number};\n")
    done = run("new-family")
    assert (done.returncode, done.stderr) == (0, "")
    assert "addresses (node)" in done.stdout
