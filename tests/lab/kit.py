"""The test kit of sockcore for the families of this laboratory.

1. The kernel of the guest supports every family, so that a missing one is a failure.
2. The addresses are also compared with those of the standard library.
"""

from __future__ import annotations

import socket as stdlib
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore import testing
from sockcore.testing._description import FEATURES, needs
from sockcore.testing._support import (
    BUFFER_SIZE,
    LIMIT,
    RECEIVERS,
    RETURN_ADDRESS,
    SHORT,
    outcome,
    recorded_audit_events,
    recvfrom,
    recvmsg,
    running_in_thread,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Union

    Sock = sockcore.socket
    Address = Any
    InvalidAddresses = Sequence[tuple[Address, Union[type[BaseException], tuple[type[BaseException], ...]]]]

__all__ = [
    "BUFFER_SIZE",
    "FEATURES",
    "LIMIT",
    "RECEIVERS",
    "RETURN_ADDRESS",
    "SHORT",
    "ConnectedTests",
    "DatagramTests",
    "RequestTests",
    "outcome",
    "recorded_audit_events",
    "recvfrom",
    "recvmsg",
    "running_in_thread",
]


class _WithStandardLibrary:
    is_required = True

    @needs("standard library")
    def test_addresses_match_standard_library(self: Any) -> None:
        a, b = self.open_pair()
        name = getattr(b.family, "name", str(b.family))
        if not hasattr(stdlib, name):
            pytest.skip(f"the socket module of this Python does not define {name}")
        # The standard library detects the family by getsockname().
        numbers = () if self.has("getsockname") else (b.family, b.type, b.proto)
        with stdlib.socket(*numbers, fileno=b.dup().detach()) as stdlib_sock:
            stdlib_sock.settimeout(LIMIT)
            assert (stdlib_sock.family, stdlib_sock.type, stdlib_sock.proto) == (b.family, b.type, b.proto)
            for method in ("getsockname", "getpeername"):
                assert outcome(getattr(b, method)) == outcome(getattr(stdlib_sock, method))
            for receive in (recvfrom, recvmsg):
                self.send(a, b, self.payload(0))
                expected = receive(b)
                self.send(a, b, self.payload(0))
                assert expected == receive(stdlib_sock)


class ConnectedTests(_WithStandardLibrary, testing.ConnectedTests):
    """Tests of a family whose sockets listen, connect and accept."""


class DatagramTests(_WithStandardLibrary, testing.DatagramTests):
    """Tests of a family whose sockets send messages to addresses."""


class RequestTests(_WithStandardLibrary, testing.RequestTests):
    """Tests of a family whose sockets send requests to the kernel or a device."""
