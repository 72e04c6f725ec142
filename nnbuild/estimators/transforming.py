"""`LayerTransformer`: the values of a layer of a trained network, as features of samples."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from nnbuild.errors import show, unknown_name
from nnbuild.private.sklearn import check_input_features, in_container
from nnbuild.records import Resolved


class LayerTransformer(TransformerMixin, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    """What an estimator offers as a transformer: embeddings, which are the values of a layer.

    The wrapper of scikit-learn for `set_output` is off, as it takes no `layer`; `in_container` does the same with one.
    """

    def transform(self, X, layer=None):
        """Embeddings of samples: the values of a layer, flattened.

        Parameters
        ----------
        X
            As for `predict`, or for `fit` in estimators without `predict`.
        layer : str, optional
            Name of a layer or input of the network, as ``nnbuild.describe(estimator.recipe_)`` lists them. The default
            are the values that the output layer takes: the last hidden representation.

        Returns
        -------
        array of shape (n_samples, n_features)
            float64 if the precision of the network is, else float32. `set_output` selects a DataFrame in its place,
            with the columns of `get_feature_names_out`.

        Raises
        ------
        ValueError
            For an unknown layer, for one whose values are text or have an axis of no fixed length, and for a fit on one
            class, which trains no network.

        Notes
        -----
        The network computes as it does for predictions: without dropout and noise, in batches, and a row gets the same
        bits alone as among others. Each call of a shared layer has a name of its own. Members of an ensemble are side
        by side: their units are not aligned, so that a mean over members would have no meaning.

        A language model reads the last tokens of a text, a masked language model the first ones. A translator has the
        text that it predicts as the input of its decoder. Users and items that a recommender has not seen in `fit`
        have the id 0.
        """
        tensors = self._layer_outputs(layer)
        layers = tuple(tensors)
        values = self._forward(self._fitted, self._network_inputs(X, layers), layers)
        parts = [part.reshape(len(part), prod(part.shape[1:])) for member in values for part in member.values()]
        features = np.concatenate(parts, axis=1, dtype=self._fitted.float_dtype)
        return in_container(features, X, lambda: self._feature_names(tensors), self)

    def fit_transform(self, X, y=None, layer=None, **fit_params):
        """`fit`, and then `transform` of the same samples.

        Parameters
        ----------
        X, y, **fit_params
            As for `fit`.
        layer : str, optional
            As for `transform`.

        Returns
        -------
        array of shape (n_samples, n_features)
            As `transform` returns it.
        """
        return self.fit(X, y, **fit_params).transform(X, layer)

    def get_feature_names_out(self, input_features=None, layer=None):
        """Names of the features of `transform`.

        Parameters
        ----------
        input_features : array-like of str, optional
            Only compared with the names of the features in `fit`.
        layer : str, optional
            As for `transform`.

        Returns
        -------
        array of str, of shape (n_features,), dtype object
            Name of the layer and place in its output, such as ``dense_1_0`` or ``conv2d_1_3_4_0``; with several members
            ``member_1_dense_1_0``.

        Raises
        ------
        ValueError
            As `transform` does, and for other names of features than those in `fit`.
        """
        tensors = self._layer_outputs(layer)
        check_input_features(self, input_features)
        return self._feature_names(tensors)

    def _layer_outputs(self, layer: object) -> Mapping[str, Any]:
        """Symbolic outputs, by name, of the layers whose values are the features for an argument `layer`."""
        check_is_fitted(self)
        resolved = self._fitted.resolved
        if resolved is None:
            raise ValueError("there is no layer: y had one class only, and no network was trained")
        layers = _before_output(resolved) if layer is None else (_known(resolved, layer),)
        tensors = self._program(self._fitted, layers).outputs
        for name, tensor in tensors.items():
            _check_features(name, tensor.shape[1:], tensor.dtype)
        return tensors

    def _feature_names(self, tensors: Mapping[str, Any]) -> np.ndarray:
        """Names of the values of some layers, for each member: array of str, of shape (n_features,)."""
        places = [(name, *place) for name, tensor in tensors.items() for place in np.ndindex(tensor.shape[1:])]
        names = ["_".join(map(str, place)) for place in places]
        n_members = len(self._fitted.members)
        members = [f"member_{number}_" for number in range(1, n_members + 1)] if n_members > 1 else [""]
        return np.array([f"{member}{name}" for member in members for name in names], object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags


def _before_output(resolved: Resolved) -> tuple[str, ...]:
    """Names of what the output layer of a network takes, each once."""
    (output,) = resolved.outputs.values()
    return next(tuple(dict.fromkeys(node.inputs)) for node in resolved.nodes if node.name == output["node"])


def _known(resolved: Resolved, layer: object) -> str:
    """The name of a layer or input of a network; raises a `ValueError` for other values."""
    names = [*resolved.inputs, *(node.name for node in resolved.nodes)]
    if layer not in names:
        raise ValueError(str(unknown_name((), "layer", str(layer), names)))
    return str(layer)


def _check_features(name: str, shape: tuple[int | None, ...], dtype: str) -> None:
    """Raise a `ValueError` for the values of a layer that are no fixed number of numbers for each sample."""
    if None in shape:
        found = f"layer {show(name)} gives values of shape {shape} for a sample, and features need a fixed length"
        raise ValueError(f"{found}\n  hint: name a layer after one that pools, or give the input a fixed shape")
    if dtype == "string":
        hint = "name a layer after one that looks texts up"
        raise ValueError(f"layer {show(name)} gives text, and features are numbers\n  hint: {hint}")


def inputs_behind(resolved: Resolved, layers: tuple[str, ...]) -> set[str]:
    """Names of the inputs that the values of some layers depend on."""
    found = set(layers)
    for node in reversed(resolved.nodes):
        found.update(node.inputs if node.name in found else ())
    return found & resolved.inputs.keys()
