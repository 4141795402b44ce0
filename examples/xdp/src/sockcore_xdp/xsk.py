"""Frames of a queue of a network interface, in memory that is shared with the kernel (UMEM).

1. The memory consists of chunks. One frame fits into a chunk. Half of the chunks receive frames, the others send.
2. A received frame is a memoryview of its chunk. It is released at the next :meth:`Xsk.receive`, and at
   :meth:`Xsk.release` and :meth:`Xsk.close`. Later access raises ValueError.
3. A chunk is returned to the kernel when no view of it exists, such as a slice that the program has made. Memory
   therefore never changes under a reader.
4. If the kernel has no chunk or the ring is full, it drops frames and counts them: :meth:`Xsk.statistics`.
5. Sent frames are copied to a chunk. The program may change its own data at once.
6. Without the C code, the views are those of copies (:mod:`sockcore_xdp.region`).
7. An Xsk is for one thread at a time.

Sending needs CAP_NET_RAW. Receiving needs a program at the interface too: :mod:`sockcore_xdp.program`. Source:
Documentation/networking/af_xdp.rst in the kernel.
"""

from __future__ import annotations

import errno
import mmap
import os
import select
from math import ceil
from time import monotonic, sleep

from sockcore.plugin import Any, Iterable, check_range, constants, timed_out
from sockcore_xdp import AF_XDP, structs
from sockcore_xdp.options import (
    XDP_MMAP_OFFSETS,
    XDP_RX_RING,
    XDP_STATISTICS,
    XDP_TX_RING,
    XDP_UMEM_COMPLETION_RING,
    XDP_UMEM_FILL_RING,
    XDP_UMEM_REG,
    Statistics,
    UmemReg,
)
from sockcore_xdp.region import region_class
from sockcore_xdp.rings import Ring

#: <linux/if_xdp.h>: the offsets of the rings for mmap(2).
_PGOFF_RX, _PGOFF_TX, _PGOFF_FILL, _PGOFF_COMPLETION = 0, 0x80000000, 0x100000000, 0x180000000
#: The smallest chunk that the kernel accepts.
_LEAST_CHUNK = 2048
_MOST_ENTRIES = 1 << 20
#: Bytes before a received frame that the kernel reserves for programs (XDP_PACKET_HEADROOM).
_HEADROOM = 256
#: The pause in seconds while no chunk is free for sending.
_PAUSE = 0.0005
_MOST_MILLISECONDS = 0x7FFFFFFF
_BUSY = (errno.EAGAIN, errno.EBUSY, errno.ENOBUFS)


