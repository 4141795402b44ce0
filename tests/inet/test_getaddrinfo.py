from __future__ import annotations

import copy
import ipaddress
import pickle
import socket as stdlib
import sys
from typing import Any

import pytest

import sockcore
from sockcore.plugin import RawAddress

HOST = "127.0.0.1"


@pytest.mark.parametrize(
    ("host", "port"),
    [
        (HOST, 80),
        (HOST, None),
        (HOST, "http"),
        (HOST, b"http"),
        (HOST, "80"),
        (HOST, ""),
        (HOST, 65535),
        (b"127.0.0.1", 80),
        ("localhost", 80),
        ("::1", 80),
        ("fe80::1%1", 80),
        (None, 80),
        (None, None),
        ("", 80),
        ("no.such.host.invalid", 80),
        ("bücher.invalid", 80),
        (HOST, "no-such-service"),
        (HOST, "é"),
    ],
)
def test_getaddrinfo_matches_stdlib(same: Any, host: Any, port: Any) -> None:
    same("getaddrinfo", host, port)


@pytest.mark.parametrize(
    "restrictions",
    [
        {"family": stdlib.AF_INET},
        {"family": stdlib.AF_INET6},
        {"family": 99},
        {"family": -1},
        {"type": stdlib.SOCK_STREAM},
        {"type": stdlib.SOCK_RAW},
        {"type": 99},
        {"proto": stdlib.IPPROTO_UDP},
        {"proto": 999},
        {"flags": stdlib.AI_CANONNAME},
        {"flags": stdlib.AI_PASSIVE},
        {"flags": stdlib.AI_NUMERICHOST},
        {"flags": 1 << 30},
        {"family": stdlib.AF_INET, "type": stdlib.SOCK_DGRAM, "proto": stdlib.IPPROTO_UDP, "flags": 0},
    ],
)
def test_getaddrinfo_restrictions_match_stdlib(same: Any, restrictions: dict[str, int]) -> None:
    same("getaddrinfo", HOST, 80, **restrictions)
    same("getaddrinfo", "localhost", 80, **restrictions)
    same("getaddrinfo", None, 80, **restrictions)


def test_getaddrinfo_returns_enum_members() -> None:
    ((family, sock_type, proto, name, address),) = sockcore.getaddrinfo(HOST, 80, 0, sockcore.SOCK_STREAM)
    assert family is sockcore.AF_INET
    assert sock_type is sockcore.SOCK_STREAM
    assert type(proto) is int
    # musl returns the canonical name without AI_CANONNAME too.
    assert (name, address) == (stdlib.getaddrinfo(HOST, 80)[0][3], (HOST, 80))
    assert name in ("", HOST)


@pytest.mark.usefixtures("ipv6")
def test_getaddrinfo_zone_is_scope_id() -> None:
    # Windows accepts only numbers as zones.
    name = "1" if sys.platform == "win32" else sockcore.if_indextoname(1)
    (info,) = sockcore.getaddrinfo(f"ff02::1%{name}", 80, type=sockcore.SOCK_DGRAM)
    assert info[-1] == ("ff02::1", 80, 0, 1)


@pytest.mark.parametrize("host", [1, 1.0, bytearray(b"localhost"), memoryview(b"localhost"), ["localhost"]])
def test_getaddrinfo_host_of_wrong_type_raises_type_error(host: Any) -> None:
    with pytest.raises(TypeError, match=r"^getaddrinfo\(\) argument 1 must be string or None$"):
        sockcore.getaddrinfo(host, 80)


@pytest.mark.parametrize("port", [1.5, bytearray(b"80"), [80], object()])
def test_getaddrinfo_port_of_wrong_type_raises_oserror(same: Any, port: Any) -> None:
    assert same("getaddrinfo", HOST, port) == ("OSError", ("Int or String expected",))


@pytest.mark.parametrize("argument", ["family", "type", "proto", "flags"])
@pytest.mark.parametrize("wrong", ["x", None, 1.0])
def test_getaddrinfo_number_of_wrong_type_matches_stdlib(same: Any, argument: str, wrong: Any) -> None:
    same("getaddrinfo", HOST, 80, **{argument: wrong})


@pytest.mark.parametrize("argument", ["family", "type", "proto", "flags"])
@pytest.mark.parametrize("wrong", [1 << 31, -(1 << 31) - 1, 1 << 80])
def test_getaddrinfo_number_too_large_raises_overflow_error(argument: str, wrong: int) -> None:
    with pytest.raises(OverflowError):
        sockcore.getaddrinfo(HOST, 80, **{argument: wrong})


@pytest.mark.parametrize("host", ["a" * 64, "\ud800", "é..example", "é" * 80, "a..b", "..", ".a", "x." + "a" * 64])
def test_getaddrinfo_invalid_label_raises_gaierror_and_unicode_error(host: str) -> None:
    with pytest.raises(sockcore.gaierror, match="encoding of hostname failed") as caught:
        sockcore.getaddrinfo(host, 80)
    assert isinstance(caught.value, UnicodeError)
    assert caught.value.errno == sockcore.EAI_NONAME
    number, text = caught.value.args
    assert (number, text) == (caught.value.errno, caught.value.strerror)


