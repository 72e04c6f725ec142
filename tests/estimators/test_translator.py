"""Translators: training, decoding, scores, files and messages."""

import copy

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
from saved.edited_files import edited, error_of
from tests.estimators.samples import message_of

SMALL = {"width": 32, "inner": 32, "depth": 1, "heads": 2, "learning_rate": 0.005, "batch_size": 32}


@pytest.fixture(scope="module")
def fitted():
    """A model with a score of 1."""
    return translator(epochs=40).fit(X, Y)


@pytest.fixture(scope="module")
def unsure():
    """A model after three epochs, with many texts of similar probability."""
    return translator(epochs=3).fit(X, Y)


# Training


@pytest.mark.slow
def test_a_transformer_learns_to_write_backwards():
    words, backwards = reversed_words(900)
    new = sorted(set(words[800:]) - set(words[:800]))
    ours = NNTranslator(**SMALL, epochs=25, random_state=0).fit(words[:800], backwards[:800])
    assert len(new) > 10
    assert ours.score(new, [word[::-1] for word in new]) > 0.8
    assert ours.score(words[800:], backwards[800:]) > 0.95


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["GRU", "LSTM"])
def test_the_state_of_the_encoder_is_the_initial_state_of_the_decoder(cell, fitted):
    ours = fitted if cell == "GRU" else translator(recurrent(cell), epochs=40).fit(X, Y)
    assert ours.score(X, Y) == 1
    assert ours.predict(["three", "one", "four"]).tolist() == ["333", "1", ""]


@pytest.mark.slow
def test_words_as_tokens():
    of_words = {"kind": "text", "split": "whitespace"}
    recipe = recurrent(inputs={"source": of_words, "target": of_words})
    source = ["the cat", "a dog", "the dog", "a cat"] * 8
    target = ["le chat", "un chien", "le chien", "un chat"] * 8
    ours = translator(recipe, epochs=40).fit(source, target)
    assert ours.predict(["the dog", "  a   cat "]).tolist() == ["le chien", "un chat"]
    assert ours.score(["a dog"], [" un  chien"]) == 1  # compared with single spaces
    assert ours.preparation_["target"].tokens == ("un", "le", "chien", "chat")


@pytest.mark.slow
def test_a_shared_embedding_has_one_vocabulary():
    small = {"width": 8, "inner": 8, "depth": 1, "heads": 2, "vocabulary": 12, "epochs": 1}
    recipe = Recipe.load("transformer").to_dict() | {"inputs": INPUTS}
    ours = NNTranslator(recipe, **small, random_state=0).fit(["ab", "b"], ["bc", "c"])
    source, target = (ours.preparation_[name] for name in ("source", "target"))
    assert source.tokens == target.tokens == ("b", "c", "a")
    assert ours.recipe_.outputs["output"]["loss"]["ignore_class"] == 0
    assert len(ours.predict(["a", "abc"])) == 2


@pytest.mark.slow
def test_the_vocabulary_is_that_of_the_training_set():
    texts = np.array(X, object)
    texts[-1] = "zz"
    ours = translator(validation="last", validation_fraction=0.1).fit(texts, [*Y[:-1], "zz"])
    assert "z" not in ours.preparation_["source"].tokens
    assert "z" not in ours.preparation_["target"].tokens
    assert np.isfinite(ours.history_.curves["val_loss"]).all()


def test_samples_of_weight_0_are_dropped():
    weights = [1.0] * 24 + [0.0] * 8
    ours = translator().fit(X[:24] + ["z"] * 8, Y[:24] + ["z"] * 8, sample_weight=weights)
    theirs = translator().fit(X[:24], Y[:24])
    assert ours.history_.curves == theirs.history_.curves
    assert ours.preparation_ == theirs.preparation_


