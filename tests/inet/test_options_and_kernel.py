"""Typed options on real sockets: round trips, errors that name the option, filters, timeouts and lists."""

from __future__ import annotations

import errno
import json
import struct
import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore import options
from sockcore._plugins.discovery import with_codecs
from sockcore.plugin import Option, system_name

if TYPE_CHECKING:
    from collections.abc import Iterator

LINUX = pytest.mark.skipif(system_name() != "linux", reason="only Linux has the option")
pytestmark = pytest.mark.real_kernel

#: Families and types that any user may open on some system.
SOCKETS = [
    ("AF_INET", "SOCK_STREAM", 0),
    ("AF_INET", "SOCK_DGRAM", 0),
    ("AF_INET6", "SOCK_STREAM", 0),
    ("AF_INET6", "SOCK_DGRAM", 0),
    ("AF_UNIX", "SOCK_STREAM", 0),
    ("AF_UNIX", "SOCK_DGRAM", 0),
    ("AF_NETLINK", "SOCK_RAW", 0),
    ("AF_PACKET", "SOCK_RAW", 0),
    ("AF_VSOCK", "SOCK_STREAM", 0),
    ("AF_TIPC", "SOCK_RDM", 0),
    ("AF_CAN", "SOCK_RAW", 1),
]

#: Options that change when they are written, or whose value cannot be written back, with the reason.
UNSTABLE = {
    "SO_RCVBUF": "Linux doubles the value",
    "SO_SNDBUF": "Linux doubles the value",
    "SO_RESERVE_MEM": "Linux rounds the value",
    "SO_MAX_PACING_RATE": "an unlimited rate is larger than the field of some kernels",
    "TCP_TIMESTAMP": "a clock",
    "TCP_MAXSEG": "the value that is read is that of the connection",
    "TCP_WINDOW_CLAMP": "Linux limits the value by the buffer",
    "IPV6_AUTOFLOWLABEL": "Linux returns its default",
    "IPV6_ADDR_PREFERENCES": "Linux accepts one preference of each pair only",
    "TCP_QUICKACK": "a mode that the kernel leaves by itself",
    "IP_OPTIONS": "BSDs accept no empty list",
}


@pytest.fixture
def opened() -> Iterator[Any]:
    """Yield a function that opens a socket, and skips the test if the kernel or the user cannot."""
    stack = ExitStack()

    def open_socket(family: str, sock_type: str, proto: int = 0) -> sockcore.socket:
        numbers = [getattr(sockcore, name, None) for name in (family, sock_type)]
        if None in numbers:
            pytest.skip(f"no plugin registers {family}")
        try:
            return stack.enter_context(sockcore.socket(numbers[0], numbers[1], proto))
        except OSError as exc:
            pytest.skip(f"this kernel or user cannot open {family}: {exc}")

    with stack:
        yield open_socket


@pytest.mark.parametrize(("family", "sock_type", "proto"), SOCKETS)
def test_set_of_read_value_keeps_it(family: str, sock_type: str, proto: int, opened: Any) -> None:
    sock = opened(family, sock_type, proto)
    written = []
    for name, value in options.all(sock).items():
        option = next(o for o in with_codecs().options.values() if o.name == name and o.family in (None, sock.family))
        if option.encode is None or name in UNSTABLE:
            continue
        try:
            options.set(sock, option, value)
        except OSError:  # such as EPERM
            continue
        except (ValueError, OverflowError):  # such as a filter without instructions
            continue
        assert options.get(sock, option) == value, name
        written.append(name)
    assert len(written) >= 5


@pytest.mark.parametrize(("family", "sock_type", "proto"), SOCKETS)
def test_flags_are_set_and_read(family: str, sock_type: str, proto: int, opened: Any) -> None:
    sock = opened(family, sock_type, proto)
    changed = []
    for name, value in options.all(sock).items():
        if value is not True and value is not False:
            continue
        option = next(o for o in with_codecs().options.values() if o.name == name and o.family in (None, sock.family))
        # A locked filter stays locked. The others restrict the socket to packets of one kind.
        if option.encode is None or name in UNSTABLE or name in ("SO_LOCK_FILTER", "IPV6_V6ONLY"):
            continue
        try:
            options.set(sock, option, not value)
        except OSError:
            continue
        if options.get(sock, option) is not value:
            changed.append(name)
            options.set(sock, option, value)
            assert options.get(sock, option) is value, name
    assert len(changed) >= 1


