"""Operations on the state of the C module: modules, rules, templates, and contexts of sockets."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import struct
import sys
from typing import TYPE_CHECKING, Any

from operations import fails, operation

import sockcore as s
from sockcore._arguments import COUNTS
from sockcore._plugins.discovery import registry
from sockcore._plugins.registry import notify_change
from sockcore._system import native
from sockcore.plugin import Family, RawAddress

if TYPE_CHECKING:
    from contextlib import ExitStack

    from operations import Round, Scene

    from sockcore.plugin import Context

LOOPBACK = bytes([127, 0, 0, 1])


class CodecOfDescriptors(Family):
    """A codec whose addresses are ports, with a context for each socket."""

    #: The numbers are not among the small ones, of which the interpreter has one object each.
    number, name, proto, size = int(s.AF_INET), "AF_INET", 70_078, 100_016
    needs_descriptor = True
    wide_levels = frozenset({70_001})

    def encode(self, address: Any, context: Context) -> bytes:
        return struct.pack("=H2s4s8x", self.number, address.to_bytes(2, "big"), LOOPBACK)

    def decode(self, raw: bytes, context: Context) -> Any:
        return int.from_bytes(raw[2:4], "big")


class CodecWithCaches(CodecOfDescriptors):
    """A codec whose functions would be in C, and fill its caches."""

    proto = 70_079
    needs_descriptor = False

    def __init__(self) -> None:
        self.encoded: dict[object, bytes] = {}
        self.decoded: dict[bytes, object] = {}
        self.quick_encode: Any = Convert(self.encode_port)
        self.quick_decode: Any = Convert(self.decode_port)

    def encode_port(self, address: Any) -> bytes | None:
        return None if address > 65535 else struct.pack("=H2s4s8x", self.number, address.to_bytes(2, "big"), LOOPBACK)

    def decode_port(self, raw: bytes) -> Any:
        return int.from_bytes(raw[2:4], "big")


class CodecOfDescriptorsWithFunctions(CodecWithCaches):
    """A codec whose functions would be in C, and receive the descriptor of the socket."""

    proto = 70_080
    needs_descriptor = True

    def encode_port(self, address: Any, fd: int = -1) -> bytes | None:
        assert fd > 256
        return super().encode_port(address)

    def decode_port(self, raw: bytes, fd: int = -1) -> Any:
        assert fd > 256
        return super().decode_port(raw)


class Convert:
    """A callable that is not a method, which the C code keeps."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments)


def add_codec(stack: ExitStack, codec: Family) -> None:
    """Register a codec until the stack closes."""
    families = registry().families
    families[codec.number, codec.proto] = codec
    notify_change()
    stack.callback(notify_change)
    stack.callback(families.pop, (codec.number, codec.proto))


def udp_with_codec(stack: ExitStack, codec: Family) -> tuple[Any, int]:
    """Return a bound socket of a codec, and its port."""
    with s.socket(s.AF_INET, s.SOCK_DGRAM) as udp:
        udp.bind(RawAddress(struct.pack("=H2x4s8x", s.AF_INET, LOOPBACK)))
        sock = s.socket(s.AF_INET, s.SOCK_DGRAM, codec.proto or 0, os.dup(udp.fileno()))
    return stack.enter_context(sock), sock.getsockname()


def load_module(loaded: Any) -> Any:
    """Load a C module once more, as another interpreter does."""
    spec = loaded.__spec__
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@operation(part=0.2)
def addresses_with_contexts_of_sockets(scene: Scene) -> Round:
    codec = scene.watch(CodecOfDescriptors())
    add_codec(scene.open, codec)
    sock, port = udp_with_codec(scene.open, codec)

    def run_round() -> None:
        sock.sendto(b"", port)
        assert sock.recvfrom(9) == (b"", port)
        with s.socket(s.AF_INET, s.SOCK_DGRAM, codec.proto, os.dup(sock.fileno())) as other:
            other.sendto(b"", port)
            other.recvfrom(9)
            other.close()
            fails(OSError, other.sendto, b"", port)  # the contexts of the closed descriptor are released

    return run_round


@operation(part=0.2)
def addresses_with_caches(scene: Scene) -> Round:
    """Convert addresses by functions of the codec, with results that are kept, and with None."""
    codec = scene.watch(CodecWithCaches())
    add_codec(scene.open, codec)
    sock, port = udp_with_codec(scene.open, codec)
    number = 0

    def run_round() -> None:
        nonlocal number
        number = (number + 1) % 300
        sock.sendto(b"", port)
        assert sock.recvfrom(9) == (b"", port)
        sock.sendto(b"", 50000 + number)
        fails(OverflowError, sock.sendto, b"", 70000)  # the function returns None
        codec.encoded.clear()
        codec.decoded.clear()

    return run_round


