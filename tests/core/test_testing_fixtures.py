"""The parts of the test kit that change this process: isolated registry, simulated kernel, fixtures for pytest."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

import sockcore
from sockcore import backends
from sockcore.plugin import Family, RawAddress, RegistrationError, sockaddr_header
from sockcore.testing import IsolatedRegistry, NetworkNamespaces, SimulatedKernel

if TYPE_CHECKING:
    from pathlib import Path

    from sockcore.plugin import Context, Register

NUMBER = 202
PURE = backends.current() == "pure"
needs_pure = pytest.mark.skipif(not PURE, reason="the simulated kernel needs the pure backend")


class Plain(Family):
    """A family whose addresses are the bytes behind the family field."""

    number, name, size = NUMBER, "AF_PLAIN", 4

    def encode(self, address: Any, context: Context) -> bytes:
        return sockaddr_header(NUMBER, 4) + bytes(address)

    def decode(self, raw: bytes, context: Context) -> object:
        return raw[2:]


def hook(register: Register) -> None:
    def shout(sock: Any) -> str:
        """Return a text."""
        return "!"

    register.family(Plain())
    register.constants({"PLAIN_OPTION": 7})
    register.methods(shout)


def kernel() -> SimulatedKernel:
    return SimulatedKernel(NUMBER, 4, lambda number: sockaddr_header(NUMBER, 4) + number.to_bytes(2, "big"))


def test_isolated_registry_undoes_registrations() -> None:
    with IsolatedRegistry() as isolated:
        isolated.register(hook)
        assert (sockcore.PLAIN_OPTION, sockcore.AF_PLAIN) == (7, NUMBER)
        assert isinstance(sockcore.AF_PLAIN, sockcore.AddressFamily)
        assert isolated.registry.families[NUMBER, None].name == "AF_PLAIN"
        assert sockcore.socket.shout(None) == "!"
        with pytest.raises(RegistrationError, match="both register the family"):
            isolated.register(hook, "another")
    for name in ("PLAIN_OPTION", "AF_PLAIN"):
        with pytest.raises(AttributeError):
            getattr(sockcore, name)
    assert (NUMBER, None) not in isolated.registry.families
    assert not any(family == NUMBER for family in sockcore.AddressFamily)
    assert not hasattr(sockcore.socket, "shout")
    with IsolatedRegistry() as isolated:  # a second test registers the same
        isolated.register(hook)
        assert sockcore.socket.shout(None) == "!"


UNSUPPORTED = "WinError 10047" if sys.platform == "win32" else os.strerror(errno.EAFNOSUPPORT)


@needs_pure
class TestSimulatedKernel:
    def test_simulated_kernel_ends_with_block(self) -> None:
        with pytest.raises(OSError, match=UNSUPPORTED):
            sockcore.socket(NUMBER)
        with kernel():
            sockcore.socket(NUMBER).close()
        with pytest.raises(OSError, match=UNSUPPORTED):
            sockcore.socket(NUMBER)

    def test_simulated_kernel_rejects_sockaddr(self) -> None:
        right = sockaddr_header(NUMBER, 4) + b"ab"
        with kernel(), sockcore.socket(NUMBER) as sock, sockcore.socket(NUMBER) as other:
            for sockaddr in (right[:3], right + b"c"):
                with pytest.raises(OSError) as caught:
                    sock.bind(RawAddress(sockaddr))
                assert caught.value.errno in (errno.EINVAL, getattr(errno, "WSAEINVAL", None))
            with pytest.raises(OSError) as caught:
                sock.bind(RawAddress(sockaddr_header(NUMBER + 1, 4) + b"ab"))
            assert caught.value.errno == errno.EAFNOSUPPORT
            sock.bind(RawAddress(right))
            with pytest.raises(OSError) as caught:
                other.bind(RawAddress(right))
            assert caught.value.errno == errno.EADDRINUSE
            with pytest.raises(ConnectionRefusedError):
                other.connect(RawAddress(right[:-1] + b"c"))

    def test_simulated_kernel_frees_address_of_closed_socket(self) -> None:
        address = RawAddress(sockaddr_header(NUMBER, 4) + b"ab")
        with kernel() as simulated:
            sock = sockcore.socket(NUMBER, sockcore.SOCK_DGRAM)
            sock.bind(address)
            duplicate = sock.dup()
            sock.close()
            assert simulated.ports
            duplicate.close()
            assert (simulated.ports, simulated.sockets) == ({}, {})

    def test_simulated_kernel_leaves_other_families(self) -> None:
        with kernel(), sockcore.socket(2, sockcore.SOCK_DGRAM) as sock:
            sock.bind(RawAddress(sockaddr_header(2, 16) + bytes(14)))
            assert sock.family == 2


@pytest.mark.skipif(PURE, reason="this is the pure backend")
def test_simulated_kernel_on_native_backend_raises() -> None:
    with pytest.raises(RuntimeError, match="SOCKCORE_BACKEND=pure"), kernel():
        pass


def test_network_namespaces_transfer_data() -> None:
    loopback = RawAddress(sockaddr_header(2, 16) + b"\0\x50" + bytes([10, 0, 0, 2]) + bytes(8))
    try:
        namespaces = NetworkNamespaces().__enter__()
    except OSError as exc:
        pytest.skip(exc.strerror)
    try:
        server = namespaces.run(1, sockcore.socket, 2, sockcore.SOCK_DGRAM)
        client = namespaces.run(0, sockcore.socket, 2, sockcore.SOCK_DGRAM)
        with server, client:
            server.settimeout(60)
            server.bind(loopback)
            client.sendto(b"data", loopback)
            assert server.recv(100) == b"data"
        assert [f" {name}@" in namespaces.ip(0, "link") for name in ("veth0", "veth1")] == [True, False]
        with pytest.raises(OSError, match="ip link set nosuch up: "):
            namespaces.ip(0, "link", "set", "nosuch", "up")
        with pytest.raises(ZeroDivisionError):
            namespaces.run(0, lambda: 1 // 0)
    finally:
        namespaces.__exit__()
    assert threading.active_count() == len(threading.enumerate())


TESTS = """
import pytest
import sockcore
from sockcore.plugin import Family, sockaddr_header
from sockcore.testing import registered_by

