"""A distribution of `new-family`, created by the installed core: it builds, installs and registers its family."""

from __future__ import annotations

import re
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the environments are those of POSIX")

FIELDS = ("--field", "node:u32", "--field", "port:be16", "--field", "mac:6")


@pytest.fixture(scope="module")
def environment(new_environment: Callable[..., Any], builder: Any) -> Any:
    """Return an environment with the core and the new distribution."""
    environment = new_environment("sockcore")
    done = environment.run("-m", "sockcore", "new-family", "AF_EXAMPLE", "--number", "17001", *FIELDS)
    assert (done.returncode, done.stderr) == (0, "")
    folder: Path = environment.folder / "sockcore-example"
    builder.pip(
        "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(environment.folder), str(folder)
    )
    environment.install("sockcore-example")
    return environment


def test_new_distribution_registers_its_family(environment: Any) -> None:
    printed = environment.execute(
        """
        import sockcore, sockcore_example
        print(repr(sockcore.AF_EXAMPLE), sockcore.AF_EXAMPLE == sockcore_example.AF_EXAMPLE)
        """
    )
    assert printed == "<AddressFamily.AF_EXAMPLE: 17001> True\n"
    done = environment.run("-m", "sockcore", "plugins")
    assert (done.returncode, done.stderr) == (0, "")
    [line] = [line.split() for line in done.stdout.splitlines() if line.startswith("example")]
    assert line == ["example", "sockcore_example", "sockcore-example", "0.1.0", "loaded"]


def test_new_distribution_contains_types_and_licence(environment: Any) -> None:
    [folder] = environment.folder.glob("lib/python*/site-packages/sockcore_example")
    assert (folder / "py.typed").exists()
    [metadata] = folder.parent.glob("sockcore_example-*.dist-info/METADATA")
    text = metadata.read_text(encoding="utf-8")
    assert "License-Expression: MIT\n" in text
    assert re.search(r"^Requires-Dist: sockcore(?=.*>=\d)(?=.*<\d)", text, re.MULTILINE)
    assert list(metadata.parent.rglob("LICENSE"))


def test_new_distribution_reports_wrong_item_of_address(environment: Any) -> None:
    printed = environment.execute(
        """
        import sockcore_example
        from sockcore.testing import FakeContext
        family, context = sockcore_example.Example(), FakeContext(17001, operation="bind")
        print(family.decode(family.encode((1, 2, b"mac"), context), context))
        for address in ((1, 2), (1, "2", b""), (1, 70000, b""), (1, 2, bytes(7))):
            try:
                family.encode(address, context)
            except (TypeError, ValueError, OverflowError) as exc:
                print(type(exc).__name__, exc)
        """
    )
    assert printed.splitlines() == [
        r"(1, 2, b'mac\x00\x00\x00')",
        "TypeError bind(): AF_EXAMPLE address must be (node, port, mac), not (1, 2)",
        "TypeError bind(): port must be an integer, not str",
        "OverflowError bind(): port must be 0 to 65535, not 70000",
        "ValueError bind(): mac must have at most 6 bytes, not 7",
    ]


def test_second_distribution_for_installed_family_is_an_error(environment: Any) -> None:
    done = environment.run("-m", "sockcore", "new-family", "AF_EXAMPLE", "--number", "17001", *FIELDS)
    assert done.returncode == 1
    assert "AF_EXAMPLE is taken: sockcore-example registers it" in done.stderr
    done = environment.run(
        "-m", "sockcore", "new-family", "AF_OTHER", "--number", "17002", *FIELDS, "--name", "example"
    )
    assert done.returncode == 1
    assert "the distribution sockcore-example 0.1.0 is installed" in done.stderr


@pytest.mark.skipif(not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="needs a C compiler")
def test_installed_core_reads_headers(environment: Any) -> None:
    (environment.folder / "made_up.h").write_text(
        "struct sockaddr_up { unsigned short family; unsigned char node[6]; };"
    )
    options = ("--header", "made_up.h", "--struct", "sockaddr_up", "--include", ".", "--number", "17002")
    if sys.platform != "linux":
        pytest.skip("the struct is that of Linux")
    done = environment.run("-m", "sockcore", "new-family", "AF_UP", *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert "addresses (node)" in done.stdout
