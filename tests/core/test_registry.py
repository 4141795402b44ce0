"""The registry.

1. Each registration has one owner.
2. The registrations of a plugin are added all or none.
3. A codec is chosen by family and protocol.
"""

from __future__ import annotations

import pytest

from sockcore._platform import Table
from sockcore._plugins.placeholders import RawFamily
from sockcore._plugins.registry import Registry
from sockcore.plugin import Ancillary, Family, Option, RawAddress, Register, RegistrationError, sockaddr_header


class Some(Family):
    def __init__(self, number, name="AF_SOME", proto=None):
        self.number, self.name, self.proto = number, name, proto

    def encode(self, address, context):
        return sockaddr_header(self.number, 2)

    def decode(self, raw, context):
        return self.name, self.proto, raw


class Context:
    family, type, proto, operation = 99, 1, 0, "bind"


def a_function():
    """Do nothing."""


def register_all(register):
    """Make a registration of each type."""
    register.family(Some(99, "AF_SOME"))
    register.constants({"SOME": 1})
    register.functions(a_function)
    register.methods(a_function)
    register.option(Option("SO_SOME", 1, 2, 4, bytes.hex))
    register.ancillary(Ancillary("SCM_SOME", 1, 3, bytes.hex))
    register.resolver(lambda host, family: b"")
    register.default_family(99)
    register.default_pair_family(98)


ONE_OF_EACH = {
    "family (99, None)": lambda r: r.family(Some(99, "AF_OTHER")),
    "family (50, 4)": lambda r: r.family(Some(50, "AF_P", 4)),
    "name SOME": lambda r: r.constants({"SOME": 1}),
    "name a_function": lambda r: r.functions(a_function),
    "method a_function": lambda r: r.methods(a_function),
    "option (1, 2)": lambda r: r.option(Option("SO_AGAIN", 1, 2, 4, bytes.hex)),
    "control message (1, 3)": lambda r: r.ancillary(Ancillary("SCM_AGAIN", 1, 3, bytes.hex)),
    "default of resolver()": lambda r: r.resolver(lambda host, family: b""),
    "default of socket()": lambda r: r.default_family(1),
    "default of socketpair()": lambda r: r.default_pair_family(1),
}


def dictionaries(registry):
    parts = ("families", "names", "socket_methods", "options", "ancillaries", "singles")
    tables = {part: dict(getattr(registry, part)) for part in parts}
    return {**tables, **{f"owners of {noun}": dict(owners) for noun, owners in registry.owners.items()}}


@pytest.fixture
def filled():
    registry, register = Registry(), Register("dist-one")
    register_all(register)
    register.family(Some(50, "AF_P", 4))
    registry.add(register)
    return registry


def test_registry_stores_everything_in_dictionaries(filled):
    assert {key: family.name for key, family in filled.families.items()} == {(99, None): "AF_SOME", (50, 4): "AF_P"}
    assert filled.names == {"AF_SOME": 99, "SOME": 1, "a_function": a_function}
    assert filled.socket_methods == {"a_function": a_function}
    assert filled.options[1, 2].name == "SO_SOME"
    assert filled.ancillaries[1, 3].name == "SCM_SOME"
    assert (filled.singles["socket"], filled.singles["socketpair"]) == (99, 98)
    assert {owner for owners in filled.owners.values() for owner in owners.values()} == {"dist-one"}
    assert filled.owners["name"]["SOME"] == "dist-one"


def test_constants_of_table_leave_out_its_facts():
    table = Table({"SO_SOME": 1, "some_size": 8})
    table.facts = ["some_size"]
    register = Register("dist-one")
    register.constants(table)
    assert register.names == {"SO_SOME": 1}
    assert table["some_size"] == 8


def test_register_has_no_effect_before_add():
    registry, register = Registry(), Register("dist")
    register_all(register)
    assert not any(dictionaries(registry).values())


@pytest.mark.parametrize("noun", ONE_OF_EACH)
def test_add_of_second_owner_raises_with_both_names_and_adds_nothing(filled, noun):
    before = dictionaries(filled)
    second = Register("dist-two")
    second.constants({"NEW": 5})
    ONE_OF_EACH[noun](second)
    with pytest.raises(RegistrationError) as refusal:
        filled.add(second)
    assert str(refusal.value) == f"dist-two and dist-one both register the {noun}"
    assert dictionaries(filled) == before


def with_a_number(owner, number=3):
    register = Register(owner)
    register.constants({"AF_BARE": number, f"OF_{owner.upper()}": 1})
    return register


def with_the_family(owner):
    register = Register(owner)
    register.family(Some(3, "AF_BARE"))
    return register


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_add_of_constant_and_family_makes_the_family_the_owner(order):
    registry, both = Registry(), (with_a_number("one"), with_the_family("two"))
    for position in order:
        registry.add(both[position])
    assert registry.names == {"AF_BARE": 3, "OF_ONE": 1}
    assert registry.family(3, 0) is both[1].families[3, None]
    assert registry.owners["name"] == {"AF_BARE": "two", "OF_ONE": "one"}
    assert registry.owners["family"] == {(3, None): "two"}
    registry.clear()
    assert not any(registry.owners.values())


