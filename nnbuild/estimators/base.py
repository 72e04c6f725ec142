"""`NNEstimator`: base class of the estimators, which trains the network of a recipe and computes its outputs."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from math import prod
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from nnbuild.errors import DivergenceError, NNBuildError, Problem, RecipeError
from nnbuild.estimators.callback_tasks import FitTasks
from nnbuild.estimators.diagnosing import Diagnosing, add_place
from nnbuild.estimators.ensembles import Ensemble, check_supported
from nnbuild.estimators.findings import warn_of_findings
from nnbuild.estimators.fitted import Draft, Fitted
from nnbuild.estimators.joblib_backend import register_backend
from nnbuild.estimators.neighbors import check_comparable, with_neighbors
from nnbuild.estimators.out_of_fold import combined, with_folds
from nnbuild.estimators.parameters import RecipeParameters, check_estimator
from nnbuild.estimators.pretrained import pretrained_fit, start_from
from nnbuild.estimators.resolved_network import network_for
from nnbuild.estimators.rows import ATTRIBUTES
from nnbuild.estimators.saving import save
from nnbuild.estimators.spec import Spec, TrainingSet
from nnbuild.estimators.trained_networks import Networks
from nnbuild.estimators.training import (
    Job,
    Network,
    Rows,
    fit_of,
    members_of,
    rows_to_learn_from,
    run,
    training_settings,
)
from nnbuild.estimators.transforming import LayerTransformer
from nnbuild.inputs.checked_inputs import Inputs, checked_inputs, n_rows_of, select_rows
from nnbuild.inputs.frames import in_pandas
from nnbuild.inputs.library_checks import filters_kept
from nnbuild.inputs.preparations import prepared
from nnbuild.inputs.user_data import NO_SAMPLES, Given
from nnbuild.language.ensembles import ENSEMBLE
from nnbuild.language.input_kinds import input_kind
from nnbuild.parameter_checks import checked_flag, checked_seconds
from nnbuild.plan.describe import describe
from nnbuild.plan.forked_process import refuse_forked
from nnbuild.plan.settings import loss_of
from nnbuild.private.sklearn import ExtendedHTML
from nnbuild.recipe import Recipe
from nnbuild.records import ResolvedNetwork
from nnbuild.report.html import plan_html
from nnbuild.tasks.losses import head_of
from nnbuild.train.common.batches import fresh_seed
from nnbuild.train.common.device import on_device
from nnbuild.train.common.model_cache import Forward, forward
from nnbuild.train.common.progress import ProgressBar
from nnbuild.train.keras.callbacks import checked_callbacks

register_backend()  # of joblib: its name is then available in all programs with estimators

ANOTHER_NETWORK = (
    "the network differs from that of the previous fit: the recipe or its parameters have changed\n"
    "  hint: set warm_start=False to train a new network"
)


class NNEstimator(
    ExtendedHTML, CallbackSupportMixin, RecipeParameters, Networks, LayerTransformer, Diagnosing, BaseEstimator
):
    """Base of the estimators.

    A subclass implements `_samples` and `_training_set`, which return the data of `_fit`, and optionally
    `_check_network`, which raises an error for unsupported networks.
    """

    pretrained: object = None  # parameter of some subclasses
    _ensemble_settings: ClassVar[frozenset[str]] = frozenset(ENSEMBLE)  # supported keys of `ensemble` in recipes

    def _previous(self) -> Fitted | None:
        """Return the previous fit if `warm_start` continues from it, else None."""
        return self._fitted if checked_flag("warm_start", self.warm_start) and self._is_fitted() else None

    def _fit(
        self,
        given: Given,
        validation: Given = NO_SAMPLES,
        previous: Fitted | None = None,
        classes: object = None,
        one_epoch: bool = False,
    ):
        """Train, from the start or from the previous fit, and set the fitted attributes after success."""
        refuse_forked()
        data = given.in_pandas()
        reader, chosen = self._reader(data, previous)
        recipe = reader._effective_recipe()
        reader._check_outputs(recipe, data)
        check_estimator(recipe, type(self))
        ensemble = reader._ensemble(recipe)
        spec = Spec(recipe, ensemble, data, validation.in_pandas(), previous, classes, one_epoch, chosen)
        callbacks = checked_callbacks(self.callbacks, ensemble.n_members)
        spec, draft, rows = reader._drafted(spec)
        if not draft.targets.row.is_trained:
            draft.targets.encode(rows.y)  # raises an error for new labels
            tasks, fitted = FitTasks(self, given, 0), draft.fitted()
        else:
            jobs = reader._jobs(spec, draft, rows)
            fit = fit_of(jobs)
            tasks = FitTasks(self, given, sum(member.settings["epochs"] for member in fit.members))
            epochs = [tasks.hooks(job.draft.fitted) for job in jobs]
            progress = ProgressBar() if self.verbose else None
            try:
                fitted, is_suspicious = run(fit, jobs, callbacks, epochs, progress)
            except DivergenceError as error:
                add_place(error, fit.members[0])
                raise
            fitted = combined(spec, jobs, fitted, reader._member_predictions, reader._score_of)
            if is_suspicious:
                reader._warn_of_underfitting(fitted, jobs[0].rows)
        for name in (*ATTRIBUTES, "_model"):
            self.__dict__.pop(name, None)
        self._set_attributes(fitted)
        tasks.end()
        if self.verbose and fitted.resolved and fitted.history:
            warn_of_findings(self, recipe, fitted.history, fitted.resolved.training)
        return self

    def _reader(self, data: Given, previous: Fitted | None = None) -> tuple[NNEstimator, Recipe | None]:
        """Return a copy, on which scikit-learn's checks set attributes, and its recipe if it depends on the data."""
        return copy.copy(self), None

    def _check_outputs(self, recipe: Recipe, data: Given) -> None:
        """Raise a `RecipeError` for a recipe with outputs that the estimator does not support."""
        outputs = recipe.network.outputs
        if isinstance(outputs, Mapping) and len(outputs) > 1:
            found = (
                f"{type(self).__name__} supports one output, but the recipe has {len(outputs)}: {', '.join(outputs)}"
            )
            hint = "use NNMultiOutput, whose y is a DataFrame with a column or several per output"
            raise RecipeError([Problem(("outputs",), found, hint=hint)])

    def _ensemble(self, recipe: Recipe) -> Ensemble:
        """Return the ensemble of a recipe and the parameters of the estimator."""
        if self.n_members != 1:
            check_supported(recipe, self._ensemble_settings, type(self).__name__)
        return Ensemble.of(recipe, self.n_members, self._own("bootstrap", None))

    def _drafted(self, spec: Spec) -> tuple[Spec, Draft, Rows]:
        """Return the arguments of the fit, the fit before training with its settings, and its checked samples."""
        draft, rows = self._samples(spec)
        settings = {**training_settings(spec.recipe, draft.targets), **spec.overrides}
        return with_folds(spec, rows), replace(draft, settings=settings, chosen=spec.chosen), rows

    def _jobs(self, spec: Spec, draft: Draft, rows: Rows) -> list[Job]:
        """Return the training job of each member: samples, network and initial weights."""
        seed, previous = self._seed(), spec.previous
        pretrained = None if previous else pretrained_fit(self.pretrained)
        if pretrained:
            draft = replace(draft, preparations=pretrained.preparations)
        keeps_optimizer = spec.one_epoch or checked_flag("warm_start", self._own("warm_start", False))
        with filters_kept():
            training = self._training_set(spec, draft, rows, seed)
            draft = training.draft
            if draft.preparations and (previous or keeps_optimizer):
                draft = draft.with_watch(previous, select_rows(rows.X, rows_to_learn_from(rows, training.held_out)))
        if previous:
            draft = replace(draft, pretrained=previous.pretrained)
        networks = [self._network(recipe, draft, training.rows.X, pretrained) for recipe in spec.ensemble.variants]
        check_comparable(spec.ensemble, [network.draft for network in networks], self.device)
        job = Job(
            draft,
            training.rows,
            training.held_out,
            spec.overrides,
            seed,
            previous,
            keeps_optimizer=keeps_optimizer,
            device=self.device,
            engine=self._own("engine", "auto"),
            time_budget_s=checked_seconds("time_budget", self.time_budget),
            bootstrap=spec.ensemble.bootstrap,
            draw=training.draw,
        )
        jobs = members_of(job, networks, spec.ensemble, training.folds)
        for one in jobs:
            if one.previous and one.previous.key != one.draft.key:
                raise ValueError(_difference(one.previous.resolved, one.draft.resolved))
        return jobs

    def _network(self, recipe: Recipe, draft: Draft, X: Inputs, pretrained: Fitted | None) -> Network:
        """Return the network of a variant for prepared samples, with its initial weights."""
        resolved, start = network_for(recipe, draft, X), None
        if pretrained:
            start, names = start_from(pretrained, resolved)
            draft = replace(draft, pretrained=names)
        draft = replace(draft, resolved=resolved)
        self._check_network(draft)
        return Network(draft, start)

    def _samples(self, spec: Spec) -> tuple[Draft, Rows]:
        """Return the fit before training, and the checked samples."""
        raise NotImplementedError

    def _training_set(self, spec: Spec, draft: Draft, rows: Rows, seed: int) -> TrainingSet:
        """Return the samples as inputs of the network, and the fit with its fitted preparation."""
        raise NotImplementedError

    def _check_network(self, draft: Draft) -> None:
        """Raise a `ValueError` for a network that the estimator does not support."""

    def _member_predictions(self, fitted: Fitted, X: Inputs) -> np.ndarray:
        """Return the predictions of one member for prepared samples."""
        (output,) = self._forward(fitted, X)
        return self._prediction(fitted, output)

    def _mean_prediction(self, X) -> tuple[Fitted, list[np.ndarray], np.ndarray]:
        """Return the fit, the predictions of each member for X, and their mean with the nearest training samples."""
        fitted, inputs = self._fitted_inputs(X)
        found = [self._prediction(fitted, output) for output in self._forward(fitted, inputs)]
        return fitted, found, with_neighbors(fitted, fitted.mean(found), inputs, self.device)

    def _prediction(self, fitted: Fitted, output: np.ndarray) -> np.ndarray:
        """Return the predictions of one member from the outputs of its network, before the mean over members."""
        raise NotImplementedError

    def _score_of(self, fitted: Fitted, y: np.ndarray, found: np.ndarray, weights: np.ndarray | None) -> float:
        """Return the score of mean predictions, as `score` does."""
        raise NotImplementedError

    def _warn_of_underfitting(self, fitted: Fitted, rows: Rows) -> None:
        """Warn if predictions are no better than a constant, after a fit with losses like those of a constant."""

    def _own(self, name: str, otherwise: Any) -> Any:
        """Return the value of a parameter, or `otherwise` if the class does not have it."""
        return getattr(self, name) if name in self._own_parameters() else otherwise

    def _seed(self) -> int:
        """Return the seed of this fit: `random_state` if it is an int, otherwise a drawn seed."""
        if self.random_state is None:
            return fresh_seed() % 2**31
        state = check_random_state(self.random_state)
        return int(self.random_state) if isinstance(self.random_state, Integral) else int(state.randint(2**31 - 1))

    def _outputs(self, X) -> tuple[Fitted, list[Any]]:
        """Return the fit, and the outputs of each member for X: arrays of shape (n_samples, ...)."""
        fitted, inputs = self._fitted_inputs(X)
        return fitted, self._forward(fitted, inputs)

    def _fitted_inputs(self, X) -> tuple[Fitted, Inputs]:
        """Return the fit, and X as inputs of its network; raise a `NotFittedError` before `fit`."""
        if not self._is_fitted():  # check_is_fitted computes tags, which is slow compared with one sample
            check_is_fitted(self)
        return self._fitted, self._network_inputs(X)

    def _network_inputs(self, X, layers: tuple[str, ...] = ()) -> Inputs:
        """Return X, checked and prepared. Inputs on which `layers` do not depend may be arbitrary."""
        fitted = self._fitted
        with filters_kept():
            X = checked_inputs(self, in_pandas(X), fitted.inputs, fitted.kinds, fitted.float_dtype, reset=False)
            return prepared(X, fitted.preparations)

    def _forward(self, fitted: Fitted, X: Inputs, layers: tuple[str, ...] = ()) -> list[Any]:
        """Return the outputs of each member for prepared samples, or the outputs of some layers by name."""
        if fitted.resolved is None:  # one class: there is no network
            return [np.ones((n_rows_of(X), *fitted.targets.positions, 1), "float32")]
        with on_device(self.device, required=False):
            first_of = {id(one.resolved): one for one in reversed(fitted.networks)}  # of each variant
            programs = {network: self._program(one, layers) for network, one in first_of.items()}
            return [programs[id(one.resolved)](one.weights, X) for one in fitted.networks if one.weights]

    def _program(self, fitted: Fitted, layers: tuple[str, ...] = ()) -> Forward:
        """Return the compiled program for the outputs of a network, or of some of its layers."""
        key = f"{self.device} {fitted.template_key}"  # a program stays on its device
        return forward(fitted.template, key, layers)

    def save(self, path, *, metrics=None, notes=None) -> None:
        """Save the fitted estimator to a file, which `nnbuild.load` reads.

        Parameters
        ----------
        path : str or path
            Path of the file, by convention with the suffix ``.nnb``. An existing file is replaced atomically.
        metrics : mapping of str to float, optional
            Scores by name, such as the accuracy on a test set. `nnbuild.model_info` returns them.
        notes : mapping of str to JSON value, optional
            Further information, such as the source of the data and the split. `nnbuild.model_info` returns it.

        Raises
        ------
        TypeError
            If `path` is neither a str nor a path.
        ModelFileError
            If the file can't be written, if `metrics` has values that are not numbers, or if `notes` has values that
            are not JSON. An existing file is then unchanged.
        """
        check_is_fitted(self)
        save(self, self._fitted, path, metrics, notes)

    def _image_bytes(self) -> int:
        """Return the memory of the decoded images of one sample, in bytes; 0 if the recipe is not valid."""
        try:
            inputs = self._effective_recipe().network.inputs.values()
        except NNBuildError:
            return 0
        shapes = [spec.get("shape") or [0] for spec in inputs if input_kind(spec).may_be_files]
        return sum(prod(size or 0 for size in shape) for shape in shapes)

    def _is_fitted(self) -> bool:
        return "_fitted" in vars(self)

    def __sklearn_clone__(self):
        """Return an unfitted estimator with the same parameters; an estimator in `pretrained` stays fitted."""
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

    def _more_html(self) -> str:
        """Return the diagram of the trained network, which is shown below scikit-learn's HTML form."""
        network = self._fitted.resolved if self._is_fitted() else None
        return "" if network is None else plan_html(describe(network))


def _difference(previous: ResolvedNetwork | None, resolved: ResolvedNetwork | None) -> str:
    """Return the error message for a network that differs from that of the previous fit."""
    assert previous is not None
    assert resolved is not None
    before, now = ([*head_of(loss_of(network)).listed] for network in (previous, resolved))
    if before == now:
        return ANOTHER_NETWORK
    predicted, fitted = (str(listed) if listed else "one value" for listed in (now, before))
    found = f"the loss predicts {predicted} per target, but the loss of the previous fit predicted {fitted}"
    return f"{found}\n  hint: set warm_start=False to train a new network"
