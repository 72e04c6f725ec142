"""Write the data sets of data/: ``python tools/make_data.py``.

They are data sets of scikit-learn with unchanged values, and `xor`, the repeated truth table. A test
compares the files with the output of this tool.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_linnerud, load_wine

FOLDER = Path(__file__).parents[1] / "data"


def main() -> None:
    for name, text in TEXTS.items():
        write(FOLDER / f"{name}.csv.gz", text())


def breast_cancer() -> str:
    """Return the 30 features of the cell nuclei, then the diagnosis as text."""
    data = load_breast_cancer()
    return table([*map(column, data.feature_names), "diagnosis"], data.data, data.target_names[data.target])


def diabetes() -> str:
    """Return the 10 measurements in their original units, then the disease progression after one year."""
    data = load_diabetes(scaled=False)
    return table([*data.feature_names, "progression"], data.data, data.target)


def digits() -> str:
    """Return the 64 pixels, row by row, then the digit."""
    data = load_digits()
    pixels = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
    return table([*pixels, "digit"], data.data.astype(int), data.target)


def iris() -> str:
    """Return the four lengths in cm, then the species as text."""
    data = load_iris()
    return table([*map(column, data.feature_names), "species"], data.data, data.target_names[data.target])


def linnerud() -> str:
    """Return the three exercises, then the three targets weight, waist and pulse."""
    data = load_linnerud()
    rows = np.column_stack([data.data, data.target])
    return table([name.lower() for name in (*data.feature_names, *data.target_names)], rows[:, :-1], rows[:, -1])


def wine() -> str:
    """Return the 13 results of the chemical analysis, then the cultivar, counted from 1 as in the UCI repository."""
    data = load_wine()
    return table([*map(column, data.feature_names), "cultivar"], data.data, data.target + 1)


def xor() -> str:
    """Return both bits, then their exclusive or; repeated 25 times, so that a random split contains all four cases."""
    bits = [(a, b) for a in (0, 1) for b in (0, 1)] * 25
    return table(["a", "b", "xor"], bits, [a ^ b for a, b in bits])


def column(feature_name: str) -> str:
    """Return a feature name of scikit-learn as an identifier: ``sepal length (cm)`` becomes ``sepal_length_cm``."""
    letters = "".join(letter if letter.isalnum() else " " for letter in feature_name)
    return "_".join(letters.split())


def table(header: Sequence[str], features: Iterable[Iterable], target: Iterable) -> str:
    """Return a table as CSV, with the target last. Numbers are written exactly."""
    rows = ([*row, value] for row, value in zip(features, target, strict=True))
    return "".join(",".join(map(str, row)) + "\n" for row in [header, *rows])


def write(path: Path, text: str) -> None:
    """Write a compressed file without a timestamp, so that equal texts give equal bytes."""
    path.write_bytes(gzip.compress(text.encode("utf-8"), 9, mtime=0))


# Name of each data set -> function that returns its text.
TEXTS: dict[str, Callable[[], str]] = {
    "breast_cancer": breast_cancer,
    "diabetes": diabetes,
    "digits": digits,
    "iris": iris,
    "linnerud": linnerud,
    "wine": wine,
    "xor": xor,
}


if __name__ == "__main__":
    main()
