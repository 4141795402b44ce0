"""Servers and clients on sockcore and on the standard library, in separate processes."""

import pytest

SIDES = [("sockcore", "standard"), ("standard", "sockcore")]


def converse(peer, server, client, program, transport, place):
    """Run a server and a client.

    Both get *place*; the client also gets the port that the server prints.
    """
    server_process = peer(server, program, "server", *transport, *place)
    address = server_process.stdout.readline().decode().strip()
    assert address, "the server did not start"
    client_process = peer(client, program, "client", *transport, *place, *(() if address in place else (address,)))
    output, _ = client_process.communicate(timeout=60)
    assert output.decode().split() == ["True"]
    assert (client_process.returncode, server_process.wait(timeout=60)) == (0, 0)


@pytest.mark.parametrize(("server", "client"), SIDES)
@pytest.mark.parametrize("program", ["plain.py", "streams.py"])
def test_tcp_server_and_client_transfer_data(peer, server, client, program):
    converse(peer, server, client, program, ["tcp"], ["127.0.0.1"])


@pytest.mark.parametrize(("server", "client"), SIDES)
@pytest.mark.parametrize("program", ["plain.py", "streams.py"])
def test_unix_server_and_client_transfer_data(peer, server, client, program, tmp_path):
    converse(peer, server, client, program, ["unix"], [str(tmp_path / "socket")])


@pytest.mark.parametrize(("server", "client"), SIDES)
def test_asyncio_tls_server_and_client_transfer_data(peer, server, client, certificate):
    converse(peer, server, client, "streams.py", ["tls"], certificate)


@pytest.mark.parametrize(("server", "client"), SIDES)
def test_wrap_socket_server_and_client_transfer_data(peer, server, client, certificate):
    converse(peer, server, client, "wrapped.py", [], certificate)


@pytest.mark.parametrize(("server", "client"), SIDES)
def test_asyncio_server_and_wrap_socket_client_transfer_data(peer, server, client, certificate):
    """asyncio and SSLContext.wrap_socket are the two ways to use TLS."""
    server_process = peer(server, "streams.py", "server", "tls", *certificate)
    port = server_process.stdout.readline().decode().strip()
    client_process = peer(client, "wrapped.py", "client", *certificate, port)
    assert client_process.communicate(timeout=60)[0].decode().split() == ["True"]
    assert (client_process.returncode, server_process.wait(timeout=60)) == (0, 0)
