"""Hosts in network namespaces, connected by veth pairs: a program for test_datagrams_namespaces.py.

    python hosts_in_namespaces.py MODULE FUNCTION

A socket stays in the namespace in which it was opened, so one process uses sockets of all hosts. Exits with 77 if the
system does not permit namespaces.
"""

from __future__ import annotations

import asyncio
import atexit
import ctypes
import errno
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import sockcore
from sockcore_inet import datagrams
from sockcore_inet.datagrams import AsyncDatagrams, Datagrams, Send

NOT_PERMITTED = 77
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


class Host:
    """A network namespace. A process that sleeps keeps it for ip(8)."""

    def __init__(self) -> None:
        if LIBC.unshare(CLONE_NEWNET) != 0:
            print(os.strerror(ctypes.get_errno()))
            sys.exit(NOT_PERMITTED)
        self.namespace = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.keeper = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(self.keeper.kill)
        self.ip("link set lo up")

    def enter(self) -> None:
        """Make this process open sockets on the host."""
        assert LIBC.setns(self.namespace, CLONE_NEWNET) == 0

    def ip(self, arguments: str) -> None:
        """Run ip(8) on the host."""
        self.enter()
        subprocess.run(["ip", *arguments.split()], check=True)

    def connect(self, name: str, other: Host, other_name: str, mtu: int = 1500) -> None:
        """Connect two hosts by a veth pair."""
        self.enter()
        command = f"link add {name} mtu {mtu} type veth peer name {other_name} mtu {mtu} netns {other.keeper.pid}"
        done = subprocess.run(["ip", *command.split()], capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr)
            sys.exit(NOT_PERMITTED)
        self.ip(f"link set {name} up")
        other.ip(f"link set {other_name} up")

    def add(self, name: str, *addresses: str) -> None:
        """Add addresses to an interface."""
        for address in addresses:
            self.ip(f"addr add {address} dev {name}" + (" nodad" if ":" in address else ""))

    def udp(self, host: str, port: int = 0, timeout: float = 5) -> Any:
        """Open a socket on the host."""
        self.enter()
        sock = sockcore.socket(sockcore.AF_INET6 if ":" in host else sockcore.AF_INET, sockcore.SOCK_DGRAM)
        if host == "::":
            sock.setsockopt(sockcore.IPPROTO_IPV6, sockcore.IPV6_V6ONLY, 0)
        sock.bind((host, port))
        sock.settimeout(timeout)
        return sock


def two_hosts() -> tuple[Host, Host]:
    """Return a server with two addresses of each version, and a client."""
    server, client = Host(), Host()
    server.connect("first0", client, "second0")
    server.add("first0", "10.9.0.1/24", "10.9.0.2/24", "fd00:9::1/64", "fd00:9::2/64")
    client.add("second0", "10.9.0.3/24", "fd00:9::3/64")
    return server, client


def test_reply_from_requested_address() -> None:
    """The reply has the address to which the request was sent as its source."""
    server, client = two_hosts()
    for wildcard, own, addresses in (
        ("0.0.0.0", "10.9.0.3", ["10.9.0.1", "10.9.0.2"]),
        ("::", "10.9.0.3", ["10.9.0.1", "10.9.0.2"]),
        ("::", "fd00:9::3", ["fd00:9::1", "fd00:9::2"]),
    ):
        server_sock = server.udp(wildcard, 5000)
        receiver = Datagrams(server_sock)
        client_sock = client.udp(own)
        sender = Datagrams(client_sock)
        interface = interface_index(server, "first0")
        for address in addresses:
            assert sender.send([Send(b"request", (address, 5000))] * 3) == (3, [], [])
            answered = 0
            while answered < 3:
                requests = receiver.receive()
                assert {request.interface for request in requests} == {interface}
                replies = [Send(item.data, item.source, source=item.destination) for item in requests]
                answered += receiver.send(replies).accepted
            answers: list[Any] = []
            while len(answers) < 3:
                answers += sender.receive()
            assert {answer.source[:2] for answer in answers} == {(address, 5000)}, answers
        # Without a source, the system selects the same one for both: this shows that the test can fail.
        sources = set()
        for address in addresses:
            sender.send([Send(b"request", (address, 5000))])
            [request] = receiver.receive()
            receiver.send([Send(b"reply", request.source)])
            [answer] = sender.receive()
            sources.add(answer.source[0])
        assert len(sources) == 1
        server_sock.close()
        client_sock.close()


def interface_index(host: Host, name: str) -> int:
    """Return the index of an interface of a host."""
    host.enter()
    return sockcore.if_nametoindex(name)


