"""The keys `estimator` and `task`: values, messages, and those of the gallery."""

import pytest

from cases import DENSE
from nnbuild import Recipe, RecipeError
from nnbuild.estimators.rows import ESTIMATORS
from nnbuild.language.gallery import gallery_names
from nnbuild.language.gallery_facts import CONTINUED, FORECASTS, PAIRS, PIXELS, SEVERAL, TYPICAL_USES

SUPERVISED = (("NNClassifier", "NNRegressor"), "")
REGRESSION = (("NNRegressor",), "regression")
LANGUAGE_MODEL = (("NNLanguageModel",), "tokens")
TRANSLATOR = (("NNTranslator",), "tokens")
SEVERAL_OUTPUTS = (("NNMultiOutput",), "multioutput")
# Estimators and task by use; all other networks are for a classifier or regressor.
OF_USE = {
    CONTINUED: LANGUAGE_MODEL,
    FORECASTS: REGRESSION,
    PAIRS: (("NNRecommender",), "binary"),
    PIXELS: (("NNClassifier",), "segmentation"),
    SEVERAL.format("images"): SEVERAL_OUTPUTS,
    SEVERAL.format("tables"): SEVERAL_OUTPUTS,
    "images to numbers": REGRESSION,
    "texts to masked tokens": (("NNMaskedLanguageModel",), "tokens"),
    "texts to texts": TRANSLATOR,
    "tokens to the next token": LANGUAGE_MODEL,
}


@pytest.mark.parametrize("name", gallery_names())
def test_a_gallery_recipe_names_its_estimators_and_task(name):
    recipe = Recipe.load(name)
    expected = REGRESSION if name == "regression_mlp" else OF_USE.get(TYPICAL_USES[name].use, SUPERVISED)
    assert (recipe.estimators, recipe.task) == expected
    assert isinstance(TYPICAL_USES[name].task, dict | None) or TYPICAL_USES[name].task == recipe.task or not recipe.task


@pytest.mark.parametrize(
    "keys, message",
    [
        (
            {"estimator": "NNRecomender"},
            "estimator: unknown estimator 'NNRecomender'\n  allowed: {all}\n  hint: did you mean 'NNRecommender'?",
        ),
        ({"estimator": ["NNRegressor", "SVC"]}, "estimator[1]: unknown estimator 'SVC'\n  allowed: {all}"),
        (
            {"estimator": []},
            "estimator: must be the name of an estimator, or a non-empty list of names, got []\n  allowed: {all}",
        ),
        (
            {"task": "ranking"},
            "task: must be 'binary', 'multiclass', 'multilabel', 'multioutput', 'regression', 'segmentation' or "
            "'tokens', got 'ranking'",
        ),
        (
            {"estimator": ["NNClassifier", "NNRegressor"], "task": "binary"},
            "task: 'binary' is not a task of NNRegressor\n  allowed: regression",
        ),
    ],
)
def test_wrong_values_are_reported(keys, message):
    names = ", ".join(sorted(ESTIMATORS))
    with pytest.raises(RecipeError) as caught:
        Recipe([DENSE], **keys)
    assert str(caught.value) == message.replace("{all}", names)


def test_the_keys_are_kept_and_do_not_change_the_network():
    plain = Recipe([DENSE])
    recipe = Recipe([DENSE], estimator="NNClassifier", task="binary")
    assert (recipe.estimators, recipe.task, plain.estimators, plain.task) == (("NNClassifier",), "binary", (), "")
    assert Recipe.from_json(recipe.to_json()).to_dict() == recipe.to_dict()
    assert recipe.with_values(training__epochs=2).estimators == ("NNClassifier",)
    assert recipe == plain  # as for other descriptive keys: journals and model files compare networks