def test_add_of_family_with_its_constant_has_one_owner():
    registry, register = Registry(), with_the_family("one")
    register.constants({"AF_BARE": 3})
    registry.add(register)
    assert registry.owners["name"]["AF_BARE"] == "one"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    "both",
    [
        (with_a_number("one"), with_a_number("two")),  # no plugin has the family
        (with_a_number("one", 4), with_the_family("two")),  # not the number of the family
        (with_a_number("one", None), with_the_family("two")),
    ],
)
def test_add_of_registered_name_without_matching_family_raises(both, order):
    first, second = (both[position] for position in order)
    registry = Registry()
    registry.add(first)
    before = dictionaries(registry)
    with pytest.raises(RegistrationError, match=f"^{second.owner} and {first.owner} both register the name AF_BARE$"):
        registry.add(second)
    assert dictionaries(registry) == before


def test_add_of_protocol_with_registered_name_raises():
    registry, register = Registry(), Register("two")
    register.family(Some(3, "AF_BARE", 7))
    register.constants({"AF_BARE": 3})
    registry.add(with_a_number("one"))
    with pytest.raises(RegistrationError, match=r"^two and one both register the name AF_BARE$"):
        registry.add(register)


def test_add_of_family_twice_raises():
    registry = Registry()
    registry.add(with_the_family("one"))
    with pytest.raises(RegistrationError, match=r"^two and one both register the family \(3, None\)$"):
        registry.add(with_the_family("two"))


def test_add_of_registered_level_and_number_for_one_family_is_accepted(filled):
    second = Register("dist-two")
    second.option(Option("SO_OF_50", 1, 2, 4, bytes.hex, family=50))
    second.ancillary(Ancillary("SCM_OF_50", 1, 3, bytes.hex, family=50))
    filled.add(second)
    assert filled.options[1, 2].name == "SO_SOME"
    assert filled.options[1, 2, 50].name == "SO_OF_50"
    assert filled.ancillaries[1, 3, 50].name == "SCM_OF_50"
    third = Register("dist-three")
    third.option(Option("SO_AGAIN", 1, 2, 4, bytes.hex, family=50))
    with pytest.raises(RegistrationError, match=r"dist-three and dist-two both register the option \(1, 2, 50\)"):
        filled.add(third)


def test_ancillary_with_discard_and_family_raises():
    register = Register("dist")
    with pytest.raises(RegistrationError, match="dist: SCM_SOME: a control message of one family has no discard"):
        register.ancillary(Ancillary("SCM_SOME", 1, 3, bytes.hex, discard=len, family=50))


@pytest.mark.parametrize(
    "twice",
    [
        lambda r: r.family(Some(99)),
        lambda r: r.constants({"SOME": 2}),
        lambda r: r.methods(lambda: None, type("a", (), {"__name__": "<lambda>"})()),
        lambda r: r.option(Option("SO_B", 1, 2, 4, bytes.hex)),
        lambda r: r.ancillary(Ancillary("SCM_B", 1, 3, bytes.hex)),
        lambda r: r.default_family(5),
        lambda r: r.default_pair_family(5),
    ],
)
def test_register_of_two_values_for_one_key_raises(twice):
    register = Register("dist")
    register_all(register)
    with pytest.raises(RegistrationError, match=r"^dist registers .* twice"):
        twice(register)


def test_register_of_equal_constant_twice_is_accepted():
    register = Register("dist")
    register.constants({"A": 1})
    register.constants({"A": 1})
    assert register.names == {"A": 1}


@pytest.mark.parametrize("wrong", [object(), Some, None, "AF_X"])
def test_register_family_of_other_type_raises(wrong):
    with pytest.raises(RegistrationError, match=r"^dist: a family must be a sockcore.plugin.Family, not "):
        Register("dist").family(wrong)


@pytest.mark.parametrize("name", ["", "AF-X", "1A", "a b", "_x", "__all__"])
def test_register_constants_with_invalid_name_raises(name):
    with pytest.raises(RegistrationError, match="is not a public name"):
        Register("dist").constants({name: 1})


def test_register_family_of_protocol_adds_no_constant():
    register = Register("dist")
    register.family(Some(50, "AF_P", 4))
    assert register.names == {}


def test_family_returns_codec_by_family_and_protocol():
    registry = Registry()
    owner, other = Register("owner"), Register("other")
    owner.family(Some(50, "AF_P"))
    other.family(Some(50, "AF_P", 4))
    other.family(Some(51, "AF_Q", 0))
    registry.add(owner)
    registry.add(other)
    assert registry.family(50, 4).proto == 4
    assert registry.family(50, 0).proto is None
    assert registry.family(50, 5).proto is None
    assert registry.family(51, 0).proto == 0
    assert isinstance(registry.family(51, 1), RawFamily)
    assert isinstance(registry.family(4, 50), RawFamily)


def test_decode_uses_the_family_field(filled):
    raw = sockaddr_header(99, 4) + b"ab"
    assert filled.decode(raw, Context()) == ("AF_SOME", None, raw)
    other = sockaddr_header(98, 4) + b"ab"
    assert type(filled.decode(other, Context())) is RawAddress


def test_family_without_plugin_accepts_raw_addresses_only():
    family = Registry(lambda number: f" <{number}>").family(77, 0)
    raw = family.decode(b"\0\0abc", Context())
    assert (type(raw), raw) == (RawAddress, b"\0\0abc")
    with pytest.raises(OSError, match=r"^bind\(\): address family 77: no plugin .*RawAddress, not tuple <77>$"):
        family.encode(("host", 1), Context())
