"""Links in the built site: pages, anchors, images, and files of the repository."""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from blocks import ROOT

sys.path.insert(0, str(ROOT))
try:
    from tools.docs.text import REPOSITORY as ADDRESS
finally:
    sys.path.remove(str(ROOT))

REPOSITORY = f"{ADDRESS}/"


class Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = {"", "furo-main-content"}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if "id" in values:
            self.anchors.add(values["id"] or "")
        for name in ("href", "src"):
            if tag != "link" and values.get(name):
                self.links.add(values[name] or "")


@pytest.fixture(scope="module")
def parsed(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in sorted(site.rglob("*.html"))}


def test_site_has_all_groups(site: Path) -> None:
    names = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    assert {"index.html", "tutorial/tcp.html", "how-to/yocto.html", "reference/index.html", "families/AF_INET.html",
            "explanation/timeouts.html", "api/sockcore.html", "architecture.html", "search.html"} <= names  # fmt: skip


def test_internal_links_and_anchors_exist(parsed: dict[Path, Page], site: Path) -> None:
    missing = []
    for path, page in parsed.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists() or (target in parsed and unquote(parts.fragment) not in parsed[target].anchors):
                missing.append((path.relative_to(site).as_posix(), link))
    assert missing == []


def test_links_to_repository_name_files_of_the_checkout(parsed: dict[Path, Page], site: Path) -> None:
    checked = 0
    missing = []
    for path, page in parsed.items():
        for link in page.links:
            for kind in ("blob/main/", "tree/main/"):
                if link.startswith(REPOSITORY + kind):
                    name = urlsplit(link[len(REPOSITORY + kind) :]).path.partition("?")[0]
                    is_generated = name.startswith(("docs/api/", "docs/families/"))  # the links of the theme
                    checked += 1
                    if not is_generated and not (ROOT / name).exists():
                        missing.append((path.relative_to(site).as_posix(), link))
    assert missing == []
    assert checked > 300


def test_pages_use_no_files_of_other_servers(parsed: dict[Path, Page], site: Path) -> None:
    for path in parsed:
        text = path.read_text(encoding="utf-8")
        for start in ('src="http', '<link rel="stylesheet" type="text/css" href="http', "@import"):
            assert start not in text, path.relative_to(site)
