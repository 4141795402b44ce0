"""Hypothesis strategies of source text: arguments and calls."""

from __future__ import annotations

import socket as standard
import sys
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from parity.known import EMULATED, IS_CPYTHON
from parity.system import only_possible, possible

if TYPE_CHECKING:
    from collections.abc import Sequence

    Source = st.SearchStrategy[str]


def one(*sources: str) -> Source:
    """Return a strategy that chooses one of these texts; the first is the simplest.

    Texts that are not possible on this system are left out.
    """
    chosen = only_possible(sources)
    return st.sampled_from(chosen) if chosen else st.nothing()


#: Integers near the limits of C types. An allocation of such a size always fails.
EDGES = one(
    "0", "1", "-1", "2", "True", "Index(3)", "Number(2)", "Index(-1)", "BadIndex()", "255", "256", "65535", "65536",
    "2**31-1", "2**31", "-2**31", "-2**31-1", "2**32-1", "2**32", "2**62", "2**63-1", "2**63", "-2**63-1", "2**64",
)  # fmt: skip

# Before Python 3.10 some functions accepted these as integers.
_NO_INTEGERS = ("1.0", "1.5", "float('nan')", "float('inf')", "2j", "Fraction(3)", "Decimal(1)")
if sys.version_info < (3, 10):
    _NO_INTEGERS = ("iter([1])",)
#: Values that are not integers, and mostly not buffers and not text.
ODD = one(
    "None", "''", "'1'", "b'1'", *_NO_INTEGERS, "()", "[]", "{}", "(1, 2)", "[1]", "object()", "Ellipsis", "BadIndex()",
    "bytearray(b'x')", "memoryview(b'x')", "m", "range(3)",
)  # fmt: skip

_SMALL = st.integers(0, 40).map(str)
SIZE = st.one_of(
    _SMALL, one("0", "100", "1000", "Index(3)", "True", "-1", "-2**63-1", "2**62", "2**63", "2**64", "BadIndex()")
)

FLAG_NAMES = (
    "MSG_PEEK", "MSG_DONTWAIT", "MSG_TRUNC", "MSG_CTRUNC", "MSG_WAITALL", "MSG_NOSIGNAL", "MSG_EOR", "MSG_MORE",
    "MSG_DONTROUTE", "MSG_CMSG_CLOEXEC", "MSG_ERRQUEUE",
)  # fmt: skip
_FLAG = st.sampled_from(["0", *(f"m.{name}" for name in FLAG_NAMES if hasattr(standard, name))])
FLAGS = st.one_of(
    _FLAG,
    st.tuples(_FLAG, _FLAG).map(" | ".join),
    one("m.MSG_OOB", "-1", "Index(0)", "2**31-1", "2**31", "-2**31-1", "2**63", "m.MsgFlag(0)"),
)

#: For methods that return bytes: with MSG_TRUNC, the standard library returns uninitialised memory.
RECEIVE_FLAGS = FLAGS.map(lambda flags: flags.replace("MSG_TRUNC", "MSG_PEEK"))

_BYTES = st.binary(max_size=24).map(repr)
READABLE = st.one_of(
    _BYTES,
    one(
        "bytearray(b'abc')", "memoryview(b'abcdef')", "memoryview(bytearray(b'abcdef'))",
        "memoryview(b'abcdef')[1:4]", "memoryview(b'abcdef')[::2]", "memoryview(b'abcdef')[::-1]",
        "memoryview(b'abcdef').cast('B', (2, 3))", "memoryview(b'abcdefgh').cast('I')", "array('i', [1, 2, 3])",
        "array('d', [1.5])", "memoryview(array('H', [7]))", "bytearray(b'abc') * 100", "b'x' * 4096", "b''",
        "memoryview(b'')", "(ctypes.c_char * 4)()", "Octets(b'abc')", "(ctypes.c_int * 2)(1, 2)",
        "io.BytesIO(b'abc').getbuffer()", "memoryview(bytearray(b'ab')).toreadonly()",
        "memoryview(b'abcd').cast('b')", "memoryview(b'abcd').cast('c')", "memoryview(b'x').cast('B', ())",
    ),
    one("''", "'text'", "None", "5", "[1, 2]", "(b'a',)", "object()", "1.5", "bytes", "Index(3)"),
)  # fmt: skip