class Plain(Family):
    number, name, size = 202, "AF_PLAIN", 4
    def encode(self, address, context):
        return sockaddr_header(202, 4) + address
    def decode(self, raw, context):
        return raw[2:]

@pytest.mark.parametrize("again", [False, True])
def test_registry(sockcore_registry, again):
    sockcore_registry.family(Plain())
    assert sockcore.AF_PLAIN == 202

def test_registry_is_restored():
    assert not hasattr(sockcore, "AF_PLAIN")

def test_kernel(sockcore_registry, sockcore_kernel):
    sockcore_registry.family(Plain())
    sockcore_kernel(202, 4, lambda number: sockaddr_header(202, 4) + number.to_bytes(2, "big"))
    with sockcore.socket(sockcore.AF_PLAIN, sockcore.SOCK_DGRAM) as sock:
        sock.bind(b"ab")
        assert sock.getsockname() == b"ab"

def test_backend(sockcore_backend):
    assert sockcore_backend == "pure"

def test_namespaces(sockcore_namespaces):
    assert "veth0" in sockcore_namespaces.ip(0, "link")
"""


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_fixtures.py").write_text(TESTS)
    # The plugin may be installed or not: the checkout may be older than its metadata.
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-ra",
        "-W",
        "error",
        "-p",
        "no:sockcore",
        "-p",
        "no:cacheprovider",
    ]
    command += ["-p", "sockcore.testing.pytest_plugin", "--rootdir", str(folder), *arguments, str(folder)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)


def test_pytest_fixtures_work_in_project(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, "--sockcore-backend", "pure")
    assert done.returncode == 0, done.stdout + done.stderr
    # Network namespaces need Linux, root and the command ip.
    assert re.search(r"\b(6 passed|5 passed, 1 skipped)\b", done.stdout), done.stdout


def test_pytest_option_with_missing_backend_is_usage_error(tmp_path: Path) -> None:
    if "native" in backends.available():
        pytest.skip("the native backend is available")
    done = run_pytest(tmp_path, "--sockcore-backend", "native")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--sockcore-backend: choose() takes one of ['pure'], not 'native'" in done.stderr


def test_sockcore_imported_before_pytest_causes_no_warning() -> None:
    # pytest marks the package of a plugin for the rewriting of assert statements. It warns if the package is imported
    # already, as by "python -m sockcore run -m pytest".
    from _pytest.assertion.rewrite import AssertionRewriter

    assert AssertionRewriter.is_rewrite_disabled(sockcore.__doc__ or "")


def test_pytest_plugin_imports_neither_registry_nor_backend(python: Any) -> None:
    printed = python("""
        import sys
        import sockcore.testing.pytest_plugin
        print([name for name in sys.modules if name.startswith("sockcore")])
    """)
    expected = ["sockcore", "sockcore._names", "sockcore.testing", "sockcore.testing.pytest_plugin"]
    assert sorted(eval(printed)) == expected
