"""Model files of ensembles."""

import pytest

from estimators.samples import features, message_of, regressor, same_bits
from nnbuild import NNRegressor, load, model_info
from nnbuild.saved import tensors
from nnbuild.saved.archive import ModelFileError
from nnbuild.train.common.batches import member_seeds
from saved.edited_files import DELETED, both, edited, error_at, error_of, members_of, with_arrays, with_member

pytestmark = pytest.mark.usefixtures("short_stacks")

STACKED = {"engine": "compiled"}  # for little data, "auto" does not compile


def test_a_loaded_ensemble_equals_the_saved_one(labelled, tmp_path):
    saved, X = labelled, features()
    saved.save(tmp_path / "m.nnb")
    loaded = load(tmp_path / "m.nnb")
    assert loaded.get_params() == saved.get_params()
    for mine, other in zip(saved.members_, loaded.members_, strict=True):
        assert same_bits(mine, other, X)
        assert mine.history_ == other.history_
        assert mine.random_state == other.random_state
    loaded.save(tmp_path / "again.nnb")
    assert (tmp_path / "again.nnb").read_bytes() == (tmp_path / "m.nnb").read_bytes()


def test_facts_list_all_members(three, tmp_path):
    three.save(tmp_path / "m.nnb")
    facts = model_info(tmp_path / "m.nnb")
    assert (facts.n_members, facts.n_parameters) == (3, 4 * 8 + 8 + 8 + 1)
    assert facts.histories == tuple(member.history_ for member in three.members_)
    assert facts.seeds == tuple(member_seeds(0, 3))
    assert (facts.history, facts.seed) == (facts.histories[0], 0)


def test_training_continues_from_a_file(data, tmp_path):
    saved = regressor(n_members=2).partial_fit(*data)
    saved.save(tmp_path / "m.nnb")
    loaded = load(tmp_path / "m.nnb").partial_fit(*data)
    saved.partial_fit(*data)
    for mine, other in zip(saved.members_, loaded.members_, strict=True):
        assert same_bits(mine, other, data[0])


def test_a_file_of_the_first_version(data, tmp_path):
    saved = regressor().fit(*data)
    saved.save(tmp_path / "m.nnb")
    older = both(edited("manifest.json", "version", 1), edited("history.json", "others", DELETED))
    for name in ("n_members", "bootstrap"):
        older = both(older, edited("params.json", "values", name, DELETED))
    (tmp_path / "m.nnb").write_bytes(older((tmp_path / "m.nnb").read_bytes()))
    loaded = load(tmp_path / "m.nnb")
    assert same_bits(loaded, saved, data[0])
    assert loaded.get_params() == saved.get_params()


OTHERS = ("history.json", "others")


@pytest.mark.parametrize(
    "change, found",
    [
        (edited(*OTHERS, {"seed": 1}), "history.json: others: must be a list, got {'seed': 1}"),
        (edited(*OTHERS, 1, 3), "history.json: others[1]: must be an object, got 3"),
        (edited(*OTHERS, 1, "seed", DELETED), "history.json: others[1]: requires 'seed'"),
        (
            edited(*OTHERS, 1, "best_epoch", 9),
            "history.json: others[1].best_epoch: is 9, but the last training had 4 epochs",
        ),
        (edited(*OTHERS, 1, DELETED), "arrays.safetensors: contains the unexpected array 'member_3/history/loss'"),
        (
            with_arrays("arrays.safetensors", **{"member_3/history/loss": None}),
            "arrays.safetensors: contains no curve of the loss",
        ),
        (
            edited(*OTHERS, 0, "curves", ["loss", "mae"]),
            "arrays.safetensors: contains no array 'member_2/history/mae'",
        ),
    ],
    ids=range(7),
)
def test_invalid_members_are_refused(three, change, found, tmp_path):
    three.save(tmp_path / "good.nnb")
    assert error_of(change((tmp_path / "good.nnb").read_bytes()), tmp_path) == f"m.nnb: {found}"
    assert error_at(tmp_path / "m.nnb", model_info) == f"m.nnb: {found}"


def test_missing_weights_of_a_member_are_refused(three, data, tmp_path):
    three.save(tmp_path / "good.nnb")
    regressor(epochs=4).fit(*data).save(tmp_path / "one.nnb")
    weights = members_of((tmp_path / "one.nnb").read_bytes())["weights.safetensors"]
    change = with_member("weights.safetensors", weights)
    assert error_of(change((tmp_path / "good.nnb").read_bytes()), tmp_path) == (
        f"m.nnb: 3 networks have 147 parameters, 588 bytes, but weights.safetensors has {len(weights)} bytes"
    )


def test_too_many_arrays_to_be_read_are_not_written(three, tmp_path, monkeypatch):
    monkeypatch.setattr(tensors, "MAX_HEADER", 400)
    assert message_of(lambda: three.save(tmp_path / "m.nnb"), ModelFileError) == (
        f"{tmp_path / 'm.nnb'}: can't be written: names and shapes of 12 arrays take "
        "1024 bytes; at most 400 are allowed"
    )


RECIPE = {
    "params": {"width": 3},
    "layers": [{"type": "Dense", "units": "$width"}],
    "training": {"epochs": 1, "ensemble": {"folds": 2, "variants": [{}, {"width": 2}]}},
}


@pytest.fixture(scope="module")
def folded(data, tmp_path_factory):
    """Content of the file of an ensemble with folds and two networks."""
    path = tmp_path_factory.mktemp("folded") / "m.nnb"
    NNRegressor(RECIPE, random_state=0).fit(*data).save(path)
    return path.read_bytes()


def network(*path_and_value):
    return edited("variants.json", "networks", 0, *path_and_value)


@pytest.mark.parametrize(
    "change, found",
    [
        (
            edited("manifest.json", "ensemble", "weights", [0.5, 0.5]),
            "manifest.json: ensemble: weights: must be 4 numbers with a sum of 1",
        ),
        (
            edited("manifest.json", "ensemble", "weights", [0.5, 0.5, 0.5, 0.5]),
            "manifest.json: ensemble: weights: must be 4 numbers with a sum of 1",
        ),
        (
            edited("manifest.json", "ensemble", "variants", [0]),
            "manifest.json: ensemble: variants: must have a number for each of 4 members, got 1",
        ),
        (
            edited("manifest.json", "ensemble", "temperature", 0),
            "manifest.json: ensemble: temperature: must be a number above 0, got 0",
        ),
        (
            edited("variants.json", "of_members", [0, 0, 1]),
            "variants.json: of_members: must list a network for each of 4 members, got [0, 0, 1]",
        ),
        (
            edited("variants.json", "of_members", [0, 0, 2, 1]),
            "variants.json: of_members: must list a network for each of 4 members, got [0, 0, 2, 1]",
        ),
        (network("task", "binary"), "variants.json: networks[0]: has other inputs or outputs than resolved.json"),
        (
            network("nodes", 0, "arguments", "units", 0),
            "variants.json: networks[0]: nodes[0].arguments.units: must be an integer of at least 1, got 0",
        ),
    ],
    ids=range(8),
)
def test_an_invalid_combination_is_refused(folded, change, found, tmp_path):
    assert error_of(change(folded), tmp_path) == f"m.nnb: {found}"
    assert error_at(tmp_path / "m.nnb", model_info) == f"m.nnb: {found}"
