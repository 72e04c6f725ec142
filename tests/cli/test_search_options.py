"""Options of `nnbuild search`: test set, epochs, report, time budget, and the choice of the recipe by the data."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import nnbuild
from cli.searches import run, without_seconds, write_files
from nnbuild.cli.main import main
from nnbuild.cli.options import Duration
from nnbuild.runs.search.journal_file import JournalEntry

pytestmark = pytest.mark.usefixtures("short_stacks")
HEAVY = ("tensorflow", "keras", "sklearn", "numpy", "pandas", "joblib")
JOURNAL = Path("net_search.csv.journal")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """A folder with a recipe and a table, in which the command runs."""
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path)
    return tmp_path


def test_the_best_candidate_is_scored_on_the_test_set_and_reported(folder):
    head, *lines = Path("table.csv").read_text("utf-8").splitlines()[:25]
    Path("test.csv").write_text("\n".join([head, *lines]) + "\n", "utf-8")
    words = ("--set", "n=4", "--method", "grid", "--jobs", "1", "--epochs", "1", "--test-data", "test.csv")
    done = run(*words, "--out", "best.nnb", "--report", "page.html")
    assert done.exit_code == 0, done.output
    page = Path("page.html").read_text("utf-8")
    best, rows = nnbuild.load("best.nnb"), [line.split(",") for line in lines]
    X = pd.DataFrame([row[:2] for row in rows], columns=["size", "colour"]).astype({"size": float})
    score = best.score(X, [row[2] for row in rows])
    assert best.n_iter_ == 1
    baseline = sum(row[2] == "no" for row in rows) / len(rows)
    assert f"\ntest       accuracy {score:.4f} on 24 rows of test.csv, baseline {baseline:.4g}\n" in done.stdout
    assert "\nreport     page.html\n" in done.stdout
    assert nnbuild.model_info("best.nnb").notes["n_test"] == 24
    assert "nnbuild search net.json --set n=4 --data table.csv --test-data test.csv --epochs 1 --method grid" in page
    assert "nnbuild train net.json --set n=4 --data table.csv --epochs 1 --set rate=" in page
    entries = [json.loads(line) for line in JOURNAL.read_text("utf-8").splitlines()]
    curves = [entry["curves"] for entry in entries if "curves" in entry]
    assert [list(map(len, one.values())) for one in curves] == [[1]] * 4


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_time_budget_ends_the_search_between_batches(n_jobs, folder):
    words = ("--set", "n=4", "--method", "grid", "--jobs", str(n_jobs))
    done = run(*words, "--time-budget", "0.001", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    expected = {"stopped": "time_budget", "interrupted": False, "n_fits_done": n_jobs, "n_fits": 4}
    assert {name: found[name] for name in expected} == expected
    assert (found["best"] is None) == (n_jobs == 1)  # which lacks a fold
    done = run(*words, "--resume", "--time-budget", "1h")
    assert done.exit_code == 0, done.output
    assert f"{JOURNAL}: {'1 fit is' if n_jobs == 1 else '2 fits are'} finished\n" in done.stdout
    assert "stopped" not in done.stdout
    whole = run(*words, "--results", "whole.csv")
    assert whole.exit_code == 0, whole.output
    assert without_seconds(folder / "net_search.csv") == without_seconds(folder / "whole.csv")


def test_the_end_of_the_time_budget_is_printed(folder):
    done = run("--set", "n=4", "--method", "grid", "--jobs", "1", "--time-budget", "0.001")
    assert done.exit_code == 0, done.output
    expected = "stopped    at the end of the time budget, after 1 of 4 fits; continue with --resume\n"
    assert done.stdout.splitlines(keepends=True)[2:] == [expected, "results    net_search.csv: 1 candidate\n"]


@pytest.fixture
def requests(monkeypatch):
    """Requests of searches, which are not run."""
    found = []
    monkeypatch.setattr("nnbuild.runs.search.run.run_search", lambda request, echo: found.append(request) or request)
    monkeypatch.setattr("nnbuild.runs.search.request.SearchRequest.interrupted", False, raising=False)
    return found


@pytest.mark.parametrize("words", [[], ["auto"]], ids=str)
def test_the_data_select_the_recipe(words, requests):
    line = ["search", *words, "--data", "table.csv", "--set", "learning_rate=0.02", "--members", "1"]
    done = CliRunner().invoke(main, line)
    assert done.exit_code == 0, done.output
    (request,) = requests
    assert request.recipe.name == "table"
    assert request.recipe.about["reason"] == "X is a table of 2 columns"
    assert (list(request.recipe.search), request.recipe.params["learning_rate"]) == (["hidden", "weight_decay"], 0.02)
    assert (request.options.results.name, request.options.n_members) == ("auto_search.csv", 1)
    assert request.train_words == (*words, "--set", "learning_rate=0.02", "--data", "table.csv", "--members", "1")


def test_prepare_and_members_are_part_of_the_search(requests):
    done = run("--prepare", "none", "--members", "2", "--time-budget", "90s", "--epochs", "5", "--param", "n=3")
    assert done.exit_code == 0, done.output
    (request,) = requests
    assert (request.options.prepare, request.options.n_members, request.options.time_budget_s) == ("none", 2, 90)
    assert request.recipe.network.training["epochs"] == 5
    assert request.words[-2:] == ("--time-budget", "90")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("10m", 600), ("1.5h", 5400), ("0.25", 0.25), ("8760h", 31_536_000)]
)
def test_times(text, seconds):
    assert Duration().convert(text, None, None) == seconds


@pytest.mark.slow
def test_a_search_of_the_recipe_for_tables():
    done = CliRunner().invoke(
        main,
        ["search", "--data", "table.csv", "--cv", "2", "--members", "1", "--n-iter", "2", "--epochs", "1", "--json"],
    )
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["recipe"], found["reason"], found["n_fits_done"]) == ("table", "X is a table of 2 columns", 4)


def test_a_leftover_journal_is_refused_before_libraries_are_imported():
    entry = JournalEntry({"n": 3}, 0, 0.5, 0.1, 0.1).to_json()
    JOURNAL.write_text("\n".join(['{"recipe": "r"}', entry, '{"whole": true}']) + "\n", "utf-8")
    code = (
        "import sys\nfrom nnbuild.cli.main import main\n"
        f"try: main({['search', 'net.json', '--data', 'table.csv', '--out', 'm.nnb', '--report', 'p.html']})\n"
        f"finally: print(*[name for name in {HEAVY} if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(nnbuild.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "\n")
    assert done.stderr == (
        f"{JOURNAL}: contains 1 fit of an unfinished search\n"
        "  hint: continue with --resume, or remove the file to start a new search\n"
    )
