from __future__ import annotations

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).parent))

from chromium import Browser  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def taken() -> dict[str, dict[str, Any]]:
    """Return the registrations and public names on each system."""
    sys.path.insert(0, str(ROOT))
    try:
        from tools.docs.snapshot import snapshots
    finally:
        sys.path.remove(str(ROOT))
    return snapshots()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site: SOCKCORE_SITE, or a new one."""
    if "SOCKCORE_SITE" in os.environ:
        return Path(os.environ["SOCKCORE_SITE"])
    pytest.importorskip("sphinx", reason="sphinx is not installed (tests/docs/requirements.txt)")
    pytest.importorskip("myst_parser", reason="myst-parser is not installed (tests/docs/requirements.txt)")
    folder = tmp_path_factory.mktemp("site") / "html"
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-b",
        "html",
        str(ROOT / "docs"),
        str(folder),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a log on the standard error."""

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Serve the site on loopback; return its URL."""
    handler = functools.partial(Handler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Start Chromium. Without it, the tests fail in CI and are skipped elsewhere."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for found in map(shutil.which, names) if found), None)
    if path is None:
        message = "chromium is not installed"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with Browser(path, tmp_path_factory.mktemp("profile")) as started:
        yield started
