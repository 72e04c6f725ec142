"""Constructors of registered classes: parameters of any form, and those that Keras can't call."""

import functools
from dataclasses import dataclass

import keras
import numpy as np
import pytest

import nnbuild
from nnbuild import NNRegressor, Recipe, RecipeError, layers

register = keras.saving.register_keras_serializable("own")


def passed_on(function):
    @functools.wraps(function)
    def call(self, *args, **kwargs):
        return function(self, *args, **kwargs)

    return call


HALF = np.float32(1.5)


@register
class ByPlace(keras.layers.Layer):
    @passed_on
    def __init__(this, by, /, plus=2, *rest, other=HALF, most=float("inf"), **kwargs):
        super(ByPlace, this).__init__(**kwargs)
        this.by, this.plus, this.other, this.most = by, plus, other, most

    def call(self, inputs):
        return inputs * self.by + self.plus


@register
class Bare(keras.layers.Layer):
    def call(self, inputs):
        return inputs


@register
@dataclass(eq=False)
class Data(keras.layers.Layer):
    by: float = 2.0

    def __post_init__(self):
        super().__init__()

    def call(self, inputs):
        return inputs * self.by


@register
class NoInstance(keras.layers.Layer):
    def __init__(*args, **kwargs):
        super(NoInstance, args[0]).__init__(**kwargs)


def layer_of(node):
    return nnbuild.build(Recipe([node], outputs="last"), (2,)).layers[-1]


def test_constructors_of_any_form():
    made = layer_of({"type": "own>ByPlace", "by": 3, "plus": 1})
    assert (made.by, made.plus, made.other, made.most) == (3, 1, 1.5, float("inf"))
    assert type(layer_of({"type": "own>Bare"})).__name__ == "Bare"


def test_arguments_of_constructors():
    with pytest.raises(RecipeError) as caught:
        Recipe([{"type": "own>ByPlace", "this": 3}])
    assert str(caught.value) == (
        "layers[0]: own>ByPlace needs 'by'\n"
        "layers[0].this: unknown argument 'this' of own>ByPlace\n  allowed: by, dtype, most, other, plus, trainable"
    )


def test_a_constructor_that_keras_cannot_read():
    with pytest.raises(RecipeError) as caught:
        layer_of({"type": "own>NoInstance"})
    assert str(caught.value) == (
        "layers[0]: Keras refuses this own>NoInstance: its __init__ has no parameter for the instance\n"
        "  hint: write it as def __init__(self, ...), also if it is decorated"
    )


def test_a_constructor_without_keywords():
    with pytest.raises(RecipeError) as caught:
        layer_of({"type": "own>Data", "by": 3.0})
    assert str(caught.value) == (
        "layers[0]: Keras refuses this own>Data: Data.__init__() got an unexpected keyword argument 'dtype'\n"
        "  hint: add **kwargs to its __init__ and pass them to super().__init__"
    )


@register
class Unweighted(keras.metrics.Metric):
    def __init__(self):
        super().__init__(name="unweighted")

    def update_state(self, y_true, y_pred):
        pass

    def result(self):
        return keras.ops.zeros(())

    def get_config(self):
        return {}


def test_a_metric_that_takes_no_weights():
    recipe = Recipe([layers.Dense(2)], training={"epochs": 1, "metrics": ["own>Unweighted"]})
    with pytest.raises(RecipeError) as caught:
        NNRegressor(recipe).fit(np.ones((8, 3)), np.arange(8.0))
    assert str(caught.value) == (
        "training.metrics[0]: Unweighted can't measure targets of shape (1,) and predictions of shape (1,): "
        "Unweighted.update_state() got an unexpected keyword argument 'sample_weight'\n"
        "  hint: its arguments must be compatible with the shapes of targets and predictions"
    )
