"""Classes, activations and arguments that recipes may not use, with the reason and the remedy."""

from __future__ import annotations

from dataclasses import dataclass

_REGISTER = "register a layer class in Python and use its registered name"
_MIX_BEFORE = "mix rows and labels before fit, or use layers that change images alone, as RandomErasing does"


@dataclass(frozen=True)
class Refusal:
    """Reason why a name is refused, and what to use instead."""

    reason: str
    remedy: str = _REGISTER

    def found(self, what: str) -> str:
        """Return the error message about `what`.

        Examples
        --------
        >>> Refusal("runs a program from a file").found("TFSMLayer")
        'TFSMLayer runs a program from a file and is refused'
        """
        return f"{what} {self.reason} and is refused"


# Some are in the catalog, for model files of earlier versions.
REFUSED_LAYERS = {
    # A layer of a recipe receives images without their labels.
    "CutMix": Refusal("combines images but not their labels", _MIX_BEFORE),
    "FlaxLayer": Refusal("contains code, which a recipe can't contain,"),
    "JaxLayer": Refusal("contains code, which a recipe can't contain,"),
    "Lambda": Refusal("can run code from the recipe"),
    "MaxNumBoundingBoxes": Refusal(
        "works on bounding boxes, which no recipe has,", "remove it: it does not change images"
    ),
    "MixUp": Refusal("mixes images but not their labels", _MIX_BEFORE),
    "TFSMLayer": Refusal("runs a program from a file"),
    "TorchModuleWrapper": Refusal("contains code, which a recipe can't contain,"),
}

# Activations of Keras that no layer can have by name.
REFUSED_ACTIVATIONS = {
    "glu": Refusal(
        "halves the last axis, where layers state a shape that is not halved,",
        "multiply two branches, one of them with activation 'sigmoid': a Parallel whose merge is 'Multiply'",
    ),
    "threshold": Refusal(
        "needs two arguments that a name can't give",
        "write {'type': 'ReLU', 'threshold': 1.0}, which gives 0 below its threshold",
    ),
}

# Arguments of Keras 2 that Keras 3 removed, by class and name, with the remedy.
KERAS_2 = {
    ("Embedding", "input_length"): "Keras 3 removed it: remove it from the recipe",
    ("LeakyReLU", "alpha"): "it is named 'negative_slope' in Keras 3",
}
