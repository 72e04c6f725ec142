"""Access to the trained networks of an estimator: Keras models, members, exported files, and new weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from nnbuild.estimators.exporting import exported_model
from nnbuild.estimators.fitted import Fitted
from nnbuild.export.formats import export
from nnbuild.language.variants import variants_of
from nnbuild.plan.model import build
from nnbuild.train.common.model_weights import weights_from

HINT_FOR_MEMBERS = (
    "an ensemble keeps its weights; copy a member with member = estimator.members_[0], "
    "and call member.set_weights_from(model)"
)


class Networks:
    """Methods of an estimator for its trained networks."""

    _fitted: Any
    _model: Any
    random_state: Any
    _effective_recipe: Any

    @property
    def model_(self):
        """Copy of the trained network as a `keras.Model`, built on first access.

        Changes to the copy take effect only through `set_weights_from`, which copies its weights to the estimator.
        """
        check_is_fitted(self)
        fitted = self._only_network(AttributeError, "use members_[0].model_ for the first one")
        if "_model" not in vars(self):
            model = build(fitted.resolved, seed=0)
            fitted.weights.place_in(model)
            self._model = model
        return self._model

    def set_weights_from(self, model):
        """Replace the weights of the trained network by those of a Keras model.

        Parameters
        ----------
        model : keras.Model
            A changed `model_`, a `keras.models.clone_model` of it, or a model loaded by Keras. Its layers that have
            weights must match those of `model_` in name and weight shapes. Values are copied and cast to the dtype of
            `model_`.

        Returns
        -------
        self

        Raises
        ------
        TypeError
            If `model` is not a Keras model.
        ValueError
            If a layer is missing or additional, or has weights of other shapes, or weights that are NaN or infinite;
            and if the estimator has several members.

        Notes
        -----
        Predictions, saved files, pickles and a new `model_` use the new weights. `fit` with `warm_start`, and
        `partial_fit`, continue from them; the optimizer restarts from its initial state, because its state belonged to
        the old weights. The preparation of X and y, `history_` and `best_epoch_` do not change. If an error is raised,
        the estimator is unchanged.
        """
        check_is_fitted(self)
        fitted = self._only_network(ValueError, HINT_FOR_MEMBERS)
        weights = weights_from(model, fitted.resolved, fitted.weights)
        self.__dict__.pop("_model", None)
        self._set_attributes(replace(fitted, weights=weights, optimizer=()))
        return self

    def export(self, path, format=None) -> None:
        """Export the trained network to a file or folder for Keras, TensorFlow Serving or ONNX Runtime.

        Parameters
        ----------
        path : str or path
            Path of the file or folder. An existing one of the same format is replaced atomically.
        format : {"keras", "onnx", "savedmodel"}, optional
            The default depends on the suffix of `path`: ".keras", ".onnx" (which requires the packages onnx and
            tf2onnx), or none for the folder of a SavedModel. A file must have the suffix of its format, a folder may
            have any name.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        TypeError
            If `path` is neither a str nor a path.
        ModelFileError
            If the format is unknown, requires a package that is not installed, or does not support the network; if
            there is no network because y had one class only; if the path can't be written. An existing file or folder
            is then unchanged.

        Notes
        -----
        The exported network does not include the preprocessing of tables, texts, ids, images and series. Its inputs are
        those of `recipe_.inputs`. They require preprocessed arrays, as returned by ``as_inputs(name, X)`` of the
        preparation of each input (see the guide to saving). Its output is that of `predict_proba`; for a regressor,
        that of `predict`, of shape (n_samples, n_outputs). With the loss "Quantile", it returns the quantiles of each
        target in turn, of shape (n_samples, n_outputs * n_quantiles); unlike those of `predict_quantiles`, they are not
        sorted. The members of an ensemble are exported as one network, which returns their mean.
        """
        check_is_fitted(self)
        export(lambda: exported_model(self._fitted), path, format)

    @property
    def members_(self):
        """Each member as a fitted estimator; a tuple of one if there is no ensemble.

        They are copies: changes to them do not affect this estimator.
        """
        check_is_fitted(self)
        return tuple(map(self._single_member, self._fitted.members, self._variants()))

    def _single_member(self, fitted: Fitted, variant: Mapping):
        """Return a member as a fitted estimator, with the values of its variant as parameters."""
        seed = self.random_state if fitted.seed is None else fitted.seed  # None if no network was trained
        member = clone(self).set_params(n_members=1, random_state=seed, **variant)
        member._set_attributes(fitted)
        return member

    def _variants(self) -> list[dict]:
        """Return the variant of each member: values by params and addresses of the recipe."""
        combination = self._fitted.combination
        if combination is None:
            return [{}] * len(self._fitted.networks)
        variants = dict(enumerate(variants_of(self._effective_recipe().to_dict())))
        return [variants.get(index, {}) for index in combination.variants]

    def _set_attributes(self, fitted: Fitted) -> None:
        """Set the fitted attributes from the result of a fit, or from a file."""
        self.__dict__.update(fitted.attributes())

    def _only_network(self, kind: type[Exception], hint: str) -> Any:
        """Return the fit if it has exactly one network, otherwise raise an error of type `kind`."""
        if self._fitted.resolved is None:
            raise kind("there is no network, because y had only one class")
        if n_others := len(self._fitted.others):
            raise kind(f"the ensemble has {n_others + 1} networks\n  hint: {hint}")
        return self._fitted
