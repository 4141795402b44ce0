"""The codec of AF_HYPERV, tested with literals on any system.

A C program, compiled by mingw-w64 with SOCKADDR_HV and the GUIDs of <hvsocket.h>, printed the literals.
"""

from __future__ import annotations

import sys
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sockcore.plugin import HAS_SA_LEN, guid_bytes, guid_text
from sockcore.testing import FakeContext, FamilyTests
from sockcore_windows import HyperV
from sockcore_windows.structs import SOCKADDR_HV, structs
from sockcore_windows.tables import windows as table

pytestmark = pytest.mark.skipif(
    HAS_SA_LEN or sys.byteorder == "big", reason="sockaddrs on Windows are little-endian and have no length field"
)

AF_HYPERV, RAW = 34, 1
FAMILY = HyperV(AF_HYPERV, 1, RAW)
SERVICE = "00112233-4455-6677-8899-aabbccddeeff"
GUIDS = {name: text.lower() for name, text in table.GUIDS.items()}

CHILDREN_SERVICE = bytes.fromhex("22000000898bdb90350d794f8ce949ea0ac8b7cd33221100554477668899aabbccddeeff")
WILDCARD_VSOCK = bytes.fromhex("220000000000000000000000000000000000000000000000cbfae611bd5864006a7986d3")
LOOPBACK_PARENT = bytes.fromhex("220000009761e1e056dd104a91955ee7a155a838da7c2ea43fd00c489cc2a4de20abb878")
BROADCAST_ZERO = bytes.fromhex("22000000ffffffffffffffffffffffffffffffff00000000000000000000000000000000")
SILOHOST_BROADCAST = bytes.fromhex("220000005c0cbd367672234288ba7d03b654c568ffffffffffffffffffffffffffffffff")

#: Invalid UUIDs: (text, reason).
INVALID_UUIDS = (
    ("", "empty"),
    ("x", "not a digit"),
    ("{" + SERVICE + "}", "braces"),
    ("(" + SERVICE + ")", "parentheses"),
    ("urn:uuid:" + SERVICE, "URN of RFC 9562"),
    (SERVICE.replace("-", ""), "no groups"),
    (SERVICE[:-1], "digit missing"),
    (SERVICE + "0", "additional digit"),
    (" " + SERVICE, "leading blank"),
    (SERVICE + " ", "trailing blank"),
    (SERVICE + "\n", "newline"),
    (SERVICE + "\0", "trailing NUL"),
    ("\0" + SERVICE, "leading NUL"),
    (SERVICE[:-1] + "\0", "NUL instead of digit"),
    (SERVICE[:-1] + "g", "invalid digit"),
    (SERVICE[:-2] + "_f", "underscore"),
    (SERVICE[:-2] + " f", "blank instead of digit"),
    (SERVICE.replace("-", "+"), "another separator"),
    ("0011223-34455-6677-8899-aabbccddeeff", "other groups"),
    ("00112233-44556677-8899-aabb-ccddeeff", "groups in another order"),
    ("+0112233-4455-6677-8899-aabbccddeeff", "plus sign"),
    ("0x112233-4455-6677-8899-aabbccddeeff", "prefix"),
    ("\u0660" * 8 + SERVICE[8:], "non-ASCII digits"),
    ("\u00e9" * 36, "not ASCII"),
    ("\ud800", "lone surrogate"),
)

FORMAT = "AF_HYPERV address must be a str tuple (vm_id, service_id)"


def context(operation: str = "bind", proto: int = RAW) -> FakeContext:
    return FakeContext(AF_HYPERV, proto=proto, operation=operation)


