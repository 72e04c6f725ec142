"""Layouts of diagrams, and their invariants."""

from itertools import combinations, pairwise

import pytest

from nnbuild.records import Step
from nnbuild.report.diagram.boxes import colour
from nnbuild.report.diagram.drawing import arranged
from nnbuild.report.diagram.outline import Box, boxes
from report import plans

TIMES, DASH = "\N{MULTIPLICATION SIGN}", "\N{EN DASH}"
SVG = "{http://www.w3.org/2000/svg}"
PLANS = {name: make() for name, make in plans.ALL.items()}
LAYOUTS = {name: arranged(plan) for name, plan in PLANS.items()}
every_plan = pytest.mark.parametrize("name", PLANS)


def colour_of(layer):
    return colour(Box(("layer", "step"), "step", (None,), (Step("step", layer, (), (), (None,)),)))


def frames(layout):
    return [(group.label, group.times) for group, _ in layout.frames]


def check_steps(plan, layout):
    """Drawn layers are of the plan, each in one box; with equal iterations they are as many as those of the plan."""
    drawn = [step for box, _ in layout.boxes for step in dict.fromkeys(step.name for step in box.steps)]
    assert len(set(drawn)) == len(drawn)
    assert set(drawn) <= {step.name for step in plan.steps}
    iterations = {box.key: box.times for box, _ in layout.boxes}
    for group, _ in layout.frames:
        for box in boxes(group.members):
            iterations[box.key] *= group.times
    assert sum(len(box.steps) * iterations[box.key] for box, _ in layout.boxes) == len(plan.steps)


def check_places(layout):
    """Boxes are apart, inside their frames and the picture; frames are apart or nested."""
    for (_, a), (_, b) in combinations(layout.boxes, 2):
        assert apart(a, b, 10)
    for (first, a), (second, b) in combinations(layout.frames, 2):
        assert apart(a, b, 10) or inside(b, a) or inside(a, b), (first.label, second.label)
    for _, place in (*layout.boxes, *layout.frames):
        assert place.x >= 0
        assert place.y >= 0
        assert place.x + place.width <= layout.width + 0.1
        assert place.y + place.height <= layout.height + 0.1
    places = {box.key: place for box, place in layout.boxes}
    for group, frame in layout.frames:
        own = {box.key for box in boxes(group.members)}
        assert all(inside(place, frame) if key in own else apart(place, frame, 5) for key, place in places.items())


def check_wires(layout):
    """Wires are horizontal or vertical, cross no other box or frame, and do not overlap."""
    places = {box.key: place for box, place in layout.boxes}
    for wire in layout.wires:
        start, end = places[wire.source], places[wire.target]
        assert wire.points[0][1] == pytest.approx(start.y + start.height)
        assert wire.points[-1][1] == pytest.approx(end.y)
        assert start.x < wire.points[0][0] < start.x + start.width
        assert end.x < wire.points[-1][0] < end.x + end.width
        assert all(min(abs(a[0] - b[0]), abs(a[1] - b[1])) < 0.5 for a, b in pairwise(wire.points))
        assert all(b[1] > a[1] - 0.5 for a, b in pairwise(wire.points))
        others = [place for key, place in places.items() if key not in (wire.source, wire.target)]
        others += [place for group, place in layout.frames if not {wire.source, wire.target} & keys(group)]
        for a, b in pairwise(wire.points):
            assert not any(crosses(a, b, corners(place, 3)) for place in others), wire

    for first, second in combinations(layout.wires, 2):
        if first.source != second.source:
            pairs = [(p, q) for p in pairwise(first.points) for q in pairwise(second.points)]
            assert not any(lie_on_one_another(p, q) for p, q in pairs), (first, second)


def lie_on_one_another(first, second):
    """Whether two horizontal or vertical pieces share more than a crossing."""
    (a, b), (c, d) = first, second
    shared = [min(max(a[i], b[i]), max(c[i], d[i])) - max(min(a[i], b[i]), min(c[i], d[i])) for i in (0, 1)]
    return min(shared) > -2 and max(shared) > 4


def keys(group):
    return {box.key for box in boxes(group.members)}


def apart(a, b, gap):
    return (
        a.x + a.width + gap <= b.x + 0.1
        or b.x + b.width + gap <= a.x + 0.1
        or a.y + a.height + gap <= b.y + 0.1
        or b.y + b.height + gap <= a.y + 0.1
    )


def inside(a, b):
    """Whether place `a` is inside place `b`, with a margin."""
    return (
        b.x + 5 <= a.x
        and b.y + 20 <= a.y
        and a.x + a.width + 5 <= b.x + b.width
        and a.y + a.height + 5 <= b.y + b.height
    )


def corners(place, room):
    return place.x - room, place.y - room, place.x + place.width + room, place.y + place.height + room


def crosses(a, b, area):
    left, top, right, bottom = area
    return max(a[0], b[0]) > left and min(a[0], b[0]) < right and max(a[1], b[1]) > top and min(a[1], b[1]) < bottom
