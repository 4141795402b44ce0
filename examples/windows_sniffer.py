"""Print the first packets that pass a network interface of Windows. Needs an administrator.

    python examples/windows_sniffer.py [ADDRESS OF THE INTERFACE [HOW MANY]]

Needs sockcore-inet and sockcore-windows.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sockcore as socket

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 65565  # more than any packet has


def listen_on(host: str, protocol: int = socket.IPPROTO_IP) -> Any:
    """Return a raw socket on the interface whose address is *host*; what it receives begins with the header of IP."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol)
    try:
        sock.bind((host, 0))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
    except OSError:
        sock.close()
        raise
    return sock


@contextmanager
def all_packets(sock: Any) -> Iterator[None]:
    """Meanwhile the socket receives packets for others too."""
    sock.ioctl(socket.SIO_RCVALL, socket.RCVALL_ON)
    try:
        yield
    finally:
        sock.ioctl(socket.SIO_RCVALL, socket.RCVALL_OFF)


def describe(packet: bytes) -> str:
    """Return who sends to whom, by the header of IPv4, and how many bytes."""
    source, destination = (socket.inet_ntoa(packet[at : at + 4]) for at in (12, 16))
    return f"{source} -> {destination}  protocol {packet[9]}, {len(packet)} bytes"


def main() -> None:
    host = sys.argv[1] if len(sys.argv) > 1 else socket.gethostbyname(socket.gethostname())
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with listen_on(host) as sock, all_packets(sock):
        for _ in range(count):
            packet, _ = sock.recvfrom(LARGEST)
            print(describe(packet))


if __name__ == "__main__":
    main()
