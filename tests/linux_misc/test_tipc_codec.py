"""The codecs of AF_TIPC, tested with literals. The tests do not open sockets."""

from __future__ import annotations

import struct
import sys

import pytest

if sys.platform != "linux":
    pytest.skip("only Linux supports AF_TIPC", allow_module_level=True)

from hypothesis import given
from hypothesis import strategies as st

import sockcore_linux_misc
from sockcore.plugin import RawAddress
from sockcore.testing import FakeContext, FamilyTests, registered_by
from sockcore_linux_misc import messages, tipc
from sockcore_linux_misc.constants import TABLE

AF_TIPC = TABLE["AF_TIPC"]
NAMESEQ, NAME, ID = TABLE["TIPC_ADDR_NAMESEQ"], TABLE["TIPC_ADDR_NAME"], TABLE["TIPC_ADDR_ID"]
ZONE, CLUSTER, NODE = TABLE["TIPC_ZONE_SCOPE"], TABLE["TIPC_CLUSTER_SCOPE"], TABLE["TIPC_NODE_SCOPE"]
LAST = 2**32 - 1
FAMILY = tipc.Tipc()
FORMAT = "AF_TIPC address must be a tuple (addr_type, v1, v2, v3[, scope])"


def to_sockaddr(addr_type: int, scope: int, *values: int) -> bytes:
    return struct.pack("=HBb3I", AF_TIPC, addr_type, scope, *values)


