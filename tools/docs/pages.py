"""All generated files of the site."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from . import constants, families, reference
from .snapshot import snapshots

ROOT = Path(__file__).resolve().parents[2]
#: Folders in ``docs`` that contain only generated files.
FOLDERS = ("families", "api")


def readme_page(readme: Path) -> str:
    """Return the README of a plugin as a page in ``docs/api``, with its links changed."""

    def change(match: re.Match[str]) -> str:
        target = os.path.relpath(readme.parent / match.group(1), ROOT / "docs" / "api")
        return Path(target).as_posix()

    return re.sub(r"(?<=\]\()(\.{0,2}[\w/.-]+)(?=[#)])", change, readme.read_text(encoding="utf-8"))


def modules_of(owner: str, snapshots: dict[str, dict[str, Any]]) -> str:
    """Return a table of the modules of a distribution, in Markdown, with the list of pages for the sidebar.

    The sidebar has the last part of a module's name: it is too narrow for the whole name.
    """
    modules = {name: record for name, record in reference.merge(snapshots).items() if record["kind"] == "module"}
    own = {name: record["doc"] for name, record in modules.items() if record["owner"] == owner}
    rows = [f"| [`{name}`]({name}.rst) | {summary_of(doc)} |" for name, doc in own.items()]
    entries = [f"{name.rpartition('.')[2]} <{name}>" for name in own]
    head = ["\n## Modules\n", "| module | contents |", "|---|---|"]
    return "\n".join([*head, *rows, "\n:::{toctree}", ":hidden:\n", *entries, ":::\n"])


def summary_of(doc: str) -> str:
    """Return the first paragraph of a docstring as one line of Markdown, without its period."""
    return " ".join(doc.partition("\n\n")[0].split()).replace("``", "`").removesuffix(".")


def write(docs: Path) -> None:
    """Write the generated pages to folders in *docs*.

    Files with the same text are not written, so that Sphinx reads only changed pages again.
    """
    taken = snapshots()
    pages = {f"families/{name}": text for name, text in families.pages(taken).items()}
    for name, text in {**reference.pages(taken), **constants.pages(taken)}.items():
        pages[f"api/{name}"] = text
    files = {f"{name}.rst": text for name, text in pages.items()}
    for readme in sorted(ROOT.glob("plugins/*/README.md")):
        name = f"sockcore-{readme.parent.name.replace('_', '-')}"
        files[f"api/distribution-{name}.md"] = readme_page(readme) + modules_of(name, taken)
    for folder in FOLDERS:
        (docs / folder).mkdir(exist_ok=True)
        for path in (docs / folder).iterdir():
            if path.suffix in (".rst", ".md") and f"{folder}/{path.name}" not in files:
                path.unlink()
    for name, text in files.items():
        path = docs / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
