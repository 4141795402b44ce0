"""BaseSocket in C and in Python: both implementations, compared in one process."""

from __future__ import annotations

import array
import copy
import errno
import gc
import inspect
import io
import os
import pickle
import re
import sys
import threading
import time
import warnings

import implementations
import pytest
import systems
from implementations import BOTH, IN_C, IN_PYTHON
from systems import AF_INET, LIMIT, LOCAL, NEVER_OPEN, WINDOWS, loopback, name_of

import sockcore
from sockcore._plugins.discovery import registry
from sockcore.plugin import Family, RawAddress, sockaddr_header

if WINDOWS:
    pytest.skip("Windows has only one implementation, which other tests use", allow_module_level=True)

STREAM, DGRAM = int(sockcore.SOCK_STREAM), int(sockcore.SOCK_DGRAM)
SOL, SO_TYPE, SO_KEEPALIVE = int(sockcore.SOL_SOCKET), int(sockcore.SO_TYPE), int(sockcore.SO_KEEPALIVE)
SCM_RIGHTS = 1
PEEK = int(sockcore.MSG_PEEK)
CPYTHON = sys.implementation.name == "cpython"

PRIVATE = {"_accept", "_accept_socket"}
METHODS = {
    "_accept", "_accept_socket",
    "bind", "close", "connect", "connect_ex", "detach", "fileno", "getblocking", "getpeername",
    "getsockname", "getsockopt", "gettimeout", "listen", "recv", "recv_into", "recvfrom", "recvfrom_into", "recvmmsg",
    "recvmmsg_into",
    "recvmsg", "recvmsg_into", "send", "sendall", "sendmmsg", "sendmsg", "sendto", "setblocking", "setsockopt",
    "settimeout", "shutdown",
}  # fmt: skip
ATTRIBUTES = {"family", "proto", "timeout", "type"}

both = pytest.mark.parametrize("kind", BOTH)
side_by_side = pytest.mark.skipif(IN_C is None, reason="the native backend was not built")


@pytest.fixture
def opened(closing):
    """Return a function that opens a socket of a class, closed at the test's end."""

    def make(kind, *arguments, **keywords):
        sock = kind(*arguments, **keywords)
        closing.callback(sock.close)
        return sock

    return make


@pytest.fixture
def pair(opened):
    """Return a function that creates two connected sockets of a class."""

    def make(kind, sock_type=STREAM, timeout=None):
        socks = [opened(kind, LOCAL, sock_type, 0, sock.detach()) for sock in systems.socketpair(sock_type)]
        for sock in socks:
            sock.settimeout(timeout)
        return socks

    return make


@pytest.fixture
def udp(opened):
    """Return a function that creates a bound datagram socket."""

    def make(kind, timeout=LIMIT):
        sock = opened(kind, AF_INET, DGRAM)
        sock.bind(loopback())
        sock.settimeout(timeout)
        return sock

    return make


# ---------------------------------------------------------------------- the class


@both
def test_base_socket_has_all_methods_and_attributes(kind):
    public = {name for name in dir(kind) if not name.startswith("_")}
    of_plugins = {*registry().socket_methods} if issubclass(sockcore.socket, kind) else set()
    assert public - of_plugins == (METHODS | ATTRIBUTES) - PRIVATE
    assert all(callable(getattr(kind, name)) for name in PRIVATE)
    assert kind.__mro__ == (kind, object)


@both
def test_base_socket_private_names_are_mangled_or_absent(kind):
    private = {name for name in dir(kind) if name.startswith("_") and not name.startswith("__")} - PRIVATE
    assert {name for name in private if not name.startswith("_BaseSocket__")} == set()
    if kind is IN_C:
        assert private == set()


@both
def test_base_socket_has_the_name_of_the_public_class(kind):
    assert kind.__qualname__ == kind.__name__ == "socket"
    assert kind.__module__ == "sockcore"
    with pytest.raises(AttributeError, match=r"^type object '(sockcore\.)?socket' has no attribute 'nonsense'$"):
        _ = kind.nonsense


def words_of(thing):
    """Return the words of a docstring without markup."""
    return re.sub(r":\w+:`(.*?)`|``|\*", r"\1", inspect.getdoc(thing)).split()


@side_by_side
@pytest.mark.parametrize("name", sorted(METHODS | ATTRIBUTES))
def test_method_documentation_and_signature_are_equal(name):
    in_c, in_python = getattr(IN_C, name), getattr(IN_PYTHON, name)
    assert words_of(in_c) == words_of(in_python)
    if callable(in_c) and name not in ("getsockopt", "setsockopt", "sendto", "sendmsg"):
        parameters = [
            [(each.name, each.kind) for each in [*inspect.signature(function).parameters.values()][1:]]
            for function in (in_c, in_python)
        ]
        assert parameters[0] == parameters[1]


@side_by_side
def test_class_documentation_is_equal():
    assert words_of(IN_C) == words_of(IN_PYTHON)


@both
def test_subclass_has_a_dict_unless_it_declares_slots(kind):
    class Plain(kind):
        __slots__ = ("__weakref__",)

    class Open(kind):
        pass

    plain, extended = Plain.__new__(Plain), Open.__new__(Open)
    for name in ("attribute", "_fd", "_timeout"):
        with pytest.raises(AttributeError):
            setattr(plain, name, 1)
        setattr(extended, name, 1)
    assert not hasattr(plain, "__dict__")
    assert extended.__dict__ == {"attribute": 1, "_fd": 1, "_timeout": 1}
    assert extended.fileno() == -1
    assert extended.gettimeout() is None


@both
def test_base_socket_instance_has_no_dictionary_or_weak_references(kind):
    import weakref

    sock = kind.__new__(kind)
    assert not hasattr(sock, "__dict__")
    if CPYTHON:
        with pytest.raises(TypeError):
            weakref.ref(sock)

    class Weak(kind):
        __slots__ = ("__weakref__",)

    weak = Weak.__new__(Weak)
    assert weakref.ref(weak)() is weak


@both
def test_attributes_cannot_be_set_or_deleted(kind, opened):
    sock = opened(kind, AF_INET, DGRAM)
    for name in sorted(ATTRIBUTES):
        with pytest.raises(AttributeError):
            setattr(sock, name, 1)
        with pytest.raises(AttributeError):
            delattr(sock, name)
    with pytest.raises(AttributeError):
        sock.other = 1
    with pytest.raises(AttributeError):
        del sock.recv
    assert (sock.family, sock.type, sock.proto, sock.timeout) == (AF_INET, DGRAM, 0, None)


