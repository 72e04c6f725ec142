"""Draw the graph of a network as a self-contained SVG for light and dark pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from math import ceil

from nnbuild.records import Plan, Step
from nnbuild.report.diagram import boxes as content
from nnbuild.report.diagram.condense import condensed
from nnbuild.report.diagram.grid import Point
from nnbuild.report.diagram.layout import Layout, Place, Wire, laid_out
from nnbuild.report.diagram.outline import Box, Group, outlined
from nnbuild.report.units import count, short_count

_MARGIN = 28.0
_HEADING = 64.0  # height of name and facts above the drawing
_CORNER = 8.0  # radius of the bends of wires
_ARROW_LENGTH, _ARROW_WIDTH = 7.0, 4.0
_MAX_FACTS = 30  # layers in the tooltip of a box


def diagram_svg(plan: Plan) -> str:
    """Draw the graph of a network as SVG text, from its inputs at the top to its outputs at the bottom.

    Parameters
    ----------
    plan : Plan
        Equal consecutive iterations of a Repeat are drawn once, with their number. If more than 40 boxes remain, they
        are merged as in `condensed`.

    Returns
    -------
    str
        One `svg` element without scripts, ids or external resources. Its colours follow the page's
        `prefers-color-scheme`. Boxes have tooltips with the facts of their layers.
    """
    layout = arranged(plan)
    heading = list(_heading_lines(plan))
    width = ceil(max(layout.width, *(content.text_width(text, style) for text, style in heading)) + 2 * _MARGIN)
    height = ceil(layout.height + _HEADING + 2 * _MARGIN - 12)
    label = _safe(f"Diagram of {plan.name or 'a network'}: {count(len(plan.steps))} layers")
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="nnb" role="img" aria-label="{label}"'
            f' width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
            f"<style>{_style()}</style>",
            _rect("page", Place(0, 0, width, height), 12),
            *(_text(_MARGIN, _MARGIN + 10 + 19 * number, *line) for number, line in enumerate(heading)),
            f'<g transform="translate({(width - layout.width) / 2:.1f} {_MARGIN + _HEADING - 12:.1f})">',
            *(_frame(group, place) for group, place in layout.frames),
            _wires(layout.wires),
            *(_box(box, place) for box, place in layout.boxes),
            "</g>\n</svg>\n",
        ]
    )


def arranged(plan: Plan) -> Layout:
    """Return the layout of the diagram of `plan`, without its heading."""
    return laid_out(condensed(outlined(plan)))


def _heading_lines(plan: Plan) -> Iterator[tuple[str, str]]:
    yield plan.name[:60] or "Network", "heading"
    macs = f"{'at least ' if any(step.macs is None for step in plan.steps) else ''}{short_count(plan.macs)}"
    yield f"{count(plan.n_parameters)} parameters \N{MIDDLE DOT} {macs} multiply-adds", "dim"


def _frame(group: Group, place: Place) -> str:
    folded, right = group.times > 1, place.x + place.width - 8
    parts = [
        _rect("frame folded" if folded else "frame", place, 10),
        _text(place.x + 14, place.y + 17, content.frame_label(group), "label"),
    ]
    if folded:
        times = content.times_text(group.times)
        width = content.text_width(times, "times") + 12
        parts.append(_rect("badge", Place(right - width, place.y + 6, width, 17), 8.5))
        parts.append(_text(right - width / 2, place.y + 18.5, times, "times middle"))
    return _group(f"{group.scope}, {count(group.times)} equal iterations" if folded else group.scope, parts)


def _box(box: Box, place: Place) -> str:
    if box.steps:
        parts = [
            _rect("box summary" if box.summary else "box", place, 7),
            _rect(content.colour(box), Place(place.x + 5, place.y + 8, 3.5, place.height - 16), 1.75),
        ]
    else:
        parts = [_rect(box.key[0], place, place.height / 2)]
    lines = content.box_lines(box, place.width)
    top = place.y + (place.height - content.LINE_HEIGHT * len(lines)) / 2 + 12.5
    for number, line in enumerate(lines):
        y = top + content.LINE_HEIGHT * number
        parts.append(_text(place.x + content.SIDE + 2, y, line.left, line.left_style))
        if line.right:
            parts.append(_text(place.x + place.width - content.SIDE, y, line.right, f"{line.right_style} end"))
    return _group("\n".join(_title_lines(box)), parts)


def _title_lines(box: Box) -> Iterator[str]:
    """Yield the facts of the layers of a box, each drawn layer once, or the shape of an input or output."""
    if not box.steps:
        yield f"{box.key[0]} {box.label}: {box.shape}"
    steps = list({step.name: step for step in box.steps}.values())
    yield from map(_facts, steps[:_MAX_FACTS])
    if len(steps) > _MAX_FACTS:
        yield f"and {count(len(steps) - _MAX_FACTS)} more"


def _facts(step: Step) -> str:
    macs = "unknown" if step.macs is None else count(step.macs)
    facts = f"{step.name}: {step.type} {step.output_shape}, {count(step.n_parameters)} parameters, {macs} multiply-adds"
    return f"{facts} ({step.note})" if step.note else facts


def _wires(wires: Iterable[Wire]) -> str:
    lines, heads = [], []
    for wire in wires:
        *points, (x, y) = wire.points
        lines.append(_rounded([*points, (x, y - _ARROW_LENGTH + 1)]))
        heads.append(f"M{x:.1f} {y - 0.5:.1f}l{-_ARROW_WIDTH:.1f} {-_ARROW_LENGTH:.1f}h{2 * _ARROW_WIDTH:.1f}z")
    return "\n".join([*(_path("wire", line) for line in lines), _path("head", "".join(heads))])


def _rounded(points: Sequence[Point]) -> str:
    """Return a path along `points` with rounded corners."""
    first, *_, last = corners = [complex(*point) for point in points]
    path = [f"M{_xy(first)}"]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        back, on = before - corner, after - corner
        radius = min(_CORNER, abs(back) / 2, abs(on) / 2)
        start, end = (corner + radius * way / abs(way) for way in (back, on))
        path.append(f"L{_xy(start)}Q{_xy(corner)} {_xy(end)}")
    return "".join([*path, f"L{_xy(last)}"])


def _xy(point: complex) -> str:
    return f"{point.real:.1f} {point.imag:.1f}"


def _group(title: str, parts: list[str]) -> str:
    return "\n".join([f"<g><title>{_safe(title)}</title>", *parts, "</g>"])


def _text(x: float, y: float, text: str, style: str) -> str:
    return f'<text {_classes(style)} x="{x:.1f}" y="{y:.1f}">{_safe(text)}</text>'


def _rect(style: str, place: Place, radius: float) -> str:
    size = f'width="{place.width:.1f}" height="{place.height:.1f}"'
    return f'<rect {_classes(style)} x="{place.x:.1f}" y="{place.y:.1f}" {size} rx="{radius:g}"/>'


def _path(style: str, way: str) -> str:
    return f'<path {_classes(style)} d="{way}"/>'


def _classes(names: str) -> str:
    """Return the class attribute for some rules, with a prefix that avoids clashes with the page."""
    return f'class="{" ".join(f"nnb-{name}" for name in names.split())}"'


def _safe(text: str) -> str:
    """Return text escaped for XML, without characters that XML does not allow."""
    return escape(_NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text))


def _style() -> str:
    rules = {
        name: f"font-size:{size:g}px;font-weight:{600 if name in content.BOLD else 400}"
        for name, size in content.FONT_SIZES.items()
    }
    texts = [".nnb{max-width:100%;height:auto}", f".nnb text{{font-family:{FONTS};white-space:pre}}"]
    texts += [f".nnb-{name}{{{rule}}}" for name, rule in (rules | _SHAPES).items()]
    light, dark = ("\n".join(_colours(theme)) for theme in (0, 1))
    return "\n".join(["", *texts, light, f"@media (prefers-color-scheme:dark){{{dark}}}", ""])


def _colours(theme: int) -> Iterator[str]:
    for name, (properties, *values) in _COLOURS.items():
        rule = ";".join(map(":".join, zip(properties.split(), values[theme].split(), strict=True)))
        yield f".nnb-{name}{{{rule}}}"


_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FONTS = "-apple-system,'Segoe UI','Helvetica Neue',Helvetica,Arial,'Liberation Sans',sans-serif"
_SHAPES = {
    "middle": "text-anchor:middle",
    "end": "text-anchor:end",
    "wire": "fill:none;stroke-width:1.5;stroke-linecap:round",
    "summary": "stroke-dasharray:4 3",
}
# class: properties, their values on light pages, on dark pages
_COLOURS = {
    "page": ("fill", "#ffffff", "#15181d"),
    "heading": ("fill", "#1b2330", "#eef1f5"),
    "title": ("fill", "#1b2330", "#eef1f5"),
    "fact": ("fill", "#3a4556", "#c6cedb"),
    "dim": ("fill", "#6a7686", "#929eae"),
    "label": ("fill", "#5a6677", "#a3aebd"),
    "times": ("fill", "#3347c4", "#b9c3ff"),
    "badge": ("fill", "#d9dfff", "#2c3562"),
    "frame": ("fill stroke", "#50689012 #d5dce6", "#8fa5c812 #363e4b"),
    "folded": ("stroke", "#a9b4f3", "#4c589c"),
    "box": ("fill stroke", "#ffffff #cfd6e0", "#1f242c #3c4554"),
    "summary": ("stroke", "#aab4c3", "#566173"),
    "wire": ("stroke", "#8793a4", "#77849a"),
    "head": ("fill", "#8793a4", "#77849a"),
    "input": ("fill stroke", "#e8f3ec #8cc3a1", "#1d3227 #43775a"),
    "output": ("fill stroke", "#fdeee4 #e2ac85", "#3a2a1e #8f6240"),
    "dense": ("fill", "#5b6ee1", "#8794ff"),
    "convolution": ("fill", "#2f8fd8", "#56aef0"),
    "recurrent": ("fill", "#9a5bd6", "#bb86ee"),
    "attention": ("fill", "#d6559b", "#f07fb9"),
    "embedding": ("fill", "#c2813a", "#dfa264"),
    "normalization": ("fill", "#2a9d8f", "#4cc4b5"),
    "activation": ("fill", "#e0a030", "#f0bd5c"),
    "noise": ("fill", "#9aa3af", "#7d8795"),
    "pooling": ("fill", "#e2703a", "#f5925f"),
    "merge": ("fill", "#4aa564", "#6cc887"),
    "shape": ("fill", "#6b7c93", "#93a3ba"),
    "other": ("fill", "#6b7c93", "#93a3ba"),
}
