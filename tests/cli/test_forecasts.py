"""Forecasts on the command line: windows of a series, scores beside a naive forecast, the next rows, and mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nnbuild
from cli.running import printed, run, table
from import_rules import heavy_after

TINY = {
    "nnbuild": 1, "name": "tiny", "estimator": "NNRegressor", "layers": [{"type": "Flatten"}],
    "training": {"epochs": 1, "validation": "last"},
}  # fmt: skip
MONTHS = pd.date_range("2015-01-01", periods=60, freq="MS").strftime("%Y-%m")
SALES = pd.DataFrame(
    {"month": MONTHS, "price": np.arange(60) % 7, "sold": 50 + np.round(9 * np.sin(np.arange(60) * np.pi / 6), 2)}
)
WORDS = ("--lags", 12, "--horizon", 3, "--time", "month")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with a series, a model of it, and the printed results of its training."""
    folder = tmp_path_factory.mktemp("forecasts")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        SALES.to_csv("sales.csv", index=False)
        Path("tiny.json").write_text(json.dumps(TINY), "utf-8")
        words = ("train", "tiny.json", "--data", "sales.csv", "--target", "sold", *WORDS)
        text = printed(*words, "--out", "m.nnb", "--report", "m.html", "--json")
        Path("run.json").write_text(text, "utf-8")
    return folder


def windows() -> tuple[np.ndarray, np.ndarray]:
    X, y = nnbuild.make_windows(SALES[["price", "sold"]], 12, 3, targets="sold")
    return X, y


def test_the_end_of_the_series_is_the_test_set(here):
    found = json.loads(Path("run.json").read_text("utf-8"))
    n_windows = 60 - 12 - 3 + 1
    assert (found["data"]["n_train"], found["data"]["n_test"]) == (n_windows - 9 - 2, 9)
    assert found["columns"] == {"month": "times at steps of 1 month", "price": "input", "sold": "forecast"}
    X, y = windows()
    estimator = nnbuild.load("m.nnb")
    values, baseline = found["scores"]["values"], found["scores"]["baseline"]
    assert values["mean_absolute_error"] == pytest.approx(np.abs(estimator.predict(X[-9:]) - y[-9:]).mean())
    naive = nnbuild.seasonal_naive(X[-9:], 12, 3, targets=1)
    assert baseline["mean_absolute_error"] == pytest.approx(np.abs(naive - y[-9:]).mean())
    expected = nnbuild.NNRegressor(TINY, random_state=0).fit(X[:-11], y[:-11])
    np.testing.assert_array_equal(estimator.predict(X), expected.predict(X))
    assert "the baseline predicts the value of the last season of 12 rows" in Path("m.html").read_text("utf-8")


def test_the_next_rows_have_their_times(here):
    found = table(printed("predict", "m.nnb", "--data", "sales.csv"))
    assert found["month"].tolist() == ["2020-01", "2020-02", "2020-03"]
    last = SALES[["price", "sold"]].to_numpy()[None, -12:]
    assert found["sold"].tolist() == pytest.approx(nnbuild.load("m.nnb").predict(last)[0].tolist())
    SALES.iloc[-14:-2, ::-1].assign(more=1).to_csv("later.csv", index=False)
    done = run("predict", "m.nnb", "--data", "later.csv", "--json")
    assert done.stderr == "columns ignored, because the model does not use them: more\n"
    assert [row["month"] for row in json.loads(done.stdout)] == ["2019-11", "2019-12", "2020-01"]


def test_a_later_series_is_scored(here):
    SALES[-20:].to_csv("end.csv", index=False)
    scores = json.loads(printed("evaluate", "m.nnb", "--data", "end.csv", "--json"))
    X, y = windows()
    assert scores["n_rows"] == 6
    predicted = nnbuild.load("m.nnb").predict(X[-6:])
    assert scores["values"]["mean_absolute_error"] == pytest.approx(np.abs(predicted - y[-6:]).mean())
    assert '"horizon":3' in printed("show", "m.nnb").replace("\n             ", "")


