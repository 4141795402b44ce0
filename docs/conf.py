"""Configuration of Sphinx: ``tox -e docs`` builds the site.

Pages about families, functions and constants are made from the code by ``tools/docs`` before Sphinx reads the pages.
``tox -e docs-links`` checks links to other sites.
"""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS / "_ext"), str(DOCS.parent)]

from tools.docs import pages, text  # noqa: E402

project = "sockcore"
author = "The sockcore authors"
copyright = author
extensions = ["myst_parser", "repository", "long_names"]
repository_url = text.REPOSITORY
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build"]
root_doc = "index"

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
maximum_signature_line_length = 90
python_use_unqualified_type_names = True
add_module_names = False
toc_object_entries = False
highlight_language = "none"
pygments_style = "friendly"
pygments_dark_style = "monokai"

html_theme = "furo"
html_title = "sockcore"
html_static_path = ["_static"]
html_favicon = "_static/favicon.svg"
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "source_repository": f"{text.REPOSITORY}/",
    "source_branch": "main",
    "source_directory": "docs/",
}

linkcheck_anchors = False

pages.write(DOCS)
