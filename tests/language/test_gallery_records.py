"""Records of the gallery: made without building anything, found by words."""

import json

import pytest

from nnbuild.language import gallery as files
from nnbuild.language.gallery import gallery_names
from nnbuild.language.gallery_records import GalleryRecipe, gallery, gallery_recipe, nearest_word
from nnbuild.language.gallery_words import FURTHER_WORDS


def test_a_record_equals_its_file():
    assert gallery_recipe("lenet5") == GalleryRecipe(
        name="lenet5",
        description="LeNet-5, with C3 connected to all maps of S2 and softmax output: 61,706 parameters for 10 digits",
        kind="convolutional",
        uses=("Conv2D", "AveragePooling2D", "tanh", "SGD"),
        paper="LeCun et al. 1998, https://doi.org/10.1109/5.726791",
        inputs={"image": "32x32x1"},
        params={"activation": "tanh", "learning_rate": 0.05},
        use="images to classes",
        n_parameters=61_706,
        estimators=("NNClassifier", "NNRegressor"),
    )


def test_every_recipe_has_a_description_and_can_be_tuned():
    found = gallery()
    assert sorted(recipe.name for recipe in found) == gallery_names()
    groups = [(recipe.kind, recipe.use, recipe.name) for recipe in found]
    assert groups == sorted(groups)
    for recipe in found:
        document = json.loads(files.gallery_path(recipe.name).read_text("utf-8"))
        assert document["name"] == recipe.name
        assert recipe.description
        assert recipe.kind
        assert recipe.uses
        assert recipe.use
        assert recipe.params
        assert document["search"]


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A gallery of three recipes."""
    for name, (description, about) in SMALL.items():
        document = {"nnbuild": 1, "description": description, "about": about, "layers": []}
        (tmp_path / f"{name}.json").write_text(json.dumps(document), "utf-8")
    monkeypatch.setattr(files, "_gallery", lambda: tmp_path)


@pytest.mark.parametrize(
    "word, names",
    [
        ("VGG", ["vgg16", "vgg19"]),
        ("BERT", ["bert_base", "small_bert", "small_bert_pretraining"]),
        ("images pixel", ["unet"]),
    ],
)
def test_networks_are_found_by_the_words_of_a_text(word, names):
    assert [recipe.name for recipe in gallery(word)] == names


@pytest.mark.parametrize(
    "word, name",
    [
        ("U-Net", "unet"),
        ("steering", "pilotnet"),
        ("transformer", "vit_tiny"),
        ("recommendation", "two_tower"),
        ("overfitting", "digits_mlp"),
        ("过拟合", "digits_mlp"),
        ("梯度消失", "deep_relu"),
    ],
)
def test_a_common_term_finds_its_recipe(word, name):
    assert name in [recipe.name for recipe in gallery(word)]


def test_further_words_are_for_kinds_and_uses_of_the_gallery():
    assert FURTHER_WORDS.keys() <= {word for recipe in gallery() for word in (recipe.kind, *recipe.uses)}


SMALL = {
    "lenet5": ("For digits", {"kind": "convolutional", "uses": ["Conv2D", "tanh"], "paper": "LeCun et al. 1998"}),
    "plain": ("", {}),
    "vgg16": ("Sixteen layers", {"kind": "convolutional", "uses": ["Conv2D"], "paper": "Simonyan, Zisserman 2014"}),
}


@pytest.mark.parametrize(
    "words, names",
    [
        ("", ["plain", "lenet5", "vgg16"]),  # by kind, then by name
        ("VGG", ["vgg16"]),
        ("digits", ["lenet5"]),
        ("conv2d", ["lenet5", "vgg16"]),
        ("zisserman", ["vgg16"]),
        ("tanh conv", ["lenet5"]),
        ("tanh sixteen", []),
    ],
)
def test_search_looks_at_names_descriptions_kinds_uses_and_papers(words, names, small):
    assert [recipe.name for recipe in gallery(words)] == names


@pytest.mark.parametrize("word, near", [("vgg61", "vgg16"), ("Simonian", "simonyan"), ("qqqqqqq", "")])
def test_the_nearest_word(word, near, small):
    assert nearest_word(word) == near


DENSE = {"type": "Dense", "units": 2}


@pytest.mark.parametrize(
    "document, inputs",
    [
        ({"layers": [DENSE]}, {"input": "numbers"}),
        ({"layers": [{"type": "Conv2D"}, DENSE]}, {"input": "images"}),
        ({"layers": [{"type": "Repeat", "layers": [{"type": "SeparableConv1D"}]}]}, {"input": "sequences"}),
        ({"layers": [{"type": "MaxPooling3D"}]}, {"input": "volumes"}),
        ({"layers": [{"type": "part"}], "blocks": {"part": {"layers": [{"type": "Conv2D"}]}}}, {"input": "images"}),
        ({"inputs": {"a": {"kind": "table"}, "b": {"shape": [None, 4]}}, "layers": []}, {"a": "table", "b": "?x4"}),
        ({"inputs": {"x": {"shape": [None]}}, "layers": [{"type": "Embedding"}]}, {"x": "ids"}),
    ],
    ids=str,
)
def test_inputs_of_a_record(document, inputs, tmp_path, monkeypatch):
    (tmp_path / "mine.json").write_text(json.dumps({"nnbuild": 1, **document}), "utf-8")
    monkeypatch.setattr(files, "_gallery", lambda: tmp_path)
    assert gallery_recipe("mine").inputs == inputs
