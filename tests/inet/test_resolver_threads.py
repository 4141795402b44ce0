"""Name resolution uses the system's resolver and lets other threads run."""

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


def gives_way(work: Callable[[], Any], seconds: float) -> bool:
    """Return whether another thread has its turn while this one repeats *work*, and nobody takes turns by force."""
    turns, stop = [0], threading.Event()

    def count() -> None:
        while not stop.is_set():
            turns[0] += 1
            time.sleep(0.0001)

    thread = threading.Thread(target=count)
    interval = sys.getswitchinterval()
    # From here on a thread runs until it gives the interpreter's lock away.
    sys.setswitchinterval(1000)
    try:
        thread.start()
        time.sleep(0.05)
        before, deadline = turns[0], time.monotonic() + seconds
        assert before
        while turns[0] == before and time.monotonic() < deadline:
            work()
        return turns[0] > before
    finally:
        sys.setswitchinterval(interval)
        stop.set()
        thread.join()


@pytest.mark.skipif(not WITH_GIL, reason="without a lock of the interpreter there is nothing to give away")
def test_the_clockwork_of_these_tests() -> None:
    assert not gives_way(lambda: sum(range(100)), 0.2)
    assert gives_way(lambda: time.sleep(0), 10)


@pytest.mark.skipif(not WITH_GIL, reason="without a lock of the interpreter there is nothing to give away")
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
def test_other_threads_run(name: str, args: tuple[Any, ...]) -> None:
    function = getattr(sockcore, name)
    assert gives_way(lambda: function(*args), 10)


@pytest.mark.skipif(not WITH_GIL, reason="without a lock of the interpreter there is nothing to give away")
def test_a_name_in_an_address_lets_other_threads_run() -> None:
    encode, context = Inet4().encode, plugin.context(sockcore.AF_INET, operation="connect")
    assert gives_way(lambda: encode(("localhost", 9), context), 10)


def test_many_threads_get_their_own_answers() -> None:
    def ask(number: int) -> bool:
        host = f"127.0.0.{number % 250 + 1}"
        ((*_, address),) = sockcore.getaddrinfo(host, number, type=sockcore.SOCK_STREAM)
        name, port = sockcore.getnameinfo(address, sockcore.NI_NUMERICHOST | sockcore.NI_NUMERICSERV)
        _, _, addresses = sockcore.gethostbyname_ex(host)
        return bool((name, int(port)) == (host, number) == address and addresses == [host])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(1, 401)))
