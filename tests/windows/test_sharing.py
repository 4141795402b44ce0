"""socket.share and fromshare on Windows: within a process, into another, and of what is no shared socket."""

from __future__ import annotations

import os
import socket as standard
import struct
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outcomes import Broken, Index, outcome, same

import sockcore

if sys.platform != "win32":
    pytest.skip("the method is Windows'", allow_module_level=True)

SIZE = 628
FAMILY_AT, TYPE_AT, PROTO_AT = 76, 88, 92


@pytest.fixture
def shared() -> Any:
    """A listening socket, and bytes of it for this process."""
    with sockcore.create_server(("127.0.0.1", 0)) as server:
        yield server, server.share(os.getpid())


@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_DGRAM"])
@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6"])
def test_within_this_process(family: str, kind: str) -> None:
    def call(module: Any) -> object:
        with module.socket(getattr(module, family), getattr(module, kind)) as first:
            first.bind(("127.0.0.1" if family == "AF_INET" else "::1", 0))
            info = first.share(os.getpid())
            assert (type(info), len(info)) == (bytes, SIZE)
            with module.fromshare(info) as second:
                assert type(second) is module.socket
                assert second.fileno() != first.fileno()
                assert second.getsockname() == first.getsockname()
                return int(second.family), int(second.type), second.proto, second.gettimeout(), second.get_inheritable()

    found = same(call)
    assert found[1][3:] == (None, False)


def test_both_sides_talk_to_each_other() -> None:
    for here, there in ((standard, sockcore), (sockcore, standard)):
        module: Any = here
        with module.create_server(("127.0.0.1", 0)) as server:
            address = server.getsockname()
            taken: Any = there.fromshare(server.share(os.getpid()))  # type: ignore[attr-defined]
        with taken, module.create_connection(address, 10) as client:
            peer, _ = taken.accept()
            with peer:
                client.sendall(b"to the duplicate")
                assert peer.recv(100) == b"to the duplicate"
                peer.sendall(b"and back")
                assert client.recv(100) == b"and back"


def test_the_default_timeout_is_that_of_a_new_socket() -> None:
    def call(module: Any) -> object:
        with module.socket() as first:
            info = first.share(os.getpid())
        module.setdefaulttimeout(2.5)
        try:
            with module.fromshare(info) as second:
                return second.gettimeout()
        finally:
            module.setdefaulttimeout(None)

    assert same(call) == (float, 2.5)


CHILD = """
import os, sys
sys.stdout.write(str(os.getpid()) + "\\n")
sys.stdout.flush()
import sockcore
sock = sockcore.fromshare(sys.stdin.buffer.read())
with sock:
    connection, address = sock.accept()
    with connection:
        connection.sendall(connection.recv(100).upper())
        assert connection.recv(1) == b""
print(int(sock.family), sock.type == sockcore.SOCK_STREAM, "done")
"""


def test_into_another_process() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert child.stdout is not None
        pid = int(child.stdout.readline())
        with sockcore.create_server(("127.0.0.1", 0)) as server:
            address = server.getsockname()
            info = server.share(pid)
        # The socket is closed here: that of the child is another handle of the same.
        with sockcore.create_connection(address, 30) as client:
            assert child.stdin is not None
            child.stdin.write(info)
            child.stdin.close()
            child.stdin = None
            client.sendall(b"shared")
            assert client.recv(100) == b"SHARED"
        out, err = child.communicate(timeout=60)
    finally:
        child.kill()
        child.wait()
    assert (child.returncode, out.split(), err) == (0, [b"2", b"True", b"done"], b"")


def test_for_a_process_that_never_takes_it() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        with sockcore.socket(sockcore.AF_INET) as sock:
            info = sock.share(child.pid)
            assert len(info) == SIZE
        child.communicate(b"\n", timeout=60)
    assert child.returncode == 0


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
@pytest.mark.parametrize(
    "pid",
    [0, 1, 4, -1, 2**32 - 1, 2**32, 999_999, 2**100, True, Index(0), Broken(), None, "x", 1.0, b"1", []],
    ids=lambda value: type(value).__name__ if type(value) in (Index, Broken) else repr(value),
)
def test_no_process(pid: object, closed: bool) -> None:
    def call(module: Any) -> object:
        with module.socket() as sock:
            if closed:
                sock.close()
            return sock.share(pid)

    assert same(call)[0] in (OSError, TypeError, ZeroDivisionError)


