"""The diagram of a network: every layer has its place, nothing lies on anything else, and text fits."""

import re
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import keras
import matplotlib as mpl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.ft2font import FT2Font

from nnbuild import catalog, keras_layers
from nnbuild.catalog.facts.rows import LAYER_FAMILIES
from nnbuild.records import Step
from nnbuild.report.diagram import boxes as content
from nnbuild.report.diagram.boxes import SHARED_COLOURS, box_lines, colour, frame_label, text_width, times_text
from nnbuild.report.diagram.drawing import arranged, diagram_svg
from nnbuild.report.diagram.outline import Box, boxes
from report import plans

TIMES, DASH = "\N{MULTIPLICATION SIGN}", "\N{EN DASH}"
SVG = "{http://www.w3.org/2000/svg}"
PLANS = {name: make() for name, make in plans.ALL.items()}
LAYOUTS = {name: arranged(plan) for name, plan in PLANS.items()}

every_plan = pytest.mark.parametrize("name", PLANS)


@every_plan
def test_it_is_valid_xml_of_its_own(name):
    svg = diagram_svg(PLANS[name])
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg",
        "style",
        "rect",
        "text",
        "g",
        "path",
        "title",
    }
    assert not re.search(r'\b(href|src|id|on\w+)="|url\(|@import|@font-face', svg)
    assert diagram_svg(PLANS[name]) == svg


@every_plan
def test_every_step_is_in_one_box(name):
    check_steps(PLANS[name], LAYOUTS[name])


@every_plan
def test_inputs_and_outputs_are_marked(name):
    plan, ends = PLANS[name], [box.key for box, _ in LAYOUTS[name].boxes if not box.steps]
    assert ends == [("input", each) for each in plan.inputs] + [("output", each) for each in plan.outputs]


@every_plan
def test_nothing_lies_on_anything_else(name):
    check_places(LAYOUTS[name])


@every_plan
def test_wires_keep_to_their_boxes(name):
    check_wires(LAYOUTS[name])


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


def test_a_stack_runs_straight_down():
    layout = LAYOUTS["stack"]
    assert [box.label for box, _ in layout.boxes] == [
        "input",
        "dense_1",
        "dropout_1",
        "dense_2",
        "dropout_2",
        "output",
        "output",
    ]
    assert {len(wire.points) for wire in layout.wires} == {2}
    assert len({round(wire.points[0][0]) for wire in layout.wires}) == 1
    tops = [place.y for _, place in layout.boxes]
    assert tops == sorted(tops)


def test_a_box_lists_type_name_shape_and_parameters():
    box = next(box for box, _ in LAYOUTS["residual"].boxes if box.label == "stem")
    lines = [(line.left, line.right) for line in box_lines(box, 250)]
    assert lines == [("Conv2D", "stem"), (f"28 {TIMES} 28 {TIMES} 16", "144 params")]


def test_a_skip_runs_beside_the_boxes():
    layout = LAYOUTS["residual"]
    places = {box.key: place for box, place in layout.boxes}
    skip = next(w for w in layout.wires if (w.source[1], w.target[1]) == ("stem", "residual_1.add"))
    main = next(w for w in layout.wires if (w.source[1], w.target[1]) == ("residual_1.conv2d_2", "residual_1.add"))
    assert max(x for x, _ in skip.points) > max(
        place.x + place.width for key, place in places.items() if "residual_1" in key[1]
    )
    assert len(main.points) == 2
    assert skip.points[-1][0] > main.points[-1][0]


def test_branches_are_side_by_side():
    frames = {group.scope: place for group, place in LAYOUTS["inception"].frames}
    branches = [frames[f"parallel_1.{branch}"] for branch in "abcd"]
    assert all(a.x + a.width < b.x for a, b in pairwise(branches))
    middles = [place.y + place.height / 2 for place in branches]
    assert middles == pytest.approx([middles[0]] * 4)


def test_equal_turns_are_drawn_once():
    layout = LAYOUTS["equal_turns"]
    assert frames(layout) == [("repeat_1", 3)]
    assert [box.label for box, _ in layout.boxes] == ["input", "dense_1", "dropout_1", "output", "output"]
    assert [step.name for step in layout.boxes[1][0].steps] == ["repeat_1.1.dense_1"]


