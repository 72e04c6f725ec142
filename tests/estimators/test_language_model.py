"""Language models: training, scores and generated texts."""

import re
from collections import Counter
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV, KFold

from few import few_of
from nnbuild import NNLanguageModel, RecipeError
from nnbuild.estimators import token_probabilities
from nnbuild.estimators.decoding import log_probabilities
from nnbuild.generate import stepper
from tests.estimators.samples import exactly

SENTENCE = "the cat sat on the mat and saw the dog. "
TEXT = SENTENCE * 12
WINDOW = 12
INPUT = {"kind": "text", "split": "character", "standardize": None, "output_sequence_length": WINDOW}
OF_SEQUENCES = {"return_sequences": True}
ATTENTION = {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 12, "use_causal_mask": True}
TRAINING = {"optimizer": {"type": "Adam", "learning_rate": 0.01}, "epochs": 12, "batch_size": 16}
LOGITS = {"type": "SparseCategoricalCrossentropy", "from_logits": True}


def recipe(*layers, units=24, **changes):
    return {
        "nnbuild": 1,
        "inputs": {"text": {**INPUT, **changes}},
        "layers": [{"type": "Embedding", "input_dim": "auto", "output_dim": units}, *layers],
        "training": TRAINING,
    }


RECURRENT = recipe({"type": "GRU", "units": 48, **OF_SEQUENCES})
ATTENTIVE = {
    "nnbuild": 1,
    "inputs": {"text": INPUT},
    "layers": [
        {"type": "ReversibleEmbedding", "input_dim": "auto", "output_dim": 24, "name": "tokens"},
        {"type": "PositionEmbedding", "sequence_length": WINDOW},
        {"type": "Residual", "layers": [{"type": "LayerNormalization"}, ATTENTION]},
        {"type": "LayerNormalization"},
        {"type": "Shared", "node": "tokens", "reverse": True},
    ],
    "outputs": "last",
    "training": {**TRAINING, "loss": LOGITS},
}


@pytest.fixture(scope="module")
def recurrent():
    return NNLanguageModel(RECURRENT, stride=2, random_state=0).fit(TEXT)


@pytest.fixture(scope="module")
def attentive():
    return NNLanguageModel(ATTENTIVE, stride=1, epochs=6, random_state=0).fit(TEXT)


def test_a_text_is_learned_and_continued(recurrent):
    assert recurrent.generate("the cat ", 120, temperature=0) == (SENTENCE * 4)[8:128]
    assert recurrent.bits_per_character(TEXT) < 0.15
    assert recurrent.score(TEXT) == -recurrent.bits_per_character(TEXT)
    chances = recurrent.predict_proba(["the ca", "the cat sa"])
    assert recurrent.vocabulary_[chances.argmax(axis=1)].tolist() == ["t", "t"]


def test_fitted_attributes(recurrent):
    assert recurrent.vocabulary_[0] == " "
    assert set(recurrent.vocabulary_) == set(SENTENCE)
    assert recurrent.preparation_.summary() == [f"text as 12 token ids; vocabulary of {len(set(SENTENCE))} characters"]
    assert recurrent.n_outputs_ == 20  # tokens and two marks, rounded up
    assert recurrent.model_.output_shape == (None, WINDOW, 20)
    assert len(recurrent.history_.curves["loss"]) == recurrent.n_iter_ == 12
    assert recurrent.recipe_.training["validation"] == "last"
    assert not hasattr(recurrent, "classes_")


