"""Masked language models: masking, scores, and classifiers that start from their weights."""

import numpy as np
import pytest
from sklearn.base import clone

from nnbuild import NNClassifier, NNMaskedLanguageModel, Recipe
from nnbuild.estimators.masking import MASK, each_once, masked, windows_of_each
from nnbuild.inputs.text import N_RESERVED, PADDING, TextPreparation
from tests.estimators.samples import exactly

TEXTS = ["the cat sat on the mat", "the dog lay on the rug", "a cat saw the dog"] * 8
SMALL = {"length": 8, "width": 16, "heads": 2, "depth": 1, "dropout": 0.0, "learning_rate": 0.01, "random_state": 0}


@pytest.fixture(scope="module")
def reader():
    return NNMaskedLanguageModel(n_maskings=10, epochs=6, **SMALL).fit(TEXTS)


@pytest.fixture(scope="module")
def many():
    """Many windows of 40 tokens, and their preparation."""
    rng = np.random.default_rng(0)
    texts = np.array([" ".join(f"w{word}" for word in rng.integers(0, 50, 39)) for _ in range(400)], object)
    preparation = TextPreparation.fitted(texts, {"output_sequence_length": 40}, marked=True)
    return windows_of_each(texts, preparation), preparation


def test_shares_of_masked_replaced_and_kept_tokens_are_those_of_bert(many):
    windows, preparation = many
    seen, targets = masked(windows, 0.15, preparation, np.random.default_rng(1))
    chosen = targets != PADDING
    assert 0.14 < chosen[:, 1:].mean() < 0.16
    assert not chosen[:, 0].any()  # the start is no token
    np.testing.assert_array_equal(targets[chosen], windows[chosen])
    np.testing.assert_array_equal(seen[~chosen], windows[~chosen])
    hidden, left = (seen[chosen] == MASK).mean(), (seen[chosen] == windows[chosen]).mean()
    assert 0.77 < hidden < 0.83
    assert 0.08 < left < 0.13  # one of fifty that are drawn is the same
    drawn = seen[chosen & (seen != MASK)]
    assert drawn.min() >= N_RESERVED
    assert drawn.max() < preparation.start


def test_each_window_has_a_masked_token_and_none_is_unknown():
    preparation = TextPreparation.fitted(np.array(["a b", "a b"], object), {"output_sequence_length": 3}, marked=True)
    windows = windows_of_each(["a z b a", "z z z", "", "b"], preparation)
    a, b = (preparation.tokens.index(token) + N_RESERVED for token in "ab")
    start = preparation.start
    assert windows.tolist() == [[start, a, MASK], [start, b, a], [start, b, PADDING]]
    _, targets = masked(windows, 1e-9, preparation, np.random.default_rng(0))
    assert (targets != PADDING).sum(axis=1).tolist() == [1, 1, 1]
    assert targets[0].tolist() == [PADDING, a, PADDING]


def test_scores_mask_each_token_once(many):
    windows, preparation = many
    total = sum((targets != PADDING).astype(int).sum() for _, targets in each_once(windows, 0.15, preparation))
    assert total == windows[:, 1:].size
    for seen, targets in each_once(windows[:5], 0.5, preparation):
        np.testing.assert_array_equal(np.where(targets != PADDING, targets, seen)[:, 1:], windows[:5][:, 1:])
        assert (seen[targets != PADDING] == MASK).all()


def test_it_predicts_masked_words(reader):
    assert reader.score(TEXTS) > 0.6
    assert reader.bits_per_token(TEXTS) < 2
    by_counts = sum(text.split().count("the") for text in TEXTS) / sum(len(text.split()) for text in TEXTS)
    assert by_counts < 0.4
    assert reader.vocabulary_[0] == "the"


def test_the_seed_determines_the_fit():
    first, again, other = (
        NNMaskedLanguageModel(n_maskings=1, epochs=1, **{**SMALL, "random_state": seed}).fit(TEXTS[:6])
        for seed in (0, 0, 1)
    )
    assert first.bits_per_token(TEXTS) == again.bits_per_token(TEXTS) != other.bits_per_token(TEXTS)


