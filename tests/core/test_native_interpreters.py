"""Interpreters beside the main one: the native backend refuses them, and goes on in the main one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sockcore._backend.chosen import backend

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
    from sockcore._backend.chosen import backend
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
try:
    import _ctypes
except ImportError:
    expected = None
else:
    expected = {expected!r}
try:
    name = use()
except ImportError as problem:
    # The first import of many does not say so: without ctypes there is no backend at all.
    assert expected is None or "main interpreter" in str(problem) or "subinterpreters" in str(problem), problem
    print("other refused")
else:
    print("other", name)
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
@pytest.mark.parametrize("wanted", ["", "native"])
def test_native_backend_in_second_interpreter_is_refused(wanted: str, isolated: bool, main_first: bool) -> None:
    code = CODE.format(here=HERE, main_first=main_first, isolated=isolated, expected=None if wanted else "posix")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "SOCKCORE_BACKEND": wanted},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    printed = done.stdout.splitlines()
    assert {line for line in printed if line.startswith("main")} == {"main native"}
    others = [line for line in printed if line.startswith("other")]
    assert len(others) == 3, done.stdout
    # An interpreter whose ctypes cannot be imported a second time has no backend that serves it.
    assert set(others) <= ({"other refused"} if wanted else {"other posix", "other refused"}), done.stdout
    if not wanted and not isolated:
        assert set(others) == {"other posix"}, done.stdout


def test_native_module_imported_again_has_the_same_types() -> None:
    if backend.NAME != "native":
        pytest.skip("about the backend in C")
    code = """
import sys
import sockcore._backend._native as first
import sockcore
one, two = sockcore.socketpair(1)
del sys.modules["sockcore._backend._native"]
import importlib
second = importlib.import_module("sockcore._backend._native")
assert second.State is first.State and second.Fast is first.Fast
one.send(b"x")
assert two.recv(1) == b"x"
assert sockcore.socket(1).family == 1
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=60)
