"""Ensembles: networks with different seeds, trained as one stack; their predictions are averaged."""

import copy
import pickle

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import parametrize_with_checks

from estimators.samples import classes, classifier, features, message_of, quantities, regressor, same_bits
from estimators.test_check_estimator import EXPECTED
from nnbuild import DivergenceError, NNClassifier, NNRegressor, stacked
from nnbuild.train import executor
from nnbuild.train.common.batches import make_data, member_seeds, resampled
from nnbuild.train.stacked import stackable

pytestmark = pytest.mark.usefixtures("short_stacks")

CLOSE = {"rtol": 1e-5, "atol": 1e-5}
STACKED = {"engine": "compiled"}  # for little data, "auto" does not compile


class TestMembers:
    def test_each_is_the_lone_fit_of_its_seed(self, three, data):
        seeds = [member.random_state for member in three.members_]
        assert seeds == member_seeds(0, 3) == member_seeds(0, 4)[:3]  # more members keep the seeds of the others
        assert len({0, *seeds[1:]}) == 3
        for member, seed in zip(three.members_, seeds, strict=True):
            alone = regressor(random_state=seed).fit(*data)
            np.testing.assert_allclose(member.predict(data[0]), alone.predict(data[0]), **CLOSE)
            assert member.get_params() == alone.set_params(**STACKED, n_members=1).get_params()
            for name, curve in member.history_.curves.items():
                np.testing.assert_allclose(curve, alone.history_.curves[name], **CLOSE)

    def test_one_program_trains_them(self, data, monkeypatch):
        stacks = []

        def counted(members, *others, original=executor.train_stack):
            stacks.append(len(members))
            return original(members, *others)

        monkeypatch.setattr(executor, "train_stack", counted)
        regressor(n_members=3, **STACKED).fit(*data)
        assert stacks == [3]
        n_steps = 3 * 4 * 4  # members, epochs, batches of 16 of 60 rows
        for many in (n_steps + 1, n_steps):
            monkeypatch.setattr(stackable, "MANY_STEPS", many)
            regressor(n_members=3).fit(*data)
        assert stacks == [3, 3]

    @pytest.mark.parametrize("alone", [{"precision": "mixed_bfloat16"}, {"engine": "keras"}], ids=str)
    def test_members_that_can_not_be_stacked_train_one_by_one(self, data, alone):
        ensemble = regressor(n_members=2, **alone).fit(*data)
        for member in ensemble.members_:
            assert same_bits(member, regressor(random_state=member.random_state, **alone).fit(*data), data[0])

    @pytest.mark.parametrize(
        "params",
        [{"early_stopping": {"monitor": "los"}}, {"engine": "compiled", "precision": "mixed_bfloat16"}],
        ids=str,
    )
    def test_errors_are_those_of_one_network(self, data, params):
        wrong = regressor(n_members=2, **params)
        assert message_of(lambda: wrong.fit(*data)) == message_of(lambda: wrong.set_params(n_members=1).fit(*data))

    def test_divergence_of_a_member_raises(self, data):
        with pytest.raises(DivergenceError, match=r"^the loss became .*, before the end of the first epoch;"):
            regressor(n_members=2, optimizer="sgd", learning_rate=1e30, epochs=1).fit(*data)


class TestPredictions:
    def test_predict_returns_mean_and_standard_deviation(self, three, data):
        found = [member.predict(data[0]) for member in three.members_]
        mean, std = three.predict(data[0], return_std=True)
        assert np.array_equal(mean, three.predict(data[0]))
        np.testing.assert_allclose(mean, np.mean(found, axis=0), rtol=1e-12)
        np.testing.assert_allclose(std, np.std(found, axis=0, ddof=1), rtol=1e-9)
        assert (mean.dtype, std.dtype, std.shape) == (np.float64, np.float64, (60,))

    def test_return_std_requires_two_members(self, data):
        assert message_of(lambda: regressor().fit(*data).predict(data[0], return_std=True)) == (
            "return_std requires at least two members, got one\n  hint: set n_members=5"
        )

    def test_probabilities_are_averaged(self, labelled):
        X = features()
        found = [member.predict_proba(X) for member in labelled.members_]
        np.testing.assert_allclose(labelled.predict_proba(X), np.mean(found, axis=0), rtol=1e-6)
        np.testing.assert_allclose(labelled.predict_proba(X).sum(axis=1), 1, rtol=1e-6)
        assert np.array_equal(labelled.predict(X), labelled.classes_[labelled.predict_proba(X).argmax(axis=1)])
        assert not same_bits(*labelled.members_, X)


