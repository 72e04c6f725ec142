"""Scorers of searches: each name of scikit-learn suits some targets, or has a reason."""

from __future__ import annotations

import numpy as np
import pytest
from click import BadParameter
from sklearn.dummy import DummyClassifier
from sklearn.metrics import class_likelihood_ratios, f1_score, get_scorer, get_scorer_names

from nnbuild.runs.search import scorers
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


@pytest.fixture(autouse=True, scope="module")
def listed():
    """Names of the suitable scorers for each target; messages use these lists, which take 0.2 s each."""
    names = {target: suitable(is_classifier, y) for target, (is_classifier, y) in TARGETS.items()}
    by_data = {id(y): names[target] for target, (_, y) in TARGETS.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scorers, "suitable", lambda is_classifier, y: by_data[id(y)])
        yield names


@pytest.mark.parametrize("name", get_scorer_names())
def test_each_scorer_works_for_some_targets_or_has_a_reason(name, listed):
    positive = {"two texts": "yes", "1 and 2": "2"} if name in WITH_POSITIVE else {}
    refusals = {target: refusal(name, positive.get(target), target) for target in TARGETS}
    assert all(any(reason in text for reason in REASONS) for text in refusals.values() if text), refusals
    works = {target for target, text in refusals.items() if not text}
    assert bool(works) is (name not in CLUSTERINGS), refusals
    assert works <= {"quantity", "quantities"} or not works & {"quantity", "quantities"}
    assert {target for target, names in listed.items() if name in names} == works
    allowed = [
        part for text in refusals.values() for part in text.partition("allowed: ")[2].replace("\n", ", ").split(", ")
    ]
    assert CLUSTERINGS.isdisjoint(allowed)
    assert not any(f"did you mean '{name}'" in text for text in refusals.values() for name in CLUSTERINGS)


def test_some_scorers_have_a_positive_label():
    assert {name for name in get_scorer_names() if takes_positive(name)} == WITH_POSITIVE


@pytest.mark.parametrize("name", ["f1", "neg_brier_score"])
def test_a_positive_label_is_required_unless_it_is_1(name):
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
def test_a_positive_label_has_the_type_of_the_target(target, text, label):
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
def test_a_wrong_positive_label_is_reported(name, target, text, message):
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


def test_scorers_of_scikit_learn_are_unchanged():
    scoring_of("f1", "yes", *TARGETS["two texts"], "y")
    assert get_scorer("f1")._kwargs == {"average": "binary"}
