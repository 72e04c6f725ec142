"""Every layer, cell and optimizer of the catalog: plan and model agree with a model of Keras' own code."""

from math import prod

import keras
import numpy as np
import pytest

import nnbuild
from layer_cases import LAYERS, REFUSED, ROWS, batches, by_layer, network
from nnbuild import catalog
from nnbuild.plan.describe import as_recipe, assemble
from nnbuild.plan.requests import Request
from nnbuild.plan.symbolic import itemsize, symbolically

L = keras.layers


def test_every_layer_of_the_catalog_has_a_row():
    assert sorted(LAYERS) == catalog.class_names("layers")


def test_every_cell_of_the_catalog_has_a_row():
    cells = [row.arguments["cell"] for name, row in ROWS if name == "RNN"]
    assert sorted({cell["type"] for cell in cells if isinstance(cell, dict)}) == catalog.class_names("cells")


def plain_model(type_name, row):
    """The network of a row as a user of Keras would write it."""
    inputs = [keras.Input(shape, dtype=row.dtype) for shape in row.shapes]
    layer = row.layer(type_name)
    if isinstance(layer, L.MultiHeadAttention | L.GroupQueryAttention):
        output = layer(*(inputs * 2 if len(inputs) == 1 else inputs))
    elif isinstance(layer, L.RNN | L.Bidirectional):
        output = layer(inputs[0], initial_state=inputs[1:] or None)
    else:
        output = layer(inputs[0] if len(inputs) == 1 else inputs)
    return keras.Model(inputs, output)


@pytest.mark.parametrize("type_name, row", by_layer(ROWS))
def test_plan_and_model_agree_with_keras(type_name, row):
    plain = plain_model(type_name, row)
    plan = nnbuild.describe(network(type_name, row))
    model = nnbuild.build(network(type_name, row), seed=0)
    (step,) = plan.steps
    shape, dtype = shape_and_dtype(plain)
    assert step.output_shape == model.output_shape == shape
    assert step.input_shapes == tuple(tensor.shape for tensor in plain.inputs)
    facts = [(weight.shape, weight.trainable, weight.itemsize) for weight in step.weights]
    assert facts == weight_facts(model) == weight_facts(plain)
    assert plan.n_trainable == sum(prod(weight.shape) for weight in plain.trainable_weights)
    assert plan.n_parameters == plain.count_params()
    assert step.output_bytes == prod(axis or 1 for axis in shape[1:]) * itemsize(dtype)
    assert_equal_outputs(model, plain, batches(row))
    assert_plans_without_memory(network(type_name, row))


def assert_equal_outputs(model, plain, data):
    plain.set_weights(model.get_weights())
    expected = plain(list(data.values()) if isinstance(data, dict) else data, training=False)
    np.testing.assert_array_equal(model(data, training=False), expected)


def assert_plans_without_memory(recipe):
    """Planning allocates no variable."""
    request = Request.of(as_recipe(recipe), None, None, None, None)
    variables = symbolically(lambda: assemble(request)).model.variables
    assert [variable.path for variable in variables if variable._value is not None] == []


def shape_and_dtype(model):
    """Shape and dtype of a model's output. Keras states wrong ones for lookups and counted tokens."""
    if not any(isinstance(layer, L.IntegerLookup | L.StringLookup | L.TextVectorization) for layer in model.layers):
        return model.output_shape, model.outputs[0].dtype
    (tensor,) = model.inputs
    shape = tuple(length or 1 for length in tensor.shape)
    sample = np.full(shape, "a" if tensor.dtype == "string" else 1)
    output = model(keras.ops.convert_to_tensor(sample, tensor.dtype))
    return (None, *output.shape[1:]), keras.backend.standardize_dtype(output.dtype)


def weight_facts(model):
    return [(tuple(weight.shape), weight.trainable, itemsize(weight.dtype)) for weight in model.weights]


@pytest.mark.parametrize("type_name", REFUSED)
def test_a_layer_that_keras_can_not_build_is_refused(type_name):
    with pytest.raises(ValueError, match="is part of a cycle"):
        plain_model(type_name, LAYERS[type_name])
    with pytest.raises(nnbuild.RecipeError) as caught:
        nnbuild.describe(network(type_name, LAYERS[type_name]))
    assert str(caught.value) == (
        f"layers[0]: Keras can't build {type_name} 'layer' into a network\n"
        "  shapes: input (8, 8, 3)\n"
        "  hint: apply it to the data before training"
    )


# --- Optimizers

# With Embedding and vectors, which some optimizers treat otherwise than matrices.
MIXED_WEIGHTS = [
    {"type": "Embedding", "input_dim": 7, "output_dim": 4},
    {"type": "Conv1D", "filters": 3, "kernel_size": 2},
    {"type": "Flatten"},
    {"type": "BatchNormalization"},
    {"type": "Dense", "units": 3},
]
DATA = {"input_shape": (6,), "dtype": "int32", "n_outputs": 3}
SETTINGS = {
    "by default": {},
    "average of weights": {"use_ema": True},
    "accumulation": {"gradient_accumulation_steps": 2},
    "schedule": {"learning_rate": {"type": "CosineDecay", "initial_learning_rate": 0.1, "decay_steps": 10}},
    "more arrays": {"amsgrad": True, "momentum": 0.9, "centered": True},
}
# Without extra arrays, with two, with one per row and column, and with other rules for vectors and embeddings.
FEW = ("SGD", "Adam", "Adafactor", "Muon")


def optimizer_cases():
    """Each optimizer with each setting that it has: a few of them on each change."""
    for name in catalog.class_names("optimizers"):
        known = catalog.find("optimizers", name).arguments
        marks = [] if name in FEW else pytest.mark.slow
        for setting, given in SETTINGS.items():
            chosen = {key: value for key, value in given.items() if key in known}
            if chosen or not given:
                yield pytest.param({"optimizer": {"type": name, **chosen}}, id=f"{name} {setting}", marks=marks)
        for precision in ("mixed_float16", "float64"):
            if (name, precision) != ("Muon", "float64"):  # is refused: Muon computes in float32
                chosen = {"optimizer": name, "precision": precision}
                yield pytest.param(chosen, id=f"{name} {precision}", marks=marks)


def optimizer_sizes(training):
    """Bytes of a network's optimizer: planned, and as built by Keras."""
    recipe = {"nnbuild": 1, "layers": MIXED_WEIGHTS, "training": training}
    model = nnbuild.build(recipe, **DATA, seed=0, compile=True)
    built = sum(prod(variable.shape) * itemsize(variable.dtype) for variable in model.optimizer.variables)
    return nnbuild.describe(recipe, **DATA).cost.optimizer_bytes, built


@pytest.mark.parametrize("training", list(optimizer_cases()))
def test_planned_bytes_of_an_optimizer_are_those_of_its_variables(training):
    planned, built = optimizer_sizes(training)
    assert planned == built > 0


def test_accumulated_gradients_are_kept_by_the_optimizer():
    planned, built = optimizer_sizes({"optimizer": "sgd", "gradient_accumulation": 4})
    plain, _ = optimizer_sizes({"optimizer": "sgd"})
    n_trained = nnbuild.describe({"nnbuild": 1, "layers": MIXED_WEIGHTS}, **DATA).n_trainable
    assert planned == built == plain + 4 * n_trained
