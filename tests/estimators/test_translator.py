"""Texts in, texts out: what is learned, written, scored, saved and refused."""

import copy
import json
import zipfile

import keras
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from joblib import parallel_config
from sklearn.model_selection import cross_val_score

import nnbuild
from estimators.pairs import INPUTS, TEXT, X, Y, embedding, recurrent, reversed_words, translator
from nnbuild import NNTranslator, Recipe
from nnbuild.cli.main import main
from tests.estimators.samples import message_of

SMALL = {"width": 32, "inner": 32, "depth": 1, "heads": 2, "learning_rate": 0.005, "batch_size": 32}


@pytest.fixture(scope="module")
def fitted():
    """It knows its four pairs by heart."""
    return translator(epochs=40).fit(X, Y)


@pytest.fixture(scope="module")
def unsure():
    """After three epochs, many texts are about as probable."""
    return translator(epochs=3).fit(X, Y)


# What is learned


def test_a_transformer_learns_to_write_backwards():
    words, backwards = reversed_words(900)
    new = sorted(set(words[800:]) - set(words[:800]))
    ours = NNTranslator(**SMALL, epochs=25, random_state=0).fit(words[:800], backwards[:800])
    assert len(new) > 10
    assert ours.score(new, [word[::-1] for word in new]) > 0.8
    assert ours.score(words[800:], backwards[800:]) > 0.95


@pytest.mark.parametrize("cell", ["GRU", "LSTM"])
def test_recurrent_layers_write_from_the_state_that_others_have_read(cell, fitted):
    ours = fitted if cell == "GRU" else translator(recurrent(cell), epochs=40).fit(X, Y)
    assert ours.score(X, Y) == 1
    assert ours.predict(["three", "one", "four"]).tolist() == ["333", "1", ""]


def test_words_are_tokens_if_the_recipe_sets_it():
    of_words = {"kind": "text", "split": "whitespace"}
    recipe = recurrent(inputs={"source": of_words, "target": of_words})
    source = ["the cat", "a dog", "the dog", "a cat"] * 8
    target = ["le chat", "un chien", "le chien", "un chat"] * 8
    ours = translator(recipe, epochs=40).fit(source, target)
    assert ours.predict(["the dog", "  a   cat "]).tolist() == ["le chien", "un chat"]
    assert ours.score(["a dog"], [" un  chien"]) == 1  # as it is written: with single spaces
    assert ours.preparation_["target"].tokens == ("un", "le", "chien", "chat")


def test_one_layer_for_both_languages_has_one_vocabulary():
    small = {"width": 8, "inner": 8, "depth": 1, "heads": 2, "vocabulary": 12, "epochs": 1}
    recipe = Recipe.load("transformer").to_dict() | {"inputs": INPUTS}
    ours = NNTranslator(recipe, **small, random_state=0).fit(["ab", "b"], ["bc", "c"])
    source, target = (ours.preparation_[name] for name in ("source", "target"))
    assert source.tokens == target.tokens == ("b", "c", "a")
    assert ours.recipe_.outputs["output"]["loss"]["ignore_class"] == 0
    assert len(ours.predict(["a", "abc"])) == 2


def test_the_vocabulary_is_that_of_the_training_rows():
    texts = np.array(X, object)
    texts[-1] = "zz"
    ours = translator(validation="last", validation_fraction=0.1).fit(texts, [*Y[:-1], "zz"])
    assert "z" not in ours.preparation_["source"].tokens
    assert "z" not in ours.preparation_["target"].tokens
    assert np.isfinite(ours.history_.curves["val_loss"]).all()


def test_rows_of_weight_zero_are_as_good_as_not_there():
    weights = [1.0] * 24 + [0.0] * 8
    ours = translator().fit(X[:24] + ["z"] * 8, Y[:24] + ["z"] * 8, sample_weight=weights)
    theirs = translator().fit(X[:24], Y[:24])
    assert ours.history_.curves == theirs.history_.curves
    assert ours.preparation_ == theirs.preparation_


# The loss, by hand