@both
def test_subclass_method_overrides_recv_until_deleted(kind, pair):
    class Loud(kind):
        def recv(self, size):
            return super().recv(size).upper()

    one, two = pair(Loud)
    one.send(b"data")
    assert two.recv(9) == b"DATA"
    del Loud.recv
    one.send(b"data")
    assert two.recv(9) == b"data"


@both
def test_base_socket_does_not_override_pickling(kind):
    assert "__getstate__" not in vars(kind)
    assert "__reduce_ex__" not in vars(kind)


class Reduced(sockcore.socket):
    def __reduce__(self):
        return int, (5,)


class WithState(sockcore.socket):
    def __getstate__(self):
        return {"number": 5}

    def __setstate__(self, state):
        self.state = state


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_subclass_may_define_pickling(protocol):
    with Reduced(AF_INET, DGRAM) as reduced, WithState(AF_INET, DGRAM) as sock:
        assert pickle.loads(pickle.dumps(reduced, protocol)) == copy.copy(reduced) == 5
        for other in (pickle.loads(pickle.dumps(sock, protocol)), copy.copy(sock)):
            assert (type(other), other.state) == (WithState, {"number": 5})


def test_public_socket_pickle_or_copy_raises_type_error():
    with sockcore.socket(AF_INET, DGRAM) as sock:
        for call in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="cannot pickle 'socket' object"):
                call(sock)


# ---------------------------------------------------------------------- construction


@both
def test_constructor_opens_the_requested_socket(kind, opened):
    for arguments, keywords, expected in (
        ((LOCAL,), {}, (LOCAL, STREAM, 0)),
        ((LOCAL, -1, -1), {}, (LOCAL, STREAM, 0)),
        ((AF_INET, DGRAM, 17), {}, (AF_INET, DGRAM, 17)),
        ((), {"family": LOCAL, "type": DGRAM, "proto": 0, "fileno": None}, (LOCAL, DGRAM, 0)),
        ((True,), {}, (1, STREAM, 0)),
    ):
        sock = opened(kind, *arguments, **keywords)
        found = sock.family, sock.type, sock.proto
        assert (found, [*map(type, found)]) == (expected, [int] * 3)
        assert sock.fileno() >= 0
        assert not os.get_inheritable(sock.fileno())
        assert repr(sock) == "<socket object, fd={}, family={}, type={}, proto={}>".format(sock.fileno(), *expected)


@pytest.mark.skipif(not hasattr(sockcore, "SOCK_NONBLOCK"), reason="no SOCK_NONBLOCK")
@both
def test_type_excludes_flags(kind, opened):
    sock = opened(kind, LOCAL, STREAM | sockcore.SOCK_NONBLOCK | sockcore.SOCK_CLOEXEC)
    assert (sock.type, sock.timeout, os.get_blocking(sock.fileno())) == (STREAM, 0.0, False)


@both
def test_constructor_with_fileno_reads_numbers_from_the_system(kind, opened):
    new_sock = kind(AF_INET, DGRAM)
    sock = opened(kind, fileno=new_sock.detach())
    assert (sock.family, sock.type) == (AF_INET, DGRAM)
    assert sock.proto == (17 if hasattr(sockcore, "SO_PROTOCOL") else 0)
    other = opened(kind, LOCAL, STREAM, 5, sock.fileno())
    assert (other.family, other.type, other.proto) == (LOCAL, STREAM, 5)
    other.detach()


@both
def test_new_sockets_have_the_default_timeout(kind, opened):
    sockcore.setdefaulttimeout(7.5)
    try:
        sock = opened(kind, AF_INET, DGRAM)
        assert sock.gettimeout() == sock.timeout == 7.5
        assert not os.get_blocking(sock.fileno())
        assert opened(kind, fileno=os.dup(sock.fileno())).timeout == 7.5
    finally:
        sockcore.setdefaulttimeout(None)
    sock = opened(kind, AF_INET, DGRAM)
    assert sock.timeout is None
    assert os.get_blocking(sock.fileno())


@both
def test_init_called_again_opens_another_descriptor(kind, opened):
    sock = opened(kind, AF_INET, DGRAM)
    sock.settimeout(3)
    before = sock.fileno()
    sock.__init__(LOCAL, STREAM)
    assert (sock.family, sock.type, sock.timeout) == (LOCAL, STREAM, None)
    assert sock.fileno() != before
    os.close(before)  # Matches CPython: the first descriptor is forgotten
    with pytest.raises(OSError):
        sock.__init__(AF_INET, 77)
    assert (sock.family, sock.type) == (LOCAL, STREAM)


@both
@pytest.mark.usefixtures("no_leak")
def test_constructor_after_failure_leaves_socket_unopened(kind):
    sock = kind.__new__(kind)
    for arguments in ((250, STREAM), (LOCAL, 77), (AF_INET, STREAM, 12345), (LOCAL, STREAM, 0, NEVER_OPEN)):
        with pytest.raises(OSError):
            sock.__init__(*arguments)
        assert (sock.family, sock.type, sock.proto, sock.fileno(), sock.timeout) == (0, 0, 0, -1, None)


@both
def test_native_base_socket_before_rules_are_loaded_raises_runtime_error(kind, python):
    code = """
        import sockcore._native
        for call in (lambda: sockcore._native.BaseSocket(2, 1), lambda: sockcore._native.BaseSocket(fileno=0),
                     lambda: sockcore._native.BaseSocket.__new__(sockcore._native.BaseSocket).bind(b"")):
            try:
                call()
            except RuntimeError as problem:
                print(problem)
    """
    if kind is IN_PYTHON:
        pytest.skip("the rules of this implementation are imported")
    printed = python(code).splitlines()
    assert printed == ["sockcore._native has no rules: import sockcore, whose socket class loads them"] * 3


# ---------------------------------------------------------------------- objects that were not opened

UNOPENED = {
    "_accept": (), "_accept_socket": (sockcore.socket, 2, 1, 0),
    "bind": (loopback(),), "connect": (loopback(9),), "connect_ex": (loopback(9),), "getpeername": (),
    "getsockname": (), "getsockopt": (SOL, SO_TYPE), "listen": (), "recv": (1,), "recv_into": (bytearray(1),),
    "recvfrom": (1,), "recvfrom_into": (bytearray(1),), "recvmmsg": (1, 1), "recvmmsg_into": ([bytearray(1)],),
    "recvmsg": (1,), "recvmsg_into": ([bytearray(1)],), "send": (b"x",), "sendall": (b"x",), "sendmmsg": ([b"x"],),
    "sendmsg": ([b"x"],), "sendto": (b"x", loopback(9)), "setblocking": (False,), "setsockopt": (SOL, SO_KEEPALIVE, 1),
    "settimeout": (1,), "shutdown": (0,),
}  # fmt: skip


