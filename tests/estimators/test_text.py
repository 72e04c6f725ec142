"""Texts: vocabularies of the training set, alone and with other inputs."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV, cross_val_score

import nnbuild
from estimators.samples import message_of
from nnbuild import NNClassifier
from nnbuild.errors import PreparationWarning

N = 90
KIND = {"text": {"kind": "text", "output_sequence_length": 8}}
EMBEDDED = [{"type": "Embedding", "input_dim": "auto", "output_dim": 4}, {"type": "GlobalAveragePooling1D"}]
SMALL = {"epochs": 12, "learning_rate": 0.05, "random_state": 0}
BOTH = {
    "inputs": {"text": {**KIND["text"], "column": "review"}, "rest": {"kind": "table"}},
    "layers": [
        {"type": "Embedding", "input_dim": "auto", "output_dim": 4, "inputs": ["text"]},
        {"type": "GlobalAveragePooling1D", "name": "read"},
        {"type": "Concatenate", "inputs": ["read", "rest"]},
    ],
}

TWO_SPLITS = {
    "inputs": {
        "words": {"kind": "text", "output_mode": "multi_hot"},
        "characters": {"kind": "text", "split": "character", "output_mode": "multi_hot"},
    },
    "layers": [{"type": "Concatenate", "inputs": ["words", "characters"]}],
}


def of_text(inputs=KIND, **params):
    return NNClassifier({"inputs": inputs, "layers": EMBEDDED}, **{**SMALL, **params})


@pytest.fixture(scope="module")
def reviews():
    """Texts whose label depends on two words, in a table with other columns."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, N)
    words = {0: ["awful", "bad", "poor", "dreadful"], 1: ["lovely", "great", "fine", "superb"]}
    filling = ["the", "film", "was", "a", "story", "of", "people", "and", "things", "in", "town"]
    texts = [" ".join(rng.permutation([*rng.choice(filling, 5), *rng.choice(words[label], 2)])) for label in y]
    frame = pd.DataFrame({"review": texts, "stars": rng.normal(size=N), "town": rng.choice(list("abc"), N)})
    return frame, texts, y


@pytest.fixture(scope="module")
def fitted(reviews):
    return of_text().fit(reviews[1], reviews[2])


@pytest.fixture(scope="module")
def mixed(reviews):
    return NNClassifier(BOTH, **SMALL).fit(reviews[0], reviews[2])


def test_scores_of_texts(reviews):
    assert cross_val_score(of_text(), reviews[1], reviews[2], cv=3).min() > 0.9


def test_the_network_has_token_ids(fitted):
    assert fitted.recipe_.inputs == {"text": {"shape": [8], "dtype": "int32", "kind": "text"}}
    assert fitted.preparation_.summary() == ["text as 8 token ids; vocabulary of 19 words"]
    assert fitted.recipe_.nodes[0].arguments["input_dim"] == 24  # 19 words, padding and unknown ones, rounded up
    assert not hasattr(fitted, "n_features_in_")


@pytest.mark.parametrize(
    "form",
    [
        np.array,
        lambda texts: np.array(texts, object)[:, None],
        lambda texts: pd.Series(texts, dtype="category"),
        lambda texts: pd.DataFrame({"any name": texts}),
        lambda texts: {"text": texts},
    ],
    ids=["array", "column", "category", "DataFrame", "dict"],
)
def test_forms_of_texts(fitted, reviews, form):
    _, texts, y = reviews
    np.testing.assert_array_equal(fitted.predict_proba(form(texts[:9])), fitted.predict_proba(texts[:9]))
    assert of_text(epochs=1).fit(form(texts), y).preparation_ == fitted.preparation_


def test_the_vocabulary_is_that_of_the_training_set(reviews):
    _, texts, y = reviews
    other = [*texts[:60], *["unheard of"] * 30]
    held_out = of_text(validation_fraction=1 / 3, validation="last").fit(other, y)
    own = of_text().fit(texts[:60], y[:60], X_val=texts[60:], y_val=y[60:])
    assert "unheard" not in held_out.preparation_.tokens
    assert held_out.preparation_ == own.preparation_
    plain = of_text(validation_fraction=1 / 3, validation="last").fit(texts, y)
    assert own.history_.curves == plain.history_.curves


