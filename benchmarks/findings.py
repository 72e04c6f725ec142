"""Count false alarms of the diagnosis: ``python benchmarks/findings.py --data DIR``.

There are 30 healthy pairs: a recipe of the gallery with its defaults, and data of its kind. Each pair is examined by
`nnbuild doctor` and trained by `nnbuild train`. Findings of severity warning and above are alarms. An alarm is true if
the numbers of the training confirm it, by the rules in `is_true`; others are false. DIR contains the data sets of
README.md; pairs of missing ones are skipped. With `--results FILE`, finished pairs are not repeated.
"""

import argparse
import json
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from click.testing import CliRunner
from gallery_sets import SETS, read
from sklearn.datasets import load_digits

from nnbuild.cli.main import main as nnbuild_command

MAX_ROWS = 2000
IMAGES = "images of digits"
BUNDLED = ("breast_cancer", "diabetes", "digits", "iris", "wine")


class Pair(NamedTuple):
    """Recipe, data set, further arguments of the commands, and number of epochs if it is not that of the recipe."""

    recipe: str
    data: str
    words: tuple[str, ...] = ()
    epochs: int | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of data sets; by default only bundled ones")
    parser.add_argument("--results", type=Path, metavar="FILE", help="JSON file of finished pairs")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    results = json.loads(options.results.read_text("utf-8")) if options.results and options.results.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        for pair in PAIRS:
            key = " ".join((pair.recipe, pair.data, *pair.words))
            source = source_of(pair.data, options.data, Path(folder))
            if key in results or source is None:
                continue
            results[key] = examined(pair, source)
            print(f"{key}: {results[key]}", flush=True)
            if options.results:
                options.results.write_text(json.dumps(results, indent=1), "utf-8")
    print("\n".join(report(results)))


def source_of(name: str, folder: Path | None, written: Path) -> str | None:
    """Return the argument of ``--data``: a bundled set, or a file with at most 2,000 rows; None for a missing file."""
    if name in BUNDLED:
        return name
    if name == IMAGES:
        X, y = load_digits(return_X_y=True)
        np.savez(written / "digits.npz", X=(X.reshape(-1, 8, 8, 1) / 16).astype("float32"), y=y)
        return str(written / "digits.npz")
    if folder is None:
        return None
    if (folder / f"{name}.csv.gz").is_file():
        table = pd.read_csv(folder / f"{name}.csv.gz")
        file = written / f"{name}.csv"
        table.sample(min(MAX_ROWS, len(table)), random_state=0).to_csv(file, index=False)
        return str(file)
    if name not in SETS or not (folder / f"{name}.npz").is_file():
        return None
    split, file = read(folder, name), written / f"{name}.npz"
    X, y = np.concatenate([split.X_train, split.X_test]), np.concatenate([split.y_train, split.y_test])
    rows = np.random.default_rng(0).permutation(len(y))[:MAX_ROWS]
    np.savez(file, X=X[rows], y=y[rows])
    return str(file)


def examined(pair: Pair, source: str) -> dict:
    """Return the alarms of a pair before and after training, each with whether it is true, and the scores."""
    words = (pair.recipe, "--data", source, "--seed", "0", *pair.words)
    epochs = ("--epochs", str(pair.epochs)) if pair.epochs else ()
    before, after = run("doctor", *words), run("train", *words, *epochs)
    found = {one["code"]: one for one in (*before["findings"], *after["findings"]) if one["severity"] != "hint"}
    alarms = {code: [is_true(code, after), *one["evidence"]] for code, one in found.items()}
    scores = {key: after["scores"][key] for key in ("values", "training", "baseline") if key in after["scores"]}
    return {"alarms": alarms, "scores": scores, "n_epochs": after["training"]["n_epochs"]}


def run(*words: str) -> dict:
    """Return the JSON output of a command. Its exit status is 1 if there is an error among the findings."""
    done = CliRunner().invoke(nnbuild_command, [*words, "--json"])
    if not done.stdout:
        raise RuntimeError(f"nnbuild {' '.join(words)}: {done.output}") from done.exception
    return json.loads(done.stdout)


def is_true(code: str, run: dict) -> bool:
    """Return whether the numbers of a training confirm an alarm."""
    scores, curves = run["scores"], {name: np.array(values) for name, values in run["curves"].items()}
    name = "accuracy" if "accuracy" in scores["values"] else "r2"
    test, training, baseline = (scores[key].get(name, 0.0) for key in ("values", "training", "baseline"))
    kept = run["training"]["best_epoch"] - 1
    if code == "overfitting":
        return training - test >= 0.05
    if code in ("underfitting", "flat_loss", "one_class", "below_baseline"):
        return test - baseline < 0.05 * (1 - baseline)
    if code == "better_epoch":
        return curves["val_loss"].min() <= 0.95 * curves["val_loss"][kept]
    return code == "unstable" and curves["loss"][-1] >= 1.1 * curves["loss"].min()


def report(results: dict) -> Iterator[str]:
    """Yield a table of alarms, and their numbers."""
    yield "| pair | alarm | | evidence |"
    yield "| --- | --- | --- | --- |"
    for key, found in results.items():
        for code, (true, *evidence) in found["alarms"].items():
            yield f"| {key} | {code} | {'true' if true else 'FALSE'} | {'; '.join(evidence)} |"
    alarms = [true for found in results.values() for true, *_ in found["alarms"].values()]
    n_false = sum(any(not true for true, *_ in found["alarms"].values()) for found in results.values())
    yield f"\n{len(results)} pairs, {len(alarms)} alarms, {n_false} pairs with a false alarm"


TEXT = ("--target", "label")
PAIRS = [
    *(Pair("mlp", name) for name in ("iris", "wine", "breast_cancer", "diabetes")),
    Pair("perceptron", "iris"),
    Pair("digits_mlp", "digits"),
    Pair("small_cnn", IMAGES),
    Pair("residual_mlp", "breast_cancer"),
    Pair("regression_mlp", "diabetes"),
    Pair("realmlp", "wine"),
    Pair("table", "wine", epochs=12),
    *(Pair("mlp", name) for name in ("adult", "titanic", "german_credit", "spambase", "abalone", "mushroom")),
    *(Pair("regression_mlp", name) for name in ("california_housing", "concrete", "cpu_act")),
    Pair("residual_mlp", "letter"),
    Pair("table", "titanic", epochs=12),
    Pair("small_cnn", "mnist_t10k"),
    Pair("fcn", "italy_power_demand"),
    Pair("fcn", "gun_point"),
    Pair("gru", "italy_power_demand"),
    Pair("lstm", "basic_motions"),
    Pair("text_mlp", "sms_spam", TEXT),
    Pair("text_cnn", "sms_spam", TEXT),
    Pair("text_mlp", "movie_review_polarity", TEXT),
]


if __name__ == "__main__":
    main()
