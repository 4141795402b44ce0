"""The codecs of AF_UNIX socket options and control messages, tested with literals."""

from __future__ import annotations

import os
import struct
import sys

import pytest

import sockcore_unix
from sockcore.testing import registered_by
from sockcore_unix import descriptors
from sockcore_unix import messages as unix_messages
from sockcore_unix import options as unix_options

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has struct ucred")


def test_credentials_codec_uses_order_of_struct() -> None:
    raw = struct.pack("=iII", 1234, 1000, 2**32 - 1)
    assert unix_options.decode_credentials(raw) == (1234, 1000, 2**32 - 1)
    assert unix_messages.encode_credentials((1234, 1000, 2**32 - 1)) == raw


@pytest.mark.parametrize("wrong", [None, 5, (), (1, 2), (1, 2, 3, 4), [1, 2, 3], "abc"])
def test_encode_credentials_wrong_shape_raises_type_error(wrong: object) -> None:
    with pytest.raises(TypeError, match=r"a tuple \(pid, uid, gid\)"):
        unix_messages.encode_credentials(wrong)


@pytest.mark.parametrize(("wrong", "name"), [((2**31, 0, 0), "pid"), ((0, -1, 0), "uid"), ((0, 0, 2**32), "gid")])
def test_encode_credentials_out_of_range_raises_overflow_error(wrong: object, name: str) -> None:
    with pytest.raises(OverflowError, match=f"^{name} must be"):
        unix_messages.encode_credentials(wrong)


def test_rights_codec_uses_array_of_int() -> None:
    raw = struct.pack("=3i", 3, 4, 2**31 - 1)
    assert descriptors.decode_rights(raw) == [3, 4, 2**31 - 1]
    assert descriptors.encode_rights((3, 4, 2**31 - 1)) == raw
    assert descriptors.decode_rights(raw[:-1]) == [3, 4]
    assert descriptors.decode_rights(b"") == []


@pytest.mark.parametrize(
    ("wrong", "expected"), [(5, TypeError), (["3"], TypeError), ([1.0], TypeError), ([2**31], OverflowError)]
)
def test_encode_rights_wrong_value_raises(wrong: object, expected: type[Exception]) -> None:
    with pytest.raises(expected):
        descriptors.encode_rights(wrong)


def test_close_rights_closes_all_after_failure() -> None:
    first, second = os.pipe()
    # The second descriptor is not open. The third is closed nevertheless.
    descriptors.close_rights(struct.pack("=3i", first, 2**31 - 1, second))
    for fd in (first, second):
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(fd)


def test_decode_groups_label_and_pidfd() -> None:
    assert unix_options.decode_groups(struct.pack("=3I", 0, 4, 1000)) == (0, 4, 1000)
    assert unix_options.decode_groups(b"") == ()
    assert unix_options.decode_label(b"unconfined\0") == "unconfined"
    assert unix_options.decode_pidfd(struct.pack("=i", 7)) == 7
    assert unix_options.decode_pidfd(struct.pack("=i", -3)) == -3
    assert unix_options.decode_pidfd(b"") == -1


def test_ancillaries_with_descriptors_have_discard() -> None:
    discards = {a.name for a in registered_by(sockcore_unix).ancillaries.values() if a.discard}
    assert discards <= {"SCM_RIGHTS", "SCM_PIDFD"}
    assert "SCM_RIGHTS" in discards
