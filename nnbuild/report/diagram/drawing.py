"""Plan -> picture: the graph of a network as one self-contained SVG, for light and dark pages."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from html import escape
from math import ceil

from nnbuild.records import Plan, Step
from nnbuild.report.diagram import boxes as content
from nnbuild.report.diagram.condense import condensed
from nnbuild.report.diagram.grid import Point
from nnbuild.report.diagram.layout import Layout, Place, Sizes, Wire, laid_out
from nnbuild.report.diagram.outline import Box, Group, boxes, outlined
from nnbuild.report.units import count, short_count

_MARGIN = 28.0
_HEADING = 64.0  # height of name and facts above the drawing
_CORNER = 8.0  # radius of the bends of wires
_ARROW_LENGTH, _ARROW_WIDTH = 7.0, 4.0


def diagram_svg(plan: Plan) -> str:
    """The graph of a network as SVG text, from its inputs at the top to its outputs at the bottom.

    Parameters
    ----------
    plan : Plan
        Equal consecutive turns of a Repeat are drawn once, with their number on the frame. Where more than about 40
        boxes remain, layers that follow others join them, frames of a build shown before name it, and further frames
        say what they hold.

    Returns
    -------
    str
        One `svg` element without scripts, ids, or anything from outside; its colours follow the page's
        `prefers-color-scheme`. Pointing at a box shows all that is known of its layers.
    """
    layout = arranged(plan)
    heading = list(_heading_lines(plan))
    width = ceil(max(layout.width, *(content.text_width(text, style) for text, style in heading)) + 2 * _MARGIN)
    height = ceil(layout.height + _HEADING + 2 * _MARGIN - 12)
    body = "\n".join(_body(layout, heading, width, height))
    prefix = "nnb" + hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()[:8]
    body = re.sub(r'class="([^"]*)"', lambda found: _prefixed(found[1], prefix), body)
    label = _safe(f"Diagram of {plan.name or 'a network'}: {count(len(plan.steps))} layers")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{prefix}" role="img" aria-label="{label}"'
        f' width="{width}" height="{height}" viewBox="0 0 {width} {height}">\n'
        f"<style>{_style(prefix)}</style>\n{body}\n</svg>\n"
    )


def arranged(plan: Plan) -> Layout:
    """Where everything stands in the diagram of `plan`, below its heading."""
    outline = condensed(outlined(plan))
    width = content.box_width(list(boxes(outline.members)))

    def label_widths(group: Group) -> tuple[float, float]:
        times = content.times_text(group.times)
        badge = content.text_width(times, "times") + 16 if times else 0.0
        return content.text_width(content.frame_label(group), "label"), badge

    return laid_out(outline, Sizes(lambda box: content.box_size(box, width), label_widths))


def _heading_lines(plan: Plan) -> Iterator[tuple[str, str]]:
    yield plan.name[:60] or "Network", "heading"
    macs = f"{'at least ' if any(step.macs is None for step in plan.steps) else ''}{short_count(plan.macs)}"
    yield f"{count(plan.n_parameters)} parameters \N{MIDDLE DOT} {macs} multiply-adds", "dim"


def _body(layout: Layout, heading: list[tuple[str, str]], width: int, height: int) -> Iterator[str]:
    yield f'<rect class="page" width="{width}" height="{height}" rx="12"/>'
    for number, (text, style) in enumerate(heading):
        yield _text(_MARGIN, _MARGIN + 10 + 19 * number, text, style)
    yield f'<g transform="translate({(width - layout.width) / 2:.1f} {_MARGIN + _HEADING - 12:.1f})">'
    for group, place in layout.frames:
        yield _frame(group, place)
    yield _wires(layout.wires)
    for box, place in layout.boxes:
        yield _layer(box, place) if box.steps else _end(box, place)
    yield "</g>"


def _frame(group: Group, place: Place) -> str:
    parts = [
        f'<rect class="frame{" folded" if group.times > 1 else ""}" {_rectangle(place)} rx="10"/>',
        _text(place.x + 14, place.y + 17, content.frame_label(group), "label"),
    ]
    if group.times > 1:
        times = content.times_text(group.times)
        badge = Place(0, place.y + 6, content.text_width(times, "times") + 12, 17)
        badge = Place(place.x + place.width - badge.width - 8, badge.y, badge.width, badge.height)
        parts.append(f'<rect class="badge" {_rectangle(badge)} rx="8.5"/>')
        parts.append(_text(badge.x + badge.width / 2, badge.y + 12.5, times, "times middle"))
    return _group(f"{group.key[1]}{f', {count(group.times)} equal turns' if group.times > 1 else ''}", parts)


def _layer(box: Box, place: Place) -> str:
    kind = "other" if box.summary else content.family(box.steps[0])
    parts = [
        f'<rect class="box{" summary" if box.summary else ""}" {_rectangle(place)} rx="7"/>',
        f'<rect class="{kind}" x="{place.x + 5:.1f}" y="{place.y + 8:.1f}"'
        f' width="3.5" height="{place.height - 16:.1f}" rx="1.75"/>',
    ]
    for number, line in enumerate(content.box_lines(box, place.width)):
        y = place.y + 21.5 + content.LINE_HEIGHT * number
        parts.append(_text(place.x + content.SIDE + 2, y, line.left, line.left_style))
        if line.right:
            parts.append(_text(place.x + place.width - content.SIDE + 2, y, line.right, f"{line.right_style} end"))
    return _group("\n".join(_told(box)), parts)


def _end(box: Box, place: Place) -> str:
    (line,) = content.box_lines(box, place.width)
    y = place.y + 19.5
    parts = [
        f'<rect class="{box.key[0]}" {_rectangle(place)} rx="{place.height / 2:.1f}"/>',
        _text(place.x + content.SIDE + 2, y, line.left, line.left_style),
        _text(place.x + place.width - content.SIDE - 2, y, line.right, f"{line.right_style} end"),
    ]
    return _group(f"{box.key[0]} {box.label}: {box.shape}", parts)


def _told(box: Box) -> Iterator[str]:
    """What pointing at a box says: all layers, and those that it stands for besides."""
    for step in box.steps[:30]:
        yield _facts(step)
    shown = {step.name for step in box.steps[:30]}
    others = [name for name in box.covers if name not in shown]
    if others:
        yield f"and {', '.join(others[:30])}{f' and {count(len(others) - 30)} more' if len(others) > 30 else ''}"


def _facts(step: Step) -> str:
    macs = "unknown" if step.macs is None else count(step.macs)
    facts = f"{step.name}: {step.type} {step.output_shape}, {count(step.n_parameters)} parameters, {macs} multiply-adds"
    return f"{facts} ({step.note})" if step.note else facts


def _wires(wires: Iterable[Wire]) -> str:
    lines, heads = [], []
    for wire in wires:
        *points, (x, y) = wire.points
        lines.append(f'<path d="{_rounded([*points, (x, y - _ARROW_LENGTH + 1)])}"/>')
        heads.append(f"M{x:.1f} {y - 0.5:.1f}l{-_ARROW_WIDTH:.1f} {-_ARROW_LENGTH:.1f}h{2 * _ARROW_WIDTH:.1f}z")
    paths = "\n".join(lines)
    return f'<g class="wire">\n{paths}\n</g>\n<path class="head" d="{"".join(heads)}"/>'


def _rounded(points: list[Point]) -> str:
    """A path along `points` with its corners rounded."""
    (x, y), *rest = points
    path = [f"M{x:.1f} {y:.1f}"]
    for before, corner, after in zip(points, rest, rest[1:], strict=False):
        radius = min(_CORNER, _distance(before, corner) / 2, _distance(corner, after) / 2)
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        path.append(f"L{start[0]:.1f} {start[1]:.1f}Q{corner[0]:.1f} {corner[1]:.1f} {end[0]:.1f} {end[1]:.1f}")
    return "".join([*path, f"L{points[-1][0]:.1f} {points[-1][1]:.1f}"])


def _distance(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(a: Point, b: Point, length: float) -> Point:
    share = length / max(_distance(a, b), 1e-9)
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def _group(told: str, parts: list[str]) -> str:
    return "\n".join([f"<g><title>{_safe(told)}</title>", *parts, "</g>"])


def _text(x: float, y: float, text: str, style: str) -> str:
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}">{_safe(text)}</text>'


def _rectangle(place: Place) -> str:
    return f'x="{place.x:.1f}" y="{place.y:.1f}" width="{place.width:.1f}" height="{place.height:.1f}"'


def _safe(text: str) -> str:
    """Text for XML: escaped, and without the characters that XML has no way to hold."""
    return escape(_NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text))


def _prefixed(classes: str, prefix: str) -> str:
    return f'class="{" ".join(f"{prefix}-{name}" for name in classes.split())}"'


def _style(prefix: str) -> str:
    """The rules of one diagram; every class carries its prefix, so that diagrams of one page keep apart."""
    sizes = {name: f"font-size:{size:g}px" for name, size in content.FONT_SIZES.items()}
    rules = [f".{prefix}{{max-width:100%;height:auto}}", f".{prefix} text{{font-family:{_FONTS};white-space:pre}}"]
    rules += [f".{prefix}-{name}{{{size};{_WEIGHTS.get(name, 'font-weight:400')}}}" for name, size in sizes.items()]
    rules += [f".{prefix}-{name}{{{rule}}}" for name, rule in _SHAPES.items()]
    dark = "".join(_colours(prefix, 1))
    return "\n".join(["", *rules, *_colours(prefix, 0), f"@media (prefers-color-scheme:dark){{{dark}}}", ""])


def _colours(prefix: str, theme: int) -> list[str]:
    return [f".{prefix}-{name}{{{_colour(rule, values[theme])}}}" for name, (rule, *values) in _COLOURS.items()]


def _colour(properties: str, values: str) -> str:
    return ";".join(f"{name}:{value}" for name, value in zip(properties.split(), values.split(), strict=True))


_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FONTS = "-apple-system,'Segoe UI','Helvetica Neue',Helvetica,Arial,'Liberation Sans',sans-serif"
_WEIGHTS = dict.fromkeys(("title", "times", "label", "heading"), "font-weight:600")
_SHAPES = {
    "middle": "text-anchor:middle",
    "end": "text-anchor:end",
    "wire": "fill:none;stroke-width:1.5;stroke-linecap:round",
    "box": "stroke-width:1",
    "frame": "stroke-width:1",
    "summary": "stroke-dasharray:4 3",
}
# class: properties, their values on light pages, on dark pages
_COLOURS = {
    "page": ("fill", "#ffffff", "#15181d"),
    "heading": ("fill", "#1b2330", "#eef1f5"),
    "title": ("fill", "#1b2330", "#eef1f5"),
    "fact": ("fill", "#3a4556", "#c6cedb"),
    "name": ("fill", "#6a7686", "#929eae"),
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
