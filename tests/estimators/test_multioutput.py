"""`NNMultiOutput`: outputs of different tasks, missing targets, searches, ensembles, saved and exported models."""

import copy

import keras
import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from sklearn import config_context
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score, make_scorer, mean_absolute_error, r2_score, roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import nnbuild
from estimators.samples import features, message_of
from nnbuild import NNClassifier, NNMultiOutput, RecipeError
from nnbuild.estimators.output_settings import output_scores
from nnbuild.metrics import output_scorer
from nnbuild.runs.export import export_file
from plain import PLAIN

X = pd.DataFrame(features(), columns=list("abcd"), index=range(100, 160))
Y = pd.DataFrame(
    {
        "hours": np.where(np.arange(60) % 5 == 1, np.nan, 40 + 3 * X["a"]),
        "kind": np.where(X["b"] > 0, "high", "low").astype(object),
        "x": X["c"],
        "y": X["d"],
    },
    index=X.index,
)
Y.iloc[30:40, 1] = None
OUTPUTS = {"kind": {"weight": 2.0}, "hours": {}, "place": {"target": ["x", "y"], "weight": 0.5}}
QUICK = {"outputs": OUTPUTS, "hidden": [8], "epochs": 4, "batch_size": 16, "learning_rate": 0.02, "random_state": 0}


def model(**params):
    return NNMultiOutput(**{"recipe": PLAIN, **QUICK, **params})


@pytest.fixture(scope="module")
def fitted():
    return model(epochs=40).fit(X, Y)


def test_tasks_and_predictions(fitted):
    assert fitted.tasks_ == {"kind": "binary", "hours": "regression", "place": "regression"}
    assert fitted.n_outputs_ == 4
    assert {name: classes.tolist() for name, classes in fitted.classes_.items()} == {"kind": ["high", "low"]}
    assert fitted.loss_weights_ == {"kind": 2.0, "hours": 1.0, "place": 0.5}
    found = fitted.predict(X)
    assert list(found) == list(Y)
    pd.testing.assert_index_equal(found.index, X.index)
    assert model(epochs=1).fit(X.to_numpy(), Y).predict(X.to_numpy()).index.tolist() == list(range(60))
    pd.testing.assert_series_equal(found.dtypes, Y.infer_objects().dtypes)
    probabilities = fitted.predict_proba(X)
    assert probabilities.keys() == {"kind"}
    assert (found["kind"] == fitted.classes_["kind"][probabilities["kind"].argmax(axis=1)]).all()


def test_the_score_is_the_mean_over_outputs(fitted):
    found, weights = fitted.predict(X), np.linspace(0, 1, 60)
    assert fitted.score(X, Y) > 0.5

    def over_known(score, columns, **options):
        known = Y[columns].notna().all(axis=1)
        if "sample_weight" in options:
            options = {"sample_weight": options["sample_weight"][known]}
        return score(Y.loc[known, columns], found.loc[known, columns], **options)

    for options in ({}, {"sample_weight": weights}):
        parts = [
            over_known(accuracy_score, ["kind"], **options),
            over_known(r2_score, ["hours"], **options),
            over_known(r2_score, ["x", "y"], **options),
        ]
        assert fitted.score(X, Y, **options) == pytest.approx(np.mean(parts))
    scores = output_scores(fitted, X, Y)
    assert {name: (one.n_rows, one.values[0].name) for name, one in scores.items()} == {
        "kind": (50, "accuracy"), "hours": (48, "r2"), "place": (60, "r2"),
    }  # fmt: skip


def test_it_is_neither_classifier_nor_regressor():
    estimator = model()
    assert not is_classifier(estimator)
    assert not is_regressor(estimator)
    assert estimator.__sklearn_tags__().target_tags.multi_output
    assert clone(estimator).get_params()["outputs"] == OUTPUTS


def test_targets_by_output_equal_a_table(fitted):
    by_output = {"place": Y[["x", "y"]].to_numpy(), "hours": Y["hours"].to_list(), "kind": Y["kind"]}
    other = model(epochs=40).fit(X, by_output)
    assert list(other.predict(X)) == ["kind", "hours", "x", "y"]
    assert np.array_equal(other.predict(X)[list(Y)], fitted.predict(X))
    assert other.score(X, by_output) == fitted.score(X, Y)


