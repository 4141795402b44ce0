from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import sockcore

#: Opens a socket of AF_UNIX that is closed when the test ends.
Opener = Callable[..., Any]


@pytest.fixture
def unix() -> Iterator[Opener]:
    with ExitStack() as stack:

        def open_socket(kind: int = sockcore.SOCK_STREAM) -> Any:
            sock = stack.enter_context(sockcore.socket(sockcore.AF_UNIX, kind))
            sock.settimeout(10)
            return sock

        yield open_socket


@pytest.fixture
def pair() -> Iterator[Opener]:
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
