"""Fit one model of `tables.py` on tables: ``python tables_peer.py PACKAGE MODEL FOLDER SPLIT SEED MAX_ROWS SET ...``.

Prints the scores and times by data set as JSON.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from sklearn import datasets
from sklearn.metrics import accuracy_score, log_loss, root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder

MAX_TEST_ROWS = 10_000
MAX_ONE_HOT = 50


class Table(NamedTuple):
    """Training set and test set of a table; classes are integers from 0."""

    is_classes: bool
    X_train: pd.DataFrame
    y_train: np.ndarray
    X_test: pd.DataFrame
    y_test: np.ndarray


def main(package: str, model: str, folder: str, split: str, seed: str, max_rows: str, *names: str) -> None:
    warnings.simplefilter("ignore")
    found = {}
    for name, read in readers(Path(folder) if folder != "-" else None).items():
        if not names or name in names:
            table = split_table(*read(), int(split), int(max_rows))
            found[name] = scores(MODELS[model](table.is_classes, int(seed)), table)
            print(name, found[name], file=sys.stderr, flush=True)
    print(json.dumps(found))


def readers(folder: Path | None) -> dict[str, Callable[[], tuple[pd.DataFrame, pd.Series]]]:
    """Return functions that read features and targets, for the tables in a folder, or for those in scikit-learn.

    A folder has a `manifest.json`: a list `datasets` with `name`, `file` (CSV), `target` and `task` of each.
    """
    if folder is None:
        loaders = (datasets.load_breast_cancer, datasets.load_wine, datasets.load_digits, datasets.load_diabetes)
        return {load.__name__.removeprefix("load_"): partial(_of_scikit_learn, load) for load in loaders}
    listed = json.loads((folder / "manifest.json").read_text("utf-8"))["datasets"]
    return {row["name"]: partial(_read, folder, row) for row in listed if row["task"] in TASKS}


def _of_scikit_learn(load: Callable) -> tuple[pd.DataFrame, pd.Series]:
    bunch = load(as_frame=True)
    names = getattr(bunch, "target_names", None)
    y = bunch.target if names is None else bunch.target.map(lambda label: f"class {label}")
    return bunch.data, y


def _read(folder: Path, row: dict) -> tuple[pd.DataFrame, pd.Series]:
    X = pd.read_csv(folder / row["file"], low_memory=False)
    y = X.pop(row["target"])
    for name, column in X.items():
        X[name] = column.astype(float) if is_numeric_dtype(column) else _as_text(column)
    return X, y if row["task"] == "regression" else y.astype(str)


def _as_text(column: pd.Series) -> pd.Series:
    return column.astype(object).where(column.notna(), "missing").astype(str)


def split_table(X: pd.DataFrame, y: pd.Series, seed: int, max_rows: int) -> Table:
    """Return a split with a test set of 25 %, stratified by class, of at most `max_rows` training rows."""
    is_classes = not is_numeric_dtype(y)
    if is_classes:  # a class needs samples in both parts
        kept = y.map(y.value_counts()) >= 4
        X, y = X[kept], y[kept]
        y = pd.Series(LabelEncoder().fit_transform(y), index=y.index)
    indices = np.arange(len(y))
    train, test = train_test_split(indices, test_size=0.25, random_state=seed, stratify=y if is_classes else None)
    rng = np.random.RandomState(seed)
    train, test = rng.permutation(train)[:max_rows], rng.permutation(test)[:MAX_TEST_ROWS]
    X_train, X_test, y_train, y_test = X.iloc[train], X.iloc[test], y.iloc[train], y.iloc[test]
    if is_classes:  # labels are again integers from 0 if the limit leaves out a class
        encoder = LabelEncoder().fit(y_train)
        known = y_test.isin(encoder.classes_)
        X_test, y_test = X_test[known], encoder.transform(y_test[known])
        y_train = encoder.transform(y_train)
    return Table(
        is_classes,
        X_train.reset_index(drop=True),
        np.asarray(y_train, None if is_classes else float),
        X_test.reset_index(drop=True),
        np.asarray(y_test, None if is_classes else float),
    )


def scores(model: Any, table: Table) -> dict[str, float]:
    started = time.perf_counter()
    model.fit(table.X_train, table.y_train)
    fit_s = time.perf_counter() - started
    started = time.perf_counter()
    predicted = np.asarray(model.predict(table.X_test)).ravel()
    predict_s = time.perf_counter() - started
    times = {"fit_s": fit_s, "predict_s": predict_s, "n_train": len(table.y_train)}
    if not table.is_classes:
        rmse = float(root_mean_squared_error(table.y_test, predicted))
        return {"loss": rmse, "error": rmse, **times}
    labels = np.arange(table.y_train.max() + 1)
    loss = float(log_loss(table.y_test, model.predict_proba(table.X_test), labels=labels))
    return {"loss": loss, "error": 1 - float(accuracy_score(table.y_test, predicted)), **times}


def nnbuild_model(recipe: str) -> Callable:
    def make(is_classes: bool, seed: int):
        from nnbuild import NNClassifier, NNRegressor

        return (NNClassifier if is_classes else NNRegressor)(recipe, random_state=seed)

    return make


def sklearn_mlp(is_classes: bool, seed: int):
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.preprocessing import StandardScaler

    if is_classes:
        return _prepared(MLPClassifier(random_state=seed), StandardScaler())
    regressor = TransformedTargetRegressor(MLPRegressor(random_state=seed), transformer=StandardScaler())
    return _prepared(regressor, StandardScaler())


def hist_gradient_boosting(is_classes: bool, seed: int):
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingClassifier if is_classes else HistGradientBoostingRegressor
    return _prepared(kind(random_state=seed))


def lightgbm(is_classes: bool, seed: int):
    from lightgbm import LGBMClassifier, LGBMRegressor

    return _prepared((LGBMClassifier if is_classes else LGBMRegressor)(random_state=seed, verbose=-1))


def _prepared(model: Any, *scalers: Any) -> Any:
    """Return a pipeline that imputes by the median and encodes categories one-hot, for models that require it."""
    from sklearn.compose import ColumnTransformer, make_column_selector
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    numeric = make_pipeline(SimpleImputer(strategy="median"), *scalers)
    categories = OneHotEncoder(handle_unknown="ignore", max_categories=MAX_ONE_HOT, sparse_output=False)
    columns = ColumnTransformer(
        [
            ("numeric", numeric, make_column_selector(dtype_include=np.number)),
            ("categories", categories, make_column_selector(dtype_exclude=np.number)),
        ]
    )
    return make_pipeline(columns, model)


class CatBoost:
    """CatBoost with the names of its categorical columns."""

    def __init__(self, is_classes: bool, seed: int):
        from catboost import CatBoostClassifier, CatBoostRegressor

        self._kind, self._seed = CatBoostClassifier if is_classes else CatBoostRegressor, seed

    def fit(self, X: pd.DataFrame, y: np.ndarray):
        columns = [name for name in X if not is_numeric_dtype(X[name])]
        self._model = self._kind(
            random_seed=self._seed, verbose=0, cat_features=columns, thread_count=2, allow_writing_files=False
        )
        self._model.fit(X, y)
        self.predict, self.predict_proba = self._model.predict, getattr(self._model, "predict_proba", None)
        return self


class RealMLP:
    """pytabkit's RealMLP-TD with the names of its categorical columns; it refuses missing numbers."""

    def __init__(self, is_classes: bool, seed: int):
        from pytabkit import RealMLP_TD_Classifier, RealMLP_TD_Regressor

        kind = RealMLP_TD_Classifier if is_classes else RealMLP_TD_Regressor
        self._model = kind(device="cpu", random_state=seed, n_threads=2)

    def fit(self, X: pd.DataFrame, y: np.ndarray):
        self._medians = X.median(numeric_only=True).fillna(0)
        columns = [name for name in X if not is_numeric_dtype(X[name])]
        self._model.fit(X.fillna(self._medians), y, cat_col_names=columns or None)
        return self

    def predict(self, X: pd.DataFrame):
        return self._model.predict(X.fillna(self._medians))

    def predict_proba(self, X: pd.DataFrame):
        return self._model.predict_proba(X.fillna(self._medians))


TASKS = ("binary", "multiclass", "regression")
MODELS: dict[str, Callable] = {
    "nnbuild_table": nnbuild_model("table"),
    "nnbuild_tabm": nnbuild_model("tabm"),
    "nnbuild_realmlp": nnbuild_model("realmlp"),
    "nnbuild_mlp": nnbuild_model("mlp"),
    "catboost": CatBoost,
    "lightgbm": lightgbm,
    "hist_gradient_boosting": hist_gradient_boosting,
    "realmlp_td": RealMLP,
    "sklearn_mlp": sklearn_mlp,
}


if __name__ == "__main__":
    main(*sys.argv[1:])
