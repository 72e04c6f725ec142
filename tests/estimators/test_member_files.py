"""Model files of ensembles."""

import json
import zipfile

import numpy as np
import pytest

from estimators.samples import classes, classifier, features, message_of, quantities, regressor, same_bits
from nnbuild import load, model_info
from nnbuild.saved import tensors
from nnbuild.saved.archive import ModelFileError
from nnbuild.train.common.batches import member_seeds

pytestmark = pytest.mark.usefixtures("short_stacks")

STACKED = {"engine": "compiled"}  # for little data, "auto" does not compile


@pytest.fixture(scope="module")
def data():
    return quantities()


@pytest.fixture(scope="module")
def three(data):
    return regressor(n_members=3, **STACKED).fit(*data)


@pytest.fixture(scope="module")
def labelled():
    X, y = classes()
    return classifier(n_members=2, bootstrap=True, **STACKED).fit(X, np.array(["a", "b", "c"])[y])


class TestFiles:
    @pytest.mark.parametrize("name", ["three", "labelled"])
    def test_a_loaded_one_is_the_saved_one(self, name, request, tmp_path):
        saved, X = request.getfixturevalue(name), features()
        saved.save(tmp_path / "m.nnb")
        loaded = load(tmp_path / "m.nnb")
        assert loaded.get_params() == saved.get_params()
        for mine, other in zip(saved.members_, loaded.members_, strict=True):
            assert same_bits(mine, other, X)
            assert mine.history_ == other.history_
            assert mine.random_state == other.random_state
        loaded.save(tmp_path / "again.nnb")
        assert (tmp_path / "again.nnb").read_bytes() == (tmp_path / "m.nnb").read_bytes()

    def test_its_facts(self, three, tmp_path):
        three.save(tmp_path / "m.nnb")
        facts = model_info(tmp_path / "m.nnb")
        assert (facts.n_members, facts.n_parameters) == (3, 4 * 8 + 8 + 8 + 1)
        assert facts.histories == tuple(member.history_ for member in three.members_)
        assert facts.seeds == tuple(member_seeds(0, 3))
        assert (facts.history, facts.seed) == (facts.histories[0], 0)

    def test_training_continues_from_a_file(self, data, tmp_path):
        saved = regressor(n_members=2).partial_fit(*data)
        saved.save(tmp_path / "m.nnb")
        loaded = load(tmp_path / "m.nnb").partial_fit(*data)
        saved.partial_fit(*data)
        for mine, other in zip(saved.members_, loaded.members_, strict=True):
            assert same_bits(mine, other, data[0])

    def test_a_file_of_the_first_version(self, data, tmp_path):
        saved = regressor().fit(*data)
        saved.save(tmp_path / "m.nnb")

        def older(name, document):
            if name == "manifest.json":
                document["version"] = 1
            if name == "history.json":
                del document["others"]
            if name == "params.json":
                del document["values"]["n_members"], document["values"]["bootstrap"]

        loaded = load(edited(tmp_path / "m.nnb", older))
        assert same_bits(loaded, saved, data[0])
        assert loaded.get_params() == saved.get_params()

    @pytest.mark.parametrize(
        "change, found",
        [
            (
                lambda others: others.pop(),
                "arrays.safetensors: contains the unexpected array 'member_3/history/loss'",
            ),
            (lambda others: others.append(others[0]), "arrays.safetensors: contains no curve of the loss"),
            (lambda others: others[1].pop("seed"), "history.json: others[1]: requires 'seed'"),
            (lambda others: others.append(3), "history.json: others[2]: must be an object, got 3"),
            (
                lambda others: others[1].update(best_epoch=9),
                "history.json: others[1].best_epoch: is 9, but the last training had 4 epochs",
            ),
            (
                lambda others: others[0].update(curves=["loss", "mae"]),
                "arrays.safetensors: contains no array 'member_2/history/mae'",
            ),
        ],
        ids=range(6),
    )
    def test_members_that_do_not_fit(self, three, change, found, tmp_path):
        three.save(tmp_path / "m.nnb")
        path = edited(tmp_path / "m.nnb", lambda name, document: name == "history.json" and change(document["others"]))
        assert message_of(lambda: load(path), ModelFileError) == f"{path}: {found}"
        assert message_of(lambda: model_info(path), ModelFileError) == f"{path}: {found}"

    def test_weights_of_all_members_must_be_there(self, three, tmp_path):
        three.save(tmp_path / "m.nnb")
        regressor(epochs=4).fit(*quantities()).save(tmp_path / "one.nnb")
        with zipfile.ZipFile(tmp_path / "one.nnb") as one:
            weights = one.read("weights.safetensors")
        path = edited(tmp_path / "m.nnb", lambda name, document: None, {"weights.safetensors": weights})
        assert message_of(lambda: load(path), ModelFileError) == (
            f"{path}: 3 networks have 147 parameters, 588 bytes, but weights.safetensors has {len(weights)} bytes"
        )

    def test_others_must_be_a_list(self, three, tmp_path):
        three.save(tmp_path / "m.nnb")
        path = edited(
            tmp_path / "m.nnb", lambda name, document: name == "history.json" and document.update(others={"seed": 1})
        )
        assert message_of(lambda: load(path), ModelFileError) == (
            f"{path}: history.json: others: must be a list, got {{'seed': 1}}"
        )

    def test_more_arrays_than_can_be_read_back(self, three, tmp_path, monkeypatch):
        assert tensors.MAX_HEADER == 2**22
        monkeypatch.setattr(tensors, "MAX_HEADER", 400)
        assert message_of(lambda: three.save(tmp_path / "m.nnb"), ModelFileError) == (
            f"{tmp_path / 'm.nnb'}: can't be written: names and shapes of 12 arrays take "
            "1024 bytes; at most 400 are allowed"
        )


def edited(path, change, others=()):
    """The file with other JSON texts, and other members."""
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()} | dict(others)
    target = path.with_name("edited.nnb")
    with zipfile.ZipFile(target, "w") as file:
        for name, content in members.items():
            if name.endswith(".json"):
                document = json.loads(content)
                change(name, document)
                content = json.dumps(document).encode()
            file.writestr(zipfile.ZipInfo(name), content)
    return target
