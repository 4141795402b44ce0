"""Interpreters beside the main one.

Each has a native backend that shares nothing with the others.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sockcore._system import backend

HERE = str(Path(__file__).parent)
#: Rounds of two interpreters each.
ROUNDS = 5 if "EMULATED_ARCHITECTURE" in os.environ else 50
#: The limit in KiB of the growth of memory after the first third of the rounds. One interpreter takes about 4000.
GROWTH = 8000
if sys.implementation.name != "cpython":
    pytest.skip("this Python supports only one interpreter in a process", allow_module_level=True)

CODE = """
import faulthandler, sys
faulthandler.enable()
sys.path.insert(0, {here!r})
try:
    import _interpreters as interpreters
except ImportError:
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        import _xxinterpreters as interpreters


def create(isolated):
    # A configuration has a name in Python 3.13 and later. Older versions have a flag.
    try:
        return interpreters.create("isolated" if isolated else "legacy")
    except (TypeError, ValueError):
        return interpreters.create(isolated=isolated)


def run(interpreter, code):
    call = getattr(interpreters, "exec", None) or interpreters.run_string
    problem = call(interpreter, code)
    if problem is not None:
        print("PROBLEM", getattr(problem, "formatted", problem))


USE = '''
import sys
sys.path.insert(0, {here!r})
def use():
    import sockcore as s
    from sockcore._system import backend
    from systems import loopback, name_of, socketpair
    one, two = socketpair()
    one.sendall(b"x")
    assert two.recv(1) == b"x"
    two.settimeout(0.01)
    try:
        two.recv(1)
    except TimeoutError as problem:
        assert type(problem) is TimeoutError
    except s.timeout:
        pass
    listener = s.socket(2, s.SOCK_STREAM)
    listener.bind(loopback())
    listener.listen()
    client = s.socket(2, s.SOCK_STREAM)
    client.connect(name_of(listener))
    accepted, _ = listener.accept()
    assert type(accepted) is s.socket, type(accepted)
    client.sendmsg([b"data"])
    assert accepted.recvmsg(9, 99)[0] == b"data"
    assert repr(accepted).startswith("<sockcore.socket")
    for sock in (one, two, listener, client, accepted):
        sock.close()
    return backend.NAME
'''
IN_OTHER = USE + '''
print("other", use())
'''
exec(USE)
main_first, isolated = {main_first}, {isolated}
if main_first:
    print("main", use())
for _ in range(3):
    other = create(isolated)
    run(other, IN_OTHER)
    if main_first:
        print("main", use())
    interpreters.destroy(other)
    if main_first:
        print("main", use())
print("main", use())
"""


@pytest.mark.skipif(backend.NAME != "native", reason="tests the native backend")
@pytest.mark.parametrize("main_first", [True, False])
@pytest.mark.parametrize("isolated", [True, False])
def test_native_backend_in_second_interpreter_works(isolated: bool, main_first: bool) -> None:
    code = CODE.format(here=HERE, main_first=main_first, isolated=isolated)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "SOCKCORE_BACKEND": "native"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    printed = done.stdout.splitlines()
    assert {line for line in printed if line.startswith("main")} == {"main native"}, done.stdout
    assert [line for line in printed if not line.startswith("main")] == ["other native"] * 3, done.stdout


def run_program(*arguments: str) -> str:
    # Other plugins take most of the time.
    environment = {**os.environ, "SOCKCORE_BACKEND": "native", "SOCKCORE_PLUGINS": "inet,unix"}
    if "ASAN_OPTIONS" in environment:  # the sanitizer would keep freed memory, which hides the growth
        environment["ASAN_OPTIONS"] += ":quarantine_size_mb=0:thread_local_quarantine_size_kb=0"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        env=environment,
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return done.stdout


def needs_c_code_of_inet_and_unix() -> None:
    if backend.NAME != "native" or not importlib.util.find_spec("sockcore_unix"):
        pytest.skip("tests the native backend with sockcore-inet and sockcore-unix")
    if not importlib.util.find_spec("sockcore_inet"):
        pytest.skip("needs sockcore-inet")
    from sockcore_inet import backend as inet_backend

    if inet_backend.native is None:
        pytest.skip("the functions in C of sockcore-inet were not built")


@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    "interpreter_type",
    [
        "legacy",
        pytest.param(
            "isolated",
            marks=pytest.mark.skipif(
                sys.version_info < (3, 12), reason="isolated interpreters share the GIL and have no threads"
            ),
        ),
    ],
)
def test_hundred_interpreters_use_sockets_without_leaks(interpreter_type: str) -> None:
    needs_c_code_of_inet_and_unix()
    before, after = json.loads(run_program("many_interpreters.py", interpreter_type, "sockcore", str(ROUNDS)))
    assert before[0] == after[0], "file descriptors"
    allowed = GROWTH
    if sys.version_info[:2] in ((3, 12), (3, 13)):  # they keep most of the memory of each interpreter
        asyncio_only, at_end = json.loads(
            run_program("many_interpreters.py", interpreter_type, "asyncio", str(ROUNDS // 3))
        )
        allowed += 3 * (at_end[1] - asyncio_only[1])
    assert after[1] - before[1] < allowed, "memory"


@pytest.mark.skipif(sys.version_info < (3, 14), reason="concurrent.interpreters is new in Python 3.14")
def test_concurrent_interpreters_serve_an_echo() -> None:
    needs_c_code_of_inet_and_unix()
    assert run_program("echo_in_interpreters.py").split() == ["native"] * 7


@pytest.mark.skipif(backend.NAME != "native", reason="tests the native backend")
def test_native_module_imported_again_keeps_existing_sockets_working() -> None:
    code = """
import sockcore._native as first
import sockcore, sys
one, two = sockcore.socketpair(1)
del sys.modules["sockcore._native"]
import importlib
second = importlib.import_module("sockcore._native")
second.load_rules()
sock = second.BaseSocket(1)
sock.close()
assert second.BaseSocket is not first.BaseSocket
one.send(b"x")
assert two.recv(1) == b"x"
assert sockcore.socket(1).family == 1
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=60)
