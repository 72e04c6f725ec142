"""Recommenders on the command line: training on pairs, scores, recommendations, and mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nnbuild
from cli.running import printed, run, table
from nnbuild.inputs.files import bundled_names

ITEMS = ["tea", "milk", "juice", "gin", "rum", "ale"]
PAIRS = pd.DataFrame(
    [(f"u{user}", ITEMS[(user % 2) * 3 + item]) for user in range(12) for item in {user % 3, (user + 1) % 3}],
    columns=["who", "what"],
)
SET = ("--set", "dim=2", "--epochs", "2")
TWO = "a table with a column of users and a column of items"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with pairs, a recommender of them, and the printed results of its training."""
    folder = tmp_path_factory.mktemp("recommender")
    PAIRS.to_csv(folder / "pairs.csv", index=False)
    words = (
        "--data",
        folder / "pairs.csv",
        *SET,
        "--seed",
        3,
        "--out",
        folder / "m.nnb",
        "--report",
        folder / "m.html",
    )
    (folder / "run.json").write_text(printed("train", "two_tower", *words, "--json"), "utf-8")
    return folder


def test_held_out_pairs_are_scored(here):
    found = json.loads(Path("run.json").read_text("utf-8"))
    assert (found["recipe"], found["estimator"], found["task"]) == ("two_tower", "NNRecommender", "binary")
    assert found["data"]["targets"] == ["what"]
    assert found["data"]["n_train"] + found["data"]["n_test"] == len(PAIRS)
    assert list(found["scores"]["values"]) == list(found["scores"]["baseline"]) == ["hit_rate_at_10"]
    assert found["columns"]["who"] == "ids as integers, 12 known"
    page = Path("m.html").read_text("utf-8")
    assert all(text in page for text in ("hit rate at 10", "the most popular items", "nnbuild recommend "))
    shown = printed("show", "m.nnb")
    assert "data       pairs.csv -> what\n" in shown
    assert "task       recommendation of items to users" in shown


def test_commands_agree_with_the_estimator(here):
    estimator = nnbuild.load("m.nnb")
    PAIRS.iloc[:5, ::-1].assign(more=1).to_csv("new.csv", index=False)
    done = run("predict", "m.nnb", "--data", "new.csv")
    assert done.stderr == "columns ignored, because the model does not use them: more\n"
    found = table(done.stdout)
    assert list(found) == ["who", "what", "score"]
    np.testing.assert_allclose(found["score"], estimator.predict(PAIRS[:5]), rtol=1e-12)
    scores = json.loads(printed("evaluate", "m.nnb", "--data", "new.csv", "--json"))
    assert scores["values"]["hit_rate_at_10"] == estimator.score(PAIRS[:5])
    assert printed("evaluate", "m.nnb", "--data", "new.csv").startswith("data       5 rows of new.csv -> what\n")


def test_items_are_recommended_to_users(here):
    Path("users.csv").write_text("who\nu1\nu2\n", "utf-8")
    estimator = nnbuild.load("m.nnb")
    for words, users, options in (
        (["--user", "u1", "--user", "u2", "-n", "2"], ["u1", "u2"], {"n_items": 2}),
        (["--data", "users.csv", "--user", "u0", "-n", "3"], ["u0", "u1", "u2"], {"n_items": 3}),
        (["--user", "u1", "-n", "6", "--include-seen"], ["u1"], {"n_items": 6, "exclude_seen": False}),
    ):
        expected = estimator.recommend(users, **options)
        pd.testing.assert_frame_equal(table(printed("recommend", "m.nnb", *words)), expected, rtol=1e-12)
    printed("recommend", "m.nnb", "--user", "u1", "-n", "1", "--json", "--out", "best.json")
    (best,) = json.loads(Path("best.json").read_text("utf-8"))
    assert best == estimator.recommend(["u1"], 1).iloc[0].to_dict()


def test_items_are_recommended_to_new_users(here):
    printed("train", "item_set", "--data", "pairs.csv", *SET, "--set", "length=3", "--out", "set.nnb")
    had = pd.DataFrame({"who": ["ann", "ann", "bob"], "what": ["tea", "milk", "rum"]})
    had.to_csv("had.csv", index=False)
    found = table(printed("recommend", "set.nnb", "--interactions", "had.csv", "-n", 2))
    expected = nnbuild.load("set.nnb").recommend(["ann", "bob"], 2, interactions=had)
    pd.testing.assert_frame_equal(found, expected, rtol=1e-12)
    done = run("recommend", "set.nnb", "--interactions", "had.csv", "--user", "an")
    assert (done.exit_code, done.stderr) == (
        1, "had.csv: unknown user 'an'\n  allowed: ann, bob\n  hint: did you mean 'ann'?\n",
    )  # fmt: skip
    done = run("recommend", "m.nnb", "--interactions", "had.csv")
    assert done.stderr.startswith("m.nnb: interactions is not supported: the network has the input 'user'")


