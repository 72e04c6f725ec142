"""`epochs` from a number of steps: a fit equals one with the same number of epochs, alone, in a stack and by epoch."""

from contextlib import nullcontext

import pytest
from joblib import Parallel, delayed

from estimators.samples import classes, classifier, same_bits
from nnbuild import NNClassifier, Recipe, load, stacked
from nnbuild.runs.search.space import space_of

pytestmark = pytest.mark.usefixtures("short_stacks")

X, Y = classes()  # 60 samples: 4 steps in batches of 16
STEPS = {"steps": 10, "min": 2, "max": 4}
SCHEDULED = {"schedules": {"learning_rate": "Cosine"}}


def scheduled(epochs, **training):
    recipe = {
        "nnbuild": 1,
        "layers": [{"type": "Dense", "units": 8, "activation": "relu"}],
        "training": {"epochs": epochs, "batch_size": 16, **SCHEDULED, **training},
    }
    return NNClassifier(recipe, random_state=0)


def test_stacked_fits_of_different_sizes_have_their_own_epochs():
    fits = [(60, 3), (10, 4), (200, 2)]  # the number of samples, and that of epochs
    data = [classes(n) for n, _ in fits]
    found = {}
    for context in (nullcontext, stacked):
        with context():
            found[context] = Parallel()(delayed(scheduled(STEPS).fit)(*pair) for pair in data)
        assert [one.n_iter_ for one in found[context]] == [n for _, n in fits]
    for alone, one in zip(found[nullcontext], found[stacked], strict=True):
        assert one.predict_proba(X) == pytest.approx(alone.predict_proba(X), abs=1e-5)
    assert same_bits(found[nullcontext][0], scheduled(3).fit(X, Y), X)


def test_members_of_folds_have_the_epochs_of_the_smallest():
    # Folds of 17 and 16 samples leave 48 and 49, which are 3 and 4 steps per epoch.
    ensemble = {"folds": 4, "choose_epoch": "pooled"}
    found = scheduled(STEPS, ensemble=ensemble, early_stopping={"patience": 9}).fit(*classes(65))
    assert [one.n_iter_ for one in found.members_] == [4] * 4


def test_a_number_of_epochs_replaces_the_steps(tmp_path):
    found = scheduled(STEPS).set_params(epochs=1).fit(X, Y)
    assert found.n_iter_ == 1
    assert scheduled(STEPS).set_params(training__epochs__max=2).fit(X, Y).n_iter_ == 2
    found = classifier(epochs=STEPS).fit(X, Y)
    found.save(tmp_path / "steps.nnb")
    again = load(tmp_path / "steps.nnb")
    assert (again.epochs, again.n_iter_, again.recipe_.training["epochs"]) == (STEPS, 3, STEPS)


def test_each_partial_fit_continues_the_schedules():
    found = scheduled(STEPS)
    for _ in range(3):
        found.partial_fit(X, Y, classes=[0, 1, 2])
    assert same_bits(found, scheduled(3).fit(X, Y), X)


def test_halving_ends_with_the_epochs_of_all_samples():
    recipe = Recipe(
        [{"type": "Dense", "units": 4}],
        training={"epochs": {"steps": 90}, "batch_size": 10},
        search={"training__batch_size": [5, 10, 20]},
    )
    assert space_of(recipe, "halving", None, 0, 100).rounds == [(3, 3), (1, 9)]