def test_unopened_socket_methods_are_all_tested():
    assert {*UNOPENED} == METHODS - {"close", "detach", "fileno", "getblocking", "gettimeout"}


@both
@pytest.mark.parametrize("name", UNOPENED)
def test_unopened_socket_method_raises_ebadf(kind, name):
    sock = kind.__new__(kind)
    if name == "connect_ex":
        assert sock.connect_ex(loopback(9)) == errno.EBADF
        return
    with pytest.raises(OSError) as refusal:
        getattr(sock, name)(*UNOPENED[name])
    assert refusal.value.errno == errno.EBADF


@both
@pytest.mark.parametrize("ended", ["close", "detach"])
def test_closed_socket_method_raises_ebadf(kind, opened, ended):
    sock = opened(kind, AF_INET, DGRAM)
    copy = os.dup(sock.fileno())
    getattr(sock, ended)()
    os.close(copy)
    for name, arguments in UNOPENED.items():
        if name == "connect_ex":
            assert sock.connect_ex(*arguments) == errno.EBADF
            continue
        with pytest.raises(OSError) as refusal:
            getattr(sock, name)(*arguments)
        assert refusal.value.errno == errno.EBADF, name
    assert sock.fileno() == -1


@both
def test_close_of_unopened_socket_has_no_effect(kind):
    sock = kind.__new__(kind)
    assert sock.close() is None
    assert sock.detach() == -1
    assert (sock.fileno(), sock.getblocking(), sock.gettimeout()) == (-1, True, None)
    assert repr(sock) == "<socket object, fd=-1, family=0, type=0, proto=0>"


# ---------------------------------------------------------------------- data


@both
@pytest.mark.parametrize("timeout", [None, LIMIT, 0])
def test_transfer_methods_send_and_receive_all_data(kind, pair, timeout):
    one, two = pair(kind, STREAM, timeout)
    buffer = bytearray(b"....")
    assert one.send(b"data") == 4
    assert two.recv(2) == b"da"
    assert two.recv(9) == b"ta"
    assert one.send(memoryview(b"data")[1:], 0) == 3
    assert two.recv_into(buffer) == 3
    assert buffer == b"ata."
    assert one.sendall(array.array("H", [0x4142, 0x4142])) is None
    assert two.recv_into(buffer, 1) == 1
    assert two.recv_into(buffer=memoryview(buffer)[1:], nbytes=0, flags=0) == 3
    assert buffer in (b"BABA", b"ABAB")
    assert one.sendmsg([b"da", bytearray(b"ta"), b""]) == 4
    assert two.recvfrom(3) == (b"dat", None)
    assert two.recvfrom_into(buffer) == (1, None)
    assert buffer[:1] == b"a"
    one.sendmsg((b"12345678",), [], 0, None)
    assert two.recvmsg(3) == (b"123", [], 0, None)
    assert two.recvmsg_into([bytearray(1), buffer[:0], buffer]) == (5, [], 0, None)
    assert buffer == b"5678"
    one.close()
    assert two.recv(9) == b""
    assert two.recv(0) == b""


@both
def test_recvfrom_of_datagram_returns_sender_address(kind, udp):
    one, two = udp(kind), udp(kind)
    own, other = (bytes(name_of(sock)) for sock in (one, two))

    def raw(address):
        if not address or isinstance(address, bytes):
            return address and bytes(address)
        host, port = address  # sockcore-inet is installed
        return own[:2] + port.to_bytes(2, "big") + bytes(map(int, host.split("."))) + bytes(8)

    assert one.sendto(b"data", RawAddress(other)) == 4
    assert one.sendto(b"data", 0, RawAddress(other)) == 4
    assert one.sendmsg([b"da", b"ta"], [], 0, RawAddress(other)) == 4
    assert one.sendmmsg([(b"data", RawAddress(other)), ([b"da", b"ta"], RawAddress(other), ())]) == 2
    buffer = bytearray(9)
    received = [two.recvfrom(9), two.recvfrom_into(buffer), two.recvmsg(9), *two.recvmmsg(5, 9)]
    assert [part[0] for part in received] == [b"data", 4, b"data", b"data", b"data"]
    assert [raw(part[-1]) for part in received] == [own] * 5
    assert raw(one.getsockname()) == own
    one.connect(RawAddress(other))
    assert one.connect_ex(RawAddress(other)) == 0
    assert bytes(one.send(b"x")) == bytes(1)


@both
@pytest.mark.parametrize("how", ["0", 0.0, None])
def test_shutdown_with_invalid_argument_raises_and_leaves_the_connection(kind, pair, how):
    sock, two = pair(kind)
    with pytest.raises(TypeError):
        sock.shutdown(how)
    two.send(b"data")
    assert sock.recv(9) == b"data"


@both
def test_accept_of_stream_returns_non_inheritable_descriptor(kind, opened):
    listener, client = opened(kind, AF_INET), opened(kind, AF_INET)
    listener.bind(loopback())
    assert listener.listen() is None
    assert listener.listen(3) is None
    assert listener.listen(-1) is None
    assert client.connect(name_of(listener)) is None
    fd, _ = listener._accept()
    assert type(fd) is int
    assert not os.get_inheritable(fd)
    accepted = opened(kind, fileno=fd)
    assert bytes(name_of(accepted)) == bytes(name_of(listener))
    assert accepted.shutdown(1) is None
    assert client.recv(9) == b""
    listener.settimeout(0)
    with pytest.raises(BlockingIOError):
        listener._accept()
    listener.settimeout(0.01)
    with pytest.raises(sockcore.timeout, match=r"^timed out$"):
        listener._accept()


def class_that_fails(kind, way):
    """Return a subclass whose constructor fails at one of four moments.

    They are: before it owns the descriptor, after that, after it has closed it, and after it has opened another one.
    """

    class Fails(kind):
        reused = -1

        def __init__(self, *arguments, **keywords):
            if way == "early":
                raise KeyError
            if way == "another":
                keywords = {}
            super().__init__(*arguments, **keywords)
            if way == "closed":
                self._closed = True
                self.close()
                Fails.reused = os.open(os.devnull, os.O_RDONLY)
            raise KeyError

    return Fails


@both
@pytest.mark.usefixtures("no_leak")
def test_accept_socket_returns_instance_of_given_class(kind, opened):
    listener, client = opened(kind, AF_INET), opened(kind, AF_INET)
    listener.bind(loopback())
    listener.listen()
    client.connect(name_of(listener))
    sock, address = listener._accept_socket(sockcore.socket, AF_INET, STREAM, 0)
    with sock:
        assert type(sock) is sockcore.socket
        assert (sock.family, sock.type, sock.proto) == (AF_INET, STREAM, 0)
        assert bytes(name_of(sock)) == bytes(name_of(listener))
        assert address is not None
        client.send(b"data")
        assert sock.recv(9) == b"data"


