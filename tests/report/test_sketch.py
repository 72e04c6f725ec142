"""Networks drawn in characters."""

import pytest

from nnbuild.report.cells import WIDTH
from nnbuild.report.diagram.sketch import sketch
from report import plans

RESIDUAL = """\
┌ residual_2
│ conv2d_1                  Conv2D                  14x14x32  4,608 params
│ batch_normalization_1     BatchNormalization      14x14x32    128 params
│ re_lu_1                   ReLU                    14x14x32
│ conv2d_2                  Conv2D                  14x14x32  9,216 params
│ shortcut.conv2d_1         Conv2D                  14x14x32    512 params  from residual_1.add
│ add                       Add                     14x14x32                and conv2d_2
└
"""
ITERATIONS = """\
input           (input)   32
┌ repeat_1 \N{MULTIPLICATION SIGN} 3
│ dense_1       Dense     32  1,056 params
│ dropout_1     Dropout   32
└
output          Dense     10    330 params
output          (output)  10
"""


def test_equal_iterations_are_one_frame():
    assert sketch(plans.ALL["equal_iterations"]()) == ITERATIONS


def test_inputs_are_shown_if_they_are_not_the_line_above():
    assert RESIDUAL in sketch(plans.residual())


@pytest.mark.parametrize("name", plans.ALL)
def test_it_fits_in_its_width(name):
    for width in (90, WIDTH):
        lines = sketch(plans.ALL[name](), width).splitlines()
        assert max(map(len, lines)) <= width
    assert all(line.isprintable() for line in lines)
