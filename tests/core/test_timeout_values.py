"""Valid timeouts, timeouts of new sockets, and the mode of the descriptor."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from systems import AF_INET, LOCAL, is_blocking, socketpair

import sockcore


class Odd(float):
    """A float whose operators and conversion are not those of its number."""

    def __float__(self):
        return 9.0

    def __mul__(self, other):
        return 9.0

    __ne__ = __lt__ = __ge__ = lambda self, other: False


@pytest.fixture(params=["socket", "default"])
def setter(request, pair, monkeypatch):
    """Return settimeout or setdefaulttimeout, each with its getter.

    Both accept the same values.
    """
    if request.param == "socket":
        one, _ = pair()
        yield one.settimeout, one.gettimeout
    else:
        yield sockcore.setdefaulttimeout, sockcore.getdefaulttimeout
        sockcore.setdefaulttimeout(None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None), (0, 0.0), (0.0, 0.0), (-0.0, 0.0), (5, 5.0), (2.5, 2.5), (True, 1.0), (False, 0.0),
        (1e-9, 1e-9), (1e-12, 1e-9), (1e-300, 1e-9), (1.0000000001, 1.000000001), (2147484, 2147484.0),
        (9e9, 9e9), (Odd(2.5), 2.5), (Decimal("1.5"), 1.5), (Fraction(1, 2), 0.5),
    ],
)  # fmt: skip
def test_settimeout_accepts_any_number(setter, value, expected):
    put, get = setter
    put(value)
    assert get() == expected
    assert type(get()) is type(expected)
    assert str(get()) == str(expected)  # 0.0 and not -0.0


@pytest.mark.parametrize(
    ("value", "exc_type"),
    [
        (-1, ValueError), (-0.001, ValueError), (-1e-9, ValueError), (float("nan"), ValueError),
        (float("inf"), OverflowError), (float("-inf"), (OverflowError, ValueError)), (1e10, OverflowError),
        (1 << 62, OverflowError), (1 << 63, OverflowError), (1 << 100, OverflowError),
        ("1", TypeError), (b"1", TypeError), ([], TypeError), (object(), TypeError), (1j, TypeError),
    ],
)  # fmt: skip
def test_settimeout_of_invalid_value_raises_and_keeps_the_timeout(setter, value, exc_type):
    put, get = setter
    put(3.5)
    with pytest.raises(exc_type):
        put(value)
    assert get() == 3.5


def test_settimeout_accepts_objects_with_index(setter):
    put, get = setter
    put(type("Seconds", (), {"__index__": lambda self: 7})())
    assert get() == 7.0


@pytest.mark.parametrize("timeout", [None, 0, 0.5, 30])
def test_settimeout_sets_non_blocking_mode_of_the_descriptor(pair, timeout):
    one, _ = pair()
    for before in (None, 0, 5):
        one.settimeout(before)
        one.settimeout(timeout)
        assert is_blocking(one.fileno()) is (timeout is None)
        assert one.getblocking() is (timeout != 0)
        assert one.timeout == one.gettimeout() == timeout


@pytest.mark.parametrize(("flag", "timeout"), [(True, None), (False, 0.0), (1, None), (0, 0.0), ([], 0.0), ("x", None)])
def test_setblocking_sets_the_timeout(pair, flag, timeout):
    one, _ = pair(timeout=5)
    one.setblocking(flag)
    assert one.gettimeout() == timeout
    assert one.getblocking() is (timeout is None)
    assert is_blocking(one.fileno()) is (timeout is None)


@pytest.fixture(params=[None, 0, 7.5])
def default(request):
    assert sockcore.getdefaulttimeout() is None
    sockcore.setdefaulttimeout(request.param)
    yield request.param
    sockcore.setdefaulttimeout(None)


def test_new_socket_has_default_timeout(default, loopback, closing):
    sock = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_DGRAM))
    sock.bind(loopback())
    one, two = map(closing.enter_context, socketpair())
    copy = closing.enter_context(sockcore.fromfd(one.fileno(), LOCAL, sockcore.SOCK_STREAM))
    taken = closing.enter_context(sockcore.socket(fileno=sockcore.dup(two.fileno())))
    for item in (sock, one, two, copy, taken):
        assert item.gettimeout() == default
        assert is_blocking(item.fileno()) is (default is None)


@pytest.mark.parametrize("of_listener", [None, 5.0])
def test_accepted_socket_has_default_timeout(default, listener, closing, of_listener):
    server, address = listener()
    server.settimeout(of_listener)
    client = closing.enter_context(sockcore.socket(AF_INET, sockcore.SOCK_STREAM))
    client.setblocking(True)
    client.connect(address)
    connection = closing.enter_context(server.accept()[0])
    assert connection.gettimeout() == default
    assert is_blocking(connection.fileno()) is (default is None)


@pytest.mark.skipif(not hasattr(sockcore, "SOCK_NONBLOCK"), reason="macOS and Windows lack SOCK_NONBLOCK")
def test_sock_nonblock_overrides_default_timeout(default):
    with sockcore.socket(LOCAL, sockcore.SOCK_STREAM | sockcore.SOCK_NONBLOCK) as sock:
        assert sock.gettimeout() == 0.0


def test_dup_has_timeout_of_the_original(default):
    with sockcore.socket(LOCAL, sockcore.SOCK_STREAM) as sock:
        sock.settimeout(2)
        with sock.dup() as other_sock:
            assert other_sock.gettimeout() == 2