class TestSamples:
    def test_a_bootstrap_sample_has_as_many_rows_with_repetitions(self):
        data = make_data(np.zeros((1000, 1)), np.zeros(1000), None, ["output"])
        rows = resampled(data, 3).rows
        assert len(rows) == 1000
        assert 600 < len(np.unique(rows)) < 660  # 1 - 1/e of them
        assert np.array_equal(rows, resampled(data, 3).rows)
        assert not np.array_equal(rows, resampled(data, 4).rows)

    def test_a_member_is_the_lone_fit_on_its_sample(self, labelled):
        X, y = classes()
        for member in labelled.members_:
            assert member.bootstrap
            alone = classifier(random_state=member.random_state, bootstrap=True).fit(X, np.array(["a", "b", "c"])[y])
            np.testing.assert_allclose(member.predict_proba(X), alone.predict_proba(X), **CLOSE)

    def test_a_lone_fit_on_its_sample_is_one_on_those_rows(self, data):
        X, y = data
        rows = resampled(make_data(X, y, None, ["output"]), 0).rows
        sampled = regressor(bootstrap=True, scale_target=False, shuffle=False).fit(X, y)
        assert same_bits(sampled, regressor(scale_target=False, shuffle=False).fit(X[rows], y[rows]), X)

    def test_all_members_share_the_validation_set(self, data):
        X, y = data
        stopping = {"monitor": "val_loss", "patience": 1}
        reported = {"validation_fraction": 0.3, "early_stopping": stopping, "epochs": 30, "learning_rate": 0.1}
        ensemble = regressor(n_members=4, bootstrap=True, **reported, **STACKED).fit(X, y)
        first = regressor(bootstrap=True, **reported).fit(X, y)
        np.testing.assert_allclose(ensemble.members_[0].predict(X), first.predict(X), rtol=1e-3)
        histories = [member.history_ for member in ensemble.members_]
        assert {history.stopped for history in histories} == {"early_stopping"}
        assert len({history.n_epochs for history in histories}) > 1
        assert ensemble.history_ is histories[0]
        assert (ensemble.n_iter_, ensemble.best_epoch_) == (histories[0].n_epochs, histories[0].best_epoch)

    @pytest.mark.slow
    def test_weights_of_samples_and_classes(self):
        X, y = classes()
        weights = np.linspace(0, 2, 60)  # the first is left out
        given = {"class_weight": {0: 2.0}, "validation_fraction": 0.2}
        ensemble = classifier(n_members=2, **given, **STACKED).fit(X, y, weights)
        alone = classifier(**given).fit(X, y, weights)
        np.testing.assert_allclose(ensemble.members_[0].predict_proba(X), alone.predict_proba(X), **CLOSE)
        assert ensemble.members_[1].history_.curves["val_loss"] != alone.history_.curves["val_loss"]

    def test_tables_are_prepared_once(self):
        X, y = quantities()
        table = pd.DataFrame(X, columns=list("abcd")).assign(city=np.where(X[:, 0] > 0, "Bern", "Basel"))
        ensemble = regressor(n_members=2).fit(table, y)
        assert all(member.preparation_ is ensemble.preparation_ for member in ensemble.members_)
        assert ensemble.predict(table).shape == (60,)


class TestContinuedTraining:
    def test_each_member_continues(self, data):
        X, y = data
        whole = regressor(n_members=2, epochs=2, warm_start=True).fit(X, y)
        parts = regressor(n_members=2).partial_fit(X, y).partial_fit(X, y)
        for member, part in zip(whole.members_, parts.members_, strict=True):
            assert same_bits(member, part, X)
        on = regressor(n_members=2, epochs=1, warm_start=True).fit(X, y).fit(X, y)
        assert same_bits(on, whole, X)
        assert not same_bits(*on.members_, X)

    @pytest.mark.parametrize("go_on", ["fit", "partial_fit"])
    def test_another_number_of_members_is_refused(self, three, data, go_on):
        other = copy.copy(three).set_params(n_members=5, warm_start=True)
        assert message_of(lambda: getattr(other, go_on)(*data)) == (
            "n_members=5, but the previous fit has 3\n  hint: call fit with warm_start=False to train new networks"
        )
        assert len(other.members_) == 3


