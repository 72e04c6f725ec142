"""``recipe="auto"``: the kind of the data selects the recipe."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

import nnbuild
from estimators.samples import message_of, same_bits
from nnbuild import NNClassifier, NNRegressor, Recipe
from nnbuild.errors import DataError, RecipeError
from nnbuild.estimators.auto import BRANCHES, RECIPES, recipe_for

N = 12
Y = np.tile([0, 1], N // 2)
RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=(N, 2))
TEXTS = [f"this is the {['good', 'bad'][label]} text number {row}" for row, label in enumerate(Y)]
SERIES = [RNG.normal(size=3 + row) for row in range(N)]
IMAGES = RNG.integers(0, 256, (N, 8, 8, 1)).astype("uint8")
FRAME = pd.DataFrame({"size": NUMBERS[:, 0], "colour": ["red", "blue"] * (N // 2)})
REVIEWS = FRAME.assign(review=TEXTS)
SEVERAL = {"table": NUMBERS, "review": TEXTS, "photo": IMAGES, "sound": RNG.normal(size=(N, 9, 2))}
TINY = {"epochs": 1, "n_members": 1, "random_state": 0}
ALLOWED = (
    "\n  allowed: tables, texts, series of shape (n_steps, n_channels), images of shape (height, width, channels), "
    "names of image files; and several of them in a DataFrame or a dict\n"
    "  hint: pass a recipe with layers for this shape"
)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Names of grey images of two sizes."""
    folder = tmp_path_factory.mktemp("images")
    paths = [folder / f"{row}.png" for row in range(N)]
    for row, path in enumerate(paths):
        Image.fromarray(RNG.integers(0, 256, (100 + row % 2, 200), "uint8")).save(path)
    return list(map(str, paths))


