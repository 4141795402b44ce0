"""Programs for the standard library print the same on sockcore, and every socket they make is sockcore's."""

import importlib.util
import multiprocessing
import sys

import pytest

OURS = {"sockcore.socket"}
PLAIN = [
    "asyncio_tcp.py",
    "asyncio_unix.py",
    "asyncio_datagram.py",
    "asyncio_socks.py",
    "http_fetch.py",
    "selectors_echo.py",
    "servers.py",
    "subprocesses.py",
]


# On Windows the standard library has no AF_UNIX, and gives no child a socket as a stream or by its number.
if sys.platform == "win32":
    PLAIN = [program for program in PLAIN if program not in ("asyncio_unix.py", "subprocesses.py")]


@pytest.mark.parametrize("program", PLAIN)
def test_same_outcome(both, program):
    _, classes = both(program)
    assert classes == OURS


def test_asyncio_tls(both, certificate):
    text, classes = both("asyncio_tls.py", *certificate)
    assert "SECRET" in text
    assert classes == OURS, "asyncio does TLS in memory, the sockets are plain ones"


def test_wrap_socket(both, certificate):
    text, classes = both("ssl_sockets.py", *certificate)
    assert text.count("SECRET") == 2
    # ssl makes its own of a descriptor, of which the standard library tells nobody on Windows.
    assert classes == (OURS if sys.platform == "win32" else {*OURS, "ssl.SSLSocket"})


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_multiprocessing(both, method):
    _, classes = both("processes.py", method)
    assert classes == OURS


@pytest.mark.parametrize(
    ("library", "base"), [("gevent", "gevent._socket3._wrefsocket"), ("eventlet", "socket.socket")]
)
def test_green_threads(both, library, base):
    """gevent derives a class from that of _socket; eventlet imports the standard socket.py on top of _socket."""
    if not importlib.util.find_spec(library):
        pytest.skip(f"{library} is not installed: tests/stdlib/requirements.txt")
    text, classes = both("green.py", library)
    assert "timeout: timed out True 0.01" in text
    assert f"{base}(sockcore)" in classes
    assert {name for name in classes if not name.endswith("(sockcore)")} <= OURS


def test_httpretty(both):
    if not importlib.util.find_spec("httpretty"):
        pytest.skip("httpretty is not installed: tests/stdlib/requirements.txt")
    text, classes = both("pretended_http.py")
    assert "200 b'pretended'" in text
    assert classes == OURS
