"""A registry of operations. An operation is a function that prepares sockets, and returns a function for one round.

1. A round closes everything that it opens or receives.
2. Objects that each round passes to calls are passed to ``watch`` too, which detects leaked references.
"""

from __future__ import annotations

import gc
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Callable

import sockcore as s
from sockcore._system import native

if TYPE_CHECKING:
    from collections.abc import Iterable

Round = Callable[[], Any]

#: Name -> function that prepares the operation, and its share of all rounds, which is smaller for slow operations.
OPERATIONS: dict[str, tuple[Callable[[Scene], Round], float]] = {}


class Scene:
    """The open sockets and the watched objects of an operation."""

    def __init__(self) -> None:
        self.open = ExitStack()
        self.watched: list[Any] = [None, True, False, (), b"", ""]

    def watch(self, value: Any) -> Any:
        """Count the references to *value*."""
        self.watched.append(value)
        return value

    def pair(self, timeout: float | None = None) -> list[Any]:
        """Return two connected sockets of AF_UNIX."""
        return [self._track(sock, timeout) for sock in s.socketpair(s.AF_UNIX)]

    def udp(self, timeout: float | None = None, family: int = s.AF_INET) -> tuple[Any, Any]:
        """Return a bound socket, and its address."""
        sock = self._track(s.socket(family, s.SOCK_DGRAM), timeout)
        sock.bind(("::1" if family == s.AF_INET6 else "127.0.0.1", 0))
        return sock, self.watch(sock.getsockname())

    def listener(self) -> Any:
        """Return a listening socket of AF_UNIX with an automatic name."""
        sock = self._track(s.socket(s.AF_UNIX, s.SOCK_STREAM), None)
        sock.bind("")
        sock.listen()
        return sock

    def watch_template(self, sock: Any) -> None:
        """Count the references to the C object that a socket shares with others of its family, type and protocol."""
        if native is not None:
            for template in gc.get_referents(sock):
                if type(template) is native.Template:
                    self.watch(template)

    def _track(self, sock: Any, timeout: float | None) -> Any:
        sock.settimeout(timeout)
        self.watch_template(sock)
        return self.watch(self.open.enter_context(sock))


def operation(part: float = 1, **variants: Iterable[Any]) -> Callable[[Callable[..., Round]], Callable[..., Round]]:
    """Return a decorator that adds a function to OPERATIONS.

    It adds the function once for each value of the function's additional argument.
    """

    def add(prepare: Callable[..., Round]) -> Callable[..., Round]:
        if not variants:
            OPERATIONS[prepare.__name__] = (prepare, part)
        for name, values in variants.items():
            for value in values:
                OPERATIONS[f"{prepare.__name__} {value}"] = (
                    lambda scene, name=name, value=value: prepare(scene, **{name: value}),
                    part,
                )
        return prepare

    return add


def fails(
    exception: type[BaseException] | tuple[type[BaseException], ...], call: Callable[..., Any], *arguments: Any
) -> None:
    """Make a call that must raise *exception*."""
    try:
        call(*arguments)
    except exception:
        return
    raise AssertionError(f"{call} did not raise {exception}")
