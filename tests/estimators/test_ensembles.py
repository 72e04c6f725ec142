"""Ensembles with folds and variants: members, out-of-fold predictions, weights, temperature."""

import copy
import pickle
from itertools import pairwise

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import GridSearchCV

import nnbuild
from estimators.samples import classes, features, message_of, quantities, same_bits
from few import few_of
from nnbuild import NNClassifier, NNLanguageModel, NNRecommender, NNRegressor, NNTranslator, Recipe, RecipeError
from nnbuild.estimators.ensembles import Ensemble
from nnbuild.tasks.combining import at_temperature, fitted_temperature, mixture_weights
from nnbuild.train.common.batches import member_seeds
from nnbuild.train.common.splits import split_folds

X, Y = classes()
LABELS = np.array(["a", "b", "c"])[Y]
FOLDS = split_folds(3, 60, 0, Y)
CLOSE = {"rtol": 1e-4, "atol": 1e-5}
ENSEMBLE = {
    "folds": 3,
    "variants": [{"dropout": 0.1}, {"dropout": 0.4}],
    "choose_epoch": "pooled",
    "weights": "out_of_fold",
    "temperature": True,
}


def recipe(**ensemble):
    return {
        "params": {"dropout": 0.2, "width": 8},
        "layers": [
            {"type": "Dense", "units": "$width", "activation": "relu"},
            {"type": "Dropout", "rate": "$dropout"},
        ],
        "training": {
            "epochs": 12,
            "learning_rate": 0.1,
            "batch_size": 16,
            "early_stopping": {"patience": 2},
            "ensemble": ensemble,
        },
    }


def classifier(ensemble=ENSEMBLE, **params):
    return NNClassifier(recipe(**ensemble), **{"random_state": 0, **params})


def regressor(ensemble, **params):
    return NNRegressor(recipe(**ensemble), random_state=0, **{"epochs": 2, **params})


@pytest.fixture(scope="module", params=["keras", "compiled"])
def fitted(request):
    return classifier(engine=request.param).fit(X, LABELS)


@pytest.fixture(scope="module")
def simple():
    return classifier({"folds": 3}, engine="keras").fit(X, LABELS)


