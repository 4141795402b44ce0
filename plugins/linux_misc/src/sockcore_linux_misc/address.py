"""Code that the address codecs of several families share.

Codecs of purely numeric addresses do not depend on the state of the system, so their results can be cached.
"""

from __future__ import annotations

from abc import abstractmethod

from sockcore.plugin import Any, Context, Family, keep


def reject_nul(text: str) -> str:
    """Return *text*.

    Raises ValueError if *text* contains a NUL, where the C string would end.
    """
    if "\0" in text:
        raise ValueError("embedded null character")
    return text


class NumericFamily(Family):
    """A family whose addresses are tuples of integers.

    Subclasses implement the two conversions.
    """

    def __init__(self) -> None:
        self.encoded: dict[object, bytes] = {}
        self.decoded: dict[bytes, object] = {}

    @abstractmethod
    def to_sockaddr(self, address: object, context: Context) -> bytes:
        """Return the sockaddr of *address*, without the cache."""

    @abstractmethod
    def from_sockaddr(self, sockaddr: bytes) -> tuple[Any, ...]:
        """Return the address in *sockaddr*, without the cache."""

    def encode(self, address: object, context: Context) -> bytes:
        """Return the sockaddr of *address*. Raises the exceptions of :meth:`to_sockaddr`."""
        sockaddr = self.to_sockaddr(address, context)
        assert isinstance(address, tuple)
        # Only ints: 1.0 equals 1 as a key, but is not a valid address.
        return keep(self.encoded, address, sockaddr) if {*map(type, address)} == {int} else sockaddr

    def decode(self, sockaddr: bytes, context: Context) -> tuple[Any, ...]:
        """Return the numbers in *sockaddr*."""
        return keep(self.decoded, sockaddr, self.from_sockaddr(sockaddr))
