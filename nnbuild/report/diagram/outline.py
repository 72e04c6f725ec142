"""Plan -> outline: the boxes, frames and arrows of a network's picture, equal turns of a Repeat drawn once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from nnbuild.records import Plan, Shape, Step

Key = tuple[str, str]  # ("layer", "dense_1"), ("input", "image"), ("output", "price"), ("group", "residual_1")
Edge = tuple[Key, Key]


@dataclass(frozen=True)
class Box:
    """One box of a picture.

    Attributes
    ----------
    key : Key
        ("input" or "output" or "layer", name).
    label : str
        Its name within the frame around it.
    shape : Shape
        Shape of what it gives, the batch axis first.
    steps : tuple of Step
        The layers that it shows; several where they are joined into one box. Empty for inputs and outputs.
    covers : tuple of str
        Names of all steps that it stands for, those of equal turns included.
    times : int
        How often the box stands in a row; 1 unless a whole folded turn is one box.
    summary : str
        What it holds, where it stands for a whole group; "" otherwise.
    """

    key: Key
    label: str
    shape: Shape
    steps: tuple[Step, ...] = ()
    covers: tuple[str, ...] = ()
    times: int = 1
    summary: str = ""


@dataclass(frozen=True)
class Group:
    """A frame around boxes and other frames: a scope of the recipe, or equal turns of a Repeat.

    Attributes
    ----------
    key : Key
        ("group", the whole scope).
    label : str
        Its name within the frame around it.
    times : int
        How many equal turns it stands for.
    members : tuple of Box or Group
        In the order of computation.
    """

    key: Key
    label: str
    times: int
    members: tuple[Box | Group, ...]


@dataclass(frozen=True)
class Outline:
    """The picture before it has places: what stands in it, and arrows between boxes."""

    members: tuple[Box | Group, ...]
    edges: tuple[Edge, ...]


def outlined(plan: Plan) -> Outline:
    """The outline of `plan`: one box a layer, one frame a scope, equal consecutive turns of a Repeat folded.

    Turns are equal when their layers have the same names, types, weights and shapes and are wired alike.
    """
    stands_for: dict[str, str] = {}  # a step of a folded turn -> the same step of an earlier turn
    members = _members(_nested(plan.steps), "", "", stands_for)
    drawn = {step.name: _drawn(step.name, stands_for) for step in plan.steps}
    covers: dict[str, list[str]] = {}
    for name, shown in drawn.items():
        covers.setdefault(shown, []).append(name)
    members = replaced(members, lambda box: replace(box, covers=tuple(covers[box.key[1]])))
    return Outline((*_inputs(plan), *members, *_outputs(plan)), _edges(plan, drawn))


def boxes(members: Iterable[Box | Group]) -> Iterator[Box]:
    """All boxes of `members`, those inside frames included."""
    for member in members:
        if isinstance(member, Box):
            yield member
        else:
            yield from boxes(member.members)


def groups(members: Iterable[Box | Group], depth: int = 1) -> Iterator[tuple[int, Group]]:
    """All frames of `members` with their depths, the outer before the inner."""
    for member in members:
        if isinstance(member, Group):
            yield depth, member
            yield from groups(member.members, depth + 1)


def replaced(
    members: Iterable[Box | Group],
    new_box: Callable[[Box], Box | None] | None = None,
    new_group: Callable[[Group], Box | Group] | None = None,
) -> tuple[Box | Group, ...]:
    """`members` with every box and, after its members, every frame put through a function; None drops a box.

    Frames with one member are joined with it, as `tidy` does.
    """
    result: list[Box | Group] = []
    for member in members:
        new: Box | Group | None = member
        if isinstance(member, Group):
            new = tidy(replace(member, members=replaced(member.members, new_box, new_group)))
            new = new_group(new) if new_group and isinstance(new, Group) else new
        elif new_box:
            new = new_box(member)
        result += [new] if new else []
    return tuple(result)


def tidy(group: Group) -> Box | Group:
    """`group`, or its only member with both names where one frame says as much as two."""
    if len(group.members) != 1:
        return group
    (only,) = group.members
    label = f"{group.label}.{only.label}"
    if isinstance(only, Box) and (group.times == 1 or only.summary):
        return replace(only, label=label, times=group.times * only.times)
    if isinstance(only, Group) and 1 in (group.times, only.times):
        return replace(only, label=label, times=group.times * only.times)
    return group


# A scope's tree: (part of the name, whether a step ends there) -> Step or tree. The flag keeps a step `a` beside `a.b`.
_Tree = dict


def _nested(steps: Iterable[Step]) -> _Tree:
    tree: _Tree = {}
    for step in steps:
        *scopes, own = step.name.split(".")
        level = tree
        for scope in scopes:
            level = level.setdefault((scope, False), {})
        level[own, True] = step
    return tree


def _members(tree: _Tree, scope: str, label: str, stands_for: dict) -> tuple[Box | Group, ...]:
    """Boxes and frames of one scope ("repeat_1.2." or ""); `label` stands before their own names."""
    members: list[Box | Group] = []
    for (part, is_step), value in tree.items():
        if is_step:
            members.append(Box(("layer", value.name), label + part, value.output_shape, (value,)))
        else:
            members.append(_group(value, f"{scope}{part}", label + part, stands_for))
    return tuple(members)


def _group(tree: _Tree, scope: str, label: str, stands_for: dict) -> Box | Group:
    key = ("group", scope)
    if not all(part.isdecimal() and not is_step for part, is_step in tree):
        return tidy(Group(key, label, 1, _members(tree, f"{scope}.", "", stands_for)))
    runs = _runs(tree, scope, stands_for)
    if len(runs) == 1 and len(runs[0]) > 1:
        return tidy(Group(key, label, len(runs[0]), _turn(tree, scope, runs[0][0], "", stands_for)))
    members: list[Box | Group] = []
    for run in runs:
        if len(run) == 1:
            members += _turn(tree, scope, run[0], f"{run[0]}.", stands_for)
        else:
            inside = _turn(tree, scope, run[0], "", stands_for)
            members.append(
                tidy(Group(("group", f"{scope}.{run[0]}"), f"{run[0]}\N{EN DASH}{run[-1]}", len(run), inside))
            )
    return tidy(Group(key, label, 1, tuple(members)))


def _turn(tree: _Tree, scope: str, turn: str, label: str, stands_for: dict) -> tuple[Box | Group, ...]:
    return _members(tree[turn, False], f"{scope}.{turn}.", label, stands_for)


def _runs(tree: _Tree, scope: str, stands_for: dict) -> list[list[str]]:
    """Turns of a Repeat, equal neighbours together; notes whom the folded steps stand for."""
    runs: list[list[str]] = []
    before: _Turn | None = None
    for part, _ in tree:
        turn = _Turn(f"{scope}.{part}.", tuple(_steps(tree[part, False])))
        if before and _alike(before, turn):
            runs[-1].append(part)
            stands_for |= {
                b.name: stands_for.get(a.name, a.name) for a, b in zip(before.steps, turn.steps, strict=True)
            }
        else:
            runs.append([part])
        before = turn
    return runs


@dataclass(frozen=True)
class _Turn:
    prefix: str
    steps: tuple[Step, ...]

    def own(self, name: str) -> str | None:
        """The part of `name` after the turn's own; None where it is a step of another scope."""
        return name.removeprefix(self.prefix) if name.startswith(self.prefix) else None


