"""The trained networks of an estimator: as Keras models, as estimators of their own, and with weights from outside."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from nnbuild.estimators.exporting import exported_model
from nnbuild.estimators.fitted import Fitted
from nnbuild.export.formats import export
from nnbuild.plan.model import build
from nnbuild.train.common.model_weights import weights_from


class Networks:
    """What an estimator offers of its trained networks."""

    _fitted: Any
    _model: Any
    random_state: Any

    @property
    def model_(self):
        """A copy of the trained network as a plain `keras.Model`: changing the copy changes no prediction.

        It is made when it is first asked for. `set_weights_from` takes weights of a changed copy over.
        """
        check_is_fitted(self)
        fitted = self._only_network(AttributeError, "members_[0].model_ is the first of them")
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
            `model_` after changes, a `keras.models.clone_model` of it, or the model in a file of Keras: layers with
            weights have the names and shapes of `model_`'s. Values are copied, in the dtype of `model_`'s weights.

        Returns
        -------
        self

        Raises
        ------
        TypeError
            If `model` is no Keras model.
        ValueError
            If a layer is missing, is too many, has weights of other shapes, or has weights that are NaN or infinite;
            and for an estimator of several members.

        Notes
        -----
        Predictions, `save`, pickles and `model_`, which is made anew, have the new weights. A fit with `warm_start`,
        or `partial_fit`, goes on from them, with the optimizer at its start: its state belonged to the old weights.
        What is not a weight stays: the preparation of X and y, `history_` and `best_epoch_`. Whatever is raised, the
        estimator stays as it was.
        """
        check_is_fitted(self)
        fitted = self._only_network(ValueError, "set_weights_from of members_[0] gives that estimator other weights")
        weights = weights_from(model, fitted.resolved, fitted.weights)
        self.__dict__.pop("_model", None)
        self._set_attributes(replace(fitted, weights=weights, optimizer=()))
        return self

    def export(self, path, format=None) -> None:
        """Write the trained network for another program, in one step: Keras, TensorFlow Serving or ONNX Runtime.

        Parameters
        ----------
        path : str or path
            A file or folder that is there, and is of the format, is replaced.
        format : {"keras", "onnx", "savedmodel"}, optional
            By default the ending of `path` decides: ".keras", ".onnx" (which needs the packages onnx and tf2onnx), or
            none for the folder of a SavedModel.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator was not fitted.
        ModelFileError
            For an unknown format, if it needs a package that is not installed, or has no form for the network; if
            there is no network, as y had one class only; if the path can't be written. What was there stays as it was.

        Notes
        -----
        Tables, texts, ids, images and series are prepared by the estimator, not by the exported network: it takes
        arrays as `preparation_` returns them, and has the inputs of `recipe_.inputs`. Its output is that of
        `predict_proba`; of a regressor that of `predict`, of shape (n_samples, n_outputs), or with the loss "Quantile"
        that of `predict_quantiles`, target by target, without sorting. The members of an ensemble become one network,
        whose output is their mean.
        """
        check_is_fitted(self)
        export(lambda: exported_model(self._fitted), path, format)

    @property
    def members_(self):
        """Each network as a fitted estimator of its own; the one where there are no others."""
        check_is_fitted(self)
        return tuple(map(self._alone, self._fitted.members))

    def _alone(self, fitted: Fitted):
        """A member as the estimator that it would be alone."""
        seed = self.random_state if fitted.seed is None else fitted.seed  # none was drawn where there is no network
        member = clone(self).set_params(n_members=1, random_state=seed)
        member._set_attributes(fitted)
        return member

    def _set_attributes(self, fitted: Fitted) -> None:
        """Become the estimator that a fit, or a file, has left."""
        self.__dict__.update(fitted.attributes())

    def _only_network(self, kind: type[Exception], hint: str) -> Any:
        """The fit, where it has left one network; else an error of a kind."""
        if self._fitted.resolved is None:
            raise kind("there is no network: y had one class only")
        if n_others := len(self._fitted.others):
            raise kind(f"there is not one network but {n_others + 1}\n  hint: {hint}")
        return self._fitted
