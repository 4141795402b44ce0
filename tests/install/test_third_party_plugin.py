"""A third-party distribution adds AF_XDP without changes to the core, and sends a frame."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sockcore.testing import FamilyTests

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "xdp"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="AF_XDP needs Linux")

#: A program that sends a frame with AF_XDP through the interface in its argument.
SEND = (Path(__file__).parent / "xdp_frame.py").read_text()

#: Pieces of the blocks of the guide whose code is in one of the examples.
PIECES = ("FIELDS =", "class Xdp(Family)", "Register the family and its constants", "extension_function(", "def raw(")


@pytest.fixture(scope="module")
def environment(new_environment: Callable[..., Any]) -> Any:
    environment = new_environment("sockcore")
    before = environment.files("sockcore")
    environment.install("sockcore-xdp")
    assert environment.files("sockcore") == before  # the core is unchanged
    return environment


def is_af_xdp_available() -> bool:
    code = "import socket; socket.socket(44, socket.SOCK_RAW).close()"
    return not subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode


needs_kernel = pytest.mark.skipif(not is_af_xdp_available(), reason="this kernel does not open AF_XDP for this user")


def test_module_of_family_has_fewer_than_60_lines() -> None:
    assert 0 < len((EXAMPLE / "src/sockcore_xdp/__init__.py").read_text().splitlines()) < 60


def test_example_imports_public_interface_only() -> None:
    lines = [line for file in EXAMPLE.glob("src/**/*.py") for line in file.read_text().splitlines()]
    lines = [line for line in lines if "from sockcore_xdp" not in line]
    assert [line for line in lines if "import" in line and "sockcore" in line and "sockcore.plugin" not in line] == []


def test_example_passes_family_tests() -> None:
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLE / "src")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLE / "tests")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=EXAMPLE, check=False)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_af_xdp_is_registered(environment: Any) -> None:
    printed = environment.execute(
        "import sockcore; print(repr(sockcore.AF_XDP), sockcore.XDP_COPY, sockcore.AF_XDP in sockcore.AddressFamily)"
    )
    assert printed == "<AddressFamily.AF_XDP: 44> 2 True\n"
    listing = environment.run("-m", "sockcore", "families").stdout
    [line] = [line.split() for line in listing.splitlines() if line.startswith("AF_XDP")]
    assert line[:3] == ["AF_XDP", "any", "sockcore-xdp"]


@needs_kernel
def test_standard_library_cannot_bind_af_xdp(environment: Any) -> None:
    code = "import socket\nwith socket.socket(44, 3) as s: s.bind(('lo', 0))"
    done = environment.run("-c", code)
    assert done.stderr.strip().endswith("bad family")


@needs_kernel
def test_af_xdp_bind_invalid_address_raises(environment: Any) -> None:
    printed = environment.execute(
        """
        import errno, sockcore
        with sockcore.socket(sockcore.AF_XDP, sockcore.SOCK_RAW) as sock:
            for address in [("lo", 0), ("lo", 0, sockcore.XDP_COPY | sockcore.XDP_ZEROCOPY)]:
                try:
                    sock.bind(address)
                except OSError as error:
                    print(errno.errorcode[error.errno])
            for address in ["lo", ("lo",), ("no-such-interface", 0), ("lo", -1)]:
                try:
                    sock.bind(address)
                except (TypeError, OverflowError, OSError) as error:
                    print(type(error).__name__)
            for call in (sock.getsockname, sock.getpeername):
                try:
                    call()
                except OSError as error:
                    print(error.errno == errno.EOPNOTSUPP)
        """
    )
    # bind fails with EINVAL without memory for frames. AF_XDP does not support getsockname.
    errors, exceptions, names = printed.split()[:2], printed.split()[2:6], printed.split()[6:]
    assert errors == ["EINVAL", "EINVAL"]
    assert exceptions == ["TypeError", "TypeError", "OSError", "OverflowError"]
    assert names == ["True", "True"]


@needs_kernel
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for the memory of AF_XDP and for AF_PACKET")
def test_af_xdp_frame_is_received(environment: Any) -> None:
    script = environment.folder / "xdp_frame.py"
    script.write_text(SEND)
    done = environment.run(str(script), "lo")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "bound to ('lo', 0, 2)",
        "the second socket shares its memory",
        "sent a frame of 60 bytes",
        "the kernel has returned the buffer",
        "received the frame",
    ]


def test_writing_a_family_shows_code_of_example() -> None:
    text = (EXAMPLE.parents[1] / "docs" / "writing-a-family.md").read_text()
    blocks = [block.partition("```")[0] for block in text.split("```python\n")[1:]]
    shown = [block for block in blocks if any(piece in block for piece in PIECES)]
    assert len(shown) == len(PIECES)
    # test_third_party_twin.py tests the second example.
    files = [path for name in ("xdp", "mctp") for path in EXAMPLE.parent.glob(f"{name}/[st]*/**/*.py")]
    sources = "\n".join(file.read_text() for file in files)
    paragraphs = [paragraph.strip("\n") for block in shown for paragraph in block.split("\n\n")]
    other = ("from ", "import ", "AF_XDP = ", "SOCKCORE_API = ", "CONTRACT = ")
    assert [text for text in paragraphs if text not in sources and not text.startswith(other)] == []
    assert "nine tests" in text
    assert len([name for name in vars(FamilyTests) if name.startswith("test_")]) == 9
