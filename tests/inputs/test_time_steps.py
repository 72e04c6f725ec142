"""Steps of times: recognized units, times after others, seasons, and times off the grid."""

import numpy as np
import pandas as pd
import pytest

from nnbuild.inputs.time_steps import TimeStep, time_form, time_texts

# Name of the frequency in pandas, first time: step in words, season.
STEPS = {
    ("MS", "2024-01-01"): ("1 month", 12),
    ("QS", "2024-01-01"): ("3 months", 4),
    ("YS", "2024-01-01"): ("12 months", 1),
    ("ME", "2024-01-31"): ("1 month end", 12),
    ("D", "2024-01-30"): ("1 day", 7),
    ("2D", "2024-01-30"): ("2 days", 1),
    ("W", "2024-01-07"): ("1 week", 52),
    ("B", "2024-01-04"): ("1 business day", 5),
    ("h", "2024-01-01 07:00"): ("1 hour", 24),
    ("30min", "2024-01-01"): ("30 minutes", 48),
    ("7s", "2024-01-01"): ("7 seconds", 1),
}


def times_of(frequency: str, start: str, n: int = 40) -> np.ndarray:
    return pd.date_range(start, periods=n, freq=frequency).to_numpy().astype("datetime64[s]")


@pytest.mark.parametrize(("frequency", "start"), STEPS)
def test_steps_are_those_of_pandas(frequency, start):
    times = times_of(frequency, start)
    step = TimeStep.of(np.delete(times, [7, 8, 20]))  # missing times do not change the most frequent step
    assert (step.text(), step.season) == STEPS[frequency, start]
    assert step.positions(times).tolist() == list(range(40))
    np.testing.assert_array_equal([step.after(times[5], n) for n in (1, 2, 30)], times[[6, 7, 35]])
    assert TimeStep.from_dict(step.to_dict()) == step


def test_the_day_of_a_month_is_kept():
    times = np.array(["2023-12-15T12:00:00", "2024-01-15T12:00:00"], "datetime64[s]")
    step = TimeStep.of(times)
    assert time_texts(np.array([step.after(times[1], 1)]), time_form(times)) == ["2024-02-15T12:00:00"]
    assert np.isnan(step.positions(np.append(times, np.datetime64("2024-02-16T12:00:00")))[2])


def test_numbers_are_times():
    step = TimeStep.of(np.array([0.1, 0.2, 0.3, 0.5]))
    assert (step.text(), step.season) == ("0.1", 1)
    assert step.positions(np.array([0.1, 0.5, 0.55])).tolist()[:2] == [0, 4]
    assert np.isnan(step.positions(np.array([0.1, 0.55]))[1])
    assert time_texts(np.array([1949.0, step.after(0.5, 3)]), "") == ["1949", "0.8"]


@pytest.mark.parametrize("document", [None, {}, {"unit": "moon", "size": 1}, {"unit": "month", "size": 0}])
def test_other_documents_are_no_steps(document):
    assert TimeStep.from_dict(document) is None