@pytest.mark.parametrize("pid", [os.getpid() + 2**32, Index(os.getpid())], ids=["wide", "index"])
def test_a_process_by_another_number(pid: Any) -> None:
    with sockcore.socket() as sock, sockcore.fromshare(sock.share(pid)) as again:
        assert again.family == sockcore.AF_INET


@pytest.mark.parametrize(
    "info",
    [b"", b"x", bytes(SIZE - 1), bytes(SIZE + 1), bytes(SIZE), b"\xff" * SIZE, bytes(i * 7 % 256 for i in range(SIZE)),
     bytearray(SIZE), memoryview(bytes(SIZE)), "x" * SIZE, 1.5, (), None, 5, -1],
    ids=lambda value: f"{type(value).__name__}-{len(value) if hasattr(value, '__len__') else value}",
)  # fmt: skip
def test_rubbish(info: object) -> None:
    assert same(lambda module: module.fromshare(info))[0] in (ValueError, OSError, TypeError)


@given(st.binary(max_size=2 * SIZE))
def test_bytes_of_any_number(info: bytes) -> None:
    expected = OSError if len(info) == SIZE else ValueError
    with pytest.raises(expected):
        sockcore.fromshare(info)


def test_wrong_size_of_what_was_right(shared: Any) -> None:
    _, info = shared
    for wrong in (info[:-1], info + b"\0"):
        with pytest.raises(ValueError, match=r"^socket descriptor string has wrong size, should be 628 bytes\.$"):
            sockcore.fromshare(wrong)
    sockcore.fromshare(info).close()


@pytest.mark.parametrize(("at", "number"), [(FAMILY_AT, 99), (FAMILY_AT, 34), (TYPE_AT, 77), (PROTO_AT, -5)])
def test_numbers_are_those_of_the_bytes(at: int, number: int) -> None:
    def call(module: Any) -> object:
        with module.socket() as sock:
            info = bytearray(sock.share(os.getpid()))
        struct.pack_into("<i", info, at, number)
        with module.fromshare(bytes(info)) as again:
            return int(again.family), int(again.type), again.proto

    assert number in same(call)[1]


def test_a_subclass_of_bytes(shared: Any) -> None:
    class Info(bytes):
        pass

    server, info = shared
    with sockcore.fromshare(Info(info)) as again:
        assert again.getsockname() == server.getsockname()


def is_open(fd: int) -> bool:
    found: tuple[Any, ...] = outcome(lambda: sockcore.socket(fileno=fd).detach())
    return found[0] is int


def refusing(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.__new__" and Refusal.wanted:
        Refusal.seen.append(arguments[1:])
        raise Refusal


class Refusal(Exception):
    wanted = False
    seen: list[tuple[object, ...]] = []


def test_audit(shared: Any) -> None:
    """A hook is told of the new socket, and may refuse it, before there is one: the bytes are as good as before."""
    server, info = shared
    sys.addaudithook(refusing)
    Refusal.seen.clear()
    Refusal.wanted = True
    try:
        with pytest.raises(Refusal):
            sockcore.fromshare(info)
    finally:
        Refusal.wanted = False
    assert Refusal.seen == [(2, 1, struct.unpack_from("<i", info, PROTO_AT)[0])]
    with sockcore.fromshare(info) as sock:
        assert sock.getsockname() == server.getsockname()


def test_a_socket_that_fails_later_is_closed(shared: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from sockcore._system.selection import system as backend

    server, info = shared
    tried: list[int] = []

    def fail(fd: int, blocking: bool) -> None:
        tried.append(fd)
        raise MemoryError

    sockcore.setdefaulttimeout(5)
    try:
        with monkeypatch.context() as changed:
            changed.setattr(backend, "set_blocking", fail)
            with pytest.raises(MemoryError):
                sockcore.fromshare(info)
    finally:
        sockcore.setdefaulttimeout(None)
    [fd] = tried
    assert fd != server.fileno()
    assert not is_open(fd)
    assert server.getsockname()


def test_what_the_function_takes() -> None:
    for module in (standard, sockcore):
        fromshare: Any = module.fromshare  # type: ignore[attr-defined]
        for arguments in ((), (b"", b"")):
            with pytest.raises(TypeError, match="argument"):
                fromshare(*arguments)
        with pytest.raises(ValueError, match="wrong size"):
            fromshare(info=b"")
        with module.socket() as sock, pytest.raises(TypeError, match=r"keyword|positional"):
            sock.share(process_id=1)
