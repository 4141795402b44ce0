from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import sockcore

#: A function that opens an AF_UNIX socket. The socket is closed after the test.
Opener = Callable[..., Any]

WINDOWS = sys.platform == "win32"


@pytest.fixture(scope="session")
def _requires_af_unix() -> None:
    """Skip the test if Winsock lacks AF_UNIX: before Windows 10 1803, and on Wine 8."""
    if WINDOWS:
        try:
            sockcore.socket(sockcore.AF_UNIX, sockcore.SOCK_STREAM).close()
        except OSError:
            pytest.skip("this Winsock does not support AF_UNIX")


@pytest.fixture
def unix(_requires_af_unix: None) -> Iterator[Opener]:
    with ExitStack() as stack:

        def open_socket(sock_type: int = sockcore.SOCK_STREAM) -> Any:
            if WINDOWS and sock_type != sockcore.SOCK_STREAM:
                pytest.skip("Windows supports only stream sockets of AF_UNIX")
            sock = stack.enter_context(sockcore.socket(sockcore.AF_UNIX, sock_type))
            sock.settimeout(60)
            return sock

        yield open_socket


@pytest.fixture
def pair() -> Iterator[Opener]:
    if WINDOWS:
        pytest.skip("Windows does not support pairs of AF_UNIX sockets")
    with ExitStack() as stack:

        def open_pair(sock_type: int = sockcore.SOCK_STREAM) -> tuple[Any, Any]:
            pair = sockcore.socketpair(sockcore.AF_UNIX, sock_type)
            for sock in pair:
                stack.enter_context(sock)
                sock.settimeout(60)
            return pair

        yield open_pair


@pytest.fixture(autouse=True)
def _change_to_tmp_path(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Tests use relative paths, because the path of the temporary directory may not fit into sun_path.
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def abstract() -> bytes:
    """Return a unique name in the abstract namespace."""
    return b"\0sockcore-" + os.urandom(8).hex().encode()


@pytest.fixture
def no_leak() -> Iterator[None]:
    """Fail if the test leaves file descriptors open."""
    # PyPy closes unreferenced files of earlier tests at any later time, CPython those in cycles. There the young
    # generations are enough: a collection of all objects takes long.
    gc.collect(*([1] if sys.implementation.name == "cpython" else []))
    before = sorted(os.listdir("/proc/self/fd"))
    yield
    assert sorted(os.listdir("/proc/self/fd")) == before