def test_searches_give_the_same_scores_with_a_stack():
    grid = {"outputs__hours__weight": [0.1, 3.0], "learning_rate": [0.01, 0.05]}
    alone = GridSearchCV(model(), grid, cv=2, refit=False).fit(X, Y)
    with parallel_config(backend="nnbuild"):
        stacked = GridSearchCV(model(engine="compiled"), grid, cv=2, refit=False).fit(X, Y)
    found = alone.cv_results_["mean_test_score"]
    np.testing.assert_allclose(stacked.cv_results_["mean_test_score"], found, atol=1e-3)
    assert len(set(found)) == 4


def test_pipelines_and_cross_validation():
    pipeline = make_pipeline(StandardScaler(), model(epochs=2))
    assert np.isfinite(cross_val_score(pipeline, X, Y, cv=2)).all()
    found = cross_val_score(pipeline, X, Y, cv=2, scoring=output_scorer("kind", "roc_auc"))
    assert ((found >= 0) & (found <= 1)).all()


def test_scorers_of_an_output_equal_scores_of_its_predictions(fitted):
    known = Y["kind"].notna()
    predicted, weights = fitted.predict(X)["kind"], np.linspace(0, 1, 60)
    found = output_scorer("kind")(fitted, X, Y, sample_weight=weights)
    assert found == accuracy_score(Y["kind"][known], predicted[known], sample_weight=weights[known])
    low = fitted.predict_proba(X)["kind"][known, 1]
    assert output_scorer("kind", "roc_auc")(fitted, X, Y) == roc_auc_score(Y["kind"][known] == "low", low)
    error = make_scorer(mean_absolute_error, greater_is_better=False)
    place = Y[["x", "y"]]
    found = output_scorer("place", error)(fitted, X, Y)
    assert found == pytest.approx(-mean_absolute_error(place, fitted.predict(X)[["x", "y"]]))
    parts = [output_scorer(name)(fitted, X, Y) for name in OUTPUTS]
    assert np.mean(parts) == pytest.approx(fitted.score(X, Y))


def test_scorers_of_probabilities_of_labels():
    y = pd.DataFrame({"hours": X["a"], "x": (X["c"] > 0).astype(int), "y": (X["d"] > 0).astype(int)})
    estimator = model(outputs={"hours": {}, "signs": {"target": ["x", "y"]}}).fit(X, y)
    found = output_scorer("signs", "roc_auc")(estimator, X, y)
    assert found == roc_auc_score(y[["x", "y"]], estimator.predict_proba(X)["signs"])


def test_sample_weights_reach_scorers(fitted):
    """Searches pass them to scorers that take them; with metadata routing, scorers request them."""
    scorers = {"kind": output_scorer("kind"), "worst": output_scorer("hours", "neg_max_error")}
    search = GridSearchCV(model(epochs=1), {"hidden": [[8]]}, cv=2, scoring=scorers, refit=False)
    weights = np.where(np.arange(60) % 2, 1e-6, 1.0)
    with pytest.warns(UserWarning, match=r"^The scoring worst=.* does not support sample_weight"):
        found = search.fit(X, Y, sample_weight=weights).cv_results_["mean_test_kind"]
    with config_context(enable_metadata_routing=True):
        estimator, params = model(epochs=1).set_fit_request(sample_weight=True), {"sample_weight": weights}
        asks = output_scorer("kind").set_score_request(sample_weight=True)
        scoring = {"asks": asks, "ignores": output_scorer("kind")}
        routed = cross_validate(estimator, X, Y, cv=2, scoring=scoring, params=params)
    assert routed["test_asks"].mean() == pytest.approx(found[0])
    assert routed["test_ignores"].mean() != pytest.approx(found[0])


def test_refused_scorers(fitted):
    assert message_of(lambda: output_scorer("kin")(fitted, X, Y)) == (
        "the estimator has no output 'kin'\n  outputs: hours, kind, place\n  hint: did you mean 'kind'?"
    )
    found = message_of(lambda: output_scorer("kind")(StandardScaler(), X, Y), TypeError)
    assert found == "output_scorer requires an NNMultiOutput, got StandardScaler"
    with pytest.raises(NotFittedError, match=r"^This NNMultiOutput instance is not fitted yet\."):
        output_scorer("kind")(model(), X, Y)
    found = message_of(lambda: output_scorer("hours")(fitted, X, Y.assign(hours=np.nan)))
    assert found == "no sample has a target for the output 'hours', which is scored"


