"""Calls with AF_UNIX sockets on sockcore and on the standard library: equal results, exceptions and messages."""

from __future__ import annotations

import array
import contextlib
import itertools
import os
import socket as standard
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import sockcore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(
    sys.implementation.name != "cpython" or sys.platform != "linux",
    reason="PyPy has other messages, and other systems have no abstract names",
)

if sys.platform == "win32":
    pytest.skip("the standard library does not support AF_UNIX on Windows", allow_module_level=True)

common = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

MODULES: tuple[Any, Any] = (standard, sockcore)
SOCK_TYPES = st.sampled_from([standard.SOCK_STREAM, standard.SOCK_DGRAM, standard.SOCK_SEQPACKET])


def outcome(call: Callable[..., object], *arguments: object) -> tuple[Any, ...]:
    """Return the type and value of the result, or the visible parts of the exception."""
    try:
        result = call(*arguments)
    except Exception as exc:
        return type(exc), str(exc), getattr(exc, "errno", None), exc.args[:2]
    return type(result), result


def same(call: Callable[[Any], object]) -> None:
    """Fail unless *call* has the same outcome on both modules."""
    first, second = (outcome(call, module) for module in MODULES)
    assert second == first


def _has_nul_in_path(name: Any) -> bool:
    """Return True for a path the standard library cuts at NUL and sockcore refuses."""
    text = name if isinstance(name, str) else bytes(name)
    nul: Any = "\0" if isinstance(text, str) else b"\0"
    return text[:1] != nul and nul in text


# Names without slashes stay in the directory of the test. Their lengths are near the maximum.
_text = st.text(st.characters(blacklist_characters="/"), max_size=120)
_bytes = st.binary(max_size=120).map(lambda raw: raw.replace(b"/", b"_"))
_around = st.integers(100, 112)
_paths = st.one_of(
    _text,
    _bytes,
    st.builds(lambda size, letter: letter * size, _around, st.sampled_from(["x", "é", "\udcff"])),
    st.builds(lambda size: b"\xff" * size, _around),
)
_abstract = st.one_of(
    st.builds(lambda raw: b"\0" + raw, _bytes),
    st.builds(lambda size: b"\0" + b"a" * size, _around),
    st.builds(lambda text: "\0" + text, _text),
)
_wrapped = st.builds(
    lambda form, raw: form(raw),
    st.sampled_from([bytearray, memoryview, lambda raw: array.array("B", raw), lambda raw: memoryview(raw)[::2]]),
    _bytes,
)
_wrong = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.lists(_text),
    st.tuples(_text, st.integers()),
    st.builds(object),
)
names = st.one_of(_paths, _abstract, _wrapped, st.sampled_from(["", b"", ".", "..", "\ud800"])).filter(
    lambda name: not _has_nul_in_path(name)
)
addresses = st.one_of(names, _wrong)


@contextlib.contextmanager
def clean() -> Iterator[None]:
    """Remove all files in the current directory at the end."""
    try:
        yield
    finally:
        for name in os.listdir(b"."):
            os.unlink(name)


@given(sock_type=SOCK_TYPES, address=addresses)
@example(sock_type=1, address="x" * 107)
@example(sock_type=1, address="x" * 108)
@example(sock_type=2, address=b"\0" + b"x" * 107)
@example(sock_type=2, address=b"\0" + b"x" * 108)
@common
def test_bind_and_getsockname_match_stdlib(sock_type: int, address: object) -> None:
    def call(module: Any) -> object:
        with clean(), module.socket(module.AF_UNIX, sock_type) as sock:
            bound = outcome(sock.bind, address)
            name = sock.getsockname()
            autobound = type(name) is bytes and not address
            return bound, type(name), len(name) if autobound else name, sorted(os.listdir(b"."))

    same(call)


@given(sock_type=SOCK_TYPES, address=addresses, method=st.sampled_from(["connect", "connect_ex"]))
@common
def test_connect_without_listener_matches_stdlib(sock_type: int, address: object, method: str) -> None:
    def call(module: Any) -> object:
        with module.socket(module.AF_UNIX, sock_type) as sock:
            return outcome(getattr(sock, method), address)

    same(call)


@given(address=addresses, flags=st.sampled_from([0, standard.MSG_DONTWAIT, standard.MSG_OOB, -1]))
@common
def test_sendto_and_sendmsg_match_stdlib(address: object, flags: int) -> None:
    def call(module: Any) -> object:
        with module.socket(module.AF_UNIX, module.SOCK_DGRAM) as sock:
            return (
                outcome(sock.sendto, b"x", address),
                outcome(sock.sendto, b"x", flags, address),
                outcome(sock.sendmsg, [b"x"], [], flags, address),
            )

    same(call)


@given(server=names, client=st.one_of(st.none(), names), data=st.binary(min_size=1, max_size=50))
@common
def test_recvfrom_of_any_names_matches_stdlib(server: Any, client: Any, data: bytes) -> None:
    def call(module: Any) -> object:
        seen: list[object] = []
        with clean(), module.socket(module.AF_UNIX, 2) as one, module.socket(module.AF_UNIX, 2) as other:
            seen.append(outcome(one.bind, server))
            one.setblocking(False)
            if client is not None:
                seen.append(outcome(other.bind, client))
            seen.append(outcome(other.sendto, data, server or one.getsockname()))
            received: tuple[Any, ...] = outcome(one.recvfrom, 100)
            address: Any = None
            if received[0] is tuple:
                _, (received_data, address) = received
                received = (received_data,)
            autobound = type(address) is bytes and not client  # the kernel chooses a new name each time
            return [*seen, received, type(address), autobound or address]

    if not server:
        return  # the kernel chooses the name, so that it cannot be compared
    same(call)


