"""A recipe opens no file: no argument of the catalog is a path, and nothing is opened while a network is built."""

import re
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import nnbuild
from layer_cases import LAYERS, network
from nnbuild import catalog
from nnbuild.catalog.arguments import kind_of
from nnbuild.catalog.facts.refused import REFUSED_LAYERS
from nnbuild.catalog.kinds import NOUNS, object_family
from nnbuild.errors import RecipeError, show
from nnbuild.plan.objects import make_object
from nnbuild.recipe import Recipe

PATH = "/etc/passwd"
WALK = [
    (family, name, argument)
    for family in NOUNS
    for name in catalog.class_names(family)
    for argument in catalog.find(family, name).arguments
]
# Arguments that take any text. Keras' source reads none of them as a path: `test_texts_are_not_opened`.
TEXTS = {
    "bias_axes", "encoding", "equation", "mask_token", "mask_value", "oov_token", "window",
}  # fmt: skip
LOOKUP = {"type": "StringLookup", "vocabulary": "$v"}
LOOKUPS = ("IntegerLookup", "StringLookup", "TextVectorization")
opened = None


def note(event, arguments):
    if event == "open" and opened is not None and not str(arguments[0]).endswith((".py", ".pyc", ".so")):
        opened.append(str(arguments[0]))


sys.addaudithook(note)


@pytest.fixture
def files(monkeypatch):
    """Names of the files that Python or TensorFlow opens during a test."""
    global opened  # a hook can't be removed
    for name in ("GFile", "exists", "isdir", "stat", "listdir", "glob"):
        monkeypatch.setattr(tf.io.gfile, name, lambda *args, **kwargs: opened.append(str(args[0])) or 0)
    opened = []
    yield opened
    opened = None


def test_arguments_that_take_a_path_are_text():
    takes = {place for place in WALK if kind_of(*place).accepts(PATH)}
    assert {argument for _, _, argument in takes} == TEXTS


def test_names_of_objects_are_no_paths():
    for family, name, argument in WALK:
        kind = kind_of(family, name, argument)
        if found := object_family(kind, PATH):
            assert catalog.find(found, PATH) is None


@pytest.mark.parametrize("name", LOOKUPS)
def test_a_vocabulary_is_no_file(name):
    each = "an integer" if name == "IntegerLookup" else "a string"
    with pytest.raises(RecipeError) as caught:
        Recipe([{"type": name, "vocabulary": PATH}])
    assert str(caught.value) == (
        f"layers[0].vocabulary: must be a non-empty list, each {each} or null, got {PATH!r}\n"
        "  hint: a recipe can't open files: write the terms as a list, or use an input of kind 'text' or 'ids', "
        "which learns them from the training data"
    )


@pytest.mark.parametrize(
    "parts",
    [
        {"defaults": {"vocabulary": PATH}, "layers": [{"type": "StringLookup"}]},
        {"layers": [{"type": "Pipeline", "layers": [{"type": "StringLookup", "vocabulary": PATH}]}]},
        {"layers": [{"type": "b", "v": PATH}], "blocks": {"b": {"params": {"v": None}, "layers": [LOOKUP]}}},
    ],
    ids=["default", "inner layer", "block"],
)
def test_a_vocabulary_from_elsewhere_is_no_file(parts):
    with pytest.raises(RecipeError, match=r"must be .*got '/etc/passwd'"):
        Recipe.from_dict(parts)


def test_a_vocabulary_to_search_is_no_file():
    recipe = Recipe([{"type": "StringLookup", "vocabulary": "$v"}], params={"v": ["a"]}, search={"v": [PATH]})
    (problem,) = recipe.search_problems()
    assert problem.found == "must be a non-empty list, each a string or null, got '/etc/passwd'"


@keras.saving.register_keras_serializable("no_files")
class Words(keras.layers.StringLookup):
    def __init__(self, vocabulary=None, **kwargs):
        super().__init__(vocabulary=vocabulary, **kwargs)


def test_a_vocabulary_of_a_registered_class_is_no_file():
    with pytest.raises(RecipeError) as caught:
        Recipe([{"type": "no_files>Words", "vocabulary": PATH}])
    assert "got '/etc/passwd'\n  hint: a recipe can't open files" in str(caught.value)
    assert Recipe([{"type": "no_files>Words", "vocabulary": ["a", "b"]}])


@pytest.mark.parametrize("name", [*REFUSED_LAYERS, "FeatureSpace"])
def test_layers_that_hold_code_are_refused(name):
    with pytest.raises(RecipeError, match=rf"refused|unknown layer type '{name}'"):
        Recipe([{"type": name}])


@keras.saving.register_keras_serializable("no_files")
class Holds(keras.layers.Layer):
    def __init__(self, thing=None, **kwargs):
        super().__init__(**kwargs)


SERIALIZED = {"module": "os", "class_name": "system", "config": {}, "registered_name": None}


@pytest.mark.parametrize("thing", [[SERIALIZED], {"a": {"class_name": "__lambda__", "config": {}}}])
def test_serialized_objects_are_refused(thing):
    with pytest.raises(RecipeError) as caught:
        Recipe([{"type": "no_files>Holds", "thing": thing}])
    assert str(caught.value) == (
        "layers[0].thing: must be any value without an object as Keras writes it to files, which can import and run "
        f"code, got {show(thing)}\n"
        "  hint: a recipe writes it as an object with 'type' and its arguments, in an argument that takes one"
    )


def test_no_argument_takes_a_serialized_object():
    """An object of the catalog needs a 'type', which none that Keras serialized has."""
    assert [place for place in WALK if kind_of(*place).accepts(SERIALIZED)] == []
    assert "type" not in SERIALIZED


@pytest.mark.parametrize("name", [*LOOKUPS, "Dense", "Conv2D", "EinsumDense", "Hashing", "STFTSpectrogram"])
def test_building_a_layer_opens_no_file(name, files):
    recipe = network(name, LAYERS[name])
    nnbuild.build(recipe, seed=0)  # imports on first use
    files.clear()
    nnbuild.build(recipe, seed=0)
    assert files == []


def test_texts_are_not_opened(files):
    texts = {
        "EinsumDense": {"equation": "ab,bc->ac", "output_shape": 3, "bias_axes": "c"},
        "StringLookup": {"mask_token": PATH, "oov_token": PATH + "x", "vocabulary": ["a"]},
        "TextVectorization": {"vocabulary": ["a", PATH]},
        "Hashing": {"num_bins": 3, "mask_value": PATH},
    }
    for name, arguments in texts.items():
        make_object("layers", {"type": name, **arguments})
    assert [file for file in files if re.search("passwd", file)] == []
    make_object("layers", {"type": "StringLookup", "encoding": PATH, "vocabulary": ["a"]})(tf.constant(["a"]))
    assert [file for file in files if re.search("passwd", file)] == []


def test_files_are_noticed(tmp_path, files):
    (tmp_path / "terms.txt").write_text("a")
    tf.io.gfile.exists("b")
    assert files == [str(tmp_path / "terms.txt"), "b"]


def test_training_opens_nothing(files):
    def fit():
        nnbuild.NNClassifier({"layers": [{"type": "Dense", "units": 3}]}, epochs=1, random_state=0).fit(
            np.arange(20.0).reshape(10, 2), [0, 1] * 5
        )

    fit()
    files.clear()
    fit()
    assert files == []
