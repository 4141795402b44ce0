"""Rings of AF_PACKET (TPACKET_V3) on the interface lo of this machine. The standard library sends the frames.

Each test uses another EtherType, and so does each process, since several may run these tests at once. The tests are
skipped if the user may not open sockets of AF_PACKET.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import itertools
import mmap
import os
import platform
import socket as stdlib
import struct
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from ether_types import ETHER_TYPES

import sockcore
from sockcore import options
from sockcore_linux_misc import packet_ring
from sockcore_linux_misc.option_packet import PACKET_VERSION, PacketRing, PacketStatistics, PacketVersion
from sockcore_linux_misc.packet_frames import unpack_frames
from sockcore_linux_misc.packet_ring import RxRing
from sockcore_linux_misc.region import PureRegion, native_module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import ExitStack

    from sockcore_linux_misc.packet_ring import Frame

PROTOCOLS = itertools.cycle(ETHER_TYPES)
PAGE = 4096
LOOPBACK = 772


def skip_reason() -> str:
    try:
        stdlib.socket(17, stdlib.SOCK_RAW, 0).close()
    except (OSError, AttributeError) as exc:
        return f"this user cannot open AF_PACKET sockets on this kernel: {exc}"
    return ""


pytestmark = [
    pytest.mark.skipif("EMULATED_ARCHITECTURE" in os.environ, reason="the emulator does not support its options"),
    pytest.mark.skipif(bool(skip_reason()), reason=skip_reason() or "unused"),
]


@pytest.fixture(params=["native", "pure"])
def implementation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make rings use the implementation in C or in Python."""
    if request.param == "native":
        if native_module() is None:
            pytest.skip("this process does not use the C code")
    else:
        if platform.machine() not in ("x86_64", "i686"):
            pytest.skip("the class in Python needs x86")
        monkeypatch.setattr(packet_ring, "region_class", lambda: PureRegion)
        monkeypatch.setattr(packet_ring, "native_module", lambda: None)
    name: str = request.param
    return name


class Peers:
    """A ring on lo, and a socket of the standard library that sends to it."""

    def __init__(self, stack: ExitStack, type: int = stdlib.SOCK_RAW, **sizes: Any) -> None:
        self.protocol = next(PROTOCOLS)
        self.sock = stack.enter_context(sockcore.socket(sockcore.AF_PACKET, type, 0))
        self.sock.settimeout(60)
        arguments = {"block_size": PAGE, "block_nr": 4, "frame_size": 1024, "retire_blk_tov": 5, **sizes}
        self.blocks: int = arguments["block_nr"]
        self.ring = stack.enter_context(RxRing(self.sock, **arguments))
        self.sock.bind(("lo", self.protocol))
        self.sender = stack.enter_context(stdlib.socket(17, stdlib.SOCK_RAW, 0))  # AF_PACKET, which PyPy lacks
        self.sender.bind(("lo", 0))

    def frame(self, payload: bytes) -> bytes:
        return bytes(12) + struct.pack("!H", self.protocol) + payload

    def send(self, *payloads: bytes) -> None:
        for payload in payloads:
            self.sender.send(self.frame(payload))

    def exchange(self, payloads: Sequence[bytes]) -> Iterator[Frame]:
        """Send *payloads* in another thread and yield their frames.

        The blocks that wait for the reader hold at least one frame each, so that the ring is never full, at any
        speed of the two threads.
        """
        unread = threading.Semaphore(self.blocks - 1)

        def send() -> None:
            for payload in payloads:
                unread.acquire()
                self.send(payload)

        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        for frame in itertools.islice(self.ring, len(payloads)):
            yield frame
            unread.release()
        thread.join()

    def collect(self, count: int) -> list[bytes]:
        frames: list[bytes] = []
        while len(frames) < count:
            frames += [bytes(frame.data) for frame in self.ring.receive()]
        return frames


@pytest.fixture
def peers(closing: ExitStack, implementation: str) -> Callable[..., Peers]:
    return lambda *arguments, **sizes: Peers(closing, *arguments, **sizes)


