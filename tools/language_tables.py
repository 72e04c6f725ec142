"""Tables of the recipe language for docs/recipe.md: keys with kinds, defaults and meanings."""

from __future__ import annotations

import json
from collections.abc import Mapping

from nnbuild.catalog.facts.activations import ACTIVATIONS
from nnbuild.catalog.facts.rows import ActivationFacts
from nnbuild.catalog.kinds import Kind
from nnbuild.convert.schema import KEYS
from nnbuild.language.ensembles import ENSEMBLE, ENSEMBLE_DEFAULTS
from nnbuild.language.input_kinds import INPUT_KINDS, TABLE, input_keys
from nnbuild.language.outputs import OUTPUT
from nnbuild.language.sections import ABOUT, DOCUMENT_KEYS, EPOCHS, STOPPING, TRAINING
from nnbuild.plan.sample_settings import EPOCHS_DEFAULTS
from nnbuild.plan.settings import STOPPING_DEFAULTS, TRAINING_DEFAULTS, task_loss
from nnbuild.tasks.rows import TASKS, TRAINED_TASKS
from tools.class_tables import in_words
from tools.markdown import code, table


def document_keys() -> str:
    return table(("key", "meaning"), [(code(key), KEYS[key]) for key in DOCUMENT_KEYS])


def keyed(kinds: Mapping[str, Kind], meanings: Mapping[str, str], defaults: Mapping[str, object] | None = None) -> str:
    """Return a table with one row per key of a part of the recipe: kind, default and meaning."""
    head = ("key", "must be", *(["default"] if defaults is not None else []), "meaning")
    rows = []
    for key, kind in kinds.items():
        default = [] if defaults is None else [code(json.dumps(defaults[key])) if key in defaults else ""]
        rows.append((code(key), in_words(kind), *default, meanings[key]))
    return table(head, rows)


def training() -> str:
    return keyed(TRAINING, TRAINING_MEANINGS, _listed(TRAINING_DEFAULTS))


def _listed(defaults: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in defaults.items() if value is not None}


def tasks() -> str:
    rows = [(code(task), code(TASKS[task].activation), _loss(task_loss(None, task))) for task in TRAINED_TASKS]
    return table(("task", "activation of the output layer", "loss"), rows)


def _loss(loss: str | Mapping) -> str:
    return code(loss if isinstance(loss, str) else json.dumps(loss))


