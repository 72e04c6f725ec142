"""Findings about a training: each is reported where its numbers are beyond chance."""

from __future__ import annotations

from math import exp, nan, sqrt

import pytest

from nnbuild.diagnosis.findings import Finding, Remedy, findings_document, findings_from_document
from nnbuild.diagnosis.training_evidence import TrainingRecord, rise_of, share_lost
from nnbuild.diagnosis.training_findings import TRAINING_FINDINGS, findings
from nnbuild.records import History, frozen_mapping
from nnbuild.report.scores import Score

REMEDIES = frozen_mapping(
    {name: Remedy(f"command {name}", name) for kind in TRAINING_FINDINGS.values() for name in kind.remedy_names}
)


def history(loss, val_loss=None, kept=None, stopped="epochs", **others):
    curves = {"loss": tuple(loss), **({} if val_loss is None else {"val_loss": tuple(val_loss)})}
    curves |= {name: tuple(values) for name, values in others.items()}
    return History(frozen_mapping(curves), kept or len(curves["loss"]), stopped, 1.0)


def falling(n=40, end=0.05, speed=6):
    return [end + exp(-epoch / speed) for epoch in range(n)]


def rising(n=40, best=15, last=1.6):
    """A validation loss that is lowest (1) at `best`."""
    return [
        1 + exp(-epoch / 3) if epoch < best - 1 else 1 + (last - 1) * (epoch - best + 1) / (n - best)
        for epoch in range(n)
    ]


def accuracy(training, test, n_test, baseline=0.5, n_training=1000):
    errors = [
        sqrt(s * (1 - s) / (n + 2))
        for k, n in ((training, n_training), (test, n_test))
        for s in [(k * n + 1) / (n + 2)]
    ]
    return Score(
        "accuracy", test, baseline, error=errors[1], training=training, gap_error=sqrt(errors[0] ** 2 + errors[1] ** 2)
    )


def codes(course):
    return [finding.code for finding in findings(course)]


def test_overfitting_is_found_by_scores_and_curves():
    accuracies = {"accuracy": [0.6] * 39 + [1.0], "val_accuracy": [0.7] * 39 + [0.675]}
    run = history(falling(), rising(), **accuracies)
    (found,) = findings(TrainingRecord(run, (accuracy(1.0, 0.675, 200),), "200 test rows", 80, remedies=REMEDIES))
    assert (found.code, found.severity, found.title) == ("overfitting", "error", "overfitting")
    assert found.evidence == (
        "accuracy 1.000 on training rows, 0.675 on 200 test rows (baseline 0.500)",
        "val_loss of 80 rows was lowest in epoch 15 (1); the kept epoch 40 has 1.6",
        "accuracy 1.000 on training rows, 0.675 on 80 validation rows",
    )
    assert found.meaning == "Predictions are better on the training set than on other samples."
    assert [remedy.effect for remedy in found.remedies] == ["early_stopping", "dropout", "l2", "smaller"]


@pytest.mark.parametrize(
    ("score", "lost"),
    [
        (accuracy(1.0, 0.7, 200, 0.7), True),  # nothing of what was learned is true of other rows
        (accuracy(1.0, 0.675, 8), False),  # eight rows: chance
        (accuracy(0.999, 0.964, 360, 0.1), False),  # digits: beyond chance, but little of what was learned
        (accuracy(0.58, 0.54, 10_000, n_training=10_000), True),  # small, and half of what was learned
        (accuracy(0.5, 0.4, 100), False),  # nothing was learned
        (Score("log_loss", 1.3, 0.61, error=0.2, training=0.01, gap_error=0.2), True),
        (Score("r2", 0.9, 0.0, error=0.01, training=0.97, gap_error=0.01), False),
        (Score("r2", 0.3, 0.0, error=0.05, training=0.97, gap_error=0.05), True),
        (Score("mean_absolute_error", 30.0, 70.0, training=1.0), False),  # no standard error: not judged
        (Score("accuracy", nan, 0.5, error=0.1, training=1.0, gap_error=0.1), False),
        (Score("accuracy", 0.6, 0.5, error=0.01), False),  # no score on training rows
    ],
    ids=str,
)  # fmt: skip
def test_overfitting_is_a_gap_beyond_chance(score, lost):
    assert (share_lost(score) >= 0.2) is lost
    assert ("overfitting" in codes(TrainingRecord(None, (score,)))) is lost


