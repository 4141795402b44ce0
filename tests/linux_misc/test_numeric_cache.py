"""The cache of numeric addresses. It contains only tuples of ints."""

from __future__ import annotations

import pytest

from sockcore.testing import FakeContext
from sockcore_linux_misc.netlink import Netlink
from sockcore_linux_misc.qipcrtr import Qipcrtr
from sockcore_linux_misc.vsock import Vsock

FAMILIES = [Netlink, Qipcrtr, Vsock]
pytestmark = pytest.mark.skipif(Netlink.number < 0, reason="only Linux has these families")


@pytest.mark.parametrize("family", FAMILIES)
def test_encode_and_decode_cache_their_results(family):
    codec, context = family(), FakeContext(family.number)
    sockaddr = codec.encode((5, 6), context)
    assert codec.encoded == {(5, 6): sockaddr}
    assert codec.decode(sockaddr, context) == (5, 6)
    assert codec.decoded == {sockaddr: (5, 6)}
    assert family().encode((5, 6), context) == sockaddr


@pytest.mark.parametrize("family", FAMILIES)
def test_encode_does_not_cache_equal_values_of_other_types(family):
    codec, context = family(), FakeContext(family.number)
    codec.encode((1, 6), context)
    assert codec.encode((True, 6), context) == codec.encode((1, 6), context)
    with pytest.raises(TypeError):
        codec.encode((1.0, 6), context)
    assert {*map(type, [part for address in codec.encoded for part in address])} == {int}
