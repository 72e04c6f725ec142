"""Keras objects from JSON: every class of the catalog, by each of its names."""

from importlib import import_module

import keras
import pytest

from layer_cases import layer_class
from nnbuild import catalog
from nnbuild.catalog.facts import module_of
from nnbuild.catalog.facts.layers import LAYERS
from nnbuild.plan.objects import make_layer, make_object

L = keras.layers

# Values of required arguments.
REQUIRED = {
    "CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 5},
    "CosineDecayRestarts": {"initial_learning_rate": 0.1, "first_decay_steps": 5},
    "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5},
    "InverseTimeDecay": {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5},
    "PiecewiseConstantDecay": {"boundaries": [1], "values": [0.1, 0.2]},
    "PolynomialDecay": {"initial_learning_rate": 0.1, "decay_steps": 5},
    "IoU": {"num_classes": 2, "target_class_ids": [0]},
    "MeanIoU": {"num_classes": 2},
    "OneHotIoU": {"num_classes": 2, "target_class_ids": [0]},
    "OneHotMeanIoU": {"num_classes": 2},
    "OrderedQuantiles": {"quantiles": [0.5]},
    "PrecisionAtRecall": {"recall": 0.5},
    "Quantile": {"quantiles": [0.5]},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
}
FAMILIES = ["initializers", "regularizers", "constraints", "optimizers", "schedules", "losses", "metrics"]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_class_is_made_with_the_catalogs_defaults(family):
    for name in catalog.class_names(family):
        signature = catalog.find(family, name)
        given = {**signature.arguments, **REQUIRED.get(name, {})}
        assert set(signature.required) == set(REQUIRED.get(name, {}))
        made = make_object(family, {"type": name, **given})
        assert type(made) is getattr(import_module(module_of(family, name)), name)
        assert settings(made) == settings(type(made)(**REQUIRED.get(name, {})))


def settings(made):
    """An object's configuration, without its name and seed, which Keras counts and draws for each object."""
    return {key: value for key, value in made.get_config().items() if key not in ("name", "seed")}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_other_name_is_that_of_a_class(family):
    for name in catalog.names(family):
        signature = catalog.find(family, name)
        if not signature.required:
            assert type(make_object(family, name)).__name__ == signature.name


def test_activations_are_functions_or_layers():
    for name in catalog.activation_names():
        assert make_object("activations", name) is keras.activations.get(name)
    for name in catalog.class_names("activations"):
        made = make_object("activations", {"type": name, **REQUIRED.get(name, {})})
        assert type(made) is layer_class(name)
    assert make_object("activations", None) is None


def test_objects_inside_objects():
    schedule = {"type": "CosineDecay", **REQUIRED["CosineDecay"]}
    optimizer = make_object("optimizers", {"type": "SGD", "learning_rate": schedule})
    assert isinstance(optimizer._learning_rate, keras.optimizers.schedules.CosineDecay)
    regularizer = {"type": "L1L2", "l1": 0.5}
    layer = make_layer("Dense", {"units": 2, "kernel_regularizer": regularizer, "activation": {"type": "ELU"}})
    assert layer.kernel_regularizer.l1 == 0.5
    assert isinstance(layer.activation, L.ELU)


@pytest.mark.parametrize("inside", [True, False])
def test_the_dtype_reaches_layers_inside_layers(inside):
    cell = {"type": "GRUCell", "units": 2, **({} if inside else {"dtype": "float32"})}
    layer = make_layer("RNN", {"cell": cell}, dtype="float64")
    assert layer.dtype_policy.name == "float64"
    assert layer.cell.dtype_policy.name == ("float64" if inside else "float32")


def test_layers_for_text_and_ids_keep_their_dtype():
    for name in [name for name, facts in LAYERS.items() if facts.own_dtype]:
        arguments = {"num_bins": 3, "num_tokens": 3}
        known = {key: value for key, value in arguments.items() if key in catalog.find("layers", name).arguments}
        own = getattr(L, name)(**known).dtype_policy.name
        assert make_layer(name, known, dtype="mixed_float16").dtype_policy.name == own


def test_layers_are_named():
    assert make_layer("BatchNormalization", {}).name == "batch_normalization"
    assert make_layer("Dense", {"units": 1}, "a.b").name == "a.b"
    cells = [{"type": "GRUCell", "units": 2}, {"type": "GRUCell", "units": 3}]
    layer = make_layer("RNN", {"cell": {"type": "StackedRNNCells", "cells": cells}})
    assert [cell.name for cell in layer.cell.cells] == ["gru_cell_1", "gru_cell_2"]


BASES = {"Loss", "LossFunctionWrapper", "MeanMetricWrapper", "Metric", "loss", "mean_metric_wrapper", "metric"}


@pytest.mark.parametrize("family", ["losses", "metrics"])
def test_every_loss_and_metric_of_keras_is_in_the_catalog(family):
    names = getattr(keras.src, family).ALL_OBJECTS_DICT.keys() - BASES
    assert {name for name in names if catalog.find(family, name) is None} == set()


def test_cudnn_is_used_where_it_can_be():
    """Keras' own True fails on a CPU, in the first step of training."""
    layer = make_layer("GRU", {"units": 3, "use_cudnn": True})
    assert layer.use_cudnn == "auto"