def kinds() -> str:
    return table(("kind", "data"), [(code(kind), row.title) for kind, row in INPUT_KINDS.items()])


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
    "kind": "group in lists of the gallery",
    "uses": "features that the recipe demonstrates: layers, composites, regularizers ...",
    "paper": "reference",
    "data": "default data of `nnbuild train`: name of a bundled data set, or path of a data file",
    "target": "target column; by default the last",
    "reason": 'reason for the choice of the recipe with `recipe="auto"`, which sets it',
}
INPUT_MEANINGS = {
    "shape": "shape of one sample, without the batch axis; null for an axis of unknown length",
    "dtype": "dtype of the input",
    "kind": "type of the data, see below; by default `tensor`",
    "max_onehot": "maximum number of categories for one-hot encoding; columns with more: see `many_categories`",
    "rare_fraction": "categories whose share of the samples is smaller are grouped as infrequent",
    "impute": "replacement of missing numbers",
    "scale": "scaling of numeric columns: none, by median and interquartile range, by mean and standard deviation, or"
    " to a normal distribution by quantiles",
    "indicators": "whether to add an indicator for missing values",
    "clip": "limit of scaled columns, which are clipped smoothly: z / sqrt(1 + (z / clip)²); null for no limit",
    "scale_categories": "whether to scale and clip one-hot columns, booleans and indicators too, by median and"
    " interquartile range, or by half of the range where this is 0",
    "signed_binary": "whether booleans, and categories with two values, are one column of -1 and 1 (missing: 0)",
    "many_categories": "columns with more than `max_onehot` categories: embedded, or one-hot encoded with the less"
    " frequent categories grouped, as are categories of one sample",
    "max_tokens": "maximum vocabulary size, including padding and the unknown token; the most frequent tokens are kept",
    "output_sequence_length": "number of token ids per text; by default that of the longest training text, at most 512",
    "standardize": "normalization of the text before splitting; null for none",
    "split": "unit of a token: character, or word",
    "max_length": "maximum length of a text in words or characters; the rest is dropped before n-grams are formed",
    "ngrams": "maximum length of n-grams added to the tokens; they follow the single tokens, bigrams first",
    "output_mode": "token ids in order (int), or one value per token of the vocabulary, as in `TextVectorization`",
    "mask_value": "padding value in each channel",
    "masked": "whether to mask the padding; arrays of one shape are then used unchanged",
    "column": "column of the DataFrame; by default the name of the input",
}
OUTPUT_MEANINGS = {
    "node": "name of the node that returns the output; by default, an output layer is added after the last node",
    "task": "task; by default that of the loss, or chosen by the data as by `nnbuild train`",
    "loss": "loss of the output; by default follows from the task",
    "weight": "weight of the loss in the total loss; 1 by default",
    "metrics": "metrics of the output",
    "class_weight": "weights of the classes in the loss of the output, as in `training`",
    "target": "column of the target in y, or a list of columns; by default the name of the output",
}
TRAINING_MEANINGS = {
    "optimizer": "optimizer",
    "learning_rate": "learning rate of the optimizer; by default that of its class",
    "weight_decay": "decoupled weight decay of the optimizer; by default that of its class",
    "schedules": "factors that change during training",
    "loss": "loss; by default follows from the task",
    "metrics": "metrics computed in each epoch",
    "epochs": "maximum number of epochs; an object derives it from a number of steps",
    "batch_size": "samples per step; auto: 32 up to 1,024 training samples, 64 up to 2,048, 128 up to 8,192, else 256;"
    " even: from that to twice that, so that the last batch is about as large as the others",
    "shuffle": "whether to shuffle the samples before each epoch",
    "validation_fraction": "fraction of the samples held out as validation set; 0.1 by default with `early_stopping`",
    "validation": "samples of the validation set: random (stratified by class), or the last",
    "early_stopping": "whether to stop early; an object sets its options",
    "class_weight": "weights of classes in the loss: one per label, or balanced as in scikit-learn",
    "loss_weighting": "weights of the losses of several outputs: fixed, or also trained, by [uncertainty](#outputs)",
    "label_smoothing": "share of the target probability that is distributed over all classes",
    "precision": "dtype policy of the layers",
    "gradient_accumulation": "number of steps whose gradients are averaged for one update of the weights",
    "target_transform": "for regression: transform of the target before it is standardized: logarithm, Yeo-Johnson"
    " power, or chosen by likelihood (auto), see [targets](guide/targets.md#skewed-targets)",
    "clip_predictions": "for regression: whether to limit predictions to the range of the training targets",
    "ensemble": "members of an ensemble, see [ensembles](#ensembles); by default one network",
}
EPOCHS_MEANINGS = {
    "steps": "number of steps of the whole training; required",
    "min": "least number of epochs, for large data",
    "max": "largest number of epochs, for small data",
}
STOPPING_MEANINGS = {
    "monitor": "monitored metric; by default `val_loss`, or `loss` without a validation set",
    "patience": "number of epochs without improvement before training stops",
    "min_delta": "minimum change that counts as improvement",
    "restore_best": "whether to restore the weights of the best epoch",
}
ENSEMBLE_MEANINGS = {
    "members": "number of members of each variant, without folds",
    "bootstrap": "whether each member trains on a bootstrap sample of its training set",
    "folds": "number of folds; each member of a variant is validated on one fold and trained on the others",
    "variants": "values of params and addresses for groups of members, each with `members` or `folds` members",
    "choose_epoch": "best epoch with early stopping: of each member, or one for all members of a variant, by their "
    "pooled validation loss",
    "weights": "weights of the variants in the mean prediction: equal, or fitted to predictions for held-out samples",
    "temperature": "whether to rescale probabilities with a temperature fitted to predictions for held-out samples",
    "neighbors": "name of a node: the targets of training samples with similar outputs of it count in predictions, "
    "with a weight fitted to predictions for held-out samples",
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
    "epochs": lambda: keyed(EPOCHS, EPOCHS_MEANINGS, EPOCHS_DEFAULTS),
    "early_stopping": lambda: keyed(STOPPING, STOPPING_MEANINGS, STOPPING_DEFAULTS),
    "ensemble": lambda: keyed(ENSEMBLE, ENSEMBLE_MEANINGS, _listed(ENSEMBLE_DEFAULTS)),
    "tasks": tasks,
    "auto": auto_initializers,
}
