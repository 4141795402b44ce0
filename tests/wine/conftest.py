"""Fixtures for the tests on Windows: the simulated Winsock."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SIMULATED_WINSOCK = os.environ.get("SOCKCORE_WINSOCK", "")

if sys.platform != "win32":
    collect_ignore_glob = ["*"]  # tests/wine/run.py runs them
elif not SIMULATED_WINSOCK:
    collect_ignore_glob = ["test_simulated_winsock_*.py"]  # run.py sets the variable for these tests
else:
    collect_ignore_glob = ["test_windows_*.py"]


class Call(NamedTuple):
    """A line of the log of the simulated Winsock.

    It has the function, the subject (family, option or control), and the bytes of the argument.
    """

    function: str
    subject: str
    data: bytes


class SimulatedWinsock:
    """The simulated Winsock and its functions for tests."""

    def __init__(self) -> None:
        self.dll = ctypes.WinDLL(SIMULATED_WINSOCK, use_last_error=True)
        assert self.dll.WSAStartup(0x0202, ctypes.create_string_buffer(512)) == 0

    def log(self) -> list[Call]:
        """Return the calls since the log was last read."""
        buffer = ctypes.create_string_buffer(1 << 18)
        length = self.dll.read_call_log(buffer, len(buffer))
        lines = re.findall(r"^(\S+) (\S+) (\S*)$", buffer.raw[:length].decode("ascii"), re.MULTILINE)
        return [Call(function, subject, bytes.fromhex(data)) for function, subject, data in lines]

    def logged_data(self, function: str, subject: str) -> list[bytes]:
        """Return the bytes passed to *function* for *subject* since the last log read."""
        return [call.data for call in self.log() if call[:2] == (function, subject)]

    def example(self, name: str) -> bytes:
        """Return a struct that was filled in C: see simulated_winsock/examples.c."""
        buffer = ctypes.create_string_buffer(256)
        length = getattr(self.dll, f"example_{name}")(buffer)
        return buffer.raw[:length]


@pytest.fixture(scope="session")
def loaded_winsock() -> SimulatedWinsock:
    return SimulatedWinsock()


@pytest.fixture
def simulated_winsock(loaded_winsock: SimulatedWinsock) -> SimulatedWinsock:
    loaded_winsock.log()
    return loaded_winsock


@pytest.fixture
def exit_stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack
