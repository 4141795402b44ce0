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
def test_getservbyname_matches_stdlib(same: Any, args: tuple[str, ...]) -> None:
    same("getservbyname", *args)


@pytest.mark.parametrize("args", [(80,), (80, "tcp"), (53, "udp"), (64999,), (0,), (65535, "tcp"), (True,)])
def test_getservbyport_matches_stdlib(same: Any, args: tuple[Any, ...]) -> None:
    same("getservbyport", *args)


@pytest.mark.parametrize("name", ["tcp", "udp", "icmp", "TCP", "no-such-protocol", "", "é"])
def test_getprotobyname_matches_stdlib(same: Any, name: str) -> None:
    same("getprotobyname", name)


@pytest.mark.parametrize("wrong", [1, None, b"http", bytearray(b"http")])
def test_databases_name_not_str_raises_type_error(wrong: Any) -> None:
    type_name = "None" if wrong is None else type(wrong).__name__
    for name, args, position in [
        ("getservbyname", (wrong,), 1),
        ("getservbyname", ("http", wrong), 2),
        ("getservbyport", (80, wrong), 2),
        ("getprotobyname", (wrong,), 1),
    ]:
        with pytest.raises(TypeError) as caught:
            getattr(sockcore, name)(*args)
        assert str(caught.value) == f"{name}() argument {position} must be str, not {type_name}"


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("getservbyname", ("a\0",)),
        ("getservbyname", ("http", "a\0")),
        ("getservbyport", (80, "a\0")),
        ("getprotobyname", ("a\0",)),
    ],
)
def test_databases_null_in_name_raises_value_error(name: str, args: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=r"^embedded null character$"):
        getattr(sockcore, name)(*args)


@pytest.mark.parametrize(
    ("name", "args"),
    [("getservbyname", ("\ud800",)), ("getservbyname", ("http", "\ud800")), ("getprotobyname", ("\ud800",))],
)
def test_databases_surrogate_in_name_raises_unicode_error(name: str, args: tuple[Any, ...]) -> None:
    with pytest.raises(UnicodeEncodeError):
        getattr(sockcore, name)(*args)


@pytest.mark.parametrize("port", [-1, 65536])
def test_getservbyport_port_out_of_range_raises_overflow_error(port: int) -> None:
    with pytest.raises(OverflowError, match=r"^getservbyport: port must be 0-65535\.$"):
        sockcore.getservbyport(port)


@pytest.mark.parametrize("port", ["80", 80.0, None])
def test_getservbyport_port_not_integer_raises_type_error(same: Any, port: Any) -> None:
    assert same("getservbyport", port)[0] == "TypeError"


def test_getservbyport_port_larger_than_int_raises_overflow_error() -> None:
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
def test_databases_wrong_number_of_arguments_raises_type_error(name: str, args: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError):
        getattr(sockcore, name)(*args)


def test_databases_in_several_threads_return_own_answers() -> None:
    expected = {name: sockcore.getservbyname(name, "tcp") for name in ("http", "ftp", "smtp", "ssh")}

    def ask(name: str) -> bool:
        port = sockcore.getservbyname(name, "tcp")
        return bool(port == expected[name] and sockcore.getservbyport(port, "tcp") == name)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, list(expected) * 50))
