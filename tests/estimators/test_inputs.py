"""Forms of X: dense and sparse, dtypes and orders, images and sequences, tables, several inputs."""

import tracemalloc
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from estimators.samples import classes, classifier, features, message_of, same_bits
from nnbuild import NNClassifier, NNRegressor
from nnbuild.inputs import checked_inputs as inputs

IMAGES = {
    "layers": [
        {"type": "Conv2D", "filters": 2, "kernel_size": 3, "activation": "relu"},
        {"type": "GlobalAveragePooling2D"},
    ],
    "training": {"epochs": 2, "batch_size": 16},
}
SEQUENCES = {
    "inputs": {"series": {"shape": [None, 3]}},
    "layers": [{"type": "GRU", "units": 4}],
    "training": {"epochs": 2, "batch_size": 16},
}
TOKENS = {
    "inputs": {"words": {"shape": [5], "dtype": "int32"}},
    "layers": [{"type": "Embedding", "input_dim": 20, "output_dim": 2}, {"type": "Flatten"}],
    "training": {"epochs": 2, "batch_size": 16},
}
TWO = {
    "inputs": {"table": {"shape": [4]}, "series": {"shape": [6, 4]}},
    "layers": [
        {"type": "GRU", "units": 3, "name": "end", "inputs": ["series"]},
        {"type": "Concatenate", "inputs": ["table", "end"]},
    ],
    "training": {"epochs": 2, "batch_size": 16},
}


class TestSparse:
    @pytest.mark.parametrize("dtype", ["bool", "int64", "float64"])
    def test_sparse_x_equals_dense_x(self, dtype):
        X, y = classes()
        X = (2 * X).clip(0).astype(dtype)
        given = sparse.coo_matrix(X)
        dense, estimator = (classifier(validation_fraction=0.2).fit(form, y) for form in (X, given))
        assert same_bits(dense, estimator, X)
        assert np.array_equal(estimator.predict_proba(given), dense.predict_proba(X))

    def test_weights_and_validation_set(self):
        X, y = classes()
        X_val, y_val = classes(20, seed=5)
        weights = np.arange(60) % 3
        dense = classifier().fit(X, y, weights, X_val=X_val, y_val=y_val)
        given = classifier().fit(sparse.coo_array(X), y, weights, X_val=sparse.csc_array(X_val), y_val=y_val)
        assert same_bits(dense, given, X)
        assert dense.history_.curves == given.history_.curves


class TestArrays:
    @pytest.mark.parametrize("dtype", ["float16", "longdouble", "uint8", "object", "bool"])
    def test_dtypes_equal_float64(self, dtype):
        X, y = classes()
        given = (8 * X).round().clip(0, 100).astype(dtype, order="F")
        X = given.astype(float, order="C")
        estimator = classifier().fit(given, y)
        assert same_bits(estimator, classifier().fit(X, y), X)
        assert np.array_equal(estimator.predict_proba(given), estimator.predict_proba(X))

    def test_lists_views_and_a_negative_stride(self):
        X, y = classes()
        estimator = classifier().fit(X, y)
        for given in (X.tolist(), np.repeat(X, 2, axis=0)[::2], X[::-1].copy()[::-1]):
            assert same_bits(estimator, classifier().fit(given, y), X)

    @pytest.mark.slow
    def test_double_precision_keeps_all_digits(self):
        X, y = 1e9 + classes()[0], classes()[1]
        shift = {"layers": [{"type": "Rescaling", "scale": 1.0, "offset": -1e9}, {"type": "Dense", "units": 8}]}
        settings = {"epochs": 20, "batch_size": 16, "learning_rate": 0.05, "random_state": 0}
        scores = [
            NNClassifier(shift, precision=precision, **settings).fit(X, y).score(X, y)
            for precision in ("float32", "float64")
        ]
        assert scores[1] > 0.85 > scores[0]

    @pytest.mark.slow
    def test_a_million_samples_are_not_copied(self):
        X = np.random.default_rng(0).normal(size=(1_000_000, 10))
        y = (X[:, 0] > 0).astype(int)
        estimator = classifier(epochs=1, batch_size=5000, validation_fraction=0.1)
        tracemalloc.start()
        estimator.fit(X, y)
        fit_peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        proba = estimator.predict_proba(X)
        predict_peak = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
        assert ((proba[:, 1] > 0.5) == y).mean() > 0.9
        assert fit_peak < 2 * X.nbytes
        assert predict_peak < X.nbytes


