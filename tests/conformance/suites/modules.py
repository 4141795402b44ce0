"""Suites: their modules in the ``test`` package, resources, and omitted tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SUITES = ("test_socket", "test_timeout", "test_socketserver", "test_selectors", "test_asyncio", "test_ssl")

# Enabled resources of test.support. Without "network", tests do not contact other machines.
RESOURCES = ("cpu", "walltime", "subprocess")

# These suites require "network" although they use only the loopback interface, except for tests in LEAVE_OUT.
WITH_NETWORK = ("test_timeout", "test_socketserver")

# Tests that are omitted on both modules:
LEAVE_OUT = (
    # They connect to a host on the internet.
    "test.test_timeout.TCPTimeoutTestCase.*",
    # They hang under Wine, which does not report a closed UDP port.
    "test.test_asyncio.test_sock_lowlevel.ProactorEventLoopTests.test_datagram_send_to_non_listening_*",
)


def modules(suite: str, package: Path) -> list[str]:
    """Return the full names of the modules of *suite*.

    *package* is the folder of the tests of the interpreter.
    """
    folder = package / suite
    if folder.is_dir():
        return [f"test.{suite}.{path.stem}" for path in sorted(folder.glob("test_*.py"))]
    return [f"test.{suite}"]


def resources(suite: str) -> list[str]:
    """Return the enabled resources of ``test.support`` for *suite*."""
    return [*RESOURCES, "network"] if suite in WITH_NETWORK else [*RESOURCES]
