"""Scorers of searches: each name of scikit-learn works for some targets, or is refused with a reason."""

from __future__ import annotations

import numpy as np
import pytest
from click import BadParameter
from sklearn.dummy import DummyClassifier
from sklearn.metrics import class_likelihood_ratios, f1_score, get_scorer, get_scorer_names

from nnbuild.runs.search.scorers import scoring_of, suitable, takes_positive

TARGETS = {
    "two texts": (True, np.array(["no", "yes"] * 20, object)),
    "0 and 1": (True, np.array([0, 1] * 20)),
    "1 and 2": (True, np.array([1, 2] * 20)),
    "true and false": (True, np.array([True, False] * 20)),
    "three texts": (True, np.array(["a", "b", "c", "c"] * 10, object)),
    "labels": (True, np.array([[0, 1], [1, 1], [1, 0], [0, 0]] * 10)),
    "quantity": (False, np.arange(1.0, 41.0)),
    "quantities": (False, np.c_[np.arange(1.0, 41.0), np.arange(40.0)[::-1]]),
}
CLUSTERINGS = {
    "adjusted_mutual_info_score", "adjusted_rand_score", "completeness_score", "fowlkes_mallows_score",
    "homogeneity_score", "mutual_info_score", "normalized_mutual_info_score", "rand_score", "v_measure_score",
}  # fmt: skip
WITH_POSITIVE = {
    "average_precision", "d2_brier_score", "f1", "jaccard", "neg_brier_score", "neg_negative_likelihood_ratio",
    "positive_likelihood_ratio", "precision", "recall",
}  # fmt: skip
REASONS = (
    "is for clustering",
    "is for regression, but the target contains classes",
    "is for classification, but the target is numeric",
    "does not suit the target: ",
    " requires a positive label: ",
)


def refusal(name, positive, target):
    is_classifier, y = TARGETS[target]
    try:
        scoring_of(name, positive, is_classifier, y, "answer")
    except BadParameter as error:
        return error.message
    return ""


# One for each kind of target and each reason of a refusal.
FEW = {
    "accuracy", "adjusted_rand_score", "f1", "f1_samples", "neg_log_loss", "neg_mean_gamma_deviance", "r2", "roc_auc",
    "top_k_accuracy",
}  # fmt: skip


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in FEW else pytest.mark.slow) for name in get_scorer_names()]
)
def test_each_scorer_works_for_some_targets_or_is_refused_with_a_reason(name):
    positive = {"two texts": "yes", "1 and 2": "2"} if name in WITH_POSITIVE else {}
    refusals = {target: refusal(name, positive.get(target), target) for target in TARGETS}
    assert all(any(reason in text for reason in REASONS) for text in refusals.values() if text), refusals
    works = {target for target, text in refusals.items() if not text}
    assert bool(works) is (name not in CLUSTERINGS), refusals
    assert works <= {"quantity", "quantities"} or not works & {"quantity", "quantities"}
    listed = {target for target, (is_classifier, y) in TARGETS.items() if name in suitable(is_classifier, y)}
    assert listed == works  # what messages list as allowed is what works
    allowed = [
        part for text in refusals.values() for part in text.partition("allowed: ")[2].replace("\n", ", ").split(", ")
    ]
    assert CLUSTERINGS.isdisjoint(allowed)
    assert not any(f"did you mean '{name}'" in text for text in refusals.values() for name in CLUSTERINGS)


def test_which_scorers_take_a_positive_label():
    assert {name for name in get_scorer_names() if takes_positive(name)} == WITH_POSITIVE


@pytest.mark.parametrize("name", ["f1", "neg_brier_score"])
def test_a_positive_label_has_to_be_named_unless_it_is_1(name):
    assert refusal(name, None, "two texts") == (
        f"{name} requires a positive label: 'answer' has 'no' and 'yes'\n  hint: --positive yes"
    )
    assert refusal(name, None, "1 and 2") == (
        f"{name} requires a positive label: 'answer' has 1 and 2\n  hint: --positive 2"
    )
    for target in ("0 and 1", "true and false"):
        assert refusal(name, None, target) == ""


@pytest.mark.parametrize(
    ("target", "text", "label"),
    [
        ("two texts", "yes", "yes"), ("two texts", "no", "no"), ("0 and 1", "0", 0), ("0 and 1", "1", None),
        ("0 and 1", "1.0", None), ("1 and 2", "2.0", 2), ("true and false", "False", False),
        ("true and false", "true", None), ("true and false", "0", False),
    ],
)  # fmt: skip
def test_labels_are_read_as_the_target_is(target, text, label):
    found = scoring_of("f1", text, *TARGETS[target], "answer")
    assert (found.positive, type(found.positive)) == (label, type(label))
    assert found.title == ("f1" if label is None else f"f1 of {label}")


@pytest.mark.parametrize(
    ("name", "target", "text", "message"),
    [
        ("f1", "two texts", "Yes", "'answer' has no label 'Yes'\n  allowed: no, yes\n  hint: did you mean 'yes'?"),
        ("f1", "0 and 1", "2", "'answer' has no label '2'\n  allowed: 0, 1"),
        ("average_precision", "three texts", "a", "'answer' is not binary, so it has no positive label"),
        ("r2", "quantity", "1", "'answer' is a regression target, which has no positive label"),
        (
            "f1_macro", "two texts", "yes",
            "f1_macro has no positive label\n  allowed: with --scoring average_precision, d2_brier_score, f1, jaccard, "
            "neg_brier_score, neg_negative_likelihood_ratio, positive_likelihood_ratio, precision, recall",
        ),
    ],
)  # fmt: skip
def test_positive_labels_that_are_refused(name, target, text, message):
    assert refusal(name, text, target) == message


@pytest.mark.parametrize("positive", ["yes", "no"])
def test_scores_are_those_of_the_positive_label(positive):
    rng = np.random.default_rng(0)
    y = np.array(["no", "yes"], object)[rng.integers(0, 2, 60)]
    model = DummyClassifier(strategy="stratified", random_state=0).fit(np.zeros((60, 1)), y)
    X, predicted = np.zeros((60, 1)), model.predict(np.zeros((60, 1)))

    def score(name):
        return scoring_of(name, positive, True, y, "y").scorer(model, X, y)

    labels = ["yes", "no"] if positive == "no" else ["no", "yes"]
    assert score("f1") == f1_score(y, predicted, pos_label=positive)
    ratios = class_likelihood_ratios(y, predicted, labels=labels)
    assert (score("positive_likelihood_ratio"), -score("neg_negative_likelihood_ratio")) == ratios


def test_scikit_learns_own_scorers_stay_as_they_are():
    scoring_of("f1", "yes", *TARGETS["two texts"], "y")
    assert get_scorer("f1")._kwargs == {"average": "binary"}
