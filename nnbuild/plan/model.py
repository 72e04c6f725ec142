"""Build a `keras.Model` with its initial weights from a recipe and shapes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import keras

from nnbuild.catalog.json_form import is_plain_accuracy
from nnbuild.errors import Problem, RecipeError, show
from nnbuild.plan.assemble import Assembly
from nnbuild.plan.describe import AnyRecipe, InputShape, assembled
from nnbuild.plan.forked_process import refuse_forked
from nnbuild.plan.initial_weights import initialize
from nnbuild.plan.memory import check_weights
from nnbuild.plan.objects import make_object
from nnbuild.plan.symbolic import fresh_names
from nnbuild.records import ResolvedNetwork


def build(
    recipe: AnyRecipe | ResolvedNetwork,
    input_shape: InputShape | None = None,
    *,
    dtype: str | dict[str, str] | None = None,
    task: str | None = None,
    n_outputs: int | None = None,
    seed: int | None = None,
    compile: bool = False,
) -> keras.Model:
    """Build the Keras model of a recipe.

    Parameters
    ----------
    recipe : Recipe, dict, path, gallery name or ResolvedNetwork
        The recipe, or a resolved network, which needs none of the next four parameters.
    input_shape, dtype, task, n_outputs
        As for `nnbuild.resolve`.
    seed : int, optional
        Seed of the initial weights and of random layers: the same seed gives the same bits. By default a random one.
    compile : bool, default=False
        Whether to compile the model with the recipe's optimizer, losses and metrics, for `Model.fit`. Label smoothing,
        class weights, the weighted mean of losses, factors and their schedules belong to nnbuild's own training, and
        are left out.

    Returns
    -------
    keras.Model
        Functional model of plain Keras layers, with the names of the resolved network. Several outputs come as a dict.

    Raises
    ------
    RecipeError
        As for `nnbuild.resolve`.
    MemoryLimitError
        If the weights need more memory than the machine has.
    BackendError
        In a process that was forked after TensorFlow ran.
    """
    refuse_forked()
    assembly = assembled(recipe, input_shape, dtype, task, n_outputs)
    allocate(assembly, _checked_seed(seed))
    if compile:
        compile_model(assembly.model, assembly.resolved)
    return assembly.model


def allocate(assembly: Assembly, seed: int) -> None:
    """Create the variables of an assembled model, with their initial weights."""
    check_weights(assembly.model)
    initialize(assembly.model, assembly.resolved.nodes, seed)
    with fresh_names():  # a symbolic call: Keras exports to ONNX only models that were called
        assembly.model(assembly.model.input)


def skeleton(resolved: ResolvedNetwork) -> keras.Model:
    """Return the symbolic model of a resolved network: its variables have shapes, but no values."""
    return assembled(resolved).model


def compile_model(model: keras.Model, resolved: ResolvedNetwork) -> None:
    """Compile `model` with the optimizer, losses and metrics of its resolved network."""
    unknown = [name for name, output in resolved.outputs.items() if output["loss"] is None]
    if unknown:
        hint = "set 'loss' there, or give the task"
        raise RecipeError([Problem(("outputs", name), "has no loss", hint=hint) for name in unknown])
    names = list(resolved.outputs)
    losses = [make_object("losses", resolved.outputs[name]["loss"]) for name in names]
    metrics = [[_metric(value) for value in resolved.outputs[name]["metrics"]] for name in names]
    is_single = len(names) == 1
    model.compile(
        optimizer=make_object("optimizers", resolved.training["optimizer"]),
        loss=losses[0] if is_single else dict(zip(names, losses, strict=True)),
        loss_weights=None if is_single else {name: resolved.outputs[name]["weight"] for name in names},
        metrics=metrics[0] if is_single else dict(zip(names, metrics, strict=True)),
    )
    model.optimizer.build(model.trainable_variables)  # Keras warns when it loads an optimizer that was not built


def _metric(value: str | Mapping) -> object:
    """Return a metric for Keras, which chooses the kind of accuracy by the targets."""
    return "accuracy" if is_plain_accuracy(value) else make_object("metrics", value)


def _checked_seed(seed: Any) -> int:
    if seed is None:
        return int.from_bytes(os.urandom(4), "big")
    if isinstance(seed, bool) or not hasattr(seed, "__index__") or seed < 0:
        raise RecipeError([Problem((), f"seed must be an integer of at least 0, or None, got {show(seed)}")])
    return int(seed)
