"""Classes and functions of the user's own, registered with Keras, in every place that takes an object of Keras."""

import keras
import numpy as np
import pytest
from sklearn.base import clone

import nnbuild
from nnbuild import NNRegressor, Recipe, RecipeError, layers
from nnbuild.train.common.member import Member
from nnbuild.train.common.settings import settings_of
from nnbuild.train.common.splits import training_and_validation
from nnbuild.train.stacked.stackable import obstacle_to_stacking

ops = keras.ops
register = keras.saving.register_keras_serializable("own")
X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
Y = X[:, 0] * 2 + X[:, 1]


@register
class Scaled(keras.losses.Loss):
    def __init__(me, by=1.0, **kwargs):
        super().__init__(**kwargs)
        me.by = by

    def call(self, y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), axis=-1) * self.by

    def get_config(self):
        return {**super().get_config(), "by": self.by}


@register
def squares(y_true, y_pred):
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


@register
def halved(x):
    return ops.relu(x) * 0.5


@register
class Watched(keras.metrics.MeanMetricWrapper):
    def __init__(self, name="watched", dtype=None):
        super().__init__(squares, name=name, dtype=dtype)

    def get_config(self):
        return {}


@register
class Same(keras.initializers.Initializer):
    def __init__(self, value=0.1):
        self.value = value

    def __call__(self, shape, dtype=None):
        return ops.ones(shape, dtype) * self.value

    def get_config(self):
        return {"value": self.value}


@register
class Absolute(keras.regularizers.Regularizer):
    def __init__(self, by=0.1):
        self.by = by

    def __call__(self, x):
        return self.by * ops.sum(ops.abs(x))

    def get_config(self):
        return {"by": self.by}


@register
class Clipped(keras.constraints.Constraint):
    def __call__(self, weights):
        return ops.clip(weights, -0.05, 0.05)


@register
class Steady(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, rate):
        self.rate = rate

    def __call__(self, step):
        return self.rate

    def get_config(self):
        return {"rate": self.rate}


@register
class Plain(keras.optimizers.SGD):
    def __init__(self, learning_rate=0.1, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)


@register
class Rigid(keras.optimizers.SGD):
    def __init__(self):
        super().__init__(0.1)


def recipe(node=None, **training):
    return Recipe([{"type": "Dense", "units": 4, "name": "d", **(node or {})}], training={"epochs": 2, **training})


def fitted(recipe, **parameters):
    return NNRegressor(recipe, random_state=0, **parameters).fit(X, Y)


@pytest.mark.parametrize(
    ("own", "usual"),
    [
        (recipe({"kernel_initializer": {"type": "own>Same", "value": 0.2}}, loss={"type": "own>Scaled", "by": 1.0},
                optimizer={"type": "own>Plain", "learning_rate": {"type": "own>Steady", "rate": 0.1}}),
         recipe({"kernel_initializer": {"type": "Constant", "value": 0.2}}, loss="mse",
                optimizer={"type": "SGD", "learning_rate": 0.1})),
        (recipe({"kernel_regularizer": "own>Absolute"}, loss="own>squares",
                optimizer="own>Plain", learning_rate=0.02, gradient_accumulation=2),
         recipe({"kernel_regularizer": {"type": "L1", "l1": 0.1}}, loss="mse",
                optimizer={"type": "SGD", "learning_rate": 0.02}, gradient_accumulation=2)),
        (recipe(optimizer="own>Rigid"), recipe(optimizer={"type": "SGD", "learning_rate": 0.1})),
    ],
)  # fmt: skip
def test_own_classes_train_like_the_same_ones_of_keras(own, usual):
    assert np.allclose(fitted(own).predict(X), fitted(usual).predict(X), atol=1e-6)


def test_a_constraint_is_applied():
    weights = fitted(recipe({"kernel_constraint": "own>Clipped"})).model_.get_layer("d").get_weights()[0]
    assert np.abs(weights).max() <= 0.05


def test_an_activation_is_applied():
    model = nnbuild.build(Recipe([{"type": "Activation", "activation": "own>halved"}], outputs="last"), (2,))
    assert model(np.array([[4.0, -4.0]])).numpy().tolist() == [[2.0, 0.0]]


def test_metrics_are_computed():
    history = fitted(recipe(metrics=["own>Watched", "own>squares", "mse"])).history_.curves
    assert list(history) == ["loss", "watched", "squares", "mse"]
    assert np.allclose(history["watched"], history["mse"])
    assert np.allclose(history["squares"], history["mse"])


