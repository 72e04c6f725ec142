"""Series in data files: a row for each time, at equal steps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, show
from nnbuild.inputs.files import Arrays, read_file
from nnbuild.inputs.notations import Notation
from nnbuild.inputs.table.csv_text import TextTable
from nnbuild.inputs.table.reading import as_numbers, as_times, kind_of, place_of, zone_of
from nnbuild.inputs.table.typed import How, typed
from nnbuild.inputs.time_steps import UTC, TimeStep, time_form, time_texts
from nnbuild.runs.data.reading import check_column

MONTH = re.compile(r"\d{4}-\d\d")
ARRAYS = "without --lags, a file of arrays has windows of shape (n_samples, lags, n_channels) as X"


@dataclass(frozen=True, eq=False)
class Series:
    """Values of a series in order of time.

    Attributes
    ----------
    values : DataFrame of shape (n_times, n_channels), float64
    times : array of shape (n_times,) or None
        float64, or datetime64[s]; None without a column of times.
    form : str
        Form of dates in text, for `time_texts`.
    step : TimeStep or None
        None without a column of times.
    notations : mapping of str to Notation
        Number formats of the columns of a text file.
    """

    values: pd.DataFrame
    times: np.ndarray | None
    form: str = ""
    step: TimeStep | None = None
    notations: Mapping[str, Notation] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, eq=False)
class SeriesFile:
    """Contents of a file with a series.

    Attributes
    ----------
    table : TextTable or DataFrame
    name : str
        Name of the file, for messages.
    """

    table: TextTable | pd.DataFrame
    name: str

    @classmethod
    def read(cls, source: str) -> SeriesFile:
        """Read a table; raise a `DataError` for arrays."""
        found, name = read_file(source), Path(source).name
        if isinstance(found, Arrays):
            raise DataError(f"{name}: contains arrays, but --lags requires a table of a series\n  hint: {ARRAYS}")
        return cls(found, name)

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(map(str, self.table.columns))

    def series(
        self, channels: Sequence[str], time: str | None, how: Mapping[str, How], step: TimeStep | None = None
    ) -> Series:
        """Return the series in some columns.

        Parameters
        ----------
        channels : sequence of str
        time : str or None
            Column of times.
        how : mapping of str to Notation, Readings or None
            How the columns of a text file are read.
        step : TimeStep, optional
            Step of the training data. By default, the most frequent step.

        Raises
        ------
        DataError
            For values that are missing or not numeric; and for times that are missing, repeated, or not in order.
        """
        for column in (*channels, *([time] if time else [])):
            check_column(column, self.columns, self.name)
        frame, notations, form = self._typed(channels, time, how)
        values = pd.DataFrame({name: self._numbers(name, frame[name], time) for name in channels}, index=frame.index)
        kept = {name: one for name, one in notations.items() if name in frame}
        if time is None:
            return Series(values, None, notations=kept)
        times, own_form = self._times(time, frame[time])
        form = form or own_form
        step = self._checked(time, times, frame[time], form, step)
        return Series(values, times, form, step, kept)

    def _typed(
        self, channels: Sequence[str], time: str | None, how: Mapping[str, How]
    ) -> tuple[pd.DataFrame, dict[str, Notation], str]:
        """Return columns with their values, their notations, and "months" if times are such as 2024-05."""
        names = [*channels, *([time] if time else [])]
        if isinstance(self.table, pd.DataFrame):
            return self.table[names], {}, ""
        texts = self.table.columns.get(time or "", np.array([], object))
        given = list(filter(None, texts))
        if not given or not all(map(MONTH.fullmatch, given)):
            frame, notations = typed(self.table, {name: how.get(name) for name in names})
            return frame, notations, ""
        frame, notations = typed(self.table, {name: how.get(name) for name in channels})
        months = pd.to_datetime(pd.Series(texts, frame.index), format="%Y-%m", errors="coerce")
        if (wrong := months.isna().to_numpy() & (texts != "")).any():
            row = int(wrong.argmax())
            raise DataError(f"{self.name}: time {texts[row]} in {place_of(months, row)} is not a month")
        return frame.assign(**{str(time): months}), notations, "months"

    def _numbers(self, name: str, column: pd.Series, time: str | None) -> np.ndarray:
        """Return a channel, which must have a number in each row."""
        kind = kind_of(name, column)
        if kind not in ("number", "flag"):
            hint = f"pass --drop {name}"
            if kind == "time" and time is None:
                hint = f"pass --time {name}, or --drop {name}"
            example = show(str(column[column.notna()].iloc[0])) if column.notna().any() else "missing values"
            found = f"column {show(name)} is not numeric: it contains values such as {example}"
            raise DataError(f"{self.name}: {found}\n  hint: {hint}")
        numbers = as_numbers(name, column, kind)
        if len(rows := np.flatnonzero(np.isnan(numbers))):
            hint = "fill the value, such as by interpolation"
            found = f"column {show(name)} has no value in {place_of(column, int(rows[0]))}"
            raise DataError(f"{self.name}: {found}\n  hint: {hint}")
        return numbers

    def _times(self, name: str, column: pd.Series) -> tuple[np.ndarray, str]:
        """Return the times of all rows, float64 or datetime64[s], and their form in text."""
        kind = kind_of(name, column)
        if kind not in ("number", "time"):
            texts = column.dropna().astype(str)
            wrong = texts[pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=True).isna()]
            example = show([*wrong, *texts][0]) if len(texts) else "missing values"
            found = f"the times in column {show(name)} are neither dates nor numbers: they are values such as {example}"
            raise DataError(f"{self.name}: {found}\n  allowed: numbers, or dates such as 2024-01-31 or 2024-01")
        if column.isna().any():
            row = int(column.isna().to_numpy().argmax())
            found = f"column {show(name)} has no time in {place_of(column, row)}"
            raise DataError(f"{self.name}: {found}\n  hint: fill the time, or omit --time, if rows are equal steps")
        if kind == "number":
            return as_numbers(name, column), ""
        zone = zone_of(name, column)
        times = as_times(name, column, "UTC" if zone else None).to_numpy().astype("datetime64[s]")
        return times, UTC if zone else time_form(times)

    def _checked(self, name: str, times: np.ndarray, column: pd.Series, form: str, step: TimeStep | None) -> TimeStep:
        """Return the step; raise a `DataError` unless times are in order, at equal steps."""
        texts = time_texts(times, form)
        if len(rows := np.flatnonzero(times[1:] <= times[:-1])):
            row = int(rows[0]) + 1
            here, before = (f"{texts[one]} in {place_of(column, one)}" for one in (row, row - 1))
            if times[row] == times[row - 1]:
                raise DataError(
                    f"{self.name}: time {here} is also in {place_of(column, row - 1)}\n  hint: remove one row"
                )
            hint = f"sort the rows by {name}"
            raise DataError(f"{self.name}: time {here} is earlier than {before}\n  hint: {hint}")
        if step is not None and (step.unit == "number") != (times.dtype.kind == "f"):
            kinds = ("numbers", "dates") if step.unit == "number" else ("dates", "numbers")
            raise DataError(
                f"{self.name}: times in column {show(name)} are {kinds[1]}, but in training they were {kinds[0]}"
            )
        if len(times) < 2:
            return step or TimeStep("number", 1)
        step = step or TimeStep.of(times)
        steps = np.diff(step.positions(times))
        if len(rows := np.flatnonzero(steps != 1)):
            row = int(rows[0])
            places = [f"{place_of(column, one)} ({texts[one]})" for one in (row, row + 1)]
            if np.isnan(steps[row]):
                found = f"{places[1]} is not {step.text()} after {places[0]}, as other times are"
                raise DataError(f"{self.name}: time in {found}\n  hint: times must have equal steps")
            (missing,) = time_texts(np.array([step.after(times[row], 1)]), form)
            hint = "add a row, such as with interpolated values; or omit --time, if rows are equal steps"
            found = f"time {missing} is missing between {places[0]} and {places[1]}"
            raise DataError(f"{self.name}: {found}; the step is {step.text()}\n  hint: {hint}")
        return step
