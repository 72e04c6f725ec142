"""Writes what is generated in docs/recipe.md, and leaves its prose as it is: ``python tools/make_reference.py``.

That is what stands between ``<!-- table: NAME -->`` and ``<!-- end -->``; below a block ``json bad``, the message that
its recipe gives; and in a block ``text nodes``, the nodes of the recipe above it. A test compares the file with what
this writes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from nnbuild.errors import RecipeError
from nnbuild.plan.settings import LOSSES, STOPPING_DEFAULTS, TRAINING_DEFAULTS
from nnbuild.recipe import catalog
from nnbuild.recipe.arguments import kind_of
from nnbuild.recipe.expand import ARITY
from nnbuild.recipe.graph import AUTO_INITIALIZERS, GLOROT
from nnbuild.recipe.kinds import NOUNS, Kind
from nnbuild.recipe.recipe import Recipe
from nnbuild.recipe.schema import KEYS
from nnbuild.recipe.schema_classes import names_by_class, signatures
from nnbuild.recipe.sections import ABOUT, DOCUMENT_KEYS, INPUT, OUTPUT, STOPPING, TRAINING

FILE = Path(__file__).parents[1] / "docs" / "recipe.md"
MARKED = re.compile(r"(<!-- table: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
BAD = re.compile(r"(^```json bad\n(.*?)^```\n\n```text\n).*?(^```$)", re.DOTALL | re.MULTILINE)
NODES = re.compile(r"(^```json\n((?:(?!```).)*?)^```\n\n```text nodes\n).*?(^```$)", re.DOTALL | re.MULTILINE)


def main() -> None:
    FILE.write_text(text(FILE.read_text("utf-8")), "utf-8")


def text(document: str) -> str:
    """`document` with all that is generated written anew."""
    document = rewritten(document, MARKED, lambda name: TABLES[name]())
    return rewritten(rewritten(document, BAD, message), NODES, nodes)


def rewritten(document: str, pattern: re.Pattern, written: Callable[[str], str]) -> str:
    return pattern.sub(lambda match: f"{match[1]}{written(match[2])}\n{match[3]}", document)


def message(recipe: str) -> str:
    """What nnbuild says of a recipe with mistakes."""
    try:
        Recipe.from_json(recipe, "my.json")
    except RecipeError as error:
        return str(error)
    raise ValueError(f"this recipe is marked as bad, but it is right:\n{recipe}")


def nodes(recipe: str) -> str:
    """Names, types and inputs of the layers of a recipe, a line each."""
    found = Recipe.from_json(recipe).network.nodes
    return "\n".join(f"{node.name}: {node.type} <- {', '.join(node.inputs)}" for node in found)


# Tables of the language


def document_keys() -> str:
    return table(("key", "what it says"), [(code(key), KEYS[key]) for key in DOCUMENT_KEYS])


def keyed(kinds: Mapping[str, Kind], says: Mapping[str, str], defaults: Mapping[str, object] | None = None) -> str:
    """One row for each key of a part of the recipe: kind, default and meaning."""
    head = ("key", "must be", *(["default"] if defaults is not None else []), "meaning")
    rows = []
    for key, kind in kinds.items():
        default = [] if defaults is None else [code(json.dumps(defaults[key])) if key in defaults else ""]
        rows.append((code(key), in_words(kind), *default, says[key]))
    return table(head, rows)


def training() -> str:
    defaults = {key: value for key, value in TRAINING_DEFAULTS.items() if value is not None}
    return keyed(TRAINING, TRAINING_SAYS, defaults)


def tasks() -> str:
    rows = [(code(task), code(activation), code(loss)) for task, (loss, activation) in LOSSES.items()]
    return table(("task", "activation of the output layer", "loss"), rows)


def auto_initializers() -> str:
    """Which initializer "auto" is, by activation."""
    by_initializer: dict[str, list[str]] = {}
    for activation, initializer in AUTO_INITIALIZERS.items():
        by_initializer.setdefault(initializer, []).append(code(activation))
    rows = [(", ".join(activations), code(initializer)) for initializer, activations in by_initializer.items()]
    return table(("activation", "initializer"), [*rows, ("any other, or none", code(GLOROT))])


# Tables of Keras' classes


def layer_index() -> str:
    rows = [(group, ", ".join(f"[{name}](#{name.lower()})" for name in names)) for group, names in LAYER_GROUPS.items()]
    return table(("", "layers"), rows)


def layers() -> str:
    return "\n\n".join(layer_group(group, names) for group, names in LAYER_GROUPS.items())


def layer_group(group: str, names: Iterable[str]) -> str:
    parts = [f"<details><summary><b>{group}</b></summary>", *map(layer, names), "</details>"]
    return "\n\n".join(parts)


def layer(name: str) -> str:
    """A layer or cell with its arguments, but those that every layer takes."""
    family = "layers" if catalog.find("layers", name) else "cells"
    found = catalog.find(family, name)
    assert found is not None
    names = [argument for argument in found.arguments if argument not in EVERYWHERE]
    rows = [(", ".join(shown), kind) for kind, shown in by_kind(family, name, names).items()]
    body = table(("arguments and defaults", "must be"), rows) if rows else "It has no arguments of its own."
    return "\n\n".join(part for part in (f"#### {name}", notes(family, name), body) if part)


def notes(family: str, name: str) -> str:
    """Other names of a class, what it needs, and how many inputs it takes where that is not one."""
    found = catalog.find(family, name)
    assert found is not None
    others = [code(other) for other in names_by_class(family)[name] if other != name]
    said = [f"Also called {listed(others)}."] if others else []
    said += [f"Needs {listed(map(code, found.required))}."] if found.required else []
    if family == "layers" and name in ARITY:
        fewest, most = ARITY[name]
        count = f"{fewest} or more" if most is None else str(fewest) if fewest == most else f"{fewest} to {most}"
        said.append(f"Takes {count} inputs.")
    return " ".join(said)


def by_kind(family: str, name: str, arguments: Iterable[str]) -> dict[str, list[str]]:
    """The arguments of a class with their defaults, those of one kind together."""
    found = catalog.find(family, name)
    assert found is not None
    groups: dict[str, list[str]] = {}
    for argument in arguments:
        default = "" if argument in found.required else f" = {code(json.dumps(found.arguments[argument]))}"
        shown = f"**{code(argument)}**" if argument in found.required else code(argument)
        groups.setdefault(in_words(kind_of(family, name, argument)), []).append(f"{shown}{default}")
    return groups


def cells() -> str:
    return layer_group("Recurrent cells", catalog.class_names("cells"))


def activations() -> str:
    own: dict[str, list[str]] = {}
    for name in catalog.activation_names():
        own.setdefault(str(catalog.activation(name)), []).append(name)
    shown = [code(name) + also(names, name) for name, names in own.items()]
    with_arguments = [f"[{name}](#{name.lower()})" for name in catalog.class_names("activations")]
    return f"{', '.join(shown)}.\n\nWith arguments, as objects: {', '.join(with_arguments)}."


def classes(family: str) -> str:
    """All classes of a family with their arguments."""
    rows = []
    for signature in signatures(family):
        names = names_by_class(family)[signature.name]
        groups = by_kind(family, signature.name, [name for name in signature.arguments if name not in EVERYWHERE])
        first = code(signature.name) + also(names, signature.name)
        cells = [(", ".join(shown), kind) for kind, shown in groups.items()] or [("", "")]
        rows += [(first if index == 0 else "", *cell) for index, cell in enumerate(cells)]
    return table(("class", "arguments and defaults", "must be"), rows)


def also(names: Iterable[str], own: str) -> str:
    others = [code(name) for name in names if name != own]
    return f" (also {', '.join(others)})" if others else ""


# Parts


def in_words(kind: Kind) -> str:
    """A kind in words, with links to the tables of Keras objects."""
    words = kind.says
    for family, noun in NOUNS.items():
        article = "an" if noun[0] in "aeio" else "a"
        for form in ("(its name, or an object with 'type')", "(an object with 'type')"):
            words = words.replace(f"{article} {noun} {form}", f"[{article} {noun}](#{ANCHORS[family]})")
    return words


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = tuple(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def code(words: str) -> str:
    return f"`{words}`"


def listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


EVERYWHERE = ("trainable", "dtype")  # what every layer and cell takes, and what losses and metrics compute in

ABOUT_SAYS = {
    "kind": "sort of network, for lists of the gallery",
    "uses": "what it shows: layers, composites, regularizers ...",
    "paper": "where it comes from",
    "data": "name of a bundled data set, or path of a CSV file; `nnbuild train` takes it",
    "target": "column to predict; by default the last",
}
INPUT_SAYS = {
    "shape": "shape of one sample, without the batch axis; null for an axis of unknown length",
    "dtype": "of the data",
    "kind": "what it is: an array, or a table whose columns are prepared",
    "max_onehot": "most levels of a category that is written one-hot; more become an embedding",
    "rare_fraction": "levels that fewer than this share of the rows have are joined",
    "impute": "what missing numbers become",
    "scale": "how numbers are brought to one scale",
    "indicators": "whether missing values get a column that marks them",
}
OUTPUT_SAYS = {
    "node": "the node whose result it is; needed",
    "loss": "its loss",
    "weight": "weight of its loss in the sum of all; 1 by default",
    "metrics": "what is computed beside the loss",
    "target": "name of its target in the data; by default the output's own name",
}
TRAINING_SAYS = {
    "optimizer": "how weights are changed",
    "learning_rate": "learning rate of the optimizer, without naming its class",
    "loss": "what is made small; by default, what suits the task",
    "metrics": "what is computed beside the loss",
    "epochs": "passes over the training data, at most",
    "batch_size": "samples in a step",
    "shuffle": "whether samples come in another order in every epoch",
    "validation_fraction": "share of the samples held out to judge each epoch; 0.1 with `early_stopping`",
    "validation": "which samples are held out: random ones (of each class its share), or the last",
    "early_stopping": "whether training stops when it gets no better; an object says how",
    "class_weight": "weights of classes in the loss: by class, or so that all classes weigh the same",
    "label_smoothing": "share of the target probability that is spread over all classes",
    "precision": "dtype policy of the layers",
    "gradient_accumulation": "steps whose gradients are averaged before weights change",
}
STOPPING_SAYS = {
    "monitor": "curve to watch: `loss`, `val_loss`, or a metric; `loss` where nothing is held out",
    "patience": "epochs without improvement after which training stops",
    "min_delta": "smallest change that is an improvement",
    "restore_best": "whether the weights of the best epoch are put back",
}

ANCHORS = {
    "layers": "layers-of-keras",
    "cells": "recurrent-cells",
    "schedules": "learning-rate-schedules",
    **{family: family for family in NOUNS if family not in ("layers", "cells", "schedules")},
}

LAYER_GROUPS = {
    "Dense, embedding and the like": [
        "Dense",
        "EinsumDense",
        "Embedding",
        "ReversibleEmbedding",
        "Identity",
        "Masking",
    ],
    "Activation": ["Activation", "ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax"],
    "Dropout, noise and penalties": [
        *("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D", "SpatialDropout2D"),
        *("SpatialDropout3D", "ActivityRegularization"),
    ],
    "Normalization": [
        *("BatchNormalization", "GroupNormalization", "LayerNormalization", "RMSNormalization"),
        *("SpectralNormalization", "UnitNormalization", "Normalization"),
    ],
    "Convolution": [
        *("Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
        *("DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D"),
    ],
    "Pooling": [
        *("MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D"),
        *("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D"),
        *("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D"),
        *("AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D"),
        *("AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D"),
    ],
    "Sequences": [
        *("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "TimeDistributed"),
        *("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"),
    ],
    "Attention": ["MultiHeadAttention", "GroupQueryAttention", "Attention", "AdditiveAttention"],
    "Merging": ["Add", "Concatenate", "Average", "Maximum", "Minimum", "Multiply", "Subtract", "Dot"],
    "Shape": [
        *("Flatten", "Reshape", "Permute", "RepeatVector", "Cropping1D", "Cropping2D", "Cropping3D"),
        *("UpSampling1D", "UpSampling2D", "UpSampling3D", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D"),
    ],
    "Tables, text and sound": [
        *("CategoryEncoding", "Discretization", "HashedCrossing", "Hashing", "IntegerLookup", "StringLookup"),
        *("TextVectorization", "Rescaling", "MelSpectrogram", "STFTSpectrogram"),
    ],
    "Images": [
        *("Resizing", "CenterCrop", "Pipeline", "AugMix", "AutoContrast"),
        *("ContrastLimitedAdaptiveHistogramEqualization", "CutMix", "Equalization", "MaxNumBoundingBoxes", "MixUp"),
        *("RandAugment", "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast"),
        *("RandomCrop", "RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur"),
        *("RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization"),
        *("RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom"),
        "Solarization",
    ],
}

TABLES = {
    "document": document_keys,
    "about": lambda: keyed(ABOUT, ABOUT_SAYS),
    "inputs": lambda: keyed(INPUT, INPUT_SAYS),
    "outputs": lambda: keyed(OUTPUT, OUTPUT_SAYS),
    "training": training,
    "early_stopping": lambda: keyed(STOPPING, STOPPING_SAYS, STOPPING_DEFAULTS),
    "tasks": tasks,
    "auto": auto_initializers,
    "layer_index": layer_index,
    "layers": layers,
    "cells": cells,
    "activations": activations,
    "initializers": lambda: classes("initializers"),
    "regularizers": lambda: classes("regularizers"),
    "constraints": lambda: classes("constraints"),
    "optimizers": lambda: classes("optimizers"),
    "schedules": lambda: classes("schedules"),
    "losses": lambda: classes("losses"),
    "metrics": lambda: classes("metrics"),
}

if __name__ == "__main__":
    main()
