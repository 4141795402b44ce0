"""AF_BLUETOOTH: connect to a serial port of a device (RFCOMM), and send a command."""

import sys

import sockcore as socket

device = sys.argv[1] if len(sys.argv) > 1 else "00:1A:7D:DA:71:0F"
with socket.socket(socket.AF_BLUETOOTH, socket.SOCK_STREAM, socket.BTPROTO_RFCOMM) as sock:
    sock.settimeout(60)
    sock.connect((device, 1))
    sock.sendall(b"AT\r")
    print(sock.recv(100))
