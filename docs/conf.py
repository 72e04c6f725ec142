"""Sphinx configuration of the documentation site."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from nnbuild.cli.starting import quiet  # noqa: E402

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
    "misc.highlighting_failure",  # pages show invalid JSON
]

default_role = "code"  # `name` in docstrings
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # docstrings contain the types
napoleon_google_docstring = False
napoleon_custom_sections = [("Attributes", "params_style")]
napoleon_use_rtype = False

html_theme = "furo"  # uses system fonts and no external resources
html_copy_source = False
html_show_sourcelink = False
html_static_path = ["static"]
html_css_files = ["site.css"]
copybutton_prompt_text = "$ "


def setup(app: Sphinx) -> None:
    """Register the handlers that insert generated parts and set the language of each page."""
    app.connect("source-read", _insert_generated)
    app.connect("autodoc-process-docstring", _escape_underscores, priority=400)  # before napoleon
    app.connect("html-page-context", _set_language)


def _insert_generated(app: Sphinx, page: str, source: list[str]) -> None:
    for placeholder, text in GENERATED.items():
        if placeholder in source[0]:
            source[0] = source[0].replace(placeholder, text())
    folder = page.partition("/")[0]
    if folder in ("gallery", "learn"):
        source[0] = site_pictures.themed(source[0], Path(app.srcdir) / folder, Path(app.outdir) / folder)


def _escape_underscores(app: Sphinx, what: str, name: str, value: object, options: object, lines: list[str]) -> None:
    """Escape trailing underscores in types of parameters, which would be links."""
    lines[:] = [re.sub(r"(\w)_(?=[,)])", r"\1\\_", line) for line in lines]


def _set_language(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    context["language"] = "zh-Hans" if page.endswith(".zh") else "en"


# Generated parts, by the placeholder in the pages.
GENERATED = {"<!-- api -->": api_page.text, "<!-- modules -->": module_tables.modules}