@pytest.mark.parametrize("name", few_of(["recurrent", "attentive"], "recurrent"))
def test_scores_predict_each_character_once(name, request):
    """Each prediction has all tokens from the start, or at least half a window of them."""
    model, text = request.getfixturevalue(name), "saw the cat and the dog sat on the mat. no"
    numbers = np.array([model.preparation_.start, *model.preparation_.all_token_ids(text)])
    bits = []
    for place in range(1, len(numbers)):
        start = 0 if place <= WINDOW else -(-(place - WINDOW) // (WINDOW // 2)) * (WINDOW // 2)
        window = np.zeros((1, WINDOW), "int32")
        window[0, : place - start] = numbers[start:place]
        given = log_probabilities(np.array(model.model_(window)), from_logits=name == "attentive")
        bits.append(-given[0, place - start - 1, numbers[place]] / np.log(2))
    assert model.bits_per_character(text) == pytest.approx(np.mean(bits), rel=1e-4)
    assert model.perplexity(text) == pytest.approx(2 ** np.mean(bits), rel=1e-4)
    two = model.bits_per_character(pd.Series([text, text]))  # each text has its own start
    assert two == pytest.approx(np.mean(bits), rel=1e-4)


@pytest.mark.parametrize("name", ["recurrent", "attentive"])
def test_generation_in_steps_equals_the_whole_network(name, request, monkeypatch):
    """Past the window too: attention keeps the last half of it, and a recurrent state all tokens."""
    model, read = request.getfixturevalue(name), []

    def watched(self, weights, state, tokens, step=stepper.Stepper.read):
        outputs, after = step(self, weights, state, tokens)
        before = [] if not state.n_read else read[-1][0]
        read.append(([*before, *tokens[0].tolist()], outputs[0, -1]))
        return outputs, after

    monkeypatch.setattr(stepper.Stepper, "read", watched)
    text = model.generate("the dog sat", 30, seed=1)
    assert len(text) == 30
    whole = keras.Sequential(model.model_.layers[1:]) if name == "recurrent" else model.model_
    for tokens, given in read[::5]:
        seen = np.array([tokens if name == "recurrent" else tokens + [0] * (WINDOW - len(tokens))])
        np.testing.assert_allclose(given, np.array(whole(seen))[0, len(tokens) - 1], rtol=0, atol=1e-5)
    lengths = [len(tokens) for tokens, _ in read]
    assert lengths == (
        [*range(12, 42)]
        if name == "recurrent"
        else [12, *range(6, 13), *range(6, 13), *range(6, 13), *range(6, 13), 6][:30]
    )


def test_many_windows_are_predicted_in_batches(attentive, monkeypatch):
    prompts, reported = ["the ca", "", "and saw the dog. the"] * 7, TEXT[:90]
    wanted = attentive.predict_proba(prompts), attentive.perplexity(reported)
    sizes, known = [], attentive._log_probabilities

    def watched(windows):
        sizes.append(len(windows))
        return known(windows)

    monkeypatch.setattr(token_probabilities, "MAX_BYTES", 1)
    monkeypatch.setattr(attentive, "_log_probabilities", watched)
    found = attentive.predict_proba(prompts), attentive.perplexity(reported)
    np.testing.assert_array_equal(found[0], wanted[0])
    assert found[1] == wanted[1]
    assert sizes == [8, 8, 5, 8, 6]


def test_the_seed_determines_the_draws(attentive):
    first = attentive.generate("the ", 15, temperature=3, seed=3)
    assert attentive.generate("the ", 15, temperature=3, seed=3) == first
    assert attentive.generate(["the ", "the "], 15, temperature=3, seed=3)[0] == first
    assert attentive.generate(["the ", "the "], 15, temperature=3, seed=3)[1] != first
    assert attentive.generate("the ", 15, temperature=3, seed=4) != first
    assert attentive.generate("the ", 15, temperature=3) != attentive.generate("the ", 15, temperature=3)


def test_generation_ends_at_a_stop_string(recurrent):
    assert recurrent.generate("the cat ", 100, temperature=0, stop="and") == "sat on the mat "
    assert recurrent.generate("the cat ", 100, temperature=0, stop=["dog", "mat"]) == "sat on the "


def test_each_text_has_a_start_and_an_end():
    names = ["anna", "otto", "eve"] * 20
    model = NNLanguageModel(RECURRENT, training__epochs=30, random_state=0).fit(names)
    found = model.generate([""] * 30, max_new_tokens=50, seed=0)
    assert sum(name in names for name in found) > 25
    assert model.generate("an", temperature=0) == "na"
    assert model.bits_per_character(["anna", "eve"]) < 0.8  # log2(3) bits for one of three names of about 4 letters


@pytest.mark.slow
def test_words_as_tokens():
    words = recipe({"type": "LSTM", "units": 24, **OF_SEQUENCES}, split="whitespace", standardize="lower")
    model = NNLanguageModel(words, stride=3, random_state=0).fit([TEXT, TEXT.upper()])
    assert set(model.vocabulary_) == {*SENTENCE.split()}
    assert model.generate("The CAT", 5, temperature=0) == "sat on the mat and"
    assert model.generate("The CAT", 9, temperature=0, stop=["mat and"]) == "sat on the "
    assert model.generate("The CAT", 9, temperature=0, stop=["t", "sa"]) == ""  # one token contains both
    per_word = np.log2(model.perplexity(TEXT))
    assert model.bits_per_character(TEXT) == pytest.approx(per_word * len(TEXT.split()) / len(TEXT))


def test_unknown_tokens(recurrent):
    assert np.isfinite(recurrent.bits_per_character("the cät sat"))
    assert recurrent.predict_proba(["ü"]).shape == (1, len(recurrent.vocabulary_))
    few = NNLanguageModel(recipe({"type": "GRU", "units": 8, **OF_SEQUENCES}, max_tokens=8), epochs=1).fit(TEXT)
    assert len(few.vocabulary_) == 4  # all others are one unknown token
    assert set(few.generate("the cät", 30, seed=0)) <= set(few.vocabulary_)


def test_the_last_part_is_the_validation_set_and_not_in_the_vocabulary():
    model = NNLanguageModel(RECURRENT, epochs=2, validation_fraction=0.2, random_state=0).fit(TEXT + "zzzzzz" * 4)
    assert "z" not in model.vocabulary_
    assert len(model.history_.curves["val_loss"]) == 2
    assert model.history_.curves["val_loss"][-1] > model.history_.curves["loss"][-1]
    given = NNLanguageModel(RECURRENT, epochs=2, random_state=0).fit(TEXT, X_val=["the cat sat on the mat"])
    assert len(given.history_.curves["val_loss"]) == 2


@pytest.mark.slow
def test_the_compiled_engine_gives_the_same():
    both = [
        NNLanguageModel(RECURRENT, epochs=1, engine=engine, random_state=0).fit(TEXT)
        for engine in ("keras", "compiled")
    ]
    assert both[0].perplexity(TEXT) == pytest.approx(both[1].perplexity(TEXT), rel=1e-4)


@pytest.mark.slow
def test_searches_score_held_out_texts():
    texts = [SENTENCE * 3] * 6
    model = NNLanguageModel(RECURRENT, stride=4, random_state=0)
    search = GridSearchCV(model, {"epochs": [1, 8]}, cv=KFold(2)).fit(texts)
    assert search.best_params_ == {"epochs": 8}
    assert isinstance(search.best_estimator_.generate("the"), str)


SHORT = (
    "X has 12 characters, including starts and ends of texts, but a window requires 12 and the next one\n"
    "  hint: pass more text, or set a smaller output_sequence_length of the input"
)


@pytest.mark.parametrize(
    "X, message",
    [
        ("", "X has no characters in 1 text\n  hint: pass texts that are not empty"),
        ([], "X has no text to learn from"),
        ("the cat sa", SHORT),
        (["a", 3], "X must contain text, got 3 in row 1\n  hint: the input of kind 'text' does not accept numbers"),
    ],
    ids=str,
)
def test_invalid_texts_raise(X, message):
    with pytest.raises(ValueError, match=exactly(message)):
        NNLanguageModel(RECURRENT).fit(X)


def test_a_network_must_be_causal():
    with pytest.raises(RecipeError) as error:
        NNLanguageModel(recipe({**ATTENTION, "use_causal_mask": False}), random_state=0).fit(TEXT)
    assert str(error.value) == (
        "layers: the network is not causal: its output for step 1 of 'text' depends on later tokens\n"
        "  hint: use causal layers only: attention with use_causal_mask, convolutions with padding 'causal', "
        "no Bidirectional, no pooling over steps"
    )


@pytest.mark.parametrize(
    "given, message",
    [
        (
            recipe({"type": "GRU", "units": 8}),
            "layers[1]: the output shape is (8,), but the output layer of a tokens task takes (steps, features)\n"
            "  shapes: text (12,) -> embedding_1 (12, 24) -> gru_1 (8,)\n"
            "  hint: add a last layer that returns every step, such as one with return_sequences",
        ),
        (
            {**recipe({"type": "GRU", "units": 30}), "outputs": "last"},
            "the output shape is (30,) for a window of 12 tokens, but must be (12, "
            "20): a value for each time step and token of the vocabulary\n"
            "  hint: end with a layer that keeps the time axis, such as a recurrent layer "
            "with return_sequences=True, and set 'outputs' to 'auto'",
        ),
        (
            {"layers": [{"type": "Dense", "units": 1}]},
            "a language model requires one input of kind 'text', but the recipe has input (tensor)\n"
            '  hint: set "inputs": '
            '{"text": {"kind": "text", "output_sequence_length": 64}} in the recipe, or use the recipe "small_gpt"',
        ),
        (
            recipe({"type": "GRU", "units": 8, **OF_SEQUENCES}, ngrams=2),
            "a language model requires single tokens, but the recipe's input 'text' has ngrams=2\n"
            "  hint: remove ngrams",
        ),
    ],
    ids=["not for each token", "last", "no text", "runs"],
)
def test_networks_without_a_value_per_token_raise(given, message):
    with pytest.raises(ValueError, match=exactly(message)):
        NNLanguageModel(given).fit(TEXT)


def test_random_validation_is_refused():
    wrong = {**RECURRENT, "training": {**TRAINING, "validation": "random"}}
    with pytest.raises(RecipeError) as error:
        NNLanguageModel(wrong).fit(TEXT)
    assert str(error.value) == (
        "training.validation: 'random' is not supported for texts: they have no samples to draw\n"
        "  hint: remove it: the validation set is the last part of the text"
    )


@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"stride": 0}, "stride must be an integer of at least 1, got 0"),
        (
            {"validation_fraction": 0.01},
            SHORT.replace("X has 12", "the last part of X has 7"),
        ),
        (
            {"validation_fraction": 0.999},
            "X without its last part has no text to learn from\n  hint: set a smaller validation_fraction",
        ),
    ],
    ids=str,
)
def test_invalid_parameters_raise(parameters, message):
    with pytest.raises(ValueError, match=exactly(message)):
        NNLanguageModel(RECURRENT, **parameters).fit(TEXT)


