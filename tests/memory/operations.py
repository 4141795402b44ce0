"""Operations by name. An operation is a function that readies sockets, and returns what one round of it is.

A round leaves everything as it was: what it receives it closes. What a round gives to calls each time is given to
``watch`` too, so that a reference that a call keeps is seen.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Callable

import sockcore as s

if TYPE_CHECKING:
    from collections.abc import Iterable

Round = Callable[[], Any]

#: By name: what readies one, and which part of all rounds it has (a new connection takes longer than a byte).
OPERATIONS: dict[str, tuple[Callable[[Scene], Round], float]] = {}


class Scene:
    """What an operation has opened, and what it wants to be counted."""

    def __init__(self) -> None:
        self.open = ExitStack()
        self.watched: list[Any] = [None, True, False, (), b"", ""]

    def watch(self, thing: Any) -> Any:
        """Count the references to *thing*."""
        self.watched.append(thing)
        return thing

    def pair(self, timeout: float | None = None) -> list[Any]:
        """Return two connected sockets of AF_UNIX."""
        return [self._opened(sock, timeout) for sock in s.socketpair(s.AF_UNIX)]

    def udp(self, timeout: float | None = None, family: int = s.AF_INET) -> tuple[Any, Any]:
        """Return a bound socket, and its address."""
        sock = self._opened(s.socket(family, s.SOCK_DGRAM), timeout)
        sock.bind(("::1" if family == s.AF_INET6 else "127.0.0.1", 0))
        return sock, self.watch(sock.getsockname())

    def listener(self) -> Any:
        """Return a listening socket of AF_UNIX, by a name that the system chose."""
        sock = self._opened(s.socket(s.AF_UNIX, s.SOCK_STREAM), None)
        sock.bind("")
        sock.listen()
        return sock

    def _opened(self, sock: Any, timeout: float | None) -> Any:
        sock.settimeout(timeout)
        return self.watch(self.open.enter_context(sock))


def operation(part: float = 1, **variants: Iterable[Any]) -> Callable[[Callable[..., Round]], Callable[..., Round]]:
    """Add a function to the operations, once for each value of its one further argument if it has any."""

    def add(ready: Callable[..., Round]) -> Callable[..., Round]:
        if not variants:
            OPERATIONS[ready.__name__] = (ready, part)
        for name, values in variants.items():
            for value in values:
                OPERATIONS[f"{ready.__name__} {value}"] = (
                    lambda scene, name=name, value=value: ready(scene, **{name: value}),
                    part,
                )
        return ready

    return add


def fails(
    kind: type[BaseException] | tuple[type[BaseException], ...], call: Callable[..., Any], *arguments: Any
) -> None:
    """Make a call that has to raise."""
    try:
        call(*arguments)
    except kind:
        return
    raise AssertionError(f"{call} did not raise {kind}")
