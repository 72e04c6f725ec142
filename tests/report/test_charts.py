"""Charts as SVG: self-contained, deterministic, and readable for odd values."""

import re
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree

import matplotlib as mpl
import pytest

from nnbuild.report.charts import confusion_chart, curve_names, error_chart, learning_curve, prediction_chart
from nnbuild.report.figures import _DARK
from nnbuild.report.scores import Classified, Measured
from report import runs

NAMES = "{http://www.w3.org/2000/svg}"
DRAWN = {
    "learning curve": lambda: learning_curve(runs.history(), "loss"),
    "confusion": lambda: confusion_chart(runs.classified("abc")),
    "predictions": lambda: prediction_chart(runs.measured(100)),
    "errors": lambda: error_chart(runs.measured(100)),
}


@cache
def drawn(name):
    return DRAWN[name]()


@pytest.mark.parametrize("name", DRAWN)
def test_it_is_one_self_contained_element(name):
    svg = drawn(name)
    assert ElementTree.fromstring(svg).tag == f"{NAMES}svg"
    assert set(re.findall(r'https?://[^"]*', svg)) == {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not re.search("<script|<image|<metadata|@import|DejaVu", svg)


def test_settings_of_matplotlib_are_neither_used_nor_changed():
    before, svg = dict(mpl.rcParams), drawn("predictions")
    with mpl.rc_context({"axes.facecolor": "red", "font.size": 30, "svg.hashsalt": "other", "lines.linewidth": 9}):
        assert DRAWN["predictions"]() == svg
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", DRAWN)
def test_every_colour_has_one_for_dark_pages(name):
    body = re.sub("<style>.*?</style>", "", drawn(name), flags=re.DOTALL)
    assert set(re.findall("#[0-9a-f]{6}(?![0-9a-z])", body)) <= set(_DARK)


def test_charts_of_one_page_share_no_names():
    charts = [drawn(name) for name in DRAWN]
    ids = [found for svg in charts for found in set(re.findall(' id="([^"]*)"', svg))]
    assert len(set(ids)) == len(ids) > 0
    for svg in charts:
        assert {found[1:] for found in re.findall(r'(?:href="|url\()(#\w+)', svg)} <= set(ids)


def test_curves_are_labelled():
    history = runs.history(40, best=28)
    assert curve_names(history) == ["loss", "accuracy"]
    names = ("loss", "val_loss", "price_loss", "val_price_loss", "kind_loss", "kind_accuracy")
    assert curve_names(replace(history, curves=dict.fromkeys(names, (1.0, 0.5)))) == ["loss", "price_loss", "kind_loss"]
    shown = texts(learning_curve(history, "accuracy"))
    assert shown >= {"accuracy", "epoch", "training", "validation", "kept epoch 28: 0.9302"}


def test_the_epoch_of_the_lowest_validation_loss_is_marked_where_another_one_was_kept():
    history = replace(runs.history(40, best=28), best_epoch=40)
    lowest = min(history.curves["val_loss"])
    label = f"lowest in epoch 28: {lowest:.4g}"
    assert history.curves["val_loss"].index(lowest) == 27
    assert label in texts(learning_curve(history, "loss"))
    assert label not in texts(learning_curve(runs.history(40, best=28), "loss"))
    assert not any("lowest" in text for text in texts(learning_curve(history, "accuracy")))


def test_one_epoch_is_a_point():
    svg = learning_curve(runs.history(1), "loss")
    assert texts(svg) >= {"training", "validation", "kept epoch 1: 2.35"}
    assert "<use" in svg


def test_without_validation_the_training_has_the_best_epoch():
    history = runs.history(5)
    curves = {"loss": history.curves["loss"]}
    shown = texts(learning_curve(replace(history, curves=curves, best_epoch=5), "loss"))
    assert "validation" not in shown
    assert f"kept epoch 5: {curves['loss'][4]:.4g}" in shown


def test_a_divergence_is_reported_and_drawn_up_to_its_epoch():
    shown = texts(learning_curve(runs.diverged(), "loss"))
    assert shown >= {"4 values are infinite or NaN", "1e+06", "kept epoch 1: 2.7"}


def test_curves_without_any_number_are_reported():
    history = replace(runs.diverged(), curves={"loss": (float("nan"),)})
    assert texts(learning_curve(history, "loss")) == {"loss", "epoch", "1", "1 value is infinite or NaN"}


def test_cells_hold_counts_and_shares():
    outcome = Classified(("no", "yes"), ((1998, 2), (0, 12_345)), (0.1, 0.2))
    assert texts(confusion_chart(outcome)) == {
        *("Test rows by class", "predicted", "true", "no", "yes", "1,998", ">99%", "2", "<1%", "12.3 k", "100%")
    }
    assert "Test pixels by class" in texts(confusion_chart(replace(outcome, of_pixels=True)))


@pytest.mark.parametrize(("n", "n_texts"), [(12, 27), (20, 43), (30, 63), (100, 3)])
def test_more_classes_are_reported_more_briefly(n, n_texts):
    counts = tuple(tuple(7 * (row == column) for column in range(n)) for row in range(n))
    found = ElementTree.fromstring(confusion_chart(Classified(tuple(f"c{i}" for i in range(n)), counts, (0.0,) * n)))
    shown = [element.text for element in found.iter(f"{NAMES}text")]
    numbers = [text for text in shown if text.isdecimal()]
    assert ("7" in numbers) == (n <= 20)
    assert ("100%" in shown) == (n <= 12)
    assert len(set(shown) - set(numbers) - {"100%"}) == (n + 3 if n <= 40 else 3)


def test_a_class_without_rows_is_an_empty_row():
    outcome = Classified(("a", "b"), ((3, 1), (0, 0)), (0.1, float("nan")))
    assert texts(confusion_chart(outcome)) >= {"3", "75%", "1", "25%"}


def test_odd_names_are_escaped_and_shortened():
    shown = texts(confusion_chart(runs.classified(runs.ODD_LABELS)))
    assert {"\N{CAT FACE} cat", '"quoted" & $x^2$', "<script>al\N{HORIZONTAL ELLIPSIS}')</script>"} <= shown


def test_names_like_ids_of_matplotlib_are_unchanged():
    odd = ' id="axes_1"'
    assert odd in texts(confusion_chart(runs.classified([odd, "#m0123456789"])))


def test_predictions_have_their_unit():
    assert texts(drawn("predictions")) >= {"true price (kEUR)", "predicted price (kEUR)"}
    assert texts(drawn("errors")) >= {"predicted - true price (kEUR)", "test rows"}


def test_outliers_are_drawn_at_the_edge():
    shown = texts(prediction_chart(runs.measured(400, outliers=3)))
    assert "3 of 400 beyond" in shown
    assert not any(len(text) > 4 and text.isdecimal() for text in shown)
    assert "3 of 400 beyond" in texts(error_chart(runs.measured(400, outliers=3)))


def test_many_rows_are_drawn_as_density():
    few, many = prediction_chart(runs.measured(1000)), prediction_chart(runs.measured(20_000))
    assert few.count("<use") > 1000
    assert many.count("<use") < 100


@pytest.mark.parametrize("true", [(), (2.0,), (2.0, 2.0), (float("nan"), 1.0)], ids=str)
def test_few_rows_are_drawn(true):
    outcome = Measured("y", true, tuple(1.0 for _ in true))
    assert "Errors" in texts(error_chart(outcome))
    svg = prediction_chart(outcome)
    assert ("1 of 2 rows have no finite value" in texts(svg)) == any(value != value for value in true)


def texts(svg):
    return {element.text for element in ElementTree.fromstring(svg).iter(f"{NAMES}text")}
