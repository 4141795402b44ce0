"""Methods of a closed or detached socket.

They raise EBADF if they make a system call, and return a value otherwise.
"""

from __future__ import annotations

import io

import implementations
import pytest
from systems import CLOSED, LOCAL, WINDOWS, loopback, system_error

import sockcore

ADDRESS = loopback(9)
BUFFER = bytearray(4)

REFUSED = {
    "accept": lambda s: s.accept(),
    "bind": lambda s: s.bind(ADDRESS),
    "connect": lambda s: s.connect(ADDRESS),
    "dup": lambda s: s.dup(),
    "get_inheritable": lambda s: s.get_inheritable(),
    "getpeername": lambda s: s.getpeername(),
    "getsockname": lambda s: s.getsockname(),
    "getsockopt": lambda s: s.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_TYPE),
    "getsockopt of bytes": lambda s: s.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_TYPE, 4),
    "listen": lambda s: s.listen(),
    "recv": lambda s: s.recv(1),
    "recv with flags": lambda s: s.recv(1, sockcore.MSG_PEEK),
    "recv_into": lambda s: s.recv_into(BUFFER),
    "recv_into with flags": lambda s: s.recv_into(BUFFER, 0, sockcore.MSG_PEEK),
    "recvfrom": lambda s: s.recvfrom(1),
    "recvfrom_into": lambda s: s.recvfrom_into(BUFFER),
    "recvmsg": lambda s: s.recvmsg(1),
    "recvmsg_into": lambda s: s.recvmsg_into([BUFFER]),
    "recvmmsg": lambda s: s.recvmmsg(1, 1),
    "recvmmsg_into": lambda s: s.recvmmsg_into([BUFFER]),
    "send": lambda s: s.send(b"x"),
    "send of nothing": lambda s: s.send(b""),
    "send with flags": lambda s: s.send(b"x", sockcore.MSG_DONTROUTE),
    "sendall": lambda s: s.sendall(b"x"),
    "sendall of nothing": lambda s: s.sendall(b""),
    "sendfile": lambda s: s.sendfile(io.BytesIO(b"x")),
    "sendmsg": lambda s: s.sendmsg([b"x"]),
    "sendmmsg": lambda s: s.sendmmsg([b"x"]),
    "sendmmsg to": lambda s: s.sendmmsg([(b"x", ADDRESS)]),
    "sendmsg to": lambda s: s.sendmsg([b"x"], [], 0, ADDRESS),
    "sendto": lambda s: s.sendto(b"x", ADDRESS),
    "set_inheritable": lambda s: s.set_inheritable(True),
    "setblocking": lambda s: s.setblocking(True),
    "setsockopt": lambda s: s.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_KEEPALIVE, 0),
    "setsockopt of bytes": lambda s: s.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_KEEPALIVE, b"0000"),
    "settimeout": lambda s: s.settimeout(1),
    "shutdown": lambda s: s.shutdown(sockcore.SHUT_RDWR),
    "reading a file": lambda s: s.makefile("rb").read(1),
    "writing a file": lambda s: s.makefile("wb", buffering=0).write(b"x"),
}
ANSWERED = {
    "close": None, "connect_ex": CLOSED, "detach": -1, "fileno": -1, "getblocking": True, "gettimeout": None,
}  # fmt: skip


@pytest.fixture(params=["closed", "detached", "timeout"])
def gone(request, pair):
    one, _ = pair()
    if request.param == "timeout":
        one.settimeout(5)
    if request.param == "detached":
        sockcore.close(one.detach())
    one.close()
    return one


@pytest.mark.parametrize("method", REFUSED)
def test_closed_socket_method_raises_ebadf(gone, method):
    expected = system_error(CLOSED)
    if WINDOWS and method.endswith("inheritable"):
        pytest.skip("the handle -1 of a closed socket is the process itself")
    with pytest.raises(OSError) as refusal:
        REFUSED[method](gone)
    assert (refusal.value.errno, str(refusal.value)) == (expected.errno, str(expected))


@pytest.mark.parametrize("method", ANSWERED)
def test_closed_socket_method_without_system_call_returns_its_value(pair, method):
    one, _ = pair()
    one.close()
    arguments = (ADDRESS,) if method == "connect_ex" else ()
    assert getattr(one, method)(*arguments) == ANSWERED[method]


