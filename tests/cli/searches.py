"""Recipe, table and command of the tests of `nnbuild search`."""

import csv
import json
from pathlib import Path

from click.testing import CliRunner

from cases import dense, net
from nnbuild.cli.main import main

RECIPE = net(
    dense("$n", activation="relu"),
    params={"n": 4, "rate": 0.05},
    training={"learning_rate": "$rate", "epochs": 2},
    search={"n": [3, 4], "rate": [0.01, 0.1]},
)


def write_files(folder: Path) -> None:
    """Write the recipe and the table."""
    (folder / "net.json").write_text(json.dumps({"nnbuild": 1, **RECIPE}), "utf-8")
    rows = [f"{index % 7},{'red' if index % 3 else 'blue'},{'yes' if index % 7 > 3 else 'no'}" for index in range(63)]
    (folder / "table.csv").write_text("\n".join(["size,colour,answer", *rows]) + "\n", "utf-8")


def run(*words: str):
    return CliRunner().invoke(main, ["search", "net.json", "--data", "table.csv", "--cv", "2", *words])


def without_seconds(file: Path) -> list[dict]:
    """The rows of a table of results."""
    with file.open(newline="", encoding="utf-8") as lines:
        return [{name: cell for name, cell in row.items() if "time" not in name} for row in csv.DictReader(lines)]
