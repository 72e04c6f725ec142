"""Texts become the token ids of Keras' TextVectorization."""

import random
import re

import keras
import numpy as np
import pytest

from estimators.samples import message_of
from nnbuild.errors import DataError
from nnbuild.inputs.text import TextPreparation
from nnbuild.language.vocabulary_inputs import rounded_up
from saved_forms import checked, reread

# Letters with and without case, white space of ASCII and of others, punctuation, and Keras' word for unknown tokens.
PIECES = [*"abcABC .,!'\"\t\n\x0b\x0c\xa0\x1c\x85ÄäßéЖж漢😀[]_-", "[UNK]", " ", " ", "the ", "\u3000"]
TEXTS = np.array(["The cat sat.", "the dog sat on the mat", "a cat!"], object)


def some_texts(rng, n):
    return np.array(["".join(rng.choice(PIECES) for _ in range(rng.randrange(30))) for _ in range(n)], object)


@pytest.mark.parametrize("split", ["whitespace", "character"])
@pytest.mark.parametrize("standardize", [None, "lower", "strip_punctuation", "lower_and_strip_punctuation"])
def test_token_ids_equal_those_of_keras(standardize, split):
    rng = random.Random(f"{standardize} {split}")
    for _ in range(8):
        given = {"standardize": standardize, "split": split, "output_sequence_length": rng.randrange(1, 20)}
        if max_tokens := rng.choice([None, 3, 5, 10, 1000]):
            given["max_tokens"] = max_tokens
        if ngrams := rng.choice([None, 1, 2, 3]):
            given["ngrams"] = ngrams
        seen, new = some_texts(rng, rng.randrange(5, 40)), some_texts(rng, 20)
        layer = keras.layers.TextVectorization(**given)
        layer.adapt(list(seen))
        ours = TextPreparation.fitted(seen, given)
        assert list(ours.tokens) == layer.get_vocabulary()[2:]
        wanted = np.array(layer(list(new)))
        wanted[~wanted.any(axis=1), 0] = 1  # a text without a token is one unknown token
        np.testing.assert_array_equal(ours.transformed(new), wanted)


@pytest.mark.parametrize("output_mode", ["multi_hot", "count", "tf_idf"])
def test_counts_equal_those_of_keras(output_mode):
    rng = random.Random(output_mode)
    for _ in range(8):
        given = {"output_mode": output_mode, "split": rng.choice(["whitespace", "character"])}
        given |= rng.choice([{}, {"max_tokens": 3}, {"max_tokens": 20}, {"ngrams": 2}])
        seen, new = some_texts(rng, rng.randrange(5, 40)), some_texts(rng, 20)
        layer = keras.layers.TextVectorization(**given)
        layer.adapt(list(seen))
        ours = TextPreparation.fitted(seen, given)
        assert list(ours.tokens) == layer.get_vocabulary()[1:]
        found, wanted = ours.transformed(new), np.asarray(layer(list(new)))
        assert (found.shape, found.dtype, ours.shape, ours.dtype) == (
            (20, ours.vocabulary_size),
            "float32",
            (ours.vocabulary_size,),
            None,
        )
        np.testing.assert_allclose(found.toarray()[:, : wanted.shape[1]], wanted, rtol=1e-6)
        assert not found.toarray()[:, wanted.shape[1] :].any()  # room for the words of other folds
        assert reread(ours) == ours


def test_the_vocabulary_is_the_most_frequent_tokens():
    ours = TextPreparation.fitted(TEXTS, {"max_tokens": 5})
    assert ours.tokens == ("the", "sat", "cat")
    assert ours.output_sequence_length == 6  # of the longest text
    found = ours.transformed(np.array(["the CAT, the bird", ""], object)).tolist()
    assert found == [[2, 4, 2, 1, 0, 0], [1, 0, 0, 0, 0, 0]]
    assert ours.transformed(TEXTS[:0]).shape == (0, 6)
    assert ours.summary() == ["text as 6 token ids; vocabulary of 3 words"]
    assert (ours.vocabulary_size, ours.shape, ours.dtype) == (5, (6,), "int32")


def test_ngrams_follow_single_words():
    ours = TextPreparation.fitted(np.array(["not a good film", "a good film"], object), {"ngrams": 2})
    assert ours.tokens[:5] == ("good film", "good", "film", "a good", "a")
    assert ours.output_sequence_length == 7  # four words and three pairs
    numbers = {token: number for number, token in enumerate(ours.tokens, 2)}
    wanted = [numbers[token] for token in ("a", "good", "not", "a good")]
    assert ours.transformed(np.array(["A good? Not!"], object)).tolist() == [[*wanted, 1, 0, 0]]
    assert ours.summary() == ["text as 7 token ids; vocabulary of 7 words and n-grams of up to 2"]


def test_max_length_limits_the_tokens_before_ngrams():
    texts = np.array(["not a good film"], object)
    ours = TextPreparation.fitted(texts, {"ngrams": 2, "max_length": 2})
    assert sorted(ours.tokens) == ["a", "not", "not a"]
    assert reread(ours) == ours
    assert TextPreparation.fitted(texts, {"split": "character", "max_length": 3}).tokens == ("t", "o", "n")


