"""Written for the standard module: ask the first controller which version of Bluetooth it is."""

import socket
import struct

with socket.socket(socket.AF_BLUETOOTH, socket.SOCK_RAW, socket.BTPROTO_HCI) as sock:
    everything = 0xFFFFFFFF
    sock.setsockopt(socket.SOL_HCI, socket.HCI_FILTER, struct.pack("=IIIHxx", 1 << 4, everything, everything, 0))
    sock.settimeout(60)
    sock.bind((0,))
    sock.send(struct.pack("<BHB", 1, 0x1001, 0))
    packet, event, length, count, opcode, status, version = struct.unpack_from("<BBBBHBB", sock.recv(260))
    print(f"event {event:#04x}, opcode {opcode:#06x}, status {status}, version {version > 0}")
