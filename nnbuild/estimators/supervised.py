"""`SupervisedEstimator`: base class of estimators with samples X and targets y."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from sklearn.callback import with_callbacks
from sklearn.utils.validation import check_consistent_length

from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.fitted import Draft, Fitted, computed_in
from nnbuild.estimators.spec import Expected, Spec, TrainingSet
from nnbuild.estimators.training import Rows, fold_rows, held_out_rows, learned, refuse_groups
from nnbuild.estimators.underfitting import warn_of_underfitting
from nnbuild.inputs.checked_inputs import checked_inputs, first_of, sample_shapes
from nnbuild.inputs.library_checks import filters_kept, name_in_messages
from nnbuild.inputs.preparations import preparation_settings
from nnbuild.inputs.user_data import Given, checked_groups, checked_weights
from nnbuild.language.input_kinds import TABLE, input_kind


class SupervisedEstimator(NNEstimator):
    """Base of the estimators that are trained on samples and targets.

    A subclass implements `_checked_y(y)` and `_targets_of(y, classes)`.
    """

    @with_callbacks
    def fit(
        self, X, y=None, sample_weight=None, X_val=None, y_val=None, sample_weight_val=None, validation_groups=None
    ):
        """Train the network of the recipe.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), table, sparse matrix, or dict of them
            Training inputs; a dict maps input names of the recipe to inputs. Sparse matrices are converted to dense
            batches. Tables may be DataFrames of pandas, polars, Modin and cuDF, or tables of PyArrow.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets. Classifiers also accept a label for each pixel, of shape (n_samples, height, width).
        sample_weight : array-like of shape (n_samples,), optional
            Sample weights. Samples with weight 0 are dropped.
        X_val, y_val, sample_weight_val : as X, y and sample_weight, optional
            Validation set, in place of `validation_fraction`.
        validation_groups : array-like of shape (n_samples,), optional
            Group of each sample. `validation_fraction` then holds out whole groups, drawn at random, and stratified by
            class as far as the groups allow it.

        Returns
        -------
        self

        Raises
        ------
        RecipeError
            If the recipe, or a parameter that overrides one of its values, is not valid.
        ValueError
            If X, y or another argument is not valid, or does not suit the network.
        DivergenceError
            If the loss is NaN or infinite in the first epoch.

        Notes
        -----
        If an error is raised, the estimator is unchanged: not fitted, or with the previous fit.
        """
        validation = Given(X_val, y_val, sample_weight_val, suffix="_val")
        return self._fit(Given(X, y, sample_weight, validation_groups), validation, self._previous())

    def _samples(self, spec: Spec) -> tuple[Draft, Rows]:
        previous, data = spec.previous, spec.data
        inputs = previous.inputs if previous else spec.recipe.network.inputs
        preparing = {} if previous else self._preparing(data.X, inputs)
        kinds = previous.kinds if previous else _kinds(preparing)
        with filters_kept():
            rows = self._checked_rows(spec, data, Expected(inputs, kinds, reset=previous is None))
            targets = previous.targets if previous else self._targets_of(rows.y, spec.classes)
        draft = Draft(
            targets,
            known_inputs=inputs if previous else _known_inputs(inputs, rows, kinds),
            n_features=getattr(self, "n_features_in_", None),
            feature_names=getattr(self, "feature_names_in_", None),
            preparing=preparing,
        )
        return draft, rows

    def _training_set(self, spec: Spec, draft: Draft, rows: Rows, seed: int) -> TrainingSet:
        held_out: Rows | np.ndarray | None
        folds: tuple[np.ndarray, ...] = ()
        if not spec.validation.is_empty:
            refuse_groups(rows, "X_val")
            held_out = self._validation_rows(spec, draft)
        elif spec.ensemble.has_folds:
            held_out, folds = None, fold_rows(rows, draft.targets, spec.n_folds, spec.split_seed(seed))
        else:
            held_out = held_out_rows(rows, draft.targets, draft.settings, seed)
        if spec.previous:
            draft = replace(draft, preparations=spec.previous.preparations)
        else:
            draft = self._learned(spec, draft, rows, held_out)
        rows = draft.prepared(rows)
        if isinstance(held_out, Rows):
            with name_in_messages("X", "X_val"):
                held_out = draft.prepared(held_out)
        return TrainingSet(draft, rows, held_out, folds=folds)

    def _validation_rows(self, spec: Spec, draft: Draft) -> Rows:
        data = spec.validation
        if spec.ensemble.has_folds:
            found = (
                f"X_val is not supported by an ensemble with folds: each of the {spec.ensemble.n_members} members is "
            )
            hint = "pass no X_val, or set n_members=1 for one network"
            raise ValueError(f"{found}validated on a fold of X\n  hint: {hint}")
        if data.X is None or data.y is None:
            raise ValueError(
                f"X_val and y_val must be passed together: {'X_val' if data.X is None else 'y_val'} is missing"
            )
        kinds = spec.previous.kinds if spec.previous else _kinds(draft.preparing)
        return self._checked_rows(spec, data, Expected(draft.inputs, kinds, reset=False))

    def _checked_rows(self, spec: Spec, data: Given, expected: Expected) -> Rows:
        """Return the checked samples with a weight above 0."""
        suffix, floats = data.suffix, computed_in(spec.recipe.network.training)
        with name_in_messages("X", f"X{suffix}"):
            X = checked_inputs(self, data.X, expected.inputs, expected.kinds, floats, expected.reset)
        with name_in_messages("y", f"y{suffix}"):
            y = self._checked_y(data.y)
        with name_in_messages("X, y", f"X{suffix}, y{suffix}"):
            check_consistent_length(first_of(X), y)
        with name_in_messages("sample_weight", f"sample_weight{suffix}"):
            weights = checked_weights(data.sample_weight, first_of(X), ensure_non_negative=True)
        return Rows(X, y, weights, checked_groups(data.validation_groups, first_of(X))).with_positive_weight()

    def _preparing(self, X, inputs: Mapping[str, Mapping]) -> dict[str, Mapping]:
        """Return the kind and settings of each prepared input; see `preparation_settings`."""
        return preparation_settings(self.prepare, X, inputs)

    def _learned(self, spec: Spec, draft: Draft, rows: Rows, held_out: Rows | np.ndarray | None) -> Draft:
        """Return the fit, with preparations and targets fitted to the training set."""
        return learned(draft, rows, held_out)

    def _warn_of_underfitting(self, fitted: Fitted, rows: Rows) -> None:
        y, weights, combination = rows.y, rows.weights, fitted.combination
        score = combination.score if combination else None
        is_held_out = score is not None
        if score is None:
            found = fitted.mean([self._member_predictions(member, rows.X) for member in fitted.members])
            score = self._score_of(fitted, y, found, weights)
        constant = self._score_of(fitted, y, fitted.targets.constant_prediction(y, weights), weights)
        warn_of_underfitting(score, constant, len(rows), not fitted.targets.row.has_probabilities, is_held_out)

    def _checked_y(self, y):
        """Return the checked targets as an array, before encoding."""
        raise NotImplementedError

    def _targets_of(self, y, classes):
        """Return the encoding of targets, not yet fitted to the training set."""
        raise NotImplementedError

    def _imputes(self) -> bool:
        """Return whether missing values in arrays are imputed, because all inputs are prepared as tables."""
        prepare = getattr(self, "prepare", None)
        if prepare is None:
            return False
        if self._is_fitted():
            return set(self._fitted.kinds.values()) == {TABLE}
        recipe = self._readable_recipe()
        inputs = recipe.network.inputs if recipe else {}
        prepares_any = isinstance(prepare, Mapping) and len(inputs) == 1
        return bool(inputs) and (prepares_any or all(input_kind(spec).takes_others for spec in inputs.values()))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = self._imputes()
        tags.target_tags.required = True
        return tags


def _kinds(preparing: Mapping[str, Mapping]) -> dict[str, str]:
    """Return the kind of each prepared input."""
    return {name: settings["kind"] for name, settings in preparing.items()}


def _known_inputs(inputs: Mapping[str, Mapping], rows: Rows, kinds: Mapping[str, str]) -> dict[str, dict]:
    """Return the spec of each input, with the shape of the samples and, for prepared inputs, the `kind`."""
    own = {name: {key: value for key, value in spec.items() if key != "kind"} for name, spec in inputs.items()}
    shapes = sample_shapes(rows.X, inputs)
    kind = {name: {"kind": kinds[name]} if name in kinds else {} for name in inputs}
    return {name: {**own[name], **kind[name], "shape": list(shapes[name])} for name in inputs}
