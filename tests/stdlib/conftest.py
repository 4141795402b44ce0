"""Running programs of this folder on the standard library and on sockcore."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
#: What differs from run to run, or names a line of the interpreter's C source.
CHANGING = re.compile(r"_ssl\.c:\d+")


def run(*arguments, **more):
    """Run Python with warnings as errors; return what it prints. Fails with its complaints if it has any."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        **more,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def python():
    """Return the function that runs Python."""
    return run


@pytest.fixture
def both(tmp_path):
    """Return a function that runs a program on both libraries and compares what it prints.

    It returns the text and the classes of the sockets that the program made on sockcore.
    """

    def compare(program, *arguments):
        path = HERE / "programs" / program
        report = tmp_path / "classes"
        expected = run(path, *arguments)
        text = run(HERE / "witness.py", report, path, *arguments)
        assert CHANGING.sub("_ssl.c", text) == CHANGING.sub("_ssl.c", expected)
        assert text
        return text, set(report.read_text().split())

    return compare


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Return the paths of a certificate for localhost and 127.0.0.1, and of its key."""
    pytest.importorskip("ssl", reason="this Python has no ssl")
    made = os.environ.get("TEST_CERTIFICATE")  # where there is no openssl: the paths of both, made elsewhere
    if made:
        certificate, key = made.split(os.pathsep)
        return certificate, key
    openssl = shutil.which("openssl")
    if not openssl:
        assert not os.environ.get("CI"), "no openssl command"
        pytest.skip("no openssl command to make a certificate with")
    directory = tmp_path_factory.mktemp("tls")
    paths = str(directory / "certificate.pem"), str(directory / "key.pem")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run([*command, "-out", paths[0], "-keyout", paths[1]], check=True, capture_output=True)
    return paths
