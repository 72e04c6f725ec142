"""X in all its forms: dense and sparse, of any dtype and order, images and sequences, tables, several inputs."""

import tracemalloc
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from estimators.samples import classes, classifier, features, message_of, quantities, regressor, same_bits
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
    "inputs": {"table": {"shape": [4]}, "series": {"shape": [6, 3]}},
    "layers": [
        {"type": "GRU", "units": 3, "name": "end", "inputs": ["series"]},
        {"type": "Concatenate", "inputs": ["table", "end"]},
    ],
    "training": {"epochs": 2, "batch_size": 16},
}


DTYPES = ["float16", "float32", "longdouble", "int8", "int64", "uint8", "uint32", "object"]


class TestSparse:
    @pytest.mark.parametrize("form, kind", [("csr", "matrix"), ("coo", "array"), ("dia", "array")])
    def test_sparse_x_equals_dense_x(self, form, kind):
        X, y = classes()
        X[X < 0.5] = 0
        dense = classifier(validation_fraction=0.2).fit(X, y)
        given = getattr(sparse, f"{form}_{kind}")(X)
        estimator = classifier(validation_fraction=0.2).fit(given, y)
        assert same_bits(dense, estimator, X)
        assert np.array_equal(estimator.predict_proba(given), dense.predict_proba(X))
        assert estimator.n_features_in_ == 4

    @pytest.mark.parametrize("dtype", ["bool", "int8", "int64", "uint16", "float32"])
    def test_dtypes(self, dtype):
        X, y = classes()
        X = (X > 0.5).astype(dtype)
        assert same_bits(classifier().fit(sparse.csr_array(X), y), classifier().fit(X, y), X)

    def test_rows_to_validate_on_and_weights(self):
        X, y = classes()
        X_val, y_val = classes(20, seed=5)
        weights = np.arange(60) % 3
        dense = classifier().fit(X, y, weights, X_val=X_val, y_val=y_val)
        given = classifier().fit(sparse.coo_array(X), y, weights, X_val=sparse.csc_array(X_val), y_val=y_val)
        assert same_bits(dense, given, X)
        assert dense.history_.curves == given.history_.curves

    @pytest.mark.slow
    def test_it_is_made_dense_batch_by_batch(self):
        X = sparse.random_array((3000, 50_000), density=1e-4, format="csr", rng=np.random.default_rng(0))
        y = np.arange(3000) % 2
        whole = X.shape[0] * X.shape[1] * 4
        tracemalloc.start()
        estimator = classifier(hidden=[2], epochs=1, batch_size=64).fit(X, y)
        proba = estimator.predict_proba(X)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert proba.shape == (3000, 2)
        assert peak < 150e6 < whole / 3


