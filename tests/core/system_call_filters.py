"""A filter of the kernel (seccomp) that skips system calls: for the programs that tests start."""

from __future__ import annotations

import ctypes
import os
import struct
import sys

LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, SKIP = 0x7FFF0000, 0x00050000  # SECCOMP_RET_ALLOW, and SECCOMP_RET_ERRNO without the number of the error


def _instruction(code: int, k: int, if_equal: int = 0, if_not: int = 0) -> bytes:  # struct sock_filter
    return struct.pack("=HBBI", code, if_equal, if_not, k)


def skip_calls(numbers: list[int], argument: int, value: int, error: int = 0) -> None:
    """Skip the system calls with these numbers whose argument, counted from 0, has the value.

    They fail with the errno *error*, or return 0 if that is 0. If the kernel accepts no filter, this prints a line that
    starts with "no filter", and exits.
    """
    number, offset = 0, 16 + 8 * argument + (4 if sys.byteorder == "big" else 0)  # in struct seccomp_data
    last = len(numbers) - 1
    code = b"".join(
        [
            _instruction(LOAD, number),
            *(_instruction(JUMP_IF_EQUAL, call, if_equal=last - at) for at, call in enumerate(numbers[:-1])),
            _instruction(JUMP_IF_EQUAL, numbers[-1], if_not=3),
            _instruction(LOAD, offset),
            _instruction(JUMP_IF_EQUAL, value, if_not=1),
            _instruction(RETURN, SKIP | error),
            _instruction(RETURN, ALLOW),
        ]
    )
    block = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HP", len(code) // 8, ctypes.addressof(block))  # struct sock_fprog
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    no_new_privileges, set_filter = 38, 22  # PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP
    if libc.prctl(no_new_privileges, ctypes.c_ulong(1), zero, zero, zero) or libc.prctl(
        set_filter, ctypes.c_ulong(2), program, zero, zero
    ):
        print("no filter", os.strerror(ctypes.get_errno()))
        sys.exit()
