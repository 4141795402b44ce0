"""Frames of AF_XDP over a veth pair in copy mode. The peer is a socket of AF_PACKET of the standard library.

The tests are skipped without root, or if the kernel does not support AF_XDP.
"""

from __future__ import annotations

import errno
import gc
import os
import platform
import socket as stdlib
import struct
import sys
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
import sockcore_xdp
from sockcore_xdp import region, xsk
from sockcore_xdp.options import XDP_OPTIONS
from sockcore_xdp.program import XDP_FLAGS_DRV_MODE, RedirectProgram
from sockcore_xdp.region import PureRegion, native_module
from sockcore_xdp.xsk import Xsk

import sockcore
from sockcore import options
from sockcore.testing import IsolatedRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AF_XDP = 44
PROTOCOL = 0x88B5  # IEEE 802: for experiments


def skip_reason() -> str:
    try:
        stdlib.socket(AF_XDP, stdlib.SOCK_RAW).close()
    except OSError as exc:
        return f"this user cannot open AF_XDP sockets on this kernel: {exc}"
    return ""


pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="AF_XDP needs Linux"),
    pytest.mark.skipif("EMULATED_ARCHITECTURE" in os.environ, reason="the emulator does not support AF_XDP"),
    pytest.mark.skipif(bool(skip_reason()), reason=skip_reason() or "unused"),
]


@pytest.fixture(scope="module", autouse=True)
def _registered_plugin() -> Iterator[None]:
    with IsolatedRegistry() as registry:
        registry.load(sockcore_xdp)
        yield


