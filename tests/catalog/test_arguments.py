"""Every argument of the catalog has a kind; kinds accept the values that Keras accepts."""

from contextlib import suppress
from importlib import import_module

import keras
import pytest

from nnbuild import catalog, factor_schedules
from nnbuild.catalog import arguments
from nnbuild.catalog.argument_table import ARGUMENTS, EXCEPTIONS, OBJECTS
from nnbuild.catalog.arguments import kind_for_unknown, kind_of
from nnbuild.catalog.facts import module_of
from nnbuild.catalog.kinds import Anything, Choice, Kind, object_family
from nnbuild.catalog.safe_kinds import OfOwnClass
from nnbuild.errors import show

SAME_NAME = ("constraints", "initializers", "layers", "losses", "metrics", "optimizers", "regularizers")
MODULES = {
    **{family: getattr(keras, family) for family in SAME_NAME},
    **dict.fromkeys(("activations", "cells"), keras.layers),
    "schedules": keras.optimizers.schedules,
    "factor_schedules": factor_schedules,
}
WALK = [
    (family, name, argument)
    for family in MODULES
    for name in catalog.class_names(family)
    for argument in catalog.find(family, name).arguments
]


class Recorded(dict):
    """A dict that notes in `used` the keys whose values were taken."""

    def __init__(self, table, used, scope):
        super().__init__(table)
        self.used, self.scope = used, scope

    def __getitem__(self, key):
        self.used.add((self.scope, key))
        return super().__getitem__(key)


def test_every_argument_has_a_kind():
    assert len(WALK) > 1500
    assert all(isinstance(kind_of(*place), Kind) for place in WALK)
    assert not any(isinstance(kind_of(*place), Anything) for place in WALK)


def test_no_entry_is_left_over(monkeypatch):
    used = set()
    exceptions = {scope: Recorded(table, used, scope) for scope, table in EXCEPTIONS.items()}
    monkeypatch.setattr(arguments, "ARGUMENTS", Recorded(ARGUMENTS, used, "ARGUMENTS"))
    monkeypatch.setattr(arguments, "OBJECTS", Recorded(OBJECTS, used, "OBJECTS"))
    monkeypatch.setattr(arguments, "EXCEPTIONS", exceptions)
    for place in WALK:
        kind_of(*place)
    tables = {**EXCEPTIONS, "ARGUMENTS": ARGUMENTS, "OBJECTS": OBJECTS}
    assert {(scope, key) for scope, table in tables.items() for key in table} - used == set()


def test_every_exception_differs_from_the_rule(monkeypatch):
    exceptions = {place: kind_of(*place) for place in WALK if place[2] in EXCEPTIONS.get(place[1], {})}
    monkeypatch.setattr(arguments, "EXCEPTIONS", {k: v for k, v in EXCEPTIONS.items() if not k[0].isupper()})
    rules = {}
    for place in exceptions:
        with suppress(KeyError):  # an argument of so few classes that there is no rule
            rules[place] = kind_of(*place)
    assert [place for place, rule in rules.items() if exceptions[place] == rule] == []
    assert len(rules) > 30


@pytest.mark.parametrize("argument", ["unit", "kernel_initialiser", "initializers", ""])
def test_an_unknown_argument_has_no_kind(argument):
    with pytest.raises(KeyError):
        kind_of("layers", "Dense", argument)


@pytest.mark.parametrize("family", MODULES)
def test_defaults_are_of_their_kind(family):
    refused = []
    for name in catalog.class_names(family):
        signature = catalog.find(family, name)
        for argument, default in signature.arguments.items():
            kind = kind_of(family, name, argument)
            if argument not in signature.required and not kind.accepts(default) and not is_object(kind, default):
                refused.append((name, argument, default))
    assert refused == []


def is_object(kind, name):
    """Whether `name` is a Keras object of the catalog and `kind` takes one of its family."""
    family = object_family(kind, name)
    if family == "activations":
        return catalog.activation(name) is not None
    return family is not None and catalog.find(family, name) is not None


def test_kinds_that_accept_null_are_described_so():
    kinds = {kind_of(*place) for place in WALK}
    assert {kind.description.endswith(" or null") for kind in kinds if kind.accepts(None)} == {True}


@pytest.mark.parametrize(
    ("name", "argument", "value", "message"),
    [
        ("Dense", "units", 4.5, "must be an integer of at least 1, got 4.5"),
        ("Dense", "use_bias", 1, "must be true or false, got 1"),
        ("Dropout", "rate", 1.5, "must be a number from 0 to 1, got 1.5"),
        ("Conv1D", "padding", "full", "must be 'causal', 'same' or 'valid', got 'full'"),
        ("Cropping1D", "cropping", [3],
         "must be an integer of at least 0 or a list of 2, each an integer of at least 0, got [3]"),
        ("RNN", "cell", [], "must be a recurrent cell (an object with 'type') or a non-empty list, "
         "each a recurrent cell (an object with 'type'), got []"),
    ],
)  # fmt: skip
def test_messages(name, argument, value, message):
    kind = kind_of("layers", name, argument)
    assert not kind.accepts(value)
    assert f"must be {kind.description}, got {show(value)}" == message


