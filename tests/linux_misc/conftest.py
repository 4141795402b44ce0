"""What the tests of these families share: sockets that are closed, and the standard library beside them."""

from __future__ import annotations

import os
import socket as stdlib
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore_linux_misc.constants import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Elsewhere there are none of these numbers to make addresses of.
collect_ignore = [] if TABLE else [
    "test_alg_codec.py", "test_alg_method.py", "test_netlink_codec.py", "test_netlink_kernel.py",
    "test_packet_codec.py", "test_packet_kernel.py", "test_packet_options.py",
]  # fmt: skip

#: The same on every Linux; any descriptor of a socket will do for what goes wrong before a system call.
AF_UNIX, SEQPACKET = 1, 5


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def says(closing: ExitStack) -> Callable[..., tuple[Any, Any]]:
    """Return a function that tells how sockcore and the standard library take a call on sockets of a family.

    Both are told the family and have a descriptor of another: the arguments must be wrong. The outcome is the type of
    what was raised and its words.
    """

    def ask(family: str, call: Callable[[Any], object], proto: int = 0) -> tuple[Any, Any]:
        if sys.implementation.name != "cpython" or not hasattr(stdlib, family):
            pytest.skip(f"this Python's own socket module has no {family}")
        outcomes = []
        for module in (sockcore, stdlib):
            fd = closing.enter_context(stdlib.socket(AF_UNIX, SEQPACKET)).fileno()
            number = int(getattr(stdlib, family))
            sock = closing.enter_context(module.socket(number, SEQPACKET, proto, fileno=os.dup(fd)))
            with pytest.raises(Exception) as caught:
                call(sock)
            outcomes.append((type(caught.value), str(caught.value)))
        return outcomes[0], outcomes[1]

    return ask
