"""Functions in Python that the native backend calls, which raise exceptions or return objects of other types.

A signal handler may raise an exception in any of them.
"""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING, Any

import pytest
from systems import AF_INET, LOCAL, loopback

import sockcore
from sockcore import _arguments, ancillary
from sockcore._plugins.discovery import registry
from sockcore._sockets import addresses
from sockcore._system import backend, native

if backend.NAME != "native":
    pytest.skip("tests the native backend", allow_module_level=True)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    #: A function with a module, the name of its function, and the function that replaces it.
    Replace = Callable[[Any, str, Any], None]

DGRAM = sockcore.SOCK_DGRAM


class Alarm(BaseException):
    """An exception of a signal handler."""


def raises(*_: object) -> Any:
    raise Alarm


@pytest.fixture
def replace(monkeypatch: pytest.MonkeyPatch) -> Iterator[Replace]:
    """Return a function that replaces a function of a module that the C code calls."""

    def load() -> None:
        native.load_rules()
        native.clear_templates()

    def replace_function(module: Any, name: str, function: Any) -> None:
        monkeypatch.setattr(module, name, function)
        load()

    yield replace_function
    monkeypatch.undo()
    load()


@pytest.mark.parametrize("name", ["codec_for", "contexts_for"])
@pytest.mark.usefixtures("no_leak")
def test_exception_while_a_codec_is_looked_up_propagates(replace: Replace, name: str) -> None:
    replace(addresses, name, raises)
    for _ in range(2):
        with pytest.raises(Alarm):
            sockcore.socket(AF_INET, DGRAM)


def test_socket_without_a_default_family_raises_os_error_before_the_audit_event(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(registry().singles, "socket", raising=False)
    events: list[str] = []
    is_active = True
    sys.addaudithook(lambda event, _: events.append(event) if is_active and event == "socket.__new__" else None)
    with pytest.raises(OSError, match=r"^socket\(\) without a family opens one that sockcore-inet has"):
        sockcore.socket()
    is_active = False
    assert events == []


@pytest.mark.parametrize("sockaddr", [None, "text", bytes(129)])
def test_encoded_address_that_is_not_a_sockaddr_raises_type_error(replace: Replace, sockaddr: Any) -> None:
    replace(addresses, "encode", lambda *_: sockaddr)
    with sockcore.socket(AF_INET, DGRAM) as sock, pytest.raises(TypeError, match=r"must return the bytes"):
        sock.sendto(b"data", loopback(9))


@pytest.mark.parametrize("packed", [None, "text", bytearray(16)])
def test_packed_control_messages_that_are_not_bytes_raise_type_error(replace: Replace, packed: Any) -> None:
    replace(ancillary, "pack", lambda *_: packed)
    with sockcore.socket(LOCAL, DGRAM) as sock, pytest.raises(TypeError, match=r"pack\(\) must return bytes"):
        sock.sendmsg([b"data"], iter([]))


def count_references(item: Any, call: Callable[[], Any], exception: type[BaseException]) -> int:
    """Return the number of references to an object that 100 failing calls keep."""
    before = sys.getrefcount(item)
    for _ in range(100):
        with pytest.raises(exception):
            call()
    return sys.getrefcount(item) - before


@pytest.mark.parametrize("method", ["recvmsg_into", "recvmmsg_into"])
def test_converted_buffers_that_are_not_a_tuple_raise_type_error(replace: Replace, method: str) -> None:
    converted = ([bytearray(9)], 0, 0)
    replace(_arguments, method, lambda *_: converted)
    with sockcore.socket(LOCAL, DGRAM) as sock:
        assert count_references(converted, lambda: getattr(sock, method)(iter([])), TypeError) == 0


def test_invalid_message_of_a_batch_raises_type_error_whatever_the_rule_returns(replace: Replace) -> None:
    result = object()
    replace(_arguments, "sendmmsg_item", lambda *_: result)
    with sockcore.socket(LOCAL, DGRAM) as sock:
        assert count_references(result, lambda: sock.sendmmsg([()]), TypeError) == 0


def test_socket_that_cannot_be_opened_raises_os_error_whatever_the_rule_returns(replace: Replace) -> None:
    result = object()
    replace(addresses, "raise_open_error", lambda *_: result)
    with pytest.raises(OSError) as refusal:
        sockcore.socket(LOCAL, sockcore.SOCK_STREAM, 77)
    assert refusal.value.errno == errno.EPROTONOSUPPORT
    assert count_references(result, lambda: sockcore.socket(LOCAL, sockcore.SOCK_STREAM, 77), OSError) == 0