class TestArrays:
    @pytest.mark.parametrize("dtype", DTYPES)
    @pytest.mark.parametrize("order", ["C", "F"])
    def test_the_bits_of_float64(self, dtype, order):
        X, y = classes()
        X = (8 * X).round().clip(0, 100)
        given = np.array(X, dtype=dtype, order=order)
        estimator = classifier().fit(given, y)
        assert same_bits(estimator, classifier().fit(X, y), X)
        assert np.array_equal(estimator.predict_proba(given), estimator.predict_proba(X))

    def test_truth_values(self):
        X, y = classes()
        assert same_bits(classifier().fit(X > 0, y), classifier().fit((X > 0) * 1.0, y), X > 0)

    def test_lists_views_and_a_negative_stride(self):
        X, y = classes()
        estimator = classifier().fit(X, y)
        for given in (X.tolist(), np.repeat(X, 2, axis=0)[::2], X[::-1].copy()[::-1]):
            assert same_bits(estimator, classifier().fit(given, y), X)

    def test_a_read_only_memmap(self, tmp_path):
        X, y = classes()
        np.save(tmp_path / "X.npy", X)
        np.save(tmp_path / "y.npy", y)
        X_map, y_map = (np.load(tmp_path / name, mmap_mode="r") for name in ("X.npy", "y.npy"))
        estimator = classifier(validation_fraction=0.2).fit(X_map, y_map)
        assert same_bits(estimator, classifier(validation_fraction=0.2).fit(X, y), X_map)

    def test_the_data_is_left_as_it_was(self):
        X, y = quantities()
        weights = np.linspace(0, 1, 60)
        copies = [array.copy() for array in (X, y, weights)]
        regressor().fit(X, y, weights).predict(X)
        for array, copy in zip((X, y, weights), copies, strict=True):
            assert np.array_equal(array, copy)

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
    def test_a_million_rows_are_not_copied_whole(self):
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
    @pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "int16"])
    def test_images(self, dtype):
        rng = np.random.default_rng(0)
        X, y = rng.integers(0, 255, (40, 8, 8, 1)), np.arange(40) % 3
        estimator = NNClassifier(IMAGES, random_state=0).fit(X.astype(dtype), y)
        assert estimator.predict_proba(X.astype(dtype)).shape == (40, 3)
        assert estimator.recipe_.inputs["input"] == {"shape": [8, 8, 1], "dtype": "float32", "kind": "tensor"}
        assert same_bits(estimator, NNClassifier(IMAGES, random_state=0).fit(X.astype("float32"), y), X)
        found = "X has samples of shape (4, 8, 1), but NNClassifier is expecting samples of shape (8, 8, 1)"
        assert message_of(lambda: estimator.predict(X[:, :4])) == found

    def test_sequences_of_any_length(self):
        rng = np.random.default_rng(0)
        X, y = rng.normal(size=(40, 6, 3)), rng.normal(size=40)
        estimator = NNRegressor(SEQUENCES, random_state=0).fit(X, y)
        assert estimator.predict(X).shape == (40,)
        assert estimator.predict(rng.normal(size=(5, 9, 3))).shape == (5,)
        found = "X has samples of shape (6, 2), but NNRegressor is expecting samples of shape (None, 3)"
        assert message_of(lambda: estimator.predict(X[:, :, :2])) == found

    def test_token_numbers_of_any_dtype(self):
        rng = np.random.default_rng(0)
        X, y = rng.integers(0, 20, (40, 5)), np.arange(40) % 2
        estimator = NNClassifier(TOKENS, random_state=0).fit(X, y)
        for dtype in ("int32", "uint8", "float64"):
            assert same_bits(estimator, NNClassifier(TOKENS, random_state=0).fit(X.astype(dtype), y), X)

    def test_a_shape_that_the_recipe_does_not_take(self):
        with pytest.raises(ValueError, match=r"^inputs\.words\.shape: the recipe has the shape \(5,\), but the data"):
            NNClassifier(TOKENS).fit(np.zeros((6, 4), int), np.arange(6) % 2)
        with pytest.raises(ValueError, match=r"^layers\[0\]: "):
            NNClassifier(IMAGES).fit(*classes())

    def test_one_axis(self):
        with pytest.raises(ValueError, match=r"^Expected 2D array, got 1D array instead"):
            classifier().fit(np.arange(6.0), np.arange(6) % 2)
        with pytest.raises(ValueError, match=r"^Expected 2D array, got 1D array instead"):
            classifier().fit(*classes()).predict(np.arange(4.0))


@pytest.fixture(scope="module")
def known():
    """An estimator that knows no names of columns, and one that does."""
    X, y = classes()
    return [classifier(prepare=None).fit(x, y) for x in (X, pd.DataFrame(X, columns=list("abcd")))]


