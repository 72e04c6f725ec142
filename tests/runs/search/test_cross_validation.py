"""Searches of a recipe's space: candidates, journal, results and errors."""

import csv
import json
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from click import BadParameter
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV, StratifiedKFold

from cases import dense, net
from estimators.samples import message_of
from few import few_of
from nnbuild import NNClassifier, NNRegressor, Recipe, stacked
from nnbuild.errors import NNBuildError
from nnbuild.language.values import canonical
from nnbuild.runs.search.cross_validation import Options, batch_size, search
from nnbuild.runs.search.journal_file import JournalError
from nnbuild.runs.search.space import halving_rounds, space_of

pytestmark = pytest.mark.usefixtures("short_stacks")


DOCUMENT = net(
    dense("$n", activation="relu"),
    params={"n": 4, "rate": 0.05},
    training={"learning_rate": "$rate", "epochs": 4},
    search={"rate": [0.01, 0.1], "training__batch_size": [16, 32]},
)


RECIPE = Recipe.from_dict(DOCUMENT)


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


@pytest.fixture
def fits_done(monkeypatch):
    """Number of samples of each trained network."""
    done, fit = [], NNClassifier.fit
    monkeypatch.setattr(NNClassifier, "fit", lambda self, X, y: (done.append(len(X)), fit(self, X, y))[1])
    return done


def searched(iris, folder: Path, recipe=RECIPE, **options):
    options = Options(**{"method": "grid", "n_folds": 2, "quiet": True, "results": folder / "found.csv", **options})
    return search(NNClassifier(recipe, random_state=0), recipe, *iris, options)


def rows(folder: Path) -> list[dict]:
    with (folder / "found.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("n_jobs", few_of([None, 1], None))
def test_the_results_are_those_of_the_search_of_scikit_learn(n_jobs, iris, tmp_path):
    """To the last bit: in the backend, or one fit after another."""
    found = searched(iris, tmp_path, scoring="neg_log_loss", n_jobs=n_jobs)
    grid = {"rate": [0.01, 0.1], "training__batch_size": [16, 32]}
    folds = StratifiedKFold(2, shuffle=True, random_state=0)
    plain = GridSearchCV(
        NNClassifier(RECIPE, random_state=0), grid, cv=folds, refit=False, scoring="neg_log_loss", n_jobs=n_jobs
    )
    with stacked() if n_jobs is None else nullcontext():
        plain.fit(*iris)
    assert found.best.params == plain.best_params_
    by_params = {canonical_row(row): row for row in rows(tmp_path)}
    assert len(by_params) == 4
    for index, params in enumerate(plain.cv_results_["params"]):
        row = by_params[json.dumps(params["rate"]), json.dumps(params["training__batch_size"])]
        for column in ("rank", "mean", "std", "split0", "split1"):
            assert float(row[f"{column}_test_score"]) == plain.cv_results_[f"{column}_test_score"][index]
        assert float(row["mean_fit_time"]) > 0
        assert row["error"] == ""
    assert [row["rank_test_score"] for row in rows(tmp_path)] == sorted(
        row["rank_test_score"] for row in rows(tmp_path)
    )


def canonical_row(row):
    return row["param_rate"], row["param_training__batch_size"]


def test_finished_fits_are_not_repeated(iris, tmp_path, fits_done):
    first = searched(iris, tmp_path, n_jobs=3, scoring="neg_log_loss")
    assert len(fits_done) == 8
    table = (tmp_path / "found.csv").read_bytes()
    journal = tmp_path / "found.csv.journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    assert [index for index, line in enumerate(lines) if b'"whole"' in line] == [4, 8, 11]  # batches of 3, 3 and 2
    assert len(lines) == 13  # and the head and the end
    journal.write_bytes(b"".join(lines[:7]) + lines[7][:20])  # killed while it wrote the second batch
    again = searched(iris, tmp_path, resume=True, n_jobs=3, scoring="neg_log_loss")
    assert len(fits_done) == 8 + 5
    assert again.n_kept == 3
    assert [one.params for one in again.candidates] == [one.params for one in first.candidates]
    assert [one.scores for one in again.candidates] == [one.scores for one in first.candidates]  # to the last bit
    searched(iris, tmp_path, resume=True, scoring="neg_log_loss")
    assert len(fits_done) == 8 + 5
    journal.write_bytes(b"".join(lines))
    searched(iris, tmp_path, resume=True, scoring="neg_log_loss")
    assert (tmp_path / "found.csv").read_bytes() == table  # seconds too


def test_more_candidates_continue_the_journal(iris, tmp_path, fits_done):
    ranges = {"rate": {"log_uniform": [0.01, 0.1]}}
    recipe = Recipe.from_dict({**DOCUMENT, "search": ranges})
    searched(iris, tmp_path, recipe, method="random", n_iter=1)
    more = searched(iris, tmp_path, recipe, method="random", n_iter=2, resume=True)
    assert (len(fits_done), more.n_kept, len(more.candidates)) == (4, 2, 2)


def test_a_finished_search_is_replaced_and_an_unfinished_one_is_not(iris, tmp_path):
    searched(iris, tmp_path, n_jobs=2)
    assert searched(iris, tmp_path, n_jobs=2).n_kept == 0
    journal = tmp_path / "found.csv.journal"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:5]))
    assert message_of(lambda: searched(iris, tmp_path), JournalError) == (
        f"{journal}: contains 2 fits of an unfinished search\n"
        "  hint: continue with --resume, or remove the file to start a new search"
    )


