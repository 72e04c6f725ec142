"""Which inputs are prepared, what is learned for that, and the arrays that a network takes of them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nnbuild.errors import DataError, PreparationWarning, show
from nnbuild.estimators.checks import said_of
from nnbuild.estimators.inputs import Inputs, first_of
from nnbuild.estimators.parts import is_by_name, parts_of
from nnbuild.estimators.raw import as_numbers
from nnbuild.estimators.tables import arrays_of
from nnbuild.features.drift import Watch
from nnbuild.features.ids import IdsPreparation
from nnbuild.features.images import ImagePreparation
from nnbuild.features.interactions import InteractionsPreparation
from nnbuild.features.preparation import TablePreparation, is_table
from nnbuild.features.series import SeriesPreparation
from nnbuild.features.text import INT, TextPreparation
from nnbuild.recipe.sections import IN_COLUMNS, TABLE_INPUT, TEXT_INPUT

OfInput = TablePreparation | TextPreparation | IdsPreparation | ImagePreparation | SeriesPreparation
Preparation = OfInput | InteractionsPreparation  # which prepares several inputs from the pairs that X holds
PREPARATIONS: dict[str, type[OfInput]] = {
    "table": TablePreparation,
    "text": TextPreparation,
    "ids": IdsPreparation,
    "image": ImagePreparation,
    "series": SeriesPreparation,
}


def preparation_settings(prepare: object, X: object, inputs: Mapping[str, Mapping]) -> dict[str, Mapping]:
    """How inputs are to be prepared, by name: kind and settings; those that go to the network as they are aren't there.

    Parameters
    ----------
    prepare : "auto", None or mapping
        The estimator's parameter: "auto" prepares DataFrames, and what the recipe calls a table; None prepares no
        table; settings prepare whatever comes. Of several inputs, those that the recipe calls tables are.
    X : object
        As the user gives it.
    inputs : mapping of str to mapping
        What the recipe says of its inputs.

    Raises
    ------
    ValueError
        For any other `prepare`, and for an X of other parts than the inputs.
    """
    if prepare is not None and prepare != "auto" and not isinstance(prepare, Mapping):
        raise ValueError(f"prepare must be 'auto', None or a dict of settings, got {show(prepare)}")
    wanted = {}
    is_alone = len(inputs) == 1 and not is_by_name(X)
    for name, (_, part) in parts_of(X, inputs).items():
        said = inputs[name]
        if said.get("masked") and as_numbers(part, "series") is not None:
            continue  # an array has no padding
        if said.get("kind") in IN_COLUMNS:
            wanted[name] = said
        elif prepare is not None and _is_table(prepare, part, said, is_alone):
            settings = {key: said[key] for key in TABLE_INPUT if key in said}
            wanted[name] = {"kind": "table", **settings, **(prepare if isinstance(prepare, Mapping) else {})}
    if isinstance(prepare, Mapping) and all(settings["kind"] != "table" for settings in wanted.values()):
        raise ValueError("prepare has settings for a table, and the recipe has no input of kind 'table'")
    return wanted


def _is_table(prepare: object, part: object, said: Mapping, is_alone: bool) -> bool:
    """Whether an input's part of X is prepared as a table."""
    return said.get("kind") == "table" or (is_alone and (isinstance(prepare, Mapping) or is_table(part)))


def fitted_preparations(
    X: Inputs, wanted: Mapping[str, Mapping], known: Mapping[str, Preparation]
) -> dict[str, OfInput]:
    """What is learned from the rows of the training to prepare inputs.

    Parameters
    ----------
    X : part of X, or dict of parts
        Checked.
    wanted : mapping of str to mapping
        Kind and settings of each input that is prepared.
    known : mapping of str to Preparation
        Of an earlier fit, by the names of its inputs: their numbers, and the columns of their tables, mean here what
        they meant there.

    Raises
    ------
    DataError
        For an input that is to be prepared in another way than the one that is known by its name.
    """
    found: dict[str, OfInput] = {}
    before = by_input(known)
    for name, settings in wanted.items():
        part = X[name] if isinstance(X, dict) else X
        given = {key: value for key, value in settings.items() if key != "kind"}
        with said_of("X", f"X[{name!r}]" if isinstance(X, dict) else "X"):
            kind = PREPARATIONS[settings["kind"]]
            earlier = before.get(name)
            found[name] = kind.fitted(part, given) if earlier is None else _as_before(name, earlier, kind, part, given)
    return found