@both
@pytest.mark.parametrize("way", ["early", "late", "closed", "another"])
@pytest.mark.usefixtures("no_leak")
def test_accept_socket_with_failing_constructor_closes_descriptor(kind, way, opened):
    listener, client = opened(kind, AF_INET), opened(kind, AF_INET)
    listener.bind(loopback())
    listener.listen()
    client.connect(name_of(listener))
    cls = class_that_fails(kind, way)
    with pytest.raises(KeyError):
        listener._accept_socket(cls, AF_INET, STREAM, 0)
    if way == "closed":
        os.close(cls.reused)  # EBADF after closing twice
    client.settimeout(LIMIT)
    assert client.recv(1) == b""  # the connection is closed


@both
@pytest.mark.parametrize("cls", [type(iter([])), int, 5])
@pytest.mark.usefixtures("no_leak")
def test_accept_socket_of_other_class_raises_type_error(kind, cls, opened):
    listener, client = opened(kind, AF_INET), opened(kind, AF_INET)
    listener.bind(loopback())
    listener.listen()
    client.connect(name_of(listener))
    with pytest.raises(TypeError):
        listener._accept_socket(cls, AF_INET, STREAM, 0)
    client.settimeout(LIMIT)
    assert client.recv(1) == b""


@both
def test_connect_refused_raises_or_returns_errno(kind, opened):
    taken = opened(kind, AF_INET)
    taken.bind(loopback())  # nobody listens
    for timeout in (None, LIMIT):
        one, two = opened(kind, AF_INET), opened(kind, AF_INET)
        one.settimeout(timeout)
        two.settimeout(timeout)
        with pytest.raises(ConnectionRefusedError):
            one.connect(name_of(taken))
        assert two.connect_ex(name_of(taken)) == errno.ECONNREFUSED


@pytest.fixture
def passed():
    """Return control messages that pass one file descriptor."""
    with open(os.devnull, "rb") as file:
        yield [(SOL, SCM_RIGHTS, array.array("i", [file.fileno()]))]


@both
@pytest.mark.usefixtures("no_leak")
def test_recvmsg_returns_control_messages_with_data(kind, pair, passed):
    one, two = pair(kind, DGRAM)
    assert one.sendmsg([b"a"], passed) == 1
    assert one.sendmsg([b"b"], iter(passed), 0, None) == 1
    assert one.sendmmsg([(b"c", None, passed), b"d"]) == 2
    received = [two.recvmsg(9, 100), two.recvmsg_into([bytearray(9)], 2000), *two.recvmmsg(2, 9, 100)]
    fds = []
    for _, messages, flags, address in received:
        assert (flags & ~0x40000000, address) == (0, None)  # MSG_CMSG_CLOEXEC
        for level, cmsg_type, data in messages:
            assert (level, cmsg_type, type(data)) == (SOL, SCM_RIGHTS, bytes)
            fds += array.array("i", data)
    assert [part[0] for part in received] == [b"a", 1, b"c", b"d"]
    assert [len(part[1]) for part in received] == [1, 1, 1, 0]
    for fd in fds:
        os.close(fd)
    for sock in (one, two):
        sock.close()


@both
def test_batches_preserve_message_order(kind, pair):
    one, two = pair(kind, DGRAM, 20)
    batch = [b"%d" % number for number in range(20)]
    assert one.sendmmsg(batch[:5]) + one.sendmmsg(iter(batch[5:7])) == 7
    assert [data for data, *_ in two.recvmmsg(3, 9)] == batch[:3]
    buffers = [bytearray(9) for _ in range(9)]
    assert two.recvmmsg_into(buffers) == [(1, [], 0, None)] * 4
    assert [bytes(buffer[:1]) for buffer in buffers[:5]] == [*batch[3:7], b"\0"]
    assert (two.recvmmsg(0, 9), two.recvmmsg_into([]), one.sendmmsg([])) == ([], [], 0)


@both
def test_batch_error_is_raised_by_the_next_call(kind, pair):
    one, two = pair(kind, DGRAM, 20)
    too_large = bytes(one.getsockopt(SOL, sockcore.SO_SNDBUF) + (1 << 16))
    assert one.sendmmsg([b"a", too_large, b"b"]) == 1
    with pytest.raises(OSError) as refusal:
        one.sendmmsg([b"c"])
    assert refusal.value.errno == errno.EMSGSIZE
    assert one.sendmmsg([b"c"]) == 1
    assert [data for data, *_ in two.recvmmsg(9, 9)] == [b"a", b"c"]


@both
def test_getsockopt_returns_int_or_bytes(kind, opened):
    sock = opened(kind, AF_INET, STREAM)
    assert sock.getsockopt(SOL, SO_TYPE) == STREAM
    assert sock.getsockopt(SOL, SO_TYPE, 4) == STREAM.to_bytes(4, sys.byteorder)
    if "EMULATED_ARCHITECTURE" not in os.environ:  # qemu writes the lowest byte first, whatever the byte order
        assert sock.getsockopt(SOL, SO_TYPE, 2) == STREAM.to_bytes(4, sys.byteorder)[:2]
    assert sock.getsockopt(SOL, SO_TYPE, 5000) == STREAM.to_bytes(4, sys.byteorder)
    for value in (1, True, (1).to_bytes(4, sys.byteorder), bytearray(4), memoryview(b"1234"), array.array("i", [1])):
        assert sock.setsockopt(SOL, SO_KEEPALIVE, value) is None
        assert bool(sock.getsockopt(SOL, SO_KEEPALIVE)) is (value != bytearray(4))
    with pytest.raises(OSError) as refusal:
        sock.setsockopt(SOL, SO_KEEPALIVE, None, 4)
    assert refusal.value.errno == errno.EFAULT
    with pytest.raises(OSError) as refusal:
        sock.getsockopt(SOL, 9999)
    assert refusal.value.errno == errno.ENOPROTOOPT


class Wide(Family):
    """A family whose SOL_SOCKET options have 64 bits."""

    number, name, wide_levels = LOCAL, "AF_WIDE", frozenset({SOL})

    def encode(self, address, context):
        return b""

    def decode(self, raw, context):
        return raw


@pytest.mark.skipif(not hasattr(sockcore, "SO_COOKIE"), reason="no option of 64 bits")
@both
def test_getsockopt_of_64_bits_returns_unsigned_int(kind, opened, add_registration):
    add_registration("families", (LOCAL, None), Wide())
    sock = opened(kind, LOCAL)
    cookie = sock.getsockopt(SOL, sockcore.SO_COOKIE)
    assert cookie == int.from_bytes(sock.getsockopt(SOL, sockcore.SO_COOKIE, 8), sys.byteorder) != 0
    for number in (-1, 1 << 64):
        with pytest.raises(OverflowError):
            sock.setsockopt(SOL, SO_KEEPALIVE, number)
    sock.setsockopt(SOL, SO_KEEPALIVE, 1)


