"""System calls of each operation, on both implementations of BaseSocket.

A library for LD_PRELOAD counts them. It has a separate clock, which only poll(2) advances. The results do not depend on
the speed of the machine.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import systems

HERE = Path(__file__).parent
if sys.platform != "linux" or platform.libc_ver()[0] != "glibc":
    pytest.skip("the library is written for Linux and glibc", allow_module_level=True)
if sys.implementation.name != "cpython":
    pytest.skip("PyPy uses other functions of the C library", allow_module_level=True)
if systems.is_sanitized():
    pytest.skip("the library's clock is used before the sanitizer has started", allow_module_level=True)
if sys.version_info >= (3, 14):
    pytest.skip(
        "Python 3.14 and later come with another C library here, whose clock the counting library does not replace",
        allow_module_level=True,
    )
COMPILER = shutil.which("gcc") or shutil.which("cc")

PREPARE = """
import ctypes, errno, os, sys, warnings
sys.path.insert(0, {here!r})
import implementations, systems
import sockcore as s

library = ctypes.CDLL(None)
library.recorded.restype = ctypes.c_char_p
library.passed.restype = ctypes.c_int64
library.at_poll.argtypes = ctypes.c_int, ctypes.c_int, ctypes.c_int64
socket_class = implementations.IN_C if {name!r} == "c" else implementations.IN_PYTHON
MILLISECOND = 1_000_000
LOCAL = systems.LOCAL
kept = []


def pair(sock_type=s.SOCK_DGRAM, timeout=10):
    one, two = (socket_class(LOCAL, sock_type, 0, sock.detach()) for sock in systems.socketpair(sock_type))
    one.settimeout(timeout)
    kept.extend((one, two))
    library.watch(one.fileno())
    return one, two


def calls(function, *arguments, fails=()):
    library.recorded()
    try:
        function(*arguments)
    except fails or ():
        assert fails
    else:
        assert not fails, "it did not fail"
    text = library.recorded().decode()
    words = text.split()
    for first, second in zip(words, words[1:]):
        # No failing call is repeated back to back.
        assert not (first.endswith("!") and first[:-1] == second.rstrip("!")), text
    return " ".join(words)


def arrives(two, after=5 * MILLISECOND):
    library.at_poll(two.fileno(), 0, after)


def expect(found, *expected):
    assert found in expected, found


RECEIVE = {{
    "recv": lambda sock: sock.recv(9),
    "recv with flags": lambda sock: sock.recv(9, s.MSG_NOSIGNAL),
    "recv_into": lambda sock: sock.recv_into(bytearray(9)),
    "recv_into with flags": lambda sock: sock.recv_into(bytearray(9), 0, s.MSG_NOSIGNAL),
    "recvfrom": lambda sock: sock.recvfrom(9),
    "recvfrom_into": lambda sock: sock.recvfrom_into(bytearray(9)),
    "recvmsg": lambda sock: sock.recvmsg(9, 50),
    "recvmsg_into": lambda sock: sock.recvmsg_into([bytearray(9)]),
    "recvmmsg": lambda sock: sock.recvmmsg(1, 9),
    "recvmmsg_into": lambda sock: sock.recvmmsg_into([bytearray(9)]),
}}
SEND = {{
    "send": lambda sock: sock.send(DATA),
    "send with flags": lambda sock: sock.send(DATA, s.MSG_NOSIGNAL),
    "sendmsg": lambda sock: sock.sendmsg([DATA]),
    "sendmmsg": lambda sock: sock.sendmmsg([DATA]),
}}
DATA = bytes(1 << 14)
warnings.simplefilter("ignore", ResourceWarning)
"""

RECEIVE = (
    "recv", "recv with flags", "recv_into", "recv_into with flags", "recvfrom", "recvfrom_into", "recvmsg",
    "recvmsg_into", "recvmmsg", "recvmmsg_into",
)  # fmt: skip
SEND = ("send", "send with flags", "sendmsg", "sendmmsg")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the library for LD_PRELOAD."""
    if COMPILER is None:
        pytest.skip("no C compiler here")
    library = tmp_path_factory.mktemp("counting") / "counting.so"
    command = [
        COMPILER,
        "-shared",
        "-fPIC",
        "-O1",
        "-U_FORTIFY_SOURCE",
        "-o",
        str(library),
        str(HERE / "counting.c"),
        "-ldl",
    ]
    subprocess.run(command, check=True)
    return library


