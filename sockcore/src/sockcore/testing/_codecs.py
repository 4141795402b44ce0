"""The tests of codecs and of the hook of a plugin, which open no socket.

1. A codec reaches the system only through its context, so literals can test it. :class:`FakeContext` has interface
   names, host addresses and results of ioctl(2) in dictionaries.
2. An author subclasses :class:`FamilyTests` and gives a few pairs of an address and its sockaddr, and a few invalid
   addresses. :class:`PluginTests` does the same for the module that registers the families.
"""

from __future__ import annotations

import errno
import os

from sockcore._exceptions import gaierror
from sockcore._families import Context, Family, RawAddress
from sockcore._families.structs import HAS_SA_LEN, family_of, sockaddr_header
from sockcore._plugins import API_VERSION
from sockcore._plugins.placeholders import Deferred, DeferredFamily, DeferredMethod
from sockcore._plugins.registrations import Register
from sockcore._plugins.registry import Registry
from sockcore._types import Any, Callable, Mapping, Sequence, Union

#: The result of an ioctl(2) or of a name resolution: the bytes that it writes or returns, or the exception to raise.
Answer = Union[bytes, Exception]

__all__ = ["FakeContext", "FamilyTests", "PluginTests", "registered_by"]


class FakeContext(Context):
    """A context of dictionaries, which records the calls of a codec in :attr:`asked`.

    *interfaces* maps names to indexes. *hosts* maps ``(host, family)`` to a sockaddr, or to an exception to raise.
    *ioctls* maps the number of a request to the bytes that the kernel would write, or to an exception. A missing key
    raises the exception of the system: ENODEV, ENXIO, gaierror, ENOTTY.
    """

    # In place of the properties of Context, which cannot be set.
    family: int = 0
    type: int = 1
    proto: int = 0
    operation: str = "bind"

    def __init__(
        self,
        family: int = 0,
        type: int = 1,
        proto: int = 0,
        operation: str = "bind",
        interfaces: Mapping[str, int] | None = None,
        hosts: Mapping[tuple[str | bytes, int], Answer] | None = None,
        ioctls: Mapping[int, Answer] | None = None,
    ) -> None:
        self.family = family
        self.type = type
        self.proto = proto
        self.operation = operation
        self.interfaces: dict[str, int] = dict(interfaces or {})
        self.hosts: dict[tuple[str | bytes, int], Answer] = dict(hosts or {})
        self.ioctls: dict[int, Answer] = dict(ioctls or {})
        #: The calls in order: ``[("interface_index", "eth0"), ...]``.
        self.asked: list[tuple[str, object]] = []

    def interface_index(self, name: str) -> int:
        """Return the index of the interface *name*.

        Raises OSError (ENODEV) if it is unknown.
        """
        self.asked.append(("interface_index", name))
        if name not in self.interfaces:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        return self.interfaces[name]

    def interface_name(self, index: int) -> str:
        """Return the name of the interface *index*.

        Raises OSError (ENXIO) if it is unknown.
        """
        self.asked.append(("interface_name", index))
        for name, number in self.interfaces.items():
            if number == index:
                return name
        raise OSError(errno.ENXIO, os.strerror(errno.ENXIO))

    def resolve(self, host: str | bytes, family: int) -> bytes:
        """Return the sockaddr of *host* in *family*. Raises gaierror if it is unknown."""
        self.asked.append(("resolve", host))
        return _return_or_raise(self.hosts.get((host, family), gaierror(f"no address of {host!r} in family {family}")))

    def ioctl(self, request: int, argument: bytearray) -> int:
        """Write the result of *request* into *argument*, and return 0.

        Raises OSError (ENOTTY) if it is unknown.
        """
        self.asked.append(("ioctl", request))
        answer = _return_or_raise(self.ioctls.get(request, OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))))
        argument[: len(answer)] = answer
        return 0


def _return_or_raise(answer: Answer) -> bytes:
    if isinstance(answer, Exception):
        raise answer
    return answer


def registered_by(plugin: Any, owner: str = "tested") -> Register:
    """Return the registrations of the module *plugin*.

    Codecs and functions that the core would import later are included.
    """
    register = Register(owner)
    plugin.sockcore_register(register)
    for key, family in register.families.items():
        if isinstance(family, DeferredFamily):
            codec = family.codec()
            assert codec is not None, f"{family!r}: its codec is being imported"
            register.families[key] = codec
    for name, method in register.socket_methods.items():
        register.socket_methods[name] = method.get() if isinstance(method, DeferredMethod) else method
    codecs = register.with_codecs()
    register.options.update(codecs.options)
    register.ancillaries.update(codecs.ancillaries)
    register.names.update({name: value.get() for name, value in register.names.items() if isinstance(value, Deferred)})
    return register


