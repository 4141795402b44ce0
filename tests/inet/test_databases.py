from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import sockcore


@pytest.mark.parametrize(
    "args",
    [
        ("http",),
        ("http", "tcp"),
        ("http", "udp"),
        ("domain", "udp"),
        ("no-such-service",),
        ("no-such-service", "tcp"),
        ("http", ""),
        ("é",),
    ],
)
def test_getservbyname(same: Any, args: tuple[str, ...]) -> None:
    same("getservbyname", *args)


@pytest.mark.parametrize("args", [(80,), (80, "tcp"), (53, "udp"), (64999,), (0,), (65535, "tcp"), (True,)])
def test_getservbyport(same: Any, args: tuple[Any, ...]) -> None:
    same("getservbyport", *args)


@pytest.mark.parametrize("name", ["tcp", "udp", "icmp", "TCP", "no-such-protocol", "", "é"])
def test_getprotobyname(same: Any, name: str) -> None:
    same("getprotobyname", name)


@pytest.mark.parametrize("wrong", [1, None, b"http", bytearray(b"http")])
def test_names_are_str(wrong: Any) -> None:
    kind = "None" if wrong is None else type(wrong).__name__
    for name, args, position in [
        ("getservbyname", (wrong,), 1),
        ("getservbyname", ("http", wrong), 2),
        ("getservbyport", (80, wrong), 2),
        ("getprotobyname", (wrong,), 1),
    ]:
        with pytest.raises(TypeError) as caught:
            getattr(sockcore, name)(*args)
        assert str(caught.value) == f"{name}() argument {position} must be str, not {kind}"


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("getservbyname", ("a\0",)),
        ("getservbyname", ("http", "a\0")),
        ("getservbyport", (80, "a\0")),
        ("getprotobyname", ("a\0",)),
    ],
)
def test_no_null_inside(name: str, args: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=r"^embedded null character$"):
        getattr(sockcore, name)(*args)


@pytest.mark.parametrize(
    ("name", "args"),
    [("getservbyname", ("\ud800",)), ("getservbyname", ("http", "\ud800")), ("getprotobyname", ("\ud800",))],
)
def test_no_surrogates(name: str, args: tuple[Any, ...]) -> None:
    with pytest.raises(UnicodeEncodeError):
        getattr(sockcore, name)(*args)


@pytest.mark.parametrize("port", [-1, 65536])
def test_ports_out_of_range(port: int) -> None:
    with pytest.raises(OverflowError, match=r"^getservbyport: port must be 0-65535\.$"):
        sockcore.getservbyport(port)


@pytest.mark.parametrize("port", ["80", 80.0, None])
def test_ports_that_are_none(same: Any, port: Any) -> None:
    assert same("getservbyport", port)[0] == "TypeError"


def test_a_port_that_no_int_holds() -> None:
    for port in (1 << 31, 1 << 80):
        with pytest.raises(OverflowError):
            sockcore.getservbyport(port)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("getservbyname", ()),
        ("getservbyname", ("a", "b", "c")),
        ("getservbyport", ()),
        ("getservbyport", (1, "b", "c")),
        ("getprotobyname", ()),
        ("getprotobyname", ("a", "b")),
    ],
)
def test_arity(name: str, args: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError):
        getattr(sockcore, name)(*args)


def test_threads_do_not_mix_up_answers() -> None:
    expected = {name: sockcore.getservbyname(name, "tcp") for name in ("http", "ftp", "smtp", "ssh")}

    def ask(name: str) -> bool:
        port = sockcore.getservbyname(name, "tcp")
        return bool(port == expected[name] and sockcore.getservbyport(port, "tcp") == name)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, list(expected) * 50))
