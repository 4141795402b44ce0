"""Fixtures that start peers: other programs, and Python programs on the standard library or on sockcore."""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PEERS = Path(__file__).parent / "peers"
SOCKCORE = ["-m", "sockcore", "run"]


@pytest.fixture
def tool():
    """Return a function that finds a program, or skips the test.

    If CI is set, the test fails instead of being skipped.
    """
    return find_tool


def find_tool(name):
    path = shutil.which(name)
    if not path:
        assert not os.environ.get("CI"), f"{name} is not installed"
        pytest.skip(f"{name} is not installed")
    return path


@pytest.fixture
def start():
    """Return a function that starts a program, which is stopped when the test ends.

    The standard input and output of the program are binary pipes.
    """
    with contextlib.ExitStack() as stack:

        def run(*command, stderr=None):
            process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

            def stop():
                process.terminate()
                with process:
                    process.wait(timeout=60)

            stack.callback(stop)
            return process

        yield run


@pytest.fixture
def peer(start):
    """Return a function that starts a program on ``"sockcore"`` or ``"standard"``.

    The program is one of those in ``peers``.
    """

    def run(library, program, *arguments):
        on = SOCKCORE if library == "sockcore" else []
        return start(sys.executable, "-W", "error", *on, PEERS / program, *arguments)

    return run


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Return the paths of a certificate for localhost and 127.0.0.1, and of its key."""
    pytest.importorskip("ssl", reason="this Python was built without ssl")
    openssl = find_tool("openssl")
    directory = tmp_path_factory.mktemp("tls")
    paths = str(directory / "certificate.pem"), str(directory / "key.pem")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run([*command, "-out", paths[0], "-keyout", paths[1]], check=True, capture_output=True)
    return paths
