"""Native functions in several interpreters, between which they share nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sockcore._system import backend
from sockcore_inet import backend as inet_backend

pytestmark = [
    pytest.mark.skipif(sys.implementation.name != "cpython", reason="PyPy does not support subinterpreters"),
    pytest.mark.skipif(backend.NAME != "native" or not inet_backend.native, reason="tests the native functions"),
]

CODE = """
import faulthandler, sys, threading
faulthandler.enable()
try:
    import _interpreters as interpreters
except ImportError:
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        import _xxinterpreters as interpreters


def create(isolated):
    # Python 3.13 and later have names for the configurations. Earlier versions have the argument isolated.
    try:
        return interpreters.create("isolated" if isolated else "legacy")
    except (TypeError, ValueError):
        return interpreters.create(isolated=isolated)


def run(interpreter, code):
    call = getattr(interpreters, "exec", None) or interpreters.run_string
    failure = call(interpreter, code)
    if failure is not None:
        print("FAILURE", getattr(failure, "formatted", failure))


USE = '''
import sys
def use(rounds=1):
    import sockcore as s
    from sockcore_inet import _native
    assert s.htons is _native.htons
    for _ in range(rounds):
        assert s.inet_aton("127.1") == bytes((127, 0, 0, 1))
        assert s.ntohs(s.htons(80)) == 80
        assert s.gethostbyname("127.0.0.1") == "127.0.0.1"
        s.getaddrinfo("localhost", 80)
        for wrong in (-1, 1 << 40, "x"):
            try:
                s.htonl(wrong)
            except (OverflowError, TypeError, ValueError):
                pass
        for call, *arguments in (
            (s.gethostbyname_ex, "localhost"), (s.gethostbyaddr, "192.0.2.1"), (s.getservbyname, "http"),
            (s.getprotobyname, "tcp"), (s.getnameinfo, ("127.0.0.1", 80), 0), (s.getaddrinfo, "", "no-such-service"),
            (s.gethostname,), (s.inet_pton, 2, "x"),
        ):
            try:
                call(*arguments)
            except (s.gaierror, s.herror, OSError) as exc:
                assert type(exc) in (s.gaierror, s.herror, OSError), exc
    return "_ctypes" in sys.modules
'''
exec(USE)
main_first, isolated = {main_first}, {isolated}
if main_first:
    print("main", use())
for _ in range(3):
    other = create(isolated)
    run(other, USE + "print('other', use())")
    if main_first:
        print("main", use())
    thread = threading.Thread(target=run, args=(other, "use(20)"))
    thread.start()
    if main_first:
        use(20)
    thread.join()
    interpreters.destroy(other)
print("main", use())
"""


@pytest.mark.parametrize("main_first", [True, False])
@pytest.mark.parametrize("isolated", [True, False])
def test_native_functions_work_in_two_interpreters(isolated: bool, main_first: bool) -> None:
    code = CODE.replace("{main_first}", str(main_first)).replace("{isolated}", str(isolated))
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
    assert {line for line in printed if line.startswith("main")} == {"main False"}, done.stdout
    assert [line for line in printed if not line.startswith("main")] == ["other False"] * 3, done.stdout