def test_several_targets_and_quantiles_without_times(here):
    loss = {"type": "Quantile", "quantiles": [0.1, 0.5, 0.9]}
    recipe = {**TINY, "training": {**TINY["training"], "loss": loss}}
    Path("quantiles.json").write_text(json.dumps(recipe), "utf-8")
    words = ("--drop", "month", "--target", "price,sold", "--lags", 4, "--horizon", 2)
    text = printed("train", "quantiles.json", "--data", "sales.csv", *words, "--out", "q.nnb")
    assert "R2 of the median" in text
    assert "the baseline predicts the last value" in text
    found = table(printed("predict", "q.nnb", "--data", "sales.csv"))
    levels = [f"{name}_q{level}" for name in ("price", "sold") for level in (0.1, 0.5, 0.9)]
    assert list(found) == ["step", "price", "sold", *levels]
    assert found["step"].tolist() == [1, 2]
    np.testing.assert_allclose(found["sold"], found["sold_q0.5"])


def test_the_recipe_may_be_left_out(here):
    from nnbuild.runs.data.chosen import chosen_recipe
    from nnbuild.runs.data.windows import read_windows

    recipe = chosen_recipe(read_windows("sales.csv", lags=12, time="month"))
    assert (recipe.name, recipe.about["reason"]) == ("forecast_gru", "--lags makes windows of a series")


def test_columns_are_read_in_their_notations(tmp_path, monkeypatch):
    from nnbuild.runs.data.windows import Forecast, read_new_series, read_windows

    monkeypatch.chdir(tmp_path)
    lines = [f"{day}/01/2024;{day},5;True" for day in range(9, 20)]
    Path("a.csv").write_text("\n".join(["when;sold;open", *lines]), "utf-8")
    data = read_windows("a.csv", lags=7, horizon=2, time="when", target="sold,open")
    assert (data.forecast.season, data.y.shape) == (7, (3, 4))
    assert data.X[0, :2].tolist() == [[9.5, 1.0], [10.5, 1.0]]
    assert data.y[0].tolist() == [16.5, 1.0, 17.5, 1.0]
    later = [f"0{day}/02/2024;{day},5;False" for day in range(1, 8)]  # ambiguous without the training file
    Path("b.csv").write_text("\n".join(["when;sold;open", *later]), "utf-8")
    forecast = Forecast.of_notes(data.notes, data.notations, "m.nnb")
    series, _ = read_new_series("b.csv", forecast)
    assert forecast.times_after(series.times[-1]) == ["2024-02-08", "2024-02-09"]
    Path("c.csv").write_text("at,y\n" + "".join(f"2024-01-01T0{hour}:00+02:00,{hour}\n" for hour in range(5)), "utf-8")
    zoned = read_windows("c.csv", lags=2, time="at")
    assert zoned.forecast.times_after(np.datetime64("2024-01-01T02:00:00")) == ["2024-01-01T03:00:00Z"]
    with pytest.raises(nnbuild.DataError) as error:
        Forecast.of_notes({"forecast": {"lags": 2}}, {}, "m.nnb")
    assert str(error.value) == "m.nnb: its notes about the forecast are damaged\n  hint: train the model again"


def file_of(column: str, old: object, new: object) -> str:
    frame = SALES.astype(object)
    return frame.assign(**{column: frame[column].replace({old: new})}).to_csv(index=False)


