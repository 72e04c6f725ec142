"""Compare prediction times with other packages: ``python benchmarks/predict.py``.

Each package has a virtual environment, created on first use from `requirements/`, and its own process. Packages are
measured in turn in several rounds, so that other load affects all equally; the round with the lowest median counts. The
table has median and 99th percentile for calls with 1 row and with 1,000 rows, CPU time, and the ratio to nnbuild.
"""

import argparse
import json
import os
import platform
import subprocess
from pathlib import Path

from contract import CACHE, HERE, environment, machine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--calls", type=int, default=300, help="maximum number of calls per round")
    parser.add_argument("--only", nargs="*", choices=list(ROWS), default=list(ROWS), metavar="ROW")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of the environments")
    options = parser.parse_args()
    for package, _ in map(ROWS.get, options.only):
        environment(package, options.cache)
    peers = {row: start(row, options) for row in options.only}
    rounds = [{row: measure(peer, row, options) for row, peer in peers.items()} for _ in range(1 + options.rounds)]
    for peer in peers.values():
        peer.communicate()
    print("\n".join([*table(best(rounds[1:])), "", f"{machine()[:-1]}, {processor()}."]))


def start(row: str, options: argparse.Namespace) -> subprocess.Popen:
    """Start a process that fits a network and then measures a round for each line of input."""
    package, way = ROWS[row]
    command = [options.cache / package / "bin" / "python", HERE / "predict_peer.py", package, way, str(options.calls)]
    own = {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}
    own |= {"TF_CPP_MIN_LOG_LEVEL": "3"} | ({"PYTHONPATH": str(HERE.parent)} if package == "nnbuild" else {})
    with log_of(row, options).open("w", encoding="utf-8") as log:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log, "text": True}
        return subprocess.Popen(command, env=own, cwd=options.cache, **pipes)


def measure(peer: subprocess.Popen, row: str, options: argparse.Namespace) -> dict:
    """Return percentiles by number of rows for one round. The first call waits for the fit."""
    peer.stdin.write("\n")
    peer.stdin.flush()
    for line in peer.stdout:
        if line.startswith("{"):
            return json.loads(line)
    raise SystemExit(f"the process of {row} ended: {log_of(row, options).read_text('utf-8')[-2000:]}")


def log_of(row: str, options: argparse.Namespace) -> Path:
    """Return the path of the log of a process."""
    return options.cache / f"predict_{'_'.join(ROWS[row])}.log"


def best(rounds: list[dict]) -> dict:
    """Return the round with the lowest median, for each package and number of rows."""
    return {
        row: {n_rows: min((found[row][n_rows] for found in rounds), key=lambda took: took["p50"]) for n_rows in sizes}
        for row, sizes in rounds[0].items()
    }


def table(found: dict) -> list[str]:
    """Return the lines of the table."""
    first = next(iter(found.values()))
    columns = [name for rows in ("1 row", "1,000 rows") for name in (f"{rows}, p50", "p99", "CPU", "times nnbuild's")]
    lines = [f"| milliseconds | {' | '.join(columns)} |", f"| {' | '.join(['---'] * (len(columns) + 1))} |"]
    for row, result in found.items():
        cells = []
        for n_rows, took in result.items():
            cells += [f"{took[name]:.2f}" for name in ("p50", "p99", "cpu")]
            cells.append(f"{took['p50'] / first[n_rows]['p50']:.1f}")
        lines.append(f"| {row} | {' | '.join(cells)} |")
    return lines


def processor() -> str:
    """Return the model name of the processor."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


# Row -> package and method of prediction.
ROWS = {
    "nnbuild": ("nnbuild", "predict"),
    "scikit-learn's MLP": ("sklearn_mlp", "predict"),
    "skorch": ("skorch", "predict"),
    "Keras, `model(x)`": ("keras_wrappers", "model(x)"),
    "Keras, `model.predict`": ("keras_wrappers", "model.predict"),
    "SciKeras": ("scikeras", "predict"),
}


if __name__ == "__main__":
    main()
