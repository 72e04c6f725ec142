"""Choose the inputs to prepare, fit their preparations, and return the arrays for a network."""

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
from nnbuild.inputs.library_checks import name_in_messages
from nnbuild.inputs.protocol import InputPreparation, Preparation
from nnbuild.inputs.split_inputs import is_by_name, parts_of
from nnbuild.language.input_kinds import INPUT_KINDS, TABLE, input_kind


def preparation_settings(prepare: object, X: object, inputs: Mapping[str, Mapping]) -> dict[str, Mapping]:
    """Return kind and settings of the inputs to prepare, by name. Other inputs go to the network unchanged.

    Parameters
    ----------
    prepare : "auto", None or mapping
        Parameter of the estimator. "auto" prepares DataFrames, and tables of the recipe; None prepares no table;
        settings prepare any X. With several inputs, only tables of the recipe are prepared.
    X : object
        As passed by the user.
    inputs : mapping of str to mapping
        Inputs of the recipe.

    Raises
    ------
    ValueError
        For any other `prepare`, and if the parts of X do not match the inputs.
    """
    if prepare is not None and prepare != "auto" and not isinstance(prepare, Mapping):
        raise ValueError(f"prepare must be 'auto', None or a dict of settings, got {show(prepare)}")
    settings_by_input = {}
    is_single = len(inputs) == 1 and not is_by_name(X)
    for name, (_, part) in parts_of(X, inputs).items():
        spec = inputs[name]
        if input_kind(spec).takes_column:
            if PREPARATIONS[spec["kind"]].is_needed(part, spec):
                settings_by_input[name] = spec
        elif prepare is not None and _is_table(prepare, part, spec, is_single):
            settings = {key: spec[key] for key in INPUT_KINDS[TABLE].settings if key in spec}
            settings_by_input[name] = {"kind": TABLE, **settings, **(prepare if isinstance(prepare, Mapping) else {})}
    if isinstance(prepare, Mapping) and all(settings["kind"] != TABLE for settings in settings_by_input.values()):
        raise ValueError("prepare has settings for a table, but the recipe has no input of kind 'table'")
    return settings_by_input


def _is_table(prepare: object, part: object, spec: Mapping, is_single: bool) -> bool:
    """Return whether an input's part of X is prepared as a table."""
    return input_kind(spec).takes_others or (is_single and (isinstance(prepare, Mapping) or is_table(part)))


def fitted_preparations(
    X: Inputs, settings_by_input: Mapping[str, Mapping], known: Mapping[str, Preparation]
) -> dict[str, InputPreparation]:
    """Fit the preparations of inputs on the training set.

    Parameters
    ----------
    X : part of X, or dict of parts
        Checked.
    settings_by_input : mapping of str to mapping
        Kind and settings of each input that is prepared.
    known : mapping of str to Preparation
        Preparations of an earlier fit, by input. Integers of ids and positions of columns are kept.

    Raises
    ------
    DataError
        If an input has another kind or other settings than its known preparation.
    """
    found: dict[str, InputPreparation] = {}
    before = by_input(known)
    for name, settings in settings_by_input.items():
        part = X[name] if isinstance(X, dict) else X
        given = {key: value for key, value in settings.items() if key != "kind"}
        with name_in_messages("X", f"X[{name!r}]" if isinstance(X, dict) else "X"):
            kind = PREPARATIONS[settings["kind"]]
            earlier = before.get(name)
            found[name] = kind.fitted(part, given) if earlier is None else _as_before(name, earlier, kind, part, given)
    return found


def _as_before(
    name: str, known: InputPreparation, kind: type[InputPreparation], part: Any, given: Mapping[str, object]
) -> InputPreparation:
    """Fit a preparation to other samples, with the integers and positions of columns of `known`."""
    if not isinstance(known, kind):
        raise DataError(f"input {show(name)} has kind {show(kind.kind)}, but {show(known.kind)} in pretrained")
    return known.fitted_again(name, part, given)


def prepared(X: Inputs, preparations: Mapping[str, Preparation]) -> Inputs:
    """Return the array for a network, or a dict of arrays if it has several inputs.

    Parameters
    ----------
    X : part of X, or dict of parts
        Checked.
    preparations : mapping of str to Preparation
        Preparations of some or all inputs.
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
    """Record the samples that preparations were fitted on, for comparison with later ones."""
    return Watch.of_first_fit(by_input(preparations), X)


def compared(watch: Watch, preparations: Mapping[str, Preparation], X: Inputs) -> Watch:
    """Compare the samples of a training with those before, and return the new record.

    Parameters
    ----------
    watch : Watch
        Record of the samples before.
    preparations : mapping of str to Preparation
        Preparations of inputs, fitted on earlier samples.
    X : part of X, or dict of parts
        Checked samples of the training, not prepared.

    Warns
    -----
    PreparationWarning
        If samples differ from those of the first fit in a way that was not reported before.
    """
    watch, lines = watch.after(by_input(preparations), X)
    if lines:
        found = "X does not match the samples of the first fit, which its preparation was fitted on"
        hint = "start with representative samples, or call fit on all samples"
        message = "\n".join([found, *(f"  {line}" for line in lines), f"  hint: {hint}"])
        warnings.warn(message, PreparationWarning, stacklevel=7)  # the caller of `fit` or `partial_fit`
    return watch


def saved_preparation(preparation: Preparation) -> tuple[dict, dict[str, np.ndarray]]:
    """Return a preparation as JSON values and arrays."""
    return {"kind": preparation.kind, **preparation.to_dict()}, preparation.arrays()


def loaded_preparation(values: Mapping, arrays: Mapping[str, np.ndarray]) -> Preparation:
    """Return the preparation from the results of `saved_preparation`, checked by `nnbuild.saved`."""
    fields = {key: value for key, value in values.items() if key != "kind"}
    return preparation_class(values["kind"]).from_saved(fields, arrays)
