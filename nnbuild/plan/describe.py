"""Resolve a recipe for the shapes of data, and describe the network without allocating weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from os import PathLike

import keras

from nnbuild.catalog.json_form import type_of
from nnbuild.errors import RecipeError
from nnbuild.language.auto_arguments import with_columns
from nnbuild.language.ensembles import member_count
from nnbuild.language.shared import SHARED, layer_name
from nnbuild.language.vocabulary_inputs import with_vocabulary_sizes
from nnbuild.plan.assemble import Assembler, Assembly
from nnbuild.plan.augmentation import moved_pixels
from nnbuild.plan.dtypes import unfit_dtypes
from nnbuild.plan.macs import layer_macs
from nnbuild.plan.masks import masking_node
from nnbuild.plan.objects import make_object
from nnbuild.plan.output_layer import add_log_variances, append_outputs, check_ends, early_layers, with_own_heads
from nnbuild.plan.requests import Request, check_count
from nnbuild.plan.sample_settings import batch_size_of
from nnbuild.plan.settings import resolved_inputs, resolved_outputs, resolved_training
from nnbuild.plan.symbolic import fresh_names, itemsize, optimizer_bytes, symbolically
from nnbuild.plan.table_inputs import Embeddings, table_nodes
from nnbuild.plan.training_checks import unfit_settings
from nnbuild.plan.weight_factors import unfit_defaults, unfit_factors
from nnbuild.recipe import Recipe
from nnbuild.records import Cost, Node, Plan, ResolvedNetwork, Step, Weight, frozen_mapping
from nnbuild.report.html import plan_html
from nnbuild.report.text import plan_table

InputShape = tuple[int | None, ...] | Mapping[str, tuple[int | None, ...]]
AnyRecipe = Recipe | Mapping | str | PathLike
TaskOfOutputs = str | Mapping[str, str] | None
CountOfOutputs = int | Mapping[str, int] | None


def resolve(
    recipe: AnyRecipe,
    input_shape: InputShape | None = None,
    *,
    dtype: str | Mapping[str, str] | None = None,
    task: TaskOfOutputs = None,
    n_outputs: CountOfOutputs = None,
    tables: Mapping[str, Embeddings] | None = None,
    vocabulary_sizes: Mapping[str, int] | None = None,
    positions: tuple[int, ...] | None = None,
    masks: Mapping[str, float] | None = None,
    numeric_columns: Mapping[str, tuple[int, ...]] | None = None,
) -> ResolvedNetwork:
    """Resolve a recipe for data of a given shape: layers, arguments and settings, as data.

    Parameters
    ----------
    recipe : Recipe, dict, path or gallery name
        The recipe.
    input_shape : tuple of int, or mapping of str to tuple, optional
        Shape of one sample (no batch axis; None for an axis of unknown length), or of each named input.
        Not needed where the recipe gives it.
    dtype : str or mapping of str to str, optional
        Dtype of the data, of all inputs or by input. By default that of the recipe, or float32.
    task : {"binary", "multiclass", "multilabel", "regression", "segmentation", "tokens"} or mapping, optional
        Chooses the output layer and the loss. By default multiclass for two or more outputs, else regression. A mapping
        has the task of each named output; by default it follows from the recipe, if that has a task or loss.
    n_outputs : int or mapping of str to int, optional
        Number of classes (multiclass), labels (multilabel), targets (regression) or classes of a pixel
        (segmentation), or vocabulary size (tokens: a token is predicted for each step of a sequence); of each named
        output if it is a mapping.
    tables : mapping of str to mapping, optional
        For inputs that are prepared tables: the columns that enter as codes, each with its number of codes and its
        embedding length. The shape of such an input is that of its numeric columns.
    vocabulary_sizes : mapping of str to int, optional
        For inputs of text and ids: vocabulary size. By default the maximum size in the recipe.
    positions : tuple of int, optional
        For a segmentation: shape of the classes of one sample, (height, width) of an image. The network's output must
        have this shape; by default any shape is accepted.
    masks : mapping of str to float, optional
        For inputs of padded, masked series: the padding value.
    numeric_columns : mapping of str to tuple of int, optional
        For inputs that are prepared tables: indices of the columns that are numbers, not indicators or one-hot columns.
        By default all.

    Returns
    -------
    ResolvedNetwork
        Inputs, nodes with all arguments, outputs and training settings.

    Raises
    ------
    RecipeError
        If the recipe has problems, or can't take the shapes. Each problem has the path, the layer and the shapes
        that lead to it.
    """
    about_inputs = (tables, vocabulary_sizes, positions, masks, numeric_columns)
    return assembled(recipe, input_shape, dtype, task, n_outputs, *about_inputs).resolved


def describe(
    recipe: AnyRecipe | ResolvedNetwork,
    input_shape: InputShape | None = None,
    *,
    dtype: str | Mapping[str, str] | None = None,
    task: TaskOfOutputs = None,
    n_outputs: CountOfOutputs = None,
    batch_size: int | None = None,
) -> Description:
    """Describe a network before training: shapes, weights and costs. No weights are allocated.

    Parameters
    ----------
    recipe : Recipe, dict, path, gallery name or ResolvedNetwork
        The recipe, or a resolved network, which needs none of the next four parameters.
    input_shape, dtype, task, n_outputs
        As for `resolve`.
    batch_size : int, optional
        Batch size for the memory of training; by default that of the recipe.

    Returns
    -------
    Description
        A `Plan` that prints as a table, and is shown as a diagram in notebooks.

    Raises
    ------
    RecipeError
        As for `resolve`.
    """
    check_count("batch_size", batch_size)
    n_members = 1
    if not isinstance(recipe, ResolvedNetwork):
        recipe = as_recipe(recipe)
        n_members = member_count(recipe.network.training.get("ensemble", {}))
    return _description(assembled(recipe, input_shape, dtype, task, n_outputs), batch_size, n_members)


@dataclass(frozen=True)
class Description(Plan):
    """Plan with a text form and an HTML form."""

    def __str__(self) -> str:
        return plan_table(self)

    def _repr_html_(self) -> str:
        return plan_html(self)


def as_recipe(recipe: AnyRecipe) -> Recipe:
    """Return `recipe` as a `Recipe`."""
    if isinstance(recipe, Recipe):
        return recipe
    return Recipe.from_dict(recipe) if isinstance(recipe, Mapping) else Recipe.load(recipe)


def assembled(
    recipe: AnyRecipe | ResolvedNetwork,
    input_shape: InputShape | None = None,
    dtype: str | Mapping[str, str] | None = None,
    task: TaskOfOutputs = None,
    n_outputs: CountOfOutputs = None,
    tables: Mapping[str, Embeddings] | None = None,
    vocabulary_sizes: Mapping[str, int] | None = None,
    positions: tuple[int, ...] | None = None,
    masks: Mapping[str, float] | None = None,
    numeric_columns: Mapping[str, tuple[int, ...]] | None = None,
) -> Assembly:
    """Build a network symbolically, from a recipe and the arguments of `resolve`, or from a resolved network."""
    if isinstance(recipe, ResolvedNetwork):
        return symbolically(lambda: reassemble(recipe))
    about_inputs = (tables, vocabulary_sizes, positions, masks, numeric_columns)
    request = Request.of(as_recipe(recipe), input_shape, dtype, task, n_outputs, *about_inputs)
    return symbolically(lambda: assemble(request))


def assemble(request: Request) -> Assembly:
    """Resolve a network and build it symbolically. Call it inside `symbolically`."""
    inputs = resolved_inputs(request)
    training = resolved_training(request)
    factors = request.recipe.network.factors
    assembler = Assembler(inputs, training["precision"], factors=factors)
    for name, embeddings in request.tables.items():
        nodes, joined = table_nodes(name, name in inputs, embeddings)
        for node in nodes:
            assembler.add(node)
        assembler.use_instead(name, joined)
    for name, mask_value in request.masks.items():
        assembler.mask(masking_node(name, mask_value))
    nodes_of_recipe, problems = with_vocabulary_sizes(request.recipe.network.nodes, request.vocabulary_sizes)
    if problems:
        raise RecipeError(problems)
    nodes_of_recipe = with_columns(nodes_of_recipe, request.numeric_columns)
    outputs = resolved_outputs(request, training)
    for node in with_own_heads(nodes_of_recipe, request, outputs):
        assembler.add(node)
    if not assembler.problems:
        append_outputs(assembler, request, outputs)
    outputs = add_log_variances(assembler, request, outputs, training)
    assembler.problems += [*unfit_settings(request, training, outputs), *unfit_factors(training, assembler.nodes)]
    assembler.problems += [] if assembler.problems else unfit_defaults(factors, assembler.weight_names)
    ends = {assembler.alias(output["node"]) for output in outputs.values()}
    assembler.problems += [] if assembler.problems else early_layers(assembler.nodes, ends)
    model = assembler.model(outputs, request.recipe.name)
    shapes = assembler.shapes()
    if problems := moved_pixels(assembler.nodes, outputs, shapes, assembler.alias):
        raise RecipeError(problems)
    check_ends(request, outputs, assembler)
    trained = [assembler.alias(output["node"]) for output in outputs.values() if output["loss"] is not None]
    if problems := unfit_dtypes(model, training, trained, assembler.nodes, assembler.dtypes(), assembler.sparse()):
        raise RecipeError(problems)
    resolved = ResolvedNetwork(
        request.recipe.name,
        None if request.is_by_output else request.task,
        frozen_mapping(inputs),
        tuple(assembler.nodes),
        frozen_mapping(outputs),
        frozen_mapping(training),
    )
    return Assembly(resolved, model, shapes, assembler.notes, assembler.dtypes(), assembler.tensors)


def reassemble(resolved: ResolvedNetwork) -> Assembly:
    """Build a resolved network symbolically. Call it inside `symbolically`."""
    assembler = Assembler(resolved.inputs, resolved.training["precision"], checks=False)
    for node in resolved.nodes:
        assembler.add(node)
    model = assembler.model(resolved.outputs, resolved.name)
    return Assembly(resolved, model, assembler.shapes(), assembler.notes, assembler.dtypes(), assembler.tensors)


def _description(assembly: Assembly, batch_size: int | None, n_members: int) -> Description:
    resolved, model, shapes = assembly.resolved, assembly.model, assembly.shapes
    layers = {layer.name: layer for layer in model.layers}  # model.get_layer would search all layers for each node
    steps = tuple(_step(node, layers[layer_name(node)], assembly) for node in resolved.nodes)
    losses = {type_of(value["loss"]) for value in resolved.outputs.values() if value["loss"]}
    return Description(
        name=resolved.name,
        inputs=frozen_mapping({name: shapes[name] for name in resolved.inputs}),
        steps=steps,
        outputs=frozen_mapping({name: value["node"] for name, value in resolved.outputs.items()}),
        task=resolved.task,
        loss=", ".join(sorted(losses)),
        optimizer=resolved.training["optimizer"]["type"],
        cost=_cost(model, steps, resolved, batch_size or batch_size_of(resolved.training)),
        n_members=n_members,
    )


def _step(node: Node, layer: keras.Layer, assembly: Assembly) -> Step:
    input_shapes = tuple(assembly.shapes[name] for name in node.inputs)
    output_shape = assembly.shapes[node.name]
    weights = tuple(
        Weight(v.path.removeprefix(f"{node.name}/"), tuple(v.shape), v.trainable, itemsize(v.dtype))
        for v in layer.weights
        if node.type != SHARED
    )
    return Step(
        name=node.name,
        type=node.type,
        inputs=node.inputs,
        input_shapes=input_shapes,
        output_shape=output_shape,
        weights=weights,
        macs=layer_macs(layer, input_shapes, output_shape),
        output_bytes=prod(axis or 1 for axis in output_shape[1:]) * itemsize(assembly.dtypes[node.name]),
        note=assembly.notes.get(node.name, ""),
        path=node.path,
    )


def _cost(model: keras.Model, steps: tuple[Step, ...], resolved: ResolvedNetwork, batch_size: int) -> Cost:
    weights = [weight for step in steps for weight in step.weights]
    with fresh_names():
        optimizer = make_object("optimizers", resolved.training["optimizer"])
        if resolved.training["precision"] == "mixed_float16":  # as Keras does in compile
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        state_bytes = optimizer_bytes(optimizer, model.trainable_variables)
    return Cost(
        batch_size=batch_size,
        weight_bytes=sum(weight.n_bytes for weight in weights),
        gradient_bytes=sum(weight.n_bytes for weight in weights if weight.trainable),
        optimizer_bytes=state_bytes,
        activation_bytes=batch_size * sum(step.output_bytes for step in steps),
    )
