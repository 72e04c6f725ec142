"""Addresses: the values that have one, the value that each sets, and search spaces."""

import pytest

from cases import DENSE, dense, net, repeat
from nnbuild import catalog
from nnbuild.errors import RecipeError
from nnbuild.language.ensembles import ENSEMBLE
from nnbuild.language.factors import FACTOR_KEYS
from nnbuild.language.search import addresses
from nnbuild.language.sections import EPOCHS, SCHEDULES, STOPPING, TRAINING
from nnbuild.recipe import Recipe

FC = {"params": {"n": 8}, "layers": [dense("$n")]}
# Every kind of named node, and unnamed ones.
RECIPE = net(
    dense("$hidden", name="stem", activation={"type": "LeakyReLU", "negative_slope": 0.1}),
    {"type": "BatchNormalization"},
    {
        "type": "Residual", "name": "body", "activation": "relu",
        "layers": [dense(name="inner"), {"type": "Dropout", "rate": 0.5}],
        "shortcut": [dense(name="skip")],
    },
    {"type": "Parallel", "name": "sides", "branches": {"a": [dense(name="left")], "b": []}, "merge": "Add"},
    repeat(dense("$u", name="each"), over={"u": [4, 4]}, name="iterations"),
    repeat(dense(), times=2, name="again"),
    {"type": "fc", "n": 4, "name": "head"},
    {"type": "TimeDistributed", "name": "wrap", "layer": {"type": "Dense", "units": 4}},
    repeat(dense(name="hidden_inside")),
    params={"hidden": 4, "rate": 0.01},
    blocks={"fc": FC},
    training={"optimizer": {"type": "SGD"}, "learning_rate": "$rate"},
)  # fmt: skip
RECIPE["layers"][-1]["times"] = 1


def message(make):
    with pytest.raises(RecipeError) as caught:
        make()
    return str(caught.value)


def at(document, path):
    for part in path:
        document = document[part]
    return document


def test_the_addresses_of_a_recipe():
    found = Recipe.from_dict(RECIPE).addresses
    of_class = list(catalog.find("layers", "Dense").arguments)
    arguments = [*of_class, *FACTOR_KEYS]
    stem = [f"layers__stem__{argument}" for argument in arguments]
    # The activation is an object with arguments of its own.
    stem[arguments.index("activation") + 1 : arguments.index("activation") + 1] = [
        f"layers__stem__activation__{argument}" for argument in catalog.find("layers", "LeakyReLU").arguments
    ]
    assert found == [
        "hidden",
        "rate",
        *(f"training__{key}" for key in TRAINING),
        *(f"training__epochs__{key}" for key in EPOCHS),
        *(f"training__early_stopping__{key}" for key in STOPPING),
            *(f"training__ensemble__{key}" for key in ENSEMBLE),
        *(f"training__schedules__{key}" for key in SCHEDULES),
        *(f"training__optimizer__{argument}" for argument in catalog.find("optimizers", "SGD").arguments),
        *stem,
        "layers__body__activation",
        *(f"layers__body__inner__{argument}" for argument in arguments),
        *(f"layers__body__shortcut__skip__{argument}" for argument in arguments),
        "layers__sides__merge",
        *(f"layers__sides__a__left__{argument}" for argument in arguments),
        "layers__iterations__times",
        "layers__iterations__over__u",
        *(f"layers__iterations__each__{argument}" for argument in arguments),
        "layers__again__times",
        "layers__head__n",
        "layers__wrap__layer",
        *(f"layers__wrap__layer__{argument}" for argument in of_class),
        *(f"layers__wrap__{argument}" for argument in list(catalog.find("layers", "TimeDistributed").arguments)[1:]),
        *(f"layers__wrap__{key}" for key in FACTOR_KEYS),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "value", "path"),
    [
        ("hidden", 8, ("params", "hidden")),
        ("training__epochs", 3, ("training", "epochs")),
        ("training__optimizer__momentum", 0.9, ("training", "optimizer", "momentum")),
        ("training__early_stopping__patience", 3, ("training", "early_stopping", "patience")),
        ("layers__stem__activation__negative_slope", 0.3, ("layers", 0, "activation", "negative_slope")),
        ("layers__body__activation", None, ("layers", 2, "activation")),
        ("layers__sides__merge", {"type": "Concatenate", "axis": 1}, ("layers", 3, "merge")),
        ("layers__body__inner__units", 4, ("layers", 2, "layers", 0, "units")),
        ("layers__body__shortcut__skip__use_bias", False, ("layers", 2, "shortcut", 0, "use_bias")),
        ("layers__sides__a__left__activation", "relu", ("layers", 3, "branches", "a", 0, "activation")),
        ("layers__iterations__over__u", [4, 8, 4], ("layers", 4, "over", "u")),
        ("layers__again__times", 0, ("layers", 5, "times")),
        ("layers__head__n", 16, ("layers", 6, "n")),
        ("layers__wrap__layer__units", 3, ("layers", 7, "layer", "units")),
    ],
)  # fmt: skip
def test_with_values_sets_one_place(address, value, path):
    recipe = Recipe.from_dict(RECIPE)
    before = recipe.to_json()
    changed = recipe.with_values({address: value})
    assert addresses(recipe.to_dict())[address] == path
    assert at(changed.to_dict(), path) == value
    assert recipe.to_json() == before
    assert changed != recipe or at(recipe.to_dict(), path) == value
    assert changed.with_values({address: value}) == changed
    # Only that place differs.
    for other, place in addresses(changed.to_dict()).items():
        if place[: len(path)] != path and path[: len(place)] != place and other in recipe.addresses:
            assert _get(changed.to_dict(), place) == _get(recipe.to_dict(), place)