# ---------------------------------------------------------------------- the timeout


@both
def test_settimeout_and_setblocking_set_timeout_and_blocking_mode(kind, opened):
    sock = opened(kind, AF_INET, DGRAM)
    for value, expected in (
        (None, None), (0, 0.0), (1, 1.0), (2.5, 2.5), (True, 1.0), (1e-10, 1e-9), (-0.0, 0.0),
        (1 << 31, float(1 << 31)), (9e9, 9e9), (0.1, 0.1),
    ):  # fmt: skip
        assert sock.settimeout(value) is None
        assert (sock.gettimeout(), sock.timeout) == (expected, expected)
        assert sock.getblocking() is (expected != 0)
        assert os.get_blocking(sock.fileno()) is (expected is None)
    for flag in (False, True, [], "x", 0, 2):
        assert sock.setblocking(flag) is None
        assert sock.gettimeout() == (None if flag else 0.0)
        assert sock.getblocking() is bool(flag)


@both
@pytest.mark.parametrize("name", ["recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into",
                                  "recvmmsg", "recvmmsg_into"])  # fmt: skip
def test_recv_without_data_raises_timeout_or_blocking_io_error(kind, pair, name):
    one, _ = pair(kind, DGRAM, 0)
    call = lambda: getattr(one, name)(*UNOPENED[name])  # noqa: E731
    with pytest.raises(BlockingIOError):
        call()
    one.settimeout(0.02)
    for _ in range(2):  # the second call polls first
        before = time.monotonic()
        with pytest.raises(sockcore.timeout, match=r"^timed out$") as refusal:
            call()
        assert type(refusal.value) is sockcore.timeout
        assert refusal.value.errno is None
        assert time.monotonic() - before >= 0.02 - 1e-3


@both
@pytest.mark.parametrize("timeout", [0, 0.2])
def test_sendall_after_error_sets_characters_written(kind, pair, timeout):
    one, two = pair(kind, STREAM, timeout)
    with pytest.raises(OSError) as refusal:
        one.sendall(bytes(1 << 24))
    assert type(refusal.value) is (sockcore.timeout if timeout else BlockingIOError)
    assert refusal.value.characters_written > 0
    one.close()
    two.settimeout(LIMIT)
    assert sum(map(len, iter(lambda: two.recv(1 << 20), b""))) == refusal.value.characters_written


@both
def test_sendall_with_slow_reader_times_out_at_the_deadline(kind, pair, background):
    one, two = pair(kind, STREAM, 0.05)
    two.settimeout(LIMIT)  # only the sender has a short timeout
    ended = threading.Event()

    def read_slowly():
        while not ended.is_set() and two.recv(1 << 14):
            time.sleep(0.0005)

    background(read_slowly)
    try:
        with pytest.raises(sockcore.timeout):
            one.sendall(bytes(1 << 26))
    finally:
        ended.set()
        one.close()


# ---------------------------------------------------------------------- wrong arguments


class Index:
    def __init__(self, number):
        self.number = number

    def __index__(self):
        return self.number


class Failing:
    """An object that is neither a number nor a buffer.

    It raises its own exception in __index__() and __iter__().
    """

    def __index__(self):
        raise ZeroDivisionError("no number")

    def __iter__(self):
        raise ZeroDivisionError("no items")


#: Without a GIL, the interpreter reserves 1 TiB for the C code. The kernel refuses the mapping of the Python code.
RESERVES_ANY_SIZE = "t" in getattr(sys, "abiflags", "")
WRONG_NUMBERS = [
    1.0, "1", None, b"1", object(), Failing(), 1 << 31, 1 << 63, 1 << 80, -(1 << 31) - 1, -(1 << 80), Index(1 << 40),
    Index("x"),
]  # fmt: skip
WRONG_BUFFERS = ["text", None, 5, object(), memoryview(b"12345678")[::2], [b"x"], Failing()]
READ_ONLY = [b"bytes", memoryview(b"view"), "text", None, 5, memoryview(bytearray(8))[::2], [bytearray(1)]]
WRONG_ITERABLES = [5, None, Failing(), object()]