@pytest.mark.parametrize("name", ["SO_RCVBUF", "SO_LINGER", "SO_RCVTIMEO", "SO_KEEPALIVE"])
@pytest.mark.parametrize("number", [10**5000, -(10**5000)], ids=["positive", "negative"])
def test_set_of_integer_with_too_many_digits_raises_overflow_error(name: str, number: int, opened: Any) -> None:
    sock = opened("AF_INET", "SOCK_STREAM", 0)
    with pytest.raises(OverflowError, match=f"^{name} .*must have at most 1024 bits"):
        options.set(sock, name, (True, number) if name == "SO_LINGER" else number)


def test_negative_linger_time_raises_value_error(opened: Any) -> None:
    sock = opened("AF_INET", "SOCK_STREAM", 0)
    with pytest.raises(ValueError, match=r"^SO_LINGER linger must be 0 seconds or more, not -1$"):
        options.set(sock, options.SO_LINGER, (True, -1))
    with pytest.raises(OverflowError, match=r"^SO_LINGER linger must be -?\d+ to \d+, not 2147483648$"):
        options.set(sock, options.SO_LINGER, (True, 2**31))
    assert options.get(sock, options.SO_LINGER).onoff is False


@LINUX
def test_fast_open_key_has_one_or_two_keys(opened: Any) -> None:
    sock = opened("AF_INET", "SOCK_STREAM", 0)
    for size in (0, 15, 17, 33):
        with pytest.raises(ValueError, match=rf"^TCP_FASTOPEN_KEY must be 16 or 32 bytes, not {size}$"):
            options.set(sock, "TCP_FASTOPEN_KEY", bytes(size))
        with pytest.raises(OSError, match="Invalid argument"):
            sock.setsockopt(sockcore.IPPROTO_TCP, sockcore.TCP_FASTOPEN_KEY, bytes(size))
    options.set(sock, "TCP_FASTOPEN_KEY", bytes(range(32)))
    assert options.get(sock, "TCP_FASTOPEN_KEY") == bytes(range(32))
    with pytest.raises(TypeError, match="TCP_FASTOPEN_KEY"):
        options.set(sock, "TCP_FASTOPEN_KEY", "x" * 16)


@LINUX
def test_modes_of_linux_are_enums(opened: Any) -> None:
    sock = opened("AF_INET", "SOCK_STREAM", 0)
    try:
        options.set(sock, options.SO_BUF_LOCK, options.BufferLocks.SNDBUF)
        options.set(sock, options.SO_TXREHASH, options.TxRehash.DISABLED)
    except OSError as exc:  # before Linux 5.15 and 5.18
        pytest.skip(f"this kernel lacks it: {exc}")
    assert options.get(sock, options.SO_BUF_LOCK) is options.BufferLocks.SNDBUF
    assert options.get(sock, options.SO_TXREHASH) is options.TxRehash.DISABLED
    options.set(sock, options.SO_TXREHASH, options.TxRehash.DEFAULT)  # the setting of the network namespace
    assert options.get(sock, options.SO_TXREHASH) in (options.TxRehash.DISABLED, options.TxRehash.ENABLED)
    assert options.SO_TXREHASH.decode(struct.pack("=i", 255)) is options.TxRehash.DEFAULT


def test_all_of_closed_socket_raises(opened: Any) -> None:
    sock = opened("AF_INET", "SOCK_STREAM", 0)
    sock.close()
    for function in (options.all, options.to_json):
        with pytest.raises(OSError, match="Bad file descriptor"):
            function(sock)


@pytest.mark.parametrize(("family", "sock_type", "proto"), SOCKETS)
def test_all_and_json_have_same_names(family: str, sock_type: str, proto: int, opened: Any) -> None:
    sock = opened(family, sock_type, proto)
    values = options.all(sock)
    assert list(values) == sorted(values)
    assert values["SO_TYPE"] == sock.type
    assert values["SO_REUSEADDR"] is False
    assert not {"SO_ERROR", "SO_PEERPIDFD", "PACKET_STATISTICS"} & set(values)
    decoded = json.loads(options.to_json(sock, indent=1))
    assert list(decoded) == list(values)
    if "SO_LINGER" in decoded or sys.platform != "win32":  # Windows has it for streams only
        assert decoded["SO_LINGER"] == {"onoff": False, "linger": decoded["SO_LINGER"]["linger"]}


def test_json_converts_enums_bytes_and_lists() -> None:
    from sockcore.options import _to_json

    value = {"a": [(b"\x01\xff", None)], "b": sockcore.AF_INET, "c": options.Linger(True, 1), "d": 1.5}
    assert _to_json(value) == {"a": [["01ff", None]], "b": "AF_INET", "c": {"onoff": True, "linger": 1}, "d": 1.5}