WRITABLE = st.one_of(
    st.integers(0, 30).map("hold(bytearray({}))".format),
    one(
        "hold(memoryview(bytearray(12)))", "hold(memoryview(bytearray(12))[2:6])",
        "hold(memoryview(bytearray(12))[::2])", "hold(memoryview(bytearray(12)).cast('B', (3, 4)))",
        "hold(memoryview(bytearray(12)).cast('I'))", "hold(array('i', [0, 0, 0]))", "hold((ctypes.c_char * 8)())",
        "hold(bytearray())", "hold(memoryview(bytearray()))", "hold(array('b'))", "hold((ctypes.c_int * 2)())",
        "hold(memoryview(array('d', [0, 0])))",
    ),
    one(
        "b'abc'", "memoryview(b'abc')", "memoryview(bytearray(3)).toreadonly()", "'text'", "None", "5",
        "[bytearray(3)]", "object()", "1.5", "bytearray", "()",
    ),
)  # fmt: skip


def _several(item: Source) -> Source:
    # A list, a tuple, an iterator, a generator. An emulator may return arbitrary data for recvmsg without buffers.
    made = st.lists(item, min_size=EMULATED, max_size=4).map(", ".join)
    return st.tuples(one("[{}]", "[{}]", "({},)", "iter([{}])", "(each for each in [{}])", "{{0: {}}}"), made).map(
        lambda both: both[0].format(both[1]).replace("(,)", "()").replace("{0: }", "{}")
    )


READABLES = st.one_of(_several(READABLE), one("None", "5", "b'abc'", "object()", "'ab'"))
WRITABLES = st.one_of(_several(WRITABLE), one("None", "5", "bytearray(3)", "object()", "b'ab'"))

#: Addresses that need no lookup on other machines.
HOSTS = st.one_of(
    one(
        "'127.0.0.1'", "''", "'localhost'", "'::1'", "'::'", "'0.0.0.0'", "'<broadcast>'", "'255.255.255.255'",
        "b'127.0.0.1'", "bytearray(b'127.0.0.1')", "b''", "Text('127.0.0.1')", "Octets(b'127.0.0.1')",
        "'::ffff:127.0.0.1'", "'127.1'", "'2130706433'", "'0x7f.1'", "'\\uff11\\uff12\\uff17.0.0.1'", "'\\u2460'",
    ),
    one(
        "'127.0.0.1\\0'", "'\\0'", "b'a\\0b'", "'\\udc80'", "'a' * 64", "'\\xe9' * 80", "'.\\xe9'", "'\\xe9..x'",
        "None", "5", "memoryview(b'127.0.0.1')", "1.5", "()", "b'\\xff\\xfe'", "'\\ud800'",
    ),
)  # fmt: skip
_FREE = one("0", "Index(0)", "False", "Number(0)", "-1", "65536", "70000", "2**31", "2**64", "-2**64", "-65536")
_TAKEN = one("1", "True", "65535", "Number(1)")
_NO_PORTS = one("None", "'80'", "1.0", "b'1'", "BadIndex()", "'http'")
_FLOWS = one("0", "5", "0xfffff", "0x100000", "-1", "2**32", "2**64", "Index(3)", "None", "'1'", "1.0")


def _internet(ports: Source) -> Source:
    return st.one_of(
        st.tuples(HOSTS, ports).map("({0[0]}, {0[1]})".format),
        st.tuples(HOSTS, one("0"), _FLOWS).map("({0[0]}, {0[1]}, {0[2]})".format),
        st.tuples(HOSTS, one("0", "65536"), _FLOWS, _FLOWS).map("({0[0]}, {0[1]}, {0[2]}, {0[3]})".format),
        SCOPED,
        one(
            "()", "('127.0.0.1',)", "('::1', 0, 0, 0, 0)", "['127.0.0.1', 0]", "Pair(('127.0.0.1', 0))",
            "Pair(('::1', 0))", "'127.0.0.1'", "None", "5", "b'x'", "{'host': 1}", "(0, '127.0.0.1')", "m.AF_INET",
            "iter(('127.0.0.1', 0))",
        ),
    )  # fmt: skip


