"""An XDP program that passes the frames of an interface to sockets of AF_XDP.

The kernel needs such a program to receive frames. It is five instructions, which this module loads by bpf(2) and
attaches by a BPF link (Linux 5.9). Frames of queues without a socket go to the protocol stack as before.

It needs CAP_NET_ADMIN and CAP_BPF (Linux 5.8; before, CAP_SYS_ADMIN), and ctypes. Source: bpf(2), <linux/bpf.h>.
"""

from __future__ import annotations

import errno
import os
import platform
import struct
import sys

from sockcore.plugin import Any, check_range, interface_index

#: The number of bpf(2) by processor: <asm/unistd.h>. All later processors have 280.
_NUMBERS = {
    "x86_64": 321,
    "i386": 357,
    "i686": 357,
    "armv6l": 386,
    "armv7l": 386,
    "s390x": 351,
    "ppc64": 361,
    "ppc64le": 361,
    "sparc64": 349,
    "mips": 4355,
    "mips64": 5315,
}
_NEWER = 280

# <linux/bpf.h>
_MAP_CREATE, _MAP_UPDATE_ELEM, _MAP_DELETE_ELEM, _PROG_LOAD, _LINK_CREATE = 0, 2, 3, 5, 28
_MAP_TYPE_XSKMAP, _PROG_TYPE_XDP, _ATTACH_XDP = 17, 6, 37
_LD_IMM_DW, _LDX_W, _MOV_IMM, _CALL, _EXIT = 0x18, 0x61, 0xB7, 0x85, 0x95
_PSEUDO_MAP_FD, _REDIRECT_MAP, _XDP_PASS = 1, 51, 2
_RX_QUEUE_INDEX = 16  # the offset in struct xdp_md

#: <linux/if_link.h>: the program runs in the protocol stack of the kernel, or in the driver of the interface.
XDP_FLAGS_SKB_MODE = 2
XDP_FLAGS_DRV_MODE = 4


def instruction(code: int, dst: int = 0, src: int = 0, offset: int = 0, immediate: int = 0) -> bytes:
    """Return a ``struct bpf_insn``, whose two registers are bit fields."""
    registers = dst | src << 4 if sys.byteorder == "little" else dst << 4 | src
    return struct.pack("=BBhi", code, registers, offset, immediate)


def redirect_program(map_fd: int) -> bytes:
    """Return the program: ``return bpf_redirect_map(&map, ctx->rx_queue_index, XDP_PASS)``."""
    return b"".join(
        [
            instruction(_LDX_W, 2, 1, _RX_QUEUE_INDEX),
            instruction(_LD_IMM_DW, 1, _PSEUDO_MAP_FD, 0, map_fd),
            instruction(0),  # the upper half of the number
            instruction(_MOV_IMM, 3, immediate=_XDP_PASS),
            instruction(_CALL, immediate=_REDIRECT_MAP),
            instruction(_EXIT),
        ]
    )


class RedirectProgram:
    """A program at an interface, with a map from its queues to sockets.

    *interface* is a name. *queues* is the number of entries of the map. *flags* is XDP_FLAGS_SKB_MODE, which works with
    all interfaces, XDP_FLAGS_DRV_MODE, or 0 for the choice of the kernel. :meth:`close` removes the program, as does
    the end of the process.

    Raises OverflowError for a number out of range, OSError: ENODEV for an unknown interface, EPERM without the rights,
    EBUSY if the interface has a program, EINVAL if the kernel does not support an operation.
    """

    __slots__ = ("_link", "_map", "_program", "queues")

    #: The number of entries of the map.
    queues: int

    def __init__(self, interface: str, queues: int = 64, flags: int = XDP_FLAGS_SKB_MODE) -> None:
        self.queues: int = check_range("queues", queues, 1, 0xFFFF)
        mode = check_range("flags", flags, 0, 0xFFFFFFFF)
        index = interface_index(interface)
        self._map: int = -1
        self._program: int = -1
        self._link: int = -1
        try:
            self._map = _bpf(_MAP_CREATE, struct.pack("=IIIII", _MAP_TYPE_XSKMAP, 4, 4, self.queues, 0))
            self._program = self._load()
            self._link = _bpf(_LINK_CREATE, struct.pack("=IIII", self._program, index, _ATTACH_XDP, mode))
        except BaseException:
            self.close()
            raise

    def _load(self) -> int:
        from ctypes import addressof, create_string_buffer

        code = create_string_buffer(redirect_program(self._map))
        license_name = create_string_buffer(b"GPL")
        count = (len(code) - 1) // 8
        attributes = struct.pack("=IIQQ", _PROG_TYPE_XDP, count, addressof(code), addressof(license_name))
        return _bpf(_PROG_LOAD, attributes)

    def __enter__(self) -> RedirectProgram:  # noqa: PYI034  # sockcore.plugin does not have Self
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def add(self, queue: int, sock: Any) -> None:
        """Pass the frames of a queue to a socket, which must have its rings.

        Raises OverflowError for a queue that the map does not have, ValueError if the program is closed, and OSError
        if it is closed, is not a socket of AF_XDP, or has no ring (only some kernels check this).
        """
        fd = sock.fileno()
        if fd < 0:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        self._update(_MAP_UPDATE_ELEM, queue, fd)

    def remove(self, queue: int) -> None:
        """Pass the frames of a queue to the protocol stack again.

        Has no effect if the queue has no socket. Raises OverflowError for a queue that the map does not have, and
        ValueError if the program is closed.
        """
        self._update(_MAP_DELETE_ELEM, queue, None)

    def _update(self, command: int, queue: int, fd: int | None) -> None:
        from ctypes import addressof, create_string_buffer

        number = check_range("queue", queue, 0, self.queues - 1)
        if self._map < 0:
            raise ValueError("the program is closed")
        key = create_string_buffer(struct.pack("=I", number), 4)
        value = create_string_buffer(struct.pack("=I", fd or 0), 4)
        value_address = 0 if fd is None else addressof(value)  # a command without a value requires a null pointer
        _bpf(command, struct.pack("=IIQQQ", self._map, 0, addressof(key), value_address, 0))

    def close(self) -> None:
        """Remove the program from the interface. A second call has no effect."""
        for name in ("_link", "_program", "_map"):
            fd = getattr(self, name)
            if fd >= 0:
                setattr(self, name, -1)
                os.close(fd)


def _bpf(command: int, attributes: bytes) -> int:
    """Call bpf(2), and return its result. Raises OSError."""
    import ctypes

    syscall = ctypes.CDLL(None, use_errno=True).syscall
    syscall.restype = ctypes.c_long
    machine = platform.machine()
    number = _NUMBERS.get(machine, _NEWER)
    if machine == "x86_64" and sys.maxsize < 1 << 32:
        number = _NUMBERS["i386"]
    # The kernel requires that the bytes which it does not know are zero. It knows these.
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    result: int = syscall(ctypes.c_long(number), ctypes.c_int(command), buffer, ctypes.c_uint(len(attributes)))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"bpf: {os.strerror(code)}")
    return result