# Family, class, argument: values that are right, values that are wrong.
CASES = [
    ("layers", "Dense", "units", [1, 8.0, 2**31 - 1], [0, -1, 2.5, "4", True, None, [4], 2**31]),
    ("layers", "Dense", "use_bias", [True, False], [0, 1, "true", None]),
    ("layers", "Dense", "dtype", ["float32", "mixed_bfloat16", None], ["float", "int8", 32]),
    ("layers", "LSTM", "use_cudnn", [True, "auto"], ["never", 1, None]),
    ("layers", "BatchNormalization", "renorm_clipping", [{"rmax": 3, "dmax": 5}, {}, None], [{"max": 3}, {"rmax": -1}]),
    ("layers", "LayerNormalization", "axis", [-1, [1, 2]], [[], 0.5, None]),
    ("layers", "Dropout", "noise_shape", [None, [None, 1, 3]], [[], [-1], 3]),
    ("layers", "GaussianDropout", "rate", [0, 0.9], [1, -1]),
    ("layers", "Conv1D", "padding", ["causal", "same", "valid"], ["full", None, [1, 1]]),
    ("layers", "Conv2D", "kernel_size", [3, [3, 5]], [0, [3], [3, 3, 3], [3, 0], [3, 2.5]]),
    ("layers", "Conv3D", "strides", [2, [1, 2, 2], 4096], [0, [1, 2], None, 4097, [2, 2, 65536]]),
    ("layers", "ZeroPadding2D", "padding", [1, [1, 2], [[1, 0], [0, 2]], [1, [0, 2]]], [-1, [1], [[1], [1]], "same"]),
    ("layers", "MaxPooling2D", "pool_size", [2, [2, 3]], [0, [2], 65536]),
    ("layers", "RandomGaussianBlur", "kernel_size", [3], [1002]),
    ("layers", "Reshape", "target_shape", [[4, 4], [-1, 2], []], [16, [0], [-2, 4], [2.5], None]),
    ("layers", "Permute", "dims", [[2, 1], [1]], [[0, 1], [], 1]),
    ("layers", "Dot", "axes", [1, [1, 2]], [[1], [1, 2, 3], 0.5]),
    ("layers", "EinsumDense", "output_shape", [4, [None, 4]], [0, []]),
    ("layers", "Rescaling", "scale", [0.5, [1, 2, 3]], ["1/255", None]),
    ("layers", "RandomBrightness", "factor", [0.2, -1, [-0.2, 0.4]], [1.5, [0.2], [0, 2]]),
    ("layers", "RandomZoom", "height_factor", [-0.5, 1, [-0.3, -0.2]], [-1, 1.5]),
    ("layers", "RandomPosterization", "factor", [1, 8, [3, 5]], [0, 9, 2.5]),
    ("layers", "StringLookup", "num_oov_indices", [0, 2**16], [2**31 - 1]),  # Keras makes a list of them
    ("layers", "IntegerLookup", "num_oov_indices", [0, 2**16], [2**31 - 1]),
    ("layers", "StringLookup", "vocabulary", [None, ["a", "b"]], [[], [1, 2], 3]),
    ("layers", "TextVectorization", "ngrams", [None, 2], [0, [1, 2]]),
    ("layers", "Hashing", "salt", [None, 7, [7, 8]], [-1, [7], [1, 2, 3]]),
    ("regularizers", "L2", "l2", [0, 0.01], [-0.01, None, "0.01"]),
    ("constraints", "MaxNorm", "axis", [0, [0, 1, 2]], [None, 0.5]),
    ("optimizers", "Adam", "beta_1", [0, 0.9], [1, -0.1]),
    ("optimizers", "Adam", "gradient_accumulation_steps", [None, 2], [1, 2.5]),
    ("optimizers", "SGD", "momentum", [0, 1, 0.9], [1.5, -0.5, None]),
    ("optimizers", "Ftrl", "learning_rate_power", [0, -0.5], [0.5]),
    ("schedules", "PiecewiseConstantDecay", "values", [[1, 0.5, 0.1]], [[1], [1, -1], 0.1]),
    ("losses", "BinaryCrossentropy", "reduction", ["sum"], ["average", "none", None]),
    ("losses", "Tweedie", "power", [1.5], [1, 2, 0, 3]),
    ("losses", "Quantile", "quantiles", [[0.5], [0.1, 0.9]], [[], [0, 1], [0.5, 0.5], [0.9, 0.1], [0.001] * 100, 0.5]),
    ("metrics", "Precision", "thresholds", [None, 0.5, [0.2, 0.8]], [1.5, [], [0.5, 2]]),
    ("metrics", "MeanIoU", "num_classes", [2], [0, 4097]),
    ("metrics", "BinaryIoU", "target_class_ids", [[0], [0, 1]], [[], [2], 1]),
]
IDS = [".".join(case[:3]) for case in CASES]


