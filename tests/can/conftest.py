from __future__ import annotations

import socket as standard
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore_can.constants import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Makes a socket object of CAN by a module, on a descriptor of something else.
Opener = "Callable[[Any, int], Any]"

collect_ignore_glob = [] if "AF_CAN" in TABLE else ["test_can_*"]  # only Linux and NetBSD have CAN


@pytest.fixture
def can_socket() -> Iterator[Callable[[Any, int], Any]]:
    """Make a socket object that takes itself for one of CAN, whether the kernel has the family or not.

    Its descriptor is UDP's: every address that is wrong is refused before the system call, and the others by it.
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
