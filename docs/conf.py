"""Settings of the site that `make docs` builds of these pages."""

from __future__ import annotations

from sphinx.application import Sphinx

project = "nnbuild"
html_title = "nnbuild"
copyright = "the authors of nnbuild"

extensions = ["myst_parser", "sphinx_copybutton"]
exclude_patterns = ["_build"]
root_doc = "index"
nitpicky = True
show_warning_types = True

myst_enable_extensions = ["attrs_inline"]
myst_heading_anchors = 3  # links to headings as on GitHub: page.md#some-heading
suppress_warnings = ["misc.highlighting_failure"]  # JSON with mistakes is shown too

html_theme = "furo"  # fonts of the system, nothing from elsewhere
html_copy_source = False
html_show_sourcelink = False
html_static_path = ["static"]
html_css_files = ["site.css"]
copybutton_prompt_text = "$ "


def setup(app: Sphinx) -> None:
    """Give each page the language that it is written in."""
    app.connect("html-page-context", _language)


def _language(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: object) -> None:
    context["language"] = "zh-Hans" if pagename.endswith(".zh") else "en"
