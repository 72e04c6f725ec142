"""Compare a single fit with other packages: ``python benchmarks/single_fit.py``.

Each package has a virtual environment, created on first use from `requirements/`, and each network a new process. The
first fit is cold: it includes building, tracing and compilation. The fastest of the following fits is warm. Ratios are
of wall time, to nnbuild with engine="auto".
"""

import argparse
from pathlib import Path

from contract import CACHE, machine, peer_result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--works", nargs="*", choices=list(WORKS), default=list(WORKS))
    parser.add_argument("--warm", type=int, default=3, help="number of warm fits")
    parser.add_argument("--only", nargs="*", choices=list(ROWS), default=list(ROWS), metavar="ROW")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of the environments")
    options = parser.parse_args()
    for work in options.works:
        found = {}
        for row in options.only:
            print(f"{work}: {row} ...", flush=True)
            package, way = ROWS[row]
            found[row] = peer_result(package, "single_fit_peer.py", way, work, options.warm, cache=options.cache)
        print("\n".join([*table(found, WORKS[work]), "", machine(), ""]))


def table(found: dict, title: str) -> list[str]:
    """Return the lines of the table of a network."""
    heads = [title, "cold, s", "times nnbuild's", "warm, s", "times nnbuild's", "warm, CPU s", "accuracy"]
    ours = next(iter(found.values()))
    rows = [heads, ["---"] * len(heads)]
    for row, result in found.items():
        times = [
            cell for kind in ("cold", "warm")
            for cell in (f"{result[kind][0]:.3f}", f"{result[kind][0] / ours[kind][0]:.1f}")
        ]  # fmt: skip
        rows.append([row, *times, f"{result['warm'][1]:.3f}", f"{result['score']:.3f}"])
    return [f"| {' | '.join(cells)} |" for cells in rows]


# Row -> package and training method.
ROWS = {
    "nnbuild": ("nnbuild", "auto"),
    'nnbuild, engine="compiled"': ("nnbuild", "compiled"),
    'nnbuild, engine="keras"': ("nnbuild", "keras"),
    "scikit-learn's MLP": ("sklearn_mlp", "fit"),
    "Keras, `Model.fit`": ("keras_wrappers", "Model.fit"),
    "skorch": ("skorch", "fit"),
    "SciKeras": ("scikeras", "fit"),
}
WORKS = {
    "digits": "1,198 digits, hidden 64, 20 epochs, batches of 32",
    "many rows": "100,000 rows of 54, hidden 256-256, 3 epochs, batches of 128",
}


if __name__ == "__main__":
    main()
