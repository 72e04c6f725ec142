"""`nnbuild search`: output, files, interruption and continuation."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import nnbuild
from cli.searches import RECIPE, run, without_seconds, write_files

pytestmark = pytest.mark.usefixtures("short_stacks")


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder with a recipe and a table, in which the command runs."""
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path)
    return tmp_path


def without_findings(output):
    """The output without the section of findings before the best candidate, which have their own test."""
    return re.sub(r"(?s)\nfindings   .*?\nbest  ", r"\nbest  ", output)


def test_results_are_printed_and_written(folder):
    done = run("--set", "n=4", "--out", "best.nnb", "--method", "grid")
    assert done.exit_code == 0, done.output
    rows = without_seconds(folder / "net_search.csv")
    mean, std = float(rows[0]["mean_test_score"]), float(rows[0]["std_test_score"])
    assert done.stderr == ""
    output = without_findings(done.stdout).splitlines(keepends=True)
    assert "".join(output[:3] + output[5:]) == (
        "data       table.csv: 63 rows, 2 columns -> answer\n"
        "task       classification into 2 classes, because 'answer' is text\n"
        "training   4 fits in 1 program\n"
        f"best       accuracy {mean:.4f} ± {std:.4f}, mean and standard deviation over 2 folds\n"
        f"           rate = {rows[0]['param_rate']}\n"
        "results    net_search.csv: 2 candidates\n"
        "model      best.nnb\n"
    )
    output = [line.partition("  (best ")[0] for line in output[3:5]]
    assert [line[:14] for line in output] == ["1/2  accuracy ", "2/2  accuracy "]
    assert sorted(line.rpartition("  ")[2] for line in output) == ["rate=0.01", "rate=0.1"]
    assert list(rows[0]) == [
        "rank_test_score", "mean_test_score", "std_test_score", "mean_train_score", "split0_test_score",
        "split1_test_score", "param_rate", "error",
    ]  # fmt: skip
    best = nnbuild.load("best.nnb")
    assert best.classes_.tolist() == ["no", "yes"]
    assert best.get_params()["rate"] == json.loads(rows[0]["param_rate"])
    facts = nnbuild.model_info("best.nnb")
    assert dict(facts.metrics) == {"accuracy": float(rows[0]["mean_test_score"])}
    noted = {"source": "table.csv", "targets": ["answer"], "n_train": 63, "n_test": 0, "seed": 0}
    noted["params"] = {"rate": best.get_params()["rate"]}
    assert {name: facts.notes[name] for name in noted} == noted
    assert facts.notes["command"].startswith("nnbuild search net.json --set n=4 --data table.csv ")
    assert facts.notes["scored"].endswith(", mean and standard deviation over 2 folds")


def test_json_is_the_only_output(folder):
    done = run("--param", "n=3", "--param", 'rate={"log_uniform": [0.01, 0.1]}', "--n-iter", "1", "--json", "--quiet")
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["best"]["params"]["n"] == 3
    assert 0.01 <= found["best"]["params"]["rate"] <= 0.1
    assert found["best"]["mean"] == sum(found["best"]["scores"]) / 2
    assert (found["n_fits"], found["n_fits_done"], found["n_fits_before"], found["interrupted"]) == (2, 2, 0, False)


def test_the_positive_label_is_part_of_the_search(folder):
    words = ("--set", "n=4", "--scoring", "recall", "--method", "grid")
    done = run(*words, "--positive", "yes", "--out", "best.nnb")
    assert done.exit_code == 0, done.output
    assert "\nbest       recall of yes " in done.stdout
    facts = nnbuild.model_info("best.nnb")
    assert list(facts.metrics) == ["recall"]
    assert facts.notes["scored"].startswith("recall of yes ")
    assert facts.notes["command"].endswith("--scoring recall --positive yes")
    other = run(*words, "--positive", "no", "--resume")
    assert other.exit_code == 1
    assert other.stderr == (
        "net_search.csv.journal: contains fits of another search: --positive was 'yes' and is 'no'\n"
        "  hint: use the same options as before, or choose another file with --results\n"
    )
    again = json.loads(run(*words, "--positive", "yes", "--resume", "--json").stdout)
    assert (again["positive"], again["n_fits_before"], again["n_fits_done"]) == ("yes", 4, 4)


def test_a_journal_of_an_earlier_version_is_continued(folder):
    words = ("--set", "n=4", "--method", "grid", "--json")
    first = json.loads(run(*words).stdout)
    file = folder / "net_search.csv.journal"
    about, *lines = map(json.loads, file.read_text("utf-8").splitlines())
    del about["--positive"]
    for line in lines:
        line.pop("train_score", None)
    file.write_text("".join(json.dumps(line) + "\n" for line in (about, *lines)), "utf-8")
    again = json.loads(run(*words, "--resume").stdout)
    assert again["n_fits_before"] == 4
    assert again["best"]["scores"] == first["best"]["scores"]
    assert (len(first["best"]["train_scores"]), again["best"]["train_scores"]) == (2, [])


