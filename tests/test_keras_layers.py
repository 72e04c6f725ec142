"""Keras layers of nnbuild and causal attention: formulas, masks and saving."""

import keras
import numpy as np
import pytest
from scipy.stats import norm

import nnbuild
from nnbuild import RecipeError
from nnbuild.keras_layers import ClassToken, OrderedQuantiles, PositionEmbedding, TakeStep

SEQUENCES = np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32")


def test_learned_vectors_are_added_by_position():
    layer = PositionEmbedding(8, embeddings_initializer="random_normal")
    added = np.asarray(layer(SEQUENCES)) - SEQUENCES
    np.testing.assert_allclose(added, np.stack([layer.get_weights()[0][:5]] * 2), atol=1e-6)
    assert layer.count_params() == 8 * 4


def test_sines_and_cosines_are_those_of_the_formula():
    layer = PositionEmbedding()
    added = np.asarray(layer(np.zeros((1, 50, 7), "float32")))[0]
    for place in (0, 1, 17, 49):
        for feature in range(7):
            angle = place / 10000 ** ((feature - feature % 2) / 7)
            wanted = np.cos(angle) if feature % 2 else np.sin(angle)
            assert added[place, feature] == pytest.approx(wanted, abs=2e-6)
    assert layer.count_params() == 0


def test_a_class_token_is_first():
    layer = ClassToken(embeddings_initializer="ones")
    found = np.asarray(layer(SEQUENCES))
    np.testing.assert_array_equal(found[:, 1:], SEQUENCES)
    np.testing.assert_array_equal(found[:, 0], np.ones((2, 4)))
    assert layer.compute_output_shape((None, None, 4)) == (None, None, 4)
    assert layer.compute_output_shape((None, 5, 4)) == (None, 6, 4)


@pytest.mark.parametrize("step", [0, 3, -1])
def test_one_step_of_a_sequence(step):
    np.testing.assert_array_equal(TakeStep(step)(SEQUENCES), SEQUENCES[:, step])


LEVELS = [0.01, 0.2, 0.5, 0.7, 0.999]


def test_zeros_give_the_quantiles_of_a_normal_distribution():
    found = np.asarray(OrderedQuantiles(LEVELS)(np.zeros((2, 10), "float32")))
    np.testing.assert_allclose(found, np.tile(norm.ppf(LEVELS), (2, 2)), rtol=1e-6, atol=1e-6)


def test_the_quantile_next_to_the_median_is_its_number():
    numbers = np.random.default_rng(0).normal(size=(50, 5)).astype("float32")
    np.testing.assert_array_equal(np.asarray(OrderedQuantiles(LEVELS)(numbers))[:, 2], numbers[:, 2])
    np.testing.assert_array_equal(np.asarray(OrderedQuantiles([0.2, 0.45, 0.9])(numbers[:, :3]))[:, 1], numbers[:, 1])


