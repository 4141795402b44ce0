from __future__ import annotations

import socket as standard
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore_can.constants import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Creates a CAN socket object of a module, on the file descriptor of a UDP socket.
Opener = "Callable[[Any, int], Any]"

collect_ignore_glob = [] if "AF_CAN" in TABLE else ["test_can_*"]  # only Linux and NetBSD support CAN


@pytest.fixture
def can_socket() -> Iterator[Callable[[Any, int], Any]]:
    """Return a function that creates a socket object with family AF_CAN.

    The kernel does not need to support CAN, because the file descriptor of the object is a UDP socket. Invalid
    addresses raise before the system call. The system call refuses all other addresses.
    """
    opened: list[Any] = []

    def make(module: Any, proto: int) -> Any:
        with standard.socket(standard.AF_INET, standard.SOCK_DGRAM) as udp:
            sock = module.socket(sockcore.AF_CAN, module.SOCK_DGRAM, proto, fileno=udp.detach())
        opened.append(sock)
        return sock

    yield make
    for sock in opened:
        sock.close()
