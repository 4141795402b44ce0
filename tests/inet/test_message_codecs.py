"""Every registered control message: decoding and encoding raise documented errors only.

The codecs are those of the registry, and those that the modules of all plugins declare for other systems.
"""

from __future__ import annotations

import os
import struct
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sockcore import ancillary
from sockcore._plugins.discovery import with_codecs
from sockcore.plugin import Ancillary

MODULES = (
    "sockcore.messages",
    "sockcore_inet.messages",
    "sockcore_inet.sctp_messages",
    "sockcore_unix.messages",
    "sockcore_can.messages",
    "sockcore_bluetooth.messages",
    "sockcore_linux_misc.messages",
    "sockcore_bsd.messages",
)


def codecs() -> dict[str, Ancillary[Any]]:
    """Return the codecs by a name that is unique: two levels may have a message of the same name."""
    found = {f"{codec.name} of level {codec.level}": codec for codec in with_codecs().ancillaries.values()}
    for name in MODULES:
        if find_spec(name.partition(".")[0]) is None:
            continue  # a plugin that is not installed
        for codec in vars(import_module(name)).values():
            if isinstance(codec, Ancillary):
                found.setdefault(f"{codec.name} of level {codec.level}", codec)
    return found


CODECS = codecs()

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="structs of Linux have no fields on Windows")

DOCUMENTED = (TypeError, ValueError, OverflowError)
NUMBERS = st.one_of(st.integers(-(2**70), 2**70), st.integers(-2, 300), st.floats(), st.booleans(), st.none())
TEXTS = st.one_of(st.text(max_size=40), st.binary(max_size=200), st.sampled_from(["127.0.0.1", "::1", "lo"]))
SCALARS = st.one_of(NUMBERS, TEXTS)
VALUES = st.recursive(
    SCALARS, lambda items: st.one_of(st.lists(items, max_size=9).map(tuple), st.lists(items, max_size=4))
)
EXAMPLES = settings(max_examples=6 if "EMULATED_ARCHITECTURE" in os.environ else 60)
DATA = st.one_of(
    st.binary(max_size=300), st.integers(0, 300).map(bytes), st.integers(0, 300).map(lambda n: b"\xff" * n)
)


def decoded(codec: Ancillary[Any], data: bytes) -> Any:
    """Return the value, or None if the codec raises ValueError."""
    try:
        value = codec.decode(data)
    except ValueError:
        return None
    assert value is not None, codec.name
    return value


@EXAMPLES
@given(data=DATA)
def test_decode_raises_value_error_only(data: bytes) -> None:
    for codec in CODECS.values():
        decoded(codec, data)


@EXAMPLES
@given(data=DATA, cut=st.integers(0, 300))
def test_decode_of_truncated_data_does_not_invent_numbers(data: bytes, cut: int) -> None:
    """A number is never larger than the data: the codec reads no bytes behind them."""
    for name, codec in CODECS.items():
        value = decoded(codec, data[:cut])
        if type(value) is int and not name.startswith(("ALG_SET_IV", "SCM_BINTIME")):
            assert abs(value) < 1 << 8 * max(len(data[:cut]), 1), name


@EXAMPLES
@given(value=VALUES)
def test_encode_raises_documented_errors_only(value: Any) -> None:
    for name, codec in CODECS.items():
        if codec.encode is None:
            continue
        try:
            assert isinstance(codec.encode(value), bytes), name
        except (*DOCUMENTED, struct.error):  # ancillary.encode() converts a struct.error
            continue


@EXAMPLES
@given(value=VALUES)
def test_public_encode_names_message(value: Any) -> None:
    for codec in CODECS.values():
        if codec.encode is None or not codec.is_available:
            continue
        try:
            level, number, data = ancillary.encode(codec, value)
        except DOCUMENTED:
            continue
        assert (level, number, type(data)) == (codec.level, codec.number, bytes)


#: Messages whose value to send is not the received one, with the reason.
ASYMMETRIC = {
    "SCM_TIMESTAMPING": "flags are sent, and times received",
    "SO_TIMESTAMPING_OLD": "flags are sent, and times received",
    "SO_TIMESTAMPING_NEW": "flags are sent, and times received",
    "SCM_CREDS": "the kernel fills it in",
}


@EXAMPLES
@given(data=DATA)
def test_encode_of_decoded_value_is_stable(data: bytes) -> None:
    for name, codec in CODECS.items():
        if codec.encode is None or codec.name in ASYMMETRIC:
            continue
        value = decoded(codec, data)
        if value is None:
            continue
        try:
            encoded = codec.encode(value)
        except (*DOCUMENTED, struct.error):
            continue
        assert codec.decode(encoded) == value, name


@pytest.mark.parametrize("name", ASYMMETRIC)
def test_asymmetric_messages_exist(name: str) -> None:
    assert any(codec.name == name for codec in CODECS.values()) or name == "SCM_CREDS"