def test_receive_returns_frames_that_standard_library_sent(peers: Callable[..., Peers]) -> None:
    pair = peers()
    before = time.time_ns()
    pair.send(b"one", b"two" * 100)
    received: list[Any] = []
    while len(received) < 2:
        received += [(bytes(frame.data), *frame[1:]) for frame in pair.ring.receive()]
    one, two = received
    assert (one[0], two[0]) == (pair.frame(b"one"), pair.frame(b"two" * 100))
    assert (one[1:3], two[1:3]) == ((17, 17), (314, 314))
    assert before - 10**9 <= one[3] <= two[3] <= time.time_ns() + 10**9
    assert one[4] & sockcore.TP_STATUS_USER
    assert one[8] == two[8] == ("lo", pair.protocol, sockcore.PACKET_HOST, LOOPBACK, bytes(6))


def test_frame_of_sock_dgram_has_no_link_header(peers: Callable[..., Peers]) -> None:
    pair = peers(stdlib.SOCK_DGRAM)
    pair.send(b"payload")
    assert pair.collect(1) == [b"payload"]


def test_ring_and_recvfrom_return_same_frames_and_addresses(peers: Callable[..., Peers], closing: ExitStack) -> None:
    pair = peers()
    standard = closing.enter_context(sockcore.socket(sockcore.AF_PACKET, sockcore.SOCK_RAW, 0))
    standard.settimeout(60)
    standard.bind(("lo", pair.protocol))
    payloads = [bytes([number]) * number for number in range(50, 100)]
    ring = [(bytes(frame.data), frame.address) for frame in pair.exchange(payloads)]
    assert ring == [standard.recvfrom(2000) for _ in range(50)]


def test_iteration_crosses_blocks_and_wraps_around(peers: Callable[..., Peers]) -> None:
    pair = peers(block_nr=8)
    payloads = [struct.pack("!I", number) * 100 for number in range(200)]
    frames = [bytes(frame.data) for frame in pair.exchange(payloads)]
    assert frames == [pair.frame(payload) for payload in payloads]
    assert pair.ring.statistics() == (200, 0, 0)


def test_next_receive_releases_views_of_previous_block(peers: Callable[..., Peers]) -> None:
    pair = peers()
    pair.send(b"first")
    [first] = pair.ring.receive()
    pair.send(b"second")
    assert bytes(first.data) == pair.frame(b"first")
    [second] = pair.ring.receive()
    with pytest.raises(ValueError, match="released"):
        bytes(first.data)
    pair.ring.release()
    with pytest.raises(ValueError, match="released"):
        bytes(second.data)
    assert (first.length, second.address[0]) == (19, "lo")


def test_iteration_releases_views_after_last_frame_of_block(peers: Callable[..., Peers]) -> None:
    pair = peers(retire_blk_tov=60_000)  # in milliseconds: a block is closed by the frame that does not fit
    frames = iter(pair.ring)
    pair.send(*(bytes([number]) * 1500 for number in range(5)))  # two of each fit into a block
    one, two = next(frames), next(frames)
    assert (bytes(one.data), bytes(two.data)) == (pair.frame(bytes(1500)), pair.frame(b"\1" * 1500))
    next(frames)
    for frame in (one, two):
        with pytest.raises(ValueError, match="released"):
            frame.data[0]


def test_data_of_frames_is_read_only(peers: Callable[..., Peers]) -> None:
    pair = peers()
    pair.send(b"data")
    [frame] = pair.ring.receive()
    with pytest.raises(TypeError):
        frame.data[0] = 1


def test_full_ring_drops_frames_and_counts_them(peers: Callable[..., Peers]) -> None:
    pair = peers()
    pair.send(*[bytes(1000)] * 40)  # three of each fit into a block
    time.sleep(0.1)
    received = 0
    pair.sock.settimeout(0.2)
    with contextlib.suppress(sockcore.timeout):
        while True:
            received += len(pair.ring.receive())
    packets, drops, freezes = pair.ring.statistics()
    assert (packets, received + drops) == (40, 40)
    assert 0 < received <= 12
    assert freezes
    pair.sock.settimeout(60)
    pair.send(b"after")
    assert pair.collect(1) == [pair.frame(b"after")]
    assert pair.ring.statistics() == PacketStatistics(1, 0, 0)


def test_slice_of_view_keeps_block_unchanged_until_it_is_released(peers: Callable[..., Peers]) -> None:
    pair = peers()
    pair.send(b"kept")
    [frame] = pair.ring.receive()
    kept = frame.data[14:]
    for number in range(12):  # the ring has four blocks
        pair.send(bytes([number]) * 4)
        if number < 3:
            assert pair.collect(1) == [pair.frame(bytes([number]) * 4)]
    assert bytes(kept) == b"kept"
    with pytest.raises(ValueError, match="released"):
        bytes(frame.data)
    if not pair.ring._held:
        return  # views are copies
    with pytest.raises(BufferError, match="all blocks of the ring are used by views"):
        pair.ring.receive()
    kept.release()
    pair.ring.release()
    pair.send(b"last")
    assert pair.collect(1) == [pair.frame(b"last")]


