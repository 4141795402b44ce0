"""Handover of an open socket to the standard library and back."""

import gc
import os
import socket
import sys

import pytest

import sockcore
from sockcore.stdlib import from_stdlib, to_stdlib

WINDOWS = sys.platform == "win32"


@pytest.fixture
def pair():
    left, right = sockcore.socketpair() if WINDOWS else sockcore.socketpair(sockcore.AF_UNIX, sockcore.SOCK_STREAM)
    with left, right:
        yield left, right


def is_open(fd):
    try:
        if WINDOWS:
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=fd)
            try:
                return sock.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) > 0
            finally:
                sock.detach()
        os.fstat(fd)
    except OSError:
        return False
    return True


def test_to_stdlib_and_from_stdlib_move_descriptor(pair):
    left, right = pair
    fd = left.fileno()
    standard = to_stdlib(left)
    assert type(standard) is socket.socket
    assert (standard.fileno(), left.fileno()) == (fd, -1)
    standard.sendall(b"request")
    assert right.recv(10) == b"request"
    back = from_stdlib(standard)
    assert type(back) is sockcore.socket
    assert (back.fileno(), standard.fileno()) == (fd, -1)
    right.sendall(b"response")
    assert back.recv(10) == b"response"
    back.close()
    assert not is_open(fd)


def test_close_after_handover_does_not_close_descriptor(pair):
    left, right = pair
    standard = to_stdlib(left)
    left.close()
    del left
    gc.collect()
    standard.sendall(b"open")
    assert right.recv(10) == b"open"
    back = from_stdlib(standard)
    standard.close()
    assert is_open(back.fileno())
    back.close()


def has_blocking_mode_of(sock, timeout):
    # On Windows the blocking mode cannot be read.
    return WINDOWS or os.get_blocking(sock.fileno()) == (timeout is None)


@pytest.mark.parametrize("timeout", [None, 0.0, 1.5])
def test_handover_keeps_timeout_regardless_of_defaults(pair, timeout):
    left, _ = pair
    left.settimeout(timeout)
    socket.setdefaulttimeout(7)
    sockcore.setdefaulttimeout(8)
    try:
        with to_stdlib(left) as standard:
            assert standard.gettimeout() == timeout
            assert has_blocking_mode_of(standard, timeout)
            with from_stdlib(standard) as back:
                assert back.gettimeout() == timeout
                assert has_blocking_mode_of(back, timeout)
    finally:
        socket.setdefaulttimeout(None)
        sockcore.setdefaulttimeout(None)


@pytest.mark.parametrize(
    ("family", "type", "proto"),
    [
        ("AF_INET", "SOCK_STREAM", "IPPROTO_TCP"),
        ("AF_INET", "SOCK_DGRAM", "IPPROTO_UDP"),
        ("AF_INET6", "SOCK_STREAM", "IPPROTO_TCP"),
        pytest.param(
            "AF_UNIX",
            "SOCK_SEQPACKET",
            "",
            marks=pytest.mark.skipif(WINDOWS, reason="the standard library does not support AF_UNIX on Windows"),
        ),
    ],
)
def test_handover_keeps_family_type_and_protocol(family, type, proto):
    arguments = [getattr(sockcore, family), getattr(sockcore, type), getattr(sockcore, proto) if proto else 0]
    with sockcore.socket(*arguments) as sock, to_stdlib(sock) as standard:
        if WINDOWS:
            arguments[2] = 0  # on Windows the standard library does not read the protocol of a descriptor
        assert [standard.family, standard.type, standard.proto] == arguments
        assert standard.family.name == family
        with from_stdlib(standard) as back:
            assert [back.family, back.type, back.proto] == arguments
            assert back.family is sockcore.AddressFamily[family]


def test_to_stdlib_subclass_returns_plain_class(pair):
    class DerivedSocket(sockcore.socket):
        pass

    left, right = pair
    derived = DerivedSocket(fileno=left.detach())
    with to_stdlib(derived) as standard:
        assert type(standard) is socket.socket
        standard.sendall(b"x")
    assert right.recv(1) == b"x"


def test_from_stdlib_accepts_low_level_sockets():
    import _socket

    lower = _socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with from_stdlib(lower) as sock:
        assert lower.fileno() == -1
        assert sock.type == sockcore.SOCK_DGRAM


@pytest.mark.parametrize("wrong", [None, 3, "socket", object()])
def test_handover_of_non_socket_raises_type_error(wrong):
    type_name = type(wrong).__name__
    with pytest.raises(TypeError, match=rf"^to_stdlib\(\) takes a sockcore socket, not builtins\.{type_name}$"):
        to_stdlib(wrong)
    with pytest.raises(TypeError, match=r"^from_stdlib\(\) takes a socket of the standard library, not builtins\."):
        from_stdlib(wrong)


def test_handover_of_wrong_library_raises_and_keeps_socket(pair):
    left, right = pair
    with pytest.raises(TypeError, match="not sockcore"):
        from_stdlib(left)
    with socket.socket() as standard:
        with pytest.raises(TypeError, match=r"not socket\.socket"):
            to_stdlib(standard)
        assert is_open(standard.fileno())
    left.sendall(b"still open")
    assert right.recv(20) == b"still open"


def test_from_stdlib_ssl_socket_raises_and_keeps_socket():
    ssl = pytest.importorskip("ssl")
    context = ssl.create_default_context()
    with context.wrap_socket(socket.socket(), server_hostname="localhost") as secure:
        with pytest.raises(TypeError, match="its encryption would stay behind"):
            from_stdlib(secure)
        assert is_open(secure.fileno())


def test_handover_of_closed_socket_raises_oserror(pair):
    left, _ = pair
    left.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        to_stdlib(left)
    standard = socket.socket()
    standard.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        from_stdlib(standard)
