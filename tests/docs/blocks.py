"""Code blocks of the pages in the folders of ``docs``, with the comment in front of each.

A comment ``<!-- test: RULE -->`` in the line before a block, or before an empty line, changes its test:

- ``background``: a program that runs until the end of the test. It prints a line that ends with its port.
- ``port``: a program whose argument is the port of the last background program of the page.
- ``imports: REASON``: the import statements run, and the names of sockcore in the block must exist.
- ``needs NAME``: skipped without this module, or without this name of sockcore.
- ``syntax of sh``: the shell reads the block, and does not execute it.
- ``not run: REASON``: the block is not tested here.

A block without a comment runs. A ``text`` block after a Python block is its output, in which ``...`` stands for any
text.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("tutorial", "how-to", "reference", "explanation")
_BLOCK = re.compile(
    r"(?:^<!-- test: (?P<rule>.*?) -->\n+)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)


class Block(NamedTuple):
    """A code block, its place and its expected output."""

    page: str
    line: int
    language: str
    rule: str
    text: str
    output: str | None

    @property
    def name(self) -> str:
        """The identifier of the test: the page and the line."""
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Return the pages that are written by hand, in folders of docs."""
    return sorted(path for folder in FOLDERS for path in (ROOT / "docs" / folder).glob("*.md"))


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page. An output is a part of its program."""
    text = page.read_text(encoding="utf-8")
    found: list[Block] = []
    for match in _BLOCK.finditer(text):
        line = text.count("\n", 0, match.start("text"))
        name = page.relative_to(ROOT).as_posix()
        block = Block(name, line, match["language"], match["rule"] or "", match["text"], None)
        if block.language == "text" and not block.rule:
            if not found or found[-1].language != "python" or found[-1].output is not None:
                raise ValueError(f"{block.name}: no program for this output")
            found[-1] = found[-1]._replace(output=block.text)
        else:
            found.append(block)
    return found


def matches(expected: str, output: str) -> bool:
    """Return True if *output* is the expected text, in which ``...`` stands for any text."""
    return re.fullmatch(".*".join(map(re.escape, expected.split("..."))), output, re.DOTALL) is not None
