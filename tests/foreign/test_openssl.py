"""The openssl command as TLS client and TLS server for sockcore."""

import re
import subprocess
import sys

import pytest

HELLO = """
import sys, socket, ssl
context = ssl.create_default_context(cafile=sys.argv[1])
with socket.create_connection(("127.0.0.1", int(sys.argv[2])), timeout=60) as plain:
    with context.wrap_socket(plain, server_hostname="localhost") as secure:
        secure.sendall(b"hello from sockcore\\n")
        print(secure.version(), secure.recv(100))
"""


@pytest.mark.parametrize("program", ["streams.py", "wrapped.py"])
def test_tls_server_accepts_openssl_client(tool, start, peer, certificate, program):
    transport = ["tls"] if program == "streams.py" else []
    server = peer("sockcore", program, "server", *transport, *certificate)
    port = server.stdout.readline().decode().strip()
    verify = ["-CAfile", certificate[0], "-verify_return_error", "-servername", "localhost", "-quiet"]
    client = start(tool("openssl"), "s_client", "-connect", f"127.0.0.1:{port}", *verify, stderr=subprocess.DEVNULL)
    client.stdin.write((5).to_bytes(8, "big") + b"12345")
    client.stdin.flush()
    assert client.stdout.read(5) == b"54321"
    assert server.wait(timeout=60) == 0


def test_tls_client_connects_to_openssl_server(tool, start, certificate):
    openssl = tool("openssl")
    server = start(openssl, "s_server", "-accept", "127.0.0.1:0", "-cert", certificate[0], "-key", certificate[1])
    for line in server.stdout:
        match = re.search(rb"ACCEPT .*:(\d+)$", line.strip())
        if match:
            break
    client = start(sys.executable, "-W", "error", "-m", "sockcore", "run", "-c", HELLO, certificate[0], int(match[1]))
    for line in server.stdout:
        if line.startswith(b"hello"):
            assert line == b"hello from sockcore\n"
            break
    server.stdin.write(b"hello from openssl\n")
    server.stdin.flush()
    output, _ = client.communicate(timeout=60)
    assert client.returncode == 0
    assert re.fullmatch(r"TLSv1\.[23] b'hello from openssl\\n'\n", output.decode())
