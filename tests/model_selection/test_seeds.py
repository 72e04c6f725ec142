"""Whether one candidate of a search is better than another, or had the better seed."""

import pickle

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, ShuffleSplit, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from estimators.samples import classifier, message_of, quantities, regressor
from nnbuild.model_selection import SeedReport, seed_report
from nnbuild.train import executor

pytestmark = pytest.mark.usefixtures("short_stacks")

IRIS = load_iris(return_X_y=True)
SCORES = np.array(  # candidates, seeds, folds
    [
        [[0.9, 0.8, 0.85], [0.92, 0.81, 0.88]],
        [[0.7, 0.6, 0.68], [0.7, 0.63, 0.66]],
        [[0.9, 0.8, 0.85], [0.9, 0.79, 0.89]],
    ]
)


def report(**values):
    params = ({"hidden": [8], "l2": 0.0}, {"hidden": [4], "l2": 0.0}, {"hidden": [16], "l2": 0.0})
    return SeedReport(**{
        "scoring": "accuracy", "params": params, "seeds": (1, 2), "scores": SCORES, "test_share": 0.5,
        "confidence": 0.95, **values,
    })  # fmt: skip


@pytest.fixture(scope="module")
def search():
    pipeline = make_pipeline(StandardScaler(), classifier(epochs=6))
    grid = {"nnclassifier__learning_rate": [1e-5, 0.02, 0.03]}
    return GridSearchCV(pipeline, grid, cv=3, scoring="accuracy", refit=False).fit(*IRIS)


class TestValues:
    def test_the_interval_of_a_mean_is_that_of_its_seeds(self):
        found = report()
        by_seed = SCORES.mean(axis=2)
        for place, interval in enumerate(found.intervals):
            expected = stats.t.interval(0.95, 1, by_seed[place].mean(), stats.sem(by_seed[place]))
            np.testing.assert_allclose(interval, expected)
        np.testing.assert_allclose(found.means, SCORES.mean(axis=(1, 2)))

    def test_differences_are_paired_and_corrected(self):
        """As `corrected_std` and `compute_corrected_ttest` of scikit-learn's example, on the means over seeds."""
        found = report()
        differences = (SCORES[0] - SCORES[1]).mean(axis=0)
        error = np.sqrt(np.var(differences, ddof=1) * (1 / 3 + 1 / 2))
        t = differences.mean() / error
        assert found.differences[1] == pytest.approx(differences.mean())
        assert found.p_values[1] == pytest.approx(2 * stats.t.sf(t, 2))
        np.testing.assert_allclose(
            found.difference_intervals[1], differences.mean() + stats.t.ppf(0.975, 2) * error * np.array([-1, 1])
        )

    def test_what_is_the_same_has_no_difference(self):
        found = report(scores=SCORES[[0, 0]], params=({}, {}))
        assert (found.differences[1], found.p_values[1], *found.difference_intervals[1]) == (0, 1, 0, 0)

    def test_the_confidence(self):
        wide, narrow = (np.ptp(report(confidence=value).difference_intervals[1]) for value in (0.99, 0.5))
        assert wide > narrow

    def test_luck_is_seldom_called_better(self):
        """The interval holds where candidates differ by the luck of folds and seeds alone."""
        rng, wrong = np.random.default_rng(0), 0
        for _ in range(400):
            folds, noise = rng.normal(size=(2, 1, 5)), rng.normal(size=(2, 4, 5))
            low, high = report(scores=folds + noise, params=({}, {}), test_share=0.25).difference_intervals[1]
            wrong += low > 0 or high < 0
        assert wrong < 0.05 * 400  # folds of a real cross-validation share rows, and leave less room

    def test_it_pickles(self):
        again = pickle.loads(pickle.dumps(report()))
        assert str(again) == str(report())


class TestShown:
    def test_text(self):
        assert str(report()) == (
            "accuracy: means of 2 seeds x 3 folds, intervals of 95%\n"
            "\n"
            "     hidden   mean    low   high   lead  lead_low  lead_high  p_value\n"
            "rank                                                                 \n"
            "1       [8] 0.8600 0.7329 0.9871                                     \n"
            "2       [4] 0.6617 0.6405 0.6828 0.1983    0.1575     0.2392   0.0023\n"
            "3      [16] 0.8550 0.7915 0.9185 0.0050   -0.0290     0.0390   0.5918\n"
            "\n"
            "1 is better than 2 by 0.1983 (0.1575 to 0.2392)\n"
            "1 leads 3 by 0.0050 (-0.0290 to 0.0390), which may be chance"
        )

    def test_html(self):
        shown = report()._repr_html_()
        assert shown.startswith("<p>accuracy: means of 2 seeds x 3 folds, intervals of 95%</p>\n<table")
        assert "<li>1 is better than 2 by 0.1983 (0.1575 to 0.2392)</li>" in shown

    def test_text_of_others_is_no_html(self):
        shown = report(scoring="<b>", params=({"a": "<i>"}, {"a": "<u>"}), scores=SCORES[:2])._repr_html_()
        assert not any(tag in shown for tag in ("<b>", "<i>", "<u>"))
        assert "&lt;b&gt;: means" in shown

    def test_a_table(self):
        table = report().table
        assert table.index.tolist() == [1, 2, 3]
        assert table["hidden"].tolist() == ["[8]", "[4]", "[16]"]
        assert table["p_value"].isna().tolist() == [True, False, False]
        assert report(params=({"hidden": [8]},), scores=SCORES[:1]).table.columns[0] == "hidden"


