"""Sockets for child processes: as standard streams, and inherited by number."""

import socket
import subprocess
import sys

SHOUT = "import sys; sys.stdout.write(sys.stdin.readline().upper())"
BY_NUMBER = """
import os, sys
number = int(sys.argv[1])
os.write(number, os.read(number, 100)[::-1])
"""

here, there = socket.socketpair()
with here, there:
    child = subprocess.Popen([sys.executable, "-c", SHOUT], stdin=there, stdout=there)
    here.sendall(b"through standard streams\n")
    here.settimeout(10)
    print(here.recv(100))
    print(child.wait())

here, there = socket.socketpair()
with here, there:
    here.sendall(b"by number")
    number = there.fileno()
    print(there.get_inheritable())
    child = subprocess.Popen([sys.executable, "-c", BY_NUMBER, str(number)], pass_fds=[number])
    there.close()
    here.settimeout(10)
    print(here.recv(100), here.recv(100), child.wait())

# A socket is not inherited unless one asks for it: the child finds the number closed.
here, there = socket.socketpair()
with here, there:
    done = subprocess.run(
        [sys.executable, "-c", BY_NUMBER, str(there.fileno())], close_fds=False, stderr=subprocess.DEVNULL
    )
    print(done.returncode)
