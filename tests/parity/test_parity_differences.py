"""Differences that are meant, one by one: what the standard library does today, and what sockcore does."""

from __future__ import annotations

import errno
import socket as standard
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from parity.known import EMULATED, WORDS
from parity.system import WINDOWS

import sockcore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

if WINDOWS:
    pytest.skip("the pairs here are of AF_UNIX", allow_module_level=True)
pytestmark = pytest.mark.skipif(not WORDS, reason="PyPy's standard module has other differences")
of_linux = pytest.mark.skipif(sys.platform != "linux" or EMULATED, reason="what Linux has")
MODULES = (standard, sockcore)


@pytest.fixture(params=MODULES, ids=["standard", "sockcore"])
def module(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def pair(module: Any) -> Iterator[Callable[..., Any]]:
    made: list[Any] = []

    def make(kind: int = standard.SOCK_STREAM, timeout: float | None = 20) -> Any:
        both = module.socketpair(standard.AF_UNIX, kind)
        made.extend(both)
        for sock in both:
            sock.settimeout(timeout)
        return both

    yield make
    for sock in made:
        sock.close()


def outcome(call: Callable[[], object]) -> object:
    """Return the result of a call, or the errno or the class of its exception."""
    try:
        return call()
    except OSError as problem:
        return problem.errno or type(problem)
    except Exception as problem:
        return type(problem)


def test_recv_with_waitall_and_a_timeout_waits_for_all_bytes(module: Any, pair: Callable[..., Any]) -> None:
    one, two = pair()
    two.sendall(b"ab")
    timer = threading.Timer(0.1, two.sendall, [b"cd"])
    timer.start()
    received = one.recv(4, module.MSG_WAITALL)
    timer.join()
    assert received == (b"ab" if module is standard else b"abcd")


@of_linux
def test_recv_into_nothing_returns_the_length_of_a_datagram(module: Any, pair: Callable[..., Any]) -> None:
    one, two = pair(standard.SOCK_DGRAM)
    two.send(b"12345678")
    length = one.recv_into(bytearray(), 0, module.MSG_PEEK | module.MSG_TRUNC)
    assert length == (0 if module is standard else 8)


@of_linux
@pytest.mark.parametrize("kind", [standard.SOCK_STREAM, standard.SOCK_DGRAM])
def test_messages_of_more_buffers_than_iov_max(module: Any, pair: Callable[..., Any], kind: int) -> None:
    one, two = pair(kind)
    sent = outcome(lambda: one.sendmsg([b"x"] * 1025))
    if sent != 1024:
        one.send(b"x" * 2000)
    received = outcome(lambda: two.recvmsg_into([bytearray(1) for _ in range(1025)])[0])
    cut = module is sockcore and kind == standard.SOCK_STREAM
    assert (sent, received) == ((1024, 1024) if cut else (errno.EMSGSIZE, errno.EMSGSIZE))


def test_getsockopt_of_more_than_1024_bytes(module: Any, pair: Callable[..., Any]) -> None:
    one, _ = pair()
    got = outcome(lambda: one.getsockopt(module.SOL_SOCKET, module.SO_TYPE, 1025))
    assert got == (OSError if module is standard else int(module.SOCK_STREAM).to_bytes(4, sys.byteorder))


@of_linux
def test_setsockopt_of_an_unsigned_number(module: Any, pair: Callable[..., Any]) -> None:
    one, _ = pair()
    # Linux refuses a priority that is not in 0-6 to all but CAP_NET_ADMIN, and takes any from that.
    got = outcome(lambda: one.setsockopt(module.SOL_SOCKET, module.SO_PRIORITY, 2**32 - 1))
    if module is standard:
        assert got in (OverflowError, TypeError)
    else:
        assert got in (None, errno.EPERM)


def test_sendall_that_fails_says_how_much_was_sent(module: Any, pair: Callable[..., Any]) -> None:
    one, _ = pair(timeout=0.01)
    with pytest.raises(OSError, match="timed out") as refusal:
        one.sendall(bytes(1 << 24))
    written = getattr(refusal.value, "characters_written", None)
    assert written is None if module is standard else 0 < written < 1 << 24


@of_linux
def test_proto_of_a_connection_that_fell_back(module: Any) -> None:
    try:
        listener = module.socket(module.AF_INET, module.SOCK_STREAM, 262)
    except OSError:
        pytest.skip("this kernel has no MPTCP")
    with listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with module.create_connection(listener.getsockname()):
            connection, _ = listener.accept()
            with connection:
                assert connection.proto == (262 if module is standard else module.IPPROTO_TCP)


@of_linux
def test_family_of_a_descriptor_without_an_address(module: Any) -> None:
    try:
        made = module.socket(38, module.SOCK_SEQPACKET)  # AF_ALG
    except OSError:
        pytest.skip("this kernel has no AF_ALG")
    with made:
        taken = outcome(lambda: module.socket(fileno=made.fileno()))
        if module is standard:
            assert isinstance(taken, int)
        else:
            assert isinstance(taken, sockcore.socket)
            assert taken.family == 38
            taken.detach()