def test_block_of_exported_view_is_not_returned(peers: Callable[..., Peers], implementation: str) -> None:
    import ctypes

    if implementation != "native":
        pytest.skip("views are copies")
    pair = peers()
    pair.send(b"exported")
    [frame] = pair.ring.receive()
    text = ctypes.c_char * frame.snaplen
    with pytest.raises(TypeError):
        text.from_buffer(frame.data)  # read-only
    exported = memoryview(frame.data).cast("B")
    pair.ring.release()
    assert pair.ring._held == {0}
    assert bytes(exported) == pair.frame(b"exported")
    exported.release()
    pair.ring.release()
    assert pair.ring._held == set()


def test_waiting_with_held_block_receives_next_frame(peers: Callable[..., Peers]) -> None:
    pair = peers()
    pair.send(b"1")
    [frame] = pair.ring.receive()
    kept = frame.data[:]
    timer = threading.Timer(0.1, pair.send, [b"2"])
    timer.start()
    assert pair.collect(1) == [pair.frame(b"2")]
    timer.join()
    kept.release()


@pytest.mark.parametrize(("timeout", "exception"), [(0.0, BlockingIOError), (0.05, sockcore.timeout)])
def test_receive_empty_ring_raises_exception_of_timeout(
    peers: Callable[..., Peers], timeout: float, exception: type[Exception]
) -> None:
    pair = peers()
    pair.sock.settimeout(timeout)
    began = time.monotonic()
    with pytest.raises(exception):
        pair.ring.receive()
    assert timeout <= time.monotonic() - began


def test_receive_without_timeout_waits_for_frame(peers: Callable[..., Peers]) -> None:
    pair = peers()
    pair.sock.settimeout(None)
    timer = threading.Timer(0.1, pair.send, [b"late"])
    timer.start()
    assert pair.collect(1) == [pair.frame(b"late")]
    timer.join()


def test_fill_rxhash_sets_hash_of_flow(peers: Callable[..., Peers]) -> None:
    hashes = []
    for fill_rxhash in (False, True):
        pair = peers(fill_rxhash=fill_rxhash)
        pair.send(b"data")
        hashes += [frame.rxhash for frame in pair.ring.receive()]
    assert hashes[0] == 0
    assert len(hashes) == 2


def test_close_releases_frames_and_removes_ring(peers: Callable[..., Peers]) -> None:
    pair = peers()
    pair.send(b"ring")
    [frame] = pair.ring.receive()
    pair.ring.close()
    pair.ring.close()
    with pytest.raises(ValueError, match="released"):
        bytes(frame.data)
    for method in (pair.ring.receive, pair.ring.release):
        with pytest.raises(ValueError, match="the ring is closed"):
            method()
    pair.send(b"queue")
    assert pair.sock.recv(100) == pair.frame(b"queue")
    with RxRing(pair.sock, block_size=PAGE, block_nr=1, frame_size=1024, retire_blk_tov=5) as ring:
        pair.send(b"again")
        assert [bytes(item.data) for item in ring.receive()] == [pair.frame(b"again")]
    assert "closed>" in repr(ring)


def test_close_with_view_keeps_memory_until_view_is_released(peers: Callable[..., Peers]) -> None:
    pair = peers()
    pair.send(b"kept")
    [frame] = pair.ring.receive()
    kept = frame.data[14:]
    pair.ring.close()
    pair.sock.close()
    gc.collect()
    assert bytes(kept) == b"kept"


def test_socket_closed_first_raises_ebadf_and_ring_closes(peers: Callable[..., Peers]) -> None:
    pair = peers()
    pair.sock.close()
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        pair.ring.statistics()
    with pytest.raises((OSError, ValueError)):
        pair.ring.receive()
    pair.ring.close()


def test_second_ring_of_socket_raises_ebusy(peers: Callable[..., Peers]) -> None:
    pair = peers()
    with pytest.raises(OSError, match=os.strerror(errno.EBUSY)):
        RxRing(pair.sock, block_size=PAGE, block_nr=1, frame_size=1024)
    pair.send(b"first ring")
    assert pair.collect(1) == [pair.frame(b"first ring")]


