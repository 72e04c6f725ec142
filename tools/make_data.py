"""Writes the data sets of data/ that come from an installed package: ``python tools/make_data.py``.

A test compares the files with what this writes.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from sklearn.datasets import load_digits

FOLDER = Path(__file__).parents[1] / "data"


def main() -> None:
    write(FOLDER / "digits.csv.gz", digits())


def digits() -> str:
    """scikit-learn's digits as CSV: 64 pixels, row by row, then the digit."""
    data = load_digits()
    header = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)] + ["digit"]
    rows = [[*map(int, pixels), int(digit)] for pixels, digit in zip(data.data, data.target, strict=True)]
    return "".join(",".join(map(str, row)) + "\n" for row in [header, *rows])


def write(path: Path, text: str) -> None:
    """The compressed file, without the time of its making: the same text, the same bytes."""
    path.write_bytes(gzip.compress(text.encode("utf-8"), 9, mtime=0))


if __name__ == "__main__":
    main()
