"""The codec of AF_HYPERV, with literals: on any machine.

The sockaddrs are what mingw's compiler makes of SOCKADDR_HV and the GUIDs of <hvsocket.h>, printed by the program.
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

pytestmark = pytest.mark.skipif(HAS_SA_LEN or sys.byteorder == "big", reason="no Windows has this machine's sockaddrs")

AF_HYPERV, RAW = 34, 1
FAMILY = HyperV(AF_HYPERV, 1, RAW)
SERVICE = "00112233-4455-6677-8899-aabbccddeeff"
GUIDS = {name: text.lower() for name, text in table.GUIDS.items()}

CHILDREN_SERVICE = bytes.fromhex("22000000898bdb90350d794f8ce949ea0ac8b7cd33221100554477668899aabbccddeeff")
WILDCARD_VSOCK = bytes.fromhex("220000000000000000000000000000000000000000000000cbfae611bd5864006a7986d3")
LOOPBACK_PARENT = bytes.fromhex("220000009761e1e056dd104a91955ee7a155a838da7c2ea43fd00c489cc2a4de20abb878")
BROADCAST_ZERO = bytes.fromhex("22000000ffffffffffffffffffffffffffffffff00000000000000000000000000000000")
SILOHOST_BROADCAST = bytes.fromhex("220000005c0cbd367672234288ba7d03b654c568ffffffffffffffffffffffffffffffff")

#: Not one of them is a UUID as Windows reads it: (text, why).
NO_UUID = (
    ("", "nothing"),
    ("x", "no digit"),
    ("{" + SERVICE + "}", "braces"),
    ("(" + SERVICE + ")", "parentheses"),
    ("urn:uuid:" + SERVICE, "a name of RFC 9562"),
    (SERVICE.replace("-", ""), "no groups"),
    (SERVICE[:-1], "a digit less"),
    (SERVICE + "0", "a digit more"),
    (" " + SERVICE, "a blank in front"),
    (SERVICE + " ", "a blank behind"),
    (SERVICE + "\n", "a line's end"),
    (SERVICE + "\0", "a null behind"),
    ("\0" + SERVICE, "a null in front"),
    (SERVICE[:-1] + "\0", "a null for a digit"),
    (SERVICE[:-1] + "g", "no hexadecimal digit"),
    (SERVICE[:-2] + "_f", "an underscore"),
    (SERVICE[:-2] + " f", "a blank for a digit"),
    (SERVICE.replace("-", "+"), "another separator"),
    ("0011223-34455-6677-8899-aabbccddeeff", "other groups"),
    ("00112233-44556677-8899-aabb-ccddeeff", "groups in another order"),
    ("+0112233-4455-6677-8899-aabbccddeeff", "a sign"),
    ("0x112233-4455-6677-8899-aabbccddeeff", "a prefix"),
    ("\u0660" * 8 + SERVICE[8:], "digits, but not ASCII"),
    ("\u00e9" * 36, "not ASCII"),
    ("\ud800", "a lone surrogate"),
)

SHAPE = "AF_HYPERV address must be a str tuple (vm_id, service_id)"


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
        # What is reserved is not looked at; what Windows did not write is zero.
        (b"\x22\0\xff\xff" + CHILDREN_SERVICE[4:], (GUIDS["HV_GUID_CHILDREN"], SERVICE)),
        (CHILDREN_SERVICE[:20], (GUIDS["HV_GUID_CHILDREN"], GUIDS["HV_GUID_ZERO"])),
        (b"\x22\0", (GUIDS["HV_GUID_ZERO"], GUIDS["HV_GUID_ZERO"])),
    )
    wrong = (
        (5, TypeError, "connect(): AF_HYPERV address must be tuple, not int"),
        (None, TypeError, "connect(): AF_HYPERV address must be tuple, not NoneType"),
        (SERVICE, TypeError, "connect(): AF_HYPERV address must be tuple, not str"),
        ([SERVICE, SERVICE], TypeError, "connect(): AF_HYPERV address must be tuple, not list"),
        ((), TypeError, SHAPE),
        ((SERVICE,), TypeError, SHAPE),
        ((SERVICE, SERVICE, SERVICE), TypeError, SHAPE),
        ((SERVICE, 1), TypeError, SHAPE),
        ((None, SERVICE), TypeError, SHAPE),
        ((SERVICE.encode(), SERVICE), TypeError, SHAPE),
        ((uuid.UUID(SERVICE), uuid.UUID(SERVICE)), TypeError, SHAPE),
        *(
            ((text, SERVICE), ValueError, "connect(): AF_HYPERV address vm_id is not a valid UUID string")
            for text, _ in NO_UUID
        ),
        *(
            ((SERVICE, text), ValueError, "connect(): AF_HYPERV address service_id is not a valid UUID string")
            for text, _ in NO_UUID
        ),
        # The first of two.
        (("x", "y"), ValueError, "connect(): AF_HYPERV address vm_id is not a valid UUID string"),
    )

    def context(self, operation: str = "bind") -> FakeContext:
        return context(operation)


@pytest.mark.parametrize("proto", [0, 2, -1])
@pytest.mark.parametrize("address", [(SERVICE, SERVICE), 5])
def test_another_protocol(proto: int, address: object) -> None:
    with pytest.raises(OSError, match=rf"^sendto\(\): unsupported AF_HYPERV protocol: {proto}$") as caught:
        FAMILY.encode(address, context("sendto", proto))
    assert caught.value.errno is None
    assert FAMILY.decode(CHILDREN_SERVICE, context(proto=proto)) == (GUIDS["HV_GUID_CHILDREN"], SERVICE)


def test_subclasses_are_what_they_are_of() -> None:
    class Text(str):
        __slots__ = ()

    class Pair(tuple):  # type: ignore[type-arg]
        __slots__ = ()

    address = Pair((Text(GUIDS["HV_GUID_CHILDREN"]), Text(SERVICE)))
    assert FAMILY.encode(address, context()) == CHILDREN_SERVICE


@given(st.uuids(), st.uuids())
def test_a_guid_is_what_uuid_calls_bytes_le(first: uuid.UUID, second: uuid.UUID) -> None:
    raw = FAMILY.encode((str(first), str(second).upper()), context())
    assert raw == b"\x22\0\0\0" + first.bytes_le + second.bytes_le
    assert FAMILY.decode(raw, context()) == (str(first), str(second))


@given(st.text("0123456789abcdefABCDEF-_ +{}", max_size=40))
def test_nearly_a_uuid(text: str) -> None:
    groups = text.split("-")
    is_one = [*map(len, groups)] == [8, 4, 4, 4, 12] and set("".join(groups)) <= set("0123456789abcdefABCDEF")
    try:
        raw = guid_bytes(text)
    except ValueError:
        assert not is_one
    else:
        assert is_one
        assert guid_text(raw) == text.lower()


def test_the_struct() -> None:
    # tools/headers proves the same against the header.
    assert SOCKADDR_HV.size == FAMILY.size == 36
    assert SOCKADDR_HV.offsets() == {"Reserved": (2, 2), "VmId": (4, 16), "ServiceId": (20, 16)}
    assert SOCKADDR_HV in structs("windows")
    assert structs("linux") == structs("darwin") == ()