def test_linger_and_timeouts_round_trip(opened: Any) -> None:
    sock = opened("AF_INET", "SOCK_STREAM")
    options.set(sock, options.SO_LINGER, options.Linger(True, 5))
    value = options.get(sock, options.SO_LINGER)
    assert value == (True, 5)
    assert (value.onoff, value.linger) == (True, 5)
    options.set(sock, "SO_LINGER", (0, 0))
    assert options.get(sock, "SO_LINGER").onoff is False
    for option in (options.SO_RCVTIMEO, options.SO_SNDTIMEO):
        assert options.get(sock, option) == 0.0
        options.set(sock, option, 2.5)
        assert options.get(sock, option) == pytest.approx(2.5, abs=0.02)
        assert options.read(sock, sockcore.SOL_SOCKET, option) == options.get(sock, option.name)
        options.write(sock, sockcore.SOL_SOCKET, option, 0)
        assert options.get(sock, option) == 0.0


def test_receive_timeout_ends_recv_of_blocking_socket(opened: Any) -> None:
    if sys.platform == "win32":
        pytest.skip("Wine does not implement it")
    sock = opened("AF_INET", "SOCK_DGRAM")
    sock.bind(("127.0.0.1", 0))
    options.set(sock, options.SO_RCVTIMEO, 0.05)
    start = time.monotonic()
    with pytest.raises(BlockingIOError):
        sock.recv(1)
    assert time.monotonic() - start > 0.03


