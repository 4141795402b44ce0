"""Warnings of Sphinx for wrong links: ``tox -e docs`` fails on each of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from blocks import ROOT

pytest.importorskip("sphinx", reason="sphinx is not installed (tests/docs/requirements.txt)")
pytest.importorskip("myst_parser", reason="myst-parser is not installed (tests/docs/requirements.txt)")

CONFIGURATION = f"""
import sys
sys.path.insert(0, {str(ROOT / "docs" / "_ext")!r})
extensions = ["myst_parser", "repository"]
repository_url = "https://example.org/repository"
myst_heading_anchors = 4
"""


def build(folder: Path, text: str) -> tuple[str, str]:
    """Build a site of one page; return its HTML and the warnings."""
    docs = folder / "docs"
    docs.mkdir()
    (folder / "file.py").write_text("", encoding="utf-8")
    (docs / "conf.py").write_text(CONFIGURATION, encoding="utf-8")
    (docs / "index.md").write_text(f"# Title\n\n{text}\n", encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(docs), str(folder / "html")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    return (folder / "html" / "index.html").read_text(encoding="utf-8"), done.stderr


def test_link_to_file_of_repository_becomes_url(tmp_path: Path) -> None:
    html, warnings = build(tmp_path, "[a](../file.py), [b](../file.py#L3), [c](../docs), [d](#title)")
    assert warnings == ""
    assert 'href="https://example.org/repository/blob/main/file.py"' in html
    assert 'href="https://example.org/repository/blob/main/file.py#L3"' in html
    assert 'href="https://example.org/repository/tree/main/docs"' in html


def test_each_wrong_link_is_a_warning(tmp_path: Path) -> None:
    links = ("../missing.py", "page.md", "#anchor", "index.md#section")
    _, warnings = build(tmp_path, "\n\n".join(f"[a]({link})" for link in links))
    lines = [line for line in warnings.splitlines() if "WARNING" in line]
    for name in ("../missing.py", "page.md", "anchor", "section"):
        assert [line for line in lines if name in line], (name, warnings)
    assert len(lines) >= len(links)