class Index:
    """An integer of another type than int."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


class TestTipcFamily(FamilyTests):
    family = FAMILY
    pairs = (
        # A range: type, lower, upper.
        ((NAMESEQ, 18888, 1, 10, CLUSTER), to_sockaddr(NAMESEQ, CLUSTER, 18888, 1, 10)),
        ((NAMESEQ, 18888, 1, 10, NODE), to_sockaddr(NAMESEQ, NODE, 18888, 1, 10)),
        ((NAMESEQ, 18888, 1, 10, ZONE), to_sockaddr(NAMESEQ, ZONE, 18888, 1, 10)),
        ((NAMESEQ, 18888, 1, 10, 0), to_sockaddr(NAMESEQ, 0, 18888, 1, 10)),
        ((NAMESEQ, LAST, 0, LAST, CLUSTER), to_sockaddr(NAMESEQ, CLUSTER, LAST, 0, LAST)),
        # One instance: type, instance, and the domain, which is always 0.
        ((NAME, 18888, 5, 0, CLUSTER), to_sockaddr(NAME, CLUSTER, 18888, 5, 0)),
        ((NAME, LAST, LAST, 0, NODE), to_sockaddr(NAME, NODE, LAST, LAST, 0)),
        # A socket: node and reference. The struct has them in reverse order.
        ((ID, 0x1001001, 77, 0, 0), to_sockaddr(ID, 0, 77, 0x1001001, 0)),
        ((ID, LAST, 1, 0, CLUSTER), to_sockaddr(ID, CLUSTER, 1, LAST, 0)),
        # A negative scope removes a binding.
        ((NAMESEQ, 18888, 1, 10, -CLUSTER), to_sockaddr(NAMESEQ, -CLUSTER, 18888, 1, 10)),
        ((NAMESEQ, 18888, 1, 10, -NODE), to_sockaddr(NAMESEQ, -NODE, 18888, 1, 10)),
    )
    encoded = (
        ((NAMESEQ, 18888, 1, 10), to_sockaddr(NAMESEQ, CLUSTER, 18888, 1, 10)),
        ((NAME, 18888, 5, 0), to_sockaddr(NAME, CLUSTER, 18888, 5, 0)),
        ((ID, 5, 77, 0), to_sockaddr(ID, CLUSTER, 77, 5, 0)),
        # The manual: v3 "should be 0" for these types. The codec ignores its value.
        ((NAME, 18888, 5, 9, NODE), to_sockaddr(NAME, NODE, 18888, 5, 0)),
        ((ID, 5, 77, 9, 0), to_sockaddr(ID, 0, 77, 5, 0)),
        ((Index(NAMESEQ), Index(7), True, Index(3), Index(NODE)), to_sockaddr(NAMESEQ, NODE, 7, 1, 3)),
    )
    decoded = (
        # Unused fields are ignored.
        (to_sockaddr(NAME, NODE, 1, 2, 3), (NAME, 1, 2, 0, NODE)),
        (to_sockaddr(ID, 0, 2, 1, 99), (ID, 1, 2, 0, 0)),
        (to_sockaddr(NAMESEQ, -128, 1, 2, 3), (NAMESEQ, 1, 2, 3, -128)),
        (to_sockaddr(NAMESEQ, 127, 1, 2, 3), (NAMESEQ, 1, 2, 3, 127)),
        # In a group, the address of the sender is followed by the name of the member.
        (to_sockaddr(ID, 0, 2, 1, 0) + to_sockaddr(NAME, 0, 4711, 1, 0), (ID, 1, 2, 0, 0)),
        # Missing bytes of a truncated sockaddr are zero.
        (to_sockaddr(ID, 0, 2, 1, 0)[:8], (ID, 0, 2, 0, 0)),
        (to_sockaddr(NAMESEQ, NODE, 1, 2, 3)[:3], (NAMESEQ, 0, 0, 0, 0)),
    )
    wrong = (
        (None, TypeError, "connect(): AF_TIPC address must be tuple, not NoneType"),
        (5, TypeError, "connect(): AF_TIPC address must be tuple, not int"),
        ("name", TypeError, "connect(): AF_TIPC address must be tuple, not str"),
        (b"name", TypeError, "connect(): AF_TIPC address must be tuple, not bytes"),
        ([NAMESEQ, 18888, 1, 10], TypeError, "connect(): AF_TIPC address must be tuple, not list"),
        ((), TypeError, FORMAT),
        ((NAMESEQ,), TypeError, FORMAT),
        ((NAMESEQ, 18888, 1), TypeError, FORMAT),
        ((NAMESEQ, 18888, 1, 10, CLUSTER, 0), TypeError, FORMAT),
        ((0, 18888, 1, 10), TypeError, "Invalid address type"),
        ((4, 18888, 1, 10), TypeError, "Invalid address type"),
        ((-1, 18888, 1, 10), TypeError, "Invalid address type"),
        ((NAMESEQ + 256, 18888, 1, 10), TypeError, "Invalid address type"),
        ((2**64 + NAMESEQ, 18888, 1, 10), TypeError, "Invalid address type"),
        # Matches CPython: types are checked before values.
        ((99, "18888", 1, 10), TypeError, "integer" if sys.version_info >= (3, 10) else "an integer is required"),
        (("1", 18888, 1, 10), TypeError, "integer"),
        ((1.0, 18888, 1, 10), TypeError, "integer"),
        ((NAMESEQ, 18888.0, 1, 10), TypeError, "integer"),
        ((NAMESEQ, 18888, None, 10), TypeError, "integer"),
        ((NAMESEQ, 18888, 1, b"10"), TypeError, "integer"),
        ((NAMESEQ, 18888, 1, 10, "2"), TypeError, "integer"),
        ((NAMESEQ, 18888, 1, 10, None), TypeError, "integer"),
        # More than 32 bits.
        ((NAMESEQ, -1, 1, 10), OverflowError, "connect(): AF_TIPC type must be 0-4294967295"),
        ((NAMESEQ, 2**32, 1, 10), OverflowError, "connect(): AF_TIPC type must be 0-4294967295"),
        ((NAMESEQ, 18888, -1, 10), OverflowError, "connect(): AF_TIPC lower instance must be 0-4294967295"),
        ((NAMESEQ, 18888, 1, 2**32), OverflowError, "connect(): AF_TIPC upper instance must be 0-4294967295"),
        ((NAME, 18888, 2**63, 0), OverflowError, "connect(): AF_TIPC instance must be 0-4294967295"),
        ((NAME, -(2**31), 5, 0), OverflowError, "connect(): AF_TIPC type must be 0-4294967295"),
        ((NAME, 18888, 5, -1), OverflowError, "connect(): AF_TIPC v3 must be 0-4294967295"),
        ((ID, 2**64, 77, 0), OverflowError, "connect(): AF_TIPC node must be 0-4294967295"),
        ((ID, 5, -77, 0), OverflowError, "connect(): AF_TIPC reference must be 0-4294967295"),
        ((ID, 5, 77, 2**32), OverflowError, "connect(): AF_TIPC v3 must be 0-4294967295"),
        # Unknown scopes. The field is a signed char.
        ((NAMESEQ, 18888, 1, 10, NODE + 1), ValueError, "connect(): AF_TIPC scope must be TIPC_ZONE_SCOPE,"),
        ((NAMESEQ, 18888, 1, 10, -NODE - 1), ValueError, "negative to unbind, not -4"),
        ((NAMESEQ, 18888, 1, 10, 128), ValueError, "not 128"),
        ((NAME, 18888, 5, 0, 256 + CLUSTER), ValueError, "not 258"),
        ((ID, 5, 77, 0, 2**40), ValueError, "not 1099511627776"),
    )


@pytest.mark.parametrize("addr_type", [0, 4, 255])
def test_decode_unknown_addr_type_returns_raw_address(addr_type: int) -> None:
    decoded = FAMILY.decode(to_sockaddr(addr_type, 0, 1, 2, 3), FakeContext(AF_TIPC))
    assert type(decoded) is RawAddress
    assert decoded == to_sockaddr(addr_type, 0, 1, 2, 3)


WORD = st.integers(0, LAST)
SCOPE = st.sampled_from([-NODE, -CLUSTER, -ZONE, 0, ZONE, CLUSTER, NODE])


@given(
    st.one_of(
        st.tuples(st.just(NAMESEQ), WORD, WORD, WORD, SCOPE),
        st.tuples(st.sampled_from([NAME, ID]), WORD, WORD, st.just(0), SCOPE),
    )
)
def test_address_round_trips(address: tuple[int, ...]) -> None:
    context = FakeContext(AF_TIPC)
    encoded = FAMILY.encode(address, context)
    assert len(encoded) == FAMILY.size
    assert FAMILY.decode(encoded, context) == address
    assert context.asked == []


@given(st.binary(min_size=2, max_size=40))
def test_decode_accepts_any_bytes(data: bytes) -> None:
    decoded = FAMILY.decode(data, FakeContext(AF_TIPC))
    assert isinstance(decoded, tuple) or decoded == data


NUMBERS = st.one_of(st.integers(-5, 5), st.integers(-(2**70), 2**70))


@given(st.tuples(st.sampled_from([NAMESEQ, NAME, ID]), NUMBERS, NUMBERS, NUMBERS, NUMBERS))
def test_encode_number_out_of_range_raises(address: tuple[int, ...]) -> None:
    _, *values, scope = address
    if all(0 <= value <= LAST for value in values) and -NODE <= scope <= NODE:
        FAMILY.encode(address, FakeContext(AF_TIPC))
    else:
        with pytest.raises((OverflowError, ValueError), match=r"^bind\(\): AF_TIPC .* must be "):
            FAMILY.encode(address, FakeContext(AF_TIPC))


def test_topology_service_structs_pack_and_unpack_messages() -> None:
    subscription = tipc.SUBSCR.pack(18888, 0, LAST, TABLE["TIPC_WAIT_FOREVER"] & LAST, TABLE["TIPC_SUB_PORTS"], b"mine")
    assert subscription == struct.pack("=5I8s", 18888, 0, LAST, LAST, 1, b"mine")
    event = struct.pack("=5I", TABLE["TIPC_PUBLISHED"], 1, 10, 77, 5) + subscription
    assert tipc.EVENT.size == len(event)
    fields = dict(zip(tipc.EVENT.offsets(), tipc.EVENT.unpack(event)))
    assert (fields["event"], fields["found_lower"], fields["found_upper"]) == (1, 1, 10)
    assert (fields["port.ref"], fields["port.node"], fields["s.seq.type"]) == (77, 5, 18888)
    assert fields["s.usr_handle"] == b"mine\0\0\0\0"


def test_group_join_option_is_encoded_and_decoded() -> None:
    option = registered_by(sockcore_linux_misc).options[TABLE["SOL_TIPC"], TABLE["TIPC_GROUP_JOIN"]]
    assert option.name == "TIPC_GROUP_JOIN"
    assert option.encode is not None
    loopback = TABLE["TIPC_GROUP_LOOPBACK"]
    assert option.encode((4711, 1, NODE, loopback)) == struct.pack("=4I", 4711, 1, NODE, loopback)
    assert option.encode((4711, 1, NODE)) == struct.pack("=4I", 4711, 1, NODE, 0)
    assert option.encode((4711, 1)) == struct.pack("=4I", 4711, 1, CLUSTER, 0)
    # The kernel returns only the type of the group, in four bytes.
    assert option.decode(struct.pack("=I", 4711)) == 4711
    assert option.decode(struct.pack("=I", 0)) == 0


@pytest.mark.parametrize("group", [None, 4711, (), (4711,), (4711, 1, 2, 3, 4), [4711, 1], "ab"])
def test_encode_group_wrong_format_raises_type_error(group: object) -> None:
    with pytest.raises(TypeError, match=r"must be a tuple \(type, instance\[, scope\[, flags\]\]\)"):
        tipc.encode_group_req("TIPC_GROUP_JOIN", group)


@pytest.mark.parametrize(
    ("group", "name"),
    [((-1, 1), "type"), ((4711, 2**32), "instance"), ((4711, 1, -2), "scope"), ((4711, 1, 2, 2**32), "flags")],
)
def test_encode_group_out_of_range_raises_overflow_error(group: object, name: str) -> None:
    with pytest.raises(OverflowError, match=f"^TIPC_GROUP_JOIN {name} must be 0-4294967295"):
        tipc.encode_group_req("TIPC_GROUP_JOIN", group)


@pytest.mark.parametrize("group", [("4711", 1), (4711, 1.0), (4711, 1, None)])
def test_encode_group_of_other_types_raises_type_error(group: object) -> None:
    with pytest.raises(TypeError, match="integer"):
        tipc.encode_group_req("TIPC_GROUP_JOIN", group)


def test_control_messages_are_decoded() -> None:
    codecs = {codec.name: codec for codec in messages.ancillaries() if codec.name.startswith("TIPC")}
    assert {codec.level for codec in codecs.values()} == {TABLE["SOL_TIPC"]}
    error = struct.pack("=II", TABLE["TIPC_ERR_NO_NAME"], 5)
    assert codecs["TIPC_ERRINFO"].decode(error) == (TABLE["TIPC_ERR_NO_NAME"], 5)
    with pytest.raises(ValueError, match=r"^8 bytes are needed, not 7$"):
        codecs["TIPC_ERRINFO"].decode(error[:-1])
    assert codecs["TIPC_RETDATA"].decode(b"hello") == b"hello"
    assert codecs["TIPC_DESTNAME"].decode(struct.pack("=3I", 18888, 1, 10)) == (18888, 1, 10)
    assert [codec.encode for codec in codecs.values()] == [None] * 3


def test_plugin_registers_tipc() -> None:
    register = registered_by(sockcore_linux_misc)
    family = register.families[AF_TIPC, None]
    assert (family.name, family.module, family.size) == ("AF_TIPC", "tipc", 16)
    assert {struct.name for struct in tipc.STRUCTS[:3]} == {"struct sockaddr_tipc"}
    assert {struct.size for struct in tipc.STRUCTS[:3]} == {16}
    assert tipc.SOCKADDR_TIPC_NAME.offsets()["addr.name.name.instance"] == (8, 4)
    assert tipc.SOCKADDR_TIPC_ID.offsets()["addr.id.node"] == (8, 4)
