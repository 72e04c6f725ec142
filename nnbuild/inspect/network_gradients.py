"""`gradients`: signals and gradients of each layer, for a fitted estimator or at the start of a fit."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from os import PathLike
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from sklearn.utils.multiclass import type_of_target

from nnbuild.errors import BackendError, DataError, show
from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.before_fit import members_to_train
from nnbuild.inspect.numeric import checks, in_float64
from nnbuild.inspect.passes import Batch, CallArrays, PassArrays, run_pass
from nnbuild.inspect.records import Gradients, LayerGradients, Signal, WeightCheck, WeightGradient
from nnbuild.inspect.saturation import saturated
from nnbuild.language.shared import layer_name
from nnbuild.loading import estimator_class
from nnbuild.parameter_checks import checked_count
from nnbuild.plan.describe import as_recipe
from nnbuild.plan.shapes import failure
from nnbuild.recipe import Recipe
from nnbuild.records import Node, frozen_mapping
from nnbuild.train.common.batches import epoch_order
from nnbuild.train.common.device import on_device
from nnbuild.train.common.losses import Objective
from nnbuild.train.common.member import Member
from nnbuild.train.common.model_cache import Weights, borrowed, model_to_train
from nnbuild.train.common.outputs import float_dtype
from nnbuild.train.common.tracing import refused_rows
from nnbuild.train.keras.trainer import place_weights


def gradients(
    estimator: NNEstimator | Recipe | Mapping | str | PathLike,
    X: Any,
    y: Any = None,
    *,
    row: int | Sequence[int] | None = None,
    training: bool = True,
    check: bool = False,
    n_checked: int = 20,
    member: int = 0,
    random_state: int = 0,
) -> Gradients:
    """Compute the signals and gradients of each layer: values before and after activations, and dL/d of all of them.

    Parameters
    ----------
    estimator : NNEstimator, Recipe, dict, path or gallery name
        A fitted estimator: its weights, preparation, encoding of targets and loss. An unfitted estimator, or a recipe:
        the weights at the start of ``fit(X, y)``, with preparation fitted to X. The estimator of a recipe is the one
        that it names, or a classifier or regressor, depending on y.
    X, y : as for `fit` of the estimator
    row : int or sequence of int, optional
        Index of one sample in X, or indices of several. By default, the batch of the first step of training, or of the
        next step of a fitted estimator.
    training : bool, default=True
        Whether random layers and batch normalization behave as in training.
    check : bool, default=False
        Whether to compare the gradient of each weight with central differences in a copy of the network in float64.
    n_checked : int, default=20
        Number of elements of each weight to compare: the one with the largest gradient, and others drawn at random.
    member : int, default=0
        Member of an ensemble.
    random_state : int, default=0
        Seed of the estimator of a recipe. Estimators have their own.

    Returns
    -------
    Gradients
        Frozen record with arrays. It prints as a table; `to_frame` returns a DataFrame.

    Raises
    ------
    RecipeError, ValueError
        As in `fit`.
    DataError
        If `row` is not in X, or if there is no network because y has only one class.
    BackendError
        With `check`, if a layer does not compute in float64.

    Notes
    -----
    The loss of a batch is the weighted mean over its samples, with class weights, as in training; so gradients for
    outputs of a sample are divided by the number of samples. Penalties of regularizers are reported apart, and included
    in gradients.

    Examples
    --------
    With w = 1, x = 2 and y = 0.5, L = (w x - y)^2 has dL/dw = 2 (w x - y) x = 6.

    >>> from nnbuild import NNRegressor
    >>> recipe = {"layers": [{"type": "Dense", "units": 1, "kernel_initializer": "ones"}], "outputs": "last"}
    >>> regressor = NNRegressor(recipe, prepare=None, scale_target=False)
    >>> gradients(regressor, [[2.0], [3.0]], [0.5, 1.5], row=0)["dense_1"]["kernel"].gradient.values.tolist()
    [[6.0]]
    """
    estimator = _estimator(estimator, y, random_state)
    members = members_to_train(estimator, X, y)
    number = checked_count("member", member, 0)
    if not members:
        raise DataError("y has only one class, so there is no network")
    if number >= len(members):
        raise ValueError(f"member={number}, but members are numbered from 0 to {len(members) - 1}")
    one = members[number]
    n_elements = checked_count("n_checked", n_checked)
    return member_gradients(one, _rows(one, row), training, n_elements if check else 0)


def member_gradients(member: Member, rows: np.ndarray, training: bool = True, n_checked: int = 0) -> Gradients:
    """Compute the signals and gradients of a member on samples of its training set, with its initial weights.

    Parameters
    ----------
    member : Member
    rows : array of int
        Indices of the samples.
    training : bool, default=True
        As in `gradients`.
    n_checked : int, default=0
        Number of elements of each weight to compare with central differences.
    """
    with on_device(member.device), borrowed(member.resolved, member.seed, member.device) as model:
        place_weights(model, member)
        start = Weights.of(model)
        found = pass_on(model, member, rows, training=training)
        start.place_in(model)  # the pass changes statistics and seeds
        compared = _checks(member, model, rows, training, n_checked) if n_checked else None
        return Gradients(
            tuple(_layers(member, model, found, compared)),
            found.loss,
            found.penalty,
            frozen_mapping(found.losses),
            tuple(map(int, rows)),
            member.previous is not None,
            training,
        )


def pass_on(model: keras.Model, member: Member, rows: np.ndarray, epoch: int = 1, training: bool = True) -> PassArrays:
    """Run samples of a member's training set through its model, and the loss back.

    Parameters
    ----------
    model : keras.Model
    member : Member
    rows : array of int
        Indices of the samples.
    epoch : int, default=1
        Epoch of samples that are drawn.
    training : bool, default=True
        As in `gradients`.
    """
    batch = _batch(member, rows, float_dtype(model), epoch)
    with refused_rows(model, batch.X):
        return run_pass(model, _objective(member, model), batch, training)


def _estimator(given: Any, y: Any, random_state: int) -> NNEstimator:
    """Return the estimator, or one for a recipe."""
    if isinstance(given, NNEstimator):
        return copy.copy(given)
    recipe = as_recipe(given)
    names = recipe.estimators
    if len(names) != 1:  # classes or numbers
        names = ("NNRegressor" if type_of_target(y).startswith("continuous") else "NNClassifier",)
    return estimator_class(names[0])(recipe, random_state=random_state)


def _rows(member: Member, row: int | Sequence[int] | None) -> np.ndarray:
    """Return the indices of the samples: the given ones, or those of the next step of training."""
    if row is None:
        n_before = member.previous.n_epochs if member.previous else 0
        order = epoch_order(member.training, member.settings["shuffle"], member.seed, n_before + 1)
        return order[: member.settings["batch_size"]]
    rows, n_rows = np.atleast_1d(np.asarray(row)), member.training.n_rows
    if rows.dtype.kind not in "iu" or rows.ndim != 1 or not rows.size:
        raise DataError(f"row must be an integer or a list of integers, got {show(row)}")
    outside = rows[(rows < 0) | (rows >= n_rows)]
    if outside.size:
        raise DataError(f"row {outside[0]} is not in X\n  allowed: 0 to {n_rows - 1}")
    return rows


def _objective(member: Member, model: keras.Model) -> Objective:
    return Objective.of(list(member.training.y), member.settings, float_dtype(model))


def _batch(member: Member, rows: np.ndarray, dtype: str, epoch: int = 1) -> Batch:
    return Batch(*tf.nest.map_structure(tf.convert_to_tensor, member.training.of_epoch(epoch).take(rows, dtype)))


def _checks(member: Member, model: keras.Model, rows: np.ndarray, training: bool, n_elements: int) -> list[WeightCheck]:
    """Compare gradients with central differences, in a copy of a model in float64."""
    batch = _batch(member, rows, "float64")
    try:
        exact = model_to_train(in_float64(member.resolved), member.seed)
        for variable, own in zip(exact.variables, model.variables, strict=True):
            variable.assign(keras.ops.cast(own.value, variable.dtype))
        return checks(exact, _objective(member, exact), batch, training, n_elements, member.seed)
    except Exception as error:  # the samples are fine: they have passed the network in its own precision
        found = f"gradients can't be checked, because the network has no float64: {failure(error)}"
        raise BackendError(f"{found}\n  hint: leave check out") from error


def _layers(
    member: Member, model: keras.Model, found: PassArrays, compared: list[WeightCheck] | None
) -> Iterator[LayerGradients]:
    """Yield the record of each call of a layer; that of its first call has the weights."""
    nodes: dict[str, list[Node]] = {}
    for node in member.resolved.nodes:
        nodes.setdefault(layer_name(node), []).append(node)
    kinds = {name: calls[0].type for name, calls in nodes.items()}
    results = zip(found.weights, found.penalties, compared or repeat(None), strict=False)
    by_variable = dict(zip(map(id, model.trainable_variables), results, strict=True))
    layers = {layer.name: layer for layer in model.layers}
    for call in found.calls:
        layer, node = layers[call.layer], nodes[call.layer].pop(0)
        own = [variable for variable in layer.trainable_variables if id(variable) in by_variable]
        weights = tuple(_weight(variable, layer.name, *by_variable.pop(id(variable))) for variable in own)
        yield _layer(call, node.name, kinds[call.layer], weights)


def _layer(call: CallArrays, name: str, kind: str, weights: tuple[WeightGradient, ...]) -> LayerGradients:
    z, dz, da = (None if part is None else Signal(part) for part in (call.z, call.dz, call.da))
    share = saturated(call.activation, call.a, call.derivative)
    return LayerGradients(name, kind, call.activation, z, Signal(call.a), dz, da, share, weights)


def _weight(
    variable: keras.Variable,
    layer: str,
    gradient: np.ndarray | None,
    penalty: np.ndarray | None,
    check: WeightCheck | None,
) -> WeightGradient:
    value = np.array(variable.numpy())
    known = np.zeros_like(value) if gradient is None else gradient
    part = None if penalty is None else Signal(penalty)
    return WeightGradient(variable.path.removeprefix(f"{layer}/"), Signal(value), Signal(known), part, check)
