"""`nnbuild train` without a recipe: the kind of the data selects it."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from nnbuild.cli.main import main

TINY = ("--set", "joined_units=[2]", "--set", "layers__review_branch__units=2", "--epochs", "1")
REASON = "X has several inputs: 'review' contains texts; the rest is a table of 1 column"


def run(*words: object):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def reviews(tmp_path):
    """A table of 20 rows with texts, prices and labels."""
    rows = [f"this was a {['good', 'bad'][row % 2]} product number {row},{row},{row % 2}" for row in range(20)]
    file = tmp_path / "reviews.csv"
    file.write_text("\n".join(["review,price,liked", *rows]) + "\n", "utf-8")
    return file


@pytest.mark.slow
def test_the_selected_recipe_is_reported_and_saved(reviews, tmp_path):
    out, page = tmp_path / "m.nnb", tmp_path / "m.html"
    done = run("train", *TINY, "--data", reviews, "--out", out, "--report", page)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(
        "recipe     joined, because X has several inputs: 'review' contains texts; the rest is a table of 1\n"
        "             column\ndata       reviews.csv: 20 rows, 2 columns -> liked\n"
    )
    assert f"joined, because {REASON}" in page.read_text("utf-8").replace("&#x27;", "'")
    facts = json.loads(run("show", out, "--json").stdout)
    assert (facts["recipe"], facts["reason"], facts["estimator"]) == ("joined", REASON, "NNClassifier")
    assert "recipe     joined, because X has several inputs" in run("show", out).stdout
    assert len(run("predict", out, "--data", reviews).stdout.split()) == 21
    assert run("evaluate", out, "--data", reviews).exit_code == 0


def test_data_without_a_recipe(tmp_path):
    np.savez(tmp_path / "five.npz", X=np.zeros((4, 2, 2, 2, 2)), y=[0, 1, 0, 1])
    done = run("train", "auto", "--data", tmp_path / "five.npz")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "five.npz: X has samples of shape (2, 2, 2, 2), for which recipe='auto' has no recipe\n"
        "  allowed: tables, texts, series of shape (n_steps, n_channels), images of shape (height, width, channels), "
        "names of image files; and several of them in a DataFrame or a dict\n"
        "  hint: pass a recipe with layers for this shape\n"
    )
