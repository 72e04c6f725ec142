"""Columns of dates and times."""

import datetime

import numpy as np
import pandas as pd
import pytest

from inputs.tables_of import fitted, names, outputs, summary
from nnbuild.errors import DataError


def dates(*texts, **settings):
    return pd.Series(pd.to_datetime(list(texts)), **settings)


def circle(turns):
    return [np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)]


def test_a_time_becomes_its_parts():
    values = dates("1970-01-01 06:00", "1971-01-02 18:30")  # a Thursday and a Saturday, both in January
    preparation = fitted(values)
    parts = ["day of week", "day of year", "hour", "minute"]
    circles = [f"x {part} {way}" for part in parts for way in ("cos", "sin")]
    assert names(preparation) == ["x days", "x year", *circles]
    expected = [
        [-1, -1, *circle(3 / 7), *circle(0), *circle(6 / 24), *circle(0)],
        [1, 1, *circle(5 / 7), *circle(1 / 365.25), *circle(18.5 / 24), *circle(30 / 60)],
    ]
    np.testing.assert_allclose(outputs(preparation, values), expected, atol=1e-6)
    assert summary(preparation) == "x: time as days, year, day of week, day of year, hour, minute"


def test_days_and_years_are_standardised_by_the_rows_of_fit():
    preparation = fitted(dates("2001-03-01", "2001-03-03"))
    step = preparation.steps[0]
    assert (step.days_center, step.days_scale) == (11383, 1)  # 2 March 2001
    assert names(preparation)[0] == "x days"
    assert "x year" not in names(preparation)
    assert outputs(preparation, dates("2001-03-12"))[0, 0] == 10


def test_parts_that_do_not_differ_give_no_output():
    preparation = fitted(dates("2020-01-06", "2020-02-10", "2020-03-16"))  # Mondays
    assert summary(preparation) == "x: time as days, month, day of year"


def test_the_hour_has_its_fraction():
    preparation = fitted(dates("2020-01-01 00:00:00", "2020-01-01 00:00:30"))
    assert names(preparation) == ["x days", "x hour cos", "x hour sin"]
    hour = 18 + 36 / 60 + 36 / 3600
    expected = [[(hour * 3600 - 15) / 15, *circle(hour / 24)]]
    np.testing.assert_allclose(outputs(preparation, dates("2020-01-01 18:36:36")), expected, rtol=1e-5)


def test_missing_times_are_zero_and_marked():
    values = dates("2020-01-01", None, "2020-01-03")
    preparation = fitted(values)
    assert names(preparation)[-1] == "x missing"
    assert outputs(preparation, values)[1].tolist() == [0] * (len(names(preparation)) - 1) + [1]
    assert summary(preparation) == (
        "x: time as days, day of week, day of year; missing values (1) encoded as 0, indicator 'x missing'"
    )


def test_without_indicators():
    preparation = fitted(dates("2020-01-01", None, "2020-01-03"), indicators=False)
    assert not any(name.endswith("missing") for name in names(preparation))


@pytest.mark.parametrize(
    "column",
    [
        dates("2020-01-01", "2021-06-30", dtype="datetime64[ns]"),
        dates("2020-01-01", "2021-06-30", dtype="datetime64[s]"),
        pd.Series([datetime.date(2020, 1, 1), datetime.date(2021, 6, 30)]),
        pd.Series([datetime.datetime(2020, 1, 1), pd.Timestamp("2021-06-30")], dtype=object),
        pd.Series(pd.PeriodIndex(["2020-01-01", "2021-06-30"], freq="D")),
    ],
    ids=["ns", "s", "dates", "objects", "periods"],
)
def test_times_of_any_dtype_are_one(column):
    reference = fitted(dates("2020-01-01", "2021-06-30"))
    assert fitted(column) == reference
    np.testing.assert_array_equal(outputs(reference, column), outputs(reference, dates("2020-01-01", "2021-06-30")))


def test_years_far_away():
    step = fitted(pd.Series([datetime.datetime(1, 1, 1), datetime.datetime(9999, 1, 1)], dtype=object)).steps[0]
    assert (step.years_center, step.years_scale) == (5000, 4999)


class TestZones:
    def test_clocks_of_the_zone_of_fit_are_read(self):
        paris = dates("2020-06-01 12:00", "2020-06-02 18:00").dt.tz_localize("Europe/Paris")
        preparation = fitted(paris)
        assert summary(preparation) == "x: time in Europe/Paris as days, day of week, day of year, hour"
        clocks = fitted(dates("2020-06-01 12:00", "2020-06-02 18:00"))
        here = outputs(clocks, dates("2020-06-01 12:00", "2020-06-02 18:00"))
        np.testing.assert_array_equal(outputs(preparation, paris), here)
        np.testing.assert_array_equal(outputs(preparation, paris.dt.tz_convert("Asia/Tokyo")), here)

    def test_an_offset_is_read_in_utc(self):
        zone = datetime.timezone(datetime.timedelta(hours=1))
        column = dates("2020-06-01 12:00", "2020-06-02 18:00").dt.tz_localize(zone)
        assert fitted(column) == fitted(column.dt.tz_convert("UTC"))

    def test_a_zone_where_fit_saw_none_and_the_reverse(self):
        plain = dates("2020-06-01 12:00", "2020-06-02 18:00")
        aware = plain.dt.tz_localize("UTC")
        for first, second, before, now in ((plain, aware, "without", "with"), (aware, plain, "with", "without")):
            with pytest.raises(DataError) as caught:
                outputs(fitted(first), second)
            assert str(caught.value) == (
                f"column 'x': contained datetimes {before} a time zone in fit, but contains datetimes {now} one now"
            )

    def test_several_zones_in_one_column(self):
        column = pd.Series([pd.Timestamp("2020", tz="UTC"), pd.Timestamp("2021")], dtype=object)
        with pytest.raises(DataError) as caught:
            fitted(column)
        assert str(caught.value) == (
            "column 'x': contains times of several time zones, or times with and without one\n"
            "  hint: convert it with pandas.to_datetime(..., utc=True)"
        )


def test_text_later():
    with pytest.raises(DataError) as caught:
        outputs(fitted(dates("2020-01-01", "2020-01-02")), ["2020-01-03"])
    assert str(caught.value) == (
        "column 'x': contained datetimes in fit, but contains text or categories now, such as '2020-01-03' in row 0\n"
        "  hint: convert it with pandas.to_datetime"
    )


@pytest.mark.parametrize("dtype", [object, "float64", "str"])
def test_missing_values_alone_later_are_missing_whatever_the_dtype(dtype):
    preparation = fitted(dates("2020-01-01", None, "2020-01-03"))
    assert outputs(preparation, [None], dtype)[0].tolist() == [0] * (len(names(preparation)) - 1) + [1]