CHOICES = {
    "frame": (FRAME, "table", "X is a table of 2 columns"),
    "array": (NUMBERS, "table", "X is an array of 2 columns"),
    "lists": (NUMBERS.tolist(), "table", "X is an array of 2 columns"),
    "sparse": (sparse.csr_matrix(NUMBERS), "table", "X is a sparse matrix of 2 columns"),
    "one column of categories": (FRAME[["colour"]], "table", "X is a table of 1 column"),
    "names": (FRAME.assign(name=[f"Ann Ba {row}" for row in range(N)]), "table", "X is a table of 3 columns"),
    "texts": (TEXTS, "text_ensemble", "X contains texts"),
    "Series of texts": (pd.Series(TEXTS), "text_ensemble", "X contains texts"),
    "array of texts": (np.array(TEXTS)[:, None], "text_ensemble", "X contains texts"),
    "one column of texts": (REVIEWS[["review"]], "text_ensemble", "X contains texts"),
    "Chinese": (["这部电影很好看", "我不喜欢"], "text_mlp", "X contains texts without spaces between words"),
    "series": (np.zeros((N, 20, 3)), RECIPES["series"], "X contains series of 20 steps and 3 channels"),
    "series of other lengths": (SERIES, RECIPES["series"], "X contains series of different lengths"),
    "lists of other lengths": ([[1, 2], [3]], RECIPES["series"], "X contains series of different lengths"),
    "images": (IMAGES, "small_cnn", "X contains images of 8x8x1"),
    "text and table": (
        REVIEWS,
        "joined",
        "X has several inputs: 'review' contains texts; the rest is a table of 2 columns",
    ),
    "dict": (
        SEVERAL,
        "joined",
        "X has several inputs: 'table' is an array of 2 columns; 'review' contains texts; "
        "'photo' contains images of 8x8x1; 'sound' contains series of 9 steps and 2 channels",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("X", "name", "reason"), CHOICES.values(), ids=CHOICES)
def test_the_kind_of_the_data_selects_the_recipe(X, name, reason):
    recipe = recipe_for(X, Y)
    assert (recipe.name, recipe.about["reason"]) == (name, reason)


def test_image_files_have_one_small_shape(files):
    for X in (files, pd.DataFrame({"any": files})):
        recipe = recipe_for(X)
        assert recipe.about["reason"] == "X contains names of image files, resized to 32x64x1"
        assert recipe.network.inputs == {"input": {"kind": "image", "shape": [32, 64, 1]}}


@pytest.mark.parametrize(("side", "shifts"), [(15, []), (16, [0.06])])
def test_images_of_at_least_16_pixels_are_translated_in_training(side, shifts):
    recipe = recipe_for(np.zeros((2, side, 28, 1)))
    types = [node.type for node in recipe.network.nodes]
    assert (recipe.params["shifts"], types.count("RandomTranslation")) == (shifts, len(shifts))


def test_a_class_for_each_pixel_selects_a_network_for_segmentation():
    recipe = recipe_for(np.zeros((2, 16, 16, 3)), np.zeros((2, 16, 16), int))
    assert recipe == Recipe.load("unet")
    assert recipe.about["reason"] == "X contains images of 16x16x3, and y a class for each pixel"


def test_texts_without_spaces_are_split_into_characters():
    assert recipe_for(["这部电影很好看"]).network.inputs["text"]["split"] == "character"
    assert recipe_for(TEXTS) == Recipe.load("text_ensemble")


def test_columns_of_several_kinds(files):
    frame = REVIEWS.assign(**{"the photo": files, "sound": SERIES})
    recipe = recipe_for(frame)
    assert recipe.about["reason"] == (
        "X has several inputs: 'review' contains texts; 'the photo' contains names of image files, resized to 32x64x1; "
        "'sound' contains series of different lengths; the rest is a table of 2 columns"
    )
    columns = {name: spec.get("column") for name, spec in recipe.network.inputs.items()}
    assert columns == {"review": "review", "column_2": "the photo", "sound": "sound", "table": None}


def test_names_of_inputs_and_branches_are_unique():
    words = [f"a rather long text, number {i}" for i in range(4)]
    frame = pd.DataFrame({"column_2": words, "my review": words, "table": words, "number": range(4)})
    columns = {name: spec.get("column") for name, spec in recipe_for(frame).network.inputs.items()}
    assert columns == {"column_2": "column_2", "column_3": "my review", "column_4": "table", "table": None}
    nodes = recipe_for({"a": words, "a_branch": words}).network.nodes
    assert {node.name.split(".")[0] for node in nodes} >= {"a_branch_branch", "a_branch_branch_branch"}


@pytest.mark.parametrize("kind", BRANCHES)
def test_each_recipe_may_be_a_branch(kind):
    X = {"one": {"table": NUMBERS, "text": TEXTS, "series": SERIES, "image": IMAGES}[kind], "other": NUMBERS}
    types = [node.type for node in recipe_for(X).network.nodes if node.name.startswith("one_branch.")]
    assert types == [node.type for node in Recipe.load(BRANCHES[kind]).network.nodes]


@pytest.fixture(scope="module")
def fitted():
    return NNClassifier("auto", max_tokens=50, **TINY).fit(TEXTS, Y)


def test_the_choice_is_an_attribute(fitted, tmp_path):
    assert fitted.recipe_.name == "text_ensemble"
    assert fitted.auto_recipe_ == Recipe.load("text_ensemble")
    assert fitted.auto_reason_ == "X contains texts"
    assert fitted.recipe == "auto"
    fitted.save(tmp_path / "m.nnb")
    loaded = nnbuild.load(tmp_path / "m.nnb")
    assert same_bits(fitted, loaded, TEXTS)
    assert (loaded.get_params(), loaded.auto_recipe_) == (fitted.get_params(), fitted.auto_recipe_)
    info = nnbuild.model_info(tmp_path / "m.nnb")
    assert (info.recipe, info.reason, loaded.auto_reason_) == ("text_ensemble", "X contains texts", "X contains texts")
    assert same_bits(fitted, fitted.members_[0], TEXTS)


def test_parameters(fitted):
    cloned = clone(fitted)
    assert (cloned.recipe, cloned.max_tokens, hasattr(cloned, "auto_recipe_")) == ("auto", 50, False)
    assert "dropout" not in cloned.get_params()
    wrong = clone(fitted).set_params(hidden=[2])  # any name is accepted before the recipe is selected
    assert message_of(lambda: wrong.fit(TEXTS, Y), RecipeError) == (
        "NNClassifier has no parameter 'hidden', and its recipe has no such param or address"
    )
    search = GridSearchCV(cloned, {"learning_rate": [0.01, 0.02]}, cv=2).fit(TEXTS, Y)
    assert search.best_estimator_.auto_recipe_ == Recipe.load("text_ensemble")


def test_before_fit():
    regressor = NNRegressor("auto", loss={"type": "Quantile", "quantiles": [0.1, 0.9]})
    assert not hasattr(regressor, "predict_quantiles")
    assert message_of(regressor._effective_recipe, RecipeError) == (
        "recipe='auto' is selected in fit\n  hint: call fit first, or pass a recipe"
    )
    assert message_of(lambda: Recipe.load("auto"), OSError).endswith(
        "\n  hint: only NNClassifier, NNRegressor and 'nnbuild train' support 'auto'"
    )


def test_training_continues_with_the_selected_recipe(capsys):
    estimator = NNClassifier("auto", max_tokens=50, verbose=True, **TINY).fit(TEXTS, Y)
    assert capsys.readouterr().err.splitlines()[0] == "recipe text_ensemble, because X contains texts"
    estimator.partial_fit(pd.DataFrame({"review": TEXTS[:2] * 3}), Y[:6])  # would be categories
    assert capsys.readouterr().err == ""
    assert estimator.auto_reason_ == "X contains texts"


def test_columns_are_joined(tmp_path):
    params = {"joined_units": [2], "layers__review_branch__units": 2, "layers__table_branch__hidden": [2]}
    estimator = NNRegressor("auto", **params, **TINY).fit(REVIEWS, NUMBERS[:, 1])
    assert {name: spec["shape"] for name, spec in estimator.recipe_.inputs.items()} == {"review": [40], "table": [2]}
    assert [node.name for node in estimator.recipe_.nodes if node.type == "Dense"] == [
        "review_branch.dense_1",
        "table_branch.repeat_1.1.dense_1",
        "repeat_1.1.dense_1",
        "output",
    ]
    estimator.save(tmp_path / "m.nnb")
    assert same_bits(estimator, nnbuild.load(tmp_path / "m.nnb"), REVIEWS)


QUICK = {"array": {}, "series of other lengths": {}, "images": {"filters": [2], "units": 2}, "dict": {}}


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_each_kind_is_trained(name):
    X = CHOICES[name][0]
    estimator = NNClassifier("auto", **QUICK[name], **TINY).fit(X, Y)
    assert estimator.predict_proba(X).shape == (N, 2)
    assert estimator.auto_reason_ == CHOICES[name][2]


@pytest.mark.slow
def test_image_files_are_trained_on(files):
    estimator = NNClassifier("auto", filters=[2], units=2, **TINY).fit(files, Y)
    assert estimator.predict(files[:3]).shape == (3,)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (
            np.zeros((2, 3, 4, 5, 6)),
            f"X has samples of shape (3, 4, 5, 6), for which recipe='auto' has no recipe{ALLOWED}",
        ),
        (
            {"a": NUMBERS, "b": [np.zeros((3, 4, 1)), np.zeros((4, 4, 1))]},
            "X['b'] has samples of different shapes, such as (3, 4, 1) and (4, 4, 1), "
            f"for which recipe='auto' has no recipe{ALLOWED}",
        ),
        (
            pd.DataFrame({0: TEXTS, 1: Y}),
            "column 0 of X contains texts, but its name is not a string\n"
            "  hint: name the columns, for example with X.columns = X.columns.astype(str)",
        ),
        (
            {"a b": TEXTS, "c": NUMBERS},
            "X has the key 'a b', which can't be the name of an input\n"
            "  allowed: letters, digits and single underscores, with a letter first\n"
            "  hint: rename the key",
        ),
    ],
    ids=["five axes", "images of other shapes", "names that are numbers", "key"],
)
def test_data_without_a_recipe(X, message):
    assert message_of(lambda: NNClassifier("auto").fit(X, Y), DataError) == message
