"""Compare a grid search of small networks with other packages: ``python benchmarks/grid_search.py``.

Each package has a virtual environment, created on first use from `requirements/`, and each search a new process. The
table has the median time of the runs in seconds, the ratio to nnbuild, and the scores. Two rows of nnbuild use a
folder of compiled programs: an empty one, and the same in a second process.
"""

import argparse
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

from contract import CACHE, machine, peer_result, replace


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--work", choices=list(WORKS), default="digits", help="network to search")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--rates", type=int, default=4, help="number of learning rates")
    parser.add_argument("--runs", type=int, default=3, help="runs per row; slow ones run once")
    parser.add_argument("--only", nargs="*", choices=[*ROWS, *PROGRAMS], metavar="ROW")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of the environments")
    parser.add_argument("--write", type=Path, help="file in which to replace the table")
    options = parser.parse_args()
    found = {}
    for row in options.only or WORKS[options.work][1]:
        print(f"{row} ...", flush=True)
        runs = [run(row, options)]
        while len(runs) < options.runs and runs[0]["seconds"] < SLOW_S:
            runs.append(run(row, options))
        found[row] = {**runs[0], "seconds": statistics.median(result["seconds"] for result in runs)}
    text = "\n".join([*table(found, options), "", machine()])
    print(text)
    if options.write:
        replace(options.write, text)


def run(row: str, options: argparse.Namespace) -> dict:
    """Run one search in a new process. For programs on disk, an earlier process stores them."""
    package, backend, n_jobs = ROWS["nnbuild, together" if row in PROGRAMS else row]
    arguments = (backend, n_jobs, options.epochs, options.rates, options.work)
    if row not in PROGRAMS:
        return peer_result(package, "grid_search_peer.py", *arguments, cache=options.cache)
    with TemporaryDirectory() as programs:
        for _ in range(PROGRAMS[row]):
            found = peer_result(package, "grid_search_peer.py", *arguments, programs, cache=options.cache)
    return found


def table(found: dict, options: argparse.Namespace) -> list[str]:
    """Return the lines of the table."""
    ours = next(iter(found.values()))["seconds"]
    what, _, n_fits = WORKS[options.work]
    title = f"{what}, {n_fits * options.rates} fits, {options.epochs} epochs"
    lines = [f"| {title} | seconds | times nnbuild's | of CPU | mean score | best score |", "| --- " * 6 + "|"]
    for row, result in found.items():
        times = f"{result['seconds']:.2f} | {result['seconds'] / ours:.1f} | {result['cpu']:.1f}"
        lines.append(f"| {row} | {times} | {result['mean']:.4f} | {result['best']:.4f} |")
    return lines


# Row -> package, joblib backend, n_jobs.
ROWS = {
    "nnbuild, together": ("nnbuild", "nnbuild", -1),
    "nnbuild, one by one": ("nnbuild", "", 1),
    "scikit-learn's MLP": ("sklearn_mlp", "", 1),
    "scikit-learn's MLP, 2 jobs": ("sklearn_mlp", "", 2),
    "skorch": ("skorch", "", 1),
    "SciKeras": ("scikeras", "", 1),
}
# Row -> number of processes with one folder of compiled programs; the last one is measured.
PROGRAMS = {"nnbuild, empty folder": 1, "nnbuild, programs on disk": 2}
# Network -> title, rows, fits per learning rate.
WORKS = {
    "digits": ("digits", ["nnbuild, together", *PROGRAMS, *list(ROWS)[1:]], 12),
    "cnn": ("two convolutions", ["nnbuild, together", "nnbuild, one by one", "SciKeras"], 3),
    "lstm": ("LSTM", ["nnbuild, together", "nnbuild, one by one", "SciKeras"], 3),
}
SLOW_S = 30  # longer runs are not repeated


if __name__ == "__main__":
    main()
