"""Check the dtypes of weights and outputs for training, before weights are allocated."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import keras

from nnbuild import catalog
from nnbuild.catalog.facts import object_facts
from nnbuild.errors import Problem, name_list
from nnbuild.records import Node


def unfit_dtypes(
    model: keras.Model,
    training: Mapping,
    ends: Sequence[str],
    nodes: Sequence[Node],
    dtypes: Mapping[str, str],
    sparse: Collection[str],
) -> list[Problem]:
    """Return problems of outputs that are text or sparse tensors, and of dtypes of weights that the optimizer refuses.

    Parameters
    ----------
    model : keras.Model
        Symbolic model.
    training : mapping
        The resolved training settings.
    ends : sequence of str
        Names of the nodes of outputs that have a loss.
    nodes : sequence of Node
    dtypes : mapping of str to str
        Dtypes of all tensors.
    sparse : collection of str
        Names of the sparse tensors.
    """
    paths = {node.name: node.path for node in nodes}
    texts = [end for end in ends if dtypes.get(end) == "string"]
    problems = [
        Problem(paths.get(end, ()), f"{end!r} is text, which losses do not support", hint=_NO_TEXT) for end in texts
    ]
    problems += [
        Problem(paths.get(end, ()), f"{end!r} is a sparse tensor, which losses do not support", hint="remove sparse")
        for end in ends
        if end in sparse
    ]
    weights = sorted({weight.dtype for weight in model.trainable_variables}) if ends else []
    optimizer = training["optimizer"]
    name = catalog.own_name("optimizers", optimizer["type"])
    if object_facts("optimizers", name).only_float32 and "float64" in weights:
        found = f"{name} computes in float32, but the network has weights of float64"
        problems.append(Problem(("training", "optimizer"), found, hint="use precision float32, or another optimizer"))
    if optimizer.get("global_clipnorm") is not None and len(weights) > 1:
        found = f"requires weights of the same dtype, got {name_list(weights)}"
        hint = "use the same dtype for all layers, or use clipnorm"
        problems.append(Problem(("training", "optimizer", "global_clipnorm"), found, hint=hint))
    return problems


_NO_TEXT = "add a last layer that converts it to numbers, or set the loss of the output to null"
