"""Receiving of frames from a ring in shared memory: TPACKET_V3 of AF_PACKET.

The kernel writes frames to the blocks of a ring that is mapped into the process. A system call is only needed to wait.
Availability: Linux.

1. A frame is valid until the ring goes on to the next block: at the next :meth:`RxRing.receive`, when an iterator
   passes the last frame of a block, at :meth:`RxRing.release` and at :meth:`RxRing.close`. The views of the frames are
   then released. Later access raises ValueError.
2. The block is then returned to the kernel, which writes new frames to it. A block is not returned as long as a part of
   it is used in another way, for example by a slice of a view. Memory therefore never changes under a reader.
3. If no block is left, the kernel drops frames, and counts them: :meth:`RxRing.statistics`.
4. Without the C code, or on PyPy, the views are those of copies (:mod:`sockcore_linux_misc.region`).
5. A ring is for one thread at a time.

Source: packet(7), Documentation/networking/packet_mmap.rst in the kernel.
"""

from __future__ import annotations

import errno
import mmap
import os
import select
import sys
from math import ceil
from time import monotonic, sleep

from sockcore.plugin import Any, Iterator, check_range, context, timed_out
from sockcore_linux_misc.constants import TABLE, constant
from sockcore_linux_misc.option_packet import (
    PACKET_RX_RING,
    PACKET_STATISTICS,
    PACKET_VERSION,
    PacketRing,
    PacketStatistics,
    PacketVersion,
    encode_ring,
)
from sockcore_linux_misc.packet import Packet
from sockcore_linux_misc.packet_frames import Frame, unpack_frames
from sockcore_linux_misc.packet_structs import TPACKET3_HDR, TPACKET_BLOCK_DESC, TPACKET_HDR_V1
from sockcore_linux_misc.region import native_module, region_class

__all__ = ["Frame", "PacketStatistics", "RxRing"]

#: The address family. -1 on other systems.
_AF_PACKET = constant("AF_PACKET")
_ALIGNMENT: int = TABLE.get("TPACKET_ALIGNMENT", 16)
_FILL_RXHASH: int = TABLE.get("TP_FT_REQ_FILL_RXHASH", 1)
_STATUS_KERNEL: int = TABLE.get("TP_STATUS_KERNEL", 0)
_STATUS_USER: int = TABLE.get("TP_STATUS_USER", 1)
_HEADER_OFFSET: int = TPACKET_BLOCK_DESC.offsets()["hdr.bh1"][0]
_STATUS_OFFSET: int = _HEADER_OFFSET + TPACKET_HDR_V1.offsets()["block_status"][0]
#: On Windows, the module select does not have them.
_poll: Any = getattr(select, "poll", None)
_POLLIN: int = getattr(select, "POLLIN", 1)
#: The largest number of the fields of tpacket_req3 that the kernel reads as a C int.
_MOST = 0x7FFFFFFF
#: Decoded addresses of a ring. The dictionary is cleared when it has this many.
_MOST_ADDRESSES = 1024
#: The pause in seconds if poll(2) reports a block that has been read.
_PAUSE = 0.001


