"""Programs for the standard library: on sockcore they print the same, and all their sockets are sockcore sockets."""

import importlib.util
import multiprocessing
import sys

import pytest

SOCKCORE_CLASSES = {"sockcore.socket"}
PLAIN = [
    "asyncio_tcp.py",
    "asyncio_unix.py",
    "asyncio_datagram.py",
    "asyncio_sock_methods.py",
    "http_fetch.py",
    "selectors_echo.py",
    "servers.py",
    "subprocesses.py",
]


# On Windows the standard library does not support AF_UNIX, and cannot pass sockets to child processes.
if sys.platform == "win32":
    PLAIN = [program for program in PLAIN if program not in ("asyncio_unix.py", "subprocesses.py")]


@pytest.mark.parametrize("program", PLAIN)
def test_program_prints_same_and_uses_sockcore(both, program):
    _, classes = both(program)
    assert classes == SOCKCORE_CLASSES


def test_asyncio_tls_uses_sockcore(both, certificate):
    text, classes = both("asyncio_tls.py", *certificate)
    assert "SECRET" in text
    assert classes == SOCKCORE_CLASSES, "asyncio uses plain sockets for TLS"


def test_wrap_socket_prints_same(both, certificate):
    text, classes = both("ssl_sockets.py", *certificate)
    assert text.count("SECRET") == 2
    # ssl creates its own socket from the descriptor. On Windows this does not raise an audit event.
    assert classes == (SOCKCORE_CLASSES if sys.platform == "win32" else {*SOCKCORE_CLASSES, "ssl.SSLSocket"})


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_multiprocessing_uses_sockcore(both, method):
    _, classes = both("processes.py", method)
    assert classes == SOCKCORE_CLASSES


@pytest.mark.parametrize(
    ("library", "base"), [("gevent", "gevent._socket3._wrefsocket"), ("eventlet", "socket.socket")]
)
def test_gevent_and_eventlet_derive_from_sockcore(both, library, base):
    """gevent derives a class from _socket.socket.

    eventlet imports the standard socket.py again, on top of _socket.
    """
    if not importlib.util.find_spec(library):
        pytest.skip(f"{library} is not installed: tests/stdlib/requirements.txt")
    text, classes = both("green.py", library)
    assert "timeout: timed out True 0.01" in text
    assert f"{base}(sockcore)" in classes
    assert {name for name in classes if not name.endswith("(sockcore)")} <= SOCKCORE_CLASSES


def test_httpretty_prints_same(both):
    if not importlib.util.find_spec("httpretty"):
        pytest.skip("httpretty is not installed: tests/stdlib/requirements.txt")
    text, classes = both("httpretty_answers.py")
    assert "200 b'pretended'" in text
    assert classes == SOCKCORE_CLASSES