INVALID: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"block_size": 0}, OverflowError, "block_size must be 1 to"),
    ({"block_size": -PAGE}, OverflowError, "block_size must be 1 to"),
    ({"block_size": 2**31}, OverflowError, "block_size must be 1 to"),
    ({"block_size": 2**64}, OverflowError, "block_size must be 1 to"),
    ({"block_size": 5000}, ValueError, "block_size must be a multiple of 4096, not 5000"),
    ({"block_size": 4096.0}, TypeError, "block_size"),
    ({"block_size": "4096"}, TypeError, "block_size"),
    ({"block_nr": 0}, OverflowError, "block_nr must be 1 to"),
    ({"block_nr": None}, TypeError, "block_nr"),
    ({"frame_size": 0}, OverflowError, "frame_size must be 1 to"),
    ({"frame_size": 1000}, ValueError, "frame_size must be a multiple of 16 from 96 to block_size, not 1000"),
    ({"frame_size": 80}, ValueError, "frame_size must be a multiple of 16"),
    ({"frame_size": 8192}, ValueError, "from 96 to block_size, not 8192"),
    ({"retire_blk_tov": -1}, OverflowError, "retire_blk_tov must be 0 to"),
    ({"block_size": 2**30, "block_nr": 2**31 - 1, "frame_size": 96}, OverflowError, "number of frames must be 1 to"),
]


@pytest.mark.skipif(mmap.PAGESIZE != PAGE, reason="the messages have another page size")
@pytest.mark.parametrize(("sizes", "exception", "message"), INVALID)
def test_rx_ring_invalid_size_raises_before_system_call(
    closing: ExitStack, sizes: dict[str, Any], exception: type[Exception], message: str
) -> None:
    sock = closing.enter_context(sockcore.socket(sockcore.AF_PACKET, sockcore.SOCK_RAW, 0))
    version = options.get(sock, PACKET_VERSION)
    with pytest.raises(exception, match=message):
        RxRing(sock, **{"block_size": PAGE, "frame_size": 1024, **sizes})
    assert options.get(sock, PACKET_VERSION) == version == PacketVersion.V1


def test_rx_ring_of_too_many_blocks_raises_enomem(closing: ExitStack) -> None:
    sock = closing.enter_context(sockcore.socket(sockcore.AF_PACKET, sockcore.SOCK_RAW, 0))
    with pytest.raises(OSError, match=os.strerror(errno.ENOMEM)) as exc_info:
        RxRing(sock, block_size=PAGE, block_nr=1 << 27)
    assert exc_info.value.errno == errno.ENOMEM


def test_rx_ring_sizes_that_are_not_powers_of_two_work(peers: Callable[..., Peers]) -> None:
    pair = peers(block_size=3 * PAGE, block_nr=3, frame_size=1008)
    payloads = [bytes([number]) * 900 for number in range(20)]
    frames = [bytes(frame.data) for frame in pair.exchange(payloads)]
    assert frames == [pair.frame(payload) for payload in payloads]


def test_rx_ring_of_other_object_raises(closing: ExitStack) -> None:
    with pytest.raises(TypeError, match=r"RxRing\(\) argument must be a socket, not int"):
        RxRing(3)
    stream = closing.enter_context(sockcore.socket(1, sockcore.SOCK_STREAM))
    with pytest.raises(ValueError, match="needs a socket of AF_PACKET"):
        RxRing(stream)
    closed = sockcore.socket(sockcore.AF_PACKET, sockcore.SOCK_RAW, 0)
    closed.close()
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        RxRing(closed)


def test_addresses_are_decoded_once(peers: Callable[..., Peers], monkeypatch: pytest.MonkeyPatch) -> None:
    pair = peers()
    monkeypatch.setattr(packet_ring, "_MOST_ADDRESSES", 1)
    for payload in (b"1", b"2"):
        pair.send(payload)
        pair.collect(1)
    assert list(pair.ring._addresses.values()) == [("lo", pair.protocol, 0, LOOPBACK, bytes(6))]


def test_pure_unpack_frames_is_used_without_native(peers: Callable[..., Peers], implementation: str) -> None:
    pair = peers()
    assert (pair.ring._unpack is unpack_frames) == (implementation == "pure")
    assert pair.ring._sizes == PacketRing(PAGE, 4, 1024, 16, 5, 0, 0)