class TestMembers:
    def test_a_member_is_the_lone_fit_without_its_fold(self, simple):
        seeds = member_seeds(0, 3)
        for member, fold, seed in zip(simple.members_, FOLDS, seeds, strict=True):
            kept = np.setdiff1d(np.arange(60), fold)
            alone = classifier({}, random_state=seed, engine="keras")
            alone.fit(X[kept], LABELS[kept], X_val=X[fold], y_val=LABELS[fold])
            assert dict(member.history_.curves) == dict(alone.history_.curves)
            assert same_bits(member, alone, X)
            assert (member.random_state, member.n_members) == (seed, 1)

    def test_members_have_the_values_of_their_variant(self, fitted):
        assert [member.dropout for member in fitted.members_] == [0.1] * 3 + [0.4] * 3
        rates = [member.recipe_.nodes[1].arguments["rate"] for member in fitted.members_]
        assert rates == [0.1] * 3 + [0.4] * 3

    def test_a_member_of_a_variant_is_the_lone_fit_up_to_the_pooled_epoch(self, fitted):
        member, fold = fitted.members_[4], FOLDS[1]
        kept = np.setdiff1d(np.arange(60), fold)
        alone = classifier({}, dropout=0.4, random_state=member.random_state, early_stopping=False, engine="keras")
        alone.set_params(epochs=member.best_epoch_).fit(X[kept], LABELS[kept], X_val=X[fold], y_val=LABELS[fold])
        np.testing.assert_allclose(member.predict_proba(X), alone.predict_proba(X), **CLOSE)

    def test_groups_keep_the_best_pooled_epoch(self, fitted):
        for group in (fitted.members_[:3], fitted.members_[3:]):
            losses = np.mean([member.history_.curves["val_loss"] for member in group], axis=0)  # equal folds
            assert {member.best_epoch_ for member in group} == {int(losses.argmin()) + 1}

    def test_a_value_that_is_set_replaces_those_of_the_variants(self):
        ensemble = classifier({"members": 1, "variants": [{"dropout": 0.1}, {"width": 4}]}, dropout=0.3, epochs=1)
        members = ensemble.fit(X, LABELS).members_
        assert [one.recipe_.nodes[1].arguments["rate"] for one in members] == [0.3, 0.3]
        assert [one.recipe_.nodes[0].arguments["units"] for one in members] == [8, 4]

    @pytest.mark.parametrize(
        "n_members, rates",
        [(1, [0.2]), (2, [0.1, 0.4]), (4, [0.1, 0.1, 0.4, 0.4]), (8, [0.1] * 3 + [0.4] * 3 + [0.1, 0.4])],
    )
    def test_a_number_of_members_alternates_variants(self, n_members, rates):
        members = classifier(n_members=n_members, epochs=1).fit(X, LABELS).members_
        assert [one.recipe_.nodes[1].arguments["rate"] for one in members] == rates
        assert len({one.random_state for one in members}) == n_members

    def test_the_seeds_do_not_depend_on_the_number_of_members(self):
        places = [
            {(one.group, one.fold): one.number for one in Ensemble.of(Recipe.from_dict(recipe(**ENSEMBLE)), n).places}
            for n in (2, 6, 20)
        ]
        for fewer, more in pairwise(places):
            assert fewer.items() <= more.items()

    def test_members_without_folds(self):
        ensemble = classifier({"members": 2, "bootstrap": True}, epochs=1).fit(X, LABELS)
        same = NNClassifier(recipe(), n_members=2, bootstrap=True, random_state=0, epochs=1).fit(X, LABELS)
        assert same_bits(ensemble, same, X)
        assert not hasattr(ensemble, "oof_prediction_")
        assert same_bits(classifier({"members": 2}, n_members=1, epochs=1).fit(X, LABELS), same_plain(), X)


def same_plain():
    return NNClassifier(recipe(), random_state=0, epochs=1).fit(X, LABELS)


