"""All stages of a recipe: text, validate, describe, build, and one step of training on random data.

    python tests/whole_way.py layers 0 4      # the first of four parts of the cases of layers

Whatever is refused must be refused by an error of nnbuild, and before anything is trained.
"""

import itertools
import json
import os
import random
import signal
import sys
import traceback
import warnings

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [path for path in (ROOT, os.path.join(ROOT, "tests")) if path not in sys.path]

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

import nnbuild  # noqa: E402
from nnbuild import catalog  # noqa: E402
from nnbuild.catalog.json_form import type_of  # noqa: E402
from nnbuild.errors import BackendError, NNBuildError  # noqa: E402
from nnbuild.plan.describe import _description, assembled  # noqa: E402
from nnbuild.plan.initial_weights import initialize  # noqa: E402
from nnbuild.plan.memory import check_training  # noqa: E402
from nnbuild.plan.model import compile_model  # noqa: E402
from nnbuild.tasks.losses import CLASS_NUMBERS  # noqa: E402
from nnbuild.train.common.batches import make_data  # noqa: E402
from nnbuild.train.common.loss_checks import check_losses, predicted, ready_metrics  # noqa: E402
from nnbuild.train.common.losses import Objective  # noqa: E402
from nnbuild.train.common.optimizers import gradients_of  # noqa: E402
from nnbuild.train.common.outputs import aligned, by_name  # noqa: E402
from nnbuild.train.common.tracing import has_open_axes, refused_rows  # noqa: E402

N_ROWS = 4
LONGEST_S = 120  # limit for one case
# Only data decide whether ids are below input_dim and whether terms are in the vocabulary.
DECIDED_BY_DATA = {"CategoryEncoding", "Embedding", "IntegerLookup", "ReversibleEmbedding", "StringLookup"}


def outcome(document, shape=None, dtype=None, n_outputs=None, task=None, in_graph=False):
    """ "trained", or the stage whose error of nnbuild refused the recipe; any other error is raised.

    Parameters
    ----------
    document : dict
    shape, dtype, n_outputs, task
        As for `nnbuild.describe`.
    in_graph : bool, default=False
        Whether the step is traced first, as fits do it, which takes ten times as long.
    """
    asked = {"dtype": dtype, "n_outputs": n_outputs, "task": task}
    try:
        recipe = nnbuild.Recipe.from_json(json.dumps(document))
    except NNBuildError:
        return "refused by validate"
    try:
        assembly = assembled(recipe, shape, **asked)
        plan = description(assembly)
    except NNBuildError:
        return "refused by describe"
    try:
        model = build_model(assembly)
        assert model.count_params() == plan.n_parameters, "counts differ"
        step(model, assembly.resolved, plan, in_graph)
    except (nnbuild.RecipeError, BackendError):
        return "refused by fit"
    except nnbuild.DataError:
        types = {name for node in assembly.resolved.nodes for name in node.types}
        if not (DECIDED_BY_DATA & types or has_open_axes(model)):
            raise
        return "refused by fit"
    except nnbuild.MemoryLimitError:
        return "too large"
    return "trained"


def description(assembly):
    """The plan of an assembled network, as from `nnbuild.describe`."""
    return _description(assembly, batch_size=None, n_members=1)


def build_model(assembly):
    """The model of an assembled network, as from `nnbuild.build`."""
    check_training(assembly.model, N_ROWS)
    initialize(assembly.model, assembly.resolved.nodes, 0)
    compile_model(assembly.model, assembly.resolved)
    return assembly.model


def step(model, resolved, plan, in_graph):
    """Train `model` on one batch of random data."""
    rng = np.random.default_rng(0)
    inputs = {tensor.name: values(tensor.shape, tensor.dtype, rng) for tensor in model.inputs}
    X = inputs if len(inputs) > 1 else next(iter(inputs.values()))
    outputs, names = resolved.outputs, list(resolved.outputs)
    settings = {**resolved.training, "loss": by_name_or_alone(outputs, "loss")}
    settings["metrics"] = by_name_or_alone(outputs, "metrics")
    objective = Objective.of(names, settings, "float64" if resolved.training["precision"] == "float64" else "float32")
    ends = by_name(names, predicted(model, X))  # of real shapes: some layers merge axes of unknown length
    y = {name: targets(outputs[name]["loss"], tensor, rng) for name, tensor in ends.items()}
    data = make_data(arrays(X), {name: np.asarray(value) for name, value in y.items()}, None, names)
    ready_metrics(model, names, settings, data)
    check_losses(model, objective, settings, data)
    planned = {name: shape_of(plan, output["node"]) for name, output in outputs.items()}
    run = tf.function(update, autograph=False) if in_graph else update
    with refused_rows(model, X):
        run(model, X, y, objective, planned)


