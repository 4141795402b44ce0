"""Pure lookups that are interrupted between the return of the C function and the copy of its result.

Each test starts a process in which the functions of the C library are wrapped. A hook runs when such a function
returns. The parameter ``static`` hides the reentrant functions of the C library, as on systems without them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

SETUP = """
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
    pytest.mark.skipif(sys.platform == "win32", reason="Winsock has static data for each thread"),
    pytest.mark.parametrize("form", ["reentrant", "static"]),
    pytest.mark.parametrize(
        "function", ["getservbyname", "getservbyport", "getprotobyname", "gethostbyname", "gethostbyaddr"]
    ),
]


def run(code: str, form: str, function: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SETUP + textwrap.dedent(code), form, function],
        env={**os.environ, "SOCKCORE_BACKEND": "pure"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def test_lookup_interrupted_by_finalizer_returns_own_answer(form: str, function: str) -> None:
    code = """
        signal.alarm(60)
        answers = []
        class Finalized:
            def __del__(self):
                answers.append(second(*two))
        doomed = [Finalized()]
        def finalize():
            doomed.clear()
            __import__("gc").collect()  # PyPy
        hooks.append(finalize)
        print((first(*one), *answers) == expected)
    """
    assert run(code, form, function) == "True\n"


def test_lookup_interrupted_by_signal_handler_returns_own_answer(form: str, function: str) -> None:
    code = """
        signal.alarm(60)
        answers = []
        signal.signal(signal.SIGUSR1, lambda *_: answers.append(second(*two)))
        hooks.append(lambda: os.kill(os.getpid(), signal.SIGUSR1))
        answer = first(*one)
        while not answers:
            pass
        print((answer, *answers) == expected)
    """
    assert run(code, form, function) == "True\n"


def test_lookup_after_handler_raised_does_not_deadlock(form: str, function: str) -> None:
    code = """
        signal.alarm(60)
        def fail(*_):
            raise KeyboardInterrupt
        hooks.append(fail)
        try:
            first(*one)
        except KeyboardInterrupt:
            print("interrupted")
        answers = []
        thread = threading.Thread(target=lambda: answers.append(second(*two)))
        thread.start()
        thread.join()
        print(answers == [expected[1]])
    """
    assert run(code, form, function) == "interrupted\nTrue\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not support os.fork()")
def test_lookup_in_child_forked_during_lookup_does_not_deadlock(form: str, function: str) -> None:
    code = """
        import warnings
        warnings.simplefilter("ignore")  # os.fork() warns if there are threads
        inside, go_on = threading.Event(), threading.Event()
        def wait():
            inside.set()
            go_on.wait(60)
        hooks.append(wait)
        answers = []
        thread = threading.Thread(target=lambda: answers.append(first(*one)))
        thread.start()
        inside.wait()
        pid = os.fork()
        if not pid:
            signal.alarm(60)
            os._exit(7 if (first(*one), second(*two)) == expected else 1)
        status = os.waitpid(pid, 0)[1]
        go_on.set()
        thread.join()
        print(status >> 8, status & 0x7F, answers == [expected[0]])
    """
    assert run(code, form, function) == "7 0 True\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not support os.fork()")
def test_lookup_in_child_forked_by_handler_does_not_deadlock(form: str, function: str) -> None:
    code = """
        signal.alarm(60)
        def fork(*_):
            pid = os.fork()
            if pid:
                print(os.waitpid(pid, 0)[1] >> 8, flush=True)
                return
            signal.alarm(60)
            thread = threading.Thread(target=lambda: answers.append(second(*two)))
            answers = []
            thread.start()
            thread.join()
            os._exit(7 if answers == [expected[1]] else 1)
        hooks.append(fork)
        print(first(*one) == expected[0])
    """
    assert run(code, form, function) == "7\nTrue\n"


def test_lookup_in_several_threads_returns_own_answers(form: str, function: str) -> None:
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
    assert run(code, form, function) == "[]\n"