def wrong_calls():
    """Return calls with wrong arguments: the name of the method, and the arguments."""
    calls = []

    def add(name, *arguments):
        calls.append((name, arguments))

    for number in WRONG_NUMBERS:
        for name in ("recv", "recvfrom", "listen", "shutdown", "recvmsg", "getsockopt"):
            add(name, number)
        for name in ("recv", "recvfrom"):
            add(name, 1, number)
            add(name, number, "flags")
        for name in ("recv_into", "recvfrom_into"):
            add(name, bytearray(4), number)
            add(name, bytearray(4), 0, number)
            add(name, b"read only", number, number)
        for name in ("send", "sendall"):
            add(name, b"x", number)
            add(name, "text", number)
        add("recvmsg", 1, number)
        add("recvmsg", 1, 0, number)
        add("recvmsg", number, number, number)
        add("recvmsg_into", [bytearray(1)], number)
        add("recvmsg_into", [bytearray(1)], 0, number)
        add("recvmsg_into", [b"x"], number)
        add("recvmmsg", number, 1)
        add("recvmmsg", 1, number)
        add("recvmmsg", 1, 1, number)
        add("recvmmsg", 1, 1, 0, number)
        add("recvmmsg_into", [bytearray(1)], number)
        add("recvmmsg_into", [bytearray(1)], 0, number)
        add("sendmsg", [b"x"], [], number)
        add("sendmmsg", [b"x"], number)
        add("sendto", b"x", number, loopback(9))
        add("getsockopt", number, 1)
        add("getsockopt", SOL, number)
        add("getsockopt", SOL, SO_TYPE, number)
        add("getsockopt", number, number, number)
        add("setsockopt", number, 1, 1)
        add("setsockopt", SOL, number, 1)
        add("setsockopt", SOL, 9999, number)
        add("setsockopt", SOL, 9999, number, 4)
        add("setsockopt", SOL, 9999, None, number)
        add("sendmsg", [b"x"], [(number, 1, b"")])
        add("sendmsg", [b"x"], [(SOL, number, b"")])
        add("sendmmsg", [(b"x", None, [(number, 1, b"")])])
        for position in range(4):
            add("__init__", *[LOCAL, STREAM, 0, NEVER_OPEN][:position], number)
    for value in (-1, -5, -(1 << 40), -1e-10, -1.0, float("nan"), float("inf"), -float("inf"), 1e300, 1 << 80, 1 << 63,
                  "1", b"1", object(), Failing(), [], 1j, Index(3), Index(-3)):  # fmt: skip
        add("settimeout", value)
    for buffer in WRONG_BUFFERS:
        for name in ("send", "sendall"):
            add(name, buffer)
        add("sendto", buffer, loopback(9))
        add("sendmsg", [b"x", buffer])
        add("sendmmsg", [b"x", buffer])
        add("sendmmsg", [(buffer, None)])
        add("sendmmsg", [[b"x", buffer]])
        add("sendmsg", [b"x"], [(SOL, 1, buffer)])
        add("setsockopt", SOL, 9999, buffer)
    for buffer in READ_ONLY:
        for name in ("recv_into", "recvfrom_into"):
            add(name, buffer)
        add("recvmsg_into", [bytearray(1), buffer])
        add("recvmmsg_into", [bytearray(1), buffer])
        add("recvmmsg_into", [[bytearray(1), buffer]])
    for iterable in WRONG_ITERABLES:
        add("sendmsg", iterable)
        add("sendmsg", [b"x"], iterable)
        add("sendmmsg", iterable)
        add("recvmsg_into", iterable)
        add("recvmmsg_into", iterable)
    for item in ((), (1,), (1, 1), (1, 1, b"", 1), 5, None, "abc", [SOL, 1, b""]):
        add("sendmsg", [b"x"], [item])
        add("sendmmsg", [(b"x", None, [item])])
    for message in ((), (b"x", None, (), 1), (b"x", None, 5)):
        add("sendmmsg", [message])
    for name in ("recv", "recvfrom", "recvmsg"):
        for size in (-1, -(1 << 31), -sys.maxsize - 1):
            add(name, size)
    for size in (-1, 5, 1 << 40):
        add("recv_into", bytearray(4), size)
        add("recvfrom_into", bytearray(4), size)
    for size in (-1, 1 << 31, sys.maxsize):
        add("recvmsg", 1, size)
        add("recvmsg_into", [bytearray(1)], size)
        add("recvmmsg", 1, 1, size)
        add("recvmmsg", -1, -1, size)
        add("recvmmsg", 1, -1, size)
        add("recvmmsg_into", [bytearray(1)], size)
    for address in (None, 5, "text", (), ("x",), b"", b"1", RawAddress(b""), RawAddress(b"1"), RawAddress(bytes(129)),
                    object(), Failing(), [1, 2]):  # fmt: skip
        for name in ("bind", "connect", "connect_ex"):
            add(name, address)
        add("sendto", b"x", address)
        add("sendto", "text", address)
        add("sendto", b"x", 1.0, address)
        if address is not None:
            add("sendmsg", [b"x"], [], 0, address)
            add("sendmsg", 5, 5, 0, address)
            add("sendmmsg", [(b"x", address)])
    return calls


def too_many_or_few():
    """Return calls with a wrong number of arguments."""
    for name in sorted(METHODS | {"__init__"}):
        yield name, (0,) * 9
        yield name, (b"x",) * 9
        if name not in ("_accept", "close", "detach", "fileno", "getblocking", "getpeername", "getsockname",
                        "gettimeout", "listen", "__init__"):  # fmt: skip
            yield name, ()


def outcome(sock, name, arguments, keywords=None):
    """Return the result of a call, or the type and arguments of its exception."""
    try:
        return repr(getattr(sock, name)(*arguments, **keywords or {}))
    except Exception as exc:
        return type(exc), getattr(exc, "errno", None), str(exc)


def without_place(outcome):
    """Return an outcome without the addresses of objects."""
    # A message about the number of arguments contains the name of the rule or the method.
    return re.sub(r"0x[0-9a-f]+", "0x", repr(outcome)).replace("socket.", "")


@side_by_side
@pytest.mark.parametrize("sock_type", [STREAM, DGRAM])
@pytest.mark.usefixtures("no_leak")
def test_wrong_arguments_raise_equal_exceptions(pair, sock_type):
    different = []
    for name, arguments in wrong_calls():
        found = []
        for kind in (IN_C, IN_PYTHON):
            sock = kind.__new__(kind) if name == "__init__" else kind(AF_INET, sock_type)
            if name != "__init__":
                sock.settimeout(0)
            found.append(without_place(outcome(sock, name, arguments)))
            sock.close()
        if found[0] != found[1] and not (RESERVES_ANY_SIZE and "MemoryError" in str(found)):
            different.append((name, arguments, *found))
    assert different == []


@both
@pytest.mark.usefixtures("no_leak")
def test_wrong_arguments_raise_before_any_transfer(kind, pair):
    one, two = pair(kind, DGRAM, 0)
    one.send(b"kept")
    for name, arguments in wrong_calls():
        if name in ("bind", "connect", "connect_ex", "sendto", "listen", "shutdown", "__init__", "settimeout"):
            continue
        result = outcome(two, name, arguments)
        if name.startswith("send") and isinstance(result, str) and result.isdigit():
            # Some arguments are valid: a list of buffers for one message, and an SCM_RIGHTS message without data.
            for _ in range(int(result) if name == "sendmmsg" else 1):
                one.recv(9)
            continue
        # A size of 2**31 is valid if there is enough memory, and a list of buffers is valid for one message.
        if name.startswith("recv") and isinstance(result, str) and ("b'k" in result or result.startswith("[(1, ")):
            one.send(b"kept")
            continue
        assert isinstance(result, tuple) or result in ("None", "b''", "[]"), (name, arguments, result)
    assert two.recv(9) == b"kept"
    with pytest.raises(BlockingIOError):
        one.recv(9)
    two.close()
    one.close()


@both
@pytest.mark.parametrize(("name", "arguments"), [*too_many_or_few()])
def test_wrong_number_of_arguments_raises_type_error(kind, opened, name, arguments):
    sock = opened(kind, AF_INET, DGRAM)
    before = sock.fileno()
    with pytest.raises(TypeError):
        getattr(sock, name)(*arguments)
    assert sock.fileno() == before


@both
def test_recv_into_accepts_keywords_and_unknown_ones_raise_type_error(kind, pair):
    one, two = pair(kind, STREAM, 0)
    one.send(b"data")
    assert two.recv_into(buffer=bytearray(2), nbytes=1, flags=0) == 1
    assert two.recvfrom_into(bytearray(2), flags=0, nbytes=1) == (1, None)
    for name in sorted(METHODS - {"recv_into", "recvfrom_into"}):
        with pytest.raises(TypeError):
            getattr(one, name)(unknown=1)
    for keywords in ({"size": 1}, {"bufsize": 1}, {"buffer": bytearray(1), "other": 1}):
        with pytest.raises(TypeError):
            two.recv_into(**keywords)


