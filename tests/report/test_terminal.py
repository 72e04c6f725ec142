"""Runs as plain text: contents, width and encoding."""

from dataclasses import replace

import pytest
from rich.cells import cell_len

from nnbuild.records import frozen_mapping
from nnbuild.report.cells import WIDTH
from nnbuild.report.scores import Classified, Measured
from nnbuild.report.terminal import as_encoded, column_lines, data_text, result_text, sparkline
from report import runs

RUN = """\
data       digits: 1,797 rows of 64 columns
rows       1,437 to train, 360 to test

columns    pixel_0  number, constant; this is omitted
           pixel_1  number, scaled

network    digits_mlp: 17,226 parameters, 17.0 k multiply-adds, 326 kB to train in batches of 32

           input      (input)    64
           dense_1    Dense     128  8,320 params
           dropout_1  Dropout   128
           dense_2    Dense      64  8,256 params
           dropout_2  Dropout    64
           output     Dense      10    650 params
           output     (output)   10

training   3 epochs in 12.3 s; kept epoch 3: loss 0.5, val_loss 0.75
           loss         2 █▃▁  0.5
           val_loss  2.25 █▃▁ 0.75

test       accuracy  0.9722    (baseline 0.1028)
           log loss  0.1031    (baseline 2.302)
           on 360 rows; the baseline predicts the shares of their classes for each

classes         precision  recall     F1   loss   rows
           no       1.000   0.995  0.997  0.050  2,000
           yes      0.000       -  0.000      -      0

confusion  rows: true classes, columns: predicted classes
                  no  yes
           no   1990   10
           yes     ·    ·

files      model      demo/digits_mlp.nnb
           this page  demo/digits_mlp.html

try next   nnbuild describe digits_mlp --input 64 --outputs 10
             sizes of every layer"""


def run_text(report):
    return f"{data_text(report.data)}\n\n{result_text(report)}"


def short_run():
    curves = frozen_mapping({"loss": (2.0, 1.0, 0.5), "val_loss": (2.25, 1.25, 0.75)})
    history = replace(runs.history(3, best=3), curves=curves)
    return runs.report(Classified(("no", "yes"), ((1990, 10), (0, 0)), (0.05, float("nan"))), history)


def test_the_whole_text_of_a_run():
    assert run_text(short_run()) == RUN


def test_a_stream_of_ascii_gets_ascii():
    text = as_encoded(run_text(short_run()), "ascii")
    assert text.isascii()
    assert "?" not in text
    assert "val_loss  2.25 #:_ 0.75" in text
    assert "yes     .    ." in text


def test_encodable_characters_are_unchanged():
    text = run_text(short_run())
    assert as_encoded(text, "utf-8") == text
    assert as_encoded("a\N{CAT FACE}b", "latin-1") == "a?b"
    assert as_encoded("\N{MULTIPLICATION SIGN}", "cp1252") == "\N{MULTIPLICATION SIGN}"
    assert as_encoded("\N{MULTIPLICATION SIGN}", None) == "x"


@pytest.mark.parametrize("name", runs.ALL)
def test_it_fits_in_its_width(name):
    lines = run_text(runs.ALL[name]()).splitlines()
    assert max(map(cell_len, lines)) <= WIDTH
    assert all(line.isprintable() for line in lines)


def test_of_many_classes_the_worst_are_shown():
    text = result_text(runs.ALL["thirty classes"]())
    assert "\n           the 8 of 30 classes with the lowest F1\n" in text
    assert "\nconfusion  true class         predicted as       rows  share of class\n" in text


def test_errors_of_a_regression_are_summarized():
    outcome = Measured("price", (1.0,) * 10, tuple(1.0 + error for error in range(10)), "kEUR")
    assert (
        "errors     price: Half of the errors are up to 4 kEUR, 90 % up to 8 kEUR, the largest is 9 kEUR.\n"
    ) in result_text(runs.report(outcome))


FINDINGS = """\
findings   overfitting (error)
             accuracy 1.000 on training rows, 0.675 on 40 test rows (baseline 0.500)
             <script>alert('1')</script>
             Predictions are better on the training set than on other samples.
             try: nnbuild train x --set dropout=<script>alert('1')</script>
                  drops half of the units
             try: b
                  "quoted" & $x^2$

           an earlier epoch was better (warning)
             val_loss of 80 rows was lowest in epoch 17 (0.679); the kept epoch 100 has 0.93
             Without early stopping, the weights of the last epoch are kept.

           still improving in the last epoch (hint)
             loss fell from 0.6 to 0.5 in the last epoch
             More epochs may help.

columns """


def test_findings_are_first():
    text = result_text(runs.ALL["findings"]())
    assert text.startswith(FINDINGS)
    assert "test       accuracy  0.675    (training rows 1, baseline 0.5)\n" in text


def test_many_columns_share_lines():
    rows = [(f"pixel_{index}", "number, standardized (mean 0.5)") for index in range(30)]
    rows += [("id", "constant; x"), ("colour", "one-hot of 3 categories"), ("size", "one-hot of 4 categories")]
    assert column_lines(rows) == [
        "30  number, standardized: pixel_0, pixel_1, pixel_2, pixel_3 and 26 more",
        "1   constant: id",
        "2   one-hot: colour, size",
    ]


def test_labels_have_a_table():
    assert (
        "labels            precision  recall     F1   loss  rows\n"
        "           red        0.900   0.800  0.847  0.210    30\n"
        "           round          -       -      -      -     0\n"
    ) in result_text(runs.ALL["labels"]())


def test_wide_characters_keep_columns_aligned():
    text = result_text(runs.report(runs.classified(["\N{CAT FACE}", "dog"], 100)))
    lines = text[text.index("classes  ") :].splitlines()[:3]
    assert len({cell_len(line) for line in lines}) == 1


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ([5.0], "▁"),
        ([0.0, 1.0], "▁█"),
        ([1.0, 10.0, 100.0], "▁▅█"),
        ([1.0, float("nan"), 2.0, float("inf")], "▁ █ "),
        ([float("nan")], " "),
    ],
    ids=str,
)
def test_bars_of_a_curve(values, bars):
    assert sparkline(values) == bars


def test_long_curves_are_averaged():
    assert sparkline([0.0] * 48 + [7.0] * 48) == "▁" * 24 + "█" * 24
    assert len(sparkline([float(epoch) for epoch in range(1000)])) == 48