@pytest.fixture(params=["c", "py"])
def run(request: pytest.FixtureRequest, library: Path):
    """Return a function that runs code on an implementation under the library."""
    import implementations

    if request.param == "c" and implementations.IN_C is None:
        pytest.skip("the native backend was not built")

    def execute(code: str) -> None:
        code = PREPARE.format(here=str(HERE), name=request.param) + textwrap.dedent(code)
        done = subprocess.run(
            [sys.executable, "-X", "faulthandler", "-c", code],
            env={**os.environ, "LD_PRELOAD": " ".join(filter(None, [os.environ.get("LD_PRELOAD", ""), str(library)]))},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr[-3000:]

    return execute


def test_receive_on_a_ready_socket_makes_one_call(run):
    run("""
        for name, receive in RECEIVE.items():
            for timeout in (None, 0, 10):
                one, two = pair(timeout=timeout)
                for _ in range(3):
                    two.send(b"x")
                    assert calls(receive, one) == "recv", name
    """)


def test_receive_after_one_that_had_to_wait_polls_first(run):
    run("""
        for name, receive in RECEIVE.items():
            one, two = pair()
            for _ in range(2):
                arrives(two)
                assert calls(receive, one) == "recv! poll recv", name
                for _ in range(3):
                    arrives(two)
                    assert calls(receive, one) == "poll recv", name
                two.send(b"x")  # the poll returns at once, so that the next receive tries first
                assert calls(receive, one) == "poll recv", name
                for _ in range(3):
                    two.send(b"x")
                    assert calls(receive, one) == "recv", name
    """)


def test_receive_by_another_method_after_a_wait_polls_first(run):
    run("""
        one, two = pair()
        arrives(two)
        assert calls(RECEIVE["recv"], one) == "recv! poll recv"
        for name, receive in RECEIVE.items():
            arrives(two)
            assert calls(receive, one) == "poll recv", name
    """)


def test_receive_in_other_modes_does_not_poll_first(run):
    run("""
        for timeout, expected, fails in ((None, "recv", ()), (0, "recv", ()), (0, "recv!", BlockingIOError)):
            for name, receive in RECEIVE.items():
                one, two = pair()
                arrives(two)
                assert calls(receive, one) == "recv! poll recv", name
                one.settimeout(timeout)
                if not fails:
                    two.send(b"x")
                assert calls(receive, one, fails=fails) == expected, name
    """)


def test_receive_that_times_out_tries_once_more(run):
    run("""
        for name, receive in RECEIVE.items():
            one, two = pair(timeout=0.25)
            before = library.passed()
            assert calls(receive, one, fails=s.timeout) == "recv! poll recv!", name
            assert 0 <= library.passed() - before - 250 * MILLISECOND < MILLISECOND
            for _ in range(2):
                before = library.passed()
                assert calls(receive, one, fails=s.timeout) == "poll recv!", name
                assert 0 <= library.passed() - before - 250 * MILLISECOND < MILLISECOND
            arrives(two, 100 * MILLISECOND)
            assert calls(receive, one) == "poll recv", name
    """)


def test_poll_of_a_few_microseconds_does_not_count_as_wait(run):
    run("""
        for took, then in ((0, "recv"), (2_000, "recv"), (1_000_000, "poll recv")):
            one, two = pair()
            arrives(two)
            assert calls(one.recv, 9) == "recv! poll recv"
            arrives(two, took)
            assert calls(one.recv, 9) == "poll recv"
            two.send(b"x")
            assert calls(one.recv, 9) == then, took
    """)


def test_receive_that_times_out_after_a_wait_tries_once(run):
    run("""
        one, two = pair(timeout=1)
        arrives(two)
        assert calls(one.recv, 9) == "recv! poll recv"
        assert calls(one.recv, 9, fails=s.timeout) == "poll recv!"
    """)


def test_send_always_tries_first(run):
    run("""
        def fill(sock):
            sock.settimeout(0)
            try:
                while True:
                    sock.send(DATA)
            except BlockingIOError:
                sock.settimeout(10)

        for name, send in SEND.items():
            one, two = pair()
            assert calls(send, one) == "send", name
            for _ in range(3):
                fill(one)
                library.at_poll(two.fileno(), 1, 5 * MILLISECOND)
                assert calls(send, one) == "send! poll send", name
            assert calls(send, one) == "send", name
    """)


def test_send_that_times_out_tries_once_more(run):
    run("""
        for name, send in SEND.items():
            one, two = pair(s.SOCK_STREAM, 0)
            try:
                while True:
                    one.send(DATA)
            except BlockingIOError:
                pass
            assert calls(send, one, fails=BlockingIOError) == "send!", name
            one.settimeout(0.25)
            before = library.passed()
            for _ in range(2):
                assert calls(send, one, fails=s.timeout) == "send! poll send!", name
            assert 0 <= library.passed() - before - 500 * MILLISECOND < MILLISECOND
    """)


def test_sendall_makes_a_call_for_each_piece(run):
    run("""
        one, two = pair(s.SOCK_STREAM)
        assert calls(one.sendall, b"data") == "send"
        size = 1 << 21
        library.at_poll(two.fileno(), 1, 5 * MILLISECOND)
        words = calls(one.sendall, bytes(size), fails=s.timeout).split()
        assert words[:4] == ["send", "send!", "poll", "send"], words
        assert words[-3:] == ["send!", "poll", "send!"], words
    """)


def test_accept_always_tries_first(run):
    run("""
        listener = socket_class(2, s.SOCK_STREAM)
        listener.bind(systems.loopback())
        listener.listen()
        listener.settimeout(0.25)
        library.watch(listener.fileno())
        for _ in range(2):
            assert calls(listener._accept, fails=s.timeout) == "accept! poll accept!"
        client = socket_class(2, s.SOCK_STREAM)
        client.connect(systems.name_of(listener))
        fds = []
        assert calls(lambda: fds.append(listener._accept()[0])) == "accept"
        os.close(fds[0])
    """)


def test_waitall_makes_a_call_for_each_piece(run):
    run("""
        one, two = pair(s.SOCK_STREAM)
        two.send(b"x")
        arrives(two)
        assert calls(one.recv, 2, s.MSG_WAITALL) in ("recv recv! poll recv", "recv poll recv")
    """)


def test_counting_code_contains_all_listed_methods():
    assert [name for name in RECEIVE if f'"{name}"' not in PREPARE] == []
    assert [name for name in SEND if f'"{name}"' not in PREPARE] == []
