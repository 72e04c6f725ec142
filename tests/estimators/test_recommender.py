"""`NNRecommender`: scores, recommendations, negatives and messages."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV

import nnbuild
from estimators.samples import message_of, same_bits
from nnbuild import NNRecommender, Recipe, RecipeError
from nnbuild.model_selection import leave_one_out

N_USERS, N_SHELVES, WIDTH, N_HAD = 48, 4, 15, 7
N_ITEMS = N_SHELVES * WIDTH
QUICK = {"dim": 8, "batch_size": 64, "learning_rate": 0.02, "random_state": 0}
TINY = {**QUICK, "epochs": 1}


@pytest.fixture(scope="module")
def shelves():
    """Interactions of each user with items of one of four shelves; all items are equally popular."""
    rng = np.random.default_rng(0)
    taken = [rng.choice(WIDTH, N_HAD, replace=False) + WIDTH * (user % N_SHELVES) for user in range(N_USERS)]
    rows = [(f"u{user:02d}", int(item)) for user, items in enumerate(taken) for item in items]
    return pd.DataFrame(rows, columns=["customer", "product"]).sample(frac=1, random_state=0, ignore_index=True)


@pytest.fixture(scope="module")
def parts(shelves):
    """Training set, and a test set with one item of each user."""
    train, test = leave_one_out(shelves, 0)
    return shelves.iloc[train], shelves.iloc[test]


@pytest.fixture(scope="module")
def fitted(parts):
    return NNRecommender(**QUICK, epochs=10).fit(parts[0])


@pytest.fixture(scope="module")
def of_sets(parts):
    return NNRecommender("item_set", **QUICK, length=8, epochs=10).fit(parts[0])


def shelf_of(items):
    return np.asarray(items, int) // WIDTH


def most_popular_rate(train, test):
    """Hit rate of the ten most popular items that each user had not."""
    order = train["product"].value_counts(sort=True).index.to_numpy()
    had = train.groupby("customer")["product"].agg(set)
    return np.mean([item in [i for i in order if i not in had[user]][:10] for user, item in test.to_numpy()])


@pytest.mark.slow
def test_scores_exceed_those_of_the_most_popular_items(fitted, of_sets, parts):
    train, test = parts
    assert most_popular_rate(train, test) < 0.35
    assert fitted.score(test) > 0.8
    assert of_sets.score(test) > 0.9


def test_a_diagnosis_has_no_scores_of_pairs(fitted, parts):
    assert list(fitted.diagnose(parts[0])) == []


def test_recommendations_are_the_best_new_items(fitted, parts):
    users = ["u03", "u00", "u03"]
    found = fitted.recommend(users, n_items=5)
    assert list(found) == ["customer", "product", "score"]
    assert found["customer"].tolist() == np.repeat(users, 5).tolist()
    assert found["product"].dtype == np.int64
    np.testing.assert_array_equal(found["score"], fitted.predict(found[["customer", "product"]]))
    train = parts[0]
    for user, rows in found[:10].groupby("customer"):
        had = set(train.loc[train["customer"] == user, "product"])
        rest = pd.DataFrame([(user, item) for item in fitted.items_ if item not in had], columns=found.columns[:2])
        best = rest.assign(score=fitted.predict(rest)).sort_values("score", ascending=False, kind="stable")[:5]
        assert best["product"].tolist() == rows["product"].tolist()
    assert found[:5].equals(found[10:].reset_index(drop=True))


def test_seen_items_may_be_included(fitted, parts):
    train = parts[0]
    had = set(train.loc[train["customer"] == "u01", "product"])
    everything = fitted.recommend(["u01"], n_items=N_ITEMS, exclude_seen=False)
    assert sorted(everything["product"]) == list(range(N_ITEMS))
    assert len(had & set(everything["product"][:10])) >= 5
    assert fitted.recommend([], n_items=3).shape == (0, 3)
    assert fitted.preparation_.summary() == ["48 users, 60 items, 288 interactions"]


def test_the_score_is_the_rate_of_hits_among_ten(fitted, parts):
    test = parts[1]
    best = fitted.recommend(test["customer"], n_items=10)["product"].to_numpy().reshape(-1, 10)
    hits = (best == test["product"].to_numpy()[:, None]).any(axis=1)
    assert fitted.score(test) == hits.mean()
    weights = np.arange(len(test))
    assert fitted.score(test, sample_weight=weights) == pytest.approx(np.average(hits, weights=weights))
    order = np.random.default_rng(0).permutation(len(test))
    assert fitted.score(test.iloc[order]) == hits.mean()
    twice = pd.concat([test, test[~hits], test[~hits]])
    assert fitted.score(twice) == pytest.approx(hits.sum() / len(twice))


def test_ties_count_in_order():
    had = [["a", 1], ["a", 2], *(["b", item] for item in range(3, 30))]
    recommender = NNRecommender(**TINY).fit(had)
    rows = [["new", item] for item in range(1, 30)]  # all items are as popular as the others
    assert [recommender.score([row]) for row in rows] == [1.0] * 10 + [0.0] * 19
    assert recommender.recommend(["new"], 3)["item"].tolist() == [1, 2, 3]


def test_unknown_users_get_the_most_popular_items():
    had = [["a", "tea"], ["b", "tea"], ["a", "milk"], ["c", "gin"], ["b", "milk"], ["d", "tea"]]
    recommender = NNRecommender(**TINY).fit(had)
    found = recommender.recommend(["new"], n_items=3)
    assert found["item"].tolist() == ["tea", "milk", "gin"]
    assert found["score"].tolist() == [0.75, 0.5, 0.25]
    assert recommender.predict([["new", "tea"], ["new", "rum"], ["a", "rum"]]).tolist() == [0.75, 0.0, 0.0]
    assert recommender.score([["a", "rum"]]) == 0.0
    assert 0 < recommender.predict([["a", "gin"]])[0] < 1


def test_interactions_of_new_users(of_sets):
    had = pd.DataFrame({"who": ["x", "x", "y", "y", "z"], "what": [16, 18, 47, 50, 1000]})
    found = of_sets.recommend(["x", "y", "z"], n_items=6, interactions=had)
    assert shelf_of(found["product"][:6]).tolist() == [1] * 6
    assert shelf_of(found["product"][6:12]).tolist() == [3] * 6
    assert not set(found["product"][:12]) & {16, 18, 47, 50}
    popular = of_sets.recommend(["nobody"], n_items=6)  # z has no item of the training set
    assert found["product"][12:].tolist() == popular["product"].tolist()


def test_negatives_are_drawn_in_each_epoch_from_unseen_items(parts, monkeypatch):
    seen = []
    draw = nnbuild.inputs.interactions.NegativeSampling.__call__

    def listening(self, X, y, rng):
        made = draw(self, X, y, rng)
        (target,) = y.values()
        seen.append([(made[0][name], np.ravel(target)) for name in ("user", "item")])
        return made

    monkeypatch.setattr(nnbuild.inputs.interactions.NegativeSampling, "__call__", listening)
    train = parts[0]
    recommender = NNRecommender(**{**TINY, "batch_size": 4096}, n_negatives=3).set_params(epochs=2).fit(train)
    assert len(seen) == 2
    had, sets = recommender.preparation_, []
    for (users, target), (items, _) in seen:
        assert len(users) == 4 * len(train)
        assert target.sum() == len(train)
        assert had.contains(users, items).tolist() == (target == 1).tolist()
        sets.append(set(zip(users[target == 0].tolist(), items[target == 0].tolist(), strict=True)))
    assert len(sets[0] & sets[1]) < 0.5 * len(sets[0])


@pytest.mark.slow
def test_validation_of_random_interactions_is_no_better_than_chance():
    rng = np.random.default_rng(0)
    chance = pd.DataFrame([(user, item) for user in range(80) for item in rng.choice(12, 5, replace=False)])
    settings = {"dim": 16, "epochs": 20, "batch_size": 256, "learning_rate": 0.02, "random_state": 0}
    recommender = NNRecommender(**settings, validation="random", validation_fraction=0.3).fit(chance)
    no_better = np.log(5) - 0.8 * np.log(4)  # loss of a constant prediction of one pair in five
    assert min(recommender.history_.curves["val_loss"]) > no_better


def test_members_have_their_own_negatives_and_are_averaged(parts):
    train, test = parts
    pair = NNRecommender(**TINY, n_members=2).fit(train)
    assert same_bits(pair.members_[0], NNRecommender(**TINY).fit(train), test)
    assert not same_bits(*pair.members_, test)
    means = np.mean([member.predict(test) for member in pair.members_], axis=0)
    np.testing.assert_allclose(pair.predict(test), means, rtol=1e-6)


def test_sample_weights(parts):
    train, test = parts
    weights = np.random.default_rng(0).integers(0, 3, len(train))
    weighted = NNRecommender(**TINY).fit(train, sample_weight=weights)
    assert same_bits(weighted, NNRecommender(**TINY).fit(train[weights > 0], sample_weight=weights[weights > 0]), test)
    scaled = NNRecommender(**TINY).fit(train, sample_weight=2.5 * weights)
    np.testing.assert_allclose(scaled.predict(test), weighted.predict(test), atol=1e-5)
    assert not np.allclose(weighted.predict(test), NNRecommender(**TINY).fit(train[weights > 0]).predict(test))


def test_early_stopping_with_a_validation_set(parts):
    train, test = parts
    settings = {"validation_fraction": 0.2, "early_stopping": {"patience": 2}}
    recommender = NNRecommender(**{**QUICK, "epochs": 30, "learning_rate": 0.1, **settings}).fit(train)
    assert recommender.history_.stopped == "early_stopping"
    assert recommender.best_epoch_ == np.argmin(recommender.history_.curves["val_loss"]) + 1
    user = train["customer"].iloc[0]
    had = set(train.loc[train["customer"] == user, "product"])  # held out or not
    assert not had & set(recommender.recommend([user], n_items=N_ITEMS - N_HAD)["product"])
    assert recommender.score(test) > 0.5


@pytest.mark.parametrize(
    "form",
    [
        lambda X: X.to_numpy().tolist(),
        lambda X: pd.DataFrame({"item": X["product"], "user": X["customer"]}),
        lambda X: X.astype({"product": float, "customer": "category"}),
    ],
    ids=["list", "by name", "dtypes"],
)
def test_forms_of_pairs(parts, form):
    train, test = parts
    recommender = NNRecommender(**TINY).fit(form(train))
    np.testing.assert_array_equal(recommender.predict(form(test)), NNRecommender(**TINY).fit(train).predict(test))
    assert recommender.n_features_in_ == 2
    found = recommender.recommend(["u01"], n_items=2)
    assert list(found)[2:] == ["score"]
    assert next(iter(found)) in ("customer", "user")


def test_searches_choose_by_hit_rate(shelves):
    folds = [leave_one_out(shelves, seed) for seed in range(2)]
    search = GridSearchCV(NNRecommender(**QUICK, epochs=8), {"learning_rate": [1e-5, 0.02]}, cv=folds)
    search.fit(shelves)
    assert search.best_params_ == {"learning_rate": 0.02}
    worst, best = search.cv_results_["mean_test_score"]
    assert worst < 0.5 < best


def test_many_users_are_scored_in_batches(fitted, parts, monkeypatch):
    before = fitted.score(parts[1]), fitted.recommend(["u01", "u02", "new", "u03"])
    monkeypatch.setattr(nnbuild.estimators.recommender, "ROWS_AT_ONCE", 100)
    assert fitted.score(parts[1]) == before[0]
    found = fitted.recommend(["u01", "u02", "new", "u03"])
    assert found["product"].tolist() == before[1]["product"].tolist()


def test_max_tokens_keeps_only_the_most_frequent():
    had = [["a", 1], ["b", 1], ["a", 2], ["b", 2], ["c", 3], ["c", 4], ["d", 3]]
    recommender = NNRecommender(**TINY, items=4, users=4).fit(had)
    assert recommender.items_.tolist() == [1, 2, 3]
    assert recommender.predict([["c", 3], ["a", 4], ["d", 1]]).tolist()[1:] == [0.0, 2 / 3]
    assert recommender.recommend(["d"], n_items=3)["item"].tolist() == [1, 2, 3]


HAD = [["ann", "tea"], ["ann", "milk"], ["bob", "tea"], ["bob", "gin"]]
PAIR = "pass a DataFrame or an array of shape (n_samples, 2)"
COLUMNS = "\n  hint: pass X[[USERS, ITEMS]], users in the first column and items in the second"


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (None, f"X must contain a user and an item per row, got NoneType\n  hint: {PAIR}"),
        ([["ann"]], f"X must have two columns, users and items, got an array of shape (1, 1){COLUMNS}"),
        (
            pd.DataFrame({"user": ["ann"], "item": ["tea"], "price": [2]}),
            f"X must have two columns, users and items, got 3: 'item', 'price', 'user'{COLUMNS}",
        ),
        (np.empty((0, 2), object), "X has no interactions: it has 0 rows"),
        (
            [*HAD, ["ann", None]],
            "X['item'] has 1 missing id, the first in row 4\n  hint: replace missing ids, for example by -1 or ''",
        ),
        ([["ann", 1.5]], "X['item'] must contain ids that are all integers or all text, got 1.5"),
        (
            [*HAD, ["ann", "gin"]],
            "user 'ann' has interactions with all 3 items of X, so no negative can be drawn\n"
            "  hint: drop such users from X",
        ),
    ],
    ids=["none", "one column", "three columns", "no rows", "no item", "1.5", "all items"],
)
def test_mistakes_in_interactions_are_reported(X, message):
    assert message_of(lambda: NNRecommender(**TINY).fit(X)) == message


@pytest.mark.parametrize(
    ("params", "kind", "message"),
    [
        ({"n_negatives": 0}, ValueError, "n_negatives must be an integer of at least 1, got 0"),
        (
            {"recipe": Recipe([{"type": "Dense", "units": 1}]), "dim": None},
            RecipeError,
            "inputs: the recipe of a recommender must have the inputs 'item' "
            "and 'user', 'history' or both, got 'input'\n"
            "  hint: use a recipe of the gallery such as 'two_tower', 'neumf' or 'item_set'",
        ),
        (
            {"recipe": {"inputs": {"user": {"kind": "ids"}, "item": {}}, "layers": [{"type": "Add"}]}, "dim": None},
            RecipeError,
            "inputs.item: must be of kind 'ids' with no shape",
        ),
    ],
    ids=["negatives", "no pairs", "no ids"],
)
def test_mistakes_in_the_recipe_are_reported(params, kind, message):
    if isinstance(params.get("recipe"), dict):
        layers = [{"type": "Concatenate", "inputs": ["user", "item"]}]
        params = {**params, "recipe": {"nnbuild": 1, **params["recipe"], "layers": layers}}
    assert message_of(lambda: NNRecommender(**{**TINY, **params}).fit(HAD), kind) == message


@pytest.fixture(scope="module")
def small():
    return NNRecommender(**TINY).fit([*HAD, ["eve", "gin"], ["eve", "rum"]])


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda r: r.recommend(["ann"], n_items=9), "n_items=9, but there are only 4 items"),
        (
            lambda r: r.recommend(["new", "ann"], n_items=3),
            "n_items=3, but only 2 of 4 items are left for user 'ann'\n  hint: set n_items=2 or exclude_seen=False",
        ),
        (lambda r: r.recommend(["ann"], n_items=0), "n_items must be an integer of at least 1, got 0"),
        (
            lambda r: r.recommend("ann"),
            "users must be a list or array of ids, got a single id: 'ann'\n  hint: pass it in a list",
        ),
        (lambda r: r.recommend([["a", "b"]]), "users must be one-dimensional, got an array of shape (1, 2)"),
        (
            lambda r: r.recommend(["ann", None], 1),
            "users has 1 missing id, the first in row 1\n  hint: replace missing ids, for example by -1 or ''",
        ),
        (
            lambda r: r.recommend(["ann"], 1, exclude_seen="no"),
            "exclude_seen must be True or False, got 'no'",
        ),
        (
            lambda r: r.recommend(["ann"], 1, interactions=HAD),
            "interactions is not supported: the network has the input 'user', "
            "which requires users of the training set\n"
            "  hint: use recipe='item_set', whose only input for users is "
            "their history, or call fit with the new users",
        ),
    ],
)
def test_mistakes_in_users_and_counts_are_reported(small, ask, message):
    assert message_of(lambda: ask(small)) == message


def test_a_user_without_new_items_raises():
    recommender = NNRecommender("item_set", **TINY, length=2).fit([*HAD, ["eve", "gin"]])
    had = [["x", "tea"], ["x", "milk"], ["x", "gin"]]
    assert message_of(lambda: recommender.recommend(["x"], 1, interactions=had)) == (
        "user 'x' has interactions with all 3 items, so none is left\n  hint: set exclude_seen=False"
    )
    assert len(recommender.recommend(["x"], 3, exclude_seen=False, interactions=had)) == 3


def test_an_empty_validation_set_raises():
    last = NNRecommender(**TINY, validation_fraction=0.2, validation="last")
    found = message_of(lambda: last.fit([["a", 1], ["a", 2], ["b", 2], ["b", 3], ["x", 9]]))
    assert found == (
        "the validation set is empty: no held-out interaction has both a user and an item of the training set\n"
        "  hint: set validation='random' or a smaller validation_fraction"
    )
