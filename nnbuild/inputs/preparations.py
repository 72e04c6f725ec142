"""Which inputs are prepared, what is learned for that, and the arrays that a network takes of them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from nnbuild.errors import DataError, PreparationWarning, show
from nnbuild.inputs.checked_inputs import Inputs, first_of
from nnbuild.inputs.drift import Watch
from nnbuild.inputs.frames import is_table
from nnbuild.inputs.kinds import PREPARATIONS, by_input, preparation_class
from nnbuild.inputs.library_checks import said_of
from nnbuild.inputs.protocol import InputPreparation, Preparation
from nnbuild.inputs.split_inputs import is_by_name, parts_of
from nnbuild.language.input_kinds import INPUT_KINDS, TABLE, input_kind


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
        if input_kind(said).takes_column:
            if PREPARATIONS[said["kind"]].is_needed(part, said):
                wanted[name] = said
        elif prepare is not None and _is_table(prepare, part, said, is_alone):
            settings = {key: said[key] for key in INPUT_KINDS[TABLE].settings if key in said}
            wanted[name] = {"kind": TABLE, **settings, **(prepare if isinstance(prepare, Mapping) else {})}
    if isinstance(prepare, Mapping) and all(settings["kind"] != TABLE for settings in wanted.values()):
        raise ValueError("prepare has settings for a table, and the recipe has no input of kind 'table'")
    return wanted


def _is_table(prepare: object, part: object, said: Mapping, is_alone: bool) -> bool:
    """Whether an input's part of X is prepared as a table."""
    return input_kind(said).takes_others or (is_alone and (isinstance(prepare, Mapping) or is_table(part)))


def fitted_preparations(
    X: Inputs, wanted: Mapping[str, Mapping], known: Mapping[str, Preparation]
) -> dict[str, InputPreparation]:
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
    found: dict[str, InputPreparation] = {}
    before = by_input(known)
    for name, settings in wanted.items():
        part = X[name] if isinstance(X, dict) else X
        given = {key: value for key, value in settings.items() if key != "kind"}
        with said_of("X", f"X[{name!r}]" if isinstance(X, dict) else "X"):
            kind = PREPARATIONS[settings["kind"]]
            earlier = before.get(name)
            found[name] = kind.fitted(part, given) if earlier is None else _as_before(name, earlier, kind, part, given)
    return found


def _as_before(
    name: str, known: InputPreparation, kind: type[InputPreparation], part: Any, given: Mapping[str, object]
) -> InputPreparation:
    """A preparation by which terms have the numbers, and columns the places, that they had in an earlier fit."""
    if not isinstance(known, kind):
        raise DataError(f"input {show(name)} is of kind {show(kind.kind)}, and in pretrained of {show(known.kind)}")
    return known.fitted_again(name, part, given)


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
        arrays |= {name: part} if preparation is None else preparation.as_inputs(name, part)
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


def saved_preparation(preparation: Preparation) -> tuple[dict, dict[str, np.ndarray]]:
    """A preparation as JSON values and arrays."""
    return {"kind": preparation.kind, **preparation.to_dict()}, preparation.arrays()


def loaded_preparation(values: Mapping, arrays: Mapping[str, np.ndarray]) -> Preparation:
    """The preparation that `saved_preparation` gave, of a document that `nnbuild.saved` has checked."""
    fields = {key: value for key, value in values.items() if key != "kind"}
    return preparation_class(values["kind"]).from_saved(fields, arrays)
