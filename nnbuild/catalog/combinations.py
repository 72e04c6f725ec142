"""Invalid combinations of arguments of one class, each of which is valid alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from nnbuild.catalog.facts import layer_facts, loss_facts, metric_facts, object_facts
from nnbuild.errors import name_list, show


class Clash(NamedTuple):
    """Conflict of an argument with others, and its fix."""

    argument: str
    found: str
    hint: str


def clash(family: str, name: str, values: Mapping[str, Any]) -> Clash | None:
    """Return the first invalid combination of the arguments of a class, each of which is valid; None if there is none.

    Parameters
    ----------
    family, name : str
        Catalog family and own name of the class.
    values : mapping of str to JSON value

    Examples
    --------
    >>> clash("schedules", "PiecewiseConstantDecay", {"boundaries": [5], "values": [0.1]}).found
    'PiecewiseConstantDecay needs one more value than boundaries, got 1 and 1'
    """
    check = CHECKS.get(_check_of(family, name) or family)
    return check(name, values) if check else None


def _check_of(family: str, name: str) -> str:
    if family == "metrics":
        return metric_facts(name).clash
    return layer_facts(name).clash if family == "layers" else object_facts(family, name).clash


def _clipping(name: str, values: Mapping[str, Any]) -> Clash | None:
    given = [argument for argument in CLIPPING if values.get(argument) is not None]
    if len(given) < 2:
        return None
    found = f"{name} takes one of {name_list(CLIPPING)}, got {' and '.join(given)}"
    return Clash(given[1], found, "keep only one of them")


def _thresholds(name: str, values: Mapping[str, Any]) -> Clash | None:
    if values.get("num_labels") is not None and not values.get("multi_label"):
        return Clash("num_labels", f"num_labels of {name} requires multi_label", "add multi_label: true")
    n_counts = values.get("num_thresholds", 200) * (values.get("num_labels") or 1)
    if n_counts <= MAX_COUNTS:
        return None
    found = f"num_thresholds x num_labels of {name} must be at most {MAX_COUNTS}, got {n_counts}"
    return Clash("num_thresholds", found, "use fewer thresholds")


def _class_ids(name: str, values: Mapping[str, Any]) -> Clash | None:
    n_classes, largest = values["num_classes"], max(values["target_class_ids"])
    if largest < n_classes:
        return None
    found = f"target_class_ids of {name} has {largest}, but num_classes is {n_classes}"
    return Clash("target_class_ids", found, f"give ids from 0 to {n_classes - 1}")


def _piecewise(name: str, values: Mapping[str, Any]) -> Clash | None:
    n_boundaries, n_values = len(values["boundaries"]), len(values["values"])
    if n_values == n_boundaries + 1:
        return None
    found = f"{name} needs one more value than boundaries, got {n_values} and {n_boundaries}"
    return Clash("values", found, "pass one value before the first boundary, and one after each")


def _uniform(name: str, values: Mapping[str, Any]) -> Clash | None:
    if values["minval"] <= values["maxval"]:
        return None
    found = f"minval of {name} is above its maxval: {show(values['minval'])} and {show(values['maxval'])}"
    return Clash("minval", found, "give the smaller one as minval")


def _shear(name: str, values: Mapping[str, Any]) -> Clash | None:
    """A shear of x + ay and y + bx, whose inverse Keras computes, has none where ab is 1."""
    factors = ("x_factor", "y_factor") if name == "RandomShear" else ("factor",)
    if any(values.get(factor) != [1, 1] for factor in factors):
        return None
    found = f"{' and '.join(factors)} of {name} must not be [1, 1]: an image sheared so is a line"
    return Clash(factors[0], found, "give a range that starts below 1, such as [0, 0.3]")


def _ragged(name: str, values: Mapping[str, Any]) -> Clash | None:
    if not values.get("ragged"):
        return None
    return Clash("ragged", f"{name} returns ragged tensors, which no layer supports", "remove it: samples are padded")


def _boundaries(name: str, values: Mapping[str, Any]) -> Clash | None:
    given = values.get("bin_boundaries") or []
    if given == sorted(given):
        return None
    return Clash("bin_boundaries", f"bin_boundaries of {name} must increase, got {show(given)}", "sort them")


def _value_range(name: str, values: Mapping[str, Any]) -> Clash | None:
    given = values.get("value_range")
    if given is None or given[0] < given[1]:
        return None
    found = f"value_range of {name} must be the lowest and the highest value, got {show(given)}"
    return Clash("value_range", found, "give [0, 255], or [0, 1] where the values are scaled")


def _per_target(name: str, values: Mapping[str, Any]) -> Clash | None:
    """Return a clash if the list of values to predict for each target lacks the one that `predict` returns."""
    argument, predicted = loss_facts(name).per_target or ("", 0)
    if not argument or predicted in values[argument]:
        return None
    found = f"{argument} of {name} must contain {predicted}, which predict returns"
    return Clash(argument, found, f"add it: {show(sorted([*values[argument], predicted]))}")


CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")
MAX_COUNTS = 2**21  # AUC keeps four for each threshold and label
# By the names in the facts of a class, or by family.
CHECKS: dict[str, Callable[[str, Mapping[str, Any]], Clash | None]] = {
    "boundaries": _boundaries,
    "class_ids": _class_ids,
    "layers": _value_range,
    "losses": _per_target,
    "optimizers": _clipping,
    "piecewise": _piecewise,
    "ragged": _ragged,
    "shear": _shear,
    "thresholds": _thresholds,
    "uniform": _uniform,
}
