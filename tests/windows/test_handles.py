"""Handles that are not sockets. They raise the same exceptions as in the standard library."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
from outcomes import MODULES, assert_same, outcome

import sockcore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform != "win32":
    pytest.skip("only Windows has socket handles", allow_module_level=True)

import msvcrt


@pytest.fixture
def file_handle(tmp_path: Path) -> Iterator[int]:
    with open(tmp_path / "file", "w+b") as file:
        yield msvcrt.get_osfhandle(file.fileno())
        file.write(b"still open")
        file.flush()
    assert (tmp_path / "file").read_bytes() == b"still open"


@pytest.fixture
def closed_handle() -> int:
    """Return the handle of a closed socket.

    The highest handle of many is the least likely to be reused soon.
    """
    sockets = [sockcore.socket(sockcore.AF_INET) for _ in range(30)]
    highest = max(sock.fileno() for sock in sockets)
    for sock in sockets:
        sock.close()
    return highest


OPERATIONS = {
    "fileno": lambda module, handle: module.socket(fileno=handle),
    "fromfd": lambda module, handle: module.fromfd(handle, module.AF_INET, module.SOCK_STREAM),
    "dup": lambda module, handle: module.dup(handle),
    "close": lambda module, handle: module.close(handle),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_file_handle_raises_os_error(file_handle: int, operation: str) -> None:
    assert assert_same(lambda module: OPERATIONS[operation](module, file_handle))[0] is OSError


def test_methods_on_file_handle_raise_os_error(file_handle: int) -> None:
    """With an explicit family, the constructor may accept the handle."""

    def call(module: Any) -> object:
        sock = module.socket(module.AF_INET, module.SOCK_STREAM, 0, file_handle)
        try:
            return [
                outcome(sock.getsockname),
                outcome(sock.recv, 1),
                outcome(sock.send, b"x"),
                outcome(sock.ioctl, module.SIO_KEEPALIVE_VALS, (1, 1, 1)),
                outcome(sock.share, os.getpid()),
                outcome(sock.settimeout, 1),
            ]
        finally:
            sock.detach()

    for result in assert_same(call)[1]:
        assert result[0] is OSError


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("handle", [99_996, 2, 0, -1, 2**31 - 4, "x", [], b""], ids=repr)
def test_invalid_handle_raises_error_of_standard_library(handle: object, operation: str) -> None:
    if operation == "fileno" and isinstance(handle, bytes):
        return  # see test_sharing.py
    assert assert_same(lambda module: OPERATIONS[operation](module, handle))[0] in (OSError, TypeError, ValueError)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("handle", [-2, -(2**31), 2**31, 2**40, 2**63, 2**64, -(2**63) - 1, -(2**64)], ids=repr)
def test_handle_out_of_range_raises(handle: int, operation: str) -> None:
    for module in MODULES:
        result = outcome(lambda module=module: OPERATIONS[operation](module, handle))
        assert result[0] in (OSError, ValueError, OverflowError)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_handle_of_closed_socket_raises_wsaenotsock(closed_handle: int, operation: str) -> None:
    exc_type, _, _, number, winerror = assert_same(lambda module: OPERATIONS[operation](module, closed_handle))
    assert (exc_type, number, winerror) == (OSError, 10038, 10038)


def test_methods_of_closed_socket_raise_os_error() -> None:
    def calls(module: Any) -> list[object]:
        sock = module.socket()
        sock.close()
        return [
            outcome(sock.getsockname),
            outcome(sock.recv, 1),
            outcome(sock.ioctl, module.SIO_KEEPALIVE_VALS, (1, 1, 1)),
            outcome(sock.share, os.getpid()),
            outcome(sock.dup),
            outcome(sock.set_inheritable, True),
            outcome(sock.settimeout, 1),
        ]

    for expected, actual in zip(*map(calls, MODULES)):
        assert actual == expected
        assert issubclass(actual[0], OSError)  # type: ignore[index]
