"""AF_UNIX: a pair of sockets, and the credentials of the peer on Linux."""

import os

import sockcore as socket
from sockcore import options

left, right = socket.socketpair(socket.AF_UNIX)
with left, right:
    left.sendall(b"hello")
    print(right.recv(100))
    if hasattr(socket, "SO_PEERCRED"):
        pid, uid, gid = options.read(right, socket.SOL_SOCKET, socket.SO_PEERCRED)
        print(pid == os.getpid())
