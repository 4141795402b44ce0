"""Interpreters beside the main one: each has a native backend that shares nothing with the others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sockcore._system.chosen import backend

HERE = str(Path(__file__).parent)
if sys.implementation.name != "cpython":
    pytest.skip("one interpreter in a process", allow_module_level=True)

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
    # Names of 3.13 and later, and of those before; 3.9 calls isolated what shares most.
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
    from sockcore._system.chosen import backend
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


@pytest.mark.skipif(backend.NAME != "native", reason="about the backend in C")
@pytest.mark.parametrize("main_first", [True, False])
@pytest.mark.parametrize("isolated", [True, False])
def test_native_backend_in_second_interpreter_works_beside_the_first(isolated: bool, main_first: bool) -> None:
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


@pytest.mark.skipif(backend.NAME != "native", reason="about the backend in C")
def test_native_module_imported_again_serves_new_sockets_and_keeps_the_old() -> None:
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
