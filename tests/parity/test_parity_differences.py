"""Intended differences: the behaviour of the standard library, and that of sockcore."""

from __future__ import annotations

import errno
import socket as standard
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from parity.known import EMULATED, IS_CPYTHON
from parity.system import WINDOWS

import sockcore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

if WINDOWS:
    pytest.skip("the tests need pairs of AF_UNIX", allow_module_level=True)
pytestmark = pytest.mark.skipif(not IS_CPYTHON, reason="the standard module of PyPy has other differences")
linux_only = pytest.mark.skipif(sys.platform != "linux" or EMULATED, reason="needs Linux without emulation")
MODULES = (standard, sockcore)


@pytest.fixture(params=MODULES, ids=["standard", "sockcore"])
def module(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def pair(module: Any) -> Iterator[Callable[..., Any]]:
    opened: list[Any] = []

    def make(sock_type: int = standard.SOCK_STREAM, timeout: float | None = 20) -> Any:
        sockets = module.socketpair(standard.AF_UNIX, sock_type)
        opened.extend(sockets)
        for sock in sockets:
            sock.settimeout(timeout)
        return sockets

    yield make
    for sock in opened:
        sock.close()


def outcome(call: Callable[[], object]) -> object:
    """Return the result of a call, or the errno or the class of its exception."""
    try:
        return call()
    except OSError as exc:
        return exc.errno or type(exc)
    except Exception as exc:
        return type(exc)


def test_recv_waitall_with_timeout_waits_for_all_bytes(module: Any, pair: Callable[..., Any]) -> None:
    one, two = pair()
    two.sendall(b"ab")
    timer = threading.Timer(0.1, two.sendall, [b"cd"])
    timer.start()
    received = one.recv(4, module.MSG_WAITALL)
    timer.join()
    assert received == (b"ab" if module is standard else b"abcd")


@linux_only
def test_recv_into_empty_buffer_returns_length_of_datagram(module: Any, pair: Callable[..., Any]) -> None:
    one, two = pair(standard.SOCK_DGRAM)
    two.send(b"12345678")
    length = one.recv_into(bytearray(), 0, module.MSG_PEEK | module.MSG_TRUNC)
    assert length == (0 if module is standard else 8)


@linux_only
@pytest.mark.parametrize("sock_type", [standard.SOCK_STREAM, standard.SOCK_DGRAM])
def test_sendmsg_more_than_iov_max_buffers_sends_part(module: Any, pair: Callable[..., Any], sock_type: int) -> None:
    one, two = pair(sock_type)
    sent = outcome(lambda: one.sendmsg([b"x"] * 1025))
    if sent != 1024:
        one.send(b"x" * 2000)
    received = outcome(lambda: two.recvmsg_into([bytearray(1) for _ in range(1025)])[0])
    cut = module is sockcore and sock_type == standard.SOCK_STREAM
    assert (sent, received) == ((1024, 1024) if cut else (errno.EMSGSIZE, errno.EMSGSIZE))


def test_getsockopt_more_than_1024_bytes_returns_value(module: Any, pair: Callable[..., Any]) -> None:
    one, _ = pair()
    result = outcome(lambda: one.getsockopt(module.SOL_SOCKET, module.SO_TYPE, 1025))
    assert result == (OSError if module is standard else int(module.SOCK_STREAM).to_bytes(4, sys.byteorder))


@linux_only
def test_setsockopt_accepts_unsigned_value(module: Any, pair: Callable[..., Any]) -> None:
    one, _ = pair()
    # A priority outside 0-6 needs CAP_NET_ADMIN on Linux.
    result = outcome(lambda: one.setsockopt(module.SOL_SOCKET, module.SO_PRIORITY, 2**32 - 1))
    if module is standard:
        assert result in (OverflowError, TypeError)
    else:
        assert result in (None, errno.EPERM)


def test_sendall_timeout_has_characters_written(module: Any, pair: Callable[..., Any]) -> None:
    one, _ = pair(timeout=0.01)
    with pytest.raises(OSError, match="timed out") as caught:
        one.sendall(bytes(1 << 24))
    written = getattr(caught.value, "characters_written", None)
    assert written is None if module is standard else 0 < written < 1 << 24


@linux_only
def test_accept_mptcp_fallback_has_tcp_proto(module: Any) -> None:
    try:
        listener = module.socket(module.AF_INET, module.SOCK_STREAM, 262)
    except OSError:
        pytest.skip("this kernel does not support MPTCP")
    with listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with module.create_connection(listener.getsockname()):
            connection, _ = listener.accept()
            with connection:
                assert connection.proto == (262 if module is standard else module.IPPROTO_TCP)


@linux_only
def test_socket_from_fd_without_address_has_family(module: Any) -> None:
    try:
        opened = module.socket(38, module.SOCK_SEQPACKET)  # AF_ALG
    except OSError:
        pytest.skip("this kernel does not support AF_ALG")
    with opened:
        from_fd = outcome(lambda: module.socket(fileno=opened.fileno()))
        if module is standard:
            assert isinstance(from_fd, int)
        else:
            assert isinstance(from_fd, sockcore.socket)
            assert from_fd.family == 38
            from_fd.detach()
