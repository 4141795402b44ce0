"""GIL release of the functions that resolve names."""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore import plugin
from sockcore_inet import Inet4

if TYPE_CHECKING:
    from collections.abc import Callable

WITH_GIL = sys.implementation.name == "cpython" and getattr(sys, "_is_gil_enabled", lambda: True)()


def releases_gil(work: Callable[[], Any], seconds: float) -> bool:
    """Return True if *work* releases the GIL so that another thread runs.

    *work* is repeated for at most *seconds*.
    """
    turns, stop = [0], threading.Event()

    def count() -> None:
        while not stop.is_set():
            turns[0] += 1
            time.sleep(0.0001)

    thread = threading.Thread(target=count)
    interval = sys.getswitchinterval()
    # From here on a thread runs until it releases the GIL itself.
    sys.setswitchinterval(1000)
    try:
        thread.start()
        while not turns[0]:
            time.sleep(0.001)
        before, deadline = turns[0], time.monotonic() + seconds
        while turns[0] == before and time.monotonic() < deadline:
            work()
        return turns[0] > before
    finally:
        sys.setswitchinterval(interval)
        stop.set()
        thread.join()


@pytest.mark.skipif(not WITH_GIL, reason="this interpreter does not have a GIL")
def test_releases_gil_helper_detects_release() -> None:
    assert not releases_gil(lambda: sum(range(100)), 0.2)
    assert releases_gil(lambda: time.sleep(0), 60)


@pytest.mark.skipif(not WITH_GIL, reason="this interpreter does not have a GIL")
@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("getaddrinfo", ("localhost", 80)),
        ("getnameinfo", (("127.0.0.1", 80), 0)),
        ("gethostbyname", ("localhost",)),
        ("gethostbyname_ex", ("localhost",)),
        ("gethostbyaddr", ("127.0.0.1",)),
        ("getservbyname", ("http", "tcp")),
        ("getprotobyname", ("tcp",)),
    ],
)
def test_resolver_functions_release_gil(name: str, args: tuple[Any, ...]) -> None:
    function = getattr(sockcore, name)
    assert releases_gil(lambda: function(*args), 60)


@pytest.mark.skipif(not WITH_GIL, reason="this interpreter does not have a GIL")
def test_encode_host_name_releases_gil() -> None:
    encode, context = Inet4().encode, plugin.context(sockcore.AF_INET, operation="connect")
    assert releases_gil(lambda: encode(("localhost", 9), context), 60)


def test_resolver_in_several_threads_returns_own_answers() -> None:
    def ask(number: int) -> bool:
        host = f"127.0.0.{number % 250 + 1}"
        ((*_, address),) = sockcore.getaddrinfo(host, number, type=sockcore.SOCK_STREAM)
        name, port = sockcore.getnameinfo(address, sockcore.NI_NUMERICHOST | sockcore.NI_NUMERICSERV)
        _, _, addresses = sockcore.gethostbyname_ex(host)
        return bool((name, int(port)) == (host, number) == address and addresses == [host])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(1, 401)))
