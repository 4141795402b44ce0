"""sockcore's tests for every family, with addresses of AF_XDP. They do not need a kernel with AF_XDP."""

from __future__ import annotations

import struct

import sockcore_xdp

from sockcore.testing import FakeContext, FamilyTests, PluginTests


def raw(flags: int, interface: int, queue: int, descriptor: int) -> bytes:
    return struct.pack("=HHIII", 44, flags, interface, queue, descriptor)


class TestXdpFamily(FamilyTests):
    """Socket addresses as literals of struct sockaddr_xdp."""

    family = sockcore_xdp.Xdp()
    pairs = (
        (("veth0", 0, 0, 0), raw(0, 7, 0, 0)),
        (("veth0", 3, sockcore_xdp.CONSTANTS["XDP_COPY"], 0), raw(2, 7, 3, 0)),
        (("lo", 2**32 - 1, 2**16 - 1, 2**32 - 1), raw(2**16 - 1, 1, 2**32 - 1, 2**32 - 1)),
    )
    encoded = ((("lo", 5), raw(0, 1, 5, 0)), (("lo", 5, 4), raw(4, 1, 5, 0)))
    decoded = ((raw(0, 0, 0, 0), ("", 0, 0, 0)),)
    wrong = (
        ("lo", TypeError, "AF_XDP address must be"),
        (("lo",), TypeError, "connect(): AF_XDP address must be"),
        (("lo", 0, 0, 0, 0), TypeError, "not ('lo', 0, 0, 0, 0)"),
        ((1, 0), TypeError, "(interface, queue_id"),
        (("lo", "0"), TypeError, "interpreted as an integer"),
        (("lo", -1), OverflowError, "out of range"),
        (("lo", 0, 2**16), OverflowError, "out of range"),
        (("nowhere", 0), OSError, "No such device"),
    )

    def context(self, operation: str = "bind") -> FakeContext:
        """Return a context with two interfaces."""
        return FakeContext(44, 3, operation=operation, interfaces={"lo": 1, "veth0": 7})


class TestXdpPlugin(PluginTests):
    """Registration."""

    plugin = sockcore_xdp
