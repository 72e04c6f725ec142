"""Initial weights from a pretrained network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator

from nnbuild.errors import name_list, show
from nnbuild.estimators.fitted import Fitted
from nnbuild.estimators.saving import restored
from nnbuild.inputs.kinds import by_input
from nnbuild.language.input_kinds import input_kind
from nnbuild.language.shared import layer_name
from nnbuild.plan.model import skeleton
from nnbuild.records import ResolvedNetwork
from nnbuild.report.units import sizes_text
from nnbuild.saved.archive import Archive, naming
from nnbuild.saved.contents import read_contents
from nnbuild.train.common.member import Start


def pretrained_fit(pretrained: object) -> Fitted | None:
    """Return the fit of `pretrained`, which may be None, a fitted estimator of nnbuild or the path of a saved one.

    Raises
    ------
    ValueError
        For other values, and for a fit without a network.
    NotFittedError
        If the estimator is not fitted.
    ModelFileError
        If the file can't be read.
    """
    if pretrained is None:
        return None
    if isinstance(pretrained, str | PathLike):
        path = Path(pretrained)
        with naming(path), Archive(path) as archive:
            fitted = restored(archive, read_contents(archive))
    else:
        fitted = _fit_of(pretrained.estimator if isinstance(pretrained, FrozenEstimator) else pretrained)
    if fitted.resolved is None:
        raise ValueError("pretrained has no network, because it was fitted on samples of one class")
    return fitted


def _fit_of(estimator: object) -> Fitted:
    if isinstance(estimator, type) or not hasattr(estimator, "_effective_recipe"):
        found = f"pretrained must be a fitted estimator of nnbuild, or the path of a saved one, got {show(estimator)}"
        has_steps = hasattr(estimator, "steps") or hasattr(estimator, "best_estimator_")
        raise ValueError(f"{found}\n  hint: pass only the network, such as pipeline[-1]" if has_steps else found)
    if not hasattr(estimator, "_fitted"):
        hint = (
            "fit it first; in a search, which clones its values, pass "
            "FrozenEstimator(estimator) or the path of a saved file"
        )
        raise NotFittedError(f"pretrained is a {type(estimator).__name__} that is not fitted\n  hint: {hint}")
    return estimator._fitted


def start_from(pretrained: Fitted, resolved: ResolvedNetwork) -> tuple[Start, tuple[str, ...]]:
    """Return initial weights from a pretrained network, and the names of the layers that use them.

    Parameters
    ----------
    pretrained : Fitted
        The first member of an ensemble is used.
    resolved : ResolvedNetwork
        The network to train. A layer uses the weights of the pretrained layer of the same name if all shapes are equal;
        otherwise it keeps its own initial weights. So do layers whose input is text or ids that the pretrained network
        does not have, because their integers would have another meaning.

    Raises
    ------
    ValueError
        If there is no such layer.
    """
    assert pretrained.resolved is not None
    assert pretrained.weights is not None
    has = _layers(pretrained.resolved)
    new_layers = _layers_with_new_vocabulary(pretrained, resolved)
    wants = {name: layer for name, layer in _layers(resolved).items() if name not in new_layers}
    names = tuple(name for name, layer in wants.items() if name in has and has[name].shapes == layer.shapes)
    if not names:
        raise ValueError(_no_layer_message(has, wants))
    given = pretrained.weights.values
    pairs = [pair for name in names for pair in zip(wants[name].places, has[name].places, strict=True)]
    return Start({place: np.asarray(given[source]) for place, source in pairs}), names


def _layers_with_new_vocabulary(pretrained: Fitted, resolved: ResolvedNetwork) -> set[str]:
    """Return the names of layers with an input of text or ids that the pretrained fit does not have."""
    known = by_input(pretrained.preparations)
    new = {name for name, spec in resolved.inputs.items() if input_kind(spec).has_vocabulary and name not in known}
    return {layer_name(node) for node in resolved.nodes if not new.isdisjoint(node.inputs)}


class _Layer(NamedTuple):
    """Weights of a layer: their indices in the variables of the model, and their shapes."""

    places: list[int]
    shapes: list[tuple]


def _layers(resolved: ResolvedNetwork) -> dict[str, _Layer]:
    """Return the layers of a network that have weights, by name."""
    model = skeleton(resolved)
    place = {id(variable): number for number, variable in enumerate(model.variables)}
    return {
        layer.name: _Layer([place[id(one)] for one in layer.weights], [tuple(one.shape) for one in layer.weights])
        for layer in model.layers
        if layer.weights
    }


def _no_layer_message(has: Mapping[str, _Layer], wants: Mapping[str, _Layer]) -> str:
    found = "no layer has the same name and the same weight shapes in pretrained and in this network"
    lines = [f"layers of pretrained: {_listed(has)}", f"layers of this network: {_listed(wants)}"]
    return "\n  ".join([found, *lines, "hint: set the same 'name' in both recipes for the layers to transfer"])


def _listed(layers: Mapping[str, _Layer]) -> str:
    return name_list(f"{name} {' + '.join(_texts(layer))}" for name, layer in layers.items()) or "none with weights"


def _texts(layer: _Layer) -> Iterator[str]:
    return map(sizes_text, layer.shapes)
