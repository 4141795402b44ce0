from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import sockcore

#: Opens a socket of AF_UNIX that is closed when the test ends.
Opener = Callable[..., Any]

WINDOWS = sys.platform == "win32"


@pytest.fixture(scope="session")
def _there_is_one() -> None:
    """Windows has AF_UNIX since Windows 10 1803; Wine 8 has none."""
    if WINDOWS:
        try:
            sockcore.socket(sockcore.AF_UNIX, sockcore.SOCK_STREAM).close()
        except OSError:
            pytest.skip("this Winsock has no AF_UNIX")


@pytest.fixture
def unix(_there_is_one: None) -> Iterator[Opener]:
    with ExitStack() as stack:

        def open_socket(kind: int = sockcore.SOCK_STREAM) -> Any:
            if WINDOWS and kind != sockcore.SOCK_STREAM:
                pytest.skip("AF_UNIX of Windows has streams alone")
            sock = stack.enter_context(sockcore.socket(sockcore.AF_UNIX, kind))
            sock.settimeout(10)
            return sock

        yield open_socket


@pytest.fixture
def pair() -> Iterator[Opener]:
    if WINDOWS:
        pytest.skip("Windows makes no pairs of AF_UNIX")
    with ExitStack() as stack:

        def open_pair(kind: int = sockcore.SOCK_STREAM) -> tuple[Any, Any]:
            pair = sockcore.socketpair(sockcore.AF_UNIX, kind)
            for sock in pair:
                stack.enter_context(sock)
                sock.settimeout(10)
            return pair

        yield open_pair


@pytest.fixture(autouse=True)
def _in_a_directory_of_its_own(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Relative paths, since that of the temporary directory may not fit into sun_path.
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def abstract() -> bytes:
    """A name in the abstract namespace that nobody else has."""
    return b"\0sockcore-" + os.urandom(8).hex().encode()


@pytest.fixture
def no_leak() -> Iterator[None]:
    """As many descriptors are open after the test as before."""
    gc.collect()  # PyPy closes what an earlier test has dropped when it likes
    before = sorted(os.listdir("/proc/self/fd"))
    yield
    assert sorted(os.listdir("/proc/self/fd")) == before