#: Hosts with a scope, which the standard library ignores unless the tuple contains it too.
SCOPED = st.tuples(
    one("'::1%lo'", "'fe80::1%lo'", "'fe80::1%1'", "'::1%nosuch'", "'127.0.0.1%lo'", "'ff02::1%lo'", "'::%'"), _FLOWS
).map("({0[0]}, 0, 0, {0[1]})".format)
#: Addresses with unused ports, and addresses without ports that may be in use.
INTERNET = _internet(st.one_of(_FREE, _TAKEN, _NO_PORTS))
FREE_INTERNET = _internet(st.one_of(_FREE, _NO_PORTS))
PATHS = st.one_of(
    st.tuples(st.text("ab.\xe9\u20ac\U0001f600", min_size=1, max_size=8), st.sampled_from(["", ".s"]))
    .map("".join)
    .filter(lambda name: name not in (".", ".."))
    .map(repr),
    st.binary(max_size=12).filter(lambda name: b"/" not in name and name not in (b".", b"..")).map(repr),
    st.integers(100, 112).map("'p' * {}".format),
    st.integers(100, 112).map("b'p' * {}".format),
    st.integers(104, 110).map("b'\\0' + b'p' * {}".format),
    one(
        "''", "b''", "'\\0abstract'", "b'\\0abstract'", "bytearray(b'path')", "memoryview(b'path')", "'a\\0b'",
        "b'a\\0b'", "'\\udc80'", "'\\ud800'", "'\\udce9t\\xe9'", "b'\\0'", "b'\\0\\0'", "b'\\xff\\xfe'",
        "'nosuch/name'", "'.'", "'/'", "memoryview(b'path')[::2]", "array('b', [97, 98])", "Text('path')",
        "Octets(b'path')", "'p' * 5000",
    ),
    one("None", "5", "()", "('path',)", "['path']", "1.5", "object()", "('127.0.0.1', 0)"),
)  # fmt: skip
ADDRESS = {"AF_INET": INTERNET, "AF_INET6": INTERNET, "AF_UNIX": PATHS}
FREE_ADDRESS = {"AF_INET": FREE_INTERNET, "AF_INET6": FREE_INTERNET, "AF_UNIX": PATHS}
ANY_ADDRESS = st.one_of(
    one("peer.getsockname()", "sock.getsockname()", "('127.0.0.1', 1)", "None"), FREE_INTERNET, PATHS
)

# Other types of numbers are valid seconds from Python 3.15 on, and always in sockcore.
_FRACTIONS = ("Fraction(1, 2)", "Decimal('0.5')") if sys.version_info >= (3, 15) else ()
# CPython rounds up to nanoseconds, PyPy does not.
_FINE = st.integers(0, 8000).map("{} / 4".format)
if IS_CPYTHON:
    _FINE = st.one_of(st.floats(0, 2000).map(repr), one("0.1 + 0.2", "5e-10", "0.003", "1e-9"))
