"""`TextNetwork`: base class of the language models, with one input of text and outputs for each token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from nnbuild.errors import Problem, RecipeError
from nnbuild.estimators.base import ANOTHER_NETWORK, NNEstimator
from nnbuild.estimators.decoding import log_probabilities
from nnbuild.estimators.fitted import Draft, Fitted
from nnbuild.estimators.spec import Spec, TrainingSet
from nnbuild.estimators.texts import first_and_last, several_texts, text_input
from nnbuild.estimators.training import Rows
from nnbuild.inputs.checked_inputs import Inputs
from nnbuild.inputs.text import TextPreparation
from nnbuild.plan.model import skeleton
from nnbuild.recipe import Recipe
from nnbuild.records import ResolvedNetwork
from nnbuild.tasks.tokens import TokenIdTargets


class TextNetwork(NNEstimator):
    """Base of the estimators that predict tokens of texts.

    A subclass implements `_rows(texts, preparation, name, is_training, seed)`, which returns windows and targets.
    """

    # Values of parameters of other estimators: language models have one network, whose input is not a table.
    n_members = None
    bootstrap = None
    prepare = None
    _ensemble_settings: ClassVar[frozenset[str]] = frozenset()

    _name_in_messages: ClassVar[str]  # name in error messages
    _default_recipe: ClassVar[str]  # default recipe in the gallery

    @property
    def vocabulary_(self):
        """Tokens of the vocabulary, the most frequent one first."""
        check_is_fitted(self)
        return np.array(self._preparation.tokens, object)

    @property
    def _preparation(self) -> TextPreparation:
        (preparation,) = self._fitted.preparations.values()
        assert isinstance(preparation, TextPreparation)
        return preparation

    @property
    def _length(self) -> int:
        """Length of a window, in tokens."""
        return self._preparation.output_sequence_length

    def _network_inputs(self, X, layers: tuple[str, ...] = ()) -> Inputs:
        """Return the first token ids of each text, of shape (n_samples, length)."""
        return self._preparation.transformed(several_texts(X, "X"))

    def _log_probabilities(self, windows: np.ndarray) -> np.ndarray:
        """Return the log probabilities of all token ids, of shape (n_windows, length, n_outputs)."""
        (outputs,) = self._forward(self._fitted, windows)
        return log_probabilities(outputs, self._fitted.gives_logits)

    def _effective_recipe(self) -> Recipe:
        recipe = super()._effective_recipe()
        if recipe.network.training.get("validation") == "random":
            hint = "remove it: the validation set is the last part of the text"
            raise RecipeError(
                [
                    Problem(
                        ("training", "validation"),
                        "'random' is not supported for texts: they have no samples to draw",
                        hint=hint,
                    )
                ]
            )
        return recipe.with_values({"training__validation": "last"})

    def _samples(self, spec: Spec) -> tuple[Draft, Rows]:
        texts = several_texts(spec.data.X, "X")
        name, settings = text_input(spec.recipe, self._name_in_messages, self._default_recipe)
        if not len(texts):
            raise ValueError("X has no text to learn from")
        draft = Draft(TokenIdTargets.unseen(name), known_inputs={name: dict(settings)}, preparing={name: settings})
        return draft, Rows(texts, texts, None)

    def _training_set(self, spec: Spec, draft: Draft, rows: Rows, seed: int) -> TrainingSet:
        ((name, settings),) = draft.preparing.items()
        fraction, previous = draft.settings["validation_fraction"], spec.previous
        texts, held_out, name_in_errors, held_out_name = rows.X, None, "X", "X_val"
        if not spec.validation.is_empty:
            held_out = several_texts(spec.validation.X, "X_val")
        elif fraction:
            texts, held_out = first_and_last(texts, fraction, settings.get("split", "whitespace"))
            name_in_errors, held_out_name = "X without its last part", "the last part of X"
        if not len(texts):
            raise ValueError(f"{name_in_errors} has no text to learn from\n  hint: set a smaller validation_fraction")
        preparation = _known(name, previous) if previous else TextPreparation.fitted(texts, settings, marked=True)
        draft = replace(draft, targets=TokenIdTargets(name, preparation), preparations={name: preparation})
        rows = self._rows(texts, preparation, name_in_errors, True, seed)
        if held_out is None:
            return TrainingSet(draft, rows, None)
        return TrainingSet(draft, rows, self._rows(held_out, preparation, held_out_name, False, seed))

    def _rows(self, texts, preparation: TextPreparation, name: str, is_training: bool, seed: int) -> Rows:
        raise NotImplementedError

    def _check_network(self, draft: Draft) -> None:
        assert draft.resolved is not None
        _check_output(draft.resolved, draft.targets.n_outputs)

    def _single_member(self, fitted: Fitted, variant: Mapping) -> NNEstimator:
        member = clone(self).set_params(random_state=fitted.seed)
        member._set_attributes(fitted)
        return member

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = tags.input_tags.string = True
        return tags


def _known(name: str, previous: Fitted) -> TextPreparation:
    """Return the preparation of an input in the previous fit."""
    known = previous.preparations.get(name)
    if not isinstance(known, TextPreparation):
        raise ValueError(ANOTHER_NETWORK)
    return known


def _check_output(resolved: ResolvedNetwork, n_outputs: int) -> None:
    """Raise a `ValueError` unless a network returns at least `n_outputs` values per token."""
    (spec,) = resolved.inputs.values()
    shapes = [tuple(tensor.shape[1:]) for tensor in skeleton(resolved).outputs]
    if len(shapes) > 1 or len(shapes[0]) != 2 or shapes[0][0] != spec["shape"][0] or (shapes[0][1] or 0) < n_outputs:
        found = f"the output shape is {' and '.join(map(str, shapes))} for a window of {spec['shape'][0]} tokens, "
        found += f"but must be ({spec['shape'][0]}, {n_outputs}): "
        found += "a value for each time step and token of the vocabulary"
        hint = (
            "end with a layer that keeps the time axis, such as a recurrent layer "
            "with return_sequences=True, and set 'outputs' to 'auto'"
        )
        raise ValueError(f"{found}\n  hint: {hint}")
