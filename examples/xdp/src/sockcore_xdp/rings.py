"""The four rings of a socket of AF_XDP: arrays of descriptors with a producer and a consumer.

A number increases by one for each descriptor, modulo 2**32. The kernel or this process is the producer; the other one
is the consumer. The producer writes descriptors before it stores its number. The consumer loads the number of the
producer before it reads them.
"""

from __future__ import annotations

import mmap

from sockcore.plugin import Any, Iterable, Struct
from sockcore_xdp.options import RingOffsets

_MODULUS = 1 << 32


class Ring:
    """A ring of *size* descriptors, which is mapped from the file descriptor of a socket at *page_offset*."""

    __slots__ = ("_descriptor", "_mapping", "_offsets", "_own", "_region", "size")

    def __init__(
        self, fd: int, region: Any, size: int, offsets: RingOffsets, page_offset: int, descriptor: Struct
    ) -> None:
        length = offsets.desc + size * descriptor.size
        self._mapping: Any = mmap.mmap(fd, length, offset=page_offset)
        self._region: Any = region(self._mapping, 0, length)
        self._offsets = offsets
        self._descriptor = descriptor
        self.size: int = size
        #: The number of this process: the producer or the consumer.
        self._own: int = 0

    def produce(self, descriptors: Iterable[tuple[int, ...]]) -> None:
        """Add descriptors. There must be room for them."""
        number = self._own
        for values in descriptors:
            self._region.write(self._position(number), self._descriptor.pack(*values))
            number = (number + 1) % _MODULUS
        if number != self._own:
            self._own = number
            self._region.store(self._offsets.producer, number)

    def consume(self) -> list[tuple[int, ...]]:
        """Remove and return all descriptors of the kernel."""
        produced = self._region.load(self._offsets.producer)
        count = min((produced - self._own) % _MODULUS, self.size)
        descriptors: list[Any] = []
        for number in range(self._own, self._own + count):
            data = self._region.read(self._position(number), self._descriptor.size)
            descriptors.append(self._descriptor.unpack(data))
        if count:
            self._own = (self._own + count) % _MODULUS
            self._region.store(self._offsets.consumer, self._own)
        return descriptors

    def pending(self) -> int:
        """Return the number of produced descriptors that the kernel has not consumed."""
        consumed: int = self._region.load(self._offsets.consumer)
        return (self._own - consumed) % _MODULUS

    def _position(self, number: int) -> int:
        return self._offsets.desc + number % self.size * self._descriptor.size

    def close(self) -> None:
        """Remove the mapping."""
        self._region.release()
        self._mapping.close()
