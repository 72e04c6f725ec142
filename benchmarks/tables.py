"""Compare defaults on tables with gradient boosting and other networks: ``python benchmarks/tables.py --data FOLDER``.

Each package has a virtual environment, created on first use from `requirements/`. Every model has its default settings.
The tables have ranks and scores, averaged over splits and seeds, and the seconds of the first run. With several
`--max-rows`, there is one table of scores and seconds by number of training rows.
"""

import argparse
import json
import statistics
from itertools import product
from pathlib import Path

from contract import CACHE, machine, peer_result, replace

# Model -> title, package.
MODELS = {
    "nnbuild_table": ("nnbuild, recipe `table`", "nnbuild"),
    "nnbuild_tabm": ("nnbuild, recipe `tabm`", "nnbuild"),
    "nnbuild_realmlp": ("nnbuild, recipe `realmlp`", "nnbuild"),
    "nnbuild_mlp": ("nnbuild, recipe `mlp`", "nnbuild"),
    "catboost": ("CatBoost", "boosting"),
    "lightgbm": ("LightGBM", "boosting"),
    "hist_gradient_boosting": ("HistGradientBoosting", "sklearn_mlp"),
    "realmlp_td": ("RealMLP-TD", "pytabkit"),
    "sklearn_mlp": ("scikit-learn's MLP", "sklearn_mlp"),
}
COMPARED = ("nnbuild_table", "catboost", "lightgbm", "hist_gradient_boosting", "realmlp_td", "sklearn_mlp")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--data", type=Path, help="folder with manifest.json and CSV files; by default scikit-learn's")
    parser.add_argument("--models", nargs="*", choices=list(MODELS), default=list(COMPARED), metavar="MODEL")
    parser.add_argument("--sets", nargs="*", default=[], metavar="SET", help="names of data sets; by default all")
    parser.add_argument("--runs", type=int, default=3, help="splits; run i has split i and seed i")
    parser.add_argument("--max-rows", type=int, nargs="+", default=[6000], help="maximum numbers of training rows")
    parser.add_argument("--results", type=Path, help="JSON file of results: runs in it are not repeated")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of the environments")
    parser.add_argument("--write", type=Path, help="file in which to replace the tables")
    parser.add_argument("--chart", type=Path, help="file for a chart of the ranks")
    options = parser.parse_args()
    results = json.loads(options.results.read_text("utf-8")) if options.results and options.results.exists() else {}
    for max_rows, run, model in product(options.max_rows, range(options.runs), options.models):
        key = key_of(model, run, max_rows)
        found = results.get(key)
        if not found or not found.keys() >= set(options.sets):
            print(f"{MODELS[model][0]}, run {run}, at most {max_rows} rows ...", flush=True)
            results.setdefault(key, {}).update(fit_all(model, run, max_rows, options))
            if options.results:
                options.results.write_text(json.dumps(results, indent=1), "utf-8")
    text = "\n".join([*(report if len(options.max_rows) == 1 else growth)(results, options), "", machine()])
    print(text)
    if options.write:
        start = f"<!-- {'scores' if len(options.max_rows) == 1 else 'growth'} -->"
        replace(options.write, text, start)
    if options.chart:
        draw(means_of(results, options, options.max_rows[0]), options.models, options.chart)


def key_of(model: str, run: int, max_rows: int) -> str:
    """Return the key of the results of one process."""
    return f"{model} {run} {max_rows}"


def fit_all(model: str, run: int, max_rows: int, options: argparse.Namespace) -> dict:
    """Fit a model on all data sets of one run, in a new process."""
    folder = options.data.resolve() if options.data else "-"
    arguments = (model, folder, run, run, max_rows, *options.sets)
    return peer_result(MODELS[model][1], "tables_peer.py", *arguments, cache=options.cache)


def means_of(results: dict, options: argparse.Namespace, max_rows: int) -> dict[str, dict[str, dict[str, float]]]:
    """Return figures by name, data set and model: means of the scores over runs, and the times of the first run."""
    by_run = [{model: results[key_of(model, run, max_rows)] for model in options.models} for run in range(options.runs)]
    names = options.sets or list(by_run[0][options.models[0]])
    n_runs = {"loss": None, "error": None, "fit_s": 1, "n_train": 1}
    return {
        key: {
            name: {m: statistics.mean(found[m][name][key] for found in by_run[:n]) for m in options.models}
            for name in names
        }
        for key, n in n_runs.items()
    }


