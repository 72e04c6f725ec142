"""Expand Repeat, Residual and Parallel into layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from nnbuild import catalog
from nnbuild.catalog.facts import MERGING
from nnbuild.catalog.json_form import UNKNOWN, without_type
from nnbuild.catalog.kinds import Anything, Integer, ListOf, Object, is_integer, optional
from nnbuild.errors import Path, Problem, did_you_mean, format_path, name_list, show
from nnbuild.language.checker import Scope
from nnbuild.language.expand import Expander, Expansion, Site
from nnbuild.language.expressions import is_expression
from nnbuild.language.mistakes import iteration_hint, misspelt
from nnbuild.language.shared import SHARED, expand_shared

MAX_ITERATIONS = 10_000
# Placeholder for the projection of a Residual, until shapes decide whether one is needed.
SHORTCUT = "Shortcut"


def expand_repeat(expander: Expander, site: Site) -> tuple[str, ...]:
    """Expand the body of a Repeat once for each iteration."""
    misspelt_names = expander.check_keys(site, "Repeat", ("times", "over", "layers"), ("layers",))
    layers = site.raw.get("layers", UNKNOWN)
    iterations = _iterations(expander, site, misspelt_names)
    over = site.raw.get("over")
    names = over if isinstance(over, dict) else {}
    expander.checker.count(len(names), site.path)
    origins: dict[str, Path] = {name: site.at("over", name) for name in names}
    expander.defined.update(dict.fromkeys(origins.values()))
    if not iterations:
        unknown = site.inside("1", scope=site.scope.inside(dict.fromkeys(names, UNKNOWN), origins))
        expander.dry_run(lambda: expander.expand_list(unknown, layers, site.at("layers")))
    if iterations == [] and len(site.inputs) > 1:
        expander.checker.add(Problem(site.path, f"takes {len(site.inputs)} inputs, but runs 0 times"))
    expander.check_size(len(iterations or ()), site.path)
    if iterations and not (isinstance(layers, list) and layers):
        iterations = iterations[:1]  # there is no body to expand
    inputs = site.inputs
    for number, values in enumerate(iterations or (), 1):
        scope = site.scope.inside(dict(zip(names, values, strict=True)), origins)
        inner = site.inside(str(number), scope=scope, inputs=inputs)
        with expander.checker.hinting(iteration_hint(number, site.path) if names else ""):
            inputs = expander.expand_list(inner, layers, site.at("layers"))
    return inputs


def _iterations(expander: Expander, site: Site, misspelt_names: set[str]) -> list[tuple] | None:
    """Return the values of the names of a Repeat in each iteration; None if they are invalid or unknown."""
    raw = site.raw
    if ("times" in raw) == ("over" in raw):
        given = "both" if "times" in raw else "neither"
        if given == "both" or not misspelt_names & {"times", "over"}:
            expander.checker.add(Problem(site.path, f"Repeat needs 'times' or 'over', got {given}"))
        expander.checker.mark_params_used([raw.get("times"), raw.get("over")], site.scope)
        return None
    return _times(expander, site) if "times" in raw else _over(expander, site)


def _times(expander: Expander, site: Site) -> list[tuple] | None:
    path = site.at("times")
    times = expander.checker.evaluated(site.raw["times"], path, site.scope)
    if is_integer(times) and times > MAX_ITERATIONS:
        expander.checker.add(Problem(path, f"at most {MAX_ITERATIONS}, got {show(times)}"))
        return None
    times = expander.checker.plain(Integer(0, MAX_ITERATIONS), times, path)
    return None if times is UNKNOWN else [()] * times


def _over(expander: Expander, site: Site) -> list[tuple] | None:
    path, raw = site.at("over"), site.raw["over"]
    if not isinstance(raw, dict) or not raw:
        found = f"must be a non-empty object of names and lists, got {show(raw)}"
        expander.checker.add(Problem(path, found))
        expander.checker.mark_params_used(raw, site.scope)
        return None
    for name in raw:
        if expander.valid_name(name, (*path, name), at_key=True) and name in site.scope.values:
            other = format_path(site.scope.origins[name])
            expander.checker.add(Problem((*path, name), f"{show(name)} has the same name as {other}", at_key=True))
    lists = {name: _values(expander, values, (*path, name), site.scope) for name, values in raw.items()}
    if any(values is UNKNOWN for values in lists.values()):
        return None
    return _zipped(expander, lists, path)


def _values(expander: Expander, raw: object, path: Path, scope: Scope) -> Any:
    """Return the values of one name of a Repeat, one for each iteration; UNKNOWN if they are invalid or unknown."""
    return expander.checker.value(_ValuePerIteration(Anything()), raw, path, scope)


@dataclass(frozen=True)
class _ValuePerIteration(ListOf):
    description = "a list of values, one for each iteration"


def _zipped(expander: Expander, lists: dict[str, list], path: Path) -> list[tuple] | None:
    lengths = {name: len(values) for name, values in lists.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        expander.checker.add(Problem(path, f"the lists must have the same length: {listed}"))
        return None
    if max(lengths.values()) > MAX_ITERATIONS:
        expander.checker.add(Problem(path, f"at most {MAX_ITERATIONS} iterations, got {max(lengths.values())}"))
        return None
    expander.checker.count(sum(lengths.values()), path)
    return list(zip(*lists.values(), strict=True))


def expand_residual(expander: Expander, site: Site) -> tuple[str, ...]:
    """Expand the body and the shortcut of a Residual, and a layer that adds them."""
    expander.check_keys(site, "Residual", ("layers", "shortcut", "activation"), ("layers",))
    if len(site.inputs) > 1:
        expander.checker.add(Problem(site.at("inputs"), f"Residual takes 1 input, got {len(site.inputs)}"))
        site = replace(site, inputs=site.inputs[:1])
    reserved = dict.fromkeys(("add", "shortcut", "activation"), "the Residual itself")
    body = expander.expand_list(site.inside(""), site.raw.get("layers", UNKNOWN), site.at("layers"), reserved)
    skip = _shortcut(expander, site, body)
    expander.add(f"{site.name}.add", "Add", (*body, *skip), catalog.with_defaults("layers", "Add"), site.path)
    return _activation(expander, site)


def _shortcut(expander: Expander, site: Site, body: tuple[str, ...]) -> tuple[str, ...]:
    """Expand the shortcut of a Residual; return the names of the tensors to add to the output of its body."""
    raw, path = site.raw.get("shortcut", "auto"), site.at("shortcut")
    if isinstance(raw, list):
        return expander.expand_list(site.inside("shortcut"), raw, path)
    if raw != "auto":
        expander.checker.add(Problem(path, f"must be 'auto' or a list of nodes, got {show(raw)}"))
        expander.checker.mark_params_used(raw, site.scope)
    expander.add(f"{site.name}.shortcut", SHORTCUT, (*site.inputs, *body), {}, site.path)
    return (f"{site.name}.shortcut",)


def _activation(expander: Expander, site: Site) -> tuple[str, ...]:
    path = site.at("activation")
    raw = site.raw.get("activation")
    value = expander.checker.value(optional(Object("activations")), raw, path, site.scope)
    if value is None or value is UNKNOWN:
        return (f"{site.name}.add",)
    kind, arguments = "Activation", catalog.with_defaults("layers", "Activation", activation=value)
    if isinstance(value, dict):
        kind, arguments = value["type"], without_type(value)
    expander.add(f"{site.name}.activation", kind, (f"{site.name}.add",), arguments, path)
    return (f"{site.name}.activation",)


def expand_parallel(expander: Expander, site: Site) -> tuple[str, ...]:
    """Expand the branches of a Parallel, and the layer that merges them."""
    expander.check_keys(site, "Parallel", ("branches", "merge"), ("branches",))
    branches = site.raw.get("branches", UNKNOWN)
    if not isinstance(branches, dict) or not branches:
        if branches is not UNKNOWN:
            found = f"must be a non-empty object of names and lists of nodes, got {show(branches)}"
            expander.checker.add(Problem(site.at("branches"), found))
        expander.checker.used.update(site.scope.origins.values())
        return site.inputs
    expander.checker.count(len(branches) * max(1, len(site.inputs)), site.path)
    ends: list[str] = []
    for name, layers in branches.items():
        path = site.at("branches", name)
        if expander.valid_name(name, path, at_key=True) and name == "merge":
            expander.checker.add(
                Problem(path, "'merge' is reserved for the merging layer of the Parallel", at_key=True)
            )
        ends += _branch(expander, site.inside(name), layers, path)
    return _merge(expander, site, tuple(ends))


def _branch(expander: Expander, site: Site, layers: object, path: Path) -> tuple[str, ...]:
    if layers != []:
        return expander.expand_list(site, layers, path)
    if len(site.inputs) > 1:
        expander.checker.add(Problem(path, f"an empty branch takes 1 input, got {len(site.inputs)}"))
    return site.inputs


def _merge(expander: Expander, site: Site, ends: tuple[str, ...]) -> tuple[str, ...]:
    if "merge" not in site.raw:
        if "merge" not in misspelt(site.raw, ("branches", "merge")):
            expander.checker.add(Problem(site.path, "Parallel needs 'merge'", name_list(MERGING)))
        return site.inputs[:1]
    path = site.at("merge")
    value = _merging_layer(expander, site.raw["merge"], path, site.scope)
    if value is UNKNOWN:
        return site.inputs[:1]
    name, arguments = value["type"], without_type(value)
    if len(ends) == 1:  # Keras' merging layers refuse a single tensor
        name, arguments = "Identity", catalog.with_defaults("layers", "Identity")
    expander.check_arity(name, len(ends), path)
    expander.add(f"{site.name}.merge", name, ends, arguments, path)
    return (f"{site.name}.merge",)


def _merging_layer(expander: Expander, raw: Any, path: Path, scope: Scope) -> Any:
    """Return a merging layer given by name or as an object; note a problem and return UNKNOWN for anything else."""
    checker = expander.checker
    value = checker.evaluated(raw, path, scope) if is_expression(raw) else raw
    name = value.get("type") if isinstance(value, dict) else value
    if value is UNKNOWN or name in MERGING or (isinstance(value, dict) and "type" not in value):
        return checker.value(Object("layers"), raw, path, scope)
    checker.mark_params_used(raw, scope)
    path = (*path, "type") if isinstance(value, dict) else path
    found = f"must be a merging layer (its name, or an object with 'type'), got {show(name)}"
    checker.add_new(path, found, lambda: Problem(path, found, name_list(MERGING), _near_merging(name)))
    return UNKNOWN


def _near_merging(name: object) -> str:
    return did_you_mean(name, MERGING) if isinstance(name, str) else ""


EXPANSIONS: dict[str, Expansion] = {
    "Repeat": expand_repeat,
    "Residual": expand_residual,
    "Parallel": expand_parallel,
    SHARED: expand_shared,
}
