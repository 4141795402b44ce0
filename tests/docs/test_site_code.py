"""Code blocks of the site, and the examples in the pages of the families."""

from __future__ import annotations

import ast
import errno
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from blocks import ROOT, Block, blocks, matches, pages

import sockcore

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL = [block for page in pages() for block in blocks(page)]
RUN = [block for block in ALL if block.language == "python" and not block.rule.startswith(("imports:", "not run:"))]
IMPORTS = [block for block in ALL if block.rule.startswith("imports: ")]
SHELL = [block for block in ALL if block.language == "sh" and not block.rule.startswith("not run:")]
EXAMPLES = sorted((ROOT / "examples" / "families").glob("*.py"))
#: Examples that run on each Linux machine, with their output.
OUTPUTS = {
    "af_inet": "b'hello' from 127.0.0.1\n",
    "af_inet6": "b'hello' from ::1\n",
    "af_unix": "b'hello'\nTrue\n",
    "af_netlink": "True\n",
}
#: Errors of a machine that lacks the family, its interface or device, or the privilege.
LACKING = {
    getattr(errno, name)
    for name in (
        *("EAFNOSUPPORT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "ENODEV", "ENOENT", "EPERM", "EACCES"),
        *("EADDRNOTAVAIL", "EHOSTDOWN", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "ECONNRESET", "ENETDOWN"),
    )
}
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the examples are for Linux")


def environment() -> dict[str, str]:
    """Return variables with this Python first on PATH, and without those that select plugins."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("SOCKCORE_", "PYTHON"))}
    return {**variables, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}


def start(path: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", str(path), *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=path.parent, env=environment(), stdout=pipe, stderr=pipe, text=True)


def save(block: Block, folder: Path) -> Path:
    path = folder / f"block{block.line}.py"
    path.write_text(block.text, encoding="utf-8")
    return path


def run(path: Path, *arguments: str) -> str:
    """Run a program; return its output."""
    with start(path, *arguments) as process:
        try:
            output, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, errors) == (0, "")
    return output


def names_of(text: str) -> set[str]:
    """Return the names of sockcore in a program."""
    tree = ast.parse(text)
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("sockcore", "socket")
    }


def missing_names(text: str) -> list[str]:
    """Return the names in a program that sockcore has neither here nor in the stubs of another system."""
    stubs = [*ROOT.glob("sockcore/src/sockcore/_platform/_names.pyi"), *ROOT.glob("plugins/*/src/*/_names.pyi")]
    listed = "\n".join(path.read_text(encoding="utf-8") for path in stubs)
    return [
        name
        for name in sorted(names_of(text))
        if not hasattr(sockcore, name) and not re.search(rf"\b{name}(:| as {name}$)", listed, re.MULTILINE)
    ]


def test_each_block_has_a_test_or_a_reason() -> None:
    others = [block for block in ALL if block not in (*RUN, *IMPORTS, *SHELL)]
    assert [block.name for block in others if not re.fullmatch(r"not run: .{10,}", block.rule)] == []
    rules = re.compile(r"|background|port|needs \w+|syntax of sh|(imports|not run): .+")
    assert [block.name for block in ALL if not rules.fullmatch(block.rule)] == []
    assert len(RUN) > 20


@pytest.fixture
def background(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Start the background program in front of a block on its page; return its port."""
    block: Block = request.getfixturevalue("block")
    [*_, server] = [one for one in ALL if one.page == block.page and one.rule == "background" and one.line < block.line]
    with start(save(server, tmp_path)) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1]
            _, errors = process.communicate(timeout=60)  # the server ends after its client
            assert (process.returncode, errors) == (0, "")
        finally:
            process.kill()


CLIENTS = [block for block in RUN if block.rule == "port"]


@pytest.mark.parametrize("block", CLIENTS, ids=lambda block: block.name)
def test_client_block_runs_with_server(block: Block, background: str, tmp_path: Path) -> None:
    assert block.output is not None
    assert matches(block.output, run(save(block, tmp_path), background))


def test_each_server_block_has_a_client() -> None:
    assert [block.page for block in ALL if block.rule == "background"] == [block.page for block in CLIENTS]


@pytest.mark.parametrize(
    "block", [block for block in RUN if block.rule not in ("port", "background")], ids=lambda block: block.name
)
def test_block_runs_and_prints_documented_output(block: Block, tmp_path: Path) -> None:
    if block.rule.startswith("needs "):
        name = block.rule.partition(" ")[2]
        if not hasattr(sockcore, name) and find_spec(name) is None:
            pytest.skip(f"{name} is not available")
    assert matches(block.output or "", run(save(block, tmp_path)))


@pytest.mark.parametrize("block", IMPORTS, ids=lambda block: block.name)
def test_hardware_block_imports_and_names_exist(block: Block, tmp_path: Path) -> None:
    statements = [node for node in ast.parse(block.text).body if isinstance(node, (ast.Import, ast.ImportFrom))]
    path = tmp_path / "imports.py"
    path.write_text("\n".join(map(ast.unparse, statements)), encoding="utf-8")
    assert run(path) == ""
    assert missing_names(block.text) == []


@pytest.mark.parametrize("block", SHELL, ids=lambda block: block.name)
def test_shell_block_runs(block: Block, tmp_path: Path) -> None:
    option = "-n" if block.rule == "syntax of sh" else "-e"
    done = subprocess.run(
        ["sh", option, "-c", block.text],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_of_family_runs_as_far_as_machine_has_it(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert missing_names(text) == []
    if any(not hasattr(sockcore, name) for name in names_of(text)):
        pytest.skip(f"{path.stem.upper()} belongs to another system")
    if path.stem in OUTPUTS:
        assert run(path) == OUTPUTS[path.stem]
        return
    wrapper = tmp_path / "wrapper.py"
    wrapper.write_text(
        f"import runpy\ntry:\n    runpy.run_path({str(path)!r}, run_name='__main__')\n"
        f"except OSError as exc:\n    if exc.errno not in {LACKING!r}: raise\n    print('lacking')\n",
        encoding="utf-8",
    )
    assert re.search(r"hello|lacking|from|True", run(wrapper))


def test_examples_exist_for_all_families() -> None:
    from tools.docs import families

    assert [path.stem for path in EXAMPLES] == sorted(name.lower() for name in families.SUMMARIES)


def test_output_pattern_matches_any_text_for_dots() -> None:
    cases: list[tuple[str, str, Any]] = [
        ("a...c\n", "abc\n", True),
        ("a...c\n", "ab\n", False),
        ("(a)\n", "(a)\n", True),
    ]
    for expected, output, result in cases:
        assert matches(expected, output) is result
