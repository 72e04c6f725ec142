"""Windows of a series in a data file, and the values that follow them, to train or to test on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from nnbuild.errors import DataError, show
from nnbuild.inputs.notations import Notation
from nnbuild.inputs.table.notation import Readings
from nnbuild.inputs.table.typed import How
from nnbuild.inputs.time_steps import TimeStep, time_texts
from nnbuild.inputs.windows import make_windows
from nnbuild.report.units import counted
from nnbuild.runs.data.dataset import drawn_rows
from nnbuild.runs.data.reading import dropped_columns, target_names
from nnbuild.runs.data.series import Series, SeriesFile
from nnbuild.runs.workflows.rows import FORECAST, FORECASTS


@dataclass(frozen=True)
class Forecast:
    """Channels, windows and times of a forecast.

    Attributes
    ----------
    channels, targets : tuple of str
        Columns of the windows; those to forecast.
    lags, horizon : int
        Time steps of a window, and to forecast.
    time : str or None
        Column of times.
    step : TimeStep or None
        Step of the times.
    form : str
        Form of dates in text.
    """

    channels: tuple[str, ...]
    targets: tuple[str, ...]
    lags: int
    horizon: int
    time: str | None = None
    step: TimeStep | None = None
    form: str = ""
    how: Mapping[str, How] = field(default_factory=dict, compare=False)

    @property
    def places(self) -> list[int]:
        """Positions of the targets among the channels."""
        return [self.channels.index(name) for name in self.targets]

    @property
    def season(self) -> int:
        """Time steps of the season of the baseline; 1 if the step has none, or a window is shorter."""
        season = self.step.season if self.step else 1
        return season if season <= self.lags else 1

    def times_after(self, time: Any) -> list[str]:
        """Return the times of the horizon after a time."""
        assert self.step is not None
        times = [self.step.after(time, n) for n in range(1, self.horizon + 1)]
        return time_texts(np.array(times), self.form)

    def to_dict(self) -> dict:
        """Return the fields as JSON values, for the notes of a model file."""
        return {
            "channels": list(self.channels),
            "targets": list(self.targets),
            "lags": self.lags,
            "horizon": self.horizon,
            "time": self.time,
            "step": self.step and self.step.to_dict(),
            "form": self.form,
        }

    @classmethod
    def of_notes(cls, notes: Mapping, how: Mapping[str, How], model: str) -> Forecast:
        """Return the forecast of a model file; raise a `DataError` if its notes are damaged."""
        match notes.get(FORECAST):
            case {
                "channels": [*channels], "targets": [*targets], "lags": int(lags), "horizon": int(horizon),
                "time": None | str() as time, "step": step, "form": str(form),
            } if set(targets) <= set(channels) and min(lags, horizon) > 0:  # fmt: skip
                found = TimeStep.from_dict(step)
                if (time is None) == (found is None):
                    return cls(tuple(channels), tuple(targets), lags, horizon, time, found, form, how)
        raise DataError(f"{model}: its notes about the forecast are damaged\n  hint: train the model again")


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of a series, and the values that follow them, in order of time.

    Attributes
    ----------
    X : array of shape (n_windows, lags, n_channels)
    y : array of shape (n_windows,), or (n_windows, horizon * n_targets)
    forecast : Forecast
    n_times : int
        Rows of the file.
    source : str
        File name.
    """

    X: np.ndarray
    y: np.ndarray
    forecast: Forecast
    n_times: int
    source: str
    test: Windows | None = None
    notations: Mapping[str, Notation] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)

    workflow: ClassVar[str] = FORECASTS
    task: ClassVar[str] = "regression"
    reason: ClassVar[str] = "because --lags makes windows of a series"
    is_regression: ClassVar[bool] = True

    def __len__(self) -> int:
        return len(self.X)

    @property
    def targets(self) -> tuple[str, ...]:
        """Columns to forecast."""
        return self.forecast.targets

    @property
    def notes(self) -> dict[str, object]:
        """Notes of the model file, for `Forecast.of_notes`."""
        return {FORECAST: self.forecast.to_dict()}

    def select(self, rows: np.ndarray) -> Windows:
        """Return the windows at these positions."""
        return replace(self, X=self.X[rows], y=self.y[rows], test=None)

    def sample(self, most: int) -> Windows:
        """Return at most `most` windows, drawn with a fixed seed."""
        return self if len(self) <= most else self.select(drawn_rows(len(self), most))

    def split(self, fraction: float, seed: int) -> tuple[Windows, Windows]:
        """Return the first windows as training set, and the last `fraction` of them as test set.

        Windows between them whose targets are also targets of the test set are in neither.

        Raises
        ------
        DataError
            If the training set is empty.
        """
        n_test = max(1, round(fraction * len(self)))
        n_train = len(self) - n_test - (self.forecast.horizon - 1)
        if n_train < 1:
            found = f"{len(self)} windows are too few to hold out {n_test}, and {self.forecast.horizon - 1} before them"
            hint = "pass a smaller --lags, --horizon or --test-fraction, or a file with --test-data"
            raise DataError(f"{self.source}: {found}\n  hint: {hint}")
        rows = np.arange(len(self))
        return self.select(rows[:n_train]), self.select(rows[-n_test:])

    def text(self) -> str:
        """Return source, numbers of rows and windows, and names of the targets."""
        one = self.forecast
        step = f" at steps of {one.step.text()}" if one.step else ""
        parts = f"{len(self):,} windows of {counted(one.lags, 'row')} and {counted(len(one.channels), 'column')}"
        return f"{self.source}: {counted(self.n_times, 'row')}{step}; {parts} -> {', '.join(self.targets)}"

    def task_text(self) -> str:
        """Return the task and its reason."""
        return f"forecast of the next {counted(self.forecast.horizon, 'row')}, {self.reason}"


