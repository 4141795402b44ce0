"""Fixtures of these tests: automatic closing of sockets, and comparison with the standard library."""

from __future__ import annotations

import os
import socket as stdlib
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import sockcore
from sockcore_linux_misc.constants import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Other systems do not define the constants that these tests use.
collect_ignore = [] if TABLE else [
    "test_alg_codec.py", "test_alg_method.py", "test_linux_messages.py", "test_netlink_codec.py",
    "test_netlink_kernel.py", "test_packet_codec.py", "test_packet_frames.py", "test_packet_kernel.py",
    "test_packet_native.py",
    "test_packet_options.py", "test_packet_ring.py",
]  # fmt: skip

#: The numbers of Linux. The exceptions are raised before the system call, so that any socket descriptor works.
AF_UNIX, SEQPACKET = 1, 5


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def both_errors(closing: ExitStack) -> Callable[..., tuple[Any, Any]]:
    """Return a function that returns both exceptions of a call.

    It calls sockcore and the standard library.
    The call gets a socket object with the given family, whose descriptor has another family. Its arguments must be
    invalid. An exception is returned as its type and its message.
    """

    def compare(family: str, call: Callable[[Any], object], proto: int = 0) -> tuple[Any, Any]:
        if sys.implementation.name != "cpython" or not hasattr(stdlib, family):
            pytest.skip(f"the socket module of this Python does not have {family}")
        errors = []
        for module in (sockcore, stdlib):
            fd = closing.enter_context(stdlib.socket(AF_UNIX, SEQPACKET)).fileno()
            number = int(getattr(stdlib, family))
            sock = closing.enter_context(module.socket(number, SEQPACKET, proto, fileno=os.dup(fd)))
            with pytest.raises(Exception) as exc_info:
                call(sock)
            errors.append((type(exc_info.value), str(exc_info.value)))
        return errors[0], errors[1]

    return compare
