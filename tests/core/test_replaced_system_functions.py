"""Sockets in a program that replaces functions of os, select and time.

Eventlet, gevent and test doubles do so.
"""

from __future__ import annotations

import pytest

from sockcore import backends

CODE = """
import os, select, sys, time
import sockcore, systems
sockcore.preload()
used = []
def replace(module, name):
    def function(*arguments):
        used.append(name)
        raise AssertionError(name)
    if hasattr(module, name):
        setattr(module, name, function)
for name in "read", "write", "readv", "writev", "close", "dup":
    replace(os, name)
for name in "select", "poll", "epoll", "kqueue":
    replace(select, name)
for name in "sleep", "monotonic":
    replace(time, name)

one, two = systems.socketpair()
one.send(b"data")
print(two.recv(10))
buffer = bytearray(10)
one.sendall(b"into")
print(buffer[: two.recv_into(buffer)])
two.settimeout(0.01)
try:
    two.recv(1)
except TimeoutError as error:
    print(error)
one.settimeout(60)
one.sendall(b"in time")
print(two.recv(10))
with one.dup() as three:
    three.send(b"duplicate")
    print(two.recv(10))
one.close()
print(two.recv(1))
two.close()
sys.stdout.write(repr(used))
"""
PRINTED = """\
b'data'
bytearray(b'into')
timed out
b'in time'
b'duplicate'
b''
[]"""


@pytest.mark.parametrize("backend", backends.available())
def test_sockets_with_replaced_system_functions_use_the_originals(python, backend):
    assert python(CODE, SOCKCORE_BACKEND=backend) == PRINTED
