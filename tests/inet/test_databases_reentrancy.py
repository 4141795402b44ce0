"""Functions that answer in static data, interrupted while the answer is read: in Python, through ctypes.

Each test starts processes. The functions of the C library are wrapped: a hook runs when one of them returns, before the
answer is read. ``static`` hides the reentrant functions of the C library, as on the systems that lack them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

BEGIN = """
import os, signal, sys, threading
import sockcore, sockcore.plugin
original = sockcore.plugin.libc_function
hooks = []
def libc_function(name, restype, *argtypes, **keywords):
    if sys.argv[1] == "static" and name.endswith("_r"):
        raise AttributeError(name)
    function = original(name, restype, *argtypes, **keywords)
    if not name.startswith("get"):
        return function
    def call(*arguments):
        result = function(*arguments)
        if hooks:
            hooks.pop()()
        return result
    return call
sockcore.plugin.libc_function = libc_function
from sockcore_inet import hostent, netdb
CALLS = {
    "getservbyname": [(netdb.getservbyname, b"http", b"tcp"), (netdb.getservbyname, b"ftp", b"tcp")],
    "getservbyport": [(netdb.getservbyport, 80, b"tcp"), (netdb.getservbyport, 21, b"tcp")],
    "getprotobyname": [(netdb.getprotobyname, b"tcp"), (netdb.getprotobyname, b"udp")],
    "gethostbyname": [(hostent.gethostbyname, b"127.0.0.1"), (hostent.gethostbyname, b"127.0.0.2")],
    "gethostbyaddr": [(hostent.gethostbyaddr, 2, b"\\x7f\\0\\0\\1"), (hostent.gethostbyname, b"127.0.0.2")],
}
(first, *one), (second, *two) = CALLS[sys.argv[2]]
expected = first(*one), second(*two)
assert expected[0] != expected[1]
"""

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Winsock has a place for the answer of each thread"),
    pytest.mark.parametrize("kind", ["reentrant", "static"]),
    pytest.mark.parametrize(
        "function", ["getservbyname", "getservbyport", "getprotobyname", "gethostbyname", "gethostbyaddr"]
    ),
]


def run(code: str, kind: str, function: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BEGIN + textwrap.dedent(code), kind, function],
        env={**os.environ, "SOCKCORE_BACKEND": "pure"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def test_answers_are_right_if_a_finalizer_calls_the_function_meanwhile(kind: str, function: str) -> None:
    code = """
        signal.alarm(60)
        found = []
        class Finalized:
            def __del__(self):
                found.append(second(*two))
        doomed = [Finalized()]
        def finalize():
            doomed.clear()
            __import__("gc").collect()  # PyPy
        hooks.append(finalize)
        print((first(*one), *found) == expected)
    """
    assert run(code, kind, function) == "True\n"


def test_answers_are_right_if_a_signal_handler_calls_the_function_meanwhile(kind: str, function: str) -> None:
    code = """
        signal.alarm(60)
        found = []
        signal.signal(signal.SIGUSR1, lambda *_: found.append(second(*two)))
        hooks.append(lambda: os.kill(os.getpid(), signal.SIGUSR1))
        answer = first(*one)
        while not found:
            pass
        print((answer, *found) == expected)
    """
    assert run(code, kind, function) == "True\n"


def test_other_threads_can_call_after_a_signal_handler_has_raised(kind: str, function: str) -> None:
    code = """
        signal.alarm(60)
        def fail(*_):
            raise KeyboardInterrupt
        hooks.append(fail)
        try:
            first(*one)
        except KeyboardInterrupt:
            print("interrupted")
        found = []
        thread = threading.Thread(target=lambda: found.append(second(*two)))
        thread.start()
        thread.join()
        print(found == [expected[1]])
    """
    assert run(code, kind, function) == "interrupted\nTrue\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_forked_while_another_thread_calls_can_call(kind: str, function: str) -> None:
    code = """
        import warnings
        warnings.simplefilter("ignore")  # of os.fork() about threads
        inside, go_on = threading.Event(), threading.Event()
        def wait():
            inside.set()
            go_on.wait(60)
        hooks.append(wait)
        found = []
        thread = threading.Thread(target=lambda: found.append(first(*one)))
        thread.start()
        inside.wait()
        pid = os.fork()
        if not pid:
            signal.alarm(60)
            os._exit(7 if (first(*one), second(*two)) == expected else 1)
        status = os.waitpid(pid, 0)[1]
        go_on.set()
        thread.join()
        print(status >> 8, status & 0x7F, found == [expected[0]])
    """
    assert run(code, kind, function) == "7 0 True\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_signal_handler_can_fork_while_its_thread_calls(kind: str, function: str) -> None:
    code = """
        signal.alarm(60)
        def fork(*_):
            pid = os.fork()
            if pid:
                print(os.waitpid(pid, 0)[1] >> 8, flush=True)
                return
            signal.alarm(60)
            thread = threading.Thread(target=lambda: found.append(second(*two)))
            found = []
            thread.start()
            thread.join()
            os._exit(7 if found == [expected[1]] else 1)
        hooks.append(fork)
        print(first(*one) == expected[0])
    """
    assert run(code, kind, function) == "7\nTrue\n"


def test_threads_that_call_at_the_same_time_get_their_own_answers(kind: str, function: str) -> None:
    code = """
        signal.alarm(60)
        sys.setswitchinterval(1e-6)
        wrong = []
        def use(number):
            for _ in range(50):
                call, arguments = ((first, one), (second, two))[number % 2]
                if call(*arguments) != expected[number % 2]:
                    wrong.append(number)
        threads = [threading.Thread(target=use, args=(number,)) for number in range(6)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(wrong)
    """
    assert run(code, kind, function) == "[]\n"
