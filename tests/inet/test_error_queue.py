"""The error queues of IPv4 and IPv6 sockets: reports that this kernel makes, also from a router and with asyncio."""

from __future__ import annotations

import asyncio
import errno
import os
import select
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore import AF_INET, AF_INET6, IPPROTO_IP, IPPROTO_IPV6, SOCK_DGRAM, SOL_SOCKET, errors
from sockcore._plugins.discovery import registry
from sockcore.testing import NetworkNamespaces
from sockcore_inet.errors import DestinationUnreachable, IcmpError, PacketTooBig, TimeExceeded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [
    pytest.mark.real_kernel,
    pytest.mark.skipif(not hasattr(sockcore, "IP_RECVERR") or os.name == "nt", reason="only Linux has error queues"),
]


def wait_for_error(sock: sockcore.socket) -> None:
    """Wait until the kernel reports an error of *sock*. poll(2) always returns POLLERR."""
    poller = select.poll()
    poller.register(sock, 0)
    assert poller.poll(60_000), "no report"


def send_until_report(sock: sockcore.socket, data: bytes, address: object) -> Any:
    """Send until the kernel reports an error, and return the first report.

    A new interface drops packets until it is ready. A send may return the error of the previous one.
    """
    poller = select.poll()
    poller.register(sock, 0)
    for _ in range(100):
        with suppress(OSError):
            sock.sendto(data, address)
        poller.poll(200)
        for error in errors.errors(sock):
            return error
    pytest.fail("no report")


def read_one(sock: sockcore.socket) -> Any:
    wait_for_error(sock)
    (error,) = errors.errors(sock)
    return error


