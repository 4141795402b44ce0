"""Handing an open socket to the standard library and back."""

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
    here, there = sockcore.socketpair() if WINDOWS else sockcore.socketpair(sockcore.AF_UNIX, sockcore.SOCK_STREAM)
    with here, there:
        yield here, there


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


def test_descriptor_moves_to_the_standard_library_and_back(pair):
    here, there = pair
    fd = here.fileno()
    standard = to_stdlib(here)
    assert type(standard) is socket.socket
    assert (standard.fileno(), here.fileno()) == (fd, -1)
    standard.sendall(b"there")
    assert there.recv(10) == b"there"
    again = from_stdlib(standard)
    assert type(again) is sockcore.socket
    assert (again.fileno(), standard.fileno()) == (fd, -1)
    there.sendall(b"and back")
    assert again.recv(10) == b"and back"
    again.close()
    assert not is_open(fd)


def test_closing_what_was_handed_over_does_nothing(pair):
    here, there = pair
    standard = to_stdlib(here)
    here.close()
    del here
    gc.collect()
    standard.sendall(b"open")
    assert there.recv(10) == b"open"
    back = from_stdlib(standard)
    standard.close()
    assert is_open(back.fileno())
    back.close()


def says_blocking(sock, timeout):
    # Windows tells nobody.
    return WINDOWS or os.get_blocking(sock.fileno()) == (timeout is None)


@pytest.mark.parametrize("timeout", [None, 0.0, 1.5])
def test_timeout_is_kept_whatever_the_defaults_are(pair, timeout):
    here, _ = pair
    here.settimeout(timeout)
    socket.setdefaulttimeout(7)
    sockcore.setdefaulttimeout(8)
    try:
        with to_stdlib(here) as standard:
            assert standard.gettimeout() == timeout
            assert says_blocking(standard, timeout)
            with from_stdlib(standard) as back:
                assert back.gettimeout() == timeout
                assert says_blocking(back, timeout)
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
            marks=pytest.mark.skipif(WINDOWS, reason="the standard module has no AF_UNIX"),
        ),
    ],
)
def test_family_type_and_protocol_are_kept(family, type, proto):
    wanted = [getattr(sockcore, family), getattr(sockcore, type), getattr(sockcore, proto) if proto else 0]
    with sockcore.socket(*wanted) as sock, to_stdlib(sock) as standard:
        if WINDOWS:
            wanted[2] = 0  # there the standard module's sockets of a descriptor have no protocol
        assert [standard.family, standard.type, standard.proto] == wanted
        assert standard.family.name == family
        with from_stdlib(standard) as back:
            assert [back.family, back.type, back.proto] == wanted
            assert back.family is sockcore.AddressFamily[family]


def test_a_subclass_is_taken_and_the_plain_class_given(pair):
    class Mine(sockcore.socket):
        pass

    here, there = pair
    mine = Mine(fileno=here.detach())
    with to_stdlib(mine) as standard:
        assert type(standard) is socket.socket
        standard.sendall(b"x")
    assert there.recv(1) == b"x"


def test_standard_sockets_of_the_lower_level_are_taken():
    import _socket

    lower = _socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with from_stdlib(lower) as sock:
        assert lower.fileno() == -1
        assert sock.type == sockcore.SOCK_DGRAM


@pytest.mark.parametrize("wrong", [None, 3, "socket", object()])
def test_what_is_no_socket_is_refused(wrong):
    kind = type(wrong).__name__
    with pytest.raises(TypeError, match=rf"^to_stdlib\(\) takes a sockcore socket, not builtins\.{kind}$"):
        to_stdlib(wrong)
    with pytest.raises(TypeError, match=r"^from_stdlib\(\) takes a socket of the standard library, not builtins\."):
        from_stdlib(wrong)


def test_sockets_of_the_wrong_side_are_refused_and_stay_as_they_are(pair):
    here, there = pair
    with pytest.raises(TypeError, match="not sockcore"):
        from_stdlib(here)
    with socket.socket() as standard:
        with pytest.raises(TypeError, match=r"not socket\.socket"):
            to_stdlib(standard)
        assert is_open(standard.fileno())
    here.sendall(b"still here")
    assert there.recv(20) == b"still here"


def test_ssl_socket_is_refused_and_stays_open():
    ssl = pytest.importorskip("ssl")
    context = ssl.create_default_context()
    with context.wrap_socket(socket.socket(), server_hostname="localhost") as secure:
        with pytest.raises(TypeError, match="its encryption would stay behind"):
            from_stdlib(secure)
        assert is_open(secure.fileno())


def test_closed_sockets_are_refused(pair):
    here, _ = pair
    here.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        to_stdlib(here)
    standard = socket.socket()
    standard.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        from_stdlib(standard)