FILES = {
    "hole.csv": SALES.drop(index=4).to_csv(index=False),
    "twice.csv": file_of("month", "2015-03", "2015-02"),
    "late.csv": file_of("month", "2015-03", "2014-03"),
    "empty.csv": file_of("month", "2015-03", ""),
    "words.csv": file_of("month", "2015-03", "spring"),
    "month13.csv": file_of("month", "2015-03", "2015-13"),
    "lost.csv": file_of("price", 3, ""),
    "text.csv": file_of("price", 3, "low"),
    "days.csv": "day,sold\n" + "".join(f"2024-01-{day:02},{day}\n" for day in range(1, 29) if day != 9),
    "hours.csv": "at,sold\n" + "".join(f"2024-01-01 {hour:02}:{hour % 9 // 8:02},1\n" for hour in range(20)),
    "numbers.csv": "at,sold\n" + "".join(f"{n / 2},{n}\n" for n in range(20) if n != 5),
    "years.csv": "month,price,sold\n" + "".join(f"{year},1,2\n" for year in range(2000, 2020)),
    "alone.csv": "month\n2015-01\n2015-02\n",
    "unsold.csv": SALES.drop(columns="sold").to_csv(index=False),
    "start.csv": SALES[:5].to_csv(index=False),
    "short.csv": SALES[:14].to_csv(index=False),
    "dates.csv": SALES.assign(month=SALES["month"] + "-01").to_csv(index=False),
}
TITLE = "forecasts with --lags (NNRegressor)"
LAGS = (
    "sales.csv: --horizon and --time are for forecasts, which require --lags\n"
    "  hint: pass the rows of a window, such as --lags 24"
)
HINT = "  hint: add a row, such as with interpolated values; or omit --time, if rows are equal steps"
# Line: exit code and message; "train" alone is `train tiny.json --lags 12 --horizon 3 --time month`.
MISTAKES = {
    "train --data hole.csv": (
        1, "hole.csv: time 2015-05 is missing between line 5 (2015-04) and line 6 (2015-06); the step is 1 month\n"
        f"{HINT}",
    ),
    "train --data twice.csv": (
        1, "twice.csv: time 2015-02 in line 4 is also in line 3\n  hint: remove one row",
    ),
    "train --data late.csv": (
        1, "late.csv: time 2014-03 in line 4 is earlier than 2015-02 in line 3\n  hint: sort the rows by month",
    ),
    "train --data words.csv": (
        1, "words.csv: the times in column 'month' are neither dates nor numbers: they are values such as 'spring'\n"
        "  allowed: numbers, or dates such as 2024-01-31 or 2024-01",
    ),
    "train --data empty.csv": (
        1, "empty.csv: column 'month' has no time in line 4\n"
        "  hint: fill the time, or omit --time, if rows are equal steps",
    ),
    "train --data month13.csv": (1, "month13.csv: time 2015-13 in line 4 is not a month"),
    "train tiny.json --data days.csv --lags 3 --time day": (
        1, "days.csv: time 2024-01-09 is missing between line 9 (2024-01-08) and line 10 (2024-01-10); the step is "
        f"1 day\n{HINT}",
    ),
    "train tiny.json --data hours.csv --lags 3 --time at": (
        1, "hours.csv: time in line 10 (2024-01-01T08:01:00) is not 1 hour after line 9 (2024-01-01T07:00:00), as "
        "other times are\n  hint: times must have equal steps",
    ),
    "train tiny.json --data numbers.csv --lags 3 --time at": (
        1, f"numbers.csv: time 2.5 is missing between line 6 (2) and line 7 (3); the step is 0.5\n{HINT}",
    ),
    "train --data lost.csv": (
        1, "lost.csv: column 'price' has no value in line 5\n  hint: fill the value, such as by interpolation",
    ),
    "train --data text.csv": (
        1, "text.csv: column 'price' is not numeric: it contains values such as '0'\n  hint: pass --drop price",
    ),
    "train tiny.json --data dates.csv --lags 12": (
        1, "dates.csv: column 'month' is not numeric: it contains values such as '2015-01-01 00:00:00'\n"
        "  hint: pass --time month, or --drop month",
    ),
    "train --data alone.csv": (1, "alone.csv: has no column besides the time"),
    "train --data sales.csv --target month": (1, "sales.csv: column 'month' is the time and can't be the target"),
    "train --data sales.csv --drop month": (1, "sales.csv: column 'month' is the time and can't be dropped"),
    "train --data sales.csv --target sells": (
        1, "sales.csv: has no column 'sells'\n  allowed: price, sold",
    ),
    "train tiny.json --data sales.csv --lags 12 --time moon": (
        1, "sales.csv: has no column 'moon'\n  allowed: month, price, sold\n  hint: did you mean 'month'?",
    ),
    "train --data short.csv": (
        1, "short.csv: has 14 rows, but one window requires 15: --lags 12 + --horizon 3",
    ),
    "train --data sales.csv --test-fraction 0.95": (
        1, "sales.csv: 46 windows are too few to hold out 44, and 2 before them\n"
        "  hint: pass a smaller --lags, --horizon or --test-fraction, or a file with --test-data",
    ),
    "train --data sales.csv --test-data unsold.csv": (
        1, "unsold.csv: has no column 'sold'\n  allowed: month, price",
    ),
    "train --data arrays.npz": (
        1, "arrays.npz: contains arrays, but --lags requires a table of a series\n"
        "  hint: without --lags, a file of arrays has windows of shape (n_samples, lags, n_channels) as X",
    ),
    "train tiny.json --data sales.csv --lags 0": (
        2, "Invalid value for '--lags': 0 is not in the range x>=1.",
    ),
    "train forecast_gru --data sales.csv": (
        1, "sales.csv: the recipe forecasts from windows of a series, which a table is not\n"
        "  hint: pass --lags, and usually --horizon and --time, such as --lags 24 --horizon 12 --time month",
    ),
    "train tiny.json --data sales.csv --horizon 3": (1, LAGS),
    "train tiny.json --data sales.csv --time month": (1, LAGS),
    "train unet --data sales.csv --lags 12": (2, "--lags is not supported by segmentation (NNClassifier)"),
    "train two_tower --data sales.csv --lags 12": (2, "--lags is not supported by NNRecommender"),
    "train --data sales.csv --prepare none": (2, f"--prepare is not supported by {TITLE}"),
    "search tiny.json --data sales.csv --lags 12": (
        2, "`nnbuild search` does not support forecasts: use it in Python, in GridSearchCV with "
        "make_windows and TimeSeriesSplit",
    ),
    "predict m.nnb --data start.csv": (1, "start.csv: has 5 rows, but a forecast requires the last 12"),
    "predict m.nnb --data unsold.csv": (1, "unsold.csv: has no column 'sold'\n  allowed: month, price"),
    "predict m.nnb --data hole.csv": (
        1, "hole.csv: time 2015-05 is missing between line 5 (2015-04) and line 6 (2015-06); the step is 1 month\n"
        f"{HINT}",
    ),
    "predict m.nnb --data years.csv": (
        1, "years.csv: times in column 'month' are numbers, but in training they were dates",
    ),
    "predict m.nnb --data sales.csv --proba": (1, f"m.nnb: --proba is not supported for {TITLE}"),
    "evaluate m.nnb --data short.csv": (
        1, "short.csv: has 14 rows, but one window requires 15: --lags 12 + --horizon 3",
    ),
    "evaluate m.nnb --data sales.csv --target price": (
        1, "--target is not supported for a model of forecasts, whose targets are also inputs",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def wrong_files(folder):
    """Series with mistakes."""
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")
    np.savez(folder / "arrays.npz", X=np.zeros((3, 2)), y=np.arange(3))


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_is_one_message(line, here, wrong_files):
    code, message = MISTAKES[line]
    command, *words = line.split()
    short = ["tiny.json", *map(str, WORDS)] if line.startswith("train --data") else []
    done = run(command, *short, *words)
    assert (done.exit_code, done.stdout) == (code, "")
    assert (done.stderr.splitlines()[-1] if code == 2 else done.stderr) == (
        f"Error: {message}" if code == 2 else f"{message}\n"
    )


def test_mistakes_in_a_series_are_found_before_tensorflow_starts(here, wrong_files):
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom nnbuild.cli.main import main\n"
        "done = CliRunner().invoke(main, sys.argv[1].split())\nassert done.exit_code == 1, done.output"
    )
    line = "train tiny.json --data hole.csv --lags 12 --time month"
    assert "tensorflow" not in heavy_after(code, line)