def test_recv_of_zero_bytes_makes_no_system_call(pair):
    one, two = pair(sockcore.SOCK_DGRAM)
    two.send(b"kept")
    for _ in range(2):
        assert (one.recv(0), one.recv_into(bytearray())) == (b"", 0)
    assert one.recv(9) == b"kept"
    one.close()
    assert (one.recv(0), one.recv_into(bytearray())) == (b"", 0)


def test_closed_socket_methods_are_all_tested():
    public = {name for name in dir(sockcore.socket) if not name.startswith("_")}
    properties = {"family", "type", "proto", "timeout"}
    here = {name.split()[0] for name in (*REFUSED, *ANSWERED)}
    from sockcore._plugins.discovery import registry

    assert public - properties - {*registry().socket_methods} - {"makefile"} <= here


def test_closed_socket_keeps_its_attributes(pair):
    one, _ = pair()
    before = one.family, one.type, one.proto
    one.close()
    assert (one.family, one.type, one.proto) == before
    assert "[closed] fd=-1" in repr(one)


def test_closed_socket_makefile_returns_a_file(pair):
    one, _ = pair()
    one.close()
    with one.makefile("rb") as file:
        assert file.fileno() == -1


def test_closed_socket_as_context_manager_is_accepted(pair):
    one, _ = pair()
    one.close()
    with one as same:
        assert same is one
    assert one.fileno() == -1


def test_close_of_externally_closed_descriptor_raises_ebadf(pair):
    one, _ = pair()
    sockcore.close(one.fileno())
    for call in (lambda: one.recv(1), one.close):
        with pytest.raises(OSError) as refusal:
            call()
        assert refusal.value.errno == CLOSED
    assert one.fileno() == -1
    one.close()


class Closing:
    """An argument that closes the socket when it is converted, and opens another one with the same descriptor."""

    def __init__(self, sock, number, opened):
        self.sock, self.number, self.opened = sock, number, opened

    def __index__(self):
        if self.sock.fileno() != -1:
            self.sock.close()
            self.opened.append(sockcore.socket(LOCAL, sockcore.SOCK_STREAM))
        return self.number

    def __bool__(self):
        return self.__index__() != 0


CONVERTING = {
    "listen": lambda sock, value: sock.listen(value(1)),
    "shutdown": lambda sock, value: sock.shutdown(value(2)),
    "setblocking": lambda sock, value: sock.setblocking(value(0)),
    "getsockopt level": lambda sock, value: sock.getsockopt(value(sockcore.SOL_SOCKET), sockcore.SO_TYPE),
    "getsockopt size": lambda sock, value: sock.getsockopt(sockcore.SOL_SOCKET, sockcore.SO_TYPE, value(4)),
    "setsockopt level": lambda sock, value: sock.setsockopt(value(sockcore.SOL_SOCKET), sockcore.SO_KEEPALIVE, 1),
    "setsockopt value": lambda sock, value: sock.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_KEEPALIVE, value(1)),
    "setsockopt length": lambda sock, value: sock.setsockopt(
        sockcore.SOL_SOCKET, sockcore.SO_KEEPALIVE, None, value(0)
    ),
    "recv": lambda sock, value: sock.recv(value(1)),
    "recv_into": lambda sock, value: sock.recv_into(bytearray(9), value(1)),
    "recvmsg": lambda sock, value: sock.recvmsg(1, value(0)),
    "recvmmsg": lambda sock, value: sock.recvmmsg(value(1), 1),
    "send": lambda sock, value: sock.send(b"x", value(0)),
    "sendmsg": lambda sock, value: sock.sendmsg([b"x"], [], value(0)),
    "sendmmsg": lambda sock, value: sock.sendmmsg([b"x"], value(0)),
}


@pytest.mark.parametrize("kind", implementations.BOTH)
@pytest.mark.parametrize("method", CONVERTING)
def test_argument_that_closes_the_socket_does_not_select_the_next_descriptor(kind, method):
    """The descriptor is read after the conversion of the arguments."""
    if WINDOWS and method == "setsockopt length":
        pytest.skip("Winsock checks the pointer to the value before the descriptor")
    sock, opened = kind(LOCAL, sockcore.SOCK_STREAM), []
    fd = sock.fileno()
    with pytest.raises(OSError) as refusal:
        CONVERTING[method](sock, lambda number: Closing(sock, number, opened))
    with opened[0]:
        assert WINDOWS or opened[0].fileno() == fd
        assert refusal.value.errno == CLOSED