def test_the_loss_is_the_mean_over_tokens_that_are_not_padding(fitted):
    source, target = ["one", "three", "four"], ["22", "1", ""]
    weights = np.array([1.0, 2.0, 0.5])
    ours = translator(metrics=["accuracy"]).fit(X, Y, X_val=source, y_val=target, sample_weight_val=weights)
    read, write = (ours.preparation_[name] for name in ("source", "target"))
    numbers = {token: number for number, token in enumerate(write.tokens, 2)}
    start, end = len(numbers) + 2, len(numbers) + 3
    wanted = [[numbers["2"], numbers["2"], end], [numbers["1"], end], [end]]
    n_steps = write.output_sequence_length
    so_far = np.array([([start, *row[:-1]] + [0] * n_steps)[:n_steps] for row in wanted])
    predicted = ours.model_.predict({"source": read.transformed(np.array(source)), "target": so_far}, verbose=0)
    losses = [[-np.log(predicted[n, place, token]) for place, token in enumerate(row)] for n, row in enumerate(wanted)]
    total = sum(weight * sum(row) for weight, row in zip(weights, losses, strict=True))
    counts = sum(weight * len(row) for weight, row in zip(weights, losses, strict=True))
    assert ours.history_.curves["val_loss"][0] == pytest.approx(total / counts, rel=1e-5)
    right = [[predicted[n, place].argmax() == token for place, token in enumerate(row)] for n, row in enumerate(wanted)]
    share = sum(weight * sum(row) for weight, row in zip(weights, right, strict=True)) / counts
    assert ours.history_.curves["val_accuracy"][0] == pytest.approx(share, abs=1e-6)


# What is written


def test_candidates_come_with_their_probabilities(unsure):
    greedy, totals = unsure.predict_candidates(["one", "two"])
    assert (greedy.shape, totals.shape) == ((2, 1), (2, 1))
    beam = copy.copy(unsure).set_params(beam_width=5)
    texts, found = beam.predict_candidates(["one", "two"])
    assert beam.predict(["one", "two"]).tolist() == texts[:, 0].tolist()
    assert (np.diff(found, axis=1) <= 0).all()
    assert all(len(set(row)) == 5 for row in texts.tolist())
    assert (found[:, 0] >= totals[:, 0] - 1e-6).all()
    for row, source in enumerate(("one", "two")):
        for text, total in zip(texts[row], found[row], strict=True):
            assert total == pytest.approx(probability(unsure, source, text), abs=1e-4)


def probability(ours, source, text):
    """Logarithm of the probability of a text, by the network as a whole."""
    read, write = (ours.preparation_[name] for name in ("source", "target"))
    given = {"source": read.transformed(np.array([source])), "target": write.transformed(np.array([text]))}
    predicted = ours.model_.predict(given, verbose=0)[0]
    wanted = write.next_tokens(np.array([text]))[0]
    return sum(np.log(predicted[place, token]) for place, token in enumerate(wanted) if token)


def test_texts_end_at_the_end_token_or_the_maximum_length(fitted):
    assert fitted.predict(["three"]).tolist() == ["333"]
    short = translator(epochs=40, max_length=2).fit(X, Y)
    assert short.predict(["one", "two", "three", "four"]).tolist() == ["1", "22", "33", ""]
    assert short.recipe_.inputs["target"]["shape"] == [3]


def test_what_nobody_has_seen_is_read_all_the_same(fitted):
    found = fitted.predict(["", "zzz?", "one" * 100, "\ud800"])
    assert (found.shape, found.dtype) == ((4,), np.dtype(object))
    assert all(set(text) <= set("123") for text in found)
    assert fitted.predict([]).shape == (0,)


@pytest.mark.parametrize("kind", [tuple, lambda values: pd.DataFrame({"text": values})])
def test_texts_may_come_in_any_form(fitted, kind):
    assert fitted.predict(kind(["one", "two"])).tolist() == ["1", "22"]
    assert fitted.score(kind(["one", "two"]), kind(["1", "2"])) == 0.5


def test_the_score_is_the_share_of_exact_texts(fitted):
    assert fitted.score(["one", "two", "three"], ["1", "22", "33"]) == pytest.approx(2 / 3)
    assert fitted.score(["one", "two", "three"], ["1", "22", "33"], sample_weight=[1, 1, 6]) == 0.25


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((X, Y, [1, 2]), "sample_weight.shape == (2,), expected (32,)!"),
        ((X, Y, [0] * 32), "Sample weights must contain at least one non-zero number."),
        ((X, Y[:2]), "Found input variables with inconsistent numbers of samples: [32, 2]"),
        (([], []), "X has no text to score"),
    ],
    ids=range(4),
)
def test_what_can_not_be_scored(fitted, data, message):
    assert message_of(lambda: fitted.score(*data)) == message


# scikit-learn's manners


def test_commands_show_it_and_leave_writing_to_python(fitted, tmp_path):
    path = tmp_path / "numbers.nnb"
    fitted.save(path)
    shown = CliRunner().invoke(main, ["show", str(path)]).output
    assert f"task       text generation with a vocabulary of {fitted.n_outputs_}\n" in shown
    table = tmp_path / "texts.csv"
    pd.DataFrame({"text": X}).to_csv(table, index=False)
    refused = CliRunner().invoke(main, ["predict", str(path), "--data", str(table)])
    assert refused.exit_code == 1
    assert refused.output == (
        f"{path}: `nnbuild predict` and `nnbuild evaluate` do not support NNTranslator\n"
        f"  hint: use nnbuild.load({str(path)!r}) in Python\n"
    )


