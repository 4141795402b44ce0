"""Interfaces by name in a codec's context: what the system does not know, or could only know if it were cut."""

from __future__ import annotations

import errno

import pytest

from sockcore.plugin import constants, context, interface_index, interface_list, interface_name

SIZE = constants()["ifname_size"]


def test_if_nametoindex_and_if_indextoname_are_inverse():
    found = interface_list()
    assert found
    asked = context(1)
    for index, name in found:
        assert interface_index(name) == asked.interface_index(name) == index
        assert interface_name(index) == asked.interface_name(index) == name


@pytest.mark.parametrize("extra", [0, 1, 100])
def test_if_nametoindex_of_long_name_raises_enodev(extra):
    # With the NUL behind it the name would just not fit; a C library that cuts might find another interface.
    _, name = interface_list()[0]
    for wrong in ("x" * (SIZE + extra), name.ljust(SIZE + extra, "x")):
        with pytest.raises(OSError, match="no interface with this name") as refusal:
            interface_index(wrong)
        assert refusal.value.errno == errno.ENODEV


@pytest.mark.parametrize("wrong", ["", "no-such-if", "x" * (SIZE - 1), "\u00e9", "\udcff"])
def test_if_nametoindex_of_unknown_name_raises_enodev(wrong):
    with pytest.raises(OSError, match="no interface with this name") as refusal:
        interface_index(wrong)
    assert refusal.value.errno in (errno.ENODEV, errno.ENXIO)


def test_interface_index_of_name_with_null_raises_value_error():
    with pytest.raises(ValueError, match=r"^embedded null byte$"):
        interface_index("lo\0")


@pytest.mark.parametrize("wrong", [0, -1, 0xFFFFFFFF, 1 << 32, 1 << 70])
def test_if_indextoname_of_unknown_index_raises_enxio(wrong):
    with pytest.raises(OSError) as refusal:
        interface_name(wrong)
    assert refusal.value.errno == errno.ENXIO
