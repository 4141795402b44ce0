"""AF_XDP for sockcore: frames of one queue of a network interface, without the protocol stack (Linux 4.18)."""

from __future__ import annotations

from operator import index
from struct import error

from sockcore.plugin import U16, U32, Context, Family, Register, Struct, hookimpl, system_name

SOCKCORE_API = 1

# AF_XDP and SOL_XDP are from <sys/socket.h>, the rest from <linux/if_xdp.h>.
AF_XDP = 44
CONSTANTS = {"SOL_XDP": 283, "XDP_SHARED_UMEM": 1, "XDP_COPY": 2, "XDP_ZEROCOPY": 4, "XDP_USE_NEED_WAKEUP": 8}
OPTIONS = ("MMAP_OFFSETS", "RX_RING", "TX_RING", "UMEM_REG", "UMEM_FILL_RING", "UMEM_COMPLETION_RING", "STATISTICS")
CONSTANTS.update((f"XDP_{name}", number) for number, name in enumerate((*OPTIONS, "OPTIONS"), 1))

FIELDS = (("sxdp_flags", U16), ("sxdp_ifindex", U32), ("sxdp_queue_id", U32), ("sxdp_shared_umem_fd", U32))
SOCKADDR_XDP = Struct("struct sockaddr_xdp", "<linux/if_xdp.h>", *FIELDS, sockaddr=True)


class Xdp(Family):
    """Addresses are ``(interface, queue_id[, flags[, shared_umem_fd]])``.

    Decoded addresses have all four items.
    """

    number, name, size, probe = AF_XDP, "AF_XDP", SOCKADDR_XDP.size, (3, 0)

    def encode(self, address: object, context: Context) -> bytes:
        """Return the struct sockaddr_xdp.

        Raises TypeError, OverflowError, or OSError for an unknown interface.
        """
        if not isinstance(address, tuple) or not 2 <= len(address) <= 4 or not isinstance(address[0], str):
            expected = "AF_XDP address must be (interface, queue_id[, flags[, shared_umem_fd]])"
            raise TypeError(f"{context.operation}(): {expected}, not {address!r}")
        queue, flags, descriptor = (*map(index, address[1:]), 0, 0)[:3]
        try:
            SOCKADDR_XDP.pack(self.number, flags, 0, queue, descriptor)
        except error as exc:
            raise OverflowError(f"{context.operation}(): a number of {address!r} is out of range") from exc
        return SOCKADDR_XDP.pack(self.number, flags, context.interface_index(address[0]), queue, descriptor)

    def decode(self, raw: bytes, context: Context) -> tuple[object, ...]:
        """Return ``(interface, queue_id, flags, shared_umem_fd)``."""
        flags, interface, queue, descriptor = SOCKADDR_XDP.unpack(raw)
        return context.interface_name(int(interface)) if interface else "", queue, flags, descriptor


@hookimpl
def sockcore_register(register: Register) -> None:
    """Register the family and its constants on Linux."""
    if system_name() == "linux":
        register.family(Xdp())
        register.constants(CONSTANTS)
        register.codecs("sockcore_xdp.options")