class TestShapes:
    def test_images(self):
        X, y = np.random.default_rng(0).integers(0, 255, (40, 8, 8, 1), "uint8"), np.arange(40) % 3
        estimator = NNClassifier(IMAGES, random_state=0).fit(X, y)
        assert estimator.predict_proba(X).shape == (40, 3)
        assert estimator.recipe_.inputs["input"] == {"shape": [8, 8, 1], "dtype": "float32", "kind": "tensor"}
        assert same_bits(estimator, NNClassifier(IMAGES, random_state=0).fit(X.astype("float32"), y), X)
        found = "X has samples of shape (4, 8, 1), but NNClassifier is expecting samples of shape (8, 8, 1)"
        assert message_of(lambda: estimator.predict(X[:, :4])) == found
        found = "X has samples of shape (8,), but NNClassifier is expecting samples of shape (8, 8, 1)"
        assert message_of(lambda: estimator.predict(X[:, :, 0, 0])) == found

    def test_sequences_of_any_length(self):
        rng = np.random.default_rng(0)
        X, y = rng.normal(size=(40, 6, 3)), rng.normal(size=40)
        estimator = NNRegressor(SEQUENCES, random_state=0).fit(X, y)
        assert estimator.predict(X).shape == (40,)
        assert estimator.predict(rng.normal(size=(5, 9, 3))).shape == (5,)
        found = "X has samples of shape (6, 2), but NNRegressor is expecting samples of shape (None, 3)"
        assert message_of(lambda: estimator.predict(X[:, :, :2])) == found

    @pytest.mark.slow
    def test_token_ids_of_any_dtype(self):
        rng = np.random.default_rng(0)
        X, y = rng.integers(0, 20, (40, 5)), np.arange(40) % 2
        estimator = NNClassifier(TOKENS, random_state=0).fit(X, y)
        for dtype in ("uint8", "float64"):
            assert same_bits(estimator, NNClassifier(TOKENS, random_state=0).fit(X.astype(dtype), y), X)

    def test_shapes_other_than_those_of_the_recipe_raise(self):
        with pytest.raises(ValueError, match=r"^inputs\.words\.shape: the recipe has the shape \(5,\), but the data"):
            NNClassifier(TOKENS).fit(np.zeros((6, 4), int), np.arange(6) % 2)
        with pytest.raises(ValueError, match=r"^layers\[0\]: "):
            NNClassifier(IMAGES).fit(*classes())


@pytest.fixture(scope="module")
def known():
    """An estimator without feature names, and one with them."""
    X, y = classes()
    return [classifier(prepare=None).fit(x, y) for x in (X, pd.DataFrame(X, columns=list("abcd")))]