@operation(part=0.2)
def addresses_by_functions_with_descriptors(scene: Scene) -> Round:
    """Pass a descriptor to the functions of a codec that is not among the small numbers."""
    if native is None:
        return lambda: None
    codec = CodecOfDescriptorsWithFunctions()
    add_codec(scene.open, codec)
    with s.socket(s.AF_INET, s.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        port = udp.getsockname()[1]
        fd = fcntl.fcntl(udp.fileno(), fcntl.F_DUPFD_CLOEXEC, 600)
    sock = scene.open.enter_context(s.socket(s.AF_INET, s.SOCK_DGRAM, codec.proto, fd))

    def run_round() -> None:
        sock.sendto(b"", port)
        assert sock.recvfrom(9) == (b"", port)

    return run_round


@operation(part=0.2)
def initialised_again(scene: Scene) -> Round:
    """Call the constructor of a socket again, which replaces its template and its contexts."""
    codec = CodecOfDescriptors()
    add_codec(scene.open, codec)
    sock, port = udp_with_codec(scene.open, codec)
    again = scene.open.enter_context(s.socket(s.AF_INET, s.SOCK_DGRAM, codec.proto, os.dup(sock.fileno())))
    scene.watch_template(again)

    def run_round() -> None:
        again.close()
        again.__init__(s.AF_INET, s.SOCK_DGRAM, codec.proto, os.dup(sock.fileno()))
        again.sendto(b"", port)
        assert again.recvfrom(9) == (b"", port)

    return run_round


@operation(part=0.2)
def options_of_wide_levels(scene: Scene) -> Round:
    """Use a level that is not among the small numbers, of a codec whose option numbers have 64 bits."""
    codec = CodecOfDescriptors()
    add_codec(scene.open, codec)
    sock, _ = udp_with_codec(scene.open, codec)
    [level] = codec.wide_levels
    scene.watch_template(sock)

    def run_round() -> None:
        fails(OSError, sock.getsockopt, level, 1)
        fails(OSError, sock.setsockopt, level, 1, 1)
        fails(OSError, sock.setsockopt, level, 1, bytearray(8))

    return run_round


@operation(part=0.1)
def accept_with_a_large_protocol(scene: Scene) -> Round:
    """Accept connections whose protocol is not among the small numbers."""
    codec = CodecWithCaches()
    add_codec(scene.open, codec)
    with s.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        sock = s.socket(s.AF_INET, s.SOCK_STREAM, codec.proto, os.dup(server.fileno()))
    listener = scene.open.enter_context(sock)
    scene.watch_template(listener)
    reset = struct.pack("ii", 1, 0)  # struct linger: close resets the connection, so that its port is free at once

    def run_round() -> None:
        with s.socket() as client:
            client.connect(address)
            peer, _ = listener.accept()
            client.setsockopt(s.SOL_SOCKET, s.SO_LINGER, reset)
        peer.close()

    return run_round


@operation(part=0.05)
def templates_cleared(scene: Scene) -> Round:
    """Open sockets of families whose properties are not known yet."""
    if native is None:
        return lambda: None
    codec = scene.watch(CodecWithCaches())
    for value in (codec.size, codec.proto, codec.encoded, codec.decoded, codec.quick_encode, codec.quick_decode):
        scene.watch(value)
    add_codec(scene.open, codec)
    sock, port = udp_with_codec(scene.open, codec)

    def run_round() -> None:
        native.clear_templates()
        s.socket(s.AF_UNIX, s.SOCK_STREAM).close()
        with s.socket(s.AF_INET, s.SOCK_DGRAM, codec.proto, os.dup(sock.fileno())) as other:
            other.sendto(b"", port)
            other.recvfrom(9)
        codec.encoded.clear()  # an address in a cache does not need the function
        codec.decoded.clear()

    return run_round


@operation(part=0.1)
def rules_loaded_again(scene: Scene) -> Round:
    if native is None:
        return lambda: None
    scene.watch(COUNTS)
    return scene.watch(native.load_rules)


@operation(part=0.1)
def modules_loaded(scene: Scene) -> Round:
    """Load the module again, which a later garbage collection deletes.

    Python 3.13 without a GIL never deletes modules and classes.
    """
    if native is None or "t" in getattr(sys, "abiflags", ""):
        return lambda: None
    scene.watch(native.__spec__)
    udp, _ = scene.udp(0.0)

    def run_round() -> None:
        module = load_module(native)
        module.load_rules()
        module.set_public_class(s.socket)
        module.BaseSocket.__new__(module.BaseSocket)
        sock = module.socket_from_fd(module.BaseSocket, os.dup(udp.fileno()), s.AF_INET, s.SOCK_DGRAM, 0)
        fails(BlockingIOError, sock.recvmmsg, 1, 10)  # the module keeps the block of memory
        sock.close()

    return run_round