def test_a_journal_of_another_search_is_refused(iris, tmp_path):
    searched(iris, tmp_path)
    journal, (X, y) = tmp_path / "found.csv.journal", iris
    hint = "\n  hint: use the same options as before, or choose another file with --results"
    other = message_of(lambda: searched(iris, tmp_path, resume=True, seed=1, n_folds=3), JournalError)
    assert other == f"{journal}: contains fits of another search: --cv was 2 and is 3; --seed was 0 and is 1{hint}"
    for data in [(X + 1e-9, y), (X, np.roll(y, 1))]:
        assert message_of(lambda data=data: searched(data, tmp_path, resume=True), JournalError) == (
            f"{journal}: contains fits of another search: the data differ{hint}"
        )
    recipe = RECIPE.with_values(n=5)
    assert message_of(lambda: searched(iris, tmp_path, recipe, resume=True), JournalError) == (
        f"{journal}: contains fits of another search: the recipe differs{hint}"
    )


def test_a_search_reports_damaged_lines_and_trains_their_fits(iris, tmp_path, fits_done):
    first = searched(iris, tmp_path, n_jobs=2)
    journal, printed = tmp_path / "found.csv.journal", []
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:2], b"\xff\xfe\n", *lines[3:]]))
    options = Options("grid", 2, n_jobs=2, quiet=True, results=tmp_path / "found.csv", resume=True)
    again = search(NNClassifier(RECIPE, random_state=0), RECIPE, *iris, options, printed.append)
    assert (len(fits_done), again.n_kept) == (8 + 1, 7)
    assert printed[:2] == [
        f"{journal}: 7 fits are finished",
        f"{journal}: line 3 is damaged, or of another search; missing fits are trained",
    ]
    for one, other in zip(again.candidates, first.candidates, strict=True):
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-3)  # a stack of one


CROSS_ENTROPY = "sparse_categorical_crossentropy"


UNFIT = (  # found when the data are read
    "training.loss: MeanSquaredError does not suit a multiclass task\n"
    "  allowed: CategoricalCrossentropy, CategoricalFocalCrossentropy, CategoricalGeneralizedCrossEntropy, "
    "CategoricalHinge, SparseCategoricalCrossentropy"
)


def test_a_failed_candidate_has_the_last_rank(iris, tmp_path, fits_done):
    recipe = Recipe.from_dict({**DOCUMENT, "search": {"training__loss": ["mse", CROSS_ENTROPY]}})
    found = searched(iris, tmp_path, recipe)
    assert found.best.params == {"training__loss": CROSS_ENTROPY}
    last = rows(tmp_path)[-1]
    assert (last["param_training__loss"], last["mean_test_score"], last["rank_test_score"]) == ('"mse"', "nan", "2")
    assert last["error"] == UNFIT
    searched(iris, tmp_path, recipe, resume=True)
    assert len(fits_done) == 4  # failures too are not done again


def test_a_score_that_cannot_be_computed_is_reported(iris, tmp_path, monkeypatch):
    def predict_proba(self, X):
        return np.full((len(X), 3), np.inf)

    monkeypatch.setattr(NNClassifier, "predict_proba", predict_proba)
    found = message_of(lambda: searched(iris, tmp_path, scoring="neg_log_loss"), NNBuildError)
    assert found == (
        "no candidate could be trained; the error of the first one:\n"
        "the score can't be computed: Input contains infinity or a value too large for dtype('float64')."
    )


WAVES = {
    "small": (net(dense(4)), (150, 3), 256),
    "an hour each": (net(dense(4000), dense(4000), training={"epochs": 1000}), (10_000, 3), 4),
    "some seconds each": (net(dense(512), dense(512), training={"epochs": 20}), (2000, 8), 19),
    "does not fit": (net({"type": "Conv2D", "filters": 2, "kernel_size": 3}), (150, 3), 4),
}


@pytest.mark.parametrize("document, shape, n_fits", WAVES.values(), ids=WAVES)
def test_a_batch_takes_about_a_minute(document, shape, n_fits):
    X = np.random.default_rng(0).normal(size=shape)
    recipe = Recipe.from_dict(document)
    assert batch_size(NNClassifier(recipe, random_state=0), X, np.arange(len(X)) % 3) == n_fits
    assert batch_size(NNClassifier(recipe, random_state=0), X, np.zeros(len(X))) in (n_fits, 256)  # one class


