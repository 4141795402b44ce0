"""The test kit for plugin authors.

It accepts a correct family, and rejects families with one fault each.
"""

from __future__ import annotations

import errno
import struct
import types
import unittest
from typing import TYPE_CHECKING, Any

import pytest

from sockcore.plugin import API_VERSION, Family, RawAddress, gaierror, hookimpl, sockaddr_header
from sockcore.testing import FakeContext, FamilyTests, PluginTests, registered_by

if TYPE_CHECKING:
    from sockcore.plugin import Context, Register

NUMBER = 77


def raw(port: int) -> bytes:
    return sockaddr_header(NUMBER, 8) + struct.pack("=HI", 0, port)


class Right(Family):
    """A family whose addresses are ``(port,)``."""

    number, name, size = NUMBER, "AF_RIGHT", 8

    def encode(self, address: Any, context: Context) -> bytes:
        if not isinstance(address, tuple) or len(address) != 1:
            raise TypeError(f"{context.operation}(): AF_RIGHT address must be (port,)")
        return raw(address[0])

    def decode(self, raw: bytes, context: Context) -> object:
        return (int.from_bytes(raw[4:8].ljust(4, b"\0"), __import__("sys").byteorder),)


class RightTests(FamilyTests):
    family = Right()
    pairs = (((1,), raw(1)), ((2**32 - 1,), raw(2**32 - 1)))
    wrong = ((5, TypeError, "connect(): AF_RIGHT address must be"), ((1, 2), TypeError, "(port,)"))


class TestRight(RightTests):
    """The tests of a correct family: pytest runs a subclass as it is."""


def failures(tests: FamilyTests | PluginTests) -> list[str]:
    """Run all tests of an instance of the kit. Return the names of those that fail."""
    failed = []
    for name in sorted(name for name in dir(tests) if name.startswith("test_")):
        try:
            getattr(tests, name)()
        except (AssertionError, AttributeError, ValueError, IndexError, TypeError, struct.error):
            failed.append(name)
    return failed


def wrong_in(**changes: Any) -> FamilyTests:
    """Return the tests of a correct family with one changed method or attribute."""
    tests = RightTests()
    tests.family = type("Wrong", (Right,), changes)()
    return tests


def test_family_tests_of_correct_family_pass() -> None:
    assert failures(RightTests()) == []


