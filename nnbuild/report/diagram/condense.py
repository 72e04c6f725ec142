"""Shorten the outline of a long network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from nnbuild.catalog.facts import layer_facts
from nnbuild.report.diagram.outline import Box, Group, Key, Members, Outline, boxes, tidy
from nnbuild.report.units import count, kinds_text

_MAX_BOXES = 40  # longer outlines are shortened
_AIM = 24  # number of boxes at which shortening stops
_MAX_AT_ONCE = 80  # maximum number of boxes after shortening
_ENDS = 3  # layers kept at either end of a longer outline


def condensed(outline: Outline) -> Outline:
    """Return `outline`, or if it has more than 40 boxes a shorter one. The steps stop at 24 boxes.

    1. Normalization, activation and dropout are merged into the box of the layer before them.
    2. Frames are replaced by boxes that list their layers, innermost first.

    If more than 80 boxes remain, all but three at either end are replaced by one box.
    """
    if _n_boxes(outline) <= _MAX_BOXES:
        return outline
    into: dict[Key, Key] = {}
    outline = _merged(outline, _joined(outline.members, _only_source(outline), into), into)
    for depth in range(_depth(outline.members), 0, -1):
        if _n_boxes(outline) > _AIM:
            outline = _merged(outline, _collapsed(outline.members, depth, into), into)
    return outline if _n_boxes(outline) <= _MAX_AT_ONCE else _abridged(outline)


def _n_boxes(outline: Outline) -> int:
    return sum(bool(box.steps) for box in boxes(outline.members))


def _depth(members: Members) -> int:
    return max((1 + _depth(member.members) for member in members if isinstance(member, Group)), default=0)


def _merged(outline: Outline, members: Members, into: Mapping[Key, Key]) -> Outline:
    """Return the outline of `members`, with arrows moved to the merged boxes."""
    edges = ((_final(a, into), _final(b, into)) for a, b in outline.edges)
    return Outline(members, tuple(dict.fromkeys((a, b) for a, b in edges if a != b)))


def _final(key: Key, into: Mapping[Key, Key]) -> Key:
    while key in into:
        key = into[key]
    return key


def _only_source(outline: Outline) -> dict[Key, Key]:
    """Return the source of each box whose only source has no other target."""
    fed, feeding = Counter(b for _, b in outline.edges), Counter(a for a, _ in outline.edges)
    return {b: a for a, b in outline.edges if fed[b] == feeding[a] == 1}


def _joined(members: Members, leaders: Mapping[Key, Key], into: dict[Key, Key]) -> Members:
    """Return `members` with layers merged into the boxes of the layers before them."""
    result: dict[object, Box | Group] = {}
    for member in members:
        if isinstance(member, Group):
            result[len(result)] = tidy(replace(member, members=_joined(member.members, leaders, into)))
            continue
        leader = result.get(_final(leaders.get(member.key, member.key), into))
        if isinstance(leader, Box) and _follows(member, leader):
            result[leader.key] = replace(leader, steps=leader.steps + member.steps)
            into[member.key] = leader.key
        else:
            result[member.key] = member
    return tuple(result.values())


def _follows(box: Box, leader: Box) -> bool:
    if not (box.steps and leader.steps and box.times == leader.times == 1):
        return False
    return layer_facts(box.steps[0].type).follows and box.shape == leader.shape


def _collapsed(members: Members, depth: int, into: dict[Key, Key]) -> Members:
    """Return `members` with frames at a depth, which contain only boxes, replaced by boxes."""
    result: list[Box | Group] = []
    for member in members:
        if isinstance(member, Box):
            result.append(member)
        elif depth > 1:
            result.append(tidy(replace(member, members=_collapsed(member.members, depth - 1, into))))
        else:
            result.append(_one_box(list(boxes(member.members)), member.label, member.times, into))
    return tuple(result)


def _abridged(outline: Outline) -> Outline:
    """Replace all boxes but a few at either end by one box."""
    into: dict[Key, Key] = {}
    inputs, layers, outputs = (
        [box for box in boxes(outline.members) if box.key[0] == kind] for kind in ("input", "layer", "output")
    )
    middle = layers[_ENDS:-_ENDS]
    whole = _one_box(middle, f"{count(len(middle))} layers", 1, into)
    return _merged(outline, (*inputs, *layers[:_ENDS], whole, *layers[-_ENDS:], *outputs), into)


def _one_box(found: list[Box], label: str, times: int, into: dict[Key, Key]) -> Box:
    """Return one box in place of `found`, and record it in `into`."""
    key = found[-1].key
    into |= {box.key: key for box in found[:-1]}
    steps = tuple(step for box in found for step in box.steps * box.times)
    return Box(key, label, found[-1].shape, steps, times, kinds_text(step.type for step in steps))
