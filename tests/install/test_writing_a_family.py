"""docs/writing-a-family.md, followed literally: its files and commands, in a new environment with the core alone.

A comment ``<!-- file: PATH -->`` in front of a block names the file. Parts of the same file follow each other.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "writing-a-family.md").read_text(encoding="utf-8")
#: An empty file, which needs no block.
MARKER = "src/sockcore_xdp/py.typed"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="AF_XDP needs Linux")


def files() -> dict[str, str]:
    """Return the path and the text of each file of the guide."""
    found: dict[str, str] = {}
    for path, text in re.findall(r"^<!-- file: (\S+) -->\n\n```\w+\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE):
        found[path] = f"{found[path]}\n\n{text}" if path in found else text
    return found


@pytest.fixture(scope="module")
def environment(new_environment: Callable[..., Any], builder: Any) -> Any:
    """Return an environment with the core and the plugin of the guide, whose files are in its folder."""
    environment = new_environment("sockcore")
    for path, text in {**files(), MARKER: ""}.items():
        target = environment.folder / "sockcore-xdp" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    # A wheel, because the environment has neither pip nor an index.
    wheel = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(environment.folder))
    builder.pip(*wheel, str(environment.folder / "sockcore-xdp"))
    environment.install("sockcore-xdp")
    return environment


def test_guide_lists_each_file() -> None:
    listed = re.findall(r"^\| (`.*`) \| .* \| [\d, ]+ \|$", GUIDE, re.MULTILINE)
    package = "src/sockcore_xdp/"
    paths = [
        path if "/" in path or path != "py.typed" else package + path for path in re.findall(r"`(.*?)`", str(listed))
    ]
    assert sorted(paths) == sorted([*files(), MARKER])


def test_plugin_of_guide_is_loaded(environment: Any) -> None:
    for command in ("plugins", "families"):
        done = environment.run("-W", "error", "-m", "sockcore", command)
        assert (done.returncode, done.stderr) == (0, "")
        assert re.search("^(xdp|AF_XDP) .* sockcore-xdp ", done.stdout, re.MULTILINE), done.stdout


def test_options_of_guide_are_registered(environment: Any) -> None:
    done = environment.run("-W", "error", "-m", "sockcore", "options", "XDP_*")
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.splitlines()[1:]]
    assert [(row[0], row[-1]) for row in rows] == [("XDP_OPTIONS", "sockcore-xdp"), ("XDP_RX_RING", "sockcore-xdp")]


def test_tests_of_guide_pass(environment: Any) -> None:
    [site_packages] = environment.folder.glob("lib/python*/site-packages")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=environment.folder / "sockcore-xdp", env={**os.environ, "PYTHONPATH": str(site_packages)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^14 passed", done.stdout, re.MULTILINE), done.stdout
