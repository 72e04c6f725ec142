"""Text, colours and styles of diagrams."""

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import keras
import matplotlib as mpl
import pytest
from matplotlib.ft2font import FT2Font

from nnbuild import catalog, keras_layers
from nnbuild.catalog.facts.rows import LAYER_FAMILIES
from nnbuild.report.diagram import boxes as content
from nnbuild.report.diagram.boxes import SHARED_COLOURS, box_lines, frame_label, text_width, times_text
from nnbuild.report.diagram.drawing import arranged, diagram_svg
from report import plans
from report.diagrams import LAYOUTS, PLANS, SVG, check_places, colour_of, crosses, every_plan


@every_plan
def test_it_is_valid_and_self_contained_xml(name):
    svg = diagram_svg(PLANS[name])
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    tags = {"svg", "style", "rect", "text", "g", "path", "title"}
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= tags
    assert not re.search(r'\b(href|src|id|on\w+)="|url\(|@import|@font-face', svg)
    assert diagram_svg(PLANS[name]) == svg


@every_plan
def test_text_fits(name):
    layout = LAYOUTS[name]
    for box, place in layout.boxes:
        for line in box_lines(box, place.width):
            assert line.width <= place.width - 2 * content.SIDE
    for group, place in layout.frames:
        label, badge = text_width(frame_label(group), "label"), text_width(times_text(group.times), "times")
        assert label + badge + 36 <= place.width
        header = (place.x + 14, place.y + 4, place.x + 14 + label, place.y + 22)
        assert not any(crosses(a, b, header) for wire in layout.wires for a, b in pairwise(wire.points))


@every_plan
def test_all_text_is_inside_the_picture(name):
    root = ElementTree.fromstring(diagram_svg(PLANS[name]))
    wide = float(root.get("width"))
    shift = float(root.find(f"{SVG}g").get("transform")[len("translate(") :].split()[0])
    for element in root.iter(f"{SVG}rect"):
        assert float(element.get("x", 0)) + float(element.get("width")) <= wide
    assert 28 <= shift <= wide - LAYOUTS[name].width - 28 + 0.1


def test_names_are_escaped():
    svg = diagram_svg(PLANS["hostile"])
    assert "<script" not in svg
    texts = [element.text for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert "<script>alert('1')</script>&\"\ufffd\ufffd" in texts


def test_long_names_are_cut_but_complete_in_titles():
    plan = plans.hostile("a_name_that_goes_on_and_on", length=9)
    layout = arranged(plan)
    check_places(layout)
    assert max(place.width for _, place in layout.boxes) <= 330
    titles = "\n".join(element.text for element in ElementTree.fromstring(diagram_svg(plan)).iter(f"{SVG}title"))
    assert all(step.name in titles for step in plan.steps)


def test_titles_contain_all_facts():
    titles = [element.text for element in ElementTree.fromstring(diagram_svg(PLANS["stack"])).iter(f"{SVG}title")]
    assert titles[1] == "dense_1: Dense (None, 128), 8,320 parameters, 8,192 multiply-adds"
    assert titles[5] == "output: Dense (None, 10), 650 parameters, 640 multiply-adds (10 classes: 10 units, softmax)"


def test_it_has_colours_for_dark_pages():
    svg = diagram_svg(PLANS["stack"])
    light, dark = svg.split("@media (prefers-color-scheme:dark)")
    assert ".nnb-page{fill:#ffffff}" in light
    assert ".nnb-page{fill:#15181d}" in dark


def test_diagrams_of_one_page_share_their_rules():
    styles = [diagram_svg(PLANS[name]).split("</style>")[0].split("<style>")[1] for name in ("stack", "residual")]
    assert styles[0] == styles[1]
    selectors = re.findall(r"^(?:@media[^{]*\{)?([^{@]+)\{", styles[0].strip(), flags=re.MULTILINE)
    assert len(selectors) > 50
    assert [selector for selector in selectors if not selector.startswith(".nnb")] == []


def test_every_class_has_a_style():
    for plan in PLANS.values():
        svg = diagram_svg(plan)
        style, body = svg.split("</style>")
        classes = {name for found in re.findall(r'class="([^"]*)"', body) for name in found.split()}
        assert [name for name in sorted(classes) if f".{name}{{" not in style] == []


def test_families_have_colours():
    style = diagram_svg(PLANS["stack"])
    colours = {colour_of(layer) for layer in catalog.class_names("layers")}
    assert [name for name in colours if not re.search(rf"-{name}{{fill:", style)] == []
    assert set(SHARED_COLOURS) - set(LAYER_FAMILIES) == set()


@pytest.mark.parametrize(
    "layer, name",
    [
        ("Conv2D", "convolution"),
        ("RandomFlip", "noise"),  # as other layers with random numbers
        ("Shared", "other"),
        ("mine>Conv2D", "other"),  # not registered
    ],
)
def test_a_layer_has_the_colour_of_its_family(layer, name):
    assert colour_of(layer) == name


@pytest.mark.parametrize(
    "base, name",
    [
        (keras.layers.Conv2D, "convolution"),
        (keras_layers.ClassToken, "embedding"),
        (keras.layers.Layer, "other"),
    ],
)
def test_a_registered_layer_has_the_colour_of_its_nearest_base_class(base, name):
    nearest = type("Dense", (base,), {})  # not that of Keras
    with keras.saving.CustomObjectScope({"mine>Layer": type("Mine", (nearest,), {})}):
        assert colour_of("mine>Layer") == name


def test_unknown_multiply_adds_are_reported():
    assert "at least 197 k multiply-adds" in diagram_svg(PLANS["transformer"])
    assert "at least" not in diagram_svg(PLANS["stack"])


DEJAVU = Path(mpl.get_data_path()) / "fonts" / "ttf"


def width_in_dejavu(text, style):
    """Width of a text in pixels in DejaVu Sans, the fallback font of Linux."""
    font = FT2Font(DEJAVU / f"DejaVuSans{'-Bold' if style in ('title', 'times', 'label', 'heading') else ''}.ttf")
    font.set_size(100, 72)
    font.set_text(text, 0.0)
    return font.get_width_height()[0] / 64 * content.FONT_SIZES[style] / 100


@every_plan
def test_text_is_measured_as_in_the_widest_of_usual_fonts(name):
    if name == "hostile":  # characters without a glyph
        return
    for element in ElementTree.fromstring(diagram_svg(PLANS[name])).iter(f"{SVG}text"):
        style = element.get("class").split()[0].rpartition("-")[2]
        assert width_in_dejavu(element.text, style) <= 1.02 * text_width(element.text, style)
        assert len(element.text) < 8 or text_width(element.text, style) <= 1.15 * width_in_dejavu(element.text, style)


def test_chinese_is_as_wide_as_high():
    assert text_width("\u5c42", "dim") == 11
