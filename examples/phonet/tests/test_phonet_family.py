"""The addresses, options and methods of AF_PHONET as literals. These tests need no kernel with the family."""

from __future__ import annotations

import struct
import sys
from types import SimpleNamespace
from typing import Any

import pytest
import sockcore_phonet
from sockcore_phonet import constants, options, resources

from sockcore.testing import FamilyTests, PluginTests


def raw(obj: int, dev: int, resource: int) -> bytes:
    """Return the struct sockaddr_pn, packed without the code of the plugin."""
    return struct.pack("=HBBB11x", 35, obj, dev, resource)


class TestPhonetFamily(FamilyTests):
    """Conversions in both directions, and the exceptions for wrong addresses."""

    family = sockcore_phonet.Phonet()
    pairs = (
        ((0, 0, 0), raw(0, 0, 0)),
        ((0x6C, 0x42, 0x10), raw(0x42, 0x6C, 0x10)),
        ((0x6C, 0x2FE, 0x10), raw(0xFE, 0x6E, 0x10)),
        ((252, 1023, 255), raw(255, 255, 255)),
    )
    encoded = (((0x6C, 0x42), raw(0x42, 0x6C, 0)), ((4, True), raw(1, 4, 0)))
    wrong = (
        ("address", TypeError, "connect(): AF_PHONET address must be tuple, not str"),
        ((4,), TypeError, "connect(): AF_PHONET address must be (device, port[, resource])"),
        ((4, 1, 1, 1), TypeError, "not (4, 1, 1, 1)"),
        ((None, 2), TypeError, "connect(): device must be an integer"),
        ((256, 2), OverflowError, "connect(): device must be 0 to 252, not 256"),
        ((-4, 2), OverflowError, "connect(): device must be 0 to 252, not -4"),
        ((5, 2), ValueError, "connect(): device must be a multiple of 4, not 5"),
        ((4, "2"), TypeError, "connect(): port must be an integer"),
        ((4, 1024), OverflowError, "connect(): port must be 0 to 1023, not 1024"),
        ((4, 2, 256), OverflowError, "connect(): resource must be 0 to 255, not 256"),
        ((4, 2, None), TypeError, "connect(): resource must be an integer"),
    )


class TestPhonetPlugin(PluginTests):
    """The hook and its registrations."""

    plugin = sockcore_phonet


def test_constants_are_registered_with_their_values() -> None:
    assert sockcore_phonet.Phonet().number == sockcore_phonet.AF_PHONET == 35
    for name, value in constants.CONSTANTS.items():
        assert getattr(constants, name) == value


def test_sockaddr_has_literal_bytes_of_each_byte_order() -> None:
    family = {"little": b"\x23\0", "big": b"\0\x23"}[sys.byteorder]
    assert raw(1, 2, 3) == family + b"\1\2\3" + bytes(11)


def test_options_have_range_of_kernel() -> None:
    handle = options.PNPIPE_HANDLE
    assert handle.encode is not None
    assert handle.encode(254) == struct.pack("=i", 254)
    for value in (-1, 255):
        with pytest.raises(OverflowError, match=f"PNPIPE_HANDLE must be 0 to 254, not {value}"):
            handle.encode(value)
    assert options.PNPIPE_IFINDEX.encode is None
    assert options.PNPIPE_INITSTATE.decode(struct.pack("=i", 1)) is True


@pytest.mark.parametrize(
    ("family", "resource", "exception", "message"),
    [
        (2, 1, TypeError, "needs an AF_PHONET socket"),
        (35, None, TypeError, "resource must be an integer"),
        (35, -1, OverflowError, "resource must be 0 to 255, not -1"),
        (35, 256, OverflowError, "resource must be 0 to 255, not 256"),
    ],
)
def test_resource_methods_invalid_argument_raises(family: int, resource: Any, exception: Any, message: str) -> None:
    sock = SimpleNamespace(family=family)
    for method in (resources.phonet_add_resource, resources.phonet_remove_resource):
        with pytest.raises(exception, match=message):
            method(sock, resource)
