"""Any document gives a Recipe or a RecipeError."""

import copy
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from bad_cases import BAD
from cases import GOOD
from nnbuild.errors import Problem, RecipeError
from nnbuild.recipe import Recipe

# Words of the language, so that what is drawn is often nearly right.
WORDS = [
    "nnbuild", "name", "description", "about", "estimator", "task", "params", "defaults", "blocks", "inputs",
    "layers", "outputs", "training", "search", "NNClassifier", "binary", "type", "units", "rate", "activation",
    "kernel_regularizer", "cell", "layer", "times", "over",
    "branches", "merge", "shortcut", "node", "loss", "optimizer", "learning_rate", "early_stopping", "uniform", "int",
    "Dense", "Dropout", "Repeat", "Residual", "Parallel", "Add", "RNN", "LSTMCell", "Lambda", "Bidirectional", "LSTM",
    "relu", "L2", "adam", "auto", "last", "fc", "a", "n", "$n", "$n * 2", "$", "$$n", "$u", "input", "output",
    "dense_1", "layers__a__units", "training__epochs", "",
]  # fmt: skip


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-2, 70000)
    | st.sampled_from([2**63, -(10**30), 10**400, 0.5, -0.0, 1e300])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS)
    | st.text(max_size=8)
)


KEYS = st.sampled_from(WORDS) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=25
)


DOCUMENTS = [*GOOD.values(), *(row[0] for row in BAD.values())]
START = [{"nnbuild": 1, **copy.deepcopy(one)} for one in DOCUMENTS if len(json.dumps(one)) < 3000]


def read(make, *given):
    """Return a recipe, or None if it has problems; any other exception is a failure."""
    try:
        return make(*given)
    except RecipeError as error:
        check_problems(error.problems)
        return None


def check_problems(problems):
    assert problems
    assert all(isinstance(problem, Problem) and problem.found for problem in problems)
    assert len(set(map(str, problems))) == len(problems)


def check(document):
    """Read a document in both forms, and write it again."""
    text = json.dumps(document, ensure_ascii=False)
    recipe = read(Recipe.from_json, text)
    if isinstance(document, dict):
        again = read(Recipe.from_dict, document)
        assert (again is None) == (recipe is None) or "nnbuild" not in document
    if recipe is not None:
        assert recipe.to_json(indent=None) == text
        assert Recipe.from_json(recipe.to_json()) == recipe
        assert hash(Recipe.from_dict(recipe.to_dict())) == hash(recipe)
        assert len(recipe.network.nodes) <= 10_000
        assert recipe.addresses


@given(VALUES)
def test_any_json_value(value):
    check(value)


@given(st.dictionaries(st.sampled_from(WORDS[:12]), VALUES, max_size=6), VALUES)
def test_any_values_in_the_places_of_a_recipe(document, layers):
    check({"nnbuild": 1, "layers": [layers], **document})


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_text(text):
    read(Recipe.from_json, text)


@given(st.sampled_from(START), st.data())
@settings(max_examples=100)
def test_a_character_changed(document, data):
    text = json.dumps(document)
    at = data.draw(st.integers(0, len(text)))
    removed = data.draw(st.integers(0, 1))
    added = data.draw(st.sampled_from(["", *'0123456789-+.eE"{}[],:$ntf_x ', "\\", "\ud83d", "é"]))
    read(Recipe.from_json, text[:at] + added + text[at + removed :])


def places(value, path=()):
    """The path of every part of a JSON value but the whole."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield (*path, key)
        yield from places(item, (*path, key))


@given(st.sampled_from(START), st.integers(1, 4), st.data())
@settings(max_examples=200)
def test_values_changed(document, n_changes, data):
    for _ in range(n_changes):
        document = changed(document, data)
    check(document)


def changed(document, data):
    """A copy of a document with one value replaced, removed, moved, duplicated or given another key."""
    document = copy.deepcopy(document)
    path = data.draw(st.sampled_from(list(places(document)) or [("layers",)]))
    around = document
    for part in path[:-1]:
        around = around[part]
    key, how = path[-1], data.draw(st.sampled_from(["replace", "remove", "move", "twice", "key"]))
    if how == "replace" or key not in (around if isinstance(around, dict) else range(len(around))):
        around[key] = data.draw(VALUES) if isinstance(around, dict) or around else None
    elif how == "remove":
        del around[key]
    elif how == "move":
        other = data.draw(st.sampled_from(list(places(document))))
        value = document
        for part in other:
            value = value[part]
        around[key] = copy.deepcopy(value)
    elif isinstance(around, list):
        around.insert(key, copy.deepcopy(around[key]))
    else:
        around[data.draw(KEYS)] = around.pop(key) if how == "key" else copy.deepcopy(around[key])
    return document