@pytest.mark.parametrize(
    ("changes", "caught_by"),
    [
        ({"encode": lambda self, a, c: bytearray(Right.encode(self, a, c))}, "test_encodes"),
        ({"encode": lambda self, a, c: Right.encode(self, a, c) + b"\0"}, "test_size"),
        ({"encode": lambda self, a, c: b"\0\0" + Right.encode(self, a, c)[2:]}, "test_family_field"),
        ({"encode": lambda self, a, c: raw(a[0] if isinstance(a, tuple) else a)}, "test_refuses"),
        ({"decode": lambda self, r, c: list(Right.decode(self, r, c))}, "test_decodes"),  # type: ignore[call-overload]
        ({"decode": lambda self, r, c: (struct.unpack("=xxHI", r)[1],)}, "test_decodes_any_length"),
        ({"decode": lambda self, r, c: 0}, "test_round_trip"),
        ({"decode": lambda self, r, c: (0,)}, "test_raw_address_passes"),
        ({"number": 78}, "test_raw_address_passes"),
        ({"size": 4}, "test_size"),
        ({"size": 4000}, "test_size"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_family_tests_of_wrong_family_fail(changes: dict[str, Any], caught_by: str) -> None:
    assert caught_by in failures(wrong_in(**changes))


def test_family_tests_of_exception_after_ioctl_or_of_other_exception_fail() -> None:
    def late(self: Right, address: Any, context: Context) -> bytes:
        context.ioctl(1, bytearray(4))
        return Right.encode(self, address, context)

    class Prepared(RightTests):
        family = type("Late", (Right,), {"encode": late})()

        def context(self, operation: str = "bind") -> FakeContext:
            return FakeContext(NUMBER, operation=operation, ioctls={1: b"\1"})

    assert failures(Prepared()) == ["test_refuses"]
    tests: Any = RightTests()
    tests.wrong = ((5, TypeError, "another message"),)
    assert failures(tests) == ["test_refuses"]
    tests.wrong = ((5, ValueError, "AF_RIGHT"),)
    assert failures(tests) == ["test_refuses"]


class Without(Family):
    """A family without addresses."""

    number, name, size = NUMBER, "AF_WITHOUT", 4

    def encode(self, address: Any, context: Context) -> bytes:
        raise TypeError(f"{context.operation}(): AF_WITHOUT sockets have no addresses, got {address!r}")

    def decode(self, raw: bytes, context: Context) -> object:
        raise ValueError(f"AF_WITHOUT sockets have no addresses, not {raw!r}")


class WithoutTests(FamilyTests):
    family = Without()
    has_addresses = False
    wrong = ((None, TypeError, "connect(): AF_WITHOUT sockets have no addresses"), ((1,), TypeError, "AF_WITHOUT"))


class TestWithout(WithoutTests):
    """The tests of a family without addresses."""


@pytest.mark.parametrize(
    ("changes", "caught_by"),
    [
        ({"encode": lambda self, a, c: raw(1)}, "test_refuses"),
        ({"decode": lambda self, r, c: None}, "test_decodes_any_length"),
        ({"decode": Right.decode}, "test_decodes_any_length"),
        ({"decode": lambda self, r, c: 1 // 0}, "test_decodes_any_length"),
        ({"size": 1}, "test_size"),
    ],
)
def test_family_tests_of_wrong_family_without_addresses_fail(changes: dict[str, Any], caught_by: str) -> None:
    tests = WithoutTests()
    tests.family = type("Wrong", (Without,), changes)()
    assert failures(tests) == [caught_by]


def test_family_tests_without_addresses_reject_pairs() -> None:
    tests: Any = WithoutTests()
    tests.pairs = (((1,), raw(1)),)
    assert "test_there_is_something_to_test" in failures(tests)


def test_family_tests_distinguish_true_from_1() -> None:
    tests: Any = RightTests()
    tests.decoded = ((raw(1), (True,)),)
    assert failures(tests) == ["test_decodes"]


def test_family_tests_without_literals_fail() -> None:
    tests: Any = RightTests()
    tests.pairs, tests.wrong = (), ()
    assert failures(tests) == ["test_there_is_something_to_test"]


def test_family_tests_run_under_unittest() -> None:
    case = type("Case", (RightTests, unittest.TestCase), {})
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert result.testsRun >= 9
    assert result.wasSuccessful(), result.failures + result.errors


class TestFakeContext:
    def test_fake_context_returns_its_literals(self) -> None:
        address = RawAddress(raw(1))
        context = FakeContext(
            2, 3, 4, "sendto", interfaces={"eth0": 5}, hosts={("host", 2): address}, ioctls={9: b"ab"}
        )
        assert (context.family, context.type, context.proto, context.operation) == (2, 3, 4, "sendto")
        assert context.interface_index("eth0") == 5
        assert context.interface_name(5) == "eth0"
        assert context.resolve("host", 2) == address
        argument = bytearray(4)
        assert context.ioctl(9, argument) == 0
        assert argument == b"ab\0\0"
        requested = ["interface_index", "interface_name", "resolve", "ioctl"]
        assert [what for what, _ in context.asked] == requested

    def test_fake_context_without_literal_raises_system_error(self) -> None:
        context = FakeContext(2, hosts={("refused", 2): ConnectionError("no")})
        calls: list[tuple[Any, Any, int]] = [
            (context.interface_index, "eth0", errno.ENODEV),
            (context.interface_name, 1, errno.ENXIO),
            (lambda request: context.ioctl(request, bytearray(1)), 1, errno.ENOTTY),
        ]
        for call, argument, number in calls:
            with pytest.raises(OSError) as caught:
                call(argument)
            assert caught.value.errno == number
        with pytest.raises(gaierror, match="no address of 'host'"):
            context.resolve("host", 2)
        with pytest.raises(ConnectionError):
            context.resolve("refused", 2)


def a_plugin(**changes: Any) -> Any:
    @hookimpl
    def sockcore_register(register: Register) -> None:
        register.family(Right())

    module = types.SimpleNamespace(SOCKCORE_API=API_VERSION, sockcore_register=sockcore_register)
    module.__dict__.update(changes)
    return module


def plugin_tests(module: Any) -> PluginTests:
    tests = PluginTests()
    tests.plugin = module
    return tests


def test_plugin_tests_of_correct_plugin_pass() -> None:
    assert failures(plugin_tests(a_plugin())) == []
    assert registered_by(a_plugin()).families[NUMBER, None].name == "AF_RIGHT"


def test_plugin_tests_of_wrong_plugin_fail() -> None:
    assert failures(plugin_tests(a_plugin(SOCKCORE_API=0))) == ["test_version"]
    unmarked = a_plugin(sockcore_register=lambda register: register.family(Right()))
    assert failures(plugin_tests(unmarked)) == ["test_hook"]
    idle = a_plugin(sockcore_register=hookimpl(lambda register: None))
    assert failures(plugin_tests(idle)) == ["test_registers"]

    def undescribed() -> None: ...

    hook = hookimpl(lambda register: register.functions(undescribed))
    assert failures(plugin_tests(a_plugin(sockcore_register=hook))) == ["test_functions_are_described"]
