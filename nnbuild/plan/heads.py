"""What the loss of a regression asks of the output layer, of the scale of the target, and of its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nnbuild.errors import Problem
from nnbuild.recipe import catalog
from nnbuild.recipe.forms import type_of
from nnbuild.recipe.recipe import Recipe
from nnbuild.records import Node


@dataclass(frozen=True)
class Head:
    """What suits a loss.

    Attributes
    ----------
    activation : str
        Of the output layer that is appended.
    scaling : {"standard", "divided", "none"}
        Of the target: less its mean over its deviation, over its mean size, or as it is.
    values : {"any", "not negative", "not zero", "shares", "distributions", "directions"}
        What the target may hold.
    """

    activation: str = "linear"
    scaling: str = "standard"
    values: str = "any"


# An exponential is the log link of generalised linear models: predictions of any size are a few units away. Percentages
# of errors are the same for a target that is divided by a number, and no other one for one that is shifted.
HEADS = {
    "BinaryCrossentropy": Head("sigmoid", "none", "shares"),
    "CosineSimilarity": Head("linear", "none", "directions"),
    "KLDivergence": Head("softmax", "none", "distributions"),
    "MeanAbsolutePercentageError": Head("linear", "divided", "not zero"),
    "MeanSquaredLogarithmicError": Head("exponential", "none", "not negative"),
    "Poisson": Head("exponential", "none", "not negative"),
}
# Activations that give negative numbers, whose logarithm is NaN.
NEGATIVE = {
    "celu", "elu", "gelu", "glu", "hard_shrink", "hard_silu", "hard_swish", "hard_tanh", "leaky_relu", "linear",
    "log_sigmoid", "log_softmax", "mish", "selu", "silu", "soft_shrink", "softsign", "swish", "tanh", "tanh_shrink",
}  # fmt: skip


def head_of(loss: str | Mapping | None) -> Head:
    """What suits a loss; that of the squared error for None, and for a user's own class."""
    if loss is None or (isinstance(loss, Mapping) and loss.get("from_logits")):
        return Head()
    known = catalog.find("losses", type_of(loss))
    return HEADS.get(known.name, Head()) if known else Head()


def loss_of(recipe: Recipe) -> str | Mapping | None:
    """The loss that a recipe gives its only output; None where it gives none."""
    network = recipe.network
    outputs = list(network.outputs.values()) if isinstance(network.outputs, Mapping) else []
    if len(outputs) == 1 and "loss" in outputs[0]:
        return outputs[0]["loss"]
    return network.training.get("loss")


def head_problem(loss: str | Mapping | None, node: Node) -> Problem | None:
    """Why a network's own last layer can't be trained by a loss; None where nothing is known to be wrong."""
    if loss is None or node.type not in ("Dense", "Activation"):
        return None
    known = catalog.find("losses", type_of(loss))
    if known is None or known.name != "Poisson":
        return None
    activation = node.arguments.get("activation") or "linear"
    if not isinstance(activation, str) or activation not in NEGATIVE:
        return None
    found = f"loss Poisson takes logarithms of predictions, and {node.type} {node.name!r} ({activation}) gives "
    hint = "leave 'outputs' to 'auto' for an output layer that suits the loss"
    return Problem(node.path, f"{found}negative ones", "exponential, softplus, relu, sigmoid", hint)