def test_unequal_turns_are_drawn_apart():
    layout = LAYOUTS["unequal_turns"]
    assert frames(layout) == [("repeat_1", 1)]
    assert [box.label for box, _ in layout.boxes][1:-2] == ["1.dense_1", "1.dropout_1", "2.dense_1", "2.dropout_1"]


def test_equal_neighbours_among_unequal_turns_share_a_frame():
    layout = LAYOUTS["mixed_turns"]
    assert frames(layout) == [("repeat_1", 1), (f"2{DASH}3", 2), (f"5{DASH}6", 2)]
    assert [frame_label(group) for group, _ in layout.frames] == ["repeat_1", f"turns 2{DASH}3", f"turns 5{DASH}6"]


def test_equal_turns_of_one_layer_are_a_box():
    layout = arranged(plans.turns([64, 64, 64, 16]))
    assert frames(layout) == [("repeat_1", 1)]
    assert [(box.label, box.times) for box, _ in layout.boxes][1:-2] == [
        *(("1.dense_1", 1), (f"2{DASH}3.dense_1", 2), ("4.dense_1", 1))
    ]


def test_repeats_in_repeats_are_folded_each():
    net = plans.Network(input=(8,))
    name = "input"
    for outer in (1, 2, 3):
        for inner in (1, 2):
            name = net.dense(f"repeat_1.{outer}.repeat_1.{inner}.dense_1", name, 8)
        name = net.add(f"repeat_1.{outer}.dropout_1", "Dropout", name)
    layout = arranged(net.plan("net", name))
    assert frames(layout) == [("repeat_1", 3)]
    assert [(box.label, box.times) for box, _ in layout.boxes if box.steps] == [
        ("repeat_1.dense_1", 2),
        ("dropout_1", 1),
    ]


def test_resnet50_names_the_layers_of_its_blocks():
    layout = LAYOUTS["resnet50"]
    shown = [box for box, _ in layout.boxes if box.steps]
    assert [step.type for step in shown[0].steps] == ["Conv2D", "BatchNormalization", "ReLU"]
    assert [(box.label, box.times) for box in shown if box.summary] == [
        each for last in (3, 4, 6, 3) for each in (("1.residual_1", 1), (f"2{DASH}{last}.residual_1", last - 1))
    ]
    assert shown[2].summary == "4 Conv2D, 4 BatchNormalization, 2 ReLU, Add, Activation"
    assert frames(layout) == [(f"repeat_{stage}", 1) for stage in (1, 2, 3, 4)]


def test_a_layer_after_equal_turns_keeps_its_box():
    net = plans.Network(input=(8,))
    name = "input"
    for block in range(1, 22):
        for turn in (1, 2):
            name = net.dense(f"repeat_{block}.{turn}.dense_1", name, 8)
        name = net.add(f"dropout_{block}", "Dropout", name)
    layout = arranged(net.plan("net", name))
    assert [(box.label, box.times) for box, _ in layout.boxes][1:3] == [("repeat_1.dense_1", 2), ("dropout_1", 1)]


def test_long_networks_list_what_they_omit():
    net = plans.Network(input=(8,))
    name = "input"
    for layer in range(1, 1001):
        name = net.dense(f"dense_{layer}", name, 8)
    layout = arranged(net.plan("long", name))
    assert [box.label for box, _ in layout.boxes if box.steps] == [
        *("dense_1", "dense_2", "dense_3", "994 layers", "dense_998", "dense_999", "dense_1000")
    ]
    assert layout.boxes[4][0].summary == "994 Dense"


def test_a_wide_network_is_shortened():
    net = plans.Network(input=(8,))
    ends = [net.dense(f"dense_{layer}", "input", 4) for layer in range(1, 501)]
    layout = arranged(net.plan("wide", net.add("add_1", "Add", ends)))
    assert [(box.label, box.summary) for box, _ in layout.boxes if box.steps] == [
        *((f"dense_{layer}", "") for layer in (1, 2, 3)),
        ("495 layers", "495 Dense"),
        *(("dense_499", ""), ("dense_500", ""), ("add_1", "")),
    ]
    check_places(layout)
    check_wires(layout)


