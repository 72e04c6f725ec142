"""Layout of diagrams: every layer has a box, and nothing overlaps."""

from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbuild.report.diagram.boxes import box_lines, frame_label
from nnbuild.report.diagram.drawing import arranged, diagram_svg
from report import plans
from report.diagrams import DASH, LAYOUTS, PLANS, TIMES, check_places, check_steps, check_wires, every_plan, frames


@every_plan
def test_every_step_has_its_box_and_nothing_overlaps(name):
    plan, layout = PLANS[name], LAYOUTS[name]
    check_steps(plan, layout)
    check_places(layout)
    check_wires(layout)
    ends = [box.key for box, _ in layout.boxes if not box.steps]
    assert ends == [("input", each) for each in plan.inputs] + [("output", each) for each in plan.outputs]


def test_a_stack_runs_straight_down():
    layout = LAYOUTS["stack"]
    labels = "input dense_1 dropout_1 dense_2 dropout_2 output output"
    assert [box.label for box, _ in layout.boxes] == labels.split()
    assert {len(wire.points) for wire in layout.wires} == {2}
    assert len({round(wire.points[0][0]) for wire in layout.wires}) == 1
    tops = [place.y for _, place in layout.boxes]
    assert tops == sorted(tops)


def test_a_box_lists_type_name_shape_and_parameters():
    box = next(box for box, _ in LAYOUTS["residual"].boxes if box.label == "stem")
    lines = [(line.left, line.right) for line in box_lines(box, 250)]
    assert lines == [("Conv2D", "stem"), (f"28 {TIMES} 28 {TIMES} 16", "144 params")]


def test_a_skip_is_drawn_at_the_side_of_the_boxes():
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


def test_equal_iterations_are_drawn_once():
    layout = LAYOUTS["equal_iterations"]
    assert frames(layout) == [("repeat_1", 3)]
    assert [box.label for box, _ in layout.boxes] == ["input", "dense_1", "dropout_1", "output", "output"]
    assert [step.name for step in layout.boxes[1][0].steps] == ["repeat_1.1.dense_1"]


def test_equal_neighbours_among_unequal_iterations_share_a_frame():
    layout = LAYOUTS["mixed_iterations"]
    assert frames(layout) == [("repeat_1", 1), (f"2{DASH}3", 2), (f"5{DASH}6", 2)]
    assert [frame_label(group) for group, _ in layout.frames] == [
        "repeat_1",
        f"iterations 2{DASH}3",
        f"iterations 5{DASH}6",
    ]


def test_equal_iterations_of_one_layer_are_a_box():
    layout = arranged(plans.iterations([64, 64, 64, 16]))
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


def test_a_scope_with_a_layer_between_its_parts_has_no_frame():
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


@st.composite
def networks(draw):
    """Any acyclic network with steps in any scopes."""
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
@settings(max_examples=25)
def test_any_network_is_drawn_whole(plan):
    layout = arranged(plan)
    check_steps(plan, layout)
    check_places(layout)
    check_wires(layout)
    ElementTree.fromstring(diagram_svg(plan))
