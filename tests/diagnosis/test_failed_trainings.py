"""Findings about trainings in which a network learns nothing, and about samples."""

from math import nan

import pytest

from nnbuild.diagnosis.rules import raised
from nnbuild.diagnosis.sample_evidence import MissingValues, Samples, Shift
from nnbuild.diagnosis.sample_findings import SAMPLE_FINDINGS
from nnbuild.diagnosis.training_evidence import TrainingRecord, is_chance
from nnbuild.diagnosis.training_findings import findings
from nnbuild.records import History, frozen_mapping
from nnbuild.report.scores import Classified, Score


def history(loss, stopped="epochs"):
    return History(frozen_mapping({"loss": tuple(loss)}), len(loss), stopped, 1.0)


def confusion(*counts):
    return Classified(("no", "yes"), counts, (nan, nan))


def of_training(record):
    return [(one.code, one.severity, one.evidence) for one in findings(record)]


@pytest.mark.parametrize(
    ("losses", "is_found"),
    [([2.31, 2.305, 2.304, 2.304, 2.304], True), ([2.31] * 4, False), ([2.31, 2.3, 2.2, 2.1, 2.1], False)],
    ids=["flat", "few epochs", "falling"],
)
def test_a_flat_loss(losses, is_found):
    text = "loss was 2.31 in epoch 1, and at least 2.304 in 5 epochs"
    expected = [("flat_loss", "warning", (text,))] if is_found else []
    assert [one for one in of_training(TrainingRecord(history(losses))) if one[0] != "still_improving"] == expected


def test_a_flat_loss_with_good_scores_has_converged_in_the_first_epoch():
    score = Score("accuracy", 0.9, 0.5, error=0.01, training=0.9, gap_error=0.01)
    assert of_training(TrainingRecord(history([0.3] * 6), (score,), n_training=1000)) == []


def test_predictions_of_one_class():
    def found(*counts):
        return of_training(TrainingRecord(tested_on="100 test rows", outcomes=(confusion(*counts),)))

    text = "all predictions for 100 test rows are no, the class of {} of the rows"
    assert found((70, 0), (30, 0)) == [("one_class", "warning", (text.format("70%"),))]
    assert found((95, 0), (5, 0)) == [("one_class", "hint", (text.format("95%"),))]
    assert found((70, 0), (29, 1)) == []
    assert found((99, 0), (1, 0)) == []
    assert found((100, 0), (0, 0)) == []


def test_a_gain_may_be_chance_in_few_samples():
    score = Score("accuracy", 0.53, 0.5, error=0.01, training=0.53, gap_error=0.01)
    scores = (score,)
    assert [one[0] for one in of_training(TrainingRecord(None, scores, n_training=100))] == ["underfitting"]
    assert of_training(TrainingRecord(None, scores, n_training=5000)) == []
    assert [is_chance(0.06, n) for n in (0, 100, 400)] == [False, True, False]


def test_the_place_of_a_divergence():
    place = "NaN or infinite first in the outputs of layer last, in epoch 2, step 3 of 4"
    ((code, _, evidence),) = of_training(TrainingRecord(history([1.0], "diverged"), divergence=place))
    assert (code, evidence[1]) == ("diverged", place)


def test_missing_values_are_a_hint():
    def found(n):
        missing = MissingValues("age", n, 891, "number, scaled")
        return [(one.severity, one.evidence) for one in raised(SAMPLE_FINDINGS, Samples((missing,)))]

    assert found(177) == [("hint", ("column 'age': 177 of 891 values are missing; prepared as number, scaled",))]
    assert found(1)[0][1] == ("column 'age': 1 of 891 values is missing; prepared as number, scaled",)
    assert list(raised(SAMPLE_FINDINGS, Samples())) == []


def test_columns_that_differ():
    shifts = tuple(Shift(f"c{n}", 0.5, 1e-9, "median 1", "median 2") for n in range(7))
    (found,) = raised(SAMPLE_FINDINGS, Samples((), shifts, 100, 40, "test"))
    differ = "column 'c0': median 1 in 100 training samples, median 2 in 40 test samples (distance 0.5, p = 1.0e-09)"
    assert (found.code, found.severity, found.evidence[0]) == ("unlike_samples", "warning", differ)
    assert (len(found.evidence), found.evidence[-1]) == (6, "and 2 columns more")