class FamilyTests:
    """The tests of a family. A subclass provides the literals.

    The message of a failure names the literal. Override :meth:`context` if the codec uses the system.
    """

    #: The family to test, an instance.
    family: Family
    #: False for a family without addresses, such as AF_KCM: ``encode`` and ``decode`` reject everything. *pairs* is
    #: then empty, and *wrong* has addresses of other families.
    has_addresses: bool = True
    #: (address, sockaddr) pairs that convert in both directions.
    pairs: Sequence[tuple[object, bytes]] = ()
    #: (address, sockaddr) where the address is a variant: decoding returns another one.
    encoded: Sequence[tuple[object, bytes]] = ()
    #: (sockaddr, address) that only the kernel writes. They are decoded, but not encoded.
    decoded: Sequence[tuple[bytes, object]] = ()
    #: (address, exception, text) that ``encode`` must reject, with *text* in the message.
    wrong: Sequence[tuple[object, type[BaseException], str]] = ()
    #: The minimum length of a sockaddr from the kernel, by default that of the family field.
    shortest: int = 2

    def context(self, operation: str = "bind") -> Context:
        """Return the context for the literals."""
        return FakeContext(self.family.number, proto=self.family.proto or 0, operation=operation)

    def test_there_is_something_to_test(self) -> None:
        """Check that the author has given pairs and invalid addresses."""
        if self.has_addresses:
            assert self.pairs, "the attribute pairs is empty, expected pairs of an address and its sockaddr"
        else:
            assert not [*self.pairs, *self.encoded, *self.decoded], (
                "pairs, encoded and decoded must be empty if has_addresses is False"
            )
        assert self.wrong, "the attribute wrong is empty, expected (address, exception, part of its message)"

    def test_encodes(self) -> None:
        """Check that each address is encoded to its sockaddr, as bytes, each time."""
        for address, sockaddr in [*self.pairs, *self.encoded]:
            for _ in range(2):
                result = self.family.encode(address, self.context())
                assert type(result) is bytes, f"encode({address!r}) returned a {type(result).__name__}, expected bytes"
                assert result == sockaddr, f"encode({address!r}) returned {result!r}, expected {sockaddr!r}"

    def test_decodes(self) -> None:
        """Check that each sockaddr is decoded to its address, with the same types."""
        for sockaddr, address in [*((sockaddr, address) for address, sockaddr in self.pairs), *self.decoded]:
            result = self.family.decode(sockaddr, self.context("recvfrom"))
            assert result == address, f"decode({sockaddr!r}) returned {result!r}, expected {address!r}"
            assert _shape(result) == _shape(address), (
                f"decode({sockaddr!r}) returned the types {_shape(result)}, expected {_shape(address)}"
            )

    def test_round_trip(self) -> None:
        """Check that ``encode`` accepts the results of ``decode``."""
        for _, sockaddr in [*self.pairs, *self.encoded]:
            address = self.family.decode(sockaddr, self.context("recvfrom"))
            again = self.family.encode(address, self.context())
            result = self.family.decode(again, self.context("recvfrom"))
            assert result == address, (
                f"decode({sockaddr!r}) returned {address!r}, which encode and decode changed to {result!r}"
            )

    def test_family_field(self) -> None:
        """Check the family field of each sockaddr, and ``sa_len`` on systems with it."""
        for address, _ in [*self.pairs, *self.encoded]:
            sockaddr = self.family.encode(address, self.context())
            assert family_of(sockaddr) == self.family.number, (
                f"encode({address!r}): the family field is {family_of(sockaddr)}, expected {self.family.number} "
                "(family.number)"
            )
            assert not HAS_SA_LEN or sockaddr[0] == len(sockaddr), (
                f"encode({address!r}): sa_len is {sockaddr[0]}, expected {len(sockaddr)}, the length of the sockaddr"
            )

    def test_size(self) -> None:
        """Check that each sockaddr has from :attr:`shortest` to ``family.size`` bytes."""
        assert 2 <= self.family.size <= 256, f"family.size is {self.family.size}, expected 2 to 256"
        for address, sockaddr in [*self.pairs, *self.encoded]:
            result = len(self.family.encode(address, self.context()))
            assert result <= self.family.size, (
                f"encode({address!r}) returned {result} bytes, more than family.size ({self.family.size})"
            )
            assert len(sockaddr) >= self.shortest, (
                f"the sockaddr of {address!r} has {len(sockaddr)} bytes, fewer than the attribute shortest "
                f"({self.shortest})"
            )

    def test_decodes_any_length(self) -> None:
        """Check that neither a truncated sockaddr nor a larger buffer raises.

        Without addresses, ``decode`` raises ValueError for each length, so that a program receives a RawAddress.
        """
        if not self.has_addresses:
            self._check_decodes_nothing()
        for _, sockaddr in [*self.pairs, *self.encoded]:
            for size in range(self.shortest, self.family.size + 1):
                cut = sockaddr[:size].ljust(size, b"\0")
                try:
                    self.family.decode(cut, self.context("recvfrom"))
                except Exception as exc:
                    raise AssertionError(
                        f"decode of {size} bytes, {cut!r}, raised {exc!r}, expected an address: the kernel may return "
                        "fewer bytes than the struct has, and Struct.unpack() reads the others as zeros"
                    ) from exc

    def _check_decodes_nothing(self) -> None:
        for size in range(2, self.family.size + 1):
            sockaddr = sockaddr_header(self.family.number, size).ljust(size, b"\0")
            raised: BaseException | None = None
            try:
                self.family.decode(sockaddr, self.context("recvfrom"))
            except Exception as exc:
                raised = exc
            assert type(raised) is ValueError, f"decode of {size} bytes raised {_text(raised)}, expected ValueError"

    def test_refuses(self) -> None:
        """Check the exception for each invalid address, which is raised before any ioctl."""
        for address, expected, message in self.wrong:
            context = self.context("connect")
            raised: BaseException | None = None
            try:
                self.family.encode(address, context)
            except BaseException as exc:
                raised = exc
            call = f"encode({address!r})"
            assert type(raised) is expected, f"{call} raised {_text(raised)}, expected {expected.__name__}"
            assert message in str(raised), f"{call} raised {raised!r}, expected {message!r} in the message"
            asked = [what for what, _ in getattr(context, "asked", ())]
            assert "ioctl" not in asked, f"{call} called context.ioctl() before it rejected the address"

    def test_raw_address_passes(self) -> None:
        """Check that a RawAddress finds its family by the family field.

        The family must decode it.
        """
        register, registry = Register("tested"), Registry()
        register.family(self.family)
        registry.add(register)
        assert registry.family(self.family.number, self.family.proto or 0) is self.family
        for address, sockaddr in self.pairs:
            assert RawAddress(sockaddr) == sockaddr
            assert RawAddress(sockaddr).family == self.family.number
            assert registry.decode(RawAddress(sockaddr), self.context("recvfrom")) == address


