from __future__ import annotations

import errno
import gc
import sys
import weakref
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore import AF_INET, AF_INET6, SOCK_STREAM

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.version_info >= (3, 11):
    from builtins import ExceptionGroup
else:
    from exceptiongroup import ExceptionGroup


@pytest.fixture
def server() -> Iterator[Any]:
    with sockcore.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def unused_address() -> tuple[str, int]:
    """Return an address without a listening socket."""
    with sockcore.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        address: tuple[str, int] = sock.getsockname()
    return address


def test_create_connection_connects(server: Any) -> None:
    with sockcore.create_connection(server.getsockname()) as client:
        peer, address = server.accept()
        with peer:
            assert address == client.getsockname()
            client.sendall(b"hello")
            assert peer.recv(16) == b"hello"
        assert client.gettimeout() is None


def test_create_connection_accepts_host_name(server: Any) -> None:
    with sockcore.create_connection(("localhost", server.getsockname()[1])) as client:
        assert client.getpeername() == server.getsockname()


def test_create_connection_tries_next_address(
    server: Any, unused_address: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    infos = [(AF_INET, SOCK_STREAM, 6, "", unused_address), (AF_INET, SOCK_STREAM, 6, "", server.getsockname())]
    monkeypatch.setattr(sockcore, "getaddrinfo", lambda *args: infos)
    with sockcore.create_connection(("anything", 1)) as client:
        assert client.getpeername() == server.getsockname()


@pytest.mark.parametrize("timeout", [None, 7.5])
def test_create_connection_sets_timeout(server: Any, timeout: float | None) -> None:
    with sockcore.create_connection(server.getsockname(), timeout) as client:
        assert client.gettimeout() == timeout
    with sockcore.create_connection(server.getsockname(), timeout=timeout) as client:
        assert client.gettimeout() == timeout


def test_create_connection_uses_default_timeout(server: Any) -> None:
    sockcore.setdefaulttimeout(42)
    try:
        with sockcore.create_connection(server.getsockname()) as client:
            assert client.gettimeout() == 42
        with sockcore.create_connection(server.getsockname(), None) as client:
            assert client.gettimeout() is None
    finally:
        sockcore.setdefaulttimeout(None)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux routes all of 127/8 to the loopback interface")
def test_create_connection_binds_source_address(server: Any) -> None:
    with sockcore.create_connection(server.getsockname(), source_address=("127.0.0.2", 0)) as client:
        assert client.getsockname()[0] == "127.0.0.2"
    with sockcore.create_connection(server.getsockname(), None, ("", 0)) as client:
        assert client.getsockname()[0] == "127.0.0.1"


def test_create_connection_refused_raises(unused_address: Any) -> None:
    with pytest.raises(ConnectionRefusedError):
        sockcore.create_connection(unused_address)


def test_create_connection_error_filename_is_address(unused_address: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConnectionRefusedError, match=str(unused_address[1])) as caught:
        sockcore.create_connection(unused_address)
    assert caught.value.filename == unused_address
    assert caught.value.args == (errno.ECONNREFUSED, caught.value.strerror) or sys.platform == "win32"
    infos = [(AF_INET, SOCK_STREAM, 6, "", unused_address), (9999, SOCK_STREAM, 0, "", ("other", 7))]
    monkeypatch.setattr(sockcore, "getaddrinfo", lambda *args: infos)
    with pytest.raises(ExceptionGroup) as all_caught:
        sockcore.create_connection(("anything", 1), all_errors=True)
    assert [getattr(exc, "filename", None) for exc in all_caught.value.exceptions] == [unused_address, ("other", 7)]


def test_create_connection_raises_exception_of_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[OSError] = []

    class FailingSocket(sockcore.socket):
        def connect(self, address: Any) -> None:
            raised.append(OSError(errno.EHOSTUNREACH, "no way", "a file") if raised else TimeoutError("timed out"))
            raise raised[-1]

    monkeypatch.setattr(sockcore, "socket", FailingSocket)
    for filename, text in ((None, "timed out"), ("a file", f"[Errno {errno.EHOSTUNREACH}] no way: 'a file'")):
        with pytest.raises(OSError) as caught:
            sockcore.create_connection(("127.0.0.1", 1))
        assert caught.value is raised[-1]
        assert (caught.value.filename, str(caught.value)) == (filename, text)


def test_create_connection_bind_error_filename_is_source_address(server: Any) -> None:
    source = ("192.0.2.1", 0)  # in TEST-NET-1 of RFC 5737, which is not assigned to machines
    with pytest.raises(OSError) as caught:
        sockcore.create_connection(server.getsockname(), source_address=source)
    assert caught.value.filename == source


def test_create_connection_raises_last_error(unused_address: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = (9999, SOCK_STREAM, 0, "", unused_address)
    good = (AF_INET, SOCK_STREAM, 6, "", unused_address)
    monkeypatch.setattr(sockcore, "getaddrinfo", lambda *args: [bad, good])
    with pytest.raises(ConnectionRefusedError):
        sockcore.create_connection(("anything", 1))
    monkeypatch.setattr(sockcore, "getaddrinfo", lambda *args: [good, bad])
    with pytest.raises(OSError) as caught:
        sockcore.create_connection(("anything", 1))
    assert not isinstance(caught.value, ConnectionRefusedError)


def test_create_connection_empty_list_raises_oserror(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockcore, "getaddrinfo", lambda *args: [])
    for all_errors in (False, True):
        with pytest.raises(OSError, match=r"^getaddrinfo returns an empty list$"):
            sockcore.create_connection(("anything", 1), all_errors=all_errors)


def test_create_connection_unknown_host_raises_gaierror() -> None:
    with pytest.raises(sockcore.gaierror):
        sockcore.create_connection(("no.such.host.invalid", 1))


def test_create_connection_all_errors_raises_exception_group(
    unused_address: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = [(AF_INET, SOCK_STREAM, 6, "", unused_address), (9999, SOCK_STREAM, 0, "", unused_address)]
    monkeypatch.setattr(sockcore, "getaddrinfo", lambda *args: twice)
    with pytest.raises(ExceptionGroup, match=r"^create_connection failed") as caught:
        sockcore.create_connection(("anything", 1), all_errors=True)
    first, second = caught.value.exceptions
    assert isinstance(first, ConnectionRefusedError)
    assert isinstance(second, OSError)


def test_create_connection_wrong_source_address_closes_socket(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    created: list[Any] = []

    class RecordedSocket(sockcore.socket):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            created.append(self)

    monkeypatch.setattr(sockcore, "socket", RecordedSocket)
    with pytest.raises(TypeError, match=r"^bind\(\): AF_INET address must be tuple, not str$"):
        sockcore.create_connection(server.getsockname(), source_address="127.0.0.1")
    assert [sock.fileno() for sock in created] == [-1]


@pytest.mark.parametrize("address", [3, None, ("127.0.0.1",), ("127.0.0.1", 1, 2)])
def test_create_connection_wrong_address_raises(address: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        sockcore.create_connection(address)


def test_create_connection_all_errors_is_keyword_only(unused_address: Any) -> None:
    with pytest.raises(TypeError):
        sockcore.create_connection(unused_address, None, None, True)


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="only reference counts show cycles")
@pytest.mark.parametrize("all_errors", [False, True])
def test_create_connection_failure_leaves_no_reference_cycle(all_errors: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    created: list[weakref.ref[Any]] = []

    class RecordedError(OSError):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            created.append(weakref.ref(self))

    class FailingSocket(sockcore.socket):
        def connect(self, address: Any) -> None:
            raise RecordedError("no")

    monkeypatch.setattr(sockcore, "socket", FailingSocket)
    gc.collect()
    gc.disable()
    try:
        try:
            sockcore.create_connection(("127.0.0.1", 1), all_errors=all_errors)
        except Exception:
            pass
        assert created
        assert [ref() for ref in created] == [None] * len(created)
    finally:
        gc.enable()


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="only reference counts show cycles")
def test_create_connection_success_leaves_no_reference_cycle(
    server: Any, unused_address: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    infos = [(AF_INET, SOCK_STREAM, 6, "", unused_address), (AF_INET, SOCK_STREAM, 6, "", server.getsockname())]
    monkeypatch.setattr(sockcore, "getaddrinfo", lambda *args: infos)
    gc.collect()
    gc.disable()
    try:
        sockcore.create_connection(("anything", 1)).close()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_create_connection_failure_closes_socket(unused_address: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    created: list[Any] = []

    class RecordedSocket(sockcore.socket):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            created.append(self)

    monkeypatch.setattr(sockcore, "socket", RecordedSocket)
    with pytest.raises(ConnectionRefusedError):
        sockcore.create_connection(unused_address)
    assert [sock.fileno() for sock in created] == [-1]


@pytest.mark.usefixtures("ipv6")
def test_create_connection_over_ipv6() -> None:
    with sockcore.create_server(("::1", 0), family=AF_INET6) as listener:
        with sockcore.create_connection(listener.getsockname()[:2]) as client:
            assert client.family == AF_INET6
            assert client.getpeername() == listener.getsockname()