class TestHyperV(FamilyTests):
    family = FAMILY
    pairs = (
        ((GUIDS["HV_GUID_CHILDREN"], SERVICE), CHILDREN_SERVICE),
        ((GUIDS["HV_GUID_WILDCARD"], GUIDS["HV_GUID_VSOCK_TEMPLATE"]), WILDCARD_VSOCK),
        ((GUIDS["HV_GUID_LOOPBACK"], GUIDS["HV_GUID_PARENT"]), LOOPBACK_PARENT),
        ((GUIDS["HV_GUID_BROADCAST"], GUIDS["HV_GUID_ZERO"]), BROADCAST_ZERO),
        ((GUIDS["HV_GUID_SILOHOST"], GUIDS["HV_GUID_BROADCAST"]), SILOHOST_BROADCAST),
    )
    encoded = (((table.GUIDS["HV_GUID_CHILDREN"], SERVICE.upper()), CHILDREN_SERVICE),)
    decoded = (
        # The reserved field is ignored. Missing bytes are zero.
        (b"\x22\0\xff\xff" + CHILDREN_SERVICE[4:], (GUIDS["HV_GUID_CHILDREN"], SERVICE)),
        (CHILDREN_SERVICE[:20], (GUIDS["HV_GUID_CHILDREN"], GUIDS["HV_GUID_ZERO"])),
        (b"\x22\0", (GUIDS["HV_GUID_ZERO"], GUIDS["HV_GUID_ZERO"])),
    )
    wrong = (
        (5, TypeError, "connect(): AF_HYPERV address must be tuple, not int"),
        (None, TypeError, "connect(): AF_HYPERV address must be tuple, not NoneType"),
        (SERVICE, TypeError, "connect(): AF_HYPERV address must be tuple, not str"),
        ([SERVICE, SERVICE], TypeError, "connect(): AF_HYPERV address must be tuple, not list"),
        ((), TypeError, FORMAT),
        ((SERVICE,), TypeError, FORMAT),
        ((SERVICE, SERVICE, SERVICE), TypeError, FORMAT),
        ((SERVICE, 1), TypeError, FORMAT),
        ((None, SERVICE), TypeError, FORMAT),
        ((SERVICE.encode(), SERVICE), TypeError, FORMAT),
        ((uuid.UUID(SERVICE), uuid.UUID(SERVICE)), TypeError, FORMAT),
        *(
            ((text, SERVICE), ValueError, "connect(): AF_HYPERV address vm_id is not a valid UUID string")
            for text, _ in INVALID_UUIDS
        ),
        *(
            ((SERVICE, text), ValueError, "connect(): AF_HYPERV address service_id is not a valid UUID string")
            for text, _ in INVALID_UUIDS
        ),
        # With two invalid parts: the first one is reported.
        (("x", "y"), ValueError, "connect(): AF_HYPERV address vm_id is not a valid UUID string"),
    )

    def context(self, operation: str = "bind") -> FakeContext:
        return context(operation)


@pytest.mark.parametrize("proto", [0, 2, -1])
@pytest.mark.parametrize("address", [(SERVICE, SERVICE), 5])
def test_encode_other_protocol_raises_os_error(proto: int, address: object) -> None:
    with pytest.raises(OSError, match=rf"^sendto\(\): unsupported AF_HYPERV protocol: {proto}$") as exc_info:
        FAMILY.encode(address, context("sendto", proto))
    assert exc_info.value.errno is None
    assert FAMILY.decode(CHILDREN_SERVICE, context(proto=proto)) == (GUIDS["HV_GUID_CHILDREN"], SERVICE)


def test_encode_accepts_subclasses_of_str_and_tuple() -> None:
    class Text(str):
        __slots__ = ()

    class Pair(tuple):  # type: ignore[type-arg]
        __slots__ = ()

    address = Pair((Text(GUIDS["HV_GUID_CHILDREN"]), Text(SERVICE)))
    assert FAMILY.encode(address, context()) == CHILDREN_SERVICE


@given(st.uuids(), st.uuids())
def test_encode_guid_equals_uuid_bytes_le(first: uuid.UUID, second: uuid.UUID) -> None:
    data = FAMILY.encode((str(first), str(second).upper()), context())
    assert data == b"\x22\0\0\0" + first.bytes_le + second.bytes_le
    assert FAMILY.decode(data, context()) == (str(first), str(second))


@given(st.text("0123456789abcdefABCDEF-_ +{}", max_size=40))
def test_guid_bytes_accepts_valid_text_only(text: str) -> None:
    groups = text.split("-")
    is_valid = [*map(len, groups)] == [8, 4, 4, 4, 12] and set("".join(groups)) <= set("0123456789abcdefABCDEF")
    try:
        data = guid_bytes(text)
    except ValueError:
        assert not is_valid
    else:
        assert is_valid
        assert guid_text(data) == text.lower()


def test_struct_has_size_and_offsets_of_header() -> None:
    # tools/headers compares them with the header.
    assert SOCKADDR_HV.size == FAMILY.size == 36
    assert SOCKADDR_HV.offsets() == {"Reserved": (2, 2), "VmId": (4, 16), "ServiceId": (20, 16)}
    assert SOCKADDR_HV in structs("windows")
    assert structs("linux") == structs("darwin") == ()
