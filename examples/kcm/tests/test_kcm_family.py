"""The family AF_KCM, its structs, its option and its methods. These tests need no kernel with the family."""

from __future__ import annotations

import struct
from typing import Any

import pytest
import sockcore_kcm
from sockcore_kcm import multiplexor, structs
from sockcore_kcm.options import KCM_RECV_DISABLE

from sockcore.testing import FamilyTests, PluginTests

ADDRESSES: Any = (None, (), "address", b"", ("127.0.0.1", 1))


class TestKcmFamily(FamilyTests):
    """A family without addresses."""

    family = sockcore_kcm.Kcm()
    has_addresses = False
    wrong = tuple((address, TypeError, "connect(): AF_KCM sockets have no addresses") for address in ADDRESSES)


class TestKcmPlugin(PluginTests):
    """The hook and its registrations."""

    plugin = sockcore_kcm


def test_structs_are_ints_in_order_of_machine() -> None:
    assert structs.KCM_ATTACH.offsets() == {"fd": (0, 4), "bpf_fd": (4, 4)}
    assert structs.KCM_ATTACH.pack(3, -1) == struct.pack("=ii", 3, -1)
    assert struct.calcsize("=ii") == structs.KCM_ATTACH.size
    assert structs.KCM_CLONE.unpack(struct.pack("=i", 7)) == (7,)


def test_option_is_int_with_values_of_bool() -> None:
    assert KCM_RECV_DISABLE.key[:2] == (281, 1)
    assert KCM_RECV_DISABLE.encode is not None
    assert [KCM_RECV_DISABLE.decode(struct.pack("=i", number)) for number in (0, 1)] == [False, True]
    with pytest.raises(TypeError, match="KCM_RECV_DISABLE"):
        KCM_RECV_DISABLE.encode("1")


@pytest.mark.parametrize(
    ("value", "exception", "message"),
    [
        (None, TypeError, "connection must be an integer"),
        ("3", TypeError, "connection must be an integer"),
        (-1, ValueError, "connection must be an open file descriptor, not -1"),
        (2**31, OverflowError, "connection must be 0 to 2147483647"),
    ],
)
def test_to_fd_invalid_value_raises(value: Any, exception: Any, message: str) -> None:
    with pytest.raises(exception, match=message):
        multiplexor.to_fd("connection", value)


def test_to_fd_accepts_int_and_object_with_fileno(tmp_path: Any) -> None:
    with (tmp_path / "file").open("w") as file:
        assert multiplexor.to_fd("connection", file) == multiplexor.to_fd("connection", file.fileno()) == file.fileno()
