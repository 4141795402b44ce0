"""Names and methods of a third-party plugin in mypy and pyright, by the stubs that the guide describes."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples/xdp/src"
GUIDE = ROOT / "docs/writing-a-family.md"

PROGRAM = """
import sockcore

with sockcore.socket(sockcore.AF_XDP, sockcore.SOCK_RAW) as sock:
    address = ("eth0", 0, sockcore.XDP_COPY)
    sock.bind(address)
    data: bytes = sock.xdp_statistics()
    family: sockcore.AddressFamily = sockcore.AF_XDP
    sock.send(b"", sockcore.MSG_DONTWAIT)
"""
MISTAKES = """
import sockcore

sockcore.AF_XPD
sockcore.socket().xdp_statistic()
"""


class Checker(NamedTuple):
    """A type checker: its command, its settings in the folder of a project, and a pattern for an error."""

    command: tuple[str, ...]
    settings: tuple[str, str]
    error: str


CHECKERS = {
    "mypy": Checker(
        ("mypy", "--strict", "--cache-dir=../cache", "program.py"),
        ("mypy.ini", f"[mypy]\nmypy_path = typings:{EXAMPLE}\n"),
        r"program\.py:(\d+): error",
    ),
    "pyright": Checker(
        ("pyright", "program.py"),
        ("pyrightconfig.json", f'{{"extraPaths": ["{EXAMPLE.as_posix()}"], "reportUnusedExpression": false}}'),
        r"program\.py:(\d+):\d+ - error",
    ),
}


@pytest.fixture(params=CHECKERS)
def checker(request: pytest.FixtureRequest) -> Checker:
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"needs {request.param}")
    return CHECKERS[request.param]


def blocks() -> list[str]:
    """Return the blocks of the guide about types."""
    section = GUIDE.read_text(encoding="utf-8").partition("### Types")[2].partition("\n###")[0]
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)


def error_lines(checker: Checker, folder: Path, program: str, *stub: str) -> list[int]:
    """Return the numbers of the lines that a type checker reports, in a project with a stub."""
    (folder / "typings").mkdir()
    if stub:
        (folder / "typings/sockcore_third_party.pyi").write_text("\n".join(stub))
    (folder / "program.py").write_text(program)
    (folder / checker.settings[0]).write_text(checker.settings[1])
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])  # pyright looks for python
    command = [sys.executable, "-m", *checker.command]
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return [int(number) for number in re.findall(checker.error, done.stdout)]


def test_stub_makes_names_and_methods_visible(checker: Checker, tmp_path: Path) -> None:
    _, names, methods, _ = blocks()
    assert error_lines(checker, tmp_path, PROGRAM, names, methods) == []


def test_stub_does_not_hide_misspelt_names(checker: Checker, tmp_path: Path) -> None:
    _, names, methods, _ = blocks()
    assert error_lines(checker, tmp_path, MISTAKES, names, methods) == [4, 5]


def test_stub_without_methods_makes_names_visible(checker: Checker, tmp_path: Path) -> None:
    _, names, _, _ = blocks()
    assert error_lines(checker, tmp_path, PROGRAM, names) == [7]


def test_names_without_stub_are_reported(checker: Checker, tmp_path: Path) -> None:
    assert {*error_lines(checker, tmp_path, PROGRAM)} == {4, 5, 7, 8}


def test_stub_of_example_has_its_names() -> None:
    def names(path: Path) -> dict[str, str]:
        nodes = ast.parse(path.read_text(encoding="utf-8")).body
        annotated = [node for node in nodes if isinstance(node, ast.AnnAssign)]
        return {ast.unparse(node.target): ast.unparse(node.annotation) for node in annotated}

    spec = importlib.util.spec_from_file_location("sockcore_xdp", EXAMPLE / "sockcore_xdp/__init__.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    expected = {"AF_XDP": "AddressFamily", **dict.fromkeys(module.CONSTANTS, "int")}
    assert names(EXAMPLE / "sockcore_xdp/names.pyi") == expected
