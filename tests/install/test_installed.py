"""The core alone, with one plugin, and with all plugins, in clean environments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

TCP_ECHO = """
import sockcore, threading
server = sockcore.create_server(("127.0.0.1", 0))
def answer():
    peer, address = server.accept()
    with peer:
        peer.sendall(peer.recv(100).upper())
thread = threading.Thread(target=answer)
thread.start()
with sockcore.create_connection(server.getsockname()) as client:
    client.sendall(b"over tcp")
    print(client.recv(100))
thread.join()
server.close()
"""

UNIX_ECHO = """
import os, sockcore
with sockcore.socket(sockcore.AF_UNIX) as server, sockcore.socket(sockcore.AF_UNIX) as client:
    name = b"\\0" + os.urandom(8).hex().encode()
    server.bind(name)
    server.listen()
    client.connect(name)
    peer, _ = server.accept()
    with peer, open(os.devnull) as file:
        sockcore.send_fds(client, [b"over unix"], [file.fileno()])
        data, fds, _, _ = sockcore.recv_fds(peer, 100, 1)
        os.close(*fds)
        print(data, client.getpeername() == name)
"""


def test_core_alone_has_no_family(core: Any) -> None:
    printed = core.execute(
        """
        import sys, sockcore
        print(sorted({"socket", "_socket", "pluggy", "importlib.metadata"} & set(sys.modules)))
        print([name for name in dir(sockcore) if name.startswith("AF_")])
        print(sockcore.SOCK_STREAM != sockcore.SOCK_DGRAM, "SOL_SOCKET" in sockcore.__all__, sockcore.has_ipv6)
        """
    )
    assert printed.splitlines() == ["[]", "['AF_UNSPEC']", "True True False"]


@pytest.mark.parametrize(
    ("name", "distribution"),
    [
        ("AF_INET", "sockcore-inet"),
        ("getaddrinfo", "sockcore-inet"),
        ("create_connection", "sockcore-inet"),
        ("IPPROTO_TCP", "sockcore-inet"),
        ("AF_UNIX", "sockcore-unix"),
        ("send_fds", "sockcore-unix"),
        ("SO_PEERCRED", "sockcore-unix"),
        ("AF_CAN", "sockcore-can"),
        ("AF_BLUETOOTH", "sockcore-bluetooth"),
        ("AF_PACKET", "sockcore-linux-misc"),
    ],
)
def test_missing_name_error_names_distribution(core: Any, name: str, distribution: str) -> None:
    done = core.run("-c", f"import sockcore; assert not hasattr(sockcore, {name!r}); sockcore.{name}")
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"AttributeError: module 'sockcore' has no attribute '{name}'")
    assert f"pip install {distribution}" in last


def test_unknown_name_error_names_no_distribution(core: Any) -> None:
    done = core.run("-c", "import sockcore; sockcore.AF_NOBODY_HAS_THIS")
    assert done.stderr.strip().endswith("module 'sockcore' has no attribute 'AF_NOBODY_HAS_THIS'")


def test_core_alone_transfers_data_with_raw_addresses(core: Any) -> None:
    printed = core.execute(
        """
        import struct, sockcore
        from sockcore import RawAddress

        loopback = RawAddress(struct.pack("=H", 2) + bytes([0, 0, 127, 0, 0, 1]) + bytes(8))
        with sockcore.socket(2, sockcore.SOCK_STREAM) as server, sockcore.socket(2, 1) as client:
            server.bind(loopback)
            server.listen()
            address = server.getsockname()
            client.connect(address)
            peer, sender = server.accept()
            with peer:
                client.sendall(b"no plugin")
                print(peer.recv(100), type(address).__name__, len(address), address.family)
                print(sender == client.getsockname() != address)
            try:
                client.bind(("127.0.0.1", 0))
            except OSError as exc:
                print(exc)
        """
    )
    received, sender, message = printed.splitlines()
    assert received == "b'no plugin' RawAddress 16 2"
    assert sender == "True"
    assert "pip install sockcore-inet" in message
    assert "RawAddress" in message


def test_core_alone_socket_without_family_names_distribution(core: Any) -> None:
    done = core.run("-c", "import sockcore; sockcore.socket()")
    assert done.returncode == 1
    assert "sockcore-inet" in done.stderr.strip().splitlines()[-1]
    listing = core.run("-m", "sockcore", "families")
    assert (listing.returncode, listing.stderr) == (1, "")
    assert "pip install" in listing.stdout


def test_core_with_inet_transfers_data_over_tcp(new_environment: Callable[..., Any]) -> None:
    environment = new_environment("sockcore[inet]")
    assert environment.execute(TCP_ECHO) == "b'OVER TCP'\n"
    printed = environment.execute(
        """
        import sockcore
        print(sockcore.socket().family, sockcore.AF_INET.name, sockcore.has_ipv6)
        left, right = sockcore.socketpair(1)
        left.send(b"x"); print(right.recv(1), right.getsockname()); left.close(); right.close()
        print(hasattr(sockcore, "AF_UNIX"), hasattr(sockcore, "send_fds"))
        sockcore.socket().close()
        """,
        "-W",
        "ignore::ResourceWarning",
    )
    lines = printed.splitlines()
    assert lines[0].endswith("AF_INET True")
    assert lines[1].startswith("b'x' ")
    assert lines[2] == "False False"
    done = environment.run("-c", "import sockcore; sockcore.AF_UNIX")
    assert "pip install sockcore-unix" in done.stderr


def test_core_with_unix_transfers_data_and_descriptors(with_unix: Any) -> None:
    assert with_unix.execute(UNIX_ECHO) == "b'over unix' True\n"
    printed = with_unix.execute(
        """
        import sockcore
        left, right = sockcore.socketpair()
        with left, right:
            print(left.family == sockcore.AF_UNIX, hasattr(sockcore, "AF_INET"), hasattr(sockcore, "getaddrinfo"))
        """
    )
    assert printed == "True False False\n"
    done = with_unix.run("-c", "import sockcore; sockcore.AF_INET6")
    assert "pip install sockcore-inet" in done.stderr


def test_extra_all_installs_and_loads_every_plugin(new_environment: Callable[..., Any]) -> None:
    environment = new_environment("sockcore[all]")
    assert environment.execute(TCP_ECHO) == "b'OVER TCP'\n"
    assert environment.execute(UNIX_ECHO) == "b'over unix' True\n"
    listing = environment.run("-m", "sockcore", "plugins")
    assert (listing.returncode, listing.stderr) == (0, "")
    for name in ("inet", "unix", "can", "bluetooth", "linux_misc", "windows", "bsd"):
        [line] = [line.split() for line in listing.stdout.splitlines() if line.startswith(f"{name} ")]
        assert line[1:3] == [f"sockcore_{name}", f"sockcore-{name.replace('_', '-')}"]
        assert line[-1] == "loaded"
    families = environment.run("-m", "sockcore", "families").stdout
    assert all(name in families for name in ("AF_INET", "AF_INET6", "AF_UNIX", "AF_CAN", "AF_BLUETOOTH", "AF_NETLINK"))
    # The first command that README shows.
    demo = environment.run("-m", "sockcore", "demo")
    assert demo.returncode == 0, demo.stdout + demo.stderr


def test_uninstalled_plugin_has_no_names(new_environment: Callable[..., Any]) -> None:
    environment = new_environment("sockcore[unix]")
    environment.uninstall("sockcore-unix")
    assert environment.execute("import sockcore; print(hasattr(sockcore, 'AF_UNIX'))") == "False\n"
