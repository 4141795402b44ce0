"""socket.ioctl on Windows, compared with the standard library, and the keepalive timers of real connections."""

from __future__ import annotations

import socket as standard
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outcomes import Broken, Index, assert_same

import sockcore

if TYPE_CHECKING:
    from collections.abc import Callable

if sys.platform != "win32":
    pytest.skip("only Windows has the method", allow_module_level=True)

NAMES = ("SIO_RCVALL", "SIO_KEEPALIVE_VALS", "SIO_LOOPBACK_FAST_PATH")
RCVALL, KEEPALIVE, FAST_PATH = (getattr(standard, name, 0) for name in NAMES)
#: Under Wine: the connections of the Linux kernel with their timers.
CONNECTIONS = Path("Z:/proc/net/tcp")


def ioctl(*arguments: object, closed: bool = False, sock_type: str = "SOCK_STREAM") -> Callable[[Any], object]:
    def call(module: Any) -> object:
        with module.socket(module.AF_INET, getattr(module, sock_type)) as sock:
            if closed:
                sock.close()
            return sock.ioctl(*arguments)

    return call


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
@pytest.mark.parametrize("sock_type", ["SOCK_STREAM", "SOCK_DGRAM"])
@pytest.mark.parametrize(
    "option",
    [0, 1, 2, 3, True, -1, 2**32, 2**100, Index(1), Broken(), None, "1", 1.0, b"1", (), (1,), (1, 1), (1, 1, 1),
     [1, 1, 1], (1, 1, 1, 1), (1, None, 1), (1.0, 1, 1), (1, 1, "1"), (-1, 2**32, 2**100), "abc", b"abc",
     bytearray(b"abc"), {1: 1}, {1, 2, 3}, range(3)],
    ids=lambda value: type(value).__name__ if type(value) in (Index, Broken) else repr(value),
)  # fmt: skip
@pytest.mark.parametrize("name", NAMES)
def test_ioctl_option_equals_standard_library(name: str, option: object, sock_type: str, closed: bool) -> None:
    assert_same(ioctl(getattr(standard, name), option, sock_type=sock_type, closed=closed))


@pytest.mark.parametrize("option", [1, None])
@pytest.mark.parametrize(
    "control",
    [0, 5, -1, 2**31, 2**32 - 1, RCVALL + 1, RCVALL - 2**32, RCVALL + 2**32, 2**200 + 7, KEEPALIVE ^ 2**31, True,
     None, "x", 1.0, float(RCVALL), b"x", ()],
    ids=repr,
)  # fmt: skip
def test_ioctl_control_equals_standard_library(control: object, option: object) -> None:
    assert_same(ioctl(control, option))


@given(st.integers(0, 2**32 - 1).filter(lambda code: code not in (RCVALL, KEEPALIVE, FAST_PATH)))
def test_ioctl_unknown_control_raises_value_error(code: int) -> None:
    with sockcore.socket(sockcore.AF_INET) as sock, pytest.raises(ValueError, match=f"^invalid ioctl command {code}$"):
        sock.ioctl(code, (1, 1, 1))


def test_ioctl_accepts_objects_with_index_method() -> None:
    # Like Python 3.14. Before 3.14, the standard library requires an int.
    with sockcore.socket(sockcore.AF_INET) as sock:
        assert sock.ioctl(Index(KEEPALIVE), (1, 1, 1)) == 0
        assert sock.ioctl(KEEPALIVE, (1, 1, Index(1))) == 0
        for arguments in ((Broken(), 1), (KEEPALIVE, (1, 1, Broken()))):
            with pytest.raises(ZeroDivisionError):
                sock.ioctl(*arguments)


@pytest.mark.parametrize("arguments", [(), (RCVALL,), (RCVALL, 1, 2)], ids=len)
def test_ioctl_wrong_number_of_arguments_raises_type_error(arguments: tuple[object, ...]) -> None:
    for module in (standard, sockcore):
        with module.socket(module.AF_INET) as sock, pytest.raises(TypeError, match="argument"):
            sock.ioctl(*arguments)
        with module.socket(module.AF_INET) as sock, pytest.raises(TypeError, match=r"keyword|positional"):
            sock.ioctl(control=RCVALL, option=1)


def timer(port: int) -> tuple[int, float]:
    """Return the active timer of a local port's connection, and its seconds left.

    Timer 2 is keepalive.
    """
    for line in CONNECTIONS.read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1] == f"0100007F:{port:04X}" and fields[3] == "01":
            timer_type, remaining = fields[5].split(":")
            return int(timer_type, 16), int(remaining, 16) / 100
    raise LookupError(port)


@pytest.mark.skipif(not CONNECTIONS.exists(), reason="only Wine gives access to the timers of a connection")
@pytest.mark.parametrize("module", [standard, sockcore], ids=lambda module: module.__name__)
def test_ioctl_keepalive_starts_and_stops_timer(module: Any) -> None:
    with module.create_server(("127.0.0.1", 0)) as server, module.socket() as client:
        client.connect(server.getsockname())
        port = client.getsockname()[1]
        assert timer(port)[0] == 0
        assert client.ioctl(module.SIO_KEEPALIVE_VALS, (1, 60_000, 1_000)) == 0
        timer_type, remaining = timer(port)
        assert timer_type == 2
        assert 0 < remaining <= 60
        assert client.getsockopt(module.SOL_SOCKET, module.SO_KEEPALIVE) == 1
        assert client.ioctl(module.SIO_KEEPALIVE_VALS, (0, 60_000, 1_000)) == 0
        deadline = time.monotonic() + 60
        while timer(port)[0]:
            assert time.monotonic() < deadline
        assert client.getsockopt(module.SOL_SOCKET, module.SO_KEEPALIVE) == 0


def test_subclass_has_ioctl() -> None:
    class Subclass(sockcore.socket):
        pass

    with Subclass(sockcore.AF_INET) as sock:
        assert sock.ioctl(sockcore.SIO_KEEPALIVE_VALS, (1, 1000, 1000)) == 0