class TestOutOfFold:
    def test_predictions_of_held_out_samples(self, fitted):
        groups = np.empty((2, 60, 3), "float32")
        for place, member in enumerate(fitted.members_):
            groups[place // 3, FOLDS[place % 3]] = member.predict_proba(X[FOLDS[place % 3]])
        weights = mixture_weights(groups[:, np.arange(60), Y])
        mean = np.tensordot(weights, groups, 1)
        temperature = fitted_temperature(mean, Y)
        np.testing.assert_allclose(fitted.member_weights_, np.repeat(weights / 3, 3), rtol=1e-6)
        assert fitted.temperature_ == temperature
        np.testing.assert_allclose(fitted.oof_prediction_, at_temperature(mean, temperature), rtol=1e-5)
        assert fitted.oof_score_ == accuracy_score(Y, mean.argmax(axis=1))

    def test_predictions_have_weights_and_temperature(self, fitted):
        new = features(7, seed=1)
        found = [member.predict_proba(new) for member in fitted.members_]
        mean = np.average(found, axis=0, weights=fitted.member_weights_)
        expected = mean ** (1 / fitted.temperature_)
        expected /= expected.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(fitted.predict_proba(new), expected, rtol=1e-4)
        assert fitted.predict_proba(new).dtype == np.float32

    def test_equal_weights(self, simple):
        assert simple.member_weights_.tolist() == [1 / 3] * 3
        assert simple.temperature_ == 1
        for member, fold in zip(simple.members_, FOLDS, strict=True):
            assert np.array_equal(simple.oof_prediction_[fold], member.predict_proba(X[fold]))
        mean = np.mean([member.predict_proba(X) for member in simple.members_], axis=0)
        assert np.array_equal(simple.predict_proba(X), mean)

    def test_regression(self):
        X, y = quantities()
        ensemble = regressor({**ENSEMBLE, "choose_epoch": "member"}, epochs=4).fit(X, y)
        folds, groups = split_folds(3, 60, 0), np.empty((2, 60))
        for place, member in enumerate(ensemble.members_):
            groups[place // 3, folds[place % 3]] = member.predict(X[folds[place % 3]])
        weights = ensemble.member_weights_.reshape(2, 3).sum(axis=1)
        np.testing.assert_allclose(ensemble.oof_prediction_, weights @ groups, rtol=1e-6)
        assert ensemble.oof_score_ == pytest.approx(r2_score(y, weights @ groups))
        assert r2_score(y, weights @ groups) >= r2_score(y, groups.mean(axis=0)) - 1e-9
        found = np.array([member.predict(X) for member in ensemble.members_])
        mean, std = ensemble.predict(X, return_std=True)
        np.testing.assert_allclose(mean, ensemble.member_weights_ @ found, rtol=1e-6)
        spread = ensemble.member_weights_ @ (found - mean) ** 2 / (1 - (ensemble.member_weights_**2).sum())
        np.testing.assert_allclose(std, np.sqrt(spread), rtol=1e-6)

    def test_samples_without_weight_have_none(self):
        weights = np.where(np.arange(60) % 7, 1.0, 0.0)
        ensemble = classifier({"folds": 2}, epochs=1).fit(X, LABELS, weights)
        assert np.array_equal(np.isnan(ensemble.oof_prediction_).any(axis=1), weights == 0)
        kept = weights > 0
        whole = classifier({"folds": 2}, epochs=1).fit(X[kept], LABELS[kept])
        assert np.array_equal(ensemble.oof_prediction_[kept], whole.oof_prediction_)
        assert ensemble.oof_score_ == whole.oof_score_

    def test_samples_of_missing_folds_have_none(self):
        ensemble = classifier(n_members=2, epochs=1).fit(X, LABELS)
        assert np.array_equal(np.flatnonzero(np.isnan(ensemble.oof_prediction_[:, 0])), np.sort(FOLDS[2]))

    @pytest.mark.parametrize("engine", few_of(["keras", "compiled"], "compiled"))
    def test_targets_of_validation_samples_do_not_affect_the_weights(self, engine):
        y = np.tile([-1.0, 1.0], 30)  # the same mean and variance in any order
        folds = split_folds(3, 60, 0)
        changed = y.copy()
        changed[folds[1]] = y[folds[1]][::-1]
        assert not np.array_equal(changed, y)
        ensemble = {"folds": 3, "choose_epoch": "pooled"}
        params = {"engine": engine, "early_stopping": False}  # the epoch is chosen by all targets
        first, second = (regressor(ensemble, **params).fit(X, one) for one in (y, changed))
        same = [_same_weights(*pair) for pair in zip(first.members_, second.members_, strict=True)]
        assert same == [False, True, False]

    @pytest.mark.parametrize("engine", few_of(["keras", "compiled"], "keras"))
    def test_labels_of_validation_samples_do_not_affect_the_weights(self, engine):
        y = np.tile(["a", "b"], 30)
        folds = split_folds(3, 60, 0)
        y[folds[0][0]] = "c"  # folds do not depend on y: a class with fewer samples than folds is not stratified
        changed = y.copy()
        changed[folds[1]] = np.roll(y[folds[1]], 1)
        assert sorted(changed) == sorted(y)
        assert not np.array_equal(changed, y)
        by_targets = {"type": "Scale", "scale_initializer": "log_count_ratio", "trainable": False}
        by_samples = {"type": "Dense", "units": 4, "activation": "relu", "kernel_initializer": "unit_variance"}
        ensemble = {**recipe(folds=3, choose_epoch="pooled"), "params": {}, "layers": [by_targets, by_samples]}
        params = {"engine": engine, "early_stopping": False, "epochs": 2, "random_state": 0}
        first, second = (NNClassifier(ensemble, **params).fit(np.abs(X), one) for one in (y, changed))
        same = [_same_weights(*pair) for pair in zip(first.members_, second.members_, strict=True)]
        assert same == [False, True, False]

    def test_groups_of_samples_are_not_divided(self):
        groups = np.repeat(np.arange(12), 5)
        ensemble = classifier({"folds": 3}, epochs=1).fit(X, LABELS, validation_groups=groups)
        for member, fold in zip(ensemble.members_, split_folds(3, 60, 0, Y, groups), strict=True):
            assert set(np.bincount(groups[fold], minlength=12)) == {0, 5}
            assert np.array_equal(ensemble.oof_prediction_[fold], member.predict_proba(X[fold]))


def _same_weights(first, second):
    pairs = zip(first.model_.get_weights(), second.model_.get_weights(), strict=True)
    return all(np.array_equal(*pair) for pair in pairs)


class TestFewSamples:
    @pytest.mark.parametrize("n_samples, n_members", [(2, 2), (3, 2), (7, 3), (5, 2)])
    def test_fewer_folds(self, n_samples, n_members):
        ensemble = regressor({"folds": 8}, epochs=1).fit(X[:n_samples], np.arange(float(n_samples)))
        assert len(ensemble.members_) == n_members
        assert ensemble.oof_prediction_.shape == (n_samples,)

    def test_one_sample_has_no_folds(self):
        ensemble = regressor(ENSEMBLE, epochs=1).fit(X[:1], [1.0])
        (member,) = ensemble.members_
        assert "val_loss" not in member.history_.curves
        assert not hasattr(ensemble, "oof_prediction_")

    def test_one_class(self):
        ensemble = classifier().fit(X, np.zeros(60))
        assert ensemble.predict_proba(X).shape == (60, 1)


class TestCopies:
    def test_pickles(self, fitted):
        again = pickle.loads(pickle.dumps(fitted))
        assert same_bits(again, fitted, X)
        assert np.array_equal(again.oof_prediction_, fitted.oof_prediction_)

    def test_files(self, fitted, tmp_path):
        fitted.save(tmp_path / "m.nnb")
        again = nnbuild.load(tmp_path / "m.nnb")
        assert same_bits(again, fitted, X)
        assert np.array_equal(again.member_weights_, fitted.member_weights_)
        assert (again.temperature_, again.oof_score_) == (fitted.temperature_, fitted.oof_score_)
        assert not hasattr(again, "oof_prediction_")
        assert [one.get_params() for one in again.members_] == [one.get_params() for one in fitted.members_]
        facts = nnbuild.model_info(tmp_path / "m.nnb").combination
        assert facts.weights == tuple(fitted.member_weights_)
        again.save(tmp_path / "again.nnb")
        assert (tmp_path / "again.nnb").read_bytes() == (tmp_path / "m.nnb").read_bytes()

    @pytest.mark.slow
    def test_files_of_several_networks(self, tmp_path):
        variants = {"variants": [{"width": 8}, {"width": 4}, {"width": 8, "dropout": 0.5}]}
        ensemble = classifier({"members": 2, **variants}, epochs=1, warm_start=True).fit(X, LABELS)
        ensemble.save(tmp_path / "m.nnb")
        again = nnbuild.load(tmp_path / "m.nnb")
        assert same_bits(again, ensemble, X)
        assert [one.model_.count_params() for one in again.members_] == [67, 67, 35, 35, 67, 67]
        assert same_bits(again.fit(X, LABELS), ensemble.fit(X, LABELS), X)
        assert ensemble.transform(X).shape == (60, 2 * (8 + 4 + 8))
        assert list(ensemble.get_feature_names_out()[[0, 8, 16, 20]]) == [
            "member_1_dropout_1_0", "member_2_dropout_1_0", "member_3_dropout_1_0", "member_4_dropout_1_0",
        ]  # fmt: skip


class TestContinuedTraining:
    def test_warm_start_continues_on_the_same_folds(self):
        given = {"folds": 3, "choose_epoch": "pooled"}
        whole = classifier(given, epochs=4, warm_start=True, early_stopping=False).fit(X, LABELS)
        parts = classifier(given, epochs=2, warm_start=True, early_stopping=False).fit(X, LABELS)
        parts.random_state = None  # the folds are those of the first fit
        parts.fit(X, LABELS)
        for member, fold in zip(parts.members_, FOLDS, strict=True):
            np.testing.assert_allclose(parts.oof_prediction_[fold], member.predict_proba(X[fold]), rtol=1e-6)
        parts = classifier(given, epochs=2, warm_start=True, early_stopping=False).fit(X, LABELS).fit(X, LABELS)
        assert same_bits(parts, whole, X)

    def test_partial_fit_trains_on_all_samples(self, fitted):
        ensemble = copy.deepcopy(fitted).partial_fit(X, LABELS)
        assert np.array_equal(ensemble.member_weights_, fitted.member_weights_)
        assert ensemble.temperature_ == fitted.temperature_
        assert not hasattr(ensemble, "oof_prediction_")
        assert not hasattr(ensemble, "oof_score_")
        assert message_of(lambda: ensemble.set_params(warm_start=True).fit(X, LABELS)) == (
            "warm_start can't continue with folds: the members of the previous fit were trained on all samples\n"
            "  hint: call fit with warm_start=False to train new networks"
        )

    def test_partial_fit_from_the_start(self):
        ensemble = classifier().partial_fit(X, LABELS).partial_fit(X, LABELS)
        assert [one.n_iter_ for one in ensemble.members_] == [1] * 6
        assert ensemble.member_weights_.tolist() == [1 / 6] * 6

    def test_too_few_samples_for_the_folds(self):
        ensemble = classifier({"folds": 3}, epochs=1, warm_start=True).fit(X, LABELS)
        assert message_of(lambda: ensemble.fit(X[:5], LABELS[:5])) == (
            "warm_start continues with 3 folds, which is too many for 5 samples\n"
            "  hint: call fit with warm_start=False to train new networks"
        )


class TestErrors:
    def test_a_validation_set_is_refused(self):
        assert message_of(lambda: classifier().fit(X, LABELS, X_val=X, y_val=LABELS)) == (
            "X_val is not supported by an ensemble with folds: each of the 6 members is validated on a fold of X\n"
            "  hint: pass no X_val, or set n_members=1 for one network"
        )

    @pytest.mark.parametrize("estimator", [NNRecommender, NNTranslator, NNLanguageModel])
    def test_folds_are_refused(self, estimator):
        wrong = estimator(training__ensemble={"folds": 3})
        given = (["a b c"] * 8, ["c d"] * 8)
        name = estimator.__name__
        assert message_of(lambda: wrong.fit(*given), RecipeError).startswith(
            f"training.ensemble.folds: {name} does not support 'folds' of an ensemble"
        )


@pytest.mark.slow
@pytest.mark.usefixtures("short_stacks")
def test_a_search_trains_all_members_in_one_program(meetings):
    given = {**ENSEMBLE, "variants": [{}, {"training__learning_rate": 0.05}], "temperature": False}
    search = GridSearchCV(classifier(given), {"dropout": [0.1, 0.3]}, cv=2, refit=False)
    with nnbuild.stacked():
        together = clone(search).fit(X, LABELS)
    assert (meetings[0].n_trained, meetings[0].n_programs) == (4 * 6, 1)
    alone = search.set_params(estimator__engine="keras").fit(X, LABELS)
    np.testing.assert_allclose(together.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"], atol=1e-4)
