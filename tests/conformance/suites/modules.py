"""The suites: which modules of the ``test`` package each has, and how they are run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SUITES = ("test_socket", "test_timeout", "test_socketserver", "test_selectors", "test_asyncio", "test_ssl")

# Resources of test.support: all that cost only time. Without "network" no test may leave the machine.
RESOURCES = ("cpu", "walltime", "subprocess")

# These two ask for "network" as a whole though they stay on loopback, but for what LEAVE_OUT takes out.
WITH_NETWORK = ("test_timeout", "test_socketserver")

# Left out on both sides:
LEAVE_OUT = (
    # they connect to a host of the internet;
    "test.test_timeout.TCPTimeoutTestCase.*",
    # they hang, under Wine, which does not tell that nothing listens on a port of UDP.
    "test.test_asyncio.test_sock_lowlevel.ProactorEventLoopTests.test_datagram_send_to_non_listening_*",
)


def modules(suite: str, package: Path) -> list[str]:
    """The modules of *suite* by their full names; *package* is the folder of the interpreter's tests."""
    folder = package / suite
    if folder.is_dir():
        return [f"test.{suite}.{path.stem}" for path in sorted(folder.glob("test_*.py"))]
    return [f"test.{suite}"]


def resources(suite: str) -> list[str]:
    """Names of the resources of ``test.support`` that are on for *suite*."""
    return [*RESOURCES, "network"] if suite in WITH_NETWORK else [*RESOURCES]
