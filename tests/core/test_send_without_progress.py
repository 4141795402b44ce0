"""sendall(), files and sendfile() where the system sends 0 bytes of the data, and reports no error.

Linux does so for a refused command of the Bluetooth management interface. A program would send the same data again,
without an end. Here a filter of the kernel (seccomp) skips the system calls of one file descriptor: they return 0.
"""

from __future__ import annotations

import platform
import struct
import sys

import pytest

from sockcore import backends

#: Numbers of write(2) and sendto(2), from <asm/unistd.h>.
SYSTEM_CALLS = {"x86_64": (1, 44), "aarch64": (64, 206)}

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

def skip_calls(fd, numbers):
    number, first_argument = 0, 16  # offsets in struct seccomp_data
    code = b"".join([
        instruction(LOAD, number),
        instruction(JUMP_IF_EQUAL, numbers[0], if_equal=1),
        instruction(JUMP_IF_EQUAL, numbers[1], if_not=3),
        instruction(LOAD, first_argument),
        instruction(JUMP_IF_EQUAL, fd, if_not=1),
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
file = io.BytesIO(b"file")
skip_calls(one.fileno(), [int(number) for number in sys.argv[1:]])
print(one.send(b"data"))
for timeout in None, 0, 20:
    one.settimeout(timeout)
    for flags in 0, systems.SEND_FLAG:
        attempt(lambda: one.sendall(b"data", flags))
        attempt(lambda: one.sendall(b"", flags))
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
ERROR = "[Errno 5] Input/output error: the system sent 0 of 4 bytes, and did not report an error"
PRINTED = "\n".join(
    [
        "0",
        *[f"{ERROR} 0", "None"] * 6,
        f"{ERROR} ",
        "0",
        *[f"{ERROR} "] * 2,
        f"{ERROR} ",
        "0",
        "[Errno 11] Resource temporarily unavailable ",
        "",
    ]
)


@pytest.mark.parametrize("backend", backends.available())
def test_send_of_zero_bytes_raises_eio(python, backend):
    numbers = map(str, SYSTEM_CALLS[platform.machine()])
    printed = python(CODE, *numbers, SOCKCORE_BACKEND=backend)
    if printed.startswith("no filter"):
        pytest.skip(printed)
    assert printed == PRINTED
