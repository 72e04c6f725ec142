"""Model files, journals and recipes of earlier versions load with equal predictions."""

import json
import shutil
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import nnbuild
from golden_values import assert_close, from_json
from nnbuild import Recipe, load, model_info
from nnbuild.cli.main import main
from nnbuild.estimators.rows import ESTIMATORS
from nnbuild.runs.search.journaled_estimator import JournaledEstimator

FOLDERS = sorted(path for path in (Path(__file__).parent / "golden").iterdir() if path.is_dir())
ASKED = [path for folder in FOLDERS for path in sorted(folder.glob("*.nnb")) if path.with_suffix(".json").exists()]
COMMANDS = [path for folder in FOLDERS for path in sorted(folder.glob("*_command.json"))]
SEARCHES = [(folder, name) for folder in FOLDERS for name in ("finished", "interrupted")]
RECIPES = [(folder, name) for folder in FOLDERS for name in json.loads((folder / "recipes.json").read_text("utf-8"))]


def name_of(value):
    path, *rest = value if isinstance(value, tuple) else [value]
    return "-".join([f"{path.parent.name}-{path.stem}" if path.suffix in (".nnb", ".json") else path.name, *rest])


def document(path):
    return json.loads(path.read_text("utf-8"))


def test_there_are_files_of_every_kind():
    """A folder that is moved or not committed leaves nothing to test."""
    oldest = {name for name, row in ESTIMATORS.items() if row.version == 1}  # the others are newer than the files
    assert {model_info(path).estimator for path in ASKED} == oldest
    tasks = {"binary", "constant", "multiclass", "multilabel", "regression", "segmentation", "tokens"}
    assert {model_info(path).task for path in ASKED} == tasks
    assert len(ASKED) >= 29 * len(FOLDERS)
    assert len(COMMANDS) >= 5 * len(FOLDERS)
    assert len(RECIPES) >= 20 * len(FOLDERS)


@pytest.mark.parametrize("path", ASKED, ids=name_of)
def test_a_model_file_gives_the_same_predictions(path):
    golden = document(path.with_suffix(".json"))
    estimator, X = load(path), from_json(golden["X"], path.parent)
    for question in golden["questions"]:
        rows = () if question.get("without_X") else (X,)
        answer = getattr(estimator, question["method"])(*rows, **question.get("arguments", {}))
        assert_close(answer, from_json(question["answer"]))


@pytest.mark.parametrize("path", ASKED, ids=name_of)
def test_the_facts_of_a_model_file_can_be_read(path):
    facts, estimator = model_info(path), load(path)
    assert facts.estimator == type(estimator).__name__
    assert (facts.metrics, facts.notes) == ({"some score": 0.5}, {"made for": ["tests"]})
    assert facts.versions["nnbuild"] == path.parent.name
    assert facts.n_features == getattr(estimator, "n_features_in_", None)
    assert facts.network == estimator.recipe_
    if facts.network is not None:
        assert facts.n_parameters == estimator.members_[0].model_.count_params()


@pytest.mark.parametrize("path", ASKED, ids=name_of)
def test_a_loaded_model_saved_again_gives_the_same_predictions(path, tmp_path):
    golden = document(path.with_suffix(".json"))
    load(path).save(tmp_path / "again.nnb")
    again, X = load(tmp_path / "again.nnb"), from_json(golden["X"], path.parent)
    question = golden["questions"][0]
    answer = getattr(again, question["method"])(X, **question.get("arguments", {}))
    assert_close(answer, from_json(question["answer"]))


@pytest.mark.parametrize("path", COMMANDS, ids=name_of)
def test_commands_give_the_same_predictions_and_scores(path, tmp_path, monkeypatch):
    monkeypatch.chdir(path.parent)
    golden, name = document(path), path.name.removesuffix("_command.json")
    model, data, out = f"{name}.nnb", golden["data"], str(tmp_path / "predicted.csv")
    run("predict", model, "--data", data, "--out", out, *(["--proba"] if golden["proba"] else []))
    expected = f"{name}_predicted.csv"
    assert_close(pd.read_csv(out), pd.read_csv(expected))
    assert_same_scores(json.loads(run("evaluate", model, "--data", data, "--json")), golden["evaluated"])
    assert model_info(model).notes


def assert_same_scores(found, expected):
    if isinstance(expected, dict):
        assert found.keys() >= expected.keys()  # newer versions may add keys
        for key, value in expected.items():
            assert_same_scores(found[key], value)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same_scores(one, other)
    else:
        assert_close(found, expected)


@pytest.mark.parametrize(("folder", "name"), SEARCHES, ids=lambda value: getattr(value, "name", value))
def test_a_search_continues_from_its_journal(folder, name, tmp_path, monkeypatch):
    for path in folder.iterdir():
        if path.suffix in (".json", ".csv", ".npz", ".journal"):
            shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    as_of_these_packages(Path(f"{name}.csv.journal"), document(folder / "versions.json"))
    fits, fit = [], JournaledEstimator._fit
    monkeypatch.setattr(JournaledEstimator, "_fit", lambda *args: fits.append(args) or fit(*args))
    golden = document(folder / "searches.json")
    search = golden["journals"][name]
    words = [word for word in golden["words"] if word != "--quiet"]
    result = run("search", *words, "--data", search["data"], "--results", f"{name}.csv", "--resume")
    former = f"{name}.csv.journal: was written by an earlier version; the data could not be compared\n"
    assert former in result if search["data"].endswith(".csv") else former not in result
    assert len(fits) == search["n_fits"] - search["n_kept"]
    found, expected = pd.read_csv(f"{name}.csv"), pd.read_csv(folder / f"{name}.csv")
    scores = [column for column in expected if "time" not in column]
    assert_close(found[scores], expected[scores])


def as_of_these_packages(journal, then):
    """Write the installed package versions into a journal; a journal of other versions is refused."""
    first, *rest = journal.read_text("utf-8").split("\n")
    about = json.loads(first)
    names = ("tensorflow", "keras", "scikit-learn")
    about["versions"] = ", ".join(f"{name} {version(name)}" for name in names)
    if any(then[name] != version(name) for name in ("pandas", "numpy", "joblib")):
        pytest.skip("the hash of the data is that of other packages")
    journal.write_text("\n".join([json.dumps(about), *rest]), "utf-8")


@pytest.mark.parametrize(("folder", "name"), RECIPES, ids=lambda value: getattr(value, "name", value))
def test_a_recipe_keeps_its_form_and_its_facts(folder, name):
    golden = document(folder / "recipes.json")[name]
    recipe = Recipe.from_dict(golden["recipe"])
    assert recipe.to_dict() == golden["normal"]
    given = golden["given"]
    shape = given["shape"]
    shape = {key: tuple(value) for key, value in shape.items()} if isinstance(shape, dict) else tuple(shape)
    plan = nnbuild.describe(recipe, shape, n_outputs=given["n_outputs"], task=given["task"])
    steps = [[step.name, step.output_shape, step.n_parameters, step.n_trainable, step.macs] for step in plan.steps]
    assert json.loads(json.dumps(steps)) == golden["steps"]
    facts = {"outputs": dict(plan.outputs), "task": plan.task, "loss": plan.loss, "optimizer": plan.optimizer}
    assert facts == golden["facts"]


def run(*words):
    result = CliRunner().invoke(main, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout
