"""What classifier and regressor share: from arrays and a recipe to a trained network, and back to predictions."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from math import prod
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from nnbuild.errors import NNBuildError
from nnbuild.estimators.checks import filters_kept, said_of
from nnbuild.estimators.fitted import ATTRIBUTES, Fitted, computed_in
from nnbuild.estimators.given import NO_ROWS, Given, checked_groups
from nnbuild.estimators.inputs import Inputs, checked_inputs, first_of, n_rows_of, sample_shapes, taken
from nnbuild.estimators.network import network_for
from nnbuild.estimators.networks import Networks
from nnbuild.estimators.parameters import RecipeParameters
from nnbuild.estimators.preparing import preparation_settings, prepared
from nnbuild.estimators.pretrained import pretrained_fit, start_from
from nnbuild.estimators.saving import save
from nnbuild.estimators.tables import checked_weights
from nnbuild.estimators.tasks import FitTasks
from nnbuild.estimators.together import register_backend
from nnbuild.estimators.training import (
    Job,
    Rows,
    held_out_rows,
    learned,
    members_of,
    refuse_groups,
    rows_to_learn_from,
    run,
    training_settings,
)
from nnbuild.estimators.values import checked_count, checked_flag
from nnbuild.features.frames import in_pandas
from nnbuild.plan.describe import describe
from nnbuild.plan.forked import refuse_forked
from nnbuild.recipe.recipe import Recipe
from nnbuild.records import Resolved
from nnbuild.report.html import plan_html
from nnbuild.train.batches import fresh_seed
from nnbuild.train.callbacks import checked_callbacks
from nnbuild.train.device import on_device
from nnbuild.train.pool import forward
from nnbuild.train.progress import ProgressBar

register_backend()  # so that its name works for whoever has an estimator

ONE_EPOCH = {"epochs": 1, "validation_fraction": 0.0, "early_stopping": False}
ANOTHER_NETWORK = (
    "the recipe, or what is set on it, describes another network than the one that was fitted\n"
    "  hint: warm_start=False starts anew"
)


class NNEstimator(CallbackSupportMixin, RecipeParameters, Networks, BaseEstimator):
    """Base of the estimators.

    A subclass says what its targets are: `_checked_y(y)` and `_targets_of(y, classes)`.
    """

    pretrained: object = None  # what some start from

    @with_callbacks
    def fit(
        self, X, y=None, sample_weight=None, X_val=None, y_val=None, sample_weight_val=None, validation_groups=None
    ):
        """Train the network of the recipe.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), table, sparse matrix, or dict of them
            Inputs; a dict goes by the recipe's input names. Sparse ones are made dense batch by batch. Tables are those
            of pandas, polars, PyArrow, Modin and cuDF.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets; of a classifier also labels of pixels, of shape (n_samples, height, width).
        sample_weight : array-like of shape (n_samples,), optional
            What each row counts; those of weight zero are left out, as if they were not there.
        X_val, y_val, sample_weight_val : as X, y and sample_weight, optional
            Rows to validate on, in place of `validation_fraction`.
        validation_groups : array-like of shape (n_samples,), optional
            Group of each row. The rows that `validation_fraction` holds out are then those of whole groups, drawn at
            random, with the shares of the classes kept as far as groups allow it.

        Returns
        -------
        self

        Raises
        ------
        RecipeError
            For a recipe, or values set on it, with problems.
        ValueError
            For data that the network can't take.
        DivergenceError
            If the loss became NaN or infinite in the first epoch.

        Notes
        -----
        Whatever is raised, the estimator stays as it was before: not fitted, or fitted as it was.
        """
        data = Given(X, y, sample_weight, validation_groups)
        return self._fit(data, Given(X_val, y_val, sample_weight_val), self._before())

    def _before(self) -> Fitted | None:
        """The fit that another one goes on from."""
        return self._fitted if checked_flag("warm_start", self.warm_start) and self._is_fitted() else None

    def _fit(self, given, validation, before, classes=None, overrides=None):
        """Train from the start, or on from `before`, and only then take the result."""
        refuse_forked()
        data, validation = given.in_pandas(), validation.in_pandas("_val")
        recipe = self._effective_recipe()
        n_members = checked_count("n_members", self.n_members)
        callbacks = checked_callbacks(self.callbacks, n_members)
        reader = copy.copy(self)  # scikit-learn's checks write what they see on the estimator that they are given
        draft, rows, wanted = reader._read(data, recipe, before, classes)
        settings = {**training_settings(recipe, draft.targets), **(overrides or {})}
        tasks = FitTasks(self, given, n_members * settings["epochs"])
        if draft.targets.task == "constant":
            draft.targets.encode(rows.y)  # refuses other labels than those of the fit before
            fitted = draft
        else:
            job = reader._job(recipe, draft, rows, validation, before, settings, overrides, wanted)
            progress = ProgressBar() if self.verbose else None
            jobs = members_of(job, n_members)
            epochs = [tasks.hooks(lambda weights, draft=one.draft: replace(draft, weights=weights)) for one in jobs]
            fitted = run(jobs, callbacks, epochs, progress)
        for name in (*ATTRIBUTES, "_model"):
            self.__dict__.pop(name, None)
        self._set_attributes(fitted)
        tasks.end()
        return self

    def _read(self, data: Given, recipe: Recipe, before, classes) -> tuple[Fitted, Rows, dict]:
        """What the data says before any training: the fit as far as it is known, the rows, how inputs are prepared."""
        inputs = before.inputs if before else recipe.network.inputs
        wanted = {} if before else self._wanted(data.X, inputs)
        kinds = _kinds(wanted, before)
        with filters_kept():
            rows = self._checked_rows(data, inputs, recipe, kinds, reset=before is None)
            targets = before.targets if before else self._targets_of(rows.y, classes)
        draft = Fitted(
            targets,
            seen=inputs if before else _seen(inputs, rows, kinds),
            n_features=getattr(self, "n_features_in_", None),
            feature_names=getattr(self, "feature_names_in_", None),
        )
        return draft, rows, wanted

    def _wanted(self, X, inputs: Mapping[str, Mapping]) -> dict[str, Mapping]:
        """How inputs are to be prepared, as `preparation_settings` gives it."""
        return preparation_settings(self.prepare, X, inputs)

    def _learned(self, draft: Fitted, rows: Rows, held_out: Rows | np.ndarray | None, wanted: Mapping) -> Fitted:
        """`draft` with what is learned from the training rows besides the network."""
        return learned(draft, rows, held_out, wanted)

    def _checked_rows(self, data: Given, inputs, recipe: Recipe, kinds, reset: bool, suffix: str = "") -> Rows:
        """The rows that count; messages name the data with the suffix."""
        with said_of("X", f"X{suffix}"):
            X = checked_inputs(self, data.X, inputs, kinds, computed_in(recipe.network.training), reset)
        with said_of("y", f"y{suffix}"):
            y = self._checked_y(data.y)
        with said_of("X, y", f"X{suffix}, y{suffix}"):
            check_consistent_length(first_of(X), y)
        with said_of("sample_weight", f"sample_weight{suffix}"):
            weights = checked_weights(data.sample_weight, first_of(X), ensure_non_negative=True)
        return Rows(X, y, weights, checked_groups(data.validation_groups, first_of(X))).that_count()

    def _job(self, recipe, draft, rows, validation, before, settings, overrides, wanted) -> Job:
        """The training of `draft`'s network: on which rows, and from where; `wanted` is how inputs are prepared."""
        seed = self._seed()
        earlier = None if before else pretrained_fit(self.pretrained)
        if earlier:
            draft = replace(draft, preparations=earlier.preparations)
        keeps_optimizer = overrides is ONE_EPOCH or checked_flag("warm_start", self.warm_start)
        with filters_kept():
            given = rows
            draft, rows, held_out = self._parted(recipe, draft, rows, validation, before, settings, wanted, seed)
            if draft.preparations and (before or keeps_optimizer):
                draft = draft.watching(before, taken(given.X, rows_to_learn_from(given, held_out)))
        draft = replace(draft, resolved=network_for(recipe, draft, rows.X), seed=seed)
        if before and before.key != draft.key:
            raise ValueError(ANOTHER_NETWORK)
        start = None
        if before:
            draft = replace(draft, pretrained=before.pretrained)
        elif earlier:
            start, names = start_from(earlier, draft.resolved)
            draft = replace(draft, pretrained=names)
        return Job(
            draft,
            rows,
            held_out,
            overrides or {},
            seed,
            before,
            keeps_optimizer=keeps_optimizer,
            device=self.device,
            engine=self.engine,
            bootstrap=checked_flag("bootstrap", self.bootstrap),
            start=start,
        )

    def _parted(
        self, recipe, draft, rows, validation, before, settings, wanted, seed
    ) -> tuple[Fitted, Rows, Rows | np.ndarray | None]:
        """What is learned from data besides the network, the rows as that makes them, and those to validate on."""
        held_out: Rows | np.ndarray | None
        if any(part is not None for part in validation):
            refuse_groups(rows, "X_val")
            held_out = self._validation_rows(validation, draft, recipe, _kinds(wanted, before))
        else:
            held_out = held_out_rows(rows, draft.targets, settings, seed)
        if before:
            draft = replace(draft, preparations=before.preparations)
        else:
            draft = self._learned(draft, rows, held_out, wanted)
        rows = draft.prepared(rows)
        if isinstance(held_out, Rows):
            with said_of("X", "X_val"):
                held_out = draft.prepared(held_out)
        return draft, rows, held_out

    def _validation_rows(self, data, draft: Fitted, recipe: Recipe, kinds) -> Rows:
        if data.X is None or data.y is None:
            raise ValueError(f"X_val and y_val go together: {'X_val' if data.X is None else 'y_val'} is missing")
        return self._checked_rows(data, draft.inputs, recipe, kinds, reset=False, suffix="_val")

    def _seed(self) -> int:
        """The seed of this fit: a whole number holds for every fit, a generator gives a new one each time."""
        if self.random_state is None:
            return fresh_seed() % 2**31
        state = check_random_state(self.random_state)
        return int(self.random_state) if isinstance(self.random_state, Integral) else int(state.randint(2**31 - 1))

    def _outputs(self, X) -> tuple[Fitted, list[Any]]:
        """The fit that is there, and what the network of each member gives for X: arrays of shape (n_samples, ...)."""
        check_is_fitted(self)
        fitted = self._fitted
        with filters_kept():
            X = checked_inputs(self, in_pandas(X), fitted.inputs, fitted.kinds, fitted.float_dtype, reset=False)
            X = prepared(X, fitted.preparations)
        return fitted, self._forward(fitted, X)

    def _forward(self, fitted: Fitted, X: Inputs) -> list[Any]:
        """What the network of each member gives for prepared rows."""
        if fitted.resolved is None:  # one class only: there is no network
            return [np.ones((n_rows_of(X), *(fitted.targets.positions or ()), 1), "float32")]
        with on_device(self.device, required=False):
            program = forward(fitted.form, f"{self.device} {fitted.form_key}")  # it stays where it was compiled
            return [program(member.weights, X) for member in fitted.members if member.weights]

    def save(self, path, *, metrics=None, notes=None) -> None:
        """Write the fitted estimator to a file, in one step; `nnbuild.load` reads it back.

        Parameters
        ----------
        path : str or path
            By custom it ends in ``.nnb``. A file that is there is replaced.
        metrics : mapping of str to float, optional
            How good it is: scores by name. `nnbuild.facts_of` gives them back.
        notes : mapping of str to JSON value, optional
            Whatever else is worth knowing: where the data came from, how it was split. `nnbuild.facts_of` gives
            them back.

        Raises
        ------
        ModelFileError
            If the file can't be written, or metrics are no numbers, or notes no JSON values; a file that is there
            stays as it was.
        """
        save(self, path, metrics, notes)

    def _image_bytes(self) -> int:
        """Memory of the images of one sample, once their files are read; 0 for a recipe that can't be read."""
        try:
            inputs = self._effective_recipe().network.inputs.values()
        except NNBuildError:
            return 0
        shapes = [said.get("shape") or [0] for said in inputs if said.get("kind") == "image"]
        return sum(prod(size or 0 for size in shape) for shape in shapes)

    def _is_fitted(self) -> bool:
        return "_fitted" in vars(self)

    def __sklearn_clone__(self):
        """An estimator of the same parameters that is not fitted; the one to start from stays fitted."""
        bare = copy.copy(self)
        bare.pretrained = None
        cloned = super(NNEstimator, bare).__sklearn_clone__()
        if self.pretrained is not None:
            cloned.pretrained = self.pretrained
        return cloned

    def __sklearn_is_fitted__(self) -> bool:
        return self._is_fitted()

    def __getstate__(self):
        return {name: value for name, value in super().__getstate__().items() if name != "_model"}

    def _html_repr(self) -> str:
        """scikit-learn's table of parameters and attributes and, once there is one, the network."""
        shown = super()._html_repr()
        network = self._fitted.resolved if self._is_fitted() else None
        return shown if network is None else shown + plan_html(describe(network))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        tags.target_tags.required = True
        return tags


