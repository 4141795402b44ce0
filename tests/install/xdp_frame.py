"""Send a frame with AF_XDP, and receive it with AF_PACKET, for which no plugin is installed.

test_third_party_plugin.py runs it as root on Linux, in an environment with only the core and sockcore-xdp.
"""

from __future__ import annotations

import ctypes
import mmap
import struct
import sys
from typing import Any

import sockcore
from sockcore.plugin import interface_index

FRAMES, FRAME_SIZE, ENTRIES = 16, 4096, 64
ETHERTYPE = 0x88B5  # IEEE 802: for experiments
FRAME = bytes(12) + struct.pack("!H", ETHERTYPE) + b"by AF_XDP".ljust(46, b".")

# <linux/if_xdp.h>: offsets for mmap of the rings.
PGOFF_TX, PGOFF_COMPLETION = 0x80000000, 0x180000000


def register_memory(sock: Any, memory: mmap.mmap) -> None:
    """Register the memory for frames (struct xdp_umem_reg) and the rings of *sock*."""
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    umem = struct.pack("=QQIIII", start, len(memory), FRAME_SIZE, 0, 0, 0)
    sock.setsockopt(sockcore.SOL_XDP, sockcore.XDP_UMEM_REG, umem)
    for ring in ("XDP_UMEM_FILL_RING", "XDP_UMEM_COMPLETION_RING", "XDP_RX_RING", "XDP_TX_RING"):
        sock.setsockopt(sockcore.SOL_XDP, getattr(sockcore, ring), ENTRIES)


def ring(sock: Any, offsets: bytes, which: int, entry: int, page: int) -> tuple[mmap.mmap, int, int, int]:
    """Map a ring; return it with the offsets of producer, consumer and entries."""
    producer, consumer, entries = struct.unpack_from("=QQQ", offsets, which * 32)
    return mmap.mmap(sock.fileno(), entries + ENTRIES * entry, offset=page), producer, consumer, entries


def main(interface: str) -> None:
    """Bind, send a frame and receive it; print a line for each step."""
    index = interface_index(interface)
    # Receive only this type, because other traffic of a busy interface would fill the queue.
    packet = sockcore.socket(17, sockcore.SOCK_RAW, int.from_bytes(struct.pack("!H", ETHERTYPE), sys.byteorder))
    packet.settimeout(60)
    ll = struct.pack("=H", 17) + struct.pack("!H", ETHERTYPE) + struct.pack("=iHBB8x", index, 0, 0, 0)
    packet.bind(sockcore.RawAddress(ll))

    memory = mmap.mmap(-1, FRAMES * FRAME_SIZE)
    memory[: len(FRAME)] = FRAME
    sock = sockcore.socket(sockcore.AF_XDP, sockcore.SOCK_RAW)
    register_memory(sock, memory)
    address = (interface, 0, sockcore.XDP_COPY)
    sock.bind(address)
    print("bound to", address)

    with sockcore.socket(sockcore.AF_XDP, sockcore.SOCK_RAW) as second:
        second.setsockopt(sockcore.SOL_XDP, sockcore.XDP_RX_RING, ENTRIES)
        second.bind((interface, 0, sockcore.XDP_SHARED_UMEM, sock.fileno()))
        print("the second socket shares its memory")

    offsets = sock.getsockopt(sockcore.SOL_XDP, sockcore.XDP_MMAP_OFFSETS, 128)
    tx, produced, _, entries = ring(sock, offsets, 1, 16, PGOFF_TX)
    tx[entries : entries + 16] = struct.pack("=QII", 0, len(FRAME), 0)  # struct xdp_desc
    tx[produced : produced + 4] = struct.pack("=I", 1)
    sock.send(b"", sockcore.MSG_DONTWAIT)  # starts transmission
    print(f"sent a frame of {len(FRAME)} bytes")

    while FRAME not in (received := packet.recvfrom(2000))[0]:
        pass
    done, completed, _, _ = ring(sock, offsets, 3, 8, PGOFF_COMPLETION)
    [count] = struct.unpack_from("=I", done, completed)
    print("the kernel has returned the buffer" if count == 1 else f"the kernel has returned {count} buffers")
    print("received the frame" if received[1].family == 17 else received)
    sock.close()
    packet.close()


main(sys.argv[1])