def test_the_validation_set_is_the_last_part():
    watched = NNMaskedLanguageModel(n_maskings=1, epochs=1, validation_fraction=0.3, **SMALL).fit([*TEXTS, "zebra"])
    assert "zebra" not in watched.vocabulary_
    assert set(watched.history_.curves) == {"loss", "val_loss"}
    given = NNMaskedLanguageModel(n_maskings=1, epochs=1, **SMALL).fit(TEXTS, X_val=["the cat"])
    assert set(given.history_.curves) == {"loss", "val_loss"}


@pytest.mark.slow
def test_a_classifier_starts_from_the_pretrained_weights(reader, tmp_path):
    network = {name: SMALL[name] for name in ("length", "width", "heads", "depth")}
    labels = [0, 1, 0] * 8
    frozen = NNClassifier("small_bert", pretrained=reader, trainable=False, epochs=1, random_state=0, **network)
    frozen.fit(TEXTS, labels)
    names = [step.name for step in Recipe.load("small_bert").with_values(network).network.nodes if step.arguments]
    attention = "encoder.1.residual_1.multi_head_attention_1"
    assert {"words", "places", "encoded", attention} <= set(frozen.pretrained_layers_)
    assert set(frozen.pretrained_layers_) <= set(names)
    for layer in frozen.pretrained_layers_:
        ours, theirs = (one.model_.get_layer(layer).get_weights() for one in (frozen, reader))
        for mine, other in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(mine, other)
    assert frozen.preparation_.tokens == tuple(reader.vocabulary_)
    np.testing.assert_array_equal(
        frozen.preparation_.transformed(np.array(["the cat"], object))[0, :3],
        windows_of_each(["the cat"], reader.preparation_)[0, :3],
    )
    reader.save(tmp_path / "reader.nnb")
    by_file = clone(frozen).set_params(pretrained=tmp_path / "reader.nnb").fit(TEXTS, labels)
    np.testing.assert_array_equal(by_file.predict_proba(TEXTS), frozen.predict_proba(TEXTS))


def test_both_recipes_have_one_body():
    reading, classifier = (Recipe.load(name).to_dict() for name in ("small_bert_pretraining", "small_bert"))
    body = classifier["layers"][:5]
    assert without_trainable(body) == without_trainable(reading["layers"][:5])
    assert {**classifier["params"], "trainable": True} == {**reading["params"], "trainable": True}
    assert classifier["inputs"] == reading["inputs"]


def without_trainable(value):
    if isinstance(value, dict):
        return {key: without_trainable(item) for key, item in value.items() if key != "trainable"}
    return [without_trainable(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "settings, texts, message",
    [
        ({"mask_fraction": 1}, TEXTS, "mask_fraction must be a number above 0 and below 1, got 1"),
        ({"n_maskings": 0}, TEXTS, "n_maskings must be an integer of at least 1, got 0"),
        ({}, [], "X has no text to learn from"),
        (
            {"length": 1},
            TEXTS,
            "a window of one token has no room for text: it contains only the start token\n"
            "  hint: set output_sequence_length of the input to 2 or more",
        ),
        (
            {
                **dict.fromkeys(("length", "width", "heads", "depth", "dropout")),
                "recipe": {"layers": [{"type": "Dense", "units": 1}]},
            },
            TEXTS,
            "a masked language model requires one input of kind 'text', but the recipe has input (tensor)\n"
            '  hint: set "inputs": {"text": {"kind": "text", "output_sequence_length": 64}} in the recipe, or '
            'use the recipe "small_bert_pretraining"',
        ),
    ],
)
def test_invalid_arguments_raise(settings, texts, message):
    with pytest.raises(ValueError, match=exactly(message)):
        NNMaskedLanguageModel(**{**SMALL, **settings}).fit(texts)


def test_a_score_of_unknown_words_raises(reader):
    with pytest.raises(ValueError, match=exactly("X has no words of the vocabulary to score in 1 text")):
        reader.score(["zebra"])