@pytest.fixture(params=["native", "pure"])
def implementation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make an Xsk use the class of regions in C or in Python."""
    if request.param == "native":
        if native_module() is None:
            pytest.skip("the C code was not built, or this process does not use it")
    else:
        if platform.machine() not in ("x86_64", "i686"):
            pytest.skip("the class in Python needs x86")
        monkeypatch.setattr(xsk, "region_class", lambda: PureRegion)
    name: str = request.param
    return name


def frame(payload: bytes) -> bytes:
    return (b"\xff" * 6 + b"\x02\0\0\0\0\x09" + struct.pack("!H", PROTOCOL) + payload).ljust(60, b"\0")


class Link:
    """A socket of AF_XDP at veth0, and one of AF_PACKET at veth1."""

    def __init__(self, namespaces: Any, stack: ExitStack, is_receiving: bool, **sizes: Any) -> None:
        self.sock = stack.enter_context(namespaces.run(0, sockcore.socket, AF_XDP, sockcore.SOCK_RAW))
        self.sock.settimeout(60)
        self.xsk = stack.enter_context(Xsk(self.sock, **{"rx_size": 8, "tx_size": 8, **sizes}))
        namespaces.run(0, self.sock.bind, ("veth0", 0, sockcore.XDP_COPY))
        self.peer = stack.enter_context(
            namespaces.run(1, stdlib.socket, stdlib.AF_PACKET, stdlib.SOCK_RAW, stdlib.htons(PROTOCOL))
        )
        self.peer.settimeout(60)
        namespaces.run(1, self.peer.bind, ("veth1", PROTOCOL))
        if is_receiving:
            self.program = stack.enter_context(namespaces.run(0, RedirectProgram, "veth0"))
            self.program.add(0, self.sock)

    def collect(self, count: int) -> list[bytes]:
        """Return frames of the protocol of these tests: the kernel sends others."""
        frames: list[bytes] = []
        while len(frames) < count:
            frames += [bytes(view) for view in self.xsk.receive() if view[12:14] == PROTOCOL.to_bytes(2, "big")]
        return frames


@pytest.fixture
def link(sockcore_namespaces: Any, implementation: str) -> Iterator[Callable[..., Link]]:
    for number, name in enumerate(sockcore_namespaces.interfaces):
        # Without IPv6, the kernel does not send frames itself.
        sockcore_namespaces.run(number, disable_ipv6, name)
    with ExitStack() as stack:
        yield lambda is_receiving=True, **sizes: Link(sockcore_namespaces, stack, is_receiving, **sizes)


def disable_ipv6(name: str) -> None:
    # The file is that of the network namespace of the thread.
    try:
        with open(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6", "w") as file:
            file.write("1")
    except OSError:
        return


def test_frames_are_sent_without_program(link: Callable[..., Link]) -> None:
    pair = link(is_receiving=False)
    assert pair.xsk.send([frame(b"one"), bytearray(frame(b"two")), memoryview(frame(b"three"))]) == 3
    assert [pair.peer.recv(2000) for _ in range(3)] == [frame(b"one"), frame(b"two"), frame(b"three")]
    assert pair.xsk.send([]) == 0


def test_frames_are_received(link: Callable[..., Link]) -> None:
    pair = link()
    sent = [frame(bytes([number]) * 200 * number) for number in range(1, 6)]
    for content in sent:
        pair.peer.send(content)
    assert pair.collect(5) == sent
    assert options.get(pair.sock, XDP_OPTIONS) == 0


def test_many_frames_wrap_around_rings(link: Callable[..., Link]) -> None:
    pair = link()
    expected = [frame(struct.pack("!I", number)) for number in range(100)]
    received: list[bytes] = []
    for content in expected:
        pair.peer.send(content)
        received += pair.collect(1)
    assert received == expected
    assert pair.xsk.send(expected) == 100
    assert [pair.peer.recv(2000) for _ in expected] == expected


def test_large_frame_fills_chunk(link: Callable[..., Link]) -> None:
    pair = link(chunk_size=2048)
    content = frame(b"x" * 1486)
    assert len(content) == 1500
    assert pair.xsk.send([content]) == 1
    assert pair.peer.recv(4000) == content
    pair.peer.send(content)
    assert pair.collect(1) == [content]


def test_next_receive_releases_views(link: Callable[..., Link]) -> None:
    pair = link()
    pair.peer.send(frame(b"first"))
    [first] = pair.xsk.receive()
    assert bytes(first) == frame(b"first")
    assert first.readonly
    pair.peer.send(frame(b"second"))
    [second] = pair.xsk.receive()
    with pytest.raises(ValueError, match="released"):
        bytes(first)
    pair.xsk.release()
    with pytest.raises(ValueError, match="released"):
        bytes(second)


def test_slice_keeps_chunk_until_it_is_released(link: Callable[..., Link], implementation: str) -> None:
    pair = link(rx_size=2)
    kept = []
    for payload in (b"a", b"b"):
        pair.peer.send(frame(payload))
        [view] = pair.xsk.receive()
        kept.append(view[14:15])
    if implementation == "pure":
        pair.xsk.release()  # the views are copies
        assert pair.xsk._held == set()
        return
    with pytest.raises(BufferError, match="all chunks are used by views"):
        pair.xsk.receive()
    pair.peer.send(frame(b"lost"))
    assert [bytes(view) for view in kept] == [b"a", b"b"]
    kept.pop().release()
    pair.xsk.release()
    pair.peer.send(frame(b"c"))
    assert pair.collect(1) == [frame(b"c")]
    assert bytes(kept[0]) == b"a"
    kept.pop().release()


def test_full_ring_drops_frames_and_counts_them(link: Callable[..., Link]) -> None:
    pair = link(rx_size=4)
    for number in range(10):
        pair.peer.send(frame(bytes([number])))
    time.sleep(0.1)
    assert pair.collect(4) == [frame(bytes([number])) for number in range(4)]
    statistics = pair.xsk.statistics()
    lost = statistics.rx_dropped + (statistics.rx_ring_full or 0) + (statistics.rx_fill_ring_empty_descs or 0)
    assert lost >= 6
    pair.xsk.release()
    pair.peer.send(frame(b"after"))
    assert pair.collect(1) == [frame(b"after")]


@pytest.mark.parametrize(("timeout", "exception"), [(0.0, BlockingIOError), (0.05, sockcore.timeout)])
def test_receive_without_frame_raises_exception_of_timeout(
    link: Callable[..., Link], timeout: float, exception: type[Exception]
) -> None:
    pair = link(is_receiving=False)
    pair.sock.settimeout(timeout)
    with pytest.raises(exception):
        pair.xsk.receive()


@pytest.mark.parametrize("timeout", [None, 0.0, 5.0])
def test_send_works_with_each_timeout(link: Callable[..., Link], timeout: float | None) -> None:
    pair = link(is_receiving=False)
    pair.sock.settimeout(timeout)
    assert pair.xsk.send([frame(b"data")]) == 1
    assert pair.peer.recv(2000) == frame(b"data")


def test_blocking_receive_waits_for_frame(link: Callable[..., Link]) -> None:
    pair = link()
    pair.sock.settimeout(None)
    timer = threading.Timer(0.1, pair.peer.send, [frame(b"late")])
    timer.start()
    assert pair.collect(1) == [frame(b"late")]
    timer.join()


def test_queue_without_socket_goes_to_protocol_stack(link: Callable[..., Link], sockcore_namespaces: Any) -> None:
    pair = link()
    with sockcore_namespaces.run(0, stdlib.socket, stdlib.AF_PACKET, stdlib.SOCK_RAW, stdlib.htons(PROTOCOL)) as stack:
        stack.bind(("veth0", PROTOCOL))
        stack.settimeout(60)
        pair.program.remove(0)
        pair.peer.send(frame(b"stack"))
        assert stack.recv(2000) == frame(b"stack")
        pair.program.add(0, pair.sock)
        pair.peer.send(frame(b"socket"))
        assert pair.collect(1) == [frame(b"socket")]
        pair.program.close()
        pair.program.close()
        pair.peer.send(frame(b"stack again"))
        assert stack.recv(2000) == frame(b"stack again")


def test_program_in_driver_mode_passes_frames(link: Callable[..., Link], sockcore_namespaces: Any) -> None:
    pair = link(is_receiving=False)
    with sockcore_namespaces.run(0, RedirectProgram, "veth0", 1, XDP_FLAGS_DRV_MODE) as program:
        program.add(0, pair.sock)
        pair.peer.send(frame(b"driver"))
        assert pair.collect(1) == [frame(b"driver")]


def test_program_invalid_arguments_raise(link: Callable[..., Link], sockcore_namespaces: Any) -> None:
    pair = link()
    with pytest.raises(OSError, match=r"no interface with this name|No such device"):
        RedirectProgram("nowhere0")
    for arguments in (("veth0", 0), ("veth0", 2**16), ("veth0", 1, -1)):
        with pytest.raises(OverflowError):
            RedirectProgram(*arguments)
    with pytest.raises(OSError, match=os.strerror(errno.EBUSY)):
        sockcore_namespaces.run(0, RedirectProgram, "veth0")  # it has a program
    for queue in (-1, 64):
        with pytest.raises(OverflowError, match="queue must be 0 to 63"):
            pair.program.add(queue, pair.sock)
    pair.program.remove(1)  # has no socket
    with pytest.raises(OSError, match="bpf: "):
        pair.program.add(1, pair.peer)
    closed = sockcore.socket(AF_XDP, sockcore.SOCK_RAW)
    closed.close()
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        pair.program.add(1, closed)
    pair.program.close()
    with pytest.raises(ValueError, match="the program is closed"):
        pair.program.add(0, pair.sock)


def test_close_releases_frames(link: Callable[..., Link]) -> None:
    pair = link()
    pair.peer.send(frame(b"kept"))
    [view] = pair.xsk.receive()
    kept = view[14:18]
    pair.xsk.close()
    pair.xsk.close()
    pair.sock.close()
    gc.collect()
    assert bytes(kept) == b"kept"
    with pytest.raises(ValueError, match="released"):
        bytes(view)
    for call in (pair.xsk.receive, pair.xsk.release, lambda: pair.xsk.send([frame(b"x")])):
        with pytest.raises(ValueError, match="the Xsk is closed"):
            call()
    assert "closed>" in repr(pair.xsk)


INVALID: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"rx_size": 0}, OverflowError, "rx_size must be 1 to"),
    ({"rx_size": -8}, OverflowError, "rx_size must be 1 to"),
    ({"rx_size": 2**32}, OverflowError, "rx_size must be 1 to"),
    ({"rx_size": 12}, ValueError, "rx_size must be a power of two, not 12"),
    ({"tx_size": 3}, ValueError, "tx_size must be a power of two, not 3"),
    ({"tx_size": 8.0}, TypeError, "tx_size"),
    ({"chunk_size": 1024}, OverflowError, "chunk_size must be 2048 to"),
    ({"chunk_size": 3000}, ValueError, "chunk_size must be a power of two, not 3000"),
    ({"chunk_size": 1 << 30}, OverflowError, "chunk_size must be 2048 to"),
    ({"headroom": 4096}, OverflowError, "headroom must be 0 to 3839, not 4096"),
    ({"headroom": None}, TypeError, "headroom"),
]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the messages have the page size")
@pytest.mark.parametrize(("sizes", "exception", "message"), INVALID)
def test_xsk_invalid_size_raises(sizes: dict[str, Any], exception: type[Exception], message: str) -> None:
    with sockcore.socket(AF_XDP, sockcore.SOCK_RAW) as sock, pytest.raises(exception, match=message):
        Xsk(sock, **{"chunk_size": 4096, **sizes})


def test_xsk_of_other_object_raises() -> None:
    with pytest.raises(TypeError, match=r"Xsk\(\) argument must be a socket, not int"):
        Xsk(3)
    with (
        sockcore.socket(1, sockcore.SOCK_STREAM) as stream,
        pytest.raises(ValueError, match="needs a socket of AF_XDP"),
    ):
        Xsk(stream)
    closed = sockcore.socket(AF_XDP, sockcore.SOCK_RAW)
    closed.close()
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        Xsk(closed)


def test_second_xsk_of_socket_raises_ebusy(link: Callable[..., Link]) -> None:
    pair = link()
    with pytest.raises(OSError, match=os.strerror(errno.EBUSY)):
        Xsk(pair.sock)
    pair.peer.send(frame(b"data"))
    assert pair.collect(1) == [frame(b"data")]


@pytest.mark.parametrize(
    ("content", "exception", "message"),
    [
        ("text", TypeError, "frame 1 must be a bytes-like object, not str"),
        (b"", ValueError, "frame 1 must have 1 to 2048 bytes, not 0"),
        (bytes(2049), ValueError, "frame 1 must have 1 to 2048 bytes, not 2049"),
    ],
)
def test_send_invalid_frame_raises_and_sends_nothing(
    link: Callable[..., Link], content: Any, exception: type[Exception], message: str
) -> None:
    pair = link(is_receiving=False, chunk_size=2048)
    with pytest.raises(exception, match=message):
        pair.xsk.send([frame(b"first"), content])
    pair.xsk.send([frame(b"second")])
    assert pair.peer.recv(2000) == frame(b"second")


def test_send_of_unbound_socket_raises_oserror(implementation: str) -> None:
    with sockcore.socket(AF_XDP, sockcore.SOCK_RAW) as sock, Xsk(sock, rx_size=2, tx_size=2) as unbound:
        with pytest.raises(OSError, match=os.strerror(errno.ENXIO)):
            unbound.send([frame(b"x")])


def test_send_with_interface_down_raises_enetdown(link: Callable[..., Link], sockcore_namespaces: Any) -> None:
    pair = link(is_receiving=False)
    sockcore_namespaces.ip(0, "link", "set", "veth0", "down")
    with pytest.raises(OSError, match=rf"{os.strerror(errno.ENETDOWN)}|{os.strerror(errno.ENXIO)}"):
        pair.xsk.send([frame(b"x")])


def test_receive_of_removed_interface_ends(link: Callable[..., Link], sockcore_namespaces: Any) -> None:
    pair = link()
    pair.sock.settimeout(1)
    sockcore_namespaces.ip(0, "link", "del", "veth0")
    began = time.thread_time()
    with pytest.raises(OSError, match=rf"timed out|{os.strerror(errno.ENETDOWN)}|{os.strerror(errno.ENXIO)}"):
        pair.xsk.receive()
    assert time.thread_time() - began < 0.5


def test_operations_do_not_leak(link: Callable[..., Link]) -> None:
    pair = link(is_receiving=False)
    fds = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        with sockcore.socket(AF_XDP, sockcore.SOCK_RAW) as sock, Xsk(sock, rx_size=2, tx_size=2):
            pass
    assert len(os.listdir("/proc/self/fd")) == fds
    assert pair.xsk.send([frame(b"x")] * 20) == 20


def test_region_class_without_native_needs_x86(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(region, "native_module", lambda: None)
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(RuntimeError, match="needs the C code of sockcore_xdp on riscv64"):
        region.region_class()
