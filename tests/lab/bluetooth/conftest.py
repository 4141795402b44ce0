from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import ExitStack

    from bluetooth_machine import Controllers

sys.path.insert(0, str(Path(__file__).resolve().parent))
pytest.register_assert_rewrite("bluetooth_machine")


@pytest.fixture(scope="session")
def controllers() -> Iterator[Controllers]:
    from bluetooth_machine import controllers

    with controllers() as running:
        yield running


@pytest.fixture(autouse=True)
def _running_controllers(controllers: Controllers) -> None:
    controllers.start_again_if_ended()


@pytest.fixture(scope="module")
def rfcomm_session(controllers: Controllers) -> Iterator[None]:
    """Keep a channel open.

    Closing the last channel ends the session of two devices, and resets pending connections.
    """
    from bluetooth_machine import DEVICES

    from sockcore import AF_BLUETOOTH, BTPROTO_RFCOMM, SOCK_STREAM, socket

    unused_channel = 30  # no test connects to it

    def connect(connections: ExitStack) -> None:
        client = connections.enter_context(socket(AF_BLUETOOTH, SOCK_STREAM, BTPROTO_RFCOMM))
        with socket(AF_BLUETOOTH, SOCK_STREAM, BTPROTO_RFCOMM) as server:
            server.bind((DEVICES[1].address, unused_channel))
            server.listen()
            client.bind((DEVICES[0].address, 0))
            client.connect((DEVICES[1].address, unused_channel))
            connections.enter_context(server.accept()[0])

    with controllers.keep_open(connect):
        yield


@pytest.fixture(scope="module")
def held_links(controllers: Controllers) -> Iterator[None]:
    """Keep a BR/EDR and a Low Energy connection of the first two controllers open.

    The kernel ends an idle link after two seconds, and loses a connection request that arrives meanwhile.
    """
    from bluetooth_machine import DEVICES, connected_pair

    from sockcore import BDADDR_LE_PUBLIC

    unused_psm, unused_le_psm = 0x2001, 0x7F  # no test connects to them

    def connect(connections: ExitStack) -> None:
        for rest in ((unused_psm,), (unused_le_psm, 0, BDADDR_LE_PUBLIC)):
            connections.enter_context(connected_pair(*((device.address, *rest) for device in DEVICES[:2])))

    with controllers.keep_open(connect):
        yield
