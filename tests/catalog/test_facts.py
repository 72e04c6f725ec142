"""Facts by class: rows are of classes of the catalog, each name in a row is one of its stage, and no stage has more."""

import ast
from functools import cache
from pathlib import Path

import keras
import numpy as np
import pytest

import nnbuild
from nnbuild import catalog
from nnbuild.catalog import combinations
from nnbuild.catalog.facts import activation_facts, losses, objects
from nnbuild.catalog.facts.activations import ACTIVATIONS
from nnbuild.catalog.facts.layers import LAYERS
from nnbuild.catalog.facts.refused import REFUSED_ACTIVATIONS, REFUSED_LAYERS
from nnbuild.catalog.facts.rows import LAYER_FAMILIES
from nnbuild.generate import step_forms
from nnbuild.plan import argument_checks, macs, tensor_checks, weight_checks
from nnbuild.train.common import counter_based_random
from nnbuild.train.stacked import execution_modes, layer_forms

FUNCTIONS = {catalog.activation(name) for name in catalog.activation_names()}
TABLES = {
    "activations": ACTIVATIONS,
    "constraints": objects.CONSTRAINTS,
    "initializers": objects.INITIALIZERS,
    "layers": LAYERS,
    "losses": losses.LOSSES,
    "metrics": losses.METRICS,
    "optimizers": objects.OPTIMIZERS,
    "regularizers": objects.REGULARIZERS,
    "schedules": objects.SCHEDULES,
}
INSIDE_KERAS = {"ConvLSTMCell"}  # named in facts, but not to be imported from Keras
# Names in rows of layers, and those that their stages have.
NAMES = {
    "arguments": argument_checks.CHECKS,
    "family": LAYER_FAMILIES,
    "form": layer_forms.FORMS,
    "inputs_as": ("arguments", "list"),
    "macs": ("free", "uncounted", *macs.RULES, *macs.CELL_RULES),
    "masks": ("along_axis", "regarded"),
    "ordinary": ("any", "real"),
    "random": counter_based_random.MIXINS,
    "shapes": tensor_checks.CHECKS,
    "steps": step_forms.STEP_FORMS,
}
# Classes that their family's default suits.
DEFAULTS = {
    "constraints": {"MaxNorm", "MinMaxNorm", "UnitNorm"},
    "initializers": {"STFT"},
    "metrics": {"Mean", "Sum"},
    "optimizers": {"ScheduleFreeAdamW"},
    "regularizers": {"OrthogonalRegularizer"},
    "schedules": {"CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay", "PolynomialDecay"},
}
PACKAGE = Path(nnbuild.__file__).parent
# Tables of classes that are not facts of one stage, with the reason.
ELSEWHERE = {
    "catalog/argument_table.py": "kinds of arguments, which are a part of the signatures",
    "convert/code_objects.py": "L1 and L2, whose only argument reads well by its place",
    "convert/subset.py": "statements of Python, one of which is called Constant",
    "keras_layers/__init__.py": "the names that the package exports",
    "language/gallery_records.py": "words in names of classes, also of the user's own",
    "language/gallery_words.py": "words of searches for classes that recipes demonstrate",
    "plan/output_layer.py": "layers that an output's activation is read from",
}

# Comparisons with one class that are not facts, with the reason.
COMPARISONS = {
    ("catalog/combinations.py", "RandomShear"): "names of the arguments that its check is about",
    ("convert/code_objects.py", "Constant"): "Keras has no name for it, as its value is required",
    ("convert/keras_code.py", "exponential"): "the losses that it lists for an argument of generated code",
    ("convert/keras_config.py", "StackedRNNCells"): "the form in which Keras writes a list of cells",
    ("convert/keras_config.py", "linear"): "the same as no activation",
    ("diagnosis/recipe_rules.py", "Rescaling"): "its argument scale, which may be 0",
    ("language/graph.py", "linear"): "the same as no activation",
    ("plan/argument_checks.py", "OrthogonalRegularizer"): "the check of that class",
    ("plan/ranks.py", "RNN"): "takes one spec for all its inputs",
    ("plan/tensor_checks.py", "Bidirectional"): "the check reads its two layers",
    ("plan/tensor_checks.py", "Cropping1D"): "has one pair of numbers, others have one for each axis",
    ("plan/tensor_checks.py", "Normalization"): "the check of that class",
}


@pytest.mark.parametrize("family", TABLES)
def test_every_class_has_a_row_or_is_listed_for_the_default(family):
    names = names_of(family) | (names_of("cells") if family == "layers" else set())
    rows = set(TABLES[family]) - INSIDE_KERAS
    assert rows - names == set()
    assert names - rows == DEFAULTS.get(family, set())