def test_severity_depends_on_the_size_and_number_of_signs():
    def severity(run, *scores, n_validation=0):
        (found,) = findings(TrainingRecord(run, scores, n_validation=n_validation))
        return found.severity

    assert severity(None, accuracy(1.0, 0.85, 2000)) == "warning"
    assert severity(None, accuracy(1.0, 0.675, 2000)) == "error"
    assert severity(history(falling(), rising()), accuracy(1.0, 0.85, 2000), n_validation=100) == "error"
    assert severity(history(falling(), rising()), n_validation=100) == "error"


def test_chance_alone_is_seldom_overfitting():
    """Few runs without a gap are reported, for any number of rows."""
    import random

    rng, n_reported, n_runs = random.Random(0), 0, 2000
    for _ in range(n_runs):
        n = rng.choice([10, 40, 200])
        share = rng.uniform(0.6, 0.99)
        test = sum(rng.random() < share for _ in range(n)) / n
        n_reported += share_lost(accuracy(share, test, n)) >= 0.2
    assert n_reported / n_runs < 0.01


@pytest.mark.parametrize(
    ("last", "n_validation", "found"),
    [
        (1.6, 80, True), (1.6, 8, False), (1.03, 100_000, False), (1.1, 2000, True), (1.1, 50, False), (1.6, 0, True),
        (1.1, 0, False),
    ],
)  # fmt: skip
def test_a_rise_of_the_validation_loss_counts_beyond_its_error(last, n_validation, found):
    course = TrainingRecord(history(falling(), rising(last=last)), n_validation=n_validation)
    assert codes(course) == (["overfitting"] if found else [])


def test_early_stopping_with_the_best_weights_is_not_suggested_again():
    run = history(falling(), rising(), kept=15, stopped="early_stopping")
    assert codes(TrainingRecord(run, n_validation=100, keeps_best=True)) == []
    assert rise_of(TrainingRecord(history(falling(), rising(), kept=15), n_validation=100)) is None


def test_an_earlier_epoch_was_better_and_nothing_was_learned_since():
    loss = [1.0, 0.5, 0.3, *[0.3] * 37]
    (found,) = findings(TrainingRecord(history(loss, rising(best=8, last=2)), n_validation=300, remedies=REMEDIES))
    assert found.code == "better_epoch"
    assert found.evidence == ("val_loss of 300 rows was lowest in epoch 8 (1); the kept epoch 40 has 2",)
    assert [remedy.effect for remedy in found.remedies] == ["early_stopping"]


def test_a_noisy_validation_loss_is_no_rise():
    noisy = [value + 0.3 * (epoch % 2) for epoch, value in enumerate(falling(41))]
    assert noisy[-1] == min(noisy)
    assert codes(TrainingRecord(history(falling(41), noisy), n_validation=100)) == []
    assert codes(TrainingRecord(history(falling(40), noisy[:-1]), n_validation=100)) == []


def test_early_stopping_is_no_remedy_where_validation_still_improves():
    score = accuracy(1.0, 0.7, 200, 0.55)
    for val_loss, first in ((None, "early_stopping"), (falling(end=0.5), "dropout"), (rising(), "early_stopping")):
        (found,) = findings(TrainingRecord(history(falling(), val_loss), (score,), n_validation=100, remedies=REMEDIES))
        assert found.remedies[0].effect == first


def test_validation_rows_replace_test_rows():
    curves = {"accuracy": [1.0] * 40, "val_accuracy": [0.675] * 40}
    run = history(falling(), falling(end=0.5), **curves)
    assert codes(TrainingRecord(run, n_validation=40)) == ["overfitting"]
    assert codes(TrainingRecord(run, n_validation=5)) == []
    assert codes(TrainingRecord(run, n_validation=0)) == []


def test_scores_below_the_baseline_are_reported_too():
    score = Score("log_loss", 1.3, 0.61, error=0.1, training=0.01, gap_error=0.1)
    overfitted, worse = findings(TrainingRecord(history(falling()), (score,), "200 test rows", remedies=REMEDIES))
    assert (overfitted.code, worse.code) == ("overfitting", "below_baseline")
    assert worse.evidence == ("log loss 1.3 on 200 test rows (baseline 0.61)",)
    assert worse.remedies == ()  # more epochs would make it worse
    assert codes(TrainingRecord(None, (Score("log_loss", 0.7, 0.61, error=0.1),))) == []
    assert codes(TrainingRecord(None, (Score("r2", -0.4, 0.0, error=0.1),))) == ["below_baseline"]