SECONDS = st.one_of(
    one("None", "0", "0.0", "0.01", "Index(0)", "False", "1", "-0.0", "3.5", "2147483"),
    one(
        "-1", "-1e-10", "float('nan')", "float('inf')", "-float('inf')", "1e10", "1e100", "2147483.7", "2147484",
        "2**31", "2**63", "2**64", "-2**64", "10**30", "9223372036", "9223372037.0", "'1'", *_FRACTIONS, "b'1'", "()",
        "{}", "BadIndex()", "object()", "9.3e9", "1e18", "1e19",
    ),
    _FINE,
)  # fmt: skip
#: Before Python 3.12 the standard library accepted only integers for boolean arguments.
TRUTH = st.one_of(EDGES, ODD) if sys.version_info >= (3, 12) else one("True", "False", "0", "1", "2", "-1")
HOW = st.one_of(one("m.SHUT_RD", "m.SHUT_WR", "m.SHUT_RDWR", "0", "3", "-1"), EDGES)
_RIGHT_LENGTHS = one(
    "b''", "b'\\1\\0\\0\\0'", "array('i', [0, 1])", "array('i', [-1])", "array('i', [99999])", "b'\\1'"
)
_TRIPLE = st.one_of(
    _RIGHT_LENGTHS.map("(m.SOL_SOCKET, m.SCM_RIGHTS, {})".format),
    st.tuples(one("m.SOL_SOCKET", "0", "m.IPPROTO_IP"), st.one_of(one("1", "2", "3"), EDGES), READABLE).map(
        "({0[0]}, {0[1]}, {0[2]})".format
    ),
    one(
        "()", "(1, 2)", "(1, 2, b'', 4)", "[m.SOL_SOCKET, m.SCM_RIGHTS, b'']", "None", "5", "'abc'", "b'abc'",
        "(1.0, 2, b'')", "(1, None, b'')", "(2**40, 1, b'')", "(1, -2**40, b'')", "(1, 1, None)", "iter((1, 1, b''))",
        "{1, 2, 3}", "(m.SOL_SOCKET, m.SCM_CREDENTIALS, struct.pack('3i', os.getpid(), os.getuid(), os.getgid()))",
        "(m.SOL_SOCKET, m.SCM_CREDENTIALS, struct.pack('3i', 1, 2, 3))", "(m.SOL_SOCKET, m.SCM_CREDENTIALS, b'')",
    ),
)  # fmt: skip
ANCILLARY = st.one_of(_several(_TRIPLE), one("[]", "()", "None", "5", "b''", "object()"))

FAMILY = st.one_of(one("m.AF_INET", "m.AF_INET6", "m.AF_UNIX", "m.AF_UNSPEC", "-1", "99"), EDGES)
KIND = st.one_of(
    one(
        "m.SOCK_STREAM", "m.SOCK_DGRAM", "m.SOCK_SEQPACKET", "m.SOCK_STREAM | m.SOCK_NONBLOCK", "-1", "77",
        "m.SOCK_DGRAM | m.SOCK_CLOEXEC", "m.SOCK_DGRAM | m.SOCK_NONBLOCK | m.SOCK_CLOEXEC",
    ),
    EDGES,
)  # fmt: skip
PROTO = st.one_of(one("0", "m.IPPROTO_TCP", "m.IPPROTO_UDP", "-1", "999"), EDGES)


def call(callee: str, *arguments: Source, optional: int = 0, keywords: Sequence[str] = (), odd: Source = ODD) -> Source:
    """Return a strategy of calls, mostly valid.

    A call sometimes has an *odd* argument, one too few or one too many.

    The last *optional* arguments may be left out. *keywords* are the names of arguments that can be passed by name. The
    strategy is empty if the call is not possible on this system.
    """
    return _call(callee, arguments, optional, keywords, odd) if possible(f"{callee}(") else st.nothing()


@st.composite
def _call(
    draw: Any, callee: str, arguments: Sequence[Source], optional: int, keywords: Sequence[str], odd: Source
) -> str:
    count = draw(st.integers(len(arguments) - optional, len(arguments)))
    parts = [draw(argument) for argument in arguments[:count]]
    mutation = draw(st.integers(0, 11))
    if mutation == 0 and parts:
        parts[draw(st.integers(0, len(parts) - 1))] = draw(odd)
    elif mutation == 1:
        parts.append(draw(odd))
    elif mutation == 2 and parts:
        parts.pop()
    elif mutation == 3:
        parts.append("nosuch=1")
    if keywords and draw(st.booleans()):
        first = draw(st.integers(0, len(parts)))
        for at in range(first, min(len(parts), len(keywords))):
            if "=" not in parts[at]:
                parts[at] = f"{keywords[at]}={parts[at]}"
        # A positional argument cannot follow a keyword argument.
        named = [part for part in parts if _is_named(part)]
        parts = [part for part in parts if not _is_named(part)] + named
    return f"{callee}({', '.join(parts)})"


def _is_named(part: str) -> bool:
    name, equals, _ = part.partition("=")
    return bool(equals) and name.isidentifier()