class TestKnownRows:
    """Arrays of which nothing is to be said pass by scikit-learn's checks: nobody can tell."""

    @pytest.mark.parametrize(
        "of",
        [
            lambda X: X,
            lambda X: X[:1],
            lambda X: X[::2, ::-1],
            lambda X: np.asfortranarray(X),
            lambda X: X.astype("float32"),
            lambda X: X.astype(">f8"),
            lambda X: X.astype("int64"),
            lambda X: X.tolist(),
            lambda X: pd.DataFrame(X),
            lambda X: pd.DataFrame(X, columns=list("abcd")),
            lambda X: np.ma.masked_array(X, mask=X > 2),
            lambda X: X[:0],
            lambda X: X[0],
            lambda X: X[:, :3],
            lambda X: X[..., None],
            lambda X: with_value(X, np.nan),
            lambda X: with_value(X, np.inf),
            lambda X: with_value(X, -np.inf),
            lambda X: with_value(X, 1e39),
            lambda X: with_value(X, -1e39),
            lambda X: with_value(X.astype("float32"), np.nan),
            lambda X: with_value(X.astype("float32"), np.inf),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("columns", [None, list("abcd")])
    def test_results_and_messages_are_those_of_the_checks(self, of, columns, known, monkeypatch):
        estimator, given = known[columns is not None], of(features(20))
        found = answer(estimator, given)
        monkeypatch.setattr(inputs, "_is_known", lambda *_: False)
        assert found == answer(estimator, given)

    def test_they_pass_by_the_checks(self, known, monkeypatch):
        X = features(20)
        expected = known[False].predict_proba(X)
        monkeypatch.delattr(inputs, "validate_data")
        assert np.array_equal(known[False].predict_proba(X), expected)
        with pytest.raises(NameError):
            known[True].predict_proba(X)

    def test_images_as_wide_as_tables(self):
        X = np.random.default_rng(0).normal(size=(20, 4, 4, 1))
        estimator = NNClassifier(recipe=IMAGES).fit(X, np.arange(20) % 2)
        assert message_of(lambda: estimator.predict(X[:, :, 0, 0])) == (
            "X has samples of shape (4,), but NNClassifier is expecting samples of shape (4, 4, 1)"
        )


def with_value(X, value):
    return np.where(np.arange(X.size).reshape(X.shape) == 5, np.array(value, X.dtype), X)


def answer(estimator, X):
    """What `predict_proba` gives, warns of, or raises."""
    with warnings.catch_warnings(record=True) as reported:
        warnings.simplefilter("always")
        try:
            found = estimator.predict_proba(X).tolist()
        except ValueError as error:
            found = str(error)
    return found, [str(warning.message) for warning in reported]


class TestTables:
    def test_column_names(self):
        X, y = classes()
        table = pd.DataFrame(X, columns=list("abcd"))
        estimator = classifier(prepare=None).fit(table, y)
        assert estimator.feature_names_in_.tolist() == list("abcd")
        assert np.array_equal(estimator.predict_proba(table), classifier().fit(X, y).predict_proba(X))
        with pytest.raises(ValueError, match=r"(?s)^The feature names should match .*same order"):
            estimator.predict(table[list("badc")])
        with pytest.raises(ValueError, match=r"(?s)^The feature names should .*seen at fit time, yet now missing"):
            estimator.predict(table[list("abc")])
        with pytest.warns(UserWarning, match=r"^X does not have valid feature names, but NNClassifier was fitted with"):
            estimator.predict(X)

    def test_names_are_forgotten_by_the_next_fit(self):
        X, y = classes()
        estimator = classifier().fit(pd.DataFrame(X, columns=list("abcd")), y).fit(X[:, :3], y)
        assert not hasattr(estimator, "feature_names_in_")
        assert estimator.n_features_in_ == 3

    @pytest.mark.parametrize("dtype", ["float32", "Int64", "Float64", "bool", "boolean", "int8"])
    def test_columns_of_numbers(self, dtype):
        X, y = classes()
        table = pd.DataFrame((X > 0) * 1.0, columns=list("abcd"))
        first, second = (classifier(prepare=None).fit(frame, y) for frame in (table.astype(dtype), table))
        assert same_bits(first, second, table)


class TestSeveralInputs:
    def inputs(self, n=40):
        rng = np.random.default_rng(0)
        return {"table": rng.normal(size=(n, 4)), "series": rng.normal(size=(n, 6, 3))}

    def test_a_dict_by_name(self):
        X, y = self.inputs(), np.arange(40) % 2
        estimator = NNClassifier(TWO, random_state=0, validation_fraction=0.25).fit(X, y)
        assert estimator.predict_proba(X).shape == (40, 2)
        assert not hasattr(estimator, "n_features_in_")
        turned = dict(reversed(X.items()))
        assert same_bits(estimator, NNClassifier(TWO, random_state=0, validation_fraction=0.25).fit(turned, y), turned)

    def test_tables_lists_and_sparse_ones(self):
        X, y = self.inputs(), np.arange(40) % 2
        settings = {"random_state": 0, "engine": "keras"}  # the one that sparse arrays can have
        estimator = NNClassifier(TWO, **settings).fit(X, y)
        for form in (sparse.csr_array, pd.DataFrame, list):
            assert same_bits(estimator, NNClassifier(TWO, **settings).fit({**X, "table": form(X["table"])}, y), X)

    def test_rows_of_weight_zero(self):
        X, y, weights = self.inputs(), np.arange(40) % 2, np.arange(40) % 3
        kept = {name: array[weights > 0] for name, array in X.items()}
        left_out = NNClassifier(TWO, random_state=0).fit(kept, y[weights > 0], weights[weights > 0])
        assert same_bits(NNClassifier(TWO, random_state=0).fit(X, y, weights), left_out, X)

    @pytest.mark.parametrize(
        "change, message",
        [
            (lambda X: X["table"], "^X must be a dict with an array for each input of the recipe: table, series$"),
            (lambda X: {"table": X["table"]}, "^X has the keys table, but the recipe has the inputs series, table$"),
            (lambda X: {**X, "table": X["table"][:3]}, "^Found input variables with inconsistent numbers of samples: "),
            (lambda X: {**X, "table": np.full((40, 4), np.nan)}, r"^Input X\['table'\] contains NaN\."),
            (
                lambda X: {**X, "table": X["table"][:, :3]},
                r"^inputs\.table\.shape: the recipe has the shape \(4,\)",
            ),
        ],
        ids=["array", "missing", "lengths", "NaN", "shape"],
    )
    def test_wrong_ones(self, change, message):
        with pytest.raises(ValueError, match=message):
            NNClassifier(TWO).fit(change(self.inputs()), np.arange(40) % 2)

    def test_a_wrong_shape_at_predict(self):
        estimator = NNClassifier(TWO, random_state=0).fit(self.inputs(), np.arange(40) % 2)
        found = "X['table'] has samples of shape (3,), but NNClassifier is expecting samples of shape (4,)"
        assert message_of(lambda: estimator.predict({**self.inputs(), "table": features(40)[:, :3]})) == found

    def test_a_dict_for_the_only_input(self):
        X, y = classes()
        estimator = classifier().fit({"input": X}, y)
        assert np.array_equal(estimator.predict_proba({"input": X}), classifier().fit(X, y).predict_proba(X))
