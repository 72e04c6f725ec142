"""Parameters: one list for `__init__`, `get_params`, `set_params`, `clone`, `repr`, and the recipe's values by name."""

import inspect
import json
import re

import numpy as np
import pytest
from sklearn.base import clone

from estimators.samples import classes, classifier, message_of
from nnbuild import NNBuildError, NNClassifier, Recipe, RecipeError
from nnbuild.estimators.rows import ESTIMATORS
from nnbuild.loading import estimator_class
from plain import PLAIN
from tools import make_parameters

STEM = {
    "layers": [{"type": "Dense", "units": 8, "name": "stem"}, {"type": "Dense", "units": 4}],
    "training": {"epochs": 2, "optimizer": "sgd", "batch_size": 16},
}
LAMBDA = {
    "params": {"lambda_": 0.5, "epochs": 3},
    "layers": [{"type": "Dense", "units": 4, "kernel_regularizer": {"type": "L2", "l2": "$lambda_"}}],
    "training": {"epochs": "$epochs", "batch_size": 16},
}


class TestOneList:
    def test_params_of_the_recipe_are_listed_with_its_values(self):
        params = NNClassifier(PLAIN, dropout=0.5).get_params()
        assert {name: params[name] for name in ("hidden", "activation", "dropout", "l2")} == {
            "hidden": [128, 64],
            "activation": "relu",
            "dropout": 0.5,
            "l2": 0.001,
        }
        assert params["learning_rate"] is None  # a setting of the estimator: None keeps the value of the recipe

    def test_repr_shows_only_values_that_were_set(self):
        estimator = NNClassifier(hidden=[8], epochs=3, training__optimizer__beta_1=0.8)
        assert repr(estimator) == "NNClassifier(epochs=3, hidden=[8], training__optimizer__beta_1=0.8)"
        assert set(estimator.get_params(deep=False)) - set(NNClassifier().get_params(deep=False)) == {
            "hidden",
            "training__optimizer__beta_1",
        }

    @pytest.mark.parametrize("recipe", [STEM, Recipe.from_dict(STEM)], ids=["dict", "Recipe"])
    def test_clones_are_equal(self, recipe):
        assert clone(NNClassifier(recipe)).get_params() == NNClassifier(recipe).get_params()

    def test_clones_keep_params_and_addresses(self):
        estimator = NNClassifier(hidden=[8], training__optimizer__beta_1=0.8)
        again = clone(clone(estimator).set_params(hidden=[4]))
        assert repr(again) == "NNClassifier(hidden=[4], training__optimizer__beta_1=0.8)"
        assert estimator.hidden == [8]

    def test_get_params_can_be_passed_to_init(self):
        estimator = NNClassifier(PLAIN, hidden=[8])
        again = NNClassifier(**estimator.get_params())
        assert again._effective_recipe() == estimator._effective_recipe()

    def test_params_may_end_in_an_underscore(self):
        estimator = clone(NNClassifier(LAMBDA, lambda_=0.25))
        assert estimator.get_params()["lambda_"] == 0.25
        assert estimator._effective_recipe().params == {"lambda_": 0.25, "epochs": 3}

    @pytest.mark.parametrize("kind", [*map(estimator_class, ESTIMATORS)], ids=list(ESTIMATORS))
    def test_the_docstring_lists_all_parameters_in_order(self, kind):
        section = inspect.getdoc(kind).split("Parameters\n")[1].split("\nAttributes\n")[0]
        named = re.findall(r"^\**(\w+) : ", section, re.MULTILINE)
        assert named == list(inspect.signature(kind).parameters)


class TestTheirSource:
    @pytest.mark.parametrize("file", make_parameters.files(), ids=lambda file: file.stem)
    def test_modules_equal_the_output_of_the_tool(self, file):
        source = file.read_text("utf-8")
        assert make_parameters.written(source) == source, "run: python tools/make_parameters.py"

    def test_every_estimator_has_entries(self):
        assert make_parameters.PARAMETERS.keys() == make_parameters.ATTRIBUTES.keys() == ESTIMATORS.keys()
        assert len(make_parameters.files()) == len(ESTIMATORS)

    def test_a_class_extends_shared_entries(self):
        shared = "a : int, default=1\n    One.\nb : str, optional\n    Two\n    lines.\nc : bool\n    Three."
        own = "b, a\nc : ...\n    ... Four.\nd : float, default=2.0\n    Five."
        found = make_parameters.entries((shared, own))
        assert found == {
            "b": ("str, optional", "Two lines."),
            "a": ("int, default=1", "One."),
            "c": ("bool", "Three. Four."),
            "d": ("float, default=2.0", "Five."),
        }
        assert [entry.default for entry in make_parameters.entries((shared, own)).values()] == [
            "None",
            "1",
            "None",
            "2.0",
        ]

    def test_outdated_entries_are_written_again(self):
        source = (make_parameters.FOLDER / "regressor.py").read_text("utf-8")
        stale = source.replace("Number of samples in a batch.", "Rows in one step.").replace(
            "        epochs=None,\n", "", 1
        )
        stale = stale.replace("        self.epochs = epochs\n", "        self.epochs = 3\n        self.more = 4\n")
        assert stale.count("\n") == source.count("\n")
        assert make_parameters.written(stale) == source


