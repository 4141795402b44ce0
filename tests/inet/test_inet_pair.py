"""Pairs of connected sockets through the loopback interface: IP has no pairs of its own."""

from __future__ import annotations

import sys
import threading
from typing import Any

import pytest

import sockcore
from sockcore import AF_INET, AF_INET6, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM
from sockcore_inet import loopback
from sockcore_inet.inet4 import Inet4
from sockcore_inet.inet6 import Inet6

CODECS = pytest.mark.parametrize("codec", [Inet4(), Inet6()], ids=["IPv4", "IPv6"])


@pytest.fixture(autouse=True)
def _ipv6_where_needed(request: pytest.FixtureRequest) -> None:
    params = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    if AF_INET6 in (getattr(params.get("codec"), "number", 0), params.get("family")):
        request.getfixturevalue("ipv6")


@CODECS
def test_data_both_ways(codec: Any) -> None:
    one, two = codec.pair(SOCK_STREAM, 0)
    with one, two:
        assert one.family == two.family == codec.number
        assert one.type is two.type is SOCK_STREAM
        assert (one.proto, two.proto) == (0, 0)
        assert one.getpeername() == two.getsockname()
        assert two.getpeername() == one.getsockname()
        assert one.gettimeout() is two.gettimeout() is None
        assert not one.get_inheritable()
        assert not two.get_inheritable()
        for here, there in ((one, two), (two, one)):
            there.settimeout(10)
            here.sendall(b"hello")
            assert there.recv(16) == b"hello"
        one.close()
        assert two.recv(16) == b""


def test_they_wait() -> None:
    one, two = Inet4().pair(SOCK_STREAM, 0)
    with one, two:
        for here, there in ((one, two), (two, one)):
            timer = threading.Timer(0.1, here.sendall, (b"late",))
            timer.start()
            assert there.recv(16) == b"late"
            timer.join()


@CODECS
@pytest.mark.parametrize("kind", [SOCK_DGRAM, SOCK_RAW, 0, 99])
def test_other_types(codec: Any, kind: int) -> None:
    with pytest.raises(ValueError, match=r"^Only SOCK_STREAM socket type is supported$"):
        codec.pair(kind, 0)


@CODECS
@pytest.mark.parametrize("proto", [6, 17, -1])
def test_other_protocols(codec: Any, proto: int) -> None:
    with pytest.raises(ValueError, match=r"^Only protocol zero is supported$"):
        codec.pair(SOCK_STREAM, proto)


def test_a_stranger_that_is_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    class Raced(sockcore.socket):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            made.append(self)

        def listen(self, *args: Any) -> None:
            super().listen(*args)
            made.append(sockcore.create_connection(self.getsockname()))

    monkeypatch.setattr(sockcore, "socket", Raced)
    with pytest.raises(ConnectionError, match=r"^Unexpected peer connection$"):
        loopback.connect_loopback_pair(AF_INET, "127.0.0.1", SOCK_STREAM, 0)
    listener, stranger, *others = made
    stranger.close()
    assert [sock.fileno() for sock in (listener, *others)] == [-1] * (1 + len(others))


def test_many() -> None:
    for _ in range(50):
        one, two = Inet4().pair(SOCK_STREAM, 0)
        one.close()
        two.close()


def outcome(module: Any, *arguments: Any) -> Any:
    try:
        one, two = module.socketpair(*arguments)
    except Exception as error:
        return type(error).__name__, str(error)
    with one, two:
        one.sendall(b"x")
        return [(sock.family, sock.type, sock.proto, sock.gettimeout()) for sock in (one, two)], two.recv(1)


@pytest.mark.skipif(sys.platform != "win32", reason="socketpair(2) makes them, and Windows has none")
@pytest.mark.parametrize(
    "arguments",
    [
        (),
        (AF_INET,),
        (AF_INET6,),
        (AF_INET, SOCK_STREAM, 0),
        (0,),
        (1,),
        (99,),
        (-1,),
        (AF_INET, SOCK_DGRAM),
        (AF_INET, 99),
        (AF_INET, SOCK_STREAM, 6),
        (AF_INET6, SOCK_STREAM, -1),
    ],
)
def test_socketpair_is_the_standard_librarys_on_windows(arguments: Any) -> None:
    import socket as stdlib

    assert outcome(sockcore, *arguments) == outcome(stdlib, *arguments)


@pytest.mark.skipif(sys.platform != "win32", reason="elsewhere such pairs are of AF_UNIX")
def test_the_default_timeout_on_windows() -> None:
    import socket as stdlib

    found = []
    for module in (sockcore, stdlib):
        module.setdefaulttimeout(7)
        try:
            found.append(outcome(module))
        finally:
            module.setdefaulttimeout(None)
    assert found[0] == found[1]
