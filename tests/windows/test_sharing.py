"""socket.share and fromshare on Windows: within a process, between processes, and with invalid arguments."""

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
from outcomes import Broken, Index, assert_same, outcome

import sockcore

if sys.platform != "win32":
    pytest.skip("only Windows has the method", allow_module_level=True)

SIZE = 628
FAMILY_OFFSET, TYPE_OFFSET, PROTO_OFFSET = 76, 88, 92


@pytest.fixture
def shared() -> Any:
    """Yield a listening socket, and its shared bytes for this process."""
    with sockcore.create_server(("127.0.0.1", 0)) as server:
        yield server, server.share(os.getpid())


@pytest.mark.parametrize("sock_type", ["SOCK_STREAM", "SOCK_DGRAM"])
@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6"])
def test_fromshare_in_same_process_returns_duplicate(family: str, sock_type: str) -> None:
    def call(module: Any) -> object:
        with module.socket(getattr(module, family), getattr(module, sock_type)) as first:
            first.bind(("127.0.0.1" if family == "AF_INET" else "::1", 0))
            info = first.share(os.getpid())
            assert (type(info), len(info)) == (bytes, SIZE)
            with module.fromshare(info) as second:
                assert type(second) is module.socket
                assert second.fileno() != first.fileno()
                assert second.getsockname() == first.getsockname()
                return int(second.family), int(second.type), second.proto, second.gettimeout(), second.get_inheritable()

    result = assert_same(call)
    assert result[1][3:] == (None, False)


def test_share_and_fromshare_work_across_modules() -> None:
    for sharing, receiving in ((standard, sockcore), (sockcore, standard)):
        module: Any = sharing
        with module.create_server(("127.0.0.1", 0)) as server:
            address = server.getsockname()
            duplicate: Any = receiving.fromshare(server.share(os.getpid()))  # type: ignore[attr-defined]
        with duplicate, module.create_connection(address, 60) as client:
            peer, _ = duplicate.accept()
            with peer:
                client.sendall(b"to the duplicate")
                assert peer.recv(100) == b"to the duplicate"
                peer.sendall(b"the answer")
                assert client.recv(100) == b"the answer"


def test_fromshare_sets_default_timeout() -> None:
    def call(module: Any) -> object:
        with module.socket() as first:
            info = first.share(os.getpid())
        module.setdefaulttimeout(2.5)
        try:
            with module.fromshare(info) as second:
                return second.gettimeout()
        finally:
            module.setdefaulttimeout(None)

    assert assert_same(call) == (float, 2.5)


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


def test_fromshare_in_other_process_returns_duplicate() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert child.stdout is not None
        pid = int(child.stdout.readline())
        with sockcore.create_server(("127.0.0.1", 0)) as server:
            address = server.getsockname()
            info = server.share(pid)
        # The socket is closed in this process, and open in the child.
        with sockcore.create_connection(address, 60) as client:
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


def test_share_with_process_that_does_not_call_fromshare() -> None:
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
def test_share_invalid_process_id_raises_error_of_standard_library(pid: object, closed: bool) -> None:
    def call(module: Any) -> object:
        with module.socket() as sock:
            if closed:
                sock.close()
            return sock.share(pid)

    assert assert_same(call)[0] in (OSError, TypeError, ZeroDivisionError)


@pytest.mark.parametrize("pid", [os.getpid() + 2**32, Index(os.getpid())], ids=["wide", "index"])
def test_share_truncates_process_id_and_accepts_index_method(pid: Any) -> None:
    with sockcore.socket() as sock, sockcore.fromshare(sock.share(pid)) as duplicate:
        assert duplicate.family == sockcore.AF_INET


@pytest.mark.parametrize(
    "info",
    [b"", b"x", bytes(SIZE - 1), bytes(SIZE + 1), bytes(SIZE), b"\xff" * SIZE, bytes(i * 7 % 256 for i in range(SIZE)),
     bytearray(SIZE), memoryview(bytes(SIZE)), "x" * SIZE, 1.5, (), None, 5, -1],
    ids=lambda value: f"{type(value).__name__}-{len(value) if hasattr(value, '__len__') else value}",
)  # fmt: skip
def test_fromshare_invalid_info_raises_error_of_standard_library(info: object) -> None:
    assert assert_same(lambda module: module.fromshare(info))[0] in (ValueError, OSError, TypeError)


