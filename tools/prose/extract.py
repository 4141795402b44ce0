"""Extraction of the text that people read from a source file.

The text is docstrings, comments, and Markdown outside code blocks.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple


class Block(NamedTuple):
    """Connected text, with line breaks as in the file.

    The line breaks are kept so that a match has a line number.
    """

    line: int
    text: str


def blocks(path: Path) -> Iterator[Block]:
    """Yield the text of a file, with inline code left out."""
    source = path.read_text(encoding="utf-8", errors="replace")
    for line, text in READERS[path.suffix](source):
        yield Block(line, re.sub(r"(`+)[^`]*\1", lambda code: "\n" * code.group().count("\n"), text))


def _python(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            docstring = ast.get_docstring(node, clean=False)
            if docstring is not None:
                yield node.body[0].lineno, docstring
    comments: list[tuple[int, str]] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        if comments and token.start[0] != comments[-1][0] + 1:
            yield _joined(comments)
            comments = []
        comments.append((token.start[0], token.string.lstrip("#:! ")))
    if comments:
        yield _joined(comments)


def _c(source: str) -> Iterator[tuple[int, str]]:
    for comment in re.finditer(r"/\*.*?\*/", source, re.DOTALL):
        yield source.count("\n", 0, comment.start()) + 1, re.sub(r"(?m)^\s*/?\*+/?", "", comment.group())
    # Docstrings of C functions: macros whose values are string literals.
    for macro in re.finditer(r"(?m)^#define DOC_\w+((?:.*\\\n)*.*)", source):
        text = re.sub(r'(?m)\\n(?=[^"]*"\s*\\?$)|\\n|^\s*"|"\s*\\?$', " ", macro.group(1))
        yield source.count("\n", 0, macro.start()) + 1, text


def _markdown(source: str) -> Iterator[tuple[int, str]]:
    paragraph: list[tuple[int, str]] = []
    fenced = False
    for number, line in enumerate(source.splitlines(), 1):
        is_fence = line.lstrip().startswith("```")
        if fenced or is_fence or not line.strip():
            if paragraph:
                yield _joined(paragraph)
            paragraph = []
            fenced ^= is_fence
        else:
            paragraph.append((number, line))
    if paragraph:
        yield _joined(paragraph)


def _joined(lines: list[tuple[int, str]]) -> tuple[int, str]:
    return lines[0][0], "\n".join(text for _, text in lines)


#: Suffix of a file -> its reader.
READERS: dict[str, Callable[[str], Iterator[tuple[int, str]]]] = {
    ".py": _python,
    ".pyi": _python,
    ".c": _c,
    ".h": _c,
    ".md": _markdown,
}