class RxRing:
    """The ring of received frames of a socket of AF_PACKET.

    *sock* is a socket of SOCK_RAW or SOCK_DGRAM. Bind it after the ring is open: earlier frames are not in the ring.
    The ring has *block_nr* blocks of *block_size* bytes, a multiple of the page size. The kernel returns a block when
    it is full, or *retire_blk_tov* milliseconds after its first frame (0: a time for the speed of the interface). A
    block has *frame_size* bytes as the size of a frame in the kernel's accounting. With *fill_rxhash*, the kernel
    computes a hash of the flow of each frame.

    Raises TypeError if *sock* is not a socket, ValueError if it has another family or a size is not a multiple of the
    required number, OverflowError for numbers out of range, and OSError: EBADF if the socket is closed, EBUSY if it has
    a ring, ENOMEM if the kernel has no memory. Raises RuntimeError without the C code, except on x86.

    Availability: Linux 3.2. The socket needs CAP_NET_RAW.
    """

    __slots__ = (
        *("_addresses", "_context", "_held", "_is_closed", "_mapping", "_next", "_regions", "_sizes", "_unpack"),
        *("_current", "sock"),
    )

    #: The socket.
    sock: Any

    def __init__(
        self,
        sock: Any,
        *,
        block_size: int = 1 << 18,
        block_nr: int = 16,
        frame_size: int = 2048,
        retire_blk_tov: int = 10,
        fill_rxhash: bool = False,
    ) -> None:
        if not hasattr(sock, "recvmmsg"):
            raise TypeError(f"RxRing() argument must be a socket, not {type(sock).__name__}")
        if sock.family != _AF_PACKET:
            raise ValueError(f"RxRing() needs a socket of AF_PACKET, not {sock!r}")
        sizes = _checked_sizes(block_size, block_nr, frame_size, retire_blk_tov, bool(fill_rxhash))
        region = region_class()
        if sock.fileno() < 0:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        self.sock: Any = sock
        self._is_closed: bool = False
        self._sizes: PacketRing = sizes
        self._context = context(sock.family, sock.type, sock.proto, "recvfrom", sock.fileno())
        self._addresses: dict[bytes, tuple[Any, ...]] = {}
        self._unpack: Any = getattr(native_module(), "unpack_frames", unpack_frames)
        #: The number of the block that the kernel fills next.
        self._next: int = 0
        #: The number of the block of the last call and its frames, or None.
        self._current: tuple[int, list[Frame]] | None = None
        #: The numbers of earlier blocks that are still used by views that the program has made.
        self._held: set[int] = set()
        encode = PACKET_VERSION.encode
        assert encode is not None
        sock.setsockopt(PACKET_VERSION.level, PACKET_VERSION, encode(PacketVersion.V3))
        sock.setsockopt(PACKET_RX_RING.level, PACKET_RX_RING, encode_ring("PACKET_RX_RING", sizes))
        try:
            self._mapping: Any = mmap.mmap(sock.fileno(), sizes.block_size * sizes.block_nr)
        except BaseException:
            _remove_ring(sock)
            raise
        self._regions: list[Any] = [
            region(self._mapping, number * sizes.block_size, sizes.block_size) for number in range(sizes.block_nr)
        ]

    def __repr__(self) -> str:
        state = "closed" if self._is_closed else f"{self._sizes.block_nr} blocks of {self._sizes.block_size} bytes"
        return f"<{type(self).__name__} of {self.sock!r}, {state}>"

    def __enter__(self) -> RxRing:  # noqa: PYI034  # sockcore.plugin does not have Self
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames, and wait for each block. The end is that of :meth:`receive`: an exception."""
        while True:
            yield from self.receive()

    # ------------------------------------------------------------------ receiving

    def receive(self) -> list[Frame]:
        """Wait for a block, and return its frames, at least one. The frames of the previous call are released.

        Raises BlockingIOError or TimeoutError if no block is ready, by the timeout of the socket; BufferError if the
        next block is still used by a view that the program has made; OSError for errors of the interface, such as
        ENETDOWN; ValueError if the ring is closed.
        """
        self.release()
        timeout = self.sock.gettimeout()
        deadline = None if timeout is None else monotonic() + timeout
        while True:
            number = self._next
            if number in self._held:
                raise BufferError("all blocks of the ring are used by views: release them, or copy the data")
            region = self._regions[number]
            if region.load(_STATUS_OFFSET) & _STATUS_USER:
                frames = self._take(number, region)
                if frames:
                    return frames
                self.release()  # some kernels return empty blocks
                continue
            self._wait(timeout, deadline)
            self._return_blocks()

    def _take(self, number: int, region: Any) -> list[Frame]:
        """Return the frames of a block that the kernel has returned."""
        header: tuple[Any, ...] = TPACKET_HDR_V1.unpack(region.read(_HEADER_OFFSET, TPACKET_HDR_V1.size))
        frames: list[Frame] = []
        try:
            frames = self._unpack(region, header[2], header[1], Frame, self._decode)
        finally:
            self._next = (number + 1) % len(self._regions)
            self._current = number, frames
        return frames

    def _decode(self, sockaddr: bytes) -> tuple[Any, ...]:
        """Return the address in a sockaddr_ll, whose interface is looked up once."""
        address = self._addresses.get(sockaddr)
        if address is None:
            if len(self._addresses) >= _MOST_ADDRESSES:
                self._addresses.clear()
            address = self._addresses[sockaddr] = Packet().decode(sockaddr, self._context)
        return address

    def _wait(self, timeout: float | None, deadline: float | None) -> None:
        """Wait until poll(2) reports a block or an error. Raises the exception of the timeout."""
        if timeout == 0:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        remaining = None if deadline is None else deadline - monotonic()
        if remaining is not None and remaining <= 0:
            raise timed_out()
        poller = _poll()
        poller.register(self.sock.fileno(), _POLLIN)
        events = poller.poll(None if remaining is None else min(ceil(remaining * 1000), _MOST))
        if not events:
            return
        if events[0][1] & ~_POLLIN:
            number = int(self.sock.getsockopt(constant("SOL_SOCKET"), constant("SO_ERROR")))
            if number:
                raise OSError(number, os.strerror(number))
        if not self._regions[self._next].load(_STATUS_OFFSET) & _STATUS_USER:
            # The kernel reports the block before the one that it fills, which this process may still use.
            sleep(_PAUSE)

    # ------------------------------------------------------------------ returning blocks

    def release(self) -> None:
        """Release the frames of the last call, and return their block to the kernel.

        Raises ValueError if the ring is closed.
        """
        if self._is_closed:
            raise ValueError("the ring is closed")
        self._release_views()
        self._return_blocks()

    def _release_views(self) -> None:
        if self._current is None:
            return
        number, frames = self._current
        self._current = None
        self._held.add(number)
        for frame in frames:
            try:
                frame.data.release()
            except BufferError:  # an array or another object uses the view
                continue

    def _return_blocks(self) -> None:
        """Return the blocks without views to the kernel."""
        for number in sorted(self._held):
            region = self._regions[number]
            if not region.exports:
                region.store(_STATUS_OFFSET, _STATUS_KERNEL)
                self._held.discard(number)

    def close(self) -> None:
        """Release the frames, and remove the ring from the socket, which remains open.

        If the program has other views of the frames, the memory and the ring exist until these are gone. A second call
        has no effect.
        """
        if self._is_closed:
            return
        self._release_views()
        self._is_closed = True
        regions, self._regions = self._regions, []
        is_used = False
        for region in regions:
            try:
                region.release()
            except BufferError:
                is_used = True
        mapping, self._mapping = self._mapping, None
        if not is_used:
            mapping.close()
            _remove_ring(self.sock)

    # ------------------------------------------------------------------ information

    def statistics(self) -> PacketStatistics:
        """Return the counters since the last call: packets, those of them that were dropped, and queue freezes.

        Raises OSError (EBADF) if the socket is closed.
        """
        option = PACKET_STATISTICS
        return option.decode(self.sock.getsockopt(option.level, option, option.size))


def _checked_sizes(
    block_size: object, block_nr: object, frame_size: object, retire_blk_tov: object, fill_rxhash: bool
) -> PacketRing:
    """Return the dimensions of a ring that the kernel accepts.

    Raises TypeError, ValueError or OverflowError.
    """
    block = check_range("block_size", block_size, 1, _MOST)
    blocks = check_range("block_nr", block_nr, 1, _MOST)
    frame = check_range("frame_size", frame_size, 1, _MOST)
    timeout = check_range("retire_blk_tov", retire_blk_tov, 0, _MOST)
    if block % mmap.PAGESIZE:
        raise ValueError(f"block_size must be a multiple of {mmap.PAGESIZE}, not {block}")
    least = TPACKET3_HDR.size * 2
    if frame % _ALIGNMENT or not least <= frame <= block:
        raise ValueError(f"frame_size must be a multiple of {_ALIGNMENT} from {least} to block_size, not {frame}")
    frames = block // frame * blocks
    check_range("block_size * block_nr", block * blocks, 1, sys.maxsize)
    check_range("the number of frames", frames, 1, 0xFFFFFFFF)
    return PacketRing(block, blocks, frame, frames, timeout, 0, _FILL_RXHASH if fill_rxhash else 0)


def _remove_ring(sock: Any) -> None:
    """Remove the ring of a socket, unless it is closed or another process has mapped the ring."""
    try:
        sock.setsockopt(PACKET_RX_RING.level, PACKET_RX_RING, encode_ring("PACKET_RX_RING", PacketRing(0, 0, 0, 0, 0)))
    except OSError:
        return