@pytest.mark.parametrize(
    ("own", "obstacle"),
    [
        (recipe({"activation": "own>halved"}), "'own>halved', a custom class or function"),
        (recipe(loss="own>squares"), "loss own>squares"),
        (recipe(metrics=["own>Watched"]), "metric own>Watched"),
        (recipe(optimizer="own>Plain"), "optimizer own>Plain"),
    ],
    ids=["layer", "loss", "metric", "optimizer"],
)
def test_fits_with_own_classes_are_not_stacked(own, obstacle):
    resolved = nnbuild.resolve(own, (3,), n_outputs=1)
    member = Member(resolved, settings_of(resolved), 0, *training_and_validation(["output"], X, Y, None))
    assert obstacle_to_stacking(member) == obstacle


def test_problems_of_names():
    with pytest.raises(RecipeError) as caught:
        recipe({"activation": "own>half", "kernel_initializer": "own>Absolute"}, loss="own>Plain", metrics=["own>x"])
    hint = "\n  hint: import the Python module that registers it before the recipe is read"
    assert str(caught.value) == "\n".join(
        [
            f"layers[0].activation: no activation is registered as 'own>half'{hint}",
            f"layers[0].kernel_initializer: no initializer is registered as 'own>Absolute'{hint}",
            f"training.loss: no loss is registered as 'own>Plain'{hint}",
            f"training.metrics[0]: no metric is registered as 'own>x'{hint}",
        ]
    )


def test_settings_that_an_optimizer_does_not_take():
    with pytest.raises(RecipeError) as caught:
        nnbuild.describe(recipe(optimizer="own>Rigid", learning_rate=0.5), (3,), n_outputs=1)
    assert str(caught.value) == (
        "training.learning_rate: learning_rate is set, but own>Rigid has no such argument\n"
        "  hint: add **kwargs to its __init__ and pass them to super().__init__"
    )


def test_values_of_own_classes_have_addresses():
    own = recipe({"kernel_initializer": {"type": "own>Same"}}, optimizer="own>Plain")
    changed = own.with_values(training__optimizer__learning_rate=0.5, layers__d__kernel_initializer__value=0.7)
    assert changed.to_dict()["layers"][0]["kernel_initializer"] == {"type": "own>Same", "value": 0.7}
    assert changed.to_dict()["training"]["optimizer"] == {"type": "own>Plain", "learning_rate": 0.5}


def test_the_code_of_own_classes_converts_back():
    own = recipe(
        {"activation": "own>halved", "kernel_initializer": {"type": "own>Same", "value": 0.5}},
        loss="own>squares", optimizer="own>Plain", metrics=["own>squares"],
    )  # fmt: skip
    made = {}
    exec(own.to_python(), made)
    model = made["build_model"]((3,), 1, "linear")
    made["compile_model"](model)
    for built in (model, nnbuild.build(own, (3,), n_outputs=1, compile=True)):
        read = Recipe.from_keras(built).to_dict()
        assert (read["layers"][0]["activation"], read["layers"][0]["kernel_initializer"]) == (
            "own>halved",
            {"type": "own>Same", "value": 0.5},
        )
        assert read["training"] == {
            "optimizer": {"type": "own>Plain"},
            "loss": "own>squares",
            "metrics": ["own>squares"],
        }


@pytest.mark.parametrize(
    ("of_file", "where"), [(False, "recipe.json: layers[0].activation"), (True, "resolved.json")], ids=["dict", "file"]
)
def test_a_model_file_needs_the_class(tmp_path, monkeypatch, of_file, where):
    file, own = tmp_path / "m.nnb", recipe({"activation": "own>halved"}, loss="own>Scaled")
    own.save(tmp_path / "r.json")
    model = fitted(str(tmp_path / "r.json") if of_file else own)
    if of_file:
        (tmp_path / "r.json").unlink()
    model.save(file)
    assert np.array_equal(nnbuild.load(file).predict(X), model.predict(X))
    monkeypatch.delitem(keras.saving.get_custom_objects(), "own>halved")
    with pytest.raises(nnbuild.NNBuildError) as caught:
        nnbuild.load(file)
    assert str(caught.value) == (
        f"{file}: {where}: no activation is registered as 'own>halved'\n"
        "  hint: import the Python module that registers it, then load again"
    )


# Keras objects in Python.


