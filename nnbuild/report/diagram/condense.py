"""Outline -> outline with fewer boxes: what a picture of a long network can leave out without losing its build."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from nnbuild.catalog.facts import layer_facts
from nnbuild.report.diagram.outline import Box, Group, Key, Outline, boxes, groups, replaced
from nnbuild.report.units import count, kinds_text

MOST_BOXES = 40  # a picture of more is shortened
_AIM = 24  # until it has no more than this
_MOST_AT_ONCE = 120  # boxes; a picture that still has more says nothing, and the whole network becomes one box
_MOST_WIRES = 600
_RUN_ENDS = 3  # layers shown at either end of a long run


def condensed(outline: Outline) -> Outline:
    """`outline`, or a shorter one where it has more than 40 boxes, by the first of these steps that leave 24.

    1. Normalization, activation and dropout join the layer that they follow.
    2. Frames of one build: the first is drawn, later ones become a box that names it.
    3. Frames become boxes that name what they hold, the innermost first.
    4. The middle of a long run of layers becomes one box.
    """
    if _n_boxes(outline) <= MOST_BOXES:
        return outline
    for shorten in (_joined, _referring, _referring, *_collapses(outline), _abridged, _swallowed):
        outline = shorten(outline)
        if _n_boxes(outline) <= _AIM:
            break
    return outline


def _n_boxes(outline: Outline) -> int:
    return sum(box.key[0] == "layer" for box in boxes(outline.members))


def _merged(outline: Outline, members: tuple[Box | Group, ...], into: Mapping[Key, Key]) -> Outline:
    """The outline of `members`, with arrows led to the boxes that others went into."""
    edges = [(_final(a, into), _final(b, into)) for a, b in outline.edges]
    return Outline(members, tuple(dict.fromkeys(edge for edge in edges if edge[0] != edge[1])))


def _final(key: Key, into: Mapping[Key, Key]) -> Key:
    while into.get(key, key) != key:
        key = into[key]
    return key


# 1. Followers


def _joined(outline: Outline) -> Outline:
    into: dict[Key, Key] = {}
    joined: dict[Key, Box] = {}
    leaders = _only_source(outline)
    for home in [outline.members, *(group.members for _, group in groups(outline.members))]:
        near = {box.key: box for box in home if isinstance(box, Box)}
        for box in near.values():
            leader = near.get(leaders.get(box.key, box.key))
            if leader and leader is not box and leader.steps and _follows(box, leader):
                first = into.get(leader.key, leader.key)
                into[box.key] = first
                before = joined.get(first, leader)
                joined[first] = replace(before, steps=before.steps + box.steps, covers=before.covers + box.covers)
    members = replaced(outline.members, lambda box: None if box.key in into else joined.get(box.key, box))
    return _merged(outline, members, into)


def _follows(box: Box, leader: Box) -> bool:
    return bool(box.steps) and layer_facts(box.steps[0].type).follows and box.shape == leader.shape


def _only_source(outline: Outline) -> dict[Key, Key]:
    """For each box with one source that feeds nothing else: that source."""
    fed, feeding = Counter(b for _, b in outline.edges), Counter(a for a, _ in outline.edges)
    return {b: a for a, b in outline.edges if fed[b] == feeding[a] == 1}


# 2. Frames of one build


def _referring(outline: Outline) -> Outline:
    """Later innermost frames with the build of an earlier one become boxes that name it."""
    first: dict[tuple, Group] = {}
    into: dict[Key, Key] = {}
    sources: dict[Key, list[Key]] = {}
    for a, b in outline.edges:
        sources.setdefault(b, []).append(a)

    def shortened(group: Group) -> Box | Group:
        if len(group.members) < 3 or any(isinstance(member, Group) for member in group.members):
            return group
        known = first.setdefault(_build(group, sources), group)
        return group if known is group else _as_box(group, into, f"as {known.key[1]}")

    return _merged(outline, replaced(outline.members, None, shortened), into)


def _build(group: Group, sources: Mapping[Key, list[Key]]) -> tuple:
    """What a frame is made of, whatever the sizes: the types in each box, and which box feeds which."""
    found = list(boxes(group.members))
    places = {box.key: place for place, box in enumerate(found)}
    outside: dict[Key, int] = {}
    for box in found:
        for key in sources.get(box.key, []):
            if key not in places:
                outside.setdefault(key, -1 - len(outside))
    numbers = places | outside
    wires = tuple(tuple(numbers[key] for key in sources.get(box.key, [])) for box in found)
    return tuple((tuple(step.type for step in box.steps), box.times) for box in found), wires


# 3. Frames become boxes


def _collapses(outline: Outline) -> list[Callable[[Outline], Outline]]:
    deepest = max((depth for depth, _ in groups(outline.members)), default=0)
    return [lambda found, depth=depth: _collapsed(found, depth) for depth in range(deepest, 0, -1)]  # type: ignore[misc]


def _collapsed(outline: Outline, depth: int) -> Outline:
    chosen = {group.key for level, group in groups(outline.members) if level >= depth}
    into: dict[Key, Key] = {}
    members = replaced(outline.members, None, lambda group: _as_box(group, into) if group.key in chosen else group)
    return _merged(outline, members, into)


def _as_box(group: Group, into: dict[Key, Key], summary: str = "") -> Box:
    """One box in place of a frame; `into` learns where the frame's boxes went."""
    found = list(boxes(group.members))
    into |= {box.key: found[-1].key for box in found}
    return _one_box(found, group.label, group.times, summary)


