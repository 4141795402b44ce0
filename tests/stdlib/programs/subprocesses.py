"""Sockets that are passed to child processes: as standard streams, and as inherited descriptors."""

import socket
import subprocess
import sys

SHOUT = "import sys; sys.stdout.write(sys.stdin.readline().upper())"
BY_NUMBER = """
import os, sys
number = int(sys.argv[1])
os.write(number, os.read(number, 100)[::-1])
"""

left, right = socket.socketpair()
with left, right:
    child = subprocess.Popen([sys.executable, "-c", SHOUT], stdin=right, stdout=right)
    left.sendall(b"through standard streams\n")
    left.settimeout(60)
    print(left.recv(100))
    print(child.wait())

left, right = socket.socketpair()
with left, right:
    left.sendall(b"by number")
    number = right.fileno()
    print(right.get_inheritable())
    child = subprocess.Popen([sys.executable, "-c", BY_NUMBER, str(number)], pass_fds=[number])
    right.close()
    left.settimeout(60)
    print(left.recv(100), left.recv(100), child.wait())

# Sockets are not inherited by default. The child process fails, because the descriptor is closed.
left, right = socket.socketpair()
with left, right:
    done = subprocess.run(
        [sys.executable, "-c", BY_NUMBER, str(right.fileno())], close_fds=False, stderr=subprocess.DEVNULL
    )
    print(done.returncode)