# The loss


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
    predicted = np.array(ours.model_({"source": read.transformed(np.array(source)), "target": so_far}))
    losses = [[-np.log(predicted[n, place, token]) for place, token in enumerate(row)] for n, row in enumerate(wanted)]
    total = sum(weight * sum(row) for weight, row in zip(weights, losses, strict=True))
    counts = sum(weight * len(row) for weight, row in zip(weights, losses, strict=True))
    assert ours.history_.curves["val_loss"][0] == pytest.approx(total / counts, rel=1e-5)
    right = [[predicted[n, place].argmax() == token for place, token in enumerate(row)] for n, row in enumerate(wanted)]
    share = sum(weight * sum(row) for weight, row in zip(weights, right, strict=True)) / counts
    assert ours.history_.curves["val_accuracy"][0] == pytest.approx(share, abs=1e-6)


# Decoding


@pytest.mark.slow
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
    predicted = np.array(ours.model_(given))[0]
    wanted = write.next_tokens(np.array([text]))[0]
    return sum(np.log(predicted[place, token]) for place, token in enumerate(wanted) if token)


def test_texts_end_at_the_end_token_or_the_maximum_length(fitted):
    assert fitted.predict(["three"]).tolist() == ["333"]
    short = translator(epochs=40, max_length=2).fit(X, Y)
    assert short.predict(["one", "two", "three", "four"]).tolist() == ["1", "22", "33", ""]
    assert short.recipe_.inputs["target"]["shape"] == [3]


def test_unknown_tokens(fitted):
    found = fitted.predict(["", "zzz?", "one" * 100, "\ud800"])
    assert (found.shape, found.dtype) == ((4,), np.dtype(object))
    assert all(set(text) <= set("123") for text in found)
    assert fitted.predict([]).shape == (0,)


@pytest.mark.slow
def test_the_score_is_the_share_of_equal_texts(fitted):
    assert fitted.score(["one", "two", "three"], ["1", "22", "33"]) == pytest.approx(2 / 3)
    assert fitted.score(["one", "two", "three"], ["1", "22", "33"], sample_weight=[1, 1, 6]) == 0.25


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((X, Y, [1, 2]), "sample_weight.shape == (2,), expected (32,)!"),
        ((X, Y[:2]), "Found input variables with inconsistent numbers of samples: [32, 2]"),
        (([], []), "X has no text to score"),
    ],
    ids=range(3),
)
def test_invalid_data_of_score_raises(fitted, data, message):
    assert message_of(lambda: fitted.score(*data)) == message


# Files, searches and members


@pytest.mark.slow
def test_show_supports_translators_and_predict_does_not(fitted, tmp_path):
    path = tmp_path / "numbers.nnb"
    fitted.save(path)
    shown = CliRunner().invoke(main, ["show", str(path)]).output
    assert "task       translation of texts\n" in shown
    table = tmp_path / "texts.csv"
    pd.DataFrame({"text": X}).to_csv(table, index=False)
    refused = CliRunner().invoke(main, ["predict", str(path), "--data", str(table)])
    assert refused.exit_code == 1
    assert refused.output == (
        f"{path}: `nnbuild predict` and `nnbuild evaluate` do not support NNTranslator\n"
        f"  hint: use nnbuild.load({str(path)!r}) in Python\n"
    )


DAMAGED = [
    ("input", "nowhere", "input 'nowhere' has no vocabulary of {n} token ids"),
    ("n_outputs", 3, "input 'target' has no vocabulary of 3 token ids"),
    ("n_outputs", 0, "n_outputs: must be an integer of at least 1, got 0"),
    ("task", "regression", "requires 'shape'"),
]


@pytest.mark.parametrize(("key", "value", "message"), DAMAGED, ids=range(len(DAMAGED)))
def test_a_file_with_other_targets_is_refused(fitted, tmp_path, key, value, message):
    fitted.save(tmp_path / "whole.nnb")
    found = error_of(edited("targets.json", key, value)((tmp_path / "whole.nnb").read_bytes()), tmp_path)
    assert found == f"m.nnb: targets.json: {message.format(n=fitted.n_outputs_)}"