def rare_type_calls():
    """Return valid calls whose numbers and buffers have rare types."""
    for number in (2, True, Index(2)):
        yield "recv", (number,)
        yield "recv", (number, Index(0))
        yield "recvfrom", (number, PEEK)
        yield "recvmsg", (number, Index(20), 0)
        yield "recvmmsg", (number, Index(3), True, 0)
        yield "recv_into", (bytearray(8), number)
        yield "recvfrom_into", (memoryview(bytearray(8)), number, Index(0))
        yield "getsockopt", (SOL, Index(SO_TYPE), number)
        yield "setsockopt", (Index(SOL), SO_KEEPALIVE, number)
        yield "send", (b"x", Index(0))
        yield "sendmsg", ([b"x"], (), Index(0))
        yield "sendmmsg", ([b"x"], Index(0))
    for buffer in (array.array("H", [1, 2]), memoryview(bytearray(6)).cast("B", (2, 3)), bytearray(0), memoryview(b""),
                   memoryview(bytearray(0)).cast("B"), io.BytesIO(b"data").getbuffer()):  # fmt: skip
        yield "send", (buffer,)
        yield "sendall", (buffer,)
        yield "sendmsg", ([buffer, buffer],)
        yield "sendmmsg", ([buffer, (buffer,), [buffer, buffer]],)
        yield "setsockopt", (SOL, 9999, buffer)
        if not memoryview(buffer).readonly:
            yield "recv_into", (buffer,)
            yield "recvfrom_into", (buffer,)
            yield "recvmsg_into", ([buffer, buffer],)
            yield "recvmmsg_into", ([buffer, (buffer, buffer)],)
    yield "recv", (0,)
    yield "recvfrom", (0,)
    yield "recvmsg", (0,)
    yield "recvmmsg", (5000, 1)
    if "EMULATED_ARCHITECTURE" not in os.environ:  # qemu rejects a message without buffers
        yield "recvmsg_into", ([],)
        yield "sendmsg", ([],)
    yield "sendmsg", (iter([b"a", b"b"]), iter(()))
    yield "sendmmsg", (iter([b"a", (b"b", None)]),)
    yield "getsockopt", (SOL, SO_TYPE, 3)
    yield "getsockopt", (-1, -1)


@side_by_side
@pytest.mark.parametrize("sock_type", [STREAM, DGRAM])
@pytest.mark.parametrize("timeout", [None, LIMIT, 0])
def test_arguments_of_rare_types_have_equal_results(pair, sock_type, timeout):
    for (name, arguments), (_, same) in zip(rare_type_calls(), rare_type_calls()):
        found = []
        for kind, passed in ((IN_C, arguments), (IN_PYTHON, same)):
            one, two = pair(kind, sock_type, timeout)
            for _ in range(3):
                one.send(b"12345678")
            found.append((outcome(two, name, passed), one.getsockopt(SOL, SO_KEEPALIVE)))
            one.settimeout(0)
            for sock in (one, two):
                sock.settimeout(0)
                found[-1] += (outcome(sock, "recv", (100,)),)
                sock.close()
        assert found[0] == found[1], (name, arguments)


# ---------------------------------------------------------------------- audit events


@pytest.fixture
def events():
    """Collect the audit events of sockets: name, and arguments without the socket."""
    seen, active = [], [True]

    def hook(event, arguments):
        if active[0] and event.startswith("socket."):
            seen.append((event, arguments[1:], arguments[0]))

    sys.addaudithook(hook)
    yield seen
    active[0] = False


@both
def test_audit_events_name_the_socket_and_the_address(kind, opened, udp, events):
    _sock, other = udp(kind), udp(kind)
    name = name_of(other)
    events.clear()
    new = opened(kind, AF_INET, DGRAM)
    opened(kind, AF_INET, DGRAM, 17, new.fileno()).detach()
    new.bind(loopback())
    new.connect(name)
    new.connect_ex(name)
    new.sendto(b"x", name)
    new.sendmsg([b"x"])
    new.sendmsg([b"x"], [], 0, name)
    new.sendmmsg([b"x", (b"x", name)])
    expected = [
        ("socket.__new__", (AF_INET, DGRAM, 0)), ("socket.__new__", (AF_INET, DGRAM, 17)),
        ("socket.bind", (loopback(),)), ("socket.connect", (name,)), ("socket.connect", (name,)),
        ("socket.sendto", (name,)), ("socket.sendmsg", (None,)), ("socket.sendmsg", (name,)),
        ("socket.sendmsg", (None,)), ("socket.sendmsg", (name,)),
    ]  # fmt: skip
    assert [event[:2] for event in events] == expected
    assert [event[2] is new for event in events] == [True, False, *[True] * 8]


# ---------------------------------------------------------------------- codecs


class Hooks(Family):
    """A family that records its calls."""

    number, name, size = LOCAL, "AF_HOOKS", 20

    def __init__(self, **properties):
        vars(self).update(properties)
        self.calls = []

    def encode(self, address, context):
        self.calls.append(("encode", context.operation, address))
        if isinstance(address, BaseException):
            raise address
        return address if isinstance(address, bytes) or address == "wrong" else sockaddr_header(LOCAL, 8) + b"name\0\0"

    def decode(self, raw, context):
        self.calls.append(("decode", context.operation, raw))
        if b"bad" in raw:
            raise KeyError("bad")
        return "decoded"


