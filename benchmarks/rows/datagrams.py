"""Rows about UDP: one peer, and a server with ten thousand peers.

The peers are addresses in 127.0.0.0/8. On Linux, a socket can send from each of them. One plain socket acts as all
peers: it sends a batch, the measured socket replies in the measured time, and the plain socket receives the replies.
"""

from __future__ import annotations

import itertools
import socket as plain
from typing import TYPE_CHECKING

from benchmarks.measuring import clock
from benchmarks.rows import kit
from benchmarks.rows.row import Skip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from benchmarks.rows.row import Net, Work

PEERS = 10_000
BATCH = 64  # datagrams that fit into the buffer of every socket
IP_PKTINFO = 8  # the value on Linux; the standard module has it since 3.14


def one_peer(net: Net, family: str, host: str) -> Iterator[Work]:
    number = getattr(net, family)
    with kit.datagrams(net, number, host) as server, kit.datagrams(net, number, host) as client:
        sendto, recvfrom = client.sendto, server.recvfrom
        address = server.getsockname()

        def work(count: int) -> None:
            for _ in itertools.repeat(None, count):
                sendto(kit.DATA, address)
                recvfrom(64)

        yield work


def answer_many(net: Net, new: bool) -> Iterator[Work]:
    """Call recvfrom and sendto in a server, with *new* peers or repeatedly the same."""
    if not hasattr(plain.socket, "sendmsg"):
        raise Skip("needs sendmsg(2)")
    with kit.datagrams(net, net.AF_INET, "0.0.0.0") as server, kit.datagrams(plain, plain.AF_INET, "0.0.0.0") as peers:
        recvfrom, sendto = server.recvfrom, server.sendto
        target = ("127.0.0.1", server.getsockname()[1])
        turns = sources() if new else itertools.cycle(list(itertools.islice(sources(), PEERS)))

        def work(count: int) -> float:
            spent = 0.0
            for size in batches(count):
                for source in itertools.islice(turns, size):
                    peers.sendmsg([kit.DATA], source, 0, target)
                began = clock()
                for _ in itertools.repeat(None, size):
                    data, address = recvfrom(64)
                    sendto(data, address)
                spent += clock() - began
                take(peers, size)
            return spent

        try:
            work(1)
        except OSError as error:
            raise Skip(f"this system does not let one socket send from every address of 127/8: {error}") from error
        if not new:
            work(PEERS)
        yield work


def send_many(net: Net) -> Iterator[Work]:
    """Call sendto only, with stored addresses."""
    with kit.datagrams(net, net.AF_INET, "0.0.0.0") as sock, kit.datagrams(plain, plain.AF_INET, "0.0.0.0") as peers:
        sendto = sock.sendto
        port = peers.getsockname()[1]
        turns = itertools.cycle([(host, port) for host in itertools.islice(hosts(), PEERS)])

        def work(count: int) -> float:
            spent = 0.0
            for size in batches(count):
                batch = list(itertools.islice(turns, size))
                began = clock()
                for address in batch:
                    sendto(kit.DATA, address)
                spent += clock() - began
                take(peers, size)
            return spent

        work(PEERS)
        yield work


def batches(count: int) -> Iterator[int]:
    """Yield sizes of batches with *count* datagrams in total."""
    for done in range(0, count, BATCH):
        yield min(BATCH, count - done)


def take(sock: plain.socket, count: int) -> None:
    """Receive and discard *count* datagrams."""
    space = bytearray(64)
    for _ in itertools.repeat(None, count):
        sock.recv_into(space)


# One generator for the process: every row and every sample gets new addresses.
_numbers = itertools.count()


def hosts() -> Iterator[str]:
    """Yield new addresses of 127.0.0.0/8: about ten million, no broadcast addresses."""
    for number in _numbers:
        rest, low = divmod(number, 250)
        high, middle = divmod(rest, 256)
        if high > 200:
            raise Skip("all addresses of 127/8 were used")
        yield f"127.{high + 1}.{middle}.{low + 1}"


def sources() -> Iterator[list[tuple[int, int, Any]]]:
    """Yield control messages with the source address of a datagram."""
    for host in hosts():
        packed = plain.inet_aton(host)
        yield [(plain.IPPROTO_IP, IP_PKTINFO, bytes(4) + packed + packed)]
