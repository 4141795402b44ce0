"""Socket options: getsockopt and setsockopt with all options of the standard module."""

from __future__ import annotations

import socket as standard

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parity import sources as s
from parity.known import IS_CPYTHON
from parity.scenes import ALONE, CONNECTED, LISTENING, PAIR
from parity.sides import check_parity

import sockcore

LEVELS = {
    "SO_": "SOL_SOCKET", "IP_": "IPPROTO_IP", "IPV6_": "IPPROTO_IPV6", "TCP_": "IPPROTO_TCP",
    "UDPLITE_": "IPPROTO_UDPLITE",
}  # fmt: skip

#: Options that differ between equal sockets: processors, times, counters, peers.
_VARYING = {
    "SO_INCOMING_CPU",
    "SO_INCOMING_NAPI_ID",
    "SO_COOKIE",
    "SO_MEMINFO",
    "TCP_INFO",
    "TCP_TIMESTAMP",
    "SO_PEERPIDFD",
}
_VARYING |= {"TCP_CC_INFO", "TCP_ZEROCOPY_RECEIVE"}  # the latter reads the buffer, which only sockcore initialises
#: Options of other families.
_OTHERS = ("SO_VM_", "SO_J1939_", "SO_HV")

OPTIONS = [
    (f"m.{level}", f"m.{name}")
    for name in sorted(dir(standard))
    for prefix, level in LEVELS.items()
    if name.startswith(prefix) and name not in _VARYING and not name.startswith(_OTHERS) and hasattr(standard, level)
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
# Options that could exhaust memory, or affect other tests.
_EXCLUDED = {"m.SO_DEBUG", "m.SO_RCVTIMEO", "m.SO_SNDTIMEO", "m.SO_ATTACH_FILTER", "m.SO_LINGER"}


@pytest.mark.parametrize("scene", SCENES)
def test_getsockopt_all_options_match(scene: str) -> None:
    lines = [f"sock.getsockopt({level}, {name}{size})" for level, name in OPTIONS for size in ("", ", 4", ", 128")]
    check_parity(SCENES[scene], lines)


@given(
    st.sampled_from(sorted(SCENES)),
    st.one_of(st.sampled_from(OPTIONS), st.tuples(s.EDGES, s.EDGES), st.tuples(s.one("m.SOL_SOCKET"), s.ODD)),
    st.one_of(st.just(""), _LENGTH.map(", {}".format)),
)
def test_getsockopt_with_any_length_matches(scene: str, option: tuple[str, str], length: str) -> None:
    check_parity(SCENES[scene], [f"sock.getsockopt({', '.join(option)}{length})"])


@given(
    st.sampled_from(sorted(SCENES)),
    st.sampled_from([option for option in OPTIONS if option[1] not in _EXCLUDED]),
    st.lists(_VALUE, min_size=1, max_size=3),
)
def test_setsockopt_with_any_value_matches(scene: str, option: tuple[str, str], values: list[str]) -> None:
    arguments = ", ".join(option)
    read = [f"sock.getsockopt({arguments})", f"sock.getsockopt({arguments}, 64)"]
    check_parity(
        SCENES[scene], [line for value in values for line in (f"sock.setsockopt({arguments}, {value})", *read)]
    )


@given(s.call("sock.getsockopt", s.EDGES, s.EDGES, s.EDGES, optional=1))
def test_getsockopt_with_any_arguments_matches(line: str) -> None:
    check_parity(PAIR, [line])


@given(
    s.call(
        "sock.setsockopt",
        s.one("m.SOL_SOCKET", "9999", "2**31"),
        s.one("9999", "-2**31-1", "m.SO_REUSEADDR"),
        st.one_of(_VALUE, s.one("None, 2**32")),
    )
)
def test_setsockopt_with_any_arguments_matches(line: str) -> None:
    check_parity(PAIR, [line])


@pytest.mark.skipif(not IS_CPYTHON, reason="PyPy has other messages")
@pytest.mark.parametrize(
    "arguments",
    [(), (1,), (1, 2), (1, 2, None), (1, 2, 3, 4), (1, 2, b"3", 4), (1, 2, None, 4, 5), (1, 2, "3"), (1, 2, 3.0)],
)
def test_setsockopt_wrong_arguments_have_same_message(arguments: tuple[object, ...]) -> None:
    """The tests of CPython check these messages."""
    messages = []
    for module in (sockcore, standard):
        with module.socket() as sock, pytest.raises(TypeError) as caught:
            sock.setsockopt(*arguments)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
