"""Estimators and commands: refused combinations are one sentence, at once; the others are in other files."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from import_rules import heavy_after
from nnbuild.cli.main import main
from nnbuild.estimators.rows import ESTIMATORS
from nnbuild.runs.workflows.implementations import WORKFLOWS
from nnbuild.runs.workflows.readers import READERS
from nnbuild.runs.workflows.rows import COMMANDS, FORECAST, FORECASTS, WORKFLOW_ROWS, workflow_of
from nnbuild.saved import model_info

REFUSED = [(row.name, command) for row in WORKFLOW_ROWS.values() for command in row.refused]
OF_RECIPES = {"train": ["r.json", "--data", "d.csv"], "search": ["r.json", "--data", "d.csv"], "describe": ["r.json"]}
OF_MODELS = {
    "gradients": ["m.nnb", "--data", "d.csv"],
    "doctor": ["m.nnb"],
    "evaluate": ["m.nnb", "--data", "d.csv"],
    "predict": ["m.nnb", "--data", "d.csv"],
    "recommend": ["m.nnb", "--user", "ann"],
    "generate": ["m.nnb"],
    "translate": ["m.nnb", "text"],
    "show": ["m.nnb"],
    "export": ["m.nnb", "m.keras"],
}


@pytest.mark.parametrize(("workflow", "command"), REFUSED, ids=" ".join)
def test_a_refused_combination_is_one_sentence(workflow, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    row = WORKFLOW_ROWS[workflow]
    forecasts = row.name == FORECASTS
    options = ["--lags", "3"] if forecasts and command in OF_RECIPES else []
    purpose = {"estimator": row.estimators[0], **({"task": row.task} if row.task else {})}
    recipe = {"nnbuild": 1, **purpose, "layers": [{"type": "Dense", "units": "$n"}], "params": {"n": 1}}
    Path("r.json").write_text(json.dumps({**recipe, "search": {"n": [1, 2]}}), "utf-8")
    facts = SimpleNamespace(estimator=row.estimators[0], task=row.task or ESTIMATORS[row.estimators[0]].tasks[0])
    facts.notes = {FORECAST: {}} if forecasts else {}
    monkeypatch.setattr(model_info, "model_info", lambda path: facts)
    done = CliRunner().invoke(main, [command, *{**OF_RECIPES, **OF_MODELS}[command], *options])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == f"Error: {row.refused[command]}"


def test_the_table_is_complete():
    assert {*OF_RECIPES, *OF_MODELS} == set(COMMANDS)
    assert {name for row in WORKFLOW_ROWS.values() for name in row.estimators} == set(ESTIMATORS)
    assert {name for row in WORKFLOW_ROWS.values() for name in row.refused} <= set(COMMANDS)
    trained = [name for name, row in WORKFLOW_ROWS.items() if not row.refusal("train")]
    assert list(READERS) == list(WORKFLOWS) == trained
    for name, row in ESTIMATORS.items():
        assert all(name in workflow_of([name], task).estimators for task in row.tasks)


def test_nothing_heavy_is_imported_for_a_refusal():
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom nnbuild.cli.main import main\n"
        "done = CliRunner().invoke(main, sys.argv[1].split())\nassert done.exit_code == 2, done.output"
    )
    assert heavy_after(code, "search two_tower --data pairs.csv") == []