def test_rows_are_sorted_and_differ_from_the_default():
    for family, table in TABLES.items():
        assert list(table) == sorted(table)
        if family != "layers":  # whose rows have no default
            assert [name for name, row in table.items() if row == type(row)()] == []


@pytest.mark.parametrize("field", NAMES)
def test_names_are_those_of_the_stage(field):
    used = {getattr(row, field) for row in LAYERS.values()} - {""}
    assert used == set(NAMES[field])


def test_checks_of_arguments_together_are_those_of_the_catalog():
    used = {getattr(row, "clash", "") for table in TABLES.values() for row in table.values()} - {""}
    assert used | {"layers", "losses", "optimizers"} == set(combinations.CHECKS)


def test_activations_are_negative_where_the_table_has_it():
    values = np.linspace(-9, 9, 19, dtype="float32")[None]
    found = {name: bool((np.array(keras.activations.get(name)(values)) < 0).any()) for name in FUNCTIONS}
    assert found == {name: activation_facts(name).negative for name in FUNCTIONS}


def test_activations_have_the_bounds_of_the_table():
    values = np.linspace(-80, 80, 11, dtype="float32")[None]
    for name in FUNCTIONS:
        found, (low, high) = np.array(keras.activations.get(name)(values)), activation_facts(name).bounds
        assert low <= found.min() <= found.max() <= high, name
        assert abs(found.min() - low) < 0.02 or not np.isfinite(low), name
        assert abs(found.max() - high) < 0.02 or not np.isfinite(high), name


def test_modes_are_those_of_stacks():
    assert {way for row in LAYERS.values() for way in row.modes} == set(execution_modes.EXECUTION_MODES)


def test_weights_that_objects_suit_are_those_of_the_check():
    used = {row.suits for row in (*objects.INITIALIZERS.values(), *objects.REGULARIZERS.values())} - {""}
    assert used == set(weight_checks.SUITS)


def test_no_stage_compares_with_a_class():
    found = {(file, name) for file in sources() for name in comparisons((PACKAGE / file).read_text("utf-8"))}
    assert found == set(COMPARISONS)


@pytest.mark.parametrize("source", ['kind == "Dense"', '"Dense" != kind', 'if "Dense" in name:\n    pass'])
def test_a_planted_comparison_is_found(source):
    assert comparisons(source) == ["Dense"]


@pytest.mark.parametrize("source", ['kind == "mine"', 'node("Dense", units == 3)'])
def test_other_comparisons_are_not_found(source):
    assert comparisons(source) == []


def test_no_stage_has_a_table_of_classes():
    found = {file for file in sources() if tables((PACKAGE / file).read_text("utf-8"))}
    assert found == set(ELSEWHERE)


@pytest.mark.parametrize(
    "source",
    ['TABLE = {"Dense": 1}', "TABLE = {keras.layers.Dense: 1}", 'TABLE = dict.fromkeys(("Conv1D", "Conv2D"), 3)'],
)
def test_a_planted_table_is_found(source):
    assert tables(source) == [1]


@pytest.mark.parametrize("source", ['{3: "Conv1D", 4: "Conv2D"}', '_node("Dense", 1)', '("Dense", 1)'])
def test_other_literals_are_not_found(source):
    assert tables(source) == []


def sources():
    """Modules of the package that are not facts."""
    files = {file.relative_to(PACKAGE).as_posix() for file in PACKAGE.rglob("*.py")}
    return {file for file in files if not file.startswith("catalog/facts/")}


def tables(source):
    """Lines of dicts and sets that have classes of the catalog as keys, and of sequences of several classes."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Dict | ast.Set | ast.List | ast.Tuple)
        if len(classes(node.keys if isinstance(node, ast.Dict) else node.elts))
        > (0 if isinstance(node, ast.Dict | ast.Set) else 1)
    ]


def comparisons(source):
    """Classes of the catalog that a module compares with, one at a time."""
    compared = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Compare)]
    return [name for node in compared for name in classes((node.left, *node.comparators))]


def classes(nodes):
    """Names of classes of the catalog among constants and attributes."""
    given = [getattr(node, "attr", getattr(node, "value", None)) for node in nodes]
    return [name for name in given if isinstance(name, str) and name in all_names()]


@cache
def all_names():
    return {*REFUSED_ACTIVATIONS, *REFUSED_LAYERS}.union(*map(names_of, (*TABLES, "cells")))


def names_of(family):
    """Names of the classes of a family, and of activations as functions and as layers."""
    if family == "activations":
        return FUNCTIONS | {row.activation for row in LAYERS.values()} - {""}
    return set(catalog.class_names(family))
