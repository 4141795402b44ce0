"""sendall(), sendmmsg(), files and sendfile() where the system sends 0 bytes of the data, and reports no error.

Linux does so for a refused command of the Bluetooth management interface. A program would send the same data again,
without an end. Here a filter of the kernel (seccomp) skips the system calls of one file descriptor: they return 0.
"""

from __future__ import annotations

import platform
import struct
import sys

import pytest

from sockcore import backends

#: Numbers of write(2), sendto(2) and sendmmsg(2), from <asm/unistd.h>.
SYSTEM_CALLS = {"x86_64": (1, 44, 307), "aarch64": (64, 206, 269)}

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in SYSTEM_CALLS or struct.calcsize("P") != 8,
    reason="the filter is for Linux on x86_64 and aarch64",
)

CODE = """
import io, sys
import sockcore, systems
from system_call_filters import skip_calls
sockcore.preload()

def attempt(function):
    try:
        print(function())
    except OSError as error:
        print(error, getattr(error, "characters_written", ""))

one, two = systems.socketpair()
numbers = [int(number) for number in sys.argv[1:]]
"""

EACH_CALL = """
file = io.BytesIO(b"file")
skip_calls(numbers, 0, one.fileno())
print(one.send(b"data"))
for timeout in None, 0, 20:
    one.settimeout(timeout)
    for flags in 0, systems.SEND_FLAG:
        attempt(lambda: one.sendall(b"data", flags))
        attempt(lambda: one.sendall(b"", flags))
attempt(lambda: one.sendmmsg([b"one", b"two"]))
attempt(lambda: one.sendmmsg([]))
with one.makefile("wb", buffering=0) as raw:
    attempt(lambda: raw.write(b"data"))
    attempt(lambda: raw.write(b""))
buffered = one.makefile("wb")
buffered.write(b"data")
attempt(buffered.flush)
attempt(buffered.close)
attempt(lambda: one._sendfile_use_send(file))
print(file.tell())
two.setblocking(False)
attempt(lambda: two.recv(10))
one.close()
two.close()
"""

# The buffers are full before the end of the batch. The system call for the first message of the rest is skipped.
REST_OF_BATCH = """
one.setblocking(False)
skip_calls(numbers[2:] * 3, 2, 1)
print(0 < one.sendmmsg([b"data"] * 1024) < 1024)
attempt(lambda: one.sendmmsg([b"data"] * 1024))
one.close()
two.close()
"""
LEAKS = """
data = bytes(1000)
def send_often():
    for _ in range(300):
        try:
            one.sendall(data)
        except OSError:
            pass
skip_calls(numbers, 0, one.fileno())
send_often()
grown = []
for _ in range(4):  # without a GIL, the interpreter frees some memory later
    before = sys.getallocatedblocks()
    send_often()
    grown.append(sys.getallocatedblocks() - before)
print(min(grown) < 150 or grown)
one.close()
two.close()
"""
DATAGRAMS = """
from sockcore_inet.datagrams import Datagrams, Send
sock = sockcore.socket(sockcore.AF_INET, sockcore.SOCK_DGRAM)
datagrams = Datagrams(sock)
skip_calls(numbers[2:] * 3, 0, sock.fileno())
sent = datagrams.send([Send(b"one", ("127.0.0.1", 9)), Send(b"other", ("127.0.0.1", 9))])
print(sent.accepted, [failure.error.errno for failure in sent.failures], sent.unsent)
for one in one, two, sock:
    one.close()
"""
ERROR = "[Errno 5] Input/output error: the system sent 0 of 4 bytes, and did not report an error"
PRINTED = "\n".join(
    [
        "0",
        *[f"{ERROR} 0", "None"] * 6,
        "[Errno 5] Input/output error: the system sent 0 of 2 messages, and did not report an error ",
        "0",
        f"{ERROR} ",
        "0",
        *[f"{ERROR} "] * 2,
        f"{ERROR} ",
        "0",
        "[Errno 11] Resource temporarily unavailable ",
        "",
    ]
)


def run_with_filter(python, code, backend):
    """Return what a program prints whose system calls a filter skips. Skip the test if it cannot set the filter."""
    printed = python(CODE + code, *map(str, SYSTEM_CALLS[platform.machine()]), SOCKCORE_BACKEND=backend)
    if printed.startswith("no filter"):
        pytest.skip(printed)
    return printed


@pytest.mark.parametrize("backend", backends.available())
def test_send_of_zero_bytes_raises_eio(python, backend):
    assert run_with_filter(python, EACH_CALL, backend) == PRINTED


@pytest.mark.skipif("native" not in backends.available(), reason="the backend in Python sends the rest by sendmsg(2)")
def test_sendmmsg_of_zero_messages_after_others_raises_eio_next_time(python):
    assert run_with_filter(python, REST_OF_BATCH, "native") == "True\n[Errno 5] Input/output error \n"


@pytest.mark.skipif(not hasattr(sys, "getallocatedblocks"), reason="this Python does not count blocks of memory")
@pytest.mark.parametrize("backend", backends.available())
def test_sendall_of_zero_bytes_leaks_no_memory(python, backend):
    assert run_with_filter(python, LEAKS, backend) == "True\n"


@pytest.mark.parametrize("backend", backends.available())
def test_datagrams_of_which_zero_are_sent_fail_with_eio(python, backend):
    pytest.importorskip("sockcore_inet")
    assert run_with_filter(python, DATAGRAMS, backend) == "0 [5, 5] []\n"
