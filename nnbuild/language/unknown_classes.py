"""Problems of class names that a recipe can't use: the reason, and the name probably meant."""

from __future__ import annotations

from collections.abc import Iterable

from nnbuild import catalog
from nnbuild.catalog.facts.refused import REFUSED_ACTIVATIONS, REFUSED_LAYERS
from nnbuild.catalog.kinds import NOUNS
from nnbuild.catalog.registered import registered_names
from nnbuild.errors import Path, Problem, did_you_mean, show, unknown_name
from nnbuild.language.expressions import is_expression

COMPOSITES = ("Repeat", "Residual", "Parallel", "Shared")
INPUT_LAYERS = ("Input", "InputLayer")
MODELS = ("Functional", "Model", "Sequential")


def unknown_class(family: str, name: str, path: Path, other_names: Iterable[str]) -> Problem:
    """Return the problem of a name that is not a class of `family`; `other_names` are further names allowed there."""
    if is_expression(name):
        return Problem(path, f"a type must be a class name, got the expression {show(name)}")
    if family in ("layers", "cells") and (problem := _not_a_layer(family, name, path)):
        return problem
    noun = "layer type" if family == "layers" else NOUNS[family]
    if ">" in name:
        hint = "import the Python module that registers it before the recipe is read"
        noun = "layer class" if family == "layers" else NOUNS[family]
        return Problem(path, f"no {noun} is registered as {show(name)}", hint=hint)
    problem = unknown_name(path, noun, name, [*catalog.names(family), *registered_names(family), *other_names])
    if family in ("losses", "metrics") and (hint := _alias_hint(family, name)):
        return Problem(path, problem.found, problem.allowed, hint)
    return problem


def is_removed_layer(problem: Problem | None) -> bool:
    """Return whether the problem is a layer class that earlier versions allowed."""
    removed = {name: refusal for name, refusal in REFUSED_LAYERS.items() if catalog.find("layers", name)}
    return problem is not None and problem.found in {refusal.found(name) for name, refusal in removed.items()}


def unknown_activation(name: str, path: Path) -> Problem:
    """Return the problem of a name that is not an activation of recipes."""
    if refusal := REFUSED_ACTIVATIONS.get(name):
        return Problem(path, refusal.found(f"activation {show(name)}"), hint=refusal.remedy)
    if ">" in name:
        return unknown_class("activations", name, path, ())
    return unknown_name(path, "activation", name, [*catalog.activation_names(), *registered_names("activations")])


def _not_a_layer(family: str, name: str, path: Path) -> Problem | None:
    """Return the problem of a well-known name that is not a layer of recipes; None for other names."""
    if refusal := REFUSED_LAYERS.get(name):
        return Problem(path, refusal.found(name), hint=refusal.remedy)
    if name in INPUT_LAYERS:
        hint = "define inputs under 'inputs', or omit them: they are derived from the data"
        return Problem(path, f"{name} is not a node", hint=hint)
    if name in MODELS:
        return Problem(path, f"{name} is a model, not a layer of a recipe", hint=_LAYERS_IN_ORDER)
    if name in COMPOSITES:
        return Problem(path, f"{name} can't be used inside a layer's argument", hint="write it as a separate node")
    if family == "layers" and catalog.find("cells", name):
        return Problem(path, f"{name} is a recurrent cell, not a layer", hint="give it to RNN as its 'cell'")
    if "." in name:
        ours = name.split(".")[0] in ("keras", "tf", "tensorflow")
        hint = did_you_mean(name.rsplit(".", 1)[1], catalog.names(family)) if ours else _REGISTER
        return Problem(path, f"{show(name)} is a path into Python and is refused", hint=hint)
    return None


def _alias_hint(family: str, name: str) -> str:
    """Return the hint for an alias of a loss or metric, or for a metric used as a loss; "" otherwise."""
    if name.lower().replace("_", "") in _CROSS_ENTROPY:
        return "use 'binary_crossentropy', 'categorical_crossentropy' or 'sparse_categorical_crossentropy'"
    if family == "losses" and catalog.find("metrics", name):
        return f"{show(name)} is a metric, not a loss: list it under 'metrics', and set a loss"
    return ""


_CROSS_ENTROPY = ("ce", "cce", "crossentropy", "logloss", "nll", "scce")
_REGISTER = "register a layer class in Python and use its registered name"
_LAYERS_IN_ORDER = "list its layers in order; inside another layer, use the 'layers' of a Pipeline"