def _steps(tree: _Tree) -> Iterator[Step]:
    for value in tree.values():
        if isinstance(value, Step):
            yield value
        else:
            yield from _steps(value)


def _alike(first: _Turn, second: _Turn) -> bool:
    if [_facts(step, first) for step in first.steps] != [_facts(step, second) for step in second.steps]:
        return False
    flow: dict[str, str] = {}  # what the second takes from the first -> what the first takes in its place
    pairs = [
        pair for a, b in zip(first.steps, second.steps, strict=True) for pair in zip(a.inputs, b.inputs, strict=True)
    ]
    return all(_same_source(a, b, first, second, flow) for a, b in pairs) and len(set(flow.values())) == len(flow)


def _facts(step: Step, turn: _Turn) -> tuple:
    return turn.own(step.name), step.type, step.input_shapes, step.output_shape, step.weights, len(step.inputs)


def _same_source(a: str, b: str, first: _Turn, second: _Turn, flow: dict[str, str]) -> bool:
    if first.own(a) is not None or second.own(b) is not None:
        return first.own(a) == second.own(b)
    return flow.setdefault(b, a) == a if first.own(b) is not None else a == b


def _drawn(name: str, stands_for: Mapping[str, str]) -> str:
    while name in stands_for:
        name = stands_for[name]
    return name


def _inputs(plan: Plan) -> list[Box]:
    return [Box(("input", name), name, shape) for name, shape in plan.inputs.items()]


def _outputs(plan: Plan) -> list[Box]:
    shapes = {step.name: step.output_shape for step in plan.steps} | dict(plan.inputs)
    return [Box(("output", name), name, shapes[step]) for name, step in plan.outputs.items()]


def _edges(plan: Plan, drawn: Mapping[str, str]) -> tuple[Edge, ...]:
    """Arrows between drawn boxes; what leads into a folded turn is left out, its frame says it."""

    def key(name: str) -> Key:
        return ("layer", drawn[name]) if name in drawn else ("input", name)

    inner = [
        (key(name), ("layer", step.name))
        for step in plan.steps
        if key(step.name)[1] == step.name
        for name in step.inputs
    ]
    outer = [(key(step), ("output", name)) for name, step in plan.outputs.items()]
    return tuple(dict.fromkeys(inner + outer))
