"""matplotlib figure -> SVG text: the same bytes each time, its colours those of a light or a dark page."""

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

# What charts are drawn in, for light pages, and what takes its place on dark ones.
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
    """What is drawn inside looks the same whatever matplotlib is set to; afterwards it is as it was before."""
    with style.context(["default", _STYLE]), warnings.catch_warnings():
        # Text stays text in the SVG: what font shows a glyph is the reader's to choose.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        yield


def titled(axes: Axes, title: str, x: str, y: str) -> None:
    """Give a chart its title, left above it, and names to its axes."""
    axes.set_title(title, loc="left", fontweight="bold")
    axes.set_xlabel(x)
    axes.set_ylabel(y)


def legend(axes: Axes) -> None:
    """Say what is what in one line between the title and the chart."""
    axes.set_title(axes.get_title(loc="left"), loc="left", fontweight="bold", pad=24)  # for all titles, right ones too
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.1, borderpad=0.2, columnspacing=1.2)


def svg_text(figure: Figure, told: str) -> str:
    """`figure` as one `svg` element without scripts or anything from outside; to be called within `drawing`.

    Parameters
    ----------
    figure : Figure
    told : str
        What it shows, for those who can't see it.
    """
    stream = StringIO()
    figure.savefig(stream, format="svg", bbox_inches="tight", pad_inches=0.12, metadata=_NO_METADATA)
    found = re.search(r'<svg [^>]*viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*>(.*)</svg>', stream.getvalue(), re.DOTALL)
    assert found, "matplotlib writes an svg element with a viewBox"
    width, height, body = found.groups()
    body = _tags_changed(_OWN_STYLE.sub("", body).strip(), lambda tag: _CLUTTER.sub("", tag))
    name = "nnb" + hashlib.sha256(body.encode()).hexdigest()[:8] + "c"
    body = _tags_changed(body, lambda tag: _ID.sub(rf"\1{name}\2", tag))  # charts of one page keep apart
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" class="{name}" role="img"'
        f' aria-label="{escape(told)}" width="{float(width):.0f}" height="{float(height):.0f}"'
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
    """`body` with every tag put through a function, and the text between them left alone."""
    return re.sub("<[^<>]*>", lambda found: change(found[0]), body)


_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
# Of what matplotlib writes: its style for the whole page, names of groups and fonts, and turns by nothing.
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