@given(data=st.data())
@common
def test_accept_of_any_names_matches_stdlib(data: Any) -> None:
    server = data.draw(names.filter(bool))
    client = data.draw(st.one_of(st.none(), names.filter(bool)))

    def call(module: Any) -> object:
        with clean(), module.socket(module.AF_UNIX) as listener, module.socket(module.AF_UNIX) as sock:
            steps = [outcome(listener.bind, server), outcome(listener.listen, 1)]
            if client is not None:
                steps.append(outcome(sock.bind, client))
            steps.append(outcome(sock.connect, server))
            if steps[-1][0] is not type(None):
                return steps
            peer, address = listener.accept()
            with peer:
                names = (sock.getpeername(), peer.getsockname(), peer.getpeername(), sock.getsockname())
                return [*steps, address, *names, *map(type, names)]

    same(call)


_fds = st.one_of(
    st.lists(st.sampled_from([0, 1, 2]), max_size=4),
    st.sampled_from([[-1], [2**31 - 1], [2**31], [10**30], ["0"], [0.5], [None], 0, None, "0", (0,), {0}, [0] * 254]),
)
_buffers = st.one_of(
    st.lists(st.binary(min_size=1, max_size=9), max_size=3), st.sampled_from([b"x", None, ["x"], [bytearray(b"y")], 5])
)
# Python 3.9 has another message for a float.
_no_sizes = [-1, 2**63, None, *([1.5] if sys.version_info >= (3, 10) else [])]
_maxfds = st.one_of(st.integers(0, 6), st.sampled_from([*_no_sizes, 2**31, "1", True]))
_sizes = st.one_of(st.integers(0, 20), st.sampled_from(_no_sizes))


@given(sock_type=SOCK_TYPES, buffers=_buffers, fds=_fds, size=_sizes, maxfds=_maxfds)
@common
def test_send_fds_and_recv_fds_match_stdlib(sock_type: int, buffers: Any, fds: Any, size: Any, maxfds: Any) -> None:
    def call(module: Any) -> object:
        left, right = module.socketpair(module.AF_UNIX, sock_type)
        with left, right:
            right.setblocking(False)
            sent = outcome(module.send_fds, left, buffers, fds)
            received = outcome(module.recv_fds, right, size, maxfds)
            if received[0] is tuple:
                data, arrived, flags, address = received[1]
                files = [os.fstat(fd).st_ino for fd in arrived]
                for fd in arrived:
                    os.close(fd)
                received = (data, files, int(flags), address)
            return sent, received

    before = len(os.listdir("/proc/self/fd"))
    same(call)
    assert len(os.listdir("/proc/self/fd")) == before


@given(first=st.binary(min_size=1, max_size=20), room=st.integers(0, 60), count=st.integers(0, 3))
@common
def test_recvmsg_of_any_control_size_matches_stdlib(first: bytes, room: int, count: int) -> None:
    def call(module: Any) -> object:
        left, right = module.socketpair(module.AF_UNIX)
        with left, right:
            right.setsockopt(module.SOL_SOCKET, module.SO_PASSCRED, 1)
            module.send_fds(left, [first], [0] * count)
            data, messages, flags, address = right.recvmsg(100, room)
            lengths = []
            for level, number, raw in messages:
                if number == module.SCM_RIGHTS:
                    for fd in array.array("i", raw[: len(raw) // 4 * 4]):
                        os.close(fd)
                lengths.append((level, number, len(raw)))
            return data, lengths, int(flags), address

    same(call)


@pytest.mark.parametrize("option", ["SO_PEERCRED", "SO_PASSCRED", "SO_PEERSEC", "SO_PASSSEC"])
@pytest.mark.parametrize("size", [None, 1, 4, 12, 100, 1024, -1])
def test_getsockopt_of_any_size_matches_stdlib(option: str, size: int | None) -> None:
    def call(module: Any) -> object:
        left, right = module.socketpair()
        with left, right:
            arguments = () if size is None else (size,)
            number = getattr(module, option, None) or getattr(sockcore, option)
            return outcome(left.getsockopt, module.SOL_SOCKET, number, *arguments)

    same(call)


def test_sockets_of_both_modules_exchange_data_and_descriptors() -> None:
    for module, other in itertools.permutations(MODULES):
        with clean(), module.socket(module.AF_UNIX) as server, other.socket(other.AF_UNIX) as client:
            server.bind("server")
            server.listen()
            client.connect("server")
            peer, _ = server.accept()
            with peer, open(os.devnull, "rb") as file:
                other.send_fds(client, [b"request"], [file.fileno()])
                data, [fd], _, _ = module.recv_fds(peer, 100, 1)
                assert data == b"request"
                assert os.path.samestat(os.fstat(fd), os.fstat(file.fileno()))
                os.close(fd)
                peer.sendmsg([b"response"])
                assert client.recv(100) == b"response"


def test_constants_match_stdlib() -> None:
    from sockcore_unix.constants import TABLE

    shared = {name: value for name, value in TABLE.items() if hasattr(standard, name)}
    assert {"AF_UNIX", "SCM_RIGHTS", "SCM_CREDENTIALS", "SO_PEERCRED", "SO_PASSCRED"} <= set(shared)
    assert shared == {name: int(getattr(standard, name)) for name in shared}
