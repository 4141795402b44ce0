"""The functions in C for arguments of the usual types have the results of the Python code, or return None."""

from __future__ import annotations

import socket as stdlib
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sockcore
from sockcore.plugin import sockaddr_header
from sockcore.testing import FakeContext
from sockcore_inet import backend, databases, hosts
from sockcore_inet.constants import AF_INET, AF_INET6
from sockcore_inet.inet4 import Inet4
from sockcore_inet.inet6 import Inet6

native = backend.native
pytestmark = pytest.mark.skipif(native is None, reason="the native functions were not built")

HOSTS = ["127.0.0.1", "255.255.255.255", "::", "::1", "2001:db8::1", "::ffff:1.2.3.4", "fe80::1%1", "", "localhost",
         "1.2.3", "01.2.3.4", "1.2.3.4\0", "\u0661.2.3.4", "\ud800", b"1.2.3.4", None, 5]  # fmt: skip
numbers = st.one_of(st.integers(-2, 1 << 33), st.sampled_from([0, 1, 65535, 65536, 0xFFFFF, 0x100000, 1.0, True, "1"]))
hosts_strategy = st.one_of(
    st.sampled_from(HOSTS), st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str), st.text(max_size=12)
)
tuples = st.tuples(hosts_strategy, st.lists(numbers, max_size=4)).map(lambda pair: (pair[0], *pair[1]))
addresses = st.one_of(st.none(), hosts_strategy, tuples)


class Text(str):
    """A str of a program."""

    __slots__ = ()


@given(addresses)
def test_encoders_have_the_result_of_the_codec_or_return_none(address: Any) -> None:
    for encode, codec in ((native.encode_inet, Inet4()), (native.encode_inet6, Inet6())):
        sockaddr = encode(address)
        assert sockaddr is None or sockaddr == codec.encode(address, FakeContext(codec.number))


@pytest.mark.parametrize("address", [("192.0.2.1", 0), ("0.0.0.0", 65535)])
def test_encode_inet_converts_numeric_hosts(address: Any) -> None:
    assert native.encode_inet(address) == Inet4().encode(address, FakeContext(AF_INET))


@pytest.mark.parametrize("address", [("::1", 80), ("::1", 80, 0xFFFFF), ("fe80::1", 80, 5, 0xFFFFFFFF)])
def test_encode_inet6_converts_numeric_hosts(address: Any) -> None:
    assert native.encode_inet6(address) == Inet6().encode(address, FakeContext(AF_INET6))


@pytest.mark.parametrize("address", [(Text("1.2.3.4"), 80), ["1.2.3.4", 80], ("1.2.3.4", True), ("1.2.3.4", 65536)])
def test_encode_inet_leaves_other_types_and_values_to_the_codec(address: Any) -> None:
    assert native.encode_inet(address) is None


@given(st.binary(max_size=40), st.sampled_from([AF_INET, AF_INET6, 77]))
def test_decoders_have_the_result_of_the_codec_or_return_none(data: bytes, family: int) -> None:
    raw = sockaddr_header(family, len(data) + 2) + data
    for decode, codec in ((native.decode_inet, Inet4()), (native.decode_inet6, Inet6())):
        for part in (raw, raw[:16].ljust(16, b"\1"), raw[:28].ljust(28, b"\1"), data):
            address = decode(part)
            assert address is None or address == codec.decode(part, FakeContext(codec.number))


def test_decoders_convert_complete_sockaddrs_only() -> None:
    raw = native.encode_inet(("192.0.2.1", 80))
    assert native.decode_inet(raw) == ("192.0.2.1", 80)
    raw6 = native.encode_inet6(("2001:db8::1", 80, 5, 7))
    assert native.decode_inet6(raw6) == ("2001:db8::1", 80, 5, 7)
    for part in (raw[:-1], raw + b"\0", raw6, bytearray(raw), b"", None, sockaddr_header(77, 16) + raw[2:]):
        assert native.decode_inet(part) is None
    for part in (raw6[:-1], raw6 + b"\0", raw, b""):
        assert native.decode_inet6(part) is None


@pytest.mark.skipif(sockcore.backends.current() != "native", reason="the core's native backend calls these functions")
def test_sockets_use_the_codec_only_for_other_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[object] = []
    encode = Inet4.encode

    def record(codec: Inet4, address: object, context: Any) -> bytes:
        encoded.append(address)
        return encode(codec, address, context)

    monkeypatch.setattr(Inet4, "encode", record)
    with sockcore.socket(AF_INET, sockcore.SOCK_DGRAM) as sock:
        for number in range(1, 5):
            sock.connect((f"127.0.0.{number}", 9))
            assert sock.getpeername() == (f"127.0.0.{number}", 9)
        sock.connect((Text("127.0.0.9"), 9))
        with pytest.raises(OverflowError, match=r"connect\(\): port must be 0-65535"):
            sock.connect(("127.0.0.1", 65536))
    assert encoded == [("127.0.0.9", 9), ("127.0.0.1", 65536)]


