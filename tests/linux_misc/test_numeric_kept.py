"""Addresses that are numbers are converted once; what only equals a number is looked at every time."""

from __future__ import annotations

import pytest

from sockcore.testing import FakeContext
from sockcore_linux_misc.netlink import Netlink
from sockcore_linux_misc.qipcrtr import Qipcrtr
from sockcore_linux_misc.vsock import Vsock

FAMILIES = [Netlink, Qipcrtr, Vsock]
pytestmark = pytest.mark.skipif(Netlink.number < 0, reason="Linux's")


@pytest.mark.parametrize("family", FAMILIES)
def test_numbers_are_kept(family):
    codec, context = family(), FakeContext(family.number)
    raw = codec.encode((5, 6), context)
    assert codec.encoded == {(5, 6): raw}
    assert codec.decode(raw, context) == (5, 6)
    assert codec.decoded == {raw: (5, 6)}
    assert family().encode((5, 6), context) == raw


@pytest.mark.parametrize("family", FAMILIES)
def test_what_only_equals_them_is_not(family):
    codec, context = family(), FakeContext(family.number)
    codec.encode((1, 6), context)
    assert codec.encode((True, 6), context) == codec.encode((1, 6), context)
    with pytest.raises(TypeError):
        codec.encode((1.0, 6), context)
    assert {*map(type, [part for address in codec.encoded for part in address])} == {int}