def test_ecn_marks_survive() -> None:
    """ECN bits arrive as they were sent, for single datagrams, runs and blocks."""
    server, client = two_hosts()
    for own, address in (("10.9.0.3", "10.9.0.1"), ("fd00:9::3", "fd00:9::1")):
        receiver = Datagrams(server.udp(address, 5001))
        sender = Datagrams(client.udp(own))
        to = (address, 5001)
        items = [Send(b"%d%d" % (ecn, number), to, ecn=ecn) for ecn in (1, 2, 3, 0) for number in range(5)]
        assert sender.send(items).accepted == 20
        assert sender.send_block(b"block" * 3, 5, to, ecn=3) == 3
        found: list[Any] = []
        while len(found) < 23:
            found += receiver.receive()
        assert [(bytes(item.data), item.ecn) for item in found] == [
            *((item.data, item.ecn) for item in items),
            *[(b"block", 3)] * 3,
        ]


def test_path_mtu_by_probing() -> None:
    """A search with datagrams that are not fragmented finds the MTU of a path."""
    client, router, server = Host(), Host(), Host()
    client.connect("one0", router, "two0", 1500)
    router.connect("three0", server, "four0", 1340)
    client.add("one0", "10.1.0.1/24", "fd00:1::1/64")
    router.add("two0", "10.1.0.2/24", "fd00:1::2/64")
    router.add("three0", "10.2.0.1/24", "fd00:2::1/64")
    server.add("four0", "10.2.0.2/24", "fd00:2::2/64")
    router.enter()
    # /proc/sys/net is that of the namespace of the process.
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    Path("/proc/sys/net/ipv6/conf/all/forwarding").write_text("1")
    client.ip("route add default via 10.1.0.2")
    client.ip("route add default via fd00:1::2")
    server.ip("route add default via 10.2.0.1")
    server.ip("route add default via fd00:2::1")
    for own, address, headers in (("10.1.0.1", "10.2.0.2", 28), ("fd00:1::1", "fd00:2::2", 48)):
        server_sock = server.udp(address, 5002)
        receiver = Datagrams(server_sock)
        prober = Datagrams(client.udp(own))
        to = (address, 5002)
        refused = prober.send([Send(bytes(1500), to)] * 3)
        assert [failure.error.errno for failure in refused.failures] == [errno.EMSGSIZE] * 3
        server_sock.settimeout(60)
        prober.send([Send(b"x", to)])  # IPv6 needs a moment to resolve the addresses of the hosts
        receiver.receive()
        server_sock.settimeout(0.2)
        passes, fails = 100, 1501 - headers
        while fails - passes > 1:
            size = (passes + fails) // 2
            sent = prober.send([Send(bytes(size), to)])
            assert sent.accepted + len(sent.failures) == 1
            try:
                arrived = any(len(item.data) == size for item in receiver.receive()) if sent.accepted else False
            except sockcore.timeout:
                arrived = False
            passes, fails = (size, fails) if arrived else (passes, size)
        assert passes + headers == 1340, passes


def test_full_buffer() -> None:
    """Datagrams to a neighbour that does not answer stay in the send buffer, until the kernel gives up."""
    _, client = two_hosts()
    missing = ("10.9.0.99", 5003)
    for timeout in (0, 0.05):
        sock = client.udp("10.9.0.3", timeout=timeout)
        sock.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_SNDBUF, 4608)
        sender = Datagrams(sock, gso=False)
        items = [Send(b"%02d" % number * 100, missing) for number in range(50)]
        sent = sender.send(items)
        assert 0 < sent.accepted < 50, sent
        assert (sent.unsent, sent.failures) == (items[sent.accepted :], [])
        with pytest.raises(sockcore.timeout if timeout else BlockingIOError):
            sender.send(sent.unsent)


def test_cancelled_send() -> None:
    """The datagrams that a cancelled task did not send are in the attribute unsent."""
    _, client = two_hosts()
    sock = client.udp("10.9.0.3", timeout=0)
    sock.setsockopt(sockcore.SOL_SOCKET, sockcore.SO_SNDBUF, 4608)
    items = [Send(b"%02d" % number * 100, ("10.9.0.99", 5003)) for number in range(50)]

    async def cancel() -> None:
        sender = AsyncDatagrams(sock, gso=False)
        task = asyncio.ensure_future(sender.send(items))
        await asyncio.sleep(0.05)
        assert not task.done()
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
        assert 0 < len(sender.unsent) < 50
        assert sender.unsent == items[50 - len(sender.unsent) :]
        # Address resolution fails after three seconds. The buffer is then empty, and the task continues.
        sent = await asyncio.wait_for(sender.send(sender.unsent[:2]), 60)
        assert sent.accepted + len(sent.failures) == 2

    asyncio.run(cancel())


def main() -> None:
    """Run one test with one implementation."""
    module, function = sys.argv[1:]
    implementation = import_module(f"sockcore_inet.{module}")
    datagrams._implementation = lambda: implementation
    globals()[function]()


if __name__ == "__main__":
    main()
