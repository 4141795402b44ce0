"""Families whose addresses are numbers and nothing else: a conversion asks nothing of the system, and is kept."""

from __future__ import annotations

from abc import abstractmethod

from sockcore.plugin import Any, Context, Family, keep


class NumericFamily(Family):
    """A family whose addresses are tuples of integers: a subclass writes the two conversions."""

    def __init__(self) -> None:
        self.encoded: dict[object, bytes] = {}
        self.decoded: dict[bytes, object] = {}

    @abstractmethod
    def sockaddr(self, address: object, context: Context) -> bytes:
        """Return the sockaddr of *address*, as :meth:`encode` does."""

    @abstractmethod
    def numbers(self, raw: bytes) -> tuple[Any, ...]:
        """Return the address in a sockaddr."""

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr of *address*; errors are those of :meth:`sockaddr`."""
        raw = self.sockaddr(address, context)
        assert isinstance(address, tuple)
        # Not what only equals an integer: 1.0 is no address.
        return keep(self.encoded, address, raw) if {*map(type, address)} == {int} else raw

    def decode(self, raw: bytes, context: Context) -> tuple[Any, ...]:
        """Return the numbers in the sockaddr."""
        return keep(self.decoded, raw, self.numbers(raw))
