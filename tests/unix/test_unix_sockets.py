"""AF_UNIX sockets of all types, bound to paths and abstract names."""

from __future__ import annotations

import errno
import os
import pathlib
import re
import stat
import sys
from typing import Any

import pytest

import sockcore

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has abstract names")
WINDOWS = sys.platform == "win32"
PATH_SIZE = 108 if sys.platform in ("linux", "win32") else 104

CONNECTED = [sockcore.SOCK_STREAM]
if sys.platform == "linux":
    CONNECTED.append(sockcore.SOCK_SEQPACKET)


@pytest.mark.parametrize("sock_type", CONNECTED, ids=str)
@pytest.mark.parametrize(
    "name",
    ["server.sock", b"server.sock", "ü €", "x" * (PATH_SIZE - 1), *([] if WINDOWS else ["\udcff\udcfe"])],
    ids=ascii,
)
def test_connected_sockets_exchange_data(unix: Any, sock_type: int, name: str | bytes) -> None:
    server, client = unix(sock_type), unix(sock_type)
    server.bind(name)
    server.listen()
    assert WINDOWS or stat.S_ISSOCK(os.stat(name).st_mode)
    client.connect(name)
    peer, address = server.accept()
    with peer:
        assert address == ""
        assert (peer.family, peer.type) == (sockcore.AF_UNIX, sock_type)
        client.sendall(b"over the file system")
        assert peer.recv(100) == b"over the file system"
        peer.sendall(b"and back")
        assert client.recv(100) == b"and back"
        assert client.getpeername() == peer.getsockname() == server.getsockname() == os.fsdecode(name)
        assert client.getsockname() == peer.getpeername() == ""


def test_datagram_sockets_exchange_data(unix: Any) -> None:
    server, client, nameless = (unix(sockcore.SOCK_DGRAM) for _ in range(3))
    server.bind("server")
    client.bind(b"client")
    assert client.sendto(b"question", "server") == 8
    data, sender = server.recvfrom(100)
    assert (data, sender) == (b"question", "client")
    server.sendto(b"answer", sender)
    buffer = bytearray(100)
    assert client.recvfrom_into(buffer) == (6, "server")
    assert buffer[:6] == b"answer"
    assert nameless.sendmsg([b"who ", b"am I"], [], 0, "server") == 8
    assert server.recvmsg(100) == (b"who am I", [], 0, None)


def test_seqpacket_preserves_message_boundaries(pair: Any) -> None:
    left, right = pair(sockcore.SOCK_SEQPACKET)
    for message in (b"one", b"two", b"three"):
        left.send(message)
    assert [right.recv(100) for _ in range(3)] == [b"one", b"two", b"three"]
    left.send(b"too long")
    data, _, flags, _ = right.recvmsg(3)
    assert data == b"too"
    assert flags & sockcore.MSG_TRUNC


@pytest.mark.skipif(WINDOWS, reason="Windows does not support pairs of AF_UNIX sockets")
def test_socketpair_default_family_is_unix() -> None:
    left, right = sockcore.socketpair()
    with left, right:
        assert left.family is sockcore.AF_UNIX
        assert left.getsockname() == right.getpeername() == ""
        left.send(b"x")
        assert right.recvfrom(1) == (b"x", None) or sys.platform != "linux"


@pytest.mark.skipif(not WINDOWS, reason="this system supports pairs of AF_UNIX sockets")
def test_socketpair_on_windows_is_inet() -> None:
    pytest.importorskip("sockcore_inet")
    left, right = sockcore.socketpair()
    with left, right:
        assert left.family is sockcore.AF_INET
    with pytest.raises(ValueError, match="AF_INET and AF_INET6"):
        sockcore.socketpair(sockcore.AF_UNIX)


@linux
@pytest.mark.parametrize("form", [bytes, bytearray, memoryview, os.fsdecode], ids=lambda form: form.__name__)
def test_abstract_name_is_bound_and_connected(unix: Any, abstract: bytes, form: Any) -> None:
    server, client = unix(), unix()
    server.bind(form(abstract))
    server.listen()
    client.bind(abstract + b"-client")
    client.connect(form(abstract))
    peer, address = server.accept()
    with peer:
        assert address == abstract + b"-client"
        assert client.getpeername() == peer.getsockname() == abstract
        assert type(server.getsockname()) is bytes
    assert os.listdir(".") == []


@linux
def test_abstract_name_fills_sun_path(unix: Any, abstract: bytes) -> None:
    longest = abstract.ljust(PATH_SIZE, b"\0")
    full, shorter = unix(), unix()
    full.bind(longest)
    assert full.getsockname() == longest
    shorter.bind(longest[:-1])  # a different name, because every byte is significant
    assert shorter.getsockname() == longest[:-1]
    with pytest.raises(OSError, match=r"^AF_UNIX path too long$"):
        unix().bind(longest + b"\0")


