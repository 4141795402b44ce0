"""An NTP client that uses the kernel's receive time: SO_TIMESTAMPNS instead of the clock of the program (RFC 5905).

    python examples/ntp.py [SERVER [PORT]]

Without arguments, it asks pool.ntp.org, and needs the internet. With a server of the local network or of this machine,
it needs only that.

The delay between the arrival of a reply and its processing, for example if the program is busy, does not change the
measured offset.
"""

from __future__ import annotations

import struct
import sys
import time

import sockcore as socket
from sockcore_inet.datagrams import Datagrams, Send

PACKET = struct.Struct("!BBbbII4sQQQQ")  # flags, stratum, poll, precision, delays, reference, four timestamps
CLIENT = 4 << 3 | 3  # version 4, mode 3
EPOCH = 2_208_988_800  # seconds from 1900 to 1970
SECOND = 1_000_000_000


def to_ntp(nanoseconds: int) -> int:
    """Convert nanoseconds since 1970 to 32 bits of seconds since 1900 and 32 bits of a fraction."""
    seconds, rest = divmod(nanoseconds, SECOND)
    return (seconds + EPOCH & 0xFFFFFFFF) << 32 | (rest << 32) // SECOND


def from_ntp(timestamp: int) -> int:
    """Convert an NTP timestamp of the years 1968 to 2104 to nanoseconds since 1970."""
    seconds = timestamp >> 32
    if seconds < 1 << 31:
        seconds += 1 << 32
    return (seconds - EPOCH) * SECOND + ((timestamp & 0xFFFFFFFF) * SECOND >> 32)


def query(address: object, family: int) -> None:
    """Send a request, and print the times of the reply."""
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.connect(address)
        client = Datagrams(sock)
        sent_ns = time.time_ns()
        request = to_ntp(sent_ns)
        result = client.send([Send(PACKET.pack(CLIENT, 0, 0, 0, 0, 0, bytes(4), 0, 0, 0, request))])
        for failure in result.failures:
            raise failure.error
        while True:
            [reply] = client.receive(1)
            now = time.time_ns()
            if len(reply.data) < PACKET.size:
                continue
            _, stratum, _, _, _, _, _, _, origin, received, transmitted = PACKET.unpack_from(reply.data)
            if origin == request:  # otherwise it is an old or a forged reply
                break
    arrival_ns = reply.time_ns if reply.time_ns is not None else now
    received_ns, transmitted_ns = from_ntp(received), from_ntp(transmitted)
    offset = ((received_ns - sent_ns) + (transmitted_ns - arrival_ns)) // 2
    delay = (arrival_ns - sent_ns) - (transmitted_ns - received_ns)
    print(f"server     {reply.source[0]}, stratum {stratum}")
    print(f"sent       {sent_ns / SECOND:.6f}")
    print(f"received   {arrival_ns / SECOND:.6f} by the {'program' if reply.time_ns is None else 'kernel'}")
    print(f"read       {(now - arrival_ns) / 1000:.1f} us later")
    print(f"offset     {offset / 1e6:+.3f} ms")
    print(f"delay      {delay / 1e6:.3f} ms")


def main() -> None:
    """Query the server of the command line."""
    host = sys.argv[1] if len(sys.argv) > 1 else "pool.ntp.org"
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 123
    family, _, _, _, address = socket.getaddrinfo(host, port, 0, socket.SOCK_DGRAM)[0]
    query(address, family)


if __name__ == "__main__":
    main()