class TestNames:
    @pytest.mark.parametrize("name", ["fit", "model_", "_fitted"])
    def test_names_of_attributes_are_refused(self, name):
        assert (
            message_of(lambda: NNClassifier(PLAIN, **{name: 1}), TypeError)
            == f"NNClassifier.__init__() got an unexpected keyword argument {name!r}"
        )
        with pytest.raises(ValueError, match=f"^Invalid parameter {name!r} for estimator NNClassifier"):
            NNClassifier(PLAIN).set_params(**{name: 1})

    def test_set_params_reports_unknown_names_at_once(self):
        estimator = NNClassifier("mlp")
        own = [*inspect.signature(NNClassifier).parameters][:-1]
        names = sorted({*own, "activation", "dropout", "hidden", "l2"})
        assert message_of(lambda: estimator.set_params(epochs=3, hiden=[8])) == (
            f"Invalid parameter 'hiden' for estimator NNClassifier(recipe='mlp'). Valid parameters are: {names!r}, "
            "and addresses such as 'training__batch_size'. Did you mean 'hidden'?"
        )
        assert estimator.epochs is None  # nothing was set

    def test_fit_reports_all_unknown_names_of_the_constructor(self):
        assert message_of(
            lambda: NNClassifier("mlp", hiden=[8], layers__stem__units=3).fit(*classes()), RecipeError
        ) == (
            "NNClassifier has no parameter 'hiden', and its recipe has no such param or address\n"
            "  hint: did you mean 'hidden'?\n"
            "NNClassifier has no parameter 'layers__stem__units', and its recipe has no such param or address"
        )

    def test_names_are_those_of_the_new_recipe(self):
        estimator = NNClassifier(PLAIN).set_params(recipe=STEM, layers__stem__units=3)
        assert estimator._effective_recipe().to_dict()["layers"][0]["units"] == 3

    def test_fit_reports_an_unreadable_recipe(self):
        estimator = NNClassifier("mpl").set_params(hiden=[8])
        with pytest.raises(NNBuildError, match=r"(?s)^no recipe 'mpl' in the gallery\n.* did you mean 'mlp'\?$"):
            estimator.fit(*classes())

    def test_a_recipe_of_another_type_raises(self):
        found = "recipe must be a Recipe, a dict, a path or a name of the gallery, got ['mlp']"
        assert message_of(lambda: NNClassifier(["mlp"]).fit(*classes()), RecipeError) == found

    def test_a_file_is_read_again_when_it_has_changed(self, tmp_path):
        path = tmp_path / "net.json"
        path.write_text(json.dumps({"nnbuild": 1, "params": {"a": 1}, "layers": [{"type": "Dense", "units": "$a"}]}))
        estimator = NNClassifier(path)
        assert estimator.get_params()["a"] == 1
        path.write_text(json.dumps({"nnbuild": 1, "params": {"bb": 2}, "layers": [{"type": "Dense", "units": "$bb"}]}))
        assert estimator.get_params()["bb"] == 2


