"""socat as client and as server, over TCP, UDP and AF_UNIX."""

import os
import re
import subprocess
import time
from threading import Thread

import pytest

import sockcore

DATA = os.urandom(200_000)
TIMEOUT = 60.0


def connect_when_listening(family, address):
    """Connect to a server that may not listen yet."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        sock = sockcore.socket(family, sockcore.SOCK_STREAM)
        sock.settimeout(TIMEOUT)
        try:
            sock.connect(address)
        except (ConnectionRefusedError, FileNotFoundError):
            sock.close()
            time.sleep(0.02)
        else:
            return sock
    pytest.fail(f"no server listens at {address}")


def read_all(sock):
    with sock.makefile("rb") as file:
        return file.read()


@pytest.fixture(params=["AF_INET", "AF_INET6", "AF_UNIX", "abstract"])
def listener(request, tmp_path):
    """Return a listening socket of sockcore, and its address for socat."""
    if request.param == "abstract":
        family, address = sockcore.AF_UNIX, f"\0sockcore-{tmp_path.name}-{os.getpid()}"
    else:
        family = getattr(sockcore, request.param)
        address = str(tmp_path / "socket") if family == sockcore.AF_UNIX else ("", 0)
    with sockcore.socket(family, sockcore.SOCK_STREAM) as sock:
        sock.settimeout(TIMEOUT)
        sock.bind(address)
        sock.listen()
        if request.param == "abstract":
            yield sock, f"ABSTRACT-CONNECT:{address[1:]}"
        elif family == sockcore.AF_UNIX:
            yield sock, f"UNIX-CONNECT:{address}"
        else:
            host = "127.0.0.1" if family == sockcore.AF_INET else "[::1]"
            yield sock, f"TCP:{host}:{sock.getsockname()[1]}"


def test_accept_from_socat_transfers_data(tool, start, listener):
    sock, name = listener
    socat = start(tool("socat"), "-t", "60", "-", name)
    connection, _ = sock.accept()
    with connection:
        connection.settimeout(TIMEOUT)
        writer = Thread(target=lambda: (socat.stdin.write(DATA), socat.stdin.close()))
        writer.start()
        assert read_all(connection) == DATA
        writer.join()
        writer = Thread(target=lambda: (connection.sendall(DATA[::-1]), connection.shutdown(sockcore.SHUT_WR)))
        writer.start()
        assert socat.stdout.read() == DATA[::-1]
        writer.join()
    assert socat.wait(timeout=60) == 0


@pytest.mark.parametrize("transport", ["unix", "tcp"])
def test_connect_to_socat_transfers_data(tool, start, transport, tmp_path):
    if transport == "unix":
        path = str(tmp_path / "socat")
        start(tool("socat"), "-t", "60", f"UNIX-LISTEN:{path}", "EXEC:cat")
        sock = connect_when_listening(sockcore.AF_UNIX, path)
    else:
        # With -d -d, socat prints its port.
        socat = start(
            tool("socat"), "-d", "-d", "-t", "60", "TCP-LISTEN:0,bind=127.0.0.1", "EXEC:cat", stderr=subprocess.PIPE
        )
        port = int(re.search(rb":(\d+)\s*$", socat.stderr.readline())[1])
        sock = connect_when_listening(sockcore.AF_INET, ("127.0.0.1", port))
    with sock:
        # Send in parts and read each part back, so that the pipes do not fill up.
        for start_at in range(0, len(DATA), 20_000):
            part = DATA[start_at : start_at + 20_000]
            sock.sendall(part)
            received = b""
            while len(received) < len(part):
                received += sock.recv(len(part) - len(received))
            assert received == part
        sock.shutdown(sockcore.SHUT_WR)
        assert sock.recv(1) == b""


def test_recvfrom_and_sendto_socat_transfer_datagrams(tool, start):
    with sockcore.socket(sockcore.AF_INET, sockcore.SOCK_DGRAM) as sock:
        sock.settimeout(TIMEOUT)
        sock.bind(("127.0.0.1", 0))
        socat = start(tool("socat"), "-", f"UDP:127.0.0.1:{sock.getsockname()[1]}")
        for message in (b"first", b"second"):
            socat.stdin.write(message)
            socat.stdin.flush()
            data, sender = sock.recvfrom(100)
            assert data == message
            assert sender[0] == "127.0.0.1"
            assert sock.sendto(message.upper(), sender) == len(message)
            assert os.read(socat.stdout.fileno(), 100) == message.upper()
