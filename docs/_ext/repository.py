"""Links of Markdown pages to files of the repository.

The pages are read on the site and in the repository. A relative link to a file outside ``docs`` becomes a link to the
repository. The file must exist, otherwise Sphinx warns.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)
_LINK = re.compile(r"(?<=\]\()(\.\./[^)#\s]+)(#[^)\s]*)?(?=\))")


def change_links(app: Sphinx, docname: str, content: list[str]) -> None:
    """Change links in the text of a page."""
    page = Path(app.env.doc2path(docname))
    if page.suffix != ".md":
        return
    docs, root = Path(app.srcdir).resolve(), Path(app.srcdir).resolve().parent

    def change(match: re.Match[str]) -> str:
        path, fragment = match.group(1), match.group(2) or ""
        target = (page.parent / path).resolve()
        if docs in target.parents:
            return match.group()
        if not target.exists():
            logger.warning("link to a missing file: %s", path, location=docname, type="repository")
        kind = "tree" if target.is_dir() else "blob"
        return f"{app.config.repository_url}/{kind}/main/{target.relative_to(root).as_posix()}{fragment}"

    content[0] = _LINK.sub(change, content[0])


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the setting ``repository_url`` and the event handler."""
    app.add_config_value("repository_url", "", "env")
    app.connect("source-read", change_links)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