class TestPrecedence:
    def training(self, **params):
        return NNClassifier(PLAIN, **params)._effective_recipe().to_dict()["training"]

    def test_none_keeps_the_value_of_the_recipe(self):
        assert NNClassifier("mlp", epochs=None, hidden=None)._effective_recipe() == Recipe.load("mlp")

    def test_settings_override_the_recipe(self):
        training = self.training(epochs=3, batch_size=8, validation_fraction=0.25, shuffle=False)
        assert {**training, "optimizer": None} == {
            "optimizer": None,
            "epochs": 3,
            "batch_size": 8,
            "validation_fraction": 0.25,
            "shuffle": False,
        }

    def test_a_param_named_like_a_setting_is_that_setting(self):
        recipe = NNClassifier(LAMBDA, epochs=7)._effective_recipe()
        assert (recipe.params["epochs"], recipe.to_dict()["training"]["epochs"]) == (7, "$epochs")
        assert NNClassifier(PLAIN, learning_rate=0.5)._effective_recipe().params["learning_rate"] == 0.5

    @pytest.mark.parametrize("name", ["learning_rate", "training__learning_rate", "training__optimizer__learning_rate"])
    def test_all_names_of_the_learning_rate(self, name):
        resolved = classifier(**{"learning_rate": None, name: 0.125}).fit(*classes()).recipe_
        assert resolved.training["optimizer"]["learning_rate"] == 0.125

    def test_all_names_of_the_weight_decay(self):
        sgd, adamw = (
            {**STEM, "training": {"optimizer": value}} for value in ("sgd", {"type": "AdamW", "weight_decay": 0.5})
        )
        for name in ("weight_decay", "training__weight_decay", "training__optimizer__weight_decay"):
            for recipe in (sgd, adamw):
                training = NNClassifier(recipe, **{name: 0.125})._effective_recipe().to_dict()["training"]
                inside = {"optimizer": {"type": "AdamW", "weight_decay": 0.125}}
                assert training == (inside if recipe is adamw else {"optimizer": "sgd", "weight_decay": 0.125})
        training = NNClassifier(adamw, weight_decay=0.25, optimizer="sgd")._effective_recipe().to_dict()["training"]
        assert training == {"optimizer": "sgd", "weight_decay": 0.25}

    def test_the_learning_rate_is_set_where_the_recipe_has_it(self):
        recipe = {**STEM, "training": {"optimizer": {"type": "SGD", "learning_rate": 0.1}}}
        training = NNClassifier(recipe, learning_rate=0.5)._effective_recipe().to_dict()["training"]
        assert training == {"optimizer": {"type": "SGD", "learning_rate": 0.5}}
        assert NNClassifier(STEM, learning_rate=0.5)._effective_recipe().to_dict()["training"]["learning_rate"] == 0.5

    def test_an_optimizer_replaces_that_of_the_recipe_and_its_learning_rate(self):
        assert self.training(optimizer="sgd") == {"optimizer": "sgd", "epochs": 100, "batch_size": 32}
        assert self.training(optimizer="sgd", learning_rate=0.5)["learning_rate"] == 0.5

    def test_arguments_of_an_optimizer_that_replaces_the_recipes(self):
        estimator = NNClassifier(PLAIN).set_params(optimizer="sgd", training__optimizer__momentum=0.5)
        training = estimator._effective_recipe().to_dict()["training"]
        assert training["optimizer"] == {"type": "sgd", "momentum": 0.5}
        with pytest.raises(ValueError, match=r"^Invalid parameter 'training__optimizer__momentum' for estimator NNC"):
            NNClassifier(PLAIN).set_params(training__optimizer__momentum=0.5)  # the recipe has Adam

    def test_equal_values_may_be_given_twice(self):
        assert self.training(epochs=3, training__epochs=3.0)["epochs"] == 3

    @pytest.mark.parametrize(
        "params, message",
        [
            ({"epochs": 3, "training__epochs": 4}, "epochs is set twice: epochs=3 and training__epochs=4"),
            (
                {"learning_rate": 0.1, "training__optimizer__learning_rate": 0.2},
                "learning_rate is set twice: learning_rate=0.1 and training__optimizer__learning_rate=0.2",
            ),
            (
                {"training__learning_rate": 0.1, "training__optimizer__learning_rate": 0.2},
                "learning_rate is set twice: training__learning_rate=0.1 and training__optimizer__learning_rate=0.2",
            ),
        ],
        ids=["setting", "learning rate", "addresses"],
    )
    def test_two_values_of_one_setting_raise(self, params, message):
        assert (
            message_of(lambda: NNClassifier(PLAIN, **params).fit(*classes()), RecipeError)
            == f"{message}\n  hint: leave one of them out"
        )

    def test_two_learning_rates_in_one_optimizer(self):
        assert message_of(
            lambda: self.training(optimizer={"type": "SGD", "learning_rate": 0.3}, learning_rate=0.2), RecipeError
        ) == (
            "training.learning_rate: learning_rate is 0.2, but training.optimizer.learning_rate is 0.3\n"
            "  hint: leave one of them out"
        )

    def test_a_param_without_effect_raises(self):
        recipe = {
            "params": {"rate": 0.1},
            "layers": [{"type": "Dense", "units": 4}],
            "training": {"optimizer": {"type": "SGD", "learning_rate": "$rate"}},
        }
        assert message_of(lambda: NNClassifier(recipe, rate=0.2, optimizer="adam").fit(*classes()), RecipeError) == (
            "'rate' is set, but has no effect with the other values\n  hint: leave it out"
        )


class TestValues:
    def test_numpy_values_are_accepted(self):
        given = NNClassifier(
            PLAIN,
            hidden=np.array([8, 4]),
            dropout=np.float64(0.25),
            activation=np.str_("tanh"),
            epochs=np.int64(3),
            shuffle=np.bool_(False),
            class_weight={np.int64(1): np.float32(2)},
        )
        plain = NNClassifier(
            PLAIN, hidden=[8, 4], dropout=0.25, activation="tanh", epochs=3, shuffle=False, class_weight={1: 2.0}
        )
        assert given._effective_recipe() == plain._effective_recipe()

    def test_wrong_values_are_reported_by_fit(self):
        estimator = NNClassifier(PLAIN, epochs=-1, hidden="x").set_params(dropout=[], callbacks="none")
        assert message_of(lambda: estimator.fit(*classes()), RecipeError).splitlines() == [
            "layers[0].over.units: must be a list of values, one for each iteration, got 'x'",
            "  hint: write a list of one item as ['x']; the value comes from params.hidden",
            "layers[0].layers[1].rate: must be a number from 0 to 1, got []",
            "  hint: the value comes from params.dropout",
            "training.epochs: must be an integer of at least 1 or an object with any of 'steps', 'min', 'max', each an "
            "integer of at least 1, got -1",
        ]

    def test_other_objects_are_refused(self):
        with pytest.raises(RecipeError, match=r"^training\.optimizer: can't be written as JSON: .* object$"):
            NNClassifier(PLAIN, optimizer=object()).fit(*classes())