@pytest.mark.slow
def test_overfitting_of_the_best_candidate_is_reported(folder):
    rng = random.Random(0)
    rows = [",".join(f"{rng.gauss(0, 1):.3f}" for _ in range(12)) + f",{rng.choice('ab')}" for _ in range(60)]
    (folder / "table.csv").write_text("\n".join([",".join(f"x{i}" for i in range(12)) + ",y", *rows]) + "\n", "utf-8")
    words = ("--param", "training__batch_size=8", "--set", "n=64", "--set", "rate=0.05", "--set", "training__epochs=40")
    done = run(*words, "--cv", "5", "--out", "best.nnb")
    assert done.exit_code == 0, done.output
    output = done.stdout.partition("\nfindings   ")[2]
    assert output.startswith("overfitting (error)\n             accuracy 1.000 on training rows, 0.")
    assert " on the held-out rows of 5 folds (baseline 0." in output
    commands = [line.strip().removeprefix("try: ") for line in output.splitlines() if " try: " in line]
    assert commands[0] == (
        "nnbuild train net.json --set n=64 --set rate=0.05 --set training__epochs=40 --data table.csv "
        "--set training__batch_size=8 --set training__early_stopping=true"
    )
    found = nnbuild.model_info("best.nnb").notes["findings"]
    assert [finding["code"] for finding in found] == ["overfitting"]
    assert [remedy["command"] for remedy in found[0]["remedies"]] == commands
    (row,) = without_seconds(folder / "net_search.csv")
    assert float(row["mean_train_score"]) > 0.99


def test_scoring_is_checked_before_tensorflow_starts(folder, monkeypatch):
    monkeypatch.setattr("nnbuild.plan.symbolic.start_tensorflow", lambda: pytest.fail("TensorFlow was started"))
    done = run("--scoring", "f1")
    assert (done.exit_code, done.stdout) == (2, "")


def test_an_empty_search_space_lists_the_params(folder):
    plain = {"nnbuild": 1, **RECIPE, "search": {}}
    (folder / "net.json").write_text(json.dumps(plain), "utf-8")
    done = run("--set", "rate=1")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1] == (
        "Error: the search space is empty; add values with --param ADDRESS=VALUES; params of the recipe: n"
    )


@pytest.mark.parametrize(
    "words, message",
    [
        (["--method", "best"], "Invalid value for '--method': 'best' is not one of 'random', 'grid', 'halving'."),
        (["--set", "n=3", "--set", "rate=1"], "the search space is empty; add values with --param ADDRESS=VALUES"),
        (["--set", "n=3", "--param", "n=4"], "Invalid value for --param: n is set by --set"),
        (["--param", "n"], "Invalid value for --param: 'n' is not ADDRESS=VALUES"),
        (["--param", "rate=0.1", "--param", "rate=0.2"], "Invalid value for --param: rate is given twice"),
        (
            ["--param", "n=[[8],[16"],
            "Invalid value for --param: '[[8],[16' is not JSON: the '[' at line 1, column 6 is never closed\n"
            "  hint: put strings in lists in double quotes, and the list in single quotes: '[\"accuracy\"]'",
        ),
        (["--method", "grid", "--n-iter", "3"], "--n-iter is not supported with --method "
        "grid, which tries all candidates"),
        (["--cv", "28"], "Invalid value for --cv: 28 folds need 28 rows of each class, but 'yes' has 27"),
        (
            ["--scoring", "f1"],
            "Invalid value for --scoring: f1 requires a positive label: 'answer' has 'no' and 'yes'\n"
            "  hint: --positive yes",
        ),
        (
            ["--scoring", "f1", "--positive", "yess"],
            "Invalid value for --positive: 'answer' has no label 'yess'\n"
            "  allowed: no, yes\n  hint: did you mean 'yes'?",
        ),
        (
            ["--positive", "yes"],
            "Invalid value for --positive: accuracy has no positive label\n"
            "  allowed: with --scoring average_precision, d2_brier_score, f1, jaccard, neg_brier_score, "
            "neg_negative_likelihood_ratio, positive_likelihood_ratio, precision, recall",
        ),
    ],
    ids=str,
)  # fmt: skip
def test_wrong_usage_is_reported_before_any_fit(words, message, folder):
    done = run(*words)
    assert done.exit_code == 2
    assert done.stderr.endswith(f"Error: {message}\n")
    assert not list(folder.glob("*search*"))


@pytest.mark.parametrize(
    ("words", "output"),
    [
        (["--verbose"], ["training   2 fits in 1 program", "           2 fits one by one: loss Dice"]),
        (
            ["--jobs", "3"],
            ["training   2 fits in 1 program, 1 fit one by one, 1 to come", "training   1 fit one by one"],
        ),
        (["--jobs", "1"], []),
    ],
    ids=str,
)
def test_stacked_fits_and_the_command_to_try_next_are_reported(words, output, folder):
    done = run("--method", "grid", "--param", "training__loss=mse,dice", "--set", "rate=0.1", "--set", "n=3", *words)
    assert done.exit_code == 0, done.output
    before = without_findings(done.stdout).partition("\nbest  ")[0].splitlines()[2:]
    assert [line for line in before if "accuracy" not in line] == output
    command = "try next   nnbuild train net.json --set rate=0.1 --set n=3 --data table.csv --set 'training__loss="
    assert done.stdout.splitlines()[-1].startswith(command)


