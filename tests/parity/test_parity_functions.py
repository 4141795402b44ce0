"""All functions of the module with generated arguments."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parity import sources as s
from parity.scenes import PAIR
from parity.sides import check_parity

if TYPE_CHECKING:
    from pathlib import Path

_ADDRESS_TEXT = st.one_of(
    s.one(
        "'127.0.0.1'", "'1.2.3.4'", "'::1'", "'::'", "'255.255.255.255'", "'1.2.3'", "'1.2'", "'16909060'",
        "'0x7f.0.0.1'", "'01.02.03.04'", "'1.2.3.4 '", "' 1.2.3.4'", "'1.2.3.4\\n'", "'1.2.3.4 x'", "'1.2.3.256'",
        "'1.2.3.4.5'", "''", "' '", "'::ffff:1.2.3.4'", "'1::2::3'", "'::1%lo'", "'2001:DB8::A'", "'1.2.3.4\\0'",
        "'\\udc80'", "'\\xb2.1.1.1'", "'x'", "Text('1.2.3.4')", "'4294967296'", "'0'", "'0.0.0.08'", "'1' * 100",
    ),
    st.text("0123456789.:abfx% ", max_size=18).map(repr),
    st.ip_addresses().map(str).map(repr),
)  # fmt: skip
_PACKED = st.one_of(
    st.binary(min_size=4, max_size=4).map(repr),
    st.binary(min_size=16, max_size=16).map(repr),
    s.one(
        "bytes(16)",
        "bytes(12) + b'abcd'",
        "bytes(10) + b'\\xff\\xff' + b'abcd'",
        "bytearray(4)",
        "memoryview(bytes(8))[::2]",
    ),
    s.one("array('i', [1])", "memoryview(b'abcd')", "Octets(b'abcd')", "array('H', [1, 2])"),
    s.READABLE,
)
_UNSIGNED = st.one_of(st.integers(0, 2**16).map(str), st.integers(0, 2**32).map(str), s.EDGES)
# Before Python 3.10 the standard library truncated a number of more than 16 bits.
_UNSIGNED_16 = _UNSIGNED if sys.version_info >= (3, 10) else st.integers(0, 65535).map(str)
_AF = s.one("m.AF_INET", "m.AF_INET6", "m.AF_UNIX", "m.AF_UNSPEC", "999", "-1", "2**31", "2.0")
_NAME = s.one(
    "'http'", "'ssh'", "'domain'", "'nosuch'", "''", "'http\\0'", "'\\udc80'", "'\\xe9'", "b'http'", "None", "5",
    "Text('http')",
)  # fmt: skip
_TRANSPORT = s.one("'tcp'", "'udp'", "'nosuch'", "''", "None", "b'tcp'", "'tcp\\0'", "5", "'sctp'", "'\\udc80'")
_INTERFACE = s.one(
    "'lo'", "b'lo'", "'nosuch'", "b'nosuch'", "''", "'x' * 100", "'lo\\0'", "b'lo\\0'", "None", "5",
    "bytearray(b'lo')", "'\\udc80'", "Text('lo')", "os.fspath('lo')",
)  # fmt: skip
_NUMERIC_HOST = st.one_of(
    _ADDRESS_TEXT.filter(lambda text: "\\n" not in text),
    s.one(
        "None",
        "b'127.0.0.1'",
        "bytearray(b'127.0.0.1')",
        "5",
        "'\\udc80'",
        "'\\xe9'",
        "'a' * 64",
        "'a..b'",
        "b'\\xff'",
        "1.5",
    ),
)
# The standard library accepted only int before Python 3.14, and only values of a C long before 3.13.
_NUMBERS = ("Index(80)", "True", "Number(80)", "BadIndex()") if sys.version_info >= (3, 14) else ()
_LARGE_NUMBERS = ("2**63", "2**64", "-2**64") if sys.version_info >= (3, 13) else ()
_SERVICE = s.one(
    "80", "0", "None", "'80'", "'http'", "b'80'", "b'http'", "'nosuch'", "-1", "65536", "2**31 - 1", "''", "'80x'",
    "' 80'", "'\\xe9'", "'\\udc80'", "1.5", "()", "'80\\0'", "'+80'", "'0x50'", *_NUMBERS, *_LARGE_NUMBERS,
)  # fmt: skip
_AI = s.one(
    "m.AI_NUMERICHOST", "m.AI_NUMERICHOST | m.AI_PASSIVE", "m.AI_NUMERICHOST | m.AI_NUMERICSERV",
    "m.AI_NUMERICHOST | m.AI_CANONNAME", "m.AI_NUMERICHOST | m.AI_V4MAPPED",
    "m.AI_NUMERICHOST | m.AI_V4MAPPED | m.AI_ALL", "m.AI_NUMERICHOST | m.AI_ADDRCONFIG",
)  # fmt: skip
_HOST = s.one(
    "'127.0.0.1'", "'localhost'", "'::1'", "'<broadcast>'", "b'127.0.0.1'", "bytearray(b'127.0.0.1')",
    "'127.0.0.1\\0'", "None", "5", "'\\udc80'", "'a' * 64", "'1.2'", "'0'", "'255.255.255.255'", "Text('127.0.0.1')",
    "'\\xe9' * 80", "memoryview(b'x')",
)  # fmt: skip
# Before Python 3.10 some functions accepted a float as integer.
_FLOAT = ("1.5",) if sys.version_info >= (3, 10) else ()
_GETADDRINFO = ("host", "port", "family", "type", "proto", "flags")

CALLS = {
    "inet_aton": s.call("m.inet_aton", _ADDRESS_TEXT),
    "inet_ntoa": s.call("m.inet_ntoa", _PACKED),
    "inet_pton": s.call("m.inet_pton", _AF, _ADDRESS_TEXT),
    "inet_ntop": s.call("m.inet_ntop", _AF, _PACKED),
    **{name: s.call(f"m.{name}", _UNSIGNED) for name in ("htonl", "ntohl")},
    **{name: s.call(f"m.{name}", _UNSIGNED_16) for name in ("htons", "ntohs")},
    "getaddrinfo": st.builds(
        "sorted({})".format,
        s.call("m.getaddrinfo",
        _NUMERIC_HOST, _SERVICE, _AF, s.KIND, s.PROTO, _AI, keywords=_GETADDRINFO, odd=s.one("None", "'1'")),
    ),
    "getaddrinfo of localhost": s.call("m.getaddrinfo", s.one("'localhost'", "b'localhost'", "None", "''"),
    _SERVICE, optional=1, odd=s.one("()")),
    "gethostbyname": s.call("m.gethostbyname", _HOST),
    "gethostbyname_ex": s.call("m.gethostbyname_ex", s.one("'127.0.0.1'", "'localhost'", "b'localhost'", "None",
    "'\\0'", "'a' * 64")),
    "gethostbyaddr": s.call("m.gethostbyaddr", s.one("'127.0.0.1'", "'localhost'", "b'127.0.0.1'", "None", "'\\0'",
    "'a' * 64")),
    "getfqdn": s.call("m.getfqdn", s.one("'localhost'", "'127.0.0.1'", "' localhost '"), keywords=("name",),
    odd=s.one("5")),
    "gethostname": s.call("m.gethostname"),
    "getservbyname": s.call("m.getservbyname", _NAME, _TRANSPORT, optional=1),
    "getservbyport": s.call("m.getservbyport", st.one_of(s.one("80", "22", "53", "65535", "65536", "-1"), s.EDGES),
    _TRANSPORT, optional=1),
    "getprotobyname": s.call("m.getprotobyname", st.one_of(s.one("'tcp'", "'icmp'", "'ipv6'"), _NAME)),
    "if_nametoindex": s.call("m.if_nametoindex", _INTERFACE),
    "if_indextoname": s.call("m.if_indextoname", st.one_of(s.one("1", "2", "0", "9999"), s.EDGES)),
    "if_nameindex": s.call("m.if_nameindex"),
    "close": s.call("m.close", s.one("-1", "99999", "2**31", "2**64", "-2**31-1", "None", *_FLOAT, "Index(-1)",
    "os.dup(0)", "'1'")),
    "dup": s.call("m.dup", s.one("-1", "99999", "2**31", "2**64", "-2**31-1", "None", *_FLOAT, "Index(-1)", "'1'")),
    "getdefaulttimeout": s.call("m.getdefaulttimeout"),
    "setdefaulttimeout": st.builds(
        "[{}, m.getdefaulttimeout(), keep(m.socket()), m.setdefaulttimeout(None)]".format,
        s.call("m.setdefaulttimeout", s.SECONDS, odd=s.SECONDS),
    ),
    "socketpair": s.call("m.socketpair", s.FAMILY, s.KIND, s.PROTO, optional=3, keywords=("family", "type", "proto")),
    "socket": s.call("m.socket", s.FAMILY, s.KIND, s.PROTO, optional=3, keywords=("family", "type", "proto")),
    "socket with fileno": s.call(
        "m.socket", s.FAMILY, s.KIND, s.PROTO, s.one("sock.fileno()", "-1", "99999", "None", "1.5", "2**31", "'1'",
        "2**64", "file.fileno()"),
        keywords=("family", "type", "proto", "fileno"),
    ),
    "socket of fileno": s.call(
        "m.socket", s.one("fileno=os.dup(sock.fileno())", "fileno=-1", "fileno=99999", "fileno=None", "fileno=1.5",
        "fileno=file.fileno()")
    ),
    "fromfd": s.call(
        "m.fromfd", s.one("sock.fileno()", "-1", "99999", *_FLOAT), s.FAMILY, s.KIND, s.PROTO, optional=1,
        keywords=("fd", "family", "type", "proto"),
    ),
    "has_dualstack_ipv6": s.call("m.has_dualstack_ipv6"),
    "exceptions": s.one(
        "m.error is OSError", "issubclass(m.gaierror, OSError)", "issubclass(m.herror, OSError)",
        "m.gaierror.__mro__[1:]", "repr(m.gaierror(1, 'text'))", "str(m.gaierror(1, 'text'))",
        "m.gaierror(1, 'text').args", "m.gaierror(1, 'x').errno", "str(m.herror('x'))", "m.timeout('timed out').args",
        "m.gaierror.__qualname__", "m.herror.__name__", "issubclass(m.timeout, OSError)",
        "type(pickle.loads(pickle.dumps(m.gaierror(1, 'x')))) is m.gaierror",
    ),
}  # fmt: skip
CALLS = {name: strategy for name, strategy in CALLS.items() if not strategy.is_empty}


@pytest.mark.parametrize("name", CALLS)
def test_function_calls_match(name: str, folder: Path) -> None:
    setup = ["import pickle", *PAIR, "file = open('file', 'wb')"]

    @given(CALLS[name])
    def check(line: str) -> None:
        # A socket from the descriptor of another socket must not close the descriptor too.
        after = "[made.detach() for made in kept() if made.fileno() == sock.fileno() and made is not sock] and None"
        check_parity(setup, [line, after], folder)

    check()


_SERVER = s.call(
    "m.create_server", s.one("('127.0.0.1', 0)", "('', 0)", "('::1', 0)", "('127.0.0.1', 70000)", "('192.0.2.1', 1)",
    "None", "'x'"),
    keywords=("address", "family", "backlog", "reuse_port", "dualstack_ipv6"),
)  # fmt: skip


@given(_SERVER, st.lists(
    s.one("family=m.AF_INET", "family=m.AF_INET6", "family=99", "backlog=5", "backlog=None", "backlog=0",
    "reuse_port=True",
          "dualstack_ipv6=True", "backlog='5'"),
          max_size=3, unique_by=lambda text: text.partition("=")[0]))  # fmt: skip
def test_create_server_matches(call: str, options: list[str]) -> None:
    line = ", ".join([call[:-1], *options]).replace("(, ", "(") + ")"
    lines = [
        f"made.append({line})", "label(made=made[0])", "made[0].getsockname()", "repr(made[0])",
        "made[0].getsockopt(m.SOL_SOCKET, m.SO_REUSEADDR)", "made[0].getsockopt(m.SOL_SOCKET, m.SO_REUSEPORT)",
        "made[0].getsockopt(m.IPPROTO_IPV6, m.IPV6_V6ONLY)", "keep(made[0]) and None",
    ]  # fmt: skip
    check_parity(["made = []"], lines)


_ALL_ERRORS = ("all_errors=False",) if sys.version_info >= (3, 11) else ()


@given(
    s.one("listener.getsockname()", "('localhost', listener.getsockname()[1])", "('127.0.0.1', 1)",
    "('127.0.0.1', 70000)",
          "('127.0.0.1',)", "None", "(None, listener.getsockname()[1])", "('\\udc80', 1)", "('127.0.0.1', 'nosuch')"),
    st.lists(s.one("timeout=None", "timeout=0.5", "timeout=5", "timeout=-1", "timeout='1'",
    "source_address=('127.0.0.1', 0)",
                   "source_address=('', 0)", "source_address=('192.0.2.1', 0)", "source_address=None",
                   "source_address=5",
                   *_ALL_ERRORS, "nosuch=1"),
             max_size=3, unique_by=lambda text: text.partition("=")[0]),
)  # fmt: skip
def test_create_connection_matches(address: str, options: list[str]) -> None:
    setup = ["listener = m.create_server(('127.0.0.1', 0))", "guard(listener)", "label(listener=listener)", "made = []"]
    line = f"made.append(keep(m.create_connection({', '.join([address, *options])})))"
    lines = [line, "label(made=made[0])", "repr(made[0])", "made[0].gettimeout()", "keep(listener.accept())"]
    check_parity(setup, lines)