@pytest.mark.parametrize(
    "given, message",
    [
        (
            {"prompt": "the cät wäs ñ"},
            "prompt has characters that are not in the training text: 'ä', 'ñ'\n"
            "  hint: remove them: the training text had 14 different characters",
        ),
        ({"prompt": 5}, "prompt must contain a text for each sample, got int"),
        ({"max_new_tokens": 0}, "max_new_tokens must be an integer of at least 1, got 0"),
        (
            {"temperature": -0.5},
            "temperature must be a number of 0 or more, got -0.5\n"
            "  hint: 0 selects the most probable token, 1 samples from the predicted probabilities",
        ),
        ({"seed": "a"}, "seed must be an integer of at least 0, got 'a'"),
        ({"stop": ""}, "stop must be a non-empty string or a list of non-empty strings, got ''"),
        ({"stop": [3]}, "stop must be a non-empty string or a list of non-empty strings, got [3]"),
    ],
    ids=str,
)
def test_invalid_arguments_of_generate_raise(recurrent, given, message):
    with pytest.raises(ValueError, match=exactly(message)):
        recurrent.generate(**given)


def test_a_score_of_empty_texts_raises(recurrent):
    with pytest.raises(ValueError, match=exactly("X has no characters to score in 2 texts")):
        recurrent.score(["", ""])


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, settings",
    [
        ("small_gpt", {"length": 64, "width": 64, "depth": 2, "steps": 600, "epochs": 8}),
        ("char_lstm", {"units": 96, "epochs": 12, "learning_rate": 0.005}),
    ],
)
def test_gallery_recipes_learn_english(name, settings):
    """Better than the entropy of character frequencies, from 11,000 characters."""
    text = (Path(__file__).parents[2] / "LICENSE").read_text("utf-8")
    place = len(text) * 9 // 10
    model = NNLanguageModel(name, stride=8, random_state=0, **settings).fit(text[:place])
    shares = np.array(list(Counter(text[:place]).values())) / place
    by_counts = -(shares * np.log2(shares)).sum()
    assert model.bits_per_character(text[place:]) < 0.75 * by_counts
    words = set(re.findall(r"[a-z]{4,}", text))
    written = re.findall(r"[a-z]{4,}", model.generate("You may", 300, temperature=0.5, seed=0))
    assert sum(word in words for word in written) > len(written) / 4 > 2