@pytest.fixture
def open_udp() -> Iterator[Callable[[int], sockcore.socket]]:
    """Return a function that opens a UDP socket with an error queue."""
    opened = []

    def open_one(family: int = AF_INET) -> sockcore.socket:
        sock = sockcore.socket(family, SOCK_DGRAM)
        opened.append(sock)
        sock.setsockopt(IPPROTO_IP, sockcore.IP_RECVERR, 1)
        if family == AF_INET6:
            sock.setsockopt(IPPROTO_IPV6, sockcore.IPV6_RECVERR, 1)
        return sock

    yield open_one
    for sock in opened:
        sock.close()


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Return a port that refuses datagrams.

    Its socket is connected to another one, and keeps other sockets from getting the port.
    """
    with sockcore.socket(AF_INET, SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.connect(("127.0.0.1", 9))
        yield sock.getsockname()[1]


@pytest.mark.parametrize("timeout", [None, 0, 60])
def test_errors_of_empty_queue_never_waits(open_udp: Any, timeout: float | None) -> None:
    sock = open_udp()
    sock.settimeout(timeout)
    assert list(errors.errors(sock)) == []
    for receive in (lambda: sock.recvmsg(1, 100, sockcore.MSG_ERRQUEUE),
                    lambda: sock.recvmsg_into([bytearray(1)], 100, sockcore.MSG_ERRQUEUE)):  # fmt: skip
        with pytest.raises(BlockingIOError):
            receive()


def test_errors_returns_port_unreachable(open_udp: Any, closed_port: int) -> None:
    sock = open_udp()
    sock.sendto(b"hello", ("127.0.0.1", closed_port))
    error = read_one(sock)
    assert type(error) is DestinationUnreachable
    assert isinstance(error, IcmpError)
    assert (error.data, error.address, error.offender) == (b"hello", ("127.0.0.1", closed_port), "127.0.0.1")
    assert (error.version, error.type, error.code, error.errno) == (4, 3, 3, errno.ECONNREFUSED)
    assert isinstance(error.to_exception(), ConnectionRefusedError)
    assert error.values["IP_RECVERR"] is error.cause


@pytest.mark.usefixtures("ipv6")
def test_errors_returns_port_unreachable_of_ipv6(open_udp: Any, closed_port: int) -> None:
    sock = open_udp(AF_INET6)
    sock.sendto(b"hello", ("::1", closed_port))
    error = read_one(sock)
    assert type(error) is DestinationUnreachable
    assert (error.version, error.type, error.code, error.offender) == (6, 1, 4, "::1")
    assert (error.address, error.errno) == (("::1", closed_port, 0, 0), errno.ECONNREFUSED)
    assert error.values["IPV6_RECVERR"] is error.cause


@pytest.mark.usefixtures("ipv6")
def test_errors_returns_icmp_on_dual_stack_socket(open_udp: Any, closed_port: int) -> None:
    sock = open_udp(AF_INET6)
    sock.setsockopt(IPPROTO_IPV6, sockcore.IPV6_V6ONLY, 0)
    sock.sendto(b"hello", ("::ffff:127.0.0.1", closed_port))
    error = read_one(sock)
    assert type(error) is DestinationUnreachable
    assert (error.version, error.errno) == (4, errno.ECONNREFUSED)
    assert error.address[0] == "::ffff:127.0.0.1"


def test_errors_size_limits_data(open_udp: Any, closed_port: int) -> None:
    sock = open_udp()
    sock.sendto(b"x" * 300, ("127.0.0.1", closed_port))
    wait_for_error(sock)
    assert [error.data for error in errors.errors(sock, 7)] == [b"x" * 7]


@pytest.mark.usefixtures("ipv6")
def test_errors_returns_mtu_that_this_machine_knows(open_udp: Any) -> None:
    sock = open_udp(AF_INET6)
    sock.setsockopt(IPPROTO_IPV6, sockcore.IPV6_MTU_DISCOVER, sockcore.IPV6_PMTUDISC_DO)
    sock.setsockopt(IPPROTO_IPV6, sockcore.IPV6_MTU, 1280)
    with pytest.raises(OSError, match=os.strerror(errno.EMSGSIZE)):  # the text depends on the C library
        sock.sendto(bytes(3000), ("::1", 9))
    error = read_one(sock)
    assert type(error) is PacketTooBig
    assert (error.mtu, error.offender, error.errno) == (1280, None, errno.EMSGSIZE)


@pytest.fixture
def router() -> Iterator[NetworkNamespaces]:
    """Yield namespaces where the second one is a router to 10.9.0.0/24, with an MTU of 1280."""
    try:
        namespaces = NetworkNamespaces().__enter__()
    except OSError as exc:
        pytest.skip(str(exc))
    try:
        namespaces.ip(1, "link", "add", "far0", "mtu", "1280", "type", "veth", "peer", "name", "far1")
        namespaces.ip(1, "address", "add", "10.9.0.1/24", "dev", "far0")
        for name in ("far0", "far1"):
            namespaces.ip(1, "link", "set", name, "up")
        namespaces.run(1, Path("/proc/sys/net/ipv4/ip_forward").write_text, "1")
        namespaces.ip(0, "route", "add", "10.9.0.0/24", "via", "10.0.0.2")
        yield namespaces
    finally:
        namespaces.__exit__()


def test_errors_returns_mtu_and_router(router: NetworkNamespaces, open_udp: Any) -> None:
    sock = router.run(0, open_udp)
    sock.setsockopt(IPPROTO_IP, sockcore.IP_MTU_DISCOVER, sockcore.IP_PMTUDISC_DO)
    error = send_until_report(sock, bytes(1400), ("10.9.0.5", 9))
    assert type(error) is PacketTooBig
    assert (error.mtu, error.offender, error.address) == (1280, "10.0.0.2", ("10.9.0.5", 9))


def test_errors_returns_router_that_dropped_packet(router: NetworkNamespaces, open_udp: Any) -> None:
    sock = router.run(0, open_udp)
    sock.setsockopt(IPPROTO_IP, sockcore.IP_TTL, 1)
    error = send_until_report(sock, b"trace", ("10.9.0.5", 9))
    assert type(error) is TimeExceeded
    assert (error.offender, error.code, error.errno) == ("10.0.0.2", 0, errno.EHOSTUNREACH)


@pytest.fixture
def receiver() -> Iterator[sockcore.socket]:
    with sockcore.socket(AF_INET, SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock


def test_errors_returns_transmit_timestamps_with_ids(open_udp: Any, receiver: sockcore.socket) -> None:
    sock = open_udp()
    flags = ("TX_SOFTWARE", "TX_SCHED", "SOFTWARE", "OPT_ID", "OPT_TSONLY")
    value = sum(getattr(sockcore, f"SOF_TIMESTAMPING_{flag}") for flag in flags)
    sock.setsockopt(SOL_SOCKET, sockcore.SO_TIMESTAMPING, value)
    start = time.time_ns()
    for _ in range(2):
        sock.sendto(b"when", receiver.getsockname())
    reports: list[Any] = []
    while len(reports) < 4:
        wait_for_error(sock)
        reports += errors.errors(sock)
    assert {type(report) for report in reports} == {errors.TransmitTimestamp}
    assert sorted((report.id, report.stage) for report in reports) == [
        (0, "scheduled"), (0, "sent"), (1, "scheduled"), (1, "sent"),
    ]  # fmt: skip
    for report in reports:
        assert abs(report.times.software.time_ns - start) < 60 * 10**9
        assert report.times.hardware is None


def test_errors_returns_zero_copy_completions_as_ranges() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(sockcore.create_server(("127.0.0.1", 0)))
        client = stack.enter_context(sockcore.create_connection(server.getsockname()))
        peer = stack.enter_context(server.accept()[0])
        client.setsockopt(SOL_SOCKET, sockcore.SO_ZEROCOPY, 1)
        for _ in range(3):
            client.sendall(bytes(5000), sockcore.MSG_ZEROCOPY)
        peer.settimeout(60)
        assert len(peer.recv(15000, sockcore.MSG_WAITALL)) == 15000
        numbers: list[int] = []
        while len(numbers) < 3:
            wait_for_error(client)
            for report in errors.errors(client):
                assert isinstance(report, errors.ZeroCopyCompletion)
                assert report.is_copied  # loopback copies
                numbers += report.ids
        assert numbers == [0, 1, 2]


def test_watch_yields_errors_while_a_transport_receives(open_udp: Any, closed_port: int) -> None:
    sock = open_udp()
    sock.bind(("127.0.0.1", 0))
    sock.setblocking(False)

    class Protocol(asyncio.DatagramProtocol):
        received: list[bytes] = []
        errors: list[Exception] = []

        def datagram_received(self, data: bytes, addr: object) -> None:
            self.received.append(data)

        def error_received(self, exc: Exception) -> None:
            self.errors.append(exc)

    async def run() -> list[Any]:
        transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(Protocol, sock=sock)
        reports = []
        watched = errors.watch(sock)
        for number in range(3):
            transport.sendto(b"%d" % number, ("127.0.0.1", closed_port))
            reports.append(await asyncio.wait_for(watched.__anext__(), 60))
        await watched.aclose()
        for _ in range(100):  # a send may return the error of the previous one instead
            transport.sendto(b"to myself", transport.get_extra_info("sockname"))
            await asyncio.sleep(0.05)
            if protocol.received:
                break
        transport.close()
        assert {*protocol.received} == {b"to myself"}
        return reports

    assert [report.data for report in asyncio.run(run())] == [b"0", b"1", b"2"]


def test_watch_does_not_wake_up_for_data(open_udp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sock = open_udp()
    sock.bind(("127.0.0.1", 0))
    calls: list[object] = []
    read = errors.errors
    monkeypatch.setattr(errors, "errors", lambda *arguments: calls.append(arguments) or read(*arguments))

    async def run() -> None:
        watched = errors.watch(sock)
        waiting = asyncio.ensure_future(watched.__anext__())
        await asyncio.sleep(0.05)
        sock.sendto(b"unread", sock.getsockname())
        await asyncio.sleep(0.2)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    asyncio.run(run())
    assert len(calls) < 4


def test_watch_lets_the_loop_sleep_while_a_report_is_used(open_udp: Any, closed_port: int) -> None:
    sock = open_udp()

    async def count_turns() -> int:
        watched = errors.watch(sock)
        waiting = asyncio.ensure_future(watched.__anext__())
        await asyncio.sleep(0)
        sock.sendto(b"first", ("127.0.0.1", closed_port))
        await asyncio.wait_for(waiting, 60)
        sock.sendto(b"second", ("127.0.0.1", closed_port))
        turns = 0
        loop = asyncio.get_running_loop()
        select = loop._selector.select

        def counted(timeout: float | None = None) -> Any:
            nonlocal turns
            turns += 1
            return select(timeout)

        loop._selector.select = counted
        await asyncio.sleep(0.2)
        assert (await asyncio.wait_for(watched.__anext__(), 60)).data == b"second"
        await watched.aclose()
        return turns

    assert asyncio.run(count_turns()) < 20


def test_cancelled_watch_leaves_reports_in_queue(open_udp: Any, closed_port: int) -> None:
    sock = open_udp()

    async def run() -> None:
        waiting = asyncio.ensure_future(errors.watch(sock).__anext__())
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    asyncio.run(run())
    sock.sendto(b"later", ("127.0.0.1", closed_port))
    assert read_one(sock).data == b"later"


def test_errors_and_watch_of_closed_socket_raise(open_udp: Any) -> None:
    sock = open_udp()
    sock.close()
    with pytest.raises(OSError, match="descriptor"):
        list(errors.errors(sock))

    async def run() -> None:
        async for _ in errors.watch(sock):
            pass

    with pytest.raises(OSError, match="descriptor"):
        asyncio.run(run())


def test_errors_of_unknown_message_is_plain_report(
    open_udp: Any, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sockcore._plugins.discovery import with_codecs

    monkeypatch.delitem(with_codecs().ancillaries, (IPPROTO_IP, sockcore.IP_RECVERR))
    sock = open_udp()
    sock.sendto(b"hello", ("127.0.0.1", closed_port))
    error = read_one(sock)
    assert type(error) is errors.QueuedError
    assert (error.data, error.errno, error.values) == (b"hello", 0, {})


def test_closed_watch_leaves_no_descriptor_and_reader(open_udp: Any, closed_port: int) -> None:
    sock = open_udp()

    async def run() -> list[str]:
        before = os.listdir("/proc/self/fd")
        for _ in range(3):
            sock.sendto(b"x", ("127.0.0.1", closed_port))
            watched = errors.watch(sock)
            await asyncio.wait_for(watched.__anext__(), 60)
            await watched.aclose()
        assert len(os.listdir("/proc/self/fd")) == len(before)
        return before

    asyncio.run(run())


@pytest.mark.skipif(not hasattr(sockcore, "AF_UNIX"), reason="sockcore-unix is not installed")
def test_errors_of_family_without_queue_raises_and_keeps_data() -> None:
    one, two = sockcore.socketpair()
    with one, two:
        one.send(b"data is not an error")
        with pytest.raises(OSError, match=r"AF_UNIX with protocol 0 have no error queue") as caught:
            list(errors.errors(two))
        assert caught.value.errno == errno.EOPNOTSUPP

        async def run() -> None:
            async for _ in errors.watch(two):
                pass

        with pytest.raises(OSError, match="no error queue"):
            asyncio.run(run())
        assert two.recv(100) == b"data is not an error"


@pytest.mark.skipif(not hasattr(sockcore, "AF_UNIX"), reason="sockcore-unix is not installed")
def test_errors_of_kernel_that_ignores_flag_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """AF_UNIX is such a kernel: it returns data."""
    one, two = sockcore.socketpair()
    with one, two:
        monkeypatch.setattr(type(registry().family(two.family, 0)), "has_error_queue", lambda *_: True)
        one.send(b"data")
        with pytest.raises(OSError, match="this kernel has no error queue"):
            list(errors.errors(two))