def report(results: dict, options: argparse.Namespace) -> list[str]:
    """Return the lines of a table of ranks and a table of scores."""
    means = means_of(results, options, options.max_rows[0])
    return [*ranks(means, options.models), "", *scores(means, options.models)]


def growth(results: dict, options: argparse.Namespace) -> list[str]:
    """Return the lines of a table of scores and seconds by number of training rows."""
    by_size = [means_of(results, options, max_rows) for max_rows in options.max_rows]
    lines = [f"| | rows | {' | '.join(MODELS[model][0] for model in options.models)} |"]
    lines.append("| --- " * (len(options.models) + 2) + "|")
    for name in by_size[0]["loss"]:
        sizes = {round(means["n_train"][name][options.models[0]]): means for means in by_size}  # no size twice
        for size, means in sizes.items():
            cells = [f"{number(means['loss'][name][m])}, {means['fit_s'][name][m]:.1f} s" for m in options.models]
            lines.append(f"| {name} | {size:,} | {' | '.join(cells)} |")
    return lines


def draw(means: dict, models: list[str], file: Path) -> None:
    """Write a bar chart of mean ranks."""
    import matplotlib.pyplot as plt

    ordered = sorted(models, key=lambda model: mean_rank(means["loss"], model), reverse=True)
    figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    for offset, (key, label) in enumerate((("error", "by error or RMSE"), ("loss", "by log-loss or RMSE"))):
        places = [place + 0.38 * (offset - 0.5) for place in range(len(ordered))]
        bars = axes.barh(places, [mean_rank(means[key], model) for model in ordered], 0.36, label=label)
        axes.bar_label(bars, fmt="%.2f", padding=3, fontsize=8)
    axes.set_yticks(range(len(ordered)), [MODELS[model][0].replace("`", "") for model in ordered])
    axes.set(xlabel=f"mean rank on {len(means['loss'])} tables; 1 is best", xlim=(0, len(models) + 0.5))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper right", reverse=True, fontsize=8)
    figure.savefig(file)


def ranks(means: dict, models: list[str]) -> list[str]:
    """Return a table of mean ranks over data sets, and of seconds."""
    lines = ["| | rank by log-loss or RMSE | rank by error or RMSE | seconds per fit, median | maximum |"]
    lines.append("| --- " * 5 + "|")
    for model in sorted(models, key=lambda model: mean_rank(means["loss"], model)):
        of_sets = [row[model] for row in means["fit_s"].values()]
        figures = [mean_rank(means["loss"], model), mean_rank(means["error"], model)]
        seconds = f"{statistics.median(of_sets):.1f} | {max(of_sets):.1f}"
        lines.append(f"| {MODELS[model][0]} | {figures[0]:.2f} | {figures[1]:.2f} | {seconds} |")
    return lines


def mean_rank(scores_by_set: dict, model: str) -> float:
    """Return the mean rank of a model, from 1; equal scores share the mean of their ranks."""
    found = []
    for row in scores_by_set.values():
        lower = sum(score < row[model] for score in row.values())
        equal = sum(score == row[model] for score in row.values())
        found.append(lower + (equal + 1) / 2)
    return statistics.mean(found)


def scores(means: dict, models: list[str]) -> list[str]:
    """Return a table of log-loss or RMSE, and error, of each data set."""
    lines = [f"| | {' | '.join(MODELS[model][0] for model in models)} |", "| --- " * (len(models) + 1) + "|"]
    for name, row in means["loss"].items():
        errors = means["error"][name]
        cells = [number(row[m]) if row[m] == errors[m] else f"{row[m]:.4f} ({100 * errors[m]:.1f} %)" for m in models]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def number(value: float) -> str:
    """Return a number with four significant digits, or as an integer if it has more."""
    return f"{value:.4g}" if value < 10_000 else f"{value:,.0f}"


if __name__ == "__main__":
    main()
