"""Convert matplotlib figures to reproducible SVG text with colours for light and dark pages."""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from io import StringIO

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nnbuild.report.diagram.drawing import FONTS

# Colours of charts on light pages; `_DARK` maps them to those on dark pages.
INK, DIM, LINE, PAPER = "#1b2330", "#5a6677", "#d5dce6", "#ffffff"
TRAINING, VALIDATION, BEST = "#5b6ee1", "#d9622b", "#23857a"
_DARK = {
    INK: "#eef1f5",
    DIM: "#a3aebd",
    LINE: "#363e4b",
    PAPER: "#15181d",
    TRAINING: "#8794ff",
    VALIDATION: "#f5925f",
    BEST: "#4cc4b5",
}


@contextmanager
def drawing() -> Iterator[None]:
    """Context for drawing independently of the user's settings of matplotlib, which it restores."""
    with style.context(["default", _STYLE]), warnings.catch_warnings():
        # The SVG contains text, not glyphs: the viewer chooses the font.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        yield


def titled(axes: Axes, title: str, x: str, y: str) -> None:
    """Set the title, above the chart at the left, and the labels of the axes."""
    axes.set_title(title, loc="left", fontweight="bold")
    axes.set_xlabel(x)
    axes.set_ylabel(y)


def legend(axes: Axes, n_columns: int = 3) -> None:
    """Add a legend on one line between title and chart."""
    axes.set_title(axes.get_title(loc="left"), loc="left", fontweight="bold", pad=24)  # pad: also of the right one
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=n_columns, borderaxespad=0.1, borderpad=0.2, columnspacing=1.2
    )


def svg_text(figure: Figure, description: str) -> str:
    """Return a figure as one `svg` element without scripts or external resources. Call it within `drawing`.

    Parameters
    ----------
    figure : Figure
    description : str
        Text for screen readers.
    """
    stream = StringIO()
    figure.savefig(stream, format="svg", bbox_inches="tight", pad_inches=0.12, metadata=_NO_METADATA)
    found = re.search(r'<svg [^>]*viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*>(.*)</svg>', stream.getvalue(), re.DOTALL)
    assert found, "matplotlib writes an svg element with a viewBox"
    width, height, body = found.groups()
    body = _tags_changed(_OWN_STYLE.sub("", body).strip(), lambda tag: _CLUTTER.sub("", tag))
    name = "nnb" + hashlib.sha256(body.encode()).hexdigest()[:8] + "c"
    body = _tags_changed(body, lambda tag: _ID.sub(rf"\1{name}\2", tag))  # unique among the charts of a page
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" class="{name}" role="img"'
        f' aria-label="{escape(description)}" width="{float(width):.0f}" height="{float(height):.0f}"'
        f' viewBox="0 0 {width} {height}">\n<style>{_css(name)}</style>\n'
        f'<rect width="100%" height="100%" rx="12" style="fill: {PAPER}"/>\n{body}\n</svg>\n'
    )


def _css(name: str) -> str:
    rules = [
        f".{name}{{max-width:100%;height:auto}}",
        f".{name} *{{stroke-linejoin:round}}",
        f".{name} text{{font-family:{FONTS};white-space:pre}}",
    ]
    dark = "".join(
        f'.{name} [style*="{kind}: {light}"]{{{kind}:{dark}!important}}'
        for light, dark in _DARK.items()
        for kind in ("fill", "stroke")
    )
    return "\n".join(["", *rules, f"@media screen and (prefers-color-scheme:dark){{{dark}}}", ""])


def _tags_changed(body: str, change: Callable[[str], str]) -> str:
    """Apply a function to every tag of `body`, and leave the text between tags unchanged."""
    return re.sub("<[^<>]*>", lambda found: change(found[0]), body)


_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
# Removed from matplotlib's output: page-wide style, ids of groups, font families and rotations by 0.
_OWN_STYLE = re.compile(r'<defs>\s*<style type="text/css">[^<]*</style>\s*</defs>')
_CLUTTER = re.compile(r' id="[^"]*_\d+"|font-family: [^;"]*; | transform="rotate\(-0 [^"]*\)"')
_ID = re.compile(r'(id="|#)([mp][0-9a-f]{10})\b')
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "nnbuild",
    "text.parse_math": False,
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.labelsize": 11,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "legend.fontsize": 10,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "legend.labelcolor": DIM,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": DIM,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": DIM,
    "ytick.labelcolor": DIM,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.unicode_minus": False,
}
