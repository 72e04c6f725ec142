"""Tables of the recipe language for docs/recipe.md: keys with kinds, defaults and meanings."""

from __future__ import annotations

import json
from collections.abc import Mapping

from nnbuild.catalog.facts.activations import ACTIVATIONS
from nnbuild.catalog.facts.rows import ActivationFacts
from nnbuild.catalog.kinds import Kind
from nnbuild.convert.schema import KEYS
from nnbuild.language.input_kinds import INPUT_KINDS, TABLE, input_keys
from nnbuild.language.sections import ABOUT, DOCUMENT_KEYS, OUTPUT, STOPPING, TRAINING
from nnbuild.plan.settings import STOPPING_DEFAULTS, TRAINING_DEFAULTS, task_loss
from nnbuild.tasks.rows import TASKS, TRAINED
from tools.class_tables import in_words
from tools.markdown import code, table


def document_keys() -> str:
    return table(("key", "what it says"), [(code(key), KEYS[key]) for key in DOCUMENT_KEYS])


def keyed(kinds: Mapping[str, Kind], meanings: Mapping[str, str], defaults: Mapping[str, object] | None = None) -> str:
    """Return a table with one row per key of a part of the recipe: kind, default and meaning."""
    head = ("key", "must be", *(["default"] if defaults is not None else []), "meaning")
    rows = []
    for key, kind in kinds.items():
        default = [] if defaults is None else [code(json.dumps(defaults[key])) if key in defaults else ""]
        rows.append((code(key), in_words(kind), *default, meanings[key]))
    return table(head, rows)


def training() -> str:
    defaults = {key: value for key, value in TRAINING_DEFAULTS.items() if value is not None}
    return keyed(TRAINING, TRAINING_MEANINGS, defaults)


def tasks() -> str:
    rows = [(code(task), code(TASKS[task].activation), _loss(task_loss(None, task))) for task in TRAINED]
    return table(("task", "activation of the output layer", "loss"), rows)


def _loss(loss: str | Mapping) -> str:
    return code(loss if isinstance(loss, str) else json.dumps(loss))


def kinds() -> str:
    return table(("kind", "what the data is"), [(code(kind), row.title) for kind, row in INPUT_KINDS.items()])


def of_kind(kind: str) -> str:
    """Return a table with one row per key of an input kind."""
    row = INPUT_KINDS[kind]
    return keyed(row.keys, INPUT_MEANINGS, row.defaults or None)


def auto_initializers() -> str:
    """Return a table of the initializers that "auto" selects, by activation."""
    by_initializer: dict[str, list[str]] = {}
    usual = ActivationFacts().initializer
    for activation, facts in ACTIVATIONS.items():
        if facts.initializer != usual:
            by_initializer.setdefault(facts.initializer, []).append(code(activation))
    rows = [(", ".join(activations), code(initializer)) for initializer, activations in by_initializer.items()]
    return table(("activation", "initializer"), [*rows, ("any other, or none", code(usual))])


ANY_INPUT = {key: input_keys()[key] for key in ("shape", "dtype", "kind")}
ABOUT_MEANINGS = {
    "kind": "sort of network, for lists of the gallery",
    "uses": "what it shows: layers, composites, regularizers ...",
    "paper": "where it comes from",
    "data": "name of a bundled data set, or path of a file of data; `nnbuild train` takes it",
    "target": "column to predict; by default the last",
}
INPUT_MEANINGS = {
    "shape": "shape of one sample, without the batch axis; null for an axis of unknown length",
    "dtype": "of the data",
    "kind": "what the data is; see below. By default a tensor: an array of numbers",
    "max_onehot": "most levels of a category that is written one-hot; more become an embedding",
    "rare_fraction": "levels that fewer than this share of the rows have are joined",
    "impute": "what missing numbers become",
    "scale": "how numbers are brought to one scale",
    "indicators": "whether missing values get a column that marks them",
    "max_tokens": "most numbers, those for padding and for what is unknown among them; the most frequent have one then",
    "output_sequence_length": "numbers of a text; by default, of the longest of the training rows, 512 at most",
    "standardize": "what is done to a text first; null for nothing",
    "split": "what its tokens are",
    "ngrams": "runs of up to so many tokens are tokens too; they stand behind the single ones, pairs first",
    "output_mode": "numbers of tokens in order, or of each known token whether it is there, how often, or that weighed",
    "mask_value": "what stands behind the end of a series, in each channel",
    "masked": "whether a mask leaves out what pads series; arrays of one shape go in as they are then",
    "column": "the column of a DataFrame; by default, that of the input's name",
}
OUTPUT_MEANINGS = {
    "node": "the node whose result it is; needed",
    "loss": "its loss",
    "weight": "weight of its loss in the sum of all; 1 by default",
    "metrics": "what is computed beside the loss",
    "target": "name of its target in the data; by default the output's own name",
}
TRAINING_MEANINGS = {
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
STOPPING_MEANINGS = {
    "monitor": "curve to watch: `loss`, `val_loss`, or a metric; `loss` where nothing is held out",
    "patience": "epochs without improvement after which training stops",
    "min_delta": "smallest change that is an improvement",
    "restore_best": "whether the weights of the best epoch are put back",
}

TABLES = {
    "document": document_keys,
    "about": lambda: keyed(ABOUT, ABOUT_MEANINGS),
    "inputs": lambda: keyed(ANY_INPUT, INPUT_MEANINGS),
    "kinds": kinds,
    "table_input": lambda: of_kind(TABLE),
    "series_input": lambda: of_kind("series"),
    "ids_input": lambda: of_kind("ids"),
    "text_input": lambda: of_kind("text"),
    "prepare": lambda: of_kind(TABLE),
    "outputs": lambda: keyed(OUTPUT, OUTPUT_MEANINGS),
    "training": training,
    "early_stopping": lambda: keyed(STOPPING, STOPPING_MEANINGS, STOPPING_DEFAULTS),
    "tasks": tasks,
    "auto": auto_initializers,
}