@pytest.mark.parametrize(
    "words, message",
    [
        (["--param", "m=1,2"], "search.m: unknown address"),
        (
            ["--set", "n=3", "--param", "rate=.1, 1e-3"],
            "search.rate[0]: must be a number above 0 or a learning rate schedule (its name, or an object with "
            "'type'), got '.1'\n  hint: the value would be set at training.learning_rate\n",
        ),
    ],
    ids=str,
)
def test_a_bad_space_is_reported(words, message, folder):
    done = run(*words)
    assert done.exit_code == 1
    assert done.stderr.startswith(message)
    assert not list(folder.glob("*search*"))


@pytest.mark.slow
def test_a_search_with_as_many_fits_as_rows_resumes(folder):
    rows = [f"{index},red,{'yes' if index % 2 else 'no'}" for index in range(8)]
    (folder / "table.csv").write_text("\n".join(["size,colour,answer", *rows]) + "\n", "utf-8")
    words = ("--method", "grid", "--set", "training__epochs=1")  # 4 candidates on 2 folds
    assert run(*words).exit_code == 0
    first = without_seconds(folder / "net_search.csv")
    done = run(*words, "--resume")
    assert done.exit_code == 0, done.output
    assert "net_search.csv.journal: 8 fits are finished\n" in done.stdout
    assert without_seconds(folder / "net_search.csv") == first


@pytest.mark.parametrize("words", [("--results", "table.csv"), ("--out", "net.json"), ("--out", "net_search.csv")])
def test_files_of_the_search_are_not_overwritten(words, folder):
    before = (folder / "table.csv").read_bytes(), (folder / "net.json").read_bytes()
    done = run(*words)
    assert done.exit_code == 1
    assert done.stderr == (f"{words[1]}: is another file of this command\n  hint: choose another name\n")
    assert ((folder / "table.csv").read_bytes(), (folder / "net.json").read_bytes()) == before


LONG = ("--set", "training__epochs=40", "--param", "rate=0.01,0.02,0.05,0.1,0.2", "--method", "grid")
JOURNAL = Path("net_search.csv.journal")


def n_noted() -> int:
    """Number of fits of complete batches in the journal."""
    lines = JOURNAL.read_bytes().splitlines() if JOURNAL.exists() else []
    whole = max((index for index, line in enumerate(lines) if b'"whole"' in line), default=0)
    return sum(b'"params"' in line for line in lines[:whole])


def stopped(signal_number: int, n_fits: int, *words: str) -> tuple[int, str]:
    """Exit code and output of a search process that gets a signal after some fits."""
    command = [sys.executable, "-m", "nnbuild", "search", "net.json", "--data", "table.csv", "--cv", "2", *words]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    search = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    try:
        while n_noted() < n_fits:
            assert search.poll() is None, search.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        search.send_signal(signal_number)
        output, _ = search.communicate(timeout=60)
    finally:
        search.kill()
    return search.returncode, output


def check_resumed(words, folder):
    """A resumed search trains only the missing fits; its results equal those of a whole search."""
    n_done = n_noted()
    resumed = run(*words, "--resume")
    assert resumed.exit_code == 0, resumed.output
    assert f"\n{JOURNAL}: {n_done} fits are finished\n" in resumed.stdout
    found = without_seconds(folder / "net_search.csv")
    whole = run(*words, "--results", "whole.csv")
    assert whole.exit_code == 0, whole.output
    assert found == without_seconds(folder / "whole.csv")


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 4])
def test_an_interrupted_search_continues(n_jobs, folder):
    words = [*LONG, "--jobs", str(n_jobs)]
    code, output = stopped(signal.SIGINT, 4, *words)
    n_done = n_noted()
    assert code == 130
    assert f"stopped    after {n_done} of 20 fits; continue with --resume\n" in output
    rows = without_seconds(folder / "net_search.csv")
    assert sum(bool(row[f"split{fold}_test_score"]) for row in rows for fold in range(2)) == n_done < 20
    assert run(*words).stderr == (
        f"net_search.csv.journal: contains {n_done} fits of an unfinished search\n"
        "  hint: continue with --resume, or remove the file to start a new search\n"
    )
    check_resumed(words, folder)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_killed_search_loses_at_most_one_batch(folder, monkeypatch):
    monkeypatch.undo()  # short fits run one by one, as in the other process
    monkeypatch.chdir(folder)
    words = [*LONG, "--jobs", "6", "--scoring", "neg_log_loss"]
    stopped(signal.SIGKILL, 6, *words)
    assert n_noted() in (6, 12, 18)
    check_resumed(words, folder)
