"""Pairs of connected sockets through the loopback interface, because IP does not support socketpair(2)."""

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
def test_pair_is_connected_in_both_directions(codec: Any) -> None:
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
        for sender, receiver in ((one, two), (two, one)):
            receiver.settimeout(60)
            sender.sendall(b"hello")
            assert receiver.recv(16) == b"hello"
        one.close()
        assert two.recv(16) == b""


def test_pair_blocks() -> None:
    one, two = Inet4().pair(SOCK_STREAM, 0)
    with one, two:
        for sender, receiver in ((one, two), (two, one)):
            timer = threading.Timer(0.1, sender.sendall, (b"late",))
            timer.start()
            assert receiver.recv(16) == b"late"
            timer.join()


@CODECS
@pytest.mark.parametrize("sock_type", [SOCK_DGRAM, SOCK_RAW, 0, 99])
def test_pair_other_type_raises_value_error(codec: Any, sock_type: int) -> None:
    with pytest.raises(ValueError, match=r"^Only SOCK_STREAM socket type is supported$"):
        codec.pair(sock_type, 0)


@CODECS
@pytest.mark.parametrize("proto", [6, 17, -1])
def test_pair_other_protocol_raises_value_error(codec: Any, proto: int) -> None:
    with pytest.raises(ValueError, match=r"^Only protocol zero is supported$"):
        codec.pair(SOCK_STREAM, proto)


def test_pair_third_party_connecting_first_raises_connection_error(monkeypatch: pytest.MonkeyPatch) -> None:
    created: list[Any] = []

    class RacingSocket(sockcore.socket):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            created.append(self)

        def listen(self, *args: Any) -> None:
            super().listen(*args)
            created.append(sockcore.create_connection(self.getsockname()))

    monkeypatch.setattr(sockcore, "socket", RacingSocket)
    with pytest.raises(ConnectionError, match=r"^Unexpected peer connection$"):
        loopback.connect_loopback_pair(AF_INET, "127.0.0.1", SOCK_STREAM, 0)
    listener, third_party, *others = created
    third_party.close()
    assert [sock.fileno() for sock in (listener, *others)] == [-1] * (1 + len(others))


def test_pair_can_be_created_repeatedly() -> None:
    for _ in range(50):
        one, two = Inet4().pair(SOCK_STREAM, 0)
        one.close()
        two.close()


def outcome(module: Any, *arguments: Any) -> Any:
    try:
        one, two = module.socketpair(*arguments)
    except Exception as exc:
        return type(exc).__name__, str(exc)
    with one, two:
        one.sendall(b"x")
        return [(sock.family, sock.type, sock.proto, sock.gettimeout()) for sock in (one, two)], two.recv(1)


@pytest.mark.skipif(sys.platform != "win32", reason="this system has socketpair(2), which does not support IP")
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
def test_socketpair_on_windows_matches_stdlib(arguments: Any) -> None:
    import socket as stdlib

    assert outcome(sockcore, *arguments) == outcome(stdlib, *arguments)


@pytest.mark.skipif(sys.platform != "win32", reason="on other systems the default family of socketpair() is AF_UNIX")
def test_socketpair_default_timeout_on_windows_matches_stdlib() -> None:
    import socket as stdlib

    outcomes = []
    for module in (sockcore, stdlib):
        module.setdefaulttimeout(7)
        try:
            outcomes.append(outcome(module))
        finally:
            module.setdefaulttimeout(None)
    assert outcomes[0] == outcomes[1]
