"""The table of rows: name, description, function and arguments.

Sockets are in timeout mode, except in rows with "blocking" or "non-blocking" in their name.
"""

from __future__ import annotations

from . import (
    batches,
    calls,
    can,
    datagrams,
    files,
    memory,
    messages,
    netlink,
    opening,
    options,
    programs,
    servers,
    startup,
    streams,
)
from .kit import TIMEOUT
from .row import Row

UNIX = ("AF_UNIX",)
CAN = ("AF_CAN", "CAN_RAW_FD_FRAMES")
ISOTP, J1939 = ("AF_CAN", "CAN_ISOTP"), ("AF_CAN", "CAN_J1939")
NETLINK = ("AF_NETLINK",)
BLOCKS = "a block of 1 MiB"
FIRST = "import and first UDP socket in a fresh process"
WHOLE = "a process from its start to its first UDP socket, and its end"
#: Names and descriptions of the clocks of a request and its response.
WHERE = {
    "CPU": "processor time",
    "wall": "wall-clock time",
    "wall 2 processors": "wall-clock time, the other process on another processor",
}

TABLE = (
    Row(
        "streams unix blocking",
        "send and recv, 64 B, AF_UNIX pair, blocking",
        streams.send_and_recv,
        {"over": "unix", "timeout": None},
        UNIX,
    ),
    Row(
        "streams unix timeout",
        "send and recv, 64 B, AF_UNIX pair, timeout mode",
        streams.send_and_recv,
        {"over": "unix", "timeout": TIMEOUT},
        UNIX,
    ),
    Row(
        "streams unix non-blocking",
        "send and recv, 64 B, AF_UNIX pair, non-blocking",
        streams.send_and_recv,
        {"over": "unix", "timeout": 0},
        UNIX,
    ),
    Row(
        "streams tcp timeout",
        "send and recv, 64 B, TCP over loopback, timeout mode",
        streams.send_and_recv,
        {"over": "tcp", "timeout": TIMEOUT},
    ),
    *(
        Row(
            f"streams request {over} {clock}",
            f"send and recv of the answer of another process, 64 B, {title}, timeout mode, {WHERE[clock]}",
            streams.request_and_response,
            {"over": over, "leaves_cpu": clock.endswith("processors")},
            UNIX if over == "unix" else ("AF_INET",),
            wall=clock != "CPU",
        )
        for over, title in (("unix", "AF_UNIX pair"), ("tcp", "TCP over loopback"))
        for clock in WHERE
    ),
    Row("streams recv_into", "send and recv_into, 64 B, AF_UNIX pair", streams.recv_into, {}, UNIX),
    Row(
        "streams sendall 1 MiB blocking",
        f"{BLOCKS} by sendall to another process, AF_UNIX pair, blocking",
        streams.sendall_blocks,
        {"over": "unix", "timeout": None},
        UNIX,
        wall=True,
    ),
    Row(
        "streams sendall 1 MiB",
        f"{BLOCKS} by sendall to another process, AF_UNIX pair",
        streams.sendall_blocks,
        {"over": "unix", "timeout": TIMEOUT},
        UNIX,
        wall=True,
    ),
    Row(
        "streams sendall 1 MiB tcp",
        f"{BLOCKS} by sendall to another process, TCP over loopback",
        streams.sendall_blocks,
        {"over": "tcp", "timeout": TIMEOUT},
        wall=True,
    ),
    Row(
        "streams recv_into 1 MiB",
        f"{BLOCKS} by recv_into from another process, AF_UNIX pair",
        streams.recv_into_blocks,
        {"over": "unix", "timeout": TIMEOUT},
        UNIX,
        wall=True,
    ),
    Row(
        "streams recv_into 1 MiB tcp",
        f"{BLOCKS} by recv_into from another process, TCP over loopback",
        streams.recv_into_blocks,
        {"over": "tcp", "timeout": TIMEOUT},
        wall=True,
    ),
    Row(
        "streams 1 MiB threads",
        f"{BLOCKS} by sendall and recv_into of two threads, AF_UNIX pair, blocking",
        streams.both_in_threads,
        {},
        UNIX,
        wall=True,
    ),
    Row(
        "datagrams one peer",
        "sendto and recvfrom, 64 B, IPv4",
        datagrams.one_peer,
        {"family": "AF_INET", "host": "127.0.0.1"},
    ),
    Row(
        "datagrams one peer IPv6",
        "sendto and recvfrom, 64 B, IPv6",
        datagrams.one_peer,
        {"family": "AF_INET6", "host": "::1"},
        ("AF_INET6",),
    ),
    Row(
        "datagrams 10,000 peers cold",
        "recvfrom and sendto of a server, 64 B, each address for the first time",
        datagrams.answer_many,
        {"new": True},
    ),
    Row(
        "datagrams 10,000 peers warm",
        "recvfrom and sendto of a server, 64 B, from and to 10,000 addresses in turn",
        datagrams.answer_many,
        {"new": False},
    ),
    Row(
        "datagrams 10,000 peers sendto",
        "sendto alone, 64 B, to 10,000 addresses of the program's in turn",
        datagrams.send_many,
    ),
    Row("batches 64", "each of 64 datagrams of 64 B: sendmmsg and recvmmsg", batches.both, cycle=batches.BATCH),
    Row(
        "batches 64 blocking",
        "each of 64 datagrams of 64 B: sendmmsg and recvmmsg, blocking",
        batches.both,
        {"timeout": None},
        cycle=batches.BATCH,
    ),
    Row(
        "batches 64 into buffers",
        "each of 64 datagrams of 64 B: sendmmsg and recvmmsg_into",
        batches.both,
        {"into": True},
        cycle=batches.BATCH,
    ),
    Row(
        "batches offload",
        "each of 64 datagrams of 64 B: UDP_SEGMENT and UDP_GRO",
        batches.offload,
        cycle=batches.BATCH,
    ),
    Row("messages without descriptor", "sendmsg and recvmsg, 2 x 32 B, AF_UNIX pair", messages.plain_message, {}, UNIX),
    Row(
        "messages with descriptor",
        "sendmsg and recvmsg, 64 B and a descriptor, which is closed",
        messages.descriptor,
        {},
        UNIX,
    ),
    Row("can frame", "send and recv of a frame, 16 B, CAN_RAW over vcan", can.send_and_recv, {"fd": False}, CAN),
    Row("can FD frame", "send and recv of a frame of CAN FD, 72 B", can.send_and_recv, {"fd": True}, CAN),
    Row("can recv_into", "send and recv_into of a frame, 16 B", can.recv_into, {}, CAN),
    Row("can recvfrom", "send and recvfrom of a frame, 16 B: an interface to name", can.recvfrom, {}, CAN),
    Row("can sendto", "sendto and recv of a frame, 16 B: an interface to find", can.sendto, {}, CAN),
    Row("can getsockname", "getsockname of CAN_RAW: an interface to name", can.getsockname, {}, CAN),
    Row("can bcm", "send of TX_SEND and recv of its frame, CAN_BCM", can.broadcast_manager, {}, (*CAN, "CAN_BCM")),
    Row("can isotp", "send and recv, 7 B in a frame, CAN_ISOTP", can.isotp_send_and_recv, {}, ISOTP),
    Row("can isotp recvfrom", "send and recvfrom, 7 B in a frame, CAN_ISOTP", can.isotp_recvfrom, {}, ISOTP),
    Row("can j1939", "send and recv, 8 B, CAN_J1939, connected", can.j1939_send_and_recv, {}, J1939),
    Row("can j1939 addresses", "sendto and recvfrom, 8 B, CAN_J1939", can.j1939_addresses, {}, J1939),
    Row("netlink route", "RTM_GETLINK for lo, send and recv of the kernel's answer", netlink.route, {}, NETLINK),
    Row("netlink user", "send and recv, 64 B, NETLINK_USERSOCK, connected", netlink.user_connected, {}, NETLINK),
    Row("netlink user addresses", "sendto and recvfrom, 64 B, NETLINK_USERSOCK", netlink.user_addresses, {}, NETLINK),
    Row("options getsockopt", "getsockopt of a number", options.get),
    Row("options setsockopt", "setsockopt of a number", options.set),
    Row("opening create", "a UDP socket made and closed", opening.create),
    Row("opening connect", "connect, accept and both closed, TCP over loopback, blocking", opening.connect),
    Row("opening getaddrinfo", "getaddrinfo of a numeric host", opening.numeric_host),
    Row("files readline", "a line of 64 B from makefile", files.readline, {}, UNIX, cycle=files.LINES),
    Row(
        "files sendfile",
        f"{BLOCKS} of a file by sendfile, AF_UNIX pair, blocking",
        files.sendfile,
        {},
        UNIX,
        wall=True,
    ),
    *(
        Row(
            f"servers echo {connections:,}",
            f"an echo of 64 B, {connections:,} TCP {kind}, by selectors",
            servers.echo,
            {"connections": connections},
            alone=True,
            cycle=connections,
        )
        for connections, kind in ((1, "connection"), (100, "connections"), (5_000, "connections"))
    ),
    *(
        Row(
            f"memory {by}",
            f"of each of 50,000 UDP sockets, or as many as are allowed, by {by}",
            memory.each_socket,
            {"by": by},
            unit="B",
            once=True,
        )
        for by in ("tracemalloc", "RSS")
    ),
    Row("memory import", "of import and first UDP socket, all plugins", memory.imported, {}, unit="B", once=True),
    *(
        Row(
            f"{theme} {how} {which}",
            f"{first}; {what}, {how}",
            startup.first_socket,
            {"frozen": how == "frozen", "whole": theme == "process", **arguments},
            once=True,
        )
        for theme, first in (("startup", FIRST), ("process", WHOLE))
        for how in ("discovered", "frozen")
        for which, what, arguments in (
            ("1 plugin", "1 plugin", {"plugins": 1}),
            ("3 plugins", "3 plugins", {"plugins": 3}),
            ("all plugins", "all plugins", {}),
            ("+100 unrelated", "all plugins, 100 other distributions installed", {"distributions": 100}),
        )
    ),
    *(
        Row(f"program {name}", program.title, programs.program, {"name": name}, program.needs, once=True)
        for name, program in programs.PROGRAMS.items()
    ),
    *calls.rows(),
)


def matching(pattern: str) -> list[Row]:
    """Return the rows whose names contain *pattern*, in which ``*`` matches any text."""
    from fnmatch import fnmatchcase

    return [row for row in TABLE if fnmatchcase(row.name.lower(), f"*{pattern.lower()}*")]


def named(name: str) -> Row:
    """Return the row with this name."""
    return next(row for row in TABLE if row.name == name)