def test_an_ensemble_is_the_mean_of_its_members():
    ensemble = model(epochs=1, n_members=2).fit(X, Y)
    members = [member.predict_proba(X)["kind"] for member in ensemble.members_]
    np.testing.assert_allclose(ensemble.predict_proba(X)["kind"], np.mean(members, axis=0), rtol=1e-6)
    np.testing.assert_allclose(
        ensemble.predict(X)["x"], np.mean([member.predict(X)["x"] for member in ensemble.members_], axis=0)
    )


def test_folds_give_predictions_by_output():
    ensemble = model(epochs=2, training__ensemble={"folds": 2, "choose_epoch": "pooled"}).fit(X, Y)
    shapes = {name: array.shape for name, array in ensemble.oof_prediction_.items()}
    assert shapes == {"kind": (60, 2), "hours": (60,), "place": (60, 2)}
    assert np.isfinite(ensemble.oof_score_)
    message = message_of(lambda: model(training__ensemble={"folds": 2, "temperature": True}).fit(X, Y))
    assert message == (
        "training.ensemble.temperature: NNMultiOutput does not support 'temperature' of an ensemble\n"
        "  allowed: bootstrap, choose_epoch, folds, members, variants\n  hint: remove it"
    )


def test_validation_and_warm_start():
    estimator = model(early_stopping={"monitor": "val_hours_loss", "patience": 1}, warm_start=True)
    estimator.fit(X, Y, X_val=X, y_val=Y, sample_weight=np.ones(60))
    assert "val_hours_loss" in estimator.history_.curves
    before = estimator.history_.curves["loss"][-1]
    assert estimator.fit(X, Y, X_val=X, y_val=Y).history_.curves["loss"][0] < before
    unseen = Y.assign(kind="other")
    assert message_of(lambda: estimator.fit(X, Y, X_val=X, y_val=unseen)) == (
        "y_val['kind'] contains previously unseen labels: ['other']"
    )
    assert message_of(lambda: estimator.fit(X, Y, X_val=X, y_val=Y.assign(hours=np.nan))) == (
        "y_val['hours'] has only missing values\n  hint: add samples with this target, or remove the output"
    )


def test_uncertainty_weights_are_saved(tmp_path):
    estimator = model(loss_weighting="uncertainty").fit(X, Y)
    assert all(weight != 1 for weight in estimator.loss_weights_.values())
    estimator.save(tmp_path / "m.nnb")
    loaded = nnbuild.load(tmp_path / "m.nnb")
    assert loaded.loss_weights_ == estimator.loss_weights_
    assert loaded.transform(X).shape == (60, 8)
    pd.testing.assert_frame_equal(loaded.predict(X), estimator.predict(X))


def test_a_saved_model_has_a_record_for_each_output(fitted, tmp_path):
    fitted.save(tmp_path / "m.nnb")
    info = nnbuild.model_info(tmp_path / "m.nnb")
    assert (info.estimator, info.task, info.n_outputs, info.classes) == ("NNMultiOutput", "multioutput", 4, None)
    kind = info.outputs["kind"]
    assert (kind.task, kind.columns, kind.classes, kind.n_outputs) == ("binary", ("kind",), ("high", "low"), 2)
    assert info.outputs["place"].columns == ("x", "y")
    loaded = nnbuild.load(tmp_path / "m.nnb")
    pd.testing.assert_frame_equal(loaded.predict(X), fitted.predict(X))
    assert loaded.score(X, Y) == fitted.score(X, Y)
    loaded.save(tmp_path / "again.nnb")
    assert (tmp_path / "again.nnb").read_bytes() == (tmp_path / "m.nnb").read_bytes()


def test_an_exported_network_has_an_output_for_each_name(fitted, tmp_path):
    fitted.save(tmp_path / "m.nnb")
    shown = export_file(str(tmp_path / "m.nnb"), str(tmp_path / "m.keras"))
    assert [line for line in shown.splitlines() if "output" in line] == [
        "  output 'kind': float32 of shape (n_samples, 2), probabilities of: high, low",
        "  output 'hours': float32 of shape (n_samples, 1), values of: hours",
        "  output 'place': float32 of shape (n_samples, 2), values of: x, y",
    ]
    found = keras.models.load_model(tmp_path / "m.keras")(fitted.preparation_.as_inputs("input", X)["input"])
    np.testing.assert_allclose(found["kind"], fitted.predict_proba(X)["kind"], atol=1e-5)
    np.testing.assert_allclose(found["hours"][:, 0], fitted.predict(X)["hours"], rtol=1e-5)
    np.testing.assert_allclose(found["place"], fitted.predict(X)[["x", "y"]], atol=1e-4)


