"""Fixtures that run programs on the standard library and on sockcore."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
#: Seconds for a program. Some start processes, which takes a second each under Wine, and far longer beside other work.
LIMIT = 240
#: Line numbers in the C source of the interpreter, which depend on its version.
SOURCE_LINE = re.compile(r"_ssl\.c:\d+")


def run(*arguments, **options):
    """Run Python with warnings as errors, and return its output.

    Fails if the program writes to the standard error.
    """
    done = subprocess.run(
        [sys.executable, "-W", "error", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        stdin=subprocess.DEVNULL,
        **options,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def python():
    """Return the function that runs Python."""
    return run


@pytest.fixture
def both(tmp_path):
    """Return a function that runs a program on both libraries and compares output.

    The function returns the output, and the classes of the sockets that the program created on sockcore.
    """

    def compare(program, *arguments):
        path = HERE / "programs" / program
        report = tmp_path / "classes"
        expected = run(path, *arguments)
        text = run(HERE / "record_socket_classes.py", report, path, *arguments)
        assert SOURCE_LINE.sub("_ssl.c", text) == SOURCE_LINE.sub("_ssl.c", expected)
        assert text
        return text, set(report.read_text().split())

    return compare


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Return the paths of a certificate for localhost and 127.0.0.1, and of its key."""
    pytest.importorskip("ssl", reason="this Python lacks the module ssl")
    existing = os.environ.get("TEST_CERTIFICATE")  # both paths, for systems without the openssl command
    if existing:
        certificate, key = existing.split(os.pathsep)
        return certificate, key
    openssl = shutil.which("openssl")
    if not openssl:
        assert not os.environ.get("CI"), "no openssl command"
        pytest.skip("needs the openssl command to create a certificate")
    directory = tmp_path_factory.mktemp("tls")
    paths = str(directory / "certificate.pem"), str(directory / "key.pem")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run([*command, "-out", paths[0], "-keyout", paths[1]], check=True, capture_output=True)
    return paths
