"""What the tests of CAN share: sockets that are closed when a test ends, and whether nothing comes."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

import sockcore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def can() -> Iterator[Callable[..., Any]]:
    """Open a socket of a protocol, and bind it to an address if there is one."""
    with ExitStack() as stack:

        def opened(proto: int, address: Any = None) -> Any:
            kind = sockcore.SOCK_RAW if proto == sockcore.CAN_RAW else sockcore.SOCK_DGRAM
            sock = stack.enter_context(sockcore.socket(sockcore.AF_CAN, kind, proto))
            sock.settimeout(10)
            if address is not None:
                sock.bind(address)
            return sock

        yield opened


@pytest.fixture
def raw(can: Callable[..., Any]) -> Callable[..., Any]:
    """Open a socket of CAN_RAW, bound to an interface, with options of its level."""

    def opened(interface: str = "vcan0", **values: Any) -> Any:
        sock = can(sockcore.CAN_RAW)
        for name, value in values.items():
            number = getattr(sockcore, f"CAN_RAW_{name}")
            if name == "FILTER":
                sockcore.options.write(sock, sockcore.SOL_CAN_RAW, number, value)
            else:
                sock.setsockopt(sockcore.SOL_CAN_RAW, number, value)
        sock.bind((interface,))
        return sock

    return opened


@pytest.fixture
def received() -> Callable[[Any], list[bytes]]:
    """All that has come to a socket, or comes in a moment: the kernel need not have it there when `send` returns."""

    def all_of(sock: Any) -> list[bytes]:
        found = []
        timeout = sock.gettimeout()
        sock.settimeout(0.2)
        try:
            while True:
                found.append(sock.recv(5000))
        except TimeoutError:
            return found
        finally:
            sock.settimeout(timeout)

    return all_of
