"""AF_ALG: a SHA-256 that the kernel computes."""

import hashlib

import sockcore as socket

with socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET) as sock:
    sock.bind(("hash", "sha256"))
    operation, _ = sock.accept()
    with operation:
        operation.sendall(b"hello")
        print(operation.recv(32) == hashlib.sha256(b"hello").digest())
