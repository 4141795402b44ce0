"""A program for a device with `sockcore` and `sockcore-can` only: it sends a CAN frame, a CAN FD frame and ISO-TP.

    python device.py [INTERFACE]

For each, it opens two sockets on the interface (vcan0), sends from one to the other, and prints a line. The exit status
is 0 if all data arrived, 1 if not, 2 if another plugin was loaded.
"""

from __future__ import annotations

import struct
import sys

import sockcore

FRAME, FD_FRAME = struct.Struct("=IB3x8s"), struct.Struct("=IBB2x64s")


def open_pair(sock_type: int, proto: int) -> tuple[sockcore.socket, sockcore.socket]:
    pair = sockcore.socket(sockcore.AF_CAN, sock_type, proto), sockcore.socket(sockcore.AF_CAN, sock_type, proto)
    for sock in pair:
        sock.settimeout(60)
    return pair


def raw(interface: str) -> str:
    sender, receiver = open_pair(sockcore.SOCK_RAW, sockcore.CAN_RAW)
    with sender, receiver:
        sender.bind((interface,))
        receiver.bind((interface,))
        sender.send(FRAME.pack(0x123, 4, b"ping"))
        data, address = receiver.recvfrom(sockcore.CAN_MTU)
    assert (FRAME.unpack(data), address) == ((0x123, 4, b"ping\0\0\0\0"), (interface,))
    return f"{len(data)} bytes from {address}"


def fd(interface: str) -> str:
    sender, receiver = open_pair(sockcore.SOCK_RAW, sockcore.CAN_RAW)
    with sender, receiver:
        for sock in (sender, receiver):
            sock.setsockopt(sockcore.SOL_CAN_RAW, sockcore.CAN_RAW_FD_FRAMES, 1)
            sock.bind((interface,))
        sender.send(FD_FRAME.pack(0x18DAF110 | sockcore.CAN_EFF_FLAG, 64, sockcore.CANFD_BRS, b"f" * 64))
        data, address = receiver.recvfrom(sockcore.CANFD_MTU)
    assert data[8:] == b"f" * 64
    return f"{len(data)} bytes from {address}"


def isotp(interface: str) -> str:
    sender, receiver = open_pair(sockcore.SOCK_DGRAM, sockcore.CAN_ISOTP)
    message = bytes(range(256)) * 4
    with sender, receiver:
        sender.bind((interface, 0x7E0, 0x7E8))
        receiver.bind((interface, 0x7E8, 0x7E0))
        sender.send(message)
        data = receiver.recv(4095)
    assert data == message
    return f"{len(data)} bytes in segments"


def main(interface: str = "vcan0") -> int:
    """Run each demo; return the exit status."""
    status = 0
    for demo in (raw, fd, isotp):
        try:
            print(f"{demo.__name__}: {demo(interface)}", flush=True)
        except Exception as exc:
            print(f"{demo.__name__}: FAILED: {exc!r}", flush=True)
            status = 1
    loaded = {name.partition(".")[0] for name in sys.modules if name.startswith("sockcore")}
    print("with", *sorted(loaded), flush=True)
    return status if loaded == {"sockcore", "sockcore_can"} else 2


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