DAMAGED = [
    ({"input": "nowhere"}, "targets.json: input 'nowhere' has no vocabulary of {n} token ids"),
    ({"input": "source"}, "targets.json: input 'source' has no vocabulary of {n} token ids"),
    ({"n_outputs": 3}, "targets.json: input 'target' has no vocabulary of 3 token ids"),
    ({"n_outputs": 0}, "targets.json: n_outputs: must be an integer of at least 1, got 0"),
    ({"task": "regression"}, "targets.json: requires 'shape'"),
]


@pytest.mark.parametrize(("change", "message"), DAMAGED, ids=range(len(DAMAGED)))
def test_a_file_with_other_targets_is_refused(fitted, tmp_path, change, message):
    whole, path = tmp_path / "whole.nnb", tmp_path / "damaged.nnb"
    fitted.save(whole)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "targets.json":
                content = json.dumps(json.loads(content) | change).encode()
            new.writestr(info, content)
    found = message_of(lambda: nnbuild.load(path), nnbuild.ModelFileError)
    assert found.splitlines()[0] == f"{path}: {message.format(n=fitted.n_outputs_)}"


def test_fits_of_a_search_are_stacked(short_stacks, meetings):
    alone = cross_val_score(translator(epochs=12), X, Y, cv=2)
    with parallel_config(backend="nnbuild"):
        together = cross_val_score(translator(epochs=12), X, Y, cv=2)
    np.testing.assert_allclose(together, alone, atol=0.07)  # one text of 16
    assert (meetings[0].n_trained, meetings[0].n_programs) == (2, 1)