@pytest.mark.parametrize("host", ["a" * 63 + ".invalid", "a.invalid.", ".".join(["a" * 60] * 3) + ".invalid"])
def test_getaddrinfo_long_valid_name_is_resolved(host: str) -> None:
    with pytest.raises(sockcore.gaierror) as caught:
        sockcore.getaddrinfo(host, 80)
    assert not isinstance(caught.value, UnicodeError)


def test_invalid_host_name_error_can_be_pickled_and_copied() -> None:
    with pytest.raises(sockcore.gaierror) as caught:
        sockcore.getaddrinfo("a..b", 80)
    for again in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):
        assert type(again) is type(caught.value)
        assert again.args == caught.value.args


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("127.0.0.1\0.example.org", 80),
        (b"127.0.0.1\0.example.org", 80),
        ("127.0.0.1\0", None),
        ("\0", None),
        (HOST, "80\0junk"),
        (HOST, b"80\0junk"),
        (HOST, "\0"),
        (None, "80\0"),
    ],
)
def test_getaddrinfo_nul_raises_value_error(host: Any, port: Any) -> None:
    with pytest.raises(ValueError, match="embedded null") as caught:
        sockcore.getaddrinfo(host, port, type=sockcore.SOCK_STREAM)
    assert not isinstance(caught.value, OSError)


def test_create_connection_nul_in_host_raises_value_error() -> None:
    with sockcore.create_server((HOST, 0)) as server:
        with pytest.raises(ValueError, match="embedded null"):
            sockcore.create_connection((HOST + "\0.example.org", server.getsockname()[1]), timeout=2)


OUTSIDE = [65536, -1, 70000, 2**31, -(2**31), 2**32, 2**64, -(2**64), 1 << 1000]


@pytest.mark.parametrize("host", [HOST, "::1", None, "", "localhost"])
@pytest.mark.parametrize("port", OUTSIDE)
def test_getaddrinfo_port_out_of_range_raises_gaierror(host: Any, port: int) -> None:
    for service in (port, str(port), b"%d" % port, f" {port}", Index(port)):
        with pytest.raises(sockcore.gaierror) as caught:
            sockcore.getaddrinfo(host, service, type=sockcore.SOCK_STREAM)
        assert caught.value.errno == sockcore.EAI_SERVICE


@pytest.mark.parametrize("port", ["0", "80", "65535", "065535", "0000000080", b"0"])
def test_getaddrinfo_port_in_range_is_returned(port: Any) -> None:
    ((*_, address),) = sockcore.getaddrinfo(HOST, port, type=sockcore.SOCK_STREAM)
    assert address == (HOST, int(port))


class Index:
    def __init__(self, number: int) -> None:
        self.number = number

    def __index__(self) -> int:
        return self.number


@pytest.mark.parametrize(
    "host", [ipaddress.ip_address(HOST), ipaddress.ip_address("::1"), ipaddress.ip_interface("127.0.0.1/8")]
)
def test_getaddrinfo_accepts_ipaddress_objects(host: Any) -> None:
    text = str(getattr(host, "ip", host))
    assert sockcore.getaddrinfo(host, 80) == sockcore.getaddrinfo(text, 80)


def test_getaddrinfo_surrogate_in_port_raises_unicode_error() -> None:
    with pytest.raises(UnicodeEncodeError):
        sockcore.getaddrinfo("localhost", "\ud800")


def test_getaddrinfo_error_has_number_and_text() -> None:
    with pytest.raises(sockcore.gaierror) as caught:
        sockcore.getaddrinfo("localhost", 80, flags=sockcore.AI_NUMERICHOST)
    assert caught.value.errno == sockcore.EAI_NONAME
    assert isinstance(caught.value.strerror, str)
    assert isinstance(caught.value, OSError)


def test_getaddrinfo_family_without_codec_returns_raw_address(monkeypatch: pytest.MonkeyPatch) -> None:
    # The resolvers of the tested systems never return another family.
    from sockcore_inet import hosts

    monkeypatch.setattr(hosts, "lookup", lambda *args: [(77, 1, 0, "name", b"\x4d\0rest")])
    assert sockcore.getaddrinfo("x", 1) == [(77, 1, 0, "name", RawAddress(b"\x4d\0rest"))]


def test_getaddrinfo_wrong_arguments_raise_type_error() -> None:
    for args in [(), (HOST,), (HOST, 80, 0, 0, 0, 0, 0)]:
        with pytest.raises(TypeError):
            sockcore.getaddrinfo(*args)
    with pytest.raises(TypeError):
        sockcore.getaddrinfo(HOST, 80, protocol=0)
    assert sockcore.getaddrinfo(host=HOST, port=80) == sockcore.getaddrinfo(HOST, 80)
