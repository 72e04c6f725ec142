"""Damaged, foreign and newer model files raise a ModelFileError; one case for each check of the reader."""

import json
import stat
import struct
import zipfile

import numpy as np
import pytest
import safetensors.numpy

from nnbuild.saved.model_info import model_info
from saved.edited_files import (
    DELETED,
    DENSE,
    HINT,
    NODE,
    UNREADABLE_LIST,
    X,
    both,
    edited,
    error_at,
    error_of,
    file_of,
    members_of,
    patched,
    safetensors_bytes,
    with_arrays,
    with_entry,
    with_member,
    with_second,
    without,
    zipped,
)

PACKED = "\n  hint: model files can't be edited by hand"
KERNEL = "000_dense_1/kernel"


def newer(nnbuild):
    manifest = {"format": "nnbuild model", "version": 6, "versions": {"nnbuild": nnbuild}}
    return lambda _: zipped({"manifest.json": json.dumps(manifest)})


def node(**changes):
    return edited(*NODE, {**DENSE, **changes})


# name: edit of the file of a classifier, whole message
CASES = {
    # The zip file.
    "empty": (lambda _: b"", "is empty" + HINT),
    "not a zip file": (lambda _: b"a,b\n1,2\n", "is not a model file" + HINT),
    "half of the file": (lambda c: c[: len(c) // 2], UNREADABLE_LIST),
    "other zip file": (lambda _: zipped({"word/document.xml": b"<w/>"}), "contains no manifest.json"),
    "other manifest": (
        lambda _: zipped({"manifest.json": b'{"name": "extension"}'}),
        "is not a model file: manifest.json has no format 'nnbuild model'" + HINT,
    ),
    "missing member": (without("weights.safetensors"), "contains no weights.safetensors"),
    "unknown member": (with_second("../evil.py"), "contains the unexpected member '../evil.py'" + PACKED),
    "null character in a name": (lambda c: c.replace(b"history.json", b"history.jso\0"), "contains no history.json"),
    "duplicate member": (with_second("resolved.json"), "contains resolved.json 2 times"),
    "too many members": (
        lambda c: zipped({**members_of(c), **{f"{number}.txt": b"" for number in range(40)}}),
        "is not a model file: it has 50 members" + HINT,
    ),
    "link": (
        with_entry("recipe.json", external_attr=(stat.S_IFLNK | 0o777) << 16),
        "recipe.json is a link or a folder, not a regular file",
    ),
    "encrypted": (patched("params.json", 8, b"\x01\x00"), "params.json is encrypted"),
    "other compression": (
        with_entry("params.json", compress_type=zipfile.ZIP_BZIP2),
        "params.json has the compression method 12; supported are 0 (stored) and 8 (deflated)",
    ),
    "compressed arrays": (
        with_entry("weights.safetensors", compress_type=zipfile.ZIP_DEFLATED),
        "weights.safetensors is compressed, but arrays must be stored uncompressed",
    ),
    "longer than allowed": (
        patched("params.json", 24, struct.pack("<I", 2**31)),
        "params.json has 2147483648 bytes; at most 1048576 are allowed",
    ),
    "longer than the file": (
        patched("weights.safetensors", 20, struct.pack("<II", 2**31, 2**31)),
        "weights.safetensors is damaged: it has 2147483648 bytes, in a file of {size}",
    ),
    "wrong checksum": (
        lambda c: c.replace(b"dense_1/kernel", b"dense_1/kerneI"),
        "is damaged: weights.safetensors can't be read",
    ),
    # JSON members.
    "duplicate key": (
        with_member("targets.json", b'{"task": 1, "task": 2}'),
        "targets.json:1:13: duplicate key 'task', first defined at line 1, column 2",
    ),
    "not an object": (with_member("features.json", b"[1]"), "features.json: must be an object, got [1]"),
    # manifest.json
    "newer format": (
        newer("1.4.0"),
        "has the format version 6, but this nnbuild reads versions up to 5\n"
        "  hint: it was saved by nnbuild 1.4.0; install that version or a newer one",
    ),
    "newer format of an odd version": (
        newer("a; rm"),
        "has the format version 6, but this nnbuild reads versions up to 5\n  hint: install a newer nnbuild",
    ),
    "format version 0": (
        edited("manifest.json", "version", 0),
        "manifest.json: version: must be an integer from 1 to 5, got 0",
    ),
    "unknown class": (
        edited("manifest.json", "kind", "os.system"),
        "manifest.json: kind: must be 'NNClassifier', 'NNLanguageModel', 'NNMaskedLanguageModel', 'NNMultiOutput', "
        "'NNRecommender', 'NNRegressor' or 'NNTranslator', got 'os.system'",
    ),
    "class of other targets": (
        edited("manifest.json", "kind", "NNRegressor"),
        "manifest.json: kind: a NNRegressor does not have targets as in targets.json",
    ),
    "unknown key": (
        edited("manifest.json", "hook", "evil"),
        "manifest.json: unknown key 'hook'; allowed are format, kind, metrics, version, versions",
    ),
    "metric that is not a number": (
        edited("manifest.json", "metrics", {"accuracy": "high"}),
        "manifest.json: metrics: must be an object whose values are each a number or '-inf', 'inf' or 'nan', "
        "got {'accuracy': 'high'}",
    ),
    # params.json and recipe.json
    "private parameter": (
        edited("params.json", "values", "__class__", 1),
        "params.json: values: NNClassifier has no parameter '__class__'",
    ),
    "recipe among the values": (
        edited("params.json", "values", "recipe", "/etc/passwd"),
        "params.json: values: 'recipe' is not allowed here",
    ),
    "invalid recipe": (
        both(
            edited("params.json", "recipe", "form", "recipe"),
            edited("recipe.json", "layers", 0, "type", "Dens"),
        ),
        "recipe.json: layers[0].type: unknown layer type 'Dens'",
    ),
    # resolved.json
    "missing key": (edited("resolved.json", "nodes", DELETED), "resolved.json: requires 'nodes'"),
    "refused layer": (
        node(type="Lambda", arguments={"function": "x"}),
        "resolved.json: nodes[0].type: Lambda can run code from the recipe and is refused",
    ),
    "refused layer in an argument": (
        node(type="TimeDistributed", arguments={"layer": {"type": "Lambda", "function": "x"}}),
        "resolved.json: nodes[0].arguments.layer.type: Lambda can run code from the recipe and is refused",
    ),
    "wrong argument": (
        edited(*NODE, "arguments", "units", "4"),
        "resolved.json: nodes[0].arguments.units: must be an integer of at least 1, got '4'",
    ),
    "unknown argument of a newer Keras": (
        both(edited("manifest.json", "versions", "keras", "4.1.0"), edited(*NODE, "arguments", "new", 1)),
        "resolved.json: nodes[0].arguments.new: unknown argument 'new' of Dense\n"
        "  hint: it was saved with Keras 4.1.0, but this nnbuild supports Keras 3.15",
    ),
    "duplicate name": (edited(*NODE, "name", "input"), "resolved.json: nodes[0].name: duplicate name 'input'"),
    "invalid name": (
        edited(*NODE, "name", "../a"), "resolved.json: nodes[0].name: is not a valid name of a layer: '../a'",
    ),
    "unknown input": (
        edited(*NODE, "inputs", ["output"]), "resolved.json: nodes[0].inputs: no node 'output' before it",
    ),
    "no input": (edited(*NODE, "inputs", []), "resolved.json: nodes[0].inputs: Dense 'dense_1' has no inputs"),
    "too many inputs": (
        edited(*NODE, "inputs", ["input", "input"]),
        "resolved.json: nodes[0].inputs: Dense takes 1 input, got 2",
    ),
    "too many nodes": (
        edited("resolved.json", "nodes", [{}] * 10_001),
        "resolved.json: nodes: at most 10000, got 10001",
    ),
    "unknown output": (
        edited("resolved.json", "outputs", "output", "node", "x"),
        "resolved.json: outputs.output.node: no node 'x'",
    ),
    "no outputs": (edited("resolved.json", "outputs", {}), "resolved.json: outputs: at least one is required"),
    "no inputs": (edited("resolved.json", "inputs", {}), "resolved.json: inputs: at least one is required"),
    "wrong shape": (
        edited("resolved.json", "inputs", "input", "shape", [-1]),
        "resolved.json: inputs.input: shape: must be a list, each an integer of at least 0 or null, got [-1]",
    ),
    "unknown loss": (
        edited("resolved.json", "outputs", "output", "loss", {"type": "evil"}),
        "resolved.json: outputs.output.loss.type: unknown loss 'evil'",
    ),
    "wrong argument of the optimizer": (
        edited("resolved.json", "training", "optimizer", {"type": "SGD", "nesterov": "yes"}),
        "resolved.json: training.optimizer.nesterov: must be true or false, got 'yes'",
    ),
    # Arrays.
    "array of an unknown dtype": (
        with_member("arrays.safetensors", safetensors_bytes(
            {"a": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}}, bytes(4))),
        "arrays.safetensors: 'a' has the unknown dtype 'F8_E4M3'",
    ),
    "curve of 2 axes": (
        with_arrays("arrays.safetensors", **{"history/loss": np.zeros((1, 1))}),
        "arrays.safetensors: contains no curve of the loss",
    ),
    "missing curve": (
        edited("history.json", "curves", ["loss", "accuracy"]),
        "arrays.safetensors: contains no array 'history/accuracy'",
    ),
    "best epoch": (
        edited("history.json", "best_epoch", 7), "history.json: best_epoch: is 7, but the last training had 1 epochs",
    ),
    "seed": (edited("history.json", "seed", -1), "history.json: seed: must be an integer of at least 0, got -1"),
    "unknown array of the optimizer": (
        with_arrays("optimizer.safetensors", **{"0000": None, "9": np.zeros(1)}),
        "optimizer.safetensors: contains the unexpected array '9'",
    ),
    "unknown vocabulary": (
        with_member("vocabulary.safetensors", safetensors.numpy.save({"a/terms": X})),
        "vocabulary.safetensors: contains the unexpected array 'a/terms'",
    ),
    # targets.json
    "other task": (
        both(edited("targets.json", "task", "multiclass"), edited("targets.json", "classes", ["a", "b", "c"])),
        "resolved.json: task: is 'binary', but 'multiclass' in targets.json",
    ),
    "number of classes": (
        edited("targets.json", "classes", ["a", "b", "c"]),
        "targets.json: a binary task can't have 3 classes",
    ),
    "order of classes": (
        edited("targets.json", "classes", ["yes", "no"]),
        "targets.json: the labels must be distinct and sorted",
    ),
    "type of a class": (edited("targets.json", "classes", ["no", 1]), "targets.json: a label of dtype <U3 can't be 1"),
    "dtype of classes": (edited("targets.json", "dtype", "O,O"), "targets.json: unknown dtype of labels 'O,O'"),
    "pixels of a binary task": (
        edited("targets.json", "positions", [2, 2]),
        "targets.json: task: must be 'constant' or 'segmentation', got 'binary'",
    ),
    # features.json
    "number of names": (
        edited("features.json", "feature_names", ["a"]),
        "features.json: feature_names: 1 names, but n_features is 3",
    ),
    "number of features": (
        edited("features.json", "n_features", 9),
        "features.json: n_features: 9 does not suit the shape of the input",
    ),
    "unknown preparation": (
        edited("features.json", "preparation", {"input": {"kind": "code"}}),
        "features.json: preparation: input: kind: unknown 'code'",
    ),
    "preparation of another input": (
        edited("features.json", "preparation", {"other": {"kind": "image", "shape": [1]}}),
        "features.json: preparation: its outputs do not match the inputs of the network",
    ),
    "inputs with a network": (
        edited("features.json", "inputs", {"input": {}}),
        "features.json: inputs: must be null, got {'input': {}}",
    ),
}  # fmt: skip

# Checks that require Keras: `model_info` reads these files.
KERAS_CASES = {
    "shapes that do not fit": (
        node(type="Conv2D", arguments={"filters": 1, "kernel_size": 2}),
        "resolved.json: Conv2D 'dense_1' takes (height, width, channels), got (3,)\n  shapes: input (3,)",
    ),
    "too many layers in a layer": (
        node(type="Pipeline", arguments={"layers": [{"type": "RandomFlip"}] * 5000}),
        "resolved.json: with Pipeline 'dense_1' the network has 5000 layers and cells inside other layers",
    ),
    "too few weights": (
        edited(*NODE, "arguments", "units", 10**9),
        "the network has 5000000001 parameters, 20000000004 bytes, but weights.safetensors has {weights} bytes",
    ),
    "weight of another shape": (
        with_arrays("weights.safetensors", **{KERNEL: np.zeros((4, 3), "float32")}),
        "weights.safetensors: '000_dense_1/kernel' must be float32 of shape (3, 4), got float32 of shape (4, 3)",
    ),
    "missing weight": (
        with_arrays("weights.safetensors", **{KERNEL: None, "pad": np.zeros(12, "float32")}),
        "weights.safetensors: contains no array '000_dense_1/kernel'",
    ),
    "unknown weight": (
        with_arrays("weights.safetensors", extra=np.zeros(1, "float32")),
        "weights.safetensors: contains the unexpected array 'extra'",
    ),
}

# kind of estimator, edit, whole message
OTHER_ESTIMATORS = {
    "missing array of targets": (
        "regressor", edited("targets.json", "shape", [3]),
        "arrays.safetensors: 'targets/mean' must be float64 of shape (3,), got float64 of shape (2,)",
    ),
    "targets of 2 axes": (
        "regressor", edited("targets.json", "shape", [2, 2]),
        "targets.json: shape: must be a list of 0 to 1, each an integer of at least 1, got [2, 2]",
    ),
    "more targets than outputs": (
        "regressor",
        both(edited("targets.json", "shape", [3]), with_arrays("arrays.safetensors", **{
            "targets/mean": np.zeros(3), "targets/scale": np.ones(3)})),
        "the output of the network has shape [2], which does not match the targets in targets.json",
    ),
    "no inputs without a network": (
        "one class", edited("features.json", "inputs", None), "features.json: inputs: at least one is required",
    ),
    "wrong input without a network": (
        "one class", edited("features.json", "inputs", "input", {"shape": "x"}),
        "features.json: inputs.input: shape: must be a list, each an integer of at least 1 or null, got 'x'",
    ),
    "two classes without a network": (
        "one class", edited("targets.json", "classes", ["a", "b"]),
        "targets.json: a constant task can't have 2 classes",
    ),
    "weights without a network": (
        "one class", with_second("weights.safetensors"),
        "contains the unexpected member 'weights.safetensors'" + PACKED,
    ),
    "class without interactions": (
        "recommender", edited("manifest.json", "kind", "NNClassifier"),
        "features.json: preparation: is not that of a NNClassifier",
    ),
    "class with interactions": (
        "classifier",
        both(edited("manifest.json", "kind", "NNRecommender"), edited("params.json", "values", {})),
        "features.json: preparation: is not that of a NNRecommender",
    ),
    "other shape of interactions": (
        "recommender", edited("features.json", "preparation", "interactions", "shapes", "history", [2]),
        "features.json: preparation: its outputs do not match the inputs of the network",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Bytes of the model file of a classifier."""
    return file_of("classifier", tmp_path_factory.mktemp("good"))


def whole(message, original, content):
    """Return a message with the sizes of files filled in."""
    weights = len(members_of(original)["weights.safetensors"])
    return "m.nnb: " + message.replace("{size}", str(len(content))).replace("{weights}", str(weights))


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize("name", CASES)
def test_load_and_facts_refuse_a_damaged_file(file, name, tmp_path):
    change, message = CASES[name]
    content = change(file)
    assert error_of(content, tmp_path) == whole(message, file, content)
    assert error_at(tmp_path / "m.nnb", model_info) == whole(message, file, content)


@pytest.mark.parametrize("name", KERAS_CASES)
def test_load_refuses_weights_and_shapes_that_do_not_fit(file, name, tmp_path):
    change, message = KERAS_CASES[name]
    content = change(file)
    assert error_of(content, tmp_path) == whole(message, file, content)
    assert model_info(tmp_path / "m.nnb").estimator == "NNClassifier"


@pytest.mark.parametrize("name", OTHER_ESTIMATORS)
def test_load_refuses_members_that_contradict_each_other(name, tmp_path):
    kind, change, message = OTHER_ESTIMATORS[name]
    assert error_of(change(file_of(kind, tmp_path)), tmp_path) == f"m.nnb: {message}"


def header(**changes):
    return {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4], **changes}}


@pytest.mark.parametrize(
    "content",
    [
        struct.pack("<Q", 2**60) + bytes(300),
        safetensors_bytes(b"[" * 1000),
        safetensors_bytes(b"[]"),
        safetensors_bytes(header(run=1), bytes(4)),
        safetensors_bytes(header(shape=[-1]), bytes(4)),
        safetensors_bytes(header(data_offsets=[0, 2**40]), bytes(4)),
        safetensors_bytes({**header(), "b": header(data_offsets=[3, 8])["a"]}, bytes(8)),
        safetensors_bytes(header(), bytes(5)),
    ],
    ids=["header length", "JSON", "list", "key", "shape", "offset", "overlap", "rest"],
)
def test_load_refuses_invalid_safetensors_data(file, content, tmp_path):
    found = error_of(with_member("arrays.safetensors", content)(file), tmp_path)
    assert found == "m.nnb: arrays.safetensors: is not valid safetensors data"