@linux
@pytest.mark.parametrize("empty", ["", b"", bytearray()], ids=repr)
def test_bind_empty_name_chooses_abstract_name(unix: Any, empty: Any) -> None:
    first, second = unix(), unix()
    first.bind(empty)
    second.bind(empty)
    names = first.getsockname(), second.getsockname()
    assert names[0] != names[1]
    for name in names:
        assert re.fullmatch(rb"\0[0-9a-f]{5}", name)


@pytest.mark.skipif(WINDOWS, reason="on Windows an unbound socket does not have a name")
def test_getsockname_of_path_that_fills_struct(unix: Any) -> None:
    # Another program may omit the NUL. The kernel accepts the path and returns a length larger than the struct.
    assert unix().getsockname() == ""  # the name of an unbound socket is empty
    sock = unix(sockcore.SOCK_DGRAM)
    header = sockcore.AF_UNIX.to_bytes(2, sys.byteorder)
    path = "p" * PATH_SIZE
    sock.bind(sockcore.RawAddress(header + path.encode()))
    assert sock.getsockname() == path
    assert os.listdir(".") == [path]
    with pytest.raises(OSError, match=r"^AF_UNIX path too long$"):
        unix(sockcore.SOCK_DGRAM).connect(path)
    client = unix(sockcore.SOCK_DGRAM)
    client.connect(sockcore.RawAddress(header + path.encode()))
    assert client.getpeername() == path


@pytest.mark.skipif(WINDOWS, reason="Windows has another message, which test_unix_codec.py tests")
@pytest.mark.parametrize("path", ["seen\0unseen", b"seen\0unseen", "seen\0", bytearray(b"seen\0")])
def test_path_with_nul_raises_value_error(unix: Any, path: Any) -> None:
    unix().bind("seen")
    for operation in ("bind", "connect", "connect_ex"):
        with pytest.raises(ValueError, match=f"^{operation}.*: AF_UNIX path must not contain a NUL$"):
            getattr(unix(), operation)(path)
    with pytest.raises(ValueError, match="AF_UNIX path must not contain a NUL"):
        unix(sockcore.SOCK_DGRAM).sendto(b"x", path)
    assert os.listdir(".") == ["seen"]


def test_path_object_is_bound_and_connected(unix: Any) -> None:
    server, client = unix(), unix()
    server.bind(pathlib.Path("server"))
    server.listen()
    client.connect(pathlib.Path("server"))
    assert client.getpeername() == "server"


@pytest.mark.parametrize("operation", ["bind", "connect", "connect_ex"])
@pytest.mark.parametrize(
    ("address", "expected", "message"),
    [
        (5, TypeError, "a bytes-like object is required, not 'int'"),
        (None, TypeError, "a bytes-like object is required, not 'NoneType'"),
        (("a", 1), TypeError, "a bytes-like object is required, not 'tuple'"),
        ("\ud800", UnicodeEncodeError, "surrogates not allowed"),
        ("x" * PATH_SIZE, OSError, "^AF_UNIX path too long$"),
    ],
    ids=ascii,
)
def test_wrong_address_raises_before_system_call(
    unix: Any, operation: str, address: Any, expected: type[Exception], message: str
) -> None:
    sock = unix(sockcore.SOCK_DGRAM)
    with pytest.raises(expected, match=message):
        getattr(sock, operation)(address)
    with pytest.raises(expected, match=message):
        sock.sendto(b"x", address)
    if address is not None:  # None means that sendmsg() does not get an address
        with pytest.raises(expected, match=message):
            sock.sendmsg([b"x"], [], 0, address)
    sock.close()
    with pytest.raises(expected, match=message):  # not EBADF, because the error precedes the system call
        getattr(sock, operation)(address)


@pytest.mark.skipif(WINDOWS, reason="the expected errors are those of POSIX")
def test_bind_and_connect_raise_kernel_errors(unix: Any) -> None:
    with pytest.raises(FileNotFoundError):
        unix().connect("nobody")
    assert unix().connect_ex("nobody") == errno.ENOENT
    unix().bind("taken")
    with pytest.raises(OSError, match="Address already in use") as caught:
        unix().bind("taken")
    assert caught.value.errno == errno.EADDRINUSE
    with pytest.raises(ConnectionRefusedError):
        unix().connect("taken")
    with pytest.raises(OSError, match="Protocol wrong type") as caught:
        unix(sockcore.SOCK_DGRAM).connect("taken")
    assert caught.value.errno == errno.EPROTOTYPE
    with pytest.raises(NotADirectoryError):
        unix().bind("taken/below")
