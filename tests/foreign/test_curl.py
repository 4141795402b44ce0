"""curl with the web server of the standard library on sockcore."""

import hashlib
import os
import subprocess
import sys

import pytest


@pytest.fixture
def site(start, tmp_path):
    """Return the address of a web server on sockcore, and the folder that it serves."""
    options = ["--bind", "127.0.0.1", "--directory", tmp_path, "0"]
    server = start(sys.executable, "-m", "sockcore", "run", "-m", "http.server", *options, stderr=subprocess.DEVNULL)
    line = server.stdout.readline().decode()
    assert " port " in line
    return f"http://127.0.0.1:{line.split(' port ')[1].split()[0]}", tmp_path


def fetch(curl, *arguments):
    command = [curl, "--silent", "--show-error", "--noproxy", "*", "--max-time", "60", *arguments]
    return subprocess.run(command, capture_output=True)


def test_curl_fetches_page_and_gets_404(tool, site):
    curl = tool("curl")
    address, folder = site
    (folder / "page.html").write_text("<h1>over sockcore</h1>")
    done = fetch(curl, "--include", f"{address}/page.html")
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    assert done.returncode == 0, done.stderr
    assert head.startswith(b"HTTP/1.0 200")
    assert b"Content-type: text/html" in head
    assert body == b"<h1>over sockcore</h1>"
    assert fetch(curl, "--write-out", "%{http_code}", "--output", os.devnull, f"{address}/nothing").stdout == b"404"


def test_curl_fetches_large_file_unchanged(tool, site):
    curl = tool("curl")
    address, folder = site
    data = os.urandom(8 * 1024 * 1024)
    (folder / "large").write_bytes(data)
    done = fetch(curl, f"{address}/large")
    assert done.returncode == 0, done.stderr
    assert hashlib.sha256(done.stdout).digest() == hashlib.sha256(data).digest()


def test_curl_fetches_many_files_in_parallel(tool, site):
    curl = tool("curl")
    address, folder = site
    for number in range(20):
        (folder / f"{number}.txt").write_text(f"page {number}\n")
    if b"--parallel" not in subprocess.run([curl, "--help", "all"], capture_output=True).stdout:
        pytest.skip("this curl does not support --parallel")
    done = fetch(curl, "--parallel", "--no-progress-meter", f"{address}/[0-19].txt")
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.decode().splitlines()) == sorted(f"page {number}" for number in range(20))