def _one_box(found: list[Box], label: str, times: int, summary: str = "") -> Box:
    steps = tuple(step for box in found for step in box.steps)
    covers = tuple(name for box in found for name in box.covers)
    types = [step.type for box in found for step in box.steps * box.times]
    return Box(found[-1].key, label, found[-1].shape, steps, covers, times, summary or kinds_text(types))


# 4. Long runs


def _abridged(outline: Outline) -> Outline:
    """The middle of each unbroken run of boxes on the top level as one box."""
    into: dict[Key, Key] = {}
    leaders = _only_source(outline)
    members: list[Box | Group] = []
    for run in _runs(outline.members, leaders):
        middle = [box for box in run[_RUN_ENDS:-_RUN_ENDS] if isinstance(box, Box)]
        if len(middle) < 3:
            members += run
            continue
        into |= {box.key: middle[-1].key for box in middle}
        name = f"{count(len(middle))} layers"
        members += [*run[:_RUN_ENDS], _one_box(middle, name, 1), *run[-_RUN_ENDS:]]
    return _merged(outline, tuple(members), into)


def _runs(members: tuple[Box | Group, ...], leaders: Mapping[Key, Key]) -> list[list[Box | Group]]:
    runs: list[list[Box | Group]] = []
    for member in members:
        last = runs[-1][-1] if runs else None
        if _is_layer(member) and _is_layer(last) and last and leaders.get(member.key) == last.key:
            runs[-1].append(member)
        else:
            runs.append([member])
    return runs


def _is_layer(member: Box | Group | None) -> bool:
    return isinstance(member, Box) and bool(member.steps)


def _swallowed(outline: Outline) -> Outline:
    """Everything as one box, where there are more boxes or wires than a picture can hold."""
    layers = [box for box in boxes(outline.members) if box.steps]
    if len(layers) <= _MOST_AT_ONCE and len(outline.edges) <= _MOST_WIRES:
        return outline
    whole = _one_box(layers, f"{count(len(layers))} layers", 1)
    ends = [box for box in boxes(outline.members) if not box.steps]
    inputs, outputs = ([box for box in ends if box.key[0] == side] for side in ("input", "output"))
    return _merged(outline, (*inputs, whole, *outputs), {box.key: whole.key for box in layers})
