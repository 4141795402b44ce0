"""Socket options: every one that the standard library names, read, set and read again, on equal sockets."""

from __future__ import annotations

import socket as standard

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parity import sources as s
from parity.known import WORDS
from parity.scenes import ALONE, CONNECTED, LISTENING, PAIR
from parity.sides import agree

import sockcore

LEVELS = {
    "SO_": "SOL_SOCKET", "IP_": "IPPROTO_IP", "IPV6_": "IPPROTO_IPV6", "TCP_": "IPPROTO_TCP",
    "UDPLITE_": "IPPROTO_UDPLITE",
}  # fmt: skip

#: Not the same for equal sockets: which processor handled a packet, what happened when, who is at the other end.
_OWN = {
    "SO_INCOMING_CPU",
    "SO_INCOMING_NAPI_ID",
    "SO_COOKIE",
    "SO_MEMINFO",
    "TCP_INFO",
    "TCP_TIMESTAMP",
    "SO_PEERPIDFD",
}
_OWN |= {"TCP_CC_INFO", "TCP_ZEROCOPY_RECEIVE"}  # the latter reads the buffer, which only sockcore fills with zeros
#: Of other families than this project's.
_OTHERS = ("SO_VM_", "SO_J1939_", "SO_HV")

OPTIONS = [
    (f"m.{level}", f"m.{name}")
    for name in sorted(dir(standard))
    for prefix, level in LEVELS.items()
    if name.startswith(prefix) and name not in _OWN and not name.startswith(_OTHERS) and hasattr(standard, level)
]

SCENES = {**CONNECTED, **LISTENING, **ALONE}
_LENGTH = st.one_of(st.integers(1, 64).map(str), s.one("0", "4", "1024", "1025", "-1", "2**31", "2**62"))
_VALUE = st.one_of(
    st.integers(-3, 300).map(str),
    s.EDGES,
    s.READABLE,
    s.one(
        "struct.pack('i', 1)", "struct.pack('ll', 1, 0)", "struct.pack('ii', 1, 1)", "b'lo'", "bytearray(4)", "None, 0"
    ),
    s.one("None, 4", "None, -1", "None, 'x'", "None, None", "5, 4", "b'x', 1", "None, 2**31, 1"),
)
# Neither may fill the machine's memory nor change what the machine does to others.
_LEAVE = {"m.SO_DEBUG", "m.SO_RCVTIMEO", "m.SO_SNDTIMEO", "m.SO_ATTACH_FILTER", "m.SO_LINGER"}


@pytest.mark.parametrize("scene", SCENES)
def test_every_option_reads_the_same(scene: str) -> None:
    lines = [f"sock.getsockopt({level}, {name}{size})" for level, name in OPTIONS for size in ("", ", 4", ", 128")]
    agree(SCENES[scene], lines)


@given(
    st.sampled_from(sorted(SCENES)),
    st.one_of(st.sampled_from(OPTIONS), st.tuples(s.EDGES, s.EDGES), st.tuples(s.one("m.SOL_SOCKET"), s.ODD)),
    st.one_of(st.just(""), _LENGTH.map(", {}".format)),
)
def test_reading(scene: str, option: tuple[str, str], length: str) -> None:
    agree(SCENES[scene], [f"sock.getsockopt({', '.join(option)}{length})"])


@given(
    st.sampled_from(sorted(SCENES)),
    st.sampled_from([option for option in OPTIONS if option[1] not in _LEAVE]),
    st.lists(_VALUE, min_size=1, max_size=3),
)
def test_setting(scene: str, option: tuple[str, str], values: list[str]) -> None:
    named = ", ".join(option)
    read = [f"sock.getsockopt({named})", f"sock.getsockopt({named}, 64)"]
    agree(SCENES[scene], [line for value in values for line in (f"sock.setsockopt({named}, {value})", *read)])


@given(s.call("sock.getsockopt", s.EDGES, s.EDGES, s.EDGES, optional=1))
def test_arguments_of_reading(line: str) -> None:
    agree(PAIR, [line])


@given(
    s.call(
        "sock.setsockopt",
        s.one("m.SOL_SOCKET", "9999", "2**31"),
        s.one("9999", "-2**31-1", "m.SO_REUSEADDR"),
        st.one_of(_VALUE, s.one("None, 2**32")),
    )
)
def test_arguments_of_setting(line: str) -> None:
    agree(PAIR, [line])


@pytest.mark.skipif(not WORDS, reason="another module's words")
@pytest.mark.parametrize(
    "arguments",
    [(), (1,), (1, 2), (1, 2, None), (1, 2, 3, 4), (1, 2, b"3", 4), (1, 2, None, 4, 5), (1, 2, "3"), (1, 2, 3.0)],
)
def test_words_about_the_number_of_arguments(arguments: tuple[object, ...]) -> None:
    """What goes with None and what does not: the interpreter's own tests look for these words."""
    said = []
    for module in (sockcore, standard):
        with module.socket() as sock, pytest.raises(TypeError) as refusal:
            sock.setsockopt(*arguments)
        said.append(str(refusal.value))
    assert said[0] == said[1]
