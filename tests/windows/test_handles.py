"""Handles that are no sockets: an error, as of the standard library, and never a crash."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
from outcomes import MODULES, outcome, same

import sockcore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform != "win32":
    pytest.skip("elsewhere sockets are no handles", allow_module_level=True)

import msvcrt


@pytest.fixture
def file_handle(tmp_path: Path) -> Iterator[int]:
    with open(tmp_path / "file", "w+b") as file:
        yield msvcrt.get_osfhandle(file.fileno())
        file.write(b"it was not closed")
        file.flush()
    assert (tmp_path / "file").read_bytes() == b"it was not closed"


@pytest.fixture
def closed_handle() -> int:
    """The handle of a socket that is closed; the system gives out the highest of many once more as late as it can."""
    many = [sockcore.socket(sockcore.AF_INET) for _ in range(30)]
    highest = max(sock.fileno() for sock in many)
    for sock in many:
        sock.close()
    return highest


OPERATIONS = {
    "detected": lambda module, handle: module.socket(fileno=handle),
    "fromfd": lambda module, handle: module.fromfd(handle, module.AF_INET, module.SOCK_STREAM),
    "dup": lambda module, handle: module.dup(handle),
    "close": lambda module, handle: module.close(handle),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_file(file_handle: int, operation: str) -> None:
    assert same(lambda module: OPERATIONS[operation](module, file_handle))[0] is OSError


def test_a_file_that_is_said_to_be_a_socket(file_handle: int) -> None:
    """Whether it is refused at once is Winsock's affair; nothing can be done with it."""

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

    for found in same(call)[1]:
        assert found[0] is OSError


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("handle", [99_996, 2, 0, -1, 2**31 - 4, "x", [], b""], ids=repr)
def test_no_handle(handle: object, operation: str) -> None:
    if operation == "detected" and isinstance(handle, bytes):
        return  # see test_sharing.py
    assert same(lambda module: OPERATIONS[operation](module, handle))[0] in (OSError, TypeError, ValueError)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("handle", [-2, -(2**31), 2**31, 2**40, 2**63, 2**64, -(2**63) - 1, -(2**64)], ids=repr)
def test_no_number_of_a_handle(handle: int, operation: str) -> None:
    for module in MODULES:
        found = outcome(lambda module=module: OPERATIONS[operation](module, handle))
        assert found[0] in (OSError, ValueError, OverflowError)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_closed_socket(closed_handle: int, operation: str) -> None:
    kind, _, _, number, winerror = same(lambda module: OPERATIONS[operation](module, closed_handle))
    assert (kind, number, winerror) == (OSError, 10038, 10038)


def test_methods_of_a_closed_socket() -> None:
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

    for theirs, ours in zip(*map(calls, MODULES)):
        assert ours == theirs
        assert issubclass(ours[0], OSError)  # type: ignore[index]