def shape_of(plan, node):
    return next(step.output_shape for step in plan.steps if step.name == node)


def update(model, X, y, objective, planned):
    """Change the weights of `model`, whose outputs must have the `planned` shapes."""
    with tf.GradientTape() as tape:
        given = by_name(list(planned), model(X, training=True))
        for name, tensor in given.items():
            assert fits(tensor.shape, planned[name]), f"planned {planned[name]}, got {tuple(tensor.shape)}"
        y = {name: aligned(value, given[name]) for name, value in y.items()}
        loss = model.optimizer.scale_loss(
            objective.values(y, given, dict.fromkeys(y, tf.ones(N_ROWS)), model.losses).total
        )
    weights = model.trainable_variables
    model.optimizer.apply(gradients_of(tape, loss, weights, model.optimizer), weights)


def arrays(X):
    return {name: value.numpy() for name, value in X.items()} if isinstance(X, dict) else X.numpy()


def fits(shape, planned):
    return len(shape) == len(planned) and all(
        want is None or have == want for have, want in zip(shape[1:], planned[1:], strict=True)
    )


def values(shape, dtype, rng):
    """Random data of a shape; axes of unknown length have 16 elements."""
    shape = (N_ROWS, *(axis or 16 for axis in shape[1:]))
    if dtype == "string":
        return tf.constant(rng.choice(["cat", "dog", "cow bird"], shape))
    if dtype == "bool":
        return tf.constant(rng.integers(0, 2, shape).astype(bool))
    if "int" in dtype:
        return tf.cast(rng.integers(0, 4, shape), dtype)
    return tf.cast(rng.normal(size=shape), dtype)


def by_name_or_alone(outputs, key):
    found = {name: output[key] for name, output in outputs.items()}
    return found if len(found) > 1 else next(iter(found.values()))


def targets(loss, tensor, rng):
    """Random targets, as those of a task come: classes as integers, all others as real ones."""
    loss = catalog.own_name("losses", type_of(loss))
    shape = (N_ROWS, *(axis or 16 for axis in tensor.shape[1:]))
    if loss in CLASS_NUMBERS:
        return tf.constant(rng.integers(0, max(1, min(shape[-1], 3)), shape[:-1]))
    return tf.constant(rng.integers(0, 2, shape), "float32")


def check(case):
    """Outcome of a case; it starts with FOREIGN if an error is not an error of nnbuild."""
    document, asked = case
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return outcome(document, **asked)
        except Exception:
            pass  # layers that move images take integers in a graph alone
        try:
            return outcome(document, **asked, in_graph=True)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)
            ours = [f for f in where if "/whole_way.py" in f.filename][-1]
            return f"FOREIGN {type(error).__name__} in {ours.name}: {' '.join(str(error).split())[:300]}"


def out_of_time(*_):
    signal.alarm(LONGEST_S)  # for the second try
    raise TimeoutError(f"still at work after {LONGEST_S} s")


def main():
    from whole_way_cases import CASES

    part, chunk, n_chunks = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    signal.signal(signal.SIGALRM, out_of_time)
    start = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    for index, case in enumerate(itertools.islice(CASES[part](), chunk, None, n_chunks)):
        if index < start:
            continue
        sys.stdout.write(json.dumps([index, "START", case]) + "\n")
        sys.stdout.flush()
        random.seed(0)
        signal.alarm(LONGEST_S)
        sys.stdout.write(json.dumps([index, check(case)]) + "\n")
        sys.stdout.flush()
        if index % 300 == 299:
            import gc

            import keras

            keras.backend.clear_session()
            gc.collect()


if __name__ == "__main__":
    main()
