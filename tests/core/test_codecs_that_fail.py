"""Codecs that raise or return invalid results.

No invalid sockaddr reaches the kernel, and no data are lost.
"""

from __future__ import annotations

import signal
import struct
import sys

import pytest
from systems import AF_INET, FIONREAD, LIMIT, WINDOWS, loopback, name_of

import sockcore
from sockcore.plugin import Family, RawAddress

ENCODERS = ("bind", "connect", "connect_ex", "sendto", "sendmsg")


class Codec(Family):
    """A family that records its calls, with the encoder and decoder of a test."""

    name = "AF_BAD"

    def __init__(self, number=AF_INET, encode=None, decode=None, size=128):
        self.number, self.size = number, size
        self._encode, self._decode = encode, decode
        self.calls = []

    def encode(self, address, context):
        self.calls.append((context.operation, context.family, context.type, context.proto))
        return self._encode(address)

    def decode(self, raw, context):
        self.calls.append((context.operation, raw))
        return self._decode(raw)


def use(sock, operation, address):
    calls = {"sendto": lambda: sock.sendto(b"x", address), "sendmsg": lambda: sock.sendmsg([b"x"], [], 0, address)}
    return calls.get(operation, lambda: getattr(sock, operation)(address))()


@pytest.fixture
def datagram(add_registration, closing):
    def make(**codec):
        family = Codec(**codec)
        add_registration("families", (AF_INET, None), family)
        return closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_DGRAM)), family

    return make


def raises(*_):
    raise KeyError("oops")


@pytest.mark.parametrize("operation", ENCODERS)
def test_encode_receives_the_context_of_the_operation(datagram, operation):
    sock, family = datagram(encode=lambda address: bytes(loopback(address)))
    use(sock, operation, 9 if operation != "bind" else 0)
    assert family.calls == [(operation, AF_INET, sockcore.SOCK_DGRAM, 0)]


@pytest.mark.parametrize("operation", ENCODERS)
def test_encode_exception_propagates(datagram, operation):
    sock, _ = datagram(encode=raises)
    with pytest.raises(KeyError, match="oops"):
        use(sock, operation, "address")


@pytest.mark.parametrize("rubbish", [None, 5, "text", ("a", 1), bytearray(16), [b"x"], memoryview(b"ab")])
@pytest.mark.parametrize("operation", ENCODERS)
def test_encode_result_that_is_not_bytes_raises_type_error(datagram, operation, rubbish):
    sock, _ = datagram(encode=lambda address: rubbish)
    with pytest.raises(TypeError) as refusal:
        use(sock, operation, "address")
    assert str(refusal.value) == (
        f"{operation}(): the plugin of <Codec AF_BAD (2)> encoded 'address' to {rubbish!r}, not to bytes"
    )


@pytest.mark.parametrize("size", [0, 1, 129, 70000])
@pytest.mark.parametrize("operation", ENCODERS)
def test_encode_result_of_invalid_size_raises_value_error(datagram, operation, size):
    sock, _ = datagram(encode=lambda address: bytes(size))
    for address in ("address", RawAddress(bytes(size))):
        with pytest.raises(ValueError, match=rf"^{operation}\(\): a sockaddr has 2 to 128 bytes, not {size}: "):
            use(sock, operation, address)


def test_raw_address_argument_is_not_encoded(datagram):
    sock, family = datagram(encode=raises, decode=lambda raw: "decoded")
    sock.bind(loopback())
    assert sock.sendto(b"to itself", name_of(sock)) == 9
    assert family.calls == []
    assert sock.recvfrom(20) == (b"to itself", "decoded")
    assert family.calls == [("recvfrom", name_of(sock))]


@pytest.fixture
def failing_decode(datagram, closing):
    """Return a function that creates a socket with a message from a peer.

    The codec cannot decode addresses, unless the test has another *decode*.
    """

    def make(decode=raises, **codec):
        sock, family = datagram(encode=raises, decode=decode, **codec)
        peer = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_DGRAM))
        for item in (sock, peer):
            item.bind(loopback())
        sock.connect(name_of(peer))
        peer.sendto(b"message", name_of(sock))
        return sock, peer, family

    return make


BUFFER = bytearray(10)
DECODERS = {
    "getsockname": (lambda sock: sock.getsockname(), False),
    "getpeername": (lambda sock: sock.getpeername(), True),
    "recvfrom": (lambda sock: sock.recvfrom(10)[1], True),
    "recvfrom_into": (lambda sock: sock.recvfrom_into(BUFFER)[1], True),
    "recvmsg": (lambda sock: sock.recvmsg(10)[3], True),
    "recvmsg_into": (lambda sock: sock.recvmsg_into([BUFFER])[3], True),
    "recvmmsg": (lambda sock: sock.recvmmsg(2, 10)[0][3], True),
    "recvmmsg_into": (lambda sock: sock.recvmmsg_into([BUFFER])[0][3], True),
}


@pytest.mark.parametrize("operation", DECODERS)
def test_decode_failure_returns_raw_address_and_warns(failing_decode, operation):
    sock, peer, _ = failing_decode()
    call, of_peer = DECODERS[operation]
    raw = bytes(name_of(peer if of_peer else sock))
    with pytest.warns(RuntimeWarning) as caught:
        address = call(sock)
    assert (type(address), address) == (RawAddress, raw)
    text = str(caught[0].message)
    assert f"the plugin of <Codec AF_BAD (2)> could not decode {raw!r} (KeyError('oops'" in text
    message = operation.startswith(("recvmsg", "recvmmsg"))
    assert text.startswith("recvmsg" if message else operation)
    assert caught[0].filename == __file__


