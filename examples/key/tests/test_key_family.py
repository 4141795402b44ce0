"""The family AF_KEY and its messages as literals. These tests need no kernel with the family."""

from __future__ import annotations

import struct
from typing import Any

import pytest
import sockcore_key
from sockcore_key import KeyMessage, pack_message, unpack_message

from sockcore.testing import FamilyTests, PluginTests

MESSAGE = KeyMessage(3, 2, 7, 2**32 - 1, 0, ((1, b"\1\2\3\4"), (5, bytes(12))))
BYTES = (
    struct.pack("=BBBBHHII", 2, 3, 0, 2, 5, 0, 7, 2**32 - 1)
    + struct.pack("=HH", 1, 1) + b"\1\2\3\4"
    + struct.pack("=HH", 2, 5) + bytes(12)
)  # fmt: skip


class TestKeyPlugin(PluginTests):
    """The hook and its registrations."""

    plugin = sockcore_key


ADDRESSES: Any = (None, (), "address", b"", (1, 2))


class TestKeyFamily(FamilyTests):
    """A family without addresses."""

    family = sockcore_key.Key()
    has_addresses = False
    wrong = tuple((address, TypeError, "connect(): AF_KEY sockets have no addresses") for address in ADDRESSES)


def test_message_is_packed_and_unpacked() -> None:
    assert pack_message(MESSAGE) == BYTES
    assert unpack_message(BYTES) == MESSAGE
    assert unpack_message(pack_message(KeyMessage(9, extensions=((1, b"x"),)))).extensions == ((1, b"x\0\0\0"),)


@pytest.mark.parametrize("data", [b"", BYTES[:15], BYTES[:-8], BYTES + bytes(8), b"\1" + BYTES[1:]], ids=repr)
def test_unpack_message_invalid_data_raises_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"message"):
        unpack_message(data)


@pytest.mark.parametrize("units", [0, 5])
def test_unpack_message_invalid_extension_raises_value_error(units: int) -> None:
    data = BYTES[:16] + struct.pack("=HH", units, 1) + BYTES[20:]
    with pytest.raises(ValueError, match=f"extension 1 has {units * 8} bytes, and 24 are left"):
        unpack_message(data)


@pytest.mark.parametrize(
    ("message", "exception", "text"),
    [
        ((3,), TypeError, "message must be KeyMessage"),
        (KeyMessage(256), OverflowError, "type must be 0 to 255"),
        (KeyMessage(1, seq=-1), OverflowError, "seq must be 0 to"),
        (KeyMessage(1, pid=2**32), OverflowError, "pid must be 0 to"),
        (KeyMessage(1, extensions=((1, "x"),)), TypeError, "extension"),  # type: ignore[arg-type]
        (KeyMessage(1, extensions=((2**16, b""),)), OverflowError, "type of the extension"),
        (KeyMessage(1, extensions=((1, bytes(2**19)),)), OverflowError, "length of the extension"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_pack_message_invalid_value_raises(message: Any, exception: Any, text: str) -> None:
    with pytest.raises(exception, match=text):
        pack_message(message)