def test_continued_training_keeps_the_vocabulary(reviews):
    _, texts, y = reviews
    estimator = of_text(epochs=1, warm_start=True).fit(texts, y)
    before = estimator.preparation_
    with pytest.warns(PreparationWarning, match="input 'text': 100% of the words are unseen"):
        assert estimator.fit(["other words"] * N, y).preparation_ is before
    assert estimator.partial_fit(texts, y).preparation_ is before


@pytest.mark.parametrize("form", [list, lambda texts: pd.DataFrame({"any name": texts})], ids=["list", "DataFrame"])
def test_several_inputs_of_one_column(reviews, form, tmp_path):
    _, texts, y = reviews
    estimator = NNClassifier(TWO_SPLITS, **SMALL).fit(form(texts), y)
    words, characters = estimator.preparation_.values()
    assert (len(words.tokens), len(characters.tokens)) == (19, 21)
    loaded = nnbuild.load(estimator.save(tmp_path / "two.nnb") or tmp_path / "two.nnb")
    expected = estimator.predict_proba({"words": texts[:9], "characters": texts[:9]})
    np.testing.assert_array_equal(loaded.predict_proba(form(texts[:9])), expected)


@pytest.mark.slow
def test_folds_have_equal_networks_and_are_stacked(reviews):
    _, texts, y = reviews
    search = {"learning_rate": [0.01, 0.05]}
    alone = GridSearchCV(of_text(), search, cv=3).fit(texts, y)
    with nnbuild.stacked():
        together = GridSearchCV(of_text(), search, cv=3).fit(texts, y)
    np.testing.assert_allclose(together.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"], atol=0.05)
    folds = [of_text(epochs=1).fit([*texts[1:], rare], y) for rare in ("", "seldom", "hardly ever")]
    assert [len(fold.preparation_.tokens) for fold in folds] == [19, 20, 21]
    assert folds[0].recipe_ == folds[1].recipe_ == folds[2].recipe_


@pytest.mark.slow
def test_masked_padding_does_not_change_predictions(reviews):
    _, texts, y = reviews
    layers = [{**EMBEDDED[0], "mask_zero": True}, {"type": "GRU", "units": 4}]
    estimator = NNClassifier({"inputs": KIND, "layers": layers}, **{**SMALL, "epochs": 2}).fit(texts, y)
    padded = NNClassifier(
        {"inputs": {"text": {"kind": "text", "output_sequence_length": 30}}, "layers": layers}, **{**SMALL, "epochs": 2}
    ).fit(texts, y)
    np.testing.assert_allclose(padded.predict_proba(texts), estimator.predict_proba(texts), atol=1e-5)


def test_characters_and_bags_of_words(reviews):
    _, texts, y = reviews
    bag = [{"type": "CategoryEncoding", "num_tokens": "auto", "output_mode": "multi_hot"}]
    recipe = {"inputs": {"text": {"kind": "text", "split": "character"}}, "layers": bag}
    estimator = NNClassifier(recipe, epochs=1, random_state=0).fit(texts, y)
    assert estimator.recipe_.nodes[0].arguments["num_tokens"] == estimator.preparation_.vocabulary_size
    assert set(estimator.preparation_.tokens) == set("".join(texts))


def test_texts_of_one_class(reviews, tmp_path):
    texts = reviews[1]
    estimator = of_text().fit(texts, np.zeros(N))
    estimator.save(tmp_path / "m.nnb")
    for one in (estimator, nnbuild.load(tmp_path / "m.nnb")):
        assert one.predict(texts[:3]).tolist() == [0, 0, 0]
        assert message_of(lambda one=one: one.predict([3])).startswith("X must contain text, got 3 in row 0")


class TestWithATable:
    def test_columns_are_distributed_to_inputs(self, mixed, reviews):
        frame, _, y = reviews
        assert mixed.score(frame, y) > 0.9
        assert mixed.n_features_in_ == 3
        assert list(mixed.preparation_) == ["text", "rest"]
        assert mixed.preparation_["rest"].columns == ("stars", "town")

    def test_a_dict_gives_equal_predictions(self, mixed, reviews):
        frame, texts, y = reviews
        parts = {"text": texts, "rest": frame[["stars", "town"]]}
        by_dict = NNClassifier(BOTH, **SMALL).fit(parts, y)
        np.testing.assert_array_equal(by_dict.predict_proba(parts), mixed.predict_proba(frame))

    def test_numbers_that_are_not_prepared(self, reviews):
        frame, texts, y = reviews
        numbers = frame[["stars"]].to_numpy()
        recipe = {**BOTH, "inputs": {"text": KIND["text"], "rest": {}}}
        estimator = NNClassifier(recipe, **{**SMALL, "epochs": 1}).fit({"text": texts, "rest": numbers}, y)
        assert list(estimator.preparation_) == ["text"]
        assert estimator.predict({"text": texts[:2], "rest": numbers[:2]}).shape == (2,)


TEXT = "X must contain text, got "
NO_NUMBERS = "\n  hint: the input of kind 'text' does not accept numbers"


@pytest.mark.parametrize(
    "X, message",
    [
        ([1.5, 2.0], TEXT + "1.5 in row 0" + NO_NUMBERS),
        (["a", b"b"], TEXT + "b'b' in row 1\n  hint: decode bytes to str"),
        (["a", ["b"]], TEXT + "['b'] in row 1"),
        (
            pd.Series([pd.NA, np.nan]),
            "X has 2 missing texts, the first in row 0\n  hint: replace them, for example by ''",
        ),
        ("two", "X must contain a text for each sample, got a single string\n  hint: pass it in a list"),
        (np.zeros((2, 3)), "X must contain a text for each sample, got an array of shape (2, 3)"),
        (["", "!"], "X has no words in 2 texts after punctuation is removed\n"
         "  hint: pass texts that are not empty"),
        (pd.DataFrame({"a": ["x", "y"], "b": ["x", "y"]}), "X has no column 'text' for the input 'text'\n"
         "  allowed: a, b\n  hint: rename a column to 'text', or set inputs.text.column in the recipe; "
         "'nnbuild recipes copy NAME' writes a recipe to edit"),
        (pd.DataFrame({"text": ["x", "y"], "b": [1, 2]}),
         "X has columns, in addition to 'text', that no input uses: 'b'\n"
         "  hint: drop them, or add an input of kind 'table' to the recipe"),
        ({"texts": ["a", "b"]}, "X has the keys texts, but the recipe has the inputs text"),
        ({"text": ["a", 1]}, "X['text'] must contain text, got 1 in row 1" + NO_NUMBERS),
    ],
    ids=range(11),
)  # fmt: skip
def test_invalid_texts_raise(X, message):
    assert message_of(lambda: of_text().fit(X, [0, 1])) == message


def test_prepare_requires_an_input_of_kind_table(reviews):
    found = message_of(lambda: of_text(prepare={"scale": "none"}).fit(reviews[1], reviews[2]))
    assert found == "prepare has settings for a table, but the recipe has no input of kind 'table'"


@pytest.mark.parametrize(
    "X, message",
    [
        (lambda frame: frame.rename(columns={"review": "reviews"}), "X has no column 'review' for the input 'text'\n"
         "  allowed: reviews, stars, town\n  hint: did you mean 'reviews'?"),
        (lambda frame: frame[["review"]], "X has no remaining column for the input 'rest'"),
        (lambda frame: frame["review"], "X must be a dict with an array for each input of the recipe: text, rest"),
        (lambda frame: {"text": ["a"], "rest": frame}, "Found input variables with inconsistent numbers of samples: "
         "[1, 90]"),
    ],
    ids=["misspelt", "no table", "one column", "lengths"],
)  # fmt: skip
def test_frames_without_the_inputs_raise(reviews, X, message):
    frame, _, y = reviews
    assert message_of(lambda: NNClassifier(BOTH, **SMALL).fit(X(frame), y)) == message


@pytest.mark.parametrize("form", [list, np.array], ids=["list", "array"])
def test_texts_for_a_numeric_input_raise(form):
    hint = 'set "inputs": {"text": {"kind": "text"}} in the recipe to convert text to token ids'
    assert message_of(lambda: NNClassifier("mlp").fit(form(["so it goes", "b"]), [0, 1])) == (
        f"X contains text, such as 'so it goes', but the recipe has a numeric input\n  hint: {hint}"
    )