@pytest.mark.skipif(sockcore.backends.current() != "native", reason="the core's native backend fills the caches")
def test_caches_of_sockets_have_a_limit() -> None:
    from sockcore._plugins.discovery import registry

    inet = registry().family(AF_INET, 0)
    with sockcore.socket(AF_INET, sockcore.SOCK_DGRAM) as sock:
        for number in range(17_000):
            sock.connect((f"127.1.{number >> 8}.{number & 255}", 9))
            sock.getpeername()
    assert inet.encoded is not None
    assert 0 < len(inet.encoded) <= 16384
    assert inet.decoded is not None
    assert 0 < len(inet.decoded) <= 16384


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("flags", [0, "AI_PASSIVE", "AI_NUMERICHOST", "AI_CANONNAME"])
@pytest.mark.parametrize("family", [0, AF_INET, AF_INET6, 99])
def test_answers_of_numeric_host_are_those_of_the_python_code(host: Any, flags: Any, family: int) -> None:
    hints = (family, 0, 0, getattr(sockcore, flags) if flags else 0)

    def outcome(function: Any) -> Any:
        try:
            answers = function(host, 80, *hints)
        except OSError as exc:
            return exc.args
        return answers and [(*map(int, answer[:3]), *answer[3:]) for answer in answers]

    answers = outcome(native.answers_of_numeric_host)
    assert answers is None or answers == outcome(stdlib.getaddrinfo)


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS needs AI_NUMERICHOST")
def test_answers_of_numeric_host_leave_other_arguments_to_the_python_code() -> None:
    call = native.answers_of_numeric_host
    # musl returns the canonical name without AI_CANONNAME too.
    name = stdlib.getaddrinfo("127.0.0.1", 80)[0][3]
    assert call("127.0.0.1", 80, sockcore.AF_INET, sockcore.SOCK_STREAM, 0, 0) == [(2, 1, 6, name, ("127.0.0.1", 80))]
    for host, port in (("localhost", 80), ("127.0.0.1", "80"), ("127.0.0.1", 65536), ("127.0.0.1", -1),
                       ("127.0.0.1", True), (Text("127.0.0.1"), 80), (b"127.0.0.1", 80), (None, 80)):  # fmt: skip
        assert call(host, port, 0, 0, 0, 0) is None
    assert call("127.0.0.1", 80, 1 << 40, 0, 0, 0) is None
    assert call("127.0.0.1", 80, "0", 0, 0, 0) is None
    assert call("127.0.0.1", 80, 0, 0, 0, sockcore.AI_ADDRCONFIG) is None


def test_database_functions_return_none_for_other_types() -> None:
    assert native.port_of_service("http") == stdlib.getservbyname("http")
    assert native.port_of_service("http", "nonsense") == -1
    assert native.service_of_port(80, "tcp") == stdlib.getservbyport(80, "tcp")
    assert native.service_of_port(1, "nonsense") == ""
    assert native.number_of_protocol("tcp") == 6
    assert native.number_of_protocol("nonsense") == -1
    for call, arguments in (
        (native.port_of_service, (b"http",)), (native.port_of_service, ("ht\0tp",)), (native.port_of_service, ()),
        (native.port_of_service, ("http", None)), (native.port_of_service, ("http", "t\0")),
        (native.service_of_port, (True,)), (native.service_of_port, (65536,)), (native.service_of_port, (80, b"tcp")),
        (native.service_of_port, ()),
        (native.number_of_protocol, (b"tcp",)), (native.number_of_protocol, ("\ud800",)),
    ):  # fmt: skip
        assert call(*arguments) is None


@pytest.mark.parametrize(
    ("function", "arguments", "event"),
    [
        (hosts.getaddrinfo, ("127.0.0.1", 80), ("socket.getaddrinfo", ("127.0.0.1", 80, 0, 0, 0))),
        (sockcore.gethostbyname, ("127.0.0.1",), ("socket.gethostbyname", ("127.0.0.1",))),
        (databases.getservbyname, ("http",), ("socket.getservbyname", ("http", None))),
        (databases.getservbyname, ("http", "tcp"), ("socket.getservbyname", ("http", "tcp"))),
        (databases.getservbyport, (80, "tcp"), ("socket.getservbyport", (80, "tcp"))),
    ],
)
def test_each_call_raises_one_audit_event(audited: Any, function: Any, arguments: Any, event: Any) -> None:
    function(*arguments)
    assert audited == [event]