def _as_before(name: str, known: OfInput, kind: type[OfInput], part: Any, given: Mapping[str, object]) -> OfInput:
    """A preparation by which terms have the numbers, and columns the places, that they had in an earlier fit."""
    if not isinstance(known, kind):
        raise DataError(f"input {show(name)} is of kind {show(kind.kind)}, and in pretrained of {show(known.kind)}")
    if isinstance(known, IdsPreparation):
        return replace(known, shape=part.shape[1:])
    if isinstance(known, TextPreparation):
        _check_like(name, known, given)
        length: Any = given.get("output_sequence_length", known.output_sequence_length)
        return replace(known, output_sequence_length=length)
    # An image or a series has no terms.
    return known if isinstance(known, TablePreparation) else kind.fitted(part, given)


def _check_like(name: str, known: TextPreparation, given: Mapping[str, object]) -> None:
    """Raise a `DataError` where a recipe says something of tokens that is not so in an earlier fit."""
    if "output_sequence_length" in given and known.output_mode != INT:
        found = f"input {show(name)} has an output_sequence_length, and in pretrained output_mode "
        found += f"{show(known.output_mode)}, which gives a number for each token of the vocabulary"
        raise DataError(f"{found}\n  hint: leave output_sequence_length out")
    for key in TEXT_INPUT:
        if key in given and key != "output_sequence_length" and given[key] != getattr(known, key):
            found = f"{key} of input {show(name)} is {show(given[key])}, and in pretrained {show(getattr(known, key))}"
            raise DataError(f"{found}\n  hint: its words keep their numbers: leave {key} out, or say the same")


def prepared(X: Inputs, preparations: Mapping[str, Preparation]) -> Inputs:
    """The arrays that a network takes: one, or a dict where it has several inputs.

    Parameters
    ----------
    X : part of X, or dict of parts
        Checked.
    preparations : mapping of str to Preparation
        What prepares some or all of them.
    """
    if not preparations:
        return X
    arrays: dict[str, Any] = {}
    parts: Mapping[str, Any] = X if isinstance(X, dict) else dict.fromkeys(preparations, X)
    prepares = by_input(preparations)
    for name, part in parts.items():
        preparation = prepares.get(name)
        if isinstance(preparation, TablePreparation):
            arrays |= arrays_of(preparation, part, name)
        else:
            arrays[name] = part if preparation is None else preparation.transformed(part)
    return arrays if len(arrays) > 1 else first_of(arrays)


def first_watch(preparations: Mapping[str, Preparation], X: Inputs) -> Watch:
    """What was seen of the rows that preparations were learned from, for later trainings to be compared with."""
    return Watch.based_on(by_input(preparations), X)


def compared(watch: Watch, preparations: Mapping[str, Preparation], X: Inputs) -> Watch:
    """What was seen of the rows of a training and those before it.

    Parameters
    ----------
    watch : Watch
        Of the rows before.
    preparations : mapping of str to Preparation
        What prepares the inputs, as learned from earlier rows.
    X : part of X, or dict of parts
        Checked rows of the training, not prepared.

    Warns
    -----
    PreparationWarning
        Where rows contradict the preparations in a way that was not reported before.
    """
    watch, lines = watch.after(by_input(preparations), X)
    if lines:
        found = "X contradicts the rows of the first training, by which it is prepared as before"
        hint = "begin with rows that are like all others, or fit anew on all rows"
        message = "\n".join([found, *(f"  {line}" for line in lines), f"  hint: {hint}"])
        warnings.warn(message, PreparationWarning, stacklevel=7)  # the caller of `fit` or `partial_fit`
    return watch


def by_input(preparations: Mapping[str, Preparation]) -> dict[str, OfInput]:
    """What prepares each input alone."""
    found: dict[str, OfInput] = {}
    for name, preparation in preparations.items():
        found |= preparation.by_input() if isinstance(preparation, InteractionsPreparation) else {name: preparation}
    return found


def saved_preparation(preparation: Preparation) -> tuple[dict, dict[str, np.ndarray]]:
    """A preparation as JSON values and arrays."""
    if isinstance(preparation, TablePreparation):
        return {"kind": preparation.kind, **preparation.to_dict()}, {}
    return {"kind": preparation.kind, **preparation.to_dict()}, preparation.arrays()


def loaded_preparation(values: Mapping, arrays: Mapping[str, np.ndarray]) -> Preparation:
    """The preparation that `saved_preparation` gave.

    Raises
    ------
    DataError
        If it did not give this.
    """
    given = {key: value for key, value in values.items() if key != "kind"}
    kind = values.get("kind")
    if kind == InteractionsPreparation.kind:
        return InteractionsPreparation.from_saved(given, arrays)
    if not isinstance(kind, str) or kind not in PREPARATIONS:
        raise DataError(f"kind: unknown {show(kind)}")
    record = PREPARATIONS[kind]
    if not issubclass(record, TablePreparation):
        return record.from_saved(given, arrays)
    if arrays:
        raise DataError("a table has no arrays")
    return record.from_dict(given)