def network_to_train(estimator: NNEstimator, X: Any, y: Any) -> Resolved | None:
    """The network that `fit` would train on these rows; None where there is nothing to train.

    Raises
    ------
    RecipeError, ValueError
        As `fit` does.
    """
    recipe, reader = estimator._effective_recipe(), copy.copy(estimator)
    draft, rows, wanted = reader._read(Given(X, y), recipe, None, None)
    if draft.targets.task == "constant":
        return None
    settings = training_settings(recipe, draft.targets)
    return reader._job(recipe, draft, rows, NO_ROWS, None, settings, None, wanted).draft.resolved


def _kinds(wanted: Mapping[str, Mapping], before: Fitted | None) -> Mapping[str, str]:
    """Kinds of the inputs that are prepared."""
    return before.kinds if before else {name: settings["kind"] for name, settings in wanted.items()}


def _seen(inputs: Mapping[str, Mapping], rows: Rows, kinds: Mapping[str, str]) -> dict[str, dict]:
    """What the recipe and the first rows say of each input: whether it is prepared is not the recipe's to say."""
    said = {name: {key: value for key, value in spec.items() if key != "kind"} for name, spec in inputs.items()}
    shapes = sample_shapes(rows.X, inputs)
    found = {name: {"kind": kinds[name]} if name in kinds else {} for name in inputs}
    return {name: {**said[name], **found[name], "shape": list(shapes[name])} for name in inputs}
