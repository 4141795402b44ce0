"""A small echo over UDP with the parts of QUIC that depend on the socket (RFC 9000), without encryption.

    python examples/quic_echo.py [PACKETS [HOST]]

1. A packet has the number of its connection. The server finds the connection by it, not by the address, so the client
   can change its port: it migrates.
2. The server replies from the address to which a packet was sent. This matters on hosts with several addresses.
3. Packets are sent with ECT(0), and the server reports the ECN marks that arrived.
4. The client sends packets again that are not acknowledged in time.
5. Packets of one size are sent and received together, by segmentation offload or in batches.
"""

from __future__ import annotations

import secrets
import struct
import sys
import threading
import time

import sockcore as socket
from sockcore_inet.datagrams import Datagrams, Send

HEADER = struct.Struct("!QIB")  # connection, packet number, ECN bits on arrival
SIZE = 1200  # bytes of a packet: QUIC requires this much of a path
WINDOW = 128  # packets that wait for their acknowledgement
ECT_0 = 2
TIMEOUT = 0.2


def serve(sock: socket.socket, stop: threading.Event) -> dict[int, set[object]]:
    """Echo packets until *stop* is set. Return the addresses of each connection."""
    endpoint = Datagrams(sock)
    connections: dict[int, set[object]] = {}
    while not stop.is_set():
        try:
            packets = endpoint.receive()
        except (socket.timeout, ConnectionError):
            continue
        replies = []
        for packet in packets:
            if len(packet.data) < HEADER.size:
                continue
            connection, number, _ = HEADER.unpack_from(packet.data)
            connections.setdefault(connection, set()).add(packet.source)
            data = HEADER.pack(connection, number, packet.ecn or 0) + packet.data[HEADER.size :]
            ecn = ECT_0 if endpoint.features.ecn else None
            replies.append(Send(data, packet.source, packet.destination, ecn))
        while replies:
            replies = endpoint.send(replies).unsent
    return connections


class Client:
    """One connection to the server."""

    def __init__(self, address: object, family: int) -> None:
        self.address = address
        self.family = family
        self.connection = secrets.randbits(64)
        self.marks = [0, 0, 0, 0]
        self.sent = 0
        self.open()

    def open(self) -> None:
        """Open a socket, with a new port."""
        self.sock = socket.socket(self.family, socket.SOCK_DGRAM)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(self.address)
        self.endpoint = Datagrams(self.sock)

    def migrate(self) -> None:
        """Continue the connection on another port. Packets on the way back are lost, and sent again."""
        self.sock.close()
        self.open()

    def packet(self, number: int) -> Send:
        """Return a packet with recognizable contents."""
        data = HEADER.pack(self.connection, number, 0) + number.to_bytes(4, "big") * ((SIZE - HEADER.size) // 4)
        return Send(data, ecn=ECT_0 if self.endpoint.features.ecn else None)

    def exchange(self, numbers: range) -> None:
        """Send packets until each has been echoed."""
        waiting = set(numbers)
        while waiting:
            self.sent += self.endpoint.send([self.packet(number) for number in sorted(waiting)]).accepted
            deadline = time.monotonic() + TIMEOUT
            while waiting and time.monotonic() < deadline:
                try:
                    replies = self.endpoint.receive()
                except (socket.timeout, ConnectionError):
                    break
                for reply in replies:
                    connection, number, ecn = HEADER.unpack_from(reply.data)
                    if connection == self.connection and number in waiting:
                        assert reply.data[HEADER.size :] == self.packet(number).data[HEADER.size :]
                        self.marks[ecn] += 1
                        waiting.discard(number)


def main() -> None:
    """Run a server and a client in one process."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    host = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    stop = threading.Event()
    with socket.socket(family, socket.SOCK_DGRAM) as server:
        server.bind((host, 0))
        server.settimeout(TIMEOUT)
        found: list[dict[int, set[object]]] = []
        thread = threading.Thread(target=lambda: found.append(serve(server, stop)))
        thread.start()
        try:
            client = Client(server.getsockname(), family)
            began = time.perf_counter()
            for first in range(0, count, WINDOW):
                client.exchange(range(first, min(first + WINDOW, count)))
                if first <= count // 2 < first + WINDOW:
                    client.migrate()
            seconds = time.perf_counter() - began
            client.sock.close()
        finally:
            stop.set()
            thread.join()
    addresses = len(found[0][client.connection])
    print(f"{count} packets of {SIZE} bytes echoed in {seconds:.2f} s, {client.sent - count} sent again")
    print(
        f"1 connection from {addresses} addresses; ECN marks: {client.marks[ECT_0]} of ECT(0), {client.marks[3]} of CE"
    )


if __name__ == "__main__":
    main()
