"""Shared: a layer that is called in several places, with the same weights."""

import numpy as np
import pytest

import nnbuild
from convert.networks import copy_weights
from nnbuild import Recipe, RecipeError
from nnbuild.layers import Dense, Shared
from nnbuild.records import ResolvedNetwork
from nnbuild.saved.archive import Refused
from nnbuild.saved.network import read_network

PAIR = {"left": {"shape": [3]}, "right": {"shape": [3]}}
TWINS = {
    "nnbuild": 1,
    "inputs": PAIR,
    "layers": [
        {"type": "Dense", "units": 4, "activation": "tanh", "inputs": ["left"], "name": "twin"},
        {"type": "Shared", "node": "twin", "inputs": ["right"], "name": "other"},
        {"type": "Subtract", "inputs": ["twin", "other"]},
    ],
}
TOKENS = {
    "nnbuild": 1,
    "inputs": {"ids": {"shape": [None], "dtype": "int32"}},
    "layers": [
        {"type": "ReversibleEmbedding", "input_dim": 7, "output_dim": 4, "name": "tokens"},
        {"type": "Dense", "units": 4},
        {"type": "Shared", "node": "tokens", "reverse": True, "name": "logits"},
    ],
    "outputs": "last",
}
X = {name: np.random.default_rng(seed).normal(size=(20, 3)).astype("float32") for seed, name in enumerate(PAIR)}


def test_the_constructor_gives_the_node():
    assert Shared("twin", inputs=["right"], name="other") == TWINS["layers"][1]
    assert Shared("tokens", reverse=True, name="logits") == TOKENS["layers"][2]
    assert Dense(4)["type"] == "Dense"


def test_twins_have_the_same_weights():
    model = nnbuild.build({**TWINS, "outputs": "last"}, seed=0)
    assert model.count_params() == (3 + 1) * 4
    given = np.array(model(X))
    np.testing.assert_allclose(np.array(model({"left": X["right"], "right": X["left"]})), -given, atol=1e-6)
    assert np.abs(given).max() > 0.1
    assert not np.array(model({"left": X["left"], "right": X["left"]})).any()


def test_weights_count_once_and_multiply_adds_count_per_call():
    plan = nnbuild.describe(TOKENS, (5,))
    tokens, dense, logits = plan.steps
    assert (tokens.n_parameters, dense.n_parameters, logits.n_parameters) == (28, 20, 0)
    assert (tokens.macs, logits.macs) == (0, 5 * 4 * 7)
    assert logits.output_shape == (None, 5, 7)
    assert logits.note == "weights of tokens"
    assert "weights of tokens" in str(plan)


def test_logits_are_products_with_the_embeddings():
    model = nnbuild.build(TOKENS, seed=0)
    ids = np.array([[1, 4, 6], [0, 2, 2]])
    embeddings, kernel, _ = model.get_weights()
    np.testing.assert_allclose(np.array(model(ids)), embeddings[ids] @ kernel @ embeddings.T, atol=1e-6)


def test_a_further_call_does_not_change_the_first_weights():
    alone = {**TWINS, "inputs": {"left": PAIR["left"]}, "layers": TWINS["layers"][:1], "outputs": "last"}
    shared = nnbuild.build({**TWINS, "outputs": "last"}, seed=3).weights
    for own, other in zip(nnbuild.build(alone, seed=3).weights, shared, strict=True):
        np.testing.assert_array_equal(own, other)


def test_one_call_of_attention_may_be_causal():
    layers = [
        {"type": "MultiHeadAttention", "num_heads": 1, "key_dim": 2, "inputs": ["input"], "name": "both"},
        {"type": "Shared", "node": "both", "use_causal_mask": True, "inputs": ["input"], "name": "back"},
        {"type": "Subtract", "inputs": ["both", "back"]},
    ]
    model = nnbuild.build({"nnbuild": 1, "layers": layers, "outputs": "last"}, (4, 2), seed=0)
    found = np.array(model(np.random.default_rng(0).normal(size=(1, 4, 2))))
    assert np.abs(found[:, :-1]).min() > 1e-5
    np.testing.assert_allclose(found[:, -1], 0, atol=1e-6)  # the last step attends to all steps either way


def test_the_iterations_of_a_repeat_may_share_a_layer():
    layers = [
        {"type": "Dense", "units": 3, "name": "turned"},
        {"type": "Repeat", "times": 4, "layers": [{"type": "Shared", "node": "turned"}]},
    ]
    plan = nnbuild.describe({"nnbuild": 1, "layers": layers, "outputs": "last"}, (3,))
    assert plan.n_parameters == 12
    assert plan.macs == 5 * 9


