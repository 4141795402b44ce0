"""Fixtures for the tests of AF_CAN, which close their sockets when a test ends."""

from __future__ import annotations

import errno
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import sockcore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

sys.path.insert(0, str(Path(__file__).resolve().parent))
pytest.register_assert_rewrite("can_programs")


@pytest.fixture
def can() -> Iterator[Callable[..., Any]]:
    """Return a function that opens a socket of a protocol.

    The function binds the socket if it has an address.
    """
    with ExitStack() as stack:

        def open_socket(proto: int, address: Any = None) -> Any:
            sock_type = sockcore.SOCK_RAW if proto == sockcore.CAN_RAW else sockcore.SOCK_DGRAM
            sock = stack.enter_context(sockcore.socket(sockcore.AF_CAN, sock_type, proto))
            sock.settimeout(60)
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


@pytest.fixture(scope="module")
def vcan_xl() -> Iterator[None]:
    """Create the interface vcanxl with the MTU of CAN XL."""
    add = "ip link add vcanxl type vcan && ip link set vcanxl mtu 2060 up"
    subprocess.run(["sh", "-c", add], check=True, capture_output=True)
    try:
        with sockcore.socket(sockcore.AF_CAN, sockcore.SOCK_RAW, sockcore.CAN_RAW) as sock:
            try:
                sock.setsockopt(sockcore.SOL_CAN_RAW, sockcore.CAN_RAW_XL_FRAMES, 1)
            except OSError as exc:
                if exc.errno != errno.ENOPROTOOPT:
                    raise
                pytest.skip("this kernel does not support CAN_RAW_XL_FRAMES (Linux 6.1)")
        yield
    finally:
        subprocess.run(["ip", "link", "del", "vcanxl"], check=True, capture_output=True)


@pytest.fixture
def xl(raw: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that opens a socket with CAN XL frames, and sets CAN_RAW_XL_VCID_OPTS."""

    def open_socket(interface: str = "vcanxl", vcid: Any = None, **values: Any) -> Any:
        sock = raw(interface, XL_FRAMES=1, **values)
        if vcid is not None:
            try:
                sockcore.options.write(sock, sockcore.SOL_CAN_RAW, sockcore.CAN_RAW_XL_VCID_OPTS, vcid)
            except OSError as exc:
                if exc.errno != errno.ENOPROTOOPT:
                    raise
                pytest.skip("this kernel does not support CAN_RAW_XL_VCID_OPTS (Linux 6.9)")
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