def _text(raised: BaseException | None) -> str:
    return "nothing" if raised is None else repr(raised)


def _shape(value: object) -> object:
    # (1, True) == (1, 1): types that compare equal are compared by name.
    if isinstance(value, tuple):
        return type(value).__name__, tuple(map(_shape, value))
    return type(value).__name__


class PluginTests:
    """The tests of a plugin. A subclass names the module."""

    #: The module that the entry point names.
    plugin: Any

    def test_version(self) -> None:
        """Check that the plugin is for this version of the hook specification."""
        version = getattr(self.plugin, "SOCKCORE_API", None)
        assert version == API_VERSION, f"SOCKCORE_API is {version!r}, expected {API_VERSION}, the version of this core"

    def test_hook(self) -> None:
        """Check that the hook is marked with ``hookimpl``."""
        assert hasattr(self.plugin.sockcore_register, "sockcore_impl"), (
            "sockcore_register has no decorator @hookimpl, so that the core never calls it"
        )

    def test_registers(self) -> None:
        """Check that an empty registry accepts the registrations, each time."""
        for _ in range(2):
            register = registered_by(self.plugin)
            Registry().add(register)
            assert register.families or register.names or register.socket_methods, "the hook registered nothing"

    def test_families_are_described(self) -> None:
        """Check the number, name and probe of each family."""
        for (number, proto), family in registered_by(self.plugin).families.items():
            label = type(family).__name__
            assert isinstance(family.name, str), f"{label}.name is {family.name!r}, expected a str such as 'AF_MCTP'"
            assert family.number == number, f"{label}.number is {family.number}, but {number} is registered"
            assert family.proto == proto, f"{label}.proto is {family.proto}, but {proto} is registered"
            assert family.probe is None or len(family.probe) == 2, (
                f"{label}.probe is {family.probe!r}, expected a type and a protocol, or None"
            )

    def test_functions_are_described(self) -> None:
        """Check that each function and method has a docstring."""
        register = registered_by(self.plugin)
        functions: list[Callable[..., object]] = [v for v in register.names.values() if callable(v)]
        for function in [*functions, *register.socket_methods.values()]:
            assert function.__doc__, f"{function.__name__} has no docstring"
