"""From the search section of a recipe to what scikit-learn's searches take."""

import pickle

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV, ParameterSampler, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import nnbuild
from cases import dense, net
from nnbuild import NNClassifier
from nnbuild.errors import RecipeError
from nnbuild.model_selection import Distribution, param_distributions, param_grid

RECIPE = net(
    dense("$hidden", name="stem", activation="relu"),
    params={"hidden": 4, "rate": 0.01},
    training={"learning_rate": "$rate", "epochs": 3},
    search={
        "hidden": {"log_int": [2, 8]},
        "rate": {"log_uniform": [1e-3, 1e-1]},
        "training__batch_size": [16, 32],
        "layers__stem__activation": ["relu", {"type": "LeakyReLU", "negative_slope": 0.1}],
    },
)


def test_names_are_found_without_an_import():
    assert nnbuild.model_selection.param_grid is param_grid


def test_lists_stay_lists_and_ranges_become_distributions():
    assert param_distributions(RECIPE, prefix="nnclassifier") == {
        "nnclassifier__hidden": Distribution("log_int", 2, 8),
        "nnclassifier__rate": Distribution("log_uniform", 0.001, 0.1),
        "nnclassifier__training__batch_size": [16, 32],
        "nnclassifier__layers__stem__activation": ["relu", {"type": "LeakyReLU", "negative_slope": 0.1}],
    }


def test_a_grid_has_some_values_of_each_range():
    grid = param_grid(RECIPE)
    assert grid["hidden"] == [2, 4, 8]
    assert grid["rate"] == [0.001, 0.01, 0.1]
    assert grid["training__batch_size"] == [16, 32]
    assert param_grid(RECIPE, n_points=1)["hidden"] == [4]
    assert param_grid(RECIPE, n_points=100)["hidden"] == [2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    "kind, low, high, mean",
    [
        ("uniform", -1.0, 3.0, 1.0),
        ("log_uniform", 0.01, 1.0, 0.99 / np.log(100)),
        ("int", -2, 2, 0.0),
        ("log_int", 1, 3, (1 * np.log(2) + 2 * np.log(3 / 2) + 3 * np.log(4 / 3)) / np.log(4)),
    ],
)
def test_draws(kind, low, high, mean):
    distribution = Distribution(kind, low, high)
    drawn = distribution.rvs(20_000, random_state=0)
    assert drawn.dtype == ("int64" if "int" in kind else "float64")
    assert low <= drawn.min() < low + 0.01
    assert high - 0.01 < drawn.max() <= high
    assert abs(drawn.mean() - mean) < 4 * drawn.std() / np.sqrt(drawn.size)
    assert type(distribution.rvs(random_state=0)) is (int if "int" in kind else float)
    assert distribution.rvs((2, 3), np.random.RandomState(0)).shape == (2, 3)


def test_the_ends_are_exact_and_are_in():
    for ends in [(1e-4, 1e-1), (0.1, 0.7), (1 / 3, 2 / 3)]:
        for kind in ("uniform", "log_uniform"):
            points = Distribution(kind, *ends).points(3)
            assert (points[0], points[-1]) == pytest.approx(ends, rel=1e-12)
            assert ends[0] <= points[0] < points[1] < points[2] <= ends[1]
    assert Distribution("int", 0, 1).points(5) == [0, 1]


def test_the_same_random_state_gives_the_same_draws():
    spaces = param_distributions(RECIPE)
    first, again = (list(ParameterSampler(spaces, 5, random_state=3)) for _ in range(2))
    copied = list(ParameterSampler(pickle.loads(pickle.dumps(spaces)), 5, random_state=3))
    assert first == again == copied
    assert first != list(ParameterSampler(spaces, 5, random_state=4))


def test_a_recipe_without_a_search():
    with pytest.raises(RecipeError) as caught:
        param_distributions({**RECIPE, "search": {}})
    assert str(caught.value) == (
        "search: the recipe has no search space\n"
        '  hint: add a search space, such as "search": {"training__batch_size": [16, 32, 64]}'
    )


def test_null_is_no_value_where_the_recipe_has_one():
    search = {"layers__stem__activation": [None, "relu"], "training__class_weight": [None, "balanced"]}
    with pytest.raises(RecipeError) as caught:
        param_grid({**RECIPE, "search": search})
    assert str(caught.value) == (
        "search.layers__stem__activation[0]: null can't be searched: in estimators it means the recipe's own "
        "value, 'relu'"
    )


@pytest.mark.parametrize("n_points", [0, 2.5, "3"])
def test_a_number_of_points_that_is_none(n_points):
    with pytest.raises(ValueError, match=r"^n_points must be an integer of at least 1, got '?[0-9.]+'?$"):
        param_grid(RECIPE, n_points)


def test_a_grid_search_of_a_pipeline():
    X, y = load_iris(return_X_y=True)
    pipe = make_pipeline(StandardScaler(), NNClassifier(RECIPE, random_state=0))
    grid = {**param_grid(RECIPE, 1, "nnclassifier"), "nnclassifier__layers__stem__activation": ["relu"]}
    search = GridSearchCV(pipe, grid, cv=2, error_score="raise").fit(X, y)
    assert search.best_params_["nnclassifier__hidden"] == 4
    assert search.best_estimator_[-1].recipe_.to_dict()["training"]["batch_size"] in (16, 32)


@pytest.mark.slow
def test_random_and_halving_searches():
    X, y = load_iris(return_X_y=True)
    spaces = {**param_distributions(RECIPE), "hidden": [4], "layers__stem__activation": ["relu"]}
    estimator = NNClassifier(RECIPE, random_state=0)
    options = {"cv": 2, "random_state": 0, "error_score": "raise"}
    random = RandomizedSearchCV(estimator, spaces, n_iter=3, **options).fit(X, y)
    assert len({params["rate"] for params in random.cv_results_["params"]}) == 3
    halving = HalvingRandomSearchCV(
        estimator, spaces, n_candidates=3, resource="epochs", max_resources=3, min_resources=1, **options
    )
    assert halving.fit(X, y).best_params_["epochs"] == 3
