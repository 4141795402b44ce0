"""UDP segmentation offload: many datagrams pass the kernel as one, on Linux (UDP_SEGMENT from 4.18, UDP_GRO from 5.0).

    python examples/udp_offload.py [MEGABYTES]

The sender gives one large buffer and the size of a segment, and the kernel, or the network card, cuts it into
datagrams of that size; the last may be shorter. The receiver, which says that it wants that, gets those of one sender
that came together as one buffer, with a control message that tells their size. On the wire nothing differs.
"""

from __future__ import annotations

import sys
import time

import sockcore as socket

SIZE = 1200  # bytes of a datagram: fits every path
MOST = 50  # datagrams in one buffer: the kernel takes 64, and no more than 65,507 bytes
LEVEL = socket.SOL_UDP


def send(sock: socket.socket, data: bytes, address: object) -> None:
    """Send *data* in datagrams of SIZE bytes."""
    segment = socket.ancillary.encode("UDP_SEGMENT", SIZE)
    for at in range(0, len(data), MOST * SIZE):
        sock.sendmsg([data[at : at + MOST * SIZE]], [segment], 0, address)


def receive(sock: socket.socket) -> list[bytes]:
    """Return the datagrams that are there, at least one."""
    data, messages, _, _ = sock.recvmsg(65536, socket.CMSG_SPACE(4))
    sizes = dict(socket.ancillary.decode(messages))  # a single datagram comes without a size
    size = sizes.get("UDP_GRO", len(data)) or 1
    return [data[at : at + size] for at in range(0, len(data), size)]


def main() -> None:
    """Send some megabytes to ourselves, and tell how many datagrams and calls that took."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    data = bytes(range(256)) * (1_000_000 // 256)
    udp = socket.AF_INET, socket.SOCK_DGRAM
    calls, datagrams = 0, 0
    with socket.socket(*udp) as server, socket.socket(*udp) as client:
        server.bind(("127.0.0.1", 0))
        server.setsockopt(LEVEL, socket.UDP_GRO, 1)
        server.settimeout(10)
        began = time.perf_counter()
        for _ in range(count):
            for at in range(0, len(data), MOST * SIZE):
                piece, got = data[at : at + MOST * SIZE], []
                send(client, piece, server.getsockname())
                while sum(map(len, got)) < len(piece):
                    got += receive(server)
                    calls += 1
                assert b"".join(got) == piece
                datagrams += len(got)
        seconds = time.perf_counter() - began
    print(f"{count * len(data):,} bytes in {datagrams:,} datagrams, received by {calls:,} calls in {seconds:.2f} s")


if __name__ == "__main__":
    main()