def test_underfitting_is_a_training_score_near_the_baseline():
    score = Score("log_loss", 2.304, 2.302, error=0.01, training=2.304, gap_error=0.01)
    run = history([2.31] * 10 + [2.304] * 20)
    (found,) = findings(TrainingRecord(run, (accuracy(0.11, 0.1, 360, 0.1), score), "360 test rows", remedies=REMEDIES))
    assert found.code == "underfitting"
    assert found.evidence[1] == "log loss 2.304 on training rows (baseline 2.302)"
    assert found.meaning == (
        "Even on the training set, the score is close to the baseline or below it: the training was too short, the "
        "learning rate is too small or too large, or the features contain little information about the target."
    )
    assert [remedy.effect for remedy in found.remedies] == ["epochs", "learning_rate_up", "larger"]
    # A rare class: the accuracy of the baseline is not beaten, its loss is.
    rare = Score("log_loss", 0.05, 0.2, error=0.01, training=0.05, gap_error=0.01)
    assert codes(TrainingRecord(run, (accuracy(0.95, 0.95, 1000, 0.95), rare))) == []


def test_steps_that_are_too_large_are_not_made_larger():
    """A loss above the baseline has smaller steps as remedy, unless it still falls."""
    score = Score("log_loss", 0.96, 0.67, error=0.01, training=0.95, gap_error=0.01, training_baseline=0.67)
    ended = findings(TrainingRecord(history([400.0, 1.2, 0.95, *[0.95] * 20]), (score,), remedies=REMEDIES))
    assert [finding.code for finding in ended] == ["below_baseline", "underfitting"]
    assert [remedy.effect for finding in ended for remedy in finding.remedies] == ["learning_rate_down", "clip"]
    under_way = findings(TrainingRecord(history([1.5, 1.3, 1.1, 0.95]), (score,), remedies=REMEDIES))
    effects = [remedy.effect for finding in under_way for remedy in finding.remedies]
    assert effects == ["epochs", "learning_rate_up", "larger"]


def test_a_median_with_larger_squared_errors_than_the_mean_does_not_lower_the_learning_rate():
    scores = (
        Score("r2", -0.2, 0.0, error=0.01, training=-0.2, training_baseline=0.0, of="median"),
        Score("mean_absolute_error", 4.9, 5.0, training=4.9, training_baseline=5.0, of="median"),
    )
    found = findings(TrainingRecord(history([0.6, 0.55] + [0.5] * 20), scores, remedies=REMEDIES))
    assert [finding.code for finding in found] == ["below_baseline", "underfitting"]
    effects = [remedy.effect for finding in found for remedy in finding.remedies]
    assert effects == ["epochs", "learning_rate_up", "larger"]


def test_an_unstable_training_below_the_baseline_needs_smaller_steps_only():
    run = history([1.0, 0.5] + [0.3, 0.6] * 10)
    score = Score("log_loss", 0.96, 0.67, error=0.01, training=0.6, gap_error=0.01, training_baseline=0.67)
    found = findings(TrainingRecord(run, (score,), remedies=REMEDIES))
    assert {finding.code for finding in found} >= {"below_baseline", "unstable"}
    effects = [remedy.effect for finding in found for remedy in finding.remedies]
    assert not {"epochs", "learning_rate_up"} & set(effects)


def test_errors_of_quantities_are_better_where_they_are_lower():
    def scores(r2, error):
        return (
            Score("r2", r2, 0.0, error=0.01, training=r2, training_baseline=0.0),
            Score("mean_absolute_error", error, 5.0, training=error, training_baseline=5.0),
        )

    assert codes(TrainingRecord(None, scores(0.5, 3.0))) == []
    assert codes(TrainingRecord(None, scores(0.01, 4.99))) == ["underfitting"]


