"""Measure and plot the time of a grid search by number of fits: ``python benchmarks/scaling.py``.

Runs the search of `grid_search.py` with increasing numbers of learning rates, each in a new process. Skips searches
whose estimated time exceeds a limit.
"""

import argparse
import json
from pathlib import Path

import matplotlib.pyplot as plt
from contract import CACHE, HERE, machine, peer_result
from grid_search import ROWS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument(
        "--rates", type=int, nargs="*", default=[1, 4, 10, 40], help="numbers of learning rates, with 12 fits each"
    )
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--most", type=float, default=200, help="limit of the estimated time of a search, in seconds")
    parser.add_argument("--only", nargs="*", choices=list(ROWS), default=list(ROWS), metavar="ROW")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of the environments")
    parser.add_argument("--chart", type=Path, default=HERE / "scaling.svg")
    options = parser.parse_args()
    found = {row: times(row, options) for row in options.only}
    print("\n".join([*table(found), "", machine(), json.dumps(found)]))
    draw(found, options.chart)


def times(row: str, options: argparse.Namespace) -> dict[int, float]:
    """Return the time in seconds by number of fits."""
    found: dict[int, float] = {}
    package, backend, n_jobs = ROWS[row]
    for n_rates in options.rates:
        if found and max(found.values()) * 12 * n_rates / max(found) > options.most:
            break
        print(f"{row}, {12 * n_rates} fits ...", flush=True)
        arguments = (backend, n_jobs, options.epochs, n_rates, "digits")
        found[12 * n_rates] = peer_result(package, "grid_search_peer.py", *arguments, cache=options.cache)["seconds"]
    return found


def table(found: dict[str, dict[int, float]]) -> list[str]:
    """Return the lines of the table, with numbers of fits in columns."""
    numbers = sorted({number for seconds in found.values() for number in seconds})
    rows = [["fits", *map(str, numbers)], ["---"] * (len(numbers) + 1)]
    rows += [[row, *(f"{s[n]:.1f}" if n in s else "" for n in numbers)] for row, s in found.items()]
    return [f"| {' | '.join(cells)} |" for cells in rows]


def draw(found: dict[str, dict[int, float]], file: Path) -> None:
    """Write a chart with logarithmic axes."""
    figure, axes = plt.subplots(figsize=(6.4, 4), layout="constrained")
    for row, seconds in found.items():
        axes.loglog(list(seconds), list(seconds.values()), marker="o", label=row)
    axes.set(
        xlabel="fits", ylabel="seconds, including compilation", title="A grid search of small networks on two cores"
    )
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(file)


if __name__ == "__main__":
    main()