def test_the_layer_may_be_below():
    layers = [TWINS["layers"][1], TWINS["layers"][0], TWINS["layers"][2]]
    assert [step.name for step in nnbuild.describe({**TWINS, "layers": layers, "outputs": "last"}).steps][:2] == [
        "twin",
        "other",
    ]


def test_the_resolved_form_is_read_back():
    resolved = nnbuild.resolve(TOKENS)
    again = ResolvedNetwork.from_dict(resolved.to_dict())
    assert again == resolved
    assert nnbuild.describe(again) == nnbuild.describe(TOKENS)


def test_keras_code_calls_the_layer_again():
    document = {**TOKENS, "outputs": "last"}
    names = {}
    exec(Recipe.from_dict(document).to_python(), names)
    made, built = names["build_model"](), nnbuild.build(document, seed=0)
    copy_weights(built, made)
    data = np.array([[1, 4, 6]])
    np.testing.assert_allclose(np.array(made(data)), np.array(built(data)), atol=1e-6)


def problem(*layers, **rest):
    with pytest.raises(RecipeError) as caught:
        nnbuild.describe({"nnbuild": 1, "layers": list(layers), "outputs": "last", **rest}, (3,))
    return str(caught.value)


TWIN = {"type": "Dense", "units": 3, "name": "twin"}


def test_problems():
    assert problem(TWIN, {"type": "Shared"}) == "layers[1]: Shared needs 'node'"
    assert problem(TWIN, {"type": "Shared", "node": "twim"}) == (
        "layers[1].node: node 'twim' is not defined in this scope\n  allowed: twin\n  hint: did you mean 'twin'?"
    )
    assert problem(TWIN, {"type": "Shared", "node": "twin", "reverse": True}) == (
        "layers[1].reverse: Dense 'twin' can't be called with reverse"
    )
    assert problem(TWIN, {"type": "Shared", "node": "twin", "reverse": 1}) == (
        "layers[1].reverse: must be true or false, got 1"
    )
    assert problem(TWIN, {"type": "Shared", "node": "twin", "turned": True}) == (
        "layers[1].turned: unknown key 'turned' of Shared\n"
        "  allowed: inputs, name, node, reverse, type, use_causal_mask"
    )
    hint = "\n  hint: name the layer itself, not a composite, an input or a Shared"
    assert problem(TWIN, {"type": "Shared", "node": "input"}) == (
        f"layers[1].node: 'input' is not a layer; only layers have weights to share{hint}"
    )
    assert problem({"type": "Residual", "layers": [TWIN], "name": "sum"}, {"type": "Shared", "node": "sum"}) == (
        f"layers[1].node: 'sum' is not a layer; only layers have weights to share{hint}"
    )
    assert problem(TWIN, {"type": "Dense", "units": 2}, {"type": "Shared", "node": "twin"}) == (
        "layers[2]: Keras can't apply Dense 'shared_1' here: Input 0 with name 'None' of layer 'twin' is incompatible "
        "with the layer: expected axis -1 of input shape to have value 3, but received input with shape (None, 2)\n"
        "  shapes: input (3,) -> twin (3,) -> dense_1 (2,)"
    )
    assert problem({"type": "Shared", "node": "b", "name": "a"}, {**TWIN, "inputs": ["a"], "name": "b"}) == (
        "layers[0].node: 'a' and 'b' form a cycle: a -> b -> a"
    )
    assert problem(TWIN, {"type": "Shared", "node": "twin"}, blocks={"Shared": {"layers": [TWIN]}}).startswith(
        "blocks.Shared: 'Shared' is a composite; a block needs another name"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"node": "other"}, "nodes[1].node: 'other' is not a layer; only layers have weights to share"),
        ({"node": "twin", "reverse": True}, "nodes[1].reverse: Dense 'twin' can't be called with reverse"),
        (
            {"node": "twin", "code": True},
            "nodes[1].arguments: is not a valid call of a shared layer: {'node': 'twin', 'code': true}",
        ),
    ],
)
def test_a_file_with_another_call_is_refused(arguments, message):
    document = nnbuild.resolve(TWINS, n_outputs=1).to_dict()
    assert read_network(document) == nnbuild.resolve(TWINS, n_outputs=1)
    document["nodes"][1]["arguments"] = arguments
    with pytest.raises(Refused) as caught:
        read_network(document)
    assert message in str(caught.value)