def test_deep_scopes_become_boxes_where_the_picture_would_be_long():
    net = plans.Network(input=(8,))
    name = "input"
    for block in range(1, 21):
        for layer in range(1, block % 5 + 4):
            name = net.dense(f"part_{block}.dense_{layer}", name, block)
    layout = arranged(net.plan("deep", name))
    assert sum(bool(box.steps) for box, _ in layout.boxes) <= 40
    check_places(layout)
    check_wires(layout)


def test_a_scope_that_a_wire_leaves_and_enters_again_is_in_parts():
    net = plans.Network(input=(8,))
    name = net.dense("outside", net.dense("a.first", "input", 8), 8)
    layout = arranged(net.plan("net", net.dense("a.second", name, 8)))
    assert frames(layout) == []
    assert [box.label for box, _ in layout.boxes] == ["input", "a.first", "outside", "a.second", "a.second"]
    check_places(layout)
    check_wires(layout)


def test_an_input_may_be_an_output():
    plan = replace(PLANS["stack"], outputs={"output": "output", "raw": "input"})
    layout = arranged(plan)
    assert (("input", "input"), ("output", "raw")) in {(wire.source, wire.target) for wire in layout.wires}
    check_wires(layout)


def test_hostile_names_stay_text():
    svg = diagram_svg(PLANS["hostile"])
    assert "<script" not in svg
    texts = [element.text for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert "<script>alert('1')</script>&\"\ufffd\ufffd" in texts


def test_long_names_are_cut_and_complete_in_titles():
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
        ("ConvLSTM2D", "recurrent"),
        ("GlobalAveragePooling2D", "pooling"),
        ("RandomFlip", "noise"),  # as other layers that draw at random
        ("Rescaling", "shape"),
        ("StringLookup", "embedding"),
        ("MelSpectrogram", "other"),
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
        (keras.layers.GroupQueryAttention, "attention"),
        (keras_layers.ClassToken, "embedding"),
        (keras.layers.RandomFlip, "noise"),
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
    """Width of a text in pixels in the font that Linux shows where it has none of those that a diagram asks for."""
    font = FT2Font(DEJAVU / f"DejaVuSans{'-Bold' if style in ('title', 'times', 'label', 'heading') else ''}.ttf")
    font.set_size(100, 72)
    font.set_text(text, 0.0)
    return font.get_width_height()[0] / 64 * content.FONT_SIZES[style] / 100


@every_plan
def test_text_is_measured_as_in_the_widest_of_usual_fonts(name):
    if name == "hostile":  # signs that no font has
        return
    for element in ElementTree.fromstring(diagram_svg(PLANS[name])).iter(f"{SVG}text"):
        style = element.get("class").split()[0].rpartition("-")[2]
        assert width_in_dejavu(element.text, style) <= 1.02 * text_width(element.text, style)
        assert len(element.text) < 8 or text_width(element.text, style) <= 1.15 * width_in_dejavu(element.text, style)


def test_chinese_is_as_wide_as_high():
    assert text_width("\u5c42", "dim") == 11


@st.composite
def networks(draw):
    """Any acyclic network with steps in any scopes, also such as no recipe gives."""
    net = plans.Network(**dict.fromkeys(draw(st.sampled_from([["x"], ["x", "y"]])), (4,)))
    names = list(net.inputs)
    scopes = st.lists(st.sampled_from(["a", "b", "repeat_1.1", "repeat_1.2", "repeat_1.3"]), max_size=2)
    for number in range(draw(st.integers(1, 12))):
        inputs = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3))
        own = draw(st.sampled_from([f"step_{number}", f"step_{number % 3}"]))
        name = ".".join([*draw(scopes), own])
        if name not in names:
            names.append(net.add(name, "Add", inputs))
    return net.plan("any", *draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)))


@given(networks())
def test_any_network_is_drawn_whole(plan):
    layout = arranged(plan)
    check_steps(plan, layout)
    check_places(layout)
    check_wires(layout)
    ElementTree.fromstring(diagram_svg(plan))


def colour_of(layer):
    return colour(Box(("layer", "step"), "step", (None,), (Step("step", layer, (), (), (None,)),)))


