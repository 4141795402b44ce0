"""What the tests on Windows share: the look-alike of Winsock."""

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

LOOKALIKE = os.environ.get("SOCKCORE_WINSOCK", "")

if sys.platform != "win32":
    collect_ignore_glob = ["*"]  # tests/wine/run.py runs them
elif not LOOKALIKE:
    collect_ignore_glob = ["test_lookalike_*.py"]  # run.py runs these, with it
else:
    collect_ignore_glob = ["test_windows_*.py"]


class Call(NamedTuple):
    """A line of the look-alike's log: the function, what it was about (a family, a control), the bytes it was given."""

    function: str
    about: str
    given: bytes


class Lookalike:
    """The look-alike, with what it has for tests."""

    def __init__(self) -> None:
        self.dll = ctypes.WinDLL(LOOKALIKE, use_last_error=True)
        assert self.dll.WSAStartup(0x0202, ctypes.create_string_buffer(512)) == 0

    def log(self) -> list[Call]:
        """What was written down since the last time."""
        buffer = ctypes.create_string_buffer(1 << 18)
        length = self.dll.lookalike_log(buffer, len(buffer))
        lines = re.findall(r"^(\S+) (\S+) (\S*)$", buffer.raw[:length].decode("ascii"), re.MULTILINE)
        return [Call(function, about, bytes.fromhex(given)) for function, about, given in lines]

    def given(self, function: str, about: str) -> list[bytes]:
        """The bytes that *function* was given since the last time."""
        return [call.given for call in self.log() if call[:2] == (function, about)]

    def example(self, name: str) -> bytes:
        """A struct that the C compiler filled: see lookalike/examples.c."""
        buffer = ctypes.create_string_buffer(256)
        length = getattr(self.dll, f"example_{name}")(buffer)
        return buffer.raw[:length]


@pytest.fixture(scope="session")
def the_lookalike() -> Lookalike:
    return Lookalike()


@pytest.fixture
def lookalike(the_lookalike: Lookalike) -> Lookalike:
    the_lookalike.log()
    return the_lookalike


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack
