"""The description of a family for :class:`sockcore.testing.SocketTests`, and the sockets that its tests open.

1. A subclass sets class attributes, and overrides the methods whose rule is different for its family.
2. A constant may be given by its name (``"AF_TIPC"``). The name is looked up when a test starts, so that the class can
   be imported on systems without the constant.
3. Each test opens its sockets by :meth:`Description.open`. They are closed when the test ends. A test that leaks a file
   descriptor fails.
"""

from __future__ import annotations

import errno
import unittest
from contextlib import ExitStack

import sockcore
from sockcore._plugins.discovery import registry
from sockcore._plugins.placeholders import RawFamily
from sockcore._types import Any, Callable, Mapping, NoReturn, Sequence, TypeVar, Union
from sockcore.plugin import context
from sockcore.testing._support import LIMIT, check, check_no_new_fds, open_fds

Exceptions = Union[type[BaseException], tuple[type[BaseException], ...]]
Method = TypeVar("Method", bound=Callable[..., None])

#: Feature that a family may lack -> what the tests expect of it.
FEATURES: dict[str, str] = {
    "addresses": "a message can be sent to an address",
    "connect": "a datagram socket can be connected, and can then send without an address",
    "end of file": "recv returns b'' after the peer was closed",
    "half close": "shutdown(SHUT_WR) ends one direction only",
    "getsockname": "getsockname returns the address of a bound socket",
    "getpeername": "getpeername returns the address of the peer of a connected socket",
    "accepted address": "accept returns the address of the client",
    "nonblocking connect": "a non-blocking socket can connect",
    "asyncio connect": "asyncio can connect a socket",
    "peek": "MSG_PEEK returns data and leaves it in the queue",
    "both ways": "the second socket of a pair can send to the first",
    "standard library": "the socket module of a Python that supports the family returns the same addresses",
    "detection": "the kernel reports family, type and protocol of a file descriptor",
    "waiting": "a receiving method waits if there is no data",
    "wakeup": "a waiting call and a selector notice data that arrives later",
    "several requests": "a socket can send requests before it has received the responses to earlier ones",
}
#: The features of a family with addresses.
_WITH_ADDRESSES = ("addresses", "connect", "getsockname", "getpeername", "accepted address")

#: The errors of socket(2) and bind(2) that mean that the kernel lacks the family, or that the user may not use it.
NOT_AVAILABLE = frozenset(
    getattr(errno, name)
    for name in (
        "EAFNOSUPPORT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "EPROTOTYPE", "EOPNOTSUPP", "EADDRNOTAVAIL", "ENODEV",
        "EPERM", "EACCES", "ENOSYS", "ENOPROTOOPT",
    )
    if hasattr(errno, name)
)  # fmt: skip


def needs(*features: str) -> Callable[[Method], Method]:
    """Skip a test if the family lacks one of the features, or a value of the description is None."""

    def mark(test: Method) -> Method:
        test.__dict__["features"] = features
        return test

    return mark


class Description:
    """A family of sockets, by class attributes and methods."""

    #: The address family: its number, or the name of its constant.
    family: int | str = ""
    #: The type of the sockets: a number, or the name of its constant.
    type: int | str = "SOCK_STREAM"
    #: The protocol: a number, or the name of its constant.
    proto: int | str = 0
    #: An address to which any number of sockets can be bound, for example a host with port 0. Otherwise, override
    #: :meth:`free_address`.
    local_address: object = None
    #: Feature that the family lacks -> the reason. The keys are those of :data:`FEATURES`.
    unsupported: Mapping[str, str] = {}
    #: False if the sockets have no addresses, such as those of AF_KCM. The family then lacks all features with one.
    has_addresses: bool = True
    #: Flags of each call that sends, for example MSG_EOR: a number, or the name of its constant.
    send_flags: int | str = 0
    #: (address, exception) for addresses that are rejected before any system call.
    invalid_addresses: Sequence[tuple[Any, Exceptions]] = ()
    #: An option that can be set and read back: (level, number, value).
    option: tuple[int | str, int | str, int | bytes] = ("SOL_SOCKET", "SO_KEEPALIVE", 1)
    #: An option of the receiver, as (level, number, value), and the (level, type) of the control message that each
    #: message then has. None if the family has no such option.
    control_message: tuple[tuple[int | str, int | str, int | bytes], tuple[int | str, int | str]] | None = None
    #: Number of pairs of sockets that transfer data at the same time.
    pair_count: int = 50
    #: True if a test fails instead of being skipped when the kernel lacks the family.
    is_required: bool = False

    _stack: ExitStack
    _fds_before: list[str] | None
    _is_supported: bool

    # ------------------------------------------------------------------ methods that a subclass may override

    def payload(self, number: int) -> bytes:
        """Return a different message for each number, of a length that the family allows."""
        return b"message %d" % number

    def free_address(self) -> Any:
        """Return an address to which no socket is bound."""
        if self.local_address is None:
            raise NotImplementedError(f"{type(self).__name__} must set local_address, or override free_address()")
        return self.local_address

    def prepare(self, sock: Any) -> None:
        """Set the options that the protocol requires before bind and connect."""

    def new_socket(self, family: int, type: int, proto: int) -> Any:
        """Return a new socket. A simulated kernel opens it in another way."""
        return sockcore.socket(family, type, proto)

    def open_unbound(self) -> Any:
        """Return a socket that is not bound."""
        sock = self.open(self.number("family"), self.number("type"), self.number("proto"))
        self.prepare(sock)
        return sock

    def open_client(self) -> Any:
        """Return a socket that can be connected. Override it if a client is bound before connect."""
        return self.open_unbound()

    def open_bound(self) -> Any:
        """Return a socket that is bound to a free address."""
        sock = self.open_unbound()
        address = self.free_address()
        try:
            sock.bind(address)
        except OSError as exc:
            check(
                self.has_codec(sock) or isinstance(address, sockcore.RawAddress),
                f"bind({address!r}): no plugin has registered the family {int(sock.family)} for the protocol "
                f"{sock.proto}. A Family whose attribute proto is None has all protocols",
            )
            # errno does not tell which part of the sockaddr the kernel rejects.
            sockaddr = bytes(self.raw_address(sock, address, "bind"))
            raise AssertionError(
                f"bind({address!r}) raised {exc!r}. encode returned {len(sockaddr)} bytes, {sockaddr!r}"
            ) from exc
        return sock

    def open_pair(self) -> tuple[Any, Any]:
        """Return two sockets that can send to each other."""
        raise NotImplementedError

    def open_pairs(self, count: int) -> list[tuple[Any, Any]]:
        """Return *count* pairs that are open at the same time."""
        return [self.open_pair() for _ in range(count)]

    def open_unconnected(self) -> Any:
        """Return an unconnected socket, for tests of bind and connect."""
        raise NotImplementedError

    def send(self, a: Any, b: Any, data: bytes) -> None:
        """Send from *a* to *b*."""
        raise NotImplementedError

    def expected_sender(self, sender: Any) -> Any:
        """Return the address that recvfrom returns for messages of *sender*."""
        raise NotImplementedError

    # ------------------------------------------------------------------ start and end of a test

    def setup_method(self, method: Callable[..., None] | None = None) -> None:
        """Skip the test if the family lacks a feature that it needs."""
        unknown = sorted(set(self.unsupported) - set(FEATURES))
        check(not unknown, f"unsupported names unknown features: {unknown}")
        self.skip_unless_supported(*getattr(method, "features", ()))
        self._is_supported = False
        self._fds_before = open_fds()
        self._stack = ExitStack()

    def teardown_method(self) -> None:
        """Close the sockets of the test, and check that it leaked no file descriptor."""
        self._stack.close()
        check_no_new_fds(self._fds_before)

    def setUp(self) -> None:
        """Start a test of unittest."""
        self.setup_method(getattr(self, str(getattr(self, "_testMethodName", "")), None))

    def tearDown(self) -> None:
        """End a test of unittest."""
        self.teardown_method()

    def _skip_if_kernel_lacks_family(self) -> None:
        # At the first socket of a test: fixtures of pytest, which may add the family, run after setup_method().
        if self._is_supported or not self.family:
            return
        self._is_supported = True
        try:
            with self.new_socket(self.number("family"), self.number("type"), self.number("proto")) as sock:
                if self.local_address is not None:
                    sock.bind(self.local_address)  # IPv6 may be there without an address
        except OSError as exc:
            if self.is_required or exc.errno not in NOT_AVAILABLE:
                raise
            raise unittest.SkipTest(f"the kernel does not support {self.family}: {exc}") from None

    def skip(self, reason: str) -> NoReturn:
        """Skip the test."""
        raise unittest.SkipTest(reason)

    def skip_unless_supported(self, *features: str) -> None:
        """Skip the test if the family lacks a feature."""
        for feature in features:
            if not self.has(feature):
                raise unittest.SkipTest(f"{feature}: {self.unsupported.get(feature, 'the family has no addresses')}")

    def has(self, feature: str) -> bool:
        """Return False if the family lacks a feature."""
        return feature not in self.unsupported and (self.has_addresses or feature not in _WITH_ADDRESSES)

    # ------------------------------------------------------------------ sockets

    def number(self, attribute: str) -> int:
        """Return the number of the attribute ``family``, ``type``, ``proto`` or ``send_flags``."""
        return self.constant(getattr(self, attribute))

    def constant(self, value: int | str) -> int:
        """Return a number, or the constant of a name.

        The test is skipped if this system lacks the constant.
        """
        if not isinstance(value, str):
            return int(value)
        number = getattr(sockcore, value, None)
        if number is None:
            check(not self.is_required, f"sockcore has no {value}")
            raise unittest.SkipTest(f"sockcore has no {value} on this system")
        return int(number)

    def open(self, family: int, type: int, proto: int = 0) -> Any:
        """Open a socket with a timeout, and close it at the end of the test.

        The test is skipped if the kernel lacks the family.
        """
        self._skip_if_kernel_lacks_family()
        return self.close_at_end(self.new_socket(family, type, proto))

    def close_at_end(self, sock: Any) -> Any:
        """Close *sock* at the end of the test, and set its timeout."""
        self._stack.callback(sock.close)
        sock.settimeout(LIMIT)
        return sock

    def has_codec(self, sock: Any) -> bool:
        """Return True if a plugin has registered the family of the socket, for its protocol."""
        return not isinstance(registry().family(int(sock.family), sock.proto), RawFamily)

    def raw_address(self, sock: Any, address: Any, operation: str = "connect") -> sockcore.RawAddress:
        """Return the sockaddr of *address*, as the plugin of the family encodes it."""
        codec = registry().family(int(sock.family), sock.proto)
        call = context(int(sock.family), int(sock.type), sock.proto, operation, sock.fileno())
        return sockcore.RawAddress(codec.encode(address, call))

    def decoded(self, sock: Any, sockaddr: bytes, operation: str) -> Any:
        """Return the address in a sockaddr, as the plugin of the family decodes it."""
        codec = registry().family(int(sock.family), sock.proto)
        return codec.decode(sockaddr, context(int(sock.family), int(sock.type), sock.proto, operation, sock.fileno()))
