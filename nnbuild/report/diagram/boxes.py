"""The texts of boxes and frames of a diagram, line by line, and their sizes."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from textwrap import wrap

from nnbuild.catalog.registered import layer_family
from nnbuild.report.diagram.outline import Box, Group, Members, boxes
from nnbuild.report.units import count, middle_cut, shape_text

LINE_HEIGHT = 17.0
SIDE = 14.0  # from the sides of a box to its text
FONT_SIZES = {"title": 13.0, "fact": 11.0, "dim": 11.0, "times": 12.0, "label": 11.0, "heading": 15.0}
BOLD = ("title", "times", "label", "heading")
_ENDS = 18.0  # above and below the lines of a box
_END_HEIGHT = 30.0
_MIN_WIDTH, _MAX_WIDTH = 200.0, 330.0
_MAX_NAME, _MAX_LABEL = 24, 44  # characters of a name in a box, of a frame's
_MIN_NAME = 12
_LINE = 48  # characters of a line of a summary
_NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Line:
    """One line of a box: text on its left and right sides, each with the class it is styled by."""

    left: str
    right: str = ""
    left_style: str = "fact"
    right_style: str = "dim"

    @property
    def width(self) -> float:
        """Estimated width with room between the two sides, in pixels."""
        left, right = text_width(self.left, self.left_style), text_width(self.right, self.right_style)
        return left + right + (16 if self.left and self.right else 0)


def text_width(text: str, style: str) -> float:
    """Estimated width of `text` in pixels, on the large side for most sans-serif fonts."""
    ems = sum(_character_width(character) for character in text)
    return ems * FONT_SIZES[style] * (1.12 if style in BOLD else 1.0)


def box_width(members: Members) -> float:
    """The width that all layers of one diagram share: as much as the widest needs, within limits."""
    widths = (line.width for box in boxes(members) if box.steps for line in box_lines(box, _MAX_WIDTH))
    return min(max(2 * SIDE + max(widths, default=0.0), _MIN_WIDTH), _MAX_WIDTH)


def box_size(box: Box, layer_width: float) -> tuple[float, float]:
    """Width and height of `box`; those of layers have a common width."""
    lines = box_lines(box, layer_width)
    if not box.steps:
        return lines[0].width + 2 * SIDE + 4, _END_HEIGHT
    return layer_width, LINE_HEIGHT * len(lines) + _ENDS


def box_lines(box: Box, width: float) -> list[Line]:
    """The lines of `box`, each cut to fit into `width`."""
    room = width - 2 * SIDE
    name, shape, times = short(box.label, _MAX_NAME), shape_text(box.shape, _TIMES), times_text(box.times)
    if not box.steps:
        return [Line(name, shape, "title")]
    first, *others = (step.type for step in box.steps)
    if box.summary:
        lines = [Line(name, times, "title", "times"), *_wrapped(box.summary.split(", "), ", ")]
    else:
        lines = [Line(first, times, "title", "times"), Line(name, "", "dim")] if times else [Line(first, name, "title")]
        lines += _wrapped([f"\N{RIGHTWARDS ARROW} {name}" for name in others], " ")
    return [_fitted(line, room) for line in [*lines, Line(shape, parameters_text(box))]]


def frame_label(group: Group) -> str:
    """The name on a frame: that of its scope, or the iterations of the frame around it."""
    label = group.label if "." in group.label or not group.label[:1].isdecimal() else f"iterations {group.label}"
    return short(label, _MAX_LABEL)


def times_text(times: int) -> str:
    """Number of equal iterations; "" for one."""
    return f"\N{MULTIPLICATION SIGN} {count(times)}" if times > 1 else ""


def parameters_text(box: Box) -> str:
    """Number of parameters of a box, of each where it is drawn for several; "" for none."""
    n_parameters = sum(step.n_parameters for step in box.steps)
    return f"{count(n_parameters)} params{' each' if box.times > 1 else ''}" if n_parameters else ""


def colour(box: Box) -> str:
    """Name of the colour of a box, by the family of its first layer; "other" for a frame's layers."""
    family = "other" if box.summary else layer_family(box.steps[0].type)
    return SHARED_COLOURS.get(family, family)


def short(text: str, most: int) -> str:
    """`text` cut in the middle, with one sign for what is left out."""
    return middle_cut(text, most, "\N{HORIZONTAL ELLIPSIS}")


def _wrapped(parts: list[str], between: str) -> list[Line]:
    """`parts` in at most three lines, none broken."""
    text = between.join(part.replace(" ", _NO_BREAK) for part in parts)
    lines = wrap(text, _LINE, max_lines=3, placeholder=" ...")
    return [Line(line.replace(_NO_BREAK, " "), "", "dim") for line in lines]


def _fitted(line: Line, room: float) -> Line:
    """`line` cut until it fits: its right side down to a few characters, then the left."""
    while line.width > room and max(len(line.left), len(line.right)) > 1:
        side = "right" if len(line.right) > _MIN_NAME or len(line.left) <= 1 else "left"
        text = getattr(line, side)
        line = replace(line, **{side: short(text, len(text) - 1)})
    return line


def _character_width(character: str) -> float:
    """Width in ems, after DejaVu Sans: the widest of the fonts that pages are shown in, where Linux has no other."""
    if character in _WIDTHS:
        return _WIDTHS[character]
    if unicodedata.east_asian_width(character) in "WF" or ord(character) > 0xFFFF:
        return 1.0
    return 0.72 if character.isupper() else 1.0 if ord(character) > 0x2000 else 0.636


_TIMES = " \N{MULTIPLICATION SIGN} "
_WIDTHS = (
    dict.fromkeys("ijlI'|", 0.3)
    | dict.fromkeys("., :;/\\", 0.34)
    | dict.fromkeys("ft-", 0.4)
    | dict.fromkeys("r()[]!", 0.43)
    | dict.fromkeys("ckszvxyJ_", 0.59)
    | dict.fromkeys("w\N{MULTIPLICATION SIGN}\N{RIGHTWARDS ARROW}", 0.84)
    | dict.fromkeys("mM%W@", 1.0)
)
# Families of layers that are drawn in the colour of another one.
SHARED_COLOURS = {"augmentation": "noise", "encoding": "embedding", "image": "shape", "sound": "other"}