class TestOfASearch:
    def test_all_fits_are_one_stack(self, search, monkeypatch):
        sizes = []

        def watched(members, *others, original=executor.train_stack):
            sizes.append(len(members))
            return original(members, *others)

        monkeypatch.setattr(executor, "train_stack", watched)
        found = seed_report(search, *IRIS, n_seeds=2)
        assert sizes == [3 * 2 * 3]
        assert found.scoring == "accuracy"
        assert found.scores.shape == (3, 2, 3)
        assert found.test_share == pytest.approx(0.5)
        assert found.params[2] == {"nnclassifier__learning_rate": 1e-5}
        assert found.difference_intervals[2][0] > 0
        for place, params in enumerate(found.params[:2]):
            for number, seed in enumerate(found.seeds):
                alone = search.estimator.set_params(**params, nnclassifier__random_state=seed)
                scores = cross_val_score(alone, *IRIS, cv=3)
                np.testing.assert_allclose(found.scores[place, number], scores, atol=0.021)  # a row

    @pytest.mark.slow
    def test_seeds_follow_from_random_state(self, search):
        seeds = [
            seed_report(search, *IRIS, n_seeds=n, n_candidates=1, random_state=r).seeds
            for n, r in ((3, 1), (2, 1), (2, 2))
        ]
        assert seeds[0][:2] == seeds[1] != seeds[2]
        assert len(set(seeds[0])) == 3

    def test_models_of_others_and_steps_that_are_replaced(self):
        steps = {"model": [RandomForestClassifier(5), classifier(epochs=1)]}
        search = GridSearchCV(Pipeline([("model", classifier())]), steps, cv=2).fit(*IRIS)
        found = seed_report(search, *IRIS, n_seeds=2)
        assert found.means[0] > 0.9
        assert found.scoring == "score"
        assert found.table["model"][1] == "RandomForestClassifier(n_estimators=5)"

    def test_a_halving_search_has_the_candidates_of_its_last_round(self):
        grid = {"learning_rate": [1e-5, 1e-4, 0.01, 0.02]}
        search = HalvingGridSearchCV(classifier(epochs=2), grid, cv=2, factor=2, min_resources=60, random_state=0)
        found = seed_report(search.fit(*IRIS), *IRIS, n_seeds=2)
        last = search.cv_results_["iter"] == search.cv_results_["iter"].max()
        expected = [one for one, is_last in zip(search.cv_results_["params"], last, strict=True) if is_last]
        assert sorted(map(str, found.params)) == sorted(map(str, expected))

    @pytest.mark.slow
    def test_quantities_with_weights(self):
        X, y = quantities()
        weights = np.linspace(0.5, 2, 60)
        search = GridSearchCV(regressor(epochs=1), {"l2": [0.0, 0.1]}, cv=2).fit(X, y, sample_weight=weights)
        found = seed_report(search, X, y, n_seeds=2, n_candidates=1, sample_weight=weights)
        assert found.scores.shape == (1, 2, 2)
        assert str(found).count("\n") == 4


class TestMistakes:
    @pytest.mark.parametrize(
        "given, found",
        [
            ({"n_seeds": 1}, "n_seeds must be an integer of at least 2, got 1"),
            ({"n_candidates": 0}, "n_candidates must be an integer of at least 1, got 0"),
            ({"confidence": 95}, "confidence must be a number between 0 and 1, got 95"),
        ],
    )
    def test_numbers(self, search, given, found):
        assert message_of(lambda: seed_report(search, *IRIS, **given)) == found

    def test_nothing_takes_a_seed(self):
        search = GridSearchCV(LinearRegression(), {"positive": [False]}).fit(*quantities())
        assert message_of(lambda: seed_report(search, *quantities())) == (
            "the estimator has no parameter random_state, so all seeds give the same scores"
        )

    def test_one_fold(self):
        search = GridSearchCV(LinearRegression(), {"positive": [False]}, cv=ShuffleSplit(1, random_state=0))
        assert message_of(lambda: seed_report(search.fit(*quantities()), *quantities())) == (
            "the search has one fold, so differences have no standard deviation\n"
            "  hint: use several folds, such as cv=5"
        )

    def test_not_fitted(self):
        with pytest.raises(NotFittedError, match="This GridSearchCV instance is not fitted yet"):
            seed_report(GridSearchCV(LinearRegression(), {}), *quantities())
