"""Models of several inputs and outputs."""

import keras
import numpy as np
import pytest
from keras import layers

from train.nets import classes, settings, train


class TestSeveralInputsAndOutputs:
    @pytest.fixture(params=["list", "dict"])
    def model(self, request):
        start = keras.initializers.GlorotUniform(seed=0)
        left, right = keras.Input((4,), name="left"), keras.Input((2,), name="right")
        joined = layers.Concatenate()([left, right])
        kind = layers.Dense(3, activation="softmax", name="kind", kernel_initializer=start)(joined)
        size = layers.Dense(1, name="size", kernel_initializer=start)(joined)
        outputs = {"size": size, "kind": kind} if request.param == "dict" else [size, kind]
        return keras.Model({"left": left, "right": right}, outputs)

    @pytest.fixture
    def data(self):
        X, y = classes()
        return {"left": X, "right": X[:, :2] ** 2}, {"kind": y, "size": X.sum(axis=1)}

    chosen = settings(
        loss={"kind": "sparse_categorical_crossentropy", "size": "mean_squared_error"},
        loss_weights={"kind": 2.0, "size": 0.5},
        metrics={"kind": ["accuracy"], "size": ["mae"]},
        batch_size=100,
        epochs=1,
        validation_fraction=0.2,
        validation="last",
    )

    def test_losses_by_output(self, model, data):
        X, y = data
        predicted = keras.tree.map_structure(np.array, model(X))
        size, kind = (predicted["size"], predicted["kind"]) if isinstance(predicted, dict) else predicted
        parts = -np.log(kind[np.arange(23), y["kind"][:23]]).mean(), np.mean((size[:23, 0] - y["size"][:23]) ** 2)
        curves = train(model, X, y, self.chosen, seed=0).curves
        names = {"loss", "kind_loss", "size_loss", "kind_accuracy", "size_mae"}
        assert set(curves) == names | {f"val_{name}" for name in names}
        assert curves["kind_loss"][0] == pytest.approx(parts[0], abs=1e-6)
        assert curves["size_loss"][0] == pytest.approx(parts[1], abs=1e-5)
        assert curves["loss"][0] == pytest.approx(2 * parts[0] + 0.5 * parts[1], abs=1e-5)
        assert curves["size_mae"][0] == pytest.approx(np.abs(size[:23, 0] - y["size"][:23]).mean(), abs=1e-5)

    def test_targets_must_be_named(self, model, data):
        X, y = data
        with pytest.raises(ValueError, match=r"^y must map each output to its targets; outputs: kind, size$"):
            train(model, X, y["kind"], self.chosen)
        with pytest.raises(ValueError, match=r"^y has targets for kind, sise; outputs: kind, size$"):
            train(model, X, {"kind": y["kind"], "sise": y["size"]}, self.chosen)
