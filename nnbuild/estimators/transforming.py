"""`LayerTransformer`: outputs of a layer of a trained network, as features of samples."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from nnbuild.errors import show, unknown_name
from nnbuild.plan.output_layer import LOG_VARIANCE
from nnbuild.private.sklearn import check_input_features, in_container
from nnbuild.records import ResolvedNetwork


class LayerTransformer(TransformerMixin, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    """Transformer methods of an estimator: `transform` returns embeddings, the outputs of a layer.

    scikit-learn's wrapper for `set_output` is disabled because it does not support the argument `layer`; `in_container`
    replaces it.
    """

    def transform(self, X, layer=None):
        """Return embeddings of samples: the flattened outputs of a layer.

        Parameters
        ----------
        X
            As for `predict`, or for `fit` in estimators without `predict`.
        layer : str, optional
            Name of a layer or input of the network, as listed by ``nnbuild.describe(estimator.recipe_)``. The default
            is the input of the output layer: the last hidden representation.

        Returns
        -------
        array of shape (n_samples, n_features)
            Embeddings, float64 if the precision of the network is float64, else float32. `set_output` selects a
            DataFrame instead, with the columns of `get_feature_names_out`.

        Raises
        ------
        ValueError
            If the layer is unknown, if its outputs are text or have an axis without a fixed length, and if there is no
            network because y had one class only.

        Notes
        -----
        The network runs in inference mode, without dropout and noise, and in batches. The result for a sample does not
        depend on other samples. A layer that the network calls several times has one name per call, as listed by
        ``nnbuild.describe``. The embeddings of several members are concatenated; their mean would have no meaning,
        because units of different members are not aligned.

        For a language model, a long text is cut to its last tokens; for a masked language model, to its first tokens.
        The decoder of a translator takes the predicted text as its input. Users and items that were not in `fit` of a
        recommender have the id 0.
        """
        tensors = self._layer_outputs(layer)
        inputs = self._network_inputs(X, tuple(name for own in tensors for name in own))
        members = zip(self._fitted.members, tensors, strict=True)
        values = [self._forward(member, inputs, tuple(own))[0] for member, own in members]
        parts = [part.reshape(len(part), prod(part.shape[1:])) for member in values for part in member.values()]
        features = np.concatenate(parts, axis=1, dtype=self._fitted.float_dtype)
        return in_container(features, X, lambda: self._feature_names(tensors), self)

    def fit_transform(self, X, y=None, layer=None, **fit_params):
        """Fit the estimator, and return embeddings of the same samples.

        Parameters
        ----------
        X, y, **fit_params
            As for `fit`.
        layer : str, optional
            As for `transform`.

        Returns
        -------
        array of shape (n_samples, n_features)
            As returned by `transform`.
        """
        return self.fit(X, y, **fit_params).transform(X, layer)

    def get_feature_names_out(self, input_features=None, layer=None):
        """Return the names of the features of `transform`.

        Parameters
        ----------
        input_features : array-like of str, optional
            Compared with the feature names in `fit`; not used otherwise.
        layer : str, optional
            As for `transform`.

        Returns
        -------
        array of str, of shape (n_features,), dtype object
            Name of the layer and indices in its output, such as ``dense_1_0`` or ``conv2d_1_3_4_0``; with several
            members, ``member_1_dense_1_0``.

        Raises
        ------
        ValueError
            As in `transform`, and if `input_features` are not the feature names in `fit`.
        """
        tensors = self._layer_outputs(layer)
        check_input_features(self, input_features)
        return self._feature_names(tensors)

    def _layer_outputs(self, layer: object) -> list[Mapping[str, Any]]:
        """Return the symbolic outputs that are the features for the argument `layer`, by layer name, of each member."""
        check_is_fitted(self)
        if self._fitted.resolved is None:
            raise ValueError("there is no network, because y had only one class")
        found = []
        for member in self._fitted.networks:
            layers = _before_output(member.resolved) if layer is None else (_known(member.resolved, layer),)
            found.append(self._program(member, layers).outputs)
        for name, tensor in ((name, tensor) for tensors in found for name, tensor in tensors.items()):
            _check_features(name, tensor.shape[1:], tensor.dtype)
        return found

    def _feature_names(self, members: list[Mapping[str, Any]]) -> np.ndarray:
        """Return the feature names of layer outputs of all members, as an array of str of shape (n_features,)."""
        names = []
        for number, tensors in enumerate(members, 1):
            prefix = f"member_{number}_" if len(members) > 1 else ""
            places = [(name, *place) for name, tensor in tensors.items() for place in np.ndindex(tensor.shape[1:])]
            names += [prefix + "_".join(map(str, place)) for place in places]
        return np.array(names, object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags


def _before_output(resolved: ResolvedNetwork) -> tuple[str, ...]:
    """Return the names of the inputs of the output layers, without duplicates."""
    nodes = {node.name: node for node in resolved.nodes}
    ends = [nodes[output["node"]] for output in resolved.outputs.values()]
    heads = [nodes[node.inputs[0]] if node.type == LOG_VARIANCE else node for node in ends]
    return tuple(dict.fromkeys(name for node in heads for name in node.inputs))


def _known(resolved: ResolvedNetwork, layer: object) -> str:
    """Return the name of a layer or input of a network; raise a `ValueError` for other values."""
    if not isinstance(layer, str):
        raise ValueError(f"layer must be the name of a layer, got {layer!r}")
    names = [*resolved.inputs, *(node.name for node in resolved.nodes)]
    if layer not in names:
        raise ValueError(str(unknown_name((), "layer", layer, names)))
    return str(layer)


def _check_features(name: str, shape: tuple[int | None, ...], dtype: str) -> None:
    """Raise a `ValueError` unless the output of a layer has a fixed number of numeric values per sample."""
    if None in shape:
        found = f"layer {show(name)} gives values of shape {shape} per sample, but features must have a fixed length"
        raise ValueError(f"{found}\n  hint: choose a layer after a pooling layer, or set a fixed shape of the input")
    if dtype == "string":
        hint = "choose a layer after the text lookup"
        raise ValueError(f"layer {show(name)} returns text, but features must be numeric\n  hint: {hint}")


def inputs_behind(resolved: ResolvedNetwork, layers: tuple[str, ...]) -> set[str]:
    """Return the names of the inputs on which the outputs of layers depend."""
    found = set(layers)
    for node in reversed(resolved.nodes):
        found.update(node.inputs if node.name in found else ())
    return found & resolved.inputs.keys()
