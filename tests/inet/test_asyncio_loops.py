"""asyncio on sockcore with each event loop of the system: TCP and UDP, IPv4 and IPv6."""

from __future__ import annotations

import asyncio
import pathlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAM = str(pathlib.Path(__file__).parent / "asyncio_loopback.py")
LOOPS = [name for name in ("SelectorEventLoop", "ProactorEventLoop") if hasattr(asyncio, name)]


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_event_loop_exchanges_data_over_loopback(
    loop: str, host: str, run_python: Callable[..., str], request: pytest.FixtureRequest
) -> None:
    if ":" in host:
        request.getfixturevalue("ipv6")
    printed = run_python("-X", "dev", "-W", "error", "-m", "sockcore", "run", PROGRAM, loop, host)
    assert printed.splitlines() == [
        "streams 8",
        "refused ConnectionRefusedError",
        "by_hand b'by hand'",
        "datagrams b'datagramdatagram'",
    ]
