"""Plans and histories as text."""

from dataclasses import replace

import pytest

from nnbuild.records import Cost, History, frozen_mapping
from nnbuild.report.text import WIDTH, columns, history_line, plan_table
from report import plans

PLANS = {name: make() for name, make in plans.ALL.items()}
STACK = """\
digits_mlp

name       type     output  weights       trainable  multiply-adds   memory
---------------------------------------------------------------------------
dense_1    Dense    128     64x128 + 128      8,320          8,192    512 B
dropout_1  Dropout  128                                          0    512 B
dense_2    Dense    64      128x64 + 64       8,256          8,192    256 B
dropout_2  Dropout  64                                           0    256 B
output     Dense    10      64x10 + 10          650            640     40 B
---------------------------------------------------------------------------
total                                        17,226         17,024  1.58 kB

weights        17,226 parameters, 68.9 kB
multiply-adds  17,024 per sample in a forward pass
memory         1.58 kB per sample for the outputs of all layers
task           multiclass
loss           sparse_categorical_crossentropy

training       326 kB at batch size 32
  weights      68.9 kB
  gradients    68.9 kB
  Adam state    138 kB
  activations  50.4 kB

notes
  output: 10 classes: 10 units, softmax
"""


def test_the_whole_table_of_a_stack():
    assert plan_table(PLANS["stack"]) == STACK


@pytest.mark.parametrize("name", PLANS)
def test_it_fits_in_its_width(name):
    assert max(map(len, plan_table(PLANS[name]).splitlines())) <= WIDTH


@pytest.mark.parametrize("name", PLANS)
def test_every_layer_has_a_line(name):
    plan = PLANS[name]
    lines = plan_table(plan).split("\n\n")[1].splitlines()
    rows = lines[2:-2]
    scopes = [row for row in rows if "  " not in row.strip()]
    assert len(rows) - len(scopes) == len(plan.steps)


def test_wide_names_are_below_their_scope():
    lines = plan_table(PLANS["resnet50"]).splitlines()
    assert lines[2:12] == [
        "layer                       output      weights            trainable   other  multiply-adds   memory",
        "-" * 100,
        "stem (Conv2D)               112x112x64  7x7x3x64               9,408            118,013,952  3.21 MB",
        "batch_normalization_1       112x112x64  4 of 64                  128     128              0  3.21 MB",
        "re_lu_1                     112x112x64                                                    0  3.21 MB",
        "max_pooling2d_1             56x56x64                                                      0   803 kB",
        "repeat_1.1.residual_1",
        "  conv2d_1                  56x56x64    1x1x64x64              4,096             12,845,056   803 kB",
        "  batch_normalization_1     56x56x64    4 of 64                  128     128              0   803 kB",
        "  re_lu_1                   56x56x64                                                      0   803 kB",
    ]
    assert lines[-13].split() == ["total", "25,557,032", "53,120", "4,089,184,256", "150", "MB"]
    assert lines[-11] == "weights        25,610,152 parameters, 102 MB (25,557,032 trainable, 53,120 other)"


def test_wider_names_are_cut_in_the_middle():
    net = plans.Network(input=(224, 224, 3))
    name = net.add("flatten_1", "Flatten", "input", (150528,))
    name = net.dense(
        "a_layer_with_a_name_that_has_very_much_about_it_and_its_place_in_the_network_as_a_whole", name, 4096
    )
    lines = plan_table(net.plan("large", name)).splitlines()
    assert lines[5] == (
        "a_layer_with_a_n..._a_whole (Dense)  4096    150528x4096 + 4096  616,566,784    616,562,688  16.4 kB"
    )
    assert "weights        616,566,784 parameters, 2.47 GB" in lines


def test_the_parts_of_training_memory_add_up():
    plan = replace(PLANS["stack"], cost=Cost(64, 10**9, 2 * 10**9, 3 * 10**9, 4 * 10**12), optimizer="")
    lines = plan_table(plan).splitlines()
    start = lines.index("training       4.01 TB at batch size 64")
    assert lines[start + 1 : start + 5] == [
        "  weights          1.00 GB",
        "  gradients        2.00 GB",
        "  optimizer state  3.00 GB",
        "  activations      4.00 TB",
    ]


def test_unknown_multiply_adds_are_reported():
    text = plan_table(PLANS["transformer"])
    assert "multiply-adds  at least 196,672 per sample in a forward pass (unknown: MultiHeadAttention)" in text
    row = next(line for line in text.splitlines() if line.startswith("  attention"))
    assert " ".join(row.split()) == "attention (MultiHeadAttention) 128x64 4 of 64x4x16 16,384 ? 32.8 kB"


def test_other_parameters_have_a_column_only_where_there_are_any():
    assert [column.title for column in columns(PLANS["stack"])] == [
        *("name", "type", "output", "weights", "trainable", "multiply-adds", "memory")
    ]
    assert "other" in [column.title for column in columns(PLANS["residual"])]


def test_control_characters_are_replaced():
    text = plan_table(plans.hostile("\x1b[2J\r\n\u202ename"))
    assert all(character.isprintable() or character == "\n" for character in text)
    assert text.startswith("?[2J???name\n")


def test_long_notes_are_wrapped():
    plan = plans.stack()
    noted = replace(plan, steps=(replace(plan.steps[0], note="word " * 50), *plan.steps[1:]))
    lines = plan_table(noted).split("notes\n")[1].splitlines()
    assert lines[0].startswith("  dense_1: word word")
    assert lines[1].startswith("    word word")
    assert max(map(len, lines)) <= WIDTH


def test_a_history_is_one_line():
    curves = frozen_mapping({"loss": (1.0, 0.5, 0.125), "val_loss": (1.2, 0.6, 2 / 3)})
    assert history_line(History(curves, 2, "epochs", 1.5)) == "3 epochs in 1.5 s; kept epoch 2: loss 0.5, val_loss 0.6"
    curves = frozen_mapping({"loss": tuple(1 / epoch for epoch in range(1, 1001))})
    assert history_line(History(curves, 503, "early_stopping", 4000.0)) == (
        "1,000 epochs in 1 h 6 min, stopped early; kept epoch 503: loss 0.001988"
    )


def test_a_diverged_history_is_reported():
    curves = frozen_mapping({"loss": (2.5, float("inf"), float("nan"))})
    assert history_line(History(curves, 1, "diverged", 0.25)) == (
        "3 epochs in 0.25 s, stopped because the loss became infinite or NaN; kept epoch 1: loss 2.5"
    )