@pytest.mark.parametrize(("family", "name", "argument", "right", "wrong"), CASES, ids=IDS)
def test_right_and_wrong_values(family, name, argument, right, wrong):
    kind = kind_of(family, name, argument)
    assert [value for value in right if not kind.accepts(value)] == []
    assert [value for value in wrong if kind.accepts(value)] == []
    for value in right:  # Keras accepts them
        assert made(family, name, **{argument: kind.clean(value)}) is not None


def made(family, name, **given):
    """The Keras object of a class, with the arguments `given` and the required ones."""
    signature = catalog.find(family, name)
    needed = {key: needs(key, name) for key in signature.required if key not in given}
    return getattr(import_module(module_of(family, name)), name)(**{**OFTEN.get(name, {}), **needed, **given})


def needs(argument, name):
    """A fitting value of a required argument; each call makes a new layer."""
    return NEEDED.get((name, argument), NEEDED.get(argument, lambda: 2))()


# Arguments that classes need, though their signatures do not require them.
OFTEN = {"CategoryEncoding": {"num_tokens": 2}, "Discretization": {"num_bins": 2}}
# Required arguments that are not the number 2.
NEEDED = {
    "activation": lambda: "relu",
    "axes": lambda: 1,
    "boundaries": lambda: [1, 2],
    "cell": lambda: keras.layers.LSTMCell(2),
    "cells": lambda: [keras.layers.LSTMCell(2)],
    "dims": lambda: [1],
    "equation": lambda: "ab,bc->ac",
    "initial_learning_rate": lambda: 0.1,
    "layer": lambda: keras.layers.LSTM(2),
    "quantiles": lambda: [0.5],
    "target_class_ids": lambda: [0],
    "target_shape": lambda: [2],
    **dict.fromkeys(("factor", "height_factor", "width_factor", "rate", "stddev"), lambda: 0.5),
    **dict.fromkeys(("precision", "recall", "sensitivity", "specificity"), lambda: 0.5),
    ("RandomPosterization", "factor"): lambda: 4,
    ("Rescaling", "scale"): lambda: 0.5,
}


def options_of(kind):
    """The words that `kind` offers, of any of its kinds."""
    own = kind.options if isinstance(kind, Choice) else ()
    return [*own, *(option for one in getattr(kind, "kinds", ()) for option in options_of(one))]


# One class for every argument and set of words.
CHOICES = {(argument, kind): (family, name) for family, name, argument in WALK
           if options_of(kind := kind_of(family, name, argument))}  # fmt: skip


@pytest.mark.parametrize(
    ("place", "argument", "options"),
    [(place, argument, options_of(kind)) for (argument, kind), place in CHOICES.items()],
    ids=[f"{place[1]}.{argument}" for (argument, kind), place in CHOICES.items()],
)
def test_keras_takes_every_choice(place, argument, options):
    for option in options:
        value = [2, option] if argument == "target_shape" else option
        assert made(*place, **{argument: value}) is not None


@pytest.mark.parametrize(
    ("family", "name", "argument", "value"),
    [
        ("layers", "Conv2D", "padding", "causal"),
        ("layers", "Conv2D", "data_format", "NHWC"),
        ("layers", "Bidirectional", "merge_mode", "average"),
        ("layers", "CategoryEncoding", "output_mode", "int"),
        ("layers", "TextVectorization", "ngrams", [1, 2]),
        ("layers", "Dense", "dtype", "int8"),
        ("optimizers", "AdamW", "weight_decay", None),
        ("losses", "Hinge", "reduction", "average"),
    ],
)
def test_keras_refuses_the_wrong_choices(family, name, argument, value):
    assert not kind_of(family, name, argument).accepts(value)
    with pytest.raises((ValueError, TypeError, NotImplementedError)):
        made(family, name, **{argument: value})


@pytest.mark.parametrize(
    ("family", "name", "argument", "whole"),
    [("optimizers", "Adam", "learning_rate", 1), ("metrics", "FBetaScore", "beta", 2)],
)
def test_integers_become_floats_where_keras_requires_them(family, name, argument, whole):
    with pytest.raises(ValueError, match="float"):
        made(family, name, **{argument: whole})
    assert isinstance(kind_of(family, name, argument).clean(whole), float)


def test_a_learning_rate_may_be_a_schedule():
    kind = kind_of("optimizers", "Adam", "learning_rate")
    assert kind.description == "a number above 0 or a learning rate schedule (its name, or an object with 'type')"
    assert object_family(kind, {"type": "CosineDecay"}) == "schedules"
    assert object_family(kind, 0.1) is None


def test_keras_objects_of_registered_classes():
    names = (
        "gate_activation",
        "kernel_initializer",
        "regularizer",
        "gate_constraint",
        "layer",
        "backward_layer",
        "cell",
    )
    families = [object_family(kind_for_unknown(name), {"type": "x"}) for name in names]
    assert families == ["activations", "initializers", "regularizers", "constraints", "layers", "layers", "cells"]
    assert kind_for_unknown("kernel_initializer") == kind_of("layers", "Dense", "kernel_initializer")


def test_other_arguments_of_registered_classes_take_anything():
    names = ("units", "rate", "layers", "cells", "use_activation", "n_per_layer", "learning_rate")
    assert [name for name in names if kind_for_unknown(name) != OfOwnClass()] == []
