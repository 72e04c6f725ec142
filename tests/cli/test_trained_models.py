"""`nnbuild predict` and `evaluate`: columns go by name, predictions are CSV, scores are those that train prints."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from sklearn.metrics import mean_pinball_loss

import nnbuild
from nnbuild import NNClassifier, NNRegressor
from nnbuild.cli.main import main

TINY = {"nnbuild": 1, "name": "tiny", "layers": [{"type": "Dense", "units": 4}], "training": {"epochs": 2}}
N = 40
FRAME = pd.DataFrame(
    {
        "size": np.arange(N) / N,
        "colour": ["red", "blue", "red", "green"] * 10,
        "sold": np.where(np.arange(N) > 15, "yes", "no"),
    }
)


def run(*words: object) -> Result:
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with a table and the model that `nnbuild train` made of it."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "tiny.json").write_text(json.dumps(TINY), "utf-8")
    FRAME.to_csv(folder / "table.csv", index=False)
    FRAME.drop(columns="sold").iloc[:, ::-1].assign(more=1).to_csv(folder / "new.csv", index=False)
    run("train", folder / "tiny.json", "--data", folder / "table.csv", "--out", folder / "m.nnb", "--quiet")
    return folder


def table(done: Result) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(done.stdout))


def test_predictions_are_those_of_the_estimator(folder):
    done = run("predict", folder / "m.nnb", "--data", folder / "new.csv", "--proba")
    found, estimator = table(done), nnbuild.load(folder / "m.nnb")
    assert found.iloc[:, 0].tolist() == estimator.predict(FRAME[["size", "colour"]]).tolist()
    assert list(found.columns[1:]) == ["probability of no", "probability of yes"]
    np.testing.assert_allclose(found.iloc[:, 1:], estimator.predict_proba(FRAME[["size", "colour"]]), rtol=1e-6)
    assert done.stderr == "columns ignored, because the model does not use them: more\n"


def test_predictions_as_json_and_in_a_file(folder, tmp_path):
    out = tmp_path / "p.csv"
    assert run("predict", folder / "m.nnb", "--data", folder / "table.csv", "--out", out).stdout == ""
    as_json = json.loads(run("predict", folder / "m.nnb", "--data", folder / "table.csv", "--json").stdout)
    assert [list(row.values()) for row in as_json] == pd.read_csv(out).to_numpy().tolist()


def test_evaluate_agrees_with_scikit_learn(folder):
    done = json.loads(run("evaluate", folder / "m.nnb", "--data", folder / "table.csv", "--json").stdout)
    estimator = nnbuild.load(folder / "m.nnb")
    assert done["n_rows"] == N
    assert done["values"]["accuracy"] == estimator.score(FRAME[["size", "colour"]], FRAME["sold"])
    assert done["baseline"]["accuracy"] == 24 / 40


def test_the_scores_of_the_rows_held_out_are_those_that_train_prints(folder, tmp_path):
    held_out, rest = tmp_path / "held_out.csv", tmp_path / "rest.csv"
    FRAME.iloc[::4].to_csv(held_out, index=False)
    FRAME.drop(FRAME.index[::4]).to_csv(rest, index=False)
    words = (
        "train",
        folder / "tiny.json",
        "--data",
        rest,
        "--test-data",
        held_out,
        "--out",
        tmp_path / "m.nnb",
        "--json",
    )
    trained = json.loads(run(*words).stdout)
    assert (trained["data"]["n_train"], trained["data"]["n_test"]) == (30, 10)
    evaluated = json.loads(run("evaluate", tmp_path / "m.nnb", "--data", held_out, "--json").stdout)
    assert {**evaluated, "training": trained["scores"]["training"]} == trained["scores"]


def test_several_quantities(folder, tmp_path):
    wide = tmp_path / "wide.csv"
    FRAME.assign(twice=2 * FRAME["size"] + 0.1).to_csv(wide, index=False)
    run("train", folder / "tiny.json", "--data", wide, "--target", "size,twice", "--out", tmp_path / "m.nnb", "--quiet")
    found = table(run("predict", tmp_path / "m.nnb", "--data", wide))
    assert found.shape == (N, 2)
    assert found.dtypes.tolist() == ["float64", "float64"]


def test_a_model_that_was_saved_in_python(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X, y = FRAME[["size"]], FRAME["size"].rename("price") * 3
    NNRegressor(TINY, random_state=0).fit(X, y).save("m.nnb")
    pd.concat([y, X], axis=1).to_csv("table.csv", index=False)
    done = run("evaluate", "m.nnb", "--data", "table.csv")
    assert done.stdout.startswith("data       40 rows of table.csv -> price\n")


def test_arrays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X, y = np.random.default_rng(0).normal(size=(N, 3)), np.arange(N) % 2
    NNClassifier(TINY, random_state=0).fit(X, y).save("m.nnb")
    np.savez("d.npz", X=X, y=y)
    np.save("d.npy", X)
    assert run("predict", "m.nnb", "--data", "d.npy").stdout == run("predict", "m.nnb", "--data", "d.npz").stdout
    assert f"{N} rows of d.npz -> y" in run("evaluate", "m.nnb", "--data", "d.npz").stdout


def test_the_target_and_the_columns_of_an_image_are_kept_in_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    image = {**TINY, "inputs": {"image": {"shape": [2, 2, 1]}}, "layers": [{"type": "Flatten"}, *TINY["layers"]]}
    Path("image.json").write_text(json.dumps(image), "utf-8")
    pixels = pd.DataFrame(np.random.default_rng(0).normal(size=(N, 4)), columns=list("abcd")).assign(
        kind=["p", "q"] * 20
    )
    pixels.to_csv("pixels.csv", index=False)
    pixels.iloc[:, ::-1].to_csv("turned.csv", index=False)
    run("train", "image.json", "--data", "pixels.csv", "--out", "m.nnb", "--quiet")
    found = run("predict", "m.nnb", "--data", "pixels.csv").stdout
    assert found.startswith("kind\n")
    assert run("predict", "m.nnb", "--data", "turned.csv").stdout == found


def test_json_has_all_digits(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X, y = FRAME[["size"]], FRAME["size"].rename("größe/1") * 1e-12 + 1e-13
    NNRegressor(TINY, random_state=0).fit(X, y).save("m.nnb", notes={"targets": ["größe/1"]})
    X.to_csv("table.csv", index=False)
    done = run("predict", "m.nnb", "--data", "table.csv", "--json").stdout
    assert [row["größe/1"] for row in json.loads(done)] == nnbuild.load("m.nnb").predict(X).tolist()
    assert '"größe/1": ' in done


@pytest.mark.parametrize(
    "words, message",
    [
        (["--target", "sold,size"], "table.csv: expected 1 target as in training, got 2: 'sold', 'size'"),
        (
            ["--target", "solt"],
            "table.csv: has no column 'solt'\n  allowed: colour, size, sold\n  hint: did you mean 'sold'?",
        ),
        (
            ["--data", "gaps.csv"],
            "gaps.csv: target 'sold' is missing in 1 of 40 rows\n  hint: fill them, or drop these rows",
        ),
    ],
)
def test_targets_that_are_not_those_of_the_training(words, message, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    FRAME.to_csv("table.csv", index=False)
    FRAME.assign(sold=FRAME["sold"].where(FRAME["size"] > 0)).to_csv("gaps.csv", index=False)
    words = ["evaluate", str(folder / "m.nnb"), "--data", "table.csv", *words]
    done = CliRunner().invoke(main, words)
    assert (done.exit_code, done.stderr) == (1, message + "\n")


@pytest.mark.slow
def test_quantiles_have_columns_of_their_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    prices = FRAME.assign(price=10 * FRAME["size"] + 3)[["size", "colour", "price"]]
    prices.to_csv("prices.csv", index=False)
    quantile = {"type": "Quantile", "quantiles": [0.1, 0.5, 0.975]}
    Path("tiny.json").write_text(json.dumps({**TINY, "training": {"epochs": 2, "loss": quantile}}), "utf-8")
    trained = json.loads(run("train", "./tiny.json", "--data", "prices.csv", "--out", "m.nnb", "--json").stdout)
    of_quantiles = ["mean_pinball_loss", "share_below_q0.1", "share_below_q0.5", "share_below_q0.975"]
    measures = ["r2", "mean_absolute_error", "root_mean_squared_error", *of_quantiles]
    assert list(trained["scores"]["values"]) == list(trained["scores"]["training"]) == measures
    found, estimator = table(run("predict", "m.nnb", "--data", "prices.csv")), nnbuild.load("m.nnb")
    assert list(found) == ["price", "price_q0.1", "price_q0.5", "price_q0.975"]
    X = prices[["size", "colour"]]
    np.testing.assert_allclose(found["price"], estimator.predict(X), rtol=1e-12)
    np.testing.assert_allclose(found.iloc[:, 1:], estimator.predict_quantiles(X), rtol=1e-12)
    scores = json.loads(run("evaluate", "m.nnb", "--data", "prices.csv", "--json").stdout)["values"]
    assert scores["r2"] == pytest.approx(estimator.score(X, prices["price"]))
    quantiles, levels = estimator.predict_quantiles(X), quantile["quantiles"]
    losses = [
        mean_pinball_loss(prices["price"], one, alpha=level) for one, level in zip(quantiles.T, levels, strict=True)
    ]
    shares = (prices["price"].to_numpy() < quantiles.T).mean(axis=1)
    np.testing.assert_allclose([scores[name] for name in of_quantiles], [np.mean(losses), *shares])
    lines = run("evaluate", "m.nnb", "--data", "prices.csv").output
    assert "R2 of the median " in lines
    assert "mean absolute error of the median " in lines
    assert "share below q0.1 " in lines
    assert "Quantile" in run("show", "m.nnb").output


def test_a_target_with_the_name_of_a_quantile(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    prices = FRAME.assign(price=10 * FRAME["size"] + 3)[["size", "colour", "price"]]
    prices.assign(**{"price_q0.1": 2.0 * prices["price"]}).to_csv("prices.csv", index=False)
    quantile = {"type": "Quantile", "quantiles": [0.1, 0.5]}
    Path("tiny.json").write_text(json.dumps({**TINY, "training": {"epochs": 2, "loss": quantile}}), "utf-8")
    words = ["train", "./tiny.json", "--data", "prices.csv", "--target", "price", "--target", "price_q0.1"]
    done = CliRunner().invoke(main, words)
    assert (done.exit_code, done.stderr) == (
        1,
        "prices.csv: target 'price_q0.1' has the name of a quantile in the predictions\n"
        "  hint: rename the target in the file\n",
    )
    # An input may have such a name: predictions have no columns of inputs.
    run("train", "./tiny.json", "--data", "prices.csv", "--target", "price", "--out", "m.nnb")
    assert list(table(run("predict", "m.nnb", "--data", "prices.csv"))) == ["price", "price_q0.1", "price_q0.5"]


def test_arrays_with_other_targets(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X, y = np.random.default_rng(0).normal(size=(2, N, 2))
    NNRegressor(TINY, random_state=0).fit(X, y).save("m.nnb")
    np.savez("d.npz", X=X, y=y[:, 0])
    done = CliRunner().invoke(main, ["evaluate", "m.nnb", "--data", "d.npz"])
    assert (done.exit_code, done.stderr) == (1, "d.npz: expected 2 targets as in training, got 1: 'y'\n")
    done = CliRunner().invoke(main, ["evaluate", "m.nnb", "--data", "d.npz", "--target", "y"])
    assert done.stderr == "d.npz: --target is not supported for a file of arrays, whose target is y\n"


@pytest.mark.parametrize("out", ["m.nnb", "./table.csv"])
def test_predictions_take_no_place_of_what_they_are_made_from(out, folder, monkeypatch):
    monkeypatch.chdir(folder)
    before = Path(out).read_bytes()
    done = CliRunner().invoke(main, ["predict", "m.nnb", "--data", "table.csv", "--out", out])
    message = f"{out}: is another file of this command\n  hint: choose another name\n"
    assert (done.exit_code, done.stderr) == (1, message)
    assert Path(out).read_bytes() == before


def test_ids_that_are_too_large(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    embedding = {"type": "Embedding", "input_dim": 5, "output_dim": 2}
    ids = {**TINY, "inputs": {"ids": {"shape": [2], "dtype": "int32"}}, "layers": [embedding, {"type": "Flatten"}]}
    Path("ids.json").write_text(json.dumps(ids), "utf-8")
    X = np.arange(4 * N).reshape(2 * N, 2) % 5
    np.savez("good.npz", X=X, y=np.arange(2 * N) % 2)
    np.savez("bad.npz", X=np.full((1, 2), 7), y=[1])
    run("train", "./ids.json", "--data", "good.npz", "--out", "m.nnb", "--quiet")
    done = CliRunner().invoke(main, ["predict", "m.nnb", "--data", "bad.npz"])
    hint = "  hint: ids must be integers from 0 to input_dim - 1 of the Embedding\n"
    found = "bad.npz: the network does not support these samples: indices[0,0] = 7 is not in [0, 5)\n"
    assert (done.exit_code, done.stderr) == (1, found + hint)
    np.savez("bad.npz", X=X + 7, y=np.arange(2 * N) % 2)
    done = CliRunner().invoke(main, ["train", "./ids.json", "--data", "bad.npz"])
    assert done.exit_code == 1
    assert done.stderr.startswith("bad.npz: the network does not support these samples: indices[")
    assert done.stderr.endswith(" is not in [0, 5)\n" + hint)


def test_a_model_file_that_is_not_there_is_named_by_the_nearest(tmp_path):
    (tmp_path / "model.nnb").touch()
    done = CliRunner().invoke(main, ["show", str(tmp_path / "modl.nnb")])
    assert done.stderr == f"{tmp_path / 'modl.nnb'}: no such file\n  hint: did you mean '{tmp_path / 'model.nnb'}'?\n"
