"""Changed values in golden model files: `load` and `model_info` refuse each file, or it loads and predicts."""

import random
from collections import Counter
from pathlib import Path

import pytest

from model_changes import FAILED, OTHER_X, PREDICTED, REFUSED, Change, Subject

GOLDEN = Path(__file__).parents[1] / "golden"
FILES = [path for path in sorted(GOLDEN.glob("*/*.nnb")) if path.with_suffix(".json").exists()]
# Checks that require Keras: whether layers fit together, and whether the weights are theirs.
OF_KERAS = (
    "resolved.json: ",
    "weights.safetensors: ",
    "weights.safetensors has",
    "the network ",
    "the output of the network ",
    "networks have",
)


@pytest.fixture(scope="module")
def subjects():
    return [Subject(path) for path in FILES]


def outcomes_of(subjects, n_changes, seed, folder):
    """Counts of the outcomes of random changes, and the changes that fail."""
    rng, found, failed = random.Random(seed), Counter(), []
    for number in range(n_changes):
        subject = subjects[number % len(subjects)]
        member = rng.choice([name for name in subject.members if any(c.member == name for c in subject.changes)])
        change = rng.choice([change for change in subject.changes if change.member == member])
        outcome, facts, error = subject.outcome(change, folder / "m.nnb")
        found[outcome] += 1
        reason = error.partition("m.nnb: ")[2]
        unlike = (outcome, facts) == (REFUSED, PREDICTED) and not reason.lstrip("0123456789 ").startswith(OF_KERAS)
        if outcome == FAILED or unlike:
            failed.append((subject.name, change, facts, error))
    return found, failed


@pytest.mark.slow
def test_a_changed_value_is_refused_or_predicts(subjects, tmp_path):
    found, failed = outcomes_of(subjects, 250, 0, tmp_path)
    assert failed == []
    assert found[REFUSED] > 120
    assert found[PREDICTED] > 50  # a reader that refuses every file fails here
    assert found[OTHER_X] < 7


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 3))
def test_very_many_changed_values_are_refused_or_predict(subjects, seed, tmp_path):
    found, failed = outcomes_of(subjects, 3000, seed, tmp_path)
    assert failed == []
    assert found[REFUSED] > 1500
    assert found[PREDICTED] > 600


OUTPUT = {"node": "output", "loss": "binary_crossentropy", "weight": 1.0, "metrics": [], "target": None}
CASES = {
    "float offset": (
        "text", Change("weights.safetensors", ("000_embedding_1/embeddings", "data_offsets", 0), "value", 0.0),
        "weights.safetensors: is not valid safetensors data",
    ),
    "float shape of arrays": (
        "text", Change("vocabulary.safetensors", ("text/ends", "shape", 0), "value", 8.0),
        "vocabulary.safetensors: is not valid safetensors data",
    ),
    "100 axes": (
        "binary", Change("resolved.json", ("inputs", "input", "shape"), "value", [1] * 100),
        "resolved.json: inputs.input: shape: at most 31 axes, got 100",
    ),
    "100 axes of an array": (
        "warm", Change("optimizer.safetensors", ("0000", "shape"), "value", [1] * 100),
        "optimizer.safetensors: is not valid safetensors data",
    ),
    "device": (
        "binary", Change("params.json", ("values", "device"), "value", "tpu"),
        "params.json: values: device: must be 'cpu' or 'gpu' or null, got 'tpu'",
    ),
    "beam width": (
        "translator", Change("params.json", ("values", "beam_width"), "value", 0),
        "params.json: values: beam_width: must be an integer of at least 1, got 0",
    ),
    "number of columns": (
        "table", Change("features.json", ("n_features",), "value", 11),
        "features.json: feature_names: 12 names, but n_features is 11",
    ),
    "no number of names": (
        "table_robust", Change("features.json", ("feature_names",), "value", None),
        "features.json: feature_names: must be given if the columns of the table have names, else null",
    ),
    "names of other columns": (
        "table", Change("features.json", ("feature_names", 0), "value", "sizes"),
        "features.json: feature_names: do not match the columns of the table",
    ),
    "name of another column": (
        "ids", Change("features.json", ("feature_names", 1), "value", "x"),
        "features.json: feature_names: has no 'film', which an input requires",
    ),
    "columns of a recommender": (
        "recommender", Change("features.json", ("n_features",), "value", None),
        "features.json: feature_names: 2 names, but n_features is null",
    ),
    "duplicate category": (
        "table", Change("features.json", ("preparation", "input", "columns", 8, "levels"), "value", ["a", "a"]),
        "features.json: preparation: input: columns[8]: levels: duplicate values",
    ),
    "time zone": (
        "table", Change("features.json", ("preparation", "input", "columns", 5, "zone"), "value", "Mars/Base"),
        "features.json: preparation: input: columns[5]: zone: no time zone 'Mars/Base' on this machine",
    ),
    "n-grams of generated text": (
        "language_words", Change("features.json", ("preparation", "text", "ngrams"), "value", 2),
        "features.json: preparation: text: marked texts must be single tokens in order",
    ),
    "epochs": (
        "binary", Change("history.json", ("n_epochs",), "value", 1),
        "history.json: n_epochs: is 1, but the last training had 2",
    ),
    "labels cut off": (
        "text_labels", Change("targets.json", ("dtype",), "value", "<U2"),
        "targets.json: the labels can't be represented in dtype <U2",
    ),
    "several outputs": (
        "binary", Change("resolved.json", ("outputs",), "value", {"output": OUTPUT, "other": OUTPUT}),
        "resolved.json: outputs: an estimator has one output, got 2",
    ),
    "huge number": (
        "series", Change("resolved.json", ("nodes", 0, "arguments", "mask_value"), "value", 10**30),
        "resolved.json: holds an integer of more than 64 bits",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_values_that_break_predict_are_refused_by_load_and_facts(subjects, case, tmp_path):
    name, change, message = CASES[case]
    (subject,) = (subject for subject in subjects if subject.name == name)
    outcome, facts, error = subject.outcome(change, tmp_path / "m.nnb")
    assert error == f"{tmp_path / 'm.nnb'}: {message}"
    assert (outcome, facts) == (REFUSED, REFUSED)


def test_one_output_for_all_steps_is_refused(subjects, tmp_path):
    (subject,) = (subject for subject in subjects if subject.name == "language_words")
    change = Change("resolved.json", ("nodes", 1, "arguments", "return_sequences"), "value", False)
    outcome, _, error = subject.outcome(change, tmp_path / "m.nnb")
    found = "the output of the network has shape [14], but must have a value for each time step and token id"
    assert (outcome, error) == (REFUSED, f"{tmp_path / 'm.nnb'}: {found}")


def test_integers_written_as_floats_are_read(subjects, tmp_path):
    """As in recipes; only arrays refuse floats."""
    (subject,) = (subject for subject in subjects if subject.name == "several_inputs")
    change = Change("resolved.json", ("inputs", "left", "shape"), "value", [2.0])
    assert subject.outcome(change, tmp_path / "m.nnb") == (PREDICTED, PREDICTED, "")
