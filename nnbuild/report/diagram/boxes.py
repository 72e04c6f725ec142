"""What stands in the boxes of a diagram, line by line, and how wide that is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from nnbuild.records import Shape, Step
from nnbuild.report.diagram.outline import Box, Group
from nnbuild.report.units import count, middle_cut, shape_text

LINE_HEIGHT = 17.0
SIDE = 14.0  # from the sides of a box to its text
FONT_SIZES = {"title": 13.0, "name": 11.0, "fact": 11.0, "dim": 11.0, "times": 12.0, "label": 11.0, "heading": 15.0}
_BOLD = {"title", "times", "label", "heading"}
_TOP, _BOTTOM = 9.0, 9.0
_END_HEIGHT = 30.0
_LEAST_WIDTH, _MOST_WIDTH = 200.0, 330.0
_MOST_NAME, _MOST_LABEL = 24, 44  # characters of a name in a box, of a frame's
_LEAST_NAME = 12
_MOST_LINES = 3  # of a summary


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
    return ems * FONT_SIZES[style] * (1.12 if style in _BOLD else 1.0)


def box_width(boxes: list[Box]) -> float:
    """The width that all layers of one diagram share: as much as the widest needs, within limits."""
    widest = max((line.width for box in boxes if box.steps for line in box_lines(box, _MOST_WIDTH)), default=0.0)
    return min(max(widest + 2 * SIDE, _LEAST_WIDTH), _MOST_WIDTH)


def box_size(box: Box, layer_width: float) -> tuple[float, float]:
    """Width and height of `box`; those of layers have a common width."""
    lines = box_lines(box, layer_width)
    if not box.steps:
        return lines[0].width + 2 * SIDE + 4, _END_HEIGHT
    return layer_width, _TOP + LINE_HEIGHT * len(lines) + _BOTTOM


def box_lines(box: Box, width: float) -> list[Line]:
    """The lines of `box`, each cut to fit into `width`."""
    room = width - 2 * SIDE
    if not box.steps:
        return [Line(_short(box.label, _MOST_NAME), diagram_shape(box.shape), "title")]
    lines = _summary_lines(box, room) if box.summary else _layer_lines(box, room)
    n_parameters = sum(step.n_parameters for step in box.steps)
    counted = f"{count(n_parameters)} params{' each' if box.times > 1 else ''}" if n_parameters else ""
    return [_fitted(line, room) for line in [*lines, Line(diagram_shape(box.shape), counted)]]


def frame_label(group: Group) -> str:
    """The name on a frame: that of its scope, or which turns of the frame around it."""
    label = group.label if "." in group.label or not group.label[:1].isdecimal() else f"turns {group.label}"
    return _short(label, _MOST_LABEL)


def times_text(times: int) -> str:
    """How often something stands in a row; "" for once."""
    return f"\N{MULTIPLICATION SIGN} {count(times)}" if times > 1 else ""


def diagram_shape(shape: Shape) -> str:
    """A shape without its batch axis, as "28 x 28 x 1" with multiplication signs."""
    return shape_text(shape, " \N{MULTIPLICATION SIGN} ")


def family(step: Step) -> str:
    """The family of layers that a step belongs to; it decides the colour of its box."""
    return next((name for name, pattern in FAMILIES.items() if re.search(pattern, step.type)), "other")


def _layer_lines(box: Box, room: float) -> list[Line]:
    first, *others = box.steps
    if box.times > 1:
        return [
            Line(first.type, times_text(box.times), "title", "times"),
            Line(_short(box.label, _MOST_LABEL), "", "dim"),
        ]
    lines = [Line(first.type, _short(box.label, _MOST_NAME), "title", "name")]
    return lines + _wrapped([f"\N{RIGHTWARDS ARROW} {step.type}" for step in others], room, " ")


def _summary_lines(box: Box, room: float) -> list[Line]:
    title = Line(_short(box.label, _MOST_NAME), times_text(box.times), "title", "times")
    return [title, *_wrapped(box.summary.split(", "), room, ", ")]


def _wrapped(parts: list[str], room: float, between: str) -> list[Line]:
    texts: list[str] = []
    for part in parts:
        longer = f"{texts[-1]}{between}{part}" if texts else part
        if texts and text_width(longer + between, "dim") <= room:
            texts[-1] = longer
        else:
            texts.append(part)
    texts = [*texts[: _MOST_LINES - 1], f"{texts[_MOST_LINES - 1]} ..."] if len(texts) > _MOST_LINES else texts
    ends = between.rstrip()
    return [Line(text + (ends if number < len(texts) else ""), "", "dim") for number, text in enumerate(texts, start=1)]


def _fitted(line: Line, room: float) -> Line:
    """`line` cut until it fits: its right side down to a few characters, then the left."""
    left, right = line.left, line.right
    while line.width > room and max(len(left), len(right)) > 1:
        if len(right) > _LEAST_NAME or len(left) <= 1:
            right = _short(right, len(right) - 1)
        else:
            left = _short(left, len(left) - 1)
        line = replace(line, left=left, right=right)
    return line


def _short(text: str, most: int) -> str:
    """`text` cut in the middle, with one sign for what is left out."""
    return middle_cut(text, most, "\N{HORIZONTAL ELLIPSIS}")


def _character_width(character: str) -> float:
    """Width in ems, after DejaVu Sans: the widest of the fonts that pages are shown in, where Linux has no other."""
    if character in _WIDTHS:
        return _WIDTHS[character]
    if unicodedata.east_asian_width(character) in "WF" or ord(character) > 0xFFFF:
        return 1.0
    return 0.72 if character.isupper() else 1.0 if ord(character) > 0x2000 else 0.636


_WIDTHS = (
    dict.fromkeys("ijlI'|", 0.3)
    | dict.fromkeys("., :;/\\", 0.34)
    | dict.fromkeys("ft-", 0.4)
    | dict.fromkeys("r()[]!", 0.43)
    | dict.fromkeys("ckszvxyJ_", 0.59)
    | dict.fromkeys("w\N{MULTIPLICATION SIGN}\N{RIGHTWARDS ARROW}", 0.84)
    | dict.fromkeys("mM%W@", 1.0)
)

FAMILIES = {
    "embedding": r"Embedding|ClassToken|Lookup|^Hash|Vectorization|CategoryEncoding|Discretization",
    "attention": r"Attention",
    "recurrent": r"LSTM|GRU|RNN|Bidirectional|TimeDistributed",
    "convolution": r"Conv",
    "pooling": r"Pooling",
    "normalization": r"Normalization",
    "noise": r"Dropout|Noise|^Rand|^(AugMix|ActivityRegularization)$",
    "shape": r"^(Flatten|Reshape|Permute|RepeatVector|Masking|TakeStep)|Padding|Cropping|UpSampling|Resiz|Crop|Rescal",
    "merge": r"^(Add|Subtract|Multiply|Average|Maximum|Minimum|Concatenate|Dot)$",
    "dense": r"Dense|Linear",
    "activation": r"Activation|ReLU|ELU|Softmax",
}