@given(st.binary(max_size=2 * SIZE))
def test_fromshare_wrong_size_raises_value_error(info: bytes) -> None:
    expected = OSError if len(info) == SIZE else ValueError
    with pytest.raises(expected):
        sockcore.fromshare(info)


def test_fromshare_truncated_or_longer_info_raises_value_error(shared: Any) -> None:
    _, info = shared
    for invalid in (info[:-1], info + b"\0"):
        with pytest.raises(ValueError, match=r"^socket descriptor string has wrong size, should be 628 bytes\.$"):
            sockcore.fromshare(invalid)
    sockcore.fromshare(info).close()


@pytest.mark.parametrize(
    ("offset", "number"), [(FAMILY_OFFSET, 99), (FAMILY_OFFSET, 34), (TYPE_OFFSET, 77), (PROTO_OFFSET, -5)]
)
def test_fromshare_takes_family_type_and_protocol_from_bytes(offset: int, number: int) -> None:
    def call(module: Any) -> object:
        with module.socket() as sock:
            info = bytearray(sock.share(os.getpid()))
        struct.pack_into("<i", info, offset, number)
        with module.fromshare(bytes(info)) as duplicate:
            return int(duplicate.family), int(duplicate.type), duplicate.proto

    assert number in assert_same(call)[1]


def test_fromshare_accepts_subclass_of_bytes(shared: Any) -> None:
    class Info(bytes):
        pass

    server, info = shared
    with sockcore.fromshare(Info(info)) as duplicate:
        assert duplicate.getsockname() == server.getsockname()


def is_open(fd: int) -> bool:
    result: tuple[Any, ...] = outcome(lambda: sockcore.socket(fileno=fd).detach())
    return result[0] is int


def raise_in_audit_hook(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.__new__" and HookError.enabled:
        HookError.calls.append(arguments[1:])
        raise HookError


class HookError(Exception):
    enabled = False
    calls: list[tuple[object, ...]] = []


def test_fromshare_audit_hook_that_raises_does_not_consume_info(shared: Any) -> None:
    """The audit event socket.__new__ is raised before the system call.

    The bytes can be used again afterwards.
    """
    server, info = shared
    sys.addaudithook(raise_in_audit_hook)
    HookError.calls.clear()
    HookError.enabled = True
    try:
        with pytest.raises(HookError):
            sockcore.fromshare(info)
    finally:
        HookError.enabled = False
    assert HookError.calls == [(2, 1, struct.unpack_from("<i", info, PROTO_OFFSET)[0])]
    with sockcore.fromshare(info) as sock:
        assert sock.getsockname() == server.getsockname()


def test_fromshare_failure_closes_new_socket(shared: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from sockcore._system import system as backend

    server, info = shared
    fds: list[int] = []

    def fail(fd: int, blocking: bool) -> None:
        fds.append(fd)
        raise MemoryError

    sockcore.setdefaulttimeout(5)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(backend, "set_blocking", fail)
            with pytest.raises(MemoryError):
                sockcore.fromshare(info)
    finally:
        sockcore.setdefaulttimeout(None)
    [fd] = fds
    assert fd != server.fileno()
    assert not is_open(fd)
    assert server.getsockname()


def test_fromshare_and_share_signatures() -> None:
    for module in (standard, sockcore):
        fromshare: Any = module.fromshare  # type: ignore[attr-defined]
        for arguments in ((), (b"", b"")):
            with pytest.raises(TypeError, match="argument"):
                fromshare(*arguments)
        with pytest.raises(ValueError, match="wrong size"):
            fromshare(info=b"")
        with module.socket() as sock, pytest.raises(TypeError, match=r"keyword|positional"):
            sock.share(process_id=1)