class TestEstimator:
    @pytest.mark.parametrize(
        "name, value, message",
        [
            ("n_members", 0, "must be an integer of at least 1, got 0"),
            ("n_members", True, "must be an integer of at least 1, got true"),
            ("bootstrap", 1, "must be True or False, got 1"),
            ("warm_start", "no", "must be True or False, got 'no'"),
        ],
    )
    def test_invalid_parameters_raise(self, name, value, message, data):
        assert message_of(lambda: regressor(**{name: value}).fit(*data)) == f"{name} {message}"

    def test_a_param_of_the_recipe_with_that_name_keeps_its_own_value(self):
        recipe = {
            "params": {"n_members": 3},
            "layers": [{"type": "Dense", "units": "$n_members"}],
            "training": {"epochs": 1},
        }
        ensemble = NNClassifier(recipe, n_members=2, random_state=0).fit(*classes())
        assert len(ensemble.members_) == 2
        assert ensemble.recipe_.nodes[0].arguments["units"] == 3

    def test_model_raises_for_several_networks(self, three):
        with pytest.raises(AttributeError) as caught:
            three.model_  # noqa: B018
        assert str(caught.value) == ("the ensemble has 3 networks\n  hint: use members_[0].model_ for the first one")
        assert isinstance(three.members_[2].model_, keras.Model)

    def test_one_class(self):
        ensemble = classifier(n_members=3).fit(features(), np.zeros(60))
        assert ensemble.predict_proba(features()).shape == (60, 1)
        (member,) = ensemble.members_
        assert member.random_state == 0

    def test_copies_are_equal(self, three, data):
        again = pickle.loads(pickle.dumps(three))
        assert np.array_equal(again.predict(data[0], True), three.predict(data[0], True))

    @pytest.mark.parametrize("engine", ["compiled", "keras"])
    def test_scikit_learn_callbacks_run_for_each_member(self, data, engine):
        X, y = data
        seeds = []

        class Watching:
            def setup(self, estimator, context):
                assert context.max_subtasks == 4

            def teardown(self, estimator, context): ...
            def on_fit_task_begin(self, estimator, context): ...

            def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
                if context.task_name == "epoch":
                    (member,) = fitted_estimator.members_
                    seeds.append((context.task_id, member.random_state, fitted_estimator.predict(X).shape))

        regressor(n_members=2, epochs=2, engine=engine).set_callbacks(Watching()).fit(X, y)
        first, second = member_seeds(0, 2)
        order = [first, second, first, second] if engine == "compiled" else [first, first, second, second]
        assert seeds == [(task, seed, (60,)) for task, seed in enumerate(order)]

    def test_an_error_in_a_callback_ends_all_members(self, data):
        class Failing:
            def setup(self, estimator, context): ...
            def teardown(self, estimator, context): ...
            def on_fit_task_begin(self, estimator, context): ...

            def on_fit_task_end(self, estimator, context):
                raise ArithmeticError(f"no {context.task_id}")

        watched = regressor(n_members=2, epochs=10**6, **STACKED).set_callbacks(Failing())
        assert message_of(lambda: watched.fit(*data), ArithmeticError) == "no 0"

    @pytest.mark.slow
    def test_a_search_stacks_all_members_of_all_fits(self, data, meetings):
        search = GridSearchCV(regressor(n_members=3), {"l2": [0.0, 0.01]}, cv=2, refit=False)
        with stacked():
            together = clone(search).fit(*data)
        assert (meetings[0].n_trained, meetings[0].n_programs) == (12, 1)
        alone = search.fit(*data)
        np.testing.assert_allclose(
            together.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"], atol=1e-4
        )


SMALL = {  # scikit-learn's checks allow no parameter that __init__ does not list, so no params of a recipe
    "layers": [{"type": "Dense", "units": 16, "activation": "relu"}],
    "training": {"optimizer": {"type": "Adam", "learning_rate": 0.01}, "epochs": 50, "batch_size": 16},
}
FOLDED = {
    **SMALL,
    "training": {
        **SMALL["training"],
        "early_stopping": True,
        "ensemble": {"folds": 2, "choose_epoch": "pooled", "weights": "out_of_fold", "temperature": True},
    },
}


@pytest.mark.slow
@parametrize_with_checks(
    [  # prepare=None: one check compares an array with a DataFrame
        NNClassifier(SMALL, n_members=2, prepare=None, random_state=0),
        NNRegressor(SMALL, n_members=2, bootstrap=True, prepare=None, random_state=0),
        NNClassifier(FOLDED, prepare=None, random_state=0),
        NNRegressor(FOLDED, prepare=None, random_state=0),
    ],
    expected_failed_checks=lambda estimator: EXPECTED,
)
def test_scikit_learn_check(estimator, check):
    check(estimator)
