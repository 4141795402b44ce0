"""Line breaks in long names: those in headings and tables break after an underscore or slash, or before a dot.

An underscore at the start of a name stays with the name. Without these breaks, a browser breaks a heading within a
word, and makes a column of a table as wide as its longest name.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def add_breaks(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Insert ``<wbr>`` in the titles of a page, and in the literals of its tables. Options do not break.

    The text stays the same, for search, bookmarks and copies.
    """
    if app.builder.format != "html":
        return
    literals = [literal for entry in doctree.findall(nodes.entry) for literal in entry.findall(nodes.literal)]
    for literal in literals:
        if re.fullmatch(r"--?[\w-]+", literal.astext()):
            literal["classes"].append("option")  # has no line breaks
    for element in (*doctree.findall(nodes.title), *literals):
        for text in list(element.findall(nodes.Text)):
            parts = re.split(r"(?<=[^\W_][_/])(?=[^\W_])|(?<=\w)(?=\.\w)", text.astext())
            if len(parts) > 1:
                inserted: list[nodes.Node] = [nodes.Text(parts[0])]
                for part in parts[1:]:
                    inserted += [nodes.raw("", "<wbr>", format="html"), nodes.Text(part)]
                text.parent.replace(text, inserted)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the event handler."""
    app.connect("doctree-resolved", add_breaks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
