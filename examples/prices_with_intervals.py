"""From a CSV file to prices with intervals: a network learns quantiles, and a saved model predicts a new file.

`--data FILE.csv --target NAME` reads another table. By default, a synthetic one is written and read, with known noise.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from sklearn.metrics import mean_pinball_loss
from sklearn.model_selection import train_test_split

import nnbuild
from nnbuild import NNRegressor

QUANTILES = [0.05, 0.5, 0.95]  # limits of the intervals and the median; 90 % of the prices are inside


def write_prices(path, n_rows, seed=0):
    """Write flats whose price has a normal error of 5 % of the expected price, or 15 % in the old town."""
    rng = np.random.default_rng(seed)
    area, year = rng.uniform(25, 160, n_rows), rng.integers(1900, 2021, n_rows)
    district = rng.choice(["center", "harbor", "north", "old town", "south"], n_rows)
    condition = rng.choice(["new", "good", "poor"], n_rows)
    factor = pd.Series(district).map({"center": 1.6, "harbor": 1.3, "old town": 1.4}).fillna(1.0)
    factor = (factor * pd.Series(condition).map({"new": 1.2, "good": 1.0, "poor": 0.8})).to_numpy()
    expected = 2500 * factor * area**0.9 * (1 + 0.002 * (year - 1960))
    price = expected * (1 + np.where(district == "old town", 0.15, 0.05) * rng.normal(size=n_rows))
    table = pd.DataFrame({"area": area.round(1), "year": year.astype(float), "district": district})
    table = table.assign(condition=condition, price=price.round(-2))
    table.loc[rng.random(n_rows) < 0.1, "year"] = None
    table.to_csv(path, index=False)


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", type=Path, help="CSV file; by default synthetic flats")
parser.add_argument("--target", default="price", help="column to predict")
parser.add_argument("--rows", type=int, default=1200, help="number of synthetic flats")
parser.add_argument("--epochs", type=int, help="by default those of the recipe")
options = parser.parse_args()

with TemporaryDirectory() as folder:
    data = options.data or Path(folder) / "flats.csv"
    if options.data is None:
        write_prices(data, options.rows)
    X = pd.read_csv(data)
    y = X.pop(options.target)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

    loss = {"type": "Quantile", "quantiles": QUANTILES}
    regressor = NNRegressor("table", loss=loss, epochs=options.epochs, random_state=0).fit(X_train, y_train)
    model, new = Path(folder) / "prices.nnb", Path(folder) / "new.csv"
    regressor.save(model)
    X_test.head(3).to_csv(new, index=False)
    offers = pd.read_csv(new)
    offers[["low", "median", "high"]] = nnbuild.load(model).predict_quantiles(offers)

print(offers.round(0).to_string(index=False))
low, median, high = regressor.predict_quantiles(X_test).T
constant = np.quantile(y_train, QUANTILES)
losses = [mean_pinball_loss(y_test, found, alpha=q) for found, q in zip((low, median, high), QUANTILES, strict=True)]
baseline = [
    mean_pinball_loss(y_test, np.full(len(y_test), c), alpha=q) for c, q in zip(constant, QUANTILES, strict=True)
]
print(f"mean width of the intervals: {(high - low).mean():.0f}, of one for all: {constant[2] - constant[0]:.0f}")
print(f"pinball loss, part of that of constants: {np.mean(losses) / np.mean(baseline):.3f}")
print(f"coverage: {((low <= y_test) & (y_test <= high)).mean():.3f}")
