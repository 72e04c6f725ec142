"""Settings of the site that `make docs` builds of these pages."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from nnbuild.cli.options import quiet  # noqa: E402

with quiet():
    from nnbuild.plan.symbolic import start_tensorflow
    from tools import api_page, module_tables, site_pictures

    start_tensorflow()

project = "nnbuild"
html_title = "nnbuild"
copyright = "the authors of nnbuild"

extensions = ["myst_parser", "sphinx_copybutton", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
show_warning_types = True

myst_enable_extensions = ["attrs_inline"]
myst_heading_anchors = 3  # links to headings as on GitHub: page.md#some-heading
suppress_warnings = [
    "misc.highlighting_failure",  # JSON with mistakes is shown too
]

default_role = "code"  # `so` in docstrings
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # docstrings say more
napoleon_google_docstring = False
napoleon_custom_sections = [("Attributes", "params_style")]
napoleon_use_rtype = False

html_theme = "furo"  # fonts of the system, nothing from elsewhere
html_copy_source = False
html_show_sourcelink = False
html_static_path = ["static"]
html_css_files = ["site.css"]
copybutton_prompt_text = "$ "


def setup(app: Sphinx) -> None:
    """Fill in what is made when the site is built, and give each page the language that it is written in."""
    app.connect("source-read", _filled)
    app.connect("autodoc-process-docstring", _escaped, priority=400)  # before napoleon
    app.connect("html-page-context", _language)


def _filled(app: Sphinx, page: str, source: list[str]) -> None:
    for mark, written in MADE.items():
        if mark in source[0]:
            source[0] = source[0].replace(mark, written())
    if page.startswith("gallery/"):
        source[0] = site_pictures.themed(source[0], Path(app.srcdir) / "gallery", Path(app.outdir) / "gallery")


def _escaped(app: Sphinx, what: str, name: str, value: object, options: object, lines: list[str]) -> None:
    """Names that end in an underscore are no links, where they stand among a parameter's types."""
    lines[:] = [re.sub(r"(\w)_(?=[,)])", r"\1\\_", line) for line in lines]


def _language(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    context["language"] = "zh-Hans" if page.endswith(".zh") else "en"


# What stands where in the pages, by the mark there.
MADE = {"<!-- api -->": api_page.text, "<!-- modules -->": module_tables.modules}
