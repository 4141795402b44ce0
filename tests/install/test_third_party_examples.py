"""The tests of the distributions in examples, each in a process with its plugin."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
LINUX = sys.platform == "linux"
EXAMPLES = sorted(path.parent for path in ROOT.glob("examples/*/pyproject.toml"))


@pytest.mark.parametrize("example", EXAMPLES, ids=[path.name for path in EXAMPLES])
def test_example_passes_its_tests(example: Path) -> None:
    path = os.pathsep.join((str(example / "src"), *filter(None, [os.environ.get("PYTHONPATH")])))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(example / "tests")]
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=example, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


@pytest.mark.parametrize("example", EXAMPLES, ids=[path.name for path in EXAMPLES])
def test_example_imports_only_sockcore_plugin(example: Path) -> None:
    package = f"sockcore_{example.name}"
    lines = [line.split() for file in example.glob("src/**/*.py") for line in file.read_text().splitlines()]
    imported = {words[1] for words in lines if words[:1] in (["from"], ["import"]) and words[1].startswith("sockcore")}
    assert {name for name in imported if name.partition(".")[0] != package} == {"sockcore.plugin"}


def test_families_lists_installed_examples_beside_core_plugins(new_environment: Callable[..., Any]) -> None:
    environment = new_environment("sockcore-unix", "sockcore-kcm", "sockcore-llc", "sockcore-mctp")
    found = json.loads(environment.run("-m", "sockcore", "families", "--json").stdout)["families"]
    owners = {row["family"]: row["distribution"] for row in found}
    assert owners == {
        "AF_UNIX": "sockcore-unix",
        **({f"AF_{name}": f"sockcore-{name.lower()}" for name in ("KCM", "LLC", "MCTP")} if LINUX else {}),
    }
    # A kernel without the family is the reason of a row, not an error of the command.
    assert all(row["opens"] or row["reason"] for row in found)
    tested = environment.run("-m", "sockcore", "families", "--tested").stdout.splitlines()
    kinds = {words[0]: words[1:] for words in map(str.split, tested)}
    systems = ["linux", "darwin", "freebsd", "netbsd", "openbsd", "windows"]
    assert kinds.pop("FAMILY") == systems
    assert kinds.pop("AF_UNIX") == ["run", *["headers"] * 5]
    assert kinds == {f"AF_{name}": ["run", *["-"] * 5] for name in ("KCM", "LLC", "MCTP")}
    environment.uninstall("sockcore-kcm")
    listing = environment.run("-m", "sockcore", "families").stdout
    assert ("AF_KCM" in listing, "AF_MCTP" in listing) == (False, LINUX)
