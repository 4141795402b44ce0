from __future__ import annotations

import sys
from typing import Any

import pytest

import sockcore

HOST = "127.0.0.1"

SETHOSTNAME: list[Any] = []
if sys.platform != "win32":
    SETHOSTNAME = [
        ("sethostname", ("a" * 300,), [("socket.sethostname", (b"a" * 300,))]),
        ("sethostname", (1,), []),
    ]


@pytest.mark.parametrize(
    ("name", "args", "expected"),
    [
        ("getaddrinfo", (HOST, 80), [("socket.getaddrinfo", (HOST, 80, 0, 0, 0))]),
        (
            "getaddrinfo",
            (b"127.0.0.1", "80", sockcore.AF_INET, sockcore.SOCK_STREAM, 6, 0),
            [("socket.getaddrinfo", (b"127.0.0.1", "80", sockcore.AF_INET, sockcore.SOCK_STREAM, 6))],
        ),
        ("getaddrinfo", (None, b"80"), [("socket.getaddrinfo", (None, b"80", 0, 0, 0))]),
        ("getaddrinfo", ("bücher.invalid", 1), [("socket.getaddrinfo", ("bücher.invalid", 1, 0, 0, 0))]),
        ("getaddrinfo", (1, 80), []),
        ("getaddrinfo", (HOST, 1.5), []),
        ("getaddrinfo", ("a" * 64, 80), []),
        ("gethostbyname", (HOST,), [("socket.gethostbyname", (HOST,))]),
        ("gethostbyname", (b"127.0.0.1",), [("socket.gethostbyname", (b"127.0.0.1",))]),
        ("gethostbyname", ("bücher.invalid",), [("socket.gethostbyname", ("bücher.invalid",))]),
        ("gethostbyname", (1,), []),
        ("gethostbyname_ex", (HOST,), [("socket.gethostbyname", (HOST,))]),
        ("gethostbyaddr", (HOST,), [("socket.gethostbyaddr", (HOST,))]),
        ("gethostbyaddr", (bytearray(b"::1"),), [("socket.gethostbyaddr", (bytearray(b"::1"),))]),
        ("getnameinfo", ((HOST, 80), 3), [("socket.getnameinfo", ((HOST, 80),))]),
        ("getnameinfo", ((HOST, 80, 0), 3), [("socket.getnameinfo", ((HOST, 80, 0),))]),
        ("getnameinfo", (("::1", 80, -1), 3), []),
        ("getnameinfo", ((1,), 3), []),
        ("getservbyname", ("http",), [("socket.getservbyname", ("http", None))]),
        ("getservbyname", ("http", "tcp"), [("socket.getservbyname", ("http", "tcp"))]),
        ("getservbyname", ("nosuch", "tcp"), [("socket.getservbyname", ("nosuch", "tcp"))]),
        ("getservbyname", (1,), []),
        ("getservbyport", (80,), [("socket.getservbyport", (80, None))]),
        ("getservbyport", (80, "tcp"), [("socket.getservbyport", (80, "tcp"))]),
        ("getservbyport", (-1,), []),
        ("gethostname", (), [("socket.gethostname", ())]),
        *SETHOSTNAME,
        ("getprotobyname", ("tcp",), []),
        ("if_nameindex", (), []),
        ("getfqdn", (HOST,), [("socket.gethostbyaddr", (HOST,))]),
    ],
)
def test_functions_raise_audit_events(
    audited: list[Any], name: str, args: tuple[Any, ...], expected: list[Any]
) -> None:
    try:
        getattr(sockcore, name)(*args)
    except (OSError, TypeError, OverflowError, UnicodeError):
        pass
    assert audited == expected


def test_create_server_and_connection_raise_audit_events(audited: list[Any]) -> None:
    with sockcore.create_server((HOST, 0)) as server:
        address = server.getsockname()
        with sockcore.create_connection(address) as client:
            pass
    assert [(event, args) for event, args in audited if event in ("socket.getaddrinfo", "socket.bind")] == [
        ("socket.bind", (server, (HOST, 0))),
        ("socket.getaddrinfo", (*address, 0, sockcore.SOCK_STREAM, 0)),
    ]
    assert ("socket.connect", (client, address)) in audited
