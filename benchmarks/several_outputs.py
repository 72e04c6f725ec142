"""Compare one network of two outputs with two networks of one: ``python benchmarks/several_outputs.py --data FOLDER``.

On the adult table (income and hours per week), if the folder has it, and on drawn shapes (kind and position). Each data
set is trained with all targets, and with a tenth of the targets of the second output. The networks have the same layers
before the output, and the settings of their recipes. The figures are means and standard deviations over seeds, which
draw split, missing targets and initial weights.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from contract import machine
from sklearn.model_selection import train_test_split

from nnbuild import NNMultiOutput
from nnbuild.datasets import make_shapes
from nnbuild.metrics import output_scorer

SHARES = (1.0, 0.1)  # of the training samples that have a target for the second output
ONE, UNCERTAIN, TWO = "one network", "one network, uncertainty", "two networks"


class Case(NamedTuple):
    """A data set.

    Attributes
    ----------
    name, recipe : str
    X : DataFrame or array of shape (n_samples, ...)
    y : DataFrame
    outputs : dict of str to dict
        Two outputs, as in a recipe.
    settings : dict
        Parameters of the estimator.
    """

    name: str
    recipe: str
    X: Any
    y: pd.DataFrame
    outputs: dict[str, dict]
    settings: dict


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--data", type=Path, help="folder with adult.csv.gz")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(
        "--rows", type=int, default=8000, help="maximum number of rows of a data set, three quarters to train"
    )
    parser.add_argument("--epochs", type=int, help="maximum number of epochs; by default that of the recipe")
    options = parser.parse_args()
    for case in cases(options):
        print(f"\n{case.name}: {min(len(case.y), options.rows):,} rows, recipe {case.recipe}, {options.seeds} seeds\n")
        print("\n".join(table(case, options)))
    print(f"\n{machine()}")


def cases(options: argparse.Namespace) -> Iterator[Case]:
    epochs = {} if options.epochs is None else {"epochs": options.epochs}
    if options.data:
        frame = pd.read_csv(options.data / "adult.csv.gz")
        targets = {"income": {}, "hours": {"target": "hours_per_week", "task": "regression"}}
        y = frame[["income", "hours_per_week"]].astype({"hours_per_week": "float64"})
        yield Case("adult", "mlp", frame.drop(columns=y.columns), y, targets, epochs)
    X, y = make_shapes(min(2000, options.rows), noise=0.4, random_state=0)
    yield Case("shapes", "small_cnn", X, y, {"kind": {}, "position": {"target": ["x", "y"]}}, epochs)


def table(case: Case, options: argparse.Namespace) -> list[str]:
    """Return the lines of a table with a row for each share of targets and way of training."""
    first, second = case.outputs
    head = (
        "targets of the second output",
        "training",
        f"accuracy of {first}",
        f"R2 of {second}",
        "parameters",
        "seconds",
    )
    rows = [head, ("---",) * len(head)]
    for share in SHARES:
        found: dict[str, list[list[float]]] = {}
        for seed in range(options.seeds):
            for way, figures in run(case, share, seed, options.rows).items():
                found.setdefault(way, []).append(figures)
        for way, values in found.items():
            scores = np.array(values)
            cells = [f"{mean:.3f} ± {deviation:.3f}" for mean, deviation in zip(*spread(scores[:, :2]), strict=True)]
            rows.append((f"{share:.0%}", way, *cells, f"{scores[0, 2]:,.0f}", f"{np.median(scores[:, 3]):.1f}"))
    return [f"| {' | '.join(row)} |" for row in rows]


def spread(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation over seeds; 0 for a single seed."""
    return values.mean(axis=0), values.std(axis=0, ddof=1) if len(values) > 1 else np.zeros(values.shape[1])


def run(case: Case, share: float, seed: int, n_rows: int) -> dict[str, list[float]]:
    """Return the scores of both outputs, parameters and seconds of each way of training, for one split."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(case.y))[:n_rows]
    train, test = train_test_split(rows, random_state=seed, stratify=case.y.iloc[rows, 0])
    y_train = case.y.iloc[train].copy()
    y_train.loc[rng.random(len(train)) >= share, case.y.columns[1:]] = np.nan
    X = case.X.iloc if isinstance(case.X, pd.DataFrame) else case.X
    data = X[train], y_train, X[test], case.y.iloc[test]
    one_each = [trained(case, {name: output}, seed, *data) for name, output in case.outputs.items()]
    return {
        TWO: [one_each[0][0], one_each[1][0], *(one_each[0][place] + one_each[1][place] for place in (-2, -1))],
        ONE: trained(case, case.outputs, seed, *data),
        UNCERTAIN: trained(case, case.outputs, seed, *data, loss_weighting="uncertainty"),
    }


def trained(
    case: Case, outputs: dict, seed: int, X: Any, y: pd.DataFrame, X_test: Any, y_test: pd.DataFrame, **settings: Any
) -> list[float]:
    """Return the score of each output on the test set, the number of parameters, and the seconds of the fit."""
    columns = [column for name, output in outputs.items() for column in as_list(output.get("target", name))]
    known = y[columns].notna().any(axis=1).to_numpy()
    model = NNMultiOutput(case.recipe, outputs=outputs, random_state=seed, **case.settings, **settings)
    start = time.perf_counter()
    model.fit(X[known], y.loc[known, columns])
    seconds = time.perf_counter() - start
    scores = [output_scorer(name)(model, X_test, y_test[columns]) for name in outputs]
    return [*scores, model.model_.count_params(), seconds]


def as_list(target: str | list[str]) -> list[str]:
    return [target] if isinstance(target, str) else target


if __name__ == "__main__":
    main()