@both
def test_codec_receives_every_address_with_its_operation(kind, opened, add_registration, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    codec = Hooks()
    add_registration("families", (LOCAL, None), codec)
    one, two = opened(kind, LOCAL, DGRAM), opened(kind, LOCAL, DGRAM)
    one.bind("a name")
    two.connect("a name")
    assert two.connect_ex("a name") == 0
    two.sendto(b"x", "a name")
    two.sendmsg([b"x"], [], 0, "a name")
    two.sendmmsg([(b"x", "a name")])
    two.bind(RawAddress(sockaddr_header(LOCAL, 8) + b"two\0\0\0"))
    for _ in range(4):
        two.sendto(b"x", "a name")
    # The sender was not bound yet when it sent these. The system returns its present address.
    assert [one.recvfrom(1)[1] for _ in range(3)] == ["decoded"] * 3
    assert one.recvfrom(1) == (b"x", "decoded")
    assert one.recvfrom_into(bytearray(1)) == (1, "decoded")
    assert one.recvmsg(1)[3] == one.recvmmsg(1, 1)[0][3] == "decoded"
    assert one.getsockname() == two.getpeername() == "decoded"
    requested = [(what, operation) for what, operation, _ in codec.calls]
    assert requested == [
        ("encode", "bind"), ("encode", "connect"), ("encode", "connect_ex"), ("encode", "sendto"),
        ("encode", "sendmsg"), ("encode", "sendmmsg"), *[("encode", "sendto")] * 4,
        *[("decode", "recvfrom")] * 4, ("decode", "recvfrom_into"),
        ("decode", "recvmsg"), ("decode", "recvmsg"), ("decode", "getsockname"), ("decode", "getpeername"),
    ]  # fmt: skip


@both
@pytest.mark.parametrize(("address", "error"), [
    ("wrong", TypeError), (b"", ValueError), (b"1", ValueError), (bytes(200), ValueError), (KeyError("own"), KeyError),
    (KeyboardInterrupt("own"), KeyboardInterrupt),
])  # fmt: skip
def test_codec_encode_with_invalid_result_or_own_exception_raises(kind, opened, add_registration, address, error):
    add_registration("families", (LOCAL, None), Hooks())
    sock = opened(kind, LOCAL, DGRAM)
    for call in (lambda: sock.bind(address), lambda: sock.connect(address), lambda: sock.connect_ex(address),
                 lambda: sock.sendto(b"x", address), lambda: sock.sendmsg([b"x"], [], 0, address),
                 lambda: sock.sendmmsg([(b"x", address)])):  # fmt: skip
        with pytest.raises(error):
            call()


@both
@pytest.mark.usefixtures("no_leak")
def test_codec_that_cannot_decode_returns_raw_address_and_warns(kind, opened, add_registration, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    add_registration("families", (LOCAL, None), Hooks())
    name = RawAddress(sockaddr_header(LOCAL, 8) + b"bad\0\0\0")
    one, two = kind(LOCAL, DGRAM), kind(LOCAL, STREAM)
    one.bind(name)
    with pytest.warns(RuntimeWarning, match=r"getsockname\(\).*could not decode"):
        assert bytes(one.getsockname())[:5] == bytes(name)[:5]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning):
            one.getsockname()
    os.unlink("bad")
    two.bind(name)
    two.listen()
    client = kind(LOCAL, STREAM)
    os.rename("bad", "other")
    client.bind(name)
    client.connect(RawAddress(sockaddr_header(LOCAL, 9) + b"other\0\0"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning, match="accept"):
            two._accept()  # which closes the connection
    for sock in (one, two, client):
        sock.close()


@both
def test_codec_cache_lookup_requires_exact_types(kind, opened, add_registration):
    sockaddr = bytes(loopback(9))
    codec = Hooks(number=AF_INET, encoded={("host", 1): sockaddr}, decoded={}, size=16)
    add_registration("families", (AF_INET, None), codec)
    sock = opened(kind, AF_INET, DGRAM)
    sock.connect(("host", 1))
    assert codec.calls == []
    for address in (("host", 1.0), ("host", True)):
        with pytest.raises(OSError):
            sock.connect(address)
        assert codec.calls.pop() == ("encode", "connect", address)
    codec.decoded[bytes(name_of(sock))] = "kept"
    assert sock.getsockname() == "kept"
    assert codec.calls == []


# ---------------------------------------------------------------------- the end


@both
def test_unclosed_socket_is_closed_and_warns(kind, recwarn):
    sock = kind(AF_INET, DGRAM)
    fd, text = sock.fileno(), repr(sock)
    with pytest.warns(ResourceWarning, match="^unclosed " + re.escape(text) + "$"):  # noqa: PT031
        del sock
        gc.collect()
    assert not systems.is_open(fd)


@both
def test_unclosed_socket_in_cycle_is_closed_and_warns(kind):
    class Cyclic(kind):
        pass

    sock = Cyclic(AF_INET, DGRAM)
    sock.itself, fd = sock, sock.fileno()
    with pytest.warns(ResourceWarning, match="unclosed"):  # noqa: PT031
        del sock
        gc.collect()
    assert not systems.is_open(fd)


@pytest.mark.skipif(not CPYTHON, reason="PyPy runs finalizers later")
@both
def test_finalizer_with_warning_as_error_closes_the_socket(kind, monkeypatch):
    unraisable = []
    monkeypatch.setattr(sys, "unraisablehook", lambda exc: unraisable.append(exc.exc_type))
    sock = kind(AF_INET, DGRAM)
    fd = sock.fileno()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del sock
    assert unraisable == [ResourceWarning]
    assert not systems.is_open(fd)

    class Unreadable(kind):
        def __repr__(self):
            raise ZeroDivisionError

    sock = Unreadable(AF_INET, DGRAM)
    fd = sock.fileno()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        del sock
    assert unraisable == [ResourceWarning, ZeroDivisionError]
    assert not systems.is_open(fd)


@pytest.mark.skipif(not CPYTHON, reason="PyPy runs finalizers later")
@both
def test_finalizer_of_subclass_can_resurrect_the_socket(kind):
    kept = []

    class Kept(kind):
        def __del__(self):
            kept.append(self)

    sock = Kept(AF_INET, DGRAM)
    fd = sock.fileno()
    del sock
    [other_sock] = kept
    assert other_sock.fileno() == fd
    assert systems.is_open(fd)
    other_sock.close()
    kept.clear()


@both
def test_finalizer_of_detached_or_closed_socket_is_silent(kind, recwarn):
    sock = kind(AF_INET, DGRAM)
    fd = sock.detach()
    assert (sock.fileno(), sock.detach()) == (-1, -1)
    del sock
    os.close(fd)
    sock = kind(AF_INET, DGRAM)
    sock.close()
    sock.close()
    del sock
    gc.collect()
    assert not recwarn


@both
def test_close_of_invalid_descriptor_raises_once(kind):
    sock = kind(AF_INET, DGRAM)
    os.close(sock.fileno())
    with pytest.raises(OSError) as refusal:
        sock.close()
    assert refusal.value.errno == errno.EBADF
    assert sock.close() is None
    assert sock.fileno() == -1


@both
def test_closed_socket_keeps_its_attributes(kind):
    sock = kind(AF_INET, DGRAM, 17)
    sock.settimeout(3)
    sock.close()
    assert (sock.family, sock.type, sock.proto, sock.timeout, sock.fileno()) == (AF_INET, DGRAM, 17, 3.0, -1)
    assert repr(sock) == f"<socket object, fd=-1, family={AF_INET}, type={DGRAM}, proto=17>"


def test_public_socket_is_a_subclass_of_selected_base_socket():
    assert sockcore.socket.__mro__[1:] == (IN_C if sockcore.backends.current() == "native" else IN_PYTHON, object)


def test_implementations_list_has_two_entries():
    assert len(implementations.BOTH) == 2
    assert IN_PYTHON.bind.__module__ == "sockcore._sockets.base"
