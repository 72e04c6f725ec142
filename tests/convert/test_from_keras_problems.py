"""Keras models that a recipe cannot express: the layer, the reason and the fix."""

import keras
import pytest
from keras import layers

from nnbuild import Recipe, RecipeError
from nnbuild.plan.symbolic import fresh_names


def dense_twice(x):
    dense = layers.Dense(4, name="twice")
    return dense(dense(x))


def shared_in_a_wrapper(x):
    dense = layers.Dense(4, name="inner")
    return layers.Add(name="add")([layers.TimeDistributed(dense, name="each")(x), dense(x)])


def my_activation(x):
    return x


class Mine(layers.Layer):
    def call(self, inputs):
        return inputs

    def compute_output_shape(self, input_shape):
        return input_shape


class Own(keras.Model):
    def call(self, inputs):
        return inputs


PROBLEMS = {
    "shared": (
        dense_twice,
        "layer 'twice' is called 2 times, which from_keras does not support\n"
        "  hint: use a separate layer in each place, or write the recipe by hand, with a Shared node",
    ),
    "weights shared": (
        shared_in_a_wrapper,
        "layers 'each' and 'inner' share weights\n  hint: use a separate layer in each place",
    ),
    "lambda": (
        lambda x: layers.Lambda(lambda t: t * 2, name="double")(x),
        "layer 'double': Lambda can run code from the recipe\n"
        "  hint: write it as a layer class, registered with keras.saving.register_keras_serializable",
    ),
    "operation": (lambda x: x + x, "'add' is the operation Add, not a layer\n  hint: use keras.layers.Add"),
    "unknown class": (
        lambda x: Mine(name="mine")(x),
        "layer 'mine' is of the class Mine, which recipes don't support\n"
        "  hint: register the class with keras.saving.register_keras_serializable",
    ),
    "model of its own": (
        lambda x: Own(name="own")(x),
        "the model 'own' is of the class Own, whose code can't be part of a recipe\n"
        "  hint: build the model with keras.Sequential or keras.Model(inputs, outputs)",
    ),
    "scores": (
        lambda x: layers.MultiHeadAttention(1, 2, name="mha")(x, x, return_attention_scores=True)[0],
        "layer 'mha' is called with return_attention_scores=true; a recipe passes only tensors to a layer\n"
        "  hint: nnbuild sets training and masks itself; for other arguments, register your own layer class",
    ),
    "mask": (
        lambda x: layers.GRU(2, name="gru")(x, mask=keras.ops.any(keras.ops.not_equal(x, 0), axis=-1)),
        "layer 'gru' is called with mask=a tensor; a recipe passes only tensors to a layer\n"
        "  hint: nnbuild sets training and masks itself; for other arguments, register your own layer class",
    ),
    "states": (
        lambda x: layers.LSTM(2, return_state=True, name="lstm")(x)[1],
        "layer 'lstm' returns several tensors; a node must return one\n  hint: remove return_state",
    ),
    "function without a name": (
        lambda x: layers.Dense(2, kernel_initializer=lambda shape, dtype=None: keras.ops.ones(shape), name="d")(x),
        "layer 'd': kernel_initializer is a lambda\n"
        "  hint: a recipe can't contain code: use a class of Keras, or register your own layer class",
    ),
    "activation": (
        lambda x: layers.Dense(2, activation=my_activation, name="dense")(x),
        "layer 'dense': activation is the function my_activation\n"
        "  hint: use one of Keras' activations, or add your own registered layer after it",
    ),
    "two at once": (
        lambda x: dense_twice(layers.LSTM(4, return_sequences=True, name="lstm")(x, training=True)),
        "layer 'lstm' is called with training=true; a recipe passes only tensors to a layer\n"
        "  hint: nnbuild sets training and masks itself; for other arguments, register your own layer class\n"
        "layer 'twice' is called 2 times, which from_keras does not support\n"
        "  hint: use a separate layer in each place, or write the recipe by hand, with a Shared node",
    ),
}


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`:UserWarning")
@pytest.mark.parametrize("name", PROBLEMS)
def test_models_that_a_recipe_cannot_express(name):
    call, message = PROBLEMS[name]
    with fresh_names():
        given = keras.Input((5, 4))
        model = keras.Model(given, call(given))
    with pytest.raises(RecipeError) as caught:
        Recipe.from_keras(model)
    assert str(caught.value) == message


def test_metrics_by_their_short_names():
    model = keras.Sequential([keras.Input((8,)), layers.Dense(2)])
    model.compile(loss="mse", metrics=["acc", "mae"])
    assert Recipe.from_keras(model).to_dict()["training"]["metrics"] == ["acc", "mae"]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({}, "from_keras takes a keras.Model, got dict"),
        (
            Own(name="whole"),
            "the model 'whole' is of the class Own, whose code can't be part of a recipe\n"
            "  hint: build the model with keras.Sequential or keras.Model(inputs, outputs)",
        ),
    ],
)
def test_only_models_of_layers_are_read(model, message):
    with pytest.raises(RecipeError) as caught:
        Recipe.from_keras(model)
    assert str(caught.value) == message


def test_an_input_that_nothing_takes():
    given, other = keras.Input((3,), name="given"), keras.Input((2,), name="other", sparse=True)
    with pytest.raises(RecipeError) as caught:
        Recipe.from_keras(keras.Model([given, other], layers.Dense(1)(given)))
    assert str(caught.value) == (
        "input 'other' is sparse\n  hint: a recipe's inputs are dense and required\n"
        "input 'other' is not used by any layer\n  hint: remove it from the model"
    )