class TestKnownRows:
    """Arrays that would pass scikit-learn's checks skip them; results and messages are the same."""

    @pytest.mark.parametrize(
        "of",
        [
            lambda X: X[::2, ::-1],
            lambda X: X.astype("float32"),
            lambda X: X.astype(">f8"),
            lambda X: X.astype("int64"),
            lambda X: pd.DataFrame(X, columns=list("abcd")),
            lambda X: np.ma.masked_array(X, mask=X > 2),
            lambda X: X[:0],
            lambda X: X[0],
            lambda X: X[:, :3],
            lambda X: X[..., None],
            lambda X: with_value(X, np.nan),
            lambda X: with_value(X, np.inf),
            lambda X: with_value(X, -1e39),
            lambda X: with_value(X.astype("float32"), np.inf),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("has_names", [False, True])
    def test_results_and_messages_equal_those_of_the_checks(self, of, has_names, known, monkeypatch):
        estimator, given = known[has_names], of(features(20))
        found = answer(estimator, given)
        monkeypatch.setattr(inputs, "_is_known", lambda *_: False)
        assert found == answer(estimator, given)

    def test_checks_are_skipped(self, known, monkeypatch):
        X = features(20)
        expected = known[False].predict_proba(X)
        monkeypatch.delattr(inputs, "validate_data")
        assert np.array_equal(known[False].predict_proba(X), expected)
        with pytest.raises(NameError):
            known[True].predict_proba(X)


def with_value(X, value):
    return np.where(np.arange(X.size).reshape(X.shape) == 5, np.array(value, X.dtype), X)


def answer(estimator, X):
    """Result or error message of `predict_proba`, and its warnings."""
    with warnings.catch_warnings(record=True) as reported:
        warnings.simplefilter("always")
        try:
            found = estimator.predict_proba(X).tolist()
        except ValueError as error:
            found = str(error)
    return found, [str(warning.message) for warning in reported]


def test_the_next_fit_replaces_feature_names():
    X, y = classes()
    estimator = classifier().fit(pd.DataFrame(X, columns=list("abcd")), y).fit(X[:, :3], y)
    assert not hasattr(estimator, "feature_names_in_")
    assert estimator.n_features_in_ == 3


BOTH = {"table": features(40), "series": features(240).reshape(40, 6, 4)}


class TestSeveralInputs:
    def fitted(self, X=BOTH, y=np.arange(40) % 2, weights=None, **params):  # noqa: B008
        return NNClassifier(TWO, random_state=0, **params).fit(X, y, weights)

    def test_keys_may_come_in_any_order(self):
        reverse = dict(reversed(BOTH.items()))
        estimator = self.fitted(validation_fraction=0.25)
        assert not hasattr(estimator, "n_features_in_")
        assert same_bits(estimator, self.fitted(reverse, validation_fraction=0.25), reverse)

    def test_forms_of_one_input(self):
        estimator = self.fitted(engine="keras")  # required for sparse arrays
        for form in (sparse.csr_array, pd.DataFrame, list):
            X = {**BOTH, "table": form(BOTH["table"])}
            assert same_bits(estimator, self.fitted(X, engine="keras"), BOTH)

    def test_samples_with_weight_0_are_dropped(self):
        weights = np.arange(40) % 3
        kept = weights > 0
        left_out = self.fitted(
            {name: array[kept] for name, array in BOTH.items()}, np.arange(40)[kept] % 2, weights[kept]
        )
        assert same_bits(self.fitted(weights=weights), left_out, BOTH)

    @pytest.mark.parametrize(
        "changes, message",
        [
            ({"series": None}, "^X has the keys table, but the recipe has the inputs series, table$"),
            ({"table": features(3)}, "^Found input variables with inconsistent numbers of samples: "),
            ({"table": np.full((40, 4), np.nan)}, r"^Input X\['table'\] contains NaN\."),
            ({"table": features(40)[:, :3]}, r"^inputs\.table\.shape: the recipe has the shape \(4,\), but"),
        ],
        ids=["missing", "lengths", "NaN", "shape"],
    )
    def test_invalid_inputs_raise(self, changes, message):
        X = {name: value for name, value in {**BOTH, **changes}.items() if value is not None}
        with pytest.raises(ValueError, match=message):
            self.fitted(X)

    def test_arrays_and_other_shapes_raise(self):
        message = "X must be a dict with an array for each input of the recipe: table, series"
        assert message_of(lambda: self.fitted(BOTH["table"])) == message
        other = {**BOTH, "table": features(40)[:, :3]}
        message = "X['table'] has samples of shape (3,), but NNClassifier is expecting samples of shape (4,)"
        assert message_of(lambda: self.fitted().predict(other)) == message

    def test_a_dict_for_a_single_input(self):
        X, y = classes()
        estimator = classifier().fit({"input": X}, y)
        assert np.array_equal(estimator.predict_proba({"input": X}), classifier().fit(X, y).predict_proba(X))