@pytest.mark.skipif(sys.platform == "win32", reason="Winsock does not reset the error")
def test_error_option_is_reset_by_get_and_not_by_all(opened: Any) -> None:
    sock = opened("AF_INET", "SOCK_DGRAM")
    with sockcore.socket(sockcore.AF_INET, sockcore.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        address = other.getsockname()
    sock.connect(address)
    sock.send(b"x")
    time.sleep(0.05)
    options.all(sock)
    assert options.get(sock, options.SO_ERROR) in (errno.ECONNREFUSED, 0)
    assert options.get(sock, options.SO_ERROR) == 0


def test_missing_option_raises_oserror_with_name(opened: Any) -> None:
    sock = opened("AF_INET", "SOCK_STREAM")
    absent = [option for option in options_of_other_systems() if not option.is_available]
    assert absent
    for option in absent:
        for call in (lambda: options.get(sock, option), lambda: options.set(sock, option, 1)):  # noqa: B023
            with pytest.raises(OSError, match=f"{option.name} is not an option of this system") as caught:
                call()
            assert caught.value.errno == errno.ENOPROTOOPT
    with pytest.raises(LookupError, match="no plugin here knows an option 'SO_NONSENSE'"):
        options.get(sock, "SO_NONSENSE")
    with pytest.raises(TypeError, match=r"option must be a sockcore.plugin.Option or its name, not int"):
        options.get(sock, 5)  # type: ignore[call-overload]


def options_of_other_systems() -> tuple[Option[Any], ...]:
    from sockcore._options import sol_socket

    return sol_socket.rows()


def test_unsupported_option_raises_oserror_of_kernel_with_name(opened: Any) -> None:
    sock = opened("AF_INET", "SOCK_DGRAM")
    unknown: Option[int] = Option("SO_UNKNOWN", sockcore.SOL_SOCKET, 0x7FF0, 4, lambda data: 0, lambda value: b"1234")
    with pytest.raises(OSError) as plain:
        sock.getsockopt(sockcore.SOL_SOCKET, 0x7FF0, 4)
    for call in (lambda: options.get(sock, unknown), lambda: options.set(sock, unknown, 1)):
        with pytest.raises(OSError, match=r": SO_UNKNOWN$") as caught:
            call()
        assert caught.value.errno == plain.value.errno
        assert type(caught.value) is type(plain.value)


def test_access_of_options_is_checked(opened: Any) -> None:
    sock = opened("AF_INET", "SOCK_STREAM")
    with pytest.raises(ValueError, match="the option SO_TYPE is read-only"):
        options.set(sock, options.SO_TYPE, 1)
    write_only: Option[int] = Option("SO_W", sockcore.SOL_SOCKET, 1, 4, lambda data: 0, readable=False)
    with pytest.raises(ValueError, match="the option SO_W is write-only"):
        options.get(sock, write_only)
    foreign: Option[int] = Option("SO_F", sockcore.SOL_SOCKET, 1, 4, lambda data: 0, family=99)
    with pytest.raises(OSError, match="SO_F is not an option of this address family"):
        options.get(sock, foreign)


#: `tcpdump -dd -y EN10MB 'udp'` without the Ethernet header: UDP port 53 passes. The fourth instruction drops the rest.
DROP_ALL = [(0x6, 0, 0, 0)]
PORT_53 = [(0x28, 0, 0, 2), (0x15, 0, 1, 53), (0x6, 0, 0, 0x40000), (0x6, 0, 0, 0)]


@LINUX
def test_filter_passes_and_drops_datagrams(opened: Any) -> None:
    receiver, sender = opened("AF_INET", "SOCK_DGRAM"), opened("AF_INET", "SOCK_DGRAM")
    receiver.bind(("127.0.0.1", 0))
    receiver.settimeout(60)
    port = receiver.getsockname()[1]
    # The filter of a UDP socket begins at the UDP header: the destination port is its second word.
    own_port = [(0x28, 0, 0, 2), (0x15, 0, 1, port), (0x6, 0, 0, 0x40000), (0x6, 0, 0, 0)]
    options.set(receiver, options.SO_ATTACH_FILTER, own_port)
    assert options.get(receiver, options.SO_ATTACH_FILTER) == own_port
    assert options.get(receiver, options.SO_ATTACH_FILTER)[1] == options.FilterInstruction(0x15, 0, 1, port)
    sender.sendto(b"passes", receiver.getsockname())
    assert receiver.recv(16) == b"passes"
    options.set(receiver, options.SO_ATTACH_FILTER, PORT_53)
    sender.sendto(b"dropped", receiver.getsockname())
    receiver.settimeout(0.05)
    with pytest.raises(TimeoutError):
        receiver.recv(16)
    options.set(receiver, options.SO_DETACH_FILTER, 0)
    assert options.get(receiver, options.SO_ATTACH_FILTER) == []
    long_filter = [(0x0, 0, 0, number) for number in range(500)] + DROP_ALL
    options.set(receiver, options.SO_ATTACH_FILTER, long_filter)
    assert options.get(receiver, options.SO_ATTACH_FILTER) == long_filter
    with pytest.raises(ValueError, match="SO_ATTACH_FILTER must be 1 to 65535 instructions, not 0"):
        options.set(receiver, options.SO_ATTACH_FILTER, [])
    with pytest.raises(OverflowError, match=r"SO_ATTACH_FILTER\[1\] jt must be 0 to 255, not 256"):
        options.set(receiver, options.SO_ATTACH_FILTER, [(6, 0, 0, 0), (6, 256, 0, 0)])


@LINUX
def test_timestamping_flags_round_trip(opened: Any) -> None:
    sock = opened("AF_INET", "SOCK_DGRAM")
    flags = options.TimestampingFlags.RX_SOFTWARE | options.TimestampingFlags.SOFTWARE
    for value in (options.Timestamping(flags), (flags, 0), flags):
        options.set(sock, options.SO_TIMESTAMPING, value)
        found = options.get(sock, options.SO_TIMESTAMPING)
        assert found == (flags, 0)
        assert isinstance(found.flags, options.TimestampingFlags)
    assert sockcore.SOF_TIMESTAMPING_RX_SOFTWARE == options.TimestampingFlags.RX_SOFTWARE


@LINUX
def test_txtime_cookie_meminfo_and_device(opened: Any) -> None:
    sock = opened("AF_INET", "SOCK_DGRAM")
    options.set(sock, options.SO_TXTIME, (time.CLOCK_MONOTONIC, options.TxTimeFlags.REPORT_ERRORS))
    assert options.get(sock, options.SO_TXTIME) == (time.CLOCK_MONOTONIC, options.TxTimeFlags.REPORT_ERRORS)
    other = opened("AF_INET", "SOCK_DGRAM")
    assert options.get(sock, options.SO_COOKIE) != options.get(other, options.SO_COOKIE)
    memory = options.get(sock, options.SO_MEMINFO)
    assert memory.rcvbuf == options.get(sock, options.SO_RCVBUF)
    assert memory.drops == 0
    assert options.get(sock, options.SO_BINDTODEVICE) == ""
    assert options.get(sock, options.SO_DOMAIN) is sockcore.AF_INET
    try:
        options.set(sock, options.SO_BINDTODEVICE, "lo")
    except PermissionError:
        pytest.skip("old kernels require CAP_NET_RAW")
    assert options.get(sock, options.SO_BINDTODEVICE) == "lo"
    assert options.get(sock, options.SO_BINDTOIFINDEX) == 1
    with pytest.raises(OSError, match="SO_BINDTODEVICE") as caught:
        options.set(sock, options.SO_BINDTODEVICE, "nosuch0")
    assert caught.value.errno == errno.ENODEV
