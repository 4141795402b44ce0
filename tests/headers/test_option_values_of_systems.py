"""Options whose values have another size or byte order on some systems, in a process that simulates the system."""

from __future__ import annotations

from typing import Any

import pytest
from tools.headers import simulated_platform
from tools.headers.targets import target

from sockcore.plugin import system_name

pytestmark = pytest.mark.skipif(system_name() == "windows", reason="a process on Windows cannot simulate other systems")

INET = "sockcore_inet"


def results(triple: str, *queries: tuple[object, ...]) -> list[Any]:
    return simulated_platform.run_queries(target(triple), queries)


@pytest.mark.parametrize("triple", ["x86_64-openbsd", "mips64-openbsd"])
def test_openbsd_has_one_byte_for_ttl_and_loop_of_ipv4_multicast(triple: str) -> None:
    """ip_setmoptions() of OpenBSD accepts no other length: ip(4)."""
    queries = (
        ("set", INET, "IP_MULTICAST_TTL", 200),
        ("get", INET, "IP_MULTICAST_TTL", b"\xc8"),
        ("set", INET, "IP_MULTICAST_LOOP", True),
        ("get", INET, "IP_MULTICAST_LOOP", b"\x01"),
        ("set", INET, "IPV6_MULTICAST_LOOP", True),
    )
    int_one = (1).to_bytes(4, target(triple).byteorder)
    assert results(triple, *queries) == [b"\xc8", 200, b"\x01", True, int_one]


def test_next_hop_is_socket_address() -> None:
    sockaddr = bytes((28, 24)) + bytes(6) + b"\xfe\x80" + bytes(13) + b"\1" + b"\x03\0\0\0"
    queries = (
        ("set", INET, "IPV6_NEXTHOP", ("fe80::1", 3)),
        ("get", INET, "IPV6_NEXTHOP", sockaddr),
        ("set", INET, "IPV6_NEXTHOP", None),
        ("get", INET, "IPV6_NEXTHOP", b""),
    )
    assert results("x86_64-openbsd", *queries) == [sockaddr, ("fe80::1", 3), b"", None]


def test_ttl_in_one_byte_is_not_negative() -> None:
    """macOS and the BSDs return an unsigned char if a program has set one."""
    assert results("aarch64-macos", ("get", INET, "IP_MULTICAST_TTL", b"\xff")) == [255]


def test_windows_has_index_of_ipv6_interface_in_host_byte_order() -> None:
    """IP_UNICAST_IF is an address with the index in its last bytes, IPV6_UNICAST_IF is the index."""
    queries = (
        ("set", INET, "IP_UNICAST_IF", 7),
        ("set", INET, "IPV6_UNICAST_IF", 7),
        ("get", INET, "IPV6_UNICAST_IF", b"\x07\0\0\0"),
    )
    assert results("x86_64-windows-gnu", *queries) == [b"\0\0\0\x07", b"\x07\0\0\0", 7]
    assert results("x86_64-linux-gnu", *queries[:2]) == [b"\0\0\0\x07", b"\0\0\0\x07"]
