"""Datagrams on asyncio: waiting, cancellation, and several tasks."""

from __future__ import annotations

import asyncio
import sys

import pytest

from sockcore_inet.datagrams import AsyncDatagrams, Datagrams, Send

if sys.platform == "win32":
    pytest.skip("the event loop of Windows has no add_reader()", allow_module_level=True)

pytestmark = pytest.mark.real_kernel


@pytest.fixture
def ends(udp):
    """Return sockets of a server and a client, and the address of the server."""
    server, client = udp(timeout=0), udp(timeout=0)
    return server, client, server.getsockname()


def test_async_receive_waits_for_datagrams(ends):
    server, client, address = ends

    async def main():
        receiver, sender = AsyncDatagrams(server), AsyncDatagrams(client)
        assert receiver.features == Datagrams(server).features
        waiting = asyncio.ensure_future(receiver.receive())
        await asyncio.sleep(0.01)
        assert not waiting.done()
        assert await sender.send([Send(b"one", address), Send(b"two", address)]) == (2, [], [])
        received = [bytes(item.data) for item in await waiting]
        while len(received) < 2:
            received += [bytes(item.data) for item in await receiver.receive()]
        assert received == [b"one", b"two"]
        assert await sender.send_block(b"abcd", 2, address) == 2
        count = 0
        while count < 2:
            count += sum(block.segments for block in await receiver.receive_blocks())

    asyncio.run(main())


def test_cancelled_receive_loses_nothing(ends):
    server, client, address = ends

    async def main():
        receiver, sender = AsyncDatagrams(server, gro=False), AsyncDatagrams(client, gso=False)
        received = []
        for number in range(200):
            task = asyncio.ensure_future(receiver.receive())
            if number % 3:
                await asyncio.sleep(0)
            await sender.send([Send(b"%d" % number, address)])
            if number % 2:
                await asyncio.sleep(0)
            task.cancel()
            try:
                received += await task
            except asyncio.CancelledError:
                pass
        while len(received) < 200:
            received += await asyncio.wait_for(receiver.receive(), 60)
        assert [int(bytes(item.data)) for item in received] == [*range(200)]

    asyncio.run(main())


def test_several_tasks_receive_each_datagram_once(ends):
    server, client, address = ends

    async def main():
        receiver, sender = AsyncDatagrams(server), AsyncDatagrams(client)
        received = []

        async def receive():
            while len(received) < 50:
                received.extend(await receiver.receive(1))

        tasks = [asyncio.ensure_future(receive()) for _ in range(4)]
        for number in range(50):
            await sender.send([Send(b"%d" % number, address)])
            await asyncio.sleep(0)
        while len(received) < 50:
            await asyncio.sleep(0.001)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert sorted(int(bytes(item.data)) for item in received) == [*range(50)]

    asyncio.run(main())


def test_task_that_leaves_datagrams_wakes_the_waiting_ones(ends):
    server, client, address = ends

    async def main():
        receiver, sender = AsyncDatagrams(server), Datagrams(client)
        tasks = [asyncio.ensure_future(method(1)) for method in (receiver.receive, receiver.receive_blocks)]
        await asyncio.sleep(0)
        assert sender.send([Send(b"%d" % number, address) for number in range(5)]).accepted == 5
        # No other task runs before it has taken all datagrams from the kernel, if the kernel has joined them.
        received = [bytes(datagram.data) for datagram in await receiver.receive(1)]
        first, blocks = await asyncio.wait_for(asyncio.gather(*tasks), 60)
        received += [bytes(datagram.data) for datagram in first]
        received += [bytes(data) for block in blocks for data in block.split()]
        while len(received) < 5:
            received += [bytes(datagram.data) for datagram in await receiver.receive()]
        assert received == [b"%d" % number for number in range(5)]

    asyncio.run(main())


def test_async_datagrams_needs_non_blocking_mode(udp):
    sock = udp()
    with pytest.raises(ValueError, match="non-blocking mode"):
        AsyncDatagrams(sock)
    sock.sendto(b"x", sock.getsockname())
    assert sock.recvmsg(10, 100)[1] == []  # the constructor has enabled no feature
    with pytest.raises(TypeError, match="must be a socket"):
        AsyncDatagrams(5)


def test_async_errors_are_raised(ends):
    server, client, address = ends

    async def main():
        receiver, sender = AsyncDatagrams(server), AsyncDatagrams(client)
        with pytest.raises(ValueError, match="limit"):
            await receiver.receive(0)
        with pytest.raises(TypeError, match="must be a Send"):
            await sender.send([address])
        assert repr(sender).startswith("<AsyncDatagrams of ")
        client.close()
        with pytest.raises(OSError, match="Bad file descriptor"):
            await sender.send([Send(b"x", address)])

    asyncio.run(main())
