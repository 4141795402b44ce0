"""Methods that the standard socket class lacks on this system: _replace.hide_methods() hides them."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import Any

import pytest

import sockcore
from sockcore._system import native
from sockcore.stdlib import _replace

NAMES = ("recvmsg", "recvmsg_into", "sendmsg")


class Standard:
    """A standard socket class without these methods, as on Windows."""


@pytest.fixture
def hidden() -> Any:
    with ExitStack() as undo:
        _replace.hide_methods(undo, Standard)
        yield


@pytest.mark.skipif(native is not None, reason="the native class defines them; Windows does not have a native backend")
@pytest.mark.parametrize("name", NAMES)
def test_hidden_method_is_not_an_attribute_of_class(hidden: Any, name: str) -> None:
    assert not hasattr(sockcore.socket, name)
    with pytest.raises(AttributeError, match=f"^type object 'socket' has no attribute '{name}'$"):
        getattr(sockcore.socket, name)


def test_hidden_method_works_on_sockets(hidden: Any) -> None:
    class Derived(sockcore.socket):
        def sendmsg(self, *arguments: Any) -> int:
            return super().sendmsg(*arguments)

    with sockcore.socket(sockcore.AF_INET, sockcore.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.settimeout(60)
        with Derived(sockcore.AF_INET, sockcore.SOCK_DGRAM) as two:
            assert two.sendmsg([b"a", b"b"], [], 0, one.getsockname()) == 2
        assert one.recvmsg(10)[0] == b"ab"


def test_hidden_methods_are_restored() -> None:
    before = {name: getattr(sockcore.socket, name) for name in NAMES}
    with ExitStack() as undo:
        _replace.hide_methods(undo, Standard)
    assert {name: getattr(sockcore.socket, name) for name in NAMES} == before


def test_methods_of_standard_socket_are_not_hidden() -> None:
    import _socket

    with ExitStack() as undo:
        _replace.hide_methods(undo, _socket.socket)
        assert [hasattr(sockcore.socket, name) for name in NAMES] == [sys.platform != "win32"] * 3
