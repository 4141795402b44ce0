"""The test kit for sockets, on a family of the simulated kernel.

It accepts a correct family. It rejects families with one fault each, with a message that names the fault.
"""

from __future__ import annotations

import errno
import itertools
import struct
import sys
import unittest
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore import backends
from sockcore.plugin import U32, Family, Struct
from sockcore.testing import (
    ConnectedTests,
    DatagramTests,
    FakeContext,
    FamilyTests,
    IsolatedRegistry,
    RequestTests,
    SimulatedKernel,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sockcore.plugin import Context

pytestmark = pytest.mark.skipif(backends.current() != "pure", reason="the simulated kernel needs the pure backend")

NUMBER = 201
SOCKADDR = Struct("struct sockaddr_small", "<small.h>", ("port", U32), sockaddr=True)
ports = itertools.count(100)


class Small(Family):
    """A family whose addresses are ``(port,)``."""

    number, name, size = NUMBER, "AF_SMALL", SOCKADDR.size

    def encode(self, address: Any, context: Context) -> bytes:
        if not isinstance(address, tuple) or len(address) != 1 or not isinstance(address[0], int):
            raise TypeError(f"{context.operation}(): AF_SMALL address must be (port,), not {address!r}")
        try:
            return SOCKADDR.pack(NUMBER, address[0])
        except struct.error:
            raise OverflowError(f"{context.operation}(): port must have 32 bits, not {address[0]}") from None

    def decode(self, raw: bytes, context: Context) -> object:
        return SOCKADDR.unpack(raw)


class Description:
    family = NUMBER
    pair_count = 10
    invalid_addresses = ((5, TypeError), ((1, 2), TypeError), ((2**32,), OverflowError))

    def free_address(self) -> tuple[int]:
        return (next(ports),)


class SmallConnections(Description, ConnectedTests):
    pass


class SmallDatagrams(Description, DatagramTests):
    option = ("SOL_SOCKET", "SO_BROADCAST", 1)


class SmallRequests(Description, RequestTests):
    """A socket that is connected to itself receives each request as its response."""

    type = "SOCK_DGRAM"
    option = ("SOL_SOCKET", "SO_BROADCAST", 1)
    send_flags: int = 0

    def request(self, number: int) -> bytes:
        return b"request %d" % number

    def response(self, number: int) -> bytes:
        return self.request(number)

    def open_requester(self) -> Any:
        sock = self.open_bound()
        sock.connect(sock.getsockname())
        return sock

    def expected_sender(self, sender: Any) -> Any:
        return sender.getsockname()


class SmallFamily(FamilyTests):
    family: Any = Small()
    pairs = (((1,), SOCKADDR.pack(NUMBER, 1)), ((2**32 - 1,), SOCKADDR.pack(NUMBER, 2**32 - 1)))
    wrong = (((2**32,), OverflowError, "32 bits"), (5, TypeError, "(port,)"))

    def context(self, operation: str = "bind") -> FakeContext:
        return FakeContext(NUMBER, operation=operation, ioctls={1: b"\1"})


def free_address(number: int) -> bytes:
    return SOCKADDR.pack(NUMBER, 2**16 + number)


@pytest.fixture
def kernel() -> Iterator[SimulatedKernel]:
    with SimulatedKernel(NUMBER, SOCKADDR.size, free_address) as simulated:
        yield simulated


@pytest.fixture
def registry(kernel: SimulatedKernel) -> Iterator[IsolatedRegistry]:
    with IsolatedRegistry() as isolated:
        yield isolated


@pytest.fixture
def _small_family(registry: IsolatedRegistry) -> None:
    registry.family(Small())


@pytest.mark.usefixtures("_small_family")
class TestConnections(SmallConnections):
    """The tests of a correct family: pytest runs a subclass as it is."""


@pytest.mark.usefixtures("_small_family")
class TestDatagrams(SmallDatagrams):
    pass


@pytest.mark.usefixtures("_small_family")
class TestRequests(SmallRequests):
    pass


@pytest.mark.usefixtures("_small_family")
class TestRequestsWithFlags(SmallRequests):
    send_flags = int(getattr(sockcore, "MSG_DONTROUTE", 0))


def message_of(tests: type, name: str) -> str:
    """Run one test of the kit with unittest. Return its traceback, or ""."""
    case: Any = type("Case", (tests, unittest.TestCase), {})(name)
    result = unittest.TestResult()
    case.run(result)
    texts = [text for _, text in (*result.failures, *result.errors)]
    assert result.testsRun == 1
    # pytest adds lines to the messages of assert statements if it rewrites those of installed plugins.
    return texts[0] if texts else ""


def swapped(self: Small, address: Any, context: Context) -> bytes:
    sockaddr = Small.encode(self, address, context)
    return sockaddr[:4] + sockaddr[:3:-1] if SOCKADDR.size == 8 else sockaddr[:2] + sockaddr[:1:-1]


def unchecked(self: Small, address: Any, context: Context) -> bytes:
    return SOCKADDR.pack(NUMBER, address[0] if isinstance(address, tuple) else address)


def late(self: Small, address: Any, context: Context) -> bytes:
    context.ioctl(1, bytearray(4))
    return Small.encode(self, address, context)


def raises(exception: BaseException) -> Any:
    def encode(self: Small, address: Any, context: Context) -> bytes:
        try:
            return Small.encode(self, address, context)
        except (TypeError, OverflowError):
            raise exception from None

    return encode


#: Fault -> the changed attributes of the family, the tests, the test that fails, and a part of its message.
MUTANTS: dict[str, tuple[dict[str, Any], type, str, str]] = {
    "wrong family field": (
        {"encode": lambda self, a, c: SOCKADDR.pack(NUMBER + 1, Small.encode(self, a, c)[-1])},
        SmallFamily, "test_family_field", f"encode((1,)): the family field is {NUMBER + 1}, expected {NUMBER}",
    ),
    "short sockaddr": (
        {"encode": lambda self, a, c: Small.encode(self, a, c)[:-1]},
        SmallDatagrams, "test_recv_keeps_message_boundaries", f". encode returned {SOCKADDR.size - 1} bytes, b'",
    ),
    "swapped bytes": (
        {"encode": swapped},
        SmallConnections, "test_bind_address_is_encoded_and_decoded", "which encode and decode changed to (",
    ),
    "lost bits": (
        {"decode": lambda self, raw, c: (int(SOCKADDR.unpack(raw)[0]) & 0xFFFF,)},
        SmallFamily, "test_decodes", ") returned (65535,), expected (4294967295,)",
    ),
    "list instead of tuple": (
        {"decode": lambda self, raw, c: list(SOCKADDR.unpack(raw))},
        SmallConnections, "test_connection_addresses_match_both_ends",
        "], the address of the server: TypeError(",
    ),
    "no check of the address": (
        {"encode": unchecked},
        SmallConnections, "test_invalid_address_raises_before_system_call",
        "bind(5): raised nothing, expected TypeError",
    ),
    "wrong exception": (
        {"encode": raises(ValueError("bad"))},
        SmallDatagrams, "test_invalid_address_raises_before_system_call",
        "bind(5): raised ValueError('bad'), expected TypeError",
    ),
    "exception without a message": (
        {"encode": raises(TypeError())},
        SmallConnections, "test_invalid_address_raises_before_system_call", "bind(5): the exception has no message",
    ),
    "small size": (
        {"size": 4},
        SmallFamily, "test_size", f"encode((1,)) returned {SOCKADDR.size} bytes, more than family.size (4)",
    ),
    "decode of complete sockaddrs only": (
        {"decode": lambda self, raw, c: struct.unpack("=4xI", raw)},
        SmallFamily, "test_decodes_any_length", "and Struct.unpack() reads the others as zeros",
    ),
    "no address from accept": (
        {"accept_gives_address": False},
        SmallConnections, "test_connection_addresses_match_both_ends", "address that accept returned: None, expected (",
    ),
    "system call before the check": (
        {"encode": late},
        SmallFamily, "test_refuses", "encode((4294967296,)) called context.ioctl() before it rejected",
    ),
    "another protocol": (
        {"proto": 5},
        SmallDatagrams, "test_recv_keeps_message_boundaries",
        f"no plugin has registered the family {NUMBER} for the protocol 0",
    ),
    "result is a bytearray": (
        {"encode": lambda self, a, c: bytearray(Small.encode(self, a, c))},
        SmallFamily, "test_encodes", "encode((1,)) returned a bytearray, expected bytes",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", MUTANTS)
def test_mutant_fails_with_message_about_fault(registry: IsolatedRegistry, fault: str) -> None:
    changes, tests, name, message = MUTANTS[fault]
    mutant = type("Mutant", (Small,), changes)()
    registry.family(mutant)
    assert message in message_of(type("Tests", (tests,), {"family": mutant} if tests is SmallFamily else {}), name)


@pytest.mark.usefixtures("_small_family")
@pytest.mark.parametrize(("tests", "name"), sorted({(tests, name) for _, tests, name, _ in MUTANTS.values()}, key=str))
def test_correct_family_passes_tests_of_mutants(tests: type, name: str) -> None:
    assert message_of(tests, name) == ""


#: Fault -> the changed attributes of a description, the test that fails, and a part of its message.
WRONG_DESCRIPTIONS: dict[str, tuple[dict[str, Any], str, str]] = {
    "another response": (
        {"response": lambda self, number: b"response %d" % number},
        "test_send_methods_with_request_are_answered",
        "send of a bytes: response: b'request 0', expected b'response 0'",
    ),
    "responses in another order": (
        {"send": lambda self, a, b, data: [a.send(b"request 9"), a.send(data)]},
        "test_several_requests_are_answered_in_order",
        "responses: [b'request 9', b'request 0',",
    ),
    "no response": (
        {"open_requester": lambda self: self.open_bound()},
        "test_asyncio_sock_sendall_is_answered",
        "OSError",
    ),
    "no request": (
        {"request": RequestTests.request},
        "test_send_both_directions_delivers_data",
        "must override request()",
    ),
    "no such flag": (
        {"send_flags": "MSG_UNKNOWN", "is_required": True},
        "test_several_requests_are_answered_in_order",
        "sockcore has no MSG_UNKNOWN",
    ),
}


@pytest.mark.usefixtures("_small_family")
@pytest.mark.parametrize("fault", WRONG_DESCRIPTIONS)
def test_wrong_description_of_requests_fails_with_message(fault: str) -> None:
    changes, name, message = WRONG_DESCRIPTIONS[fault]
    assert message_of(SmallRequests, name) == ""
    assert message in message_of(type("Wrong", (SmallRequests,), changes), name)


STAMP = ("SOL_SOCKET", "SO_TIMESTAMP", 1)


@pytest.mark.skipif(sys.platform != "linux", reason="the values are those of Linux")
@pytest.mark.usefixtures("_small_family")
@pytest.mark.parametrize(
    ("changes", "name", "message"),
    [
        (
            {"option": ("SOL_SOCKET", "SO_SNDBUF", 8192)},
            "test_setsockopt_value_is_read_back",
            "option ('SOL_SOCKET', 'SO_SNDBUF'): 16384, expected 8192",
        ),
        (
            {"control_message": (STAMP, ("SOL_SOCKET", 1))},  # SCM_RIGHTS, whose name needs a plugin
            "test_control_message_arrives",
            "recvmsg: no control message (",
        ),
        (
            {"control_message": ((*STAMP[:2], 0), ("SOL_SOCKET", "SCM_TIMESTAMP"))},
            "test_control_message_arrives",
            ") in []",
        ),
    ],
    ids=["other value", "other message", "no message"],
)
def test_wrong_option_or_control_message_fails(changes: dict[str, Any], name: str, message: str) -> None:
    right = {"control_message": (STAMP, ("SOL_SOCKET", "SCM_TIMESTAMP"))}
    assert message_of(type("Right", (SmallDatagrams,), right), name) == ""
    assert message in message_of(type("Wrong", (SmallDatagrams,), changes), name)


@pytest.mark.usefixtures("_small_family")
def test_family_without_addresses_skips_tests_with_addresses() -> None:
    without = type("Without", (SmallRequests,), {"has_addresses": False})
    [(_, reason)] = result_of(without, "test_bind_address_is_encoded_and_decoded").skipped
    assert reason == "getsockname: the family has no addresses"
    datagrams = type("Without", (SmallDatagrams,), {"has_addresses": False, "open_bound_pair": connected_pair})
    assert message_of(datagrams, "test_recv_keeps_message_boundaries") == ""
    # The simulated kernel has addresses.
    assert "address of the sender: (" in message_of(datagrams, "test_receive_methods_return_data_and_sender")
    [(_, reason)] = result_of(datagrams, "test_send_connected_needs_no_address").skipped
    assert reason == "connect: the family has no addresses"


def connected_pair(self: Any) -> tuple[Any, Any]:
    a, b = self.open_bound(), self.open_bound()
    a.connect(b.getsockname())
    b.connect(a.getsockname())
    return a, b


def result_of(tests: type, name: str = "test_recv_keeps_message_boundaries") -> unittest.TestResult:
    """Run one test of the kit with unittest."""
    result = unittest.TestResult()
    case: Any = type("Case", (tests, unittest.TestCase), {})(name)
    case.run(result)
    return result


def test_kernel_without_family_skips_with_reason() -> None:
    [(_, reason)] = result_of(SmallDatagrams).skipped
    assert reason.startswith(f"the kernel does not support {NUMBER}: ")
    [(_, reason)] = result_of(type("Unknown", (SmallDatagrams,), {"family": "AF_UNKNOWN"})).skipped
    assert reason == "sockcore has no AF_UNKNOWN on this system"


def test_required_family_that_kernel_lacks_fails() -> None:
    [(_, text)] = result_of(type("Required", (SmallDatagrams,), {"is_required": True})).errors
    assert "OSError" in text
    [(_, text)] = result_of(type("Required", (SmallDatagrams,), {"family": "AF_UNKNOWN", "is_required": True})).failures
    assert "sockcore has no AF_UNKNOWN" in text


@pytest.mark.usefixtures("_small_family")
def test_feature_that_family_lacks_skips_with_reason() -> None:
    lacking = type("Lacking", (SmallDatagrams,), {"unsupported": {"peek": "messages cannot be read twice"}})
    [(_, reason)] = result_of(lacking, "test_recv_msg_peek_keeps_data").skipped
    assert reason == "peek: messages cannot be read twice"
    unknown = type("Unknown", (SmallDatagrams,), {"unsupported": {"pek": "a misspelt name"}})
    [(_, text)] = result_of(unknown).failures
    assert "unsupported names unknown features: ['pek']" in text


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc to count descriptors")
@pytest.mark.usefixtures("_small_family")
def test_leaked_descriptor_fails() -> None:
    leaked = []

    def open_bound(self: Any) -> Any:
        sock = SmallDatagrams.open_bound(self)
        leaked.append(sock.dup())
        return sock

    result = result_of(type("Leaking", (SmallDatagrams,), {"open_bound": open_bound}))
    for sock in leaked:
        sock.close()
    [(_, text)] = result.failures
    assert "new open file descriptors after the test" in text


def test_description_without_address_names_attribute(registry: IsolatedRegistry) -> None:
    registry.family(Small())
    [(_, text)] = result_of(type("Short", (DatagramTests,), {"family": NUMBER})).errors
    assert "must set local_address, or override free_address()" in text


class DatagramsWithoutNames(SmallDatagrams):
    """A family of which only bind() has the address, such as AF_MCTP."""

    addresses: dict[Any, Any]

    def open_bound(self) -> Any:
        sock, address = self.open_unbound(), self.free_address()
        sock.bind(address)
        self.addresses[sock] = address
        return sock

    def address_of(self, sock: Any) -> Any:
        return self.addresses[sock]


@pytest.mark.usefixtures("_small_family")
@pytest.mark.parametrize(
    "name",
    [
        "test_repr_contains_fd_protocol_and_address",
        "test_socket_from_fd_detects_family_type_and_protocol",
        "test_bind_address_is_encoded_and_decoded",
    ],
)
def test_unsupported_getsockname_is_not_called(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def fail(sock: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(sockcore.socket, "getsockname", fail)
    fields = {"addresses": {}, "unsupported": {"getsockname": "the test removes it"}}
    assert message_of(type("Described", (DatagramsWithoutNames,), fields), name) == ""
    assert "Operation not supported" in message_of(
        type("Undescribed", (DatagramsWithoutNames,), {"addresses": {}}), name
    )