def read_windows(
    source: str,
    *,
    lags: int | None = None,
    horizon: int = 1,
    time: str | None = None,
    target: str | Sequence[str] | None = None,
    drop: Sequence[str] = (),
    decimal: str | None = None,
    thousands: str | None = None,
    dates: str | None = None,
) -> Windows:
    """Read a series, and make windows of it.

    Parameters
    ----------
    source : str
        A file (``.csv``, ``.tsv``, ``.parquet``), or the name of a bundled data set, with a row for each time.
    lags, horizon : int
        Time steps of a window, and to forecast.
    time : str, optional
        Column of times. Without it, rows are equal steps.
    target : str or sequence of str, optional
        Columns to forecast; by default the last.
    drop : sequence of str, optional
        Columns to ignore. Windows contain all others.
    decimal, thousands, dates : str, optional
        Formats of ambiguous columns, as for `nnbuild.inputs.files.read_table`.

    Raises
    ------
    DataError
        If the file can't be read; if values or times are missing; if times are repeated or not in order; or if the
        series is shorter than a window.
    """
    file, readings = SeriesFile.read(source), Readings(decimal, thousands, dates)
    if lags is None:
        hint = "pass the rows of a window, such as --lags 24"
        raise DataError(f"{file.name}: --horizon and --time are for forecasts, which require --lags\n  hint: {hint}")
    dropped = dropped_columns(drop, file.columns, file.name)
    if time in dropped:
        raise DataError(f"{file.name}: column {show(time)} is the time and can't be dropped")
    channels = [name for name in file.columns if name not in dropped and name != time]
    if not channels:
        raise DataError(f"{file.name}: has no column besides the time")
    if time is not None and target is not None and time in target:
        raise DataError(f"{file.name}: column {show(time)} is the time and can't be the target")
    targets = target_names(channels, target, file.name)
    how: dict[str, How] = dict.fromkeys(file.columns, readings)
    series = file.series(channels, time, how)
    forecast = Forecast(tuple(channels), targets, lags, horizon, time, series.step, series.form, series.notations)
    return _windows(series, forecast, file.name)


def read_new_windows(source: str, forecast: Forecast) -> Windows:
    """Read a series to test on, in the form of the training data."""
    series, _ = read_new_series(source, forecast)
    return _windows(series, forecast, SeriesFile.read(source).name)


def read_new_series(source: str, forecast: Forecast) -> tuple[Series, tuple[str, ...]]:
    """Read a series in the form of the training data, and return the columns that are not used, too."""
    file = SeriesFile.read(source)
    series = file.series(forecast.channels, forecast.time, forecast.how, forecast.step)
    ignored = tuple(name for name in file.columns if name not in (*forecast.channels, forecast.time))
    if len(series) < forecast.lags:
        found = f"has {counted(len(series), 'row')}, but a forecast requires the last {forecast.lags}"
        raise DataError(f"{file.name}: {found}")
    return series, ignored


def _windows(series: Series, forecast: Forecast, name: str) -> Windows:
    lags, horizon = forecast.lags, forecast.horizon
    if len(series) < lags + horizon:
        found = f"has {counted(len(series), 'row')}, but one window requires {lags + horizon}"
        raise DataError(f"{name}: {found}: --lags {lags} + --horizon {horizon}")
    X, y = make_windows(series.values, lags, horizon, targets=list(forecast.targets))
    y = y.reshape(len(y), -1)
    return Windows(X, y[:, 0] if y.shape[1] == 1 else y, forecast, len(series), name, notations=series.notations)
