"""Preparation of pairs of texts: the source and the target of a translation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from nnbuild.errors import Problem, RecipeError, name_list, show
from nnbuild.inputs.library_checks import name_in_messages
from nnbuild.inputs.text import TextPreparation
from nnbuild.language.shared import layer_name
from nnbuild.parameter_checks import checked_count
from nnbuild.recipe import Recipe

SOURCE, TARGET = "source", "target"
NAMES = (SOURCE, TARGET)
SHARED_SETTINGS = ("max_tokens", "split", "standardize")  # settings that must be equal for a shared vocabulary


def text_settings(inputs: Mapping[str, Mapping], max_length: object = None) -> dict[str, Mapping]:
    """Return the preparation settings of both inputs, by name. Texts are not standardized by default.

    Parameters
    ----------
    inputs : mapping of str to mapping
        Inputs of the recipe.
    max_length : int or None
        Maximum number of tokens of a predicted text; it overrides the recipe.

    Raises
    ------
    RecipeError
        If the recipe has other inputs.
    """
    if set(inputs) != set(NAMES):
        found = f"NNTranslator requires a recipe with the inputs {name_list(NAMES)}, got {name_list(inputs)}"
        raise RecipeError([Problem(("inputs",), found, hint=f"write {_EXAMPLE}")])
    problems = [
        Problem(("inputs", name), f"NNTranslator requires inputs of kind 'text', got {show(kind)}", hint=_HINT)
        for name in NAMES
        if (kind := inputs[name].get("kind", "tensor")) != "text"
    ]
    if problems:
        raise RecipeError(problems)
    settings = {name: {"standardize": None, **inputs[name]} for name in NAMES}
    if max_length is not None:
        settings[TARGET]["output_sequence_length"] = checked_count("max_length", max_length) + 1  # with the end token
    return dict(settings)


def learned_texts(
    texts: Mapping[str, np.ndarray], settings: Mapping[str, Mapping], recipe: Recipe
) -> dict[str, TextPreparation]:
    """Learn vocabularies and lengths from pairs of texts. The vocabulary is shared if one layer embeds both inputs.

    Parameters
    ----------
    texts : mapping of str to array of str
        Texts of the training set, by input.
    settings : mapping of str to mapping
        Result of `text_settings`.
    recipe : Recipe
    """
    shared = _shared_layer(recipe)
    with name_in_messages("X", "X"):
        source = TextPreparation.fitted(texts[SOURCE], settings[SOURCE], marked=bool(shared))
    with name_in_messages("X", "y"):
        target = TextPreparation.fitted(texts[TARGET], settings[TARGET], marked=True)
    if not shared:
        return {SOURCE: source, TARGET: target}
    _check_shared_settings(settings, shared)
    both = TextPreparation.fitted(np.concatenate([texts[name] for name in NAMES]), settings[TARGET], marked=True)
    return {SOURCE: replace(source, tokens=both.tokens), TARGET: replace(target, tokens=both.tokens)}


def _shared_layer(recipe: Recipe) -> str:
    """Return the name of the layer that embeds both inputs; "" if there is none."""
    layers = {name: {layer_name(node) for node in recipe.network.nodes if name in node.inputs} for name in NAMES}
    return min(layers[SOURCE] & layers[TARGET], default="")


def _check_shared_settings(settings: Mapping[str, Mapping], layer: str) -> None:
    for key in SHARED_SETTINGS:
        values = [settings[name].get(key) for name in NAMES]
        if values[0] != values[1]:
            found = f"{show(layer)} embeds both inputs, which therefore share a vocabulary, but their {key} differs: "
            raise RecipeError([Problem(("inputs",), f"{found}{show(values[0])} and {show(values[1])}")])


_EXAMPLE = '"inputs": {"source": {"kind": "text"}, "target": {"kind": "text"}}'
_HINT = 'set "kind": "text"; add "split": "character" for characters as tokens'
