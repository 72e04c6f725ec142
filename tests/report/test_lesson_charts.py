"""Charts of lessons, as text and as SVG."""

import re

import pytest

from nnbuild.lessons.charts import Bars, Curves, Grids

CURVES = Curves(
    "Fall", {"a": ([1, 2, 3], [1.0, 0.1, 0.01]), "b": ([1, 3], [1.0, 1.0])}, {"c": ([2], [0.0])}, "x", "y", log_y=True
)
GRIDS = Grids("Signs", {"one": [[1.0, -0.5], [0.0, 0.25]], "two": [[2.0, 2.0]] * 2}, ["p", "q"], ["r", "s"])


def test_curves_as_text():
    lines = CURVES.text().splitlines()
    assert lines[:3] == ["Fall", "", f"    1 |x{' ' * 62}x"]
    assert lines[2 + 13] == f" 0.01 |{' ' * 63}o"
    assert lines[-4:] == [f"       1{'3':>63}", "", "o a   x b   + c", "x: x   y: y"]
    assert sum(line.count("+") for line in lines[2:16]) == 0  # 0 is not on a logarithmic axis


def test_matrices_as_text():
    assert GRIDS.text() == "Signs\n\n   one      two\n   r s      r s\np  @@==  p  @@@@\nq    ::  q  @@@@"


@pytest.mark.parametrize("chart", [Bars("Bars", {"a": 1.0, "b": 2.0}, "size", log=True), CURVES, GRIDS])
def test_svg_has_the_words_of_the_chart(chart):
    svg = chart.svg()
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    words = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    wanted = {"Bars": {"Bars", "a", "b", "size"}, "Fall": {"Fall", "a", "b", "c", "x", "y"}}
    assert wanted.get(chart.title, {"Signs", "one", "two", "p", "q", "r", "s"}) <= set(words)
    assert chart.svg() == svg
