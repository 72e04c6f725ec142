"""A recipe for another estimator: `fit` names the right one."""

import pytest

from nnbuild import NNClassifier, NNLanguageModel, NNRecommender, NNRegressor, Recipe, RecipeError
from nnbuild.estimators.parameters import check_estimator
from plain import PLAIN

UNNAMED = {"estimator": "NNTranslator", "layers": [{"type": "Dense", "units": 2}]}


@pytest.mark.parametrize(
    ("estimator", "recipe", "found", "right"),
    [
        (NNClassifier, "small_gpt", "the recipe 'small_gpt' is for NNLanguageModel", "NNLanguageModel"),
        (NNClassifier, "two_tower", "the recipe 'two_tower' is for NNRecommender", "NNRecommender"),
        (NNRegressor, "unet", "the recipe 'unet' is for NNClassifier", "NNClassifier"),
        (NNLanguageModel, "small_transformer", "the recipe 'small_transformer' is for NNTranslator", "NNTranslator"),
        (NNRecommender, PLAIN, "the recipe 'mlp' is for NNClassifier or NNRegressor", "NNClassifier or NNRegressor"),
        (NNClassifier, UNNAMED, "the recipe is for NNTranslator", "NNTranslator"),
    ],
)
def test_fit_names_the_estimator_of_the_recipe(estimator, recipe, found, right):
    with pytest.raises(RecipeError) as caught:
        estimator(recipe).fit([[0.0], [1.0]], [0, 1])
    assert str(caught.value) == (
        f"estimator: {found}, not for {estimator.__name__}\n  hint: use {right}, or change 'estimator' in the recipe"
    )


def test_subclasses_and_recipes_without_an_estimator_are_accepted():
    class Own(NNRegressor):
        pass

    check_estimator(Recipe.load("pilotnet"), Own)
    check_estimator(Recipe([{"type": "Dense", "units": 2}]), NNRecommender)