def frames(layout):
    return [(group.label, group.times) for group, _ in layout.frames]


def check_steps(plan, layout):
    """Drawn layers are of the plan, each in one box; with their equal turns they are as many as those of the plan."""
    drawn = [step for box, _ in layout.boxes for step in dict.fromkeys(step.name for step in box.steps)]
    assert len(set(drawn)) == len(drawn)
    assert set(drawn) <= {step.name for step in plan.steps}
    turns = {box.key: box.times for box, _ in layout.boxes}
    for group, _ in layout.frames:
        for box in boxes(group.members):
            turns[box.key] *= group.times
    assert sum(len(box.steps) * turns[box.key] for box, _ in layout.boxes) == len(plan.steps)


def check_places(layout):
    """Boxes lie apart, inside their frames and the picture; frames lie apart or inside one another."""
    for (_, a), (_, b) in combinations(layout.boxes, 2):
        assert apart(a, b, 10)
    for (first, a), (second, b) in combinations(layout.frames, 2):
        assert apart(a, b, 10) or inside(b, a) or inside(a, b), (first.label, second.label)
    for _, place in (*layout.boxes, *layout.frames):
        assert place.x >= 0
        assert place.y >= 0
        assert place.x + place.width <= layout.width + 0.1
        assert place.y + place.height <= layout.height + 0.1
    places = {box.key: place for box, place in layout.boxes}
    for group, frame in layout.frames:
        own = {box.key for box in boxes(group.members)}
        assert all(inside(place, frame) if key in own else apart(place, frame, 5) for key, place in places.items())


def check_wires(layout):
    """Wires run level or plumb, from box to box, through no other box or frame; no two lie on one another."""
    places = {box.key: place for box, place in layout.boxes}
    for wire in layout.wires:
        start, end = places[wire.source], places[wire.target]
        assert wire.points[0][1] == pytest.approx(start.y + start.height)
        assert wire.points[-1][1] == pytest.approx(end.y)
        assert start.x < wire.points[0][0] < start.x + start.width
        assert end.x < wire.points[-1][0] < end.x + end.width
        assert all(min(abs(a[0] - b[0]), abs(a[1] - b[1])) < 0.5 for a, b in pairwise(wire.points))
        assert all(b[1] > a[1] - 0.5 for a, b in pairwise(wire.points))
        others = [place for key, place in places.items() if key not in (wire.source, wire.target)]
        others += [place for group, place in layout.frames if not {wire.source, wire.target} & keys(group)]
        for a, b in pairwise(wire.points):
            assert not any(crosses(a, b, corners(place, 3)) for place in others), wire

    for first, second in combinations(layout.wires, 2):
        if first.source != second.source:
            pairs = [(p, q) for p in pairwise(first.points) for q in pairwise(second.points)]
            assert not any(lie_on_one_another(p, q) for p, q in pairs), (first, second)


def lie_on_one_another(first, second):
    """Whether two level or plumb pieces share more than a crossing."""
    (a, b), (c, d) = first, second
    shared = [min(max(a[i], b[i]), max(c[i], d[i])) - max(min(a[i], b[i]), min(c[i], d[i])) for i in (0, 1)]
    return min(shared) > -2 and max(shared) > 4


def keys(group):
    return {box.key for box in boxes(group.members)}


def apart(a, b, gap):
    return (
        a.x + a.width + gap <= b.x + 0.1
        or b.x + b.width + gap <= a.x + 0.1
        or a.y + a.height + gap <= b.y + 0.1
        or b.y + b.height + gap <= a.y + 0.1
    )


def inside(a, b):
    """Whether place `a` lies within place `b`, with room around it."""
    return (
        b.x + 5 <= a.x
        and b.y + 20 <= a.y
        and a.x + a.width + 5 <= b.x + b.width
        and a.y + a.height + 5 <= b.y + b.height
    )


def corners(place, room):
    return place.x - room, place.y - room, place.x + place.width + room, place.y + place.height + room


def crosses(a, b, area):
    left, top, right, bottom = area
    return max(a[0], b[0]) > left and min(a[0], b[0]) < right and max(a[1], b[1]) > top and min(a[1], b[1]) < bottom
