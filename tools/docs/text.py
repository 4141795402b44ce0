"""reStructuredText: headings, tables, docstrings, and links to the source."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from tools.release import address

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: The address of the repository, as in the metadata of the distributions.
REPOSITORY = address.read()
#: System -> its name for readers, in the order of tables.
SYSTEMS = {
    "linux": "Linux",
    "darwin": "macOS",
    "freebsd": "FreeBSD",
    "netbsd": "NetBSD",
    "openbsd": "OpenBSD",
    "windows": "Windows",
}
GENERATED = ".. Made by tools/docs: not to be edited.\n"


def heading(title: str, underline: str = "=") -> str:
    """Return a heading. The underlines of levels are ``=``, ``-`` and ``~``."""
    return f"\n{title}\n{underline * max(len(title), 3)}\n"


def table(header: Sequence[str], rows: Iterable[Sequence[object]], widths: str = "auto") -> str:
    """Return a table with a header. A cell is reStructuredText."""
    lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", ""]
    for row in (header, *rows):
        for position, cell in enumerate(row):
            lines.append(f"   {'* -' if position == 0 else '  -'} {cell}".rstrip())
    return "\n".join(lines) + "\n"


def names_of(systems: Iterable[str]) -> str:
    """Return systems as text: "all systems", "macOS and FreeBSD", "all systems except Windows"."""
    selected = set(systems)
    missing = [name for system, name in SYSTEMS.items() if system not in selected]
    if not missing:
        return "all systems"
    if len(missing) == 1:
        return f"all systems except {missing[0]}"
    return join([name for system, name in SYSTEMS.items() if system in selected])


def join(names: Sequence[str]) -> str:
    """Return names as a list with "and"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def source_link(source: tuple[str, int] | None) -> str:
    """Return a link to a line of the repository."""
    if source is None:
        return ""
    path, line = source
    return f"`{path} <{REPOSITORY}/blob/main/{path}{f'#L{line}' if line else ''}>`__"


def literal(text: object) -> str:
    """Return text in double backquotes."""
    return f"``{text}``"


def split_errors(doc: str) -> tuple[str, str]:
    """Return a docstring without its sentences about exceptions, and these sentences."""
    kept: list[str] = []
    errors: list[str] = []
    for paragraph in doc.split("\n\n"):
        if not re.search(r"\braises?\b", paragraph, re.IGNORECASE) or re.match(r"\s|[-*\d]", paragraph):
            kept.append(paragraph)
            continue
        remaining: list[str] = []
        for sentence in re.split(r"(?<=[.])\s+(?=[A-Z*`])", paragraph):
            (errors if re.search(r"\braises?\b", sentence, re.IGNORECASE) else remaining).append(sentence)
        if remaining:
            kept.append(" ".join(remaining))
    return "\n\n".join(kept), " ".join(" ".join(errors).split())


def body(doc: str) -> str:
    """Return a docstring as reStructuredText.

    An indented block of code follows a paragraph that ends with a colon or two, or stands alone. All of them become
    literal blocks.
    """
    paragraphs = doc.split("\n\n")
    lines: list[str] = []
    for position, paragraph in enumerate(paragraphs):
        is_code = paragraph.startswith("    ")
        before = paragraphs[position - 1] if position else ""
        if is_code and not before.startswith("    ") and not before.endswith("::"):
            lines.append("::")
        # A star in front of a word would begin emphasis.
        lines.append(paragraph if is_code else re.sub(r"(?<![\w*`])(\*+)(?=\w+\b(?!\*))", r"\\\1", paragraph))
    return "\n\n".join(lines)


def indent(text: str, by: int = 3) -> str:
    """Return text with each line indented."""
    return textwrap.indent(text, " " * by)
