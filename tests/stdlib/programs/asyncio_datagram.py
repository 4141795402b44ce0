"""asyncio datagram endpoints."""

import asyncio


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(data * 2, address)


class Client(asyncio.DatagramProtocol):
    def __init__(self, done):
        self.done = done
        self.got = []

    def datagram_received(self, data, address):
        self.got.append(data)
        if len(self.got) == 10:
            self.done.set_result(address)


async def main():
    loop = asyncio.get_running_loop()
    server, _ = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
    address = server.get_extra_info("sockname")
    done = loop.create_future()
    client, protocol = await loop.create_datagram_endpoint(lambda: Client(done), remote_addr=address)
    for number in range(10):
        client.sendto(b"%d" % number)
    assert await asyncio.wait_for(done, 60) == address
    print(sorted(protocol.got))
    client.close()
    server.close()
    await asyncio.sleep(0)


asyncio.run(main())
