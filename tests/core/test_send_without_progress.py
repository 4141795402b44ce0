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
import ctypes, io, os, struct, sys
import sockcore, systems
sockcore.preload()

def instruction(code, k, if_equal=0, if_not=0):  # struct sock_filter
    return struct.pack("=HBBI", code, if_equal, if_not, k)

LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, SKIP = 0x7FFF0000, 0x00050000  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with the error 0

def skip_calls(numbers, argument, value):
    number, offset = 0, 16 + 8 * argument + (4 if sys.byteorder == "big" else 0)  # in struct seccomp_data
    code = b"".join([
        instruction(LOAD, number),
        instruction(JUMP_IF_EQUAL, numbers[0], if_equal=2),
        instruction(JUMP_IF_EQUAL, numbers[1], if_equal=1),
        instruction(JUMP_IF_EQUAL, numbers[2], if_not=3),
        instruction(LOAD, offset),
        instruction(JUMP_IF_EQUAL, value, if_not=1),
        instruction(RETURN, SKIP),
        instruction(RETURN, ALLOW),
    ])
    program = ctypes.create_string_buffer(code, len(code))
    argument = struct.pack("HP", len(code) // 8, ctypes.addressof(program))
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    for option, value in (38, ctypes.c_ulong(1)), (22, ctypes.c_ulong(2)):  # PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP
        if libc.prctl(option, value, zero if option == 38 else argument, zero, zero):
            print("no filter", os.strerror(ctypes.get_errno()))
            sys.exit()

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


@pytest.mark.parametrize("backend", backends.available())
def test_datagrams_of_which_zero_are_sent_fail_with_eio(python, backend):
    pytest.importorskip("sockcore_inet")
    assert run_with_filter(python, DATAGRAMS, backend) == "0 [5, 5] []\n"