ALLOWED = {
    "ValueError": ValueError("no"),
    "UnicodeDecodeError": UnicodeDecodeError("ascii", b"\xff", 0, 1, "no"),
    "TypeError": TypeError("no"),
    "OverflowError": OverflowError("no"),
    "IndexError": IndexError("no"),
    "KeyError": KeyError("no"),
    "struct.error": struct.error("no"),
    "OSError": OSError(19, "no"),
}


@pytest.mark.parametrize("allowed", ALLOWED)
@pytest.mark.parametrize("operation", DECODERS)
def test_decode_raising_codec_error_warns(failing_decode, operation, allowed):
    def decode(raw):
        raise ALLOWED[allowed]

    sock, *_ = failing_decode(decode=decode)
    with pytest.warns(RuntimeWarning, match="could not decode"):
        assert type(DECODERS[operation][0](sock)) is RawAddress


class Alarm(Exception):
    """An exception that signal handlers of programs raise to end a call."""


FOREIGN = (KeyboardInterrupt, SystemExit, MemoryError, RecursionError, TimeoutError, Alarm)


@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize("operation", DECODERS)
def test_decode_raising_other_exception_propagates(failing_decode, operation, foreign, recwarn):
    def decode(raw):
        raise foreign("for the program")

    sock, *_ = failing_decode(decode=decode)
    with pytest.raises(foreign, match="for the program"):
        DECODERS[operation][0](sock)
    assert not recwarn.list


@pytest.mark.skipif(WINDOWS, reason="no SIGUSR1")
@pytest.mark.parametrize("foreign", [KeyboardInterrupt, TimeoutError, Alarm])
@pytest.mark.parametrize("operation", DECODERS)
def test_decode_interrupted_by_signal_handler_propagates(failing_decode, operation, foreign, recwarn):
    def handler(*_):
        raise foreign("from the handler")

    def decode(raw):
        signal.raise_signal(signal.SIGUSR1)
        return "decoded"

    sock, *_ = failing_decode(decode=decode)
    before = signal.signal(signal.SIGUSR1, handler)
    try:
        with pytest.raises(foreign, match="from the handler"):
            DECODERS[operation][0](sock)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert not recwarn.list


@pytest.mark.parametrize("foreign", FOREIGN)
def test_accept_with_interrupted_decode_closes_the_connection(add_registration, closing, listener, foreign):
    def decode(raw):
        raise foreign("for the program")

    add_registration("families", (AF_INET, None), Codec(decode=decode))
    server, address = listener()
    client = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
    client.settimeout(LIMIT)
    client.connect(address)
    with pytest.raises(foreign, match="for the program"):
        server.accept()
    assert client.recv(1) == b""


def test_recvfrom_with_failing_decode_returns_the_data(failing_decode, recwarn):
    sock, *_ = failing_decode()
    assert sock.recvfrom(10)[0] == b"message"
    assert len(recwarn) == 1


@pytest.mark.parametrize("rubbish", [None, 5, b"bytes", object])
def test_decode_result_is_returned_unchanged(failing_decode, rubbish):
    sock, *_ = failing_decode(decode=lambda raw: rubbish)
    assert sock.recvfrom(10) == (b"message", rubbish)


def test_repr_with_failing_decode_returns_text(failing_decode):
    sock, *_ = failing_decode()
    with pytest.warns(RuntimeWarning, match="could not decode"):
        text = repr(sock)
    assert text.count("addr=RawAddress(b") == 2


def test_accept_with_failing_decode_returns_the_connection(add_registration, closing, listener):
    add_registration("families", (AF_INET, None), Codec(decode=raises))
    server, address = listener()
    client = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
    client.connect(address)
    with pytest.warns(RuntimeWarning, match=r"^accept\(\): the plugin of .* could not decode"):
        connection, peer = server.accept()
    with connection:
        assert type(peer) is RawAddress
        client.sendall(b"kept")
        assert connection.recv(10) == b"kept"


@pytest.mark.parametrize("operation", DECODERS)
@pytest.mark.parametrize("size", [2, 4, 8])
def test_decode_receives_at_most_size_bytes(failing_decode, operation, size):
    # The kernel reports the full length of a truncated address. Bytes after the end are not part of it.
    sock, _peer, _family = failing_decode(decode=lambda raw: raw, size=size)
    assert len(DECODERS[operation][0](sock)) == size


def test_family_that_needs_descriptor_can_use_ioctl(add_registration, closing):
    class WithIoctl(Codec):
        needs_descriptor = True

        def decode(self, raw, context):
            argument = bytearray(4)
            context.ioctl(FIONREAD, argument)
            return int.from_bytes(argument, sys.byteorder)

    add_registration("families", (AF_INET, None), WithIoctl())
    sock = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_DGRAM))
    sock.bind(loopback())
    assert sock.getsockname() == 0
    sock.sendto(b"12345", name_of(sock))
    assert sock.getsockname() == 5