def test_objects_are_taken_by_their_configuration():
    made = Recipe(
        [
            keras.layers.Dense(4, kernel_initializer=keras.initializers.HeNormal(), activation=halved),
            keras.layers.Dropout(0.2, name="drop"),
            layers.Dense(3, kernel_initializer=Same(0.5), activation=keras.activations.relu),
        ],
        training={
            "optimizer": keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 100)),
            "loss": keras.losses.Huber(delta=2.0),
            "metrics": [keras.metrics.MeanAbsoluteError(), Watched(), keras.losses.mean_squared_error],
        },
    )
    assert made == Recipe(
        [
            {"type": "Dense", "units": 4, "kernel_initializer": "he_normal", "activation": "own>halved"},
            {"type": "Dropout", "rate": 0.2, "name": "drop"},
            {
                "type": "Dense",
                "units": 3,
                "kernel_initializer": {"type": "own>Same", "value": 0.5},
                "activation": "relu",
            },
        ],
        training={
            "optimizer": {
                "type": "Adam",
                "learning_rate": {"type": "CosineDecay", "initial_learning_rate": 0.1, "decay_steps": 100},
            },
            "loss": {"type": "Huber", "delta": 2.0},
            "metrics": ["mean_absolute_error", {"type": "own>Watched"}, "mean_squared_error"],
        },
    )


def test_objects_are_parameters_of_estimators(tmp_path):
    by_object = NNRegressor(recipe(), optimizer=keras.optimizers.SGD(0.05), loss=Scaled(2.0), random_state=0)
    by_value = NNRegressor(
        recipe(),
        optimizer={"type": "SGD", "learning_rate": 0.05},
        loss={"type": "own>Scaled", "by": 2.0},
        random_state=0,
    )
    found = clone(by_object).fit(X, Y)
    assert np.array_equal(found.predict(X), by_value.fit(X, Y).predict(X))
    found.save(tmp_path / "m.nnb")
    assert nnbuild.load(tmp_path / "m.nnb").optimizer == {"type": "SGD", "learning_rate": 0.05}


def built(layer):
    layer.build((None, 2))
    return layer


def used(optimizer):
    optimizer.iterations.assign(7)
    return optimizer


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: [keras.layers.Lambda(lambda x: x)],
         "layers[0]: Lambda can run code from the recipe and is refused\n  hint: register a layer class in Python"),
        (lambda: [layers.Dense(3, activation=lambda x: x)],
         "layers[0].activation: is the function <lambda>; a recipe can't contain code\n"
         "  hint: register it with keras.saving.register_keras_serializable"),
        (lambda: [built(keras.layers.Dense(3, name="a"))],
         "layers[0]: the Dense 'a' has weights, which are not part of a recipe\n"
         "  hint: pass a layer that is not built, or convert the model with Recipe.from_keras"),
        (lambda: [keras.Sequential()], "layers[0]: is a model (Sequential)\n  hint: convert it with Recipe.from_keras"),
        (lambda: [layers.Dense(3, kernel_initializer=object())],
         "layers[0].kernel_initializer: can't be written as JSON: a value of type object"),
    ],
)  # fmt: skip
def test_objects_with_code_or_weights(make, message):
    with pytest.raises(RecipeError) as caught:
        Recipe(make())
    assert str(caught.value) == message


def test_an_optimizer_that_has_trained():
    with pytest.raises(RecipeError) as caught:
        recipe(optimizer=used(keras.optimizers.Adam()))
    assert str(caught.value) == (
        "training.optimizer: the optimizer Adam has taken 7 steps, which are not part of a recipe\n"
        "  hint: pass a new one"
    )


def test_adapted_layers_inside_others_keep_their_terms():
    lookup = keras.layers.StringLookup()
    lookup.adapt(["a", "b", "b"])
    (node,) = Recipe([keras.layers.Pipeline([lookup])]).to_dict()["layers"]
    assert node["layers"] == [{"type": "StringLookup", "vocabulary": ["b", "a"]}]


def test_code_of_an_argument_that_keras_own_class_takes():
    recipe = Recipe([layers.Dense(2)], training={"loss": Scaled(by=3.0, reduction="sum")})
    assert 'loss=keras.saving.get_registered_object("own>Scaled")(reduction="sum", by=3.0),' in recipe.to_python()


@pytest.mark.parametrize(
    "number", [np.float32(0.1), ops.array(0.1), keras.Variable(0.1)], ids=lambda n: type(n).__name__
)
def test_numbers_of_numpy_and_keras_in_a_keras_object(number):
    given = keras.initializers.RandomNormal(stddev=number)
    assert Recipe([layers.Dense(2, kernel_initializer=given)]).to_dict()["layers"] == [
        {"type": "Dense", "units": 2, "kernel_initializer": {"type": "RandomNormal", "stddev": 0.1}}
    ]


def test_cells_may_be_keras_objects():
    cells = [keras.layers.GRUCell(2), keras.layers.LSTMCell(3)]
    assert Recipe([layers.RNN(cells)]).to_dict()["layers"] == [
        {"type": "RNN", "cell": [{"type": "GRUCell", "units": 2}, {"type": "LSTMCell", "units": 3}]}
    ]