def test_a_model_that_was_saved_in_python(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    had = pd.DataFrame({"who": [1, 1, 2, 2], "what": ["x", "y", "y", "z"]})
    had.to_csv("had.csv", index=False)
    estimator = nnbuild.NNRecommender(dim=2, epochs=1, random_state=0).fit(had)
    estimator.save("r.nnb")
    assert "\ncolumns    2: who, what\n" in printed("show", "r.nnb")
    assert table(printed("predict", "r.nnb", "--data", "had.csv"))["score"].tolist() == pytest.approx(
        estimator.predict(had).tolist()
    )
    best = table(printed("recommend", "r.nnb", "--user", 2, "-n", 1))
    assert best[["who", "what"]].values.tolist() == [[2, "x"]]


def test_weights_and_ids_are_read_from_the_file(tmp_path, monkeypatch):
    from nnbuild.runs.data.pairs import read_pairs

    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("user,stars,item,day\n7,4.5,007,1\n8,2,12,2\n", "utf-8")
    pairs = read_pairs("t.csv", weight="stars", drop=["day"])
    assert (pairs.X["user"].tolist(), pairs.X["item"].tolist()) == ([7, 8], ["007", "12"])
    assert pairs.weights.tolist() == [4.5, 2.0]
    assert pairs.text() == "t.csv: 2 rows, user -> item"


def test_held_out_pairs_have_users_of_the_training_set(here):
    from nnbuild.runs.data.pairs import read_pairs

    PAIRS.iloc[[0, *range(len(PAIRS))]].to_csv("twice.csv", index=False)
    train, test = read_pairs("twice.csv").split(0.4, 0)
    assert set(test.X["who"]) <= set(train.X["who"])
    assert not set(map(tuple, test.X.to_numpy())) & set(map(tuple, train.X.to_numpy()))
    assert len(train) + len(test) == len(PAIRS) + 1


FILES = {
    "arrays.npz": None,
    "negative.csv": "a,b,w\nx,y,1\nx,z,-2\n",
    "words.csv": "a,b,w\nx,y,good\nx,z,bad\n",
    "hole.csv": "a,b\nx,y\nx,\n",
    "one.csv": "a\nx\n",
    "single.csv": "a,b\n" + "".join(f"u{n},i{n}\n" for n in range(20)),
    "other.csv": "who,thing\nu1,tea\n",
    "users.csv": "name,age\nu1,3\n",
    "numbers.csv": "a,y\n" + "".join(f"{n},{n % 3}\n" for n in range(12)),
}
ONLY = "NNClassifier and NNRegressor"
OPTIONS = "pass the other columns as --drop COLUMN, and a column of weights as --weight COLUMN"
# Line: exit code and message.
MISTAKES = {
    "train two_tower": (2, f"the recipe has no default data; pass a file with --data FILE: {TWO}"),
    "train two_tower --data pairs.csv --target what": (2, "--target is not supported by NNRecommender"),
    "train two_tower --data pairs.csv --task regression": (2, "--task is not supported by NNRecommender"),
    "train neumf --data pairs.csv --scale-target none": (
        2, "--scale-target is not supported by NNRecommender",
    ),
    "train item_set --data pairs.csv --prepare none": (2, "--prepare is not supported by NNRecommender"),
    "train two_tower --data pairs.csv --drop-missing-target": (
        2, "--drop-missing-target is not supported by NNRecommender",
    ),
    "train mlp --data numbers.csv --weight a": (2, f"--weight is not supported by {ONLY}"),
    "train --data numbers.csv --weight a": (2, f"--weight is not supported by {ONLY}"),
    "train regression_mlp --data numbers.csv --task classification": (
        2, "--task classification contradicts the recipe, which is for regression",
    ),
    "train classifier.json --data numbers.csv --task regression": (
        2, "--task regression contradicts the recipe, which is for classification",
    ),
    "search regression_mlp --data numbers.csv --task classification": (
        2, "--task classification contradicts the recipe, which is for regression",
    ),
    "train classifier.json --data numbers.csv": (
        1, "numbers.csv: the targets are those of the task 'multiclass', but the recipe is for 'binary'",
    ),
    "train two_tower --data zzz.csv": (
        1, f"no such file or bundled data set: 'zzz.csv'\n  allowed: a file, or {', '.join(bundled_names())}",
    ),
    "train two_tower --data negative.csv": (
        1, f"negative.csv: requires two columns, users and items, got 3: 'a', 'b', 'w'\n  hint: {OPTIONS}",
    ),
    "train two_tower --data one.csv": (
        1, f"one.csv: requires two columns, users and items, got 1: 'a'\n  hint: {OPTIONS}",
    ),
    "train two_tower --data hole.csv --drop a,b": (
        1, f"hole.csv: requires two columns, users and items, got 0: none\n  hint: {OPTIONS}",
    ),
    "train two_tower --data hole.csv --drop c": (1, "hole.csv: has no column 'c'\n  allowed: a, b"),
    "train two_tower --data hole.csv --weight c": (1, "hole.csv: has no column 'c'\n  allowed: a, b"),
    "train two_tower --data negative.csv --weight w": (
        1, "negative.csv: weight 'w' must be a number of 0 or more, got -2 in line 3",
    ),
    "train two_tower --data words.csv --weight w": (
        1, "words.csv: weight 'w' is not numeric: it contains values such as 'good'",
    ),
    "train two_tower --data hole.csv": (1, "hole.csv: column 'b' has no id in line 3\n  hint: drop this row"),
    "train two_tower --data arrays.npz": (
        1, "arrays.npz: contains arrays, but a recommender requires a table of users and items",
    ),
    "train two_tower --data pairs.csv --test-data other.csv": (
        1, "other.csv: has no column 'what'\n  allowed: thing, who",
    ),
    "train two_tower --data single.csv": (
        1, "single.csv: no user has two items, so no interaction can be held out\n  hint: pass --test-data FILE",
    ),
    "train tiny.json --data pairs.csv": (
        1, "inputs: the recipe of a recommender must have the inputs 'item' and 'user', 'history' or both, "
        "got 'input'\n"
        "  hint: use a recipe of the gallery such as 'two_tower', 'neumf' or 'item_set'",
    ),
    "recommend m.nnb": (2, "pass users with --user ID, or a file of users with --data FILE"),
    "recommend m.nnb --user u1 -n 0": (2, "Invalid value for '-n' / '--n-items': 0 is not in the range x>=1."),
    "recommend n.nnb --user u1": (1, "n.nnb: no such file\n  hint: did you mean 'm.nnb'?"),
    "recommend pairs.csv --user u1": (
        1, "pairs.csv: is not a model file\n  hint: pass a file written by save of an estimator",
    ),
    "recommend m.nnb --user u1 --out m.nnb": (
        1, "m.nnb: is another file of this command\n  hint: choose another name",
    ),
    "recommend m.nnb --user u99": (
        1, "m.nnb: unknown user 'u99'\n  allowed: ..., u2, u3, u4, u5, u6, u7, u8, u9\n  hint: did you mean 'u9'?",
    ),
    "recommend m.nnb --data zzz.csv": (
        1, f"no such file or bundled data set: 'zzz.csv'\n  allowed: a file, or {', '.join(bundled_names())}",
    ),
    "recommend m.nnb --data users.csv": (1, "users.csv: has no column 'who'\n  allowed: age, name"),
    "recommend m.nnb --user u1 -n 7": (1, "m.nnb: n_items=7, but there are only 6 items"),
    "predict m.nnb --data pairs.csv --proba": (1, "m.nnb: --proba is not supported for NNRecommender"),
    "predict m.nnb --data other.csv": (
        1, "other.csv: has no column 'what'\n  allowed: thing, who",
    ),
    "evaluate m.nnb --data pairs.csv --target what": (2, "--target is not supported by NNRecommender"),
    "evaluate m.nnb --data hole.csv": (1, "hole.csv: has no column 'who'\n  allowed: a, b"),
}  # fmt: skip


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_is_one_message(line, here):
    for name, text in FILES.items():
        np.savez(name, X=np.zeros((3, 2))) if text is None else Path(name).write_text(text, "utf-8")
    layers = {"nnbuild": 1, "layers": [{"type": "Dense", "units": 2}]}
    Path("classifier.json").write_text(json.dumps({**layers, "estimator": "NNClassifier", "task": "binary"}), "utf-8")
    Path("tiny.json").write_text(json.dumps({**layers, "estimator": "NNRecommender"}), "utf-8")
    code, message = MISTAKES[line]
    done = run(*line.split())
    assert (done.exit_code, done.stdout) == (code, "")
    assert (done.stderr.splitlines()[-1] if code == 2 else done.stderr) == (
        f"Error: {message}" if code == 2 else f"{message}\n"
    )
