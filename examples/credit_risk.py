"""From a CSV file to a decision by cost: probabilities of loan defaults, with categories and missing values.

`--data FILE.csv --target NAME` reads another table with two classes. By default, a
synthetic one is written and read.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from sklearn.inspection import permutation_importance
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split

import nnbuild
from nnbuild import NNClassifier

COST_OF_DEFAULT, COST_OF_REFUSAL = 5.0, 1.0  # of a loan that defaults, and of refusing one that would be repaid


def write_applications(path, n_rows, seed=0):
    """Write applications. The log odds of a default depend on all columns; `months` counts for large amounts only."""
    rng = np.random.default_rng(seed)
    amount, months = rng.lognormal(8, 0.7, n_rows), rng.choice([12, 24, 36, 48, 60], n_rows)
    job, purpose = rng.choice(["none", "temporary", "permanent"], n_rows), rng.choice(list("ABCDEF"), n_rows)
    income = rng.lognormal(7.6, 0.5, n_rows)
    logits = -2.2 + 1.2 * (np.log(amount) - 8) - 0.9 * (np.log(income) - 7.6) + 0.04 * (months - 36) * (amount > 3000)
    logits += pd.Series(job).map({"none": 1.0, "temporary": 0.4, "permanent": -0.4}).to_numpy() + 0.8 * (purpose == "C")
    default = np.where(rng.random(n_rows) < 1 / (1 + np.exp(-logits)), "yes", "no")
    table = pd.DataFrame({"amount": amount.round(), "months": months, "income": income.round(), "job": job})
    table = table.assign(purpose=purpose, default=default)
    table.loc[rng.random(n_rows) < 0.1, "income"] = None
    table.loc[rng.random(n_rows) < 0.05, "job"] = None
    table.to_csv(path, index=False)


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", type=Path, help="CSV file; by default synthetic applications")
parser.add_argument("--target", default="default", help="column of the classes; the rarer one is the risk")
parser.add_argument("--rows", type=int, default=1200, help="number of synthetic applications")
parser.add_argument("--epochs", type=int, help="by default those of the recipe")
options = parser.parse_args()

with TemporaryDirectory() as folder:
    data = options.data or Path(folder) / "applications.csv"
    if options.data is None:
        write_applications(data, options.rows)
    X = pd.read_csv(data)
    y = X.pop(options.target)
    if y.nunique() != 2:
        raise SystemExit(f"{options.target!r} has {y.nunique()} classes, must have 2")
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

    classifier = NNClassifier("table", epochs=options.epochs, random_state=0).fit(X_train, y_train)
    risk = y_train.value_counts().index[-1]
    of_risk = list(classifier.classes_).index(risk)
    classifier.save(Path(folder) / "risk.nnb")
    probabilities = nnbuild.load(Path(folder) / "risk.nnb").predict_proba(X_test)

print(f"same after loading: {np.array_equal(probabilities, classifier.predict_proba(X_test))}")
print(f"members: {len(classifier.members_)}, temperature: {classifier.temperature_:.2f}")
is_default, predicted = (y_test == risk).to_numpy(), probabilities[:, of_risk]
print(f"log loss: {log_loss(y_test, probabilities, labels=classifier.classes_):.3f}")
print(f"ROC AUC: {roc_auc_score(is_default, predicted):.3f}")
print(f"predicted share of {risk!r}: {predicted.mean():.3f}, true share: {is_default.mean():.3f}")

# Refusing costs less on average if p * COST_OF_DEFAULT > (1 - p) * COST_OF_REFUSAL.
threshold = COST_OF_REFUSAL / (COST_OF_REFUSAL + COST_OF_DEFAULT)
for name, limit in {"by cost": threshold, "at 0.5": 0.5, "accept all": 1.0}.items():
    refused = predicted > limit
    cost = np.where(refused, COST_OF_REFUSAL * ~is_default, COST_OF_DEFAULT * is_default).mean()
    print(f"mean cost, {name}: {cost:.3f}")

found = permutation_importance(classifier, X_test, y_test, scoring="neg_log_loss", n_repeats=3, random_state=0)
for place in np.argsort(-found.importances_mean):
    print(f"importance of {X.columns[place]}: {found.importances_mean[place]:.3f}")