def _get(document, path):
    """The value at a path, or None."""
    try:
        return at(document, path)
    except (KeyError, TypeError):
        return None


def test_several_values_at_once_and_as_keywords():
    recipe = Recipe.from_dict(RECIPE)
    assert recipe.with_values(hidden=8, layers__head__n=2) == recipe.with_values({"layers__head__n": 2}, hidden=8)
    assert recipe.with_values() == recipe.with_values({}) == recipe


def test_a_new_optimizer_has_arguments_of_its_own():
    recipe = Recipe.from_dict(net(DENSE))
    changed = recipe.with_values(training__optimizer__momentum=0.9, training__optimizer={"type": "SGD"})
    assert changed.to_dict()["training"] == {"optimizer": {"type": "SGD", "momentum": 0.9}}
    assert recipe.with_values(training__optimizer="SGD", training__optimizer__momentum=0.9) == changed
    assert message(lambda: recipe.with_values(training__optimizer__momentum=0.9)).split("\n")[0] == (
        "unknown address 'training__optimizer__momentum'"
    )


def test_an_object_by_its_name_alone_gets_arguments():
    recipe = Recipe.from_dict(net(DENSE, training={"optimizer": "adam", "early_stopping": True}))
    changed = recipe.with_values(training__optimizer__learning_rate=0.1, training__early_stopping__patience=2)
    assert changed.to_dict()["training"] == {
        "optimizer": {"type": "adam", "learning_rate": 0.1},
        "early_stopping": {"patience": 2},
    }


def test_params_without_a_use_are_removed():
    recipe = Recipe.from_dict(
        net(
            dense("$n", activation="$act", name="stem"),
            params={"n": 4, "act": "relu", "rate": 0.1},
            training={"learning_rate": "$rate"},
            search={"n": [4], "act": ["relu"], "rate": {"uniform": [0.1, 1]}},
        )
    )
    changed = recipe.with_values(layers__stem__activation="tanh")
    assert changed.params == {"n": 4, "rate": 0.1}
    assert changed.search == {"n": [4], "rate": {"uniform": [0.1, 1]}}
    changed = changed.with_values(layers__stem__units=2, training__learning_rate=0.5)
    assert "params" not in changed.to_dict()
    assert "search" not in changed.to_dict()
    assert Recipe.from_json(changed.to_json()) == changed


def test_values_of_python_are_taken():
    changed = Recipe.from_dict(RECIPE).with_values(layers__iterations__over__u=(2, 3))
    assert changed.to_dict()["layers"][4]["over"] == {"u": [2, 3]}
    assert (
        message(lambda: changed.with_values(hidden={3}))
        == "params.hidden: can't be written as JSON: a value of type set"
    )


def test_wrong_values_are_problems_of_the_recipe():
    recipe = Recipe.from_dict(RECIPE)
    assert message(lambda: recipe.with_values(hidden="x", layers__head__n=0)) == (
        "blocks.fc.layers[0].units: must be an integer of at least 1, got 0\n"
        "  hint: the problem occurs in the call at layers[6]\n"
        "layers[0].units: must be an integer of at least 1, got 'x'\n"
        "  hint: the value comes from params.hidden"
    )


def test_unknown_addresses_are_all_found():
    recipe = Recipe.from_dict(net(dense("$width", name="stem"), params={"width": 4}))
    lines = message(lambda: recipe.with_values(widht=3, layers__stem__unit=3, layers__0__units=3)).split("\n")
    assert [line for line in lines if not line.startswith("  allowed")] == [
        "unknown address 'widht'",
        "  hint: did you mean 'width'?",
        "unknown address 'layers__stem__unit'",
        "  hint: did you mean 'layers__stem__units'?",
        "unknown address 'layers__0__units'",
        "  hint: did you mean 'layers__stem__units'?",
    ]


@pytest.mark.parametrize(
    "space",
    [
        [None, True, "x", {"a": 1}, [8]], {"uniform": [-1.5, 2]}, {"log_uniform": [1e-9, 1]}, {"int": [1.0, 2.0]},
        {"log_int": [1, 1024]},
    ],
    ids=str,
)  # fmt: skip
def test_spaces(space):
    recipe = Recipe.from_dict(net(dense("$n"), params={"n": 4}, search={"n": space}))
    assert recipe.search == {"n": space}
    assert Recipe.from_json(recipe.to_json()) == recipe


def test_every_address_may_be_searched():
    found = Recipe.from_dict(RECIPE).addresses
    recipe = Recipe.from_dict({**RECIPE, "search": {address: [1] for address in found}})
    assert list(recipe.search) == found


def test_with_values_takes_paths_too():
    recipe = Recipe([{"type": "Dense", "units": 8}, {"type": "Dense", "units": 4}])
    changed = recipe.with_values(
        {("layers", 1, "units"): 2, ("training", "optimizer", "type"): "SGD", "training__epochs": 3}
    )
    assert changed.to_dict()["layers"] == [{"type": "Dense", "units": 8}, {"type": "Dense", "units": 2}]
    assert changed.to_dict()["training"] == {"optimizer": {"type": "SGD"}, "epochs": 3}
    with pytest.raises(RecipeError) as caught:
        recipe.with_values({("layers", 2, "units"): 2})
    assert str(caught.value) == "layers: has no part [2].units"