def test_early_stopping_callbacks_and_going_on():
    seen = []

    class Watching(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(sorted(logs))

    ours = translator(epochs=30, early_stopping={"monitor": "val_loss", "patience": 1}, callbacks=Watching())
    ours.fit(X, Y, X_val=["one"], y_val=["333"])
    assert ours.history_.stopped == "early_stopping"
    assert ours.n_iter_ < 30
    assert ours.best_epoch_ == ours.n_iter_ - 1
    on = translator(epochs=2, warm_start=True).fit(X, Y)
    both = on.history_.curves["loss"] + on.fit(X, Y).history_.curves["loss"]
    at_once = translator(epochs=4).fit(X, Y)
    np.testing.assert_allclose(both, at_once.history_.curves["loss"], rtol=1e-5)


def test_members_write_together(tmp_path):
    ours = translator(n_members=2, epochs=3).fit(X, Y)
    first, second = ours.members_
    assert first.history_.curves != second.history_.curves
    beams = [copy.copy(one).set_params(beam_width=30) for one in (first, second, ours)]
    texts = [dict(zip(*(part[0].tolist() for part in one.predict_candidates(["one"])), strict=True)) for one in beams]
    known = set(texts[0]) & set(texts[1]) & set(texts[2]) & {"1", "2", "3", ""}
    ours.save(tmp_path / "two.nnb")
    assert nnbuild.load(tmp_path / "two.nnb").predict(X[:4]).tolist() == ours.predict(X[:4]).tolist()
    # The end alone is one token: its probability is the mean of both.
    assert "" in known
    mean = np.log(np.mean(np.exp([texts[0][""], texts[1][""]])))
    assert texts[2][""] == pytest.approx(mean, abs=1e-6)


def test_engines_agree():
    ours, theirs = (
        translator(epochs=3, metrics=["accuracy"], engine=engine).fit(X, Y) for engine in ("keras", "compiled")
    )
    for name, curve in theirs.history_.curves.items():
        np.testing.assert_allclose(ours.history_.curves[name], curve, rtol=1e-3, err_msg=name)


# What is refused


ATTENDING = {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 6}
CONVOLVING = {"type": "Conv1D", "filters": 4, "kernel_size": 3}
AHEAD = (
    "layers: the network is not causal: its output for step {} of 'target' depends on later tokens\n"
    "  hint: use causal layers only: attention with use_causal_mask, convolutions with padding 'causal', "
    "no Bidirectional, no pooling over steps"
)
GRU = {"type": "GRU", "units": 6, "return_sequences": True}


def behind(layer):
    """A recipe whose decoder begins with a layer."""
    recipe = recurrent(between=[{**layer, "inputs": ["so_far"], "name": "looked"}])
    recipe["layers"][2]["mask_zero"] = False  # a convolution takes no masks
    return recipe


@pytest.mark.parametrize(
    "layer",
    [
        ATTENDING,
        {"type": "Bidirectional", "layer": GRU},
        {**CONVOLVING, "padding": "same", "kernel_size": 2},  # the last step sees nothing ahead
    ],
    ids=str,
)
def test_a_decoder_that_looks_ahead_is_refused(layer):
    ours = translator(behind(layer))
    assert message_of(lambda: ours.fit(X, Y), nnbuild.RecipeError) == AHEAD.format(1)
    assert not hasattr(ours, "recipe_")


@pytest.mark.parametrize("layer", [{**ATTENDING, "use_causal_mask": True}])
def test_a_decoder_that_looks_back_is_taken(layer):
    assert len(translator(behind(layer)).fit(X, Y).predict(X[:2])) == 2


def test_later_tokens_change_no_earlier_prediction(unsure):
    source = np.tile(unsure.preparation_["source"].transformed(np.array(["one"])), (2, 1))
    target = unsure.preparation_["target"].transformed(np.array(["1231", "1112"]))
    predicted = unsure.model_.predict({"source": source, "target": target}, verbose=0)
    np.testing.assert_allclose(predicted[0, :2], predicted[1, :2], rtol=1e-5)
    assert np.abs(predicted[0, 2] - predicted[1, 2]).max() > 1e-3


BAD_RECIPES = [
    (
        "mlp",
        "inputs: NNTranslator requires a recipe with the inputs source, target, got input\n"
        '  hint: write "inputs": {"source": {"kind": "text"}, "target": {"kind": "text"}}',
    ),
    (
        "transformer",
        "inputs.source: NNTranslator requires inputs of kind 'text', got 'tensor'\n"
        '  hint: set "kind": "text"; add "split": "character" for characters as tokens\n'
        "inputs.target: NNTranslator requires inputs of kind 'text', got 'tensor'\n"
        '  hint: set "kind": "text"; add "split": "character" for characters as tokens',
    ),
    (
        {
            "nnbuild": 1,
            "inputs": {"source": TEXT, "target": {"kind": "text"}},
            "layers": [
                embedding("source", name="tokens"),
                {"type": "GRU", "units": 12, "name": "read"},
                {"type": "Shared", "node": "tokens", "inputs": ["target"], "name": "so_far"},
                {"type": "GRU", "units": 12, "return_sequences": True, "inputs": ["so_far", "read"]},
            ],
        },
        "inputs: 'tokens' embeds both inputs, which therefore share a vocabulary, but their split differs: "
        "'character' and null",
    ),
    (
        recurrent()
        | {"layers": [*recurrent()["layers"][:3], {"type": "GRU", "units": 24, "inputs": ["so_far", "read"]}]},
        "layers[3]: the output shape is (24,), but the output layer of a tokens task takes (steps, features)\n"
        "  shapes: target (4,) -> so_far (4, 12) -> gru_1 (24,)\n"
        "  hint: add a last layer that returns every step, such as one with return_sequences",
    ),
]


@pytest.mark.parametrize(("recipe", "message"), BAD_RECIPES, ids=range(len(BAD_RECIPES)))
def test_recipes_that_don_t_write(recipe, message):
    assert message_of(lambda: NNTranslator(recipe).fit(X, Y), nnbuild.RecipeError) == message


BAD = [
    ({}, (X, Y[:-1]), "Found input variables with inconsistent numbers of samples: [32, 31]"),
    ({}, (X, None), "NNTranslator requires y to be passed, but the target y is None"),
    ({}, ([], []), "Found no sample in X while a minimum of 1 is required by NNTranslator."),
    ({}, ("one", "1"), "X must contain a text for each sample, got a single string\n  hint: pass it in a list"),
    (
        {},
        (["a", "b"], ["a", 3]),
        "y must contain text, got 3 in row 1\n  hint: the input of kind 'text' does not accept numbers",
    ),
    (
        {},
        (["a", None], ["a", "b"]),
        "X has 1 missing text, the first in row 1\n  hint: replace them, for example by ''",
    ),
    (
        {},
        (X, [""] * 32),
        "y has no characters in 32 texts\n  hint: pass texts that are not empty",
    ),
    ({"beam_width": 0}, (X, Y), "beam_width must be an integer of at least 1, got 0"),
    ({"length_penalty": -1}, (X, Y), "length_penalty must be a number of at least 0, got -1"),
    ({"max_length": 0}, (X, Y), "max_length must be an integer of at least 1, got 0"),
]


@pytest.mark.parametrize(("params", "data", "message"), BAD, ids=range(len(BAD)))
def test_values_that_are_refused(params, data, message):
    assert message_of(lambda: translator(**params).fit(*data)) == message


def test_validation_texts_are_named():
    ours = translator()
    found = message_of(lambda: ours.fit(X, Y, X_val=["a"], y_val=[2]))
    assert found.startswith("y_val must contain text, got 2 in row 0")
    found = message_of(lambda: ours.fit(X, Y, X_val=["a"]))
    assert found == "X_val and y_val must be passed together: y_val is missing"