@pytest.mark.slow
def test_fits_of_a_search_are_stacked(short_stacks, meetings):
    alone = cross_val_score(translator(epochs=12), X, Y, cv=2)
    with parallel_config(backend="nnbuild"):
        together = cross_val_score(translator(epochs=12), X, Y, cv=2)
    np.testing.assert_allclose(together, alone, atol=0.07)  # one text of 16
    assert (meetings[0].n_trained, meetings[0].n_programs) == (2, 1)


def test_probabilities_of_members_are_averaged(tmp_path):
    ours = translator(n_members=2, epochs=3).fit(X, Y)
    first, second = ours.members_
    assert first.history_.curves != second.history_.curves
    beams = [copy.copy(one).set_params(beam_width=30) for one in (first, second, ours)]
    texts = [dict(zip(*(part[0].tolist() for part in one.predict_candidates(["one"])), strict=True)) for one in beams]
    known = set(texts[0]) & set(texts[1]) & set(texts[2]) & {"1", "2", "3", ""}
    ours.save(tmp_path / "two.nnb")
    assert nnbuild.load(tmp_path / "two.nnb").predict(X[:4]).tolist() == ours.predict(X[:4]).tolist()
    # An empty text is one token, the end: its probability is the mean of both.
    assert "" in known
    mean = np.log(np.mean(np.exp([texts[0][""], texts[1][""]])))
    assert texts[2][""] == pytest.approx(mean, abs=1e-6)


@pytest.mark.slow
def test_engines_agree():
    ours, theirs = (
        translator(epochs=3, metrics=["accuracy"], engine=engine).fit(X, Y) for engine in ("keras", "compiled")
    )
    for name, curve in theirs.history_.curves.items():
        np.testing.assert_allclose(ours.history_.curves[name], curve, rtol=1e-3, err_msg=name)


# Messages


ATTENDING = {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 6, "use_causal_mask": True}
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
    recipe["layers"][2]["mask_zero"] = False  # Conv1D does not support masks
    return recipe


@pytest.mark.parametrize(
    "layer",
    [
        {"type": "Bidirectional", "layer": GRU},
        {**CONVOLVING, "padding": "same", "kernel_size": 2},  # the last step has no later token
    ],
    ids=str,
)
def test_a_decoder_must_be_causal(layer):
    ours = translator(behind(layer))
    assert message_of(lambda: ours.fit(X, Y), nnbuild.RecipeError) == AHEAD.format(1)
    assert not hasattr(ours, "recipe_")


@pytest.mark.slow
def test_a_decoder_with_causal_attention():
    assert len(translator(behind(ATTENDING)).fit(X, Y).predict(X[:2])) == 2


BAD_RECIPES = [
    (
        {"layers": [{"type": "Dense", "units": 1}]},
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
]


@pytest.mark.parametrize(("recipe", "message"), BAD_RECIPES, ids=range(len(BAD_RECIPES)))
def test_recipes_of_other_networks_are_refused(recipe, message):
    assert message_of(lambda: NNTranslator(recipe).fit(X, Y), nnbuild.RecipeError) == message


BAD = [
    ({}, (X, None), "NNTranslator requires y to be passed, but the target y is None"),
    ({}, ([], []), "Found no sample in X while a minimum of 1 is required by NNTranslator."),
    (
        {},
        (["a", "b"], ["a", 3]),
        "y must contain text, got 3 in row 1\n  hint: the input of kind 'text' does not accept numbers",
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
def test_invalid_values_raise(params, data, message):
    assert message_of(lambda: translator(**params).fit(*data)) == message


def test_messages_of_validation_texts():
    ours = translator()
    found = message_of(lambda: ours.fit(X, Y, X_val=["a"], y_val=[2]))
    assert found.startswith("y_val must contain text, got 2 in row 0")
    found = message_of(lambda: ours.fit(X, Y, X_val=["a"]))
    assert found == "X_val and y_val must be passed together: y_val is missing"