@pytest.mark.parametrize(
    "levels", [LEVELS, np.arange(1, 100) / 100, [1e-300, 0.5, 0.5 + 2e-16, 1 - 1e-16], [0.3]], ids=len
)
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_quantiles_never_cross(levels, dtype):
    """Steps may be smaller than the rounding of the numbers that they are added to."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(2000, 2 * len(levels))) * 10 ** rng.uniform(-4, 3, (2000, 1))
    found = np.asarray(OrderedQuantiles(list(levels))(numbers.astype(dtype)))
    assert found.dtype == dtype
    assert (np.diff(found.reshape(2000, 2, -1)) >= 0).all()


def test_quantiles_of_part_of_a_target():
    assert problem({"type": "OrderedQuantiles", "quantiles": [0.1, 0.5, 0.9]}, shape=(4,)) == (
        "layers[0]: Keras can't compute OrderedQuantiles 'ordered_quantiles_1' here: OrderedQuantiles takes 3 numbers "
        "for each target, got 4\n  shapes: input (4,)"
    )


IDS = np.array([[3, 1, 2, 0, 0], [2, 2, 1, 3, 1]])


def test_layers_pass_masks_on():
    embedded = keras.layers.Embedding(4, 4, mask_zero=True)(IDS)
    placed = PositionEmbedding(5)(embedded)
    np.testing.assert_array_equal(placed._keras_mask, IDS > 0)
    token = ClassToken()(placed)
    np.testing.assert_array_equal(token._keras_mask, np.pad(IDS > 0, [(0, 0), (1, 0)], constant_values=True))
    assert getattr(TakeStep()(token), "_keras_mask", None) is None


def test_layers_are_saved_with_a_model(tmp_path):
    layers = [PositionEmbedding(8), PositionEmbedding(), ClassToken(), TakeStep(-1), OrderedQuantiles([0.1, 0.7])]
    model = keras.Sequential([keras.Input((5, 4)), *layers])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(np.array(again(SEQUENCES)), np.array(model(SEQUENCES)))
    assert [layer.get_config() for layer in again.layers] == [layer.get_config() for layer in model.layers]


def problem(*layers, shape=(5, 4)):
    with pytest.raises(RecipeError) as caught:
        nnbuild.describe({"nnbuild": 1, "layers": list(layers), "outputs": "last"}, shape)
    return str(caught.value)


def test_sequences_that_do_not_fit():
    assert problem({"type": "PositionEmbedding", "sequence_length": 4}) == (
        "layers[0].sequence_length: PositionEmbedding 'position_embedding_1' supports 4 positions, got a "
        "sequence of 5\n  shapes: input (5, 4)"
    )
    assert problem({"type": "TakeStep", "step": 5}) == (
        "layers[0].step: TakeStep 'take_step_1' uses step 5, but its input has 5 steps\n  shapes: input (5, 4)"
    )
    assert problem({"type": "ClassToken"}, shape=(4,)) == (
        "layers[0]: ClassToken 'class_token_1' takes (steps, features), got (4,)\n"
        "  shapes: input (4,)\n"
        "  hint: add Embedding before it for token ids, otherwise Reshape to [4, 1]"
    )


# --- Masks of attention


ATTENTION = {
    "MultiHeadAttention": {"num_heads": 2, "key_dim": 3},
    "GroupQueryAttention": {"head_dim": 2, "num_query_heads": 4, "num_key_value_heads": 2},
    "Attention": {"inputs": ["input", "input"]},
    "AdditiveAttention": {"inputs": ["input", "input"]},
}


@pytest.mark.parametrize(("name", "causal"), [*((name, True) for name in ATTENTION), ("MultiHeadAttention", False)])
def test_a_causal_mask_hides_what_comes_later(name, causal):
    node = {"type": name, "use_causal_mask": causal, **ATTENTION[name]}
    model = nnbuild.build({"nnbuild": 1, "layers": [node], "outputs": "last"}, (5, 4), seed=0)
    other = SEQUENCES.copy()
    other[:, 3:] += 1
    before, after = (np.array(model(X)) for X in (SEQUENCES, other))
    assert np.allclose(before[:, :3], after[:, :3], atol=1e-6) is causal
    assert not np.allclose(before[:, 3:], after[:, 3:], atol=1e-3)


def test_padding_is_hidden_from_attention():
    layers = [
        {"type": "Embedding", "input_dim": 4, "output_dim": 6, "mask_zero": True},
        {"type": "PositionEmbedding"},
        {"type": "Residual", "layers": [{"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 3}]},
        {"type": "LayerNormalization"},
        {"type": "TakeStep"},
    ]
    recipe = {"nnbuild": 1, "inputs": {"ids": {"shape": [None], "dtype": "int32"}}, "layers": layers, "outputs": "last"}
    model = nnbuild.build(recipe, seed=0)
    short, padded = (np.array(model(ids)) for ids in (IDS[:1, :3], IDS[:1]))
    np.testing.assert_allclose(padded, short, atol=1e-6)
    layers[0] = {**layers[0], "mask_zero": False}
    model = nnbuild.build(recipe, seed=0)
    assert not np.allclose(np.array(model(IDS[:1])), np.array(model(IDS[:1, :3])), atol=1e-3)


def test_a_layer_inside_another_has_no_call_of_its_own():
    inner = {"type": "MultiHeadAttention", "num_heads": 1, "key_dim": 2, "use_causal_mask": True}
    assert problem({"type": "TimeDistributed", "layer": inner}, shape=(3, 5, 4)) == (
        "layers[0]: Keras refuses this TimeDistributed: MultiHeadAttention inside another layer is called without "
        "use_causal_mask"
    )


def test_a_sequence_longer_than_the_positions():
    layers = [{"type": "PositionEmbedding", "sequence_length": 4}, {"type": "GlobalAveragePooling1D"}]
    recipe = {"nnbuild": 1, "inputs": {"X": {"shape": [None, 3]}}, "layers": layers}
    X, y = np.random.default_rng(0).normal(size=(12, 4, 3)), np.arange(12) % 2
    fitted = nnbuild.NNClassifier(recipe, epochs=1).fit(X, y)
    with pytest.raises(nnbuild.DataError) as caught:
        fitted.predict(np.concatenate([X, X], axis=1))
    assert str(caught.value).startswith(
        "the network does not support samples of shape (8, 3): "
        "PositionEmbedding supports 4 positions, got a sequence of 8"
    )
