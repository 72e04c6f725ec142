"""`nnbuild export`: the network of a model file is written; its inputs and outputs are reported."""

import numpy as np
import pytest
from click.testing import CliRunner

from estimators.samples import N_FEATURES, classes, classifier, quantities, regressor
from nnbuild import NNLanguageModel
from nnbuild.cli.main import main

X, Y = classes()
QUANTILE = {"type": "Quantile", "quantiles": [0.1, 0.5, 0.9]}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The file of a saved model."""
    path = tmp_path_factory.mktemp("model") / "m.nnb"
    classifier().fit(X, Y).save(path)
    return path


def test_inputs_and_outputs_of_the_network_are_reported(model, tmp_path):
    result = CliRunner().invoke(main, ["export", str(model), str(tmp_path / "m.keras")])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        f"{tmp_path / 'm.keras'}: a Keras file\n"
        f"  input 'input': float32 of shape (n_samples, {N_FEATURES})\n"
        "  output: float32 of shape (n_samples, 3), probabilities of: 0, 1, 2\n"
        "nnbuild prepares tables, texts, ids, images and series; the exported network does not, "
        "and takes prepared arrays.\n"
    )


def test_the_format_can_be_named(model, tmp_path):
    result = CliRunner().invoke(main, ["export", str(model), str(tmp_path / "1"), "--format", "savedmodel"])
    assert result.stdout.startswith(f"{tmp_path / '1'}: a SavedModel of TensorFlow, for TensorFlow Serving\n")
    assert (tmp_path / "1" / "saved_model.pb").is_file()


def test_an_unknown_suffix_is_reported(model, tmp_path):
    result = CliRunner().invoke(main, ["export", str(model), str(tmp_path / "m.pb")])
    assert result.exit_code == 1
    assert result.stderr == (
        f"{tmp_path / 'm.pb'}: can't be written: no format has the suffix '.pb'\n"
        "  allowed: .keras (keras), .onnx (onnx), no suffix (savedmodel)\n"
    )


def test_a_model_is_not_replaced_by_its_export(model, tmp_path):
    copy, link = tmp_path / "m.keras", tmp_path / "link.keras"
    copy.write_bytes(model.read_bytes())
    link.symlink_to(copy)
    for path in (copy, link):
        result = CliRunner().invoke(main, ["export", str(copy), str(path), "--format", "keras"])
        message = f"{path}: is another file of this command\n  hint: choose another name\n"
        assert (result.exit_code, result.stderr) == (1, message)
    assert copy.read_bytes() == model.read_bytes()


@pytest.mark.parametrize(
    "made, notes, columns",
    [
        ((classifier, X, np.array(["no", "yes"])[(Y > 0).astype(int)]), {}, "probabilities of: no, yes"),
        ((classifier, X, np.stack([Y > 0, Y > 1], axis=1)), {"targets": ["a", "b"]}, "probabilities of: a, b"),
        (
            (classifier, X, np.arange(len(X)) % 20),
            {},
            "probabilities of: 0, 1, 2, 3, 4, 5, 6, 7, 8, ..., 19 (20)",
        ),
        ((regressor, *quantities()), {}, "values of: y"),
        ((regressor, X, X[:, :2]), {}, "values of: target 1, target 2"),
    ],
)
def test_columns_of_the_output_are_reported(made, notes, columns, tmp_path):
    make, rows, y = made
    make().fit(rows, y).save(tmp_path / "m.nnb", notes=notes)
    result = CliRunner().invoke(main, ["export", str(tmp_path / "m.nnb"), str(tmp_path / "m.keras")])
    assert result.stdout.splitlines()[2].split("), ", 1)[1] == columns


def test_token_ids_are_reported(tmp_path):
    text = {"kind": "text", "split": "character", "output_sequence_length": 4}
    layers = [{"type": "Embedding", "input_dim": "auto", "output_dim": 2}]
    recipe = {"inputs": {"text": text}, "layers": layers}
    estimator = NNLanguageModel(recipe, epochs=1, random_state=0).fit("some words " * 4)
    estimator.save(tmp_path / "m.nnb")
    result = CliRunner().invoke(main, ["export", str(tmp_path / "m.nnb"), str(tmp_path / "m.keras")])
    n_tokens = estimator._fitted.targets.n_outputs
    assert result.stdout.splitlines()[2].endswith(f", {n_tokens}), probabilities of {n_tokens} token ids")


def test_layers_that_need_an_import_are_reported(tmp_path):
    estimator = regressor(loss=QUANTILE).fit(X, X[:, :2])
    estimator.save(tmp_path / "m.nnb", notes={"targets": ["price", "rent"]})
    result = CliRunner().invoke(main, ["export", str(tmp_path / "m.nnb"), str(tmp_path / "m.keras")])
    assert result.stdout.splitlines()[2:4] == [
        "  output: float32 of shape (n_samples, 6), quantiles 0.1, 0.5, 0.9 of: price, rent",
        "  classes of nnbuild: OrderedQuantiles; import nnbuild.keras_layers before loading",
    ]
    result = CliRunner().invoke(main, ["export", str(tmp_path / "m.nnb"), str(tmp_path / "served")])
    assert "classes of nnbuild" not in result.stdout
