"""Use, usual input shape and number of parameters of each recipe in the gallery; a test checks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nnbuild.language.input_kinds import HISTORY, ITEM, USER
from nnbuild.records import Shape


@dataclass(frozen=True)
class TypicalUse:
    """Usual input and output of a recipe: as published, or of its bundled data set.

    Attributes
    ----------
    use : str
        Inputs and outputs, in words.
    input_shape : tuple of int, or mapping of str to tuple
        Of one sample, or of each input.
    n_parameters : int
        Number of parameters of the network for this input and output.
    task : str, mapping of str to str, or None
    n_outputs : int, mapping of str to int, or None
        As in `nnbuild.describe`; None for networks that define their outputs.
    """

    use: str
    input_shape: Shape | Mapping[str, Shape]
    n_parameters: int
    task: str | Mapping[str, str] | None = None
    n_outputs: int | Mapping[str, int] | None = None

    @property
    def outputs(self) -> str:
        """Outputs in words, such as "10 outputs"; "" if they are not known."""
        if isinstance(self.task, Mapping):
            counts = self.n_outputs if isinstance(self.n_outputs, Mapping) else {}
            return " and ".join(f"{name} ({counts.get(name, 1)})" for name in self.task)
        if not isinstance(self.n_outputs, int):
            return ""
        return "1 output" if self.n_outputs == 1 else f"{self.n_outputs:,} outputs"


CONTINUED = "text generation"
DEPTH = "lessons on network depth"
FORECASTS = "series to forecasts"
PAIRS = "users to recommended items"
SEVERAL = "{} to a class and numbers"
IMAGES = "images to classes"
SEQUENCES = "sequences to classes or numbers"
PIXELS = "images to a class per pixel"
TABLES = "tables to classes or numbers"
TEXTS = "texts to classes"
IMAGENET = (224, 224, 3)

TYPICAL_USES = {
    "char_lstm": TypicalUse(CONTINUED, (64,), 369_920, task="tokens", n_outputs=256),
    "bert_base": TypicalUse(TEXTS, {"ids": (128,), "segments": (128,)}, 109_483_009, task="binary"),
    "deep_relu": TypicalUse(DEPTH, (64,), 83_850, n_outputs=10),
    "deep_sigmoid": TypicalUse(DEPTH, (64,), 83_850, n_outputs=10),
    "digits_mlp": TypicalUse(IMAGES, (64,), 17_226, n_outputs=10),
    "fcn": TypicalUse(SEQUENCES, (100, 8), 274_186, n_outputs=10),
    "forecast_gru": TypicalUse(FORECASTS, (24, 1), 3_395, task="regression", n_outputs=1),
    "forecast_lstm": TypicalUse(FORECASTS, (24, 1), 4_387, task="regression", n_outputs=1),
    "gpt2_small": TypicalUse("tokens to the next token", (128,), 124_439_808),
    "inception": TypicalUse(SEQUENCES, (100, 8), 18_842, n_outputs=10),
    "item_set": TypicalUse(PAIRS, {HISTORY: (50,), ITEM: ()}, 6_500_032, task="binary"),
    "gru": TypicalUse(SEQUENCES, (100, 8), 104_202, n_outputs=10),
    "kind_and_position": TypicalUse(
        SEVERAL.format("images"),
        (32, 32, 1),
        47_445,
        {"kind": "multiclass", "position": "regression"},
        {"kind": 3, "position": 2},
    ),
    "kind_and_size": TypicalUse(
        SEVERAL.format("tables"), (13,), 35_078, {"kind": "multiclass", "size": "regression"}, {"kind": 3, "size": 1}
    ),
    "lenet5": TypicalUse(IMAGES, (32, 32, 1), 61_706, n_outputs=10),
    "lstm": TypicalUse(SEQUENCES, (100, 8), 137_482, n_outputs=10),
    "mlp": TypicalUse(TABLES, (13,), 10_243, n_outputs=3),
    "mnist_mlp": TypicalUse(IMAGES, (28, 28), 101_770, n_outputs=10),
    "mobilenet": TypicalUse(IMAGES, IMAGENET, 4_253_864, n_outputs=1000),
    "neumf": TypicalUse(PAIRS, {USER: (), ITEM: ()}, 26_401_737, task="binary"),
    "perceptron": TypicalUse(TABLES, (4,), 15, n_outputs=3),
    "pilotnet": TypicalUse("images to numbers", (66, 200, 3), 252_219, n_outputs=1),
    "realmlp": TypicalUse(TABLES, (13,), 151_163, n_outputs=3),
    "regression_mlp": TypicalUse(TABLES, (10,), 1_441, n_outputs=1),
    "residual_mlp": TypicalUse(TABLES, (30,), 35_969, task="binary"),
    "resnet18": TypicalUse(IMAGES, IMAGENET, 11_699_112, n_outputs=1000),
    "resnet34": TypicalUse(IMAGES, IMAGENET, 21_814_696, n_outputs=1000),
    "resnet50": TypicalUse(IMAGES, IMAGENET, 25_636_712, n_outputs=1000),
    "small_bert": TypicalUse(TEXTS, (128,), 620_353, task="binary"),
    "small_bert_pretraining": TypicalUse("texts to masked tokens", (128,), 624_576),
    "small_cnn": TypicalUse(IMAGES, (28, 28, 1), 218_778, n_outputs=10),
    "small_gpt": TypicalUse(CONTINUED, (128,), 841_344),
    "small_transformer": TypicalUse(
        "texts to texts", {"source": (32,), "target": (12,)}, 206_280, task="tokens", n_outputs=200
    ),
    "tabm": TypicalUse(TABLES, (13,), 158_685, n_outputs=3),
    "table": TypicalUse(TABLES, (13,), 90_167, n_outputs=3),
    "text_cnn": TypicalUse(TEXTS, (100,), 1_329_537, task="binary"),
    "text_ensemble": TypicalUse(TEXTS, {"words": (20_000,), "characters": (10_000,)}, 60_001, task="binary"),
    "text_mlp": TypicalUse(TEXTS, (20_000,), 1_280_129, task="binary"),
    "transformer": TypicalUse("texts to texts", {"source": (64,), "target": (64,)}, 63_082_496),
    "two_tower": TypicalUse(PAIRS, {USER: (), ITEM: ()}, 35_300_000, task="binary"),
    "unet": TypicalUse(PIXELS, (128, 128, 3), 1_947_010, "segmentation", n_outputs=2),
    "vgg16": TypicalUse(IMAGES, IMAGENET, 138_357_544, n_outputs=1000),
    "vgg19": TypicalUse(IMAGES, IMAGENET, 143_667_240, n_outputs=1000),
    "vit_tiny": TypicalUse(IMAGES, IMAGENET, 5_717_416, n_outputs=1000),
    "wide_and_deep": TypicalUse(TABLES, {"wide": (10,), "deep": (20,)}, 3_467, task="binary"),
    "xor": TypicalUse(TABLES, (2,), 17, task="binary"),
}
