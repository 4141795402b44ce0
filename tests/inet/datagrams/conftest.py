"""Fixtures of the tests of sockcore_inet.datagrams, which run with the functions in C and with those in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore_inet import datagrams, datagrams_native, datagrams_pure
from sockcore_inet.datagrams import Datagrams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NOT_BUILT = pytest.mark.skipif(not datagrams_native.is_available(), reason="the functions in C were not built")


@pytest.fixture(params=[pytest.param("c", marks=_NOT_BUILT), "py"], autouse=True)
def functions(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Use one of the implementations, and return its module."""
    module = datagrams_native if request.param == "c" else datagrams_pure
    monkeypatch.setattr(datagrams, "_implementation", lambda: module)
    return module


@pytest.fixture
def udp() -> Iterator[Callable[..., Any]]:
    """Return a function that opens a socket with a timeout, bound to loopback."""
    opened: list[Any] = []

    def open_socket(host: str = "127.0.0.1", timeout: float | None = 10) -> Any:
        family = sockcore.AF_INET6 if ":" in host else sockcore.AF_INET
        try:
            sock = sockcore.socket(family, sockcore.SOCK_DGRAM)
            opened.append(sock)
            if host == "::":
                sock.setsockopt(sockcore.IPPROTO_IPV6, sockcore.IPV6_V6ONLY, 0)
            sock.bind((host, 0))
        except OSError as exc:
            if family == sockcore.AF_INET:
                raise
            pytest.skip(f"this system has no IPv6: {exc}")
        sock.settimeout(timeout)
        return sock

    yield open_socket
    for sock in opened:
        sock.close()


@pytest.fixture(params=["127.0.0.1", "::1"])
def pair(udp: Callable[..., Any], request: pytest.FixtureRequest) -> tuple[Datagrams, Datagrams, Any]:
    """Return a receiver, a sender, and the address of the receiver."""
    receiver = udp(request.param)
    return Datagrams(receiver), Datagrams(udp(request.param)), receiver.getsockname()