def test_training_scores_have_the_baseline_of_training_rows():
    scores = (
        Score("accuracy", 1.0, 1.0, training=0.8, training_baseline=0.6, gap_error=0.0),
        Score("log_loss", 0.3, 0.0, training=0.4, training_baseline=0.67, gap_error=0.0),
    )
    assert codes(TrainingRecord(None, scores)) == []


@pytest.mark.parametrize(
    ("loss", "val_loss", "evidence"),
    [
        ([1.0, 0.8, 0.7, 0.6, 0.5], None, "loss fell from 0.6 to 0.5 in the last epoch"),
        (falling(), None, None),
        (falling(speed=15), None, "loss fell from 0.1572 to 0.1321 in the last 4 epochs"),
        (falling(), falling(speed=15), "val_loss fell from 0.1572 to 0.1321 in the last 4 epochs"),
        (falling(speed=15), falling(), None),
        ([1.0], None, None),
    ],
    ids=str,
)
def test_still_improving(loss, val_loss, evidence):
    found = findings(TrainingRecord(history(loss, val_loss), n_validation=100, remedies=REMEDIES))
    assert [finding.evidence for finding in found] == ([] if evidence is None else [(evidence,)])
    assert [finding.code for finding in found] == ([] if evidence is None else ["still_improving"])


def test_a_perfect_or_stopped_training_is_not_still_improving():
    run = history(falling(speed=15))
    assert codes(TrainingRecord(run, (accuracy(1.0, 1.0, 40),))) == []
    assert codes(TrainingRecord(history(falling(speed=15), stopped="early_stopping"))) == []


def test_a_training_that_diverged():
    run = history([2.5, 80.0], kept=1, stopped="diverged")
    (found,) = findings(TrainingRecord(run, (accuracy(0.5, 0.4, 1000),), remedies=REMEDIES))
    assert found.code == "diverged"
    assert found.evidence == (
        "the loss or the weights became infinite or NaN after epoch 2; the weights of epoch 1 were kept (loss 2.5)",
    )
    assert [remedy.effect for remedy in found.remedies] == ["learning_rate_down", "clip"]


@pytest.mark.parametrize(
    "loss",
    [[1.0, 0.2, 0.1, 0.4, 0.5, 0.6, 0.6, 0.6], [1.0, 0.5] + [0.3, 0.6] * 10, [1.0, 1.2, 1.5, 1.7, 2.0]],
    ids=str,
)
def test_a_training_loss_that_rises_again(loss):
    assert codes(TrainingRecord(history(loss))) == ["unstable"]


def test_a_training_loss_that_still_falls_or_jitters_is_not_unstable():
    assert codes(TrainingRecord(history([0.68, 0.63, 0.58, 0.53, 0.48]))) == ["still_improving"]
    jitter = [0.5, 0.3, 0.2, 0.15, *[0.1, 0.14] * 8]
    assert codes(TrainingRecord(history(jitter))) == []


def test_no_findings_without_problems():
    assert findings(TrainingRecord()) == ()
    assert findings(TrainingRecord(history([nan, nan, nan], [nan] * 3), n_validation=3)) == ()


def test_a_document_of_findings_is_read_back():
    score = Score("log_loss", 1.3, 0.61, error=0.1, training=0.01, gap_error=0.1)
    found = findings(TrainingRecord(history(falling()), (score,), "200 test rows", remedies=REMEDIES))
    document = findings_document(found)
    assert findings_from_document(document) == found
    keys = ["code", "severity", "title", "location", "evidence", "meaning", "remedies", "edit"]
    assert list(document[0]) == keys


@pytest.mark.parametrize("notes", [None, "overfitting", [3], [{"code": "x", "severity": "hint", "evidence": []}]])
def test_wrong_notes_of_a_file_are_ignored(notes):
    assert findings_from_document(notes) == ()


def test_parts_of_notes_that_are_wrong_are_left_out():
    remedies = [3, {"command": "a"}, {"command": "b", "effect": "c"}]
    texts = {"title": "unstable training", "meaning": "why"}
    notes = [
        {"code": "unstable", "severity": severity, **texts, "evidence": [1, None], "remedies": remedies}
        for severity in ("notable", "serious", "fatal")
    ]
    assert findings_from_document(notes) == tuple(
        Finding("unstable", severity, "unstable training", ("1", "None"), "why", (Remedy("b", "c"),))
        for severity in ("warning", "error")
    )
