"""Frames of a veth pair: recvmmsg() and a ring of AF_PACKET (TPACKET_V3), and AF_XDP in copy mode.

    python -m benchmarks.rings

*cost* is the processor time of the receiving thread in microseconds for one frame: the smallest of several rounds, in
which all frames have arrived before. *lost* is the part of the frames that is lost while another process sends as fast
as it can. All receivers have buffers of the same size. It needs root, and a kernel with AF_XDP for the rows of AF_XDP.
"""

from __future__ import annotations

import errno
import struct
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep, thread_time
from typing import TYPE_CHECKING

import sockcore
from sockcore import options, plugin
from sockcore.testing import NetworkNamespaces
from sockcore_linux_misc.packet_ring import RxRing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1] / "examples" / "xdp" / "src"))

PROTOCOL = 0x88B5  # IEEE 802: for experiments
SIZES = (64, 1400)
BUFFER = 8 << 20
ROUNDS, COUNT = 40, 1024
SENT = 200_000
BATCH = 64
QUIET = 0.5

#: A program that sends frames of a size as fast as it can from an interface in the network namespace of a process.
SENDER = """
import os, sys
import sockcore
frame, count, batch = bytes.fromhex(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
with sockcore.socket(sockcore.AF_PACKET, sockcore.SOCK_RAW, 0) as sock:
    sock.bind((sys.argv[4], 0))
    for _ in range(count // batch):
        sock.sendmmsg([(frame,)] * batch)
"""


def frame(size: int) -> bytes:
    """Return an Ethernet frame to all stations."""
    return (b"\xff" * 6 + b"\x02\0\0\0\0\x09" + struct.pack("!H", PROTOCOL)).ljust(size, b"x")


@contextmanager
def recvmmsg(namespaces: NetworkNamespaces) -> Iterator[tuple[Any, Callable[[], int]]]:
    """Receive batches by recvmmsg()."""
    with namespaces.run(0, sockcore.socket, sockcore.AF_PACKET, sockcore.SOCK_RAW, 0) as sock:
        sock.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_RCVBUFFORCE, BUFFER // 2)  # the kernel doubles it
        namespaces.run(0, sock.bind, ("veth0", PROTOCOL))
        yield sock, lambda: len(sock.recvmmsg(BATCH, 2048))


@contextmanager
def tpacket(namespaces: NetworkNamespaces) -> Iterator[tuple[Any, Callable[[], int]]]:
    """Receive blocks of a ring."""
    with namespaces.run(0, sockcore.socket, sockcore.AF_PACKET, sockcore.SOCK_RAW, 0) as sock:
        with RxRing(sock, block_size=1 << 18, block_nr=BUFFER >> 18, retire_blk_tov=1) as ring:
            namespaces.run(0, sock.bind, ("veth0", PROTOCOL))
            yield sock, lambda: len(ring.receive())


def bind_to_queue(namespaces: NetworkNamespaces, sock: Any, address: tuple[Any, ...]) -> None:
    """Bind a socket of AF_XDP. The kernel frees the queue of a closed socket some time after close(2)."""
    end = monotonic() + 5
    while True:
        try:
            return namespaces.run(0, sock.bind, address)
        except OSError as exc:
            if exc.errno != errno.EBUSY or monotonic() > end:
                raise
        sleep(0.01)


@contextmanager
def xdp(namespaces: NetworkNamespaces) -> Iterator[tuple[Any, Callable[[], int]]]:
    """Receive the frames of AF_XDP."""
    import sockcore_xdp
    from sockcore_xdp.program import RedirectProgram
    from sockcore_xdp.xsk import Xsk

    plugin.load(sockcore_xdp)
    with ExitStack() as stack:
        sock = stack.enter_context(namespaces.run(0, sockcore.socket, sockcore_xdp.AF_XDP, sockcore.SOCK_RAW))
        xsk = stack.enter_context(Xsk(sock, rx_size=BUFFER >> 12, tx_size=1))
        bind_to_queue(namespaces, sock, ("veth0", 0, sockcore_xdp.CONSTANTS["XDP_COPY"]))
        program = stack.enter_context(namespaces.run(0, RedirectProgram, "veth0", 1))
        program.add(0, sock)
        yield sock, lambda: len(xsk.receive())


ROWS = {"AF_PACKET, recvmmsg()": recvmmsg, "AF_PACKET, RxRing": tpacket, "AF_XDP, Xsk": xdp}


def count_until_quiet(receive: Callable[[], int]) -> int:
    """Return the number of frames until the timeout of the socket passes."""
    received = 0
    try:
        while True:
            received += receive()
    except sockcore.timeout:
        return received


def measure_cost(namespaces: NetworkNamespaces, row: Any, size: int) -> float:
    """Return the microseconds of one frame."""
    best = float("inf")
    with (
        row(namespaces) as (sock, receive),
        namespaces.run(1, sockcore.socket, sockcore.AF_PACKET, sockcore.SOCK_RAW, 0) as sender,
    ):
        namespaces.run(1, sender.bind, ("veth1", 0))
        messages = [(frame(size),)] * BATCH
        sock.settimeout(QUIET)
        for _ in range(ROUNDS):
            sent = 0
            while sent < COUNT:
                sent += sender.sendmmsg(messages[: COUNT - sent])
            received, began = 0, thread_time()
            while received < COUNT:
                received += receive()
            best = min(best, (thread_time() - began) / received)
    return best * 1e6


def measure_loss(namespaces: NetworkNamespaces, row: Any, size: int) -> float:
    """Return the part of the frames that is lost, in percent."""
    with row(namespaces) as (sock, receive):
        sock.settimeout(QUIET * 4)  # the other process starts
        command = [sys.executable, "-c", SENDER, frame(size).hex(), str(SENT), str(BATCH), "veth1"]
        sender = namespaces.run(1, subprocess.Popen, command)
        received = count_until_quiet(receive)
        if sender.wait():
            raise RuntimeError("the sender failed")
    return 100 * (1 - received / (SENT // BATCH * BATCH))


def main() -> None:
    """Print a row for each way to receive."""
    options.known()  # load the plugins before threads use them
    print(f"{'':26}" + "".join(f"{f'{size} bytes: cost':>18}{'lost':>8}" for size in SIZES))
    for name, row in ROWS.items():
        figures = []
        for size in SIZES:
            with NetworkNamespaces() as namespaces:
                for number, interface in enumerate(namespaces.interfaces):
                    namespaces.ip(number, "link", "set", interface, "arp", "off", "multicast", "off")
                cost = measure_cost(namespaces, row, size)
                figures.append(f"{cost:15.2f} us{measure_loss(namespaces, row, size):7.1f}%")
        print(f"{name:26}" + "".join(figures), flush=True)


if __name__ == "__main__":
    main()