@pytest.mark.parametrize("name, value", [("output_mode", "count"), ("ngrams", 2)])
def test_text_generation_requires_single_tokens(name, value):
    found = f"{name} is {value!r}, but text generation requires single tokens in order\n  hint: remove {name}"
    with pytest.raises(DataError, match=f"^{found}$"):
        TextPreparation.fitted(TEXTS, {name: value}, marked=True)


def test_sizes_are_rounded_up_to_be_equal_in_folds():
    texts = np.array([" ".join(f"w{i}" for i in range(n)) for n in (57, 900)], object)
    ours = TextPreparation.fitted(texts, {})
    assert (len(ours.tokens), ours.vocabulary_size, ours.output_sequence_length) == (900, 1024, 512)
    assert TextPreparation.fitted(texts, {"max_tokens": 950}).vocabulary_size == 950  # at most max_tokens
    assert TextPreparation.fitted(texts[:1], {}).output_sequence_length == 64


def test_sizes_between_powers_of_two():
    sizes = [rounded_up(count) for count in range(1, 3000)]
    assert sizes == sorted(sizes)
    assert all(count <= size <= 1.25 * count + 1 for count, size in enumerate(sizes, 1))
    assert len(set(sizes)) < 45


def test_half_a_surrogate_pair_is_removed():
    assert TextPreparation.fitted(np.array(["a \ud800 b"], object), {}).tokens == ("b", "a")


@pytest.mark.parametrize(
    "texts, settings, message",
    [
        (["", "?!"], {}, "X has no words in 2 texts after punctuation is removed"),
        (["  "], {"standardize": None}, "X has no words in 1 text"),
        ([""], {"split": "character"}, "X has no characters in 1 text after punctuation is removed"),
    ],
)
def test_texts_without_a_token_are_reported(texts, settings, message):
    hint = "\n  hint: pass texts that are not empty"
    with pytest.raises(DataError, match=f"^{re.escape(message + hint)}$"):
        TextPreparation.fitted(np.array(texts, object), settings)


def test_texts_to_generate_have_start_and_end_tokens():
    ours = TextPreparation.fitted(np.array(["aab", "a"], object), {"split": "character"}, marked=True)
    a, b, start, end = 2, 3, 4, 5
    assert (ours.tokens, ours.start, ours.end, ours.output_sequence_length) == (("a", "b"), start, end, 4)
    texts = np.array(["ab", "", "ba?b", "ababab"], object)
    assert ours.transformed(texts).tolist() == [[start, a, b, 0], [start, 0, 0, 0], [start, b, a, b], [start, a, b, a]]
    assert ours.next_tokens(texts).tolist() == [[a, b, end, 0], [end, 0, 0, 0], [b, a, b, end], [a, b, a, b]]
    np.testing.assert_array_equal(ours.transformed(texts) != 0, ours.next_tokens(texts) != 0)  # one mask suits both
    assert ours.next_tokens(np.array(["az"], object)).tolist() == [[a, 1, end, 0]]


def test_generated_token_ids_are_decoded_up_to_the_end_token():
    words = TextPreparation.fitted(np.array(["two  words", "One"], object), {"standardize": None}, marked=True)
    texts = np.array(["One words", "", "two"], object)
    assert words.texts_of(words.next_tokens(texts)).tolist() == texts.tolist()
    assert words.texts_of(words.transformed(texts)).tolist() == texts.tolist()  # the start token is removed
    behind = np.array([[2, words.end, 3], [0, 1, 3]], "int32")
    assert words.texts_of(behind).tolist() == [words.tokens[0], words.tokens[1]]
    assert words.standardized(np.array([" two\twords?"], object)).tolist() == ["two words?"]


def test_start_and_end_tokens_take_two_ids():
    texts = np.array(["a b c d e f"], object)
    plain, marked = (TextPreparation.fitted(texts, {"max_tokens": 6}, mark) for mark in (False, True))
    assert (len(plain.tokens), len(marked.tokens)) == (4, 2)
    assert (plain.vocabulary_size, marked.vocabulary_size) == (6, 6)
    assert (plain.output_sequence_length, marked.output_sequence_length) == (6, 7)
    assert message_of(lambda: TextPreparation.fitted(texts, {"max_tokens": 4}, marked=True), DataError) == (
        "max_tokens must be at least 5, got 4\n  hint: 4 token ids are reserved, such as that of unknown tokens"
    )
    assert reread(marked) == marked


def test_a_file_of_an_earlier_version_is_read():
    ours = TextPreparation.fitted(TEXTS, {})
    later = ("marked", "max_length", "ngrams", "output_mode")
    values = {name: value for name, value in ours.to_dict().items() if name not in later}
    assert TextPreparation.from_saved(checked({"kind": "text", **values}, ours.arrays()), ours.arrays()) == ours


def test_the_saved_form_gives_the_same():
    ours = TextPreparation.fitted(np.array(["Äpfel äpfel\x00 漢字", "b a"], object), {"split": "character"})
    loaded = reread(ours)
    assert loaded == ours
    np.testing.assert_array_equal(loaded.transformed(TEXTS), ours.transformed(TEXTS))
