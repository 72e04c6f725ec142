"""Compare reading and preparing CSV files with pandas.read_csv.

    python benchmarks/read_table.py                  # vary columns, rows and categories
    python benchmarks/read_table.py --most 10000     # at most 10,000 columns

Each line has times in seconds for one table: pandas.read_csv, `read_table`, fit and transform of `TablePreparation`;
and the ratio of `read_table` to pandas. Times should be linear in the size of the table.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from nnbuild.inputs.files import read_table
from nnbuild.inputs.table.preparation import TablePreparation

HEADER = ("table", "pandas", "read", "fit", "prepare", "read/pandas")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=100_000, help="Maximum number of columns.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="Maximum number of rows.")
    given = parser.parse_args()
    print("{:34} {:>9} {:>9} {:>9} {:>9} {:>12}".format(*HEADER))
    for n_columns in (100, 1_000, 10_000, 100_000):
        if n_columns <= given.most:
            report(f"{n_columns:,} columns, 50 rows", numbers(50, n_columns))
    for n_rows in (10_000, 100_000, 1_000_000):
        if n_rows <= given.rows:
            report(f"{n_rows:,} rows, 10 columns", numbers(n_rows, 10))
            report(f"{n_rows:,} rows, dollars and dates", notations(n_rows))
    for n_categories in (1_000, 10_000, 100_000):
        report(f"{n_categories:,} categories, {4 * n_categories:,} rows", categories(n_categories))


def numbers(n_rows: int, n_columns: int) -> pd.DataFrame:
    """Return numbers with three decimals."""
    values = np.random.default_rng(0).normal(size=(n_rows, n_columns)).round(3)
    return pd.DataFrame(values, columns=[f"column_{number}" for number in range(n_columns)])


def notations(n_rows: int) -> pd.DataFrame:
    """Return prices such as $1,234.50 and dates such as 03/14/2015."""
    rng = np.random.default_rng(0)
    days = pd.Timestamp("2015-01-01") + pd.to_timedelta(rng.integers(0, 3650, n_rows), unit="D")
    prices = [f"${price:,.2f}" for price in rng.uniform(1, 9999, n_rows).tolist()]
    return pd.DataFrame({"price": prices, "day": days.strftime("%m/%d/%Y"), "size": rng.normal(size=n_rows)})


def categories(n_categories: int) -> pd.DataFrame:
    """Return a text column with many categories."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {"category": [f"category {code}" for code in rng.integers(0, n_categories, 4 * n_categories)], "size": 1.5}
    )


def report(name: str, frame: pd.DataFrame) -> None:
    """Print the times for one table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        frame.to_csv(path, index=False)
        pandas_s, _ = timed(lambda: pd.read_csv(path))
        read_s, table = timed(lambda: read_table(path))
    fit_s, preparation = timed(lambda: TablePreparation.fitted(table))
    prepare_s, _ = timed(lambda: preparation.transformed(table))
    row = (pandas_s, read_s, fit_s, prepare_s)
    print("{:34} {:9.3f} {:9.3f} {:9.3f} {:9.3f} {:12.1f}".format(name, *row, read_s / pandas_s), flush=True)


def timed(run: Callable[[], object]) -> tuple[float, object]:
    """Return the time of a call in seconds, and its result."""
    began = time.perf_counter()
    found = run()
    return time.perf_counter() - began, found


if __name__ == "__main__":
    main()
