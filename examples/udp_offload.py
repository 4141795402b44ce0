"""UDP segmentation offload on Linux: the kernel handles many datagrams as one (UDP_SEGMENT: 4.18, UDP_GRO: 5.0).

    python examples/udp_offload.py [MEGABYTES]

The sender passes one large buffer and the size of a segment. The kernel, or the network card, cuts the buffer into
datagrams of that size; the last may be shorter. The receiver sets UDP_GRO, and gets consecutive datagrams of one sender
as one buffer, with their size in a control message. The packets on the network are the same as without offload.
"""

from __future__ import annotations

import sys
import time

import sockcore as socket

SIZE = 1200  # bytes of a datagram; smaller than the MTU of every path
DATAGRAMS = 50  # in one buffer: the kernel allows 64, and 65,507 bytes
LEVEL = socket.SOL_UDP


def send(sock: socket.socket, data: bytes, address: object) -> None:
    """Send *data* in datagrams of SIZE bytes."""
    segment = socket.ancillary.encode("UDP_SEGMENT", SIZE)
    for at in range(0, len(data), DATAGRAMS * SIZE):
        sock.sendmsg([data[at : at + DATAGRAMS * SIZE]], [segment], 0, address)


def receive(sock: socket.socket) -> list[bytes]:
    """Return the datagrams that have arrived, at least one."""
    data, messages, _, _ = sock.recvmsg(65536, socket.CMSG_SPACE(4))
    sizes = dict(socket.ancillary.decode(messages))  # a single datagram has no size
    size = sizes.get("UDP_GRO", len(data)) or 1
    return [data[at : at + size] for at in range(0, len(data), size)]


def main() -> None:
    """Send megabytes over loopback, and print the number of datagrams and calls."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    data = bytes(range(256)) * (1_000_000 // 256)
    udp = socket.AF_INET, socket.SOCK_DGRAM
    calls, datagrams = 0, 0
    with socket.socket(*udp) as server, socket.socket(*udp) as client:
        server.bind(("127.0.0.1", 0))
        server.setsockopt(LEVEL, socket.UDP_GRO, 1)
        server.settimeout(60)
        began = time.perf_counter()
        for _ in range(count):
            for at in range(0, len(data), DATAGRAMS * SIZE):
                piece, got = data[at : at + DATAGRAMS * SIZE], []
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