def test_an_unfitted_copy_and_a_model_of_keras(fitted):
    assert fitted.model_.output.keys() == OUTPUTS.keys()
    assert np.array_equal(copy.deepcopy(fitted).predict(X), fitted.predict(X))


def test_another_estimator_names_the_class():
    recipe = {"layers": [{"type": "Dense", "units": 2}], "outputs": OUTPUTS}
    assert message_of(lambda: NNClassifier(recipe).fit(X, Y["x"] > 0), RecipeError) == (
        "outputs: NNClassifier supports one output, but the recipe has 3: kind, hours, place\n"
        "  hint: use NNMultiOutput, whose y is a DataFrame with a column or several per output"
    )
    one = {"layers": [{"type": "Dense", "units": 2}], "outputs": {"kind": {"task": "regression"}}}
    assert message_of(lambda: NNClassifier(one).fit(X, Y["x"] > 0), RecipeError) == (
        "outputs.kind.task: is 'regression', but the estimator trains a binary task\n"
        "  hint: remove it, or use an estimator for this task"
    )


@pytest.mark.parametrize(
    ("params", "y", "message"),
    [
        (
            {"outputs": None},
            Y.rename(columns={"hours": "hours-per-week"})[["hours-per-week", "kind"]],
            "outputs: NNMultiOutput requires outputs with names, but the recipe has one output without a name\n"
            "  hint: pass outputs={'hours_per_week': {'target': 'hours-per-week'}, 'kind': {}}, or set \"outputs\": "
            '{"hours_per_week": {"target": "hours-per-week"}, "kind": {}} in the recipe',
        ),
        (
            {"outputs": 3},
            Y,
            "outputs must be a list of names, or a dict of settings by name, got 3\n"
            '  hint: pass ["price", "kind"], or {"price": {"weight": 2.0}, "kind": {}}',
        ),
        (
            {"outputs": ["hours", "hours"]},
            Y,
            "outputs: must be different names, got 'hours' more than once",
        ),
        (
            {"validation_fraction": 0.1},
            Y.assign(hours=[1.5, *[np.nan] * 59]),
            "y['hours'] in the training set has only missing values\n"
            "  hint: add samples with this target, or remove the output",
        ),
        (
            {"training__loss": "mse"},
            Y,
            "training.loss: is the setting of one output, but the recipe has 3\n  hint: set 'loss' of each output",
        ),
        (
            {"outputs": {**OUTPUTS, "hours": {"class_weight": "balanced"}}},
            Y,
            "outputs.hours.class_weight: a regression task does not support class_weight\n"
            "  hint: pass sample_weight to fit instead",
        ),
        (
            {"outputs": {**OUTPUTS, "hours": {"metrics": ["auc"]}}},
            Y,
            "outputs.hours.metrics[0]: AUC does not suit a regression task\n  allowed: ",
        ),
        (
            {"outputs": {**OUTPUTS, "hours": {"loss": "gamma"}}},
            Y.assign(hours=[-1.0, *[2.0] * 59]),
            "loss 'gamma' requires y['hours'] with numbers above 0, got -1 in row 0 (counted from 0)\n"
            "  hint: use mean_squared_error, mean_absolute_error or huber for numbers of any sign",
        ),
    ],
)
def test_refused(params, y, message):
    found = message_of(lambda: model(**params).fit(X, y))
    assert found.startswith(message) if message.endswith("allowed: ") else found == message


def test_class_weights_of_an_output():
    """Labels of class weights may be numbers, in the dict and by address."""
    y = Y[["hours"]].assign(kind=(X["b"] > 0).astype(int))
    outputs = {"kind": {"class_weight": {1: 5.0}}, "hours": {}}
    weighted = model(outputs=outputs).fit(X, y)
    other = model(outputs=["kind", "hours"], outputs__kind__class_weight={1: 5.0}).fit(X, y)
    assert np.array_equal(weighted.predict(X), other.predict(X))
    plain = model(outputs=["kind", "hours"]).fit(X, y)
    assert weighted.predict_proba(X)["kind"][:, 1].mean() > plain.predict_proba(X)["kind"][:, 1].mean() + 0.1