@pytest.mark.parametrize(
    "options, message_is",
    [
        (
            {"scoring": "acuracy"},
            "unknown scoring 'acuracy'\n"
            "  allowed: accuracy, average_precision, balanced_accuracy, ..., f1_macro, ..., jaccard_macro, ..., "
            "matthews_corrcoef, ..., recall_macro, ..., top_k_accuracy\n"
            "  hint: did you mean 'accuracy'?",
        ),
        (
            {"scoring": "roc_auc"},
            "roc_auc does not suit the target: it requires two classes, got 3\n"
            "  allowed: ..., balanced_accuracy, ..., f1_micro, ..., recall_weighted, roc_auc_ovo, "
            "roc_auc_ovo_weighted, roc_auc_ovr, roc_auc_ovr_weighted, top_k_accuracy\n"
            "  hint: did you mean 'roc_auc_ovr'?",
        ),
    ],
    ids=str,
)
def test_wrong_options_are_reported_before_any_fit(options, message_is, iris, tmp_path, fits_done):
    assert message_of(lambda: searched(iris, tmp_path, **options), BadParameter) == message_is
    assert fits_done == []
    assert list(tmp_path.iterdir()) == []


def test_results_that_cannot_be_written_are_reported(iris, tmp_path, fits_done):
    results = tmp_path / "nowhere" / "found.csv"
    assert message_of(lambda: searched(iris, tmp_path, results=results), NNBuildError) == (
        f"{results}: can't be written: no folder '{results.parent}'\n  hint: mkdir -p {results.parent}"
    )
    assert fits_done == []


def test_halving_cannot_search_the_epochs(iris, tmp_path):
    recipe = Recipe.from_dict({**DOCUMENT, "search": {"training__epochs": [1, 2]}})
    assert message_of(lambda: searched(iris, tmp_path, recipe, method="halving"), BadParameter) == (
        "halving sets the number of epochs: training__epochs can't be searched"
    )


@pytest.mark.slow
@pytest.mark.parametrize("n_iter", [None, 4])
def test_halving_equals_that_of_scikit_learn(n_iter, iris, tmp_path):
    space = {"rate": [0.01, 0.1], "training__batch_size": [16, 32, 64]}
    recipe = Recipe.from_dict({**DOCUMENT, "search": space})
    found = searched(iris, tmp_path, recipe, method="halving", n_iter=n_iter)
    rounds = space_of(recipe, "halving", n_iter, 0, 150).rounds
    assert rounds == ([(6, 1), (2, 3)] if n_iter is None else [(4, 1), (2, 3)])
    assert found.n_fits == 2 * sum(n for n, _ in rounds)
    plain = plain_halving(iris, recipe, space, n_iter)
    assert found.best.params == plain.best_params_
    assert found.best.mean == plain.best_score_
    scores = {(canonical(one.params), one.mean) for one in found.candidates}
    results = plain.cv_results_
    means = zip(results["params"], results["mean_test_score"], strict=True)
    assert scores == {(canonical(params), mean) for params, mean in means}
    assert [one.params["training__epochs"] for one in found.candidates] == [3] * 2 + [1] * rounds[0][0]
    again = searched(iris, tmp_path, recipe, method="halving", n_iter=n_iter, resume=True)
    assert again.n_kept == found.n_fits
    assert again.candidates == found.candidates


def plain_halving(iris, recipe, space, n_iter):
    folds = StratifiedKFold(2, shuffle=True, random_state=0)
    epochs = {"resource": "training__epochs", "min_resources": 1, "max_resources": 4}
    options = {"cv": folds, "random_state": 0, "return_train_score": False, **epochs}
    estimator = NNClassifier(recipe, random_state=0, training__epochs=1)
    with stacked():
        if n_iter is None:
            return HalvingGridSearchCV(estimator, space, **options).fit(*iris)
        return HalvingRandomSearchCV(estimator, space, n_candidates=n_iter, **options).fit(*iris)


@pytest.mark.parametrize("n_candidates, epochs", [(1, 1), (3, 9), (20, 100), (100, 7)])
def test_rounds_are_those_of_scikit_learn(n_candidates, epochs):
    class WithEpochs(DummyClassifier):
        def __init__(self, number=0, epochs=0):
            super().__init__()
            self.number, self.epochs = number, epochs

    rounds = halving_rounds(n_candidates, epochs)
    resources = {"resource": "epochs", "min_resources": rounds[0][1], "max_resources": epochs}
    search = HalvingGridSearchCV(WithEpochs(), {"number": list(range(n_candidates))}, cv=2, **resources)
    search.fit(np.zeros((8, 1)), np.arange(8) % 2)
    assert list(zip(search.n_candidates_, search.n_resources_, strict=True)) == rounds


@pytest.mark.slow
def test_a_regression_is_searched_in_batches(tmp_path):
    X = np.random.default_rng(0).normal(size=(40, 3))
    options = Options("random", n_folds=2, n_iter=2, n_jobs=2, quiet=True, results=tmp_path / "found.csv")
    found = search(NNRegressor(RECIPE, random_state=0), RECIPE, X, X.sum(axis=1), options)
    assert (found.scoring.name, found.scoring.positive, found.scoring.baseline) == ("r2", None, 0.0)
    assert all(-2 < score <= 1 for candidate in found.candidates for score in candidate.train_scores)
    assert len(rows(tmp_path)) == 2
