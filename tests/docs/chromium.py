"""Chromium without a window, by its DevTools protocol over two pipes.

A message is JSON and ends with a NUL. The browser reads from file descriptor 3 and writes to file descriptor 4
(``--remote-debugging-pipe``), so no port is open, and the process needs no library.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import subprocess
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Self

#: The maximum time for an answer, in seconds.
LIMIT = 60.0


class ProtocolError(Exception):
    """The browser refused a call, or the page changed during it."""


class Browser:
    """A running browser with one page."""

    def __init__(self, path: str, profile: Path) -> None:
        self._command = [
            path,
            "--headless=new",
            "--remote-debugging-pipe",
            f"--user-data-dir={profile}",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            *(["--no-sandbox"] if os.geteuid() == 0 else []),  # the sandbox refuses root
        ]
        self._pending = b""
        self._events: list[dict[str, Any]] = []
        self._number = 0
        self._session: dict[str, str] = {}

    def __enter__(self) -> Self:
        # Numbers above 4, so that dup2() in the child does not overwrite one that it still needs.
        child_read, self._write = _pipe()
        self._read, child_write = _pipe()

        def set_descriptors() -> None:
            os.dup2(child_read, 3)
            os.dup2(child_write, 4)

        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,  # all descriptors of this process are not inheritable, except 3 and 4 in the child
            preexec_fn=set_descriptors,
        )
        os.close(child_read)
        os.close(child_write)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = {"sessionId": self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]}
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *exception: object) -> None:
        self._session = {}
        try:
            self.call("Browser.close")
            self._process.wait(LIMIT)
        except (EOFError, BrokenPipeError):
            self._process.wait(LIMIT)
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            os.close(self._read)
            os.close(self._write)

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Call a method of the protocol; return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters, **self._session}
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        deadline = time.monotonic() + LIMIT
        while True:
            answer = self._receive(deadline)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise ProtocolError(answer["error"])
                return dict(answer["result"])

    def open(self, url: str) -> None:
        """Open a page; return after it is loaded."""
        self._events.clear()
        answer = self.call("Page.navigate", url=url)
        assert "errorText" not in answer, answer
        deadline = time.monotonic() + LIMIT
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._receive(deadline)

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression. A promise is awaited."""
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait_for(self, expression: str) -> Any:
        """Return the value of a JavaScript expression as soon as it is true. Another page may be loaded meanwhile."""
        deadline = time.monotonic() + LIMIT
        while True:
            try:
                value = self.evaluate(expression)
            except ProtocolError:
                value = None
            if value:
                return value
            if time.monotonic() > deadline:
                raise TimeoutError(f"never true: {expression}")
            time.sleep(0.05)

    def errors(self) -> list[str]:
        """Return the errors since the last page was opened: of the console, of scripts and of requests."""
        self.evaluate("1")  # receives the events that were sent before
        found = []
        for event in self._events:
            method, parameters = event["method"], event["params"]
            if method == "Runtime.exceptionThrown":
                found.append(str(parameters["exceptionDetails"]))
            elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "assert"):
                found.append(str(parameters["args"]))
            elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
                found.append(f"{parameters['entry']['text']} {parameters['entry'].get('url')}")
            elif method == "Network.requestWillBeSent":
                url = parameters["request"]["url"]
                if not url.startswith(("http://127.0.0.1:", "data:", "about:")):
                    found.append(f"a request to another server: {url}")
        return found

    def screenshot(self) -> bytes:
        """Return the visible part of the page as PNG, in Base64."""
        return str(self.call("Page.captureScreenshot", format="png")["data"]).encode()

    def _receive(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._pending:
            ready, _, _ = select.select([self._read], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError("chromium does not answer")
            data = os.read(self._read, 1 << 16)
            if not data:
                raise EOFError(f"chromium ended with status {self._process.wait(LIMIT)}")
            self._pending += data
        text, _, self._pending = self._pending.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        if "method" in message:
            self._events.append(message)
        return message


def _pipe() -> tuple[int, int]:
    """Return both ends of a pipe, with numbers from 10 on."""
    low = os.pipe()
    try:
        read, write = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in low)
    finally:
        for fd in low:
            os.close(fd)
    return read, write
