"""Options of SCTP whose structs differ between systems: bytes of the compiler for a system are decoded, and encoded."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from tools.headers import simulated_platform
from tools.headers.targets import target

from sockcore.plugin import system_name

pytestmark = pytest.mark.skipif(system_name() == "windows", reason="a process on Windows cannot simulate other systems")

INET = "sockcore_inet"
#: A struct sockaddr_in of the BSDs: 192.0.2.7, port 5000.
SOCKADDR = bytes((16, 2)) + struct.pack("!H", 5000) + bytes((192, 0, 2, 7)) + bytes(8)
STORAGE = SOCKADDR.ljust(128, b"\0")
PEER = ("192.0.2.7", 5000)
#: Without a port.
HOST = (bytes((16, 2)) + bytes(2) + bytes((192, 0, 2, 7))).ljust(128, b"\0")


def cases(order: str) -> dict[str, list[tuple[str, Any, bytes]]]:
    """Return (option, value, bytes) by system, for a byte order: "<" or ">"."""

    def pack(format: str, *values: Any) -> bytes:
        return struct.pack(order + format, *values)

    return {
        "freebsd": [
            ("SCTP_ASSOCINFO", (1, 2, 3, 4, 5, 6), pack("IIIIHH", 1, 4, 5, 6, 2, 3)),
            ("SCTP_DEFAULT_PRINFO", (1, 500, 3), pack("HxxII", 3, 500, 1)),
            ("SCTP_EVENTS", (True, *(False,) * 9, True, False, False, False), b"\1" + bytes(9) + b"\1"),
            ("SCTP_PEER_ADDR_PARAMS", (2**32 - 1, "192.0.2.7", 1, 2, 3, 0, 4, 5, 6),
             HOST + pack("IIIIIHBx", 2**32 - 1, 1, 3, 4, 5, 2, 6)),
            ("SCTP_PRIMARY_ADDR", (9, PEER), STORAGE + pack("Ixxxx", 9)),
            ("SCTP_REMOTE_UDP_ENCAPS_PORT", (9, PEER, 9899), STORAGE + pack("I", 9) + b"\x26\xab\0\0"),
            ("SCTP_ADD_STREAMS", (1, 2, 3), pack("IHH", 1, 2, 3)),
            ("SCTP_RESET_STREAMS", (1, 2, [3]), pack("IHHH", 1, 2, 1, 3)),
            ("SCTP_AUTH_KEY", (1, 2, b"key"), pack("IHH", 1, 2, 3) + b"key"),
            ("SCTP_HMAC_IDENT", [1, 3], pack("IHH", 2, 1, 3)),
            ("SCTP_STREAM_SCHEDULER_VALUE", (1, 2, 3), pack("IHH", 1, 2, 3)),
            ("SCTP_DEFAULT_SEND_PARAM", (1, 2, 3, 4, 5, 6, 7, 8, 9),
             pack("HHHxxIIIIII", 1, 2, 3, 4, 5, 6, 7, 8, 9) + bytes(96)),
        ],
        "netbsd": [
            ("SCTP_RTOINFO", (2**32 - 1, 1, 2, 3), pack("IIII", 2**32 - 1, 1, 2, 3)),
            ("SCTP_INITMSG", (2**16, 2, 3, 4), pack("IIHH", 2**16, 2, 3, 4)),
            ("SCTP_EVENTS", (True, *(False,) * 6, True, False, False, True, False, False, False),
             b"\1" + bytes(6) + b"\1\1"),
            ("SCTP_PEER_ADDR_PARAMS", (7, "192.0.2.7", 1, 2, 3, 0, 4, 5, 6),
             pack("I", 7) + HOST + pack("IHIIIB", 1, 2, 3, 4, 5, 6)),
            ("SCTP_PRIMARY_ADDR", (9, PEER), pack("I", 9) + STORAGE),
            ("SCTP_DEFAULT_SEND_PARAM", (1, 2, 3, 4, 5, 6, 7, 8, 9), pack("HHHIIIIII", 1, 2, 3, 4, 5, 6, 7, 8, 9)),
            ("SCTP_RESET_STREAMS", (1, 2, []), pack("IHH", 1, 2, 0)),
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    "triple", ["x86_64-freebsd", "x86-freebsd", "powerpc64-freebsd", "x86_64-netbsd", "sparc64-netbsd"]
)
def test_values_have_order_of_system(triple: str) -> None:
    machine = target(triple)
    rows = cases("<" if machine.byteorder == "little" else ">")[machine.system]
    queries = [query for name, value, data in rows for query in (("set", INET, name, value), ("get", INET, name, data))]
    found = simulated_platform.run_queries(machine, queries)
    assert found == [item for _, value, data in rows for item in (data, value)]


@pytest.mark.parametrize(("triple", "padding"), [("x86_64-freebsd", 6), ("x86-freebsd", 2)])
def test_freebsd_requires_largest_threshold_for_primary_address(triple: str, padding: int) -> None:
    data = STORAGE + struct.pack("<IHHH", 1, 5, 3, 0xFFFF) + bytes(padding)
    queries = [
        ("set", INET, "SCTP_PEER_ADDR_THLDS", (1, PEER, 5, 3)),
        ("get", INET, "SCTP_PEER_ADDR_THLDS", data),
    ]
    assert simulated_platform.run_queries(target(triple), queries) == [data, (1, PEER, 5, 3)]


@pytest.mark.parametrize("triple", ["powerpc64-freebsd", "sparc64-netbsd"])
def test_status_has_primary_address(triple: str) -> None:
    head = struct.pack(">IiIHHHHI", 1, -2, 3, 4, 5, 6, 7, 8)
    number, rest = struct.pack(">I", 9), struct.pack(">iIIII", -1, 2, 3, 4, 5)
    data = head + (HOST + number if "freebsd" in triple else number + HOST) + rest
    [status] = simulated_platform.run_queries(target(triple), [("get", INET, "SCTP_STATUS", data)])
    assert status == (1, -2, 3, 4, 5, 6, 7, 8, 9, "192.0.2.7", -1, 2, 3, 4, 5)
