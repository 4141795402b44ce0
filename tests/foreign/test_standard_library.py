"""A server on sockcore and a client on the standard library, and the reverse, in separate processes."""

import pytest

SIDES = [("sockcore", "standard"), ("standard", "sockcore")]


def converse(peer, server, client, program, kind, place):
    """Run one server and one client of it; *place* is for both, and what the server prints for the client."""
    serving = peer(server, program, "server", *kind, *place)
    where = serving.stdout.readline().decode().strip()
    assert where, "the server did not start"
    asking = peer(client, program, "client", *kind, *place, *(() if where in place else (where,)))
    said, _ = asking.communicate(timeout=30)
    assert said.decode().split() == ["True"]
    assert (asking.returncode, serving.wait(timeout=30)) == (0, 0)


@pytest.mark.parametrize(("server", "client"), SIDES)
@pytest.mark.parametrize("program", ["plain.py", "streams.py"])
def test_tcp(peer, server, client, program):
    converse(peer, server, client, program, ["tcp"], ["127.0.0.1"])


@pytest.mark.parametrize(("server", "client"), SIDES)
@pytest.mark.parametrize("program", ["plain.py", "streams.py"])
def test_unix(peer, server, client, program, tmp_path):
    converse(peer, server, client, program, ["unix"], [str(tmp_path / "socket")])


@pytest.mark.parametrize(("server", "client"), SIDES)
def test_asyncio_tls(peer, server, client, certificate):
    converse(peer, server, client, "streams.py", ["tls"], certificate)


@pytest.mark.parametrize(("server", "client"), SIDES)
def test_wrap_socket(peer, server, client, certificate):
    converse(peer, server, client, "wrapped.py", [], certificate)


@pytest.mark.parametrize(("server", "client"), SIDES)
def test_asyncio_server_and_wrapped_client(peer, server, client, certificate):
    """The two ways of TLS speak with each other, across the two libraries."""
    serving = peer(server, "streams.py", "server", "tls", *certificate)
    port = serving.stdout.readline().decode().strip()
    asking = peer(client, "wrapped.py", "client", *certificate, port)
    assert asking.communicate(timeout=30)[0].decode().split() == ["True"]
    assert (asking.returncode, serving.wait(timeout=30)) == (0, 0)
