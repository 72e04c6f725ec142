"""Plans in notebooks: a diagram and a table, without scripts and external files."""

import re
from xml.etree import ElementTree

import pytest

from nnbuild.report.diagram.drawing import diagram_svg
from nnbuild.report.html import plan_html
from report import plans

PLANS = {name: make() for name, make in plans.ALL.items()}


@pytest.mark.parametrize("name", PLANS)
def test_it_is_well_formed_and_contains_every_layer(name):
    page = ElementTree.fromstring(plan_html(PLANS[name]))
    rows = page.findall(".//tbody/tr")
    clean = [re.sub("[\x00-\x1f]", "?", step.name) for step in PLANS[name].steps]
    assert [row[0].text for row in rows] == clean
    assert len({len(row) for row in [*rows, page.find(".//thead/tr")]}) == 1


def test_the_diagram_is_above_a_closed_table():
    page = plan_html(PLANS["residual"])
    assert page.index(diagram_svg(PLANS["residual"])) < page.index("<details>\n<summary>")
    summary = "19 layers, 38,170 parameters, 19.1 MB to train at batch size 32"
    assert f"<summary>{summary}</summary>" in page


def test_the_facts_are_those_of_the_text():
    facts = ElementTree.fromstring(plan_html(PLANS["stack"])).find(".//pre").text.splitlines()
    assert facts[0] == "weights        17,226 parameters, 68.9 kB"
    assert facts[-1] == "  output: 10 classes: 10 units, softmax"


def test_names_are_escaped():
    page = plan_html(PLANS["hostile"])
    assert "<script" not in page
    assert "\x00" not in page


def test_styles_are_of_the_plan_alone():
    style = re.search("<style>(.*?)</style>", plan_html(PLANS["stack"]))[1]
    assert [rule for rule in style.split("}")[:-1] if not rule.startswith(".nnb-plan ")] == []
