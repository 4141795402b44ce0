"""Fixtures for the tests of AF_CAN, which close their sockets when a test ends."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

import sockcore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def can() -> Iterator[Callable[..., Any]]:
    """Return a function that opens a socket of a protocol.

    The function binds the socket if it has an address.
    """
    with ExitStack() as stack:

        def open_socket(proto: int, address: Any = None) -> Any:
            sock_type = sockcore.SOCK_RAW if proto == sockcore.CAN_RAW else sockcore.SOCK_DGRAM
            sock = stack.enter_context(sockcore.socket(sockcore.AF_CAN, sock_type, proto))
            sock.settimeout(10)
            if address is not None:
                sock.bind(address)
            return sock

        yield open_socket


@pytest.fixture
def raw(can: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that opens a socket of CAN_RAW on an interface.

    The function sets options of SOL_CAN_RAW.
    """

    def open_socket(interface: str = "vcan0", **values: Any) -> Any:
        sock = can(sockcore.CAN_RAW)
        for name, value in values.items():
            number = getattr(sockcore, f"CAN_RAW_{name}")
            if name == "FILTER":
                sockcore.options.write(sock, sockcore.SOL_CAN_RAW, number, value)
            else:
                sock.setsockopt(sockcore.SOL_CAN_RAW, number, value)
        sock.bind((interface,))
        return sock

    return open_socket


@pytest.fixture
def received() -> Callable[[Any], list[bytes]]:
    """Return a function that receives until 0.2 seconds pass without data.

    The kernel may deliver a frame after send() has returned.
    """

    def receive_all(sock: Any) -> list[bytes]:
        received_data = []
        timeout = sock.gettimeout()
        sock.settimeout(0.2)
        try:
            while True:
                received_data.append(sock.recv(5000))
        except TimeoutError:
            return received_data
        finally:
            sock.settimeout(timeout)

    return receive_all