class Xsk:
    """The memory and rings of a socket of AF_XDP. Bind the socket after this, in copy mode (XDP_COPY).

    *rx_size* and *tx_size* are the numbers of chunks for both directions, and the sizes of the rings: powers of two.
    *chunk_size* is a power of two from 2048 to the page size. A chunk has the frame and, for received frames, 256 bytes
    and *headroom* before it.

    Raises TypeError if *sock* is not a socket, ValueError for another family or a number that is not a power of two,
    OverflowError for a number out of range, OSError if the system refuses the memory or a ring (ENOBUFS: beyond
    RLIMIT_MEMLOCK), and RuntimeError without the C code, except on x86.

    Availability: Linux 4.18.
    """

    __slots__ = (
        *("_chunk_size", "_chunks", "_completion", "_fill", "_free", "_held", "_is_closed", "_memory", "_rx"),
        *("_tx", "_views", "sock"),
    )

    #: The socket.
    sock: Any

    def __init__(
        self, sock: Any, *, rx_size: int = 256, tx_size: int = 256, chunk_size: int = 4096, headroom: int = 0
    ) -> None:
        if not hasattr(sock, "recvmmsg"):
            raise TypeError(f"Xsk() argument must be a socket, not {type(sock).__name__}")
        if sock.family != AF_XDP:
            raise ValueError(f"Xsk() needs a socket of AF_XDP, not {sock!r}")
        received = _power_of_two("rx_size", rx_size, 1, _MOST_ENTRIES)
        sent = _power_of_two("tx_size", tx_size, 1, _MOST_ENTRIES)
        size = _power_of_two("chunk_size", chunk_size, _LEAST_CHUNK, mmap.PAGESIZE)
        reserved = check_range("headroom", headroom, 0, size - _HEADROOM - 1)
        region = region_class()
        if sock.fileno() < 0:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        self.sock: Any = sock
        self._is_closed: bool = False
        self._chunk_size: int = size
        self._memory: Any = mmap.mmap(-1, (received + sent) * size)
        #: The chunks: first those for received frames.
        self._chunks: list[Any] = [region(self._memory, at * size, size) for at in range(received + sent)]
        #: The numbers of the chunks that can be sent.
        self._free: list[int] = list(range(received, received + sent))
        #: The chunks and views of the last call, and the chunks that other views still use.
        self._views: list[tuple[int, memoryview]] = []
        self._held: set[int] = set()
        _set(sock, XDP_UMEM_REG, UmemReg(self._chunks[0].address, len(self._memory), size, reserved))
        for option, entries in (
            *((XDP_UMEM_FILL_RING, received), (XDP_UMEM_COMPLETION_RING, sent)),
            *((XDP_RX_RING, received), (XDP_TX_RING, sent)),
        ):
            _set(sock, option, entries)
        offsets = XDP_MMAP_OFFSETS.decode(
            sock.getsockopt(XDP_MMAP_OFFSETS.level, XDP_MMAP_OFFSETS, XDP_MMAP_OFFSETS.size)
        )
        fd = sock.fileno()
        self._rx: Ring = Ring(fd, region, received, offsets.rx, _PGOFF_RX, structs.XDP_DESC)
        self._tx: Ring = Ring(fd, region, sent, offsets.tx, _PGOFF_TX, structs.XDP_DESC)
        self._fill: Ring = Ring(fd, region, received, offsets.fr, _PGOFF_FILL, structs.ADDRESS)
        self._completion: Ring = Ring(fd, region, sent, offsets.cr, _PGOFF_COMPLETION, structs.ADDRESS)
        self._fill.produce((number * size,) for number in range(received))

    def __repr__(self) -> str:
        state = "closed" if self._is_closed else f"{len(self._chunks)} chunks of {self._chunk_size} bytes"
        return f"<{type(self).__name__} of {self.sock!r}, {state}>"

    def __enter__(self) -> Xsk:  # noqa: PYI034  # sockcore.plugin does not have Self
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    # ------------------------------------------------------------------ receiving

    def receive(self) -> list[memoryview]:
        """Wait for frames, and return all that have arrived. The frames of the previous call are released.

        Raises BlockingIOError or TimeoutError if no frame arrives, by the timeout of the socket; BufferError if views
        of the program use all chunks; OSError for errors of the interface (ENETDOWN: it has been removed); ValueError
        if the Xsk is closed.
        """
        self.release()
        if len(self._held) == self._rx.size:
            raise BufferError("all chunks are used by views: release them, or copy the data")
        timeout = self.sock.gettimeout()
        deadline = None if timeout is None else monotonic() + timeout
        while not (descriptors := self._rx.consume()):
            self._wait(timeout, deadline)
        for address, length, _ in descriptors:
            number, offset = divmod(address, self._chunk_size)
            self._views.append((number, self._chunks[number].view(offset, length)))
        return [view for _, view in self._views]

    def _wait(self, timeout: float | None, deadline: float | None) -> None:
        """Wait for a frame. Raises the exception of the timeout."""
        remaining = _remaining(timeout, deadline)
        poller: Any = getattr(select, "poll")()  # noqa: B009  # not on Windows
        poller.register(self.sock.fileno(), 1)  # POLLIN
        events = poller.poll(None if remaining is None else min(ceil(remaining * 1000), _MOST_MILLISECONDS))
        if events and events[0][1] != 1:
            number = int(self.sock.getsockopt(constants()["SOL_SOCKET"], constants()["SO_ERROR"]))
            if number:
                raise OSError(number, os.strerror(number))
            sleep(_PAUSE)  # an event that this method does not know must not make it busy

    def release(self) -> None:
        """Release the frames of the last call, and return their chunks to the kernel.

        Raises ValueError if the Xsk is closed.
        """
        if self._is_closed:
            raise ValueError("the Xsk is closed")
        self._release_views()
        unused = [number for number in sorted(self._held) if not self._chunks[number].exports]
        self._held.difference_update(unused)
        self._fill.produce((number * self._chunk_size,) for number in unused)

    def _release_views(self) -> None:
        views, self._views = self._views, []
        for number, view in views:
            self._held.add(number)
            try:
                view.release()
            except BufferError:  # an array or another object uses the view
                continue

    # ------------------------------------------------------------------ sending

    def send(self, frames: Iterable[Any]) -> int:
        """Send frames, which are bytes-like objects with their link headers. Return how many were accepted.

        If no chunk is free, waits until the kernel has sent a frame. If the timeout passes, or for a non-blocking
        socket, the number is smaller than that of the frames.

        Before any frame is sent, raises TypeError for a frame that is not bytes-like, and ValueError for one that is
        empty or larger than a chunk. Raises BlockingIOError or TimeoutError if no frame was accepted, OSError for
        errors of the interface (ENETDOWN, ENXIO if the socket is not bound), and ValueError if the Xsk is closed.
        """
        if self._is_closed:
            raise ValueError("the Xsk is closed")
        contents = [self._checked(position, frame) for position, frame in enumerate(frames)]
        timeout = self.sock.gettimeout()
        deadline = None if timeout is None else monotonic() + timeout
        sent = 0
        while sent < len(contents):
            self._reclaim()
            batch = contents[sent : sent + len(self._free)]
            if batch:
                self._tx.produce([self._write(content) for content in batch])
                sent += len(batch)
                self._start_transmission()
                continue
            self._start_transmission()
            try:
                remaining = _remaining(timeout, deadline)
            except OSError:
                if sent:
                    return sent
                raise
            sleep(_PAUSE if remaining is None else min(_PAUSE, remaining))
        return sent

    def _checked(self, position: int, frame: Any) -> bytes:
        try:
            with memoryview(frame) as view:
                content = view.tobytes()
        except TypeError:
            raise TypeError(
                f"send(): frame {position} must be a bytes-like object, not {type(frame).__name__}"
            ) from None
        if not 1 <= len(content) <= self._chunk_size:
            raise ValueError(f"send(): frame {position} must have 1 to {self._chunk_size} bytes, not {len(content)}")
        return content

    def _write(self, content: bytes) -> tuple[int, int, int]:
        """Copy a frame to a free chunk, and return its descriptor."""
        number = self._free.pop()
        self._chunks[number].write(0, content)
        return number * self._chunk_size, len(content), 0

    def _reclaim(self) -> None:
        """Take back the chunks that the kernel has sent."""
        self._free += [address // self._chunk_size for (address,) in self._completion.consume()]

    def _start_transmission(self) -> None:
        """Let the kernel send the frames in the ring. In copy mode, a call sends up to 32 frames."""
        pending = self._tx.pending()
        while pending:
            try:
                # Without waiting in either case: a socket with a timeout has a non-blocking descriptor.
                if self.sock.gettimeout():
                    os.write(self.sock.fileno(), b"")
                else:
                    self.sock.send(b"", constants()["MSG_DONTWAIT"])
            except OSError as exc:
                if exc.errno not in _BUSY:
                    raise
            before, pending = pending, self._tx.pending()
            if pending == before:
                return

    # ------------------------------------------------------------------ information, end

    def statistics(self) -> Statistics:
        """Return the counters of dropped frames and invalid descriptors.

        Raises OSError (EBADF) if the socket is closed.
        """
        return XDP_STATISTICS.decode(self.sock.getsockopt(XDP_STATISTICS.level, XDP_STATISTICS, XDP_STATISTICS.size))

    def close(self) -> None:
        """Release the frames and the rings. The socket remains open, and cannot get another Xsk.

        Chunks with views of the program exist until these are gone. A second call has no effect.
        """
        if self._is_closed:
            return
        self._release_views()
        self._is_closed = True
        for ring in (self._rx, self._tx, self._fill, self._completion):
            ring.close()
        chunks, self._chunks = self._chunks, []
        is_used = False
        for chunk in chunks:
            try:
                chunk.release()
            except BufferError:
                is_used = True
        memory, self._memory = self._memory, None
        if not is_used:
            memory.close()


def _remaining(timeout: float | None, deadline: float | None) -> float | None:
    """Return the seconds until the deadline. Raises BlockingIOError or TimeoutError if there are none."""
    if deadline is None:
        return None
    if timeout == 0:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    remaining = deadline - monotonic()
    if remaining <= 0:
        raise timed_out()
    return remaining


def _power_of_two(label: str, value: object, low: int, high: int) -> int:
    number = check_range(label, value, low, high)
    if number & (number - 1):
        raise ValueError(f"{label} must be a power of two, not {number}")
    return number


def _set(sock: Any, option: Any, value: Any) -> None:
    sock.setsockopt(option.level, option, option.encode(value))
